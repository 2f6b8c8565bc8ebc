/* dtrace_heatmap: how long and how much, over time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A cell is the darker the more is in it, by the logarithm; one with nothing
   in it stays white.  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw_page.h"

enum
{
  LEFT = 300,
  RIGHT = PAGE_WIDTH - 130,
  BAR_LEFT = RIGHT + 24,
  BAR_RIGHT = RIGHT + 42,
  HEIGHT_MIN = 90, /* so that the scale has room */
  HEIGHT_MAX = 400
};

/* From light to dark, told apart by brightness alone too.  */
static const char palette[]
    = "set palette defined (0 '#f3e79b', 1 '#f9b282', 2 '#eb7f86', "
      "3 '#a05195', 4 '#5c3a92', 5 '#241c5a')\n";

/* Whether the rows of MAP are ranges of durations, and not things.  */
static bool
has_ranges (const json_t *map)
{
  return strncmp (draw_member_text (map, "what"), "latency", 7) == 0;
}

/* The data of MAP to *BLOCK.  Returns the greatest of it.  */
static double
put_cells (struct page *page, const json_t *map, unsigned *block)
{
  const json_t *cells = json_object_get (map, "cells"), *row, *cell;
  double greatest = 0;
  size_t i, j;

  *block = page_block (page, "cells: a line for each row, a column for each "
			     "bin");
  json_array_foreach (cells, i, row)
    json_array_foreach (row, j, cell)
      {
	greatest = fmax (greatest, draw_real (cell));
	fprintf (page->data, "%" PRId64 "%c",
		 (int64_t) json_integer_value (cell),
		 j + 1 < json_array_size (row) ? '\t' : '\n');
      }
  return greatest;
}

/* What the rows of MAP are, beside them.  */
static void
put_row_names (struct page *page, const json_t *map, double top, double height)
{
  const json_t *rows = json_object_get (map, "rows"), *row;
  size_t count = json_array_size (rows), i;
  double each = height / (double) count;
  bool are_ranges = has_ranges (map);
  size_t step = (size_t) ceil (18 / each);

  json_array_foreach (rows, i, row)
    {
      if (i % step != 0)
	continue;
      if (are_ranges)
	{
	  /* Where the row begins, at its lower edge.  */
	  page_label (page, LEFT - 12, top + height - (double) i * each,
		      PAGE_TEXT, PAGE_RIGHT,
		      draw_duration (draw_member_integer (row, "low")).text);
	  continue;
	}
      char *name = draw_elide (draw_member_text (row, "label"), PAGE_NAME);
      page_label (page, LEFT - 12, top + ((double) i + 0.5) * each, PAGE_TEXT,
		  PAGE_RIGHT,
		  name == NULL || name[0] == '\0' ? "(no name)" : name);
      free (name);
    }
  if (are_ranges && count % step == 0)
    page_label (page, LEFT - 12, top, PAGE_TEXT, PAGE_RIGHT,
		draw_duration (draw_member_integer (
				   json_array_get (rows, count - 1), "high"))
		    .text);
}

/* What colours mean, from 1 to GREATEST.  */
static void
put_bar (struct page *page, double greatest, const char *what, double top,
	 double height)
{
  enum
  {
    TEXT_HEIGHT = 18
  };
  double high = fmax (greatest, 2);

  page_label (page, PAGE_WIDTH - PAGE_MARGIN, top - 16, PAGE_SMALL, PAGE_RIGHT,
	      what);
  /* If there is one colour, it needs no scale.  */
  if (greatest < 2)
    {
      page_label (page, BAR_LEFT, top + 10, PAGE_SMALL, PAGE_LEFT, "1 each");
      return;
    }
  page_panel (page, BAR_LEFT, top, BAR_RIGHT, top + height);
  fprintf (page->script,
	   "set border 15\nset xrange [0:1]\nset yrange [1:%.17g]\n"
	   "set logscale y\nset logscale cb\n"
	   "set cbrange [1:%.17g]\nset isosamples 2,128\nset samples 2,128\n"
	   "set pm3d map\nsplot [0:1][1:%.17g] y with pm3d\nunset pm3d\n"
	   "unset logscale\n",
	   high, high, high);
  /* The end, and the powers of ten that have room below it.  */
  double end = top + height * (1 - log (greatest) / log (high));
  page_label (page, BAR_RIGHT + 6, end, PAGE_SMALL, PAGE_LEFT,
	      draw_number (greatest).text);
  double free_from = top + height + TEXT_HEIGHT;
  for (double power = 1; power < greatest; power *= 10)
    {
      double y = top + height * (1 - log (power) / log (high));
      if (y - end < TEXT_HEIGHT || free_from - y < TEXT_HEIGHT)
	continue;
      page_label (page, BAR_RIGHT + 6, y, PAGE_SMALL, PAGE_LEFT,
		  draw_number (power).text);
      free_from = y;
    }
}

/* MAP at TOP; returns where it ends.  */
static double
put_map (struct page *page, const json_t *map, double top)
{
  int64_t bin_ns = draw_member_integer (map, "bin_ns");
  size_t bins
      = json_array_size (json_array_get (json_object_get (map, "cells"), 0));
  size_t rows = json_array_size (json_object_get (map, "rows"));
  bool are_ranges = has_ranges (map);
  unsigned block;

  char *what = draw_elide (draw_member_text (map, "what"), 100);
  top += 36;
  if (what != NULL && what[0] >= 'a' && what[0] <= 'z')
    what[0] += 'A' - 'a';
  page_label (page, PAGE_MARGIN, top - 20, PAGE_HEADING, PAGE_LEFT,
	      what != NULL ? what : "");
  free (what);
  double height = fmin (
      HEIGHT_MAX, fmax (HEIGHT_MIN, (double) rows * (are_ranges ? 14 : 24)));
  double greatest = bins > 0 && rows > 0 ? put_cells (page, map, &block) : 0;
  if (greatest <= 0 || bin_ns <= 0)
    {
      page_label (page, LEFT, top + 10, PAGE_TEXT, PAGE_LEFT,
		  are_ranges ? "no calls in this trace"
			     : "no events in this trace");
      return top + 30;
    }
  struct page_time time = page_time (draw_member_integer (map, "first_ns"),
				     (double) bin_ns * (double) bins);
  double bin = (double) bin_ns / time.unit_ns;
  char range[48];
  /* Durations grow upwards; of things the first is on top.  */
  snprintf (range, sizeof range, are_ranges ? "0:%zu" : "%zu:0", rows);
  put_row_names (page, map, top, height);
  page_panel (page, LEFT, top, RIGHT, top + height);
  page_time_axis (page, &time, RIGHT - LEFT, true, (LEFT + RIGHT) / 2.,
		  top + height + 36);
  /* A rectangle for each cell: an image needs two rows and bins at least.  */
  double half = bin / 2 + time.span_ns / time.unit_ns / (RIGHT - LEFT) / 4;
  fprintf (page->script,
	   "%sset border 15\nset yrange [%s]\nset logscale cb\n"
	   "set cbrange [1:%.17g]\n"
	   "plot D index %u matrix using ($3>0?($1+0.5)*%.17g:NaN):($2+0.5):"
	   "(($1+0.5)*%.17g-%.17g):(($1+0.5)*%.17g+%.17g):"
	   "2:($2+1):3 with boxxyerror fs solid noborder fc "
	   "palette\n",
	   palette, range, fmax (greatest, 2), block, bin, bin, half, bin,
	   half);
  put_bar (page, greatest, are_ranges ? "calls per cell" : "events per cell",
	   top, height);
  return top + height + 56;
}

bool
draw_heatmap (struct page *page, const json_t *document)
{
  const json_t *maps = json_object_get (document, "heatmaps");
  double top = page_title (page, "Latency and activity over time", document);
  size_t i;

  bool is_empty = draw_is_empty (document) || json_array_size (maps) == 0;

  for (i = 0; !is_empty && i < json_array_size (maps); i++)
    top = put_map (page, json_array_get (maps, i), top);
  if (is_empty)
    {
      page_label (page, PAGE_WIDTH / 2., top + 80, PAGE_HEADING, PAGE_CENTER,
		  "no events in this trace");
      top += 180;
    }
  page->height = top + PAGE_MARGIN;
  return page_finish (page);
}
