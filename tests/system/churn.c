/* churn TARGET TIMES FUNCTION...: create, enable, disable and destroy probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In each round one probe more or less at one of the functions, so that there
   are sometimes several at one place; in the end none is left.  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mdtrace.h"

enum
{
  ALIVE_MAX = 7
};

static struct mdtrace_target *target;

static void
check (const char *what, int error)
{
  if (error == MDTRACE_OK)
    return;
  fprintf (stderr, "churn: %s: error %d: %s: %s\n", what, error,
	   mdtrace_error_message (error),
	   target != NULL ? mdtrace_detail (target) : "");
  exit (1);
}

int
main (int argc, char **argv)
{
  uint32_t alive[ALIVE_MAX] = { 0 };

  if (argc < 4)
    return 2;
  check (argv[1], mdtrace_open (argv[1], &target));
  for (int round = 0; round < atoi (argv[2]); round++)
    {
      uint32_t *id = &alive[round % ALIVE_MAX];
      mdtrace_probe_config_t config = { .kinds = 1 << MDTRACE_PROBE_ENTRY };
      if (*id != 0)
	{
	  if (round % 2)
	    check ("disable", mdtrace_probe_disable (target, *id));
	  check ("destroy", mdtrace_probe_destroy (target, *id));
	}
      strcpy (config.function, argv[3 + round % (argc - 3)]);
      mdtrace_created_t created;
      check (config.function,
	     mdtrace_probe_create (target, &config, &created));
      *id = created.id;
      check ("enable", mdtrace_probe_enable (target, *id));
    }
  for (int i = 0; i < ALIVE_MAX; i++)
    if (alive[i] != 0)
      check ("destroy", mdtrace_probe_destroy (target, alive[i]));
  mdtrace_close (target);
  return 0;
}
