/* The text report: what happened when, and where time went.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Of what there is much of the first is shown, which is the most, and how much
   more there is.  */

#include <config.h>

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw_report.h"
#include "draw_sentences.h"

enum
{
  EVIDENCE_MAX = 5,
  LIST_MAX = 8,	 /* bursts, gaps and patterns */
  KIND_MAX = 10, /* bottlenecks of a kind */
  KEYS = 7,	 /* what is told of how long they took */
  NAME_WIDTH = 30
};

/* The bins of the timeline as a chart with a line for some of them each.  */
static void
put_chart (const struct report *report, const json_t *timeline)
{
  enum
  {
    LINES_MAX = 16,
    BAR = 40
  };
  const json_t *total = json_object_get (timeline, "total");
  int64_t first_ns = draw_member_integer (timeline, "first_ns");
  int64_t bin_ns = draw_member_integer (timeline, "bin_ns");
  size_t bins = json_array_size (total);
  size_t each = (bins + LINES_MAX - 1) / LINES_MAX;
  double counts[LINES_MAX], greatest = 0;
  size_t lines = 0;

  if (bins < 2)
    return;
  for (size_t i = 0; i < bins; i += each)
    {
      counts[lines] = 0;
      for (size_t j = i; j < i + each && j < bins; j++)
	counts[lines] += draw_real (json_array_get (total, j));
      greatest = fmax (greatest, counts[lines++]);
    }
  fprintf (report->file, "%16s  %-*s  events in %s\n", "from", BAR, "",
	   draw_duration (draw_later (0, bin_ns, each)).text);
  for (size_t line = 0; line < lines; line++)
    {
      int64_t begin_ns = draw_later (first_ns, bin_ns, line * each);
      int length
	  = greatest > 0 ? (int) ceil (counts[line] * BAR / greatest) : 0;
      fprintf (report->file, "%16s |%.*s%*s| %s\n",
	       draw_since (begin_ns, report->first_ns).text, length,
	       "########################################", BAR - length, "",
	       draw_number (counts[line]).text);
    }
  fputc ('\n', report->file);
}

/* What ELEMENT of a group of the timeline is called by KEY.  */
static void
add_name (struct table *table, const json_t *element, const char *key)
{
  const json_t *name = json_object_get (element, key);
  const char *text = json_string_value (name);

  if (json_is_true (json_object_get (element, "others")))
    table_add_cell (table, "(all others)");
  else if (json_is_integer (name))
    table_add_cell (table, draw_count (json_integer_value (name)).text);
  else
    report_name (table, text != NULL && text[0] != '\0' ? text : "(no name)",
		 NAME_WIDTH);
}

/* The heading of the greatest of bins.  */
static void
add_peak_column (struct table *table, const struct draw_rate *rate)
{
  char heading[64];

  snprintf (heading, sizeof heading, "PEAK %s", rate->words);
  if (strcmp (rate->words, "per second") == 0)
    for (char *letter = heading; *letter != '\0'; letter++)
      *letter = (char) toupper ((unsigned char) *letter);
  table_add_column (table, heading, true);
}

/* The members of TIMELINE called GROUP, each called by its KEY.  */
static void
put_group (const struct report *report, const json_t *timeline,
	   const char *group, const char *key, const char *heading)
{
  const json_t *list = json_object_get (timeline, group), *element, *count;
  int64_t first_ns = draw_member_integer (timeline, "first_ns");
  int64_t bin_ns = draw_member_integer (timeline, "bin_ns");
  struct draw_rate rate = draw_rate (timeline);
  double whole = 0;
  size_t i, j;

  if (json_array_size (list) == 0)
    return;
  json_array_foreach (list, i, element)
    whole += draw_member_real (element, "events");
  struct table *table = table_new ();
  table_add_column (table, heading, false);
  table_add_column (table, "EVENTS", true);
  table_add_column (table, "SHARE", true);
  add_peak_column (table, &rate);
  table_add_column (table, "PEAK AT", true);
  json_array_foreach (list, i, element)
    {
      const json_t *counts = json_object_get (element, "counts");
      double events = draw_member_real (element, "events");
      size_t peak = 0;
      json_array_foreach (counts, j, count)
	if (draw_real (count) > draw_real (json_array_get (counts, peak)))
	  peak = j;
      add_name (table, element, key);
      table_add_cell (
	  table, draw_count (draw_member_integer (element, "events")).text);
      table_add_cell (table, draw_percent (events / whole).text);
      table_add_cell (
	  table,
	  draw_number (draw_real (json_array_get (counts, peak)) * rate.scale)
	      .text);
      table_add_cell (table, draw_since (draw_later (first_ns, bin_ns, peak),
					 report->first_ns)
				 .text);
    }
  report_table (report, table);
}

/* What LIST of the timeline has, each in a SENTENCE below when it was.  */
static void
put_times (const struct report *report, const json_t *list,
	   const char *heading, const char *none,
	   char *(*sentence) (const json_t *element))
{
  const json_t *element;
  size_t i;

  fprintf (report->file, "%s\n", json_array_size (list) == 0 ? none : heading);
  json_array_foreach (list, i, element)
    {
      int64_t begin_ns = draw_member_integer (element, "begin_ns");
      int64_t end_ns = draw_member_integer (element, "end_ns");
      if (i == LIST_MAX)
	break;
      report_say (report, 2, "%s to %s (%s)",
		  draw_since (begin_ns, report->first_ns).text,
		  draw_since (end_ns, report->first_ns).text,
		  draw_time (begin_ns).text);
      report_sentence (report, 4, "", sentence (element));
    }
  report_rest (report, json_array_size (list), LIST_MAX);
  fputc ('\n', report->file);
}

static void
put_timeline (const struct report *report)
{
  const json_t *timeline = json_object_get (report->document, "timeline");
  const json_t *patterns = json_object_get (timeline, "patterns"), *pattern;
  size_t i;

  report_heading (report, "Timeline");
  if (draw_is_empty (report->document))
    {
      report_say (report, 0, "No events in this trace.");
      return;
    }
  put_chart (report, timeline);
  put_group (report, timeline, "cpus", "cpu", "CPU");
  put_group (report, timeline, "tasks", "task", "TASK");
  put_group (report, timeline, "probes", "name", "PROBE");
  put_times (report, json_object_get (timeline, "bursts"),
	     "Bursts:", "No bursts.", draw_burst_sentence);
  put_times (report, json_object_get (timeline, "gaps"), "Gaps:", "No gaps.",
	     draw_gap_sentence);
  fputs (json_array_size (patterns) == 0 ? "No repeating patterns.\n"
					 : "Repeating patterns:\n",
	 report->file);
  json_array_foreach (patterns, i, pattern)
    if (i < LIST_MAX)
      report_say (report, 2, "%s", draw_member_text (pattern, "sentence"));
  report_rest (report, json_array_size (patterns), LIST_MAX);
}

/* A duration that may not be known.  */
static void
add_duration (struct table *table, const json_t *object, const char *key)
{
  table_add_cell (table,
		  draw_has (object, key)
		      ? draw_duration (draw_member_integer (object, key)).text
		      : "-");
}

/* The bottlenecks of LIST that are of KIND, if there are any.  */
static void
put_kind (const struct report *report, const json_t *list, const char *kind,
	  const char *heading)
{
  static const char *const keys[]
      = { "total_ns", "self_ns", "waited_ns", "p50_ns",
	  "p90_ns",   "p99_ns",	 "max_ns" };
  static const char *const headings[]
      = { "TOTAL", "SELF", "WAITED", "P50", "P90", "P99", "MAX" };
  bool is_function = strcmp (kind, "function") == 0;
  bool is_lock = strcmp (kind, "lock") == 0;
  const bool has[KEYS]
      = { true, is_function, is_function || is_lock, true, true, true, true };
  size_t count = 0, i;
  const json_t *element;

  struct table *table = table_new ();
  table_add_column (table, "#", true);
  table_add_column (table, heading, false);
  table_add_column (table, "COUNT", true);
  for (int key = 0; key < KEYS; key++)
    if (has[key])
      table_add_column (table, headings[key], true);
  json_array_foreach (list, i, element)
    {
      if (strcmp (draw_member_text (element, "kind"), kind) != 0
	  || count++ >= KIND_MAX)
	continue;
      table_add_cell (table,
		      draw_count (draw_member_integer (element, "rank")).text);
      report_name (table, draw_member_text (element, "name"),
		   is_function || is_lock ? 28 : 36);
      table_add_cell (
	  table, draw_count (draw_member_integer (element, "count")).text);
      for (int key = 0; key < KEYS; key++)
	if (has[key])
	  add_duration (table, element, keys[key]);
    }
  if (count == 0)
    {
      table_free (table);
      return;
    }
  table_print_to (table, report->file);
  report_rest (report, count, KIND_MAX);
  fputc ('\n', report->file);
}

static void
put_evidence (const struct report *report, const json_t *element)
{
  const json_t *evidence = json_object_get (element, "evidence");

  fputc ('\n', report->file);
  report_say (report, 0, "%d. %s %s: as much as %s of the traced CPU time; %s",
	      (int) draw_member_integer (element, "rank"),
	      draw_member_text (element, "kind"),
	      draw_member_text (element, "name"),
	      draw_percent (draw_member_real (element, "share")).text,
	      draw_member_text (evidence, "sentence"));
  if (draw_has (element, "max_at_ns"))
    {
      int64_t at_ns = draw_member_integer (element, "max_at_ns");
      report_say (report, 3, "The longest: %s (%s)",
		  draw_since (at_ns, report->first_ns).text,
		  draw_time (at_ns).text);
    }
  if (draw_has (evidence, "sql"))
    report_say (report, 3, "SQL: %s", draw_member_text (evidence, "sql"));
}

static void
put_bottlenecks (const struct report *report)
{
  static const char *const kinds[][2]
      = { { "function", "FUNCTION" },
	  { "lock", "LOCK FUNCTION" },
	  { "run-queue", "WAITS TO RUN" },
	  { "ipc", "MESSAGE, TO ITS RECEIPT" },
	  { "request", "REQUEST, TO ITS REPLY" } };
  const json_t *list = json_object_get (report->document, "bottlenecks");
  const json_t *element;
  size_t i;

  report_heading (report, "Where time goes");
  if (json_array_size (list) == 0)
    report_say (report, 0,
		"No calls or waits in this trace: probes of entry "
		"and return together, or with --latency, show "
		"where time goes.");
  for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
    put_kind (report, list, kinds[kind][0], kinds[kind][1]);
  report_sentence (report, 0, "", draw_calls_sentence (report->document));
  json_array_foreach (list, i, element)
    if (i < EVIDENCE_MAX)
      put_evidence (report, element);
}

void
report_events (const struct report *report)
{
  put_timeline (report);
  put_bottlenecks (report);
}
