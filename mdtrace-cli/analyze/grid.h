/* Grids: a span of time in steps of one length.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Times are asked for in their order, so that a step is found without a
   division.  What is between the first and the last time of a trace may take
   all 64 bits.  */

#ifndef ANALYZE_GRID_H
#define ANALYZE_GRID_H

#include <stdint.h>

struct grid
{
  int64_t first_ns, last_ns; /* both of them belong to it */
  uint64_t step_ns;
  unsigned steps;
  unsigned at;	    /* the step that was found last */
  uint64_t next_ns; /* the one behind it begins so long after the first */
};

/* How long it is from FIRST to SECOND, which is not before it.  */
static inline uint64_t
grid_between (int64_t first_ns, int64_t second_ns)
{
  return (uint64_t) second_ns - (uint64_t) first_ns;
}

/* From FIRST_NS to LAST_NS, in at most STEPS_MAX steps of 1, 2 or 5 times a
   power of ten nanoseconds.  */
static inline struct grid
grid_make (int64_t first_ns, int64_t last_ns, unsigned steps_max)
{
  static const unsigned factors[] = { 1, 2, 5 };
  uint64_t span_ns = grid_between (first_ns, last_ns);
  struct grid grid = { .first_ns = first_ns, .last_ns = last_ns };
  uint64_t power = 1;

  for (unsigned i = 0;; i = (i + 1) % 3)
    {
      grid.step_ns = power * factors[i];
      if (span_ns / grid.step_ns < steps_max)
	break;
      if (i == 2)
	power *= 10;
    }
  grid.steps = span_ns / grid.step_ns + 1;
  grid.next_ns = grid.step_ns;
  return grid;
}

/* The step of TIME_NS, which is in the grid, and not before what was asked for
   last.  */
static inline unsigned
grid_find (struct grid *grid, int64_t time_ns)
{
  uint64_t since_ns = grid_between (grid->first_ns, time_ns);

  if (__builtin_expect (since_ns >= grid->next_ns, 0))
    {
      grid->at = since_ns / grid->step_ns;
      grid->next_ns = ((uint64_t) grid->at + 1) * grid->step_ns;
      /* Behind the last one there is nothing.  */
      if (grid->next_ns <= since_ns)
	grid->next_ns = UINT64_MAX;
    }
  return grid->at;
}

/* When STEP begins, and the last nanosecond of it.  */
static inline int64_t
grid_begin (const struct grid *grid, unsigned step)
{
  return (int64_t) ((uint64_t) grid->first_ns + step * grid->step_ns);
}

static inline int64_t
grid_end (const struct grid *grid, unsigned step)
{
  return step + 1 < grid->steps ? grid_begin (grid, step + 1) - 1
				: grid->last_ns;
}

#endif /* ANALYZE_GRID_H */
