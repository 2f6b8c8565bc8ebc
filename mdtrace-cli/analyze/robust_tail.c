/* How unlikely values are that are far off, see robust_tail.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>

#include "robust.h"

enum
{
  /* What counts as the tail: a quarter of the values, but no more.  */
  TAIL_MAX = 40
};

/* What is likelier than that needs no look at the powers.  */
#define LIKELY 1e-3
/* Of the values this share may be anywhere.  */
#define ANYWHERE 0.01

/* What tails are exponential in.  */
static const double powers[ROBUST_POWERS] = { 1, 0.7, 0.3, 0.1 };

static double
uniform (double x)
{
  return fmin (1, fmax (0, x));
}

static double
laplace (double x)
{
  return x < 0 ? exp (x) / 2 : 1 - exp (-x) / 2;
}

static double
exponential (double x)
{
  return x > 0 ? -expm1 (-x) : 0;
}

static double
gamma_2 (double x)
{
  return x > 0 ? gsl_cdf_gamma_P (x, 2, 1) : 0;
}

static double
gamma_half (double x)
{
  return x > 0 ? gsl_cdf_gamma_P (x, 0.5, 1) : 0;
}

static double
lognormal_half (double x)
{
  return x > 0 ? gsl_cdf_ugaussian_P (2 * log (x)) : 0;
}

static double
lognormal_1 (double x)
{
  return x > 0 ? gsl_cdf_ugaussian_P (log (x)) : 0;
}

static double
pareto_3 (double x)
{
  return x > 1 ? 1 - pow (x, -3) : 0;
}

static double
student_3 (double x)
{
  return gsl_cdf_tdist_P (x, 3);
}

/* The known distributions, which power of distances makes their tails
   exponential or shorter, and how much each is trusted beforehand.  More trust
   in heavy tails leaves fewer false findings and finds fewer spikes;
   tests/bench/anomalies.sh measures both.  */
static const struct
{
  double (*below) (double); /* the share of values below */
  unsigned power;
  double trust;
} known[] = { { uniform, 0, 1 },	  { gsl_cdf_ugaussian_P, 0, 1 },
	      { laplace, 0, 1 },	  { exponential, 0, 1 },
	      { gamma_2, 0, 1 },	  { gamma_half, 1, 0.3 },
	      { lognormal_half, 1, 0.3 }, { lognormal_1, 2, 0.2 },
	      { pareto_3, 3, 0.2 },	  { student_3, 3, 0.1 } };

/* Where distances from the median, in spreads, are cut to be counted.  */
static const double cuts[]
    = { -14,  -9,    -6,   -4,	  -3, -2.25, -1.75, -1.4, -1.15, -0.95,
	-0.8, -0.65, -0.5, -0.25, 0,  0.25,  0.5,   0.75, 1,	 1.5,
	2.25, 3,     4,	   5,	  6,  7.5,   9,	    14 };

enum
{
  KNOWN = sizeof known / sizeof known[0],
  CELLS = sizeof cuts / sizeof cuts[0] + 1
};

/* The logarithms of how much of each known distribution is in each cell.  */
static double shares[KNOWN][CELLS];

/* Where the distance of half of a known distribution ends.  */
static double
solve (double (*below) (double), double centre, bool is_distance)
{
  double low = is_distance ? 0 : -16, high = 16;

  for (int i = 0; i < 60; i++)
    {
      double middle = (low + high) / 2;
      double share = is_distance
			 ? below (centre + middle) - below (centre - middle)
			 : below (middle);
      if (share < 0.5)
	low = middle;
      else
	high = middle;
    }
  return high;
}

static void
make_shares (void)
{
  for (unsigned i = 0; i < KNOWN; i++)
    {
      double centre = solve (known[i].below, 0, false);
      double unit
	  = ROBUST_SPREAD_FACTOR * solve (known[i].below, centre, true);
      double before = 0;
      for (unsigned j = 0; j < CELLS; j++)
	{
	  double now
	      = j + 1 < CELLS ? known[i].below (centre + unit * cuts[j]) : 1;
	  shares[i][j]
	      = log ((1 - ANYWHERE) * (now - before) + ANYWHERE / CELLS);
	  before = now;
	}
    }
}

/* Find the weights of one side from how many values are in each cell.  */
static void
weigh (const size_t *counts, double *weights)
{
  double fits[KNOWN], best = -INFINITY, sum = 0;

  for (unsigned i = 0; i < KNOWN; i++)
    {
      fits[i] = log (known[i].trust);
      for (unsigned j = 0; j < CELLS; j++)
	fits[i] += counts[j] * shares[i][j];
      best = fmax (best, fits[i]);
    }
  for (unsigned i = 0; i < ROBUST_POWERS; i++)
    weights[i] = 0;
  for (unsigned i = 0; i < KNOWN; i++)
    {
      weights[known[i].power] += exp (fits[i] - best);
      sum += exp (fits[i] - best);
    }
  for (unsigned i = 0; i < ROBUST_POWERS; i++)
    weights[i] /= sum;
}

void
robust_find_shape (const double *sorted, size_t count, double resolution,
		   struct robust_shape *shape)
{
  size_t counts[2][CELLS] = { 0 };
  double centre = robust_median (sorted, count);
  double unit = fmax (robust_spread (sorted, count, centre), resolution);

  if (shares[0][0] == 0)
    make_shares ();
  for (int side = 0; side < 2; side++)
    {
      unsigned cell = 0;
      for (size_t i = 0; i < count; i++)
	{
	  double way = side == 0 ? sorted[i] - centre
				 : centre - sorted[count - 1 - i];
	  while (cell + 1 < CELLS && way >= cuts[cell] * unit)
	    cell++;
	  counts[side][cell]++;
	}
      weigh (counts[side], shape->weights[side]);
    }
}

/* The values in SORTED from an end on: the highest, or, if they are looked at
   IS_BELOW, the lowest.  */
struct tail
{
  const double *sorted;
  size_t count;
  bool is_below;
  size_t length, trimmed; /* k and m */
  double centre, unit, resolution;
};

/* The distance of VALUE from the centre, in units, and one more.  */
static double
distance (const struct tail *tail, double value)
{
  double way = tail->is_below ? tail->centre - value : value - tail->centre;

  return 1 + fmax (0, way / tail->unit);
}

/* That of the value that I are farther off than.  */
static double
from_end (const struct tail *tail, size_t i)
{
  return distance (tail,
		   tail->sorted[tail->is_below ? i : tail->count - 1 - i]);
}

/* The formula of robust_tail for one power, but for the share of the tail.  */
static double
probability (const struct tail *tail, double way, double power)
{
  size_t used = tail->length - tail->trimmed;
  double first = from_end (tail, tail->length);
  double above = pow (from_end (tail, tail->trimmed), power), sum = 0;

  for (size_t i = tail->trimmed; i < tail->length; i++)
    {
      double next = pow (from_end (tail, i + 1), power);
      sum += (i + 1) * (above - next);
      above = next;
    }
  /* Ties that were spread out are no closer than what they were.  */
  double least
      = power * pow (first, power - 1) * tail->resolution / tail->unit / 4;
  sum = fmax (sum, used * least);
  double excess = pow (way, power) - pow (first, power);
  return sum > 0 ? pow (1 + excess / sum, -(double) used) : 0;
}

/* The share of the values that are as far off as WAY, which is no part of the
   tail.  */
static double
share_within (const struct tail *tail, double way)
{
  size_t farther = tail->length;

  while (farther < tail->count && from_end (tail, farther) >= way)
    farther++;
  return (farther + 1.0) / (tail->count + 1.0);
}

static double
tail_probability (const double *sorted, size_t count, double value,
		  double resolution, const struct robust_shape *shape,
		  bool is_below)
{
  double centre = robust_median (sorted, count);
  struct tail tail = {
    .sorted = sorted,
    .count = count,
    .is_below = is_below,
    .length = count / 4 < TAIL_MAX ? count / 4 : TAIL_MAX,
    .centre = centre,
    .unit = fmax (robust_spread (sorted, count, centre), resolution),
    .resolution = resolution,
  };
  tail.trimmed = (tail.length + 4) / 8;
  if (!(tail.unit > 0))
    tail.unit = 1;
  double way = distance (&tail, value);
  double share = (tail.length + 1.0) / (count + 1.0);
  if (!(way > from_end (&tail, tail.length)))
    return share_within (&tail, way);
  double straight = share * probability (&tail, way, 1);
  if (straight > LIKELY)
    return straight;
  double sum = 0;
  for (unsigned i = 0; i < ROBUST_POWERS; i++)
    sum += shape->weights[is_below][i]
	   * (i == 0 ? straight : share * probability (&tail, way, powers[i]));
  return sum;
}

double
robust_tail (const double *sorted, size_t count, double value,
	     double resolution, const struct robust_shape *shape)
{
  return tail_probability (sorted, count, value, resolution, shape, false);
}

double
robust_tail_below (const double *sorted, size_t count, double value,
		   double resolution, const struct robust_shape *shape)
{
  return tail_probability (sorted, count, value, resolution, shape, true);
}
