/* mdtrace: files that take their place when they are complete.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What is made is known to the handler of signals from the moment on at which
   its directory is made, and until that is removed: signals are held while
   either happens.  The handler does only what a handler may do; what is in a
   directory, rm removes for it.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "new_file.h"
#include "program.h"

/* Those that end the program, unless they are ignored.  */
static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM };

enum
{
  SIGNALS = sizeof signals / sizeof signals[0]
};

/* What is being made; null: nothing.  */
static struct new_file *volatile unfinished;

/* What signals did before, and the one that says that a file would become too
   large, which is ignored, so that it is an error of write.  */
static struct sigaction before[SIGNALS], before_too_large;

static void
fill (sigset_t *set)
{
  sigemptyset (set);
  for (int i = 0; i < SIGNALS; i++)
    sigaddset (set, signals[i]);
}

static void
hold_signals (sigset_t *held_before)
{
  sigset_t set;

  fill (&set);
  sigprocmask (SIG_BLOCK, &set, held_before);
}

static void
release_signals (const sigset_t *held_before)
{
  int error = errno;

  sigprocmask (SIG_SETMASK, held_before, NULL);
  errno = error;
}

/* Remove the directory of what is being made, and what is in it.  Called by
   the handler.  */
static void
remove_all (const struct new_file *new)
{
  unlink (new->name);
  if (rmdir (new->directory) == 0)
    return;
  pid_t remover = _Fork ();
  if (remover == 0)
    {
      execl ("/bin/rm", "rm", "-rf", "--", new->directory, (char *) NULL);
      _exit (1);
    }
  while (remover > 0 && waitpid (remover, NULL, 0) < 0 && errno == EINTR)
    continue;
}

/* Remove what is being made before SIGNAL, which is held meanwhile like the
   others, does what it would have done.  */
static void
clean_up (int signal)
{
  struct sigaction action = { .sa_handler = SIG_DFL };

  program_kill ();
  if (unfinished != NULL)
    remove_all (unfinished);
  unfinished = NULL;
  sigaction (signal, &action, NULL);
  raise (signal);
}

static void
clean_up_at_exit (void)
{
  if (unfinished != NULL)
    remove_all (unfinished);
  unfinished = NULL;
}

static void
catch_signals (void)
{
  struct sigaction action = { .sa_handler = clean_up };
  const struct sigaction ignore = { .sa_handler = SIG_IGN };
  static bool is_registered;

  fill (&action.sa_mask);
  for (int i = 0; i < SIGNALS; i++)
    {
      sigaction (signals[i], NULL, &before[i]);
      if (before[i].sa_handler != SIG_IGN)
	sigaction (signals[i], &action, NULL);
    }
  sigaction (SIGXFSZ, &ignore, &before_too_large);
  if (!is_registered)
    is_registered = atexit (clean_up_at_exit) == 0;
}

static void
restore_signals (void)
{
  for (int i = 0; i < SIGNALS; i++)
    sigaction (signals[i], &before[i], NULL);
  sigaction (SIGXFSZ, &before_too_large, NULL);
}

/* Make the directory BASE.XXXXXX, in which it is to be made.  */
static bool
make_directory (struct new_file *new, const char *base)
{
  sigset_t held_before;
  char *directory;

  if (asprintf (&directory, "%s.XXXXXX", base) < 0)
    return false;
  hold_signals (&held_before);
  bool good = mkdtemp (directory) != NULL;
  if (good && asprintf (&new->name, "%s/new", directory) < 0)
    {
      new->name = NULL;
      rmdir (directory);
      errno = ENOMEM;
      good = false;
    }
  if (good)
    {
      new->directory = directory;
      catch_signals ();
      unfinished = new;
    }
  else
    free (directory);
  release_signals (&held_before);
  return good;
}

static bool
fail (int error)
{
  errno = error;
  return false;
}

/* The descriptor of ours that is the file THERE, too; -1: none is.  */
static int
find_standard (const struct stat *there)
{
  struct stat ours;

  for (int file = STDOUT_FILENO; file <= STDERR_FILENO; file++)
    if (fstat (file, &ours) == 0 && ours.st_dev == there->st_dev
	&& ours.st_ino == there->st_ino)
      return file;
  return -1;
}

/* Begin what is to take the place of what is THERE at PATH.  */
static bool
begin_replacing (struct new_file *new, const char *path,
		 const struct stat *there)
{
  if (S_ISDIR (there->st_mode))
    return fail (EISDIR);
  new->standard = find_standard (there);
  if (new->standard >= 0 || !S_ISREG (there->st_mode))
    {
      new->place = strdup (path);
      return new->place != NULL;
    }
  if (access (path, W_OK) != 0)
    return false;
  new->mode = there->st_mode & 0777;
  new->place = realpath (path, NULL);
  if (new->place == NULL)
    return false;
  return make_directory (new, new->place);
}

bool
new_file_begin (struct new_file *new, const char *path,
		enum new_file_kind kind)
{
  struct stat there;

  *new = (struct new_file){ .kind = kind, .standard = -1 };
  if (path[0] == '\0')
    return fail (ENOENT);
  if (stat (path, &there) == 0 && kind != NEW_FILE_IS_TEMPORARY)
    return kind == NEW_FILE_IS_FIRST ? fail (EEXIST)
				     : begin_replacing (new, path, &there);
  new->place = strdup (path);
  if (new->place == NULL)
    return false;
  return make_directory (new, path);
}

bool
new_file_begin_several (struct new_file *new, const char *directory)
{
  char *base;

  *new = (struct new_file){ .kind = NEW_FILE_REPLACES, .standard = -1 };
  new->place = strdup (directory);
  if (new->place == NULL || asprintf (&base, "%s/mdtrace", directory) < 0)
    return false;
  bool good = make_directory (new, base);
  int error = errno;
  free (base);
  errno = error;
  return good;
}

bool
new_file_is_stdout (const struct new_file *new)
{
  return new->standard == STDOUT_FILENO;
}

FILE *
new_file_open (struct new_file *new)
{
  int file;

  fflush (stdout);
  if (new->standard >= 0)
    file = fcntl (new->standard, F_DUPFD_CLOEXEC, 0);
  else if (new->directory == NULL)
    file = open (new->place, O_WRONLY | O_NOCTTY | O_CLOEXEC);
  else
    file = open (new->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0)
    return NULL;
  if (new->mode != 0)
    fchmod (file, new->mode);
  new->stream = fdopen (file, "w");
  if (new->stream == NULL)
    close (file);
  return new->stream;
}

/* Returns whether all has been written.  */
static bool
close_stream (struct new_file *new)
{
  FILE *stream = new->stream;

  if (stream == NULL)
    return true;
  new->stream = NULL;
  /* What has failed before has set errno then, or is said again.  */
  bool good = fflush (stream) == 0 && !ferror (stream);
  int error = errno;
  if (fclose (stream) == 0 && good)
    return true;
  return good ? false : fail (error);
}

/* Forget and remove the directory.  */
static void
end_directory (struct new_file *new)
{
  sigset_t held_before;

  hold_signals (&held_before);
  if (unfinished == new)
    {
      remove_all (new);
      unfinished = NULL;
      restore_signals ();
    }
  release_signals (&held_before);
  free (new->directory);
  new->directory = NULL;
}

/* Unlike rename, link does not replace what somebody else has made meanwhile;
   not every file system has it, and none for directories.  */
static bool
take_first_place (const struct new_file *new)
{
  return link (new->name, new->place) == 0
	 || (errno != EEXIST && rename (new->name, new->place) == 0);
}

bool
new_file_finish (struct new_file *new)
{
  if (!close_stream (new))
    return false;
  if (new->directory == NULL)
    return true;
  return new->kind == NEW_FILE_IS_FIRST ? take_first_place (new)
					: rename (new->name, new->place) == 0;
}

bool
new_file_move (struct new_file *new, const char *name)
{
  struct stat there;
  char *from, *to;

  if (asprintf (&from, "%s/%s", new->directory, name) < 0)
    return false;
  if (asprintf (&to, "%s/%s", new->place, name) < 0)
    {
      free (from);
      return false;
    }
  bool good = stat (to, &there) != 0 || S_ISREG (there.st_mode);
  if (!good)
    errno = S_ISDIR (there.st_mode) ? EISDIR : EEXIST;
  good = good && rename (from, to) == 0;
  int error = errno;
  free (from);
  free (to);
  errno = error;
  return good;
}

void
new_file_discard (struct new_file *new)
{
  int error = errno;

  if (new->stream != NULL)
    fclose (new->stream);
  new->stream = NULL;
  if (new->directory != NULL)
    end_directory (new);
  free (new->name);
  free (new->place);
  new->name = new->place = NULL;
  errno = error;
}
