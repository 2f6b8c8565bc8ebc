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
#include "program.h"

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
  char *const arguments[] = { "gnuplot", "--default-settings", script, NULL };
  const struct program program
      = { .arguments = arguments, .directory = directory, .output = errors };
  int error = errors < 0 ? errno : program_run (&program, &status);
  if (error == ENOENT)
    snprintf (message, bytes,
	      "gnuplot, which draws, is not installed; install Debian's "
	      "package gnuplot-nox, or do without --visualize");
  else if (error != 0)
    snprintf (message, bytes, "cannot run gnuplot: %s", strerror (error));
  if (error != 0)
    {
      if (errors >= 0)
	close (errors);
      return false;
    }
  last_line (errors, line, sizeof line);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return true;
  snprintf (message, bytes, "gnuplot has failed at %s: %s", script,
	    line[0] != '\0'	   ? line
	    : WIFSIGNALED (status) ? strsignal (WTERMSIG (status))
				   : "it does not say why");
  return false;
}
