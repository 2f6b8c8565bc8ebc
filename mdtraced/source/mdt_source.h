/* Trace files, made of whatever can be read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_MDT_SOURCE_H
#define MDTRACED_MDT_SOURCE_H

#include "mdt_write.h"
#include "source.h"

/* Describe all tables of CONNECTION to WRITER, by their order in
   source_tables_list, and add all rows of them.  On failure returns false, and
   leaves a sentence in MESSAGE, of BYTES bytes, if that was SQLite's; else
   MESSAGE is empty.  */
bool mdt_write_tables (struct mdt_writer *writer, sqlite3 *connection,
		       char *message, size_t bytes);

/* Add EVENT.  */
bool mdt_put_source_event (struct mdt_writer *writer,
			   const struct source_event *event);

/* What was lost by the counts of the probes of CONNECTION.  */
bool mdt_count_losses (sqlite3 *connection, struct mdt_end *losses);

#endif /* MDTRACED_MDT_SOURCE_H */
