/* mdtrace db merge: add what is in other databases to one.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db_add.h"
#include "reader.h"

enum
{
  OPTION_INTO = 256
};

static const struct argp_option argp_options[]
    = { { "into", OPTION_INTO, "FILE", 0,
	  "The database to add to; made if it is not there", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct db_add *add = state->input;

  if (key != OPTION_INTO)
    return db_add_parse_rest (key, argument, state, add,
			      "mdtrace db merge --into FILE SOURCE...");
  add->into = argument;
  return 0;
}

static bool
is_same_file (const char *one, const char *other)
{
  struct stat a, b;

  return stat (one, &a) == 0 && stat (other, &b) == 0 && a.st_dev == b.st_dev
	 && a.st_ino == b.st_ino;
}

/* Whether all sources can be read; before anything is done.  */
static bool
look_at_sources (const struct db_add *add)
{
  char message[1536];

  for (int i = 0; i < add->count; i++)
    {
      const char *source = add->sources[i];
      struct reader reader;
      bool is_damaged;
      bool good = reader_open (&reader, source, &is_damaged, message,
			       sizeof message);
      reader_close (&reader);
      if (good && is_same_file (add->into, source))
	{
	  snprintf (message, sizeof message,
		    "is the database that is added to");
	  good = false;
	}
      if (!good)
	{
	  db_report (add->options, source, message);
	  return false;
	}
    }
  return true;
}

/* Add all sources to the database at PATH, which is opened.  Returns the exit
   status.  */
static int
merge (struct db_add *add, const char *path, const struct new_file *new)
{
  char message[1536];
  struct database *database = database_open (path, message, sizeof message);
  int status = 0;

  if (database == NULL)
    return db_report (add->options, add->into, message);
  for (int i = 0; i < add->count && status == 0; i++)
    {
      const char *source = add->sources[i];
      struct merge_counts counts;
      status = db_add_database (add, database, source, new, source, &counts);
      if (status == 0)
	db_add_tell (add, "source", source, &counts);
    }
  database_close (database);
  return status;
}

int
cli_db_merge (int argc, char **argv, struct cli_options *options)
{
  struct db_add add = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "SOURCE...",
	  .doc = "Add what is in each database SOURCE to that which --into "
		 "names, but for what is there already.  No daemon may have "
		 "that open; sources are only read." };
  struct new_file new;

  argp_parse (&argp, argc, argv, 0, NULL, &add);
  if (!look_at_sources (&add))
    return 1;
  bool is_there = access (add.into, F_OK) == 0;
  int status = db_begin_output (
      options, add.into, is_there ? NEW_FILE_IS_TEMPORARY : NEW_FILE_IS_FIRST,
      &new);
  if (status != 0)
    return status;
  status = merge (&add, is_there ? add.into : new.name, &new);
  status = db_end_output (options, add.into, &new, status);
  return db_add_end (&add, "sources", status);
}
