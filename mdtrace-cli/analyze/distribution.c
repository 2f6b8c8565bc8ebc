/* Distributions.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <string.h>

#include "distribution.h"

/* The greatest value of BUCKET of PART.  */
static uint64_t
greatest (unsigned part, unsigned bucket)
{
  if (part == 0)
    return bucket;
  return (((uint64_t) bucket + DISTRIBUTION_BUCKETS) << part)
	 + (((uint64_t) 1 << part) - 1);
}

static unsigned
buckets_of (unsigned part)
{
  return part == 0 ? DISTRIBUTION_EXACT : DISTRIBUTION_BUCKETS;
}

uint64_t
distribution_greatest (uint64_t value)
{
  unsigned bucket;
  unsigned part = distribution_find (value, &bucket);

  return greatest (part, bucket);
}

/* The number of BUCKET of PART among all; and of which part that with NUMBER
   is.  */
static uint32_t
number_of (unsigned part, unsigned bucket)
{
  return part == 0
	     ? bucket
	     : DISTRIBUTION_EXACT + (part - 1) * DISTRIBUTION_BUCKETS + bucket;
}

static unsigned
split (uint32_t number, unsigned *bucket)
{
  if (number < DISTRIBUTION_EXACT)
    {
      *bucket = number;
      return 0;
    }
  *bucket = (number - DISTRIBUTION_EXACT) % DISTRIBUTION_BUCKETS;
  return (number - DISTRIBUTION_EXACT) / DISTRIBUTION_BUCKETS + 1;
}

/* Count COUNT in BUCKET of PART, where parts are.  */
static bool
add_to_part (struct distribution *distribution, unsigned part, unsigned bucket,
	     uint64_t count)
{
  uint64_t **array = &distribution->parts[part];

  if (*array == NULL)
    *array = calloc (buckets_of (part), sizeof **array);
  if (*array == NULL)
    return false;
  (*array)[bucket] += count;
  return true;
}

/* Let the list become arrays.  */
static bool
make_parts (struct distribution *distribution)
{
  bool good = true;

  distribution->parts
      = calloc (DISTRIBUTION_PARTS, sizeof *distribution->parts);
  if (distribution->parts == NULL)
    return false;
  for (uint32_t i = 0; good && i < distribution->few_count; i++)
    {
      unsigned bucket, part = split (distribution->few[i].number, &bucket);
      good = add_to_part (distribution, part, bucket,
			  distribution->few[i].count);
    }
  free (distribution->few);
  distribution->few = NULL;
  distribution->few_count = distribution->few_room = 0;
  return good;
}

/* Make room for another one in the list.  */
static bool
make_room (struct distribution *distribution)
{
  if (distribution->few_count < distribution->few_room)
    return true;
  uint32_t room = distribution->few_room > 0 ? 2 * distribution->few_room : 1;
  struct distribution_bucket *more
      = reallocarray (distribution->few, room, sizeof *more);
  if (more == NULL)
    return false;
  distribution->few = more;
  distribution->few_room = room;
  return true;
}

bool
distribution_begin (struct distribution *distribution, unsigned part,
		    unsigned bucket)
{
  uint32_t number = number_of (part, bucket), place = distribution->few_count;

  if (distribution->parts != NULL)
    return add_to_part (distribution, part, bucket, 1);
  while (place > 0 && distribution->few[place - 1].number >= number)
    place--;
  if (place < distribution->few_count
      && distribution->few[place].number == number)
    {
      distribution->few[place].count++;
      return true;
    }
  if (distribution->few_count == DISTRIBUTION_FEW)
    return make_parts (distribution)
	   && add_to_part (distribution, part, bucket, 1);
  if (!make_room (distribution))
    return false;
  memmove (distribution->few + place + 1, distribution->few + place,
	   (distribution->few_count - place) * sizeof *distribution->few);
  distribution->few[place]
      = (struct distribution_bucket){ .number = number, .count = 1 };
  distribution->few_count++;
  return true;
}

/* Call TAKE with the greatest value of each bucket that has any, in order, and
   how many it has, until it returns true.  */
static void
go_through (const struct distribution *distribution,
	    bool (*take) (void *closure, uint64_t value, uint64_t count),
	    void *closure)
{
  for (uint32_t i = 0; i < distribution->few_count; i++)
    {
      unsigned bucket, part = split (distribution->few[i].number, &bucket);
      if (take (closure, greatest (part, bucket), distribution->few[i].count))
	return;
    }
  for (unsigned part = 0;
       distribution->parts != NULL && part < DISTRIBUTION_PARTS; part++)
    for (unsigned i = 0;
	 distribution->parts[part] != NULL && i < buckets_of (part); i++)
      if (distribution->parts[part][i] > 0
	  && take (closure, greatest (part, i), distribution->parts[part][i]))
	return;
}

struct rank
{
  uint64_t rank, below, value;
};

static bool
take_rank (void *closure, uint64_t value, uint64_t count)
{
  struct rank *rank = closure;

  rank->below += count;
  if (rank->below < rank->rank)
    return false;
  rank->value = value;
  return true;
}

uint64_t
distribution_rank (const struct distribution *distribution, uint64_t rank)
{
  struct rank found = { .rank = rank, .value = UINT64_MAX };

  go_through (distribution, take_rank, &found);
  return found.value < distribution->maximum ? found.value
					     : distribution->maximum;
}

uint64_t
distribution_percentile (const struct distribution *distribution,
			 unsigned percent)
{
  /* Rounded up, without the product that might not fit.  */
  uint64_t hundreds = distribution->count / 100;
  uint64_t rest = distribution->count % 100;

  return distribution_rank (distribution,
			    hundreds * percent + (rest * percent + 99) / 100);
}

struct between
{
  uint64_t low, high, count;
};

static bool
take_between (void *closure, uint64_t value, uint64_t count)
{
  struct between *between = closure;

  if (value >= between->low && value <= between->high)
    between->count += count;
  return false;
}

uint64_t
distribution_between (const struct distribution *distribution, uint64_t low,
		      uint64_t high)
{
  struct between between = { .low = low, .high = high };

  go_through (distribution, take_between, &between);
  return between.count;
}

void
distribution_free (struct distribution *distribution)
{
  for (unsigned i = 0; distribution->parts != NULL && i < DISTRIBUTION_PARTS;
       i++)
    free (distribution->parts[i]);
  free (distribution->parts);
  free (distribution->few);
  *distribution = (struct distribution){ .count = 0 };
}
