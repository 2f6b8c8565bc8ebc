/* The series of a trace, in groups that have the same steps.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   For each boot that has snapshots a group of what these say, with the rates
   of events beside it; steps of a second or more.  If rates are known in finer
   steps, or if there are no snapshots, they are a group of their own too.  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics_private.h"
#include "words.h"

enum
{
  /* A series of which fewer values are known says nothing.  */
  KNOWN_MIN = 30,
  /* Rates of fewer events in a step are those of single events.  */
  EVENTS_PER_STEP = 4
};

struct series *
statistics_add_series (struct statistics *statistics, const char *name,
		       const char *unit, unsigned kin, int64_t boot_id,
		       int64_t first_ns, int64_t step_ns, size_t count,
		       const char *where)
{
  unsigned *more = reallocarray (statistics->kin, statistics->list.count + 1,
				 sizeof *more);

  if (more == NULL)
    return NULL;
  statistics->kin = more;
  more[statistics->list.count] = kin;
  char *longer = statistics->has_several_boots && boot_id != 0
		     ? words_format ("%s (boot %" PRId64 ")", name, boot_id)
		     : words_format ("%s", name);
  struct series *series
      = longer != NULL ? series_add (&statistics->list, longer, unit, boot_id,
				     first_ns, step_ns, count, where)
		       : NULL;
  free (longer);
  return series;
}

void
statistics_drop_series (struct statistics *statistics)
{
  struct series *last = &statistics->list.series[--statistics->list.count];

  free (last->name);
  free (last->values);
  free (last->events_where);
}

static size_t
count_known (const struct series *series)
{
  size_t known = 0;

  for (size_t i = 0; i < series->count; i++)
    known += !isnan (series->values[i]);
  return known;
}

static double
sum_of (const struct series *series)
{
  double sum = 0;

  for (size_t i = 0; i < series->count; i++)
    sum += isnan (series->values[i]) ? 0 : series->values[i];
  return sum;
}

/* Whether series NUMBER of EVENTS is among those that are looked at: that of
   all events, unless there is only one probe, and of the probes with most.  */
static bool
is_taken (const struct series_list *events, size_t number)
{
  const struct series *series = &events->series[number];
  double sum = sum_of (series);
  size_t more = 0;

  if (count_known (series) < KNOWN_MIN)
    return false;
  if (number == 0)
    return events->count != 2;
  for (size_t i = 1; i < events->count; i++)
    {
      double other = sum_of (&events->series[i]);
      more += other > sum || (other == sum && i < number);
    }
  return more < STATISTICS_PROBES_MAX;
}

/* Add series EVENT, whose steps are shorter or as long, on COUNT steps of
   STEP_NS from FIRST_NS on.  */
static bool
add_resampled (struct statistics *statistics, const struct series *event,
	       int64_t boot_id, int64_t first_ns, int64_t step_ns,
	       size_t count)
{
  struct series *series = statistics_add_series (
      statistics, event->name, event->unit, STATISTICS_KIN_EVENTS, boot_id,
      first_ns, step_ns, count, event->events_where);
  int64_t each = step_ns / event->step_ns;
  int64_t shift
      = (int64_t) (((__int128) first_ns - event->first_ns) / event->step_ns);

  if (series == NULL)
    return false;
  for (size_t i = 0; i < count; i++)
    {
      /* What is not known of all of it is not known.  */
      __int128 begin = (__int128) i * each + shift;
      double sum = 0;
      if (begin < 0 || begin + each > (__int128) event->count)
	continue;
      for (int64_t j = 0; j < each; j++)
	sum += event->values[(size_t) begin + j];
      series->values[i] = sum / each;
    }
  if (count_known (series) < KNOWN_MIN)
    statistics_drop_series (statistics);
  return true;
}

/* The steps for what lies from FIRST_NS to LAST_NS: of a second or more, that
   are a multiple of EVENT_STEP_NS, and no more than STATISTICS_STEPS_MAX.  */
static int64_t
choose_step (int64_t first_ns, int64_t last_ns, int64_t event_step_ns)
{
  static const int64_t factors[] = { 1, 2, 5 };
  uint64_t span_ns = (uint64_t) last_ns - (uint64_t) first_ns;

  for (int64_t power_ns = 1000000000;; power_ns *= 10)
    for (int i = 0; i < 3; i++)
      {
	int64_t step_ns = power_ns * factors[i];
	/* There is none that is longer.  */
	if (power_ns >= INT64_C (1000000000000000000)
	    || (step_ns % event_step_ns == 0
		&& span_ns / (uint64_t) step_ns + 2 <= STATISTICS_STEPS_MAX))
	  return step_ns;
      }
}

/* Make the group of BOOT_ID, whose snapshots are from FIRST_NS to LAST_NS.  */
static bool
collect_boot (struct statistics *statistics, int64_t boot_id, int64_t first_ns,
	      int64_t last_ns, const struct series_list *events)
{
  struct statistics_group *group
      = &statistics->groups[statistics->groups_count++];
  bool has_events = events != NULL && events->count > 0;
  int64_t event_step_ns = has_events ? events->series[0].step_ns : 1;
  int64_t step_ns = choose_step (first_ns, last_ns, event_step_ns);
  int64_t begin_ns = first_ns;

  *group = (struct statistics_group){ .boot_id = boot_id,
				      .first = statistics->list.count };
  if (has_events)
    {
      /* Where a step of the events begins, at or before the first one.  */
      __int128 way_ns = (__int128) first_ns - events->series[0].first_ns;
      int64_t over_ns = (int64_t) (way_ns % event_step_ns);
      over_ns += over_ns < 0 ? event_step_ns : 0;
      begin_ns -= first_ns >= INT64_MIN + over_ns ? over_ns : 0;
    }
  size_t count
      = ((uint64_t) last_ns - (uint64_t) begin_ns) / (uint64_t) step_ns + 1;
  bool is_good
      = statistics_read_snapshots (statistics, boot_id, first_ns, last_ns,
				   begin_ns, step_ns, count)
	&& statistics_read_counters (statistics, boot_id, first_ns, last_ns,
				     begin_ns, step_ns, count);
  group->events = statistics->list.count;
  for (size_t i = 0; is_good && has_events && i < events->count; i++)
    if ((events->series[i].boot_id == 0
	 || events->series[i].boot_id == boot_id)
	&& is_taken (events, i))
      is_good = add_resampled (statistics, &events->series[i], boot_id,
			       begin_ns, step_ns, count);
  group->count = statistics->list.count - group->first;
  group->has_finer_events = has_events && step_ns > event_step_ns;
  return is_good;
}

/* How many steps of EVENTS are one of their group: so many that it has
   EVENTS_PER_STEP events on the average.  0: there would be too few steps.  */
static int64_t
choose_multiple (const struct series_list *events)
{
  const struct series *all = &events->series[0];
  double sum = sum_of (all) * all->step_ns / 1e9;
  static const int64_t factors[] = { 1, 2, 5 };

  for (int64_t power = 1; power < STATISTICS_STEPS_MAX; power *= 10)
    for (int i = 0; i < 3; i++)
      {
	int64_t multiple = power * factors[i];
	if (multiple * KNOWN_MIN > (int64_t) all->count)
	  return 0;
	if (sum * multiple >= (double) EVENTS_PER_STEP * all->count)
	  return multiple;
      }
  return 0;
}

/* Make a group of the rates of events alone.  */
static bool
collect_events (struct statistics *statistics,
		const struct series_list *events)
{
  int64_t multiple = choose_multiple (events);

  if (multiple == 0)
    return true;
  struct statistics_group *group
      = &statistics->groups[statistics->groups_count++];
  *group = (struct statistics_group){ .first = statistics->list.count,
				      .events = statistics->list.count };
  for (size_t i = 0; i < events->count; i++)
    {
      const struct series *event = &events->series[i];
      if (is_taken (events, i)
	  && !add_resampled (statistics, event, event->boot_id,
			     event->first_ns, event->step_ns * multiple,
			     (event->count + multiple - 1) / multiple))
	return false;
    }
  group->count = statistics->list.count - group->first;
  return true;
}

/* Whether EVENTS have series of another boot than BOOT_ID; 0: of two that are
   not the same.  */
static bool
has_others (const struct series_list *events, int64_t boot_id)
{
  for (size_t i = 0; events != NULL && i < events->count; i++)
    {
      int64_t other = events->series[i].boot_id;
      if (other != 0 && boot_id != 0 && other != boot_id)
	return true;
      if (other != 0)
	boot_id = other;
    }
  return false;
}

/* Make the groups of the last boots that have snapshots, in their order.  */
static int
collect_boots (struct statistics *statistics, const struct series_list *events)
{
  const struct analyze_options *options = statistics->options;
  struct
  {
    int64_t boot_id, first_ns, last_ns;
  } boots[STATISTICS_BOOTS_MAX];
  size_t count = 0;
  sqlite3_stmt *row = NULL;
  sqlite3 *connection = source_connection (statistics->source);
  int result = sqlite3_prepare_v2 (
      connection,
      "select boot_id, first_ns, last_ns from"
      " (select boot_id, min(time_ns) as first_ns, max(time_ns) as last_ns,"
      "  count(*) as snapshots from snapshot where time_ns between ?1 and ?2"
      "  group by boot_id) where snapshots > 2 order by last_ns desc limit ?3",
      -1, &row, NULL);

  if (result != SQLITE_OK)
    return result;
  sqlite3_bind_int64 (row, 1, options->from_ns);
  sqlite3_bind_int64 (row, 2, options->to_ns);
  sqlite3_bind_int (row, 3, STATISTICS_BOOTS_MAX);
  while ((result = sqlite3_step (row)) == SQLITE_ROW)
    {
      boots[count].boot_id = sqlite3_column_int64 (row, 0);
      boots[count].first_ns = sqlite3_column_int64 (row, 1);
      boots[count++].last_ns = sqlite3_column_int64 (row, 2);
    }
  sqlite3_finalize (row);
  statistics->has_several_boots
      = count > 1 || has_others (events, count > 0 ? boots[0].boot_id : 0);
  while (result == SQLITE_DONE && count-- > 0)
    if (!collect_boot (statistics, boots[count].boot_id, boots[count].first_ns,
		       boots[count].last_ns, events))
      result = SQLITE_ERROR;
  return result;
}

bool
statistics_collect (struct statistics *statistics,
		    const struct series_list *events, char *message,
		    size_t bytes)
{
  int result = collect_boots (statistics, events);

  if (result != SQLITE_DONE)
    {
      snprintf (message, bytes, "%s",
		sqlite3_errmsg (source_connection (statistics->source)));
      return false;
    }
  bool is_finer = statistics->groups_count == 0;
  for (size_t i = 0; i < statistics->groups_count; i++)
    is_finer
	= is_finer || statistics->groups[i].has_finer_events
	  || statistics->groups[i].events
		 == statistics->groups[i].first + statistics->groups[i].count;
  if (events != NULL && events->count > 0 && is_finer
      && !collect_events (statistics, events))
    {
      snprintf (message, bytes, "out of memory");
      return false;
    }
  return true;
}
