/* Latencies: how long something took, how often, and when.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Of functions, locks, waits and messages alike.  A heat map counts by time
   and by powers of two; all heat maps together take 64 MiB at most, and what
   has found no room any more has none.  */

#ifndef ANALYZE_LATENCY_H
#define ANALYZE_LATENCY_H

#include <jansson.h>

#include "distribution.h"
#include "grid.h"
#include "source.h"

enum
{
  LATENCY_POWERS = 64
};

/* What latencies of an analysis share.  */
struct latency_heat
{
  const struct grid *grid; /* whose last step is that of the present event */
  size_t left_bytes;
};

/* All zeros: none yet.  */
struct latency
{
  uint64_t count;
  uint64_t total_ns, self_ns; /* at most UINT64_MAX */
  uint64_t waited_ns;	      /* how much of the total threads did not run */
  bool waited_is_unknown;
  struct distribution values;
  /* The longest one, of which there may be several, the first of them.  */
  int64_t longest_ended_ns;
  const struct source_thread *longest_thread; /* null: not known */
  uint64_t longest_detail;		      /* whatever tells it apart */
  /* By the power of two, counts by step; null: there are none.  */
  uint32_t **heat;
  bool has_no_heat;
};

/* Something that has ended at ENDED_NS, the time of the present event, after
   LENGTH_NS of which SELF_NS were its own.  False if there is no memory.  */
bool latency_add (struct latency *latency, struct latency_heat *heat,
		  int64_t ended_ns, uint64_t length_ns, uint64_t self_ns,
		  const struct source_thread *thread, uint64_t detail);

/* For WAITED_NS of the last one its thread did not run; less than 0: it is not
   known.  */
void latency_add_waited (struct latency *latency, int64_t waited_ns);

void latency_free (struct latency *latency);

/* When the longest one began.  */
int64_t latency_longest_began (const struct latency *latency);

/* The heat map, of what WHAT says; null if there is none.  */
json_t *latency_heat_map (const struct latency *latency,
			  const struct grid *grid, const char *what);

#endif /* ANALYZE_LATENCY_H */
