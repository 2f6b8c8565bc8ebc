/* mdtrace query: ask the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "mdt_read.h"
#include "source_store.h"
#include "table.h"

enum
{
  BUSY_TIMEOUT_MS = 5000
};

static const struct argp_option argp_options[]
    = { { "database", 'd', "FILE", 0,
	  "The database (default: what MDTRACE_DATABASE names, or that of the "
	  "daemon, which is asked first to store what it has not yet)",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *database;
  const char *sql;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'd':
      arguments->database = argument;
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->sql != NULL)
	argp_error (state, "one query at a time; put it in quotes");
      arguments->sql = argument;
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "what is asked? For example: mdtrace query 'select * "
			 "from probes'");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

static int
report_sqlite (const struct cli_options *options, const char *what,
	       sqlite3 *connection)
{
  return cli_report (options, what, MDTRACE_ERR_DATABASE,
		     sqlite3_errmsg (connection));
}

/* A value of a row as JSON.  */
static json_t *
value_json (sqlite3_stmt *row, int column)
{
  switch (sqlite3_column_type (row, column))
    {
    case SQLITE_INTEGER:
      return json_integer (sqlite3_column_int64 (row, column));
    case SQLITE_FLOAT:
      return json_real (sqlite3_column_double (row, column));
    case SQLITE_NULL:
      return json_null ();
    default:
      {
	/* What is not UTF-8 cannot be JSON as it is.  */
	json_t *text
	    = json_string ((const char *) sqlite3_column_text (row, column));
	return text != NULL ? text : json_string ("(not text)");
      }
    }
}

static int
print_json (sqlite3_stmt *statement)
{
  json_t *rows = json_array ();
  int result;

  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      json_t *row = json_object ();
      for (int i = 0; i < sqlite3_column_count (statement); i++)
	json_object_set_new (row, sqlite3_column_name (statement, i),
			     value_json (statement, i));
      json_array_append_new (rows, row);
    }
  if (result == SQLITE_DONE)
    cli_print_json (json_pack ("{s:O}", "rows", rows));
  json_decref (rows);
  return result;
}

static int
print (sqlite3_stmt *statement)
{
  struct table *table = table_new ();
  int columns = sqlite3_column_count (statement);
  int result = sqlite3_step (statement);

  for (int i = 0; i < columns; i++)
    table_add_column (table, sqlite3_column_name (statement, i),
		      result == SQLITE_ROW
			  && sqlite3_column_type (statement, i)
				 <= SQLITE_FLOAT);
  for (; result == SQLITE_ROW; result = sqlite3_step (statement))
    for (int i = 0; i < columns; i++)
      {
	const char *text = (const char *) sqlite3_column_text (statement, i);
	table_add_cell (table, text != NULL ? text : "");
      }
  if (result == SQLITE_DONE && columns > 0)
    table_print (table);
  return result;
}

/* Let CONNECTION answer.  */
static int
ask (const struct arguments *arguments, sqlite3 *connection)
{
  const struct cli_options *options = arguments->options;
  sqlite3_stmt *statement;
  const char *rest;

  if (sqlite3_prepare_v2 (connection, arguments->sql, -1, &statement, &rest)
      != SQLITE_OK)
    return report_sqlite (options, "query", connection);
  if (statement == NULL || rest[strspn (rest, " \t\n;")] != '\0')
    {
      sqlite3_finalize (statement);
      return cli_report (options, "query", MDTRACE_ERR_DATABASE,
			 "one statement at a time");
    }
  int result = options->json ? print_json (statement) : print (statement);
  sqlite3_finalize (statement);
  return result == SQLITE_DONE ? cli_finish ()
			       : report_sqlite (options, "query", connection);
}

static int
ask_database (const struct arguments *arguments, const char *path)
{
  sqlite3 *connection;
  int status;

  if (sqlite3_open_v2 (path, &connection, SQLITE_OPEN_READONLY, NULL)
      == SQLITE_OK)
    {
      sqlite3_busy_timeout (connection, BUSY_TIMEOUT_MS);
      status = ask (arguments, connection);
    }
  else
    status = report_sqlite (arguments->options, path, connection);
  sqlite3_close (connection);
  return status;
}

/* Ask the trace file at PATH, by a database that is made of it for that.  */
static int
ask_file (const struct arguments *arguments, const char *path)
{
  char message[1536];
  struct source *source = source_open (path, false, message, sizeof message);
  int status;

  if (source != NULL && source_store_events (source, message, sizeof message))
    status = ask (arguments, source_connection (source));
  else
    status = cli_report (arguments->options, path, MDTRACE_ERR_TRACE, message);
  source_close (source);
  return status;
}

int
cli_query (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "SQL",
	  .doc = "Print what an SQL query of the database "
		 "gives.  The tables and views are described "
		 "in mdtrace-db(5)." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  char *path = cli_find_database (options, arguments.database);
  if (path == NULL)
    return 1;
  int status = mdt_is_trace_file (path) ? ask_file (&arguments, path)
					: ask_database (&arguments, path);
  free (path);
  return status;
}
