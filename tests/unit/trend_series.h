/* Series of values to try trends on, the same in every run.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A sample of a distribution is made of tap_random's numbers.  MAD is the
   median of |x - median| of the distribution itself.  */

#ifndef UNIT_TREND_SERIES_H
#define UNIT_TREND_SERIES_H

#include <math.h>

#include "tap.h"
#include "trend.h"

enum distribution
{
  GAUSSIAN,
  UNIFORM,
  EXPONENTIAL,
  POISSON,
  AUTOREGRESSIVE,
  DISTRIBUTIONS
};

static const struct
{
  const char *words;
  double mad;
} distributions[DISTRIBUTIONS] = {
  [GAUSSIAN] = { "Gaussian (mean 1000, deviation 100)", 67.449 },
  [UNIFORM] = { "uniform (900 to 1100)", 50 },
  [EXPONENTIAL] = { "exponential (mean 100)", 48.1212 },
  [POISSON] = { "Poisson (mean 10)", 2 },
  [AUTOREGRESSIVE]
  = { "autoregressive (0.5, of Gaussian with deviation 100)", 77.883 },
};

/* Between 0 and 1, and neither.  */
static inline double
random_fraction (uint64_t *state)
{
  return ((tap_random (state) >> 11) + 0.5) * 0x1p-53;
}

static inline double
random_gaussian (uint64_t *state)
{
  double radius = sqrt (-2 * log (random_fraction (state)));

  return radius * cos (2 * M_PI * random_fraction (state));
}

static inline double
random_poisson (uint64_t *state, double mean)
{
  double product = random_fraction (state);
  int count = 0;

  for (; product > exp (-mean); count++)
    product *= random_fraction (state);
  return count;
}

/* The value that follows BEFORE in a series of DISTRIBUTION, of which it is
   the FIRST or not.  */
static inline double
random_value (uint64_t *state, enum distribution distribution, bool first,
	      double before)
{
  switch (distribution)
    {
    case GAUSSIAN:
      return 1000 + 100 * random_gaussian (state);
    case UNIFORM:
      return 900 + 200 * random_fraction (state);
    case EXPONENTIAL:
      return -100 * log (random_fraction (state));
    case POISSON:
      return random_poisson (state, 10);
    default:
      /* The first one is as far off as all that follow are.  */
      return first ? 1000 + 100 / sqrt (0.75) * random_gaussian (state)
		   : 1000 + 0.5 * (before - 1000)
			 + 100 * random_gaussian (state);
    }
}

/* Make SERIES one of COUNT values of DISTRIBUTION, a second apart.  */
static inline void
random_series (uint64_t *state, enum distribution distribution, uint32_t count,
	       struct trend_series *series)
{
  double value = 0;

  series->count = count;
  for (uint32_t i = 0; i < count; i++)
    {
      value = random_value (state, distribution, i == 0, value);
      series->seconds[i] = i + 1;
      series->values[i] = llround (1000 * value);
    }
}

#endif /* UNIT_TREND_SERIES_H */
