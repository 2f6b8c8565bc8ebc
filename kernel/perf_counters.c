/* The health score, and trends.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Both are made of the history of snapshots.  The formulas of the score stand
   in mig/mdtrace_health.h, those of a trend in trend.c.  The score covers the
   last MDTRACE_HEALTH_WINDOW_SECONDS, or what there is of them.  */

#include <config.h>

#include "counters.h"
#include "mdtrace_errors.h"
#include "mdtrace_health.h"
#include "perf_counters.h"
#include "snapshot.h"
#include "trend.h"
#include "x86/cpu.h"

#if MACH_PERF_COUNTERS

/* Large for a kernel's stack.  [s] */
static mdtrace_snapshot_t then, now;

void
perf_counters_init (void)
{
  counters_start ();
  snapshot_start ();
}

void
perf_get_system_health (mdtrace_health_t *health)
{
  uint64_t newest = snapshot_newest ();
  uint64_t oldest = snapshot_oldest ();

  if (newest > MDTRACE_HEALTH_WINDOW_SECONDS
      && oldest < newest - MDTRACE_HEALTH_WINDOW_SECONDS)
    oldest = newest - MDTRACE_HEALTH_WINDOW_SECONDS;
  perf_take_system_snapshot (&now);
  /* It may have been overwritten just now, if there are but few.  */
  while (!snapshot_get (oldest, &then) && oldest < newest)
    oldest++;
  if (oldest == 0 || then.sequence != oldest)
    copy_memory (&then, &now, sizeof then);
  clear_memory (health, sizeof *health);
  mdtrace_health_evaluate (mdtrace_health_rules_default, &then, &now, health);
  if (PERF_COUNTERS_VERBOSE)
    {
      printf ("mdtrace: health %u:", health->score);
#define MDTRACE_HEALTH(name, word, counter, unit, reference, worst, most,     \
		       what)                                                  \
  printf (" " word " -%u", health->factors[MDTRACE_HEALTH_##name].points);
#include "mdtrace_health.def"
#undef MDTRACE_HEALTH
      printf ("\n");
    }
}

/* One value of a series.  */
struct step
{
  uint32_t seconds; /* since the first snapshot that is looked at */
  int64_t value;    /* in 1/1000 */
};

/* The value of counter NUMBER from THEN to NOW.  False if there is none.  */
static bool
get_step (unsigned number, struct step *step)
{
  const struct mdtrace_counter_sum *before = &then.counters[number];
  const struct mdtrace_counter_sum *after = &now.counters[number];
  uint64_t value;

  if (!(now.known & MDTRACE_COUNTER_BIT (number)))
    return false;
  if (counters[number].kind == MDTRACE_COUNTER_LEVEL)
    value = after->sum;
  else if (!(then.known & MDTRACE_COUNTER_BIT (number))
	   || after->count < before->count || after->sum < before->sum)
    return false;
  else if (counters[number].kind == MDTRACE_COUNTER_COUNT)
    value = after->sum - before->sum;
  else if (after->count == before->count)
    return false;
  else
    {
      value = mdtrace_health_ratio (1000, after->sum - before->sum,
				    after->count - before->count, 0);
      step->value
	  = value < TREND_VALUE_MAX ? (int64_t) value : TREND_VALUE_MAX;
      return true;
    }
  step->value = value < TREND_VALUE_MAX / 1000 ? (int64_t) value * 1000
					       : TREND_VALUE_MAX;
  return true;
}

int
perf_analyze_trends (uint32_t number, uint32_t window, mdtrace_trend_t *trend)
{
  /* Large for a kernel's stack.  [s] */
  static struct trend_series series;
  uint64_t newest = snapshot_newest ();
  uint64_t first = snapshot_oldest ();
  int error = counter_check (number);
  struct step step;

  if (error != MDTRACE_OK)
    return error;
  if (window > 0 && newest > window && first < newest - window)
    first = newest - window;
  series.count = 0;
  bool has_before = first > 0 && snapshot_get (first, &then);
  for (uint64_t i = first + 1; first > 0 && i <= newest; i++)
    {
      bool has_now = snapshot_get (i, &now);
      if (has_before && has_now && get_step (number, &step))
	{
	  series.seconds[series.count] = i - first;
	  series.values[series.count++] = step.value;
	}
      has_before = has_now;
      copy_memory (&then, &now, sizeof then);
    }
  trend_compute (&series, trend);
  return MDTRACE_OK;
}

#endif /* MACH_PERF_COUNTERS */
