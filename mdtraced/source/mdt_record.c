/* Trace files, as they are recorded.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Triggers note the keys of the rows that change.  Events of a transaction are
   kept until it is committed.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mdt_record.h"
#include "mdt_source.h"
#include "mdt_write.h"
#include "source_tables.h"

enum
{
  /* What was stored is in the file after that time.  */
  FLUSH_MS = 1000
};

/* A table whose changes are noted.  */
struct watched
{
  sqlite3_stmt *changed; /* selects its rows that have changed */
  sqlite3_stmt *forget;	 /* that they have */
};

struct mdt_record
{
  int file;
  struct database *database;
  struct mdt_writer *writer;
  struct watched tables[MDT_TABLES_MAX];
  unsigned table_count;
  struct stored_event *events; /* of the present transaction */
  size_t event_count, event_size;
  uint64_t next_flush_ms;
  char problem[256];
};

static bool
fail (struct mdt_record *record, const char *problem)
{
  snprintf (record->problem, sizeof record->problem, "%s", problem);
  return false;
}

/* Fail for what SQLite says.  */
static bool
fail_there (struct mdt_record *record)
{
  return fail (record,
	       sqlite3_errmsg (database_connection (record->database)));
}

static bool
take (void *closure, const struct stored_event *event)
{
  struct mdt_record *record = closure;

  if (record->event_count == record->event_size)
    {
      size_t size = 2 * record->event_size + 1024;
      struct stored_event *events
	  = reallocarray (record->events, size, sizeof *events);
      if (events == NULL)
	return fail (record, strerror (errno));
      record->events = events;
      record->event_size = size;
    }
  record->events[record->event_count++] = *event;
  return true;
}

/* Perform TEXT, which is freed.  */
static bool
execute (struct mdt_record *record, char *text)
{
  bool good = text != NULL
	      && sqlite3_exec (database_connection (record->database), text,
			       NULL, NULL, NULL)
		     == SQLITE_OK;

  sqlite3_free (text);
  return good || fail_there (record);
}

/* Prepare TEXT, which is freed.  */
static bool
prepare (struct mdt_record *record, char *text, sqlite3_stmt **statement)
{
  bool good = text != NULL
	      && sqlite3_prepare_v2 (database_connection (record->database),
				     text, -1, statement, NULL)
		     == SQLITE_OK;

  sqlite3_free (text);
  return good || fail_there (record);
}

/* Note from now on which rows of the table called NAME change, whose COLUMNS
   are a list, and of which KEYS tell a row apart, each with a comma behind it,
   and NEW_KEYS are the same behind "new.".  */
static bool
watch (struct mdt_record *record, const char *name, const char *columns,
       const char *keys, const char *new_keys)
{
  if (record->table_count == MDT_TABLES_MAX)
    return fail (record, "there are more tables than a trace file can have");
  struct watched *table = &record->tables[record->table_count++];

  /* What a statement says of conflicts would be said of its triggers too.  */
  return execute (record,
		  sqlite3_mprintf (
		      "CREATE TEMP TABLE \"changed_%w\" (%s, PRIMARY KEY (%s))"
		      " WITHOUT ROWID;"
		      "CREATE TEMP TRIGGER \"insert_%w\" AFTER INSERT"
		      " ON main.\"%w\" WHEN (%s) NOT IN (SELECT %s"
		      " FROM \"changed_%w\")"
		      " BEGIN INSERT INTO \"changed_%w\" VALUES (%s); END;"
		      "CREATE TEMP TRIGGER \"update_%w\" AFTER UPDATE"
		      " ON main.\"%w\" WHEN (%s) NOT IN (SELECT %s"
		      " FROM \"changed_%w\")"
		      " BEGIN INSERT INTO \"changed_%w\" VALUES (%s); END",
		      name, keys, keys, name, name, new_keys, keys, name, name,
		      new_keys, name, name, new_keys, keys, name, name,
		      new_keys))
	 && prepare (record,
		     sqlite3_mprintf ("SELECT %s FROM temp.\"changed_%w\""
				      " CROSS JOIN main.\"%w\" USING (%s)",
				      columns, name, name, keys),
		     &table->changed)
	 && prepare (record,
		     sqlite3_mprintf ("DELETE FROM temp.\"changed_%w\"", name),
		     &table->forget);
}

/* Watch all tables, and describe them in the file.  */
static bool
watch_all (struct mdt_record *record)
{
  static const char keys_text[]
      = "SELECT group_concat('\"' || name || '\"', ', '),"
	" group_concat('new.\"' || name || '\"', ', ')"
	" FROM pragma_table_info(?1) WHERE pk > 0";
  struct source_tables tables;
  sqlite3_stmt *list = NULL, *keys = NULL;
  bool good = (source_tables_open (&tables)
	       && (list = source_tables_list (&tables)) != NULL)
	      || fail (record, tables.problem);

  good = good
	 && (sqlite3_prepare_v2 (tables.connection, keys_text, -1, &keys, NULL)
		 == SQLITE_OK
	     || fail (record, sqlite3_errmsg (tables.connection)));
  while (good && sqlite3_step (list) == SQLITE_ROW)
    {
      const char *name = (const char *) sqlite3_column_text (list, 0);
      unsigned number = record->table_count;
      sqlite3_bind_text (keys, 1, name, -1, SQLITE_STATIC);
      good = (sqlite3_step (keys) == SQLITE_ROW
	      || fail (record, sqlite3_errmsg (tables.connection)))
	     && watch (record, name,
		       (const char *) sqlite3_column_text (list, 1),
		       (const char *) sqlite3_column_text (keys, 0),
		       (const char *) sqlite3_column_text (keys, 1))
	     && (mdt_put_table (record->writer, number, name,
				record->tables[number].changed)
		 || fail (record, mdt_problem (record->writer)));
      sqlite3_reset (keys);
    }
  if (sqlite3_finalize (list) != SQLITE_OK && good)
    good = fail (record, sqlite3_errmsg (tables.connection));
  sqlite3_finalize (keys);
  source_tables_close (&tables);
  return good;
}

struct mdt_record *
mdt_record_open (const char *path, char *message, size_t bytes)
{
  struct mdt_record *record = calloc (1, sizeof *record);

  if (record == NULL)
    {
      snprintf (message, bytes, "%s", strerror (errno));
      return NULL;
    }
  record->file = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (record->file < 0 || (record->writer = mdt_begin (record->file)) == NULL)
    {
      snprintf (message, bytes, "%s",
		errno == EEXIST ? "is there already; name another file, or "
				  "remove it"
				: strerror (errno));
      mdt_record_close (record);
      return NULL;
    }
  record->database = database_open_temporary (message, bytes);
  if (record->database == NULL)
    {
      mdt_record_close (record);
      return NULL;
    }
  if (!watch_all (record))
    {
      snprintf (message, bytes, "%s", record->problem);
      mdt_record_close (record);
      return NULL;
    }
  database_set_take (record->database, take, record);
  return record;
}

struct database *
mdt_record_database (struct mdt_record *record)
{
  return record->database;
}

/* Add the rows that have changed.  */
static bool
put_changes (struct mdt_record *record)
{
  for (unsigned i = 0; i < record->table_count; i++)
    {
      const struct watched *table = &record->tables[i];
      bool good = true, any = false;
      while (good && sqlite3_step (table->changed) == SQLITE_ROW)
	{
	  any = true;
	  good = mdt_put_row (record->writer, i, table->changed);
	}
      if (!good)
	fail (record, mdt_problem (record->writer));
      if (sqlite3_reset (table->changed) != SQLITE_OK && good)
	return fail_there (record);
      if (!good)
	return false;
      if (!any)
	continue;
      sqlite3_step (table->forget);
      if (sqlite3_reset (table->forget) != SQLITE_OK)
	return fail_there (record);
    }
  return true;
}

static bool
flush (struct mdt_record *record)
{
  if (!put_changes (record))
    return false;
  return mdt_flush (record->writer)
	 || fail (record, mdt_problem (record->writer));
}

/* Let the writer have the events of the transaction, which is good.  */
static bool
put_events (struct mdt_record *record)
{
  for (size_t i = 0; i < record->event_count; i++)
    if (!mdt_put (record->writer, &record->events[i]))
      return fail (record, mdt_problem (record->writer));
  record->event_count = 0;
  return true;
}

bool
mdt_record_commit (struct mdt_record *record, uint64_t now_ms)
{
  if (!put_events (record))
    return false;
  if (!mdt_is_full (record->writer) && now_ms < record->next_flush_ms)
    return true;
  record->next_flush_ms = now_ms + FLUSH_MS;
  return flush (record);
}

bool
mdt_record_finish (struct mdt_record *record)
{
  struct mdt_end losses;

  if (!put_events (record) || !flush (record))
    return false;
  if (!mdt_count_losses (database_connection (record->database), &losses))
    return fail_there (record);
  return mdt_finish (record->writer, &losses)
	 || fail (record, mdt_problem (record->writer));
}

const char *
mdt_record_problem (const struct mdt_record *record)
{
  return record->problem;
}

void
mdt_record_close (struct mdt_record *record)
{
  if (record == NULL)
    return;
  for (unsigned i = 0; i < record->table_count; i++)
    {
      sqlite3_finalize (record->tables[i].changed);
      sqlite3_finalize (record->tables[i].forget);
    }
  database_close (record->database);
  mdt_abandon (record->writer);
  if (record->file >= 0)
    close (record->file);
  free (record->events);
  free (record);
}
