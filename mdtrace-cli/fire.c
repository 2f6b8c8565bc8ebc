/* mdtrace fire: let a custom event happen.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct arguments
{
  struct cli_options *options;
  const char *name;
  uint64_t values[MDTRACE_ARGUMENTS_MAX];
  unsigned count;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  char *end;

  switch (key)
    {
    case ARGP_KEY_ARG:
      if (arguments->name == NULL)
	{
	  if (argument[0] == '\0' || strlen (argument) >= MDTRACE_EVENT_BYTES)
	    argp_error (state, "'%s': an event's name has up to %d characters",
			argument, MDTRACE_EVENT_BYTES - 1);
	  arguments->name = argument;
	  return 0;
	}
      if (arguments->count == MDTRACE_ARGUMENTS_MAX)
	argp_error (state, "an event has at most %d values",
		    MDTRACE_ARGUMENTS_MAX);
      errno = 0;
      arguments->values[arguments->count++] = strtoull (argument, &end, 0);
      if (argument[0] == '\0' || *end != '\0' || errno != 0)
	argp_error (state, "'%s': a value is a number", argument);
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "name the event, for example 'checkpoint' of "
			 "custom:::checkpoint");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

int
cli_fire (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp = {
    .parser = parse_option,
    .children = cli_children,
    .args_doc = "NAME [VALUE...]",
    .doc = "Let the event NAME of the provider custom happen, with up to six "
	   "numbers, for the probes that are enabled for custom:::NAME.",
  };
  unsigned listening;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int error = mdtrace_fire (target, arguments.name, arguments.values,
			    arguments.count, &listening);
  int status;
  if (error != MDTRACE_OK)
    status
	= cli_report (options, arguments.name, error, mdtrace_detail (target));
  else
    {
      if (options->json)
	cli_print_json (cli_json_pack ("{s:s, s:i}", "name", arguments.name,
				       "listening", (int) listening));
      else
	printf ("%s: %u probe%s listening\n", arguments.name, listening,
		listening == 1 ? "" : "s");
      status = cli_finish ();
    }
  mdtrace_close (target);
  return status;
}
