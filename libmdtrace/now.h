/* What time it is on this machine.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef LIBMDTRACE_NOW_H
#define LIBMDTRACE_NOW_H

#include <stdint.h>
#include <time.h>

/* By CLOCK, in nanoseconds.  */
static inline uint64_t
now_ns (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (uint64_t) time.tv_sec * 1000000000 + time.tv_nsec;
}

/* By a clock that is never set, in milliseconds.  */
static inline uint64_t
now_ms (void)
{
  return now_ns (CLOCK_MONOTONIC) / 1000000;
}

#endif /* LIBMDTRACE_NOW_H */
