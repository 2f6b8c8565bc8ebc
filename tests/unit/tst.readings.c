/* Aggregations, stacks and durations in the database, beside what is known of
   each hit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "readings.h"

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

TAP_MAIN ({ stores_counts, "counts are what was hit, also across daemons" },
	  { finds_clears, "an aggregation that was cleared is known" },
	  { is_busy, "hits that come while it is read" },
	  { stores_histograms, "histograms have the buckets of their values" },
	  { stores_stacks, "stacks of events and of aggregations" })
