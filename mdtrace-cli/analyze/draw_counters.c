/* dtrace_performance: counters over time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A panel for each series, those of which there is something to say first;
   what was found out of the ordinary is shaded, and what is predicted stands
   behind the end with its interval.  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw_page.h"

enum
{
  LEFT = 330,
  RIGHT = PAGE_WIDTH - 50,
  HEIGHT = 78,
  ROOM = 18,
  SERIES_MAX = 16,
  FINDINGS_MAX = 50
};

struct counters
{
  struct page *page;
  const json_t *document;
  struct page_time time;
};

static bool
is_of (const json_t *finding, const char *key, const json_t *series)
{
  return strcmp (draw_member_text (finding, key),
		 draw_member_text (series, "name"))
	 == 0;
}

/* The prediction of SERIES; null if there is none.  */
static const json_t *
find_prediction (const json_t *document, const json_t *series)
{
  const json_t *prediction;
  size_t i;

  json_array_foreach (json_object_get (document, "predictions"), i, prediction)
    if (is_of (prediction, "series", series))
      return prediction;
  return NULL;
}

/* How much there is to say of SERIES.  */
static int
interest (const json_t *document, const json_t *series)
{
  const json_t *anomaly;
  int found = find_prediction (document, series) != NULL;
  size_t i;

  json_array_foreach (json_object_get (document, "anomalies"), i, anomaly)
    if (is_of (anomaly, "series", series))
      found += 2;
  return found;
}

/* The least and the greatest that SERIES and PREDICTION have to *LOW and
 *HIGH; false if there is no value.  */
static bool
find_range (const json_t *series, const json_t *prediction, double *low,
	    double *high)
{
  const json_t *value;
  size_t i;

  *low = INFINITY;
  *high = -INFINITY;
  json_array_foreach (json_object_get (series, "values"), i, value)
    if (json_is_number (value))
      {
	*low = fmin (*low, draw_real (value));
	*high = fmax (*high, draw_real (value));
      }
  if (*low > *high)
    return false;
  if (prediction != NULL)
    {
      *low = fmin (*low, draw_member_real (prediction, "low"));
      *high = fmax (*high, draw_member_real (prediction, "high"));
    }
  /* Differences of these are numbers too.  */
  *low = fmax (*low, -1e300);
  *high = fmin (*high, 1e300);
  /* From 0 on, where that does not hide what happens.  */
  if (*low > 0 && *low < *high / 2)
    *low = 0;
  double room = *high > *low ? (*high - *low) * 0.1 : fabs (*high) * 0.1 + 1;
  *high += room;
  if (*low != 0)
    *low -= room;
  return true;
}

static unsigned
put_values (const struct counters *counters, const json_t *series)
{
  const json_t *values = json_object_get (series, "values"), *value;
  int64_t first_ns = draw_member_integer (series, "first_ns");
  int64_t step_ns = draw_member_integer (series, "step_ns");
  unsigned block = page_block (counters->page,
			       "a counter: time_ns, place on the axis, value");
  size_t i;

  json_array_foreach (values, i, value)
    {
      int64_t time_ns = draw_later (first_ns, step_ns, i);
      fprintf (counters->page->data, "%" PRId64 "\t%.17g\t", time_ns,
	       page_place (&counters->time, time_ns));
      if (json_is_number (value))
	fprintf (counters->page->data, "%.17g\n", draw_real (value));
      else
	fputs ("NaN\n", counters->page->data);
    }
  return block;
}

static void
shade_anomalies (const struct counters *counters, const json_t *series)
{
  double pixel = (double) counters->time.span_ns / counters->time.unit_ns
		 / (RIGHT - LEFT);
  const json_t *anomaly;
  unsigned shaded = 0;
  size_t i;

  json_array_foreach (json_object_get (counters->document, "anomalies"), i,
		      anomaly)
    if (is_of (anomaly, "series", series) && shaded++ < FINDINGS_MAX)
      {
	double begin = page_place (&counters->time,
				   draw_member_integer (anomaly, "begin_ns"));
	double end = page_place (&counters->time,
				 draw_member_integer (anomaly, "end_ns"));
	fprintf (counters->page->script,
		 "set object rect from %.17g,graph 0 to %.17g,graph 1 behind "
		 "fc rgb '%s' fs solid 0.3 noborder\n",
		 begin, fmax (end, begin + 3 * pixel), PAGE_ORANGE);
      }
}

/* When the last step of SERIES begins.  */
static int64_t
last_ns (const json_t *series)
{
  size_t count = json_array_size (json_object_get (series, "values"));

  return draw_later (draw_member_integer (series, "first_ns"),
		     draw_member_integer (series, "step_ns"),
		     count > 0 ? count - 1 : 0);
}

/* The panel of SERIES with its upper edge at TOP.  */
static void
put_series (const struct counters *counters, const json_t *series, double top,
	    bool is_last)
{
  struct page *page = counters->page;
  const json_t *prediction = find_prediction (counters->document, series);
  const char *unit = draw_member_text (series, "unit");
  double low, high;

  char *name = draw_elide (draw_member_text (series, "name"), PAGE_NAME - 3);
  page_label (page, PAGE_MARGIN, top + 14, PAGE_TEXT, PAGE_LEFT,
	      name != NULL ? name : "");
  page_label (page, PAGE_MARGIN, top + 33, PAGE_SMALL, PAGE_LEFT, unit);
  free (name);
  if (!find_range (series, prediction, &low, &high))
    {
      page_label (page, LEFT, top + 14, PAGE_SMALL, PAGE_LEFT,
		  "no value is known");
      return;
    }
  unsigned block = put_values (counters, series);
  page_panel (page, LEFT, top, RIGHT, top + HEIGHT);
  page_time_axis (page, &counters->time, RIGHT - LEFT, is_last,
		  (LEFT + RIGHT) / 2., top + HEIGHT + 36);
  fprintf (page->script,
	   "set yrange [%.17g:%.17g]\nset grid ytics lt 1 lw 0.7 lc rgb "
	   "'#dddddd'\n",
	   low, high);
  /* Other units are told beside the name.  */
  page_tics (page, "y", low, high, HEIGHT, draw_has_scale (unit) ? unit : "");
  shade_anomalies (counters, series);
  if (prediction != NULL)
    {
      double at = page_place (&counters->time,
			      draw_member_integer (prediction, "at_ns"));
      double value = draw_member_real (prediction, "value");
      fprintf (page->script,
	       "set arrow from %.17g,%.17g to %.17g,%.17g nohead dt 2 lc rgb "
	       "'%s'\n"
	       "set arrow from %.17g,%.17g to %.17g,%.17g heads size screen "
	       "0.003,90 lw 2 lc rgb '%s'\n"
	       "set object circle at %.17g,%.17g size screen 0.0025 fc rgb "
	       "'%s' fs solid noborder front\n",
	       page_place (&counters->time, last_ns (series)),
	       draw_member_real (prediction, "last"), at, value, PAGE_RED, at,
	       draw_member_real (prediction, "low"), at,
	       draw_member_real (prediction, "high"), PAGE_RED, at, value,
	       PAGE_RED);
    }
  fprintf (page->script,
	   "plot D index %u using 2:3 with lines lw 1.5 lc rgb '%s', \\\n"
	   "  D index %u using 2:3 with points pt 7 ps %g lc rgb '%s'\n",
	   block, PAGE_BLUE, block,
	   json_array_size (json_object_get (series, "values")) > 100 ? 0.15
								      : 0.4,
	   PAGE_BLUE);
}

/* The time that all series and predictions of DOCUMENT take.  */
static struct page_time
whole_time (const json_t *document)
{
  int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;
  const json_t *element;
  size_t i;

  json_array_foreach (json_object_get (document, "series"), i, element)
    {
      int64_t begin_ns = draw_member_integer (element, "first_ns");
      int64_t end_ns
	  = draw_later (begin_ns, draw_member_integer (element, "step_ns"),
			json_array_size (json_object_get (element, "values")));
      first_ns = begin_ns < first_ns ? begin_ns : first_ns;
      last_ns = end_ns > last_ns ? end_ns : last_ns;
    }
  json_array_foreach (json_object_get (document, "predictions"), i, element)
    {
      int64_t at_ns = draw_member_integer (element, "at_ns");
      last_ns = at_ns > last_ns ? at_ns : last_ns;
    }
  /* With some room at the end.  */
  return page_time (first_ns, 1.02 * ((double) last_ns - (double) first_ns));
}

double
draw_counters (struct page *page, const json_t *document, double top)
{
  const json_t *list = json_object_get (document, "series"), *series;
  const json_t *shown[SERIES_MAX];
  int interests[SERIES_MAX];
  size_t count = 0, i;
  char words[80];

  top += 20;
  page_label (page, PAGE_MARGIN, top, PAGE_HEADING, PAGE_LEFT, "Counters");
  if (json_array_size (list) == 0)
    {
      page_label (page, LEFT, top, PAGE_TEXT, PAGE_LEFT,
		  "no snapshots and no counters in this trace");
      return top + 30;
    }
  /* The most interesting ones, else in the order of the document.  */
  json_array_foreach (list, i, series)
    {
      int found = interest (document, series);
      size_t place = count;
      while (place > 0 && interests[place - 1] < found)
	place--;
      if (place == SERIES_MAX)
	continue;
      size_t moved = (count < SERIES_MAX ? count : SERIES_MAX - 1) - place;
      memmove (&shown[place + 1], &shown[place], moved * sizeof shown[0]);
      memmove (&interests[place + 1], &interests[place],
	       moved * sizeof interests[0]);
      shown[place] = series;
      interests[place] = found;
      count += count < SERIES_MAX;
    }
  snprintf (words, sizeof words,
	    "anomalies: orange; predicted, with its interval: red%s",
	    count < json_array_size (list) ? "; others are in the report"
					   : "");
  page_label (page, LEFT, top, PAGE_SMALL, PAGE_LEFT, words);
  top += 22;
  struct counters counters = { page, document, whole_time (document) };
  for (i = 0; i < count; i++)
    {
      put_series (&counters, shown[i], top, i + 1 == count);
      top += HEIGHT + ROOM;
    }
  return top + 30;
}
