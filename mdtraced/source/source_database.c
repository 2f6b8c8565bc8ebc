/* Traces that are read: databases.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All is read in one transaction, so that it fits together while a daemon
   writes.  Durations have a table of their own, in the same order as events,
   and are read beside them.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "reader.h"
#include "source_private.h"

struct state
{
  struct reader reader;
  sqlite3_stmt *events, *durations;
  bool has_duration; /* DURATIONS is at a row, which is this one */
  int64_t duration_at, duration_ns;
  int64_t last_ns; /* of the last event that was good */
  bool has_last;
  bool is_over; /* what follows is damaged */
};

enum column
{
  COLUMN_TIME_NS,
  COLUMN_PROBE,
  COLUMN_CPU,
  COLUMN_THREAD,
  COLUMN_SITE,
  COLUMN_STACK,
  COLUMN_RETVAL,
  COLUMN_ARGUMENTS
};

static const char select_events[]
    = "SELECT time_ns, probe_key, cpu, thread_key, site_key, stack_id, retval,"
      " arg0, arg1, arg2, arg3, arg4, arg5 FROM event"
      " WHERE time_ns BETWEEN ?1 AND ?2 ORDER BY time_ns";
static const char select_durations[]
    = "SELECT time_ns, duration_ns FROM duration"
      " WHERE time_ns BETWEEN ?1 AND ?2 ORDER BY time_ns";

/* Say what SQLite has found wrong.  Returns whether it is damage that may be
   passed over.  */
static bool
fail (struct source *source)
{
  struct state *state = source->state;
  int code = sqlite3_errcode (source->connection) & 0xff;

  state->is_over = true;
  if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB)
    return source_fail (source, "%s", sqlite3_errmsg (source->connection));
  if (state->has_last)
    return source_damaged (source, "%s, behind the event of %" PRId64 " ns",
			   sqlite3_errmsg (source->connection),
			   state->last_ns);
  return source_damaged (source, "%s, before its first event",
			 sqlite3_errmsg (source->connection));
}

/* Go on to the next duration.  */
static bool
next_duration (struct source *source)
{
  struct state *state = source->state;

  state->has_duration = false;
  switch (sqlite3_step (state->durations))
    {
    case SQLITE_ROW:
      state->has_duration = true;
      state->duration_at = sqlite3_column_int64 (state->durations, 0);
      state->duration_ns = sqlite3_column_int64 (state->durations, 1);
      return true;
    case SQLITE_DONE:
      return true;
    default:
      return fail (source);
    }
}

static bool
begin (struct source *source, int64_t from_ns, int64_t to_ns)
{
  struct state *state = source->state;

  sqlite3_reset (state->events);
  sqlite3_reset (state->durations);
  state->has_last = state->is_over = false;
  sqlite3_bind_int64 (state->events, 1, from_ns);
  sqlite3_bind_int64 (state->events, 2, to_ns);
  sqlite3_bind_int64 (state->durations, 1, from_ns);
  sqlite3_bind_int64 (state->durations, 2, to_ns);
  return next_duration (source);
}

/* The place in KEYS of what COLUMN of the event's ROW refers to; SIZE_MAX:
   it refers to nothing, or nothing that there is.  */
static inline size_t
find (const struct source_keys *keys, sqlite3_stmt *row, int column)
{
  int64_t key = sqlite3_column_int64 (row, column);

  return key != 0 ? source_find_key (keys, key) : SIZE_MAX;
}

/* Take COLUMN of ROW to *VALUE, and set BIT of what is known of EVENT, if it
   is there.  */
static inline void
take (sqlite3_stmt *row, int column, struct source_event *event, uint32_t bit,
      int64_t *value)
{
  *value = sqlite3_column_int64 (row, column);
  if (*value != 0 || sqlite3_column_type (row, column) != SQLITE_NULL)
    event->known |= bit;
}

/* Fill in EVENT by the row that there is; *FOUND is cleared if that cannot
   be.  */
static bool
take_event (struct source *source, struct source_event *event, bool *found)
{
  struct state *state = source->state;
  sqlite3_stmt *row = state->events;

  event->time_ns = sqlite3_column_int64 (row, COLUMN_TIME_NS);
  size_t probe = find (&source->probe_keys, row, COLUMN_PROBE);
  size_t thread = find (&source->thread_keys, row, COLUMN_THREAD);
  size_t site = find (&source->site_keys, row, COLUMN_SITE);
  size_t stack = find (&source->stack_keys, row, COLUMN_STACK);
  *found = probe != SIZE_MAX;
  if (!*found)
    {
      state->is_over = true;
      return source_damaged (source,
			     "the event of %" PRId64 " ns is of a probe that "
			     "is not there; 'mdtrace db check' tells more",
			     event->time_ns);
    }
  event->probe = &source->probes[probe];
  event->thread = thread != SIZE_MAX ? &source->threads[thread] : NULL;
  event->site = site != SIZE_MAX ? &source->sites[site] : NULL;
  event->stack = stack != SIZE_MAX ? &source->stacks[stack] : NULL;
  event->cpu = sqlite3_column_int64 (row, COLUMN_CPU);
  event->known = 0;
  take (row, COLUMN_RETVAL, event, SOURCE_RETVAL, &event->retval);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    take (row, COLUMN_ARGUMENTS + i, event, SOURCE_ARG0 << i,
	  &event->arguments[i]);
  while (state->has_duration && state->duration_at < event->time_ns)
    if (!next_duration (source))
      return *found = false;
  *found = !state->is_over;
  event->duration_ns = 0;
  if (state->has_duration && state->duration_at == event->time_ns)
    {
      event->known |= SOURCE_DURATION;
      event->duration_ns = state->duration_ns;
    }
  state->last_ns = event->time_ns;
  state->has_last = true;
  return true;
}

static bool
next (struct source *source, struct source_event *event, bool *found)
{
  struct state *state = source->state;

  *found = false;
  if (state->is_over)
    return true;
  switch (sqlite3_step (state->events))
    {
    case SQLITE_ROW:
      return take_event (source, event, found);
    case SQLITE_DONE:
      return true;
    default:
      return fail (source);
    }
}

static void
close_database (struct source *source)
{
  struct state *state = source->state;

  sqlite3_finalize (state->events);
  sqlite3_finalize (state->durations);
  reader_close (&state->reader);
  free (state);
}

static const struct source_backend backend = {
  .begin = begin, .next = next, .close = close_database, .answers_events = true
};

/* Find out when the first and the last event were.  */
static bool
find_extent (struct source *source)
{
  struct state *state = source->state;
  sqlite3_int64 events, first, last;

  /* What can be read of a damaged one shows when it is.  */
  if (source->is_partial)
    return true;
  if (!reader_select (&state->reader,
		      "SELECT time_ns FROM event ORDER BY time_ns LIMIT 1",
		      &first)
      || !reader_select (&state->reader,
			 "SELECT time_ns FROM event ORDER BY time_ns DESC"
			 " LIMIT 1",
			 &last)
      || !reader_select (&state->reader, "SELECT EXISTS (SELECT 1 FROM event)",
			 &events))
    return fail (source);
  source->first_ns = first;
  source->last_ns = last;
  source->has_extent = events != 0;
  return true;
}

/* Whether PATH begins as all databases of SQLite do.  */
static bool
begins_like_database (const char *path)
{
  char begin[16] = "";
  FILE *file = fopen (path, "re");

  if (file == NULL)
    return false;
  size_t got = fread (begin, 1, sizeof begin, file);
  fclose (file);
  return got == sizeof begin
	 && memcmp (begin, "SQLite format 3", sizeof begin) == 0;
}

bool
source_open_database (struct source *source, const char *path)
{
  struct state *state = calloc (1, sizeof *state);
  bool is_damaged;

  if (state == NULL)
    return source_fail (source, "%s", strerror (errno));
  source->state = state;
  source->backend = &backend;
  if (!reader_open (&state->reader, path, &is_damaged, source->problem,
		    sizeof source->problem))
    {
      if (is_damaged && !begins_like_database (path))
	source_fail (
	    source,
	    "is not a database, nor a trace file; if it was a database "
	    "once, 'mdtrace db recover' saves what can be saved");
      return false;
    }
  source->connection = state->reader.connection;
  if (state->reader.version != DATABASE_VERSION)
    return source_fail (
	source,
	"is a database of version %d, and %d is needed; 'mdtrace db export "
	"--output NEW %s' makes one",
	state->reader.version, DATABASE_VERSION, path);
  if (sqlite3_exec (source->connection, "BEGIN", NULL, NULL, NULL) != SQLITE_OK
      || sqlite3_prepare_v2 (source->connection, select_events, -1,
			     &state->events, NULL)
	     != SQLITE_OK
      || sqlite3_prepare_v2 (source->connection, select_durations, -1,
			     &state->durations, NULL)
	     != SQLITE_OK)
    return source_fail (source, "%s", sqlite3_errmsg (source->connection));
  return find_extent (source);
}
