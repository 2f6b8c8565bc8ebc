/* Robust statistics: what is usual of numbers, and how unusual another one is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Single wild values change none of them much.  */

#ifndef ANALYZE_ROBUST_H
#define ANALYZE_ROBUST_H

#include <stddef.h>

/* Sort COUNT values, the least one first.  */
void robust_sort (double *values, size_t count);

/* The value that the share SHARE, from 0 to 1, of the COUNT values in SORTED
   lies below: between two of them by a straight line.  COUNT is at least 1. */
double robust_quantile (const double *sorted, size_t count, double share);

/* The median of the COUNT values in SORTED, 1 or more.  */
double robust_median (const double *sorted, size_t count);

/* 1.4826 times the median of |value - CENTRE|: of Gaussian values their
   standard deviation.  SORTED has COUNT values, 1 or more.  */
double robust_spread (const double *sorted, size_t count, double centre);

/* The median of COUNT values, 1 or more, and their spread around it; what is
   not known (NAN) is passed over, and makes both NAN if there is nothing else.
   WORK has room for COUNT values, which end up in order there; returns how
   many are known.  */
size_t robust_usual (const double *values, size_t count, double *work,
		     double *median, double *spread);

/* VALUE, of step AT, put somewhere within its unit if it is a whole number of
   RESOLUTION, at the same place in every run: ties say nothing of how far off
   the next value may be.  */
double robust_spread_out (double value, size_t at, double resolution);

/* How likely the next value is to be as high as VALUE, after the COUNT values
   in SORTED, of which there must be ROBUST_TAIL_MIN or more.

   It is exact where the highest values spread as those of an exponential
   distribution do, and too high, on the safe side, where the tail is shorter.
   Let X(1) >= X(2) >= ... be the values from the highest on. For such tails
   the i (X(i) - X(i+1)), i = 1 ... k, are independent and exponential, all of
   the same mean (A. Renyi, On the theory of order statistics, Acta Mathematica
   Hungarica 4, 1953, 191-231).  So the sum S of those with m < i <= k has a
   gamma distribution of shape k - m, and

     P (X > x) = (k + 1) / (n + 1) * (1 + (x - X(k+1)) / S) ^ -(k - m)

   for x above X(k+1), which is the ratio of an exponential and a gamma
   variable.  The m highest have no part in S: so many wild values do not hide
   another one that is as wild.  Where the excesses vary more than those of exponential tails
   do, the tail is taken for one of a power: the same of the logarithms of the
   distances from the median counts if it is higher.  Values are whole numbers
   of RESOLUTION, each put somewhere within its unit, or finer if it is 0.  */
double robust_tail (const double *sorted, size_t count, double value,
		    double resolution);

/* The same for values as low as VALUE.  */
double robust_tail_below (const double *sorted, size_t count, double value,
			  double resolution);

enum
{
  ROBUST_TAIL_MIN = 24
};

#endif /* ANALYZE_ROBUST_H */
