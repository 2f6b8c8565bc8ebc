/* What a database has of the kernel's snapshots, seen from the outside.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_STORED_H
#define UNIT_STORED_H

#include <sqlite3.h>

#include "counters.h"
#include "tap.h"

static inline sqlite3_int64
select_number (sqlite3 *connection, const char *text)
{
  sqlite3_stmt *statement;

  CHECK_NUMBER (sqlite3_prepare_v2 (connection, text, -1, &statement, NULL),
		SQLITE_OK);
  CHECK_NUMBER (sqlite3_step (statement), SQLITE_ROW);
  sqlite3_int64 number = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return number;
}

/* Each snapshot of the last boot that the kernel has had since the first one
   that is stored, up to NEWEST at least, is there once, with the counter with
   the number JOBS, which is called that; and so is what that had come to when
   it was read.  A score is what was deducted.  */
static inline void
check_snapshots (sqlite3 *connection, uint64_t newest, uint32_t jobs)
{
#define OF_BOOT " WHERE boot_id = (SELECT max (boot_id) FROM boot)"
  struct mdtrace_counter_sum sum;

  CHECK (
      select_number (connection, "SELECT max(sequence) FROM snapshots" OF_BOOT)
      >= (sqlite3_int64) newest);
  CHECK_NUMBER (select_number (connection,
			       "SELECT max(sequence) - min(sequence) + 1"
			       " - count(*) FROM snapshots" OF_BOOT),
		0);
  CHECK_NUMBER (
      select_number (connection,
		     "SELECT (SELECT count(*) FROM snapshots" OF_BOOT
		     ") - (SELECT count(*) FROM counter_values" OF_BOOT
		     " AND name = 'jobs')"),
      0);
  counter_sum (jobs, &sum);
  CHECK_NUMBER (select_number (connection,
			       "SELECT count FROM counter_readings" OF_BOOT
			       " ORDER BY time_ns DESC LIMIT 1"),
		sum.count);
  CHECK_NUMBER (select_number (connection,
			       "SELECT count(*) FROM health h" OF_BOOT
			       " AND score <> 100 - (SELECT sum(points)"
			       "  FROM health_factor f"
			       "  WHERE f.time_ns = h.time_ns)"),
		0);
#undef OF_BOOT
}

#endif /* UNIT_STORED_H */
