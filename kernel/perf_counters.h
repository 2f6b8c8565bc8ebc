/* What is measured continually, and the health score made of it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_PERF_COUNTERS_H
#define MDTRACE_PERF_COUNTERS_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* Called at every clock tick, with interrupts off.  */
void perf_counters_tick (void);

/* The score, 0 (bad) to 100, and what it is made of.  */
void perf_get_system_health (mdtrace_health_t *health);

#endif /* MDTRACE_PERF_COUNTERS_H */
