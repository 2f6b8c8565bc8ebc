/* mdtrace counter enable: let counters count.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"

static const struct argp_option argp_options[]
    = { { "sample", 's', "1/N", 0,
	  "Of N durations measure one; counts and sums are estimates then",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  struct counter_names names;
  uint32_t sample; /* 0: every duration is measured */
  json_t *done, *missing;
};

/* The N of ARGUMENT, which is 1/N or N.  */
static uint32_t
parse_sample (const struct argp_state *state, const char *argument)
{
  const char *digits
      = strncmp (argument, "1/", 2) == 0 ? argument + 2 : argument;
  char *end;
  unsigned long sample = strtoul (digits, &end, 10);

  if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || sample == 0
      || sample > MDTRACE_SAMPLE_MAX)
    argp_error (state,
		"--sample must be 1/N with N from 1 to %d, as in 1/16, not "
		"'%s'",
		MDTRACE_SAMPLE_MAX, argument);
  return sample;
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 's':
      arguments->sample = parse_sample (state, argument);
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "name a counter, as 'mdtrace counter list' shows it, "
			 "or all");
      return 0;
    default:
      return counter_parse_rest (key, argument, state, &arguments->names,
				 arguments->options);
    }
}

/* The sample to ask for with COUNTER: among all, those of which none can be
   taken count everything.  */
static uint32_t
sample_for (const struct arguments *arguments,
	    const mdtrace_counter_info_t *counter)
{
  return counter_names_all (&arguments->names)
		 && counter->kind != MDTRACE_COUNTER_DURATION
	     ? 0
	     : arguments->sample;
}

static void
say_done (const struct arguments *arguments,
	  const mdtrace_counter_info_t *counter, uint32_t sample)
{
  if (arguments->options->json)
    json_array_append_new (
	arguments->done,
	cli_json_pack ("{s:s, s:s, s:i}", "name", counter->name, "state",
		       mdtrace_counter_state_words (MDTRACE_COUNTER_ON),
		       "sample", (int) (sample == 0 ? 1 : sample)));
  else if (sample > 1)
    printf ("%s: on, one of %u durations is measured\n", counter->name,
	    (unsigned) sample);
  else
    printf ("%s: on\n", counter->name);
}

static void
say_missing (const struct arguments *arguments,
	     const mdtrace_counter_info_t *counter)
{
  if (arguments->options->json)
    json_array_append_new (arguments->missing,
			   cli_json_pack ("{s:s, s:s}", "name", counter->name,
					  "detail", counter->detail));
  else
    printf ("%s: unavailable: %s\n", counter->name, counter->detail);
}

/* Returns the exit status.  */
static int
enable (const struct arguments *arguments, struct mdtrace_target *target,
	const mdtrace_counter_info_t *counter)
{
  bool all = counter_names_all (&arguments->names);
  uint32_t sample = sample_for (arguments, counter);

  if (all && counter->state == MDTRACE_COUNTER_ON)
    return 0;
  int error = mdtrace_counter_enable (target, counter->number, sample);
  if (all && error == MDTRACE_ERR_COUNTER_UNAVAILABLE)
    say_missing (arguments, counter);
  else if (error != MDTRACE_OK)
    return counter_report (arguments->options, target, counter, error);
  else
    say_done (arguments, counter, sample);
  return 0;
}

int
cli_counter_enable (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options,
				 .done = json_array (),
				 .missing = json_array () };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "COUNTER...|all",
	  .doc = "Let counters count, from 0 on; all: those that are off and "
		 "that this machine has." };
  mdtrace_counter_info_t *counters;
  size_t count;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int status
      = counter_select (options, target, &arguments.names, &counters, &count);
  if (status == 0)
    {
      for (size_t i = 0; i < count && status == 0; i++)
	status = enable (&arguments, target, &counters[i]);
      free (counters);
    }
  if (status == 0)
    {
      if (options->json)
	cli_print_json (cli_json_pack ("{s:O, s:O}", "counters",
				       arguments.done, "unavailable",
				       arguments.missing));
      status = cli_finish ();
    }
  json_decref (arguments.done);
  json_decref (arguments.missing);
  counter_names_free (&arguments.names);
  mdtrace_close (target);
  return status;
}
