/* mdtrace-vm: a traced GNU Mach in a virtual machine.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "vm.h"

const char *argp_program_version = "mdtrace-vm " PACKAGE_VERSION;

static const struct
{
  const char *name;
  int (*run) (int argc, char **argv);
} commands[] = {
  { "start", vm_start },
  { "stop", vm_stop },
  { "status", vm_status },
  { "console", vm_console },
};

static const struct argp argp = {
  .args_doc = "COMMAND [OPTION...]",
  .doc = "Run a GNU Mach with mdtrace in it, in a virtual machine of QEMU.\v"
	 "Commands:\n"
	 "  start    boot a kernel; print the target to trace it by\n"
	 "  stop     end it\n"
	 "  status   tell whether it runs\n"
	 "  console  talk to it, or wait for what it says\n\n"
	 "'mdtrace-vm COMMAND --help' tells more of each.",
};

int
main (int argc, char **argv)
{
  int first;

  argp_err_exit_status = 2;
  /* The command's own options come after it.  */
  argp_parse (&argp, argc < 2 || argv[1][0] == '-' ? argc : 1, argv, 0, &first,
	      NULL);
  if (argc < 2)
    {
      fputs ("mdtrace-vm: which command? start, stop, status or console\n",
	     stderr);
      return 2;
    }
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      {
	char *name = vm_format ("mdtrace-vm %s", argv[1]);
	argv[1] = name;
	return commands[i].run (argc - 1, argv + 1);
      }
  fprintf (stderr,
	   "mdtrace-vm: %s: no such command; there are start, stop, status "
	   "and console\n",
	   argv[1]);
  return 2;
}
