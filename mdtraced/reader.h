/* Databases that are only read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   By a connection that cannot write, and also while a daemon writes.  */

#ifndef MDTRACED_READER_H
#define MDTRACED_READER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* A database that is open to be read.  */
struct reader
{
  sqlite3 *connection;
  char *uri; /* by which SQLite has opened it, so that it is only read */
  int version;
};

/* Open the database at PATH, of this version or an older one.  On failure
   returns false and leaves a sentence in MESSAGE, of BYTES bytes; *IS_DAMAGED
   tells whether that is because the file is damaged.  READER is to be closed
   in any case.  */
bool reader_open (struct reader *reader, const char *path, bool *is_damaged,
		  char *message, size_t bytes);
void reader_close (struct reader *reader);

/* Put what has gone wrong with PATH into MESSAGE, of BYTES bytes.  Returns
   whether it is that the file is damaged.  */
bool reader_describe (const struct reader *reader, const char *path,
		      char *message, size_t bytes);

/* The first column of the first row that TEXT selects, 0 if that is NULL or
   there is no row.  False when SQLite fails.  */
bool reader_select (const struct reader *reader, const char *text,
		    sqlite3_int64 *value);

#endif /* MDTRACED_READER_H */
