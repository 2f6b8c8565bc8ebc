/* What tests of aggregations in the database have in common.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Real hits of the kernel part in the stand-in are added up by it and here,
   read through the library, and stored; then the database is asked.  */

#ifndef UNIT_READINGS_H
#define UNIT_READINGS_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "loopback.h"
#include "mdtrace_ids.h"
#include "merge.h"
#include "probes.h"
#include "recorder.h"
#include "symbols.h"

enum
{
  CPUS = 2,
  ROUNDS = 12,
  ROUND_HITS = 60,
  VALUES = 9, /* that the first argument has */
  KEYS = STANDIN_TASKS * CPUS * VALUES
};

/* What target.c has for the targets that are opened by a URL.  */
const char *
mdtrace_target_url (const struct mdtrace_target *target)
{
  (void) target;
  return "loopback:";
}

static struct database *database;
static struct recorder *recorder;
static char directory[] = "/tmp/mdtrace-readings-XXXXXX";
static char path[64];
static uint64_t random_state = 88172645463325252ULL;
static word_t stack_pointer; /* of whoever is hit */
/* How often each key was hit since its aggregation began.  */
static uint64_t expected[KEYS];

static inline uint64_t
random_number (void)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

/* ----------------------------------------------------------------------- */
/* The database.  */

static inline void
open_at (const char *name)
{
  char message[1024];

  snprintf (path, sizeof path, "%s/%s", directory, name);
  database = database_open (path, message, sizeof message);
  CHECK (database != NULL);
  CHECK_NUMBER (
      recorder_open (loopback, database, "unit", "unit", NULL, &recorder),
      MDTRACE_OK);
  recorder_set_ended (recorder);
}

/* Open the database NAME only to be written.  */
static inline void
open_only (const char *name)
{
  char message[1024];

  snprintf (path, sizeof path, "%s/%s", directory, name);
  database = database_open (path, message, sizeof message);
  CHECK (database != NULL);
}

static inline void
close_all (void)
{
  recorder_close (recorder, "stopped");
  database_close (database);
  recorder = NULL;
  database = NULL;
}

static inline void
set_up (void)
{
  CHECK (mkdtemp (directory) != NULL);
  standin_boot ("");
  standin_set_cpus (CPUS);
  mdtrace_start ();
  standin_ticks (2);
  open_at ("a.db");
}

static inline void
clean_up (void)
{
  char command[128];

  if (database != NULL)
    close_all ();
  snprintf (command, sizeof command, "rm -r %s", directory);
  CHECK_NUMBER (system (command), 0);
}

/* The number that TEXT selects, by another connection.  */
static inline sqlite3_int64
number (const char *text)
{
  sqlite3 *connection;
  sqlite3_stmt *statement;

  CHECK_NUMBER (sqlite3_open (path, &connection), SQLITE_OK);
  if (sqlite3_prepare_v2 (connection, text, -1, &statement, NULL) != SQLITE_OK)
    {
      printf ("# %s: %s\n", text, sqlite3_errmsg (connection));
      CHECK (false);
    }
  CHECK_NUMBER (sqlite3_step (statement), SQLITE_ROW);
  sqlite3_int64 value = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (connection);
  return value;
}

/* A number for all that the tables of aggregations have, but for when that was
   read last.  */
static inline sqlite3_int64
sum_of_tables (void)
{
  return number (
      "SELECT (SELECT count(*) + coalesce(sum(count * aggregate_key), 0)"
      " FROM aggregate)"
      " + (SELECT count(*) + coalesce(sum(count * bucket), 0) FROM bucket)"
      " + (SELECT count(*) + coalesce(sum(count + added * aggregate_key), 0)"
      "  FROM aggregate_history)"
      " + (SELECT count(*) + coalesce(sum(count + added * bucket), 0)"
      "  FROM bucket_history) + (SELECT count(*) FROM aggregation_history)");
}

/* ----------------------------------------------------------------------- */
/* The kernel part.  */

/* Create a probe of the entry of FUNCTION with OPTIONS, and enable it.  */
static inline uint32_t
define (const char *function, const mdtrace_probe_options_t *options,
	uint64_t fields)
{
  mdtrace_probe_definition_t definition
      = { .config = probe_config (function), .options = *options };
  mdtrace_created_t created = { 0 };

  definition.config.enabled = 1;
  definition.config.fields = fields;
  if (options->latency)
    definition.config.kinds |= MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);
  CHECK_NUMBER (mdtrace_probe_define (loopback, &definition, NULL, &created),
		MDTRACE_OK);
  return created.id;
}

/* Hit the entry of FUNCTION with ARGUMENT on CPU in THREAD.  */
static inline void
hit (enum standin_function function, uint64_t argument, unsigned cpu,
     unsigned thread)
{
  struct breakpoint_frame frame;

  standin.cpu = cpu;
  standin_run (&standin_threads[thread]);
  standin_make_frame (&frame);
  frame.stack_pointer = stack_pointer;
  frame.saved.rdi = argument;
  CHECK (standin_reach ((word_t) standin_text (function), &frame));
  standin.cpu = 0;
}

/* The number of the task of THREAD.  */
static inline unsigned
task_of (unsigned thread)
{
  for (unsigned i = 0; i < STANDIN_TASKS; i++)
    if (standin_threads[thread].task == &standin_tasks[i])
      return i;
  CHECK (false);
  return 0;
}

/* Hit MANY with small arguments, and note that.  */
static inline void
hit_round (void)
{
  for (int i = 0; i < ROUND_HITS; i++)
    {
      uint64_t bits = random_number ();
      unsigned cpu = bits % CPUS, thread = bits / 8 % STANDIN_THREADS;
      unsigned value = bits / 128 % VALUES;
      hit (MANY, value, cpu, thread);
      expected[(task_of (thread) * CPUS + cpu) * VALUES + value]++;
    }
}

/* Read the aggregation of the probe with number ID and store it.  */
static inline void
store (uint32_t id)
{
  struct database_reading reading;

  standin_ticks (1);
  CHECK_NUMBER (recorder_read (loopback, id, &reading), MDTRACE_OK);
  CHECK_NUMBER (recorder_store_reading (recorder, &reading), MDTRACE_OK);
  mdtrace_aggregate_free (reading.aggregate);
}

/* What the present state must be: as EXPECTED, and what is recorded.  */
static inline void
check_expected (uint32_t id)
{
  char text[256];
  uint64_t sum = 0, keys = 0;

  for (unsigned i = 0; i < KEYS; i++)
    {
      const struct task *task = &standin_tasks[i / VALUES / CPUS];
      snprintf (text, sizeof text,
		"SELECT coalesce(sum(count), 0) FROM aggregates WHERE probe_id"
		" = %u AND task = %lld AND task_name = '%s' AND cpu = %u AND"
		" arg0 = %u",
		id, (long long) (intptr_t) task, task->name, i / VALUES % CPUS,
		i % VALUES);
      CHECK_NUMBER (number (text), expected[i]);
      sum += expected[i];
      keys += expected[i] != 0;
    }
  snprintf (text, sizeof text,
	    "SELECT count(*) FROM aggregates WHERE probe_id = %u", id);
  CHECK_NUMBER (number (text), keys);
  snprintf (text, sizeof text,
	    "SELECT cleared FROM aggregation JOIN probe USING (probe_key)"
	    " WHERE probe_id = %u",
	    id);
  CHECK_NUMBER (number (text) + sum, probe_counts (id).recorded);
}

static const mdtrace_probe_options_t by_task
    = { .aggregation = MDTRACE_AGGREGATION_COUNT,
	.keys = MDTRACE_KEY_TASK | MDTRACE_KEY_CPU | MDTRACE_KEY_ARG0 };

#endif /* UNIT_READINGS_H */
