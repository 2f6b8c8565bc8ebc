/* Bursts.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "bursts.h"
#include "words.h"

enum
{
  NEIGHBOURS = 32, /* on either side */
  STEPS_MIN = 16,
  SPREADS = 8,
  TIMES = 2,
  ROW_BURSTS_MAX = 256,
  BURSTS_MAX = 12, /* that are shown */
  ROWS_MAX = 32,   /* probes or CPUs that are looked at */
  /* Events of a burst that are read to tell whose they are.  */
  EVENTS_MAX = 65536
};

static int
compare_numbers (const void *first, const void *second)
{
  double a = *(const double *) first, b = *(const double *) second;

  return a < b ? -1 : a > b;
}

static double
median (double *values, unsigned count)
{
  qsort (values, count, sizeof *values, compare_numbers);
  return count % 2 == 1 ? values[count / 2]
			: (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* What is usual around STEP.  */
static double
usual (const uint32_t *counts, unsigned steps, unsigned step, double *spread)
{
  double values[2 * NEIGHBOURS];
  unsigned count = 0;
  unsigned first = step > NEIGHBOURS ? step - NEIGHBOURS : 0;

  for (unsigned i = first; i < steps && i <= step + NEIGHBOURS; i++)
    if (i != step)
      values[count++] = counts[i];
  double middle = median (values, count);
  for (unsigned i = 0; i < count; i++)
    values[i] = fabs (values[i] - middle);
  *spread = fmax (fmax (1.4826 * median (values, count), sqrt (middle)), 1);
  return middle;
}

int
bursts_find (const uint32_t *counts, unsigned steps, struct burst *bursts,
	     unsigned limit)
{
  unsigned count = 0;
  /* Of the step before, which a burst may go on behind.  */
  double last_usual = 0;

  if (steps < STEPS_MIN)
    return 0;
  for (unsigned i = 0; i < steps; i++)
    {
      double spread, middle = usual (counts, steps, i, &spread);
      bool is_high = counts[i] > middle + SPREADS * spread
		     && counts[i] >= TIMES * middle;
      if (is_high)
	{
	  bool goes_on = count > 0 && i - bursts[count - 1].end <= 1;
	  if (!goes_on && count == limit)
	    break;
	  if (!goes_on)
	    bursts[count++] = (struct burst){ .begin = i, .end = i };
	  struct burst *burst = &bursts[count - 1];
	  if (burst->end < i)
	    {
	      burst->events += counts[i - 1];
	      burst->expected += last_usual;
	    }
	  burst->events += counts[i];
	  burst->expected += middle;
	  burst->end = i + 1;
	}
      last_usual = middle;
    }
  return (int) count;
}

/* A burst, of whatever it is.  */
struct found
{
  struct burst burst;
  const struct source_probe *probe; /* null: not of one */
  unsigned cpu;
  bool is_of_cpu;
};

static double
excess (const struct found *found)
{
  return found->burst.events - found->burst.expected;
}

static int
compare_found (const void *first, const void *second)
{
  const struct found *a = first, *b = second;

  if (excess (a) != excess (b))
    return excess (a) > excess (b) ? -1 : 1;
  if (a->burst.begin != b->burst.begin)
    return a->burst.begin < b->burst.begin ? -1 : 1;
  int rank_a = a->probe != NULL ? 2 : a->is_of_cpu;
  int rank_b = b->probe != NULL ? 2 : b->is_of_cpu;
  if (rank_a != rank_b)
    return rank_a - rank_b;
  if (rank_a == 2)
    return a->probe->index < b->probe->index ? -1 : 1;
  return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

/* Add the bursts of ROW, which LIKE describes, to *COUNT of them in FOUND.  */
static bool
find_in_row (const struct timeline *timeline, const struct timeline_row *row,
	     const struct found *like, struct found *found, unsigned *count)
{
  struct burst bursts[ROW_BURSTS_MAX];
  uint32_t counts[TIMELINE_STEPS_MAX];

  if (row->events == 0)
    return true;
  bins_spread (&row->bins, counts, timeline->grid.steps);
  int more
      = bursts_find (counts, timeline->grid.steps, bursts, ROW_BURSTS_MAX);
  for (int i = 0; i < more; i++)
    {
      found[*count] = *like;
      found[(*count)++].burst = bursts[i];
    }
  return more >= 0;
}

/* Who and what some events were.  */
struct census
{
  uint64_t events;
  uint64_t *probes, *tasks, *cpus;
  unsigned probe_count, task_count;
};

static unsigned
most (const uint64_t *counts, unsigned count)
{
  unsigned place = 0;

  for (unsigned i = 1; i < count; i++)
    if (counts[i] > counts[place])
      place = i;
  return place;
}

static int
percent (uint64_t part, uint64_t all)
{
  return all > 0 ? (int) (100.0 * part / all + 0.5) : 0;
}

/* Count the first events of FOUND.  */
static bool
take_census (struct census *census, const struct timeline *timeline,
	     struct source *source, const struct found *found,
	     bool (*is_wanted) (const void *, const struct source_event *),
	     const void *closure)
{
  const struct source_event *event;
  bool failed = false;
  unsigned read = 0;

  if (!source_begin (source, grid_begin (&timeline->grid, found->burst.begin),
		     grid_end (&timeline->grid, found->burst.end - 1)))
    return false;
  while (read < EVENTS_MAX && (event = source_next (source, &failed)) != NULL)
    {
      read++;
      if ((found->probe != NULL && event->probe != found->probe)
	  || (found->is_of_cpu && timeline_cpu (event) != found->cpu)
	  || !is_wanted (closure, event))
	continue;
      census->events++;
      census->probes[event->probe->index]++;
      census->cpus[timeline_cpu (event)]++;
      census->tasks[event->thread != NULL ? event->thread->task->index
					  : census->task_count]++;
    }
  return !failed;
}

/* In words what CENSUS has found.  */
static json_t *
mostly_json (const struct census *census, struct source *source,
	     const struct found *found)
{
  unsigned count;
  unsigned task = most (census->tasks, census->task_count + 1);
  unsigned cpu = most (census->cpus, TIMELINE_CPUS + 1);
  unsigned probe = most (census->probes, census->probe_count);
  char text[WORDS_BYTES];

  if (census->events == 0)
    return json_null ();
  char *probe_name = analyze_probe_title (
      source, &source_probes (source, &count)[probe], true);
  char *what
      = found->probe != NULL || probe_name == NULL
	    ? words_format ("%s", "")
	    : words_format (", %s (%d%%)", probe_name,
			    percent (census->probes[probe], census->events));
  char *where
      = found->is_of_cpu
	    ? words_format ("%s", "")
	    : words_format (", CPU %u (%d%%)", cpu,
			    percent (census->cpus[cpu], census->events));
  const struct source_task *tasks = source_tasks (source, &count);
  json_t *mostly
      = what == NULL || where == NULL
	    ? NULL
	    : words_json (
		"task %s (%d%%)%s%s",
		words_task (task < count ? &tasks[task] : NULL, text),
		percent (census->tasks[task], census->events), where, what);

  free (probe_name);
  free (what);
  free (where);
  return mostly;
}

static json_t *
burst_json (const struct timeline *timeline, struct source *source,
	    const struct found *found,
	    bool (*is_wanted) (const void *, const struct source_event *),
	    const void *closure)
{
  struct census census = { .events = 0 };
  json_t *object = NULL;

  source_probes (source, &census.probe_count);
  source_tasks (source, &census.task_count);
  census.probes = calloc (census.probe_count + 1, sizeof *census.probes);
  census.tasks = calloc (census.task_count + 1, sizeof *census.tasks);
  census.cpus = calloc (TIMELINE_CPUS + 1, sizeof *census.cpus);
  char *name = found->probe != NULL
		   ? analyze_probe_title (source, found->probe, true)
	       : found->is_of_cpu ? words_format ("CPU %u", found->cpu)
				  : words_format ("all events");
  if (census.probes != NULL && census.tasks != NULL && census.cpus != NULL
      && name != NULL
      && take_census (&census, timeline, source, found, is_wanted, closure))
    object = json_pack (
	"{s:o, s:I, s:I, s:o, s:f, s:o, s:o}", "what", analyze_text (name),
	"begin_ns",
	(json_int_t) grid_begin (&timeline->grid, found->burst.begin),
	"end_ns",
	(json_int_t) grid_end (&timeline->grid, found->burst.end - 1),
	"events", words_number (found->burst.events), "expected",
	found->burst.expected, "ratio",
	found->burst.expected > 0
	    ? json_real (found->burst.events / found->burst.expected)
	    : json_null (),
	"mostly", mostly_json (&census, source, found));
  free (name);
  free (census.probes);
  free (census.tasks);
  free (census.cpus);
  return object;
}

/* Find them all, FOUND has room for.  */
static bool
find_all (const struct timeline *timeline, struct source *source,
	  struct found *found, unsigned *count)
{
  unsigned probes;
  const struct source_probe *probe = source_probes (source, &probes);
  struct ranked *cpu_order = timeline_ranked (timeline->cpus, TIMELINE_CPUS);
  struct ranked *order = timeline_ranked (timeline->probes, probes);
  bool good = cpu_order != NULL && order != NULL
	      && find_in_row (timeline, &timeline->all,
			      &(struct found){ .cpu = 0 }, found, count);

  for (unsigned i = 0; good && i < TIMELINE_CPUS && i < ROWS_MAX; i++)
    good = find_in_row (
	timeline, &timeline->cpus[cpu_order[i].place],
	&(struct found){ .cpu = cpu_order[i].place, .is_of_cpu = true }, found,
	count);
  for (unsigned i = 0; good && i < probes && i < ROWS_MAX; i++)
    good = find_in_row (timeline, &timeline->probes[order[i].place],
			&(struct found){ .probe = &probe[order[i].place] },
			found, count);
  free (cpu_order);
  free (order);
  return good;
}

/* Whether FOUND, of a CPU or a probe, says nothing new: at least half of it
   was in a burst of all events, which are among the COUNT in ALL.  */
static bool
is_told (const struct found *found, const struct found *all, unsigned count)
{
  unsigned steps = 0;

  if (!found->is_of_cpu && found->probe == NULL)
    return false;
  for (unsigned i = 0; i < count; i++)
    {
      unsigned begin = all[i].burst.begin > found->burst.begin
			   ? all[i].burst.begin
			   : found->burst.begin;
      unsigned end = all[i].burst.end < found->burst.end ? all[i].burst.end
							 : found->burst.end;
      if (!all[i].is_of_cpu && all[i].probe == NULL && begin < end)
	steps += end - begin;
    }
  return 2 * steps >= found->burst.end - found->burst.begin;
}

json_t *
bursts_json (const struct timeline *timeline, struct source *source,
	     bool (*is_wanted) (const void *closure,
				const struct source_event *event),
	     const void *closure)
{
  unsigned count = 0;
  struct found *found
      = calloc ((size_t) (2 * ROWS_MAX + 1) * ROW_BURSTS_MAX, sizeof *found);
  json_t *array = json_array ();
  bool good = found != NULL && find_all (timeline, source, found, &count);

  if (good && count > 0)
    qsort (found, count, sizeof *found, compare_found);
  for (unsigned i = 0;
       good && i < count && json_array_size (array) < BURSTS_MAX; i++)
    if (!is_told (&found[i], found, count))
      good = json_array_append_new (
		 array,
		 burst_json (timeline, source, &found[i], is_wanted, closure))
	     == 0;
  free (found);
  if (good)
    return array;
  json_decref (array);
  return NULL;
}
