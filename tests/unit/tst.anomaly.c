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

TAP_MAIN ({ bears_gaussian, "Gaussian series are ordinary" },
	  { bears_uniform, "uniform series are ordinary" },
	  { bears_exponential, "exponential series are ordinary" },
	  { bears_poisson, "Poisson series are ordinary" },
	  { bears_autoregressive, "autoregressive series are ordinary" },
	  { sees_steps, "steps are not" })
