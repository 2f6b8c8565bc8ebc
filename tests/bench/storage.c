/* Ways to store events in SQLite, beside each other.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   storage DIRECTORY EVENTS: stores EVENTS events in each way in a file there,
   and asks each for one second in the middle.  Prints lines NAME VALUE UNIT:
   what they mean stands in tests/bench/README.  */

#include <sqlite3.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum
{
  BATCH = 10000,
  PER_SECOND = 10000, /* events of a second of traced time */
  BLOCK = 10000,      /* rows that an entry of the sparse index covers */
  RECORD_WORDS = 7,
  CHUNK_RECORDS = 65536 / 8 / RECORD_WORDS,
  TRIES = 5
};

#define REST "probe_key, cpu, thread_key, site_key, retval, arg0, arg1, arg2"
#define VALUES " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"

enum way
{
  BY_TIME,
  NUMBERED,
  INDEXED,
  CHUNKS
};

/* How each way makes its tables, stores a row, and is asked for the events of
   each probe from ?1 up to ?2 ns.  */
static const struct
{
  const char *name, *tables, *insert, *ask;
} ways[] = {
  [BY_TIME] = { "rows_by_time",
		"CREATE TABLE event (time_ns INTEGER PRIMARY KEY, " REST ")",
		"INSERT INTO event (time_ns, " REST ")" VALUES,
		"SELECT probe_key, count(*) FROM event"
		" WHERE time_ns >= ?1 AND time_ns < ?2 GROUP BY 1" },
  [NUMBERED]
  = { "rows_and_block_index",
      "CREATE TABLE event (id INTEGER PRIMARY KEY, time_ns, " REST ");"
      "CREATE TABLE block (time_ns INTEGER PRIMARY KEY, id)",
      "INSERT INTO event (time_ns, " REST ")" VALUES,
      "SELECT probe_key, count(*) FROM event"
      " WHERE id >= (SELECT id FROM block WHERE time_ns <= ?1"
      "   ORDER BY time_ns DESC LIMIT 1)"
      " AND id < (SELECT id FROM block WHERE time_ns >= ?2"
      "   ORDER BY time_ns LIMIT 1)"
      " AND time_ns >= ?1 AND time_ns < ?2 GROUP BY 1" },
  [INDEXED]
  = { "rows_and_index",
      "CREATE TABLE event (id INTEGER PRIMARY KEY, time_ns, " REST ");"
      "CREATE INDEX event_by_time ON event (time_ns)",
      "INSERT INTO event (time_ns, " REST ")" VALUES,
      "SELECT probe_key, count(*) FROM event"
      " WHERE time_ns >= ?1 AND time_ns < ?2 GROUP BY 1" },
  [CHUNKS]
  = { "chunks", "CREATE TABLE chunk (time_ns INTEGER PRIMARY KEY, records)",
      "INSERT INTO chunk (time_ns, records) VALUES (?1, ?2)",
      "SELECT records FROM chunk WHERE time_ns >= ?1 - 1000000000"
      " AND time_ns < ?2" },
};

static void
fail (const char *what)
{
  fprintf (stderr, "storage: %s\n", what);
  exit (1);
}

static void
execute (sqlite3 *connection, const char *text)
{
  char *message;

  if (sqlite3_exec (connection, text, NULL, NULL, &message) != SQLITE_OK)
    fail (message);
}

static sqlite3_stmt *
prepare (sqlite3 *connection, const char *text)
{
  sqlite3_stmt *statement;

  if (sqlite3_prepare_v2 (connection, text, -1, &statement, NULL) != SQLITE_OK)
    fail (sqlite3_errmsg (connection));
  return statement;
}

static double
seconds (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static void
perform (sqlite3_stmt *statement)
{
  sqlite3_step (statement);
  if (sqlite3_reset (statement) != SQLITE_OK)
    fail ("a row cannot be stored");
}

/* An event: time, probe, CPU, thread, site, no result, three arguments.  */
static void
make_event (uint64_t number, sqlite3_int64 *event)
{
  uint64_t bits = number * UINT64_C (0x9e3779b97f4a7c15) >> 32;

  event[0] = INT64_C (1790000000000000000) + number * (1000000000 / PER_SECOND)
	     + bits % 1000;
  event[1] = 1 + bits / 1024 % 4;
  event[2] = 0;
  event[3] = 1 + bits / 4096 % 8;
  event[4] = event[1];
  event[6] = (sqlite3_int64) UINT64_C (0xffffffff87c88b88);
  event[7] = bits % 4096;
  event[8] = (sqlite3_int64) UINT64_C (0xffffffff8100bea8);
}

/* Store EVENTS events.  Returns the CPU time that it took.  */
static double
store (sqlite3 *connection, enum way way, uint64_t events)
{
  sqlite3_stmt *insert = prepare (connection, ways[way].insert);
  sqlite3_stmt *block = NULL;
  uint64_t chunk[CHUNK_RECORDS][RECORD_WORDS];
  unsigned records = 0;

  if (way == NUMBERED)
    block = prepare (connection, "INSERT INTO block VALUES (?1, ?2)");
  double start = seconds (CLOCK_THREAD_CPUTIME_ID);
  for (uint64_t i = 0; i < events; i++)
    {
      sqlite3_int64 event[9];
      make_event (i, event);
      if (i % BATCH == 0)
	execute (connection, i == 0 ? "BEGIN" : "COMMIT; BEGIN");
      if (block != NULL && i % BLOCK == 0)
	{
	  sqlite3_bind_int64 (block, 1, event[0]);
	  sqlite3_bind_int64 (block, 2, i + 1);
	  perform (block);
	}
      if (way != CHUNKS)
	{
	  for (int column = 0; column < 9; column++)
	    if (column != 5)
	      sqlite3_bind_int64 (insert, column + 1, event[column]);
	  perform (insert);
	  continue;
	}
      memcpy (chunk[records], event, sizeof chunk[0]);
      if (records++ == 0)
	sqlite3_bind_int64 (insert, 1, event[0]);
      if (records == CHUNK_RECORDS || i + 1 == events)
	{
	  sqlite3_bind_blob (insert, 2, chunk, records * sizeof chunk[0],
			     SQLITE_STATIC);
	  perform (insert);
	  records = 0;
	}
    }
  execute (connection, "COMMIT");
  double spent = seconds (CLOCK_THREAD_CPUTIME_ID) - start;
  sqlite3_finalize (insert);
  sqlite3_finalize (block);
  return spent;
}

/* Count the events of each probe in one second.  Returns how long that took
   at best, in seconds.  */
static double
ask (sqlite3 *connection, enum way way, sqlite3_int64 from)
{
  sqlite3_stmt *statement = prepare (connection, ways[way].ask);
  sqlite3_int64 until = from + 1000000000;
  double best = 1e9;

  sqlite3_bind_int64 (statement, 1, from);
  sqlite3_bind_int64 (statement, 2, until);
  for (int i = 0; i < TRIES; i++)
    {
      double start = seconds (CLOCK_MONOTONIC);
      long counts[8] = { 0 }, sum = 0;
      while (sqlite3_step (statement) == SQLITE_ROW)
	if (way == CHUNKS)
	  {
	    const sqlite3_int64 *record = sqlite3_column_blob (statement, 0);
	    int bytes = sqlite3_column_bytes (statement, 0);
	    for (; bytes > 0;
		 bytes -= 8 * RECORD_WORDS, record += RECORD_WORDS)
	      if (record[0] >= from && record[0] < until)
		counts[record[1] & 7]++;
	  }
	else
	  counts[sqlite3_column_int64 (statement, 0) & 7]
	      += sqlite3_column_int64 (statement, 1);
      sqlite3_reset (statement);
      double spent = seconds (CLOCK_MONOTONIC) - start;
      if (spent < best)
	best = spent;
      for (int probe = 0; probe < 8; probe++)
	sum += counts[probe];
      if (sum < PER_SECOND - 1 || sum > PER_SECOND + 1)
	fail ("a second has not as many events as it should");
    }
  sqlite3_finalize (statement);
  return best;
}

int
main (int argc, char **argv)
{
  uint64_t events = argc == 3 ? strtoull (argv[2], NULL, 10) : 0;
  char path[1024];

  if (events < 10 * PER_SECOND)
    fail ("takes a directory and a number of events, 100000 at least");
  for (enum way way = BY_TIME; way <= CHUNKS; way++)
    {
      sqlite3 *connection;
      struct stat status;
      sqlite3_int64 middle[9];
      snprintf (path, sizeof path, "%s/storage.db", argv[1]);
      unlink (path);
      if (sqlite3_open_v2 (path, &connection,
			   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
			       | SQLITE_OPEN_NOMUTEX,
			   NULL)
	  != SQLITE_OK)
	fail (path);
      execute (connection, "PRAGMA journal_mode = WAL;"
			   "PRAGMA synchronous = NORMAL");
      execute (connection, ways[way].tables);
      double spent = store (connection, way, events);
      execute (connection, "PRAGMA wal_checkpoint (TRUNCATE)");
      if (stat (path, &status) != 0)
	fail (path);
      make_event (events / 2, middle);
      double asked = ask (connection, way, middle[0]);
      printf ("storage_%s %.0f events/CPU_second\n", ways[way].name,
	      events / spent);
      printf ("storage_%s_bytes %.1f bytes/event\n", ways[way].name,
	      (double) status.st_size / events);
      printf ("storage_%s_second %.2f ms\n", ways[way].name, 1000 * asked);
      sqlite3_close (connection);
    }
  unlink (path);
  return 0;
}
