/* mdtrace trend: a series, drawn in a terminal.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A column is one second or several, and each value leaves a mark in its own;
   a column without any is a gap.  What is left of the plot is the scale, with
   three labels, and below it stands when it begins and ends.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trend.h"

enum
{
  WIDTH = 80,
  ROWS = 15, /* odd: the middle has a label too */
  LABEL_MAX = 24,
  COLUMNS_MAX = WIDTH - 3,
  COLUMNS_MIN = 20, /* for two times of day below */
  STRETCH_MAX = 4   /* columns of one second */
};

struct plot
{
  char marks[ROWS][COLUMNS_MAX + 1];
  unsigned columns;
  double low, high; /* of the scale */
};

/* The scale is from the least to the greatest value.  If they are the same it
   lies in the middle, with a tenth of it, or one unit, on both sides.  */
static void
find_scale (struct plot *plot, const struct trend_series *series)
{
  double low = (double) series->points[0].value, high = low;

  for (size_t i = 1; i < series->count; i++)
    {
      double value = (double) series->points[i].value;
      low = value < low ? value : low;
      high = value > high ? value : high;
    }
  if (low == high)
    {
      double size = low < 0 ? -low : low;
      double room = size / 10 > 1000 ? size / 10 : 1000;
      low -= room;
      high += room;
    }
  plot->low = low;
  plot->high = high;
}

/* The row of VALUE, from above; it may lie beyond them.  */
static int
row_of (const struct plot *plot, double value)
{
  double place
      = (plot->high - value) * (ROWS - 1) / (plot->high - plot->low) + 0.5;

  return place < 0 ? -1 : place >= ROWS ? ROWS : (int) place;
}

static void
put_marks (struct plot *plot, const struct trend_series *series,
	   unsigned columns_max)
{
  uint64_t first = series->points[0].second;
  uint64_t seconds = series->points[series->count - 1].second - first;
  uint64_t stretch = seconds < columns_max ? columns_max / (seconds + 1) : 0;

  if (stretch > STRETCH_MAX)
    stretch = STRETCH_MAX;
  for (size_t i = 0; i < series->count; i++)
    {
      uint64_t second = series->points[i].second - first;
      unsigned column
	  = stretch > 0
		? (unsigned) (second * stretch)
		: (unsigned) ((double) second * (columns_max - 1) / seconds);
      plot->marks[row_of (plot, (double) series->points[i].value)][column]
	  = '*';
      plot->columns = column + 1;
    }
  if (plot->columns < COLUMNS_MIN)
    plot->columns = COLUMNS_MIN;
}

/* "-" where USUAL is, behind the marks; false if that lies elsewhere.  */
static bool
put_usual (struct plot *plot, const int64_t *usual)
{
  int row = usual == NULL ? -1 : row_of (plot, (double) *usual);

  if (row < 0 || row >= ROWS)
    return false;
  for (unsigned i = 0; i < plot->columns; i++)
    if (plot->marks[row][i] == ' ')
      plot->marks[row][i] = '-';
  return true;
}

static void
time_text (char text[TREND_TEXT_BYTES], uint64_t time_ns)
{
  time_t seconds = (time_t) (time_ns / 1000000000);
  struct tm local;

  localtime_r (&seconds, &local);
  strftime (text, TREND_TEXT_BYTES, "%H:%M:%S", &local);
}

/* The line below, and when the first and the last value were: the end of that
   lies below LAST_COLUMN.  */
static void
print_times (FILE *file, const struct plot *plot,
	     const struct trend_series *series, unsigned label_width,
	     unsigned last_column)
{
  char first[TREND_TEXT_BYTES], last[TREND_TEXT_BYTES];

  time_text (first, series->points[0].time_ns);
  time_text (last, series->points[series->count - 1].time_ns);
  fprintf (file, "%*s +", (int) label_width, "");
  for (unsigned i = 0; i < plot->columns; i++)
    fputc ('-', file);
  fprintf (file, "\n%*s  %s", (int) label_width, "", first);
  unsigned used = strlen (first) + 1 + strlen (last);
  if (series->count > 1)
    fprintf (file, "%*s",
	     (int) (strlen (last) + 1
		    + (last_column > used ? last_column - used : 0)),
	     last);
  fputc ('\n', file);
}

void
trend_plot (FILE *file, const struct trend_series *series,
	    struct trend_unit unit, const int64_t *usual)
{
  char labels[ROWS][TREND_TEXT_BYTES] = { { 0 } };
  unsigned label_width = 0;
  struct plot plot = { .columns = 0 };

  find_scale (&plot, series);
  for (int row = 0; row < ROWS; row += (ROWS - 1) / 2)
    {
      double value = plot.high - (plot.high - plot.low) * row / (ROWS - 1);
      trend_text (labels[row], (int64_t) value, unit, false);
      labels[row][LABEL_MAX] = '\0';
      if (strlen (labels[row]) > label_width)
	label_width = strlen (labels[row]);
    }
  memset (plot.marks, ' ', sizeof plot.marks);
  put_marks (&plot, series, WIDTH - 3 - label_width);
  unsigned last_column = plot.columns;
  bool has_usual = put_usual (&plot, usual);
  for (int row = 0; row < ROWS; row++)
    {
      unsigned end = plot.columns;
      while (end > 0 && plot.marks[row][end - 1] == ' ')
	end--;
      fprintf (file, "%*s |%.*s\n", (int) label_width, labels[row], (int) end,
	       plot.marks[row]);
    }
  print_times (file, &plot, series, label_width, last_column);
  fprintf (file, "%*s  *: a value%s\n", (int) label_width, "",
	   has_usual ? "   -: what is usual" : "");
}
