/* Events for clients that follow them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "mdtrace.h"
#include "stream.h"

struct stream_reader
{
  sqlite3 *connection;
  sqlite3_stmt *last;
  sqlite3_stmt *after;
};

enum
{
  BUSY_TIMEOUT_MS = 5000,
  /* Columns of the second statement that follow the numbers.  */
  COLUMN_STRINGS = 5 + MDTRACE_ARGUMENTS_MAX + 1,
  STRINGS = 5
};

struct stream_reader *
stream_reader_open (const char *path)
{
  struct stream_reader *reader = calloc (1, sizeof *reader);

  if (reader == NULL)
    return NULL;
  if (sqlite3_open_v2 (path, &reader->connection, SQLITE_OPEN_READONLY, NULL)
	  != SQLITE_OK
      || sqlite3_busy_timeout (reader->connection, BUSY_TIMEOUT_MS)
	     != SQLITE_OK
      || sqlite3_prepare_v2 (reader->connection,
			     "SELECT max(event_id) FROM event", -1,
			     &reader->last, NULL)
	     != SQLITE_OK
      || sqlite3_prepare_v2 (
	     reader->connection,
	     "SELECT event_id, time_ns, cpu, thread, task, arg0, arg1, arg2,"
	     " arg3, arg4, arg5, probe_id, provider, module, function, name,"
	     " task_name FROM events WHERE event_id > ?1 ORDER BY event_id",
	     -1, &reader->after, NULL)
	     != SQLITE_OK)
    {
      stream_reader_close (reader);
      return NULL;
    }
  return reader;
}

void
stream_reader_close (struct stream_reader *reader)
{
  if (reader == NULL)
    return;
  sqlite3_finalize (reader->last);
  sqlite3_finalize (reader->after);
  sqlite3_close (reader->connection);
  free (reader);
}

bool
stream_last (struct stream_reader *reader, sqlite3_int64 *number)
{
  bool good = sqlite3_step (reader->last) == SQLITE_ROW;

  if (good)
    *number = sqlite3_column_int64 (reader->last, 0);
  return sqlite3_reset (reader->last) == SQLITE_OK && good;
}

/* Take the number in COLUMN; set BIT in *FIELDS if there is one.  */
static uint64_t
take_field (sqlite3_stmt *row, int column, uint64_t bit, uint64_t *fields)
{
  if (sqlite3_column_type (row, column) != SQLITE_NULL)
    *fields |= bit;
  return sqlite3_column_int64 (row, column);
}

/* Put the event of ROW at TO, of which BYTES are free.  Returns how many it
   takes, 0 if they are not enough.  */
static uint32_t
put_event (sqlite3_stmt *row, uint8_t *to, uint32_t bytes)
{
  struct frame_event event = {
    .number = sqlite3_column_int64 (row, 0),
    .time_ns = sqlite3_column_int64 (row, 1),
    .cpu = sqlite3_column_int64 (row, 2),
    .probe_id = sqlite3_column_int64 (row, 5 + MDTRACE_ARGUMENTS_MAX),
  };
  const char *strings[STRINGS];
  uint32_t needed = sizeof event;

  event.thread = take_field (row, 3, MDTRACE_FIELD_THREAD, &event.fields);
  event.task = take_field (row, 4, MDTRACE_FIELD_TASK, &event.fields);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    event.arguments[i] = take_field (
	row, 5 + i, (uint64_t) MDTRACE_FIELD_ARG0 << i, &event.fields);
  for (int i = 0; i < STRINGS; i++)
    {
      strings[i]
	  = (const char *) sqlite3_column_text (row, COLUMN_STRINGS + i);
      if (strings[i] == NULL)
	strings[i] = "";
      needed += strlen (strings[i]) + 1;
    }
  event.bytes = (needed + 7) & ~UINT32_C (7);
  if (event.bytes > bytes)
    return 0;
  memset (to, 0, event.bytes);
  memcpy (to, &event, sizeof event);
  char *at = (char *) to + sizeof event;
  for (int i = 0; i < STRINGS; i++)
    at = stpcpy (at, strings[i]) + 1;
  return event.bytes;
}

bool
stream_read (struct stream_reader *reader, sqlite3_int64 *after,
	     uint8_t *buffer, uint32_t *bytes)
{
  uint32_t room = *bytes, used = 0;
  int result;

  sqlite3_bind_int64 (reader->after, 1, *after);
  while ((result = sqlite3_step (reader->after)) == SQLITE_ROW)
    {
      uint32_t put = put_event (reader->after, buffer + used, room - used);
      if (put == 0)
	break;
      used += put;
      *after = sqlite3_column_int64 (reader->after, 0);
    }
  *bytes = used;
  return sqlite3_reset (reader->after) == SQLITE_OK;
}
