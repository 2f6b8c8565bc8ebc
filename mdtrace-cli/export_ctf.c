/* mdtrace export: to CTF, by babeltrace2.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The plugin in babeltrace/ gives it the trace, and its own sink writes.  */

#include <config.h>

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "export_ctf.h"

extern char **environ;

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

/* Run babeltrace2 with ARGUMENTS.  Returns an error number, or 0 and
   *STATUS, as waitpid gives it.  Signals from the terminal are for it alone,
   so that what it leaves can be removed.  */
static int
run_babeltrace (char *const *arguments, int *status)
{
  const struct sigaction ignore = { .sa_handler = SIG_IGN };
  struct sigaction interrupt, quit;
  posix_spawnattr_t attributes;
  sigset_t defaults;
  pid_t child;

  sigaction (SIGINT, &ignore, &interrupt);
  sigaction (SIGQUIT, &ignore, &quit);
  sigemptyset (&defaults);
  if (interrupt.sa_handler != SIG_IGN)
    sigaddset (&defaults, SIGINT);
  if (quit.sa_handler != SIG_IGN)
    sigaddset (&defaults, SIGQUIT);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setsigdefault (&attributes, &defaults);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGDEF);
  int error = posix_spawnp (&child, arguments[0], NULL, &attributes, arguments,
			    environ);
  posix_spawnattr_destroy (&attributes);
  while (error == 0 && waitpid (child, status, 0) < 0)
    if (errno != EINTR)
      error = errno;
  sigaction (SIGINT, &interrupt, NULL);
  sigaction (SIGQUIT, &quit, NULL);
  return error;
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
  int status = 0, result;

  int error = run_babeltrace (arguments, &result);
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

static int
remove_one (const char *path, const struct stat *state, int kind,
	    struct FTW *level)
{
  (void) state;
  (void) kind;
  (void) level;
  return remove (path);
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
  char *new = cli_format ("%s.XXXXXX", directory);
  int status;

  if (access (directory, F_OK) == 0)
    {
      errno = EEXIST;
      status = report_directory (options, directory);
    }
  else if (mkdtemp (new) == NULL)
    status = report_directory (options, directory);
  else
    {
      mode_t mask = umask (0);
      umask (mask);
      chmod (new, 0777 & ~mask);
      status = run (options, export, path, new);
      if (status == 0 && rename (new, directory) != 0)
	status = report_directory (options, directory);
      if (status != 0)
	nftw (new, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
  free (new);
  return status;
}
