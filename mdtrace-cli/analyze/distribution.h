/* Distributions: how often values have come, in memory that does not grow.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Values below 256 are told apart; of larger ones the 8 most significant bits
   count, so that a bucket is 1/128 of its values wide at most.  A percentile
   is by nearest rank, and is said as the greatest value of its bucket, or the
   greatest of all where that is less.  */

#ifndef ANALYZE_DISTRIBUTION_H
#define ANALYZE_DISTRIBUTION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum
{
  DISTRIBUTION_EXACT = 256,
  DISTRIBUTION_BUCKETS = 128, /* for each power of two above */
  DISTRIBUTION_PARTS = 57,
  DISTRIBUTION_FEW = 16
};

/* A bucket of the list, by its number from the least values on.  */
struct distribution_bucket
{
  uint32_t number;
  uint64_t count;
};

/* All zeros: empty.  */
struct distribution
{
  uint64_t count, maximum;
  struct distribution_bucket *few; /* by their numbers */
  uint32_t few_count, few_room;
  /* Or if there are more: one array for what is told apart, and one for each
     power of two; null: there are none of these.  */
  uint64_t **parts;
};

/* The array that VALUE belongs to, and the bucket in it.  */
static inline unsigned
distribution_find (uint64_t value, unsigned *bucket)
{
  if (value < DISTRIBUTION_EXACT)
    {
      *bucket = value;
      return 0;
    }
  unsigned shift = 63 - __builtin_clzll (value) - 7;
  *bucket = (value >> shift) - DISTRIBUTION_BUCKETS;
  return shift;
}

/* Count one in BUCKET of PART, for which there is no array yet.  False if
   there is no memory.  */
bool distribution_begin (struct distribution *distribution, unsigned part,
			 unsigned bucket);

/* False if there is no memory.  */
static inline bool
distribution_add (struct distribution *distribution, uint64_t value)
{
  unsigned bucket;
  unsigned part = distribution_find (value, &bucket);

  if (__builtin_expect (
	  distribution->parts != NULL && distribution->parts[part] != NULL, 1))
    distribution->parts[part][bucket]++;
  else if (!distribution_begin (distribution, part, bucket))
    return false;
  distribution->count++;
  if (value > distribution->maximum)
    distribution->maximum = value;
  return true;
}

/* The value of the RANK-th least one, from 1 on; 0 if there are none.  */
uint64_t distribution_rank (const struct distribution *distribution,
			    uint64_t rank);

/* The value that PERCENT of all, from 1 to 100, are not above.  */
uint64_t distribution_percentile (const struct distribution *distribution,
				  unsigned percent);

/* The greatest value of the bucket that VALUE belongs to.  */
uint64_t distribution_greatest (uint64_t value);

/* How many values are in buckets with a greatest value from LOW to HIGH.  */
uint64_t distribution_between (const struct distribution *distribution,
			       uint64_t low, uint64_t high);

void distribution_free (struct distribution *distribution);

#endif /* ANALYZE_DISTRIBUTION_H */
