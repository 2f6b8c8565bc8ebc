/* Trends: the values that a series is made of.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel makes a trend of them, and whoever has the history can show
   them.  */

#ifndef MDTRACE_TREND_STEP_H
#define MDTRACE_TREND_STEP_H

#include "mdtrace_health.h"

/* Values are cut off at this magnitude.  */
#define TREND_VALUE_MAX ((int64_t) 1 << 52)

/* The value, in 1/1000, that counter NUMBER, of KIND, has between the
   snapshots THEN and NOW, a second apart: of COUNT the units per second, of
   DURATION the mean, of LEVEL the level.  0 if there is none, as it was not
   on, has begun anew, or has no durations.  */
static inline int
mdtrace_trend_value (unsigned number, unsigned kind,
		     const mdtrace_snapshot_t *then,
		     const mdtrace_snapshot_t *now, int64_t *value)
{
  const struct mdtrace_counter_sum *before = &then->counters[number];
  const struct mdtrace_counter_sum *after = &now->counters[number];
  uint64_t bit = MDTRACE_COUNTER_BIT (number);
  uint64_t amount;

  if (!(now->known & bit))
    return 0;
  if (kind == MDTRACE_COUNTER_LEVEL)
    amount = after->sum;
  else if (!(then->known & bit) || after->count < before->count
	   || after->sum < before->sum)
    return 0;
  else if (kind == MDTRACE_COUNTER_COUNT)
    amount = after->sum - before->sum;
  else if (after->count == before->count)
    return 0;
  else
    {
      amount = mdtrace_health_ratio (1000, after->sum - before->sum,
				     after->count - before->count, 0);
      *value = amount < (uint64_t) TREND_VALUE_MAX ? (int64_t) amount
						   : TREND_VALUE_MAX;
      return 1;
    }
  *value = amount < (uint64_t) TREND_VALUE_MAX / 1000 ? (int64_t) amount * 1000
						      : TREND_VALUE_MAX;
  return 1;
}

#endif /* MDTRACE_TREND_STEP_H */
