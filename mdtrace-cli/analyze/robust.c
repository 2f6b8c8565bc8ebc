/* Robust statistics.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "robust.h"

enum
{
  /* What counts as the tail: a quarter of the values, but no more.  */
  TAIL_MAX = 40
};

/* What makes the MAD of Gaussian values their standard deviation.  */
#define SPREAD_FACTOR 1.4826022185056018

void
robust_sort (double *values, size_t count)
{
  gsl_sort (values, 1, count);
}

double
robust_quantile (const double *sorted, size_t count, double share)
{
  return gsl_stats_quantile_from_sorted_data (sorted, 1, count, share);
}

double
robust_median (const double *sorted, size_t count)
{
  return gsl_stats_median_from_sorted_data (sorted, 1, count);
}

double
robust_spread (const double *sorted, size_t count, double centre)
{
  /* Both halves are in order already: they are merged from the middle on, up
     to where half of all has been seen.  */
  size_t above = 0, high = count;
  while (above < high)
    {
      size_t middle = (above + high) / 2;
      if (sorted[middle] < centre)
	above = middle + 1;
      else
	high = middle;
    }
  size_t below = above;
  double distance = 0, before = 0;

  for (size_t taken = 0; taken <= count / 2; taken++)
    {
      double up = above < count ? sorted[above] - centre : INFINITY;
      double down = below > 0 ? centre - sorted[below - 1] : INFINITY;
      before = distance;
      distance = up < down ? up : down;
      if (up < down)
	above++;
      else
	below--;
    }
  return SPREAD_FACTOR * (count % 2 ? distance : (before + distance) / 2);
}

size_t
robust_usual (const double *values, size_t count, double *work, double *median,
	      double *spread)
{
  size_t known = 0;

  for (size_t i = 0; i < count; i++)
    if (!isnan (values[i]))
      work[known++] = values[i];
  *median = *spread = NAN;
  if (known == 0)
    return 0;
  robust_sort (work, known);
  *median = robust_median (work, known);
  *spread = robust_spread (work, known, *median);
  return known;
}

double
robust_spread_out (double value, size_t at, double resolution)
{
  uint64_t z = (at + 1) * UINT64_C (0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
  return value + resolution * (((z ^ z >> 31) >> 11) * 0x1p-53 - 0.5);
}

/* The values in SORTED from an end on: the highest, or, if they are looked at
   IS_BELOW, the lowest with their signs turned.  */
struct tail
{
  const double *sorted;
  size_t count;
  bool is_below;
  bool is_log; /* of distances from CENTRE, in units of UNIT */
  double centre, unit, resolution;
};

static double
measure (const struct tail *tail, double value)
{
  if (tail->is_below)
    value = -value;
  if (!tail->is_log)
    return value;
  double distance = (value - tail->centre) / tail->unit;
  return distance > 0 ? log1p (distance) : distance;
}

/* The one after I values that are higher.  */
static double
from_end (const struct tail *tail, size_t i)
{
  return measure (tail,
		  tail->sorted[tail->is_below ? i : tail->count - 1 - i]);
}

/* The formula of robust_tail.  */
static double
probability (const struct tail *tail, double value)
{
  size_t k = tail->count / 4 < TAIL_MAX ? tail->count / 4 : TAIL_MAX;
  size_t trimmed = (k + 4) / 8;
  double start = from_end (tail, k), sum = 0;
  double excess = measure (tail, value) - start;
  double share = (k + 1.0) / (tail->count + 1.0);

  if (!(excess > 0))
    {
      /* Within the values: the share of them that are as high.  */
      size_t higher = k;
      while (higher < tail->count
	     && from_end (tail, higher) >= measure (tail, value))
	higher++;
      return (higher + 1.0) / (tail->count + 1.0);
    }
  for (size_t i = trimmed; i < k; i++)
    sum += (i + 1) * (from_end (tail, i) - from_end (tail, i + 1));
  /* Ties that were spread out are no closer than what they were.  */
  if (!tail->is_log)
    sum = fmax (sum, (k - trimmed) * tail->resolution / 4);
  return sum > 0 ? share * pow (1 + excess / sum, -(double) (k - trimmed)) : 0;
}

/* Whether the excesses of TAIL vary more than exponential ones would.  The
   resolution is added to each: the step from nothing to one is no tail.  */
static bool
is_heavy (const struct tail *tail)
{
  size_t k = tail->count / 4;
  double start = from_end (tail, k) - tail->resolution, sum = 0, squares = 0;

  for (size_t i = 0; i < k; i++)
    {
      double excess = from_end (tail, i) - start;
      sum += excess;
      squares += excess * excess;
    }
  return sum > 0 && sqrt (k * squares / (sum * sum) - 1) > 1 + 1.6 / sqrt (k);
}

static double
tail_probability (const double *sorted, size_t count, double value,
		  double resolution, bool is_below)
{
  struct tail tail = { .sorted = sorted,
		       .count = count,
		       .is_below = is_below,
		       .resolution = resolution };
  double straight = probability (&tail, value);

  if (!is_heavy (&tail))
    return straight;
  double centre = robust_median (sorted, count);
  tail.unit = fmax (robust_spread (sorted, count, centre), resolution);
  if (!(tail.unit > 0))
    return straight;
  tail.is_log = true;
  tail.centre = is_below ? -centre : centre;
  return fmax (straight, probability (&tail, value));
}

double
robust_tail (const double *sorted, size_t count, double value,
	     double resolution)
{
  return tail_probability (sorted, count, value, resolution, false);
}

double
robust_tail_below (const double *sorted, size_t count, double value,
		   double resolution)
{
  return tail_probability (sorted, count, value, resolution, true);
}
