/* Histograms in a terminal.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A bar is as long, compared with the longest, as its count, and never
   shorter than one character: what there was is seen.  */

#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "histogram.h"

enum
{
  /* Of HIST: the first is for negative values, the second for 0.  */
  HIST_ZERO = 1,
  /* Of LHIST beside its steps: below the first and above the last.  */
  LHIST_OUTSIDE = 2
};

unsigned
histogram_buckets (const mdtrace_probe_options_t *options)
{
  return options->aggregation == MDTRACE_AGGREGATION_LHIST
	     ? options->buckets + LHIST_OUTSIDE
	     : MDTRACE_HIST_BUCKETS;
}

static struct histogram_bucket
bucket_by_powers (unsigned number)
{
  if (number < HIST_ZERO)
    return (struct histogram_bucket){ .has_high = true, .is_signed = true };
  if (number == HIST_ZERO)
    return (struct histogram_bucket){ .has_low = true,
				      .has_high = true,
				      .high = 1 };
  unsigned power = number - HIST_ZERO - 1;
  return (struct histogram_bucket){
    .has_low = true,
    .has_high = number + 1 < MDTRACE_HIST_BUCKETS,
    .low = UINT64_C (1) << power,
    .high = power < 63 ? UINT64_C (2) << power : 0,
  };
}

static struct histogram_bucket
bucket_by_steps (const mdtrace_probe_options_t *options, unsigned number)
{
  uint64_t low
      = (uint64_t) options->low + ((uint64_t) number - 1) * options->step;

  return (struct histogram_bucket){
    .has_low = number > 0,
    .has_high = number <= options->buckets,
    .is_signed = true,
    .low = low,
    .high = low + options->step,
  };
}

struct histogram_bucket
histogram_bucket (const mdtrace_probe_options_t *options, unsigned number)
{
  return options->aggregation == MDTRACE_AGGREGATION_LHIST
	     ? bucket_by_steps (options, number)
	     : bucket_by_powers (number);
}

/* MAGNITUDE nanoseconds, behind SIGN.  */
static void
scale_time (char *text, const char *sign, uint64_t magnitude)
{
  static const char units[][3] = { "us", "ms", "s" };
  uint64_t unit_ns = 1000;
  unsigned unit = 0;

  if (magnitude < unit_ns)
    {
      snprintf (text, HISTOGRAM_TEXT_BYTES, "%s%" PRIu64 " ns", sign,
		magnitude);
      return;
    }
  for (; unit < 2 && magnitude / 1000 >= unit_ns; unit++)
    unit_ns *= 1000;
  /* Three digits; the rest is cut off.  */
  uint64_t whole = magnitude / unit_ns;
  unsigned thousandths = magnitude / (unit_ns / 1000) % 1000;
  if (whole < 10)
    snprintf (text, HISTOGRAM_TEXT_BYTES, "%s%" PRIu64 ".%02u %s", sign, whole,
	      thousandths / 10, units[unit]);
  else if (whole < 100)
    snprintf (text, HISTOGRAM_TEXT_BYTES, "%s%" PRIu64 ".%u %s", sign, whole,
	      thousandths / 100, units[unit]);
  else
    snprintf (text, HISTOGRAM_TEXT_BYTES, "%s%" PRIu64 " %s", sign, whole,
	      units[unit]);
}

static void
scale_number (char *text, const char *sign, uint64_t magnitude)
{
  static const char units[] = "KMGTPE";
  unsigned unit = 0;

  for (; magnitude >= 1024 && magnitude % 1024 == 0; unit++)
    magnitude /= 1024;
  snprintf (text, HISTOGRAM_TEXT_BYTES, "%s%" PRIu64 "%.*s", sign, magnitude,
	    unit > 0 ? 1 : 0, unit > 0 ? units + unit - 1 : "");
}

void
histogram_scale (char text[HISTOGRAM_TEXT_BYTES], uint64_t value,
		 bool is_signed, bool is_time)
{
  bool is_negative = is_signed && (int64_t) value < 0;
  const char *sign = is_negative ? "-" : "";
  uint64_t magnitude = is_negative ? -value : value;

  if (is_time)
    scale_time (text, sign, magnitude);
  else
    scale_number (text, sign, magnitude);
}

/* VALUE as one of BUCKET, to TEXT.  */
static void
scale_end (char text[HISTOGRAM_TEXT_BYTES],
	   const struct histogram_bucket *bucket, uint64_t value, bool is_time)
{
  if (bucket->is_address)
    snprintf (text, HISTOGRAM_TEXT_BYTES, "%#" PRIx64, value);
  else
    histogram_scale (text, value, bucket->is_signed, is_time);
}

/* What BUCKET is called, to TEXT of twice HISTOGRAM_TEXT_BYTES and some.  */
static void
label (char *text, size_t bytes, const struct histogram_bucket *bucket,
       bool is_time)
{
  char low[HISTOGRAM_TEXT_BYTES] = "...", high[HISTOGRAM_TEXT_BYTES] = "...";

  if (bucket->has_low)
    scale_end (low, bucket, bucket->low, is_time);
  if (bucket->has_high)
    scale_end (high, bucket, bucket->high, is_time);
  if (bucket->has_low && bucket->has_high && bucket->high - bucket->low == 1)
    snprintf (text, bytes, "[%s]", low);
  else
    snprintf (text, bytes, "%c%s, %s)", bucket->has_low ? '[' : '(', low,
	      high);
}

/* The length of the bar for COUNT, if the greatest is MAX.  */
static unsigned
bar_length (uint64_t count, uint64_t max)
{
  /* As numbers that are large enough to be multiplied.  */
  double length = (double) count * HISTOGRAM_BAR / (double) max;

  return count == 0 ? 0 : length < 1 ? 1 : (unsigned) (length + 0.5);
}

void
histogram_draw_buckets (
    FILE *file, unsigned buckets,
    struct histogram_bucket (*describe) (const void *context, unsigned number),
    const void *context, const uint64_t *counts, bool is_time)
{
  static const char bar[HISTOGRAM_BAR + 1]
      = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
  unsigned first = buckets, last = 0, width = 0;
  char text[2 * HISTOGRAM_TEXT_BYTES + 8];
  uint64_t max = 0;

  for (unsigned i = 0; i < buckets; i++)
    if (counts[i] != 0)
      {
	first = first < i ? first : i;
	last = i;
	max = max > counts[i] ? max : counts[i];
      }
  for (int drawn = 0; drawn < 2; drawn++)
    for (unsigned i = first; i < buckets && i <= last; i++)
      {
	struct histogram_bucket bucket = describe (context, i);
	label (text, sizeof text, &bucket, is_time);
	if (!drawn)
	  width = width > strlen (text) ? width : strlen (text);
	else
	  fprintf (file, "  %-*s |%-*.*s| %" PRIu64 "\n", (int) width, text,
		   HISTOGRAM_BAR, (int) bar_length (counts[i], max), bar,
		   counts[i]);
      }
}

static struct histogram_bucket
describe (const void *context, unsigned number)
{
  return histogram_bucket (context, number);
}

void
histogram_draw (FILE *file, const mdtrace_probe_options_t *options,
		const uint64_t *counts)
{
  histogram_draw_buckets (file, histogram_buckets (options), describe, options,
			  counts,
			  options->value == MDTRACE_FIELD_DURATION_BIT);
}
