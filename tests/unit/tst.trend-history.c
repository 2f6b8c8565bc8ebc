/* Trends: the series that a counter's history makes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A snapshot is taken at every full second; the first value of a series is
   that of the second between the first two that have the counter on.  */

#include "counters.h"
#include "perf_counters.h"
#include "probes.h"

static mdtrace_trend_t trend;

static uint32_t
make_counter (const char *name, enum mdtrace_counter_kind kind)
{
  uint32_t number = 0;

  CHECK_NUMBER (counter_create (name, "bytes", kind, &number), MDTRACE_OK);
  return number;
}

static void
update (const char *name, uint64_t value)
{
  CHECK_NUMBER (perf_counter_update (name, value), MDTRACE_OK);
}

static void
get_trend (uint32_t number, uint32_t window)
{
  memset (&trend, 0xa5, sizeof trend);
  CHECK_NUMBER (perf_analyze_trends (number, window, &trend), MDTRACE_OK);
}

/* Boot, with one snapshot taken of a counter that has counted nothing.  */
static uint32_t
boot_with (enum mdtrace_counter_kind kind)
{
  probes_boot ();
  uint32_t number = make_counter ("made", kind);
  standin_ticks (STANDIN_HZ);
  return number;
}

/* SECONDS more, in each of which VALUE is counted, and STEP more in each than
   in the one before.  */
static void
count (unsigned seconds, int64_t value, int64_t step)
{
  for (unsigned i = 0; i < seconds; i++, value += step)
    {
      update ("made", value);
      standin_ticks (STANDIN_HZ);
    }
}

static void
makes_rates (void)
{
  uint32_t number = boot_with (MDTRACE_COUNTER_COUNT);

  get_trend (number, 0);
  CHECK_NUMBER (trend.samples, 0);
  count (20, 500, 20);
  get_trend (number, 0);
  CHECK_NUMBER (trend.samples, 20);
  CHECK_NUMBER (trend.window_seconds, 19);
  CHECK_NUMBER (trend.last, 880000);
  CHECK_NUMBER (trend.mean, 690000);
  CHECK_NUMBER (trend.growth, 20000);
  CHECK_NUMBER (trend.slope, 20000);
  CHECK_NUMBER (trend.prediction, 900000);
  CHECK_NUMBER (trend.anomaly, MDTRACE_ANOMALY_TOO_FEW);
  /* Down again.  */
  count (10, 890, -30);
  get_trend (number, 10);
  CHECK_NUMBER (trend.samples, 10);
  CHECK (trend.growth == -30000 && trend.slope == -30000);
}

static void
makes_means (void)
{
  uint32_t number = boot_with (MDTRACE_COUNTER_DURATION);

  for (unsigned i = 0; i < 10; i++)
    {
      update ("made", 1000);
      update ("made", 1000);
      update ("made", 2000);
      standin_ticks (STANDIN_HZ);
      /* Every third second has no duration, and so no value.  */
      if (i % 2)
	standin_ticks (STANDIN_HZ);
    }
  get_trend (number, 0);
  CHECK_NUMBER (trend.samples, 10);
  CHECK_NUMBER (trend.window_seconds, 13);
  CHECK_NUMBER (trend.last, 1333333);
  CHECK_NUMBER (trend.mean, 1333333);
  CHECK_NUMBER (trend.deviation, 0);
}

static void
makes_levels (void)
{
  uint32_t number = boot_with (MDTRACE_COUNTER_LEVEL);

  count (5, 100, -10);
  standin_ticks (STANDIN_HZ);
  get_trend (number, 0);
  CHECK_NUMBER (trend.samples, 6);
  CHECK_NUMBER (trend.last, 60000);
  CHECK_NUMBER (trend.growth, -8000);
}

/* Seconds in which it was off for a while are left out, and the time that they
   took is not.  */
static void
leaves_out_what_was_off (void)
{
  uint32_t number = boot_with (MDTRACE_COUNTER_COUNT);

  count (10, 100, 10);
  CHECK_NUMBER (perf_counter_disable (number), MDTRACE_OK);
  standin_ticks (5 * STANDIN_HZ);
  get_trend (number, 0);
  CHECK_NUMBER (trend.samples, 10);
  CHECK_NUMBER (trend.last, 190000);
  CHECK_NUMBER (perf_counter_enable (number, 0), MDTRACE_OK);
  /* From the first snapshot that has it on again.  */
  standin_ticks (STANDIN_HZ);
  count (10, 260, 10);
  get_trend (number, 0);
  CHECK_NUMBER (trend.samples, 20);
  CHECK_NUMBER (trend.window_seconds, 25);
  CHECK_NUMBER (trend.slope, 10000);
  CHECK_NUMBER (trend.growth, 10000);
  CHECK_NUMBER (trend.prediction, 360000);
}

static void
leaves_out_resets (void)
{
  uint32_t number = boot_with (MDTRACE_COUNTER_COUNT);

  count (10, 1000, 0);
  CHECK_NUMBER (counter_reset (number), MDTRACE_OK);
  count (10, 1000, 0);
  get_trend (number, 0);
  /* That second tells nothing.  */
  CHECK_NUMBER (trend.samples, 19);
  CHECK_NUMBER (trend.window_seconds, 19);
  CHECK_NUMBER (trend.mean, 1000000);
  CHECK_NUMBER (trend.deviation, 0);
  /* Its sum goes round.  */
  update ("made", UINT64_MAX - 30000);
  standin_ticks (STANDIN_HZ);
  get_trend (number, 1);
  CHECK_NUMBER (trend.samples, 1);
  CHECK_NUMBER (trend.last, UINT64_C (1) << 52);
  count (30, 1000, 0);
  get_trend (number, 5);
  CHECK_NUMBER (trend.samples, 5);
  get_trend (number, 30);
  CHECK_NUMBER (trend.samples, 29);
  CHECK_NUMBER (trend.mean, 1000000);
  CHECK_NUMBER (trend.deviation, 0);
}

/* More than the history has.  */
static void
has_a_window (void)
{
  uint32_t number = boot_with (MDTRACE_COUNTER_COUNT);

  for (unsigned seconds = 1; seconds < 250; seconds++)
    {
      count (1, seconds, 0);
      get_trend (number, 0);
      CHECK_NUMBER (trend.samples, seconds < 100 ? seconds : 99);
      CHECK_NUMBER (trend.last, 1000 * seconds);
      CHECK_NUMBER (trend.mean, 1000 * seconds - 500 * (trend.samples - 1));
      CHECK (trend.anomaly != MDTRACE_ANOMALY_HIGH);
      for (uint32_t window = 1; window < 300; window += 7)
	{
	  get_trend (number, window);
	  uint32_t most = seconds < 99 ? seconds : 99;
	  CHECK_NUMBER (trend.samples, window < most ? window : most);
	}
    }
}

static void
sees_steps (void)
{
  uint32_t number = boot_with (MDTRACE_COUNTER_COUNT);

  for (unsigned i = 0; i < 60; i++)
    count (1, 1000 + 10 * (i * 7 % 11), 0);
  get_trend (number, 0);
  CHECK_NUMBER (trend.anomaly, MDTRACE_ANOMALY_NONE);
  count (3, 1500, 0);
  get_trend (number, 0);
  CHECK_NUMBER (trend.anomaly, MDTRACE_ANOMALY_HIGH);
  CHECK_NUMBER (trend.median, 1050000);
  CHECK_NUMBER (trend.spread, 30000);
  CHECK_NUMBER (trend.score, 15000);
  /* A window that is too short to say what is usual.  */
  get_trend (number, 20);
  CHECK_NUMBER (trend.anomaly, MDTRACE_ANOMALY_TOO_FEW);
}

static void
refuses (void)
{
  probes_boot ();
  CHECK_NUMBER (perf_analyze_trends (MDTRACE_CUSTOM_FIRST, 0, &trend),
		MDTRACE_ERR_NO_SUCH_COUNTER);
  CHECK_NUMBER (perf_analyze_trends (UINT32_MAX, 0, &trend),
		MDTRACE_ERR_NO_SUCH_COUNTER);
  /* The stand-in has no performance monitoring unit.  */
  CHECK_NUMBER (perf_analyze_trends (MDTRACE_COUNTER_INSTRUCTIONS, 0, &trend),
		MDTRACE_ERR_COUNTER_UNAVAILABLE);
}

TAP_MAIN ({ makes_rates, "of counts, rates" },
	  { makes_means, "of durations, means" },
	  { makes_levels, "of levels, levels" },
	  { leaves_out_what_was_off, "seconds that it was off are left out" },
	  { leaves_out_resets, "seconds of resets are left out" },
	  { has_a_window, "windows, up to the history" },
	  { sees_steps, "a step is out of the ordinary" },
	  { refuses, "counters that cannot be had are refused" })
