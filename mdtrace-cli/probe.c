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

int
cli_probe (int argc, char **argv, struct cli_options *options)
{
  return cli_dispatch (
      verbs, "create|enable|disable|destroy|list|explain [ARGUMENT...]",
      "Create, enable, disable, destroy and list probes, and explain how "
      "a place can be probed.\v"
      "'mdtrace probe VERB --help' tells more of each.",
      argc, argv, options);
}
