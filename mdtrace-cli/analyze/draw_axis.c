/* Pages that gnuplot draws: axes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Where labels stand is decided here, and not by gnuplot, so that they are in
   the units that people know and never overlap.  */

#include <config.h>

#include <math.h>
#include <string.h>
#include <time.h>

#include "draw_page.h"

enum
{
  /* Pixels between labels at least.  */
  TIC_WIDTH = 95,
  POWER_WIDTH = 56,
  TIC_HEIGHT = 22,
  HOUR_S = 3600,
  DAY_S = 24 * HOUR_S
};

double
page_round_up (double value)
{
  double power = pow (10, floor (log10 (value)));
  double digit = value / power;

  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

/* VALUE in UNIT, without zeros that say nothing.  */
static struct draw_words
tic_words (double value, const char *unit)
{
  struct draw_words words = draw_value (value, unit);

  if (value == 0)
    return draw_number (0);
  char *point = strchr (words.text, '.');
  if (point == NULL)
    return words;
  char *end = point + 1 + strspn (point + 1, "0123456789"), *last = end;
  while (last[-1] == '0')
    last--;
  if (last - 1 == point)
    last = point;
  memmove (last, end, strlen (end) + 1);
  return words;
}

/* A label of an axis at PLACE.  gnuplot takes it for a format.  */
static void
put_tic (struct page *page, const char *separator, const char *label,
	 double place)
{
  fputs (separator, page->script);
  fputc ('\'', page->script);
  for (; *label != '\0'; label++)
    fprintf (page->script, *label == '%' ? "%%%%" : "%c", *label);
  fprintf (page->script, "' %.17g", place);
}

static void
put_tics (struct page *page, const char *axis, double low, double high,
	  double pixels, const char *unit, bool is_labelled)
{
  double room = axis[0] == 'x' ? TIC_WIDTH : TIC_HEIGHT;
  double span = high - low;
  double step = page_round_up (span * fmin (1, room / pixels));

  /* Things are counted in whole numbers.  */
  bool is_whole = strcmp (unit, "events") == 0;
  if (is_whole)
    {
      step = fmax (step, 1);
      unit = "";
    }
  /* Of bytes, steps that are round numbers of KiB and the like.  */
  if (strncmp (unit, "bytes", 5) == 0 && step >= 1024 && step < 1e18)
    {
      double scale = pow (1024, floor (log2 (step) / 10));
      step = scale * exp2 (ceil (log2 (step / scale)));
    }
  /* One label alone is no scale.  */
  for (int i = 0;
       !is_whole && i < 3 && floor (high / step) - ceil (low / step) < 1; i++)
    step /= 2;
  fprintf (page->script, "set %stics (", axis);
  const char *separator = "";
  for (double i = ceil (low / step); i * step <= high + span * 1e-9; i++)
    {
      put_tic (page, separator,
	       is_labelled ? tic_words (i * step, unit).text : "", i * step);
      separator = ", ";
    }
  fputs (") nomirror\n", page->script);
}

void
page_tics (struct page *page, const char *axis, double low, double high,
	   double pixels, const char *unit)
{
  put_tics (page, axis, low, high, pixels, unit, true);
}

void
page_powers (struct page *page, const char *axis, int low, int high,
	     double pixels, const char *unit)
{
  int step = (int) fmax (1, ceil ((high - low) * POWER_WIDTH / pixels));

  fprintf (page->script, "set %stics (", axis);
  for (int power = low; power <= high; power += step)
    put_tic (page, power > low ? ", " : "",
	     tic_words (pow (10, power), unit).text, pow (10, power));
  fputs (") nomirror\n", page->script);
}

struct page_time
page_time (int64_t first_ns, double span_ns)
{
  static const struct
  {
    double below_ns, unit_ns;
    const char *unit;
  } units[] = { { 5e3, 1, "nanoseconds" },
		{ 5e6, 1e3, "microseconds" },
		{ 5e9, 1e6, "milliseconds" },
		{ 1e300, 1e9, "seconds" } };
  int i = 0;

  while (span_ns >= units[i].below_ns)
    i++;
  return (struct page_time){ first_ns, span_ns > 0 ? span_ns : 1,
			     units[i].unit_ns, units[i].unit,
			     span_ns >= INT64_C (7200) * 1000000000 };
}

double
page_place (const struct page_time *time, int64_t time_ns)
{
  double distance
      = time_ns < time->first_ns
	    ? -(double) ((uint64_t) time->first_ns - (uint64_t) time_ns)
	    : (double) ((uint64_t) time_ns - (uint64_t) time->first_ns);

  return distance / time->unit_ns;
}

/* Labels that are times of day, and dates where there are several days.  */
static void
clock_tics (struct page *page, const struct page_time *time, double pixels,
	    bool is_labelled)
{
  static const double steps[]
      = { 600,	      900,	  1800,	       HOUR_S,	  2 * HOUR_S,
	  3 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, DAY_S,	  2 * DAY_S,
	  7 * DAY_S,  14 * DAY_S, 28 * DAY_S,  91 * DAY_S };
  double span = time->span_ns / 1e9, step = 0;
  double first = (double) time->first_ns / 1e9;
  const char *separator = "";

  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    {
      step = steps[i];
      if (span / step * TIC_WIDTH <= pixels)
	break;
    }
  if (span / step * TIC_WIDTH > pixels)
    step = page_round_up (span * TIC_WIDTH / pixels / DAY_S) * DAY_S;
  fputs ("set xtics (", page->script);
  for (double i = ceil (first / step); i * step <= first + span; i++)
    {
      time_t seconds = (time_t) (i * step);
      struct tm parts;
      char text[32];
      gmtime_r (&seconds, &parts);
      strftime (text, sizeof text,
		span > 364.0 * DAY_S ? "%Y-%m-%d"
		: step >= DAY_S	     ? "%b %d"
		: span > DAY_S	     ? "%b %d %H:%M"
				     : "%H:%M",
		&parts);
      put_tic (page, separator, is_labelled ? text : "",
	       (double) seconds - first);
      separator = ", ";
    }
  fputs (") nomirror\n", page->script);
}

void
page_time_axis (struct page *page, const struct page_time *time, double pixels,
		bool is_labelled, double x, double y)
{
  double high = time->span_ns / time->unit_ns;
  char label[128];

  fprintf (page->script, "set xrange [0:%.17g]\n", high);
  if (time->is_clock)
    clock_tics (page, time, pixels, is_labelled);
  else
    put_tics (page, "x", 0, high, pixels, time->unit_ns == 1 ? "events" : "",
	      is_labelled);
  if (!is_labelled)
    return;
  if (time->is_clock)
    snprintf (label, sizeof label, "UTC, from %s",
	      draw_second (time->first_ns).text);
  else
    snprintf (label, sizeof label, "%s since %s", time->unit,
	      draw_time (time->first_ns).text);
  page_label (page, x, y, PAGE_SMALL, PAGE_CENTER, label);
}
