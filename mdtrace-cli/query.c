/* mdtrace query: ask the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
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

/* Let the daemon store all that it has not yet, and tell where.  Null after
   an error, which is reported.  The caller frees it.  */
static char *
ask_daemon (const struct cli_options *options)
{
  struct mdtrace_target *target;
  struct mdtrace_daemon_info info;
  char *path = NULL;
  int open_error = mdtrace_open (options->target, &target);
  int error = target != NULL ? mdtrace_daemon_flush (target) : open_error;

  /* A daemon that waits for its kernel has a database all the same.  */
  if (error != MDTRACE_OK && open_error != MDTRACE_OK)
    cli_cannot_open (options, target, open_error);
  if (error == MDTRACE_OK)
    error = mdtrace_daemon_get_info (target, &info);
  if (error == MDTRACE_OK)
    path = cli_format ("%s", info.database);
  else
    cli_report (options, mdtrace_target_url (target), error,
		error == MDTRACE_ERR_UNSUPPORTED
		    ? "only a daemon has a database; name one with --database"
		    : mdtrace_detail (target));
  mdtrace_close (target);
  return path;
}

static int
report_sqlite (const struct cli_options *options, const char *what,
	       sqlite3 *connection)
{
  int status = cli_report (options, what, MDTRACE_ERR_DATABASE,
			   sqlite3_errmsg (connection));

  sqlite3_close (connection);
  return status;
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

static int
run_query (const struct arguments *arguments, const char *path)
{
  const struct cli_options *options = arguments->options;
  sqlite3 *connection;
  sqlite3_stmt *statement;
  const char *rest;

  if (sqlite3_open_v2 (path, &connection, SQLITE_OPEN_READONLY, NULL)
      != SQLITE_OK)
    return report_sqlite (options, path, connection);
  sqlite3_busy_timeout (connection, BUSY_TIMEOUT_MS);
  if (sqlite3_prepare_v2 (connection, arguments->sql, -1, &statement, &rest)
      != SQLITE_OK)
    return report_sqlite (options, "query", connection);
  if (statement == NULL || rest[strspn (rest, " \t\n;")] != '\0')
    {
      int status = cli_report (options, "query", MDTRACE_ERR_DATABASE,
			       "one statement at a time");
      sqlite3_finalize (statement);
      sqlite3_close (connection);
      return status;
    }
  int result = options->json ? print_json (statement) : print (statement);
  sqlite3_finalize (statement);
  if (result != SQLITE_DONE)
    return report_sqlite (options, "query", connection);
  sqlite3_close (connection);
  return cli_finish ();
}

int
cli_query (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments
      = { .options = options, .database = getenv ("MDTRACE_DATABASE") };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "SQL",
	  .doc = "Print what an SQL query of the database "
		 "gives.  The tables and views are described "
		 "in mdtrace-db(5)." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  if (arguments.database != NULL)
    return run_query (&arguments, arguments.database);
  char *path = ask_daemon (options);
  if (path == NULL)
    return 1;
  int status = run_query (&arguments, path);
  free (path);
  return status;
}
