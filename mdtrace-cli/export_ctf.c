/* mdtrace export: to CTF, by babeltrace2.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The plugin in babeltrace/ gives it the trace, and its own sink writes.  */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* In TEXT, metadata of a trace, have a clock described once.  */
static void
describe_once (char *text)
{
  static const char beginning[] = "\nclock {\n", end[] = "\n};\n";
  const char *first = strstr (text, beginning);
  const char *last = first != NULL ? strstr (first, end) : NULL;

  if (last == NULL)
    return;
  size_t bytes = last + strlen (end) - first;
  char *again = text + (last - text);
  while ((again = strstr (again, beginning)) != NULL)
    if (strncmp (again, first, bytes) == 0)
      memmove (again, again + bytes, strlen (again + bytes) + 1);
    else
      again++;
}

/* The same in the file at PATH; if there is none, nothing is to be done. False
   with errno set on failure.  */
static bool
describe_once_in (const char *path)
{
  FILE *file = fopen (path, "r+");
  char *text = NULL;
  size_t room = 0;

  if (file == NULL)
    return errno == ENOENT || errno == ENOTDIR;
  /* There are no null bytes in it.  */
  bool good = getdelim (&text, &room, '\0', file) >= 0;
  if (good)
    {
      describe_once (text);
      rewind (file);
      good = ftruncate (fileno (file), 0) == 0 && fputs (text, file) >= 0;
    }
  free (text);
  return fclose (file) == 0 && good;
}

/* Have the clock of each trace in DIRECTORY described once.  babeltrace2's
   sink does so with each class of streams, of which a trace with losses has
   two, and other readers of CTF refuse what has a clock twice.  Returns the
   exit status.  */
static int
mend_metadata (const struct cli_options *options, const char *directory)
{
  DIR *traces = opendir (directory);
  const struct dirent *entry;
  bool good = traces != NULL;

  while (good && (entry = readdir (traces)) != NULL)
    {
      char *path = cli_format ("%s/%s/metadata", directory, entry->d_name);
      good = describe_once_in (path);
      free (path);
    }
  int error = errno;
  if (traces != NULL)
    closedir (traces);
  return good ? 0
	      : cli_report (options, directory, MDTRACE_ERR_SYSTEM,
			    strerror (error));
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
  if (status == 0)
    status = mend_metadata (options, new.name);
  if (status == 0 && !new_file_finish (&new))
    status = report_directory (options, directory);
  new_file_discard (&new);
  return status;
}
