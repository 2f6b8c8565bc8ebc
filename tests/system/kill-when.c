/* kill-when DATABASE EVENTS MICROSECONDS PROCESS: kill a daemon at work.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Wait until DATABASE has more than EVENTS events, go on for MICROSECONDS, and
   send SIGKILL to PROCESS.  */

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum
{
  BUSY_TIMEOUT_MS = 5000
};

static long
microseconds (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

int
main (int argc, char **argv)
{
  sqlite3 *connection;
  sqlite3_stmt *statement;

  if (argc != 5
      || sqlite3_open_v2 (argv[1], &connection, SQLITE_OPEN_READONLY, NULL)
	     != SQLITE_OK
      || sqlite3_busy_timeout (connection, BUSY_TIMEOUT_MS) != SQLITE_OK
      || sqlite3_prepare_v2 (connection,
			     "SELECT coalesce(sum(events), 0) FROM run", -1,
			     &statement, NULL)
	     != SQLITE_OK)
    return 2;
  long deadline = microseconds () + 30000000;
  long long events = 0;
  while (events <= atoll (argv[2]) && microseconds () < deadline)
    {
      if (sqlite3_step (statement) == SQLITE_ROW)
	events = sqlite3_column_int64 (statement, 0);
      sqlite3_reset (statement);
    }
  long until = microseconds () + atol (argv[3]);
  while (microseconds () < until)
    continue;
  return kill (atoi (argv[4]), SIGKILL) == 0 ? 0 : 1;
}
