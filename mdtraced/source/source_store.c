/* Traces that are read, into a database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "source_private.h"
#include "source_store.h"
#include "source_tables.h"

struct store
{
  struct source *source;
  sqlite3 *from, *to;
  sqlite3_stmt *event, *duration;
  bool *is_source;
  char *message;
  size_t bytes;
};

/* Fail for what CONNECTION says, FROM or TO.  */
static bool
fail (const struct store *store, sqlite3 *connection)
{
  *store->is_source = connection == store->from;
  snprintf (store->message, store->bytes, "%s", sqlite3_errmsg (connection));
  return false;
}

/* Fail for what the source says.  */
static bool
fail_source (const struct store *store)
{
  *store->is_source = true;
  snprintf (store->message, store->bytes, "%s",
	    source_problem (store->source));
  return false;
}

static bool
execute (const struct store *store, const char *text)
{
  return sqlite3_exec (store->to, text, NULL, NULL, NULL) == SQLITE_OK
	 || fail (store, store->to);
}

static bool
perform (const struct store *store, sqlite3_stmt *statement)
{
  sqlite3_step (statement);
  return sqlite3_reset (statement) == SQLITE_OK || fail (store, store->to);
}

/* The statement that stores a row of COUNT columns in the table called NAME;
   null if that fails.  */
static sqlite3_stmt *
prepare_insert (const struct store *store, const char *name,
		const char *columns, int count)
{
  sqlite3_stmt *insert = NULL;
  sqlite3_str *text = sqlite3_str_new (store->to);

  sqlite3_str_appendf (text, "INSERT OR REPLACE INTO \"%w\" (%s) VALUES (",
		       name, columns);
  for (int i = 0; i < count; i++)
    sqlite3_str_appendall (text, i > 0 ? ", ?" : "?");
  sqlite3_str_appendall (text, ")");
  char *statement = sqlite3_str_finish (text);
  if (statement != NULL)
    sqlite3_prepare_v2 (store->to, statement, -1, &insert, NULL);
  sqlite3_free (statement);
  return insert;
}

/* Copy the COLUMNS of the table called NAME.  */
static bool
copy_table (const struct store *store, const char *name, const char *columns)
{
  char *text = sqlite3_mprintf ("SELECT %s FROM main.\"%w\"", columns, name);
  sqlite3_stmt *rows = NULL, *insert = NULL;
  bool good = (text != NULL
	       && sqlite3_prepare_v2 (store->from, text, -1, &rows, NULL)
		      == SQLITE_OK)
	      || fail (store, store->from);

  sqlite3_free (text);
  int count = sqlite3_column_count (rows);
  if (good)
    {
      insert = prepare_insert (store, name, columns, count);
      good = insert != NULL || fail (store, store->to);
    }
  while (good && sqlite3_step (rows) == SQLITE_ROW)
    {
      for (int i = 0; i < count; i++)
	sqlite3_bind_value (insert, i + 1, sqlite3_column_value (rows, i));
      good = perform (store, insert);
    }
  sqlite3_finalize (insert);
  if (sqlite3_finalize (rows) != SQLITE_OK && good)
    good = fail (store, store->from);
  return good;
}

static bool
copy_tables (const struct store *store)
{
  struct source_tables tables;
  sqlite3_stmt *list = NULL;
  bool good = source_tables_open (&tables)
	      && (list = source_tables_list (&tables)) != NULL;

  if (!good)
    {
      *store->is_source = false;
      snprintf (store->message, store->bytes, "%s", tables.problem);
    }
  while (good && sqlite3_step (list) == SQLITE_ROW)
    good = copy_table (store, (const char *) sqlite3_column_text (list, 0),
		       (const char *) sqlite3_column_text (list, 1));
  if (sqlite3_finalize (list) != SQLITE_OK && good)
    {
      *store->is_source = false;
      snprintf (store->message, store->bytes, "%s",
		sqlite3_errmsg (tables.connection));
      good = false;
    }
  source_tables_close (&tables);
  return good;
}

/* Let parameter INDEX of STATEMENT be NUMBER, if that IS_THERE.  */
static void
bind_if (sqlite3_stmt *statement, int index, bool is_there, int64_t number)
{
  if (is_there)
    sqlite3_bind_int64 (statement, index, number);
  else
    sqlite3_bind_null (statement, index);
}

static bool
put_event (const struct store *store, const struct source_event *event,
	   int64_t time_ns)
{
  sqlite3_stmt *insert = store->event;

  sqlite3_bind_int64 (insert, 1, time_ns);
  sqlite3_bind_int64 (insert, 2, event->probe->key);
  sqlite3_bind_int64 (insert, 3, event->cpu);
  bind_if (insert, 4, event->thread != NULL,
	   event->thread != NULL ? event->thread->key : 0);
  bind_if (insert, 5, event->site != NULL,
	   event->site != NULL ? event->site->key : 0);
  bind_if (insert, 6, event->stack != NULL,
	   event->stack != NULL ? event->stack->key : 0);
  bind_if (insert, 7, event->known & SOURCE_RETVAL, event->retval);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    bind_if (insert, 8 + i, event->known & (uint32_t) SOURCE_ARG0 << i,
	     event->arguments[i]);
  if (!perform (store, insert))
    return false;
  if ((event->known & SOURCE_DURATION) == 0)
    return true;
  sqlite3_bind_int64 (store->duration, 1, time_ns);
  sqlite3_bind_int64 (store->duration, 2, event->duration_ns);
  return perform (store, store->duration);
}

static bool
copy_events (const struct store *store, uint64_t *events)
{
  const struct source_event *event;
  int64_t last_ns = 0;
  bool failed;

  *events = 0;
  if (!source_begin (store->source, INT64_MIN, INT64_MAX))
    return fail_source (store);
  while ((event = source_next (store->source, &failed)) != NULL)
    {
      int64_t time_ns = event->time_ns;
      if (*events > 0 && time_ns <= last_ns)
	{
	  if (last_ns == INT64_MAX)
	    {
	      *store->is_source = true;
	      snprintf (store->message, store->bytes,
			"has several events at the end of time");
	      return false;
	    }
	  time_ns = last_ns + 1;
	}
      if (!put_event (store, event, time_ns))
	return false;
      last_ns = time_ns;
      ++*events;
    }
  return !failed || fail_source (store);
}

/* Copy the events, and if WITH_TABLES the tables, within a transaction.  */
static bool
copy (struct store *store, bool with_tables, uint64_t *events)
{
  static const char event_text[]
      = "INSERT INTO event (time_ns, probe_key, cpu, thread_key, site_key,"
	" stack_id, retval, arg0, arg1, arg2, arg3, arg4, arg5)"
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  static const char duration_text[]
      = "INSERT INTO duration (time_ns, duration_ns) VALUES (?, ?)";

  *events = 0;
  /* There is nothing that would have to be as it was before.  */
  bool good = execute (store, "PRAGMA journal_mode = OFF; BEGIN")
	      && ((sqlite3_prepare_v2 (store->to, event_text, -1,
				       &store->event, NULL)
		       == SQLITE_OK
		   && sqlite3_prepare_v2 (store->to, duration_text, -1,
					  &store->duration, NULL)
			  == SQLITE_OK)
		  || fail (store, store->to))
	      && (!with_tables || copy_tables (store))
	      && copy_events (store, events) && execute (store, "COMMIT");
  sqlite3_finalize (store->event);
  sqlite3_finalize (store->duration);
  return good;
}

bool
source_store (struct source *source, struct database *database,
	      uint64_t *events, bool *is_source, char *message, size_t bytes)
{
  struct store store = { .source = source,
			 .from = source_connection (source),
			 .to = database_connection (database),
			 .is_source = is_source,
			 .message = message,
			 .bytes = bytes };

  return copy (&store, true, events);
}

bool
source_store_events (struct source *source, char *message, size_t bytes)
{
  uint64_t events;
  bool is_source;
  struct store store = { .source = source,
			 .from = source_connection (source),
			 .to = source_connection (source),
			 .is_source = &is_source,
			 .message = message,
			 .bytes = bytes };

  return source->backend->answers_events || copy (&store, false, &events);
}
