/* Storing, while the disk and memory fail.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All that the daemon does with a database is done again and again, from
   opening it on, with real hits of the kernel part in the rings, and each
   time one call later fails: that one alone, or all from there on until an
   error is reported.  Whoever is told of an error tries again, or begins anew,
   or is killed there, and from then on nothing fails.  In the end each event
   that the rings have held must be there once.

   Not every call is tried in each way, which takes hours:
   FAULTS_STRIDE=1 in the environment does that.  */

#include <sqlite3.h>
#include <sys/stat.h>

#include "counters.h"
#include "faults.h"
#include "loopback.h"
#include "probes.h"
#include "recorder.h"
#include "snapshot.h"
#include "stored.h"

enum
{
  CPUS = 2,
  BATCHES = 3,
  BATCH_HITS = 9,
  MOST = 5, /* events of a transaction */
  /* That may be removed at a time.  */
  REMOVED = 2
};

/* What target.c has for the targets that are opened by a URL.  */
const char *
mdtrace_target_url (const struct mdtrace_target *target)
{
  (void) target;
  return "loopback:";
}

/* What there is at the start.  */
enum start
{
  NOTHING,
  VERSION_2,
  STARTS
};

/* What is done after an error.  */
enum policy
{
  TRY_AGAIN,
  BEGIN_ANEW,
  DIE, /* and begin anew: nothing is put in order before */
  POLICIES
};

static struct database *database;
static struct recorder *recorder;
static char directory[] = "/tmp/mdtrace-storage-XXXXXX";
static char path[64];
static const char *journal_mode; /* as it must be */
static uint64_t serial;		 /* argument of the last hit */
static uint32_t probes[3], aggregation;
static unsigned removals;  /* that were tried */
static bool is_anew;	   /* nothing was stored by this recorder yet */
static uint64_t stored_ns; /* the clock when something was last stored */
static uint32_t jobs;	   /* a counter */

/* ----------------------------------------------------------------------- */
/* The kernel.  */

/* The kernel part's memory does not fail here; and its time goes on.  */
static void
on_request (void *message, size_t *bytes)
{
  (void) message;
  (void) bytes;
  faults.suspended = true;
  standin_ticks (1);
}

static void
on_reply (void *message, size_t *bytes)
{
  (void) message;
  (void) bytes;
  faults.suspended = false;
}

/* A probe that adds up its hits for each CPU.  */
static uint32_t
define_aggregation (void)
{
  mdtrace_probe_definition_t definition
      = { .config = probe_config ("many"),
	  .options = { .aggregation = MDTRACE_AGGREGATION_HIST,
		       .keys = MDTRACE_KEY_CPU | MDTRACE_KEY_TASK,
		       .value = MDTRACE_FIELD_ARG0_BIT } };
  mdtrace_created_t created;

  definition.config.enabled = 1;
  CHECK_NUMBER (mdtrace_probe_define (loopback, &definition, NULL, &created),
		MDTRACE_OK);
  return created.id;
}

static void
boot (void)
{
  standin_boot ("");
  standin_set_cpus (CPUS);
  mdtrace_start ();
  loopback_on_request = on_request;
  loopback_on_reply = on_reply;
  probes[0] = probe_create ("alpha", true);
  probes[1] = probe_create ("many", true);
  probes[2] = probe_create ("beta", false);
  aggregation = define_aggregation ();
  CHECK_NUMBER (
      counter_create ("jobs", "jobs", MDTRACE_COUNTER_DURATION, &jobs),
      MDTRACE_OK);
}

/* Hits of several probes, CPUs and threads, each with a number of its own, a
   second in which the kernel takes a snapshot, and something to count.  */
static void
hit_batch (void)
{
  static const enum standin_function functions[] = { ALPHA, MANY };

  CHECK_NUMBER (perf_counter_update ("jobs", serial), MDTRACE_OK);
  standin_ticks (STANDIN_HZ);
  for (int i = 0; i < BATCH_HITS; i++)
    {
      struct breakpoint_frame frame;
      standin.cpu = i % CPUS;
      standin_run (&standin_threads[i % STANDIN_THREADS]);
      standin_make_frame (&frame);
      frame.saved.rdi = ++serial;
      CHECK (standin_reach ((word_t) standin_text (functions[i / 2 % 2]),
			    &frame));
    }
  standin.cpu = 0;
}

/* ----------------------------------------------------------------------- */
/* The database, from the outside.  */

static void
copy_file (const char *from, const char *to)
{
  static char bytes[1 << 20];
  FILE *file = fopen (from, "r");

  CHECK (file != NULL);
  size_t count = fread (bytes, 1, sizeof bytes, file);
  CHECK (count < sizeof bytes);
  fclose (file);
  file = fopen (to, "w");
  CHECK (file != NULL && fwrite (bytes, 1, count, file) == count);
  fclose (file);
}

/* Make a database of version 2 at TO.  */
static void
make_version_2 (const char *to)
{
  static char text[1 << 16];
  FILE *file = fopen (SCHEMA_2, "r");
  sqlite3 *connection;

  CHECK (file != NULL);
  CHECK (fread (text, 1, sizeof text - 1, file) > 0);
  fclose (file);
  CHECK_NUMBER (sqlite3_open (to, &connection), SQLITE_OK);
  CHECK_NUMBER (sqlite3_exec (connection, text, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close (connection);
}

/* Put into NAME the name of a file in the directory.  */
static void
put_path (char *name, size_t bytes, const char *file)
{
  snprintf (name, bytes, "%s/%s", directory, file);
}

static void
remove_files (void)
{
  static const char *const files[]
      = { "a.db", "a.db-wal", "a.db-shm", "a.db-journal", "a.db.lock" };
  char name[64];

  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    {
      put_path (name, sizeof name, files[i]);
      unlink (name);
    }
}

/* Check what was stored: all since FIRST, but the oldest that may have been
   removed, and all snapshots up to NEWEST at least.  */
static void
check_stored (uint64_t first, uint64_t newest)
{
#define OF_EVENTS                                                             \
  " FROM event JOIN probe USING (probe_key)"                                  \
  " WHERE boot_id = (SELECT max (boot_id) FROM boot)"
  sqlite3 *connection;
  char text[128];

  CHECK_NUMBER (sqlite3_open (path, &connection), SQLITE_OK);
  CHECK_NUMBER (select_number (connection, "SELECT count(*) = 1 AND"
					   " min(integrity_check) = 'ok' FROM"
					   " pragma_integrity_check"),
		1);
  CHECK_NUMBER (select_number (connection, "SELECT count(*) FROM"
					   " pragma_foreign_key_check"),
		0);
  uint64_t oldest = select_number (connection, "SELECT min (arg0)" OF_EVENTS);
  CHECK (oldest >= first && oldest <= first + REMOVED * removals);
  CHECK_NUMBER (select_number (connection, "SELECT max (arg0)" OF_EVENTS),
		serial);
  CHECK_NUMBER (select_number (connection, "SELECT count (*)" OF_EVENTS),
		serial - oldest + 1);
  CHECK_NUMBER (
      select_number (connection, "SELECT count (DISTINCT arg0)" OF_EVENTS),
      serial - oldest + 1);
  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    {
      snprintf (text, sizeof text,
		"SELECT position FROM ring WHERE boot_id ="
		" (SELECT max(boot_id) FROM boot) AND cpu = %u",
		cpu);
      CHECK_NUMBER (select_number (connection, text), rings[cpu].head);
      CHECK_NUMBER (rings[cpu].tail->tail, rings[cpu].head);
    }
  /* What is added up is all that the kernel has, once, but for what may have
     been removed.  */
  CHECK_NUMBER (
      select_number (connection, "SELECT sum(count) FROM aggregates"),
      probe_counts (aggregation).recorded);
  CHECK_NUMBER (select_number (connection, "SELECT sum(count) FROM buckets"),
		probe_counts (aggregation).recorded);
  CHECK (select_number (connection, "SELECT coalesce(sum(added), 0) <="
				    " (SELECT sum(count) FROM aggregates)"
				    " FROM aggregate_history"));
  check_snapshots (connection, newest, jobs);
  sqlite3_close (connection);
}

/* ----------------------------------------------------------------------- */
/* What the daemon does.  Each returns whether it was done.  */

static bool
open_database (void)
{
  char message[1024] = "";

  database = database_open (path, message, sizeof message);
  CHECK ((database == NULL) == (message[0] != '\0'));
  CHECK (strstr (message, "damaged") == NULL);
  return database != NULL;
}

/* Whether ERROR is none; if it is one that it is what has been done to it.  */
static bool
is_good (int error)
{
  if (error == MDTRACE_ERR_DATABASE)
    {
      const char *text = database_error (database);
      CHECK (text[0] != '\0' && strcmp (text, "not an error") != 0);
      CHECK (!database_is_damaged (database));
    }
  else if (error != MDTRACE_OK)
    {
      CHECK_NUMBER (error, MDTRACE_ERR_SYSTEM);
      CHECK_NUMBER (faults.source, FAULTS_OF_MEMORY);
    }
  return error == MDTRACE_OK;
}

static bool
open_recorder (void)
{
  bool good = is_good (
      recorder_open (loopback, database, "unit", "unit", NULL, &recorder));

  is_anew = true;
  if (good)
    recorder_set_ended (recorder);
  return good;
}

static bool
store (void)
{
  unsigned events;
  int error;

  do
    {
      error = recorder_store (recorder, MOST, &events);
      if (events > 0)
	{
	  is_anew = false;
	  stored_ns = recorder_now_ns (recorder);
	}
    }
  while (error == MDTRACE_OK && events > 0);
  return is_good (error);
}

static bool
refresh (void)
{
  uint64_t tsc, time_ns;
  bool found;

  if (!is_good (recorder_refresh (recorder, true)))
    return false;
  if (is_anew)
    return true;
  /* Where a later run is to go on.  */
  faults.suspended = true;
  CHECK (database_get_clock (database, &tsc, &time_ns, &found));
  CHECK (found && time_ns > stored_ns);
  faults.suspended = false;
  return true;
}

static bool
add_up (void)
{
  struct database_reading reading;
  int error = recorder_read (loopback, aggregation, &reading);

  if (error == MDTRACE_OK)
    error = recorder_store_reading (recorder, &reading);
  mdtrace_aggregate_free (reading.aggregate);
  return is_good (error);
}

static bool
say (void)
{
  return is_good (recorder_say (recorder, "warning", "all fails"));
}

static bool
retain (void)
{
  const struct database_limits limits = { .bytes = 1 };
  bool done;

  removals++;
  if (database_retain (database, &limits, recorder_now_ns (recorder), REMOVED,
		       &done))
    return true;
  CHECK (!database_is_damaged (database));
  return is_good (MDTRACE_ERR_DATABASE);
}

static bool
retain_by_age (void)
{
  const struct database_limits limits = { .age_ns = UINT64_C (3600000000000) };
  bool done;

  if (database_retain (database, &limits, recorder_now_ns (recorder), REMOVED,
		       &done))
    return true;
  return is_good (MDTRACE_ERR_DATABASE);
}

static void
close_all (void)
{
  recorder_close (recorder, "stopped");
  recorder = NULL;
  database_close (database);
  database = NULL;
}

static void
begin_anew (enum policy policy)
{
  if (policy == BEGIN_ANEW)
    faults_disarm ();
  close_all ();
  faults_disarm ();
  CHECK (open_database ());
  CHECK (open_recorder ());
}

/* Do STEP, which may fail once, and only because of a fault.  */
static void
do_step (bool (*step) (void), enum policy policy)
{
  if (step ())
    return;
  CHECK (faults.fired > 0);
  if (policy != TRY_AGAIN && recorder != NULL)
    begin_anew (policy);
  faults_disarm ();
  CHECK (step ());
}

/* Do all of it from START on with the fault that is armed.  Returns whether
   that has come.  */
static bool
do_all (enum start start, enum policy policy)
{
  static bool (*const steps[]) (void)
      = { store, add_up, refresh, retain, say, store, retain_by_age, retain };
  uint64_t first = serial + 1;
  char template[64];

  remove_files ();
  put_path (template, sizeof template, "version_2.db");
  if (start == VERSION_2)
    copy_file (template, path);
  removals = 0;
  do_step (open_database, policy);
  do_step (open_recorder, policy);
  for (int i = 0; i < BATCHES; i++)
    {
      hit_batch ();
      CHECK_NUMBER (i % 2 == 0 ? dynamic_probe_enable (probes[2])
			       : dynamic_probe_disable (probes[2]),
		    MDTRACE_OK);
      for (size_t j = 0; j < sizeof steps / sizeof steps[0]; j++)
	do_step (steps[j], policy);
      /* Another run goes on.  */
      close_all ();
      do_step (open_database, policy);
      do_step (open_recorder, policy);
    }
  CHECK_NUMBER (dynamic_probe_disable (probes[2]), MDTRACE_OK);
  hit_batch ();
  close_all ();
  bool fired = faults.fired > 0;
  faults_disarm ();
  CHECK (open_database ());
  if (journal_mode != NULL)
    CHECK_TEXT (database_journal_mode (database), journal_mode);
  CHECK (open_recorder ());
  CHECK (store ());
  CHECK (add_up ());
  uint64_t newest = snapshot_newest ();
  CHECK (refresh ());
  close_all ();
  check_stored (first, newest);
  CHECK_NUMBER (loopback_mapped, 0);
  return fired;
}

/* Let each STRIDE-th call of SOURCE fail by CODE, the others in the other
   ways to do it all: there are more of them than a test has time for.  */
static void
fail_all (enum faults_source source, int code, unsigned long stride)
{
  const char *wanted = getenv ("FAULTS_STRIDE");
  unsigned long first = 0;

  if (wanted != NULL)
    {
      stride = strtoul (wanted, NULL, 10);
      CHECK (stride > 0);
      alarm (0);
    }
  for (enum start start = 0; start < STARTS; start++)
    for (enum policy policy = 0; policy < POLICIES; policy++)
      for (int persistent = policy == DIE; persistent < 2; persistent++)
	{
	  unsigned long at = 1 + first++ * 5 % stride;
	  do
	    {
	      printf ("# call %lu of %d fails by %d, start %d, policy %d,"
		      " persistent %d\n",
		      at, source, code, start, policy, persistent);
	      faults_arm (source, at, persistent, code);
	      at += stride;
	    }
	  while (do_all (start, policy));
	}
}

/* Get ready.  */
static void
set_up (bool shares_memory)
{
  char template[64];

  CHECK (mkdtemp (directory) != NULL);
  put_path (path, sizeof path, "a.db");
  put_path (template, sizeof template, "version_2.db");
  faults_set_up (shares_memory);
  make_version_2 (template);
  boot ();
  journal_mode = shares_memory ? "wal" : "truncate";
}

static void
clean_up (void)
{
  char template[64];

  remove_files ();
  put_path (template, sizeof template, "version_2.db");
  unlink (template);
  CHECK_NUMBER (rmdir (directory), 0);
}

static void
works_with_shared_memory (void)
{
  set_up (true);
  for (enum start start = 0; start < STARTS; start++)
    CHECK (!do_all (start, TRY_AGAIN));
  clean_up ();
}

static void
works_without_shared_memory (void)
{
  set_up (false);
  for (enum start start = 0; start < STARTS; start++)
    CHECK (!do_all (start, TRY_AGAIN));
  clean_up ();
}

static void
files_fail (void)
{
  set_up (true);
  fail_all (FAULTS_OF_FILES, 0, 151);
  clean_up ();
}

static void
files_fail_without_shared_memory (void)
{
  set_up (false);
  fail_all (FAULTS_OF_FILES, 0, 211);
  clean_up ();
}

static void
disk_is_full (void)
{
  set_up (true);
  fail_all (FAULTS_OF_FILES, SQLITE_FULL, 151);
  clean_up ();
}

static void
sqlite_lacks_memory (void)
{
  set_up (true);
  fail_all (FAULTS_OF_SQLITE_MEMORY, 0, 9973);
  clean_up ();
}

static void
lacks_memory (void)
{
  set_up (true);
  fail_all (FAULTS_OF_MEMORY, 0, 13);
  clean_up ();
}

TAP_MAIN ({ works_with_shared_memory, "without a fault, in WAL mode" },
	  { works_without_shared_memory, "without memory that is shared" },
	  { files_fail, "I/O errors" },
	  { files_fail_without_shared_memory,
	    "I/O errors without memory that is shared" },
	  { disk_is_full, "a disk that is full" },
	  { sqlite_lacks_memory, "SQLite finds no memory" },
	  { lacks_memory, "we find no memory" })
