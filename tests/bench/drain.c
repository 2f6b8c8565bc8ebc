/* What it costs to bring events from a ring into the database, beside what
   SQLite itself needs for the same rows.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   drain DIRECTORY: measures in a file there, and prints lines NAME VALUE
   UNIT: how they are measured stands in tests/bench/README.  */

#include <config.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mdt_record.h"
#include "recorder.h"
#include "target.h"

enum
{
  RING_BYTES = 1 << 22,
  PROBES = 4,
  THREADS = 8,
  TASKS = 4,
  ARGUMENTS = 3,
  RECORD_WORDS = MDTRACE_HEADER_WORDS + 2 + ARGUMENTS,
  BATCH_EVENTS = 10000,
  ROUNDS = 24,
  COLUMNS = 12,
  /* Of the large database, and between its events.  */
  LARGE_EVENTS = 10000000,
  LARGE_STEP_NS = 100000,
  TRIES = 5
};

static const uint64_t start_ns = UINT64_C (1790000000000000000);
static const uint64_t kernel_address = UINT64_C (0xffffffff81000000);

/* The one ring, which is filled here and read by the library.  */
static struct mdtrace_ring_control control;
static struct mdtrace_ring_tail tail;
static uint64_t data[RING_BYTES / 8];
static uint64_t tsc = 1000;
static uint64_t step_ns = 500; /* between events, at least */

static void
fail (const char *what)
{
  fprintf (stderr, "drain: %s\n", what);
  exit (1);
}

static double
cpu_seconds (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/* A number that is as good as random, the same in every run.  */
static uint64_t
random_number (void)
{
  static uint64_t state = 88172645463325252ULL;

  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/* Write as many records as there is room for.  Returns how many.  */
static unsigned
fill_ring (void)
{
  unsigned count = 0;

  control.oldest = tail.tail;
  while (RING_BYTES - (control.head - tail.tail) >= 16 * RECORD_WORDS)
    {
      uint64_t *record = &data[control.head % RING_BYTES / 8];
      unsigned to_end = &data[RING_BYTES / 8] - record;
      if (to_end < RECORD_WORDS)
	{
	  *record = mdtrace_record_word (0, to_end, MDTRACE_RECORD_PAD, 0);
	  control.head += 8 * to_end;
	  continue;
	}
      uint64_t number = random_number ();
      tsc += step_ns + number % 1024;
      unsigned thread = number >> 20 & (THREADS - 1);
      record[0] = mdtrace_record_word (1 + (number >> 30 & (PROBES - 1)),
				       RECORD_WORDS, MDTRACE_RECORD_EVENT, 0);
      record[1] = tsc;
      record[2] = kernel_address + 0x6c88000 + thread * 512;
      record[3] = kernel_address + 0x6c00000 + thread % TASKS * 256;
      record[4] = record[3];
      record[5] = number >> 40 & 4095;
      record[6] = kernel_address + 0xbea8;
      control.head += 8 * RECORD_WORDS;
      count++;
    }
  return count;
}

/* A target that is nothing but this ring.  */

static int
get_status (struct mdtrace_target *target, mdtrace_status_t *status)
{
  (void) target;
  *status = (mdtrace_status_t){ .interface_version = MDTRACE_INTERFACE_VERSION,
				.cpus = 1,
				.word_bytes = 8,
				.boot_id = 1 };
  return MDTRACE_OK;
}

static int
get_clock (struct mdtrace_target *target, mdtrace_clock_t *clock)
{
  (void) target;
  *clock = (mdtrace_clock_t){ .tsc_now = tsc,
			      .tsc = tsc,
			      .time_ns = start_ns + tsc,
			      .uptime_ns = tsc,
			      .ticks = tsc / 10000000,
			      .first_tsc = 1 };
  return MDTRACE_OK;
}

static int
list_probes (struct mdtrace_target *target, uint32_t first,
	     mdtrace_probe_info_t **probes, size_t *count)
{
  (void) target;
  *count = first > PROBES ? 0 : PROBES - first + 1;
  *probes = calloc (PROBES, sizeof **probes);
  for (size_t i = 0; i < *count; i++)
    {
      mdtrace_probe_info_t *probe = &(*probes)[i];
      probe->id = first + i;
      probe->kinds = 1 << MDTRACE_PROBE_ENTRY;
      probe->state = MDTRACE_STATE_ENABLED;
      probe->sites = probe->functions = 1;
      probe->address = kernel_address + 0x1000 * probe->id;
      probe->fields = MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK
		      | MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_ARG0 << 1
		      | MDTRACE_FIELD_ARG0 << 2;
      strcpy (probe->provider, "fbt");
      strcpy (probe->module, "kernel");
      snprintf (probe->function, sizeof probe->function, "function_%u",
		probe->id);
      strcpy (probe->names,
	      "task:x8:task_t;size:u4:unsigned int;map:x8:void *");
    }
  return MDTRACE_OK;
}

static int
list_sites (struct mdtrace_target *target, uint32_t probe_id, uint32_t cpu,
	    struct mdtrace_site **sites, size_t *count)
{
  (void) target;
  (void) cpu;
  *count = 1;
  *sites = calloc (1, sizeof **sites);
  (*sites)->address = (*sites)->function_address
      = kernel_address + 0x1000 * probe_id;
  (*sites)->kind = MDTRACE_PROBE_ENTRY;
  (*sites)->plan = MDTRACE_MODE_JUMP;
  snprintf ((*sites)->function, sizeof (*sites)->function, "function_%u",
	    probe_id);
  return MDTRACE_OK;
}

static int
get_options (struct mdtrace_target *target, uint32_t probe_id,
	     mdtrace_probe_options_t *options)
{
  (void) target;
  (void) probe_id;
  memset (options, 0, sizeof *options);
  return MDTRACE_OK;
}

static int
list_functions (struct mdtrace_target *target,
		struct mdtrace_function **functions, size_t *count)
{
  (void) target;
  *functions = NULL;
  *count = 0;
  return MDTRACE_OK;
}

static int
map_ring (struct mdtrace_target *target, unsigned cpu,
	  struct ring_memory *memory)
{
  (void) target;
  (void) cpu;
  *memory = (struct ring_memory){ .control = &control,
				  .tail = &tail,
				  .data = (const uint8_t *) data,
				  .data_bytes = RING_BYTES,
				  .word_bytes = 8 };
  return MDTRACE_OK;
}

static void
unmap_ring (struct mdtrace_target *target, const struct ring_memory *memory)
{
  (void) target;
  (void) memory;
}

static const struct transport transport = {
  .prefix = "ram:",
  .map_ring = map_ring,
  .unmap_ring = unmap_ring,
  .get_status = get_status,
  .get_clock = get_clock,
  .list_probes = list_probes,
  .list_sites = list_sites,
  .get_options = get_options,
  .list_functions = list_functions,
};

static struct mdtrace_target *
make_target (void)
{
  static const char url[] = "ram:bench";
  struct mdtrace_target *target = calloc (1, sizeof *target + sizeof url);

  if (target == NULL)
    fail ("no memory");
  target->transport = &transport;
  memcpy (target->url, url, sizeof url);
  return target;
}

/* Rows as they are in the database of the drain, for the bare loop.  */
struct rows
{
  size_t count;
  sqlite3_int64 (*values)[COLUMNS];
  uint16_t *nulls; /* a bit for each column */
};

static void
execute (sqlite3 *connection, const char *text)
{
  char *message;

  if (sqlite3_exec (connection, text, NULL, NULL, &message) != SQLITE_OK)
    fail (message);
}

#define EVENT_COLUMNS                                                         \
  "time_ns, probe_key, cpu, thread_key, site_key, retval, arg0, arg1, arg2, " \
  "arg3, arg4, arg5"

/* Read all rows of the database at PATH, and its table's definition.  */
static struct rows
read_rows (const char *path, size_t room, char **definition)
{
  struct rows rows = { .values = malloc (room * sizeof *rows.values),
		       .nulls = calloc (room, sizeof *rows.nulls) };
  sqlite3 *connection;
  sqlite3_stmt *statement;

  if (rows.values == NULL || rows.nulls == NULL
      || sqlite3_open (path, &connection) != SQLITE_OK
      || sqlite3_prepare_v2 (connection,
			     "SELECT sql FROM sqlite_schema"
			     " WHERE name = 'event'",
			     -1, &statement, NULL)
	     != SQLITE_OK
      || sqlite3_step (statement) != SQLITE_ROW)
    fail ("cannot read the rows again");
  *definition = strdup ((const char *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_prepare_v2 (connection,
		      "SELECT " EVENT_COLUMNS " FROM event ORDER BY time_ns",
		      -1, &statement, NULL);
  while (sqlite3_step (statement) == SQLITE_ROW && rows.count < room)
    {
      for (int i = 0; i < COLUMNS; i++)
	{
	  rows.values[rows.count][i] = sqlite3_column_int64 (statement, i);
	  if (sqlite3_column_type (statement, i) == SQLITE_NULL)
	    rows.nulls[rows.count] |= 1 << i;
	}
      rows.count++;
    }
  sqlite3_finalize (statement);
  sqlite3_close (connection);
  return rows;
}

/* A database with nothing but that table.  */
struct bare
{
  sqlite3 *connection;
  sqlite3_stmt *insert;
};

static struct bare
bare_open (const char *path, const char *definition)
{
  struct bare bare;

  unlink (path);
  if (sqlite3_open_v2 (path, &bare.connection,
		       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
			   | SQLITE_OPEN_NOMUTEX,
		       NULL)
      != SQLITE_OK)
    fail ("cannot make the bare database");
  execute (bare.connection, "PRAGMA auto_vacuum = INCREMENTAL;"
			    "PRAGMA journal_mode = WAL;"
			    "PRAGMA synchronous = NORMAL");
  execute (bare.connection, definition);
  if (sqlite3_prepare_v2 (bare.connection,
			  "INSERT INTO event (" EVENT_COLUMNS
			  ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			  -1, &bare.insert, NULL)
      != SQLITE_OK)
    fail (sqlite3_errmsg (bare.connection));
  return bare;
}

/* Insert COUNT of ROWS from FIRST on, in the drain's batches.  Returns the CPU
   time in seconds.  */
static double
bare_insert (struct bare *bare, const struct rows *rows, size_t first,
	     size_t count)
{
  double start = cpu_seconds ();

  for (size_t i = first; i < first + count; i++)
    {
      if ((i - first) % BATCH_EVENTS == 0)
	execute (bare->connection,
		 i == first ? "BEGIN IMMEDIATE" : "COMMIT; BEGIN IMMEDIATE");
      for (int column = 0; column < COLUMNS; column++)
	if (rows->nulls[i] & 1 << column)
	  sqlite3_bind_null (bare->insert, column + 1);
	else
	  sqlite3_bind_int64 (bare->insert, column + 1,
			      rows->values[i][column]);
      sqlite3_step (bare->insert);
      if (sqlite3_reset (bare->insert) != SQLITE_OK)
	fail (sqlite3_errmsg (bare->connection));
    }
  execute (bare->connection, "COMMIT");
  return cpu_seconds () - start;
}

static void
bare_close (struct bare *bare)
{
  sqlite3_finalize (bare->insert);
  sqlite3_close (bare->connection);
}

/* Drain a ring that is full, into the trace FILE unless that is null.  Returns
   the CPU time in seconds.  */
static double
drain_ring (struct recorder *recorder, struct mdt_record *file,
	    unsigned events)
{
  double start = cpu_seconds ();
  unsigned batch, sum = 0;

  do
    {
      if (recorder_store (recorder, BATCH_EVENTS, &batch) != MDTRACE_OK)
	fail ("recorder_store");
      if (file != NULL && !mdt_record_commit (file, 0))
	fail (mdt_record_problem (file));
      sum += batch;
    }
  while (batch > 0);
  double seconds = cpu_seconds () - start;
  if (sum != events)
    fail ("not all events were stored");
  return seconds;
}

static uint64_t
file_bytes (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 ? (uint64_t) status.st_size : 0;
}

/* A recorder of a new database, or trace file.  */
struct session
{
  struct mdt_record *file; /* null: a database */
  struct database *database;
  struct mdtrace_target *target;
  struct recorder *recorder;
  uint64_t empty_bytes;
};

/* At PATH; with IS_FILE a trace file.  */
static struct session
session_open (const char *path, bool is_file)
{
  struct session session = { .file = NULL };
  char message[1024];

  unlink (path);
  control.head = control.oldest = tail.tail = 0;
  if (is_file)
    session.file = mdt_record_open (path, message, sizeof message);
  else
    session.database = database_open (path, message, sizeof message);
  if (session.file != NULL)
    session.database = mdt_record_database (session.file);
  if (session.database == NULL)
    fail (message);
  session.empty_bytes = file_bytes (path);
  session.target = make_target ();
  if (recorder_open (session.target, session.database, "bench", "bench", NULL,
		     &session.recorder)
      != MDTRACE_OK)
    fail ("recorder_open");
  recorder_set_ended (session.recorder);
  return session;
}

static void
session_close (struct session *session)
{
  recorder_close (session->recorder, "stopped");
  if (session->file != NULL)
    mdt_record_close (session->file);
  else
    database_close (session->database);
  free (session->target);
}

/* The time that it takes, at best, to count the events of each function in one
   second of a database of LARGE_EVENTS events.  */
static double
ask_large (const char *path)
{
  struct session session = session_open (path, false);
  sqlite3 *connection;
  sqlite3_stmt *statement;
  size_t events = 0;
  double best = 1e9;

  step_ns = LARGE_STEP_NS;
  uint64_t middle = 0;
  while (events < LARGE_EVENTS)
    {
      unsigned count = fill_ring ();
      drain_ring (session.recorder, NULL, count);
      events += count;
      if (events < LARGE_EVENTS / 2)
	middle = start_ns + tsc;
    }
  session_close (&session);
  if (sqlite3_open (path, &connection) != SQLITE_OK
      || sqlite3_prepare_v2 (connection,
			     "SELECT function, count(*) FROM events"
			     " WHERE time_ns >= ?1"
			     " AND time_ns < ?1 + 1000000000 GROUP BY 1",
			     -1, &statement, NULL)
	     != SQLITE_OK)
    fail (sqlite3_errmsg (connection));
  sqlite3_bind_int64 (statement, 1, (sqlite3_int64) middle);
  for (int i = 0; i < TRIES; i++)
    {
      struct timespec start, end;
      unsigned functions = 0;
      clock_gettime (CLOCK_MONOTONIC, &start);
      while (sqlite3_step (statement) == SQLITE_ROW)
	functions++;
      sqlite3_reset (statement);
      clock_gettime (CLOCK_MONOTONIC, &end);
      double ms = (end.tv_sec - start.tv_sec) * 1e3
		  + (end.tv_nsec - start.tv_nsec) * 1e-6;
      if (functions != PROBES)
	fail ("a second has not as many functions as it should");
      if (ms < best)
	best = ms;
    }
  sqlite3_finalize (statement);
  sqlite3_close (connection);
  unlink (path);
  return best;
}

/* Drain ROUNDS full rings into a new database at PATH.  COUNTS is set to how
   many events each had; if ROWS is not null the same rows are inserted at
   BARE_PATH in turns.  Sums of CPU time go to *DRAIN and *BARE_TIME.  Returns
   how many events there were.  */
static size_t
measure (const char *path, const char *bare_path, const struct rows *rows,
	 const char *definition, double *drain, double *bare_time)
{
  struct session session = session_open (path, false);
  struct bare bare = { NULL };
  size_t events = 0;

  if (rows != NULL)
    bare = bare_open (bare_path, definition);
  *drain = *bare_time = 0;
  for (int round = 0; round < ROUNDS; round++)
    {
      unsigned count = fill_ring ();
      *drain += drain_ring (session.recorder, NULL, count);
      if (rows != NULL)
	*bare_time += bare_insert (&bare, rows, events, count);
      events += count;
    }
  session_close (&session);
  if (rows != NULL)
    {
      bare_close (&bare);
      printf ("bytes_per_event %.1f bytes\n",
	      (double) (file_bytes (path) - session.empty_bytes) / events);
    }
  return events;
}

/* The same rings into a trace file at PATH.  */
static void
measure_file (const char *path)
{
  struct session session = session_open (path, true);
  size_t events = 0;
  double seconds = 0;

  for (int round = 0; round < ROUNDS; round++)
    {
      unsigned count = fill_ring ();
      seconds += drain_ring (session.recorder, session.file, count);
      events += count;
    }
  if (!mdt_record_finish (session.file))
    fail (mdt_record_problem (session.file));
  session_close (&session);
  printf ("record_events_per_second %.0f events/CPU_second\n",
	  events / seconds);
  printf ("file_bytes_per_event %.1f bytes\n",
	  (double) file_bytes (path) / events);
  unlink (path);
}

int
main (int argc, char **argv)
{
  char path[1024], bare_path[1024], trace_path[1024];
  char *definition;
  double drain, bare_time;

  if (argc != 2)
    fail ("takes the name of a directory");
  snprintf (path, sizeof path, "%s/drain.db", argv[1]);
  snprintf (bare_path, sizeof bare_path, "%s/bare.db", argv[1]);
  snprintf (trace_path, sizeof trace_path, "%s/drain.mdt", argv[1]);
  control.mode = MDTRACE_RING_DISCARD;

  /* Once to know the rows; then both in turns.  */
  size_t events = measure (path, NULL, NULL, NULL, &drain, &bare_time);
  struct rows rows = read_rows (path, events, &definition);
  measure (path, bare_path, &rows, definition, &drain, &bare_time);
  printf ("drain_events_per_second %.0f events/CPU_second\n", events / drain);
  printf ("drain_vs_sqlite_ratio %.2f times\n", bare_time / drain);
  unlink (bare_path);
  measure_file (trace_path);
  printf ("query_second_of_10M_events %.1f ms\n", ask_large (path));
  return 0;
}
