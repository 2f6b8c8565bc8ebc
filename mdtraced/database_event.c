/* The database: events, and the threads and tasks they are of.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   This is where the time goes when many events are stored.  What is the same
   in many of them is stored once, and its key remembered.  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "database_private.h"

/* A place in a cache of COUNT, a power of two, for what WORDS tell apart: by
   Knuth's multiplicative hashing.  */
static size_t
place_of (uint64_t words, size_t count)
{
  return (words * UINT64_C (0x9e3779b97f4a7c15) >> 40) & (count - 1);
}

bool
database_name_id (struct database *database, const char *name,
		  sqlite3_int64 *id)
{
  size_t hash = 0;

  for (const char *c = name; *c != '\0'; c++)
    hash = 31 * hash + (unsigned char) *c;
  size_t i = hash & (NAMES_CACHED - 1);
  if (database->names[i].id == 0
      || strcmp (database->names[i].text, name) != 0)
    {
      sqlite3_stmt *put = database_statement (database, STATEMENT_PUT_NAME);
      sqlite3_stmt *get = database_statement (database, STATEMENT_GET_NAME);
      bool found;
      database->names[i].id = 0;
      database_bind_text (put, 1, name);
      database_bind_text (get, 1, name);
      if (!database_perform (put)
	  || !database_look_up (get, &database->names[i].id, &found))
	return false;
      snprintf (database->names[i].text, sizeof database->names[i].text, "%s",
		name);
    }
  *id = database->names[i].id;
  return true;
}

bool
database_put_task (struct database *database, unsigned cpu, uint64_t task,
		   const char *name)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_PUT_TASK);
  sqlite3_int64 values[] = { database->boot_id, cpu, (sqlite3_int64) task, 0 };

  if (!database_name_id (database, name, &values[3]))
    return false;
  database_bind (statement, 4, values);
  return database_perform (statement);
}

bool
database_for_tasks (struct database *database,
		    void (*visit) (void *, unsigned, uint64_t, const char *),
		    void *closure)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_GET_TASKS);

  if (statement == NULL)
    return false;
  database_bind (statement, 1, &database->boot_id);
  while (sqlite3_step (statement) == SQLITE_ROW)
    {
      const char *name = (const char *) sqlite3_column_text (statement, 2);
      /* No memory; resetting tells.  */
      if (name == NULL)
	break;
      visit (closure, sqlite3_column_int64 (statement, 0),
	     sqlite3_column_int64 (statement, 1), name);
    }
  return sqlite3_reset (statement) == SQLITE_OK;
}

/* Bind VALUE if IT_IS, else nothing.  */
static void
bind_if (sqlite3_stmt *statement, int index, bool it_is, uint64_t value)
{
  if (it_is)
    sqlite3_bind_int64 (statement, index, (sqlite3_int64) value);
  else
    sqlite3_bind_null (statement, index);
}

/* Look up the key of EVENT's thread, or enter it if it is new.  */
static bool
find_thread (struct database *database, const struct mdtrace_event *event,
	     sqlite3_int64 *key)
{
  sqlite3_stmt *get = database_statement (database, STATEMENT_GET_THREAD);
  sqlite3_stmt *put = database_statement (database, STATEMENT_PUT_THREAD);
  sqlite3_int64 name_id = 0;
  bool found;

  if (event->task_name[0] != '\0'
      && !database_name_id (database, event->task_name, &name_id))
    return false;
  for (int i = 0; i < 2; i++)
    {
      sqlite3_stmt *statement = i == 0 ? get : put;
      sqlite3_bind_int64 (statement, 1, database->boot_id);
      bind_if (statement, 2, event->fields & MDTRACE_FIELD_THREAD,
	       event->thread);
      bind_if (statement, 3, event->fields & MDTRACE_FIELD_TASK, event->task);
      bind_if (statement, 4, name_id != 0, name_id);
    }
  return database_look_up (get, key, &found)
	 && (found || database_look_up (put, key, &found));
}

/* The key of EVENT's thread; 0: nothing is known of it.  */
static bool
get_thread_key (struct database *database, const struct mdtrace_event *event,
		sqlite3_int64 *key)
{
  bool has_thread = event->fields & MDTRACE_FIELD_THREAD;
  bool has_task = event->fields & MDTRACE_FIELD_TASK;
  size_t i = place_of (event->thread ^ event->task << 7, THREADS_CACHED);

  *key = 0;
  if (!has_thread && !has_task)
    return true;
  if (database->threads[i].key == 0
      || database->threads[i].has_thread != has_thread
      || database->threads[i].has_task != has_task
      || database->threads[i].thread != event->thread
      || database->threads[i].task != event->task
      || strcmp (database->threads[i].name, event->task_name) != 0)
    {
      database->threads[i].key = 0;
      if (!find_thread (database, event, key))
	return false;
      database->threads[i].has_thread = has_thread;
      database->threads[i].has_task = has_task;
      database->threads[i].thread = event->thread;
      database->threads[i].task = event->task;
      memcpy (database->threads[i].name, event->task_name,
	      sizeof database->threads[i].name);
      database->threads[i].key = *key;
    }
  *key = database->threads[i].key;
  return true;
}

/* Look up the key of EVENT's site.  It may be new: when a probe was destroyed
   before anybody asked for its sites, they are known from its events only.  */
static bool
find_site (struct database *database, const struct mdtrace_event *event,
	   sqlite3_int64 probe_key, sqlite3_int64 *key)
{
  sqlite3_stmt *get = database_statement (database, STATEMENT_GET_SITE);
  const sqlite3_int64 values[] = { probe_key, (sqlite3_int64) event->address };
  struct mdtrace_site site = {
    .address = event->address,
    .function_address = event->address - event->offset,
    .kind = event->kind,
  };
  bool found;

  database_bind (get, 2, values);
  if (!database_look_up (get, key, &found))
    return false;
  if (found || event->kind == 0)
    return true;
  memcpy (site.function, event->function, sizeof site.function);
  bool is_static = strcmp (event->provider, "fbt") != 0;
  return database_put_site (database, event->probe_id, &site,
			    is_static ? event->name : "")
	 && database_look_up (get, key, &found);
}

/* The key of EVENT's site; 0: it is not known.  */
static bool
get_site_key (struct database *database, const struct mdtrace_event *event,
	      sqlite3_int64 probe_key, sqlite3_int64 *key)
{
  size_t i = place_of (event->address ^ (uint64_t) event->probe_id << 44,
		       SITES_CACHED);

  *key = 0;
  if (event->address == 0 || event->unknown & MDTRACE_FIELD_ADDRESS)
    return true;
  if (database->sites[i].key == 0
      || database->sites[i].address != event->address
      || database->sites[i].probe_id != event->probe_id)
    {
      database->sites[i].key = 0;
      if (!find_site (database, event, probe_key, key))
	return false;
      database->sites[i].address = event->address;
      database->sites[i].probe_id = event->probe_id;
      database->sites[i].key = *key;
    }
  *key = database->sites[i].key;
  return true;
}

/* Look up the key of the stack in the BYTES bytes at BLOB, or enter it if it
   is new.  */
static bool
find_stack (struct database *database, const uint8_t *blob, int bytes,
	    sqlite3_int64 *key)
{
  sqlite3_stmt *get = database_statement (database, STATEMENT_GET_STACK);
  sqlite3_stmt *put = database_statement (database, STATEMENT_PUT_STACK);
  bool found;

  sqlite3_bind_int64 (get, 1, database->kernel_id);
  sqlite3_bind_blob (get, 2, blob, bytes, SQLITE_STATIC);
  if (!database_look_up (get, key, &found))
    return false;
  if (found)
    return true;
  sqlite3_bind_int64 (put, 1, database->kernel_id);
  sqlite3_bind_blob (put, 2, blob, bytes, SQLITE_STATIC);
  return database_look_up (put, key, &found) && found;
}

bool
database_stack_key (struct database *database, const uint64_t *frames,
		    uint32_t count, sqlite3_int64 *key)
{
  uint8_t blob[8 * MDTRACE_STACK_DEPTH_MAX], *end = blob;
  size_t bytes = count * sizeof *frames;
  uint64_t hash = count;

  *key = 0;
  if (count == 0)
    return true;
  for (uint32_t i = 0; i < count; i++)
    hash = 31 * hash + frames[i];
  size_t i = place_of (hash, STACKS_CACHED);
  if (database->stacks[i].key == 0 || database->stacks[i].frame_count != count
      || memcmp (database->stacks[i].frames, frames, bytes) != 0)
    {
      database->stacks[i].key = 0;
      for (uint32_t j = 0; j < count; j++)
	for (int shift = 0; shift < 64; shift += 8)
	  *end++ = (uint8_t) (frames[j] >> shift);
      if (!find_stack (database, blob, (int) bytes, key))
	return false;
      database->stacks[i].frame_count = count;
      memcpy (database->stacks[i].frames, frames, bytes);
      database->stacks[i].key = *key;
    }
  *key = database->stacks[i].key;
  return true;
}

/* Bind VALUE to the column at INDEX of the event's statement if IT_IS, else
   nothing.  What is bound stays, and is often the same for the next event.  */
static inline void
bind_column (struct database *database, sqlite3_stmt *statement, int index,
	     bool it_is, uint64_t value)
{
  uint32_t bit = UINT32_C (1) << index;

  if (it_is)
    {
      if (database->bound & bit && database->bound_values[index] == value)
	return;
      database->bound |= bit;
      database->bound_values[index] = value;
      sqlite3_bind_int64 (statement, index, (sqlite3_int64) value);
    }
  else if (database->bound & bit)
    {
      database->bound &= ~bit;
      sqlite3_bind_null (statement, index);
    }
}

/* Store what is bound to STATEMENT at TIME_NS, or if that is taken at the next
   nanosecond that is not.  */
static bool
put_at (struct database *database, sqlite3_stmt *statement, uint64_t time_ns)
{
  uint64_t at = time_ns;
  int result;

  /* Where many have the same time, the next that is free is known.  */
  if (time_ns >= database->asked_ns && time_ns <= database->given_ns)
    at = database->given_ns + 1;
  for (;; at++)
    {
      sqlite3_bind_int64 (statement, 1, (sqlite3_int64) at);
      sqlite3_step (statement);
      result = sqlite3_reset (statement);
      if (result != SQLITE_CONSTRAINT_PRIMARYKEY
	  && result != SQLITE_CONSTRAINT_ROWID)
	break;
    }
  database->asked_ns = time_ns;
  database->given_ns = at;
  return result == SQLITE_OK;
}

/* Store the duration of the event that was stored last.  */
static bool
put_duration (struct database *database, uint64_t duration_ns)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_DURATION);
  const sqlite3_int64 values[]
      = { (sqlite3_int64) database->given_ns, (sqlite3_int64) duration_ns };

  database_bind (statement, 2, values);
  return database_perform (statement);
}

void
database_set_take (struct database *database,
		   bool (*take) (void *, const struct stored_event *),
		   void *closure)
{
  database->take = take;
  database->take_closure = closure;
}

/* Let who takes events have EVENT, which refers to what these keys say.  */
static bool
give (const struct database *database, const struct mdtrace_event *event,
      sqlite3_int64 probe_key, sqlite3_int64 thread_key,
      sqlite3_int64 site_key, sqlite3_int64 stack_key)
{
  uint64_t known = event->fields & ~event->unknown;
  struct stored_event stored = {
    .time_ns = (int64_t) event->time_ns,
    .probe_key = probe_key,
    .thread_key = thread_key,
    .site_key = site_key,
    .stack_id = stack_key,
    .cpu = event->cpu,
    .known = (known & MDTRACE_FIELD_RETVAL ? STORED_RETVAL : 0)
	     | (known & MDTRACE_FIELD_DURATION ? STORED_DURATION : 0),
  };

  if (stored.known & STORED_RETVAL)
    stored.retval = (int64_t) event->retval;
  if (stored.known & STORED_DURATION)
    stored.duration_ns = (int64_t) event->duration_ns;
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (known & (uint64_t) MDTRACE_FIELD_ARG0 << i)
      {
	stored.known |= (uint32_t) STORED_ARG0 << i;
	stored.arguments[i] = (int64_t) event->arguments[i];
      }
  return database->take (database->take_closure, &stored);
}

bool
database_put_event (struct database *database,
		    const struct mdtrace_event *event)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_PUT_EVENT);
  sqlite3_int64 probe_key, thread_key, site_key, stack_key;

  if (statement == NULL
      || !database_probe_key (database, event->probe_id, &probe_key)
      || !get_thread_key (database, event, &thread_key)
      || !get_site_key (database, event, probe_key, &site_key)
      || !database_stack_key (database, event->frames, event->frame_count,
			      &stack_key))
    return false;
  if (database->take != NULL)
    return give (database, event, probe_key, thread_key, site_key, stack_key);
  bind_column (database, statement, 2, true, probe_key);
  bind_column (database, statement, 3, true, event->cpu);
  bind_column (database, statement, 4, thread_key != 0, thread_key);
  bind_column (database, statement, 5, site_key != 0, site_key);
  /* What could not be read is not there.  */
  uint64_t known = event->fields & ~event->unknown;
  bind_column (database, statement, 6, known & MDTRACE_FIELD_RETVAL,
	       event->retval);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    bind_column (database, statement, 7 + i,
		 known & (uint64_t) MDTRACE_FIELD_ARG0 << i,
		 event->arguments[i]);
  bind_column (database, statement, 7 + MDTRACE_ARGUMENTS_MAX, stack_key != 0,
	       stack_key);
  if (!put_at (database, statement, event->time_ns))
    return false;
  return !(known & MDTRACE_FIELD_DURATION)
	 || put_duration (database, event->duration_ns);
}
