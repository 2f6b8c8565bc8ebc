/* gnuplot, to be run.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   It is started directly, without a shell, in the directory that it is to
   write to, and without what a user has set up for it.  What it complains of
   is kept, of which the last line says most.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "draw_gnuplot.h"

enum
{
  NOT_FOUND = 127,
  CANNOT_START = 126
};

/* In the child: become gnuplot, with ERRORS as its standard error.  */
static _Noreturn void
become_gnuplot (const char *directory, const char *script, int errors)
{
  int nothing = open ("/dev/null", O_RDWR);

  if (nothing < 0 || dup2 (nothing, 0) < 0 || dup2 (errors, 2) < 0
      || dup2 (errors, 1) < 0 || chdir (directory) != 0)
    _exit (CANNOT_START);
  execlp ("gnuplot", "gnuplot", "--default-settings", script, (char *) NULL);
  _exit (errno == ENOENT ? NOT_FOUND : CANNOT_START);
}

/* The last line that was written to FILE and says something, to LINE.  */
static void
last_line (int file, char *line, size_t bytes)
{
  FILE *stream = fdopen (file, "r");
  char text[256];

  line[0] = '\0';
  if (stream == NULL)
    {
      close (file);
      return;
    }
  rewind (stream);
  while (fgets (text, sizeof text, stream) != NULL)
    {
      text[strcspn (text, "\n")] = '\0';
      if (text[strspn (text, " ^\t")] != '\0')
	snprintf (line, bytes, "%s", text + strspn (text, " \t"));
    }
  fclose (stream);
}

/* A file without a name; -1 if there is none.  */
static int
make_file (void)
{
  const char *directory = getenv ("TMPDIR");
  char path[4096];

  snprintf (path, sizeof path, "%s/mdtrace-XXXXXX",
	    directory != NULL ? directory : "/tmp");
  int file = mkostemp (path, O_CLOEXEC);
  if (file >= 0)
    unlink (path);
  return file;
}

bool
draw_gnuplot (const char *directory, const char *name, char *message,
	      size_t bytes)
{
  char script[64], line[256];
  int errors = make_file (), status = 0;

  snprintf (script, sizeof script, "%s.gp", name);
  pid_t child = errors >= 0 ? fork () : -1;
  if (child == 0)
    become_gnuplot (directory, script, errors);
  if (child < 0)
    {
      snprintf (message, bytes, "cannot run gnuplot: %s", strerror (errno));
      if (errors >= 0)
	close (errors);
      return false;
    }
  pid_t ended;
  do
    ended = waitpid (child, &status, 0);
  while (ended < 0 && errno == EINTR);
  if (ended < 0)
    {
      snprintf (message, bytes, "cannot wait for gnuplot: %s",
		strerror (errno));
      close (errors);
      return false;
    }
  last_line (errors, line, sizeof line);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return true;
  if (WIFEXITED (status) && WEXITSTATUS (status) == NOT_FOUND)
    snprintf (message, bytes,
	      "gnuplot, which draws, is not installed; install Debian's "
	      "package gnuplot-nox, or do without --visualize");
  else
    snprintf (message, bytes, "gnuplot has failed at %s/%s: %s", directory,
	      script,
	      line[0] != '\0'	     ? line
	      : WIFSIGNALED (status) ? strsignal (WTERMSIG (status))
				     : "it does not say why");
  return false;
}
