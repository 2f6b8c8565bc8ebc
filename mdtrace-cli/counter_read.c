/* mdtrace counter read: print what counters have counted.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "counter.h"

static const struct argp_option argp_options[]
    = { { "cpu", 'c', "CPU", 0, "Only what that CPU has counted", 0 },
	{ "histogram", 'H', NULL, 0, "Draw the histograms of durations too",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  struct counter_names names;
  uint32_t cpu;
  bool histograms;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  unsigned long cpu;

  switch (key)
    {
    case 'c':
      cpu = cli_parse_number (state, argument, "--cpu", 0);
      arguments->cpu = cpu < MDTRACE_CPU_ALL ? cpu : MDTRACE_CPU_ALL - 1;
      return 0;
    case 'H':
      arguments->histograms = true;
      return 0;
    default:
      return counter_parse_rest (key, argument, state, &arguments->names,
				 arguments->options);
    }
}

/* Whether COUNTER is shown: one that was named, or is on.  */
static bool
is_shown (const struct arguments *arguments,
	  const mdtrace_counter_info_t *counter)
{
  return arguments->names.count > 0
	     ? !counter_names_all (&arguments->names)
		   || counter->state != MDTRACE_COUNTER_UNAVAILABLE
	     : counter->state == MDTRACE_COUNTER_ON;
}

/* Read those of COUNTERS that are shown to READINGS, of *READ elements.
   Returns the exit status.  */
static int
read_counters (const struct arguments *arguments,
	       struct mdtrace_target *target,
	       const mdtrace_counter_info_t *counters, size_t count,
	       struct counter_reading *readings, size_t *read)
{
  *read = 0;
  for (size_t i = 0; i < count; i++)
    if (is_shown (arguments, &counters[i]))
      {
	struct counter_reading *reading = &readings[*read];
	reading->counter = counters[i];
	int error
	    = mdtrace_counter_read (target, counters[i].number, arguments->cpu,
				    &reading->values, &reading->count);
	if (error != MDTRACE_OK)
	  return counter_report (arguments->options, target, &counters[i],
				 error);
	++*read;
      }
  return 0;
}

static void
show (const struct arguments *arguments,
      const struct counter_reading *readings, size_t count)
{
  if (arguments->options->json)
    {
      json_t *list = json_array ();
      json_t *cpu = arguments->cpu == MDTRACE_CPU_ALL
			? json_null ()
			: json_integer (arguments->cpu);
      for (size_t i = 0; i < count; i++)
	json_array_append_new (list, counter_json (&readings[i]));
      cli_print_json (
	  cli_json_pack ("{s:o, s:o}", "cpu", cpu, "counters", list));
    }
  else if (count == 0)
    puts ("no counter is on; 'mdtrace counter enable COUNTER' lets one count");
  else
    counter_print (readings, count, arguments->histograms);
}

int
cli_counter_read (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options, .cpu = MDTRACE_CPU_ALL };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "[COUNTER...|all]",
	  .doc = "Print what counters have counted since they were enabled or "
		 "reset: those that are named, or that are on, or with all "
		 "also those that are off." };
  mdtrace_counter_info_t *counters;
  size_t count, read = 0;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int status
      = counter_select (options, target, &arguments.names, &counters, &count);
  if (status == 0)
    {
      struct counter_reading *readings = calloc (count + 1, sizeof *readings);
      status = readings == NULL
		   ? cli_report (options, "counters", MDTRACE_ERR_SYSTEM, NULL)
		   : read_counters (&arguments, target, counters, count,
				    readings, &read);
      if (status == 0)
	{
	  show (&arguments, readings, read);
	  status = cli_finish ();
	}
      for (size_t i = 0; readings != NULL && i < read; i++)
	free (readings[i].values);
      free (readings);
      free (counters);
    }
  counter_names_free (&arguments.names);
  mdtrace_close (target);
  return status;
}
