/* Forecasts: how often what comes lies between their bounds, and whether the
   errors that they show are those that they make.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "forecast.h"
#include "processes.h"

enum
{
  WALK = PROCESSES,
  TREND,
  WAVES,
  HEAVY_WAVES,
  KINDS,
  COUNT = 300,
  RUNS = 1000
};

static double values[COUNT + 10];

static const char *
words_of (int kind)
{
  return kind < PROCESSES ? processes[kind].words
	 : kind == WALK	  ? "random walk"
	 : kind == TREND  ? "trend with noise"
	 : kind == WAVES  ? "waves of 12 steps with noise"
			  : "waves of 12 steps with Student's noise";
}

static void
make_values (uint64_t *state, int kind, size_t count)
{
  if (kind < PROCESSES)
    {
      random_process (state, kind, count, values);
      return;
    }
  for (size_t i = 0; i < count; i++)
    {
      double noise = random_gaussian (state);
      if (kind == HEAVY_WAVES)
	noise = random_value (state, STUDENT_3) / 100 - 10;
      values[i] = kind == WALK	  ? (i > 0 ? values[i - 1] : 0) + noise
		  : kind == TREND ? 0.1 * i + noise
				  : 10 * sin (2 * M_PI * i / 12) + noise;
    }
}

/* Of 1,000 forecasts nine tenths are right, within four standard deviations of
   a binomial distribution, 38; more where values are so few that they are
   equal to the bound.  */
static void
covers (void)
{
  size_t horizon = forecast_horizon (COUNT);

  CHECK_NUMBER (horizon, 6);
  for (int kind = 0; kind < KINDS; kind++)
    {
      uint64_t state = 1;
      unsigned covered = 0;
      double share = 0;
      for (int run = 0; run < RUNS; run++)
	{
	  struct forecast forecast;
	  make_values (&state, kind, COUNT + horizon);
	  CHECK (forecast_make (values, COUNT, horizon, kind >= WAVES ? 12 : 0,
				&forecast));
	  double next = values[COUNT - 1 + horizon];
	  covered += next >= forecast.low && next <= forecast.high;
	  share += 100.0 * forecast.covered / forecast.judged / RUNS;
	}
      printf ("# %s: %u of %d, and %.1f %% in back-tests\n", words_of (kind),
	      covered, RUNS, share);
      bool is_coarse = kind < PROCESSES && processes[kind].resolution > 0;
      CHECK (covered >= 862 && (is_coarse || covered <= 938));
      CHECK (share > 86 && (is_coarse || share < 94));
    }
}

/* The method NAME's forecast at STEP, of values up to there, in the simplest
   words.  */
static double
foretell (const struct forecast *forecast, size_t step)
{
  double level = values[0], trend = 0, sum = 0, way = 0, weight = 1;

  for (size_t i = 0; i <= step; i++)
    sum += values[i];
  for (size_t i = 1; i <= step; i++)
    {
      double before = level;
      level = forecast->level_share * values[i]
	      + (1 - forecast->level_share)
		    * (level + forecast->damping * trend);
      trend = forecast->trend_share * (level - before)
	      + (1 - forecast->trend_share) * forecast->damping * trend;
    }
  for (size_t i = 0; i < forecast->horizon; i++)
    way += weight *= forecast->damping;
  switch (forecast->method)
    {
    case FORECAST_MEAN:
      return sum / (step + 1);
    case FORECAST_DRIFT:
      return values[step]
	     + forecast->horizon * (values[step] - values[0]) / step;
    case FORECAST_SMOOTHED:
    case FORECAST_DAMPED:
      return level + way * trend;
    case FORECAST_SEASONAL:
      return values[step + forecast->horizon
		    - (forecast->horizon + forecast->period - 1)
			  / forecast->period * forecast->period];
    default:
      return values[step];
    }
}

/* The errors and shares that are shown are those that one finds who computes
   them again.  */
static void
shows_its_errors (void)
{
  bool is_seen[FORECAST_METHODS] = { false };

  for (int run = 0; run < 4 * KINDS; run++)
    {
      int kind = run % KINDS;
      uint64_t state = 100 + run;
      struct forecast forecast;
      size_t horizon = 6, tried = 0, judged = 0, covered = 0;
      double error = 0, naive = 0, errors[COUNT];
      make_values (&state, kind, COUNT);
      CHECK (forecast_make (values, COUNT, horizon, kind >= WAVES ? 12 : 0,
			    &forecast));
      is_seen[forecast.method] = true;
      for (size_t i = COUNT / 2; i + horizon < COUNT; i++)
	{
	  double now = fabs (values[i + horizon] - foretell (&forecast, i));
	  /* What was known of errors when that was foretold.  */
	  size_t known
	      = i >= COUNT / 2 + horizon ? i - horizon - COUNT / 2 + 1 : 0;
	  size_t less = 0;
	  for (size_t j = 0; j < known; j++)
	    less += errors[j] < now - 1e-9;
	  if (known >= FORECAST_ERRORS_MIN)
	    {
	      judged++;
	      covered += less < ceil ((known + 1) * 0.9);
	    }
	  errors[tried++] = now;
	  error += now;
	  naive += fabs (values[i + horizon] - values[i]);
	}
      CHECK_NUMBER (forecast.tried, tried);
      CHECK_NUMBER (forecast.judged, judged);
      CHECK (fabs (forecast.mean_error - error / tried)
	     <= 1e-9 * (1 + forecast.mean_error));
      CHECK (fabs (forecast.naive_error - naive / tried)
	     <= 1e-9 * (1 + forecast.naive_error));
      CHECK (labs ((long) forecast.covered - (long) covered) <= 1);
      CHECK (fabs (forecast.value - foretell (&forecast, COUNT - 1))
	     <= 1e-9 * (1 + fabs (forecast.value)));
      size_t outside = 0;
      for (size_t i = 0; i < tried; i++)
	outside += errors[i] > forecast.high - forecast.value + 1e-9;
      CHECK (10 * outside <= tried);
    }
  for (int method = 0; method < FORECAST_METHODS; method++)
    if (!is_seen[method])
      printf ("# %s was not seen\n", forecast_method_name (method));
  CHECK (is_seen[FORECAST_NAIVE] && is_seen[FORECAST_MEAN]
	 && is_seen[FORECAST_DAMPED] && is_seen[FORECAST_SEASONAL]);
}

/* It is better than the naive method where there is something to know.  */
static void
beats_the_naive (void)
{
  static const int kinds[] = { GAUSSIAN, TREND, WAVES };

  for (int i = 0; i < 3; i++)
    {
      uint64_t state = 3;
      double error = 0, naive = 0;
      for (int run = 0; run < 100; run++)
	{
	  struct forecast forecast;
	  make_values (&state, kinds[i], COUNT);
	  CHECK (forecast_make (values, COUNT, 6, kinds[i] == WAVES ? 12 : 0,
				&forecast));
	  error += forecast.mean_error;
	  naive += forecast.naive_error;
	}
      printf ("# %s: %.2f of the naive error\n", words_of (kinds[i]),
	      error / naive);
      CHECK (error < 0.8 * naive);
    }
}

static void
refuses_too_few (void)
{
  struct forecast forecast;

  for (int i = 0; i < COUNT; i++)
    values[i] = i % 7;
  CHECK (!forecast_make (values, FORECAST_SAMPLES_MIN - 1, 1, 0, &forecast));
  CHECK (forecast_make (values, FORECAST_SAMPLES_MIN, 1, 0, &forecast));
  /* What comes next is not known of what has ended.  */
  values[99] = NAN;
  CHECK (!forecast_make (values, 100, 2, 0, &forecast));
  values[99] = 1;
  for (int i = 0; i < 60; i++)
    values[i] = NAN;
  CHECK (!forecast_make (values, 100, 2, 0, &forecast));
}

TAP_MAIN ({ covers, "nine of ten lie between the bounds" },
	  { shows_its_errors, "errors are those that are shown" },
	  { beats_the_naive, "forecasts are better than naive ones" },
	  { refuses_too_few, "nothing is said of what is too short" })
