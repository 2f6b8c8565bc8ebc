/* The greatest of many.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "ranked.h"

static int
by_place (const void *first, const void *second)
{
  const struct ranked *a = first, *b = second;

  return a->place < b->place ? -1 : a->place > b->place;
}

static int
by_amount (const void *first, const void *second)
{
  const struct ranked *a = first, *b = second;

  if (a->amount != b->amount)
    return a->amount > b->amount ? -1 : 1;
  return by_place (first, second);
}

void
ranked_sort (struct ranked *ranks, unsigned count)
{
  qsort (ranks, count, sizeof *ranks, by_amount);
}

void
ranked_by_place (struct ranked *ranks, unsigned count)
{
  qsort (ranks, count, sizeof *ranks, by_place);
}

unsigned
ranked_keep (struct ranked *ranks, unsigned count, unsigned most)
{
  if (count <= most)
    return count;
  ranked_sort (ranks, count);
  ranked_by_place (ranks, most);
  return most;
}
