/* Memory and disk fail wherever a trace is read, or recorded into a file: that
   is said, nothing of it is taken for the trace, and what a file has got is
   good up to its last whole block. Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "faults.h"
#include "mdt_record.h"
#include "trace_files.h"

enum
{
  ROUNDS = 4,
  PER_ROUND = 3000
};

static const char *path;

/* Read all of the trace.  Returns whether that could be done; else that must
   have been said.  */
static bool
read_trace (void)
{
  char message[1024] = "";
  struct source *source = source_open (path, false, message, sizeof message);
  bool failed;
  unsigned count = 0;

  if (source == NULL)
    {
      CHECK (message[0] != '\0');
      return false;
    }
  bool good = source_begin (source, INT64_MIN, INT64_MAX);
  while (good && source_next (source, &failed) != NULL)
    count++;
  good = good && !failed;
  if (good)
    CHECK_NUMBER (count, 32);
  else
    CHECK (source_problem (source)[0] != '\0');
  source_close (source);
  return good;
}

/* Let each STRIDE-th call of SOURCE fail, alone or with all behind it, while
   WORK is done; without the fault it must succeed.  */
static void
fail_each (enum faults_source source, unsigned long stride,
	   bool (*work) (void))
{
  unsigned long fired = 0;

  for (int persistent = 0; persistent < 2; persistent++)
    for (unsigned long at = 1;; at += stride)
      {
	faults_arm (source, at, persistent, 0);
	bool good = work ();
	bool has_fired = faults.fired > 0;
	faults_disarm ();
	CHECK (good || has_fired);
	if (!has_fired)
	  break;
	fired++;
      }
  printf ("# %lu faults\n", fired);
  CHECK (fired > 10);
}

static void
set_up (const char *name)
{
  faults_set_up (true);
  path = scratch_path (name);
  make_database (scratch_path ("a.db"));
  make_file (scratch_path ("a.db"), scratch_path ("a.mdt"));
  CHECK (read_trace () || strcmp (name, "new.mdt") == 0);
}

static void
reading_a_file (void)
{
  set_up ("a.mdt");
  fail_each (FAULTS_OF_MEMORY, 1, read_trace);
  fail_each (FAULTS_OF_SQLITE_MEMORY, 397, read_trace);
}

static void
reading_a_database (void)
{
  set_up ("a.db");
  fail_each (FAULTS_OF_MEMORY, 1, read_trace);
  fail_each (FAULTS_OF_SQLITE_MEMORY, 97, read_trace);
  fail_each (FAULTS_OF_FILES, 3, read_trace);
}

/* Store the events of ROUND.  */
static bool
store_round (struct database *database, unsigned round)
{
  struct mdtrace_event event
      = { .probe_id = 1,
	  .fields = MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_THREAD,
	  .thread = 5 + round };
  bool good = database_begin (database);

  for (unsigned i = 0; i < PER_ROUND && good; i++)
    {
      event.time_ns = 1000000 + round * PER_ROUND + i;
      event.arguments[0] = round * PER_ROUND + i;
      good = database_put_event (database, &event);
    }
  if (good && database_commit (database))
    return true;
  database_rollback (database);
  return false;
}

static bool
store_probe (struct database *database)
{
  const mdtrace_status_t status
      = { .boot_id = 7, .kernel_version = "k", .word_bytes = 8 };
  const mdtrace_probe_info_t probe
      = { .id = 1, .provider = "fbt", .function = "f", .kinds = 2 };
  bool is_new, is_stopped;
  bool good = database_begin (database)
	      && database_set_boot (database, &status, "t", 1, &is_new)
	      && database_begin_run (database, "p", 1, 2)
	      && database_put_probe (database, &probe, NULL, 3, &is_stopped);

  if (good && database_commit (database))
    return true;
  database_rollback (database);
  return false;
}

/* Record something into a new file, as a recorder does.  *ROUNDS_DONE is set
   to how much of it was committed.  */
static bool
record (struct mdt_record *file, unsigned *rounds)
{
  struct database *database = mdt_record_database (file);

  if (!store_probe (database))
    return false;
  for (*rounds = 0; *rounds < ROUNDS; ++*rounds)
    if (!store_round (database, *rounds)
	|| !mdt_record_commit (file, 10000 * (*rounds + 1)))
      return false;
  return mdt_record_finish (file);
}

/* What is in the file must be what was stored, from the beginning on.  Returns
   how many events that are; CLOSED tells whether it must be all.  */
static void
check_file (bool closed)
{
  char message[1024];
  struct source *source = source_open (path, !closed, message, sizeof message);
  const struct source_event *event;
  unsigned count = 0;
  bool failed;

  /* Not even its header could be written.  */
  if (source == NULL && !closed)
    return;
  CHECK (source != NULL);
  CHECK (source_begin (source, INT64_MIN, INT64_MAX));
  while ((event = source_next (source, &failed)) != NULL)
    {
      CHECK_NUMBER (event->time_ns, 1000000 + count);
      CHECK_NUMBER (event->arguments[0], count);
      CHECK (event->thread != NULL);
      CHECK_NUMBER (event->thread->address, 5 + count / PER_ROUND);
      count++;
    }
  CHECK (!failed);
  if (closed)
    CHECK_NUMBER (count, ROUNDS * PER_ROUND);
  source_close (source);
}

static bool
record_trace (void)
{
  char message[1024] = "";
  unsigned rounds = 0;

  unlink (path);
  struct mdt_record *file = mdt_record_open (path, message, sizeof message);
  if (file == NULL)
    {
      CHECK (message[0] != '\0');
      return false;
    }
  bool good = record (file, &rounds);
  if (!good)
    CHECK (mdt_record_problem (file)[0] != '\0'
	   || database_error (mdt_record_database (file))[0] != '\0');
  mdt_record_close (file);
  faults_disarm ();
  check_file (good);
  return good;
}

static void
recording (void)
{
  set_up ("new.mdt");
  CHECK (record_trace ());
  fail_each (FAULTS_OF_MEMORY, 1, record_trace);
  fail_each (FAULTS_OF_SQLITE_MEMORY, 3001, record_trace);
}

TAP_MAIN ({ reading_a_file, "while a trace file is read" },
	  { reading_a_database, "while a database is read" },
	  { recording, "while a trace file is recorded" })
