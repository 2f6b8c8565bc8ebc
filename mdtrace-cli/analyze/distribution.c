/* Distributions.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

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

uint64_t
distribution_rank (const struct distribution *distribution, uint64_t rank)
{
  uint64_t below = 0;

  for (unsigned part = 0; part < DISTRIBUTION_PARTS; part++)
    for (unsigned i = 0;
	 distribution->parts[part] != NULL && i < buckets_of (part); i++)
      {
	below += distribution->parts[part][i];
	if (below < rank)
	  continue;
	uint64_t value = greatest (part, i);
	return value < distribution->maximum ? value : distribution->maximum;
      }
  return distribution->maximum;
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

uint64_t
distribution_between (const struct distribution *distribution, uint64_t low,
		      uint64_t high)
{
  uint64_t count = 0;

  for (unsigned part = 0; part < DISTRIBUTION_PARTS; part++)
    for (unsigned i = 0;
	 distribution->parts[part] != NULL && i < buckets_of (part); i++)
      {
	uint64_t value = greatest (part, i);
	if (value >= low && value <= high)
	  count += distribution->parts[part][i];
      }
  return count;
}

void
distribution_free (struct distribution *distribution)
{
  for (unsigned i = 0; i < DISTRIBUTION_PARTS; i++)
    free (distribution->parts[i]);
  *distribution = (struct distribution){ .count = 0 };
}
