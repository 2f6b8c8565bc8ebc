/* Traces that are read, into a database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_SOURCE_STORE_H
#define MDTRACED_SOURCE_STORE_H

#include "database.h"
#include "source.h"

/* Store all of SOURCE in DATABASE, in which nothing is yet, with the same
   keys. Of events that have the same time the later ones are put off, as
   always. *EVENTS is set to how many there are.  On failure returns false and
   leaves a sentence in MESSAGE, of BYTES bytes; *IS_SOURCE tells whether it is
   about SOURCE, and not about DATABASE, which is of no use then.  */
bool source_store (struct source *source, struct database *database,
		   uint64_t *events, bool *is_source, char *message,
		   size_t bytes);

/* Let the connection of SOURCE have the events too, with the views of them, if
   it has not yet.  That takes its time, and room on the disk.  On failure
   returns false and leaves a sentence in MESSAGE, of BYTES bytes.  */
bool source_store_events (struct source *source, char *message, size_t bytes);

#endif /* MDTRACED_SOURCE_STORE_H */
