/* mdtrace top: for programs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>

#include "counter.h"
#include "health.h"
#include "top.h"

static json_t *
counts_json (const mdtrace_counts_t *counts)
{
  return cli_json_pack ("{s:o, s:o, s:o, s:o, s:o, s:o}", "hits",
			counter_json_number (counts->hits), "recorded",
			counter_json_number (counts->recorded), "filtered",
			counter_json_number (counts->filtered), "dropped",
			counter_json_number (counts->dropped), "throttled",
			counter_json_number (counts->throttled), "missed",
			counter_json_number (counts->missed));
}

/* Add to OBJECT how often ROW was.  */
static void
add_count (json_t *object, const struct top_view *view,
	   const struct top_rows *rows, const struct top_row *row)
{
  const struct tally_count *count = &row->count;

  json_object_set_new (object, "events", counter_json_number (count->now));
  json_object_set_new (object, "per_second",
		       json_real (top_rate (count->now, view->round_ns)));
  json_object_set_new (object, "share",
		       rows->all.now > 0 ? json_real ((double) count->now
						      / (double) rows->all.now)
					 : json_null ());
  json_object_set_new (object, "total", counter_json_number (count->total));
  json_object_set_new (object, "average_per_second",
		       json_real (top_rate (count->total, view->elapsed_ns)));
  if (row->probe == NULL)
    json_object_set_new (
	object, "mean_ns",
	count->timed > 0
	    ? json_real ((double) count->duration_ns / (double) count->timed)
	    : json_null ());
}

/* A text that is empty if it is not known.  */
static json_t *
known_json (const char *text)
{
  return text[0] != '\0' ? cli_json_text (text) : json_null ();
}

/* What ROW is.  */
static json_t *
name_json (const struct top_view *view, const struct top_row *row)
{
  const struct tally_entry *entry = row->entry;
  const char *name = NULL;

  if (view->arguments->by == TOP_BY_MESSAGE)
    name = msgids_name (view->msgids, (int32_t) entry->number);
  switch (view->arguments->by)
    {
    case TOP_BY_PROBE:
      return cli_json_pack ("{s:i, s:o, s:o, s:b}", "probe_id",
			    (int) row->probe->id, "name",
			    cli_json_text (row->probe->name), "label",
			    cli_json_text (row->probe->label), "aggregated",
			    (int) row->probe->is_aggregated);
    case TOP_BY_TASK:
      return cli_json_pack ("{s:o, s:o}", "task", known_json (entry->text),
			    "address", cli_json_address (entry->number));
    case TOP_BY_THREAD:
      return cli_json_pack ("{s:o, s:o}", "task", known_json (entry->text),
			    "thread", cli_json_address (entry->number));
    case TOP_BY_CPU:
      return cli_json_pack ("{s:I}", "cpu", (json_int_t) entry->number);
    case TOP_BY_MESSAGE:
      return cli_json_pack ("{s:I, s:o, s:o}", "message_id",
			    (json_int_t) entry->number, "message",
			    name != NULL ? cli_json_text (name) : json_null (),
			    "event", known_json (entry->text));
    default:
      return cli_json_pack ("{s:o}", "function", known_json (entry->text));
    }
}

static json_t *
rows_json (const struct top_view *view, const struct top_rows *rows)
{
  json_t *list = json_array ();

  for (size_t i = 0; i < rows->count; i++)
    {
      const struct top_row *row = &rows->rows[i];
      json_t *object = name_json (view, row);
      add_count (object, view, rows, row);
      if (row->probe != NULL)
	{
	  json_object_set_new (object, "now", counts_json (&row->probe->now));
	  json_object_set_new (object, "since_start",
			       counts_json (&row->probe->total));
	}
      json_array_append_new (list, object);
    }
  return list;
}

static json_t *
health_object (const struct top_system *system)
{
  json_t *deducted;

  if (!system->has_health)
    return json_null ();
  deducted = json_object ();
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    if (system->health.factors[i].points > 0)
      json_object_set_new (deducted, mdtrace_health_words (i)->word,
			   json_integer (system->health.factors[i].points));
  return cli_json_pack ("{s:i, s:o}", "score", (int) system->health.score,
			"deducted", deducted);
}

static json_t *
cpu_json (const struct top_system *system)
{
  if (!system->has_cpu_times)
    return json_null ();
  return cli_json_pack ("{s:o, s:o, s:o}", "user_ns",
			counter_json_number (system->user_ns), "system_ns",
			counter_json_number (system->system_ns), "idle_ns",
			counter_json_number (system->idle_ns));
}

static json_t *
system_json (const struct top_system *system)
{
  const mdtrace_snapshot_t *now = &system->now;

  if (!system->has_snapshot)
    return json_null ();
  return cli_json_pack (
      "{s:I, s:I, s:I, s:o, s:o, s:o}", "cpus", (json_int_t) now->cpus,
      "tasks", (json_int_t) now->tasks, "threads", (json_int_t) now->threads,
      "memory_bytes", counter_json_number (now->memory_bytes), "free_bytes",
      counter_json_number (now->free_bytes), "cpu_times", cpu_json (system));
}

bool
top_print_json (const struct top_view *view)
{
  struct top_rows rows;

  if (!top_rows_make (view, view->arguments->limit, &rows))
    return false;
  json_t *others = json_null ();
  if (rows.has_others)
    {
      others = json_object ();
      add_count (others, view, &rows, &rows.others);
    }
  json_t *document = cli_json_pack (
      "{s:I, s:I, s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
      "s:o}",
      "round", (json_int_t) view->round, "time_ns", (json_int_t) view->time_ns,
      "round_ns", (json_int_t) view->round_ns, "elapsed_ns",
      (json_int_t) view->elapsed_ns, "by", top_by_words[view->arguments->by],
      "events", counter_json_number (rows.all.now), "total",
      counter_json_number (rows.all.total), "counts",
      counts_json (&view->probes.now), "aggregated",
      counter_json_number (view->probes.aggregated), "without_message",
      counter_json_number (view->without_key), "behind_ns",
      view->is_behind ? counter_json_number (view->behind_ns) : json_null (),
      "health", health_object (&view->system), "system",
      system_json (&view->system), "rows", rows_json (view, &rows), "others",
      others);
  json_dumpf (document, stdout, JSON_COMPACT);
  putchar ('\n');
  fflush (stdout);
  json_decref (document);
  top_rows_free (&rows);
  return true;
}
