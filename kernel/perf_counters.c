/* The health score, and trends.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Both are made of the history of snapshots.  The formulas of the score stand
   in mig/mdtrace_health.h, those of a trend in trend.c.  The score covers the
   last HEALTH_WINDOW_SECONDS, or what there is of them.  */

#include <config.h>

#include "counters.h"
#include "mdtrace_errors.h"
#include "mdtrace_health.h"
#include "perf_counters.h"
#include "snapshot.h"
#include "trend.h"
#include "x86/cpu.h"

#if MACH_PERF_COUNTERS

enum
{
  HEALTH_WINDOW_SECONDS = 10
};

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

  if (newest > HEALTH_WINDOW_SECONDS
      && oldest < newest - HEALTH_WINDOW_SECONDS)
    oldest = newest - HEALTH_WINDOW_SECONDS;
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

int
perf_analyze_trends (uint32_t number, uint32_t window, mdtrace_trend_t *trend)
{
  /* Large for a kernel's stack.  [s] */
  static struct trend_series series;
  uint64_t newest = snapshot_newest ();
  uint64_t first = snapshot_oldest ();
  int error = counter_check (number);

  if (error != MDTRACE_OK)
    return error;
  if (window > 0 && newest > window && first < newest - window)
    first = newest - window;
  series.count = 0;
  bool has_before = first > 0 && snapshot_get (first, &then);
  for (uint64_t i = first + 1; first > 0 && i <= newest; i++)
    {
      bool has_now = snapshot_get (i, &now);
      if (has_before && has_now
	  && mdtrace_trend_value (number, counters[number].kind, &then, &now,
				  &series.values[series.count]))
	series.seconds[series.count++] = i - first;
      has_before = has_now;
      copy_memory (&then, &now, sizeof then);
    }
  trend_compute (&series, trend);
  trend->first_snapshot = first;
  trend->last_snapshot = newest;
  return MDTRACE_OK;
}

#endif /* MACH_PERF_COUNTERS */
