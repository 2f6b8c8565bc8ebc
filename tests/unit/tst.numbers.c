/* How values are distributed: means, percentiles and buckets, compared with
   what is counted one by one. Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "numbers.h"
#include "tap.h"

static uint64_t state = 88172645463325252ULL;

static uint64_t
random_number (void)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void
add (struct numbers *numbers, uint64_t value)
{
  CHECK (numbers_add (numbers, value));
}

/* Whether VALUE is in BUCKET.  */
static bool
is_in (const struct histogram_bucket *bucket, uint64_t value, bool is_signed)
{
  bool is_negative = is_signed && (int64_t) value < 0;
  bool low_negative = bucket->is_signed && (int64_t) bucket->low < 0;
  bool high_negative = bucket->is_signed && (int64_t) bucket->high < 0;
  bool not_below
      = !bucket->has_low
	|| (is_negative == low_negative ? value >= bucket->low : low_negative);
  bool below
      = !bucket->has_high
	|| (is_negative == high_negative ? value < bucket->high : is_negative);

  return not_below && below;
}

/* Each value is in the bucket that counts it, and in no other.  */
static void
check_buckets (struct numbers *numbers, uint64_t step)
{
  struct numbers_buckets buckets = { .step = step };

  numbers_sort (numbers);
  CHECK (numbers_fill (numbers, numbers->values[0],
		       numbers->values[numbers->count - 1], &buckets));
  for (unsigned i = 0; i < buckets.count; i++)
    {
      struct histogram_bucket bucket = numbers_bucket (&buckets, i);
      uint64_t count = 0;
      for (size_t j = 0; j < numbers->count; j++)
	count += is_in (&bucket, numbers->values[j], numbers->is_signed);
      CHECK (count == buckets.counts[i]);
    }
  free (buckets.counts);
}

static void
by_powers (void)
{
  static const uint64_t edges[]
      = { 0,	      1,	 2,	     3,
	  4,	      5,	 7,	     8,
	  9,	      1023,	 1024,	     1025,
	  -1,	      -2,	 -3,	     -4,
	  -5,	      -7,	 -8,	     -9,
	  -1024,      -1025,	 INT64_MAX,  INT64_MIN,
	  UINT64_MAX, 1LL << 62, 1ULL << 63, INT64_MIN + 1 };

  for (int is_signed = 0; is_signed < 2; is_signed++)
    {
      struct numbers numbers = { .is_signed = is_signed };
      for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
	add (&numbers, edges[i]);
      for (int i = 0; i < 1000; i++)
	add (&numbers, random_number () >> random_number () % 64);
      for (int i = 0; i < 1000; i++)
	add (&numbers, -(random_number () >> random_number () % 64));
      check_buckets (&numbers, 0);
      numbers_free (&numbers);
    }
}

static void
by_steps (void)
{
  static const uint64_t steps[] = { 1, 2, 3, 7, 100, UINT64_MAX };

  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    for (int is_signed = 0; is_signed < 2; is_signed++)
      {
	struct numbers numbers = { .is_signed = is_signed };
	for (int j = 0; j < 1000; j++)
	  add (&numbers, random_number () % 900 - (is_signed ? 450 : 0));
	check_buckets (&numbers, steps[i]);
	numbers_free (&numbers);
      }
}

/* Where steps end at the limits of 64 bits.  */
static void
by_steps_at_the_ends (void)
{
  struct numbers numbers = { .is_signed = true };

  add (&numbers, INT64_MIN);
  add (&numbers, -1);
  add (&numbers, 0);
  add (&numbers, INT64_MAX);
  check_buckets (&numbers, UINT64_C (1) << 60);
  check_buckets (&numbers, UINT64_C (3) << 58);
  numbers.is_signed = false;
  check_buckets (&numbers, UINT64_C (1) << 60);
  add (&numbers, UINT64_MAX);
  check_buckets (&numbers, UINT64_C (3) << 58);
  numbers_free (&numbers);
}

static void
refuses_too_many (void)
{
  struct numbers numbers = { .count = 0 };
  struct numbers_buckets buckets = { .step = 10 };

  add (&numbers, 0);
  add (&numbers, 9999);
  CHECK (numbers_fill (&numbers, 0, 9999, &buckets));
  CHECK (buckets.count == 1000);
  free (buckets.counts);
  CHECK (!numbers_fill (&numbers, 0, 10000, &buckets));
  CHECK (buckets.count == 1001 && buckets.counts == NULL);
  buckets.step = 1;
  numbers.is_signed = true;
  CHECK (!numbers_fill (&numbers, INT64_MIN, INT64_MAX, &buckets));
  CHECK (buckets.count == SIZE_MAX);
  numbers_free (&numbers);
}

/* By its definition: how many values are not greater.  */
static void
percentiles (void)
{
  for (unsigned count = 1; count < 250; count++)
    {
      struct numbers numbers = { .is_signed = true };
      for (unsigned i = 0; i < count; i++)
	add (&numbers, random_number () % 50 - 25);
      numbers_sort (&numbers);
      for (unsigned percent = 0; percent <= 100; percent++)
	{
	  int64_t value = (int64_t) numbers_percentile (&numbers, percent);
	  size_t not_greater = 0, less = 0;
	  for (unsigned i = 0; i < count; i++)
	    {
	      int64_t other = (int64_t) numbers.values[i];
	      not_greater += other <= value;
	      less += other < value;
	    }
	  CHECK (100 * not_greater >= percent * count);
	  CHECK (less == 0 || 100 * less < percent * count);
	}
      numbers_free (&numbers);
    }
}

static void
means (void)
{
  struct numbers numbers = { .is_signed = false };

  for (int i = 0; i < 4; i++)
    add (&numbers, UINT64_MAX);
  CHECK (numbers_mean (&numbers) == 0x1p64);
  numbers.is_signed = true;
  CHECK (numbers_mean (&numbers) == -1);
  add (&numbers, 6);
  CHECK (numbers_mean (&numbers) == 0.4);
  numbers_free (&numbers);
}

static void
merges (void)
{
  struct numbers first = { .count = 0 }, second = { .count = 0 };

  CHECK (numbers_merge (&first, &second));
  for (unsigned i = 0; i < 3000; i++)
    add (i % 3 == 0 ? &first : &second, i);
  CHECK (numbers_merge (&first, &second));
  CHECK (second.values == NULL && second.count == 0);
  numbers_sort (&first);
  CHECK (first.count == 3000);
  for (unsigned i = 0; i < 3000; i++)
    CHECK (first.values[i] == i);
  numbers_free (&first);
}

TAP_MAIN ({ by_powers, "each number is in one bucket by powers of two" },
	  { by_steps, "each number is in one bucket by steps" },
	  { by_steps_at_the_ends, "steps end where 64 bits do" },
	  { refuses_too_many, "there are not more steps than can be shown" },
	  { percentiles, "percentiles" }, { means, "means" },
	  { merges, "two distributions become one" })
