/* From time stamps to time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel publishes pairs of the time stamp counter and its clocks, taken
   at a clock tick.  The line through the first and the last pair gives the
   counter's rate, the last one its place.  The rate comes from uptime, which
   is never set, unlike the time of day.  */

#include <config.h>

#include "mdtrace.h"

void
mdtrace_time_update (struct mdtrace_time *time, const mdtrace_clock_t *clock)
{
  time->last = *clock;
  if (clock->tsc > clock->first_tsc)
    time->ns_per_count = (double) (clock->uptime_ns - clock->first_uptime_ns)
			 / (double) (clock->tsc - clock->first_tsc);
}

uint64_t
mdtrace_time_of (const struct mdtrace_time *time, uint64_t tsc)
{
  int64_t counts = (int64_t) (tsc - time->last.tsc);

  return time->last.time_ns + (int64_t) (counts * time->ns_per_count);
}

uint64_t
mdtrace_time_error_ns (const struct mdtrace_time *time)
{
  (void) time;
  return 0;
}
