/* Trace files, made of whatever can be read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_MDT_SOURCE_H
#define MDTRACED_MDT_SOURCE_H

#include "mdt_write.h"
#include "source.h"

/* Write SOURCE to a trace file at PATH, which must not be there, or be empty:
   all its tables, and the events from FROM_NS to TO_NS, inclusive.  *EVENTS is
   set to how many these are.  On failure returns false and leaves a sentence
   in MESSAGE, of BYTES bytes; *IS_SOURCE tells whether it is about SOURCE, and
   not about PATH.  */
bool mdt_write_source (struct source *source, const char *path,
		       int64_t from_ns, int64_t to_ns, uint64_t *events,
		       bool *is_source, char *message, size_t bytes);

/* Describe all tables of CONNECTION to WRITER, by their order in
   source_tables_list, and add all rows of them.  On failure returns false, and
   leaves a sentence in MESSAGE, of BYTES bytes, if that was SQLite's; else
   MESSAGE is empty.  */
bool mdt_write_tables (struct mdt_writer *writer, sqlite3 *connection,
		       char *message, size_t bytes);

/* What was lost by the counts of the probes of CONNECTION.  */
bool mdt_count_losses (sqlite3 *connection, struct mdt_end *losses);

#endif /* MDTRACED_MDT_SOURCE_H */
