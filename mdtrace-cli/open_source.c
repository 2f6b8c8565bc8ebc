/* mdtrace: opening the trace that is meant.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "cli.h"
#include "source.h"

/* Open the trace that is meant, whose file is at *PATH then, which the caller
   frees.  Null after an error, which is reported.  */
static struct source *
open_source (const struct cli_options *options, const char *given,
	     bool is_partial, char **path)
{
  char message[1536];

  *path = cli_find_database (options, given);
  if (*path == NULL)
    return NULL;
  struct source *source
      = source_open (*path, is_partial, message, sizeof message);
  if (source != NULL)
    return source;
  cli_report (options, *path, MDTRACE_ERR_TRACE, message);
  free (*path);
  *path = NULL;
  return NULL;
}

void
cli_close_source (struct source *source, const char *path)
{
  if (source_damage (source) != NULL)
    cli_complain (path, MDTRACE_ERR_DAMAGED, source_damage (source));
  source_close (source);
}

int
cli_use_source (const struct cli_options *options, const char *given,
		bool is_partial,
		int use (void *closure, struct source *source,
			 const char *path),
		void *closure)
{
  char *path;
  struct source *source = open_source (options, given, is_partial, &path);

  if (source == NULL)
    return 1;
  int status = use (closure, source, path);
  cli_close_source (source, path);
  free (path);
  return status != 0 ? status : cli_finish ();
}
