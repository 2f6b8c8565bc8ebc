/* Aggregations in the database as time goes by: stops are told, what is oldest
   is removed, and databases are put together.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "readings.h"

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
  const struct merge_part all
      = { .from_ns = INT64_MIN, .to_ns = INT64_MAX, .directory = directory };
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

TAP_MAIN ({ tells_of_stops, "a probe that the kernel has stopped is told" },
	  { removes_the_oldest, "what is oldest is removed, the state stays" },
	  { merges, "two databases of one boot are put together" })
