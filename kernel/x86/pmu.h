/* The performance monitoring unit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_X86_PMU_H
#define MDTRACE_X86_PMU_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* Look which unit this machine has: at the start.  */
void pmu_find (void);

/* By which unit counter NUMBER can be counted, an enum mdtrace_counter_source.
   *DETAIL says how, or why not; it is null for counters that never come from
   there.  */
unsigned pmu_source (unsigned number, const char **detail);

/* Let counter NUMBER, which has such a source, count, or stop.  Each CPU sees to
   that at its next clock tick.  [server lock]  */
void pmu_want (unsigned number, bool on);

/* Called at every clock tick of each CPU, by that CPU, with interrupts off.  */
void pmu_tick (unsigned cpu);

/* What counter NUMBER has come to on CPU since boot, in its unit, as of that
   CPU's last tick.  */
uint64_t pmu_count (unsigned number, unsigned cpu);

#endif /* MDTRACE_X86_PMU_H */
