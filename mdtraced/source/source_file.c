/* Traces that are read: trace files.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   When a file is opened its tables are brought into a temporary database, and
   of events only the headers of their blocks are read.  Events are decoded
   block by block when they are asked for.  Where they are not in the order of
   their times they are brought there first, by a table of that database.

   If damage is to be passed over the events are checked when the file is
   opened, so that tables and events end at the same place.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "mdt_read.h"
#include "source_private.h"
#include "source_tables.h"

struct state
{
  struct mdt_reader reader;
  struct source_tables tables;
  struct mdt_place *places; /* of events */
  size_t place_count, place_size;
  uint64_t events;
  bool is_closed; /* the file says that it is complete */
  bool is_sorted;
  sqlite3_stmt *sorted; /* the events, if they had to be sorted */
  /* What is being read.  */
  int64_t from_ns, to_ns;
  size_t next_place;
  uint32_t left; /* events of the present block */
  struct mdt_cursor cursor;
  int64_t least_ns, greatest_ns; /* of its events up to here */
  int64_t previous_ns;
  bool has_previous;
};

_Static_assert((int) STORED_RETVAL == (int) SOURCE_RETVAL
		   && (int) STORED_DURATION == (int) SOURCE_DURATION
		   && (int) STORED_ARG0 == (int) SOURCE_ARG0,
	       "what is known is told by the same bits");

/* Say where the file is of no use any more, and why.  Returns whether that is
   passed over.  */
static bool
damage (struct source *source, const struct mdt_place *place,
	const char *problem)
{
  struct state *state = source->state;
  char last[80] = "no event precedes";

  if (state->has_previous)
    snprintf (last, sizeof last,
	      "the last event before it is of %" PRId64 " ns",
	      state->previous_ns);
  return source_damaged (source,
			 "block %" PRIu64 ", at byte %" PRIu64 ": %s; %s",
			 place->number, place->offset, problem, last);
}

/* The same of what was FOUND when something was read.  */
static bool
take_problem (struct source *source, const struct mdt_place *place,
	      enum mdt_found found, const char *problem)
{
  if (found == MDT_FAILED)
    return source_fail (source, "%s", problem);
  return damage (source, place, problem);
}

/* Remember where the events of PLACE are.  */
static bool
remember (struct source *source, const struct mdt_place *place)
{
  struct state *state = source->state;
  const struct mdt_block *block = &place->block;

  if (state->place_count == state->place_size)
    {
      size_t size = 2 * state->place_size + 64;
      struct mdt_place *places
	  = reallocarray (state->places, size, sizeof *places);
      if (places == NULL)
	return source_fail (source, "%s", strerror (errno));
      state->places = places;
      state->place_size = size;
    }
  if ((block->flags & MDT_SORTED) == 0
      || (source->has_extent && block->first_ns < source->last_ns))
    state->is_sorted = false;
  if (!source->has_extent || block->first_ns < source->first_ns)
    source->first_ns = block->first_ns;
  if (!source->has_extent || block->last_ns > source->last_ns)
    source->last_ns = block->last_ns;
  source->has_extent = true;
  state->previous_ns = source->last_ns;
  state->has_previous = true;
  state->events += block->count;
  state->places[state->place_count++] = *place;
  return true;
}

/* Take what the last block says.  */
static enum mdt_found
take_end (struct state *state, const struct mdt_place *place,
	  struct mdt_cursor *cursor, const char **problem)
{
  struct mdt_end end;

  *problem = "the last block is not what it should be";
  if (!mdt_get_end (cursor, &end) || cursor->at != cursor->end
      || end.bytes != place->offset || end.events != state->events)
    return MDT_DAMAGED;
  *problem = "the file goes on behind its end";
  if (state->reader.at != state->reader.bytes)
    return MDT_DAMAGED;
  state->is_closed = true;
  return MDT_FOUND;
}

/* Take the block at PLACE, whose header is good.  *GOES_ON is cleared if what
   follows is of no use.  */
static bool
take_block (struct source *source, const struct mdt_place *place,
	    bool *goes_on)
{
  struct state *state = source->state;
  const char *problem = state->reader.problem;
  struct mdt_cursor cursor;

  if (place->block.type == MDT_EVENTS && !source->is_partial)
    return remember (source, place);
  enum mdt_found found = mdt_load (&state->reader, place, &cursor);
  if (found == MDT_FOUND && place->block.type == MDT_EVENTS)
    return remember (source, place);
  if (found == MDT_FOUND && place->block.type == MDT_END)
    found = take_end (state, place, &cursor, &problem);
  else if (found == MDT_FOUND)
    {
      found = source_tables_take (&state->tables, &place->block, &cursor);
      problem = state->tables.problem;
    }
  if (found == MDT_FOUND)
    return true;
  *goes_on = false;
  return take_problem (source, place, found, problem);
}

/* Look through the whole file.  */
static bool
scan (struct source *source)
{
  struct state *state = source->state;
  struct mdt_place place;
  bool goes_on = true;

  while (goes_on && !state->is_closed)
    {
      enum mdt_found found = mdt_next (&state->reader, &place);
      if (found == MDT_NOTHING)
	return damage (source, &place,
		       "the file was not closed: what writes it goes on, or "
		       "has died");
      if (found != MDT_FOUND)
	return take_problem (source, &place, found, state->reader.problem);
      if (!take_block (source, &place, &goes_on))
	return false;
    }
  return true;
}

static bool
begin_blocks (struct source *source, int64_t from_ns, int64_t to_ns)
{
  struct state *state = source->state;

  state->from_ns = from_ns;
  state->to_ns = to_ns;
  state->next_place = 0;
  state->left = 0;
  state->has_previous = false;
  return true;
}

/* Begin with the next block that has events that are wanted; *FOUND tells
   whether there is one.  */
static bool
next_block (struct source *source, bool *found)
{
  struct state *state = source->state;

  *found = false;
  while (
      state->next_place < state->place_count
      && (state->places[state->next_place].block.last_ns < state->from_ns
	  || state->places[state->next_place].block.first_ns > state->to_ns))
    state->next_place++;
  if (state->next_place == state->place_count)
    return true;
  const struct mdt_place *place = &state->places[state->next_place++];
  enum mdt_found loaded = mdt_load (&state->reader, place, &state->cursor);
  if (loaded != MDT_FOUND)
    {
      state->next_place = state->place_count;
      return take_problem (source, place, loaded, state->reader.problem);
    }
  state->left = place->block.count;
  state->least_ns = INT64_MAX;
  state->greatest_ns = INT64_MIN;
  *found = true;
  return true;
}

/* End with the present block, in which SENTENCE is wrong.  */
static bool
break_off (struct source *source, const char *sentence)
{
  struct state *state = source->state;
  const struct mdt_place *place = &state->places[state->next_place - 1];

  /* What follows is of no use, whatever times are asked for next.  */
  if (source->is_partial)
    state->place_count = state->next_place;
  state->next_place = state->place_count;
  state->left = 0;
  return damage (source, place, sentence);
}

/* The next event of the blocks that is wanted.  */
static bool
next_stored (struct source *source, struct stored_event *event, bool *found)
{
  struct state *state = source->state;

  for (;;)
    {
      if (state->left == 0 && !next_block (source, found))
	return false;
      *found = false;
      if (state->left == 0)
	return true;
      const struct mdt_block *block
	  = &state->places[state->next_place - 1].block;
      bool is_first = state->left == block->count;
      int64_t previous = is_first ? 0 : state->previous_ns;
      if (!mdt_get_event (&state->cursor, previous, event))
	return break_off (source, "an event of it is damaged");
      if (event->time_ns < state->least_ns)
	state->least_ns = event->time_ns;
      if (event->time_ns > state->greatest_ns)
	state->greatest_ns = event->time_ns;
      state->left--;
      if (state->least_ns < block->first_ns
	  || state->greatest_ns > block->last_ns
	  || (state->left == 0
	      && (state->least_ns != block->first_ns
		  || state->greatest_ns != block->last_ns))
	  || (!is_first && (block->flags & MDT_SORTED) != 0
	      && event->time_ns < previous))
	return break_off (source, "an event of it has another time than the "
				  "block says");
      state->previous_ns = event->time_ns;
      state->has_previous = true;
      if (state->left == 0 && state->cursor.at != state->cursor.end)
	return break_off (source, "it has more than its events");
      if (event->time_ns < state->from_ns || event->time_ns > state->to_ns)
	continue;
      *found = true;
      return true;
    }
}

/* Fill in EVENT, all of it.  *FOUND is cleared if it is of no probe.  */
static bool
take_event (struct source *source, const struct stored_event *stored,
	    struct source_event *event, bool *found)
{
  size_t probe = source_find_key (&source->probe_keys, stored->probe_key);

  if (probe == SIZE_MAX)
    {
      *found = false;
      return break_off (source, "an event of it is of a probe that is not in "
				"the file");
    }
  event->time_ns = stored->time_ns;
  event->probe = &source->probes[probe];
  event->thread = NULL;
  event->site = NULL;
  event->stack = NULL;
  if (stored->thread_key != 0)
    {
      size_t i = source_find_key (&source->thread_keys, stored->thread_key);
      event->thread = i != SIZE_MAX ? &source->threads[i] : NULL;
    }
  if (stored->site_key != 0)
    {
      size_t i = source_find_key (&source->site_keys, stored->site_key);
      event->site = i != SIZE_MAX ? &source->sites[i] : NULL;
    }
  if (stored->stack_id != 0)
    {
      size_t i = source_find_key (&source->stack_keys, stored->stack_id);
      event->stack = i != SIZE_MAX ? &source->stacks[i] : NULL;
    }
  event->cpu = stored->cpu;
  event->known = stored->known;
  event->retval = stored->retval;
  event->duration_ns = stored->duration_ns;
  memcpy (event->arguments, stored->arguments, sizeof event->arguments);
  return true;
}

/* Let SQLite sort the events, each as it is in a block of its own.  */
static bool
sort (struct source *source)
{
  struct state *state = source->state;
  sqlite3 *connection = source->connection;
  struct mdt_buffer buffer = { .data = NULL };
  struct stored_event event;
  sqlite3_stmt *insert = NULL;
  sqlite3_int64 place = 0;
  bool found = true;
  bool good
      = sqlite3_exec (connection,
		      "CREATE TEMP TABLE sorted (time_ns INTEGER,"
		      " place INTEGER, event BLOB,"
		      " PRIMARY KEY (time_ns, place)) WITHOUT ROWID;"
		      "BEGIN",
		      NULL, NULL, NULL)
	    == SQLITE_OK
	&& sqlite3_prepare_v2 (connection,
			       "INSERT INTO temp.sorted VALUES (?1, ?2, ?3)",
			       -1, &insert, NULL)
	       == SQLITE_OK
	&& sqlite3_prepare_v2 (connection,
			       "SELECT event FROM temp.sorted WHERE time_ns"
			       " BETWEEN ?1 AND ?2 ORDER BY time_ns, place",
			       -1, &state->sorted, NULL)
	       == SQLITE_OK;

  begin_blocks (source, INT64_MIN, INT64_MAX);
  bool read = true;
  while (good && (read = next_stored (source, &event, &found)) && found)
    {
      buffer.used = 0;
      good = mdt_put_event (&buffer, 0, &event);
      sqlite3_bind_int64 (insert, 1, event.time_ns);
      sqlite3_bind_int64 (insert, 2, place++);
      sqlite3_bind_blob (insert, 3, buffer.data, (int) buffer.used,
			 SQLITE_STATIC);
      sqlite3_step (insert);
      good = sqlite3_reset (insert) == SQLITE_OK && good;
    }
  sqlite3_finalize (insert);
  free (buffer.data);
  good = good
	 && sqlite3_exec (connection, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
  if (!good)
    return source_fail (source, "%s", sqlite3_errmsg (connection));
  return read;
}

static bool
next_sorted (struct source *source, struct stored_event *event, bool *found)
{
  struct state *state = source->state;
  uint8_t bytes[2 * MDT_EVENT_BYTES_MAX] = { 0 };

  *found = false;
  int result = sqlite3_step (state->sorted);
  if (result == SQLITE_DONE)
    return true;
  size_t size = sqlite3_column_bytes (state->sorted, 0);
  const void *blob = sqlite3_column_blob (state->sorted, 0);
  if (result != SQLITE_ROW || blob == NULL || size > MDT_EVENT_BYTES_MAX)
    return source_fail (source, "%s", sqlite3_errmsg (source->connection));
  memcpy (bytes, blob, size);
  struct mdt_cursor cursor = { .at = bytes, .end = bytes + size };
  *found = mdt_get_event (&cursor, 0, event);
  return true;
}

static bool
begin (struct source *source, int64_t from_ns, int64_t to_ns)
{
  struct state *state = source->state;

  if (state->sorted == NULL)
    return begin_blocks (source, from_ns, to_ns);
  sqlite3_reset (state->sorted);
  sqlite3_bind_int64 (state->sorted, 1, from_ns);
  sqlite3_bind_int64 (state->sorted, 2, to_ns);
  return true;
}

static bool
next (struct source *source, struct source_event *event, bool *found)
{
  struct state *state = source->state;
  struct stored_event stored;

  bool good = state->sorted != NULL ? next_sorted (source, &stored, found)
				    : next_stored (source, &stored, found);
  return good && (!*found || take_event (source, &stored, event, found));
}

static void
close_file (struct source *source)
{
  struct state *state = source->state;

  sqlite3_finalize (state->sorted);
  source_tables_close (&state->tables);
  mdt_close (&state->reader);
  free (state->places);
  free (state);
}

static const struct source_backend backend
    = { .begin = begin, .next = next, .close = close_file };

bool
source_open_file (struct source *source, const char *path)
{
  struct state *state = calloc (1, sizeof *state);

  if (state == NULL)
    return source_fail (source, "%s", strerror (errno));
  state->is_sorted = true;
  state->reader.file = -1;
  source->state = state;
  source->backend = &backend;
  enum mdt_found found = mdt_open (&state->reader, path);
  if (found == MDT_CUT || found == MDT_DAMAGED)
    return source_fail (source,
			"is damaged at byte 0: %s; nothing "
			"precedes that could be used",
			state->reader.problem);
  if (found != MDT_FOUND)
    return source_fail (source, "%s", state->reader.problem);
  if (state->reader.database_version != DATABASE_VERSION)
    return source_fail (source,
			"has the tables of version %" PRIu32
			" of the database, and this program knows version %d; "
			"use one as new as that which made it",
			state->reader.database_version, DATABASE_VERSION);
  if (!source_tables_open (&state->tables))
    return source_fail (source, "%s", state->tables.problem);
  source->connection = state->tables.connection;
  if (!scan (source))
    return false;
  if (!source_tables_end (&state->tables))
    return source_fail (source, "%s", state->tables.problem);
  return state->is_sorted || sort (source);
}
