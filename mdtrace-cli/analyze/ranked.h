/* The greatest of many.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef RANKED_H
#define RANKED_H

#include <stdint.h>

struct ranked
{
  unsigned place; /* in what is ranked */
  uint64_t amount;
};

/* Sort the COUNT RANKS: the greatest amount first, and where two have the same
   by their places.  */
void ranked_sort (struct ranked *ranks, unsigned count);

/* The same by their places alone.  */
void ranked_by_place (struct ranked *ranks, unsigned count);

/* Keep the MOST of the COUNT RANKS, which are by their places and stay so,
   with the greatest amounts.  Returns how many there are then.  */
unsigned ranked_keep (struct ranked *ranks, unsigned count, unsigned most);

#endif /* RANKED_H */
