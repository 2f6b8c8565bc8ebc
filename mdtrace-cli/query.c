/* mdtrace query: ask the database, by SQL or by a query that has a name.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "db.h"
#include "mdt_read.h"
#include "query.h"
#include "reader.h"
#include "source_store.h"
#include "table.h"

enum
{
  OPTION_LIST = 256,
  OPTION_SHOW,
  OPTION_LIMIT,
  OPTION_FROM,
  OPTION_TO,
  OPTION_PARTIAL
};

static const struct argp_option argp_options[]
    = { { "database", 'd', "FILE", 0,
	  "The database (default: what MDTRACE_DATABASE names, or that of the "
	  "daemon, which is asked first to store what it has not yet)",
	  0 },
	{ "list", OPTION_LIST, NULL, 0,
	  "Explain the queries that have a name, or the one that is named",
	  0 },
	{ "show", OPTION_SHOW, NULL, 0,
	  "Print the SQL of the query that is named", 0 },
	{ "limit", OPTION_LIMIT, "N", 0, "The same as limit=N", 0 },
	{ "from", OPTION_FROM, "TIME", 0,
	  "The same as from=TIME: nanoseconds since 1970, or "
	  "YYYY-MM-DDTHH:MM:SS with or without a fraction and a Z, in UTC",
	  0 },
	{ "to", OPTION_TO, "TIME", 0, "The same as to=TIME", 0 },
	{ "partial", OPTION_PARTIAL, NULL, 0,
	  "Of a trace file that is damaged use what precedes that", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

/* A value for a parameter.  */
struct given
{
  char *name;
  char *value;
  bool is_used;
};

struct arguments
{
  struct cli_options *options;
  const char *database;
  const char *asked;		   /* a name, or SQL */
  const struct named_query *query; /* null: it is SQL */
  bool is_list, is_show, is_partial;
  struct given *given;
  size_t given_count;
};

static void
give (struct arguments *arguments, char *name, char *value)
{
  struct given *more = reallocarray (arguments->given,
				     arguments->given_count + 1, sizeof *more);

  if (more == NULL)
    abort ();
  arguments->given = more;
  more[arguments->given_count++] = (struct given){ name, value, false };
}

/* Give the time ARGUMENT, as nanoseconds, to the parameter NAME.  */
static void
give_time (const struct argp_state *state, const char *name,
	   const char *argument)
{
  char *option = cli_format ("--%s", name);
  int64_t time_ns = db_parse_time (state, option, argument);

  free (option);
  give (state->input, cli_format ("%s", name),
	cli_format ("%lld", (long long) time_ns));
}

/* NAME=VALUE.  */
static void
give_argument (struct argp_state *state, const char *argument)
{
  const char *sign = strchr (argument, '=');

  if (sign == NULL || sign == argument
      || strspn (argument, "abcdefghijklmnopqrstuvwxyz0123456789_")
	     != (size_t) (sign - argument))
    argp_error (state,
		"'%s' is no parameter NAME=VALUE; one query at a time, in "
		"quotes",
		argument);
  char *name = cli_format ("%.*s", (int) (sign - argument), argument);
  if (strcmp (name, "from") == 0 || strcmp (name, "to") == 0)
    {
      give_time (state, name, sign + 1);
      free (name);
    }
  else
    give (state->input, name, cli_format ("%s", sign + 1));
}

/* Whether TEXT can only be a name: SQL has spaces.  */
static bool
is_name (const char *text)
{
  return text[0] != '\0'
	 && text[strspn (text, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")]
		== '\0';
}

/* The time that was given last for the parameter NAME; OTHERWISE if there is
   none.  */
static int64_t
given_time (const struct arguments *arguments, const char *name,
	    int64_t otherwise)
{
  for (size_t i = arguments->given_count; i-- > 0;)
    if (strcmp (arguments->given[i].name, name) == 0)
      return strtoll (arguments->given[i].value, NULL, 10);
  return otherwise;
}

/* Whether TEXT is a number, whole or such as 99.5 or 1e-3, which goes to
 *NUMBER.  */
static bool
parse_real (const char *text, double *number)
{
  char *end;

  if (text[0] == '\0' || text[strspn (text, "0123456789+-.eE")] != '\0')
    return false;
  *number = strtod (text, &end);
  return *end == '\0' && end != text;
}

/* See that GIVEN is a value that the parameter WORD of a query can have: a
   number if its default is one, and of rows and seconds a whole one.  */
static void
check_value (const struct argp_state *state, const struct query_word *word,
	     const struct given *given)
{
  bool is_whole
      = strcmp (word->name, "limit") == 0 || strcmp (word->name, "step") == 0;
  char *end;
  double real;

  if (word->value == NULL || !isdigit ((unsigned char) word->value[0]))
    return;
  errno = 0;
  bool good = is_whole ? strtoll (given->value, &end, 10) > 0 && *end == '\0'
			     && errno == 0
		       : parse_real (given->value, &real);
  if (!good)
    argp_error (state, "%s takes a %s, such as %s, not '%s'", word->name,
		is_whole ? "whole number from 1 on" : "number", word->value,
		given->value);
}

/* See that what was asked for makes sense.  */
static void
check (const struct argp_state *state, struct arguments *arguments)
{
  const char *asked = arguments->asked;

  if (asked == NULL && !arguments->is_list)
    argp_error (state, arguments->is_show
			   ? "which query? 'mdtrace query --list' names them"
			   : "what is asked? For example: mdtrace query "
			     "'select * from probes'; or mdtrace query "
			     "top-tasks, and others that 'mdtrace query "
			     "--list' explains");
  if (asked == NULL)
    return;
  if (is_name (asked))
    {
      const char *other = query_suggest (asked);
      arguments->query = query_find (asked);
      if (arguments->query == NULL)
	argp_error (state,
		    "%s: there is no query of that name; %s%s%s'mdtrace query "
		    "--list' explains all",
		    asked, other != NULL ? "did you mean " : "",
		    other != NULL ? other : "", other != NULL ? "? " : "");
    }
  else if (arguments->is_list || arguments->is_show)
    argp_error (state, "--%s takes the name of a query, not SQL",
		arguments->is_list ? "list" : "show");
  for (size_t i = 0; arguments->query != NULL && i < arguments->given_count;
       i++)
    {
      const struct given *given = &arguments->given[i];
      const struct query_word *word
	  = query_parameter (arguments->query, given->name);
      if (word == NULL)
	argp_error (state,
		    "%s: has no parameter %s; 'mdtrace query --list %s' "
		    "explains it",
		    asked, given->name, asked);
      check_value (state, word, given);
    }
  if (given_time (arguments, "from", INT64_MIN)
      > given_time (arguments, "to", INT64_MAX))
    argp_error (state, "--from is after --to");
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'd':
      arguments->database = argument;
      return 0;
    case OPTION_LIST:
      arguments->is_list = true;
      return 0;
    case OPTION_SHOW:
      arguments->is_show = true;
      return 0;
    case OPTION_LIMIT:
      give (arguments, cli_format ("limit"),
	    cli_format ("%lu",
			cli_parse_number (state, argument, "--limit", 1)));
      return 0;
    case OPTION_PARTIAL:
      arguments->is_partial = true;
      return 0;
    case OPTION_FROM:
      give_time (state, "from", argument);
      return 0;
    case OPTION_TO:
      give_time (state, "to", argument);
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->asked != NULL)
	give_argument (state, argument);
      else
	arguments->asked = argument;
      return 0;
    case ARGP_KEY_END:
      check (state, arguments);
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
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
      {
	/* JSON has no infinity.  */
	json_t *number = json_real (sqlite3_column_double (row, column));
	return number != NULL ? number : json_null ();
      }
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
	cli_json_set (row, sqlite3_column_name (statement, i),
		      value_json (statement, i));
      json_array_append_new (rows, row);
    }
  if (result == SQLITE_DONE)
    cli_print_json (cli_json_pack ("{s:O}", "rows", rows));
  json_decref (rows);
  return result;
}

/* What the values of a column are, but for those that are not there.  */
enum shown
{
  SHOWN_NOTHING,
  SHOWN_NUMBERS,
  SHOWN_TEXT
};

/* Add the row that STATEMENT has to TABLE, and note in SHOWN what that is for
   each column.  */
static void
add_row (struct table *table, sqlite3_stmt *statement, enum shown *shown)
{
  for (int i = 0; i < sqlite3_column_count (statement); i++)
    {
      /* Before it is made text.  */
      int type = sqlite3_column_type (statement, i);
      const char *text = (const char *) sqlite3_column_text (statement, i);
      if (type != SQLITE_NULL && shown[i] != SHOWN_TEXT)
	shown[i] = type == SQLITE_INTEGER || type == SQLITE_FLOAT
		       ? SHOWN_NUMBERS
		       : SHOWN_TEXT;
      table_add_cell (table, text != NULL ? text : "");
    }
}

static int
print (sqlite3_stmt *statement)
{
  struct table *table = table_new ();
  int columns = sqlite3_column_count (statement), result;
  enum shown *shown = calloc (columns + 1, sizeof *shown);

  if (shown == NULL)
    abort ();
  for (int i = 0; i < columns; i++)
    table_add_column (table, sqlite3_column_name (statement, i), false);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    add_row (table, statement, shown);
  for (int i = 0; i < columns; i++)
    if (shown[i] == SHOWN_NUMBERS)
      table_align_number (table, i);
  free (shown);
  if (result == SQLITE_DONE && columns > 0)
    table_print (table);
  else
    table_free (table);
  return result;
}

/* Bind TEXT to parameter INDEX of STATEMENT: a number if it is one, and else
   text.  */
static void
bind (sqlite3_stmt *statement, int index, const char *text)
{
  char *end;
  double real;

  errno = 0;
  long long number = strtoll (text, &end, 10);
  if (end != text && *end == '\0' && errno == 0)
    sqlite3_bind_int64 (statement, index, number);
  else if (parse_real (text, &real))
    sqlite3_bind_double (statement, index, real);
  else if (strcmp (text, "null") != 0)
    sqlite3_bind_text (statement, index, text, -1, SQLITE_TRANSIENT);
}

/* Bind what was given, and defaults, to the parameters of STATEMENT.  Returns
   one that was given and is not there; null: all are.  */
static const char *
bind_all (struct arguments *arguments, sqlite3_stmt *statement)
{
  for (int i = 1; i <= sqlite3_bind_parameter_count (statement); i++)
    {
      const char *name = sqlite3_bind_parameter_name (statement, i);
      const struct query_word *parameter
	  = name != NULL && arguments->query != NULL
		? query_parameter (arguments->query, name + 1)
		: NULL;
      if (parameter != NULL)
	bind (statement, i, parameter->value);
      for (size_t j = 0; name != NULL && j < arguments->given_count; j++)
	if (strcmp (arguments->given[j].name, name + 1) == 0)
	  {
	    bind (statement, i, arguments->given[j].value);
	    arguments->given[j].is_used = true;
	  }
    }
  for (size_t j = 0; j < arguments->given_count; j++)
    if (!arguments->given[j].is_used)
      return arguments->given[j].name;
  return NULL;
}

/* Let CONNECTION answer.  False if SQLite fails, which is not reported; else
 *STATUS is the exit status.  */
static bool
ask (struct arguments *arguments, sqlite3 *connection, int *status)
{
  const struct cli_options *options = arguments->options;
  sqlite3_stmt *statement;
  const char *rest;
  const char *sql
      = arguments->query != NULL ? arguments->query->sql : arguments->asked;

  if (sqlite3_prepare_v2 (connection, sql, -1, &statement, &rest) != SQLITE_OK)
    return false;
  if (statement == NULL || rest[strspn (rest, " \t\n;")] != '\0')
    {
      sqlite3_finalize (statement);
      *status = db_report (options, "query", "one statement at a time");
      return true;
    }
  const char *unknown = bind_all (arguments, statement);
  if (unknown != NULL)
    {
      char *text = cli_format ("it has no parameter :%s", unknown);
      *status = db_report (options, "query", text);
      free (text);
      sqlite3_finalize (statement);
      return true;
    }
  int result = options->json ? print_json (statement) : print (statement);
  sqlite3_finalize (statement);
  *status = result == SQLITE_DONE ? cli_finish () : 1;
  return result == SQLITE_DONE;
}

/* Report what has gone wrong with the database at PATH: of what is damaged the
   name, and what to do, and else what SQLite has against the query.  */
static int
report_failure (const struct cli_options *options, const char *path,
		const struct reader *reader)
{
  char message[1536];

  return reader_describe (reader, path, message, sizeof message)
	     ? db_report (options, path, message)
	     : db_report (options, "query", message);
}

static int
ask_database (struct arguments *arguments, const char *path)
{
  struct reader reader;
  char message[1536];
  bool is_damaged;
  int status;

  if (!reader_open (&reader, path, &is_damaged, message, sizeof message))
    status = db_report (arguments->options, path, message);
  else if (!ask (arguments, reader.connection, &status))
    status = report_failure (arguments->options, path, &reader);
  reader_close (&reader);
  return status;
}

/* Ask the trace file at PATH, by a database that is made of it for that.  */
static int
ask_file (struct arguments *arguments, const char *path)
{
  char message[1536];
  struct source *source
      = source_open (path, arguments->is_partial, message, sizeof message);
  int status;

  if (source == NULL || !source_store_events (source, message, sizeof message))
    status = cli_report (arguments->options, path, MDTRACE_ERR_TRACE, message);
  else if (!ask (arguments, source_connection (source), &status))
    status = db_report (arguments->options, "query",
			sqlite3_errmsg (source_connection (source)));
  if (source != NULL)
    cli_close_source (source, path);
  return status;
}

static void
free_given (struct arguments *arguments)
{
  for (size_t i = 0; i < arguments->given_count; i++)
    {
      free (arguments->given[i].name);
      free (arguments->given[i].value);
    }
  free (arguments->given);
}

int
cli_query (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "NAME|SQL [PARAMETER=VALUE...]",
	  .doc = "Print what a query of the database gives: one that has a "
		 "name, which --list explains, or SQL.  The tables and views "
		 "are described in mdtrace-db(5)." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  int status = 0;
  if (arguments.is_list)
    status = query_list (options, arguments.query);
  else if (arguments.is_show)
    status = query_show (options, arguments.query);
  else
    {
      char *path = cli_find_database (options, arguments.database);
      if (path == NULL)
	status = 1;
      else if (mdt_is_trace_file (path))
	status = ask_file (&arguments, path);
      else
	status = ask_database (&arguments, path);
      free (path);
    }
  free_given (&arguments);
  return status;
}
