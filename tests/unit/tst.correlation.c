/* Correlation: what is found by chance, and what is there.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "correlation.h"
#include "processes.h"

enum
{
  SERIES = 8,
  COUNT = 300,
  RUNS = 300
};

static double values[SERIES][COUNT];
static const double *series[SERIES];

/* Fill all series with independent autoregressive ones.  */
static void
make_series (uint64_t *state, size_t count, double share)
{
  for (int i = 0; i < SERIES; i++)
    {
      double value = random_gaussian (state) / sqrt (1 - share * share);
      series[i] = values[i];
      for (size_t j = 0; j < count; j++)
	values[i][j] = value = share * value + random_gaussian (state);
    }
}

/* Series that have nothing to do with each other: fewer than 1 run in 100 has
   any finding.  */
static void
finds_nothing_by_chance (void)
{
  static const double shares[] = { 0, 0.5, 0.8, 0.95 };

  for (int i = 0; i < 4; i++)
    for (size_t count = 100; count <= COUNT; count *= 3)
      {
	uint64_t state = 1;
	int runs = 0;
	for (int run = 0; run < RUNS; run++)
	  {
	    struct correlation *found;
	    make_series (&state, count, shares[i]);
	    runs += correlation_find (series, SERIES, count, NULL,
				      CORRELATION_CHANCE, &found)
		    > 0;
	    free (found);
	  }
	printf ("# AR(1) %g, %zu values: %d of %d runs have a finding\n",
		shares[i], count, runs, RUNS);
	CHECK (100 * runs < RUNS);
      }
}

/* Neither have those with trends, steps, heavy tails or seasons of the same
   period, which look alike by their nature: at most 1 run in 50 has a
   finding.  */
static void
is_not_misled (void)
{
  static const char *const words[] = { "trend",
				       "step",
				       "AR(1) 0.9 of Student's t",
				       "walk of 0.99",
				       "mean of 20",
				       "wave of 24 steps",
				       "clear wave",
				       "waves in AR(1) 0.5",
				       "square wave" };

  for (int way = 0; way < 9; way++)
    {
      uint64_t state = 5;
      int runs = 0;
      for (int run = 0; run < 100; run++)
	{
	  struct correlation *found;
	  for (int i = 0; i < SERIES; i++)
	    {
	      double phase = 24 * random_fraction (&state), value = 0;
	      double share = way == 2 ? 0.9 : way == 3 ? 0.99 : 0.5;
	      double at = COUNT / 4.0 + COUNT / 2.0 * random_fraction (&state);
	      double noise[COUNT];
	      series[i] = values[i];
	      for (int j = 0; j < COUNT; j++)
		{
		  double wave = sin (2 * M_PI * (j + phase) / 24);
		  noise[j] = random_gaussian (&state);
		  if (way == 2)
		    noise[j] = random_value (&state, STUDENT_3) - 1000;
		  value = share * value + noise[j];
		  double mean = 0;
		  for (int k = j; k >= 0 && k > j - 20; k--)
		    mean += noise[k];
		  values[i][j] = way == 0   ? 0.02 * j + noise[j]
				 : way == 1 ? 5 * (j > at) + noise[j]
				 : way < 4  ? value
				 : way == 4 ? mean
				 : way == 5 ? 2 * wave + noise[j]
				 : way == 6 ? 10 * wave + noise[j]
				 : way == 7 ? 2 * wave + value
					    : 4 * (wave > 0) + noise[j];
		}
	    }
	  runs += correlation_find (series, SERIES, COUNT, NULL,
				    CORRELATION_CHANCE, &found)
		  > 0;
	  free (found);
	}
      printf ("# %s: %d of 100 runs have a finding\n", words[way], runs);
      CHECK (runs <= 2);
    }
}

/* A series that follows another one, by half of its variance, is found with
   the right lag.  */
static void
finds_what_follows (void)
{
  static const int lags[] = { 0, 1, 5, 17 };
  int right = 0, runs = 0;

  for (int i = 0; i < 4; i++)
    for (int sign = 1; sign >= -1; sign -= 2)
      {
	uint64_t state = 2;
	for (int run = 0; run < 50; run++, runs++)
	  {
	    struct correlation *found;
	    make_series (&state, COUNT, 0.7);
	    for (int j = lags[i]; j < COUNT; j++)
	      values[5][j] += sign * values[2][j - lags[i]];
	    size_t count = correlation_find (series, SERIES, COUNT, NULL,
					     CORRELATION_CHANCE, &found);
	    bool is_order = found[0].first == 2 && found[0].second == 5;
	    bool is_turned = found[0].first == 5 && found[0].second == 2;
	    right += count >= 1 && (is_order || (lags[i] == 0 && is_turned))
		     && found[0].lag == (size_t) lags[i]
		     && found[0].coefficient * sign > 0.3
		     && found[0].probability < CORRELATION_CHANCE;
	    free (found);
	  }
      }
  printf ("# %d of %d are found with their lag\n", right, runs);
  CHECK (20 * right >= 19 * runs);
}

/* What is part of something goes with it, which is no news.  */
static void
leaves_kin_out (void)
{
  const unsigned kin[SERIES] = { 0, 0, 3, 0, 0, 3, 0, 0 };
  uint64_t state = 3;
  struct correlation *found;

  make_series (&state, COUNT, 0.5);
  memcpy (values[5], values[2], sizeof values[5]);
  CHECK (correlation_find (series, SERIES, COUNT, NULL, CORRELATION_CHANCE,
			   &found)
	 == 1);
  CHECK (fabs (found[0].coefficient - 1) < 1e-9 && found[0].lag == 0);
  free (found);
  CHECK (
      correlation_find (series, SERIES, COUNT, kin, CORRELATION_CHANCE, &found)
      == 0);
  free (found);
}

/* Gaps, and series that hardly change, are no reason.  */
static void
bears_gaps (void)
{
  uint64_t state = 4;
  struct correlation *found;

  for (int run = 0; run < 50; run++)
    {
      make_series (&state, COUNT, 0.5);
      for (int i = 0; i < SERIES; i++)
	for (int j = 0; j < COUNT; j++)
	  if (j / 20 % 5 == 0)
	    values[i][j] = NAN;
      for (int j = 0; j < COUNT; j++)
	{
	  values[6][j] = values[7][j] = 7 + (j == 150);
	  values[3][j] = NAN;
	}
      CHECK_NUMBER (correlation_find (series, SERIES, COUNT, NULL,
				      CORRELATION_CHANCE, &found),
		    0);
      free (found);
    }
}

TAP_MAIN ({ finds_nothing_by_chance, "independent series have nothing" },
	  { is_not_misled, "neither have those with trends and seasons" },
	  { finds_what_follows, "what follows is found with its lag" },
	  { leaves_kin_out, "parts of the same are not compared" },
	  { bears_gaps, "gaps and constants are borne" })
