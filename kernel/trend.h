/* Trends: what a series of values does.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_TREND_H
#define MDTRACE_TREND_H

#include "mach_kernel.h"
#include "mdtrace_trend.h"

/* What is made of values is cut off at this magnitude.  */
#define TREND_RESULT_MAX ((int64_t) 1 << 60)

/* A series.  Up to 65,536 values; the seconds grow, and what they grow by from
   the first to the last fits into 32 bits.  */
struct trend_series
{
  uint32_t count;
  uint32_t seconds[TREND_HISTORY_SIZE]; /* of each value */
  int64_t values[TREND_HISTORY_SIZE];	/* in 1/1000 */
};

/* Fill in TREND for SERIES, which is changed: its values are cut off.  */
void trend_compute (struct trend_series *series, mdtrace_trend_t *trend);

/* Fill in what TREND says of what is usual, and whether the last value of
   SERIES, cut off, is.  The state that an alarm has is made anew of the last
   TREND_LOOK_BACK values each time.  [server lock] */
void trend_judge (const struct trend_series *series, mdtrace_trend_t *trend);

enum
{
  /* Values are judged by so many of the last ones before them at most, and at
     least.  */
  TREND_LOOK_BACK = 128,
  TREND_BASELINE_MIN = 30,
  /* These together are what is judged.  */
  TREND_LAST = 3
};

#endif /* MDTRACE_TREND_H */
