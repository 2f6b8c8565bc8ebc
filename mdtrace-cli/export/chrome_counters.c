/* Export: counters as tracks, from snapshots.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>

#include "chrome.h"

/* Each query gives a boot, a time, a name, a unit, and the value.  What is
   unknown has no row.  */
static const char *const queries[] = {
  "SELECT boot_id, time_ns, 'utilisation', 'percent', utilisation_percent"
  " FROM snapshots WHERE time_ns BETWEEN ?1 AND ?2"
  " AND utilisation_percent IS NOT NULL",
  "SELECT boot_id, time_ns, 'free memory', 'bytes', free_bytes FROM snapshots"
  " WHERE time_ns BETWEEN ?1 AND ?2",
  "SELECT boot_id, time_ns, 'tasks', 'tasks', tasks FROM snapshots"
  " WHERE time_ns BETWEEN ?1 AND ?2",
  "SELECT boot_id, time_ns, 'threads', 'threads', threads FROM snapshots"
  " WHERE time_ns BETWEEN ?1 AND ?2",
  "SELECT boot_id, time_ns, 'page faults', 'per second', faults_per_second"
  " FROM snapshots WHERE time_ns BETWEEN ?1 AND ?2"
  " AND faults_per_second IS NOT NULL",
  "SELECT boot_id, time_ns, name, unit, sum FROM counter_values"
  " WHERE time_ns BETWEEN ?1 AND ?2 AND kind = 'level'",
  "SELECT boot_id, time_ns, name, unit || ' per second', per_second"
  " FROM counter_values WHERE time_ns BETWEEN ?1 AND ?2"
  " AND per_second IS NOT NULL",
  "SELECT boot_id, time_ns, name || ' mean', unit, mean FROM counter_values"
  " WHERE time_ns BETWEEN ?1 AND ?2 AND mean IS NOT NULL",
  "SELECT boot_id, time_ns, 'health score', 'points', score FROM health"
  " WHERE time_ns BETWEEN ?1 AND ?2",
};

static void
put_row (struct chrome *chrome, sqlite3_stmt *row)
{
  struct output *output = chrome->output;
  const char *name = (const char *) sqlite3_column_text (row, 2);
  const char *unit = (const char *) sqlite3_column_text (row, 3);

  chrome_record (chrome, 'C');
  output_text (output, ",\"name\":");
  output_json (output, name != NULL ? name : "");
  output_text (output, ",\"pid\":");
  output_unsigned (
      output, chrome_counters_pid (chrome, sqlite3_column_int64 (row, 0)));
  chrome_time (chrome, sqlite3_column_int64 (row, 1));
  output_text (output, ",\"args\":{");
  output_json (output, unit != NULL ? unit : "");
  output_char (output, ':');
  if (sqlite3_column_type (row, 4) == SQLITE_INTEGER)
    output_signed (output, sqlite3_column_int64 (row, 4));
  else if (isfinite (sqlite3_column_double (row, 4)))
    output_real (output, sqlite3_column_double (row, 4));
  else
    /* JSON has no infinity.  */
    output_text (output, "null");
  output_text (output, "}}");
}

bool
chrome_counters (struct chrome *chrome)
{
  bool failed = false;

  for (size_t i = 0; i < sizeof queries / sizeof queries[0] && !failed; i++)
    {
      sqlite3_stmt *row = export_prepare (chrome->export, queries[i]);
      if (row == NULL)
	return false;
      while (export_step (chrome->export, row, &failed))
	put_row (chrome, row);
      sqlite3_finalize (row);
    }
  return !failed;
}
