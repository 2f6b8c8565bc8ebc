/* The database: opening it, transactions, and what has gone wrong.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database_private.h"
#include "lock.h"

enum
{
  /* What SQLite leaves of its journal for the next transactions.  */
  JOURNAL_BYTES = 4 << 20
};

static const char *const statement_texts[STATEMENTS] = {
#define STATEMENT(name, text) text,
#include "statements.def"
#undef STATEMENT
};

const char *
database_error (const struct database *database)
{
  return database->failure_code != SQLITE_OK
	     ? database->failure
	     : sqlite3_errmsg (database->connection);
}

bool
database_is_damaged (const struct database *database)
{
  int code = database->failure_code != SQLITE_OK
		 ? database->failure_code
		 : sqlite3_errcode (database->connection);

  code &= 0xff; /* without what says more */
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

void
database_describe_damage (const char *path, const char *reason, char *message,
			  size_t bytes)
{
  snprintf (message, bytes,
	    "is damaged, and was left as it is: %s; 'mdtrace db check %s' "
	    "tells more, 'mdtrace db recover %s --output %s.new' saves what "
	    "can be saved into another file",
	    reason, path, path, path);
}

const char *
database_name (const struct database *database)
{
  return database->name;
}

const char *
database_journal_mode (const struct database *database)
{
  return database->journal_mode;
}

/* Let what has gone wrong be told, if that was the first thing to, whatever is
   still done.  */
static void
remember_failure (struct database *database)
{
  if (database->failure_code != SQLITE_OK)
    return;
  database->failure_code = sqlite3_errcode (database->connection);
  snprintf (database->failure, sizeof database->failure, "%s",
	    sqlite3_errmsg (database->connection));
}

sqlite3_stmt *
database_statement (struct database *database, enum statement statement)
{
  sqlite3_stmt **prepared = &database->statements[statement];

  /* Others may be prepared before it is missed.  */
  if (*prepared == NULL
      && sqlite3_prepare_v3 (database->connection, statement_texts[statement],
			     -1, SQLITE_PREPARE_PERSISTENT, prepared, NULL)
	     != SQLITE_OK)
    remember_failure (database);
  return *prepared;
}

bool
database_execute (struct database *database, const char *text)
{
  return sqlite3_exec (database->connection, text, NULL, NULL, NULL)
	 == SQLITE_OK;
}

bool
database_perform (sqlite3_stmt *statement)
{
  if (statement == NULL)
    return false;
  sqlite3_step (statement);
  return sqlite3_reset (statement) == SQLITE_OK;
}

bool
database_look_up (sqlite3_stmt *statement, sqlite3_int64 *value, bool *found)
{
  if (statement == NULL)
    return false;
  *found = sqlite3_step (statement) == SQLITE_ROW;
  if (*found)
    *value = sqlite3_column_int64 (statement, 0);
  return sqlite3_reset (statement) == SQLITE_OK;
}

bool
database_select (struct database *database, const char *text,
		 sqlite3_int64 *value)
{
  sqlite3_stmt *statement;
  bool found;

  if (sqlite3_prepare_v2 (database->connection, text, -1, &statement, NULL)
      != SQLITE_OK)
    return false;
  bool good = database_look_up (statement, value, &found) && found;
  return sqlite3_finalize (statement) == SQLITE_OK && good;
}

void
database_bind (sqlite3_stmt *statement, unsigned count,
	       const sqlite3_int64 *values)
{
  for (unsigned i = 0; i < count; i++)
    sqlite3_bind_int64 (statement, i + 1, values[i]);
}

void
database_bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}

/* The text that QUERY gives, into TEXT, of BYTES bytes.  */
static bool
read_text (struct database *database, const char *query, char *text,
	   size_t bytes)
{
  sqlite3_stmt *statement;
  bool good = false;

  if (sqlite3_prepare_v2 (database->connection, query, -1, &statement, NULL)
      != SQLITE_OK)
    return false;
  if (sqlite3_step (statement) == SQLITE_ROW
      && sqlite3_column_text (statement, 0) != NULL)
    {
      snprintf (text, bytes, "%s", sqlite3_column_text (statement, 0));
      good = true;
    }
  return sqlite3_finalize (statement) == SQLITE_OK && good;
}

/* Choose how transactions are journalled: in WAL mode readers and the writer
   do not wait for each other, but it needs memory that processes share, which
   not every system has.  The other mode works everywhere.  */
static bool
choose_journal (struct database *database)
{
  char text[80];

  /* Without shared memory the mode stays as it was, or that memory's first use
     fails.  Whatever else fails may go well the next time.  */
  if (!read_text (database, "PRAGMA journal_mode = WAL",
		  database->journal_mode, sizeof database->journal_mode))
    {
      int code = sqlite3_extended_errcode (database->connection);
      if (code != SQLITE_IOERR_SHMMAP && code != SQLITE_IOERR_SHMOPEN
	  && code != SQLITE_IOERR_SHMSIZE && code != SQLITE_IOERR_SHMLOCK)
	return false;
    }
  if (strcmp (database->journal_mode, "wal") != 0
      && !read_text (database, "PRAGMA journal_mode = TRUNCATE",
		     database->journal_mode, sizeof database->journal_mode))
    return false;
  snprintf (text, sizeof text,
	    "PRAGMA journal_size_limit = %d; PRAGMA synchronous = %s",
	    JOURNAL_BYTES,
	    strcmp (database->journal_mode, "wal") == 0 ? "NORMAL" : "FULL");
  return database_execute (database, text);
}

char *
database_uri (const char *path, const char *parameters)
{
  /* Each of its bytes may have to be escaped.  */
  size_t bytes = sizeof "file:?" + 3 * strlen (path) + strlen (parameters);
  char *uri = malloc (bytes), *end = uri;

  if (uri == NULL)
    return NULL;
  end += sprintf (end, "file:");
  for (; *path != '\0'; path++)
    end += sprintf (end, strchr ("%?#", *path) != NULL ? "%%%02x" : "%c",
		    (unsigned char) *path);
  sprintf (end, "?%s", parameters);
  return uri;
}

/* PATH is null for a temporary one.  */
static bool
open_connection (struct database *database, const char *path, char *message,
		 size_t bytes)
{
  /* By its URI, so that others can be attached by theirs, to be read; one
     thread uses it at a time.  */
  char *uri = path != NULL ? database_uri (path, "mode=rwc") : strdup ("");
  bool good = uri != NULL
	      && sqlite3_open_v2 (uri, &database->connection,
				  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
				      | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
				  NULL)
		     == SQLITE_OK;

  free (uri);

  if (good)
    {
      sqlite3_extended_result_codes (database->connection, 1);
      sqlite3_busy_timeout (database->connection, BUSY_TIMEOUT_MS);
      if (!database_migrate (database, path, message, bytes))
	return false;
      good = choose_journal (database)
	     && read_text (database, "SELECT name FROM identity",
			   database->name, sizeof database->name);
    }
  if (!good)
    snprintf (message, bytes, "%s", database_error (database));
  if (!good && database->connection != NULL && database_is_damaged (database))
    database_describe_damage (path, database_error (database), message, bytes);
  return good;
}

bool
database_is_trace (const char *path, char *message, size_t bytes)
{
  static const char magic[] = "\211MDT\r\n\032\n"; /* mdtrace-trace(5) */
  char begin[sizeof magic] = "";
  FILE *file = fopen (path, "re");

  if (file == NULL)
    return false;
  bool is_trace = fread (begin, sizeof magic - 1, 1, file) == 1
		  && strcmp (begin, magic) == 0;
  fclose (file);
  if (is_trace)
    snprintf (message, bytes,
	      "is a trace file and no database; 'mdtrace import --output "
	      "DATABASE %s' makes one of it",
	      path);
  return is_trace;
}

struct database *
database_open (const char *path, char *message, size_t bytes)
{
  struct database *database = calloc (1, sizeof *database);

  if (database == NULL)
    {
      snprintf (message, bytes, "%s", strerror (ENOMEM));
      return NULL;
    }
  if (database_is_trace (path, message, bytes))
    {
      free (database);
      return NULL;
    }
  database->lock = lock_take (path, &database->lock_path);
  if (database->lock < 0)
    {
      snprintf (message, bytes, "%s",
		errno == EWOULDBLOCK
		    ? "another mdtraced has it open; stop that one, or name "
		      "another file"
		    : strerror (errno));
      database_close (database);
      return NULL;
    }
  if (!open_connection (database, path, message, bytes))
    {
      database_close (database);
      return NULL;
    }
  return database;
}

struct database *
database_open_temporary (char *message, size_t bytes)
{
  struct database *database = calloc (1, sizeof *database);

  if (database == NULL)
    {
      snprintf (message, bytes, "%s", strerror (ENOMEM));
      return NULL;
    }
  database->lock = -1;
  if (!open_connection (database, NULL, message, bytes))
    {
      database_close (database);
      return NULL;
    }
  return database;
}

struct sqlite3 *
database_connection (struct database *database)
{
  return database->connection;
}

void
database_close (struct database *database)
{
  if (database == NULL)
    return;
  /* What is in the journal stays there: the file is left as it is.  */
  if (database->connection != NULL && database_is_damaged (database))
    sqlite3_db_config (database->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
		       1, NULL);
  for (int i = 0; i < STATEMENTS; i++)
    sqlite3_finalize (database->statements[i]);
  sqlite3_close (database->connection);
  lock_release (database->lock, database->lock_path);
  free (database);
}

void
database_forget_boot_keys (struct database *database)
{
  memset (database->probes, 0, sizeof database->probes);
  memset (database->sites, 0, sizeof database->sites);
  memset (database->threads, 0, sizeof database->threads);
  memset (database->stacks, 0, sizeof database->stacks);
  memset (database->counters, 0, sizeof database->counters);
}

bool
database_begin (struct database *database)
{
  database->failure_code = SQLITE_OK;
  /* When it has to be given up there may be no memory to prepare that.  */
  return database_statement (database, STATEMENT_ROLLBACK) != NULL
	 && database_perform (database_statement (database, STATEMENT_BEGIN));
}

bool
database_commit (struct database *database)
{
  return database_perform (database_statement (database, STATEMENT_COMMIT));
}

void
database_rollback (struct database *database)
{
  remember_failure (database);
  if (!sqlite3_get_autocommit (database->connection))
    database_perform (database_statement (database, STATEMENT_ROLLBACK));
  database_forget_boot_keys (database);
  memset (database->names, 0, sizeof database->names);
  database->asked_ns = database->given_ns = 0;
}
