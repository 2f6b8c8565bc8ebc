/* Histograms in a terminal: buckets, their names and bars.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "histogram.h"
#include "tap.h"

#define BAR10 "@@@@@@@@@@"
#define GAP10 "          "

static void
check_scale (uint64_t value, bool is_signed, bool is_time,
	     const char *expected)
{
  char text[HISTOGRAM_TEXT_BYTES];

  histogram_scale (text, value, is_signed, is_time);
  CHECK_TEXT (text, expected);
}

static void
scales_numbers (void)
{
  check_scale (0, false, false, "0");
  check_scale (1023, false, false, "1023");
  check_scale (1024, false, false, "1K");
  check_scale (1025, false, false, "1025");
  check_scale (1536, false, false, "1536");
  check_scale (3 << 20, false, false, "3M");
  check_scale (UINT64_C (1) << 63, false, false, "8E");
  check_scale (UINT64_MAX, false, false, "18446744073709551615");
  check_scale (UINT64_MAX, true, false, "-1");
  check_scale (-UINT64_C (2048), true, false, "-2K");
  check_scale (UINT64_C (1) << 63, true, false, "-8E");
}

static void
scales_times (void)
{
  check_scale (0, false, true, "0 ns");
  check_scale (999, false, true, "999 ns");
  check_scale (1000, false, true, "1.00 us");
  check_scale (1024, false, true, "1.02 us");
  check_scale (65536, false, true, "65.5 us");
  check_scale (999999, false, true, "999 us");
  check_scale (1048576, false, true, "1.04 ms");
  check_scale (999999999, false, true, "999 ms");
  check_scale (UINT64_C (1) << 30, false, true, "1.07 s");
  check_scale (UINT64_C (12345678901234), false, true, "12345 s");
  check_scale (UINT64_MAX, false, true, "18446744073 s");
  check_scale (-UINT64_C (1500), true, true, "-1.50 us");
}

/* Each value must be in exactly one bucket, the one with NUMBER.  */
static void
check_bucket (const mdtrace_probe_options_t *options, uint64_t value,
	      bool is_signed, unsigned number)
{
  for (unsigned i = 0; i < histogram_buckets (options); i++)
    {
      struct histogram_bucket bucket = histogram_bucket (options, i);
      bool in = true;
      /* Without a sign nothing is below 0.  */
      if (bucket.is_signed && !is_signed && value > INT64_MAX)
	in = !bucket.has_high;
      else if (bucket.is_signed)
	in = (!bucket.has_low || (int64_t) value >= (int64_t) bucket.low)
	     && (!bucket.has_high || (int64_t) value < (int64_t) bucket.high);
      else if (is_signed && (int64_t) value < 0)
	in = false;
      else
	in = (!bucket.has_low || value >= bucket.low)
	     && (!bucket.has_high || value < bucket.high);
      CHECK_NUMBER (in, i == number);
    }
}

static void
knows_powers (void)
{
  static const mdtrace_probe_options_t options
      = { .aggregation = MDTRACE_AGGREGATION_HIST };

  CHECK_NUMBER (histogram_buckets (&options), 66);
  check_bucket (&options, -UINT64_C (1), true, 0);
  check_bucket (&options, UINT64_C (1) << 63, true, 0);
  check_bucket (&options, 0, false, 1);
  check_bucket (&options, 1, false, 2);
  check_bucket (&options, 2, false, 3);
  check_bucket (&options, 3, false, 3);
  for (unsigned power = 2; power < 64; power++)
    {
      check_bucket (&options, UINT64_C (1) << power, false, power + 2);
      check_bucket (&options, (UINT64_C (1) << power) - 1, false, power + 1);
    }
  check_bucket (&options, UINT64_MAX, false, 65);
}

static void
knows_steps (void)
{
  static const mdtrace_probe_options_t options
      = { .aggregation = MDTRACE_AGGREGATION_LHIST,
	  .low = -20,
	  .step = 10,
	  .buckets = 4 };

  CHECK_NUMBER (histogram_buckets (&options), 6);
  check_bucket (&options, -UINT64_C (21), true, 0);
  check_bucket (&options, -UINT64_C (20), true, 1);
  check_bucket (&options, -UINT64_C (11), true, 1);
  check_bucket (&options, -UINT64_C (10), true, 2);
  check_bucket (&options, 0, true, 3);
  check_bucket (&options, 19, true, 4);
  check_bucket (&options, 20, true, 5);
  check_bucket (&options, INT64_MAX, true, 5);
  check_bucket (&options, INT64_MIN, true, 0);
}

/* What is drawn must be TEXT.  */
static void
check_drawn (const mdtrace_probe_options_t *options, const uint64_t *counts,
	     const char *expected)
{
  char *text;
  size_t bytes;
  FILE *file = open_memstream (&text, &bytes);

  histogram_draw (file, options, counts);
  fclose (file);
  CHECK_TEXT (text, expected);
  free (text);
}

static void
draws_powers (void)
{
  mdtrace_probe_options_t options
      = { .aggregation = MDTRACE_AGGREGATION_HIST };
  uint64_t counts[MDTRACE_HIST_BUCKETS] = { 0 };

  check_drawn (&options, counts, "");
  counts[12] = 200; /* 1,024 to 2,047 */
  counts[14] = 100;
  counts[15] = 1;
  check_drawn (&options, counts,
	       "  [1K, 2K)  |" BAR10 BAR10 BAR10 BAR10 "| 200\n"
	       "  [2K, 4K)  |" GAP10 GAP10 GAP10 GAP10 "| 0\n"
	       "  [4K, 8K)  |" BAR10 BAR10 GAP10 GAP10 "| 100\n"
	       "  [8K, 16K) |@         " GAP10 GAP10 GAP10 "| 1\n");
  options.value = MDTRACE_FIELD_DURATION_BIT;
  counts[14] = counts[15] = 0;
  counts[1] = 0;
  counts[11] = 50;
  check_drawn (&options, counts,
	       "  [512 ns, 1.02 us)  |" BAR10 GAP10 GAP10 GAP10 "| 50\n"
	       "  [1.02 us, 2.04 us) |" BAR10 BAR10 BAR10 BAR10 "| 200\n");
}

static void
draws_the_ends (void)
{
  static const mdtrace_probe_options_t powers
      = { .aggregation = MDTRACE_AGGREGATION_HIST };
  static const mdtrace_probe_options_t steps
      = { .aggregation = MDTRACE_AGGREGATION_LHIST,
	  .low = 0,
	  .step = 10,
	  .buckets = 1 };
  static const uint64_t counts[MDTRACE_HIST_BUCKETS]
      = { 4, 4, 4, [65] = UINT64_MAX };

  check_drawn (&steps, counts,
	       "  (..., 0)  |" BAR10 BAR10 BAR10 BAR10 "| 4\n"
	       "  [0, 10)   |" BAR10 BAR10 BAR10 BAR10 "| 4\n"
	       "  [10, ...) |" BAR10 BAR10 BAR10 BAR10 "| 4\n");

  char *text;
  size_t bytes;
  FILE *file = open_memstream (&text, &bytes);
  histogram_draw (file, &powers, counts);
  fclose (file);
  CHECK (strncmp (text, "  (..., 0) ", 11) == 0);
  CHECK (strstr (text, "\n  [0] ") != NULL);
  CHECK (strstr (text, "\n  [1] ") != NULL);
  CHECK (strstr (text, "\n  [8E, ...) ") != NULL);
  CHECK (strstr (text, "|" BAR10 BAR10 BAR10 BAR10 "| 18446744073709551615\n")
	 != NULL);
  free (text);
}

TAP_MAIN ({ scales_numbers, "numbers, by powers of 1,024" },
	  { scales_times, "times, by powers of 1,000" },
	  { knows_powers, "which value belongs to which power of two" },
	  { knows_steps, "which value belongs to which step" },
	  { draws_powers, "bars, and what they are of" },
	  { draws_the_ends, "values beyond both ends" })
