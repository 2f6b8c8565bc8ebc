/* mdtrace trend: what a trend is, in words.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trend.h"

/* Units that are larger than the last one, by FACTOR each time.  */
struct scale
{
  const char *unit;
  double factor;
  const char *names[8];
};

static const struct scale scales[] = {
  { "ns", 1000, { "ns", "us", "ms", "s" } },
  { "bytes", 1024, { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" } },
};

struct trend_unit
trend_unit (const mdtrace_counter_info_t *counter)
{
  return (struct trend_unit){ counter->unit,
			      counter->kind == MDTRACE_COUNTER_COUNT ? "/s"
								     : "" };
}

/* NUMBER with four digits if it has a fraction, and all of what is before
   that.  */
static void
number_text (char text[TREND_TEXT_BYTES], double number, bool has_sign)
{
  double size = fabs (number);
  int decimals = size >= 999.95	  ? 0
		 : size >= 99.995 ? 1
		 : size >= 9.9995 ? 2
				  : 3;

  snprintf (text, TREND_TEXT_BYTES, has_sign ? "%+.*f" : "%.*f", decimals,
	    number);
  if (decimals == 0)
    return;
  char *end = text + strlen (text);
  while (end[-1] == '0')
    *--end = '\0';
  if (end[-1] == '.')
    end[-1] = '\0';
}

void
trend_text (char text[TREND_TEXT_BYTES], int64_t value, struct trend_unit unit,
	    bool has_sign)
{
  double number = (double) value / 1000;
  const char *name = unit.unit;
  char digits[TREND_TEXT_BYTES];

  for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++)
    if (strcmp (unit.unit, scales[i].unit) == 0)
      {
	unsigned step = 0;
	/* What would be printed as a whole one is one of the next unit.  */
	while (scales[i].names[step + 1] != NULL
	       && fabs (number) >= scales[i].factor - 0.5)
	  {
	    number /= scales[i].factor;
	    step++;
	  }
	name = scales[i].names[step];
      }
  if (strcmp (unit.unit, "1/10000") == 0)
    {
      number /= 100;
      name = "%";
    }
  number_text (digits, number, has_sign);
  snprintf (text, TREND_TEXT_BYTES, "%.30s%s%.20s%s", digits,
	    name[0] != '\0' ? " " : "", name, unit.per);
}

/* A row: WHAT, VALUE and what FORMAT says of it.  */
__attribute__ ((format (printf, 6, 7))) static void
print_row (FILE *file, const char *what, int64_t value, struct trend_unit unit,
	   bool has_sign, const char *format, ...)
{
  char text[TREND_TEXT_BYTES];
  va_list arguments;

  trend_text (text, value, unit, has_sign);
  fprintf (file, "  %-13s %s", what, text);
  va_start (arguments, format);
  vfprintf (file, format, arguments);
  va_end (arguments);
  fputc ('\n', file);
}

/* Whether the last values are out of the ordinary.  */
static void
print_anomaly (FILE *file, const mdtrace_trend_t *trend)
{
  double score = fabs ((double) trend->score / 1000);
  const char *side = trend->score < 0 ? "below" : "above";

  fprintf (file, "  %-13s ", "judgement");
  switch (trend->anomaly)
    {
    case MDTRACE_ANOMALY_HIGH:
    case MDTRACE_ANOMALY_LOW:
      fprintf (
	  file,
	  "OUT OF THE ORDINARY: %s, the last three values are %.1f spreads "
	  "%s what is usual\n",
	  trend->anomaly == MDTRACE_ANOMALY_HIGH ? "high" : "low", score,
	  side);
      return;
    case MDTRACE_ANOMALY_NONE:
      if (trend->score == 0)
	fprintf (file, "nothing out of the ordinary\n");
      else
	fprintf (file,
		 "nothing out of the ordinary; the last three values are %.1f "
		 "spreads %s what is usual\n",
		 score, side);
      return;
    default:
      fprintf (file, "too few values to tell; that takes 33\n");
    }
}

void
trend_print (FILE *file, const mdtrace_counter_info_t *counter,
	     const mdtrace_trend_t *trend)
{
  struct trend_unit unit = trend_unit (counter);
  const struct trend_unit each
      = { unit.unit,
	  counter->kind == MDTRACE_COUNTER_COUNT ? "/s each second" : "/s" };
  char low[TREND_TEXT_BYTES], high[TREND_TEXT_BYTES];

  fprintf (file, "%s: %" PRIu32 " value%s in %" PRIu32 " second%s%s\n",
	   counter->name, trend->samples, trend->samples == 1 ? "" : "s",
	   trend->window_seconds + 1, trend->window_seconds == 0 ? "" : "s",
	   counter->state == MDTRACE_COUNTER_OFF ? "; it is off now" : "");
  print_row (file, "last", trend->last, unit, false, "%s",
	     counter->kind == MDTRACE_COUNTER_DURATION
		 ? ", the mean of a second"
		 : "");
  print_row (file, "mean", trend->mean, unit, false, "%s", "");
  if (trend->variation == MDTRACE_UNKNOWN)
    print_row (file, "deviation", trend->deviation, unit, false, "%s", "");
  else
    print_row (file, "deviation", trend->deviation, unit, false,
	       ", %.1f %% of the mean", trend->variation / 10.0);
  if (trend->samples >= 2)
    {
      print_row (file, "growth", trend->growth, each, true,
		 ", from the first to the last");
      print_row (file, "slope", trend->slope, each, true,
		 ", of the line through all");
    }
  if (trend->samples >= 3)
    {
      trend_text (low, trend->low, unit, false);
      trend_text (high, trend->high, unit, false);
      print_row (file, "next second", trend->prediction, unit, false,
		 ", 19 times out of 20 from %s to %s", low, high);
    }
  if (trend->anomaly != MDTRACE_ANOMALY_TOO_FEW)
    {
      trend_text (low, trend->spread, unit, false);
      print_row (file, "usual", trend->median, unit, false,
		 ", with a spread of %s", low);
    }
  print_anomaly (file, trend);
}
