/* mdtrace agg read: print what probes have added up.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>

#include "agg.h"

static const struct argp_option argp_options[]
    = { { "cpu", 'c', "CPU", 0, "Only what that CPU has added up", 0 },
	{ "limit", 'n', "N", 0, "Only the N entries with the greatest values",
	  0 },
	{ "top", 0, NULL, OPTION_ALIAS, NULL, 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *which; /* null: all */
  uint32_t cpu;
  size_t limit; /* 0: all */
  struct symbols symbols;
  unsigned printed;
  json_t *list;
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
    case 'n':
      arguments->limit = cli_parse_number (state, argument, "--limit", 1);
      return 0;
    default:
      return agg_parse_rest (key, argument, state, &arguments->which,
			     arguments->options);
    }
}

static int
take (struct mdtrace_target *target, const mdtrace_probe_info_t *probe,
      void *context)
{
  struct arguments *arguments = context;
  struct agg agg;

  symbols_load (&arguments->symbols, target);
  int error
      = agg_open (target, probe, arguments->cpu, &arguments->symbols, &agg);
  if (error != MDTRACE_OK)
    return error;
  if (arguments->options->json)
    json_array_append_new (arguments->list, agg_json (&agg, arguments->limit));
  else
    {
      if (arguments->printed++ > 0)
	putchar ('\n');
      agg_print (&agg, arguments->limit);
    }
  agg_close (&agg);
  return MDTRACE_OK;
}

int
cli_agg_read (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments
      = { .options = options, .cpu = MDTRACE_CPU_ALL, .list = json_array () };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "[PROBE]",
	  .doc = "Print what PROBE, a number or a label, has added up, or all "
		 "probes that do; the greatest values first." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int status
      = agg_for_each (options, target, arguments.which, take, &arguments);
  if (status == 0 && options->json)
    cli_print_json (cli_json_pack ("{s:O}", "aggregations", arguments.list));
  json_decref (arguments.list);
  symbols_free (&arguments.symbols);
  mdtrace_close (target);
  return status != 0 ? status : cli_finish ();
}
