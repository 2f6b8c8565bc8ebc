/* Traces are read in the same way whether they are stored in a database or in
   a trace file, and nothing is lost on the way from one to the other.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "source_store.h"
#include "trace_files.h"

enum
{
  EVENTS = 30000
};

/* Tables with something in them, of those that trace files have.  */
enum
{
  TABLES = 30
};

/* The path of a database, and of a trace file of the same.  */
static const char *database_path, *file_path;

static void
make_both (void)
{
  database_path = scratch_path ("a.db");
  file_path = scratch_path ("a.mdt");
  make_database (database_path);
  make_file (database_path, file_path);
}

static void
tables (void)
{
  make_both ();
  struct source *one = open_trace (database_path);
  struct source *other = open_trace (file_path);
  int64_t first[2], last[2];
  unsigned counts[2];

  CHECK_NUMBER (check_same_tables (one, other), TABLES);
  CHECK_NUMBER (check_same_events (one, other, INT64_MIN, INT64_MAX), 32);
  CHECK (source_extent (one, &first[0], &last[0]));
  CHECK (source_extent (other, &first[1], &last[1]));
  CHECK_NUMBER (first[1], first[0]);
  CHECK_NUMBER (last[1], last[0]);
  source_probes (one, &counts[0]);
  source_probes (other, &counts[1]);
  CHECK_NUMBER (counts[1], counts[0]);
  source_threads (one, &counts[0]);
  source_threads (other, &counts[1]);
  CHECK_NUMBER (counts[1], counts[0]);
  CHECK (source_damage (one) == NULL && source_damage (other) == NULL);
  source_close (one);
  source_close (other);
}

/* A file that somebody has kept, made of the same database.  */
static void
old_file (void)
{
  char path[1024];

  make_both ();
  snprintf (path, sizeof path, "%s/tests/data/trace-5.mdt",
	    getenv ("TEST_SRCDIR") != NULL ? getenv ("TEST_SRCDIR") : ".");
  struct source *one = open_trace (file_path);
  struct source *other = open_trace (path);
  CHECK_NUMBER (check_same_tables (one, other), TABLES);
  CHECK_NUMBER (check_same_events (one, other, INT64_MIN, INT64_MAX), 32);
  source_close (one);
  source_close (other);
}

/* Store the trace at FROM in a new database at TO.  */
static void
store (const char *from, const char *to)
{
  char message[1024];
  struct source *source = open_trace (from);
  struct database *database = database_open (to, message, sizeof message);
  uint64_t events;
  bool is_source;

  CHECK (database != NULL);
  bool good = source_store (source, database, &events, &is_source, message,
			    sizeof message);
  CHECK_TEXT (good ? "" : message, "");
  database_close (database);
  source_close (source);
}

static void
there_and_back (void)
{
  const char *back = scratch_path ("back.db");
  const char *again = scratch_path ("again.mdt");
  size_t bytes[2];

  make_both ();
  store (file_path, back);
  struct source *one = open_trace (database_path);
  struct source *other = open_trace (back);
  CHECK_NUMBER (check_same_tables (one, other), TABLES);
  CHECK_NUMBER (check_same_events (one, other, INT64_MIN, INT64_MAX), 32);
  source_close (one);
  source_close (other);
  make_file (back, again);
  uint8_t *first = read_file (file_path, &bytes[0]);
  uint8_t *second = read_file (again, &bytes[1]);
  CHECK_NUMBER (bytes[1], bytes[0]);
  CHECK (memcmp (first, second, bytes[0]) == 0);
  free (first);
  free (second);
}

static int64_t
any_number (uint64_t *seed)
{
  return (int64_t) (tap_random (seed) >> tap_below (seed, 64));
}

/* Put many events, of any values, into the database at PATH, some of them at
   the ends of time.  */
static void
put_events (const char *path)
{
  sqlite3 *connection;
  sqlite3_stmt *put, *duration;
  uint64_t seed = 5;
  int64_t time_ns = INT64_C (1790000000000000000);

  CHECK_NUMBER (sqlite3_open (path, &connection), SQLITE_OK);
  run_sql (connection, "DELETE FROM event; DELETE FROM duration; BEGIN");
  sqlite3_prepare_v2 (connection,
		      "INSERT INTO event (time_ns, probe_key, cpu, thread_key,"
		      " site_key, stack_id, retval, arg0, arg1, arg2, arg3,"
		      " arg4, arg5) VALUES (?1, (SELECT probe_key FROM probe"
		      " ORDER BY random() LIMIT 1), ?2, ?3, ?4, ?5, ?6, ?7,"
		      " ?8, ?9, ?10, ?11, ?12)",
		      -1, &put, NULL);
  sqlite3_prepare_v2 (connection, "INSERT INTO duration VALUES (?1, ?2)", -1,
		      &duration, NULL);
  for (unsigned i = 0; i < EVENTS; i++)
    {
      int64_t at = time_ns += 1 + (int64_t) tap_below (&seed, 3000);
      if (i < 10)
	at = INT64_MIN + i * i;
      if (i >= EVENTS - 10)
	at = INT64_MAX - (EVENTS - i - 1);
      sqlite3_clear_bindings (put);
      sqlite3_bind_int64 (put, 1, at);
      sqlite3_bind_int64 (put, 2, tap_below (&seed, 3) ? i % 4 : UINT32_MAX);
      for (int j = 3; j <= 5; j++)
	if (tap_below (&seed, 2))
	  sqlite3_bind_int64 (put, j, (int64_t) tap_below (&seed, 12));
      for (int j = 6; j <= 12; j++)
	if (tap_below (&seed, 2))
	  sqlite3_bind_int64 (put, j, any_number (&seed));
      CHECK_NUMBER (sqlite3_step (put), SQLITE_DONE);
      sqlite3_reset (put);
      if (tap_below (&seed, 3) == 0)
	{
	  sqlite3_bind_int64 (duration, 1, at);
	  sqlite3_bind_int64 (duration, 2, any_number (&seed));
	  CHECK_NUMBER (sqlite3_step (duration), SQLITE_DONE);
	  sqlite3_reset (duration);
	}
    }
  sqlite3_finalize (put);
  sqlite3_finalize (duration);
  run_sql (connection, "COMMIT");
  sqlite3_close (connection);
}

static void
many_events (void)
{
  uint64_t seed = 6, count = 0;
  int64_t first, last;

  make_both ();
  put_events (database_path);
  make_file (database_path, file_path);
  struct source *one = open_trace (database_path);
  struct source *other = open_trace (file_path);
  CHECK_NUMBER (check_same_events (one, other, INT64_MIN, INT64_MAX), EVENTS);
  CHECK (source_extent (other, &first, &last));
  CHECK_NUMBER (first, INT64_MIN);
  CHECK_NUMBER (last, INT64_MAX);
  CHECK_NUMBER (check_same_events (one, other, INT64_MIN, INT64_MIN), 1);
  CHECK_NUMBER (check_same_events (one, other, INT64_MAX, INT64_MAX), 1);
  CHECK_NUMBER (check_same_events (one, other, 5, 4), 0);
  /* Spans that begin and end anywhere.  */
  for (unsigned i = 0; i < 100; i++)
    {
      int64_t from = INT64_C (1790000000000000000)
		     + (int64_t) tap_below (&seed, EVENTS * UINT64_C (1500));
      int64_t to = from + (int64_t) tap_below (&seed, 2000000);
      count += check_same_events (one, other, from, to);
    }
  CHECK (count > 10000);
  source_close (one);
  source_close (other);
}

/* Write the trace at FROM to TO with its events in another order.  */
static void
shuffle (const char *from, const char *to)
{
  struct source *source = open_trace (from);
  int file = open (to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  struct mdt_writer *writer = mdt_begin (file);
  struct source_event *events = calloc (EVENTS, sizeof *events);
  const struct source_event *event;
  struct mdt_end losses = { .dropped = 0 };
  unsigned count = 0;
  uint64_t seed = 7;
  char message[256];
  bool failed;

  CHECK (mdt_write_tables (writer, source_connection (source), message,
			   sizeof message));
  source_begin (source, INT64_MIN, INT64_MAX);
  while ((event = source_next (source, &failed)) != NULL)
    events[count++] = *event;
  for (unsigned i = count; i-- > 0;)
    {
      unsigned j = tap_below (&seed, i + 1);
      CHECK (mdt_put_source_event (writer, &events[j]));
      events[j] = events[i];
      if (mdt_is_full (writer))
	CHECK (mdt_flush (writer));
    }
  CHECK (mdt_finish (writer, &losses));
  mdt_abandon (writer);
  close (file);
  free (events);
  source_close (source);
}

static void
out_of_order (void)
{
  const char *shuffled = scratch_path ("shuffled.mdt");
  uint64_t seed = 8, count = 0;

  make_both ();
  put_events (database_path);
  shuffle (database_path, shuffled);
  struct source *one = open_trace (database_path);
  struct source *other = open_trace (shuffled);
  CHECK_NUMBER (check_same_events (one, other, INT64_MIN, INT64_MAX), EVENTS);
  for (unsigned i = 0; i < 20; i++)
    {
      int64_t from = INT64_C (1790000000000000000)
		     + (int64_t) tap_below (&seed, EVENTS * UINT64_C (1500));
      count += check_same_events (one, other, from, from + 2000000);
    }
  CHECK (count > 1000);
  CHECK_NUMBER (check_same_tables (one, other), TABLES);
  source_close (one);
  source_close (other);
}

/* Events of the same time stay apart, in their order; in a database the later
   ones are put off.  */
static void
same_times (void)
{
  const char *path = scratch_path ("same.mdt");
  const char *back = scratch_path ("same.db");
  const struct source_event *event;
  struct mdt_end losses = { .dropped = 0 };
  char message[256];
  bool failed;

  make_both ();
  struct source *source = open_trace (database_path);
  int file = open (path, O_WRONLY | O_CREAT, 0600);
  struct mdt_writer *writer = mdt_begin (file);
  CHECK (mdt_write_tables (writer, source_connection (source), message,
			   sizeof message));
  static const int64_t times[] = { 100, 100, 100, 102, 102, 200 };
  for (unsigned i = 0; i < 6; i++)
    CHECK (mdt_put (writer, &(struct stored_event){ .time_ns = times[i],
						    .probe_key = 1,
						    .known = STORED_ARG0,
						    .arguments = { i } }));
  CHECK (mdt_finish (writer, &losses));
  mdt_abandon (writer);
  close (file);
  source_close (source);

  source = open_trace (path);
  source_begin (source, INT64_MIN, INT64_MAX);
  for (unsigned i = 0; i < 6; i++)
    {
      event = source_next (source, &failed);
      CHECK (event != NULL);
      CHECK_NUMBER (event->time_ns, times[i]);
      CHECK_NUMBER (event->arguments[0], i);
    }
  CHECK (source_next (source, &failed) == NULL && !failed);
  source_close (source);

  store (path, back);
  source = open_trace (back);
  static const int64_t put_off[] = { 100, 101, 102, 103, 104, 200 };
  source_begin (source, INT64_MIN, INT64_MAX);
  for (unsigned i = 0; i < 6; i++)
    {
      event = source_next (source, &failed);
      CHECK (event != NULL);
      CHECK_NUMBER (event->time_ns, put_off[i]);
      CHECK_NUMBER (event->arguments[0], i);
    }
  source_close (source);
}

/* What users may call things, and keys of any kind.  */
static void
hostile_names (void)
{
  const char *again = scratch_path ("hostile.db");

  make_both ();
  sqlite3 *connection;
  CHECK_NUMBER (sqlite3_open (database_path, &connection), SQLITE_OK);
  run_sql (connection,
	   "UPDATE task_name SET task_name = CASE task_name_id % 4"
	   " WHEN 0 THEN CAST(x'00414200' AS TEXT)"
	   " WHEN 1 THEN CAST(x'fffec0aff0' || task_name_id AS TEXT)"
	   " WHEN 2 THEN '\"''); DROP TABLE event; --' || task_name_id"
	   " ELSE hex(zeroblob(500000)) || task_name_id END;"
	   "UPDATE probe SET label = hex(zeroblob(70000));"
	   "UPDATE thread SET thread_key = thread_key + 9223372036854775000"
	   " WHERE thread_key = (SELECT max(thread_key) FROM thread);"
	   "CREATE TABLE own (a, b);"
	   "INSERT INTO own VALUES (1, 2);"
	   "ALTER TABLE probe ADD COLUMN own INTEGER DEFAULT 7");
  sqlite3_close (connection);
  make_file (database_path, file_path);
  store (file_path, again);
  struct source *one = open_trace (file_path);
  struct source *other = open_trace (again);
  CHECK_NUMBER (check_same_tables (one, other), TABLES);
  CHECK_NUMBER (check_same_events (one, other, INT64_MIN, INT64_MAX), 32);
  source_close (one);
  source_close (other);
}

static void
empty_traces (void)
{
  const char *path = scratch_path ("empty.db");
  int64_t first, last;
  char message[256];

  file_path = scratch_path ("empty.mdt");
  database_close (database_open (path, message, sizeof message));
  make_file (path, file_path);
  struct source *one = open_trace (path);
  struct source *other = open_trace (file_path);
  CHECK_NUMBER (check_same_tables (one, other), 0);
  CHECK_NUMBER (check_same_events (one, other, INT64_MIN, INT64_MAX), 0);
  CHECK (!source_extent (one, &first, &last));
  CHECK (!source_extent (other, &first, &last));
  source_close (one);
  source_close (other);
}

/* A reading that has begun can begin anew.  */
static void
beginning_anew (void)
{
  const struct source_event *event;
  bool failed;

  make_both ();
  for (int i = 0; i < 2; i++)
    {
      struct source *source = open_trace (i == 0 ? database_path : file_path);
      source_begin (source, INT64_MIN, INT64_MAX);
      event = source_next (source, &failed);
      CHECK (event != NULL);
      int64_t first = event->time_ns;
      for (int j = 0; j < 5; j++)
	CHECK (source_next (source, &failed) != NULL);
      source_begin (source, INT64_MIN, INT64_MAX);
      event = source_next (source, &failed);
      CHECK (event != NULL);
      CHECK_NUMBER (event->time_ns, first);
      source_close (source);
    }
}

static int64_t
select_number (struct source *source, const char *text)
{
  sqlite3_stmt *statement;

  CHECK_NUMBER (sqlite3_prepare_v2 (source_connection (source), text, -1,
				    &statement, NULL),
		SQLITE_OK);
  CHECK_NUMBER (sqlite3_step (statement), SQLITE_ROW);
  int64_t number = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return number;
}

/* The views of events answer when that is wanted, and events can be read all
   the same.  */
static void
sql_of_events (void)
{
  static const char *const questions[]
      = { "SELECT count(*) FROM events", "SELECT total(arg0) FROM events",
	  "SELECT total(duration_ns) FROM events",
	  "SELECT count(DISTINCT task_name) FROM events" };
  char message[256];

  make_both ();
  struct source *one = open_trace (database_path);
  struct source *other = open_trace (file_path);
  CHECK_NUMBER (select_number (other, questions[0]), 0);
  CHECK (source_store_events (one, message, sizeof message));
  CHECK (source_store_events (other, message, sizeof message));
  for (unsigned i = 0; i < sizeof questions / sizeof questions[0]; i++)
    CHECK_NUMBER (select_number (other, questions[i]),
		  select_number (one, questions[i]));
  CHECK_NUMBER (select_number (other, questions[0]), 32);
  CHECK_NUMBER (check_same_events (one, other, INT64_MIN, INT64_MAX), 32);
  source_close (one);
  source_close (other);
}

TAP_MAIN ({ tables, "a trace file has what the database has" },
	  { old_file, "a file of each version is read for good" },
	  { there_and_back, "and a database of it the same once more" },
	  { many_events, "events of all kinds, all or some of them" },
	  { out_of_order, "events that are not in order are read in order" },
	  { same_times, "events of the same time stay apart" },
	  { hostile_names, "names and keys of any kind" },
	  { empty_traces, "traces without events" },
	  { sql_of_events, "SQL can be asked of events, too" },
	  { beginning_anew, "reading begins anew" })
