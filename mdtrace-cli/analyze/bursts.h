/* Bursts: when there were far more events than before and after.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A step of the timeline is compared with the 32 on either side of it: what is
   usual is their median, and the spread is the greatest of 1.4826 times the
   median of the distances from it, its square root, and 1.  A step with more
   than 8 spreads above the median, and at least twice it, belongs to a burst,
   and so does one between two of these.  Where events come at random that is
   less than one step in 10^9.  */

#ifndef ANALYZE_BURSTS_H
#define ANALYZE_BURSTS_H

#include <jansson.h>

#include "timeline.h"

struct burst
{
  unsigned begin, end; /* the first step, and the one behind the last */
  uint64_t events;
  double expected;
};

/* Find the bursts in STEPS COUNTS; put up to LIMIT of them into BURSTS, in the
   order of their times.  Returns how many there are, or -1 if there is no
   memory.  */
int bursts_find (const uint32_t *counts, unsigned steps, struct burst *bursts,
		 unsigned limit);

/* The member "bursts" of all events, CPUs and probes, those with the most
   unexpected events first.  Who and what it was is read from SOURCE, whose
   events IS_WANTED picks.  Null on failure: no memory, or SOURCE tells.  */
json_t *bursts_json (const struct timeline *timeline, struct source *source,
		     bool (*is_wanted) (const void *closure,
					const struct source_event *event),
		     const void *closure);

#endif /* ANALYZE_BURSTS_H */
