/* Bins: how many events there were in each step of time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Events come in the order of time, so that only the last bin is counted in,
   and steps without events take no memory: a trace with a great many of
   whatever is counted has few events of most.  */

#ifndef ANALYZE_BINS_H
#define ANALYZE_BINS_H

#include <stdbool.h>
#include <stdint.h>

/* A bin holds 2^32 events, of one step.  */
struct bin
{
  uint32_t step, events;
};

/* All zeros: no events.  */
struct bins
{
  struct bin *bins; /* by step */
  uint32_t count, room;
};

/* Begin a bin for STEP, and count an event.  False if there is no memory.  */
bool bins_begin (struct bins *bins, unsigned step);

/* Count an event in STEP, which is not before the last one.  False if there is
   no memory.  */
static inline bool
bins_add (struct bins *bins, unsigned step)
{
  if (__builtin_expect (
	  bins->count == 0 || bins->bins[bins->count - 1].step != step, 0))
    return bins_begin (bins, step);
  bins->bins[bins->count - 1].events++;
  return true;
}

/* How many events there are in all.  */
uint64_t bins_sum (const struct bins *bins);

/* Set COUNTS, of STEPS steps, to the events of each.  */
void bins_spread (const struct bins *bins, uint32_t *counts, unsigned steps);

void bins_free (struct bins *bins);

#endif /* ANALYZE_BINS_H */
