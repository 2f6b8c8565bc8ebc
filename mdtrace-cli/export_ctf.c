/* mdtrace export: to CTF, by babeltrace2.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The plugin in babeltrace/ gives it the trace, and its own sink writes.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "export_ctf.h"
#include "new_file.h"
#include "program.h"

/* TEXT as a string of babeltrace2's parameters.  The caller frees it.  */
static char *
quote (const char *text)
{
  char *quoted = malloc (2 * strlen (text) + 3), *end = quoted;

  if (quoted == NULL)
    return NULL;
  *end++ = '"';
  for (; *text != '\0'; text++)
    {
      if (*text == '"' || *text == '\\')
	*end++ = '\\';
      *end++ = *text;
    }
  *end++ = '"';
  *end = '\0';
  return quoted;
}

/* The parameters of the source.  The caller frees them.  */
static char *
source_parameters (const struct export_options *export, const char *path)
{
  char *quoted_path = quote (path);
  char *quoted_probe = quote (export->probe != NULL ? export->probe : "");
  char from[40] = "", until[40] = "";

  if (export->from_ns != INT64_MIN)
    snprintf (from, sizeof from, ",from=%" PRId64, export->from_ns);
  if (export->to_ns != INT64_MAX)
    snprintf (until, sizeof until, ",until=%" PRId64, export->to_ns);
  char *parameters
      = cli_format ("inputs=[%s]%s%s%s%s%s", quoted_path,
		    export->is_partial ? ",partial=yes" : "", from, until,
		    export->probe != NULL ? ",probe=" : "",
		    export->probe != NULL ? quoted_probe : "");
  free (quoted_probe);
  free (quoted_path);
  return parameters;
}

/* Run babeltrace2 so that it writes into DIRECTORY.  Returns the exit
   status.  */
static int
run (const struct cli_options *options, const struct export_options *export,
     const char *path, const char *directory)
{
  char *from = source_parameters (export, path);
  char *quoted = quote (directory);
  char *to = cli_format ("path=%s,quiet=yes", quoted);
  char *const arguments[] = { "babeltrace2",
			      "--plugin-path=" BABELTRACE_PLUGINDIR,
			      "--component=source.mdtrace.trace",
			      "--params",
			      from,
			      "--component=sink.ctf.fs",
			      "--params",
			      to,
			      NULL };
  const struct program program = { .arguments = arguments };
  int status = 0, result;

  int error = program_run (&program, &result);
  free (to);
  free (quoted);
  free (from);
  if (error != 0)
    return cli_report (
	options, "babeltrace2", MDTRACE_ERR_SYSTEM,
	error == ENOENT
	    ? "it is not installed; Debian's package babeltrace2 has it"
	    : strerror (error));
  if (!WIFEXITED (result) || WEXITSTATUS (result) != 0)
    status = cli_report (options, "babeltrace2", MDTRACE_ERR_SYSTEM,
			 "it has failed; what it has said above tells more, "
			 "and if it knows no mdtrace, BABELTRACE_PLUGIN_PATH "
			 "must name where the plugin is");
  return status;
}

/* That DIRECTORY cannot be made, because of errno.  */
static int
report_directory (const struct cli_options *options, const char *directory)
{
  return cli_report (options, directory, MDTRACE_ERR_SYSTEM,
		     errno == ENOTEMPTY || errno == EEXIST
			 ? "is there already; name another directory"
			 : strerror (errno));
}

int
export_ctf (const struct cli_options *options,
	    const struct export_options *export, const char *path,
	    const char *directory)
{
#ifndef HAVE_BABELTRACE
  (void) export;
  (void) path;
  (void) directory;
  return cli_report (options, "ctf", MDTRACE_ERR_NOT_BUILT,
		     "it needs Debian's packages libbabeltrace2-dev and "
		     "babeltrace2");
#endif
  struct new_file new;
  int status;

  if (!new_file_begin (&new, directory, NEW_FILE_IS_FIRST)
      || mkdir (new.name, 0777) != 0)
    status = report_directory (options, directory);
  else
    status = run (options, export, path, new.name);
  if (status == 0 && !new_file_finish (&new))
    status = report_directory (options, directory);
  new_file_discard (&new);
  return status;
}
