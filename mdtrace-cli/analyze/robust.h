/* Robust statistics: what is usual of numbers, and how unusual another one is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Single wild values change none of them much.  */

#ifndef ANALYZE_ROBUST_H
#define ANALYZE_ROBUST_H

#include <stddef.h>

/* What makes the median distance of Gaussian values from their median their
   standard deviation.  */
#define ROBUST_SPREAD_FACTOR 1.4826022185056018

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

/* What the distribution of values is like: how likely each of the powers is by
   which its tails are told, for the upper tail and for the lower one.  */
enum
{
  ROBUST_POWERS = 4
};

struct robust_shape
{
  double weights[2][ROBUST_POWERS]; /* their sum is 1 */
};

/* Find what the COUNT values in SORTED, whole numbers of RESOLUTION or finer
   if it is 0, are like.

   They are counted by their distance from the median, in spreads, and compared
   with how many of ten known distributions would be there, whose tails range
   from that of a uniform distribution to that of a power with the index 3.
   How well each explains the counts, times how much it is trusted beforehand,
   is its weight (T. Bayes, An essay towards solving a problem in the doctrine
   of chances, Philosophical Transactions 53, 1763); one value in fifty may be
   anywhere, so that single wild ones do not decide.  Few values leave the
   heavy tails possible.  */
void robust_find_shape (const double *sorted, size_t count, double resolution,
			struct robust_shape *shape);

/* How likely the next value is to be as high as VALUE, after the COUNT values
   in SORTED, of which there must be ROBUST_TAIL_MIN or more, if the
   distribution has SHAPE.

   It is exact where the highest values, or powers of their distance from the
   median, spread as those of an exponential distribution do, and too high, on
   the safe side, where the tail is shorter.  Let X(1) >= X(2) >= ... be these
   from the highest on.  For such tails the i (X(i) - X(i+1)), i = 1 ... k, are
   independent and exponential, all of the same mean (A. Renyi, On the theory
   of order statistics, Acta Mathematica Hungarica 4, 1953, 191-231).  So the
   sum S of those with m < i <= k has a gamma distribution of shape k - m, and

     P (X > x) = (k + 1) / (n + 1) * (1 + (x - X(k+1)) / S) ^ -(k - m)

   for x above X(k+1), which is the ratio of an exponential and a gamma
   variable.  The m highest have no part in S: so many wild values do not hide
   another one that is as wild.  That is so for each power; the mean of these
   probabilities counts, by the weights of SHAPE.  Values are whole numbers of
   RESOLUTION, each put somewhere within its unit, or finer if it is 0.  */
double robust_tail (const double *sorted, size_t count, double value,
		    double resolution, const struct robust_shape *shape);

/* The same for values as low as VALUE.  */
double robust_tail_below (const double *sorted, size_t count, double value,
			  double resolution, const struct robust_shape *shape);

enum
{
  ROBUST_TAIL_MIN = 24
};

#endif /* ANALYZE_ROBUST_H */
