/* Correlation.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "correlation.h"
#include "seasonal.h"

enum
{
  ORDER_MAX = 12,
  /* Independent samples that there must be.  */
  WORTH_MIN = 12,
  /* Lags at which it is asked what a rest still owes to its own past.  */
  OWED_MAX = 1024
};

/* Put what COUNT values are in a Gaussian distribution, by their ranks, into
   SCORES; equal ones share theirs, 0 is what is not known.  */
static bool
make_gaussian (const double *values, size_t count, double *scores)
{
  size_t *order = calloc (count + 1, sizeof *order);
  size_t *places = calloc (count + 1, sizeof *places);
  double *known = calloc (count + 1, sizeof *known);
  size_t found = 0;
  bool is_good = order != NULL && places != NULL && known != NULL;

  for (size_t i = 0; is_good && i < count; i++)
    {
      scores[i] = 0;
      if (!isnan (values[i]))
	{
	  places[found] = i;
	  known[found++] = values[i];
	}
    }
  if (is_good)
    gsl_sort_index (order, known, 1, found);
  for (size_t i = 0; is_good && i < found;)
    {
      size_t end = i + 1;
      while (end < found && known[order[end]] == known[order[i]])
	end++;
      for (size_t j = i; j < end; j++)
	scores[places[order[j]]]
	    = gsl_cdf_ugaussian_Pinv ((i + end) / 2.0 / found);
      i = end;
    }
  free (order);
  free (places);
  free (known);
  return is_good;
}

/* Put the covariances of COUNT values at lags 0 to ORDER_MAX into
   COVARIANCES.  */
static void
find_covariances (const double *values, size_t count, double *covariances)
{
  for (size_t lag = 0; lag <= ORDER_MAX; lag++)
    {
      covariances[lag] = 0;
      for (size_t i = lag; i < count; i++)
	covariances[lag] += values[i] * values[i - lag] / count;
    }
}

/* Fit an autoregressive process by Levinson's recursion to COUNT values with
   COVARIANCES: its shares of the 1st, 2nd … value before go to BEST.  Returns
   its order, of which Schwarz's criterion, n log (variance) + order log (n),
   is the least.  */
static int
fit (const double *covariances, size_t count, double *best)
{
  double shares[ORDER_MAX + 1] = { 0 }, before[ORDER_MAX + 1];
  double variance = covariances[0], least = count * log (variance);
  int order = 0;

  for (int m = 1; m <= ORDER_MAX; m++)
    {
      double next = covariances[m];
      for (int i = 1; i < m; i++)
	next -= shares[i] * covariances[m - i];
      next /= variance;
      for (int i = 1; i < m; i++)
	before[i] = shares[i];
      for (int i = 1; i < m; i++)
	shares[i] = before[i] - next * before[m - i];
      shares[m] = next;
      variance *= 1 - next * next;
      if (!(variance > 1e-9 * covariances[0]))
	break;
      double criterion = count * log (variance) + m * log ((double) count);
      if (criterion < least)
	{
	  least = criterion;
	  order = m;
	  for (int i = 1; i <= m; i++)
	    best[i] = shares[i];
	}
    }
  return order;
}

/* Take from SCORES of COUNT VALUES what those before them foretell, into REST;
   NAN where that is not known.  */
static void
foretell (const double *values, const double *scores, size_t count,
	  double *rest)
{
  double covariances[ORDER_MAX + 1], shares[ORDER_MAX + 1] = { 0 };
  int order;

  find_covariances (scores, count, covariances);
  order = covariances[0] > 0 ? fit (covariances, count, shares) : 0;
  for (size_t i = 0; i < count; i++)
    {
      bool is_known = i >= (size_t) order && !isnan (values[i]);
      rest[i] = scores[i];
      for (int j = 1; is_known && j <= order; j++)
	{
	  rest[i] -= shares[j] * scores[i - j];
	  is_known = !isnan (values[i - j]);
	}
      if (!is_known)
	rest[i] = NAN;
    }
}

bool
correlation_prewhiten (const double *values, size_t count, double *rest)
{
  double *work = calloc (3 * count + 1, sizeof *work);
  double *scores = work, *left = work + count, *usual = work + 2 * count;
  double period = seasonal_period (values, count, NULL);
  bool is_good = work != NULL;

  if (is_good && period > 0)
    {
      is_good = seasonal_remove (values, count, period, usual, left);
      values = left;
    }
  /* Less the line through their ranks.  */
  is_good = is_good && seasonal_ranks (values, count, usual);
  for (size_t i = 0; is_good && i < count; i++)
    left[i] = isnan (values[i]) ? NAN : usual[i];
  is_good = is_good && make_gaussian (left, count, scores);
  if (is_good)
    {
      foretell (left, scores, count, rest);
      /* By ranks once more, so that no single step decides.  */
      is_good = make_gaussian (rest, count, scores);
    }
  for (size_t i = 0; is_good && i < count; i++)
    rest[i] = scores[i];
  free (work);
  return is_good;
}

/* The correlation of FIRST with SECOND, LAG steps later.  */
static double
correlate (const double *first, const double *second, size_t count, size_t lag,
	   size_t *samples)
{
  double products = 0, one = 0, other = 0;
  size_t known = 0;

  for (size_t i = lag; i < count; i++)
    {
      products += first[i - lag] * second[i];
      /* 0 where one of them is not known.  */
      bool is_known = first[i - lag] != 0 && second[i] != 0;
      one += is_known ? first[i - lag] * first[i - lag] : 0;
      other += is_known ? second[i] * second[i] : 0;
      known += is_known;
    }
  *samples = known;
  return one > 0 && other > 0 ? products / sqrt (one * other) : 0;
}

/* How many lags are asked of COUNT values.  */
static size_t
owed_lags (size_t count)
{
  return count / 2 < OWED_MAX ? count / 2 : OWED_MAX;
}

/* Put the autocorrelations of REST at the lags from 1 on into OWED.  */
static void
find_owed (const double *rest, size_t count, double *owed)
{
  double squares = 0;

  for (size_t i = 0; i < count; i++)
    squares += rest[i] * rest[i];
  for (size_t lag = 1; lag <= owed_lags (count); lag++)
    {
      double sum = 0;
      for (size_t i = lag; i < count; i++)
	sum += rest[i] * rest[i - lag];
      owed[lag - 1] = squares > 0 ? sum / squares : 0;
    }
}

/* What the variance of correlations of two rests of COUNT values is multiplied
   by, for what both still owe to their own past.  */
static double
variance_factor (const double *first, const double *second, size_t count)
{
  double sum = 0;

  for (size_t i = 0; i < owed_lags (count); i++)
    sum += first[i] * second[i];
  return fmax (1, 1 + 2 * sum);
}

/* The probability that |correlation| of SAMPLES, which are worth FACTOR times
   fewer, is as great as that of COEFFICIENT: by Student's t.  */
static double
probability (double coefficient, size_t samples, double factor)
{
  double rest = 1 - coefficient * coefficient;
  double worth = samples / factor;

  if (samples < CORRELATION_SAMPLES_MIN / 2 || worth < WORTH_MIN)
    return 1;
  if (rest <= 0)
    return 0;
  return 2
	 * gsl_cdf_tdist_Q (fabs (coefficient) * sqrt ((worth - 2) / rest),
			    worth - 2);
}

/* Whether VALUES is the same nearly everywhere: ties say nothing.  */
static bool
is_flat (const double *values, size_t count)
{
  size_t changes = 0, known = 0;
  double before = NAN;

  for (size_t i = 0; i < count; i++)
    if (!isnan (values[i]))
      {
	changes += known > 0 && values[i] != before;
	before = values[i];
	known++;
      }
  return known < CORRELATION_SAMPLES_MIN || changes * 10 < known;
}

static int
compare (const void *a, const void *b)
{
  const struct correlation *one = a, *other = b;

  if (one->probability != other->probability)
    return one->probability < other->probability ? -1 : 1;
  return fabs (one->coefficient) > fabs (other->coefficient)   ? -1
	 : fabs (one->coefficient) < fabs (other->coefficient) ? 1
							       : 0;
}

/* The clearest lag of the series A and B, whose rests are FIRST and
   SECOND, FACTOR of these.  */
static struct correlation
compare_pair (const double *first, const double *second, double factor,
	      size_t count, size_t a, size_t b, size_t lag_max)
{
  struct correlation best = { .probability = 2 };

  for (size_t lag = 0; lag <= lag_max; lag++)
    for (int turned = 0; turned <= (lag > 0); turned++)
      {
	size_t samples;
	double coefficient
	    = correlate (turned ? second : first, turned ? first : second,
			 count, lag, &samples);
	double chance = probability (coefficient, samples, factor);
	if (chance < best.probability
	    || (chance == best.probability
		&& fabs (coefficient) > fabs (best.coefficient)))
	  best = (struct correlation){ .first = turned ? b : a,
				       .second = turned ? a : b,
				       .lag = lag,
				       .coefficient = coefficient,
				       .probability = chance,
				       .samples = samples };
      }
  return best;
}

size_t
correlation_find (const double *const *values, size_t series, size_t count,
		  const unsigned *kin, double least,
		  struct correlation **found)
{
  double *rests = calloc (series * count + 1, sizeof *rests);
  bool *is_compared = calloc (series + 1, sizeof *is_compared);
  struct correlation *list = calloc (series * series / 2 + 1, sizeof *list);
  size_t lags = owed_lags (count);
  double *owed = calloc (series * lags + 1, sizeof *owed);
  bool is_good
      = rests != NULL && is_compared != NULL && list != NULL && owed != NULL;
  size_t lag_max
      = count / 4 < CORRELATION_LAG_MAX ? count / 4 : CORRELATION_LAG_MAX;
  size_t pairs = 0, kept = 0;

  for (size_t i = 0; is_good && i < series; i++)
    {
      is_compared[i] = !is_flat (values[i], count);
      is_good = !is_compared[i]
		|| correlation_prewhiten (values[i], count, rests + i * count);
      if (is_good && is_compared[i])
	find_owed (rests + i * count, count, owed + i * lags);
    }
  for (size_t a = 0; is_good && a < series; a++)
    for (size_t b = a + 1; b < series; b++)
      if (is_compared[a] && is_compared[b]
	  && (kin == NULL || kin[a] == 0 || kin[a] != kin[b]))
	list[pairs++] = compare_pair (
	    rests + a * count, rests + b * count,
	    variance_factor (owed + a * lags, owed + b * lags, count), count,
	    a, b, lag_max);
  for (size_t i = 0; i < pairs; i++)
    {
      list[i].probability *= (double) pairs * (2 * lag_max + 1);
      if (list[i].probability < least)
	list[kept++] = list[i];
    }
  if (list != NULL)
    qsort (list, kept, sizeof *list, compare);
  free (rests);
  free (owed);
  free (is_compared);
  *found = list;
  return kept;
}
