/* Robust statistics.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdint.h>

#include "robust.h"

void
robust_sort (double *values, size_t count)
{
  gsl_sort (values, 1, count);
}

double
robust_quantile (const double *sorted, size_t count, double share)
{
  return gsl_stats_quantile_from_sorted_data (sorted, 1, count, share);
}

double
robust_median (const double *sorted, size_t count)
{
  return gsl_stats_median_from_sorted_data (sorted, 1, count);
}

double
robust_spread (const double *sorted, size_t count, double centre)
{
  /* Both halves are in order already: they are merged from the middle on, up
     to where half of all has been seen.  */
  size_t above = 0, high = count;
  while (above < high)
    {
      size_t middle = (above + high) / 2;
      if (sorted[middle] < centre)
	above = middle + 1;
      else
	high = middle;
    }
  size_t below = above;
  double distance = 0, before = 0;

  for (size_t taken = 0; taken <= count / 2; taken++)
    {
      double up = above < count ? sorted[above] - centre : INFINITY;
      double down = below > 0 ? centre - sorted[below - 1] : INFINITY;
      before = distance;
      distance = up < down ? up : down;
      if (up < down)
	above++;
      else
	below--;
    }
  return ROBUST_SPREAD_FACTOR
	 * (count % 2 ? distance : (before + distance) / 2);
}

size_t
robust_usual (const double *values, size_t count, double *work, double *median,
	      double *spread)
{
  size_t known = 0;

  for (size_t i = 0; i < count; i++)
    if (!isnan (values[i]))
      work[known++] = values[i];
  *median = *spread = NAN;
  if (known == 0)
    return 0;
  robust_sort (work, known);
  *median = robust_median (work, known);
  *spread = robust_spread (work, known, *median);
  return known;
}

double
robust_spread_out (double value, size_t at, double resolution)
{
  uint64_t z = (at + 1) * UINT64_C (0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
  return value + resolution * (((z ^ z >> 31) >> 11) * 0x1p-53 - 0.5);
}
