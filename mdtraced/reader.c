/* Databases that are only read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database_private.h"
#include "reader.h"

/* Whether there is something at PATH that can be a database; if not leaves a
   sentence in MESSAGE, of BYTES bytes.  */
static bool
look_at_file (const char *path, char *message, size_t bytes)
{
  struct stat file;

  if (stat (path, &file) != 0 || access (path, R_OK) != 0)
    snprintf (message, bytes, "%s", strerror (errno));
  else if (!S_ISREG (file.st_mode))
    snprintf (message, bytes, "is no file; name a database");
  else if (file.st_size == 0)
    snprintf (message, bytes, "is empty; name a database");
  else
    return !database_is_trace (path, message, bytes);
  return false;
}

bool
reader_select (const struct reader *reader, const char *text,
	       sqlite3_int64 *value)
{
  sqlite3_stmt *statement;

  *value = 0;
  if (sqlite3_prepare_v2 (reader->connection, text, -1, &statement, NULL)
      != SQLITE_OK)
    return false;
  if (sqlite3_step (statement) == SQLITE_ROW)
    *value = sqlite3_column_int64 (statement, 0);
  return sqlite3_finalize (statement) == SQLITE_OK;
}

/* Open PATH with PARAMETERS; whether it can be read shows when something is
   asked.  */
static bool
connect_with (struct reader *reader, const char *path, const char *parameters,
	      sqlite3_int64 *application, sqlite3_int64 *version)
{
  sqlite3_int64 objects;

  reader_close (reader);
  reader->uri = database_uri (path, parameters);
  if (reader->uri == NULL
      || sqlite3_open_v2 (reader->uri, &reader->connection,
			  SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL)
	     != SQLITE_OK)
    return false;
  sqlite3_extended_result_codes (reader->connection, 1);
  sqlite3_busy_timeout (reader->connection, BUSY_TIMEOUT_MS);
  return reader_select (reader, "PRAGMA application_id", application)
	 && reader_select (reader, "PRAGMA user_version", version)
	 && reader_select (reader, "SELECT count(*) FROM sqlite_schema",
			   &objects);
}

/* Whether there is nothing beside the database at PATH of somebody who has it
   open.  */
static bool
is_alone (const char *path)
{
  static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
  bool alone = true;

  for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
    {
      char *name;
      if (asprintf (&name, "%s%s", path, suffixes[i]) < 0)
	return false;
      alone = alone && access (name, F_OK) != 0;
      free (name);
    }
  return alone;
}

/* Whether SQLite has failed since it cannot write beside the database: it says
   so in one way to root, and in another one to others.  */
static bool
cannot_share (const struct reader *reader)
{
  int code = reader->connection != NULL
		 ? sqlite3_errcode (reader->connection) & 0xff
		 : SQLITE_NOMEM;

  return code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

bool
reader_open (struct reader *reader, const char *path, bool *is_damaged,
	     char *message, size_t bytes)
{
  sqlite3_int64 application = 0, version = 0;

  memset (reader, 0, sizeof *reader);
  *is_damaged = false;
  if (!look_at_file (path, message, bytes))
    return false;
  bool good = connect_with (reader, path, "mode=ro", &application, &version);
  /* Where nothing can be written, SQLite cannot share it with others.  */
  if (!good && cannot_share (reader) && is_alone (path))
    good = connect_with (reader, path, "immutable=1", &application, &version);
  if (!good)
    {
      *is_damaged = reader_describe (reader, path, message, bytes);
      if (cannot_share (reader) && !is_alone (path))
	snprintf (message, bytes,
		  "where nothing can be written, it cannot be read together "
		  "with %s-wal, which belongs to it; copy both, and name the "
		  "copy",
		  path);
      return false;
    }
  reader->version = version;
  return database_is_ours (application, version, message, bytes);
}

void
reader_close (struct reader *reader)
{
  sqlite3_close (reader->connection);
  free (reader->uri);
  memset (reader, 0, sizeof *reader);
}

bool
reader_describe (const struct reader *reader, const char *path, char *message,
		 size_t bytes)
{
  int code = reader->connection != NULL ? sqlite3_errcode (reader->connection)
					: SQLITE_NOMEM;
  bool is_damaged
      = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
  const char *reason = reader->connection != NULL
			   ? sqlite3_errmsg (reader->connection)
			   : strerror (ENOMEM);

  if (is_damaged)
    database_describe_damage (path, reason, message, bytes);
  else
    snprintf (message, bytes, "%s", reason);
  return is_damaged;
}
