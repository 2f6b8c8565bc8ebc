/* How values are distributed: exactly, whatever they are.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Values are 64-bit words, numbers with a sign or without one.  All are kept,
   in eight bytes each, so that each number that is told of them is one of
   them, and not near one.  */

#ifndef NUMBERS_H
#define NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

enum
{
  /* By powers of two: those of numbers below 0, 0 itself, those above.  */
  NUMBERS_POWERS = 64 + 1 + 64,
  NUMBERS_STEPS_MAX = 1000
};

struct numbers
{
  uint64_t *values;
  size_t count, room;
  bool is_signed;
};

/* Add VALUE.  False if there is no memory.  */
bool numbers_add (struct numbers *numbers, uint64_t value);

/* Add all that FROM has, which is freed.  */
bool numbers_merge (struct numbers *numbers, struct numbers *from);
void numbers_free (struct numbers *numbers);

/* Sort the values: to be done before anything is asked.  */
void numbers_sort (struct numbers *numbers);

/* The value of which PERCENT, 0 to 100, of all are not greater: the one with
   the rank PERCENT * count / 100, rounded up; the least for 0.  There must be
   one.  */
uint64_t numbers_percentile (const struct numbers *numbers, unsigned percent);
double numbers_mean (const struct numbers *numbers);

/* Buckets: by powers of two, or if STEP is not 0 by multiples of it.  */
struct numbers_buckets
{
  uint64_t step;
  bool is_signed, is_address;
  __int128 first; /* what multiple of STEP the first one begins with */
  size_t count;
  uint64_t *counts;
};

/* Put the values into BUCKETS, whose step is set; all distributions of one
   axis, whose least and greatest value are LEAST and GREATEST.  The counts are
   the caller's, to be freed.  False if there is no memory, or there would be
   more than NUMBERS_STEPS_MAX steps: then their number is in COUNT.  */
bool numbers_fill (const struct numbers *numbers, uint64_t least,
		   uint64_t greatest, struct numbers_buckets *buckets);

/* The bucket with NUMBER of BUCKETS, for histogram_draw_buckets.  */
struct histogram_bucket numbers_bucket (const void *buckets, unsigned number);

#endif /* NUMBERS_H */
