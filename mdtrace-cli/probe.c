/* mdtrace probe: the verbs about probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "cli.h"

static const struct cli_verb verbs[] = {
  { "create", "create a probe", cli_probe_create },
  { "enable", "enable probes", cli_probe_change },
  { "disable", "disable probes", cli_probe_change },
  { "destroy", "destroy probes", cli_probe_change },
  { "list", "list probes and their counts, or what can be probed",
    cli_probe_list },
  { "explain", "tell how a place would be probed, or why not",
    cli_probe_explain },
  { NULL, NULL, NULL },
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  /* The argument is the verb, which cli_dispatch looks for.  */
  if (key == ARGP_KEY_ARG)
    return ARGP_ERR_UNKNOWN;
  return cli_parse_rest (key, argument, state, state->input);
}

int
cli_probe (int argc, char **argv, struct cli_options *options)
{
  const struct argp argp = {
    .parser = parse_option,
    .children = cli_children,
    .args_doc = "create|enable|disable|destroy|list|explain [ARGUMENT...]",
    .doc = "Create, enable, disable, destroy and list probes, and explain how "
	   "a place can be probed.\v"
	   "'mdtrace probe VERB --help' tells more of each.",
  };

  return cli_dispatch (&argp, verbs, argc, argv, options);
}
