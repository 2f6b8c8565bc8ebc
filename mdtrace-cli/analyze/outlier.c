/* Outliers.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "outlier.h"
#include "robust.h"

/* What continues an outlier may be so likely.  */
#define LEAST_WITHIN 1e-3
/* Far off, where it is asked what a distribution is like.  */
#define FAR_SPREADS 4
/* Steps between two that belong together.  */
#define GAP_MAX 2

/* What is known of each step.  */
struct judged
{
  double probability; /* NAN: not judged */
  double median, spread, low, high, score;
  size_t baseline;
  signed char side; /* 0: no outlier */
  bool is_before;
};

struct finder
{
  const double *values;
  double *fine; /* values, spread over the resolution */
  size_t count;
  double resolution, least;
  struct robust_shape shape; /* of all values */
  struct judged *judged;
  /* The values of the baseline: in the order in which they came, from OLDEST
     on, and sorted.  */
  double recent[OUTLIER_BASELINE], sorted[OUTLIER_BASELINE];
  size_t oldest, held;
};

static size_t
place_of (const struct finder *finder, double value)
{
  size_t low = 0, high = finder->held;

  while (low < high)
    {
      size_t middle = (low + high) / 2;
      if (finder->sorted[middle] < value)
	low = middle + 1;
      else
	high = middle;
    }
  return low;
}

/* Add VALUE to the baseline.  */
static void
hold (struct finder *finder, double value)
{
  if (finder->held == OUTLIER_BASELINE)
    {
      size_t at = place_of (finder, finder->recent[finder->oldest]);
      memmove (finder->sorted + at, finder->sorted + at + 1,
	       (--finder->held - at) * sizeof finder->sorted[0]);
      finder->oldest = (finder->oldest + 1) % OUTLIER_BASELINE;
    }
  finder->recent[(finder->oldest + finder->held) % OUTLIER_BASELINE] = value;
  size_t at = place_of (finder, value);
  memmove (finder->sorted + at + 1, finder->sorted + at,
	   (finder->held - at) * sizeof finder->sorted[0]);
  finder->sorted[at] = value;
  finder->held++;
}

/* Judge step AT by the baseline.  What has a unit is given half of it.  */
static void
judge (struct finder *finder, size_t at, signed char side_before,
       bool is_before)
{
  struct judged *judged = &finder->judged[at];
  double value = finder->values[at], half = finder->resolution / 2;
  double above = robust_tail (finder->sorted, finder->held, value - half,
			      finder->resolution, &finder->shape);
  double below = robust_tail_below (finder->sorted, finder->held, value + half,
				    finder->resolution, &finder->shape);
  signed char side = above < below ? 1 : -1;
  double median = robust_median (finder->sorted, finder->held);
  double spread = robust_spread (finder->sorted, finder->held, median);

  *judged = (struct judged){
    .probability = fmin (1, 2 * fmin (above, below)),
    .median = median,
    .spread = spread,
    .low = robust_quantile (finder->sorted, finder->held, 0.05),
    .high = robust_quantile (finder->sorted, finder->held, 0.95),
    .score = spread > 0 ? (value - median) / spread : 0,
    .baseline = finder->held,
    .is_before = is_before,
  };
  if (judged->probability < finder->least
      || (side == side_before && judged->probability < LEAST_WITHIN))
    judged->side = side;
}

/* Judge the steps from FIRST on, COUNT of them, by those before them in the
   direction STEP; the first PASSED only make the baseline.  */
static void
pass (struct finder *finder, size_t first, int step, size_t count,
      size_t passed)
{
  size_t run = 0;
  signed char side = 0;

  finder->held = finder->oldest = 0;
  for (size_t i = 0; i < count; i++)
    {
      size_t at = first + (size_t) ((ptrdiff_t) i * step);
      if (isnan (finder->values[at]))
	continue;
      if (i >= passed && finder->held >= OUTLIER_BASELINE_MIN)
	judge (finder, at, side, step > 0);
      side = finder->judged[at].side;
      run = side != 0 ? run + 1 : 0;
      /* What has lasted is usual from then on.  */
      if (run == 0 || run > OUTLIER_RUN_MAX)
	hold (finder, finder->fine[at]);
      if (run == OUTLIER_RUN_MAX)
	for (size_t back = 0; back < OUTLIER_RUN_MAX; back++)
	  {
	    size_t before = at - (size_t) ((ptrdiff_t) back * step);
	    if (before < finder->count && !isnan (finder->values[before]))
	      hold (finder, finder->fine[before]);
	  }
    }
}

/* Put what was judged from BEGIN to END, steps on the same side, into
   OUTLIER.  */
static void
describe (const struct finder *finder, size_t begin, size_t end,
	  struct outlier *outlier)
{
  double sum = 0;
  size_t known = 0, worst = begin;

  for (size_t i = begin; i < end; i++)
    {
      if (isnan (finder->values[i]))
	continue;
      sum += finder->values[i];
      known++;
      if (finder->judged[i].side != 0
	  && finder->judged[i].probability < finder->judged[worst].probability)
	worst = i;
    }
  /* What is usual was so before it began, or after it ended.  */
  size_t outside = finder->judged[begin].is_before ? begin : end - 1;
  const struct judged *judged = &finder->judged[outside];
  *outlier = (struct outlier){
    .begin = begin,
    .end = end,
    .value = sum / known,
    .median = judged->median,
    .spread = judged->spread,
    .low = judged->low,
    .high = judged->high,
    .score = finder->judged[worst].score,
    .probability = finder->judged[worst].probability,
    .baseline = judged->baseline,
    .is_before = judged->is_before,
  };
}

/* The end of the run of steps on one side that begins at BEGIN.  */
static size_t
end_of_run (const struct finder *finder, size_t begin)
{
  size_t end = begin + 1;

  for (size_t i = begin + 1; i < finder->count && i <= end + GAP_MAX; i++)
    if (finder->judged[i].side == finder->judged[begin].side)
      end = i + 1;
  return end;
}

/* Of what was FOUND leave away what comes again and again: others that reach
   half of its distance on its side, in more than one step in 200.  */
static size_t
drop_usual (struct outlier *found, size_t count, size_t steps)
{
  size_t limit = steps / 200 > 3 ? steps / 200 : 3, kept = 0;
  bool *is_usual = calloc (count + 1, sizeof *is_usual);

  if (is_usual == NULL)
    return 0;
  for (size_t i = 0; i < count; i++)
    {
      size_t others = 0;
      for (size_t j = 0; j < count; j++)
	others += j != i
		  && (found[j].value - found[j].median)
			     / (found[i].value - found[i].median)
			 >= 0.5;
      is_usual[i] = others >= limit;
    }
  for (size_t i = 0; i < count; i++)
    if (!is_usual[i])
      found[kept++] = found[i];
  free (is_usual);
  return kept;
}

static size_t
collect (const struct finder *finder, struct outlier **found)
{
  size_t count = 0;
  struct outlier *list
      = calloc (finder->count / (GAP_MAX + 1) + 1, sizeof *list);

  if (list == NULL)
    return 0;
  for (size_t begin = 0; begin < finder->count;)
    {
      if (finder->judged[begin].side == 0)
	{
	  begin++;
	  continue;
	}
      size_t end = end_of_run (finder, begin);
      if (end - begin <= OUTLIER_RUN_MAX)
	describe (finder, begin, end, &list[count++]);
      begin = end;
      /* Its other side is no other one.  */
      while (begin < finder->count && begin < end + GAP_MAX
	     && finder->judged[begin].side != 0)
	begin++;
    }
  *found = list;
  return drop_usual (list, count, finder->count);
}

/* Find what all values are like.  What is far off for several steps counts
   once: a burst is no tail.  False without memory.  */
static bool
find_shape (struct finder *finder)
{
  double *sorted = calloc (finder->count + 1, sizeof *sorted);
  double median, spread;
  size_t known = 0;
  int side = 0;

  if (sorted == NULL)
    return false;
  robust_usual (finder->fine, finder->count, sorted, &median, &spread);
  double far = FAR_SPREADS * fmax (spread, finder->resolution);
  for (size_t i = 0; i < finder->count; i++)
    {
      double way = finder->fine[i] - median;
      int side_before = side;
      if (isnan (way))
	continue;
      side = way > far ? 1 : way < -far ? -1 : 0;
      if (side == 0 || side != side_before)
	sorted[known++] = finder->fine[i];
    }
  robust_sort (sorted, known);
  if (known > 0)
    robust_find_shape (sorted, known, finder->resolution, &finder->shape);
  free (sorted);
  return true;
}

size_t
outlier_find (const double *values, size_t count, double resolution,
	      double least, struct outlier **found)
{
  struct finder *finder = calloc (1, sizeof *finder);
  size_t result = 0;

  *found = NULL;
  if (finder == NULL)
    return 0;
  finder->values = values;
  finder->count = count;
  finder->resolution = resolution;
  finder->least = least;
  finder->fine = calloc (count + 1, sizeof *finder->fine);
  finder->judged = calloc (count + 1, sizeof *finder->judged);
  if (finder->fine != NULL && finder->judged != NULL)
    {
      for (size_t i = 0; i < count; i++)
	finder->fine[i] = robust_spread_out (values[i], i, resolution);
    }
  if (finder->fine != NULL && finder->judged != NULL && find_shape (finder))
    {
      /* The first ones have few before them, and are held against those after
	 them, but for what is an outlier there.  */
      size_t first = count / 2 < OUTLIER_BASELINE / 2 ? count / 2
						      : OUTLIER_BASELINE / 2;
      size_t end = count < first + OUTLIER_BASELINE ? count
						    : first + OUTLIER_BASELINE;
      pass (finder, 0, 1, end, OUTLIER_BASELINE_MIN);
      if (count > 0)
	pass (finder, end - 1, -1, end, end - first);
      pass (finder, 0, 1, count, first);
      result = collect (finder, found);
    }
  free (finder->fine);
  free (finder->judged);
  free (finder);
  return result;
}
