/* mdtrace import: trace files into a database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A new database has what the first file has, with the same keys.  Into one
   that is there, a file comes by way of a database of its own, in the way in
   which databases are merged: what is there is not stored again.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "mdt_read.h"
#include "merge.h"
#include "source.h"
#include "source_store.h"

enum
{
  OPTION_PARTIAL = 256
};

static const struct argp_option argp_options[]
    = { { "output", 'o', "DATABASE", 0,
	  "The database to add to; made if it is not there", 0 },
	{ "partial", OPTION_PARTIAL, NULL, 0,
	  "Of a file that is damaged or was not closed, import what precedes "
	  "that",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *output;
  bool is_partial;
  char **files;
  int count;
  json_t *list; /* what became of each */
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'o':
      arguments->output = argument;
      return 0;
    case OPTION_PARTIAL:
      arguments->is_partial = true;
      return 0;
    case ARGP_KEY_ARGS:
      arguments->files = state->argv + state->next;
      arguments->count = state->argc - state->next;
      return 0;
    case ARGP_KEY_END:
      if (arguments->output == NULL || arguments->count == 0)
	argp_error (state, "what, and into which? For example: mdtrace import "
			   "--output DATABASE FILE...");
      return 0;
    case ARGP_KEY_ARG:
      return ARGP_ERR_UNKNOWN;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Whether all files can be there and are trace files; before anything is
   done.  */
static bool
look_at_files (const struct arguments *arguments)
{
  for (int i = 0; i < arguments->count; i++)
    {
      const char *file = arguments->files[i];
      const char *problem = NULL;
      if (access (file, R_OK) != 0)
	problem = strerror (errno);
      else if (!mdt_is_trace_file (file))
	problem = "is no trace file; 'mdtrace db merge' adds databases";
      if (problem != NULL)
	{
	  cli_report (arguments->options, file, MDTRACE_ERR_TRACE, problem);
	  return false;
	}
    }
  return true;
}

/* Store SOURCE, which is at PATH, in a new database at NEW, an empty file.
   Returns the exit status.  */
static int
store (const struct arguments *arguments, struct source *source,
       const char *path, const char *new, uint64_t *events)
{
  char message[1536];
  bool is_source;
  struct database *database = database_open (new, message, sizeof message);

  if (database == NULL)
    return db_report (arguments->options, new, message);
  int status = 0;
  if (!source_store (source, database, events, &is_source, message,
		     sizeof message))
    status = is_source ? cli_report (arguments->options, path,
				     MDTRACE_ERR_TRACE, message)
		       : db_report (arguments->options, new, message);
  database_close (database);
  return status;
}

/* Let SOURCE be all of a new database.  */
static int
import_first (const struct arguments *arguments, struct source *source,
	      const char *path, struct merge_counts *counts)
{
  const struct cli_options *options = arguments->options;
  sqlite3_stmt *boots;
  uint64_t events = 0;
  char *new;

  if (sqlite3_prepare_v2 (source_connection (source),
			  "SELECT count(*) FROM boot", -1, &boots, NULL)
      == SQLITE_OK)
    {
      sqlite3_step (boots);
      counts->boots = sqlite3_column_int64 (boots, 0);
      sqlite3_finalize (boots);
    }
  int status = db_begin_output (options, arguments->output, &new);
  if (status != 0)
    return status;
  status = store (arguments, source, path, new, &events);
  counts->events = (int64_t) events;
  return db_end_output (options, arguments->output, new, status);
}

/* Add the database at NEW, which was made of the file at PATH.  Returns the
   exit status.  */
static int
add (const struct arguments *arguments, const char *path, const char *new,
     struct merge_counts *counts)
{
  static const struct merge_part all
      = { .from_ns = INT64_MIN, .to_ns = INT64_MAX };
  char message[1536];
  struct database *database
      = database_open (arguments->output, message, sizeof message);
  int status = 0;

  if (database == NULL)
    return db_report (arguments->options, arguments->output, message);
  if (!merge_database (database, new, &all, counts, message, sizeof message))
    status = db_report (arguments->options, path, message);
  database_close (database);
  return status;
}

/* Add SOURCE to the database that is there.  */
static int
import_into (const struct arguments *arguments, struct source *source,
	     const char *path, struct merge_counts *counts)
{
  char *new = cli_format ("%s.XXXXXX", arguments->output);
  int file = mkstemp (new);
  uint64_t events;
  int status;

  if (file < 0)
    status = db_report (arguments->options, new, strerror (errno));
  else
    {
      close (file);
      status = store (arguments, source, path, new, &events);
      if (status == 0)
	status = add (arguments, path, new, counts);
      unlink (new);
    }
  free (new);
  return status;
}

static void
tell (const struct arguments *arguments, const char *path,
      const struct merge_counts *counts)
{
  if (arguments->options->json)
    json_array_append_new (
	arguments->list,
	cli_json_pack ("{s:s, s:I, s:I, s:I, s:I}", "file", path, "boots",
		       (json_int_t) counts->boots, "known_boots",
		       (json_int_t) counts->known_boots, "events",
		       (json_int_t) counts->events, "known_events",
		       (json_int_t) counts->known_events));
  else
    printf ("%s: %" PRId64 " events added, %" PRId64 " were there; %" PRId64
	    " boots added, %" PRId64 " were there\n",
	    path, counts->events, counts->known_events, counts->boots,
	    counts->known_boots);
}

/* Import the file at PATH.  Returns the exit status.  */
static int
import (const struct arguments *arguments, const char *path)
{
  struct merge_counts counts = { .events = 0 };
  char message[1536];
  struct source *source
      = source_open (path, arguments->is_partial, message, sizeof message);

  if (source == NULL)
    return cli_report (arguments->options, path, MDTRACE_ERR_TRACE, message);
  int status = access (arguments->output, F_OK) != 0
		   ? import_first (arguments, source, path, &counts)
		   : import_into (arguments, source, path, &counts);
  if (status == 0)
    tell (arguments, path, &counts);
  cli_close_source (source, path);
  return status;
}

int
cli_import (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options, .list = json_array () };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "FILE...",
	  .doc = "Store trace files, as 'mdtrace record' and 'mdtrace export "
		 "--to mdt' write them, in a database, but for what it has "
		 "already.  No daemon may have that open." };
  int status = 0;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  if (!look_at_files (&arguments))
    return 1;
  for (int i = 0; i < arguments.count && status == 0; i++)
    status = import (&arguments, arguments.files[i]);
  if (status == 0 && options->json)
    cli_print_json (cli_json_pack ("{s:s, s:O}", "database", arguments.output,
				   "files", arguments.list));
  json_decref (arguments.list);
  return status != 0 ? status : cli_finish ();
}
