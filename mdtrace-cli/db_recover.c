/* mdtrace db recover: save what can be read of a damaged database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "recover.h"

static const struct argp_option argp_options[]
    = { { "output", 'o', "FILE", 0, "The new database", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *given;
  const char *output;
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
    case ARGP_KEY_ARG:
      if (arguments->given != NULL)
	argp_error (state, "one database at a time");
      arguments->given = argument;
      return 0;
    case ARGP_KEY_END:
      if (arguments->given == NULL || arguments->output == NULL)
	argp_error (state, "what, and where to? For example: mdtrace db "
			   "recover FILE --output NEW");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

static int
recover (const struct arguments *arguments, struct recover_counts *counts)
{
  const struct cli_options *options = arguments->options;
  char message[1536];
  struct new_file new;

  if (access (arguments->given, R_OK) != 0)
    return db_report (options, arguments->given, strerror (errno));
  int status
      = db_begin_output (options, arguments->output, NEW_FILE_IS_FIRST, &new);
  if (status != 0)
    return status;
  if (!recover_database (arguments->given, new.name, counts, message,
			 sizeof message))
    status = db_report (options, arguments->given, message);
  return db_end_output (options, arguments->output, &new, status);
}

int
cli_db_recover (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "FILE",
	  .doc
	  = "Save what can be read of a damaged database into a new one.  "
	    "The damaged one is only read." };
  struct recover_counts counts;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  int status = recover (&arguments, &counts);
  if (status != 0)
    return status;
  if (options->json)
    cli_print_json (cli_json_pack (
	"{s:s, s:s, s:I, s:I, s:I}", "database", arguments.given, "output",
	arguments.output, "events", (json_int_t) counts.events, "rows",
	(json_int_t) counts.rows, "places", (json_int_t) counts.places));
  else
    printf ("%s: %" PRId64 " events, %" PRId64 " rows in all; in %" PRId64
	    " places something could not be read\n",
	    arguments.output, counts.events, counts.rows, counts.places);
  return cli_finish ();
}
