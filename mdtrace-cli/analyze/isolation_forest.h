/* An isolation forest: how easily a point is cut off from the others.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A tree cuts a sample of the points in two, and each part again, at random
   places, until each is alone: a point that is unlike the others is alone
   after few cuts.  The score of a point is 2 ^ -(depth / c), depth the mean of
   all trees, c that of a search in as many points: near 1 if it is easily cut
   off, around 1/2 or less for most (F. T. Liu, K. M. Ting and Z.-H. Zhou,
   Isolation forest, IEEE International Conference on Data Mining 2008,
   413-422).  A cut goes through a dimension that is chosen by how far
   the points in that part reach there, so that many dimensions do not hide
   what shows in one: in proportion to that in S. Guha, N. Mishra, G. Roy and
   O. Schrijvers, Robust random cut forest based anomaly detection on streams,
   International Conference on Machine Learning 2016, 2712-2721; here to its
   square, which sees more of it in twenty dimensions, and no more by
   chance.  */

#ifndef ANALYZE_ISOLATION_FOREST_H
#define ANALYZE_ISOLATION_FOREST_H

#include <stdbool.h>
#include <stddef.h>

enum
{
  ISOLATION_TREES = 128,
  ISOLATION_SAMPLE = 256,
  ISOLATION_DIMENSIONS_MAX = 32,
  /* Points that there must be.  */
  ISOLATION_POINTS_MIN = 64
};

/* Put the scores of COUNT points of DIMENSIONS numbers each, one point after
   the other, into SCORES.  The same points have the same scores in every run:
   what is random begins with SEED.  False without memory.  */
bool isolation_scores (const double *points, size_t count, size_t dimensions,
		       unsigned long seed, double *scores);

/* Make COUNT points of DIMENSIONS numbers comparable, in place: each number
   becomes that of a Gaussian distribution with the same rank, which leaves
   nothing that one dimension alone shows; then what the dimensions have in
   common is taken away by the inverse root of the matrix of their
   correlations, which changes each as little as can be (A. Kessy, A. Lewin and
   K. Strimmer, Optimal whitening and decorrelation, The American Statistician
   72, 2018, 309-314).  False without memory.  */
bool isolation_whiten (double *points, size_t count, size_t dimensions);

/* How likely the highest score of COUNT whitened points of DIMENSIONS numbers
   that are in order is SCORE or more.  The highest of many has about Gumbel's
   distribution; where it lies and how wide it is was measured of Gaussian
   points, and is held by tests/unit/tst.isolation.c.  */
double isolation_chance (double score, size_t count, size_t dimensions);

#endif /* ANALYZE_ISOLATION_FOREST_H */
