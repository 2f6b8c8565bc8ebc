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

/* Add the member "probes" to DOCUMENT: those with most events in SECONDS
   first, and how many others there are.  False if there is no memory.  */
bool losses_probes (const struct wanted *wanted,
		    const struct timeline *timeline, double seconds,
		    json_t *document);

#endif /* ANALYZE_ANALYZE_LOSSES_H */
