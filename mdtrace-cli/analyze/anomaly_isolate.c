/* Anomalies that no series shows alone.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly_private.h"
#include "isolation_forest.h"
#include "outlier.h"
#include "robust.h"

/* The forest begins with it in every run.  */
#define SEED 20261127
/* The distance of a point from the others must be as unlikely as this among
   their distances: what goes together in another way than Gaussian numbers do
   may have points that are easily cut off, but then many of them.  */
#define DISTANCE_CHANCE 1e-4

enum
{
  GAP_MAX = 2,
  /* So close to a finding in one series there is nothing new.  */
  NEAR_STEPS = 3,
  CHANGE_NEAR_STEPS = 12
};

/* The points that are looked at.  */
struct isolation
{
  const struct anomaly_search *search;
  size_t dimensions, count;
  size_t series[ISOLATION_DIMENSIONS_MAX]; /* counted from the first */
  size_t *steps;
  double *points, *scores, *distances, *work;
  double median, spread; /* of the scores */
  bool *is_odd;
};

static const double *
rest_of (const struct anomaly_search *search, size_t series)
{
  return search->rests + series * search->steps;
}

/* Whether there is something to see in series NUMBER: it is known nearly
   everywhere, and other than the step before at one step in ten.  */
static bool
is_lively (const struct anomaly_search *search, size_t number)
{
  const double *rest = rest_of (search, number);
  size_t known = 0, changes = 0;
  double before = NAN;

  for (size_t i = 0; i < search->steps; i++)
    if (!isnan (rest[i]))
      {
	changes += known > 0 && rest[i] != before;
	before = rest[i];
	known++;
      }
  return 20 * known >= 19 * search->steps && 10 * changes >= known;
}

/* Put the steps at which all series are known into ISOLATION.  */
static void
take_points (struct isolation *isolation)
{
  const struct anomaly_search *search = isolation->search;

  for (size_t i = 0; i < search->steps; i++)
    {
      double *point
	  = isolation->points + isolation->count * isolation->dimensions;
      bool is_known = true;
      for (size_t d = 0; d < isolation->dimensions; d++)
	{
	  point[d] = rest_of (search, isolation->series[d])[i];
	  is_known = is_known && !isnan (point[d]);
	}
      if (is_known)
	isolation->steps[isolation->count++] = i;
    }
}

static double
distance_of (const struct isolation *isolation, size_t point)
{
  double sum = 0;

  for (size_t d = 0; d < isolation->dimensions; d++)
    {
      double value = isolation->points[point * isolation->dimensions + d];
      sum += value * value;
    }
  return sqrt (sum);
}

/* Whether the distance of POINT is far from the others.  */
static bool
is_far (const struct isolation *isolation, size_t point)
{
  struct robust_shape shape;
  size_t count = 0;

  for (size_t i = 0; i < isolation->count; i++)
    if (i != point)
      isolation->work[count++] = isolation->distances[i];
  robust_sort (isolation->work, count);
  robust_find_shape (isolation->work, count, 0, &shape);
  return robust_tail (isolation->work, count, isolation->distances[point], 0,
		      &shape)
	 < DISTANCE_CHANCE;
}

/* Whether STEP belongs to what was found in one of the series.  */
static bool
is_explained (const struct anomaly_search *search, size_t count, size_t step)
{
  for (size_t i = 0; i < count; i++)
    {
      const struct anomaly *other = &search->found[i];
      bool is_change = other->kind == ANOMALY_CHANGE;
      size_t near = is_change ? CHANGE_NEAR_STEPS : NEAR_STEPS;
      size_t end = is_change ? other->begin : other->end;
      if (step + near >= other->begin && step <= end + near)
	return true;
    }
  return false;
}

/* Put the series that are oddest at POINT into ANOMALY, the oddest first.  */
static void
name_series (const struct isolation *isolation, size_t point,
	     struct anomaly *anomaly)
{
  bool is_named[ISOLATION_DIMENSIONS_MAX] = { false };
  const double *values = isolation->points + point * isolation->dimensions;
  double greatest = 0;

  while (anomaly->others_count < ANOMALY_OTHERS_MAX
	 && anomaly->others_count < isolation->dimensions)
    {
      size_t oddest = isolation->dimensions;
      for (size_t d = 0; d < isolation->dimensions; d++)
	if (!is_named[d]
	    && (oddest == isolation->dimensions
		|| fabs (values[d]) > fabs (values[oddest])))
	  oddest = d;
      if (anomaly->others_count == 0)
	greatest = fabs (values[oddest]);
      /* One alone would have been found by itself.  */
      if (anomaly->others_count >= 2 && fabs (values[oddest]) < greatest / 2)
	break;
      is_named[oddest] = true;
      anomaly->others[anomaly->others_count++]
	  = isolation->search->first + isolation->series[oddest];
    }
  anomaly->series = anomaly->others[0];
}

/* Add what is odd from point BEGIN to END.  */
static bool
add_run (struct anomaly_search *search, const struct isolation *isolation,
	 size_t begin, size_t end)
{
  size_t worst = begin;

  for (size_t i = begin; i < end; i++)
    if (isolation->scores[i] > isolation->scores[worst])
      worst = i;
  struct anomaly anomaly = {
    .kind = ANOMALY_ISOLATION,
    .begin = isolation->steps[begin],
    .end = isolation->steps[end - 1] + 1,
    .value = isolation->scores[worst],
    .expected = isolation->median,
    .spread = isolation->spread,
    .low = isolation->work[0],
    .high = isolation->work[isolation->count - 1 - (end - begin)],
    .score
    = (isolation->scores[worst] - isolation->median) / isolation->spread,
    .chance = 1000
	      * isolation_chance (isolation->scores[worst], isolation->count,
				  isolation->dimensions)
	      * OUTLIER_WINDOW / isolation->count,
    .compared = isolation->count - 1,
    .is_before = true,
  };
  name_series (isolation, worst, &anomaly);
  return anomaly_add (search, &anomaly);
}

/* Add what is odd, and not explained, to what was found.  */
static bool
add_odd (struct anomaly_search *search, struct isolation *isolation)
{
  double least = ANOMALY_CHANCE / 1000 * isolation->count / OUTLIER_WINDOW;
  size_t explained = search->found_count;
  bool is_good = true;

  for (size_t i = 0; i < isolation->count; i++)
    isolation->is_odd[i]
	= isolation_chance (isolation->scores[i], isolation->count,
			    isolation->dimensions)
	      < least
	  && is_far (isolation, i)
	  && !is_explained (search, explained, isolation->steps[i]);
  memcpy (isolation->work, isolation->scores,
	  isolation->count * sizeof *isolation->work);
  robust_usual (isolation->scores, isolation->count, isolation->work,
		&isolation->median, &isolation->spread);
  for (size_t begin = 0; is_good && begin < isolation->count; begin++)
    if (isolation->is_odd[begin])
      {
	size_t end = begin + 1;
	for (size_t i = end; i < isolation->count && i <= end + GAP_MAX; i++)
	  if (isolation->is_odd[i])
	    end = i + 1;
	is_good = add_run (search, isolation, begin, end);
	begin = end - 1;
      }
  return is_good;
}

bool
anomaly_isolate (struct anomaly_search *search)
{
  struct isolation isolation = { .search = search };
  size_t steps = search->steps;

  for (size_t i = 0; i < search->together; i++)
    if (isolation.dimensions < ISOLATION_DIMENSIONS_MAX
	&& is_lively (search, i))
      isolation.series[isolation.dimensions++] = i;
  if (isolation.dimensions < 2 || steps < ISOLATION_POINTS_MIN)
    return true;
  isolation.points
      = calloc (steps * isolation.dimensions + 1, sizeof *isolation.points);
  isolation.steps = calloc (steps, sizeof *isolation.steps);
  isolation.scores = calloc (steps, sizeof *isolation.scores);
  isolation.distances = calloc (steps, sizeof *isolation.distances);
  isolation.work = calloc (steps, sizeof *isolation.work);
  isolation.is_odd = calloc (steps, sizeof *isolation.is_odd);
  bool is_good = isolation.points != NULL && isolation.steps != NULL
		 && isolation.scores != NULL && isolation.distances != NULL
		 && isolation.work != NULL && isolation.is_odd != NULL;
  if (is_good)
    take_points (&isolation);
  if (is_good && isolation.count >= ISOLATION_POINTS_MIN)
    {
      is_good
	  = isolation_whiten (isolation.points, isolation.count,
			      isolation.dimensions)
	    && isolation_scores (isolation.points, isolation.count,
				 isolation.dimensions, SEED, isolation.scores);
      for (size_t i = 0; is_good && i < isolation.count; i++)
	isolation.distances[i] = distance_of (&isolation, i);
      is_good = is_good && add_odd (search, &isolation);
    }
  free (isolation.points);
  free (isolation.steps);
  free (isolation.scores);
  free (isolation.distances);
  free (isolation.work);
  free (isolation.is_odd);
  return is_good;
}
