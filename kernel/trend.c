/* Trends: what a series of values does.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "trend.h"
#include "x86/cpu.h"

#if MACH_PERF_COUNTERS

void
trend_compute (const struct trend_series *series, mdtrace_trend_t *trend)
{
  clear_memory (trend, sizeof *trend);
  trend->samples = series->count;
  trend->anomaly = MDTRACE_ANOMALY_TOO_FEW;
  trend->variation = MDTRACE_UNKNOWN;
}

#endif /* MACH_PERF_COUNTERS */
