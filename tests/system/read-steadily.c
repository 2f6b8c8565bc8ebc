/* read-steadily DATABASE END: read a database that a daemon is storing in,
   again and again, until there is a file END. Copyright (C) 2026 the mdtrace
   authors. SPDX-License-Identifier: GPL-2.0-or-later

   No query is tried twice, nor waits for anybody.  Prints how many queries
   there were, how many found the database locked, how many failed otherwise,
   how many found less than the one before, and the longest wait for a first
   row in milliseconds.  */

#include <sqlite3.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double
milliseconds (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int
main (int argc, char **argv)
{
  /* What costs the same however much there is.  */
  static const char query[] = "SELECT sum(events) FROM run";
  unsigned queries = 0, locked = 0, failed = 0, backward = 0;
  sqlite3_int64 last = 0;
  double longest_ms = 0;
  sqlite3 *connection;
  sqlite3_stmt *statement;

  if (argc != 3
      || sqlite3_open_v2 (argv[1], &connection, SQLITE_OPEN_READONLY, NULL)
	     != SQLITE_OK
      || sqlite3_prepare_v2 (connection, query, -1, &statement, NULL)
	     != SQLITE_OK)
    return 2;
  while (access (argv[2], F_OK) != 0)
    {
      sqlite3_int64 events = last;
      double began_ms = milliseconds ();
      int code = sqlite3_step (statement);
      double took_ms = milliseconds () - began_ms;

      if (took_ms > longest_ms)
	longest_ms = took_ms;
      for (; code == SQLITE_ROW; code = sqlite3_step (statement))
	events = sqlite3_column_int64 (statement, 0);
      sqlite3_reset (statement);
      queries++;
      locked += (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
      failed += code != SQLITE_DONE && (code & 0xff) != SQLITE_BUSY
		&& (code & 0xff) != SQLITE_LOCKED;
      backward += events < last;
      last = events;
    }
  printf ("%u %u %u %u %.0f\n", queries, locked, failed, backward, longest_ms);
  sqlite3_finalize (statement);
  sqlite3_close (connection);
  return 0;
}
