/* How values are distributed: exactly, whatever they are.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Values are 64-bit words, numbers with a sign or without one.  All are kept,
   in eight bytes each, so that each number that is told of them is one of
   them, and not near one.  */

#ifndef DISTRIBUTION_H
#define DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

enum
{
  /* By powers of two: those of numbers below 0, 0 itself, those above.  */
  DISTRIBUTION_POWERS = 64 + 1 + 64,
  DISTRIBUTION_STEPS_MAX = 1000
};

struct distribution
{
  uint64_t *values;
  size_t count, room;
  bool is_signed;
};

/* Add VALUE.  False if there is no memory.  */
bool distribution_add (struct distribution *distribution, uint64_t value);

/* Add all that FROM has, which is freed.  */
bool distribution_merge (struct distribution *distribution,
			 struct distribution *from);
void distribution_free (struct distribution *distribution);

/* Sort the values: to be done before anything is asked.  */
void distribution_sort (struct distribution *distribution);

/* The value of which PERCENT, 0 to 100, of all are not greater: the one with
   the rank PERCENT * count / 100, rounded up; the least for 0.  There must be
   one.  */
uint64_t distribution_percentile (const struct distribution *distribution,
				  unsigned percent);
double distribution_mean (const struct distribution *distribution);

/* Buckets: by powers of two, or if STEP is not 0 by multiples of it.  */
struct distribution_buckets
{
  uint64_t step;
  bool is_signed;
  __int128 first; /* what multiple of STEP the first one begins with */
  size_t count;
  uint64_t *counts;
};

/* Put the values into BUCKETS, whose step is set; all distributions of one
   axis, whose least and greatest value are LEAST and GREATEST.  The counts are
   the caller's, to be freed.  False if there is no memory, or there would be
   more than DISTRIBUTION_STEPS_MAX steps: then their number is in COUNT.  */
bool distribution_fill (const struct distribution *distribution,
			uint64_t least, uint64_t greatest,
			struct distribution_buckets *buckets);

/* The bucket with NUMBER of BUCKETS, for histogram_draw_buckets.  */
struct histogram_bucket distribution_bucket (const void *buckets,
					     unsigned number);

#endif /* DISTRIBUTION_H */
