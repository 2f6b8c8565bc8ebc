/* Aggregations, stacks and durations in the database, beside what is known of
   each hit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Real hits of the kernel part in the stand-in are added up by it and here,
   read through the library, and stored; then the database is asked.  */

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

static uint64_t
random_number (void)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

/* ----------------------------------------------------------------------- */
/* The database.  */

static void
open_at (const char *name)
{
  char message[1024];

  snprintf (path, sizeof path, "%s/%s", directory, name);
  database = database_open (path, message, sizeof message);
  CHECK (database != NULL);
  CHECK_NUMBER (recorder_open (loopback, database, "unit", "unit", &recorder),
		MDTRACE_OK);
  recorder_set_ended (recorder);
}

static void
close_all (void)
{
  recorder_close (recorder, "stopped");
  database_close (database);
  recorder = NULL;
  database = NULL;
}

static void
set_up (void)
{
  CHECK (mkdtemp (directory) != NULL);
  standin_boot ("");
  standin_set_cpus (CPUS);
  mdtrace_start ();
  standin_ticks (2);
  open_at ("a.db");
}

static void
clean_up (void)
{
  char command[128];

  if (database != NULL)
    close_all ();
  snprintf (command, sizeof command, "rm -r %s", directory);
  CHECK_NUMBER (system (command), 0);
}

/* The number that TEXT selects, by another connection.  */
static sqlite3_int64
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
static sqlite3_int64
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
static uint32_t
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
static void
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
static unsigned
task_of (unsigned thread)
{
  for (unsigned i = 0; i < STANDIN_TASKS; i++)
    if (standin_threads[thread].task == &standin_tasks[i])
      return i;
  CHECK (false);
  return 0;
}

/* Hit MANY with small arguments, and note that.  */
static void
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
static void
store (uint32_t id)
{
  struct database_reading reading;

  standin_ticks (1);
  CHECK_NUMBER (recorder_read (loopback, id, &reading), MDTRACE_OK);
  CHECK_NUMBER (recorder_store_reading (recorder, &reading), MDTRACE_OK);
  mdtrace_aggregate_free (reading.aggregate);
}

/* What the present state must be: as EXPECTED, and what is recorded.  */
static void
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

/* ----------------------------------------------------------------------- */

static void
stores_counts (void)
{
  set_up ();
  uint32_t id = define ("many", &by_task, 0);
  for (int i = 0; i < ROUNDS; i++)
    {
      hit_round ();
      store (id);
      check_expected (id);
      /* Another daemon goes on.  */
      if (i % 3 == 2)
	{
	  close_all ();
	  open_at ("a.db");
	}
    }
  CHECK_NUMBER (number ("SELECT sum(added) FROM aggregate_changes"),
		ROUNDS * ROUND_HITS);
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregate_history"
			" WHERE added <= 0"),
		0);
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregation_history a WHERE"
			" since_ns IS NOT (SELECT max(time_ns) FROM"
			" aggregation_history b WHERE b.time_ns < a.time_ns)"),
		0);
  /* Of a reading that found nothing new nothing is stored but that.  */
  sqlite3_int64 before = sum_of_tables ();
  sqlite3_int64 read_ns = number ("SELECT read_ns FROM aggregation");
  store (id);
  CHECK_NUMBER (sum_of_tables (), before);
  CHECK (number ("SELECT read_ns FROM aggregation") > read_ns);
  check_law ();
  clean_up ();
}

static void
finds_clears (void)
{
  set_up ();
  uint32_t id = define ("many", &by_task, 0);
  for (int i = 0; i < ROUNDS; i++)
    {
      hit_round ();
      /* Sometimes there is more of each key than before.  */
      if (i % 4 == 3)
	hit_round ();
      store (id);
      check_expected (id);
      CHECK_NUMBER (number ("SELECT generation FROM aggregation"), i);
      CHECK_NUMBER (mdtrace_aggregation_clear (loopback, id), MDTRACE_OK);
      memset (expected, 0, sizeof expected);
      if (i % 3 == 1)
	hit_round ();
    }
  /* Cleared, and nothing came since.  */
  memset (expected, 0, sizeof expected);
  CHECK_NUMBER (mdtrace_aggregation_clear (loopback, id), MDTRACE_OK);
  store (id);
  check_expected (id);
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregates"), 0);
  /* What was cleared was stored before, but for what came in between.  */
  CHECK (number ("SELECT sum(added) <= (SELECT cleared FROM aggregation)"
		 " FROM aggregate_changes"));
  check_law ();
  clean_up ();
}

/* Hits come whenever a part of an aggregation was read.  */
static void
hit_meanwhile (void *message, size_t *bytes)
{
  const mach_msg_header_t *header = message;

  (void) bytes;
  if (header->msgh_id == MDTRACE_ID_AGGREGATION_READ + 100)
    hit_round ();
}

static void
is_busy (void)
{
  set_up ();
  uint32_t id = define ("many", &by_task, 0);
  for (int i = 0; i < ROUNDS; i++)
    {
      loopback_on_reply = hit_meanwhile;
      store (id);
      loopback_on_reply = NULL;
      /* Never more than there were, nor anything twice.  */
      CHECK (number ("SELECT coalesce(sum(count), 0) + (SELECT cleared FROM"
		     " aggregation) FROM aggregates")
	     <= (sqlite3_int64) probe_counts (id).recorded);
      CHECK_NUMBER (number ("SELECT coalesce(sum(added), 0) = (SELECT"
			    " coalesce(sum(count), 0) FROM aggregates) FROM"
			    " aggregate_history"),
		    1);
      CHECK_NUMBER (number ("SELECT generation FROM aggregation"), 0);
    }
  store (id);
  check_expected (id);
  CHECK_NUMBER (number ("SELECT cleared FROM aggregation"), 0);
  /* Cleared in between.  */
  CHECK_NUMBER (mdtrace_aggregation_clear (loopback, id), MDTRACE_OK);
  memset (expected, 0, sizeof expected);
  loopback_on_reply = hit_meanwhile;
  store (id);
  loopback_on_reply = NULL;
  CHECK_NUMBER (number ("SELECT generation FROM aggregation"), 1);
  store (id);
  check_expected (id);
  CHECK_NUMBER (number ("SELECT generation FROM aggregation"), 1);
  check_law ();
  clean_up ();
}

/* The bucket that VALUE belongs into, as the documentation says.  */
static unsigned
hist_bucket (int64_t value)
{
  unsigned bucket = 2;

  if (value <= 0)
    return value < 0 ? 0 : 1;
  while (value > 1)
    {
      value >>= 1;
      bucket++;
    }
  return bucket;
}

static unsigned
lhist_bucket (int64_t value)
{
  return value < -20 ? 0 : value >= 20 ? 9 : 1 + (unsigned) (value + 20) / 5;
}

static void
stores_histograms (void)
{
  const mdtrace_probe_options_t hist
      = { .aggregation = MDTRACE_AGGREGATION_HIST,
	  .keys = MDTRACE_KEY_FUNCTION,
	  .value = MDTRACE_FIELD_ARG0_BIT,
	  .value_signed = 1 };
  const mdtrace_probe_options_t lhist
      = { .aggregation = MDTRACE_AGGREGATION_LHIST,
	  .keys = MDTRACE_KEY_SITE,
	  .value = MDTRACE_FIELD_ARG0_BIT,
	  .value_signed = 1,
	  .low = -20,
	  .step = 5,
	  .buckets = 8 };
  uint64_t buckets[2][MDTRACE_HIST_BUCKETS] = { { 0 } };
  int64_t sum = 0;
  char text[256];

  set_up ();
  uint32_t ids[] = { define ("alpha", &hist, 0), define ("alpha", &lhist, 0) };
  for (int i = 0; i < ROUNDS; i++)
    {
      for (int j = 0; j < ROUND_HITS; j++)
	{
	  int64_t value
	      = (int64_t) random_number () >> (random_number () % 64);
	  if (j % 2 == 0)
	    value %= 50;
	  hit (ALPHA, (uint64_t) value, j % CPUS, 0);
	  buckets[0][hist_bucket (value)]++;
	  buckets[1][lhist_bucket (value)]++;
	  sum = (int64_t) ((uint64_t) sum + (uint64_t) value);
	}
      store (ids[0]);
      store (ids[1]);
      for (int j = 0; j < 2; j++)
	for (unsigned k = 0; k < MDTRACE_HIST_BUCKETS; k++)
	  {
	    snprintf (text, sizeof text,
		      "SELECT coalesce(sum(count), 0) FROM buckets"
		      " WHERE probe_id = %u AND bucket = %u",
		      ids[j], k);
	    CHECK_NUMBER (number (text), buckets[j][k]);
	  }
      CHECK_NUMBER (number ("SELECT value FROM aggregates WHERE probe_id = 1"),
		    sum);
    }
  CHECK_NUMBER (number ("SELECT sum(added) FROM bucket_changes"),
		2 * ROUNDS * ROUND_HITS);
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregates WHERE count <>"
			" (SELECT sum(count) FROM buckets b WHERE"
			"  b.aggregate_key = aggregates.aggregate_key)"),
		0);
  CHECK_NUMBER (number ("SELECT low IS NULL FROM buckets WHERE bucket = 0"),
		1);
  CHECK_NUMBER (number ("SELECT count(*) FROM buckets WHERE probe_id = 1"
			" AND bucket > 0 AND low <>"
			" iif(bucket = 1, 0, 1 << (bucket - 2))"),
		0);
  CHECK_NUMBER (number ("SELECT count(*) FROM buckets WHERE probe_id = 2"
			" AND bucket > 0 AND low <> 5 * bucket - 25"),
		0);
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregates WHERE function ="
			" 'alpha'"),
		2);
  CHECK_NUMBER (number ("SELECT address FROM aggregates WHERE probe_id = 2"),
		(word_t) standin_text (ALPHA));
  check_law ();
  clean_up ();
}

/* Make a stack at STACK: a return address, and a chain of DEPTH frames; all
   addresses are in JUMPS.  */
static void
make_frames (word_t *stack, unsigned depth)
{
  word_t text = (word_t) standin_text (JUMPS) + 4, *frame = stack + 2;

  stack_pointer = (word_t) stack;
  standin.frame_pointer = (word_t) frame;
  *stack = text;
  for (unsigned i = 1; i <= depth; i++, frame += 2)
    {
      frame[0] = i < depth ? (word_t) (frame + 2) : 0;
      frame[1] = text + i;
    }
}

static void
stores_stacks (void)
{
  const mdtrace_probe_options_t recorded = { .stack_depth = 8 };
  const mdtrace_probe_options_t added_up
      = { .stack_depth = 8,
	  .aggregation = MDTRACE_AGGREGATION_COUNT,
	  .keys = MDTRACE_KEY_STACK };
  unsigned events;
  int depths[9] = { 0 };

  set_up ();
  mdtrace_site_table.flags |= SITE_TABLE_FRAME_POINTERS;
  define ("alpha", &recorded, 0);
  uint32_t by_stack = define ("alpha", &added_up, 0);
  for (int i = 0; i < ROUND_HITS; i++)
    {
      unsigned depth = 1 + i % 5;
      standin_run (&standin_threads[1]);
      make_frames (standin_stack (&standin_threads[1], 64), depth);
      hit (ALPHA, (uint64_t) i, 0, 1);
      depths[depth]++;
    }
  standin.frame_pointer = 0;
  standin_ticks (1);
  CHECK_NUMBER (recorder_refresh (recorder, true), MDTRACE_OK);
  CHECK_NUMBER (recorder_store (recorder, 1000, &events), MDTRACE_OK);
  CHECK_NUMBER (events, ROUND_HITS);
  store (by_stack);
  /* Each stack once, whoever has it.  */
  CHECK_NUMBER (number ("SELECT count(*) FROM stack"), 5);
  CHECK_NUMBER (number ("SELECT count(*) FROM events WHERE stack_id IS NULL"),
		0);
  for (int i = 1; i <= 5; i++)
    {
      char text[256];
      snprintf (text, sizeof text,
		"SELECT count(*) FROM events WHERE %d = (SELECT count(*)"
		" FROM frames f WHERE f.stack_id = events.stack_id)",
		i + 2);
      CHECK_NUMBER (number (text), depths[i]);
      snprintf (text, sizeof text,
		"SELECT count FROM aggregates WHERE %d = (SELECT count(*)"
		" FROM frames f WHERE f.stack_id = aggregates.stack_id)",
		i + 2);
      CHECK_NUMBER (number (text), depths[i]);
    }
  CHECK_NUMBER (number ("SELECT address FROM frames WHERE depth = 0"),
		(word_t) standin_text (ALPHA));
  CHECK_NUMBER (number ("SELECT count(*) FROM frames WHERE depth > 0 AND"
			" (function <> 'jumps' OR offset <> 3 + depth)"),
		0);
  CHECK_NUMBER (number ("SELECT stack_depth FROM probes WHERE probe_id = 1"),
		8);
  CHECK_NUMBER (number ("SELECT keys = 'stack' AND aggregation = 'count'"
			" FROM probes WHERE probe_id = 2"),
		1);
  check_law ();
  clean_up ();
}

/* What the kernel says of a stop.  */
static uint32_t stopped_share;

static void
say_stopped (void *message, size_t *bytes)
{
  /* The usage stands at the reply's end.  */
  mach_msg_header_t *header = message;
  mdtrace_probe_usage_t usage;

  if (header->msgh_id != MDTRACE_ID_PROBE_OPTIONS + 100
      || *bytes < sizeof usage + 64)
    return;
  uint8_t *place = (uint8_t *) message + *bytes - sizeof usage;
  memcpy (&usage, place, sizeof usage);
  usage.stopped_share = stopped_share;
  usage.stopped_cpu = 1;
  usage.faults = 7;
  memcpy (place, &usage, sizeof usage);
}

static char told[512];
static int told_count;

static void
tell (void *closure, const char *sentence)
{
  CHECK (closure == &told_count);
  snprintf (told, sizeof told, "%s", sentence);
  told_count++;
}

static void
tells_of_stops (void)
{
  set_up ();
  recorder_set_tell (recorder, tell, &told_count);
  uint32_t id = probe_create ("alpha", true);
  loopback_on_reply = say_stopped;
  CHECK_NUMBER (recorder_refresh (recorder, true), MDTRACE_OK);
  CHECK_NUMBER (told_count, 0);
  for (int i = 1; i <= 2; i++)
    {
      stopped_share = 6307;
      CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
      for (int j = 0; j < 3; j++)
	CHECK_NUMBER (recorder_refresh (recorder, true), MDTRACE_OK);
      CHECK_NUMBER (told_count, i);
      CHECK_TEXT (told, "probe 1 (alpha): switched off by the kernel: all "
			"probes took 63.07 % of CPU 1; narrow it with --if, "
			"--limit or --agg, then enable it again");
      CHECK_NUMBER (number ("SELECT count(*) FROM messages WHERE severity ="
			    " 'warning' AND message LIKE 'probe 1 (alpha)%'"),
		    i);
      CHECK_NUMBER (number ("SELECT count(*) FROM probe_history WHERE state ="
			    " 'disabled' AND stopped_share = 6307 AND"
			    " stopped_cpu = 1"),
		    i);
      CHECK_NUMBER (number ("SELECT stopped_share FROM probes"), 6307);
      /* Nor is it said again by another run.  */
      close_all ();
      open_at ("a.db");
      recorder_set_tell (recorder, tell, &told_count);
      CHECK_NUMBER (told_count, i);
      stopped_share = 0;
      standin_ticks (2);
      CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
      CHECK_NUMBER (recorder_refresh (recorder, true), MDTRACE_OK);
      CHECK_NUMBER (number ("SELECT stopped_cpu IS NULL AND faults = 7 AND"
			    " stopped_share = 0 FROM probes"),
		    1);
    }
  loopback_on_reply = NULL;
  check_law ();
  clean_up ();
}

static void
removes_the_oldest (void)
{
  const struct database_limits none = { .bytes = 1 };
  bool done = false;
  int steps = 0;

  set_up ();
  uint32_t id = define ("many", &by_task, 0);
  for (int i = 0; i < ROUNDS; i++)
    {
      hit_round ();
      store (id);
    }
  sqlite3_int64 readings = number ("SELECT count(*) FROM aggregation_history");
  sqlite3_int64 oldest = number ("SELECT min(time_ns) FROM aggregate_history");
  /* Little by little, the oldest first, although there are no events.  */
  CHECK (
      database_retain (database, &none, recorder_now_ns (recorder), 1, &done));
  CHECK (!done);
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregation_history"),
		readings - 1);
  CHECK (number ("SELECT min(time_ns) FROM aggregate_history") > oldest);
  for (; !done; steps++)
    {
      CHECK (database_retain (database, &none, recorder_now_ns (recorder), 100,
			      &done));
      CHECK (steps < 1000);
    }
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregate_history"), 0);
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregation_history"), 0);
  /* What there is last stays, and what comes is counted from there.  */
  check_expected (id);
  hit_round ();
  store (id);
  check_expected (id);
  CHECK_NUMBER (number ("SELECT sum(added) FROM aggregate_history"),
		ROUND_HITS);
  check_law ();
  clean_up ();
}

/* Merge the database NAME into the one that is open.  */
static void
merge (const char *name)
{
  const struct merge_part all = { .from_ns = INT64_MIN, .to_ns = INT64_MAX };
  struct merge_counts counts;
  char message[1024] = "", source[64];

  snprintf (source, sizeof source, "%s/%s", directory, name);
  if (!merge_database (database, source, &all, &counts, message,
		       sizeof message))
    {
      printf ("# %s\n", message);
      CHECK (false);
    }
}

/* Open the database NAME only to be written.  */
static void
open_only (const char *name)
{
  char message[1024];

  snprintf (path, sizeof path, "%s/%s", directory, name);
  database = database_open (path, message, sizeof message);
  CHECK (database != NULL);
}

static void
merges (void)
{
  static const char *const orders[2][3]
      = { { "a.db", "b.db", "a.db" }, { "b.db", "a.db", "b.db" } };
  static const char *const outputs[] = { "ab.db", "ba.db" };

  set_up ();
  uint32_t id = define ("many", &by_task, 0);
  for (int i = 0; i < ROUNDS; i++)
    {
      hit_round ();
      store (id);
      /* Another database goes on with what the kernel has.  */
      if (i == ROUNDS / 2)
	{
	  close_all ();
	  open_at ("b.db");
	}
    }
  close_all ();
  for (int i = 0; i < 2; i++)
    {
      open_only (outputs[i]);
      for (int j = 0; j < 3; j++)
	merge (orders[i][j]);
      check_expected (id);
      CHECK_NUMBER (number ("SELECT sum(added) FROM aggregate_changes"),
		    ROUNDS * ROUND_HITS);
      CHECK_NUMBER (number ("SELECT count(*) FROM aggregation_history"),
		    ROUNDS);
      CHECK_NUMBER (number ("SELECT count(*) FROM aggregation_history"
			    " WHERE since_ns IS NULL"),
		    1);
      /* Doing it again changes nothing.  */
      sqlite3_int64 before = sum_of_tables ();
      merge ("a.db");
      merge ("b.db");
      CHECK_NUMBER (sum_of_tables (), before);
      CHECK_NUMBER (number ("SELECT count(*) FROM pragma_foreign_key_check"),
		    0);
      database_close (database);
      database = NULL;
    }
  check_law ();
  clean_up ();
}

TAP_MAIN ({ stores_counts, "counts are what was hit, also across daemons" },
	  { finds_clears, "an aggregation that was cleared is known" },
	  { is_busy, "hits that come while it is read" },
	  { stores_histograms, "histograms have the buckets of their values" },
	  { stores_stacks, "stacks of events and of aggregations" },
	  { tells_of_stops, "a probe that the kernel has stopped is told" },
	  { removes_the_oldest, "what is oldest is removed, the state stays" },
	  { merges, "two databases of one boot are put together" })
