/* mdtrace import: trace files into a database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A new database has what the first file has, with the same keys.  Into one
   that is there, a file comes by way of a database of its own, in the way in
   which databases are merged: what is there is not stored again.  */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "db_add.h"
#include "mdt_read.h"
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
  struct db_add add;
  bool is_partial;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'o':
      arguments->add.into = argument;
      return 0;
    case OPTION_PARTIAL:
      arguments->is_partial = true;
      return 0;
    default:
      return db_add_parse_rest (key, argument, state, &arguments->add,
				"mdtrace import --output DATABASE FILE...");
    }
}

/* Whether all files can be there and are trace files; before anything is
   done.  */
static bool
look_at_files (const struct db_add *add)
{
  for (int i = 0; i < add->count; i++)
    {
      const char *file = add->sources[i];
      const char *problem = NULL;
      if (access (file, R_OK) != 0)
	problem = strerror (errno);
      else if (!mdt_is_trace_file (file))
	problem = "is no trace file; 'mdtrace db merge' adds databases";
      if (problem != NULL)
	{
	  cli_report (add->options, file, MDTRACE_ERR_TRACE, problem);
	  return false;
	}
    }
  return true;
}

/* Store SOURCE, which is at PATH, in NEW.  Returns the exit status.  */
static int
store (const struct db_add *add, struct source *source, const char *path,
       const struct new_file *new, uint64_t *events)
{
  char message[1536];
  bool is_source;
  struct database *database
      = database_open (new->name, message, sizeof message);

  if (database == NULL)
    return db_report (add->options, add->into, message);
  int status = 0;
  if (!source_store (source, database, events, &is_source, message,
		     sizeof message))
    status = is_source
		 ? cli_report (add->options, path, MDTRACE_ERR_TRACE, message)
		 : db_report (add->options, add->into, message);
  database_close (database);
  return status;
}

/* How many boots SOURCE has.  */
static int64_t
count_boots (struct source *source)
{
  sqlite3_stmt *boots;
  int64_t count = 0;

  if (sqlite3_prepare_v2 (source_connection (source),
			  "SELECT count(*) FROM boot", -1, &boots, NULL)
      == SQLITE_OK)
    {
      sqlite3_step (boots);
      count = sqlite3_column_int64 (boots, 0);
      sqlite3_finalize (boots);
    }
  return count;
}

/* Add NEW, which was made of the file at PATH, to the database that is there.
   Returns the exit status.  */
static int
add_stored (const struct db_add *add, const char *path,
	    const struct new_file *new, struct merge_counts *counts)
{
  char message[1536];
  struct database *database
      = database_open (add->into, message, sizeof message);

  if (database == NULL)
    return db_report (add->options, add->into, message);
  int status = db_add_database (add, database, new->name, new, path, counts);
  database_close (database);
  return status;
}

/* Let SOURCE be all of a new database, or add it to the one that is there.
   Returns the exit status.  */
static int
add_source (const struct db_add *add, struct source *source, const char *path,
	    struct merge_counts *counts)
{
  bool is_first = access (add->into, F_OK) != 0;
  struct new_file new;
  uint64_t events = 0;
  int status = db_begin_output (
      add->options, add->into,
      is_first ? NEW_FILE_IS_FIRST : NEW_FILE_IS_TEMPORARY, &new);

  if (status != 0)
    return status;
  status = store (add, source, path, &new, &events);
  *counts = (struct merge_counts){ .events = (int64_t) events,
				   .boots = count_boots (source) };
  if (status == 0 && !is_first)
    status = add_stored (add, path, &new, counts);
  return db_end_output (add->options, add->into, &new, status);
}

/* Import the file at PATH.  Returns the exit status.  */
static int
import (struct arguments *arguments, const char *path)
{
  struct db_add *add = &arguments->add;
  struct merge_counts counts;
  char message[1536];
  struct source *source
      = source_open (path, arguments->is_partial, message, sizeof message);

  if (source == NULL)
    return cli_report (add->options, path, MDTRACE_ERR_TRACE, message);
  int status = add_source (add, source, path, &counts);
  if (status == 0)
    db_add_tell (add, "file", path, &counts);
  cli_close_source (source, path);
  return status;
}

int
cli_import (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .add.options = options };
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
  if (!look_at_files (&arguments.add))
    return 1;
  for (int i = 0; i < arguments.add.count && status == 0; i++)
    status = import (&arguments, arguments.add.sources[i]);
  return db_add_end (&arguments.add, "files", status);
}
