/* mdtrace counter create: make a counter that tasks update.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "counter.h"

static const struct argp_option argp_options[]
    = { { "unit", 'u', "UNIT", 0, "What it counts, such as requests or bytes",
	  0 },
	{ "kind", 'k', "KIND", 0,
	  "What is made of its values: count, which adds them up, duration, "
	  "which keeps a histogram of them, or level, which keeps the last; "
	  "default: count",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *name, *unit;
  enum mdtrace_counter_kind kind;
};

static enum mdtrace_counter_kind
parse_kind (const struct argp_state *state, const char *argument)
{
  for (unsigned kind = MDTRACE_COUNTER_COUNT; kind <= MDTRACE_COUNTER_LEVEL;
       kind++)
    if (strcmp (argument, mdtrace_counter_kind_words (kind)) == 0)
      return kind;
  argp_error (state, "--kind must be count, duration or level, not '%s'",
	      argument);
  return 0;
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'u':
      if (strlen (argument) >= MDTRACE_COUNTER_UNIT_BYTES)
	argp_error (state, "--unit: at most %d characters",
		    MDTRACE_COUNTER_UNIT_BYTES - 1);
      arguments->unit = argument;
      return 0;
    case 'k':
      arguments->kind = parse_kind (state, argument);
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->name != NULL)
	argp_error (state, "one counter at a time");
      if (strlen (argument) >= MDTRACE_COUNTER_NAME_BYTES)
	argp_error (state, "'%s': a counter's name has up to %d characters",
		    argument, MDTRACE_COUNTER_NAME_BYTES - 1);
      arguments->name = argument;
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "name the new counter");
      return 0;
    case ARGP_KEY_END:
      if (arguments->kind == MDTRACE_COUNTER_DURATION
	  && arguments->unit == NULL)
	arguments->unit = "ns";
      if (arguments->kind == MDTRACE_COUNTER_DURATION
	  && strcmp (arguments->unit, "ns") != 0)
	argp_error (state, "durations are in nanoseconds, --unit ns");
      if (arguments->unit == NULL)
	argp_error (state, "say with --unit what it counts");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

int
cli_counter_create (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments
      = { .options = options, .kind = MDTRACE_COUNTER_COUNT };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "NAME",
	  .doc = "Make a counter that tasks update, or 'mdtrace counter "
		 "update' does.  It is on at once." };
  uint32_t number;
  int status;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int error = mdtrace_counter_create (target, arguments.name, arguments.unit,
				      arguments.kind, &number);
  if (error == MDTRACE_ERR_BAD_ARGUMENT)
    status = cli_report (options, arguments.name, error,
			 "a counter's name is of letters, digits, '-', '_' "
			 "and '.'");
  else if (error != MDTRACE_OK)
    status
	= cli_report (options, arguments.name, error, mdtrace_detail (target));
  else
    {
      if (options->json)
	cli_print_json (
	    cli_json_pack ("{s:i, s:s, s:s, s:s}", "number", (int) number,
			   "name", arguments.name, "kind",
			   mdtrace_counter_kind_words (arguments.kind), "unit",
			   arguments.unit));
      else
	printf ("%s: %s of %s, on\n", arguments.name,
		mdtrace_counter_kind_words (arguments.kind), arguments.unit);
      status = cli_finish ();
    }
  mdtrace_close (target);
  return status;
}
