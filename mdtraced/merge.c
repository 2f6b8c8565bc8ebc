/* From one database into another.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Kernels are known by the hash of their text, boots by the kernel's number
   for them, probes by their numbers, and so on: merge.sql finds for each row
   there the one here, or makes it.  Events are known by their time and values;
   as their time may have been put off here, the same event is looked for from
   its time on up to the first nanosecond that is free, which is the one that
   it gets if it is not found.  Each event here is taken for one event there
   only.  So doing it again finds each event where it was put.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "database_private.h"
#include "merge.h"
#include "reader.h"

extern const char merge_sql[];

/* Columns of the events that are brought over, as event has them.  */
enum
{
  EVENT_COLUMNS = 13
};

#define COLUMNS                                                               \
  "SELECT e.time_ns, p.target, e.cpu, t.target, s.target, k.target,"          \
  " e.retval, e.arg0, e.arg1, e.arg2, e.arg3, e.arg4, e.arg5"
#define ROWS                                                                  \
  " FROM temp.part CROSS JOIN src.event e CROSS JOIN map_probe p"             \
  " ON p.source = e.probe_key"                                                \
  " LEFT JOIN map_thread t ON t.source = e.thread_key"                        \
  " LEFT JOIN map_site s ON s.source = e.site_key"                            \
  " LEFT JOIN map_stack k ON k.source = e.stack_id"                           \
  " LEFT JOIN src.duration d ON d.time_ns = e.time_ns"                        \
  " WHERE e.time_ns BETWEEN part.from_ns AND part.to_ns"
#define IN_ORDER " ORDER BY e.time_ns"

/* Whether the event at ?1 is the one that is bound; no row: it is free.  */
static const char compare_text[]
    = "SELECT probe_key = ?2 AND cpu = ?3 AND retval IS ?7 AND arg0 IS ?8"
      " AND arg1 IS ?9 AND arg2 IS ?10 AND arg3 IS ?11 AND arg4 IS ?12"
      " AND arg5 IS ?13 AND duration_ns IS ?14 FROM main.event"
      " LEFT JOIN main.duration USING (time_ns) WHERE time_ns = ?1";
static const char insert_text[]
    = "INSERT INTO main.event (time_ns, probe_key, cpu, thread_key, site_key,"
      " stack_id, retval, arg0, arg1, arg2, arg3, arg4, arg5)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

static const char duration_text[]
    = "INSERT INTO main.duration (time_ns, duration_ns)"
      " SELECT ?1, ?2 WHERE ?2 IS NOT NULL";

static const char drop_sql[]
    = "DROP TABLE temp.map_kernel; DROP TABLE temp.map_boot;"
      "DROP TABLE temp.map_run; DROP TABLE temp.lost;"
      "DROP TABLE temp.map_probe; DROP TABLE temp.map_site;"
      "DROP TABLE temp.map_name; DROP TABLE temp.map_thread;"
      "DROP TABLE temp.map_stack; DROP TABLE temp.map_aggregation;"
      "DROP TABLE temp.map_aggregate; DROP TABLE temp.brought;"
      "DROP TABLE temp.map_counter; DROP TABLE temp.part";

/* Times at which events were found or put, none before the one that is looked
   for: nothing is found there again.  */
struct taken
{
  sqlite3_int64 *times;
  size_t count, size;
};

static bool
is_taken (const struct taken *taken, sqlite3_int64 time)
{
  for (size_t i = 0; i < taken->count; i++)
    if (taken->times[i] == time)
      return true;
  return false;
}

/* Forget those before FIRST, and remember TIME.  */
static bool
take (struct taken *taken, sqlite3_int64 first, sqlite3_int64 time)
{
  size_t kept = 0;

  for (size_t i = 0; i < taken->count; i++)
    if (taken->times[i] >= first)
      taken->times[kept++] = taken->times[i];
  taken->count = kept;
  if (taken->count == taken->size)
    {
      size_t size = 2 * taken->size + 16;
      sqlite3_int64 *times = realloc (taken->times, size * sizeof *times);
      if (times == NULL)
	return false;
      taken->times = times;
      taken->size = size;
    }
  taken->times[taken->count++] = time;
  return true;
}

/* What brings events over one by one.  */
struct transfer
{
  sqlite3_stmt *events, *compare, *insert, *duration;
  struct taken taken;
};

/* Put the event in the present row at TIME, which is free.  */
static bool
put_event_at (struct transfer *transfer, sqlite3_int64 time)
{
  sqlite3_bind_int64 (transfer->insert, 1, time);
  sqlite3_bind_int64 (transfer->duration, 1, time);
  sqlite3_bind_value (transfer->duration, 2,
		      sqlite3_column_value (transfer->events, EVENT_COLUMNS));
  return database_perform (transfer->insert)
	 && database_perform (transfer->duration);
}

/* Bring the event over that is in the present row.  */
static bool
put_event (struct transfer *transfer, struct merge_counts *counts)
{
  sqlite3_int64 first = sqlite3_column_int64 (transfer->events, 0);

  for (int i = 1; i < EVENT_COLUMNS; i++)
    {
      sqlite3_value *value = sqlite3_column_value (transfer->events, i);
      sqlite3_bind_value (transfer->compare, i + 1, value);
      sqlite3_bind_value (transfer->insert, i + 1, value);
    }
  sqlite3_bind_value (transfer->compare, EVENT_COLUMNS + 1,
		      sqlite3_column_value (transfer->events, EVENT_COLUMNS));
  for (sqlite3_int64 time = first;; time++)
    {
      sqlite3_int64 same;
      bool found;
      sqlite3_bind_int64 (transfer->compare, 1, time);
      if (!database_look_up (transfer->compare, &same, &found))
	return false;
      if (!found)
	{
	  counts->events++;
	  return put_event_at (transfer, time)
		 && take (&transfer->taken, first, time);
	}
      if (same && !is_taken (&transfer->taken, time))
	{
	  counts->known_events++;
	  return take (&transfer->taken, first, time);
	}
    }
}

static bool
put_events_singly (struct database *database, struct merge_counts *counts)
{
  struct transfer transfer = { .events = NULL };
  sqlite3 *connection = database->connection;
  int result = SQLITE_ERROR;
  bool good = sqlite3_prepare_v2 (connection,
				  COLUMNS ", d.duration_ns" ROWS IN_ORDER, -1,
				  &transfer.events, NULL)
		  == SQLITE_OK
	      && sqlite3_prepare_v2 (connection, compare_text, -1,
				     &transfer.compare, NULL)
		     == SQLITE_OK
	      && sqlite3_prepare_v2 (connection, insert_text, -1,
				     &transfer.insert, NULL)
		     == SQLITE_OK
	      && sqlite3_prepare_v2 (connection, duration_text, -1,
				     &transfer.duration, NULL)
		     == SQLITE_OK;

  while (good && (result = sqlite3_step (transfer.events)) == SQLITE_ROW)
    good = put_event (&transfer, counts);
  good = good && result == SQLITE_DONE;
  sqlite3_finalize (transfer.duration);
  sqlite3_finalize (transfer.insert);
  sqlite3_finalize (transfer.compare);
  good = sqlite3_finalize (transfer.events) == SQLITE_OK && good;
  free (transfer.taken.times);
  return good;
}

/* Bring all events over.  Where there is none at any of their times they can
   be taken as they are.  */
static bool
put_events (struct database *database, struct merge_counts *counts)
{
  sqlite3_int64 is_free;

  if (!database_select (
	  database,
	  "SELECT NOT EXISTS (SELECT 1 FROM main.event"
	  " WHERE time_ns BETWEEN (SELECT min(e.time_ns) FROM src.event e"
	  "  WHERE e.time_ns >= (SELECT from_ns FROM temp.part))"
	  " AND (SELECT max(e.time_ns) FROM src.event e"
	  "  WHERE e.time_ns <= (SELECT to_ns FROM temp.part)))",
	  &is_free))
    return false;
  if (!is_free)
    return put_events_singly (database, counts);
  if (!database_execute (database,
			 "INSERT INTO main.event (time_ns,"
			 " probe_key, cpu, thread_key, site_key,"
			 " stack_id, retval, arg0, arg1, arg2,"
			 " arg3, arg4, arg5) " COLUMNS ROWS IN_ORDER))
    return false;
  counts->events = sqlite3_changes64 (database->connection);
  return database_execute (database,
			   "INSERT INTO main.duration (time_ns, duration_ns)"
			   " SELECT e.time_ns, d.duration_ns" ROWS
			   " AND d.duration_ns IS NOT NULL" IN_ORDER);
}

/* All that is done in the transaction.  */
static bool
merge (struct database *database, const struct merge_part *part,
       struct merge_counts *counts)
{
  char text[256];
  sqlite3_int64 known, all;

  snprintf (text, sizeof text,
	    "CREATE TEMP TABLE part AS SELECT %" PRId64 " AS from_ns, %" PRId64
	    " AS to_ns, %" PRId64 " AS boot_id",
	    part->from_ns, part->to_ns, part->boot_id);
  memset (counts, 0, sizeof *counts);
  if (!database_execute (database, text)
      || !database_execute (database, merge_sql)
      || !put_events (database, counts)
      || !database_select (database, "SELECT count(*) FROM map_boot", &all)
      || !database_select (database,
			   "SELECT count(*) FROM map_boot WHERE known", &known)
      || !database_execute (database, drop_sql))
    return false;
  counts->boots = all - known;
  counts->known_boots = known;
  return true;
}

/* Bring the database of READER up to this version, in a copy of it in
   DIRECTORY, and read that instead.  *COPY is set to its name, which is to be
   removed.  */
static bool
read_copy (struct reader *reader, const char *source, const char *directory,
	   char **copy, char *message, size_t bytes)
{
  sqlite3_stmt *statement;
  bool is_damaged;

  if (asprintf (copy, "%s/copy-XXXXXX", directory) < 0)
    {
      *copy = NULL;
      snprintf (message, bytes, "%s", strerror (ENOMEM));
      return false;
    }
  int file = mkstemp (*copy);
  if (file < 0)
    {
      snprintf (message, bytes, "%s: %s", *copy, strerror (errno));
      free (*copy);
      *copy = NULL;
      return false;
    }
  close (file);
  bool good = sqlite3_prepare_v2 (reader->connection, "VACUUM INTO ?1", -1,
				  &statement, NULL)
	      == SQLITE_OK;
  if (good)
    {
      sqlite3_bind_text (statement, 1, *copy, -1, SQLITE_STATIC);
      sqlite3_step (statement);
      good = sqlite3_finalize (statement) == SQLITE_OK;
    }
  if (!good)
    {
      reader_describe (reader, source, message, bytes);
      return false;
    }
  struct database *database = database_open (*copy, message, bytes);
  database_close (database);
  if (database == NULL)
    return false;
  reader_close (reader);
  return reader_open (reader, *copy, &is_damaged, message, bytes);
}

/* Remove the COPY, and what SQLite leaves beside a database that was only
   read. Null is allowed; it is freed.  */
static void
remove_copy (char *copy)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };

  for (size_t i = 0; copy != NULL && i < sizeof suffixes / sizeof *suffixes;
       i++)
    {
      char *name;
      if (asprintf (&name, "%s%s", copy, suffixes[i]) < 0)
	continue;
      unlink (name);
      free (name);
    }
  free (copy);
}

/* Let the database that SQLite opens by URI be SRC.  */
static bool
attach (struct database *database, const char *uri)
{
  sqlite3_stmt *statement;

  if (sqlite3_prepare_v2 (database->connection, "ATTACH ?1 AS src", -1,
			  &statement, NULL)
      != SQLITE_OK)
    return false;
  database_bind_text (statement, 1, uri);
  bool good = database_perform (statement);
  sqlite3_finalize (statement);
  return good;
}

bool
merge_database (struct database *database, const char *source,
		const struct merge_part *part, struct merge_counts *counts,
		char *message, size_t bytes)
{
  struct reader reader;
  char *copy = NULL;
  bool is_damaged;
  bool good = reader_open (&reader, source, &is_damaged, message, bytes);

  if (good && reader.version < DATABASE_VERSION)
    good = read_copy (&reader, source, part->directory, &copy, message, bytes);
  if (good)
    {
      good = attach (database, reader.uri);
      if (good)
	{
	  good = database_begin (database) && merge (database, part, counts)
		 && database_commit (database);
	  if (!good)
	    database_rollback (database);
	  database_execute (database, "DETACH src");
	}
      if (!good)
	snprintf (message, bytes, "%s", database_error (database));
      if (!good && database_is_damaged (database))
	database_describe_damage (source, database_error (database), message,
				  bytes);
    }
  reader_close (&reader);
  remove_copy (copy);
  return good;
}
