/* Timelines: how many events there were when, by CPU, task and probe.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A row of counts for each CPU, task and probe that has events, all in the
   same steps of time.  */

#ifndef ANALYZE_TIMELINE_H
#define ANALYZE_TIMELINE_H

#include <jansson.h>

#include "bins.h"
#include "grid.h"
#include "ranked.h"
#include "source.h"

enum
{
  TIMELINE_STEPS_MAX = 512,
  /* CPUs with a row of their own; those above, which no kernel has, share
     one.  */
  TIMELINE_CPUS = 256
};

struct timeline_row
{
  uint64_t events;
  struct bins bins;
};

struct timeline
{
  const struct source *source;
  struct grid grid;
  struct timeline_row all;
  struct timeline_row *cpus;   /* TIMELINE_CPUS and one of those above */
  struct timeline_row *tasks;  /* by index, and one of those not known */
  struct timeline_row *probes; /* by index */
  unsigned task_count, probe_count;
};

/* Begin one of what is in SOURCE between two times.  False if there is no
   memory; to be freed in any case.  */
bool timeline_begin (struct timeline *timeline, const struct source *source,
		     int64_t first_ns, int64_t last_ns);
void timeline_free (struct timeline *timeline);

/* Count EVENT.  False if there is no memory.  */
bool timeline_take (struct timeline *timeline,
		    const struct source_event *event);

/* The row of EVENT's CPU.  */
unsigned timeline_cpu (const struct source_event *event);

/* How many CPUs have events.  */
unsigned timeline_cpus (const struct timeline *timeline);

/* The COUNT ROWS by their events, most first; null: there is no memory.  The
   caller frees them.  */
struct ranked *timeline_ranked (const struct timeline_row *rows,
				unsigned count);

/* The member "timeline", without what is found in it.  Null if there is no
   memory.  */
json_t *timeline_json (const struct timeline *timeline);

/* Heat maps of the activity by CPU and by task, to be added to ARRAY.  */
bool timeline_heat_maps (const struct timeline *timeline, json_t *array);

#endif /* ANALYZE_TIMELINE_H */
