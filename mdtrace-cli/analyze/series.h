/* Series of numbers: what analyses of the past and the future work on.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A value for each step of time.  Those of events are counted in the pass over
   the trace, those of counters come from the snapshots of the database.  */

#ifndef ANALYZE_SERIES_H
#define ANALYZE_SERIES_H

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct series
{
  char *name;	    /* as people see it: "events of sched:::switch" */
  const char *unit; /* of its values: "events/s", "ns", "percent" */
  int64_t boot_id;  /* 0: of all */
  int64_t first_ns; /* when the first step begins */
  int64_t step_ns;
  size_t count;
  double *values; /* NAN: not known */
  /* What leads from a step to the events behind it: part of a WHERE for the
     view events, without times; null: all of them.  */
  char *events_where;
};

struct series_list
{
  struct series *series;
  size_t count;
};

/* Add a series of COUNT values that are not known yet, and return it; null if
   there is no memory.  NAME, UNIT and WHERE as above; copies are made of the
   first and the last.  It is good until the next one is added.  */
struct series *series_add (struct series_list *list, const char *name,
			   const char *unit, int64_t boot_id, int64_t first_ns,
			   int64_t step_ns, size_t count, const char *where);
void series_free (struct series_list *list);

#endif /* ANALYZE_SERIES_H */
