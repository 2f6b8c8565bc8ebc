/* mdtrace db merge: add what is in other databases to one.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "db.h"
#include "merge.h"
#include "reader.h"

enum
{
  OPTION_INTO = 256
};

static const struct argp_option argp_options[]
    = { { "into", OPTION_INTO, "FILE", 0,
	  "The database to add to; made if it is not there", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *into;
  char **sources;
  int count;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_INTO:
      arguments->into = argument;
      return 0;
    case ARGP_KEY_ARGS:
      arguments->sources = state->argv + state->next;
      arguments->count = state->argc - state->next;
      return 0;
    case ARGP_KEY_END:
      if (arguments->into == NULL || arguments->count == 0)
	argp_error (state, "what, and into which? For example: mdtrace db "
			   "merge --into FILE SOURCE...");
      return 0;
    case ARGP_KEY_ARG:
      return ARGP_ERR_UNKNOWN;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

static bool
is_same_file (const char *one, const char *other)
{
  struct stat a, b;

  return stat (one, &a) == 0 && stat (other, &b) == 0 && a.st_dev == b.st_dev
	 && a.st_ino == b.st_ino;
}

static void
tell (const struct arguments *arguments, const char *source,
      const struct merge_counts *counts, json_t *list)
{
  if (arguments->options->json)
    json_array_append_new (
	list,
	cli_json_pack ("{s:s, s:I, s:I, s:I, s:I}", "source", source, "boots",
		       (json_int_t) counts->boots, "known_boots",
		       (json_int_t) counts->known_boots, "events",
		       (json_int_t) counts->events, "known_events",
		       (json_int_t) counts->known_events));
  else
    printf ("%s: %" PRId64 " events added, %" PRId64 " were there; %" PRId64
	    " boots added, %" PRId64 " were there\n",
	    source, counts->events, counts->known_events, counts->boots,
	    counts->known_boots);
}

/* Whether all sources can be read; before anything is done.  */
static bool
look_at_sources (const struct arguments *arguments)
{
  char message[1536];

  for (int i = 0; i < arguments->count; i++)
    {
      const char *source = arguments->sources[i];
      struct reader reader;
      bool is_damaged;
      bool good = reader_open (&reader, source, &is_damaged, message,
			       sizeof message);
      reader_close (&reader);
      if (good && is_same_file (arguments->into, source))
	{
	  snprintf (message, sizeof message,
		    "is the database that is added to");
	  good = false;
	}
      if (!good)
	{
	  db_report (arguments->options, source, message);
	  return false;
	}
    }
  return true;
}

/* Add all sources to DATABASE.  Returns the exit status.  */
static int
merge (const struct arguments *arguments, struct database *database)
{
  static const struct merge_part all = { .to_ns = INT64_MAX };
  json_t *list = json_array ();
  char message[1536];
  int status = 0;

  for (int i = 0; i < arguments->count && status == 0; i++)
    {
      const char *source = arguments->sources[i];
      struct merge_counts counts;
      if (!merge_database (database, source, &all, &counts, message,
			   sizeof message))
	status = db_report (arguments->options, source, message);
      else
	tell (arguments, source, &counts, list);
    }
  if (status == 0 && arguments->options->json)
    cli_print_json (cli_json_pack ("{s:s, s:O}", "database", arguments->into,
				   "sources", list));
  json_decref (list);
  return status;
}

int
cli_db_merge (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "SOURCE...",
	  .doc = "Add what is in each database SOURCE to that which --into "
		 "names, but for what is there already.  No daemon may have "
		 "that open; sources are only read." };
  char message[1536];

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  if (!look_at_sources (&arguments))
    return 1;
  struct database *database
      = database_open (arguments.into, message, sizeof message);
  if (database == NULL)
    return db_report (options, arguments.into, message);
  int status = merge (&arguments, database);
  database_close (database);
  return status != 0 ? status : cli_finish ();
}
