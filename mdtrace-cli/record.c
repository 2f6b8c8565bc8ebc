/* mdtrace record: store what a machine that has ended left in its rings.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The database is one that mdtraced could have written.  If it is the one
   that a daemon did write before the machine ended, this goes on where the
   daemon stopped, so that no event is in it twice.  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "recorder.h"

enum
{
  OPTION_FROM_RAM = 256,
  BATCH_EVENTS = 10000
};

static const struct argp_option argp_options[]
    = { { "from-ram", OPTION_FROM_RAM, "DIR", 0,
	  "The directory of the virtual machine whose guest has stopped or "
	  "died",
	  0 },
	{ "output", 'o', "FILE", 0,
	  "The database to store in; made if it is not there", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *directory;
  const char *output;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_FROM_RAM:
      arguments->directory = argument;
      return 0;
    case 'o':
      arguments->output = argument;
      return 0;
    case ARGP_KEY_END:
      if (arguments->directory == NULL || arguments->output == NULL)
	argp_error (state,
		    "of what, and where to? For example: mdtrace record "
		    "--from-ram DIR --output FILE");
      if (arguments->options->target != NULL)
	argp_error (state, "--from-ram says already what is read, so that "
			   "--target cannot");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Store everything that the rings hold.  *EVENTS is set to how many events
   there were.  */
static int
store (struct mdtrace_target *target, struct database *database,
       uint64_t *events)
{
  struct recorder *recorder;
  unsigned batch;
  int error = recorder_open (target, database, "mdtrace record",
			     "mdtrace record", NULL, &recorder);

  *events = 0;
  if (error != MDTRACE_OK)
    return error;
  recorder_set_ended (recorder);
  do
    {
      error = recorder_store (recorder, BATCH_EVENTS, &batch);
      *events += batch;
    }
  while (error == MDTRACE_OK && batch > 0);
  recorder_close (recorder, error == MDTRACE_OK ? "all is stored" : NULL);
  return error;
}

static int
summarize (const struct arguments *arguments, struct mdtrace_target *target,
	   uint64_t events)
{
  mdtrace_status_t status;
  int error = mdtrace_get_status (target, &status);

  if (error != MDTRACE_OK)
    return error;
  uint64_t lost
      = status.counts.dropped + status.counts.throttled + status.counts.missed;
  if (arguments->options->json)
    cli_print_json (json_pack (
	"{s:s, s:I, s:I, s:I}", "database", arguments->output, "events",
	(json_int_t) events, "hits", (json_int_t) status.counts.hits, "lost",
	(json_int_t) lost));
  else
    printf ("%" PRIu64 " events in %s; of %" PRIu64 " hits %" PRIu64
	    " were lost\n",
	    events, arguments->output, status.counts.hits, lost);
  return MDTRACE_OK;
}

int
cli_record (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .doc = "Store what is left in the trace rings of a virtual machine "
		 "whose guest has stopped in its debugger, hangs or has died, "
		 "before 'mdtrace-vm stop' removes it.  'mdtrace query "
		 "--database FILE' asks for it." };
  char message[1024];
  uint64_t events;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  options->target = cli_format ("ram:%s", arguments.directory);
  struct mdtrace_target *target = cli_open (options);
  struct database *database
      = database_open (arguments.output, message, sizeof message);
  if (database == NULL)
    return cli_report (options, arguments.output, MDTRACE_ERR_DATABASE,
		       message);
  int error = store (target, database, &events);
  if (error == MDTRACE_OK)
    error = summarize (&arguments, target, events);
  int status = 0;
  if (error == MDTRACE_ERR_DATABASE)
    status = cli_report (options, arguments.output, error,
			 database_error (database));
  else if (error != MDTRACE_OK)
    status = cli_report (options, mdtrace_target_url (target), error,
			 mdtrace_detail (target));
  database_close (database);
  mdtrace_close (target);
  return status != 0 ? status : cli_finish ();
}
