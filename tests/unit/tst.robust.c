/* Robust statistics: what is usual, and how likely what is not.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "processes.h"
#include "robust.h"

enum
{
  VALUES = 101
};

static int
compare (const void *a, const void *b)
{
  double one = *(const double *) a, other = *(const double *) b;

  return one < other ? -1 : one > other;
}

/* The median of COUNT values, by its definition.  */
static double
middle (double *values, size_t count)
{
  qsort (values, count, sizeof *values, compare);
  return count % 2 ? values[count / 2]
		   : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void
is_as_defined (void)
{
  uint64_t state = 1;
  double values[VALUES], sorted[VALUES], distances[VALUES];

  for (size_t count = 1; count <= VALUES; count++)
    {
      double median, spread;
      random_process (&state, count % 2 ? EXPONENTIAL : POISSON_1, count,
		      values);
      CHECK_NUMBER (robust_usual (values, count, sorted, &median, &spread),
		    count);
      memcpy (distances, values, sizeof distances);
      CHECK (fabs (median - middle (distances, count)) < 1e-9);
      for (size_t i = 0; i < count; i++)
	distances[i] = fabs (values[i] - median);
      CHECK (fabs (spread - 1.4826022185056018 * middle (distances, count))
	     < 1e-9);
      CHECK (sorted[0] == robust_quantile (sorted, count, 0));
      CHECK (sorted[count - 1] == robust_quantile (sorted, count, 1));
    }
}

static void
passes_over_what_is_not_known (void)
{
  const double values[] = { NAN, 3, NAN, 1, 2, NAN };
  double sorted[6], median, spread;

  CHECK_NUMBER (robust_usual (values, 6, sorted, &median, &spread), 3);
  CHECK (median == 2 && fabs (spread - 1.4826) < 1e-4);
  CHECK_NUMBER (robust_usual (values, 1, sorted, &median, &spread), 0);
  CHECK (isnan (median) && isnan (spread));
}

/* The probability of VALUE beside COUNT ones, of their own shape.  */
static double
tail (const double *sorted, size_t count, double value, bool is_below)
{
  struct robust_shape shape;

  robust_find_shape (sorted, count, 0, &shape);
  return is_below ? robust_tail_below (sorted, count, value, 0, &shape)
		  : robust_tail (sorted, count, value, 0, &shape);
}

/* Of exponential values a share of P is less likely than P, within four
   standard deviations of a binomial distribution.  */
static void
is_exact (void)
{
  static const double limits[] = { 0.1, 0.01, 0.001 };
  enum
  {
    TRIES = 40000
  };

  for (size_t count = 40; count <= 400; count *= 10)
    {
      uint64_t state = 2;
      double values[401];
      size_t less[3] = { 0 };
      for (int i = 0; i < TRIES; i++)
	{
	  random_process (&state, EXPONENTIAL, count + 1, values);
	  robust_sort (values, count);
	  double p = tail (values, count, values[count], false);
	  for (int j = 0; j < 3; j++)
	    less[j] += p < limits[j];
	}
      for (int j = 0; j < 3; j++)
	{
	  double expected = TRIES * limits[j];
	  printf ("# %zu values: %zu of %d are less likely than %g\n", count,
		  less[j], TRIES, limits[j]);
	  /* What looks like a tail of a power is taken to be likelier.  */
	  CHECK (less[j] < expected + 4 * sqrt (expected));
	  CHECK (less[j] > 0.6 * expected - 4 * sqrt (expected));
	}
    }
}

/* The tails of 400 values are told from each other, and those of few may be
   heavy, which is the safe side.  */
static void
knows_shapes (void)
{
  static const struct
  {
    enum process process;
    unsigned first, last; /* powers */
    double share;	  /* of the weights, at least */
    int least;		  /* times of 200 */
  } cases[] = { { GAUSSIAN, 0, 0, 0.9, 190 },	 { UNIFORM, 0, 0, 0.9, 190 },
		{ EXPONENTIAL, 0, 1, 0.9, 170 }, { LOGNORMAL, 0, 1, 0.9, 190 },
		{ LOGNORMAL_1, 2, 3, 0.9, 170 }, { PARETO_3, 2, 3, 0.9, 190 },
		{ STUDENT_3, 1, 3, 0.05, 160 } };
  double values[400];

  for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      uint64_t state = 6;
      int right = 0;
      double heavy = 0;
      for (int run = 0; run < 200; run++)
	{
	  struct robust_shape shape;
	  double sum = 0;
	  random_process (&state, cases[i].process, 400, values);
	  robust_sort (values, 400);
	  robust_find_shape (values, 400, 0, &shape);
	  for (unsigned j = cases[i].first; j <= cases[i].last; j++)
	    sum += shape.weights[0][j];
	  right += sum > cases[i].share;
	  random_process (&state, cases[i].process, 30, values);
	  robust_sort (values, 30);
	  robust_find_shape (values, 30, 0, &shape);
	  heavy += (shape.weights[0][2] + shape.weights[0][3]) / 200;
	}
      printf ("# %s: %d of 200 are known; of 30 values %.2f may be heavy\n",
	      processes[cases[i].process].words, right, heavy);
      CHECK (right >= cases[i].least && heavy > 0.005);
    }
}

/* Below is above, mirrored.  */
static void
is_the_same_below (void)
{
  uint64_t state = 3;
  double values[200], mirrored[200];

  for (int i = 0; i < 100; i++)
    {
      random_process (&state, i % 2 ? EXPONENTIAL : GAUSSIAN, 200, values);
      robust_sort (values, 200);
      for (int j = 0; j < 200; j++)
	mirrored[j] = -values[199 - j];
      double value = values[199] + 10 * i;
      double above = tail (values, 200, value, false);
      double below = tail (mirrored, 200, -value, true);
      CHECK (fabs (above - below) <= 1e-9 * above);
    }
}

/* Four wild values among 200 do not hide a fifth.  */
static void
is_not_masked (void)
{
  uint64_t state = 4;
  double values[204];

  for (int i = 0; i < 100; i++)
    {
      random_process (&state, GAUSSIAN, 204, values);
      for (int j = 200; j < 204; j++)
	values[j] = 1e6 + j;
      robust_sort (values, 204);
      CHECK (tail (values, 204, 1e6, false) < 1e-4);
    }
}

static void
spreads_out (void)
{
  double sum = 0, low = 1, high = 0;

  for (size_t i = 0; i < 10000; i++)
    {
      double value = robust_spread_out (7, i, 2);
      CHECK (value >= 6 && value < 8);
      CHECK (value == robust_spread_out (7, i, 2));
      sum += value;
      low = fmin (low, value - 6);
      high = fmax (high, value - 6);
    }
  CHECK (fabs (sum / 10000 - 7) < 0.03 && low < 0.01 && high > 1.99);
  CHECK (robust_spread_out (7, 5, 0) == 7);
}

TAP_MAIN ({ is_as_defined, "median, spread and quantiles are as defined" },
	  { passes_over_what_is_not_known, "what is not known counts not" },
	  { is_exact, "exponential tails: probabilities are what they say" },
	  { knows_shapes, "shapes are known for what they are" },
	  { is_the_same_below, "below is above, mirrored" },
	  { is_not_masked, "wild values do not hide another one" },
	  { spreads_out, "ties are put within their unit" })
