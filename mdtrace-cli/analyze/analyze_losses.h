/* What is not in a trace: hits that were lost, and the probes that lost them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef ANALYZE_ANALYZE_LOSSES_H
#define ANALYZE_ANALYZE_LOSSES_H

#include <jansson.h>

#include "timeline.h"
#include "wanted.h"

/* The member "losses", of probes of which some events are wanted.  What became
   of their hits is known for the whole trace; when they were lost is listed
   for the span of TIMELINE.  Null on failure.  */
json_t *losses_json (const struct wanted *wanted,
		     const struct timeline *timeline, struct source *source);

/* The member "probes": those with events or hits, most events first, in
   SECONDS.  Null if there is no memory.  */
json_t *losses_probes (const struct wanted *wanted,
		       const struct timeline *timeline, double seconds);

#endif /* ANALYZE_ANALYZE_LOSSES_H */
