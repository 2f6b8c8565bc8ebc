/* Aggregations: hits that are added up instead of recorded.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each CPU has a table of its own, with room for so many keys as were asked
   for.  An entry is the words of its key and its cells, as
   mig/mdtrace_keys.def and mig/mdtrace_aggregations.def say; entries stay
   where they are until all are cleared.  */

#ifndef MDTRACE_AGGREGATE_H
#define MDTRACE_AGGREGATE_H

#include "dtrace.h"

/* An aggregation as OPTIONS, which are good, ask for; null if there is no
   memory.  [server lock]  */
struct aggregation *aggregation_new (const mdtrace_probe_options_t *options);

/* Give it back, once no CPU can be using it.  Null is allowed.  [server
   lock]  */
void aggregation_free (struct aggregation *aggregation);

/* The words of an entry's key and of its cells.  */
void aggregation_words (const struct aggregation *aggregation,
			uint32_t *key_words, uint32_t *cell_words);

/* Add the hit of ENABLING that STATE describes.  In a handler.  */
enum dtrace_outcome aggregation_add (struct dtrace_cpu *state,
				     struct dtrace_enabling *enabling);

/* Copy entries of CPU from number FIRST on to BUFFER of *BYTES bytes, as many
   as fit, and set *BYTES.  Returns the number to go on with, 0 at the end.
   [server lock]  */
uint32_t aggregation_read (const struct aggregation *aggregation, unsigned cpu,
			   uint32_t first, void *buffer, uint32_t *bytes);

/* Forget all entries; FIRST and those behind it, linked by probe_next, are all
   enablings.  What is hit meanwhile on another CPU is dropped.  [server
   lock]  */
void aggregation_clear (struct aggregation *aggregation,
			struct dtrace_enabling *first);

#endif /* MDTRACE_AGGREGATE_H */
