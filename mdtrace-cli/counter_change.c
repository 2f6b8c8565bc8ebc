/* mdtrace counter disable, reset and destroy: change counters.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"

/* What can be done to a counter.  */
struct change
{
  const char *verb;
  const char *past;
  const char *doc;
  int (*function) (struct mdtrace_target *target, uint32_t number);
  /* Of all, those that it is done to: those that are on, have a source, or are
     the tasks' own.  */
  bool (*is_meant) (const mdtrace_counter_info_t *counter);
};

static bool
is_on (const mdtrace_counter_info_t *counter)
{
  return counter->state == MDTRACE_COUNTER_ON;
}

static bool
is_available (const mdtrace_counter_info_t *counter)
{
  return counter->state != MDTRACE_COUNTER_UNAVAILABLE;
}

static bool
is_custom (const mdtrace_counter_info_t *counter)
{
  return counter->source == MDTRACE_COUNTER_TASKS;
}

static const struct change changes[] = {
  { "disable", "off",
    "Let counters stop; all: those that are on.  What they have counted can "
    "still be read.",
    mdtrace_counter_disable, is_on },
  { "reset", "begins anew",
    "Forget what counters have counted; all: those that this machine has.  "
    "Those that are on go on, from 0.",
    mdtrace_counter_reset, is_available },
  { "destroy", "destroyed",
    "Forget counters that tasks update; all: each of them.",
    mdtrace_counter_destroy, is_custom },
};

struct arguments
{
  struct cli_options *options;
  struct counter_names names;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "name a counter, as 'mdtrace counter list' shows it, "
			 "or all");
      return 0;
    default:
      return counter_parse_rest (key, argument, state, &arguments->names,
				 arguments->options);
    }
}

/* Which change the verb at the end of NAME is.  */
static const struct change *
find_change (const char *name)
{
  const char *verb = strrchr (name, ' ') + 1;

  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
    if (strcmp (verb, changes[i].verb) == 0)
      return &changes[i];
  abort ();
}

/* Do CHANGE to COUNTER, and say so or add it to DONE.  Returns the exit
   status.  */
static int
carry_out (const struct arguments *arguments, const struct change *change,
	   struct mdtrace_target *target,
	   const mdtrace_counter_info_t *counter, json_t *done)
{
  if (counter_names_all (&arguments->names) && !change->is_meant (counter))
    return 0;
  int error = change->function (target, counter->number);
  if (error == MDTRACE_ERR_NO_SUCH_COUNTER)
    return cli_report (arguments->options, counter->name, error,
		       "that one is always there");
  if (error != MDTRACE_OK)
    return counter_report (arguments->options, target, counter, error);
  if (arguments->options->json)
    json_array_append_new (done, cli_json_text (counter->name));
  else
    printf ("%s: %s\n", counter->name, change->past);
  return 0;
}

int
cli_counter_change (int argc, char **argv, struct cli_options *options)
{
  const struct change *change = find_change (argv[0]);
  struct arguments arguments = { .options = options };
  const struct argp argp = { .parser = parse_option,
			     .children = cli_children,
			     .args_doc = "COUNTER...|all",
			     .doc = change->doc };
  json_t *done = json_array ();
  mdtrace_counter_info_t *counters;
  size_t count;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int status
      = counter_select (options, target, &arguments.names, &counters, &count);
  if (status == 0)
    {
      for (size_t i = 0; i < count && status == 0; i++)
	status = carry_out (&arguments, change, target, &counters[i], done);
      free (counters);
    }
  if (status == 0)
    {
      if (options->json)
	cli_print_json (cli_json_pack ("{s:s, s:O}", "done", change->verb,
				       "counters", done));
      status = cli_finish ();
    }
  json_decref (done);
  counter_names_free (&arguments.names);
  mdtrace_close (target);
  return status;
}
