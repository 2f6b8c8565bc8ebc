/* Analysis of traces: the pass over the events, and the document.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyze.h"
#include "boots.h"
#include "bottlenecks.h"
#include "bursts.h"
#include "analyze_losses.h"
#include "patterns.h"
#include "pauses.h"
#include "rates.h"
#include "timeline.h"
#include "wanted.h"

enum
{
  PROGRESS_EVENTS = 1 << 16 /* between two calls */
};

struct analysis
{
  struct source *source;
  const struct analyze_options *options;
  bool has_events; /* in the span, whether wanted or not */
  int64_t first_ns, last_ns;
  struct wanted wanted;
  struct boots boots;
  struct timeline timeline;
  struct pauses pauses;
  struct sequences sequences;
  struct bottlenecks bottlenecks;
  struct rates rates;
  char *message;
  size_t bytes;
};

static bool
fail (struct analysis *analysis, const char *problem)
{
  snprintf (analysis->message, analysis->bytes, "%s", problem);
  return false;
}

static bool
no_memory (struct analysis *analysis)
{
  return fail (analysis, strerror (ENOMEM));
}

/* What SQLite has to say, or else that there is no memory.  */
static bool
fail_by_sql (struct analysis *analysis)
{
  sqlite3 *connection = source_connection (analysis->source);
  int code = sqlite3_errcode (connection);

  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
    return no_memory (analysis);
  return fail (analysis, sqlite3_errmsg (connection));
}

/* Find the span of time: what is asked for, as far as there are events.  */
static void
find_span (struct analysis *analysis)
{
  const struct analyze_options *options = analysis->options;

  analysis->has_events = source_extent (analysis->source, &analysis->first_ns,
					&analysis->last_ns);
  if (!analysis->has_events)
    analysis->first_ns = analysis->last_ns = 0;
  if (options->from_ns > analysis->first_ns)
    analysis->first_ns = options->from_ns;
  if (options->to_ns < analysis->last_ns)
    analysis->last_ns = options->to_ns;
  if (analysis->first_ns > analysis->last_ns)
    {
      analysis->has_events = false;
      analysis->last_ns = analysis->first_ns;
    }
}

static bool
begin (struct analysis *analysis)
{
  struct source *source = analysis->source;
  bool failed;

  find_span (analysis);
  if (!wanted_begin (&analysis->wanted, source, analysis->options->probe)
      || !boots_begin (&analysis->boots, source)
      || !timeline_begin (&analysis->timeline, source, analysis->first_ns,
			  analysis->last_ns)
      || !pauses_begin (&analysis->pauses, source)
      || !sequences_begin (&analysis->sequences, source)
      || !rates_begin (&analysis->rates, &analysis->wanted, analysis->first_ns,
		       analysis->last_ns))
    return no_memory (analysis);
  if (!bottlenecks_begin (&analysis->bottlenecks, source,
			  &analysis->timeline.grid, &failed))
    return failed ? fail_by_sql (analysis) : no_memory (analysis);
  return true;
}

static void
end (struct analysis *analysis)
{
  wanted_free (&analysis->wanted);
  boots_free (&analysis->boots);
  timeline_free (&analysis->timeline);
  pauses_free (&analysis->pauses);
  sequences_free (&analysis->sequences);
  rates_free (&analysis->rates);
  bottlenecks_free (&analysis->bottlenecks);
}

static bool
take (struct analysis *analysis, const struct source_event *event)
{
  boots_take (&analysis->boots, event);
  sequences_take (&analysis->sequences, event);
  return timeline_take (&analysis->timeline, event)
	 && pauses_take (&analysis->pauses, event)
	 && bottlenecks_take (&analysis->bottlenecks, event)
	 && rates_take (&analysis->rates, event);
}

static void
show_progress (const struct analysis *analysis, int64_t time_ns)
{
  const struct analyze_options *options = analysis->options;
  uint64_t all_ns = grid_between (analysis->first_ns, analysis->last_ns);

  if (options->progress != NULL)
    options->progress (options->closure,
		       all_ns > 0 ? grid_between (analysis->first_ns, time_ns)
					/ (double) all_ns
				  : 1);
}

/* The pass over all events of the span.  */
static bool
read_events (struct analysis *analysis)
{
  const struct source_event *event;
  bool failed = false;
  uint64_t count = 0;

  if (!analysis->has_events)
    return true;
  if (!source_begin (analysis->source, analysis->first_ns, analysis->last_ns))
    return fail (analysis, source_problem (analysis->source));
  while ((event = source_next (analysis->source, &failed)) != NULL)
    {
      if (++count % PROGRESS_EVENTS == 0)
	show_progress (analysis, event->time_ns);
      if (wanted_has (&analysis->wanted, event) && !take (analysis, event))
	return no_memory (analysis);
    }
  if (failed)
    return fail (analysis, source_problem (analysis->source));
  show_progress (analysis, analysis->last_ns);
  return true;
}

static json_t *
time_json (const struct analysis *analysis, int64_t time_ns)
{
  return analysis->has_events ? json_integer (time_ns) : json_null ();
}

/* Add the member "trace".  */
static bool
add_trace (struct analysis *analysis, double seconds, json_t *document)
{
  const struct analyze_options *options = analysis->options;
  const char *damage = source_damage (analysis->source);
  const struct pauses_row *all = &analysis->pauses.all;
  json_t *trace = json_pack (
      "{s:o, s:o, s:o, s:o, s:o, s:f, s:I, s:i, s:o, s:o}", "path",
      analyze_text (options->path != NULL ? options->path : ""), "first_ns",
      all->events > 0 ? json_integer (all->first_ns) : json_null (), "last_ns",
      all->events > 0 ? json_integer (all->last_ns) : json_null (), "from_ns",
      time_json (analysis, analysis->first_ns), "to_ns",
      time_json (analysis, analysis->last_ns), "seconds", seconds, "events",
      (json_int_t) analysis->timeline.all.events, "cpus",
      (int) timeline_cpus (&analysis->timeline), "probe",
      options->probe != NULL ? analyze_text (options->probe) : json_null (),
      "damage", damage != NULL ? analyze_text (damage) : json_null ());
  json_t *boots = trace != NULL ? boots_json (&analysis->boots, trace) : NULL;

  return json_object_set_new (document, "trace", trace) == 0
	 && json_object_set_new (trace, "boots", boots) == 0;
}

static bool
is_wanted (const void *closure, const struct source_event *event)
{
  return wanted_has (closure, event);
}

static bool
add_timeline (struct analysis *analysis, json_t *document)
{
  const struct timeline *timeline = &analysis->timeline;
  json_t *object = timeline_json (timeline);

  return json_object_set_new (document, "timeline", object) == 0
	 && json_object_set_new (
		object, "gaps",
		pauses_json (&analysis->pauses, analysis->source,
			     &analysis->boots, analysis->last_ns))
		== 0
	 && json_object_set_new (object, "patterns",
				 patterns_json (timeline, &analysis->pauses,
						&analysis->sequences))
		== 0
	 && json_object_set_new (object, "bursts",
				 bursts_json (timeline, analysis->source,
					      is_wanted, &analysis->wanted))
		== 0;
}

static json_t *
make_document (struct analysis *analysis, struct series_list *events)
{
  double seconds = grid_between (analysis->first_ns, analysis->last_ns) / 1e9;
  double cpu_ns = seconds * 1e9 * timeline_cpus (&analysis->timeline);
  json_t *document
      = json_pack ("{s:s, s:i}", "format", "mdtrace analysis", "version", 1);
  json_t *heat_maps = json_array ();

  if (add_trace (analysis, seconds, document)
      && json_object_set_new (document, "losses",
			      losses_json (&analysis->wanted,
					   &analysis->timeline,
					   analysis->source))
	     == 0
      && losses_probes (&analysis->wanted, &analysis->timeline, seconds,
			document)
      && add_timeline (analysis, document)
      && bottlenecks_json (&analysis->bottlenecks, analysis->options->msgids,
			   boots_count (&analysis->boots) > 1, cpu_ns,
			   document, heat_maps)
      && timeline_heat_maps (&analysis->timeline, heat_maps)
      && json_object_set (document, "heatmaps", heat_maps) == 0
      && (events == NULL
	  || rates_add (&analysis->rates, &analysis->boots, events)))
    {
      json_decref (heat_maps);
      return document;
    }
  json_decref (heat_maps);
  json_decref (document);
  fail_by_sql (analysis);
  return NULL;
}

json_t *
analyze_events (struct source *source, const struct analyze_options *options,
		struct series_list *events, char *message, size_t bytes)
{
  struct analysis analysis = {
    .source = source, .options = options, .message = message, .bytes = bytes
  };
  json_t *document = NULL;

  if (begin (&analysis) && read_events (&analysis))
    document = make_document (&analysis, events);
  end (&analysis);
  return document;
}

bool
analyze_has_probe (const struct source *source, const char *pattern)
{
  struct wanted wanted;
  bool has = !wanted_begin (&wanted, source, pattern) || !wanted.is_none;

  wanted_free (&wanted);
  return has;
}
