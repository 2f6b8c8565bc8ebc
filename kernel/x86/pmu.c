/* The performance monitoring unit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "x86/cpu.h"
#include "x86/pmu.h"

#if MACH_PERF_COUNTERS

void
pmu_find (void)
{
}

unsigned
pmu_source (unsigned number, const char **detail)
{
  *detail = number <= MDTRACE_COUNTER_TLB_MISSES
		? "this CPU has no performance monitoring unit"
		: NULL;
  return MDTRACE_COUNTER_NOWHERE;
}

void
pmu_want (unsigned number, bool on)
{
  (void) number;
  (void) on;
}

void
pmu_tick (unsigned cpu)
{
  (void) cpu;
}

uint64_t
pmu_count (unsigned number, unsigned cpu)
{
  (void) number;
  (void) cpu;
  return 0;
}

#endif /* MACH_PERF_COUNTERS */
