/* Trends: the kernel part's whole numbers against the formulas in floating
   point.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The reference takes the formulas as they stand in kernel/trend.c, in long
   double, whose 64 bits of mantissa are more than any value has; what is left
   of a line it adds up of the distances themselves.

   The kernel part rounds each result once, and a prediction twice: 1 is what
   they may differ by, and a little for the reference.  What is left of a line
   it knows to 2, the two roundings of sums that it is the difference of; so
   its interval is right to q sqrt (2 (1 + 1/n + …) / (n - 2)), which is 33
   with three values and 0.3 with a hundred.  The quantile is right to
   6/1000000.  */

#include <math.h>

#include "tap.h"
#include "trend.h"

static struct trend_series series;
static mdtrace_trend_t trend;

/* The 0.975 quantile of Student's distribution, from the integral of its
   density: by Simpson's rule, and halving.  */
static long double
student (uint32_t freedom)
{
  static long double known[TREND_HISTORY_SIZE];

  if (known[freedom] != 0)
    return known[freedom];
  long double scale
      = expl (lgammal ((freedom + 1) / 2.0L) - lgammal (freedom / 2.0L))
	/ sqrtl (freedom * acosl (-1));
  long double low = 0, high = 20;
  for (int i = 0; i < 40; i++)
    {
      long double middle = (low + high) / 2, sum = 0;
      enum
      {
	STRIPS = 2000
      };
      for (int j = 0; j <= STRIPS; j++)
	{
	  long double x = middle * j / STRIPS;
	  long double density
	      = powl (1 + x * x / freedom, -0.5L * (freedom + 1));
	  sum += density * (j == 0 || j == STRIPS ? 1 : j % 2 ? 4 : 2);
	}
      if (scale * sum * middle / STRIPS / 3 < 0.475L)
	low = middle;
      else
	high = middle;
    }
  return known[freedom] = low;
}

static void
check_near (const char *what, int64_t actual, long double expected,
	    long double tolerance)
{
  if (fabsl (actual - expected) <= tolerance)
    return;
  printf ("# %s of %u values, %" PRId64 " ...: %" PRId64
	  " is not %.3Lf, to %.3Lf\n",
	  what, series.count, series.values[0], actual, expected, tolerance);
  CHECK (false);
}

/* Compare what there is of a line with the reference.  */
static void
check_line (const long double *x, const long double *y, long double mean)
{
  uint32_t n = series.count;
  long double seconds = 0, spread = 0, products = 0, left = 0;

  for (uint32_t i = 0; i < n; i++)
    seconds += x[i] / n;
  for (uint32_t i = 0; i < n; i++)
    {
      spread += (x[i] - seconds) * (x[i] - seconds);
      products += (x[i] - seconds) * (y[i] - mean);
    }
  long double slope = products / spread;
  long double far = x[n - 1] + 1 - seconds;
  check_near ("slope", trend.slope, slope, 0.51L);
  check_near ("prediction", trend.prediction, mean + slope * far, 1.1L);
  if (n == 2)
    {
      CHECK (trend.low == -TREND_RESULT_MAX && trend.high == TREND_RESULT_MAX);
      return;
    }
  for (uint32_t i = 0; i < n; i++)
    {
      long double off = y[i] - mean - slope * (x[i] - seconds);
      left += off * off;
    }
  long double factor = student (n - 2)
		       * sqrtl ((1 + 1.0L / n + far * far / spread) / (n - 2));
  long double half = factor * sqrtl (left);
  long double tolerance = 1 + factor * sqrtl (2) + half * 6e-6L;
  check_near ("low", trend.low, trend.prediction - half, tolerance);
  check_near ("high", trend.high, trend.prediction + half, tolerance);
}

/* Compute the trend of SERIES and compare it with the reference.  */
static void
check_trend (void)
{
  long double x[TREND_HISTORY_SIZE], y[TREND_HISTORY_SIZE];
  long double mean = 0, squares = 0;
  uint32_t n = series.count;

  for (uint32_t i = 0; i < n; i++)
    {
      x[i] = series.seconds[i] - series.seconds[0];
      y[i] = fminl (fmaxl (series.values[i], -0x1p52L), 0x1p52L);
      mean += y[i];
    }
  memset (&trend, 0xa5, sizeof trend);
  trend_compute (&series, &trend);
  mean /= n;
  CHECK_NUMBER (trend.samples, n);
  CHECK_NUMBER (trend.window_seconds, (uint32_t) x[n - 1]);
  check_near ("last", trend.last, y[n - 1], 0);
  check_near ("mean", trend.mean, mean, 0.51L);
  if (n == 1)
    {
      CHECK_NUMBER (trend.deviation, 0);
      CHECK_NUMBER (trend.growth, 0);
      CHECK_NUMBER (trend.slope, 0);
      CHECK_NUMBER (trend.prediction, trend.last);
      CHECK (trend.low == -TREND_RESULT_MAX && trend.high == TREND_RESULT_MAX);
      return;
    }
  for (uint32_t i = 0; i < n; i++)
    squares += (y[i] - mean) * (y[i] - mean);
  check_near ("deviation", trend.deviation, sqrtl (squares / (n - 1)), 1.1L);
  check_near ("growth", trend.growth, (y[n - 1] - y[0]) / x[n - 1], 0.51L);
  if (trend.mean == 0)
    CHECK_NUMBER (trend.variation, MDTRACE_UNKNOWN);
  else
    check_near (
	"variation", trend.variation,
	fminl (1000.0L * trend.deviation / fabsl ((long double) trend.mean),
	       MDTRACE_UNKNOWN - 1),
	0.51L);
  check_line (x, y, mean);
}

/* -------------------------------------------------------------------- */

enum shape
{
  NOISE,
  WILD, /* of any magnitude */
  CONSTANT,
  RAMP,
  ALTERNATING,
  STEP,
  NEAR_ZERO,
  BEYOND, /* of what is cut off */
  SHAPES
};

static int64_t
random_sign (uint64_t *state, int64_t value)
{
  return tap_below (state, 2) ? value : -value;
}

/* Fill in the values of SERIES, of which none is greater than LIMIT.  */
static void
make_values (uint64_t *state, enum shape shape, int64_t limit)
{
  int64_t base = random_sign (state, tap_below (state, limit));
  int64_t slope
      = random_sign (state, tap_below (state, limit) / (series.count + 1));
  uint32_t turn = tap_below (state, series.count);

  for (uint32_t i = 0; i < series.count; i++)
    {
      int64_t noise = random_sign (state, tap_below (state, limit));
      series.values[i] = shape == NOISE	     ? noise
			 : shape == WILD     ? noise >> tap_below (state, 60)
			 : shape == CONSTANT ? base
			 : shape == RAMP     ? base / 2 + slope / 2 * i
			 : shape == ALTERNATING ? (i % 2 ? limit : -limit)
			 : shape == STEP	? (i < turn ? base : limit)
			 : shape == NEAR_ZERO	? noise % 3
						: noise * 2000;
    }
}

/* Fill in the seconds: one after the other, or with GAPS.  */
static void
make_seconds (uint64_t *state, uint32_t gap)
{
  uint32_t second = tap_below (state, 1000);

  for (uint32_t i = 0; i < series.count; i++)
    {
      series.seconds[i] = second;
      second += 1 + (tap_below (state, 4) == 0 ? tap_below (state, gap) : 0);
    }
}

static void
agrees_with_formulas (void)
{
  static const uint32_t gaps[] = { 1, 10, 1000, 10000000 };
  uint64_t state = 1;

  for (unsigned i = 0; i < 40000; i++)
    {
      series.count = i % 4 == 0 ? TREND_HISTORY_SIZE
				: 1 + tap_below (&state, TREND_HISTORY_SIZE);
      if (i % 16 == 1)
	series.count = 1 + tap_below (&state, 4);
      /* From one thousandth up to where values are cut off.  */
      int64_t limit = (int64_t) 1 << tap_below (&state, 53);
      make_seconds (&state, gaps[tap_below (&state, 4)]);
      make_values (&state, i % SHAPES, limit);
      check_trend ();
    }
}

/* Put COUNT values, FIRST and each more by STEP than the one before.  */
static void
make_line (uint32_t count, int64_t first, int64_t step)
{
  series.count = count;
  for (uint32_t i = 0; i < count; i++)
    {
      series.seconds[i] = i;
      series.values[i] = first + step * i;
    }
}

/* What can be said without a reference.  */
static void
knows_lines (void)
{
  make_line (100, 1000000, -7000);
  check_trend ();
  CHECK (trend.growth == -7000 && trend.slope == -7000);
  CHECK (trend.last == 307000 && trend.prediction == 300000);
  CHECK (trend.low >= 299999 && trend.high <= 300001);
  make_line (100, 5000, 0);
  check_trend ();
  CHECK (trend.mean == 5000 && trend.deviation == 0 && trend.slope == 0);
  CHECK (trend.prediction == 5000 && trend.variation == 0);
  CHECK (trend.low == 5000 && trend.high == 5000);
  CHECK (trend.median == 5000 && trend.score == 0);
  make_line (0, 0, 0);
  trend_compute (&series, &trend);
  CHECK_NUMBER (trend.samples, 0);
  CHECK_NUMBER (trend.anomaly, MDTRACE_ANOMALY_TOO_FEW);
  CHECK_NUMBER (trend.variation, MDTRACE_UNKNOWN);
  make_line (1, 3000, 0);
  check_trend ();
  CHECK (trend.variation == 0 && trend.prediction == 3000);
  make_line (2, 3000, 2000);
  check_trend ();
  CHECK (trend.slope == 2000 && trend.prediction == 7000);
}

static void
cuts_off (void)
{
  make_line (100, 0, 0);
  for (int sign = 1; sign >= -1; sign -= 2)
    {
      for (uint32_t i = 0; i < series.count; i++)
	series.values[i] = i < 50 ? 0 : sign * (INT64_MAX - (int64_t) i);
      check_trend ();
      CHECK (trend.last == sign * TREND_VALUE_MAX);
      CHECK (sign * trend.prediction > 0);
      CHECK (trend.low >= -TREND_RESULT_MAX && trend.high <= TREND_RESULT_MAX);
    }
  for (uint32_t i = 0; i < series.count; i++)
    series.values[i] = i % 2 ? INT64_MAX : INT64_MIN;
  check_trend ();
  CHECK (trend.mean == 0 && trend.variation == MDTRACE_UNKNOWN);
  series.values[1] = 0;
  series.count = 2;
  check_trend ();
  CHECK (trend.growth == TREND_VALUE_MAX);
}

/* An interval contains 95 % of the values that follow, if they follow a line
   and are as noisy as before.  */
static void
predicts (void)
{
  uint64_t state = 5;
  unsigned inside = 0;
  enum
  {
    SERIES = 20000
  };

  for (unsigned i = 0; i < SERIES; i++)
    {
      int64_t next = 0;
      series.count = 3 + tap_below (&state, 30);
      for (uint32_t j = 0; j <= series.count; j++)
	{
	  /* Nearly Gaussian: a sum of twelve.  */
	  int64_t noise = 0;
	  for (int k = 0; k < 12; k++)
	    noise += (int64_t) tap_below (&state, 20001) - 10000;
	  next = 50000 * (int64_t) j + noise;
	  if (j < series.count)
	    {
	      series.seconds[j] = j;
	      series.values[j] = next;
	    }
	}
      trend_compute (&series, &trend);
      inside += next >= trend.low && next <= trend.high;
    }
  printf ("# %u of %d\n", inside, SERIES);
  CHECK (inside > 0.945 * SERIES && inside < 0.955 * SERIES);
}

TAP_MAIN ({ agrees_with_formulas, "all numbers are those of the formulas" },
	  { knows_lines, "lines, constants, one value and none" },
	  { cuts_off, "values and results are cut off, and never wrap" },
	  { predicts, "19 of 20 values lie in the interval" })
