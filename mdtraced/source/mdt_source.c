/* Trace files, made of whatever can be read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
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

static void
store (const struct source_event *event, struct stored_event *stored)
{
  stored->time_ns = event->time_ns;
  stored->probe_key = event->probe->key;
  stored->thread_key = event->thread != NULL ? event->thread->key : 0;
  stored->site_key = event->site != NULL ? event->site->key : 0;
  stored->stack_id = event->stack != NULL ? event->stack->key : 0;
  stored->cpu = event->cpu;
  stored->known = event->known;
  stored->retval = event->retval;
  stored->duration_ns = event->duration_ns;
  memcpy (stored->arguments, event->arguments, sizeof stored->arguments);
}

/* Write the events that are wanted.  *IS_SOURCE as for mdt_write_source.  */
static bool
write_events (struct mdt_writer *writer, struct source *source,
	      int64_t from_ns, int64_t to_ns, bool *is_source)
{
  const struct source_event *event;
  struct stored_event stored;
  bool failed;

  *is_source = true;
  if (!source_begin (source, from_ns, to_ns))
    return false;
  *is_source = false;
  while ((event = source_next (source, &failed)) != NULL)
    {
      store (event, &stored);
      if (!mdt_put (writer, &stored)
	  || (mdt_is_full (writer) && !mdt_flush (writer)))
	return false;
    }
  *is_source = failed;
  return !failed;
}

/* As mdt_write_source; MESSAGE may be left empty.  */
static bool
write_all (struct mdt_writer *writer, struct source *source, int64_t from_ns,
	   int64_t to_ns, bool *is_source, char *message, size_t bytes)
{
  sqlite3 *connection = source_connection (source);
  struct mdt_end losses;

  if (!mdt_write_tables (writer, connection, message, bytes))
    {
      *is_source = message[0] != '\0';
      return false;
    }
  if (!mdt_count_losses (connection, &losses))
    {
      *is_source = true;
      snprintf (message, bytes, "%s", sqlite3_errmsg (connection));
      return false;
    }
  return mdt_flush (writer)
	 && write_events (writer, source, from_ns, to_ns, is_source)
	 && mdt_finish (writer, &losses);
}

bool
mdt_write_source (struct source *source, const char *path, int64_t from_ns,
		  int64_t to_ns, uint64_t *events, bool *is_source,
		  char *message, size_t bytes)
{
  struct mdt_writer *writer = mdt_create (path);

  *is_source = false;
  if (writer == NULL)
    {
      snprintf (message, bytes, "%s", strerror (errno));
      return false;
    }
  message[0] = '\0';
  bool good
      = write_all (writer, source, from_ns, to_ns, is_source, message, bytes);
  if (!good && message[0] == '\0')
    snprintf (message, bytes, "%s",
	      *is_source ? source_problem (source) : mdt_problem (writer));
  *events = mdt_events (writer);
  mdt_abandon (writer);
  return good;
}
