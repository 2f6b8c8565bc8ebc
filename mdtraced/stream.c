/* Events for clients that follow them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <sqlite3.h>
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
  /* The place before all events of the present boot.  */
  struct stream_place beginning;
};

enum
{
  BUSY_TIMEOUT_MS = 5000,
  STRINGS = 6
};

/* Columns of the statement that reads events.  */
enum column
{
  COLUMN_TIME_NS,
  COLUMN_CPU,
  COLUMN_PROBE_ID,
  COLUMN_FIELDS,
  COLUMN_THREAD,
  COLUMN_TASK,
  COLUMN_ADDRESS,
  COLUMN_SITE_OFFSET,
  COLUMN_KIND,
  COLUMN_RETVAL,
  COLUMN_ARGUMENTS,
  COLUMN_DURATION_NS = COLUMN_ARGUMENTS + MDTRACE_ARGUMENTS_MAX,
  COLUMN_FRAMES,
  COLUMN_STRINGS
};

/* The plus signs keep SQLite from looking for the boot first.  */
static const char events_after[]
    = "SELECT time_ns, cpu, probe_id, fields, thread, task, site.address,"
      " offset, coalesce(site.kind, probe.kind), retval, arg0, arg1, arg2,"
      " arg3, arg4, arg5, duration_ns, frames, provider, module,"
      " coalesce(site.function, probe.function),"
      " coalesce(site.name, probe.name), task_name, args"
      " FROM event CROSS JOIN probe USING (probe_key)"
      " LEFT JOIN thread USING (thread_key)"
      " LEFT JOIN task_name USING (task_name_id)"
      " LEFT JOIN site USING (site_key)"
      " LEFT JOIN duration USING (time_ns)"
      " LEFT JOIN stack USING (stack_id)"
      " WHERE time_ns > ?1 AND +probe.boot_id = ?2 ORDER BY time_ns";
static const char last_event[]
    = "SELECT time_ns FROM event CROSS JOIN probe USING (probe_key)"
      " WHERE time_ns > ?1 AND +boot_id = ?2 ORDER BY time_ns DESC LIMIT 1";

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
      || sqlite3_prepare_v2 (reader->connection, last_event, -1, &reader->last,
			     NULL)
	     != SQLITE_OK
      || sqlite3_prepare_v2 (reader->connection, events_after, -1,
			     &reader->after, NULL)
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

void
stream_set_boot (struct stream_reader *reader, int64_t boot_id,
		 uint64_t boot_time_ns)
{
  reader->beginning = (struct stream_place){
    .boot_id = boot_id,
    .after_ns = (int64_t) boot_time_ns - 1,
  };
}

/* Bind PLACE to STATEMENT.  */
static void
bind_place (sqlite3_stmt *statement, const struct stream_place *place)
{
  sqlite3_bind_int64 (statement, 1, place->after_ns);
  sqlite3_bind_int64 (statement, 2, place->boot_id);
}

bool
stream_begin (struct stream_reader *reader, struct stream_place *place)
{
  *place = reader->beginning;
  bind_place (reader->last, place);
  if (sqlite3_step (reader->last) == SQLITE_ROW)
    place->after_ns = sqlite3_column_int64 (reader->last, 0);
  return sqlite3_reset (reader->last) == SQLITE_OK;
}

/* The kind with the words in COLUMN; 0 if there is none.  */
static uint32_t
take_kind (sqlite3_stmt *row, int column)
{
  const char *words = (const char *) sqlite3_column_text (row, column);

  for (uint32_t kind = MDTRACE_PROBE_ENTRY;
       words != NULL && kind <= MDTRACE_PROBE_ADDRESS; kind++)
    if (strcmp (words, mdtrace_kind_words (kind)) == 0)
      return kind;
  return 0;
}

/* Take the frames of ROW, of eight bytes each, the lowest first.  Returns how
   many there are.  */
static uint32_t
take_frames (sqlite3_stmt *row, uint64_t *frames)
{
  const uint8_t *blob = sqlite3_column_blob (row, COLUMN_FRAMES);
  uint32_t count
      = (uint32_t) sqlite3_column_bytes (row, COLUMN_FRAMES) / sizeof *frames;

  if (blob == NULL || count > MDTRACE_STACK_DEPTH_MAX)
    return 0;
  for (uint32_t i = 0; i < count; i++)
    {
      frames[i] = 0;
      for (int j = 7; j >= 0; j--)
	frames[i] = frames[i] << 8 | blob[sizeof *frames * i + j];
    }
  return count;
}

/* Put the event of ROW at TO, of which BYTES are free.  Returns how many it
   takes, 0 if they are not enough.  */
static uint32_t
put_event (sqlite3_stmt *row, uint8_t *to, uint32_t bytes)
{
  struct frame_event event = {
    .number = sqlite3_column_int64 (row, COLUMN_TIME_NS),
    .time_ns = sqlite3_column_int64 (row, COLUMN_TIME_NS),
    .cpu = sqlite3_column_int64 (row, COLUMN_CPU),
    .probe_id = sqlite3_column_int64 (row, COLUMN_PROBE_ID),
    .fields = sqlite3_column_int64 (row, COLUMN_FIELDS),
    .thread = sqlite3_column_int64 (row, COLUMN_THREAD),
    .task = sqlite3_column_int64 (row, COLUMN_TASK),
    .address = sqlite3_column_int64 (row, COLUMN_ADDRESS),
    .offset = sqlite3_column_int64 (row, COLUMN_SITE_OFFSET),
    .kind = take_kind (row, COLUMN_KIND),
    .retval = sqlite3_column_int64 (row, COLUMN_RETVAL),
    .duration_ns = sqlite3_column_int64 (row, COLUMN_DURATION_NS),
  };
  uint64_t frames[MDTRACE_STACK_DEPTH_MAX];
  const char *strings[STRINGS];

  event.frame_count = take_frames (row, frames);
  size_t frame_bytes = event.frame_count * sizeof frames[0];
  uint32_t needed = sizeof event + frame_bytes;

  /* What was to be recorded and is not there was not known.  */
  if (sqlite3_column_type (row, COLUMN_RETVAL) == SQLITE_NULL)
    event.unknown |= event.fields & MDTRACE_FIELD_RETVAL;
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (sqlite3_column_type (row, COLUMN_ARGUMENTS + i) != SQLITE_NULL)
      event.arguments[i] = sqlite3_column_int64 (row, COLUMN_ARGUMENTS + i);
    else
      event.unknown |= event.fields & (uint64_t) MDTRACE_FIELD_ARG0 << i;
  if (sqlite3_column_type (row, COLUMN_DURATION_NS) == SQLITE_NULL)
    event.unknown |= event.fields & MDTRACE_FIELD_DURATION;
  if (event.frame_count == 0)
    event.unknown |= event.fields & MDTRACE_FIELD_STACK;
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
  memcpy (to + sizeof event, frames, frame_bytes);
  char *at = (char *) to + sizeof event + frame_bytes;
  for (int i = 0; i < STRINGS; i++)
    at = stpcpy (at, strings[i]) + 1;
  return event.bytes;
}

/* As stream_read, of the boot of PLACE.  */
static bool
read_boot (struct stream_reader *reader, struct stream_place *place,
	   uint8_t *buffer, uint32_t *bytes)
{
  uint32_t room = *bytes, used = 0;
  const struct stream_place before = *place;

  bind_place (reader->after, place);
  while (sqlite3_step (reader->after) == SQLITE_ROW)
    {
      uint32_t put = put_event (reader->after, buffer + used, room - used);
      if (put == 0)
	break;
      used += put;
      place->after_ns = sqlite3_column_int64 (reader->after, COLUMN_TIME_NS);
    }
  *bytes = used;
  if (sqlite3_reset (reader->after) == SQLITE_OK)
    return true;
  /* What was read is not sent, and so must be read again.  */
  *place = before;
  return false;
}

bool
stream_read (struct stream_reader *reader, struct stream_place *place,
	     uint8_t *buffer, uint32_t *bytes)
{
  uint32_t room = *bytes;

  if (!read_boot (reader, place, buffer, bytes))
    return false;
  if (*bytes > 0 || place->boot_id == reader->beginning.boot_id)
    return true;
  *place = reader->beginning;
  *bytes = room;
  return read_boot (reader, place, buffer, bytes);
}
