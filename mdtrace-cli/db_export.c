/* mdtrace db export: copy a part of a database, or all, into a new one.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "db.h"
#include "merge.h"
#include "reader.h"

enum
{
  OPTION_FROM = 256,
  OPTION_TO,
  OPTION_BOOT
};

static const struct argp_option argp_options[]
    = { { "output", 'o', "FILE", 0, "The new database", 0 },
	{ "from", OPTION_FROM, "TIME", 0,
	  "No event before TIME: nanoseconds since 1970, or "
	  "YYYY-MM-DDTHH:MM:SS with or without a fraction and a Z, in UTC",
	  0 },
	{ "to", OPTION_TO, "TIME", 0, "No event after TIME", 0 },
	{ "boot", OPTION_BOOT, "N", 0, "Only the boot with the boot_id N", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *given;
  const char *output;
  struct merge_part part;
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
    case OPTION_FROM:
      arguments->part.from_ns = db_parse_time (state, "--from", argument);
      return 0;
    case OPTION_TO:
      arguments->part.to_ns = db_parse_time (state, "--to", argument);
      return 0;
    case OPTION_BOOT:
      arguments->part.boot_id
	  = cli_parse_number (state, argument, "the number of a boot", 1);
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->given != NULL)
	argp_error (state, "one database at a time");
      arguments->given = argument;
      return 0;
    case ARGP_KEY_END:
      if (arguments->output == NULL)
	argp_error (state, "where to? For example: mdtrace db export "
			   "--output FILE");
      if (arguments->part.from_ns > arguments->part.to_ns)
	argp_error (state, "--from is after --to");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Whether the database at PATH has the boot that is wanted; if not leaves a
   sentence in MESSAGE, of BYTES bytes.  */
static bool
look_for_boot (const char *path, int64_t boot_id, char *message, size_t bytes)
{
  struct reader reader;
  bool is_damaged;
  char text[80];
  sqlite3_int64 found = 0;
  bool good = reader_open (&reader, path, &is_damaged, message, bytes);

  snprintf (text, sizeof text,
	    "SELECT boot_id FROM boot WHERE boot_id = %" PRId64, boot_id);
  if (good && boot_id != 0)
    {
      good = reader_select (&reader, text, &found);
      if (!good)
	reader_describe (&reader, path, message, bytes);
      else if (found == 0)
	snprintf (message, bytes,
		  "has no boot %" PRId64 "; the view boots has those that "
		  "there are",
		  boot_id);
      good = good && found != 0;
    }
  reader_close (&reader);
  return good;
}

/* Copy what is wanted of the database at PATH into NEW.  */
static bool
copy (const struct arguments *arguments, const char *path,
      const struct new_file *new, struct merge_counts *counts, char *message,
      size_t bytes)
{
  struct database *database = database_open (new->name, message, bytes);
  struct merge_part part = arguments->part;

  if (database == NULL)
    return false;
  part.directory = new->directory;
  bool good = merge_database (database, path, &part, counts, message, bytes);
  database_close (database);
  return good;
}

/* Make the output.  Returns the exit status.  */
static int export(const struct arguments *arguments, const char *path,
		  struct merge_counts *counts)
{
  const struct cli_options *options = arguments->options;
  char message[1536];
  struct new_file new;

  if (!look_for_boot (path, arguments->part.boot_id, message, sizeof message))
    return db_report (options, path, message);
  int status
      = db_begin_output (options, arguments->output, NEW_FILE_IS_FIRST, &new);
  if (status != 0)
    return status;
  if (!copy (arguments, path, &new, counts, message, sizeof message))
    status = db_report (options, path, message);
  return db_end_output (options, arguments->output, &new, status);
}

int
cli_db_export (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments
      = { .options = options, .part = { .to_ns = INT64_MAX } };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "[FILE]",
	  .doc = "Copy a database, or the events of one boot or a span of "
		 "time, into a new one, also while a daemon writes." };
  struct merge_counts counts;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  char *path = cli_find_database (options, arguments.given);
  if (path == NULL || export(&arguments, path, &counts) != 0)
    return 1;
  if (options->json)
    cli_print_json (cli_json_pack ("{s:s, s:s, s:I, s:I}", "database", path,
				   "output", arguments.output, "boots",
				   (json_int_t) counts.boots, "events",
				   (json_int_t) counts.events));
  else
    printf ("%s: %" PRId64 " events of %" PRId64 " boots\n", arguments.output,
	    counts.events, counts.boots);
  free (path);
  return cli_finish ();
}
