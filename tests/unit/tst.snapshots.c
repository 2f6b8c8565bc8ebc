/* Snapshots, counters and health in the database, at their corners.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "counters.h"
#include "readings.h"
#include "snapshot.h"

static void
refresh (void)
{
  CHECK_NUMBER (recorder_refresh (recorder, true), MDTRACE_OK);
}

/* Fewer than the claim on the rings lasts, while it is held.  */
static void
seconds (unsigned count)
{
  standin_ticks (count * STANDIN_HZ);
}

static uint32_t
create (const char *name, enum mdtrace_counter_kind kind)
{
  uint32_t id;

  CHECK_NUMBER (counter_create (name, "jobs", kind, &id), MDTRACE_OK);
  return id;
}

/* Whoever stores when, each is there once.  */
static void
stores_each_once (void)
{
  set_up ();
  create ("jobs", MDTRACE_COUNTER_COUNT);
  for (unsigned round = 0; round < 9; round++)
    {
      seconds (round);
      CHECK_NUMBER (perf_counter_update ("jobs", round), MDTRACE_OK);
      refresh ();
      refresh ();
      CHECK_NUMBER (number ("SELECT max(sequence) FROM snapshots"),
		    snapshot_newest ());
      if (round % 3 == 2)
	{
	  close_all ();
	  seconds (1);
	  open_at ("a.db");
	}
    }
  CHECK_NUMBER (number ("SELECT count(*) FROM snapshots"), snapshot_newest ());
  CHECK_NUMBER (number ("SELECT min(sequence) FROM snapshots"), 1);
  CHECK_NUMBER (number ("SELECT count(*) FROM counter_values"),
		snapshot_newest ());
  CHECK_NUMBER (number ("SELECT max(sum) FROM counter_values"), 36);
  CHECK_NUMBER (number ("SELECT count(*) FROM health"),
		snapshot_newest () / MDTRACE_HEALTH_WINDOW_SECONDS);
  CHECK_NUMBER (number ("SELECT count(*) FROM health WHERE since_sequence <>"
			" max(1, sequence - 10)"),
		0);
  clean_up ();
}

/* What the kernel has forgotten is missing, and no rate goes over the gap.  */
static void
leaves_a_gap (void)
{
  set_up ();
  seconds (3);
  refresh ();
  close_all ();
  seconds (TREND_HISTORY_SIZE + 20);
  open_at ("a.db");
  CHECK_NUMBER (number ("SELECT count(*) FROM snapshots WHERE sequence <= 3"),
		3);
  CHECK_NUMBER (number ("SELECT min(sequence) FROM snapshots"
			" WHERE sequence > 3"),
		snapshot_oldest ());
  CHECK_NUMBER (number ("SELECT max(sequence) FROM snapshots"),
		snapshot_newest ());
  CHECK_NUMBER (number ("SELECT count(*) FROM snapshots"
			" WHERE seconds IS NULL"),
		2);
  CHECK_NUMBER (number ("SELECT count(*) FROM snapshots WHERE"
			" faults_per_second IS NULL AND sequence > 1"),
		1);
  /* A score does not look back over it either.  */
  CHECK_NUMBER (number ("SELECT count(*) FROM health h WHERE since_sequence <>"
			" (SELECT min(sequence) FROM snapshot s WHERE"
			"  s.sequence >= h.sequence - 10)"),
		0);
  CHECK (number ("SELECT count(*) FROM health") > 5);
  clean_up ();
}

/* A number that another counter has had.  */
static void
tells_counters_apart (void)
{
  set_up ();
  uint32_t first = create ("jobs", MDTRACE_COUNTER_COUNT);
  CHECK_NUMBER (perf_counter_update ("jobs", 5), MDTRACE_OK);
  seconds (2);
  refresh ();
  CHECK_NUMBER (counter_destroy (first), MDTRACE_OK);
  CHECK_NUMBER (create ("queue", MDTRACE_COUNTER_LEVEL), first);
  CHECK_NUMBER (perf_counter_update ("queue", 7), MDTRACE_OK);
  seconds (2);
  refresh ();
  CHECK_NUMBER (number ("SELECT count(*) FROM counters WHERE number >= 16"),
		2);
  CHECK_NUMBER (number ("SELECT state = 'destroyed' FROM counters"
			" WHERE name = 'jobs'"),
		1);
  CHECK_NUMBER (number ("SELECT state = 'on' AND kind = 'level' FROM counters"
			" WHERE name = 'queue'"),
		1);
  CHECK_NUMBER (number ("SELECT count(*) * 100 + max(sum) FROM counter_values"
			" WHERE name = 'jobs'"),
		205);
  CHECK_NUMBER (number ("SELECT count(*) * 100 + max(sum) FROM counter_values"
			" WHERE name = 'queue'"),
		207);
  /* And the first one once more.  */
  CHECK_NUMBER (counter_destroy (first), MDTRACE_OK);
  CHECK_NUMBER (create ("jobs", MDTRACE_COUNTER_COUNT), first);
  seconds (1);
  refresh ();
  CHECK_NUMBER (number ("SELECT count(*) FROM counters WHERE number >= 16"),
		2);
  CHECK_NUMBER (number ("SELECT state = 'on' FROM counters"
			" WHERE name = 'jobs'"),
		1);
  CHECK_NUMBER (number ("SELECT count(*) FROM counter_values"
			" WHERE name = 'jobs' AND per_second IS NOT NULL"),
		1);
  clean_up ();
}

/* Durations, read; and read again when nothing has come.  */
static void
stores_readings (void)
{
  set_up ();
  create ("jobs", MDTRACE_COUNTER_DURATION);
  seconds (1);
  refresh ();
  CHECK_NUMBER (number ("SELECT count(*) FROM counter_readings"), 0);
  for (uint64_t i = 0; i < 100; i++)
    CHECK_NUMBER (perf_counter_update ("jobs", i < 60 ? 1000 : 0), MDTRACE_OK);
  CHECK_NUMBER (perf_counter_update ("jobs", UINT64_C (1) << 50), MDTRACE_OK);
  refresh ();
  refresh ();
  CHECK_NUMBER (number ("SELECT count(*) FROM counter_readings"), 1);
  CHECK_NUMBER (number ("SELECT count FROM counter_readings"), 101);
  CHECK_NUMBER (number ("SELECT minimum FROM counter_readings"), 0);
  CHECK_NUMBER (number ("SELECT p50 FROM counter_readings"), 1023);
  CHECK_NUMBER (number ("SELECT p90 FROM counter_readings"), 1023);
  CHECK_NUMBER (number ("SELECT p99 FROM counter_readings"), 1023);
  CHECK_NUMBER (number ("SELECT maximum FROM counter_readings"), UINT64_C (1)
								     << 50);
  CHECK_NUMBER (number ("SELECT count(*) FROM counter_buckets"), 3);
  CHECK_NUMBER (number ("SELECT count FROM counter_buckets WHERE bucket = 41"
			" AND high_ns = 1 << 50 AND low_ns = 1 << 40"),
		1);
  CHECK_NUMBER (number ("SELECT count FROM counter_buckets WHERE low_ns = 512"
			" AND high_ns = 1023"),
		60);
  CHECK_NUMBER (number ("SELECT count FROM counter_buckets WHERE bucket = 0"
			" AND high_ns = 0"),
		40);
  clean_up ();
}

static void
scores_by_rules (void)
{
  struct mdtrace_health_rule rules[MDTRACE_HEALTH_FACTORS];

  set_up ();
  close_all ();
  memcpy (rules, mdtrace_health_rules_default, sizeof rules);
  rules[MDTRACE_HEALTH_CPU] = (struct mdtrace_health_rule){ 3, 5, 77 };
  open_only ("b.db");
  CHECK_NUMBER (
      recorder_open (loopback, database, "unit", "unit", rules, &recorder),
      MDTRACE_OK);
  /* They were copied.  */
  memset (rules, 0, sizeof rules);
  seconds (6);
  refresh ();
  seconds (6);
  refresh ();
  CHECK_NUMBER (number ("SELECT count(*) FROM health"), 1);
  CHECK_NUMBER (number ("SELECT 10000 * weight + 100 * worst + reference"
			" FROM health_factors WHERE factor = 'cpu'"),
		770503);
  CHECK_NUMBER (number ("SELECT count(*) FROM health_factors"),
		MDTRACE_HEALTH_FACTORS);
  CHECK_NUMBER (number ("SELECT count(*) FROM health_factors WHERE"
			" known = (points IS NULL)"),
		0);
  clean_up ();
}

/* Remove all that LIMITS do not allow, in steps of COUNT.  */
static unsigned
retain (const struct database_limits *limits, unsigned count)
{
  unsigned steps = 0;
  bool done;

  do
    {
      CHECK (database_retain (database, limits, recorder_now_ns (recorder),
			      count, &done));
      CHECK (++steps < 1000);
    }
  while (!done);
  return steps;
}

static void
removes_the_oldest (void)
{
  const struct database_limits by_age = { .age_ns = UINT64_C (20500000000) };
  const struct database_limits by_size = { .bytes = 1 };

  set_up ();
  create ("jobs", MDTRACE_COUNTER_DURATION);
  for (int i = 0; i < 18; i++)
    {
      seconds (5);
      CHECK_NUMBER (perf_counter_update ("jobs", i), MDTRACE_OK);
      refresh ();
    }
  sqlite3_int64 all = number ("SELECT count(*) FROM snapshots");
  CHECK (all > 80);
  CHECK (retain (&by_age, 7) > 5);
  sqlite3_int64 left = number ("SELECT count(*) FROM snapshots");
  CHECK (left >= 20 && left <= 22);
  CHECK_NUMBER (number ("SELECT max(sequence) - min(sequence) + 1"
			" FROM snapshots"),
		left);
  CHECK_NUMBER (number ("SELECT count(*) FROM counter_values"), left);
  CHECK_NUMBER (number ("SELECT count(*) FROM counter_value"), left);
  CHECK (number ("SELECT count(*) FROM health") <= 3);
  CHECK_NUMBER (number ("SELECT count(*) FROM health_factor WHERE time_ns"
			" NOT IN (SELECT time_ns FROM health)"),
		0);
  CHECK_NUMBER (number ("SELECT count(*) FROM counter_readings WHERE time_ns <"
			" (SELECT min(time_ns) FROM snapshots)"),
		0);
  /* There is nothing else; the newest stays, and nothing is stored again.  */
  retain (&by_size, 7);
  CHECK_NUMBER (number ("SELECT count(*) FROM snapshots"), 1);
  CHECK_NUMBER (number ("SELECT max(sequence) FROM snapshots"),
		snapshot_newest ());
  close_all ();
  open_at ("a.db");
  CHECK_NUMBER (number ("SELECT count(*) FROM snapshots"), 1);
  CHECK_NUMBER (number ("SELECT count(*) FROM pragma_foreign_key_check"), 0);
  clean_up ();
}

/* Snapshots that are older than all events do not wait for those.  */
static void
removes_beside_events (void)
{
  const struct database_limits by_size = { .bytes = 1 };
  bool done;

  set_up ();
  seconds (5);
  refresh ();
  seconds (5);
  refresh ();
  uint32_t id = define ("many", &by_task, 0);
  for (int i = 0; i < 3; i++)
    {
      hit_round ();
      store (id);
      seconds (3);
      refresh ();
    }
  sqlite3_int64 readings = number ("SELECT count(*) FROM aggregation_history");
  CHECK (database_retain (database, &by_size, recorder_now_ns (recorder), 1,
			  &done));
  CHECK (!done);
  CHECK (number ("SELECT count(*) FROM snapshots WHERE sequence = 1") == 0);
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregation_history"),
		readings - 1);
  CHECK (number ("SELECT min(time_ns) FROM snapshots")
	 <= number ("SELECT min(time_ns) FROM aggregation_history"));
  retain (&by_size, 5);
  CHECK_NUMBER (number ("SELECT count(*) FROM snapshots"), 1);
  CHECK_NUMBER (number ("SELECT count(*) FROM aggregation_history"), 0);
  clean_up ();
}

TAP_MAIN ({ stores_each_once, "each snapshot is stored once" },
	  { leaves_a_gap, "what the kernel has forgotten is missing" },
	  { tells_counters_apart, "counters of one number are told apart" },
	  { stores_readings, "readings, histograms and quantiles" },
	  { scores_by_rules, "scores by rules" },
	  { removes_the_oldest, "the oldest are removed" },
	  { removes_beside_events, "beside what else there is" })
