/* The first synchronisation of a clock.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One tick may be late, and the rate since boot may be off, since a kernel
   that boots loses ticks.  Some ticks in a row tell both at little expense. */

#include <config.h>

#include <string.h>
#include <time.h>

#include "mdtrace.h"

enum
{
  TICKS = 10,
  /* Of a machine that has ended there is only one.  */
  TRIES = 3 * TICKS,
  PAUSE_NS = 5000000
};

int
mdtrace_time_start (struct mdtrace_time *time, struct mdtrace_target *target)
{
  const struct timespec pause = { .tv_nsec = PAUSE_NS };
  uint64_t last = 0;

  for (int tries = 0, ticks = 0; tries < TRIES && ticks < TICKS; tries++)
    {
      mdtrace_clock_t clock;
      int error = mdtrace_get_clock (target, &clock);
      if (error != MDTRACE_OK)
	return error;
      mdtrace_time_update (time, &clock);
      if (clock.ticks != last)
	ticks++;
      else
	nanosleep (&pause, NULL);
      last = clock.ticks;
    }
  return MDTRACE_OK;
}
