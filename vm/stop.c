/* mdtrace-vm stop: end a virtual machine.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <unistd.h>

#include "vm.h"

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  return vm_parse_rest (key, argument, state, state->input);
}

static const struct argp argp
    = { .parser = parse_option,
	.children = vm_children,
	.doc = "End a virtual machine.  Of its files only the console log "
	       "stays." };

int
vm_stop (int argc, char **argv)
{
  struct vm_state_option option;
  char path[GUEST_PATH_BYTES];

  argp_parse (&argp, argc, argv, 0, NULL, &option);
  guest_path (path, option.directory, "guest");
  int pid = guest_get_pid (option.directory);
  if (pid == 0 && access (path, F_OK) != 0)
    vm_fail ("%s: no virtual machine runs there", option.directory);
  if (pid != 0)
    vm_kill (option.directory, pid);
  vm_clean (option.directory);
  return 0;
}
