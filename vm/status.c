/* mdtrace-vm status: what a virtual machine does.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "vm.h"

enum
{
  OPTION_JSON = 256,
  LAST_LINES = 12
};

static const struct argp_option options[]
    = { { "json", OPTION_JSON, NULL, 0, "Print one JSON document", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct vm_state_option state;
  bool json;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_JSON:
      arguments->json = true;
      return 0;
    default:
      return vm_parse_rest (key, argument, state, &arguments->state);
    }
}

static const struct argp argp
    = { .options = options,
	.parser = parse_option,
	.children = vm_children,
	.doc = "Tell what a virtual machine does.  The exit status is 0 if it "
	       "runs, and 1 if it does not or has stopped in its kernel "
	       "debugger." };

int
vm_status (int argc, char **argv)
{
  static const char *const words[]
      = { [GUEST_RUNNING] = "running",
	  [GUEST_STOPPED_IN_DEBUGGER] = "stopped in the kernel debugger",
	  [GUEST_NOT_RUNNING] = "not running" };
  struct arguments arguments = { .json = false };
  struct guest guest = { 0 };
  char tail[4096] = "";

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  const char *directory = arguments.state.directory;
  enum guest_state state = guest_get_state (directory);
  guest_read (directory, &guest);
  if (state != GUEST_RUNNING)
    guest_console_tail (directory, LAST_LINES, tail, sizeof tail);
  if (arguments.json)
    {
      json_t *document = json_pack (
	  "{s:s, s:s, s:s, s:i, s:I, s:s}", "directory", directory, "state",
	  words[state], "kernel", guest.kernel, "pid",
	  guest_get_pid (directory), "memory_bytes",
	  (json_int_t) guest.memory_bytes, "console_tail", tail);
      json_dumpf (document, stdout, JSON_INDENT (1));
      putchar ('\n');
      json_decref (document);
    }
  else
    {
      printf ("vm:%s: %s\n", directory, words[state]);
      if (guest.kernel[0] != '\0')
	{
	  printf ("kernel %s, %" PRIu64 " MB", guest.kernel,
		  guest.memory_bytes >> 20);
	  if (state != GUEST_NOT_RUNNING)
	    printf (", process %d", guest_get_pid (directory));
	  putchar ('\n');
	}
      if (tail[0] != '\0')
	printf ("The last lines of its console are:\n%s\n", tail);
    }
  return state == GUEST_RUNNING ? 0 : 1;
}
