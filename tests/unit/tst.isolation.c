/* The isolation forest: what it cuts off easily, and how often by chance.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "isolation_forest.h"
#include "processes.h"

enum
{
  COUNT_MAX = 1024,
  SETS = 100
};

static double points[COUNT_MAX * ISOLATION_DIMENSIONS_MAX];
static double scores[COUNT_MAX], again[COUNT_MAX];

static void
make_points (uint64_t *state, size_t count, size_t dimensions)
{
  for (size_t i = 0; i < count * dimensions; i++)
    points[i] = random_gaussian (state);
}

static double
highest (size_t count)
{
  double result = 0;

  for (size_t i = 0; i < count; i++)
    result = fmax (result, scores[i]);
  return result;
}

static void
is_the_same_again (void)
{
  uint64_t state = 1;

  make_points (&state, 300, 5);
  CHECK (isolation_scores (points, 300, 5, 42, scores));
  CHECK (isolation_scores (points, 300, 5, 42, again));
  CHECK (memcmp (scores, again, 300 * sizeof scores[0]) == 0);
  CHECK (isolation_scores (points, 300, 5, 43, again));
  CHECK (memcmp (scores, again, 300 * sizeof scores[0]) != 0);
}

/* A point far off has a score near 1, and the highest; others have one half or
   less.  */
static void
scores_what_is_far_off (void)
{
  uint64_t state = 2;

  for (int i = 0; i < 20; i++)
    {
      size_t at = tap_below (&state, 300);
      double sum = 0;
      make_points (&state, 300, 3);
      for (int d = 0; d < 3; d++)
	points[at * 3 + d] = 40;
      CHECK (isolation_scores (points, 300, 3, 1, scores));
      CHECK (scores[at] > 0.85 && scores[at] == highest (300));
      for (size_t j = 0; j < 300; j++)
	sum += scores[j] / 300;
      CHECK (sum > 0.35 && sum < 0.5);
    }
}

/* What is all the same has nothing to cut.  */
static void
bears_equal_points (void)
{
  for (size_t i = 0; i < 200; i++)
    points[i] = 7;
  CHECK (isolation_scores (points, 100, 2, 1, scores));
  for (size_t i = 0; i < 100; i++)
    CHECK (fabs (scores[i] - 0.5) < 1e-9);
}

/* Whitened dimensions have nothing in common, and vary by 1.  */
static void
whitens (void)
{
  enum
  {
    COUNT = 500,
    DIMENSIONS = 6
  };
  uint64_t state = 3;

  for (size_t i = 0; i < COUNT; i++)
    {
      double common = random_gaussian (&state);
      for (size_t d = 0; d < DIMENSIONS; d++)
	points[i * DIMENSIONS + d]
	    = exp (common * (d % 2 ? -1 : 1) + 0.5 * random_gaussian (&state));
    }
  CHECK (isolation_whiten (points, COUNT, DIMENSIONS));
  for (size_t a = 0; a < DIMENSIONS; a++)
    for (size_t b = 0; b <= a; b++)
      {
	double sum = 0;
	for (size_t i = 0; i < COUNT; i++)
	  sum += points[i * DIMENSIONS + a] * points[i * DIMENSIONS + b];
	CHECK (fabs (sum / COUNT - (a == b)) < 0.01);
      }
}

/* Dimensions that say the same, or nothing, do no harm.  */
static void
whitens_what_is_the_same (void)
{
  uint64_t state = 4;

  for (size_t i = 0; i < 200; i++)
    {
      points[i * 3] = points[i * 3 + 1] = random_gaussian (&state);
      points[i * 3 + 2] = 5;
    }
  CHECK (isolation_whiten (points, 200, 3));
  for (size_t i = 0; i < 600; i++)
    CHECK (isfinite (points[i]) && fabs (points[i]) < 10);
}

/* The highest score of what is in order: how likely that was is evenly
   distributed, or higher.  */
static void
check_chance (size_t count, size_t sets)
{
  static const size_t dimensions[] = { 2, 5, 8, 20 };

  for (int j = 0; j < 4; j++)
    {
      uint64_t state = 5;
      size_t below[2] = { 0 };
      for (size_t set = 0; set < sets; set++)
	{
	  make_points (&state, count, dimensions[j]);
	  CHECK (isolation_whiten (points, count, dimensions[j]));
	  CHECK (isolation_scores (points, count, dimensions[j], set, scores));
	  double chance
	      = isolation_chance (highest (count), count, dimensions[j]);
	  below[0] += chance < 0.5;
	  below[1] += chance < 0.02;
	}
      printf ("# %zu points, %zu dimensions: %zu of %zu below 0.5, %zu below "
	      "0.02\n",
	      count, dimensions[j], below[0], sets, below[1]);
      /* Four standard deviations of a binomial distribution.  */
      CHECK (below[0] <= 0.5 * sets + 2 * sqrt (sets));
      CHECK (below[1] <= 0.02 * sets + 0.56 * sqrt (sets));
    }
}

static void
knows_chance (void)
{
  check_chance (64, SETS);
}

static void
knows_chance_of_more (void)
{
  check_chance (256, SETS);
}

static void
knows_chance_of_many (void)
{
  check_chance (COUNT_MAX, SETS / 3);
}

TAP_MAIN ({ is_the_same_again, "the same points have the same scores" },
	  { scores_what_is_far_off, "what is far off is cut off easily" },
	  { bears_equal_points, "equal points cannot be cut" },
	  { whitens, "whitened dimensions have nothing in common" },
	  { whitens_what_is_the_same, "dimensions may say the same" },
	  { knows_chance, "the highest score by chance is known" },
	  { knows_chance_of_more, "of more points" },
	  { knows_chance_of_many, "of many" })
