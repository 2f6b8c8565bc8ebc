/* How values are distributed: exactly, whatever they are.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A bucket of numbers below 0 is a mirror image of those above it but for its
   ends, of which the lower one belongs to it: [-4, -2) has -4 and -3, as [2,
   4) has 2 and 3.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "numbers.h"

enum
{
  ROOM_FIRST = 1024,
  POWERS_ZERO = 64 /* the bucket of 0 */
};

static bool
grow (struct numbers *numbers, size_t needed)
{
  size_t room = numbers->room != 0 ? numbers->room : ROOM_FIRST;

  while (room < needed)
    room *= 2;
  uint64_t *values = reallocarray (numbers->values, room, sizeof *values);
  if (values == NULL)
    return false;
  numbers->values = values;
  numbers->room = room;
  return true;
}

bool
numbers_add (struct numbers *numbers, uint64_t value)
{
  if (numbers->count == numbers->room && !grow (numbers, numbers->count + 1))
    return false;
  numbers->values[numbers->count++] = value;
  return true;
}

bool
numbers_merge (struct numbers *numbers, struct numbers *from)
{
  size_t count = numbers->count + from->count;

  if (from->count == 0)
    return true;
  if (count > numbers->room && !grow (numbers, count))
    return false;
  memcpy (numbers->values + numbers->count, from->values,
	  from->count * sizeof *from->values);
  numbers->count = count;
  numbers_free (from);
  return true;
}

void
numbers_free (struct numbers *numbers)
{
  free (numbers->values);
  numbers->values = NULL;
  numbers->count = numbers->room = 0;
}

static int
compare_signed (const void *a, const void *b)
{
  int64_t first = *(const int64_t *) a, second = *(const int64_t *) b;

  return (first > second) - (first < second);
}

static int
compare_unsigned (const void *a, const void *b)
{
  uint64_t first = *(const uint64_t *) a, second = *(const uint64_t *) b;

  return (first > second) - (first < second);
}

void
numbers_sort (struct numbers *numbers)
{
  if (numbers->count > 0)
    qsort (numbers->values, numbers->count, sizeof *numbers->values,
	   numbers->is_signed ? compare_signed : compare_unsigned);
}

uint64_t
numbers_percentile (const struct numbers *numbers, unsigned percent)
{
  size_t count = numbers->count;
  /* Without a product that has too many bits.  */
  size_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;

  return numbers->values[rank > 0 ? rank - 1 : 0];
}

double
numbers_mean (const struct numbers *numbers)
{
  __int128 sum = 0;

  for (size_t i = 0; i < numbers->count; i++)
    sum += numbers->is_signed ? (__int128) (int64_t) numbers->values[i]
			      : (__int128) numbers->values[i];
  return (double) ((long double) sum / numbers->count);
}

/* The bucket by powers of two that VALUE is in.  */
static unsigned
power_of (uint64_t value, bool is_signed)
{
  if (value == 0)
    return POWERS_ZERO;
  if (!is_signed || (int64_t) value > 0)
    return POWERS_ZERO + 1 + 63 - __builtin_clzll (value);
  uint64_t magnitude = -value;
  /* The least power of two that is not less.  */
  unsigned power = magnitude == 1 ? 0 : 64 - __builtin_clzll (magnitude - 1);
  return POWERS_ZERO - 1 - power;
}

/* What multiple of STEP is not above VALUE, at most.  */
static __int128
multiple_of (uint64_t value, bool is_signed, uint64_t step)
{
  __int128 number = is_signed ? (__int128) (int64_t) value : (__int128) value;
  __int128 quotient = number / step;

  return quotient - (number % step < 0);
}

bool
numbers_fill (const struct numbers *numbers, uint64_t least, uint64_t greatest,
	      struct numbers_buckets *buckets)
{
  bool is_signed = numbers->is_signed;
  uint64_t step = buckets->step;

  buckets->counts = NULL;
  buckets->is_signed = is_signed;
  buckets->count = NUMBERS_POWERS;
  if (step > 0)
    {
      buckets->first = multiple_of (least, is_signed, step);
      __int128 count
	  = multiple_of (greatest, is_signed, step) - buckets->first + 1;
      buckets->count = count > SIZE_MAX ? SIZE_MAX : (size_t) count;
      if (count > NUMBERS_STEPS_MAX)
	return false;
    }
  buckets->counts = calloc (buckets->count, sizeof *buckets->counts);
  if (buckets->counts == NULL)
    return false;
  for (size_t i = 0; i < numbers->count; i++)
    {
      uint64_t value = numbers->values[i];
      size_t number = step > 0 ? (size_t) (multiple_of (value, is_signed, step)
					   - buckets->first)
			       : power_of (value, is_signed);
      buckets->counts[number]++;
    }
  return true;
}

struct histogram_bucket
numbers_bucket (const void *context, unsigned number)
{
  const struct numbers_buckets *buckets = context;
  struct histogram_bucket bucket = { .has_low = true,
				     .has_high = true,
				     .is_address = buckets->is_address };

  if (buckets->step > 0)
    {
      __int128 low = (buckets->first + number) * buckets->step;
      __int128 high = low + buckets->step;
      /* What would lie beyond 64 bits has no end.  */
      bucket.is_signed = buckets->is_signed;
      bucket.has_low = !buckets->is_signed || low >= INT64_MIN;
      bucket.has_high
	  = high <= (buckets->is_signed ? INT64_MAX : (__int128) UINT64_MAX);
      bucket.low = (uint64_t) low;
      bucket.high = (uint64_t) high;
    }
  else if (number > POWERS_ZERO)
    {
      unsigned power = number - POWERS_ZERO - 1;
      bucket.low = UINT64_C (1) << power;
      bucket.has_high = power < 63;
      bucket.high = power < 63 ? UINT64_C (2) << power : 0;
    }
  else if (number == POWERS_ZERO)
    bucket.high = 1;
  else
    {
      unsigned power = POWERS_ZERO - 1 - number;
      bucket.is_signed = true;
      bucket.low = -(UINT64_C (1) << power);
      bucket.high = power > 0 ? -(UINT64_C (1) << (power - 1)) : 0;
    }
  return bucket;
}
