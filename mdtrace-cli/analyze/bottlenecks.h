/* Bottlenecks: where time goes, ranked, each with the evidence.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Functions by their calls, of which those that take locks are said to be
   locks; waits; and the counter of contended locks, if it is stored.  What
   takes most time altogether comes first.  */

#ifndef ANALYZE_BOTTLENECKS_H
#define ANALYZE_BOTTLENECKS_H

#include <jansson.h>

#include "calls.h"
#include "msgids.h"
#include "timeline.h"
#include "waits.h"

struct bottlenecks
{
  struct source *source;
  struct calls *calls;
  struct latency *functions; /* by number */
  unsigned function_count;
  struct waits *waits;
  struct latency_heat heat;
};

/* Begin for the events of SOURCE; GRID is that of the timeline, which is given
   each event first.  False on failure; then *FAILED tells whether SOURCE's
   connection can say why, or there is no memory.  To be freed in any case.  */
bool bottlenecks_begin (struct bottlenecks *bottlenecks, struct source *source,
			const struct grid *grid, bool *failed);
void bottlenecks_free (struct bottlenecks *bottlenecks);

/* Take EVENT.  False if there is no memory.  */
bool bottlenecks_take (struct bottlenecks *bottlenecks,
		       const struct source_event *event);

/* The members "bottlenecks" and "calls", and heat maps of the first to be
   added to HEAT_MAPS.  Names say which boot it was if there are SEVERAL_BOOTS.
   The events took CPU_NS, on all CPUs together.  False if
   there is no memory.  */
bool bottlenecks_json (struct bottlenecks *bottlenecks,
		       const struct msgids *msgids, bool several_boots,
		       double cpu_ns, json_t *document, json_t *heat_maps);

#endif /* ANALYZE_BOTTLENECKS_H */
