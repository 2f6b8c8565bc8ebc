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
  double bin_s, bin; /* a bin, and as on the axis */
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
  json_array_foreach (
      list, i,
      other) if (other != element && draw_has (element, "address")
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

/* How wide the bar of a bin is: a bit wider than it, or the background would
   shine through where two meet.  */
static double
covering (const struct timeline *timeline)
{
  double width = timeline->time.span_ns / timeline->time.unit_ns;

  return timeline->bin + width / (RIGHT - LEFT) / 2;
}

/* The data: a line for each bin.  */
static void
put_bins (const struct timeline *timeline)
{
  FILE *data = timeline->page->data;
  const json_t *list, *element;
  size_t bins
      = json_array_size (json_object_get (timeline->timeline, "total"));
  size_t i;

  page_block (timeline->page,
	      "bins: begin_ns, place on the axis, events, then those of each "
	      "CPU, task and probe in the order of the document");
  for (size_t bin = 0; bin < bins; bin++)
    {
      int64_t begin_ns
	  = timeline->time.first_ns
	    + (int64_t) bin
		  * draw_member_integer (timeline->timeline, "bin_ns");
      fprintf (data, "%" PRId64 "\t%.17g\t%" PRId64, begin_ns,
	       (double) bin * timeline->bin,
	       (int64_t) json_integer_value (json_array_get (
		   json_object_get (timeline->timeline, "total"), bin)));
      for (int group = 0; group < GROUPS; group++)
	{
	  list = json_object_get (timeline->timeline, groups[group].group);
	  json_array_foreach (list, i, element)
	      fprintf (data, "\t%" PRId64,
		       (int64_t) json_integer_value (json_array_get (
			   json_object_get (element, "counts"), bin)));
	}
      fputc ('\n', data);
    }
}

/* Shade what LIST, bursts or gaps, has, in COLOR, and say by how much where
   there is room.  */
static void
put_marks (const struct timeline *timeline, const json_t *list,
	   const char *color, bool are_bursts)
{
  double free_from = LEFT;
  const json_t *mark;
  size_t i;

  json_array_foreach (list, i, mark)
  {
    int64_t begin_ns = draw_member_integer (mark, "begin_ns");
    int64_t end_ns = draw_member_integer (mark, "end_ns");
    double begin = page_place (&timeline->time, begin_ns);
    double end = page_place (&timeline->time, end_ns);
    double width = timeline->time.span_ns / timeline->time.unit_ns;
    double pixel = width / (RIGHT - LEFT);
    char words[80];
    if (i == MARKS_MAX)
      break;
    /* What is short is to be seen too.  */
    if (end - begin < 2 * pixel)
      end = begin + 2 * pixel;
    fprintf (timeline->page->script,
	     "set object rect from %.17g,graph 0 to %.17g,graph 1 behind fc "
	     "rgb '%s' fs solid 0.25 noborder\n",
	     begin, fmin (end, width), color);
    double x = LEFT + (begin + end) / 2 / pixel;
    if (are_bursts)
      snprintf (words, sizeof words, "%s times",
		draw_number (draw_member_real (mark, "ratio")).text);
    else
      snprintf (words, sizeof words, "%s",
		draw_duration (end_ns - begin_ns).text);
    if (x < free_from || x + MARK_ROOM / 2 > RIGHT)
      continue;
    free_from = x + MARK_ROOM;
    page_label (timeline->page, x, timeline->top - (are_bursts ? 10 : -10),
		PAGE_SMALL, PAGE_CENTER, words);
  }
}

static void
put_total (struct timeline *timeline)
{
  struct page *page = timeline->page;
  const json_t *total = json_object_get (timeline->timeline, "total"), *count;
  const json_t *bursts = json_object_get (timeline->timeline, "bursts");
  const json_t *gaps = json_object_get (timeline->timeline, "gaps");
  double greatest = 0;
  size_t i;

  json_array_foreach (total, i, count) greatest
      = fmax (greatest, draw_real (count) / timeline->bin_s);
  timeline->top += 34;
  page_label (page, PAGE_MARGIN, timeline->top, PAGE_HEADING, PAGE_LEFT,
	      "All events, per second");
  page_label (page, PAGE_MARGIN, timeline->top + 24, PAGE_SMALL, PAGE_LEFT,
	      json_array_size (bursts) > 0 ? "bursts: orange" : "no bursts");
  page_label (page, PAGE_MARGIN, timeline->top + 42, PAGE_SMALL, PAGE_LEFT,
	      json_array_size (gaps) > 0 ? "gaps: grey" : "no gaps");
  page_panel (page, LEFT, timeline->top, RIGHT, timeline->top + TOTAL_HEIGHT);
  page_time_axis (page, &timeline->time, RIGHT - LEFT, true,
		  (LEFT + RIGHT) / 2., timeline->top + TOTAL_HEIGHT + 36);
  double high = greatest > 0 ? greatest * 1.12 : 1;
  fprintf (page->script, "set yrange [0:%.17g]\n", high);
  page_tics (page, "y", 0, high, TOTAL_HEIGHT, "");
  fputs ("set grid ytics lt 1 lw 0.7 lc rgb '#dddddd'\n", page->script);
  put_marks (timeline, gaps, PAGE_GREY, false);
  put_marks (timeline, bursts, PAGE_ORANGE, true);
  fprintf (page->script,
	   "plot D index 0 using 2:($3/%.17g):2:($2+%.17g):(0):($3/%.17g) "
	   "with boxxyerror fs solid noborder fc rgb '%s'\n",
	   timeline->bin_s, covering (timeline), timeline->bin_s, PAGE_BLUE);
  timeline->top += TOTAL_HEIGHT + 50;
}

/* The rows of GROUP, whose first column in the data is COLUMN.  */
static void
put_rows (struct timeline *timeline, int group, unsigned column)
{
  struct page *page = timeline->page;
  const json_t *list
      = json_object_get (timeline->timeline, groups[group].group);
  const json_t *element, *count;
  size_t rows = json_array_size (list), i, j;

  if (rows == 0)
    return;
  timeline->top += 26;
  page_label (page, PAGE_MARGIN, timeline->top, PAGE_HEADING, PAGE_LEFT,
	      groups[group].heading);
  page_label (page, PAGE_WIDTH - PAGE_MARGIN, timeline->top, PAGE_SMALL,
	      PAGE_RIGHT, "peak per second");
  page_label (page, PAGE_WIDTH - PAGE_MARGIN - 130, timeline->top, PAGE_SMALL,
	      PAGE_RIGHT, "events");
  timeline->top += 14;
  double height = (double) rows * PAGE_ROW;
  page_panel (page, LEFT, timeline->top, RIGHT, timeline->top + height);
  page_time_axis (page, &timeline->time, RIGHT - LEFT, false, 0, 0);
  fprintf (
      page->script,
      "set border 1\nset yrange [%zu:0]\nset grid xtics lt 1 lw 0.7 lc rgb "
      "'#eeeeee'\n",
      rows);
  for (i = 0; i < rows; i++)
    fprintf (page->script,
	     "set arrow from graph 0,first %zu to graph 1,first %zu nohead lc "
	     "rgb '#dddddd' back\n",
	     i + 1, i + 1);
  fputs ("plot ", page->script);
  json_array_foreach (list, i, element)
  {
    bool is_others = json_is_true (json_object_get (element, "others"));
    double peak = 0, y = timeline->top + ((double) i + 0.5) * PAGE_ROW;
    json_array_foreach (json_object_get (element, "counts"), j, count) peak
	= fmax (peak, draw_real (count));
    fprintf (page->script,
	     "%sD index 0 using 2:(%zu-$%zu*%.17g):2:($2+%.17g):(%zu):"
	     "(%zu-$%zu*%.17g) with boxxyerror fs solid noborder fc rgb "
	     "'%s'",
	     i > 0 ? ", \\\n  " : "", i + 1, column + i,
	     peak > 0 ? 0.86 / peak : 0, timeline->bin, i + 1, i + 1,
	     column + i, peak > 0 ? 0.86 / peak : 0,
	     is_others ? PAGE_GREY : PAGE_BLUE);
    char *name = element_name (list, element, groups[group].key);
    page_label (page, LEFT - 12, y, PAGE_TEXT, PAGE_RIGHT,
		name != NULL ? name : "");
    free (name);
    page_label (page, PAGE_WIDTH - PAGE_MARGIN - 130, y, PAGE_TEXT, PAGE_RIGHT,
		draw_count (draw_member_integer (element, "events")).text);
    page_label (page, PAGE_WIDTH - PAGE_MARGIN, y, PAGE_TEXT, PAGE_RIGHT,
		draw_number (peak / timeline->bin_s).text);
  }
  fputc ('\n', page->script);
  timeline->top += height + 12;
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
			       .bin_s = (double) bin_ns / 1e9 };
  unsigned column = 4;

  timeline.top = page_title (page, "Events over time", document);
  if (bins == 0 || bin_ns <= 0)
    page_label (page, PAGE_WIDTH / 2., timeline.top + 80, PAGE_HEADING,
		PAGE_CENTER, "no events in this trace");
  else
    {
      timeline.time = page_time (draw_member_integer (member, "first_ns"),
				 bin_ns <= INT64_MAX / (int64_t) bins
				     ? bin_ns * (int64_t) bins
				     : INT64_MAX);
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
  page->height = timeline.top + (bins > 0 ? PAGE_MARGIN : 200);
  return page_finish (page);
}
