/* Trace files, made of whatever can be read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "mdt_source.h"
#include "source_tables.h"

/* Put what CONNECTION says into MESSAGE, of BYTES bytes.  Returns false.  */
static bool
fail (sqlite3 *connection, char *message, size_t bytes)
{
  snprintf (message, bytes, "%s", sqlite3_errmsg (connection));
  return false;
}

/* Write the COLUMNS of the table called NAME as NUMBER.  MESSAGE as for
   mdt_write_tables.  */
static bool
write_table (struct mdt_writer *writer, sqlite3 *connection, const char *name,
	     const char *columns, unsigned number, char *message, size_t bytes)
{
  sqlite3_stmt *rows = NULL;
  char *text = sqlite3_mprintf ("SELECT %s FROM main.\"%w\"", columns, name);
  bool is_read
      = text != NULL
	&& sqlite3_prepare_v2 (connection, text, -1, &rows, NULL) == SQLITE_OK;

  sqlite3_free (text);
  bool good = is_read && mdt_put_table (writer, number, name, rows);
  while (good && sqlite3_step (rows) == SQLITE_ROW)
    good = mdt_put_row (writer, number, rows);
  if (sqlite3_finalize (rows) != SQLITE_OK && good)
    is_read = false;
  return is_read ? good : fail (connection, message, bytes);
}

bool
mdt_write_tables (struct mdt_writer *writer, sqlite3 *connection,
		  char *message, size_t bytes)
{
  struct source_tables tables;
  sqlite3_stmt *list = NULL;
  unsigned number = 0;

  message[0] = '\0';
  bool is_listed = source_tables_open (&tables)
		   && (list = source_tables_list (&tables)) != NULL;
  bool good = is_listed;
  while (good && sqlite3_step (list) == SQLITE_ROW)
    {
      const char *name = (const char *) sqlite3_column_text (list, 0);
      const char *columns = (const char *) sqlite3_column_text (list, 1);
      is_listed = good = name != NULL && columns != NULL;
      good = good
	     && write_table (writer, connection, name, columns, number++,
			     message, bytes);
    }
  if (sqlite3_finalize (list) != SQLITE_OK && good)
    is_listed = good = false;
  if (!is_listed)
    fail (tables.connection, message, bytes);
  source_tables_close (&tables);
  return good;
}

bool
mdt_count_losses (sqlite3 *connection, struct mdt_end *losses)
{
  /* total() adds what does not fit 64 bits, too.  */
  static const char text[] = "SELECT CAST(total(dropped) AS INTEGER),"
			     " CAST(total(throttled) AS INTEGER),"
			     " CAST(total(missed) AS INTEGER) FROM main.probe";
  sqlite3_stmt *row;

  *losses = (struct mdt_end){ .dropped = 0 };
  if (sqlite3_prepare_v2 (connection, text, -1, &row, NULL) != SQLITE_OK)
    return false;
  if (sqlite3_step (row) == SQLITE_ROW)
    {
      losses->dropped = (uint64_t) sqlite3_column_int64 (row, 0);
      losses->throttled = (uint64_t) sqlite3_column_int64 (row, 1);
      losses->missed = (uint64_t) sqlite3_column_int64 (row, 2);
    }
  return sqlite3_finalize (row) == SQLITE_OK;
}

bool
mdt_put_source_event (struct mdt_writer *writer,
		      const struct source_event *event)
{
  struct stored_event stored
      = { .time_ns = event->time_ns,
	  .probe_key = event->probe->key,
	  .thread_key = event->thread != NULL ? event->thread->key : 0,
	  .site_key = event->site != NULL ? event->site->key : 0,
	  .stack_id = event->stack != NULL ? event->stack->key : 0,
	  .cpu = event->cpu,
	  .known = event->known,
	  .retval = event->retval,
	  .duration_ns = event->duration_ns };

  memcpy (stored.arguments, event->arguments, sizeof stored.arguments);
  return mdt_put (writer, &stored);
}
