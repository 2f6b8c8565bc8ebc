/* Series of numbers.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

struct series *
series_add (struct series_list *list, const char *name, const char *unit,
	    int64_t boot_id, int64_t first_ns, int64_t step_ns, size_t count,
	    const char *where)
{
  struct series *more
      = reallocarray (list->series, list->count + 1, sizeof *more);

  if (more == NULL)
    return NULL;
  list->series = more;
  struct series *series = &list->series[list->count];
  *series = (struct series){
    .name = strdup (name),
    .unit = unit,
    .boot_id = boot_id,
    .first_ns = first_ns,
    .step_ns = step_ns,
    .count = count,
    .values = calloc (count + 1, sizeof *series->values),
    .events_where = where != NULL ? strdup (where) : NULL,
  };
  if (series->name == NULL || series->values == NULL
      || (where != NULL && series->events_where == NULL))
    {
      free (series->name);
      free (series->values);
      free (series->events_where);
      return NULL;
    }
  for (size_t i = 0; i < count; i++)
    series->values[i] = NAN;
  list->count++;
  return series;
}

void
series_free (struct series_list *list)
{
  for (size_t i = 0; i < list->count; i++)
    {
      free (list->series[i].name);
      free (list->series[i].values);
      free (list->series[i].events_where);
    }
  free (list->series);
  *list = (struct series_list){ NULL, 0 };
}
