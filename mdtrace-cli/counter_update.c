/* mdtrace counter update: give a counter that tasks update a value.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "counter.h"

struct arguments
{
  struct cli_options *options;
  const char *name;
  uint64_t value;
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
      switch (arguments->count++)
	{
	case 0:
	  arguments->name = argument;
	  return 0;
	case 1:
	  errno = 0;
	  arguments->value = strtoull (argument, &end, 0);
	  if (argument[0] < '0' || argument[0] > '9' || *end != '\0'
	      || errno != 0)
	    argp_error (state, "'%s': a value is a number from 0 to 2^64 - 1",
			argument);
	  return 0;
	default:
	  argp_error (state, "one value at a time");
	  return 0;
	}
    case ARGP_KEY_END:
      if (arguments->count < 2)
	argp_error (state, "name a counter, and its value");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

int
cli_counter_update (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "NAME VALUE",
	  .doc = "Give the counter NAME, which 'mdtrace counter create' has "
		 "made, a value: to add, one duration, or its level." };
  int status;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int error = mdtrace_counter_update (target, arguments.name, arguments.value);
  if (error == MDTRACE_ERR_NO_SUCH_COUNTER)
    status = cli_report (options, arguments.name, error,
			 "only those that 'mdtrace counter create' has made "
			 "are given values");
  else if (error != MDTRACE_OK)
    status
	= cli_report (options, arguments.name, error, mdtrace_detail (target));
  else
    {
      if (options->json)
	cli_print_json (cli_json_pack ("{s:s, s:o}", "name", arguments.name,
				       "value",
				       counter_json_number (arguments.value)));
      else
	printf ("%s: %" PRIu64 "\n", arguments.name, arguments.value);
      status = cli_finish ();
    }
  mdtrace_close (target);
  return status;
}
