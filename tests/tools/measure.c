/* What a command costs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   measure FILE COMMAND [ARGUMENT...]: runs COMMAND with its standard output
   thrown away, and writes to FILE the seconds of CPU time that it has taken,
   with all that it has run itself, and the most memory that one of them has
   had, in KiB.  Ends with its exit status.  */

#include <config.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static double
seconds (struct timeval time)
{
  return (double) time.tv_sec + (double) time.tv_usec / 1e6;
}

int
main (int argc, char **argv)
{
  posix_spawn_file_actions_t actions;
  struct rusage usage;
  pid_t child;
  int status;

  if (argc < 3)
    {
      fputs ("measure: takes FILE COMMAND [ARGUMENT...]\n", stderr);
      return 2;
    }
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, STDOUT_FILENO, "/dev/null",
				    O_WRONLY, 0);
  int error
      = posix_spawnp (&child, argv[2], &actions, NULL, argv + 2, environ);
  posix_spawn_file_actions_destroy (&actions);
  if (error != 0)
    {
      fprintf (stderr, "measure: %s: %s\n", argv[2], strerror (error));
      return 127;
    }
  if (wait4 (child, &status, 0, &usage) != child)
    return 1;
  FILE *file = fopen (argv[1], "w");
  if (file == NULL)
    return 1;
  fprintf (file, "%.2f %ld\n",
	   seconds (usage.ru_utime) + seconds (usage.ru_stime),
	   usage.ru_maxrss);
  if (fclose (file) != 0)
    return 1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}
