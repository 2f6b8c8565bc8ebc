/* mdtrace agg clear: let probes add up from the beginning.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>

#include "agg.h"

struct arguments
{
  struct cli_options *options;
  const char *which; /* null: all */
  json_t *list;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  return agg_parse_rest (key, argument, state, &arguments->which,
			 arguments->options);
}

static int
take (struct mdtrace_target *target, const mdtrace_probe_info_t *probe,
      void *context)
{
  struct arguments *arguments = context;
  int error = mdtrace_aggregation_clear (target, probe->id);

  if (error != MDTRACE_OK)
    return error;
  if (arguments->options->json)
    json_array_append_new (
	arguments->list, cli_json_pack ("{s:i}", "probe_id", (int) probe->id));
  else
    printf ("probe %u: cleared\n", (unsigned) probe->id);
  return MDTRACE_OK;
}

int
cli_agg_clear (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options, .list = json_array () };
  const struct argp argp
      = { .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "[PROBE]",
	  .doc
	  = "Forget what PROBE, a number or a label, has added up, or all "
	    "probes that do.  Their counts go on." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int status
      = agg_for_each (options, target, arguments.which, take, &arguments);
  if (status == 0 && options->json)
    cli_print_json (cli_json_pack ("{s:O}", "cleared", arguments.list));
  json_decref (arguments.list);
  mdtrace_close (target);
  return status != 0 ? status : cli_finish ();
}
