/* A library that lets time go by as fast as a test wants.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In a program that is started with it in LD_PRELOAD the monotonic clock goes
   on by FAST_CLOCK_MS milliseconds each time that it is looked at, and not at
   all in between.  */

#include <stdlib.h>
#include <time.h>

int
clock_gettime (clockid_t clock, struct timespec *time)
{
  static long long ms;
  const char *step = getenv ("FAST_CLOCK_MS");

  if (clock != CLOCK_MONOTONIC)
    return timespec_get (time, TIME_UTC) == TIME_UTC ? 0 : -1;
  ms += step != NULL ? atoll (step) : 0;
  *time = (struct timespec){ .tv_sec = (time_t) (ms / 1000),
			     .tv_nsec = (long) (ms % 1000) * 1000000 };
  return 0;
}
