/* Bins.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "bins.h"

bool
bins_begin (struct bins *bins, unsigned step)
{
  if (bins->count == bins->room)
    {
      uint32_t room = bins->room > 0 ? 2 * bins->room : 1;
      struct bin *more = reallocarray (bins->bins, room, sizeof *more);
      if (more == NULL)
	return false;
      bins->bins = more;
      bins->room = room;
    }
  bins->bins[bins->count++] = (struct bin){ .step = step, .events = 1 };
  return true;
}

uint64_t
bins_sum (const struct bins *bins)
{
  uint64_t sum = 0;

  for (uint32_t i = 0; i < bins->count; i++)
    sum += bins->bins[i].events;
  return sum;
}

void
bins_spread (const struct bins *bins, uint32_t *counts, unsigned steps)
{
  memset (counts, 0, steps * sizeof *counts);
  for (uint32_t i = 0; i < bins->count; i++)
    counts[bins->bins[i].step] = bins->bins[i].events;
}

void
bins_free (struct bins *bins)
{
  free (bins->bins);
  *bins = (struct bins){ .count = 0 };
}
