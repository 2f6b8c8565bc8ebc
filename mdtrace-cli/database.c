/* mdtrace: which database is meant.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Let the daemon store all that it has not yet, and tell where.  Null after
   an error, which is reported.  The caller frees it.  */
static char *
ask_daemon (const struct cli_options *options)
{
  struct mdtrace_target *target;
  struct mdtrace_daemon_info info;
  char *path = NULL;
  int open_error = mdtrace_open (options->target, &target);
  int error = target != NULL ? mdtrace_daemon_flush (target) : open_error;

  /* A daemon that can store nothing at present has a database all the same,
     and so has one that waits for its kernel.  */
  if (error == MDTRACE_ERR_DATABASE)
    {
      cli_complain (mdtrace_target_url (target), error,
		    mdtrace_detail (target));
      error = MDTRACE_OK;
    }
  if (error != MDTRACE_OK && open_error != MDTRACE_OK)
    cli_cannot_open (options, target, open_error);
  if (error == MDTRACE_OK)
    error = mdtrace_daemon_get_info (target, &info);
  if (error == MDTRACE_OK)
    path = cli_format ("%s", info.database);
  else
    cli_report (options, mdtrace_target_url (target), error,
		error == MDTRACE_ERR_UNSUPPORTED
		    ? "only a daemon has a database; name the file of one"
		    : mdtrace_detail (target));
  mdtrace_close (target);
  return path;
}

/* Whether GIVEN is meant to be a target, and not a file.  */
static bool
is_target (const char *given)
{
  static const char *const kinds[]
      = { "unix:", "vm:", "ram:", "serial:", "mach:" };

  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (strncmp (given, kinds[i], strlen (kinds[i])) == 0)
      return access (given, F_OK) != 0;
  return false;
}

char *
cli_find_database (const struct cli_options *options, const char *given)
{
  if (given != NULL && is_target (given))
    {
      const struct cli_options other
	  = { .target = given, .json = options->json };
      return ask_daemon (&other);
    }
  const char *named = getenv ("MDTRACE_DATABASE");
  if (given == NULL && named != NULL && named[0] != '\0')
    given = named;
  return given != NULL ? cli_format ("%s", given) : ask_daemon (options);
}
