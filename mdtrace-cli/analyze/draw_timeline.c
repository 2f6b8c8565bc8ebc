/* dtrace_timeline: events over time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All events with bursts and gaps, and below, a row each, those of CPUs, tasks
   and probes.  A row has a scale of its own: when something happens is to be
   seen of what is rare too, and how often stands beside it.  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw_page.h"
#include "draw_sentences.h"

enum
{
  LEFT = 300,
  RIGHT = PAGE_WIDTH - 260,
  TOTAL_HEIGHT = 190,
  MARKS_MAX = 200,
  MARK_ROOM = 90 /* pixels that the words of a mark take */
};

struct timeline
{
  struct page *page;
  const json_t *document, *timeline;
  struct page_time time;
  struct draw_rate rate;
  double bin; /* as on the axis */
  double top;
};

/* Of what rows tell.  */
static const struct
{
  const char *group, *key, *heading;
} groups[] = { { "cpus", "cpu", "By CPU" },
	       { "tasks", "task", "By task" },
	       { "probes", "name", "By probe" } };

enum
{
  GROUPS = sizeof groups / sizeof groups[0]
};

/* What ELEMENT of LIST is called.  The caller frees it.  */
static char *
element_name (const json_t *list, const json_t *element, const char *key)
{
  const json_t *name = json_object_get (element, key), *other;
  const char *text = json_string_value (name);
  char *result = NULL;
  size_t i;

  if (json_is_true (json_object_get (element, "others")))
    return strdup ("(all others)");
  if (json_is_integer (name))
    return asprintf (&result, "CPU %" PRId64,
		     (int64_t) json_integer_value (name))
		   < 0
	       ? NULL
	       : result;
  if (text == NULL || text[0] == '\0')
    text = "(no name)";
  /* Of two that are called the same the addresses tell.  */
  json_array_foreach (list, i, other)
    if (other != element && draw_has (element, "address")
	&& json_equal (json_object_get (other, key), (json_t *) name))
      {
	char *short_name = draw_elide (text, PAGE_NAME - 20);
	if (short_name != NULL
	    && asprintf (&result, "%s %s", short_name,
			 draw_member_text (element, "address"))
		   < 0)
	  result = NULL;
	free (short_name);
	return result;
      }
  return draw_elide (text, PAGE_NAME);
}

/* A line of data for BIN; behind the last one there is one more, with nothing
   in it, where that ends.  */
static void
put_bin (const struct timeline *timeline, size_t bin)
{
  FILE *data = timeline->page->data;
  const json_t *total = json_object_get (timeline->timeline, "total");
  int64_t bin_ns = draw_member_integer (timeline->timeline, "bin_ns");
  const json_t *element;
  size_t i;

  fprintf (data, "%" PRId64 "\t%.17g\t%" PRId64,
	   draw_later (timeline->time.first_ns, bin_ns, bin),
	   (double) bin * timeline->bin,
	   (int64_t) json_integer_value (json_array_get (total, bin)));
  for (int group = 0; group < GROUPS; group++)
    {
      const json_t *list
	  = json_object_get (timeline->timeline, groups[group].group);
      json_array_foreach (list, i, element)
	fprintf (data, "\t%" PRId64,
		 (int64_t) json_integer_value (json_array_get (
		     json_object_get (element, "counts"), bin)));
    }
  fputc ('\n', data);
}

static void
put_bins (const struct timeline *timeline)
{
  size_t bins
      = json_array_size (json_object_get (timeline->timeline, "total"));

  page_block (timeline->page,
	      "bins: begin_ns, place on the axis, events, then those of each "
	      "CPU, task and probe in the order of the document; the last "
	      "line is where the last one ends");
  for (size_t bin = 0; bin <= bins; bin++)
    put_bin (timeline, bin);
}

/* Shade in the panel what LIST, bursts or gaps, has of WHAT, in COLOR.  If
   IS_TOLD say by how much above that, where there is room.  */
static void
put_marks (const struct timeline *timeline, const json_t *list,
	   const char *what, const char *color, bool is_told)
{
  double width = timeline->time.span_ns / timeline->time.unit_ns;
  double pixel = width / (RIGHT - LEFT);
  double free_from = LEFT;
  unsigned marks = 0;
  const json_t *mark;
  size_t i;

  json_array_foreach (list, i, mark)
    {
      double begin = page_place (&timeline->time,
				 draw_member_integer (mark, "begin_ns"));
      double end
	  = page_place (&timeline->time, draw_member_integer (mark, "end_ns"));
      char words[80];
      if (strcmp (draw_member_text (mark, "what"), what) != 0
	  || marks++ == MARKS_MAX)
	continue;
      /* What is short is to be seen too.  */
      end = fmin (fmax (end, begin + 2 * pixel), width);
      fprintf (timeline->page->script,
	       "set object rect from %.17g,graph 0 to %.17g,graph 1 behind fc "
	       "rgb '%s' fs solid 0.25 noborder\n",
	       begin, end, color);
      double x = LEFT + (begin + end) / 2 / pixel;
      if (!is_told || !draw_has (mark, "ratio") || x < free_from
	  || x + MARK_ROOM / 2 > RIGHT)
	continue;
      free_from = x + MARK_ROOM;
      snprintf (words, sizeof words, "%s times",
		draw_number (draw_member_real (mark, "ratio")).text);
      page_label (timeline->page, x, timeline->top - 10, PAGE_SMALL,
		  PAGE_CENTER, words);
    }
}

/* Both of it.  */
static void
put_all_marks (const struct timeline *timeline, const char *what, bool is_told)
{
  put_marks (timeline, json_object_get (timeline->timeline, "gaps"), what,
	     PAGE_GREY, false);
  put_marks (timeline, json_object_get (timeline->timeline, "bursts"), what,
	     PAGE_ORANGE, is_told);
}

/* Where the machine was booted anew: a line in the panel.  */
static void
put_boots (const struct timeline *timeline)
{
  const json_t *trace = json_object_get (timeline->document, "trace"), *boot;
  double width = timeline->time.span_ns / timeline->time.unit_ns;
  size_t i;

  json_array_foreach (json_object_get (trace, "boots"), i, boot)
    {
      double place = page_place (&timeline->time,
				 draw_member_integer (boot, "boot_time_ns"));
      char words[64];
      if (place <= 0 || place >= width || i > MARKS_MAX)
	continue;
      fprintf (timeline->page->script,
	       "set arrow from %.17g,graph 0 to %.17g,graph 1 nohead dt 2 lw "
	       "1.5 lc rgb '%s' front\n",
	       place, place, PAGE_GREEN);
      snprintf (words, sizeof words, "boot %.40s",
		draw_count (draw_member_integer (boot, "boot_id")).text);
      page_label (timeline->page, LEFT + place / width * (RIGHT - LEFT) + 5,
		  timeline->top + 8, PAGE_SMALL, PAGE_LEFT, words);
    }
}

/* Where hits were lost: marks along the upper edge of the panel.  Returns
   whether there are any.  */
static bool
put_losses (const struct timeline *timeline)
{
  const json_t *losses = json_object_get (timeline->document, "losses");
  const json_t *times = json_object_get (losses, "times"), *loss;
  double width = timeline->time.span_ns / timeline->time.unit_ns;
  double half = 1.5 * width / (RIGHT - LEFT), free_from = -INFINITY;
  bool has_any = false;
  size_t i;

  json_array_foreach (times, i, loss)
    {
      double place = page_place (&timeline->time,
				 draw_member_integer (loss, "time_ns"));
      /* Those that lie side by side are one.  */
      if (place < 0 || place > width || place < free_from)
	continue;
      free_from = place + half;
      has_any = true;
      fprintf (timeline->page->script,
	       "set object rect from %.17g,graph 0.95 to %.17g,graph 1 front "
	       "fc rgb '%s' fs solid noborder\n",
	       place - half, place + half, PAGE_RED);
    }
  return has_any;
}

static void
put_total (struct timeline *timeline)
{
  struct page *page = timeline->page;
  const json_t *total = json_object_get (timeline->timeline, "total"), *count;
  double greatest = 0, scale = timeline->rate.scale;
  char heading[80];
  size_t i;

  json_array_foreach (total, i, count)
    greatest = fmax (greatest, draw_real (count) * scale);
  timeline->top += 34;
  page_label (page, PAGE_MARGIN, timeline->top, PAGE_HEADING, PAGE_LEFT,
	      "All events");
  snprintf (heading, sizeof heading, "how many %s", timeline->rate.words);
  page_label (page, PAGE_MARGIN, timeline->top + 24, PAGE_SMALL, PAGE_LEFT,
	      heading);
  page_label (page, PAGE_MARGIN, timeline->top + 48, PAGE_SMALL, PAGE_LEFT,
	      "orange: a burst; grey: a gap");
  page_panel (page, LEFT, timeline->top, RIGHT, timeline->top + TOTAL_HEIGHT);
  page_time_axis (page, &timeline->time, RIGHT - LEFT, true,
		  (LEFT + RIGHT) / 2., timeline->top + TOTAL_HEIGHT + 36);
  double high = greatest > 0 ? greatest * 1.12 : 1;
  fprintf (page->script, "set yrange [0:%.17g]\n", high);
  page_tics (page, "y", 0, high, TOTAL_HEIGHT, scale == 1 ? "events" : "");
  fputs ("set grid ytics lt 1 lw 0.7 lc rgb '#dddddd'\n", page->script);
  put_all_marks (timeline, "all events", true);
  put_boots (timeline);
  if (put_losses (timeline))
    page_label (page, PAGE_MARGIN, timeline->top + 72, PAGE_SMALL, PAGE_LEFT,
		"red: hits were lost");
  fprintf (page->script,
	   "plot D index 0 using 2:($3*%.17g) with fillsteps fs solid "
	   "noborder fc rgb '%s'\n",
	   scale, PAGE_BLUE);
  timeline->top += TOTAL_HEIGHT + 50;
}

/* The row of ELEMENT of LIST, called by KEY, whose column in the data is
   COLUMN, with its upper edge at TOP.  */
static void
put_row (const struct timeline *timeline, const json_t *list,
	 const json_t *element, const char *key, unsigned column, double top)
{
  struct page *page = timeline->page;
  const json_t *name = json_object_get (element, key), *count;
  double peak = 0, y = top + PAGE_ROW / 2.;
  bool is_others = json_is_true (json_object_get (element, "others"));
  size_t i;

  json_array_foreach (json_object_get (element, "counts"), i, count)
    peak = fmax (peak, draw_real (count));
  page_panel (page, LEFT, top, RIGHT, top + PAGE_ROW);
  page_time_axis (page, &timeline->time, RIGHT - LEFT, false, 0, 0);
  fprintf (page->script,
	   "set border 1 lc rgb '#cccccc'\nset yrange [0:%.17g]\n"
	   "set grid xtics lt 1 lw 0.7 lc rgb '#eeeeee'\n"
	   "set xtics scale 0\n",
	   fmax (peak, 1) * 1.2);
  char *words = element_name (list, element, key);
  if (json_is_integer (name))
    put_all_marks (timeline, words != NULL ? words : "", false);
  else if (json_is_string (name))
    put_all_marks (timeline, json_string_value (name), false);
  fprintf (page->script,
	   "plot D index 0 using 2:%u with fillsteps fs solid noborder fc rgb "
	   "'%s'\nset xtics scale 0.5\n",
	   column, is_others ? PAGE_GREY : PAGE_BLUE);
  page_label (page, LEFT - 12, y, PAGE_TEXT, PAGE_RIGHT,
	      words != NULL ? words : "");
  free (words);
  page_label (page, PAGE_WIDTH - PAGE_MARGIN - 130, y, PAGE_TEXT, PAGE_RIGHT,
	      draw_count (draw_member_integer (element, "events")).text);
  page_label (page, PAGE_WIDTH - PAGE_MARGIN, y, PAGE_TEXT, PAGE_RIGHT,
	      draw_number (peak * timeline->rate.scale).text);
}

/* The rows of GROUP, whose first column in the data is COLUMN.  */
static void
put_rows (struct timeline *timeline, int group, unsigned column)
{
  struct page *page = timeline->page;
  const json_t *list
      = json_object_get (timeline->timeline, groups[group].group);
  const json_t *element;
  char peak[64];
  size_t i;

  if (json_array_size (list) == 0)
    return;
  timeline->top += 26;
  snprintf (peak, sizeof peak, "peak %s", timeline->rate.words);
  page_label (page, PAGE_MARGIN, timeline->top, PAGE_HEADING, PAGE_LEFT,
	      groups[group].heading);
  page_label (page, PAGE_WIDTH - PAGE_MARGIN, timeline->top, PAGE_SMALL,
	      PAGE_RIGHT, peak);
  page_label (page, PAGE_WIDTH - PAGE_MARGIN - 130, timeline->top, PAGE_SMALL,
	      PAGE_RIGHT, "events");
  timeline->top += 14;
  json_array_foreach (list, i, element)
    {
      put_row (timeline, list, element, groups[group].key, column++,
	       timeline->top);
      timeline->top += PAGE_ROW;
    }
  timeline->top += 12;
}

bool
draw_timeline (struct page *page, const json_t *document)
{
  const json_t *member = json_object_get (document, "timeline");
  size_t bins = json_array_size (json_object_get (member, "total"));
  int64_t bin_ns = draw_member_integer (member, "bin_ns");
  struct timeline timeline = { .page = page,
			       .document = document,
			       .timeline = member,
			       .rate = draw_rate (member) };
  unsigned column = 4;

  timeline.top = page_title (page, "Events over time", document);
  if (draw_is_empty (document) || bins == 0 || bin_ns <= 0)
    page_label (page, PAGE_WIDTH / 2., timeline.top + 80, PAGE_HEADING,
		PAGE_CENTER, "no events in this trace");
  else
    {
      timeline.time = page_time (draw_member_integer (member, "first_ns"),
				 (double) bin_ns * (double) bins);
      timeline.bin = (double) bin_ns / timeline.time.unit_ns;
      put_bins (&timeline);
      put_total (&timeline);
      for (int group = 0; group < GROUPS; group++)
	{
	  put_rows (&timeline, group, column);
	  column += json_array_size (
	      json_object_get (member, groups[group].group));
	}
    }
  page->height = fmax (timeline.top + PAGE_MARGIN, 280);
  return page_finish (page);
}
