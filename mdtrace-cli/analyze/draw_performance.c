/* dtrace_performance: where time goes, and what counters did.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A row for each bottleneck: on the left a bar for all of its time, dark what
   it spent itself; on the right, by the logarithm, how long one took.  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "draw_page.h"

enum
{
  LEFT = 330,
  BARS_RIGHT = 740,
  MARKS_LEFT = 960,
  MARKS_RIGHT = PAGE_WIDTH - 50,
  ROW = 30,
  ROWS_MAX = 20
};

static const char *const quantiles[]
    = { "p50_ns", "p90_ns", "p99_ns", "max_ns" };

/* The data: a line for each bottleneck.  */
static unsigned
put_data (struct page *page, const json_t *list, size_t rows)
{
  static const char *const keys[]
      = { "total_ns", "self_ns", "p50_ns", "p90_ns", "p99_ns", "max_ns" };
  unsigned block = page_block (
      page, "bottlenecks: row, total_ns, self_ns, p50_ns, p90_ns, p99_ns, "
	    "max_ns");

  for (size_t i = 0; i < rows; i++)
    {
      const json_t *element = json_array_get (list, i);
      fprintf (page->data, "%zu", i);
      for (int key = 0; key < 6; key++)
	if (draw_has (element, keys[key]))
	  fprintf (page->data, "\t%" PRId64,
		   draw_member_integer (element, keys[key]));
	else
	  fputs ("\tNaN", page->data);
      fputc ('\n', page->data);
    }
  return block;
}

/* Set up rows of PAGE from TOP on.  */
static void
begin_rows (struct page *page, double left, double right, double top,
	    size_t rows)
{
  page_panel (page, left, top, right, top + (double) rows * ROW);
  fprintf (page->script,
	   "set border 1\nset yrange [%zu:0]\n"
	   "set grid xtics lt 1 lw 0.7 lc rgb '#dddddd'\n",
	   rows);
}

static void
put_bars (struct page *page, const json_t *list, size_t rows, unsigned block,
	  double top)
{
  double greatest = 1;

  for (size_t i = 0; i < rows; i++)
    greatest = fmax (greatest,
		     draw_member_real (json_array_get (list, i), "total_ns"));
  begin_rows (page, LEFT, BARS_RIGHT, top, rows);
  fprintf (page->script, "set xrange [0:%.17g]\n", greatest * 1.02);
  page_tics (page, "x", 0, greatest * 1.02, BARS_RIGHT - LEFT, "ns");
  fprintf (page->script,
	   "plot D index %u using (0):1:(0):2:($1+0.2):($1+0.8) with "
	   "boxxyerror fs solid noborder fc rgb '%s', \\\n"
	   "  D index %u using (0):1:(0):3:($1+0.2):($1+0.8) with boxxyerror "
	   "fs solid noborder fc rgb '%s'\n",
	   block, PAGE_SKY, block, PAGE_BLUE);
  /* How long that is, behind each bar.  */
  for (size_t i = 0; i < rows; i++)
    {
      int64_t total_ns
	  = draw_member_integer (json_array_get (list, i), "total_ns");
      double length = (double) total_ns / (greatest * 1.02);
      page_label (page, LEFT + length * (BARS_RIGHT - LEFT) + 6,
		  top + ((double) i + 0.5) * ROW, PAGE_SMALL, PAGE_LEFT,
		  draw_duration (total_ns).text);
    }
  page_label (page, LEFT, top - 12, PAGE_SMALL, PAGE_LEFT,
	      "time in all; dark: its own");
  page_label (page, BARS_RIGHT + 140, top - 12, PAGE_SMALL, PAGE_RIGHT,
	      "as share of CPU time");
}

static void
put_quantiles (struct page *page, const json_t *list, size_t rows,
	       unsigned block, double top)
{
  double least = INFINITY, greatest = 1;

  for (size_t i = 0; i < rows; i++)
    for (int j = 0; j < 4; j++)
      {
	double value
	    = draw_member_real (json_array_get (list, i), quantiles[j]);
	if (value > 0)
	  {
	    least = fmin (least, value);
	    greatest = fmax (greatest, value);
	  }
      }
  double low = floor (log10 (fmin (least, greatest)) - 0.05);
  double high = ceil (log10 (greatest) + 0.05);
  low = fmax (low, 0);
  begin_rows (page, MARKS_LEFT, MARKS_RIGHT, top, rows);
  fprintf (page->script, "set xrange [%g:%g]\nset logscale x\n", pow (10, low),
	   pow (10, high));
  page_powers (page, "x", (int) low, (int) high, MARKS_RIGHT - MARKS_LEFT,
	       "ns");
  fprintf (page->script,
	   "plot D index %u using 4:($1+0.5):($6-$4):(0) with vectors nohead "
	   "lw 4 lc rgb '%s', \\\n"
	   "  D index %u using 6:($1+0.5):($7-$6):(0) with vectors nohead "
	   "lw 1 lc rgb '%s', \\\n",
	   block, PAGE_SKY, block, PAGE_GREY);
  static const struct
  {
    int column, point;
    const char *color;
  } marks[] = { { 4, 7, PAGE_BLUE },
		{ 5, 5, PAGE_GREEN },
		{ 6, 9, PAGE_RED },
		{ 7, 2, PAGE_GREY } };
  for (int i = 0; i < 4; i++)
    fprintf (page->script,
	     "  D index %u using %d:($1+0.5) with points pt %d ps 1 lc rgb "
	     "'%s'%s",
	     block, marks[i].column, marks[i].point, marks[i].color,
	     i < 3 ? ", \\\n" : "\n");
}

/* What the marks of quantiles are, above them.  */
static void
put_legend (struct page *page, double top)
{
  static const char *const words[] = { "half", "90 %", "99 %", "longest" };
  static const int points[] = { 7, 5, 9, 2 };
  static const char *const colors[]
      = { PAGE_BLUE, PAGE_GREEN, PAGE_RED, PAGE_GREY };

  page_label (page, MARKS_LEFT, top - 12, PAGE_SMALL, PAGE_LEFT,
	      "one took at most:");
  page_panel (page, 0, top - 22, PAGE_WIDTH, top - 2);
  fputs ("unset border\nset xrange [0:W]\nset yrange [0:1]\nplot ",
	 page->script);
  for (int i = 0; i < 4; i++)
    {
      double x = MARKS_LEFT + 130 + i * 80;
      fprintf (page->script,
	       "%s'+' using (%g):(0.5) every ::0::0 with points pt %d ps 1 "
	       "lc rgb '%s'",
	       i > 0 ? ", " : "", x, points[i], colors[i]);
      page_label (page, x + 10, top - 12, PAGE_SMALL, PAGE_LEFT, words[i]);
    }
  fputc ('\n', page->script);
}

static double
put_bottlenecks (struct page *page, const json_t *list, double top)
{
  size_t rows = json_array_size (list);

  top += 30;
  page_label (page, PAGE_MARGIN, top, PAGE_HEADING, PAGE_LEFT,
	      "Where time goes");
  if (rows == 0)
    {
      page_label (page, LEFT, top, PAGE_TEXT, PAGE_LEFT,
		  "no calls and no waits in this trace");
      return top + 30;
    }
  if (rows > ROWS_MAX)
    rows = ROWS_MAX;
  unsigned block = put_data (page, list, rows);
  top += 44;
  put_bars (page, list, rows, block, top);
  put_quantiles (page, list, rows, block, top);
  put_legend (page, top);
  for (size_t i = 0; i < rows; i++)
    {
      const json_t *element = json_array_get (list, i);
      char *name
	  = draw_elide (draw_member_text (element, "name"), PAGE_NAME - 10);
      char *words;
      double y = top + ((double) i + 0.5) * ROW;
      if (asprintf (&words, "%s: %s", draw_member_text (element, "kind"),
		    name != NULL ? name : "")
	  < 0)
	words = NULL;
      page_label (page, LEFT - 12, y, PAGE_TEXT, PAGE_RIGHT,
		  words != NULL ? words : "");
      page_label (page, BARS_RIGHT + 140, y, PAGE_TEXT, PAGE_RIGHT,
		  draw_percent (draw_member_real (element, "share")).text);
      free (words);
      free (name);
    }
  return top + (double) rows * ROW + 50;
}

bool
draw_performance (struct page *page, const json_t *document)
{
  bool has_series = json_object_get (document, "series") != NULL;
  double top
      = page_title (page,
		    has_series ? "Where time goes, and what counters did"
			       : "Where time goes",
		    document);

  top = put_bottlenecks (page, json_object_get (document, "bottlenecks"), top);
  if (has_series)
    top = draw_counters (page, document, top);
  page->height = top + PAGE_MARGIN;
  return page_finish (page);
}
