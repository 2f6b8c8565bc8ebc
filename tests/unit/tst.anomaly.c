/* Trends: what is out of the ordinary, and what is not.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each point of a series is judged as it is when it has just come, by the
   series up to it.  */

#include "trend_series.h"

enum
{
  POINTS = 100,
  /* Of each distribution: 10,000 in all.  */
  SERIES = 2000,
  STEPS = 1000,
  /* The first point that can be judged.  */
  FIRST = TREND_BASELINE_MIN + TREND_LAST - 1
};

static struct trend_series series, part;

/* What is said of the last of the first COUNT points of SERIES.  */
static uint32_t
judge (uint32_t count)
{
  mdtrace_trend_t trend = { 0 };

  memcpy (part.seconds, series.seconds, count * sizeof part.seconds[0]);
  memcpy (part.values, series.values, count * sizeof part.values[0]);
  part.count = count;
  trend_judge (&part, &trend);
  CHECK ((trend.anomaly == MDTRACE_ANOMALY_TOO_FEW) == (count <= FIRST));
  return trend.anomaly;
}

static bool
is_alarm (uint32_t anomaly)
{
  return anomaly == MDTRACE_ANOMALY_HIGH || anomaly == MDTRACE_ANOMALY_LOW;
}

/* How many points of SERIES are out of the ordinary.  */
static unsigned
count_alarms (void)
{
  unsigned alarms = 0;

  for (uint32_t count = 1; count <= series.count; count++)
    alarms += is_alarm (judge (count));
  return alarms;
}

/* Of stationary series, fewer than 0.5 % of all points: and of those that can
   be judged, of which there are fewer.  */
static void
check_stationary (enum distribution distribution)
{
  uint64_t state = 1000 + distribution, alarms = 0;
  uint64_t judged = (uint64_t) SERIES * (POINTS - FIRST);

  for (unsigned i = 0; i < SERIES; i++)
    {
      random_series (&state, distribution, POINTS, &series);
      alarms += count_alarms ();
    }
  printf ("# %s: %" PRIu64 " of %" PRIu64 " points, %.3f %%\n",
	  distributions[distribution].words, alarms, judged,
	  100.0 * alarms / judged);
  CHECK (1000 * alarms < 5 * judged);
}

#define STATIONARY(name, distribution)                                        \
  static void name (void) { check_stationary (distribution); }
STATIONARY (bears_gaussian, GAUSSIAN)
STATIONARY (bears_uniform, UNIFORM)
STATIONARY (bears_exponential, EXPONENTIAL)
STATIONARY (bears_poisson, POISSON)
STATIONARY (bears_autoregressive, AUTOREGRESSIVE)

/* A step of 8 MADs anywhere from where points can be judged is seen within
   three points.  */
static void
sees_steps (void)
{
  for (int distribution = 0; distribution < DISTRIBUTIONS; distribution++)
    for (int sign = 1; sign >= -1; sign -= 2)
      {
	uint64_t state = 2000 + distribution;
	unsigned missed = 0;
	for (unsigned i = 0; i < STEPS; i++)
	  {
	    uint32_t at = TREND_BASELINE_MIN
			  + tap_below (&state, POINTS - TREND_LAST
						   - TREND_BASELINE_MIN + 1);
	    random_series (&state, distribution, at + TREND_LAST, &series);
	    for (uint32_t j = at; j < series.count; j++)
	      series.values[j]
		  += llround (8000 * sign * distributions[distribution].mad);
	    bool seen = false;
	    for (uint32_t j = at + 1; j <= series.count; j++)
	      seen |= judge (j)
		      == (sign > 0 ? (uint32_t) MDTRACE_ANOMALY_HIGH
				   : (uint32_t) MDTRACE_ANOMALY_LOW);
	    missed += !seen;
	  }
	printf ("# %s, %s: %u of %u steps are not seen\n",
		distributions[distribution].words, sign > 0 ? "up" : "down",
		missed, STEPS);
	CHECK (100 * missed < STEPS);
      }
}

/* Put COUNT values a second apart: FIRST, and each more by STEP than the one
   before.  */
static void
make_line (uint32_t count, int64_t first, int64_t step)
{
  series.count = count;
  for (uint32_t i = 0; i < count; i++)
    {
      series.seconds[i] = i;
      series.values[i] = first + step * i;
    }
}

static void
bears_constants (void)
{
  static const int64_t values[]
      = { 0, 1, 1000, 123456, (int64_t) 1 << 40, TREND_VALUE_MAX };
  uint64_t state = 3;

  for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++)
    for (int sign = 1; sign >= -1; sign -= 2)
      {
	make_line (POINTS, sign * values[i], 0);
	CHECK_NUMBER (count_alarms (), 0);
	/* What is as fine as a unit, or a thousandth of the value, is no
	   news: here it comes after the same value for long.  */
	int64_t least = values[i] / 1024 > 1000 ? values[i] / 1024 : 1000;
	for (uint32_t j = POINTS / 2; j < POINTS - 1; j++)
	  if (values[i] != TREND_VALUE_MAX)
	    series.values[j] += tap_below (&state, least);
	CHECK_NUMBER (count_alarms (), 0);
      }
}

/* Slopes from a thousandth of a unit in a second up to what reaches the ends
   of what there is.  */
static void
bears_ramps (void)
{
  uint64_t state = 4;

  for (int64_t slope = 1; slope < TREND_VALUE_MAX / POINTS; slope *= 2)
    for (unsigned i = 0; i < 40; i++)
      {
	int64_t first
	    = i % 4 == 0 ? 0 : (int64_t) tap_below (&state, slope * POINTS);
	make_line (POINTS, i % 2 ? first : -first, i % 8 < 4 ? slope : -slope);
	/* One that moves by whole units, and not each second.  */
	if (i % 5 == 4)
	  for (uint32_t j = 0; j < POINTS; j++)
	    series.values[j] = 1000 * llround (series.values[j] / 1000.0);
	/* One that was not looked at all the time.  */
	if (i % 5 == 3)
	  {
	    int64_t start = series.values[0];
	    uint32_t second = 0;
	    for (uint32_t j = 0; j < POINTS; j++)
	      {
		second += tap_below (&state, 10) ? 1
						 : 1 + tap_below (&state, 500);
		series.seconds[j] = second;
		series.values[j]
		    = start + (i % 8 < 4 ? 1 : -1) * slope / 64 * second;
	      }
	  }
	CHECK_NUMBER (count_alarms (), 0);
      }
}

/* Noise on a ramp is as ordinary as noise.  */
static void
bears_noisy_ramps (void)
{
  uint64_t state = 6, alarms = 0;

  for (unsigned i = 0; i < SERIES / 10; i++)
    {
      random_series (&state, GAUSSIAN, POINTS, &series);
      int64_t slope = (int64_t) tap_below (&state, 200000) - 100000;
      for (uint32_t j = 0; j < POINTS; j++)
	series.values[j] += slope * j;
      alarms += count_alarms ();
    }
  CHECK (1000 * alarms < 5 * (SERIES / 10) * (POINTS - FIRST));
}

/* Neither is what is slow but no line: parabolas, growth by a share, and waves
   of a minute and more, wherever they begin.  */
static void
bears_curves (void)
{
  static const double seconds[] = { 60, 70, 80, 100, 130, 200, 400, 1000 };

  make_line (POINTS, 0, 0);
  for (unsigned i = 0; i < sizeof seconds / sizeof seconds[0]; i++)
    for (unsigned phase = 0; phase < 36; phase++)
      {
	for (uint32_t j = 0; j < POINTS; j++)
	  series.values[j] = llround (
	      1e7 * sin (2 * M_PI * (j / seconds[i] + phase / 36.0)));
	CHECK_NUMBER (count_alarms (), 0);
      }
  for (int sign = 1; sign >= -1; sign -= 2)
    {
      for (int64_t j = 0; j < POINTS; j++)
	series.values[j] = sign * 1000 * j * j;
      CHECK_NUMBER (count_alarms (), 0);
      for (uint32_t j = 0; j < POINTS; j++)
	series.values[j] = sign * llround (1e6 * exp (j / 10.0));
      CHECK_NUMBER (count_alarms (), 0);
    }
}

/* The alarm of a step begins and ends once, and does not turn into another
   one while the new level becomes usual.  */
static void
ends_an_alarm (void)
{
  for (int sign = 1; sign >= -1; sign -= 2)
    {
      uint64_t state = 7;
      random_series (&state, UNIFORM, POINTS, &series);
      for (uint32_t i = 40; i < POINTS; i++)
	series.values[i] += sign * 2000000;
      uint32_t before = MDTRACE_ANOMALY_NONE;
      unsigned changes = 0;
      for (uint32_t count = FIRST + 1; count <= POINTS; count++)
	{
	  uint32_t now = judge (count);
	  changes += now != before;
	  if (count == 43)
	    CHECK_NUMBER (now, sign > 0 ? MDTRACE_ANOMALY_HIGH
					: MDTRACE_ANOMALY_LOW);
	  CHECK (now
		 != (sign > 0 ? MDTRACE_ANOMALY_LOW : MDTRACE_ANOMALY_HIGH));
	  before = now;
	}
      CHECK_NUMBER (changes, 2);
    }
}

/* After 72 values around 100, whose spread and tails are 10, come three that
   are HEIGHT spreads above, and then others.  Check what is said of each third
   one.  */
static void
check_levels (const double *heights, const uint32_t *expected)
{
  make_line (72, 100000, 0);
  for (uint32_t i = 0; i < series.count; i++)
    series.values[i] += (int) (i % 3 - 1) * 10000;
  for (unsigned i = 0; i < 3; i++)
    {
      for (unsigned j = 0; j < TREND_LAST; j++)
	{
	  series.seconds[series.count] = series.count;
	  series.values[series.count++]
	      = 100000 + llround (10000 * heights[i]);
	}
      CHECK_NUMBER (judge (series.count), expected[i]);
    }
}

/* Two tails are needed, and an alarm ends at 3/4 of that.  */
static void
has_hysteresis (void)
{
  enum
  {
    NONE = MDTRACE_ANOMALY_NONE,
    HIGH = MDTRACE_ANOMALY_HIGH,
    LOW = MDTRACE_ANOMALY_LOW
  };

  check_levels ((double[]){ 1.6, 1.9, 0 }, (uint32_t[]){ NONE, NONE, NONE });
  check_levels ((double[]){ 2.1, 1.6, 1.9 }, (uint32_t[]){ HIGH, HIGH, HIGH });
  check_levels ((double[]){ 2.1, 1.4, 1.9 }, (uint32_t[]){ HIGH, NONE, NONE });
  check_levels ((double[]){ -2.1, -1.6, 0 }, (uint32_t[]){ LOW, LOW, NONE });
  check_levels ((double[]){ -2.1, 2.1, -2.1 }, (uint32_t[]){ LOW, HIGH, LOW });
}

/* What the fields say.  */
static void
says_why (void)
{
  mdtrace_trend_t trend = { 0 };

  make_line (63, 100000, 0);
  for (uint32_t i = 0; i < 60; i++)
    series.values[i] += i % 2 ? 10000 : -10000;
  for (uint32_t i = 60; i < 63; i++)
    series.values[i] = 135000;
  trend_judge (&series, &trend);
  CHECK_NUMBER (trend.anomaly, MDTRACE_ANOMALY_HIGH);
  CHECK (trend.median == 100000 && trend.spread == 10000);
  CHECK (trend.score == 3500);
  /* Too few to say what is usual, but not what it has been.  */
  series.count = 10;
  trend_judge (&series, &trend);
  CHECK_NUMBER (trend.anomaly, MDTRACE_ANOMALY_TOO_FEW);
  CHECK (trend.median == 90000 && trend.spread == 1000);
}

TAP_MAIN ({ bears_gaussian, "Gaussian series are ordinary" },
	  { bears_uniform, "uniform series are ordinary" },
	  { bears_exponential, "exponential series are ordinary" },
	  { bears_poisson, "Poisson series are ordinary" },
	  { bears_autoregressive, "autoregressive series are ordinary" },
	  { bears_constants, "constants are ordinary" },
	  { bears_ramps, "ramps are ordinary" },
	  { bears_noisy_ramps, "ramps with noise are ordinary" },
	  { bears_curves, "curves are ordinary" },
	  { sees_steps, "steps are not" },
	  { ends_an_alarm, "the alarm of a step ends once" },
	  { has_hysteresis, "an alarm ends lower than it begins" },
	  { says_why, "what is usual, and how far off the last values are" })
