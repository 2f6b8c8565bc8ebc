/* Timelines.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "timeline.h"
#include "words.h"

enum
{
  ROWS_MAX = 12, /* that are shown; the others are one */
  HEAT_ROWS_MAX = 64
};

bool
timeline_begin (struct timeline *timeline, const struct source *source,
		int64_t first_ns, int64_t last_ns)
{
  *timeline = (struct timeline){
    .source = source,
    .grid = grid_make (first_ns, last_ns, TIMELINE_STEPS_MAX),
  };
  source_tasks (source, &timeline->task_count);
  source_probes (source, &timeline->probe_count);
  timeline->cpus = calloc (TIMELINE_CPUS + 1, sizeof *timeline->cpus);
  timeline->tasks = calloc (timeline->task_count + 1, sizeof *timeline->tasks);
  timeline->probes
      = calloc (timeline->probe_count + 1, sizeof *timeline->probes);
  return timeline->cpus != NULL && timeline->tasks != NULL
	 && timeline->probes != NULL;
}

static void
free_rows (struct timeline_row *rows, unsigned count)
{
  for (unsigned i = 0; rows != NULL && i < count; i++)
    bins_free (&rows[i].bins);
  free (rows);
}

void
timeline_free (struct timeline *timeline)
{
  free_rows (timeline->cpus, TIMELINE_CPUS + 1);
  free_rows (timeline->tasks, timeline->task_count + 1);
  free_rows (timeline->probes, timeline->probe_count);
  bins_free (&timeline->all.bins);
}

static inline bool
count (struct timeline_row *row, const struct grid *grid)
{
  row->events++;
  return bins_add (&row->bins, grid->at);
}

unsigned
timeline_cpu (const struct source_event *event)
{
  return event->cpu < TIMELINE_CPUS ? event->cpu : TIMELINE_CPUS;
}

bool
timeline_take (struct timeline *timeline, const struct source_event *event)
{
  struct grid *grid = &timeline->grid;
  unsigned task = event->thread != NULL ? event->thread->task->index
					: timeline->task_count;

  grid_find (grid, event->time_ns);
  return count (&timeline->all, grid)
	 && count (&timeline->cpus[timeline_cpu (event)], grid)
	 && count (&timeline->tasks[task], grid)
	 && count (&timeline->probes[event->probe->index], grid);
}

/* How many of COUNT ROWS have events: those that are shown.  */
static unsigned
count_shown (const struct timeline_row *rows, unsigned count)
{
  unsigned shown = 0;

  for (unsigned i = 0; i < count; i++)
    shown += rows[i].events > 0;
  return shown;
}

unsigned
timeline_cpus (const struct timeline *timeline)
{
  return count_shown (timeline->cpus, TIMELINE_CPUS + 1);
}

struct ranked *
timeline_ranked (const struct timeline_row *rows, unsigned count)
{
  struct ranked *ranks = calloc (count + 1, sizeof *ranks);

  for (unsigned i = 0; ranks != NULL && i < count; i++)
    ranks[i] = (struct ranked){ i, rows[i].events };
  if (ranks != NULL)
    ranked_sort (ranks, count);
  return ranks;
}

static json_t *
counts_json (const uint64_t *counts, unsigned steps)
{
  json_t *array = json_array ();

  for (unsigned i = 0; i < steps; i++)
    json_array_append_new (array, words_number (counts[i]));
  return array;
}

/* Add ROW to COUNTS.  */
static void
add_row (const struct timeline_row *row, uint64_t *counts)
{
  for (unsigned i = 0; i < row->bins.count; i++)
    counts[row->bins.bins[i].step] += row->bins.bins[i].events;
}

/* What names the row at PLACE, as members of an object.  */
typedef json_t *name_row (const struct timeline *timeline, unsigned place);

static json_t *
name_cpu (const struct timeline *timeline, unsigned place)
{
  (void) timeline;
  return place < TIMELINE_CPUS ? json_pack ("{s:i}", "cpu", (int) place)
			       : json_pack ("{s:n, s:b}", "cpu", "others", 1);
}

static json_t *
name_task (const struct timeline *timeline, unsigned place)
{
  unsigned count;
  const struct source_task *tasks = source_tasks (timeline->source, &count);
  const struct source_task *task = place < count ? &tasks[place] : NULL;
  char text[WORDS_BYTES];

  return json_pack (
      "{s:o, s:o, s:o}", "task", analyze_text (words_task (task, text)),
      "address",
      task != NULL && task->has_address ? words_address (task->address)
					: json_null (),
      "boot_id", task != NULL ? json_integer (task->boot_id) : json_null ());
}

static json_t *
name_probe (const struct timeline *timeline, unsigned place)
{
  unsigned count;
  const struct source_probe *probe
      = &source_probes (timeline->source, &count)[place];
  char *name = analyze_probe_title (timeline->source, probe, true);
  json_t *object = name == NULL ? NULL
				: json_pack ("{s:o, s:I, s:I}", "name",
					     analyze_text (name), "probe_id",
					     (json_int_t) probe->id, "boot_id",
					     (json_int_t) probe->boot_id);

  free (name);
  return object;
}

/* The first of COUNT ROWS, named by NAME, and the others as one.  */
static json_t *
rows_json (const struct timeline *timeline, struct timeline_row *rows,
	   unsigned count, name_row *name)
{
  unsigned steps = timeline->grid.steps;
  struct ranked *ranks = timeline_ranked (rows, count);
  json_t *array = json_array ();

  if (ranks == NULL)
    return json_decref (array), NULL;
  count = count_shown (rows, count);
  for (unsigned i = 0; i < count;)
    {
      bool is_last = i + 1 == ROWS_MAX && count > ROWS_MAX;
      unsigned end = is_last ? count : i + 1;
      uint64_t counts[TIMELINE_STEPS_MAX] = { 0 }, events = 0;
      unsigned others = end - i;
      json_t *row = is_last ? json_pack ("{s:b, s:i}", "others", 1, "rows",
					 (int) others)
			    : name (timeline, ranks[i].place);
      for (; i < end; i++)
	{
	  add_row (&rows[ranks[i].place], counts);
	  events += ranks[i].amount;
	}
      json_object_set_new (row, "events", words_number (events));
      json_object_set_new (row, "counts", counts_json (counts, steps));
      json_array_append_new (array, row);
    }
  free (ranks);
  return array;
}

json_t *
timeline_json (const struct timeline *timeline)
{
  uint64_t counts[TIMELINE_STEPS_MAX] = { 0 };
  const struct grid *grid = &timeline->grid;

  add_row (&timeline->all, counts);
  return json_pack (
      "{s:I, s:o, s:i, s:o, s:o, s:o, s:o}", "first_ns",
      (json_int_t) grid->first_ns, "bin_ns", words_number (grid->step_ns),
      "bins", (int) grid->steps, "total", counts_json (counts, grid->steps),
      "cpus",
      rows_json (timeline, timeline->cpus, TIMELINE_CPUS + 1, name_cpu),
      "tasks",
      rows_json (timeline, timeline->tasks, timeline->task_count + 1,
		 name_task),
      "probes",
      rows_json (timeline, timeline->probes, timeline->probe_count,
		 name_probe));
}

/* One of COUNT ROWS, which LABEL names by a member of what NAME makes.  */
static bool
add_heat_map (const struct timeline *timeline, json_t *array, const char *what,
	      struct timeline_row *rows, unsigned count, name_row *name,
	      const char *label, const char *prefix)
{
  const struct grid *grid = &timeline->grid;
  json_t *labels = json_array (), *cells = json_array ();
  struct ranked *ranks = timeline_ranked (rows, count);
  bool good = ranks != NULL;

  count = count_shown (rows, count);
  /* CPUs are by number.  */
  if (good && rows == timeline->cpus)
    ranked_by_place (ranks, count);
  for (unsigned i = 0; good && i < count && i < HEAT_ROWS_MAX; i++)
    {
      uint64_t counts[TIMELINE_STEPS_MAX] = { 0 };
      json_t *names = name (timeline, ranks[i].place);
      json_t *value = json_object_get (names, label);
      add_row (&rows[ranks[i].place], counts);
      json_array_append_new (
	  labels,
	  json_pack ("{s:o, s:n, s:n}", "label",
		     json_is_string (value) ? words_json (
			 "%s%s", prefix, json_string_value (value))
		     : json_is_integer (value)
			 ? words_json ("%s%" JSON_INTEGER_FORMAT, prefix,
				       json_integer_value (value))
			 : words_json ("%sothers", prefix),
		     "low", "high"));
      json_array_append_new (cells, counts_json (counts, grid->steps));
      json_decref (names);
    }
  free (ranks);
  if (!good || json_array_size (labels) == 0)
    {
      json_decref (labels);
      json_decref (cells);
      return good;
    }
  return json_array_append_new (
	     array,
	     json_pack ("{s:s, s:s, s:I, s:o, s:i, s:o, s:o}", "what", what,
			"unit", "events", "first_ns",
			(json_int_t) grid->first_ns, "bin_ns",
			words_number (grid->step_ns), "bins",
			(int) grid->steps, "rows", labels, "cells", cells))
	 == 0;
}

bool
timeline_heat_maps (const struct timeline *timeline, json_t *array)
{
  return add_heat_map (timeline, array, "activity by CPU", timeline->cpus,
		       TIMELINE_CPUS + 1, name_cpu, "cpu", "CPU ")
	 && add_heat_map (timeline, array, "activity by task", timeline->tasks,
			  timeline->task_count + 1, name_task, "task", "");
}
