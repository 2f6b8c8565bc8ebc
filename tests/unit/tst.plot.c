/* Trends for people: values with units, sentences and plots.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <time.h>

#include "tap.h"
#include "trend.h"

static const struct trend_unit rate = { "requests", "/s" };
static const struct trend_unit bytes = { "bytes", "" };
static const struct trend_unit time_unit = { "ns", "" };

static void
check_text (int64_t value, struct trend_unit unit, bool has_sign,
	    const char *expected)
{
  char text[TREND_TEXT_BYTES];

  trend_text (text, value, unit, has_sign);
  CHECK_TEXT (text, expected);
}

static void
writes_values (void)
{
  check_text (0, rate, false, "0 requests/s");
  check_text (0, rate, true, "+0 requests/s");
  check_text (1, rate, false, "0.001 requests/s");
  check_text (-1, rate, true, "-0.001 requests/s");
  check_text (12345, rate, false, "12.35 requests/s");
  check_text (9999, rate, false, "9.999 requests/s");
  check_text (99999, rate, false, "100 requests/s");
  check_text (123456, rate, true, "+123.5 requests/s");
  check_text (1234567, rate, false, "1235 requests/s");
  check_text ((int64_t) 1 << 60, rate, false, "1152921504606847 requests/s");
  check_text (1500, (struct trend_unit){ "", "" }, false, "1.5");
  check_text (1024000, bytes, false, "1 KiB");
  check_text (1023000, bytes, false, "1023 bytes");
  check_text (-1536000, bytes, true, "-1.5 KiB");
  check_text (1023900, bytes, false, "1 KiB");
  check_text (1000000, time_unit, false, "1 us");
  check_text (999499, time_unit, false, "999.5 ns");
  check_text (INT64_C (90000000000000), time_unit, false, "90 s");
  check_text (1234000, (struct trend_unit){ "1/10000", "" }, false, "12.34 %");
  check_text (12000, (struct trend_unit){ "1/10000", "/s" }, true,
	      "+0.12 %/s");
}

/* -------------------------------------------------------------------- */

/* What is drawn, line by line.  */
static char drawing[8192];
static char *lines[64];
static unsigned line_count;

static void
split (void)
{
  line_count = 0;
  for (char *line = strtok (drawing, "\n"); line != NULL;
       line = strtok (NULL, "\n"))
    {
      CHECK (strlen (line) <= 80);
      CHECK (line[strlen (line) - 1] != ' ' || strchr (line, '|') != NULL);
      lines[line_count++] = line;
    }
}

static void
draw (const struct trend_point *points, size_t count, struct trend_unit unit,
      const int64_t *usual)
{
  struct trend_series series
      = { (struct trend_point *) (uintptr_t) points, count };
  FILE *file = fmemopen (drawing, sizeof drawing, "w");

  CHECK (file != NULL && setenv ("TZ", "UTC", 1) == 0);
  tzset ();
  trend_plot (file, &series, unit, usual);
  fclose (file);
  split ();
  /* Rows, the axis, the times and the legend.  */
  CHECK_NUMBER (line_count, 18);
}

/* Where the marks are: their rows and columns, in the order of columns.  */
static unsigned
marks (unsigned *rows, unsigned *columns)
{
  unsigned count = 0;
  size_t start = strchr (lines[0], '|') + 1 - lines[0];

  for (size_t column = start; column < 80; column++)
    for (unsigned row = 0; row < 15; row++)
      if (column < strlen (lines[row]) && lines[row][column] == '*')
	{
	  rows[count] = row;
	  columns[count++] = column - start;
	}
  return count;
}

static struct trend_point
point (uint64_t second, int64_t value)
{
  return (struct trend_point){ second,
			       (UINT64_C (1700000000) + second) * 1000000000,
			       value };
}

static void
draws_ramps (void)
{
  struct trend_point points[100];
  unsigned rows[100], columns[100];

  for (unsigned i = 0; i < 15; i++)
    points[i] = point (i + 1, 1000 * (int64_t) i);
  draw (points, 15, rate, NULL);
  CHECK_NUMBER (marks (rows, columns), 15);
  for (unsigned i = 0; i < 15; i++)
    {
      CHECK_NUMBER (rows[i], 14 - i);
      CHECK_NUMBER (columns[i], 4 * i);
    }
  CHECK_TEXT (lines[0], "14 requests/s |                                   "
			"                     *");
  CHECK (strncmp (lines[7], " 7 requests/s |", 15) == 0);
  CHECK_TEXT (lines[14], " 0 requests/s |*");
  CHECK_TEXT (lines[15], "              +-----------------------------------"
			 "----------------------");
  CHECK_TEXT (lines[16], "               22:13:21                            "
			 "             22:13:35");
  CHECK_TEXT (lines[17], "               *: a value");
  /* More seconds than there are columns.  */
  for (unsigned i = 0; i < 100; i++)
    points[i] = point (i + 1, -1000 * (int64_t) i);
  draw (points, 100, bytes, NULL);
  unsigned count = marks (rows, columns);
  CHECK (count > 60 && columns[0] == 0 && rows[0] == 0);
  CHECK (rows[count - 1] == 14);
  CHECK_NUMBER (strlen (lines[15]), 79);
}

static void
draws_constants (void)
{
  static const int64_t values[] = { 0, 1, 5000, -70000, (int64_t) 1 << 52 };
  struct trend_point points[30];
  unsigned rows[100], columns[100];

  for (unsigned i = 0; i < 5; i++)
    {
      for (unsigned j = 0; j < 30; j++)
	points[j] = point (j + 1, values[i]);
      draw (points, 30, rate, &values[i]);
      CHECK_NUMBER (marks (rows, columns), 30);
      for (unsigned j = 0; j < 30; j++)
	CHECK_NUMBER (rows[j], 7);
      /* Where a second has several columns.  */
      CHECK (columns[1] == 1 || strchr (lines[7], '-') != NULL);
    }
  draw (points, 1, rate, NULL);
  CHECK_NUMBER (marks (rows, columns), 1);
  CHECK (rows[0] == 7 && columns[0] == 0);
  /* A single time, and an axis that is long enough for it.  */
  CHECK (strstr (lines[15], "+--------------------") != NULL);
  CHECK (strstr (lines[16], "22:13:21") != NULL);
  CHECK (strstr (strstr (lines[16], "22:13:21") + 1, "22:") == NULL);
}

static void
draws_gaps (void)
{
  const struct trend_point points[]
      = { point (10, 0),    point (11, 1000), point (20, 2000),
	  point (21, 1000), point (60, 0),    point (1000, 2000) };
  unsigned rows[100], columns[100];
  int64_t usual = 1000;

  draw (points, 5, rate, &usual);
  CHECK_NUMBER (marks (rows, columns), 5);
  CHECK (columns[1] == 1 && columns[2] == 10 && columns[4] == 50);
  CHECK (rows[0] == 14 && rows[1] == 7 && rows[2] == 0);
  CHECK_TEXT (lines[7], "1 requests/s |-*---------*-------------------------"
			"--------------");
  CHECK_TEXT (lines[17], "              *: a value   -: what is usual");
  /* What is usual may lie elsewhere.  */
  usual = 5000;
  draw (points, 6, rate, &usual);
  CHECK (strstr (lines[17], "usual") == NULL);
  CHECK (strstr (lines[16], "22:13:30") != NULL);
  CHECK (strstr (lines[16], "22:30:00") != NULL);
}

/* Whatever there is, 80 columns hold it: split sees that.  */
static void
draws_anything (void)
{
  static const char *const units[]
      = { "", "ns", "bytes", "1/10000", "fifteen letters" };
  struct trend_point points[200];
  uint64_t state = 1;

  for (unsigned i = 0; i < 3000; i++)
    {
      unsigned count = 1 + tap_below (&state, 200);
      uint64_t second = tap_below (&state, 1000);
      int64_t limit = (int64_t) 1 << tap_below (&state, 53);
      int64_t usual = tap_below (&state, limit);
      for (unsigned j = 0; j < count; j++)
	{
	  int64_t value = tap_below (&state, limit);
	  second += 1 + (tap_below (&state, 9) ? 0 : tap_below (&state, 99));
	  points[j] = point (second, i % 2 ? value : -value);
	}
      draw (points, count,
	    (struct trend_unit){ units[i % 5], i % 3 ? "/s" : "" },
	    i % 4 ? &usual : NULL);
    }
}

/* -------------------------------------------------------------------- */

/* Let TREND of COUNTER be told, line by line.  */
static void
tell (const mdtrace_counter_info_t *counter, const mdtrace_trend_t *trend)
{
  FILE *file = fmemopen (drawing, sizeof drawing, "w");

  CHECK (file != NULL);
  trend_print (file, counter, trend);
  fclose (file);
  line_count = 0;
  for (char *line = strtok (drawing, "\n"); line != NULL;
       line = strtok (NULL, "\n"))
    lines[line_count++] = line;
}

static void
tells_trends (void)
{
  mdtrace_counter_info_t counter = { .kind = MDTRACE_COUNTER_COUNT,
				     .state = MDTRACE_COUNTER_ON,
				     .name = "made",
				     .unit = "requests" };
  mdtrace_trend_t trend = { .samples = 60,
			    .window_seconds = 62,
			    .last = 35000,
			    .mean = 20000,
			    .deviation = 2500,
			    .variation = 125,
			    .growth = -250,
			    .slope = 125,
			    .prediction = 24000,
			    .low = 19000,
			    .high = 29000,
			    .median = 20500,
			    .spread = 2000,
			    .score = 6250,
			    .anomaly = MDTRACE_ANOMALY_HIGH };

  tell (&counter, &trend);
  CHECK_NUMBER (line_count, 9);
  CHECK_TEXT (lines[0], "made: 60 values in 63 seconds");
  CHECK_TEXT (lines[1], "  last          35 requests/s");
  CHECK_TEXT (lines[2], "  mean          20 requests/s");
  CHECK_TEXT (lines[3], "  deviation     2.5 requests/s, 12.5 % of the mean");
  CHECK_TEXT (lines[4], "  growth        -0.25 requests/s each second, from "
			"the first to the last");
  CHECK_TEXT (lines[5], "  slope         +0.125 requests/s each second, of "
			"the line through all");
  CHECK_TEXT (lines[6], "  next second   24 requests/s, 19 times out of 20 "
			"from 19 requests/s to 29 requests/s");
  CHECK_TEXT (lines[7], "  usual         20.5 requests/s, with a spread of 2 "
			"requests/s");
  CHECK_TEXT (lines[8], "  judgement     OUT OF THE ORDINARY: high, the last "
			"three values are 6.2 spreads above what is usual");
  trend.anomaly = MDTRACE_ANOMALY_LOW;
  trend.score = -7000;
  trend.variation = MDTRACE_UNKNOWN;
  counter.state = MDTRACE_COUNTER_OFF;
  tell (&counter, &trend);
  CHECK_TEXT (lines[0], "made: 60 values in 63 seconds; it is off now");
  CHECK_TEXT (lines[3], "  deviation     2.5 requests/s");
  CHECK_TEXT (lines[8], "  judgement     OUT OF THE ORDINARY: low, the last "
			"three values are 7.0 spreads below what is usual");
  trend.anomaly = MDTRACE_ANOMALY_NONE;
  trend.score = -1000;
  tell (&counter, &trend);
  CHECK_TEXT (lines[8],
	      "  judgement     nothing out of the ordinary; the last "
	      "three values are 1.0 spreads below what is usual");
  trend.score = 0;
  tell (&counter, &trend);
  CHECK_TEXT (lines[8], "  judgement     nothing out of the ordinary");
  /* One value, of another kind.  */
  trend.samples = 1;
  trend.window_seconds = 0;
  trend.anomaly = MDTRACE_ANOMALY_TOO_FEW;
  counter.kind = MDTRACE_COUNTER_DURATION;
  snprintf (counter.unit, sizeof counter.unit, "ns");
  tell (&counter, &trend);
  CHECK_NUMBER (line_count, 5);
  CHECK_TEXT (lines[0], "made: 1 value in 1 second; it is off now");
  CHECK_TEXT (lines[1], "  last          35 ns, the mean of a second");
  CHECK_TEXT (lines[4], "  judgement     too few values to tell; that takes "
			"33");
}

TAP_MAIN ({ writes_values, "values with their units" },
	  { tells_trends, "trends in words" },
	  { draws_ramps, "a ramp, stretched and squeezed" },
	  { draws_constants, "a constant, and one value" },
	  { draws_gaps, "gaps, and what is usual" },
	  { draws_anything, "whatever there is, in 80 columns" })
