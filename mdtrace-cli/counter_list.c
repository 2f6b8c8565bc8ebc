/* mdtrace counter list: the counters, and where they come from.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "counter.h"
#include "table.h"

struct arguments
{
  struct cli_options *options;
  struct counter_names names;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  return counter_parse_rest (key, argument, state, &arguments->names,
			     arguments->options);
}

/* Of how many durations one is measured, as people write it.  */
static char *
sample_text (const mdtrace_counter_info_t *counter)
{
  if (counter->kind != MDTRACE_COUNTER_DURATION)
    return cli_format ("%s", "");
  return cli_format ("1/%u",
		     counter->sample > 0 ? (unsigned) counter->sample : 1);
}

static void
print (const mdtrace_counter_info_t *counters, size_t count)
{
  struct table *table = table_new ();

  table_add_column (table, "COUNTER", false);
  table_add_column (table, "KIND", false);
  table_add_column (table, "UNIT", false);
  table_add_column (table, "STATE", false);
  table_add_column (table, "SAMPLE", false);
  table_add_column (table, "SOURCE", false);
  for (size_t i = 0; i < count; i++)
    {
      const mdtrace_counter_info_t *counter = &counters[i];
      char *sample = sample_text (counter);
      char *source = counter_source (counter);
      table_add_cell (table, counter->name);
      table_add_cell (table, mdtrace_counter_kind_words (counter->kind));
      table_add_cell (table, counter->unit);
      table_add_cell (table, mdtrace_counter_state_words (counter->state));
      table_add_cell (table, sample);
      table_add_cell (table, source);
      free (sample);
      free (source);
    }
  table_print (table);
}

int
cli_counter_list (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "[COUNTER...]",
	  .doc = "List the performance counters: of what kind they are, "
		 "whether they count, and where they come from, or why they "
		 "come from nowhere." };
  mdtrace_counter_info_t *counters;
  size_t count;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int status
      = counter_select (options, target, &arguments.names, &counters, &count);
  if (status == 0)
    {
      if (options->json)
	{
	  json_t *list = json_array ();
	  for (size_t i = 0; i < count; i++)
	    json_array_append_new (list, counter_info_json (&counters[i]));
	  cli_print_json (cli_json_pack ("{s:o}", "counters", list));
	}
      else
	print (counters, count);
      free (counters);
      status = cli_finish ();
    }
  counter_names_free (&arguments.names);
  mdtrace_close (target);
  return status;
}
