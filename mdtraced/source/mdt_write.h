/* Trace files, as they are written.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Rows and events are gathered, and written by mdt_flush: first the rows, so
   that whatever events refer to is in the file before them, wherever it is
   cut.  Functions that return bool return false when they fail; mdt_problem
   tells why, and the file ends with its last whole block then.  */

#ifndef MDTRACED_MDT_WRITE_H
#define MDTRACED_MDT_WRITE_H

#include <sqlite3.h>

#include "mdt.h"

enum
{
  /* Events of about so many bytes make a block.  */
  MDT_EVENTS_BYTES = 1 << 16
};

struct mdt_writer;

/* Begin to write to FILE, which stays the caller's, from where it is.  Null
   after a failure, with errno set.  */
struct mdt_writer *mdt_begin (int file);

/* Forget what was gathered.  WRITER may be null.  */
void mdt_abandon (struct mdt_writer *writer);

/* What has gone wrong, a sentence without the path.  Belongs to WRITER.  */
const char *mdt_problem (const struct mdt_writer *writer);

/* Whether that is that the file could not be written, by errno; 0: no.  */
int mdt_write_error (const struct mdt_writer *writer);

/* Describe table NUMBER, below MDT_TABLES_MAX, which is called NAME, by the
   columns of ROWS.  */
bool mdt_put_table (struct mdt_writer *writer, unsigned number,
		    const char *name, sqlite3_stmt *rows);

/* Add the row that ROWS is at.  */
bool mdt_put_row (struct mdt_writer *writer, unsigned number,
		  sqlite3_stmt *rows);

/* Add EVENT.  There is no end to what is gathered until mdt_flush.  */
bool mdt_put (struct mdt_writer *writer, const struct stored_event *event);

/* Whether so many events are gathered that they should be written.  */
bool mdt_is_full (const struct mdt_writer *writer);

/* Write what was gathered.  */
bool mdt_flush (struct mdt_writer *writer);

/* Write what was gathered, and that the file is complete, with what LOSSES
   says was lost.  WRITER is still to be given to mdt_abandon.  */
bool mdt_finish (struct mdt_writer *writer, const struct mdt_end *losses);

#endif /* MDTRACED_MDT_WRITE_H */
