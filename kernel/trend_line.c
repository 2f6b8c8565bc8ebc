/* The straight line through a series of values.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "trend.h"
#include "trend_line.h"

#if MACH_PERF_COUNTERS

static uint64_t
magnitude (int64_t number)
{
  return number < 0 ? -(uint64_t) number : (uint64_t) number;
}

/* Add A * B to SUM, which is in two's complement.  */
static void
add_product (struct wide *sum, int64_t a, int64_t b)
{
  struct wide product = wide_multiply (magnitude (a), magnitude (b));

  if ((a < 0) != (b < 0))
    wide_subtract (sum, product);
  else
    wide_add (sum, product);
}

/* Make SUM, in two's complement, its magnitude; whether it was negative.  */
static bool
take_sign (struct wide *sum)
{
  struct wide before = *sum;

  if (before.high >> 63 == 0)
    return false;
  *sum = wide_from (0);
  wide_subtract (sum, before);
  return true;
}

int64_t
trend_cut (struct wide number, bool is_negative)
{
  int64_t cut = number.high != 0 || number.low > (uint64_t) TREND_RESULT_MAX
		    ? TREND_RESULT_MAX
		    : (int64_t) number.low;

  return is_negative ? -cut : cut;
}

int64_t
trend_divide (int64_t dividend, uint64_t divisor)
{
  return trend_cut (wide_scale_nearest (wide_from (magnitude (dividend)),
					wide_from (1), wide_from (divisor)),
		    dividend < 0);
}

static void
find_mean (const uint32_t *seconds, const int64_t *values,
	   struct trend_line *line)
{
  struct wide sum = { 0, 0 };

  for (uint32_t i = 0; i < line->count; i++)
    {
      add_product (&sum, values[i], 1);
      line->seconds += seconds[i] - line->first;
    }
  bool is_negative = take_sign (&sum);
  line->mean = trend_cut (
      wide_scale_nearest (sum, wide_from (1), wide_from (line->count)),
      is_negative);
}

void
trend_line_fit (const uint32_t *seconds, const int64_t *values, uint32_t count,
		struct trend_line *line)
{
  *line = (struct trend_line){ .count = count, .first = seconds[0] };
  find_mean (seconds, values, line);
  for (uint32_t i = 0; i < count; i++)
    {
      int64_t off = values[i] - line->mean;
      int64_t distance = trend_line_distance (line, seconds[i]);
      line->rest += off;
      add_product (&line->squares, off, off);
      add_product (&line->products, distance, off);
      add_product (&line->spread, distance, seconds[i] - line->first);
    }
  /* The rest is at most half of COUNT: its square has 30 bits.  */
  wide_subtract (&line->squares,
		 wide_from ((uint32_t) (line->rest * line->rest) / count));
  line->falls = take_sign (&line->products);
}

int64_t
trend_line_distance (const struct trend_line *line, uint32_t second)
{
  return (int64_t) ((uint64_t) line->count * (second - line->first)
		    - line->seconds);
}

int64_t
trend_line_slope (const struct trend_line *line)
{
  if (wide_is_zero (line->spread))
    return 0;
  return trend_cut (
      wide_scale_nearest (line->products, wide_from (1), line->spread),
      line->falls);
}

/* How far the line rises from the mean to DISTANCE from it.  */
static int64_t
rise (const struct trend_line *line, int64_t distance)
{
  struct wide amount
      = wide_scale_nearest (line->products, wide_from (magnitude (distance)),
			    wide_multiply_by (line->spread, line->count));

  return trend_cut (amount, line->falls != (distance < 0));
}

int64_t
trend_line_at (const struct trend_line *line, uint32_t second)
{
  if (wide_is_zero (line->spread))
    return line->mean;
  int64_t at = line->mean + rise (line, trend_line_distance (line, second));
  return trend_cut (wide_from (magnitude (at)), at < 0);
}

#endif /* MACH_PERF_COUNTERS */
