/* mdtrace db check: tell whether all in a database is right.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Nothing is written.  First what SQLite knows: whether the file is whole, and
   each key refers to something.  Then what must be true of events and counts.
   Counts of a probe that is enabled were read while the kernel went on, so
   that some hits may have been under way.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "db.h"
#include "reader.h"

enum
{
  WRONG_MAX = 100
};

/* Counts of the probe P are known to be later than what else is stored of it
   once it is destroyed, or when the last run has ended in order.  */
#define COUNTS_ARE_LATER                                                      \
  "provider <> ''"                                                            \
  " AND (state = 'destroyed' OR EXISTS"                                       \
  "      (SELECT 1 FROM run r WHERE r.boot_id = p.boot_id"                    \
  "       AND ended IN ('stopped', 'all is stored')"                          \
  "       AND seen_ns = (SELECT max(seen_ns) FROM run"                        \
  "                      WHERE boot_id = p.boot_id)"                          \
  "       AND NOT EXISTS (SELECT 1 FROM message m"                            \
  "                       WHERE m.run_id = r.run_id"                          \
  "                       AND severity = 'warning')))"

/* What is asked, from VERSION on: each row is a sentence about something that
   is wrong.  */
static const struct
{
  int version;
  const char *text;
} questions[] = {
  { 1, "SELECT 'table ' || \"table\" || ': ' || count(*)"
       " || ' rows refer to rows of ' || parent || ' that are not there'"
       " FROM pragma_foreign_key_check GROUP BY \"table\", parent" },
  { 1, "SELECT 'identity has ' || count(*) || ' rows, not 1' FROM identity"
       " HAVING count(*) <> 1" },
  /* 64: under way.  */
  { 1, "SELECT 'boot ' || boot_id || ', probe ' || probe_id || ': ' || hits"
       " || ' hits, but ' || (recorded + filtered + dropped + throttled"
       " + missed) || ' are accounted for'"
       " FROM probe WHERE abs(hits - recorded - filtered - dropped - throttled"
       " - missed) > iif(state = 'enabled', 64, 0)" },
  { 1, "SELECT 'boot ' || boot_id || ', CPU ' || cpu || ': ' || position"
       " || ' is no position in a ring' FROM ring"
       " WHERE position < 0 OR position % 8 <> 0 OR cpu < 0" },
  { 3, "SELECT 'boot ' || boot_id || ', probe ' || probe_id || ': '"
       " || stored || ' events, but only ' || recorded || ' were recorded'"
       " FROM (SELECT probe_key, count(*) AS stored FROM event"
       "       GROUP BY probe_key)"
       " JOIN probe p USING (probe_key)"
       " WHERE stored > recorded AND " COUNTS_ARE_LATER },
  { 3, "SELECT 'boot ' || boot_id || ': ' || stored"
       " || ' events, but its runs have stored ' || counted"
       " FROM (SELECT boot_id, count(*) AS stored,"
       "       (SELECT coalesce(sum(events), 0) FROM run r"
       "        WHERE r.boot_id = p.boot_id) AS counted"
       "       FROM event JOIN probe p USING (probe_key) GROUP BY boot_id)"
       " WHERE stored > counted" },
  { 3, "SELECT 'events: ' || count(*) || ' have a site of another probe'"
       " FROM event e JOIN site s USING (site_key)"
       " WHERE e.probe_key <> s.probe_key HAVING count(*) > 0" },
  { 3, "SELECT 'events: ' || count(*) || ' have a thread of another boot'"
       " FROM event e CROSS JOIN probe p USING (probe_key)"
       " CROSS JOIN thread t USING (thread_key)"
       " WHERE p.boot_id <> t.boot_id HAVING count(*) > 0" },
  { 3, "SELECT 'events: ' || count(*) || ' have no time after 1970'"
       " FROM event WHERE time_ns <= 0 HAVING count(*) > 0" },
  { 3, "SELECT 'run ' || run_id || ': it was seen before it began'"
       " FROM run WHERE seen_ns < began_ns AND process <> 0" },
  { 3, "SELECT 'boot ' || boot_id || ': ' || count(*)"
       " || ' clocks went backwards'"
       " FROM (SELECT boot_id, time_ns < lag(time_ns) OVER"
       "       (PARTITION BY boot_id ORDER BY tsc) AS back FROM clock)"
       " WHERE back GROUP BY boot_id" },
  { 4, "SELECT 'stacks: ' || count(*) || ' have no frames, or parts of them'"
       " FROM stack WHERE length(frames) NOT BETWEEN 8 AND 256"
       " OR length(frames) % 8 <> 0 HAVING count(*) > 0" },
  { 4, "SELECT 'boot ' || boot_id || ', probe ' || probe_id || ': '"
       " || added_up || ' hits are added up, but only ' || recorded"
       " || ' were recorded'"
       " FROM (SELECT g.probe_key, sum(a.count) + g.cleared AS added_up"
       "       FROM aggregation g JOIN aggregate a"
       "       ON a.probe_key = g.probe_key AND a.generation = g.generation"
       "       GROUP BY g.probe_key)"
       " JOIN probe p USING (probe_key)"
       " WHERE added_up > recorded AND " COUNTS_ARE_LATER },
  { 4, "SELECT 'aggregates: ' || count(*) || ' have buckets that are not as"
       " many hits as they have' FROM"
       " (SELECT a.count AS hits, sum(b.count) AS in_buckets"
       "  FROM aggregate a JOIN bucket b USING (aggregate_key)"
       "  WHERE a.generation >= 0 GROUP BY aggregate_key)"
       " WHERE hits <> in_buckets HAVING count(*) > 0" },
  { 4, "SELECT 'aggregates: ' || count(*) || ' are not what was read last'"
       " FROM aggregate a JOIN aggregate_history h"
       " ON h.aggregate_key = a.aggregate_key AND h.time_ns = a.changed_ns"
       " WHERE h.count <> a.count OR h.value IS NOT a.value"
       " HAVING count(*) > 0" },
  { 5, "SELECT 'boot ' || boot_id || ': ' || count(*)"
       " || ' snapshots went backwards'"
       " FROM (SELECT boot_id, uptime_ns <= lag(uptime_ns) OVER"
       "       (PARTITION BY boot_id ORDER BY sequence) AS back"
       "       FROM snapshot) WHERE back GROUP BY boot_id" },
  { 5, "SELECT 'snapshots: ' || count(*) || ' have more memory free than"
       " there is' FROM snapshot WHERE free_bytes > memory_bytes"
       " HAVING count(*) > 0" },
  { 5, "SELECT 'counters: ' || count(*) || ' values are of another boot'"
       " FROM counter_value v JOIN counter c USING (counter_id)"
       " WHERE v.boot_id <> c.boot_id HAVING count(*) > 0" },
  { 5, "SELECT 'counters: ' || count(*) || ' readings have buckets that are"
       " not as many durations as they have' FROM counter_reading r"
       " WHERE buckets IS NOT NULL AND count <>"
       "  (SELECT coalesce(sum(value), 0) FROM json_each(r.buckets))"
       " HAVING count(*) > 0" },
  /* What is of an older version has not all factors.  */
  { 5, "SELECT 'health: ' || count(*) || ' scores are not what was deducted'"
       " FROM health h WHERE sequence IS NOT NULL AND score <>"
       "  (SELECT max(0, 100 - coalesce(sum(points), 0))"
       "   FROM health_factor f WHERE f.boot_id = h.boot_id"
       "   AND f.time_ns = h.time_ns) HAVING count(*) > 0" },
  { 5, "SELECT 'health: ' || count(*) || ' factors deduct more than they may'"
       " FROM health_factor WHERE points > weight HAVING count(*) > 0" },
};

static void
add (json_t *wrong, const char *text)
{
  if (json_array_size (wrong) < WRONG_MAX)
    json_array_append_new (wrong, cli_json_text (text));
}

/* Add what the rows of TEXT say to WRONG, but for those that say "ok".  False
   when SQLite fails.  */
static bool
ask (const struct reader *reader, const char *text, json_t *wrong)
{
  sqlite3_stmt *statement;

  if (sqlite3_prepare_v2 (reader->connection, text, -1, &statement, NULL)
      != SQLITE_OK)
    return false;
  while (sqlite3_step (statement) == SQLITE_ROW)
    {
      const char *said = (const char *) sqlite3_column_text (statement, 0);
      if (said != NULL && strcmp (said, "ok") != 0)
	add (wrong, said);
    }
  return sqlite3_finalize (statement) == SQLITE_OK;
}

/* Add the tables and views to WRONG that are not as they are made.  */
static bool
compare_schema (const struct reader *reader, json_t *wrong)
{
  sqlite3 *fresh;
  sqlite3_stmt *expected = NULL, *found = NULL;
  bool good = sqlite3_open (":memory:", &fresh) == SQLITE_OK;

  for (unsigned part = 0; good && database_schema (part) != NULL; part++)
    good = sqlite3_exec (fresh, database_schema (part), NULL, NULL, NULL)
	   == SQLITE_OK;
  good = good
	 && sqlite3_prepare_v2 (fresh,
				"SELECT name, sql FROM sqlite_schema"
				" WHERE sql IS NOT NULL",
				-1, &expected, NULL)
		== SQLITE_OK
	 && sqlite3_prepare_v2 (reader->connection,
				"SELECT 1 FROM sqlite_schema WHERE name = ?1"
				" AND sql = ?2",
				-1, &found, NULL)
		== SQLITE_OK;
  while (good && sqlite3_step (expected) == SQLITE_ROW)
    {
      char *text = cli_format ("%s is not there, or not as it is made",
			       sqlite3_column_text (expected, 0));
      sqlite3_bind_value (found, 1, sqlite3_column_value (expected, 0));
      sqlite3_bind_value (found, 2, sqlite3_column_value (expected, 1));
      if (sqlite3_step (found) != SQLITE_ROW)
	add (wrong, text);
      good = sqlite3_reset (found) == SQLITE_OK;
      free (text);
    }
  sqlite3_finalize (expected);
  sqlite3_finalize (found);
  sqlite3_close (fresh);
  return good;
}

/* Check everything.  Put what is to be done into ADVICE, of BYTES bytes, if
   the file is damaged.  */
static void
check (const struct reader *reader, const char *path, json_t *wrong,
       char *advice, size_t bytes)
{
  bool good = sqlite3_exec (reader->connection, "BEGIN", NULL, NULL, NULL)
		  == SQLITE_OK
	      && ask (reader, "PRAGMA integrity_check", wrong);

  if (good && json_array_size (wrong) > 0)
    {
      database_describe_damage (path, "see above", advice, bytes);
      return;
    }
  if (good && reader->version == DATABASE_VERSION)
    good = compare_schema (reader, wrong);
  /* What is asked next would not be understood.  */
  if (good && json_array_size (wrong) > 0)
    return;
  for (size_t i = 0; i < sizeof questions / sizeof questions[0] && good; i++)
    if (reader->version >= questions[i].version)
      good = ask (reader, questions[i].text, wrong);
  if (good)
    return;
  add (wrong, sqlite3_errmsg (reader->connection));
  if (!reader_describe (reader, path, advice, bytes))
    advice[0] = '\0';
}

/* Say what is WRONG.  Returns the exit status.  */
static int
tell (const struct cli_options *options, const char *path, int version,
      json_t *wrong, const char *advice)
{
  bool good = json_array_size (wrong) == 0;
  json_t *sentence;
  size_t i;

  if (options->json)
    cli_print_json (cli_json_pack (
	"{s:s, s:i, s:b, s:O, s:s}", "database", path, "version", version,
	"good", (int) good, "wrong", wrong, "advice", advice));
  else if (good)
    printf ("%s: all is right\n", path);
  else
    json_array_foreach (wrong, i, sentence)
      printf ("%s: %s\n", path, json_string_value (sentence));
  if (advice[0] != '\0')
    {
      fflush (stdout);
      fprintf (stderr, "mdtrace: %s: %s\n", path, advice);
    }
  int status = cli_finish ();
  return good ? status : 1;
}

int
cli_db_check (int argc, char **argv, struct cli_options *options)
{
  struct reader reader;
  char message[1536], advice[1536] = "";
  bool is_damaged;
  char *path = db_parse (argc, argv, options,
			 "Tell whether a database is whole, and whether what "
			 "is in it can be true.  Nothing is written.");

  if (path == NULL)
    return 1;
  json_t *wrong = json_array ();
  bool good
      = reader_open (&reader, path, &is_damaged, message, sizeof message);
  if (!good && !is_damaged)
    return db_report (options, path, message);
  if (good)
    check (&reader, path, wrong, advice, sizeof advice);
  else
    {
      add (wrong, sqlite3_errmsg (reader.connection));
      snprintf (advice, sizeof advice, "%s", message);
    }
  int status = tell (options, path, reader.version, wrong, advice);
  reader_close (&reader);
  json_decref (wrong);
  free (path);
  return status;
}
