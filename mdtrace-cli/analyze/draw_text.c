/* The text report: what happened when, and where time went.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   No line is longer than 80 columns but those of names that have no space to
   be broken at.  What was lost is said before anything is told of the rest. */

#include <config.h>

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "draw_report.h"

enum
{
  COLUMNS = 79,
  EVIDENCE_MAX = 5,
  NAME_WIDTH = 36
};

void
report_heading (const struct report *report, const char *heading)
{
  fprintf (report->file, "\n%s\n", heading);
  for (size_t i = 0; i < strlen (heading); i++)
    fputc ('-', report->file);
  fputc ('\n', report->file);
}

/* TEXT without what it must not have, broken into lines.  */
static void
put_lines (FILE *file, unsigned indent, const char *text)
{
  size_t column = 0;

  while (*text != '\0')
    {
      size_t bytes = strcspn (text, " ");
      char *word = strndup (text, bytes);
      size_t width = word != NULL ? draw_width (word) : bytes;
      if (column > 0 && column + 1 + width > COLUMNS)
	{
	  fputc ('\n', file);
	  column = 0;
	}
      if (column == 0)
	column = fprintf (file, "%*s", (int) indent, "");
      else
	{
	  fputc (' ', file);
	  column++;
	}
      fwrite (text, 1, bytes, file);
      column += width;
      text += bytes;
      text += strspn (text, " ");
      free (word);
    }
  fputc ('\n', file);
}

void
report_say (const struct report *report, unsigned indent, const char *format,
	    ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    text = NULL;
  va_end (arguments);
  char *harmless = text != NULL ? draw_escape (text) : NULL;
  if (harmless != NULL)
    put_lines (report->file, indent, harmless);
  free (harmless);
  free (text);
}

void
report_name (struct table *table, const char *name, size_t width)
{
  char *text = draw_elide (name, width);

  table_add_cell (table, text != NULL ? text : "");
  free (text);
}

void
report_table (const struct report *report, struct table *table)
{
  table_print_to (table, report->file);
  fputc ('\n', report->file);
}

/* What is known of the trace, if it is.  */
static void
put_fact (const struct report *report, const char *what, const char *fact)
{
  char *harmless = draw_escape (fact);

  if (harmless != NULL && harmless[0] != '\0')
    fprintf (report->file, "  %-6s  %s\n", what, harmless);
  free (harmless);
}

static void
put_head (const struct report *report)
{
  const json_t *trace = json_object_get (report->document, "trace");
  int64_t events = draw_member_integer (trace, "events");
  int64_t cpus = draw_member_integer (trace, "cpus");
  const json_t *boot;
  size_t i;

  char *path = draw_escape (draw_member_text (trace, "path"));
  fprintf (report->file, "Analysis of %s\n", path != NULL ? path : "");
  for (size_t width = draw_width (path != NULL ? path : "") + 12; width > 0;
       width--)
    fputc ('=', report->file);
  fputc ('\n', report->file);
  free (path);
  if (draw_has (trace, "damage"))
    report_say (report, 0,
		"DAMAGED: %s. What precedes that is what this report is of.",
		draw_member_text (trace, "damage"));
  report_say (
      report, 0, "%s event%s on %s CPU%s in %s.", draw_count (events).text,
      events == 1 ? "" : "s", draw_count (cpus).text, cpus == 1 ? "" : "s",
      draw_duration ((int64_t) (draw_member_real (trace, "seconds") * 1e9))
	  .text);
  if (draw_has (trace, "first_ns"))
    {
      int64_t last_ns = draw_member_integer (trace, "last_ns");
      put_fact (report, "first", draw_time (report->first_ns).text);
      put_fact (report, "last", draw_time (last_ns).text);
    }
  put_fact (report, "probes", draw_member_text (trace, "probe"));
  put_fact (report, "kernel", draw_member_text (trace, "kernel"));
  put_fact (report, "target", draw_member_text (trace, "target"));
  const json_t *boots = json_object_get (trace, "boots");
  if (json_array_size (boots) < 2)
    return;
  struct table *table = table_new ();
  table_add_column (table, "BOOT", true);
  table_add_column (table, "BOOTED AT", false);
  table_add_column (table, "EVENTS", true);
  fputc ('\n', report->file);
  json_array_foreach (boots, i, boot)
  {
    int64_t time_ns = draw_member_integer (boot, "boot_time_ns");
    table_add_cell (table,
		    draw_count (draw_member_integer (boot, "boot_id")).text);
    table_add_cell (table, draw_second (time_ns).text);
    table_add_cell (table,
		    draw_count (draw_member_integer (boot, "events")).text);
  }
  table_print_to (table, report->file);
}

static void
put_losses (const struct report *report)
{
  const json_t *losses = json_object_get (report->document, "losses");
  int64_t dropped = draw_member_integer (losses, "dropped");
  int64_t throttled = draw_member_integer (losses, "throttled");
  int64_t missed = draw_member_integer (losses, "missed");
  const json_t *probes = json_object_get (losses, "probes"), *probe;
  size_t i;

  report_heading (report, "Losses");
  if (dropped == 0 && throttled == 0 && missed == 0)
    {
      report_say (report, 0,
		  "None: each hit was recorded, or filtered out as "
		  "its probe asks for.");
      return;
    }
  report_say (
      report, 0,
      "NOT ALL WAS RECORDED: %s hits were dropped (no room in a ring), "
      "%s throttled (a limit or the budget) and %s missed (the "
      "machinery was busy). What follows is of what was recorded; "
      "counts and rates are too small where hits are missing, and "
      "calls may have lost an end.",
      draw_count (dropped).text, draw_count (throttled).text,
      draw_count (missed).text);
  if (json_array_size (probes) == 0)
    return;
  struct table *table = table_new ();
  table_add_column (table, "PROBE", false);
  table_add_column (table, "DROPPED", true);
  table_add_column (table, "THROTTLED", true);
  table_add_column (table, "MISSED", true);
  fputc ('\n', report->file);
  json_array_foreach (probes, i, probe)
  {
    static const char *const keys[] = { "dropped", "throttled", "missed" };
    report_name (table, draw_member_text (probe, "name"), NAME_WIDTH);
    for (int key = 0; key < 3; key++)
      table_add_cell (
	  table, draw_count (draw_member_integer (probe, keys[key])).text);
  }
  table_print_to (table, report->file);
}

static void
put_probes (const struct report *report)
{
  const json_t *probes = json_object_get (report->document, "probes"), *probe;
  size_t i;

  report_heading (report, "Probes");
  if (json_array_size (probes) == 0)
    {
      report_say (report, 0, "None in this trace.");
      return;
    }
  struct table *table = table_new ();
  table_add_column (table, "ID", true);
  table_add_column (table, "PROBE", false);
  table_add_column (table, "EVENTS", true);
  table_add_column (table, "PER SECOND", true);
  table_add_column (table, "SHARE", true);
  json_array_foreach (probes, i, probe)
  {
    const char *label = draw_member_text (probe, "label");
    char *name = NULL;
    if (label[0] != '\0'
	&& asprintf (&name, "%s (%s)", draw_member_text (probe, "name"), label)
	       < 0)
      name = NULL;
    table_add_cell (table,
		    draw_count (draw_member_integer (probe, "probe_id")).text);
    report_name (table, name != NULL ? name : draw_member_text (probe, "name"),
		 NAME_WIDTH);
    table_add_cell (table,
		    draw_count (draw_member_integer (probe, "events")).text);
    table_add_cell (table,
		    draw_number (draw_member_real (probe, "per_second")).text);
    table_add_cell (table,
		    draw_percent (draw_member_real (probe, "share")).text);
    free (name);
  }
  table_print_to (table, report->file);
}

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
  double bin_s = draw_member_real (timeline, "bin_ns") / 1e9;
  size_t bins = json_array_size (total);
  size_t each = (bins + LINES_MAX - 1) / LINES_MAX;
  double rates[LINES_MAX], greatest = 0;
  size_t lines = 0;

  if (bins == 0 || !(bin_s > 0))
    return;
  for (size_t i = 0; i < bins; i += each)
    {
      double events = 0;
      size_t count = bins - i < each ? bins - i : each;
      for (size_t j = i; j < i + count; j++)
	events += draw_real (json_array_get (total, j));
      rates[lines] = events / (count * bin_s);
      greatest = fmax (greatest, rates[lines++]);
    }
  fprintf (report->file, "%16s  %-*s  events/s\n", "from", BAR, "");
  for (size_t line = 0; line < lines; line++)
    {
      int64_t begin_ns
	  = first_ns + (int64_t) ((double) (line * each) * bin_s * 1e9);
      int length
	  = greatest > 0 ? (int) ceil (rates[line] * BAR / greatest) : 0;
      fprintf (report->file, "%16s |%.*s%*s| %s\n",
	       draw_since (begin_ns, report->first_ns).text, length,
	       "########################################", BAR - length, "",
	       draw_number (rates[line]).text);
    }
  fputc ('\n', report->file);
}

/* The members of TIMELINE called GROUP, each called by its KEY.  */
static void
put_group (const struct report *report, const json_t *timeline,
	   const char *group, const char *key, const char *heading)
{
  const json_t *list = json_object_get (timeline, group), *element;
  double bin_s = draw_member_real (timeline, "bin_ns") / 1e9;
  double whole = 0;
  size_t i, j;

  if (json_array_size (list) == 0)
    return;
  json_array_foreach (list, i, element) whole
      += draw_member_real (element, "events");
  struct table *table = table_new ();
  table_add_column (table, heading, false);
  table_add_column (table, "EVENTS", true);
  table_add_column (table, "SHARE", true);
  table_add_column (table, "PEAK PER SECOND", true);
  table_add_column (table, "PEAK AT", true);
  json_array_foreach (list, i, element)
  {
    const json_t *counts = json_object_get (element, "counts"), *count;
    const json_t *name = json_object_get (element, key);
    size_t peak = 0;
    json_array_foreach (
	counts, j, count) if (draw_real (count)
			      > draw_real (json_array_get (counts, peak))) peak
	= j;
    if (json_is_true (json_object_get (element, "others")))
      table_add_cell (table, "(all others)");
    else if (json_is_integer (name))
      table_add_cell (table, draw_count (json_integer_value (name)).text);
    else
      report_name (table,
		   json_string_value (name) != NULL ? json_string_value (name)
						    : "",
		   NAME_WIDTH - 6);
    double events = draw_member_real (element, "events");
    table_add_cell (table, draw_count ((int64_t) events).text);
    table_add_cell (table, draw_percent (events / whole).text);
    table_add_cell (
	table,
	draw_number (draw_real (json_array_get (counts, peak)) / bin_s).text);
    table_add_cell (table,
		    draw_since (draw_member_integer (timeline, "first_ns")
				    + (int64_t) ((double) peak * bin_s * 1e9),
				report->first_ns)
			.text);
  }
  report_table (report, table);
}

static void
put_bursts (const struct report *report, const json_t *timeline)
{
  const json_t *list = json_object_get (timeline, "bursts"), *burst;
  size_t i;

  if (json_array_size (list) == 0)
    report_say (report, 0, "No bursts.");
  json_array_foreach (list, i, burst)
  {
    int64_t begin_ns = draw_member_integer (burst, "begin_ns");
    int64_t end_ns = draw_member_integer (burst, "end_ns");
    const char *mostly = draw_member_text (burst, "mostly");
    report_say (report, 0,
		"Burst of %s: %s events where %s are usual, %s times as "
		"many%s%s.",
		draw_member_text (burst, "what"),
		draw_count (draw_member_integer (burst, "events")).text,
		draw_number (draw_member_real (burst, "expected")).text,
		draw_number (draw_member_real (burst, "ratio")).text,
		mostly[0] != '\0' ? "; mostly " : "", mostly);
    report_say (report, 2, "%s, for %s (%s)",
		draw_since (begin_ns, report->first_ns).text,
		draw_duration (end_ns - begin_ns).text,
		draw_time (begin_ns).text);
  }
}

static void
put_gaps (const struct report *report, const json_t *timeline)
{
  const json_t *list = json_object_get (timeline, "gaps"), *gap;
  size_t i;

  if (json_array_size (list) == 0)
    report_say (report, 0, "No gaps.");
  json_array_foreach (list, i, gap)
  {
    int64_t begin_ns = draw_member_integer (gap, "begin_ns");
    int64_t end_ns = draw_member_integer (gap, "end_ns");
    report_say (report, 0, "Gap: no event of %s for %s, where %s are usual.",
		draw_member_text (gap, "what"),
		draw_duration (end_ns - begin_ns).text,
		draw_number (draw_member_real (gap, "expected")).text);
    report_say (report, 2, "%s (%s)",
		draw_since (begin_ns, report->first_ns).text,
		draw_time (begin_ns).text);
  }
}

static void
put_timeline (const struct report *report)
{
  const json_t *timeline = json_object_get (report->document, "timeline");
  const json_t *patterns = json_object_get (timeline, "patterns"), *pattern;
  size_t i;

  report_heading (report, "Timeline");
  if (json_array_size (json_object_get (timeline, "total")) == 0)
    {
      report_say (report, 0, "No events in this trace.");
      return;
    }
  put_chart (report, timeline);
  put_group (report, timeline, "cpus", "cpu", "CPU");
  put_group (report, timeline, "tasks", "task", "TASK");
  put_group (report, timeline, "probes", "name", "PROBE");
  put_bursts (report, timeline);
  put_gaps (report, timeline);
  if (json_array_size (patterns) == 0)
    report_say (report, 0, "No repeating patterns.");
  json_array_foreach (patterns, i, pattern)
      report_say (report, 0, "%s", draw_member_text (pattern, "sentence"));
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

static void
put_ranking (const struct report *report, const json_t *list)
{
  static const char *const keys[]
      = { "total_ns", "self_ns", "p50_ns", "p90_ns", "p99_ns", "max_ns" };
  static const char *const headings[]
      = { "TOTAL", "SELF", "P50", "P90", "P99", "MAX" };
  const json_t *element;
  size_t i;

  struct table *table = table_new ();
  table_add_column (table, "#", true);
  table_add_column (table, "WHAT", false);
  table_add_column (table, "COUNT", true);
  for (int key = 0; key < 6; key++)
    table_add_column (table, headings[key], true);
  json_array_foreach (list, i, element)
  {
    char *name;
    table_add_cell (table,
		    draw_count (draw_member_integer (element, "rank")).text);
    if (asprintf (&name, "%s %s", draw_member_text (element, "kind"),
		  draw_member_text (element, "name"))
	< 0)
      name = NULL;
    report_name (table,
		 name == NULL
		     ? ""
		     : name + (strncmp (name, "function ", 9) == 0 ? 9 : 0),
		 18);
    free (name);
    table_add_cell (table,
		    draw_count (draw_member_integer (element, "count")).text);
    for (int key = 0; key < 6; key++)
      add_duration (table, element, keys[key]);
  }
  report_table (report, table);
}

static void
put_calls (const struct report *report)
{
  const json_t *calls = json_object_get (report->document, "calls");
  int64_t unpaired = draw_member_integer (calls, "unpaired");
  int64_t abandoned = draw_member_integer (calls, "abandoned");
  int64_t open = draw_member_integer (calls, "open");

  if (unpaired != 0 || abandoned != 0 || open != 0)
    report_say (report, 0,
		"Not in these: %s returns without an entry, %s entries that "
		"have no return of their own, %s calls still open at the "
		"end.",
		draw_count (unpaired).text, draw_count (abandoned).text,
		draw_count (open).text);
}

static void
put_bottlenecks (const struct report *report)
{
  const json_t *list = json_object_get (report->document, "bottlenecks");
  const json_t *element;
  size_t i;

  report_heading (report, "Where time goes");
  if (json_array_size (list) == 0)
    report_say (report, 0,
		"No calls or waits in this trace: probes of entry "
		"and return together, or with --latency, show "
		"where time goes.");
  else
    put_ranking (report, list);
  put_calls (report);
  json_array_foreach (list, i, element)
  {
    const json_t *evidence = json_object_get (element, "evidence");
    if (i == EVIDENCE_MAX)
      break;
    fputc ('\n', report->file);
    report_say (report, 0, "%d. %s %s: %s of the traced CPU time. %s",
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
}

void
draw_text (const json_t *document, FILE *file)
{
  const json_t *trace = json_object_get (document, "trace");
  struct report report
      = { file, document, draw_member_integer (trace, "first_ns") };
  /* Tables show names that are not ASCII as they are, whatever the locale:
     the report is a file too, and is UTF-8.  */
  locale_t utf8 = newlocale (LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
  locale_t before = utf8 != (locale_t) 0 ? uselocale (utf8) : (locale_t) 0;

  put_head (&report);
  put_losses (&report);
  put_probes (&report);
  put_timeline (&report);
  put_bottlenecks (&report);
  report_findings (&report);
  if (utf8 != (locale_t) 0)
    {
      uselocale (before);
      freelocale (utf8);
    }
}
