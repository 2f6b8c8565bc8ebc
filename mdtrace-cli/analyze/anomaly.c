/* Anomalies in series.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly_private.h"
#include "change_point.h"
#include "outlier.h"
#include "robust.h"
#include "seasonal.h"

/* What is found that close to a change belongs to it.  */
#define CHANGE_STEPS 4

double
anomaly_resolution (const struct series *series)
{
  const char *unit = series->unit;
  size_t length = strlen (unit);

  if (strcmp (unit, "percent") == 0)
    return 1;
  if (strcmp (unit, "bytes") == 0)
    return 4096;
  /* One of them in a step.  */
  if (length > 2 && strcmp (unit + length - 2, "/s") == 0)
    return 1e9 / series->step_ns;
  return 1;
}

double
anomaly_period (const struct series *series)
{
  double day = 86400e9 / series->step_ns;
  double candidates[] = { day, 7 * day, 0 };

  return seasonal_period (series->values, series->count, candidates);
}

bool
anomaly_add (struct anomaly_search *search, const struct anomaly *anomaly)
{
  if (search->found_count == search->room)
    {
      size_t room = 2 * search->room + 64;
      struct anomaly *more = reallocarray (search->found, room, sizeof *more);
      if (more == NULL)
	return false;
      search->found = more;
      search->room = room;
    }
  search->found[search->found_count++] = *anomaly;
  return true;
}

/* The median of what is usual from BEGIN to END, 0 if there is no period.  */
static double
season_at (const struct anomaly_search *search, size_t begin, size_t end)
{
  double sum = 0;
  size_t known = 0;

  for (size_t i = begin; search->usual != NULL && i < end; i++)
    if (!isnan (search->usual[i]))
      {
	sum += search->usual[i];
	known++;
      }
  return known > 0 ? sum / known : 0;
}

/* Add the CHANGES of series NUMBER.  */
static bool
add_changes (struct anomaly_search *search, size_t number,
	     const struct change *changes, size_t count)
{
  bool is_good = true;

  for (size_t i = 0; is_good && i < count; i++)
    {
      const struct change *change = &changes[i];
      double season = change->is_variance
			  ? 0
			  : season_at (search, change->at, change->end);
      double way = change->after - change->before;
      is_good = anomaly_add (
	  search, &(struct anomaly){
		      .kind = ANOMALY_CHANGE,
		      .series = number,
		      .begin = change->at,
		      .end = change->end,
		      .value = change->after + season,
		      .expected = change->before + season,
		      .spread = change->spread,
		      .low = change->before + season - 1.645 * change->spread,
		      .high = change->before + season + 1.645 * change->spread,
		      .score = change->spread > 0 ? way / change->spread : 0,
		      .chance = 1000 * change->probability,
		      .compared = change->at - change->begin,
		      .is_before = true,
		      .is_variance = change->is_variance,
		      .period = search->period });
    }
  return is_good;
}

/* Add the outliers of series NUMBER from BEGIN to END, between changes or ends
   of the series.  */
static bool
add_outliers (struct anomaly_search *search, size_t number, double resolution,
	      size_t begin, size_t end)
{
  struct outlier *outliers;
  size_t steps = search->list->series[number].count;
  size_t count
      = outlier_find (search->rest + begin, end - begin, resolution,
		      ANOMALY_CHANCE / 1000 / OUTLIER_WINDOW, &outliers);
  bool is_good = outliers != NULL;

  for (size_t i = 0; is_good && i < count; i++)
    {
      const struct outlier *outlier = &outliers[i];
      if ((begin > 0 && outlier->begin < CHANGE_STEPS)
	  || (end < steps && outlier->end + CHANGE_STEPS > end - begin))
	continue;
      double season
	  = season_at (search, begin + outlier->begin, begin + outlier->end);
      is_good = anomaly_add (
	  search,
	  &(struct anomaly){
	      .kind = search->period > 0 ? ANOMALY_SEASONAL : ANOMALY_OUTLIER,
	      .series = number,
	      .begin = begin + outlier->begin,
	      .end = begin + outlier->end,
	      .value = outlier->value + season,
	      .expected = outlier->median + season,
	      .spread = outlier->spread,
	      .low = outlier->low + season,
	      .high = outlier->high + season,
	      .score = outlier->score,
	      .chance = 1000 * OUTLIER_WINDOW * outlier->probability,
	      .compared = outlier->baseline,
	      .is_before = outlier->is_before,
	      .period = search->period });
    }
  free (outliers);
  return is_good;
}

/* Look at series NUMBER alone, and leave what its period does not explain in
   search->rest.  */
static bool
search_series (struct anomaly_search *search, size_t number)
{
  const struct series *series = &search->list->series[number];
  double resolution = anomaly_resolution (series);
  struct change *changes = NULL;

  search->period = anomaly_period (series);
  if (search->period > 0)
    {
      if (!seasonal_remove (series->values, series->count, search->period,
			    search->usual, search->rest))
	return false;
    }
  else
    {
      memcpy (search->rest, series->values,
	      series->count * sizeof *search->rest);
      memset (search->usual, 0, series->count * sizeof *search->usual);
    }
  size_t count = change_find (search->rest, series->count, resolution,
			      ANOMALY_CHANCE / 1000, &changes);
  bool is_good
      = changes != NULL && add_changes (search, number, changes, count);
  for (size_t i = 0; is_good && i <= count; i++)
    {
      size_t begin = i > 0 ? changes[i - 1].at : 0;
      size_t end = i < count ? changes[i].at : series->count;
      is_good = add_outliers (search, number, resolution, begin, end);
    }
  free (changes);
  return is_good;
}

size_t
anomaly_find (const struct series_list *list, size_t first, size_t count,
	      size_t together, struct anomaly **found)
{
  size_t steps = count > 0 ? list->series[first].count : 0;
  struct anomaly_search search
      = { .list = list, .first = first, .together = together, .steps = steps };

  search.rests = calloc (count * steps + 1, sizeof *search.rests);
  search.usual = calloc (steps + 1, sizeof *search.usual);
  search.found = calloc (1, sizeof *search.found);
  bool is_good
      = search.rests != NULL && search.usual != NULL && search.found != NULL;
  for (size_t i = 0; is_good && i < count; i++)
    {
      search.rest = search.rests + i * steps;
      is_good = search_series (&search, first + i);
    }
  is_good = is_good && anomaly_isolate (&search);
  free (search.rests);
  free (search.usual);
  if (!is_good)
    {
      free (search.found);
      search.found = NULL;
      search.found_count = 0;
    }
  *found = search.found;
  return search.found_count;
}
