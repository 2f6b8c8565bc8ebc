/* The health score.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_PERF_COUNTERS_H
#define MDTRACE_PERF_COUNTERS_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* See what can be measured: at the start.  */
void perf_counters_init (void);

/* The score, 0 (bad) to 100, and what it is made of.  Error: NO_MEMORY.
   [server lock]  */
int perf_get_system_health (mdtrace_health_t *health);

/* What counter NUMBER has done in the last WINDOW seconds; 0: in the whole
   history.  Errors: NO_SUCH_COUNTER, COUNTER_UNAVAILABLE,
   NO_MEMORY.  [server lock]  */
int perf_analyze_trends (uint32_t number, uint32_t window,
			 mdtrace_trend_t *trend);

#endif /* MDTRACE_PERF_COUNTERS_H */
