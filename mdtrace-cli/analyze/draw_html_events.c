/* The page of an analysis: what happened when, and where time went.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "draw_markup.h"
#include "draw_sentences.h"

/* Where report_charts.js puts a chart.  */
static void
put_figure (const struct markup *markup, const char *chart,
	    const char *caption)
{
  fprintf (markup->file,
	   "<figure data-chart=\"%s\"><figcaption>%s</figcaption></figure>\n",
	   chart, caption);
}

/* What ELEMENT of a group of the timeline is called by KEY.  */
static void
put_name (const struct markup *markup, const json_t *element, const char *key)
{
  const json_t *name = json_object_get (element, key);
  const char *text = json_string_value (name);

  if (json_is_integer (name))
    markup_number (markup, draw_real (name),
		   draw_count (json_integer_value (name)));
  else if (json_is_true (json_object_get (element, "others")))
    markup_name (markup, "(all others)");
  else
    markup_name (markup, text != NULL && text[0] != '\0' ? text : "(no name)");
}

/* The table of what TIMELINE has of GROUP.  */
static void
put_group (const struct markup *markup, const json_t *timeline,
	   const char *group, const char *key, const char *name_heading)
{
  const json_t *list = json_object_get (timeline, group), *element, *count;
  struct draw_rate rate = draw_rate (timeline);
  char peak_heading[64];
  const char *const headings[]
      = { name_heading, "#events", "#share", peak_heading };
  double whole = 0;
  size_t i, j;

  json_array_foreach (list, i, element)
    whole += draw_member_real (element, "events");
  snprintf (peak_heading, sizeof peak_heading, "#peak %s", rate.words);
  markup_table (markup, NULL, headings, 4);
  json_array_foreach (list, i, element)
    {
      double peak = 0, events = draw_member_real (element, "events");
      json_array_foreach (json_object_get (element, "counts"), j, count)
	peak = fmax (peak, draw_real (count));
      markup_row (markup);
      put_name (markup, element, key);
      markup_count (markup, element, "events");
      markup_share (markup, events / whole);
      markup_number (markup, peak * rate.scale,
		     draw_number (peak * rate.scale));
      markup_row_end (markup);
    }
  markup_table_end (markup);
}

/* What LIST of the timeline has, each in a SENTENCE.  */
static void
put_times (const struct markup *markup, const json_t *list,
	   const char *heading, char *(*sentence) (const json_t *element))
{
  const json_t *element;
  size_t i;

  fprintf (markup->file, "<h3>%s</h3>\n", heading);
  if (json_array_size (list) == 0)
    markup_say (markup, "None.");
  json_array_foreach (list, i, element)
    {
      char *text = sentence (element);
      markup_say (markup, "%s", text != NULL ? text : "");
      free (text);
      markup_when (markup, draw_member_integer (element, "begin_ns"),
		   draw_member_integer (element, "end_ns"));
    }
}

static void
put_timeline (const struct markup *markup)
{
  const json_t *timeline = json_object_get (markup->document, "timeline");
  const json_t *patterns = json_object_get (timeline, "patterns"), *pattern;
  const json_t *losses = json_object_get (markup->document, "losses");
  char caption[160];
  size_t i;

  fputs ("<section>\n<h2 id=\"Timeline\">Timeline</h2>\n", markup->file);
  if (draw_is_empty (markup->document))
    {
      markup_say (markup, "No events in this trace.");
      fputs ("</section>\n", markup->file);
      return;
    }
  struct draw_rate rate = draw_rate (timeline);
  snprintf (caption, sizeof caption,
	    "All events, %s; bursts are orange, gaps grey%s", rate.words,
	    json_array_size (json_object_get (losses, "times")) > 0
		? ", and where hits were lost it is red"
		: "");
  put_figure (markup, "total", caption);
  put_figure (markup, "cpus", "By CPU: each row has a scale of its own");
  put_group (markup, timeline, "cpus", "cpu", "#CPU");
  put_figure (markup, "tasks", "By task");
  put_group (markup, timeline, "tasks", "task", "task");
  put_figure (markup, "probes", "By probe");
  put_group (markup, timeline, "probes", "name", "probe");
  put_times (markup, json_object_get (timeline, "bursts"), "Bursts",
	     draw_burst_sentence);
  put_times (markup, json_object_get (timeline, "gaps"), "Gaps",
	     draw_gap_sentence);
  fputs ("<h3>Repeating patterns</h3>\n", markup->file);
  if (json_array_size (patterns) == 0)
    markup_say (markup, "None.");
  json_array_foreach (patterns, i, pattern)
    markup_say (markup, "%s", draw_member_text (pattern, "sentence"));
  fputs ("</section>\n", markup->file);
}

static void
put_heatmaps (const struct markup *markup)
{
  const json_t *maps = json_object_get (markup->document, "heatmaps"), *map;
  size_t i;

  fputs ("<section>\n<h2 id=\"Heat-maps\">Heat maps</h2>\n", markup->file);
  if (draw_is_empty (markup->document) || json_array_size (maps) == 0)
    markup_say (markup, "No events in this trace.");
  else
    json_array_foreach (maps, i, map)
      {
	fprintf (markup->file, "<figure data-heatmap=\"%zu\"><figcaption>", i);
	markup_text (markup->file, draw_member_text (map, "what"));
	fputs ("</figcaption></figure>\n", markup->file);
      }
  fputs ("</section>\n", markup->file);
}

static void
put_ranking (const struct markup *markup, const json_t *list)
{
  static const char *const headings[] = {
    "#rank",   "kind", "what", "#count", "#total", "#self",
    "#waited", "#p50", "#p90", "#p99",	 "#max",   "#share of CPU time"
  };
  static const char *const durations[]
      = { "total_ns", "self_ns", "waited_ns", "p50_ns",
	  "p90_ns",   "p99_ns",	 "max_ns" };
  const json_t *element;
  size_t i;

  markup_table (markup, NULL, headings, sizeof headings / sizeof headings[0]);
  json_array_foreach (list, i, element)
    {
      markup_row (markup);
      markup_count (markup, element, "rank");
      fputs ("<td>", markup->file);
      markup_text (markup->file, draw_member_text (element, "kind"));
      fputs ("</td>", markup->file);
      markup_name (markup, draw_member_text (element, "name"));
      markup_count (markup, element, "count");
      for (size_t key = 0; key < sizeof durations / sizeof durations[0]; key++)
	markup_duration (markup, element, durations[key]);
      markup_share (markup, draw_member_real (element, "share"));
      markup_row_end (markup);
    }
  markup_table_end (markup);
}

static void
put_bottlenecks (const struct markup *markup)
{
  const json_t *list = json_object_get (markup->document, "bottlenecks");
  const json_t *element;
  size_t i;

  fputs ("<section>\n<h2 id=\"Where-time-goes\">Where time goes</h2>\n",
	 markup->file);
  if (json_array_size (list) == 0)
    markup_say (markup, "No calls or waits in this trace: probes of entry and "
			"return together, or with --latency, show where time "
			"goes.");
  else
    {
      put_figure (markup, "bottlenecks",
		  "Time in all, and how long one took, by the logarithm");
      put_ranking (markup, list);
    }
  char *sentence = draw_calls_sentence (markup->document);
  if (sentence != NULL)
    markup_say (markup, "%s", sentence);
  free (sentence);
  json_array_foreach (list, i, element)
    {
      const json_t *evidence = json_object_get (element, "evidence");
      fprintf (markup->file, "<h3>%" PRId64 ". ",
	       draw_member_integer (element, "rank"));
      markup_text (markup->file, draw_member_text (element, "kind"));
      fputc (' ', markup->file);
      markup_text (markup->file, draw_member_text (element, "name"));
      fputs ("</h3>\n", markup->file);
      markup_say (markup, "%s", draw_member_text (evidence, "sentence"));
      if (draw_has (element, "max_at_ns"))
	{
	  int64_t at_ns = draw_member_integer (element, "max_at_ns");
	  fprintf (markup->file,
		   "<p class=\"soft\">The longest: %s (%s)</p>\n",
		   draw_since (at_ns, markup->first_ns).text,
		   draw_time (at_ns).text);
	}
      markup_sql (markup, draw_member_text (evidence, "sql"));
    }
  fputs ("</section>\n", markup->file);
}

void
markup_events (const struct markup *markup)
{
  put_timeline (markup);
  put_heatmaps (markup);
  put_bottlenecks (markup);
}
