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
#include "pages.h"
#include "perf_counters.h"
#include "snapshot.h"
#include "trend.h"
#include "x86/cpu.h"

#if MACH_PERF_COUNTERS

/* Large for a kernel's stack.  [s] Null: there was no memory.  */
static struct scratch
{
  mdtrace_snapshot_t then, now;
  struct trend_series series;
} * scratch;

void
perf_counters_init (void)
{
  counters_start ();
  snapshot_start ();
  scratch = pages_allocate_small (sizeof *scratch);
}

int
perf_get_system_health (mdtrace_health_t *health)
{
  uint64_t newest = snapshot_newest ();
  uint64_t oldest = snapshot_oldest ();

  if (scratch == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  if (newest > MDTRACE_HEALTH_WINDOW_SECONDS
      && oldest < newest - MDTRACE_HEALTH_WINDOW_SECONDS)
    oldest = newest - MDTRACE_HEALTH_WINDOW_SECONDS;
  perf_take_system_snapshot (&scratch->now);
  /* It may have been overwritten just now, if there are but few.  */
  while (!snapshot_get (oldest, &scratch->then) && oldest < newest)
    oldest++;
  if (oldest == 0 || scratch->then.sequence != oldest)
    copy_memory (&scratch->then, &scratch->now, sizeof scratch->then);
  clear_memory (health, sizeof *health);
  mdtrace_health_evaluate (mdtrace_health_rules_default, &scratch->then,
			   &scratch->now, health);
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
  return MDTRACE_OK;
}

int
perf_analyze_trends (uint32_t number, uint32_t window, mdtrace_trend_t *trend)
{
  uint64_t newest = snapshot_newest ();
  uint64_t first = snapshot_oldest ();
  int error = counter_check (number);

  if (error != MDTRACE_OK)
    return error;
  if (scratch == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  if (window > 0 && newest > window && first < newest - window)
    first = newest - window;
  scratch->series.count = 0;
  bool has_before = first > 0 && snapshot_get (first, &scratch->then);
  for (uint64_t i = first + 1; first > 0 && i <= newest; i++)
    {
      bool has_now = snapshot_get (i, &scratch->now);
      if (has_before && has_now
	  && mdtrace_trend_value (
	      number, counters[number].kind, &scratch->then, &scratch->now,
	      &scratch->series.values[scratch->series.count]))
	scratch->series.seconds[scratch->series.count++] = i - first;
      has_before = has_now;
      copy_memory (&scratch->then, &scratch->now, sizeof scratch->then);
    }
  trend_compute (&scratch->series, trend);
  trend->first_snapshot = first;
  trend->last_snapshot = newest;
  return MDTRACE_OK;
}

#endif /* MACH_PERF_COUNTERS */
