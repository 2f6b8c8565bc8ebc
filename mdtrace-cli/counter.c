/* mdtrace counter: the verbs about performance counters.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "cli.h"

static const struct cli_verb verbs[] = {
  { "list", "list counters, and where they come from", cli_counter_list },
  { "enable", "let counters count", cli_counter_enable },
  { "disable", "let them stop", cli_counter_change },
  { "read", "print what they have counted", cli_counter_read },
  { "reset", "let them begin anew", cli_counter_change },
  { "create", "make a counter that tasks update", cli_counter_create },
  { "destroy", "forget such a counter", cli_counter_change },
  { "update", "give such a counter a value", cli_counter_update },
  { NULL, NULL, NULL },
};

int
cli_counter (int argc, char **argv, struct cli_options *options)
{
  return cli_dispatch (
      verbs,
      "list|enable|disable|read|reset|create|destroy|update [ARGUMENT...]",
      "List performance counters, let them count, and print what they have "
      "counted.\v"
      "'mdtrace counter VERB --help' tells more of each; "
      "mdtrace-counters(7) tells what each counter is.",
      argc, argv, options);
}
