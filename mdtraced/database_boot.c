/* The database: kernels, boots, runs, and what belongs to a boot as a whole.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <string.h>

#include "database_private.h"

/* Perform STATEMENT, which returns a key.  */
static bool
enter (sqlite3_stmt *statement, sqlite3_int64 *key)
{
  bool found;

  return database_look_up (statement, key, &found) && found;
}

bool
database_set_boot (struct database *database, const mdtrace_status_t *status,
		   const char *url, uint64_t boot_time_ns, bool *is_new)
{
  sqlite3_stmt *kernel = database_statement (database, STATEMENT_PUT_KERNEL);
  sqlite3_stmt *boot = database_statement (database, STATEMENT_PUT_BOOT);
  sqlite3_int64 before;

  sqlite3_bind_blob (kernel, 1, status->text_hash, sizeof status->text_hash,
		     SQLITE_STATIC);
  database_bind_text (kernel, 2, status->kernel_version);
  sqlite3_bind_int64 (kernel, 3, status->word_bytes);
  if (!database_select (database, "SELECT coalesce(max(boot_id), 0) FROM boot",
			&before)
      || !enter (kernel, &database->kernel_id))
    return false;
  const sqlite3_int64 values[]
      = { database->kernel_id, (sqlite3_int64) status->boot_id,
	  (sqlite3_int64) boot_time_ns };
  database_bind (boot, 3, values);
  database_bind_text (boot, 4, url);
  if (!enter (boot, &database->boot_id))
    return false;
  *is_new = database->boot_id > before;
  /* They are another boot's.  */
  database_forget_boot_keys (database);
  return true;
}

int64_t
database_boot (const struct database *database)
{
  return database->boot_id;
}

bool
database_has_symbols (struct database *database, bool *has)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_HAS_SYMBOLS);
  sqlite3_int64 one;

  database_bind (statement, 1, &database->kernel_id);
  return database_look_up (statement, &one, has);
}

bool
database_put_symbol (struct database *database,
		     const struct mdtrace_function *function)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_SYMBOL);

  sqlite3_bind_int64 (statement, 1, database->kernel_id);
  sqlite3_bind_int64 (statement, 2, (sqlite3_int64) function->address);
  database_bind_text (statement, 3, function->name);
  sqlite3_bind_int64 (statement, 4, function->bytes);
  return database_perform (statement);
}

bool
database_begin_run (struct database *database, const char *program,
		    int process, uint64_t now_ns)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_BEGIN_RUN);

  /* Only one program at a time writes a database: whoever has not said that it
     ended was killed.  */
  if (!database_perform (database_statement (database, STATEMENT_END_RUNS)))
    return false;
  sqlite3_bind_int64 (statement, 1, database->boot_id);
  database_bind_text (statement, 2, program);
  sqlite3_bind_int64 (statement, 3, process);
  sqlite3_bind_int64 (statement, 4, (sqlite3_int64) now_ns);
  return enter (statement, &database->run_id);
}

bool
database_see_run (struct database *database, uint64_t now_ns, uint64_t events,
		  const char *ended)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_SEE_RUN);
  const sqlite3_int64 values[]
      = { database->run_id, (sqlite3_int64) now_ns, (sqlite3_int64) events };

  database_bind (statement, 3, values);
  database_bind_text (statement, 4, ended);
  return database_perform (statement);
}

bool
database_put_message (struct database *database, uint64_t now_ns,
		      const char *severity, const char *message)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_MESSAGE);
  const sqlite3_int64 values[] = { database->run_id, (sqlite3_int64) now_ns };

  database_bind (statement, 2, values);
  database_bind_text (statement, 3, severity);
  database_bind_text (statement, 4, message);
  return database_perform (statement);
}

bool
database_get_ring (struct database *database, unsigned cpu,
		   uint64_t *generation, uint64_t *position, bool *found)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_GET_RING);
  const sqlite3_int64 values[] = { database->boot_id, cpu };

  if (statement == NULL)
    return false;
  database_bind (statement, 2, values);
  *found = sqlite3_step (statement) == SQLITE_ROW;
  if (*found)
    {
      *generation = sqlite3_column_int64 (statement, 0);
      *position = sqlite3_column_int64 (statement, 1);
    }
  return sqlite3_reset (statement) == SQLITE_OK;
}

bool
database_put_ring (struct database *database, unsigned cpu,
		   uint64_t generation, uint64_t position)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_PUT_RING);
  const sqlite3_int64 values[]
      = { database->boot_id, cpu, (sqlite3_int64) generation,
	  (sqlite3_int64) position };

  database_bind (statement, 4, values);
  return database_perform (statement);
}

bool
database_put_clock (struct database *database, const struct mdtrace_time *time)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_PUT_CLOCK);
  const sqlite3_int64 values[]
      = { database->boot_id, (sqlite3_int64) time->tsc,
	  (sqlite3_int64) time->time_ns, (sqlite3_int64) time->uptime_ns };

  database_bind (statement, 4, values);
  sqlite3_bind_double (statement, 5, time->ns_per_count);
  if (time->error_ns == UINT64_MAX)
    sqlite3_bind_null (statement, 6);
  else
    sqlite3_bind_int64 (statement, 6, (sqlite3_int64) time->error_ns);
  return database_perform (statement);
}

bool
database_get_clock (struct database *database, uint64_t *tsc,
		    uint64_t *time_ns, bool *found)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_GET_CLOCK);

  if (statement == NULL)
    return false;
  database_bind (statement, 1, &database->boot_id);
  *found = sqlite3_step (statement) == SQLITE_ROW;
  if (*found)
    {
      *tsc = sqlite3_column_int64 (statement, 0);
      *time_ns = sqlite3_column_int64 (statement, 1);
    }
  return sqlite3_reset (statement) == SQLITE_OK;
}

bool
database_put_counts (struct database *database, uint64_t time_ns,
		     const mdtrace_counts_t *counts)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_HIT_COUNT);
  const sqlite3_int64 values[]
      = { database->boot_id,
	  (sqlite3_int64) time_ns,
	  (sqlite3_int64) counts->hits,
	  (sqlite3_int64) counts->recorded,
	  (sqlite3_int64) counts->filtered,
	  (sqlite3_int64) counts->dropped,
	  (sqlite3_int64) counts->throttled,
	  (sqlite3_int64) counts->missed };

  database_bind (statement, sizeof values / sizeof values[0], values);
  return database_perform (statement);
}
