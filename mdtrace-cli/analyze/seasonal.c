/* Seasons.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <gsl/gsl_fit.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "robust.h"
#include "seasonal.h"

bool
seasonal_ranks (const double *values, size_t count, double *ranks)
{
  size_t *order = calloc (count + 1, sizeof *order);
  double *steps = calloc (2 * count + 2, sizeof *steps);
  double *known = steps + count + 1;
  size_t found = 0;
  double start, slope, ignored;

  if (order == NULL || steps == NULL)
    {
      free (order);
      free (steps);
      return false;
    }
  for (size_t i = 0; i < count; i++)
    {
      ranks[i] = 0;
      if (!isnan (values[i]))
	{
	  steps[found] = i;
	  known[found++] = values[i];
	}
    }
  gsl_sort_index (order, known, 1, found);
  for (size_t i = 0; i < found;)
    {
      size_t end = i + 1;
      while (end < found && known[order[end]] == known[order[i]])
	end++;
      for (size_t j = i; j < end; j++)
	ranks[(size_t) steps[order[j]]] = (i + end) / 2.0 / found - 0.5;
      i = end;
    }
  if (found >= 3)
    {
      for (size_t i = 0; i < found; i++)
	known[i] = ranks[(size_t) steps[i]];
      gsl_fit_linear (steps, 1, known, 1, found, &start, &slope, &ignored,
		      &ignored, &ignored, &ignored);
      for (size_t i = 0; i < found; i++)
	ranks[(size_t) steps[i]] -= start + slope * steps[i];
    }
  free (order);
  free (steps);
  return true;
}

double
seasonal_correlation (const double *ranks, size_t count, size_t lag)
{
  double products = 0, first = 0, second = 0;

  for (size_t i = lag; i < count; i++)
    {
      products += ranks[i] * ranks[i - lag];
      first += ranks[i] * ranks[i];
      second += ranks[i - lag] * ranks[i - lag];
    }
  return first > 0 && second > 0 ? products / sqrt (first * second) : 0;
}

/* Whether COUNT ranks have the PERIOD: they are like themselves by LEAST, and
   by 0.3 less somewhere on the way.  */
static bool
has_period (const double *correlations, size_t period, double least)
{
  double lowest = 1;

  for (size_t lag = 1; lag < period; lag++)
    lowest = fmin (lowest, correlations[lag]);
  return correlations[period] >= least && correlations[period] - lowest >= 0.3;
}

/* The clearest of the LAGS correlations behind SEASONAL_PERIOD_MIN.  A
   multiple of a period is one too, by a little less or more: the first one
   that is about as clear is it.  */
static size_t
find_period (const double *correlations, size_t longest)
{
  double best = 0;

  for (int round = 0; round < 2; round++)
    for (size_t lag = SEASONAL_PERIOD_MIN; lag <= longest; lag++)
      {
	double here = correlations[lag];
	if (here < correlations[lag - 1] || here < correlations[lag + 1])
	  continue;
	if (round == 0)
	  best = fmax (best, here);
	else if (here >= 0.9 * best && has_period (correlations, lag, 0.5))
	  {
	    /* The top of a broad hill has more than one.  */
	    size_t top = lag;
	    for (size_t i = lag; i <= longest && i <= lag + lag / 4; i++)
	      if (correlations[i] > correlations[top])
		top = i;
	    return top;
	  }
      }
  return 0;
}

/* Whether at least one of ten VALUES is another one than that before.  */
static bool
is_lively (const double *values, size_t count)
{
  size_t changes = 0;

  for (size_t i = 1; i < count; i++)
    changes += values[i] != values[i - 1];
  return 10 * changes >= count;
}

double
seasonal_period (const double *values, size_t count, const double *candidates)
{
  size_t longest = count / SEASONAL_PERIODS_MIN;
  double *ranks = calloc (count + 1, sizeof *ranks);
  double *correlations = calloc (longest + 2, sizeof *correlations);
  double found = 0;

  if (longest >= SEASONAL_PERIOD_MIN && is_lively (values, count)
      && ranks != NULL && correlations != NULL
      && seasonal_ranks (values, count, ranks))
    {
      for (size_t lag = 0; lag <= longest + 1; lag++)
	correlations[lag] = seasonal_correlation (ranks, count, lag);
      for (; candidates != NULL && *candidates != 0 && found == 0;
	   candidates++)
	if (*candidates >= SEASONAL_PERIOD_MIN && *candidates <= longest
	    && has_period (correlations, lround (*candidates), 0.3))
	  found = *candidates;
      if (found == 0)
	found = find_period (correlations, longest);
    }
  free (ranks);
  free (correlations);
  return found;
}

bool
seasonal_remove (const double *values, size_t count, double period,
		 double *usual, double *rest)
{
  double *others = calloc ((size_t) (count / period) + 3, sizeof *others);

  if (others == NULL)
    return false;
  for (size_t i = 0; i < count; i++)
    {
      long periods = (long) ((count - i) / period) + 1;
      size_t found = 0;
      for (long n = -(long) (i / period) - 1; n <= periods; n++)
	{
	  double at = (double) i + n * period;
	  long step = lround (at);
	  if (n != 0 && step >= 0 && step < (long) count
	      && !isnan (values[step]))
	    others[found++] = values[step];
	}
      usual[i] = NAN;
      if (found >= SEASONAL_PERIODS_MIN - 1)
	{
	  robust_sort (others, found);
	  usual[i] = robust_median (others, found);
	}
      rest[i] = values[i] - usual[i];
    }
  free (others);
  return true;
}
