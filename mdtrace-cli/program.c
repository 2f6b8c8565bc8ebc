/* mdtrace: other programs that do a part of the work.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   No signal comes between a program's start and our knowing its number, so
   that none that ends us leaves it behind.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

extern char **environ;

/* The program that runs; 0: none.  */
static volatile pid_t child;

void
program_kill (void)
{
  pid_t process = child;

  if (process == 0)
    return;
  kill (process, SIGKILL);
  while (waitpid (process, NULL, 0) < 0 && errno == EINTR)
    continue;
  child = 0;
}

static int
say_files (posix_spawn_file_actions_t *files, const struct program *program)
{
  int error = posix_spawn_file_actions_init (files);

  if (error == 0 && program->directory != NULL)
    error = posix_spawn_file_actions_addchdir_np (files, program->directory);
  if (error == 0 && program->output > 0)
    error = posix_spawn_file_actions_addopen (files, STDIN_FILENO, "/dev/null",
					      O_RDONLY, 0);
  for (int file = STDOUT_FILENO; file <= STDERR_FILENO && error == 0; file++)
    if (program->output > 0)
      error = posix_spawn_file_actions_adddup2 (files, program->output, file);
  return error;
}

/* Start PROGRAM with the signals held that MASK has.  */
static int
start (const struct program *program, const sigset_t *mask, pid_t *process)
{
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  int error = say_files (&files, program);

  posix_spawnattr_init (&attributes);
  posix_spawnattr_setsigmask (&attributes, mask);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK);
  if (error == 0)
    error = posix_spawnp (process, program->arguments[0], &files, &attributes,
			  program->arguments, environ);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&files);
  return error;
}

int
program_run (const struct program *program, int *status)
{
  sigset_t all, before;
  pid_t process;

  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, &before);
  int error = start (program, &before, &process);
  if (error == 0)
    child = process;
  sigprocmask (SIG_SETMASK, &before, NULL);
  while (error == 0 && waitpid (process, status, 0) < 0)
    if (errno != EINTR)
      error = errno;
  child = 0;
  return error;
}
