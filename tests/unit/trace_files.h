/* Trace files and databases that tests make up, and whether two traces are the
   same.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_TRACE_FILES_H
#define UNIT_TRACE_FILES_H

#include <fcntl.h>
#include <sqlite3.h>

#include "database.h"
#include "mdt_source.h"
#include "source.h"
#include "source_tables.h"
#include "tap.h"

/* A directory that is gone with the test, if that ends well.  */
static char scratch[] = "/tmp/mdtrace-unit-XXXXXX";

static void
remove_scratch (void)
{
  char command[80];

  snprintf (command, sizeof command, "rm -rf %s", scratch);
  if (system (command) != 0)
    abort ();
}

/* The path of the file called NAME in it, good until the program ends.  */
static inline const char *
scratch_path (const char *name)
{
  static char paths[16][80];
  static unsigned count;
  static bool is_made;

  if (!is_made)
    {
      CHECK (mkdtemp (scratch) != NULL);
      atexit (remove_scratch);
      is_made = true;
    }
  char *path = paths[count++ % 16];
  snprintf (path, sizeof paths[0], "%s/%s", scratch, name);
  return path;
}

static inline void
run_sql (sqlite3 *connection, const char *text)
{
  char *message = NULL;

  if (sqlite3_exec (connection, text, NULL, NULL, &message) != SQLITE_OK)
    printf ("# %s: %s\n", text, message);
  CHECK (message == NULL);
}

/* Read all of the file at PATH.  The caller frees it.  */
static inline uint8_t *
read_file (const char *path, size_t *bytes)
{
  FILE *file = fopen (path, "r");

  CHECK (file != NULL);
  CHECK (fseek (file, 0, SEEK_END) == 0);
  *bytes = ftell (file);
  rewind (file);
  uint8_t *data = malloc (*bytes + 1);
  CHECK_NUMBER (fread (data, 1, *bytes, file), *bytes);
  data[*bytes] = '\0';
  fclose (file);
  return data;
}

static inline void
write_file (const char *path, const void *data, size_t bytes)
{
  FILE *file = fopen (path, "w");

  CHECK (file != NULL);
  CHECK_NUMBER (fwrite (data, 1, bytes, file), bytes);
  CHECK (fclose (file) == 0);
}

/* Make the database that tests/data/ has, with something in each table and
   what can be NULL, of this version at PATH.  */
static inline void
make_database (const char *path)
{
  char name[1024], message[1024];
  sqlite3 *connection;
  size_t bytes;

  snprintf (name, sizeof name, "%s/tests/data/schema-5.sql",
	    getenv ("TEST_SRCDIR") != NULL ? getenv ("TEST_SRCDIR") : ".");
  char *text = (char *) read_file (name, &bytes);
  CHECK_NUMBER (sqlite3_open (path, &connection), SQLITE_OK);
  run_sql (connection, text);
  sqlite3_close (connection);
  free (text);
  struct database *database = database_open (path, message, sizeof message);
  CHECK (database != NULL);
  database_close (database);
}

static inline struct source *
open_trace (const char *path)
{
  char message[1024] = "";
  struct source *source = source_open (path, false, message, sizeof message);

  CHECK_TEXT (message, "");
  return source;
}

/* Write the trace at FROM as a trace file to TO.  */
static inline void
make_file (const char *from, const char *to)
{
  struct source *source = open_trace (from);
  int file = open (to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  struct mdt_writer *writer = mdt_begin (file);
  const struct source_event *event;
  struct mdt_end losses;
  char message[256];
  bool failed;

  CHECK (writer != NULL);
  CHECK (mdt_write_tables (writer, source_connection (source), message,
			   sizeof message));
  CHECK (mdt_count_losses (source_connection (source), &losses));
  CHECK (source_begin (source, INT64_MIN, INT64_MAX));
  while ((event = source_next (source, &failed)) != NULL)
    {
      CHECK (mdt_put_source_event (writer, event));
      if (mdt_is_full (writer))
	CHECK (mdt_flush (writer));
    }
  CHECK (!failed);
  CHECK (mdt_finish (writer, &losses));
  mdt_abandon (writer);
  close (file);
  source_close (source);
}

static inline int64_t
key_or_0 (const int64_t *key)
{
  return key != NULL ? *key : 0;
}

/* Two events of two sources must be the same.  */
static inline void
check_same_event (const struct source_event *one,
		  const struct source_event *other)
{
  CHECK_NUMBER (one->time_ns, other->time_ns);
  CHECK_NUMBER (one->probe->key, other->probe->key);
  CHECK_NUMBER (one->cpu, other->cpu);
  CHECK_NUMBER (key_or_0 (one->thread != NULL ? &one->thread->key : NULL),
		key_or_0 (other->thread != NULL ? &other->thread->key : NULL));
  CHECK_NUMBER (key_or_0 (one->site != NULL ? &one->site->key : NULL),
		key_or_0 (other->site != NULL ? &other->site->key : NULL));
  CHECK_NUMBER (key_or_0 (one->stack != NULL ? &one->stack->key : NULL),
		key_or_0 (other->stack != NULL ? &other->stack->key : NULL));
  CHECK_NUMBER (one->known, other->known);
  CHECK_NUMBER (one->retval, other->retval);
  CHECK_NUMBER (one->duration_ns, other->duration_ns);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    CHECK_NUMBER (one->arguments[i], other->arguments[i]);
}

/* The events of both from FROM_NS to TO_NS must be the same.  Returns how many
   there are.  */
static inline uint64_t
check_same_events (struct source *one, struct source *other, int64_t from_ns,
		   int64_t to_ns)
{
  const struct source_event *event, *twin;
  bool failed, twin_failed;
  uint64_t count = 0;

  CHECK (source_begin (one, from_ns, to_ns));
  CHECK (source_begin (other, from_ns, to_ns));
  do
    {
      event = source_next (one, &failed);
      twin = source_next (other, &twin_failed);
      CHECK (!failed && !twin_failed);
      CHECK ((event == NULL) == (twin == NULL));
      if (event == NULL)
	break;
      check_same_event (event, twin);
      count++;
    }
  while (true);
  return count;
}

/* Two rows must be the same, with the types of their values.  */
static inline void
check_same_row (sqlite3_stmt *row, sqlite3_stmt *twin, int columns)
{
  for (int i = 0; i < columns; i++)
    {
      int bytes = sqlite3_column_bytes (row, i);
      CHECK_NUMBER (sqlite3_column_type (row, i),
		    sqlite3_column_type (twin, i));
      CHECK_NUMBER (sqlite3_column_bytes (twin, i), bytes);
      CHECK (bytes == 0
	     || memcmp (sqlite3_column_blob (row, i),
			sqlite3_column_blob (twin, i), bytes)
		    == 0);
    }
}

/* All tables that trace files have must be the same in both, row by row.
   Returns how many of them have rows.  */
static inline unsigned
check_same_tables (struct source *one, struct source *other)
{
  struct source_tables tables;
  unsigned count = 0;

  CHECK (source_tables_open (&tables));
  sqlite3_stmt *list = source_tables_list (&tables);
  while (sqlite3_step (list) == SQLITE_ROW)
    {
      char text[1024];
      sqlite3_stmt *row, *twin;
      bool any = false;
      snprintf (text, sizeof text, "SELECT %s FROM \"%s\"",
		sqlite3_column_text (list, 1), sqlite3_column_text (list, 0));
      CHECK_NUMBER (
	  sqlite3_prepare_v2 (source_connection (one), text, -1, &row, NULL),
	  SQLITE_OK);
      CHECK_NUMBER (sqlite3_prepare_v2 (source_connection (other), text, -1,
					&twin, NULL),
		    SQLITE_OK);
      while (sqlite3_step (row) == SQLITE_ROW)
	{
	  CHECK_NUMBER (sqlite3_step (twin), SQLITE_ROW);
	  check_same_row (row, twin, sqlite3_column_count (row));
	  any = true;
	}
      CHECK_NUMBER (sqlite3_step (twin), SQLITE_DONE);
      sqlite3_finalize (row);
      sqlite3_finalize (twin);
      count += any;
    }
  sqlite3_finalize (list);
  source_tables_close (&tables);
  return count;
}

#endif /* UNIT_TRACE_FILES_H */
