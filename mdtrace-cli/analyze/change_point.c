/* Change points.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "change_point.h"
#include "robust.h"

/* What the median of |differences| of Gaussian values is multiplied by to give
   their standard deviation: 1.4826 / sqrt (2).  */
#define DIFFERENCE_FACTOR 1.0483580

enum
{
  LOCAL_STEPS = 8,
  INDEPENDENT_MIN = 36,
  FOUND_MAX = 64
};

struct finder
{
  double *values; /* those that are known */
  size_t *steps;  /* of each of them */
  size_t count;
  double resolution, least;
  double *work, *deviations;
  struct change *found;
  size_t found_count;
};

/* Put the ranks of COUNT values, from 0 to 1, into RANKS; equal ones share
   their mean.  */
static bool
rank (const double *values, size_t count, double *ranks)
{
  size_t *order = calloc (count + 1, sizeof *order);

  if (order == NULL)
    return false;
  gsl_sort_index (order, values, 1, count);
  for (size_t i = 0; i < count;)
    {
      size_t end = i + 1;
      while (end < count && values[order[end]] == values[order[i]])
	end++;
      for (size_t j = i; j < end; j++)
	ranks[order[j]] = (i + end) / 2.0 / count;
      i = end;
    }
  free (order);
  return true;
}

/* The long-run standard deviation of COUNT RANKS by blocks of LENGTH; WORK has
   room for as many.  */
static double
block_deviation (const double *ranks, size_t count, size_t length,
		 double *work)
{
  size_t blocks = count / length;
  double before = 0;

  for (size_t i = 0; i < blocks; i++)
    {
      double sum = 0;
      for (size_t j = 0; j < length; j++)
	sum += ranks[i * length + j];
      if (i > 0)
	work[i - 1] = fabs (sum / length - before);
      before = sum / length;
    }
  robust_sort (work, blocks - 1);
  return DIFFERENCE_FACTOR * robust_median (work, blocks - 1)
	 * sqrt ((double) length);
}

/* How many values that follow each other tell as much as one that stands
   alone, if they are those of an autoregressive process of order 1 that has a
   change at AT: (1 + r) / (1 - r), with r the correlation of neighbours around
   both means.  This comes out too low in short series, by (1 + 4 r) / n (M. G.
   Kendall, Note on bias in the estimation of autocorrelation, Biometrika 41,
   1954, 403-404), twice that as there are two means.  Puts their standard
   deviation into DEVIATION.  */
static double
find_dependence (const double *ranks, size_t count, size_t at,
		 double *deviation)
{
  double means[2] = { 0, 0 }, squares = 0, products = 0, before = 0;

  for (size_t i = 0; i < count; i++)
    means[i >= at] += ranks[i] / (i < at ? at : count - at);
  for (size_t i = 0; i < count; i++)
    {
      double value = ranks[i] - means[i >= at];
      squares += value * value;
      products += value * before;
      before = value;
    }
  *deviation = sqrt (squares / count);
  double share = squares > 0 ? products / squares : 0;
  share += 2 * (1 + 4 * share) / count;
  /* And it may be more by its standard error.  */
  share += sqrt (fmax (0, 1 - share * share) / count);
  share = fmin (0.98, fmax (0, share));
  return (1 + share) / (1 - share);
}

static double
long_run_deviation (const double *ranks, size_t count, double least,
		    double *work)
{
  double greatest = least;

  /* As long as there are enough of them for a median.  */
  for (size_t length = 1; count / length >= 9; length *= 2)
    greatest = fmax (greatest, block_deviation (ranks, count, length, work));
  return greatest;
}

/* The probability that a Brownian bridge goes as far as X from 0.  */
static double
bridge_probability (double x)
{
  double sum = 0, sign = 1;

  if (x < 0.3)
    return 1;
  for (int j = 1; j < 100; j++, sign = -sign)
    sum += sign * exp (-2 * j * j * x * x);
  return fmin (1, fmax (0, 2 * sum));
}

double
change_probability (const double *values, size_t count, size_t *at)
{
  double *ranks = calloc (2 * count + 1, sizeof *ranks);
  double sum = 0, greatest = 0, result = 1;

  *at = 0;
  if (ranks != NULL && count >= 2 * CHANGE_SEGMENT_MIN
      && rank (values, count, ranks))
    {
      for (size_t i = 0; i < count; i++)
	{
	  if (i >= CHANGE_SEGMENT_MIN && count - i >= CHANGE_SEGMENT_MIN
	      && fabs (sum) > greatest)
	    {
	      greatest = fabs (sum);
	      *at = i;
	    }
	  sum += ranks[i] - 0.5;
	}
      double deviation;
      double factor = find_dependence (ranks, count, *at, &deviation);
      deviation = long_run_deviation (ranks, count, deviation * sqrt (factor),
				      ranks + count);
      /* The more they depend on each other, the worse is what is known of
	 that.  */
      if (deviation > 0 && *at > 0 && count / factor >= INDEPENDENT_MIN)
	result = fmin (
	    1, factor
		   * bridge_probability (
		       greatest / (deviation * sqrt ((double) count))));
    }
  free (ranks);
  return result;
}

/* The first step after the change near AT, where the values from BEGIN to END
   fall apart best: by the least sum of distances from the medians MEDIANS.  */
static size_t
place (const double *values, size_t begin, size_t end, size_t at,
       const double *medians)
{
  size_t best = at;
  double sum = 0, least = 0;

  /* Moving the change on past a value gives it to the segment before.  */
  for (size_t i = at; i + 1 < end && i < at + 4 * LOCAL_STEPS; i++)
    {
      sum += fabs (values[i] - medians[0]) - fabs (values[i] - medians[1]);
      if (sum < least)
	{
	  least = sum;
	  best = i + 1;
	}
    }
  sum = 0;
  for (size_t i = at; i > begin + 1 && i + 4 * LOCAL_STEPS > at; i--)
    {
      sum += fabs (values[i - 1] - medians[1])
	     - fabs (values[i - 1] - medians[0]);
      if (sum < least)
	{
	  least = sum;
	  best = i - 1;
	}
    }
  return best;
}

static double
median_of (struct finder *finder, const double *values, size_t count,
	   double *spread)
{
  double median, found;

  robust_usual (values, count, finder->work, &median, &found);
  if (spread != NULL)
    *spread = found;
  return median;
}

/* Whether the level changes from BEGIN to END at AT as it should, and fill in
   CHANGE.  */
static bool
is_step (struct finder *finder, size_t begin, size_t end, size_t at,
	 struct change *change)
{
  double spreads[2], local[2];
  double medians[2]
      = { median_of (finder, finder->values + begin, at - begin, &spreads[0]),
	  median_of (finder, finder->values + at, end - at, &spreads[1]) };

  at = place (finder->values, begin, end, at, medians);
  if (at - begin < LOCAL_STEPS || end - at < LOCAL_STEPS)
    return false;
  double way = medians[1] - medians[0];
  local[0] = median_of (finder, finder->values + at - LOCAL_STEPS, LOCAL_STEPS,
			NULL);
  local[1] = median_of (finder, finder->values + at, LOCAL_STEPS, NULL);
  double spread = fmax (fmax (spreads[0], spreads[1]), finder->resolution);
  *change = (struct change){ .at = at,
			     .begin = begin,
			     .end = end,
			     .before = medians[0],
			     .after = medians[1],
			     .spread = spread };
  return fabs (way) >= 1.5 * spread && (local[1] - local[0]) / way >= 0.5;
}

/* The same of the spread, with deviations from the level of each half.  */
static bool
is_variance_step (struct finder *finder, size_t begin, size_t end, size_t at,
		  struct change *change)
{
  double spreads[2];

  median_of (finder, finder->values + begin, at - begin, &spreads[0]);
  median_of (finder, finder->values + at, end - at, &spreads[1]);
  *change = (struct change){ .at = at,
			     .begin = begin,
			     .end = end,
			     .is_variance = true,
			     .before = spreads[0],
			     .after = spreads[1],
			     .spread = fmin (spreads[0], spreads[1]) };
  double more = fmax (spreads[0], spreads[1]);
  double less = fmax (fmin (spreads[0], spreads[1]), finder->resolution);
  return more >= 2 * less;
}

/* Look for a change from BEGIN to END, and in both parts if there is one.  */
static void
divide (struct finder *finder, size_t begin, size_t end)
{
  size_t count = end - begin, at;
  struct change change;

  if (count < 2 * CHANGE_SEGMENT_MIN || finder->found_count == FOUND_MAX)
    return;
  double least = finder->least * (count / 100.0) / 2;
  double probability = change_probability (finder->values + begin, count, &at);
  bool is_found = probability < least
		  && is_step (finder, begin, end, begin + at, &change);
  if (!is_found && probability >= least)
    {
      double level = median_of (finder, finder->values + begin, count, NULL);
      for (size_t i = 0; i < count; i++)
	finder->deviations[i] = fabs (finder->values[begin + i] - level);
      probability = change_probability (finder->deviations, count, &at);
      is_found = probability < least
		 && is_variance_step (finder, begin, end, begin + at, &change);
    }
  /* What is no step, such as a slope, may hide one in a part of it.  */
  if (!is_found && probability >= least)
    return;
  size_t cut = is_found ? change.at : begin + at;
  divide (finder, begin, cut);
  if (is_found && finder->found_count < FOUND_MAX)
    {
      change.probability = probability / (count / 100.0);
      finder->found[finder->found_count++] = change;
    }
  divide (finder, cut, end);
}

/* Measure each change again between its neighbours, and leave away what is
   none there.  */
static void
measure_again (struct finder *finder)
{
  size_t kept = 0;

  for (size_t i = 0; i < finder->found_count; i++)
    {
      struct change change = finder->found[i];
      size_t begin = kept > 0 ? finder->found[kept - 1].at : 0;
      size_t end = i + 1 < finder->found_count ? finder->found[i + 1].at
					       : finder->count;
      double probability = change.probability;
      bool is_good
	  = change.at > begin && change.at < end
	    && (change.is_variance
		    ? is_variance_step (finder, begin, end, change.at, &change)
		    : is_step (finder, begin, end, change.at, &change));
      change.probability = probability;
      if (is_good)
	finder->found[kept++] = change;
    }
  finder->found_count = kept;
  for (size_t i = 0; i < kept; i++)
    {
      struct change *change = &finder->found[i];
      change->end = i + 1 < kept ? finder->found[i + 1].at : finder->count;
    }
}

/* Numbers of values become steps, and levels those of VALUES as they are.  */
static void
to_steps (struct finder *finder, const double *values, size_t count)
{
  for (size_t i = 0; i < finder->found_count; i++)
    {
      struct change *change = &finder->found[i];
      change->at = finder->steps[change->at];
      change->begin = finder->steps[change->begin];
      change->end
	  = change->end < finder->count ? finder->steps[change->end] : count;
      if (change->is_variance)
	continue;
      change->before = median_of (finder, values + change->begin,
				  change->at - change->begin, NULL);
      change->after = median_of (finder, values + change->at,
				 change->end - change->at, NULL);
    }
}

size_t
change_find (const double *values, size_t count, double resolution,
	     double least, struct change **found)
{
  struct finder finder = { .resolution = resolution, .least = least };

  finder.values = calloc (count + 1, sizeof *finder.values);
  finder.steps = calloc (count + 1, sizeof *finder.steps);
  finder.work = calloc (count + 1, sizeof *finder.work);
  finder.deviations = calloc (count + 1, sizeof *finder.deviations);
  finder.found = calloc (FOUND_MAX, sizeof *finder.found);
  if (finder.values != NULL && finder.steps != NULL && finder.work != NULL
      && finder.deviations != NULL && finder.found != NULL)
    {
      for (size_t i = 0; i < count; i++)
	if (!isnan (values[i]))
	  {
	    finder.values[finder.count]
		= robust_spread_out (values[i], i, resolution);
	    finder.steps[finder.count++] = i;
	  }
      divide (&finder, 0, finder.count);
      measure_again (&finder);
      to_steps (&finder, values, count);
    }
  free (finder.values);
  free (finder.steps);
  free (finder.work);
  free (finder.deviations);
  *found = finder.found;
  return finder.found_count;
}
