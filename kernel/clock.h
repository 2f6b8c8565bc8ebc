/* The clock tick: the kernel's time beside the time stamp counter's.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_CLOCK_H
#define MDTRACE_CLOCK_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* Begin to publish the clocks in SHARED at every tick of the clock.  */
void clock_start (struct mdtrace_shared *shared);

/* A number that differs between boots, as far as clocks can tell.  */
uint64_t clock_boot_id (void);

/* The clocks as of the last tick, and the time stamp counter now.  */
void clock_read (mdtrace_clock_t *clock);

/* Nanoseconds to a count of the time stamp counter, times 2^32, by the clock
   ticks so far; 0 if there was none yet.  */
uint64_t clock_ns_per_count (void);

/* COUNTS of it in nanoseconds.  */
static inline uint64_t
clock_nanoseconds (uint64_t ns_per_count, uint64_t counts)
{
#ifdef __x86_64__
  return (unsigned __int128) counts * ns_per_count >> 32;
#else
  uint32_t whole = ns_per_count >> 32, fraction = ns_per_count;
  uint32_t high = counts >> 32, low = counts;

  return counts * whole + (uint64_t) high * fraction
	 + ((uint64_t) low * fraction >> 32);
#endif
}

#endif /* MDTRACE_CLOCK_H */
