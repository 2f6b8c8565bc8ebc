/* How findings are written.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "statistics_private.h"
#include "words.h"

int64_t
statistics_time (const struct series *series, size_t step)
{
  return (int64_t) ((uint64_t) series->first_ns
		    + step * (uint64_t) series->step_ns);
}

json_t *
statistics_number (double value)
{
  return isfinite (value) ? json_real (value) : json_null ();
}

const char *
statistics_count (uint64_t count, char text[static STATISTICS_WORDS])
{
  char digits[32];
  int length = snprintf (digits, sizeof digits, "%" PRIu64, count);
  size_t at = 0;

  for (int i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
	text[at++] = ',';
      text[at++] = digits[i];
    }
  text[at] = '\0';
  return text;
}

/* VALUE with three digits, or all before the point.  */
static const char *
number (double value, char text[static STATISTICS_WORDS])
{
  char rest[STATISTICS_WORDS];
  double size = fabs (value);

  if (!isfinite (value) || size >= 1e15)
    snprintf (text, STATISTICS_WORDS, "%.3g", value);
  else if (size >= 99.5 || value == floor (value))
    snprintf (text, STATISTICS_WORDS, "%s%s", value < 0 ? "-" : "",
	      statistics_count ((uint64_t) llround (size), rest));
  else
    snprintf (text, STATISTICS_WORDS, "%.3g", value);
  return text;
}

const char *
statistics_value (double value, const char *unit,
		  char text[static STATISTICS_WORDS])
{
  static const char *const sizes[]
      = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  char digits[STATISTICS_WORDS];

  if (strcmp (unit, "ns") == 0)
    return value >= 0 ? words_duration (value, text) : number (value, text);
  if (strncmp (unit, "bytes", 5) == 0)
    {
      unsigned size = 0;
      for (; fabs (value) >= 1024 && size < 6; size++)
	value /= 1024;
      snprintf (text, STATISTICS_WORDS, "%s %s%s", number (value, digits),
		sizes[size], unit + 5);
    }
  else if (strcmp (unit, "percent") == 0)
    snprintf (text, STATISTICS_WORDS, "%s %%", number (value, digits));
  else
    snprintf (text, STATISTICS_WORDS, "%s %s", number (value, digits), unit);
  return text;
}

const char *
statistics_range (double low, double high, const char *unit,
		  char text[static 3 * STATISTICS_WORDS])
{
  char first[STATISTICS_WORDS], last[STATISTICS_WORDS];

  statistics_value (low, unit, first);
  statistics_value (high, unit, last);
  /* A unit that is the same is said once.  */
  char *first_unit = strchr (first, ' '), *last_unit = strchr (last, ' ');
  if (first_unit != NULL && last_unit != NULL
      && strcmp (first_unit, last_unit) == 0)
    *first_unit = '\0';
  snprintf (text, 3 * STATISTICS_WORDS, "%s to %s", first, last);
  return text;
}

/* TIME_NS in UTC by FORMAT, with DIGITS behind the second.  */
static void
write_time (int64_t time_ns, const char *format, int digits, char *text,
	    size_t bytes)
{
  time_t seconds = time_ns / 1000000000;
  int64_t rest_ns = time_ns % 1000000000;
  struct tm parts;

  if (rest_ns < 0)
    {
      seconds--;
      rest_ns += 1000000000;
    }
  if (gmtime_r (&seconds, &parts) == NULL
      || strftime (text, bytes, format, &parts) == 0)
    {
      snprintf (text, bytes, "%" PRId64 " ns", time_ns);
      return;
    }
  size_t length = strlen (text);
  for (int i = digits; i < 9; i++)
    rest_ns /= 10;
  if (digits > 0)
    snprintf (text + length, bytes - length, ".%0*" PRId64, digits, rest_ns);
}

/* How many digits behind the second steps of STEP_NS need, of which one begins
   at TIME_NS.  */
static int
digits_for (int64_t time_ns, int64_t step_ns)
{
  int digits = 0;

  for (int64_t unit_ns = 1000000000; unit_ns > step_ns && digits < 9;
       unit_ns /= 10)
    digits++;
  /* Steps of a second do not begin with one.  */
  if (digits == 0 && time_ns % 1000000000 != 0 && step_ns < 10000000000)
    digits = 1;
  return digits;
}

const char *
statistics_when (int64_t time_ns, int64_t step_ns,
		 char text[static STATISTICS_WORDS])
{
  write_time (time_ns, "%Y-%m-%d %H:%M:%S", digits_for (time_ns, step_ns),
	      text, STATISTICS_WORDS);
  return text;
}

const char *
statistics_span (int64_t begin_ns, int64_t end_ns, int64_t step_ns,
		 char text[static STATISTICS_WORDS])
{
  int digits = digits_for (begin_ns, step_ns);
  char first[64], last[64], day[64], other_day[64];

  write_time (begin_ns, "%Y-%m-%d", 0, day, sizeof day);
  write_time (end_ns, "%Y-%m-%d", 0, other_day, sizeof other_day);
  write_time (begin_ns, "%Y-%m-%d %H:%M:%S", digits, first, sizeof first);
  write_time (end_ns,
	      strcmp (day, other_day) == 0 ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S",
	      digits, last, sizeof last);
  snprintf (text, STATISTICS_WORDS, "from %s to %s", first, last);
  return text;
}

const char *
statistics_seconds (double seconds, char text[static STATISTICS_WORDS])
{
  static const struct
  {
    double seconds;
    const char *one, *more;
  } units[] = { { 86400, "day", "days" },
		{ 3600, "hour", "hours" },
		{ 60, "minute", "minutes" } };

  for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++)
    if (seconds >= units[i].seconds
	&& fabs (remainder (seconds, units[i].seconds / 2)) < 1e-6 * seconds)
      {
	double count = seconds / units[i].seconds;
	snprintf (text, STATISTICS_WORDS, "%g %s", count,
		  count == 1 ? units[i].one : units[i].more);
	return text;
      }
  if (seconds >= 1)
    snprintf (text, STATISTICS_WORDS, "%g %s", seconds,
	      seconds == 1 ? "second" : "seconds");
  else
    words_duration (seconds * 1e9, text);
  return text;
}
