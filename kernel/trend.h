/* Trends: what a series of values does.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_TREND_H
#define MDTRACE_TREND_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* Values are cut off at this magnitude.  */
#define TREND_VALUE_MAX ((int64_t) 1 << 52)

struct trend_series
{
  uint32_t count;
  uint32_t seconds[TREND_HISTORY_SIZE]; /* of each value; they grow */
  int64_t values[TREND_HISTORY_SIZE];	/* in 1/1000 */
};

/* Fill in TREND for SERIES.  */
void trend_compute (const struct trend_series *series,
		    mdtrace_trend_t *trend);

#endif /* MDTRACE_TREND_H */
