/* Trends: what a series of values does.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Of n values y at the seconds t, with their means Y and T:

     deviation   sqrt (sum (y - Y)^2 / (n - 1))
     growth      (last y - first y) / (last t - first t)
     slope       sum (t - T) (y - Y) / sum (t - T)^2
     prediction  Y + slope (u - T), with u = last t + 1
     low, high   prediction -+ q s sqrt (1 + 1/n + (u - T)^2 / sum (t - T)^2)
		 where s^2 = (sum (y - Y)^2 - slope sum (t - T) (y - Y))
			     / (n - 2)
		 and q is the 0.975 quantile of Student's distribution with
		 n - 2 degrees of freedom: the prediction interval of simple
		 linear regression.

   Sums are exact, in 128 bits, and so each result is off by its rounding: by 1
   at most, but for LOW and HIGH, where a rest that is less than 1 is
   multiplied by what stands before s.  */

#include <config.h>

#include "trend.h"
#include "trend_line.h"
#include "x86/cpu.h"

#if MACH_PERF_COUNTERS

/* The 0.975 quantile of Student's distribution, in 1/1000000.  */
static uint32_t
student (uint32_t freedom)
{
  static const uint32_t first[]
      = { 12706205, 4302653, 3182446, 2776445, 2570582,
	  2446912,  2364624, 2306004, 2262157, 2228139 };

  if (freedom <= sizeof first / sizeof first[0])
    return first[freedom - 1];
  /* The expansion of Cornish and Fisher, whose rest is below 0.000006 here:
     the quantile of the normal distribution, and terms in 1/freedom.  */
  return 1959964
	 + (2372271
	    + (2822499 + (2555850 + 1589534 / freedom) / freedom) / freedom)
	       / freedom;
}

static void
cut_off (struct trend_series *series)
{
  for (uint32_t i = 0; i < series->count; i++)
    {
      int64_t *value = &series->values[i];
      if (*value > TREND_VALUE_MAX)
	*value = TREND_VALUE_MAX;
      else if (*value < -TREND_VALUE_MAX)
	*value = -TREND_VALUE_MAX;
    }
}

/* The root of SQUARE / 4, to the nearest.  */
static int64_t
half_root (struct wide square)
{
  return (int64_t) ((wide_root (square) + 1) >> 1);
}

static uint32_t
variation (const mdtrace_trend_t *trend)
{
  int64_t mean = trend->mean < 0 ? -trend->mean : trend->mean;

  if (mean == 0)
    return MDTRACE_UNKNOWN;
  int64_t ratio = trend_divide (1000 * trend->deviation, mean);
  return ratio < MDTRACE_UNKNOWN - 1 ? ratio : MDTRACE_UNKNOWN - 1;
}

/* Half of the prediction interval at SECOND.  */
static int64_t
half_interval (const struct trend_line *line, uint32_t second)
{
  int64_t distance = trend_line_distance (line, second);
  struct wide whole = wide_multiply_by (line->spread, line->count);
  struct wide rest = line->squares;
  struct wide part = whole;
  uint64_t quantile = student (line->count - 2);

  wide_subtract (&rest, wide_scale (line->products, line->products, whole));
  /* 1 + 1/n + distance^2 / spread, times WHOLE.  */
  wide_add (&part, line->spread);
  wide_add (&part, wide_multiply ((uint64_t) distance, (uint64_t) distance));
  /* Both have up to 113 bits: of that 63 are enough.  */
  while (part.high != 0)
    {
      part = wide_shift_right (part, 1);
      whole = wide_shift_right (whole, 1);
    }
  return half_root (wide_scale (
      wide_shift_left (rest, 2), wide_multiply (part.low, quantile * quantile),
      wide_multiply (whole.low,
		     (line->count - 2) * UINT64_C (1000000000000))));
}

static void
predict (const struct trend_series *series, const struct trend_line *line,
	 mdtrace_trend_t *trend)
{
  uint32_t next = series->seconds[series->count - 1] + 1;

  trend->slope = trend_line_slope (line);
  trend->prediction = trend_line_at (line, next);
  if (series->count < 3)
    {
      /* Through two values there is always a line.  */
      trend->low = -TREND_RESULT_MAX;
      trend->high = TREND_RESULT_MAX;
      return;
    }
  int64_t half = half_interval (line, next);
  trend->low = trend->prediction - half;
  trend->high = trend->prediction + half;
}

void
trend_compute (struct trend_series *series, mdtrace_trend_t *trend)
{
  uint32_t last = series->count - 1;
  struct trend_line line;

  clear_memory (trend, sizeof *trend);
  trend->samples = series->count;
  trend->anomaly = MDTRACE_ANOMALY_TOO_FEW;
  trend->variation = MDTRACE_UNKNOWN;
  if (series->count == 0)
    return;
  cut_off (series);
  trend->window_seconds = series->seconds[last] - series->seconds[0];
  trend->last = series->values[last];
  trend_line_fit (series->seconds, series->values, series->count, &line);
  trend->mean = line.mean;
  if (series->count > 1)
    {
      trend->deviation = half_root (wide_scale (
	  line.squares, wide_from (4), wide_from (series->count - 1)));
      trend->growth = trend_divide (trend->last - series->values[0],
				    trend->window_seconds);
    }
  trend->variation = variation (trend);
  predict (series, &line, trend);
  trend_judge (series, trend);
}

#endif /* MACH_PERF_COUNTERS */
