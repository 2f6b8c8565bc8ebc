/* mdtrace-vm: what its commands share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vm.h"

enum
{
  KILL_PATIENCE_MS = 5000
};

void
vm_fail (const char *format, ...)
{
  va_list arguments;

  fflush (stdout);
  fputs ("mdtrace-vm: ", stderr);
  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  exit (1);
}

char *
vm_format (const char *format, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    vm_fail ("%s", strerror (ENOMEM));
  va_end (arguments);
  return text;
}

/* Copy what FILE holds to standard error.  */
static void
show (FILE *file)
{
  char bytes[4096];
  size_t count;

  rewind (file);
  while ((count = fread (bytes, 1, sizeof bytes, file)) > 0)
    fwrite (bytes, 1, count, stderr);
}

void
vm_run (char *const arguments[], const char *what)
{
  int status;
  /* What the program says matters only if it fails.  */
  FILE *output = tmpfile ();
  pid_t child = output == NULL ? -1 : fork ();

  if (child < 0)
    vm_fail ("cannot start a process: %s", strerror (errno));
  if (child == 0)
    {
      dup2 (fileno (output), STDOUT_FILENO);
      dup2 (fileno (output), STDERR_FILENO);
      execvp (arguments[0], arguments);
      dprintf (STDERR_FILENO, "%s: %s\n", arguments[0], strerror (errno));
      _exit (127);
    }
  while (waitpid (child, &status, 0) < 0)
    if (errno != EINTR)
      vm_fail ("cannot wait for %s: %s", arguments[0], strerror (errno));
  if (status != 0)
    show (output);
  fclose (output);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 127)
    vm_fail ("%s is needed to %s; install it", arguments[0], what);
  if (status != 0)
    vm_fail ("%s, which is run to %s, has failed", arguments[0], what);
}

const char *
vm_default_directory (void)
{
  static char *directory;
  const char *runtime = getenv ("XDG_RUNTIME_DIR");

  if (directory != NULL)
    return directory;
  if (runtime != NULL && runtime[0] == '/')
    directory = vm_format ("%s/mdtrace-vm", runtime);
  else
    directory = vm_format ("/tmp/mdtrace-vm-%u", (unsigned) getuid ());
  return directory;
}

static const struct argp_option state_options[]
    = { { "state", 's', "DIR", 0,
	  "The virtual machine's directory (default: mdtrace-vm in "
	  "XDG_RUNTIME_DIR, or /tmp/mdtrace-vm-UID)",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

static error_t
parse_state (int key, char *argument, struct argp_state *state)
{
  struct vm_state_option *option = state->input;

  switch (key)
    {
    case ARGP_KEY_INIT:
      option->directory = vm_default_directory ();
      return 0;
    case 's':
      option->directory = argument;
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp state_argp
    = { .options = state_options, .parser = parse_state };
const struct argp_child vm_children[]
    = { { &state_argp, 0, NULL, 0 }, { NULL, 0, NULL, 0 } };

error_t
vm_parse_rest (int key, char *argument, struct argp_state *state,
	       struct vm_state_option *option)
{
  switch (key)
    {
    case ARGP_KEY_INIT:
      state->child_inputs[0] = option;
      return 0;
    case ARGP_KEY_ARG:
      argp_error (state, "%s: not an option", argument);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

char *
vm_library_file (const char *name)
{
  const char *directory = getenv ("MDTRACE_LIBDIR");

  return vm_format ("%s/%s", directory != NULL ? directory : PKGLIBDIR, name);
}

unsigned long long
vm_now_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000ULL + time.tv_nsec / 1000000;
}

void
vm_sleep_ms (unsigned milliseconds)
{
  struct timespec time
      = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

  nanosleep (&time, NULL);
}

void
vm_clean (const char *directory)
{
  static const char *const names[]
      = { "ram",    "console",	    "pid",	"mailbox.lock",
	  "guest",  "boot.img",	    "grub.cfg", "core.img",
	  "kernel", "kernel.debug", "serial",	"serial.lock" };
  char path[GUEST_PATH_BYTES];

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    {
      guest_path (path, directory, names[i]);
      if (unlink (path) != 0 && errno != ENOENT)
	vm_fail ("%s: %s", path, strerror (errno));
    }
}

void
vm_kill (const char *directory, int pid)
{
  unsigned long long deadline = vm_now_ms () + KILL_PATIENCE_MS;

  if (kill (pid, SIGTERM) != 0 && errno != ESRCH)
    vm_fail ("cannot end process %d: %s", pid, strerror (errno));
  while (guest_get_pid (directory) == pid)
    {
      if (vm_now_ms () > deadline)
	{
	  kill (pid, SIGKILL);
	  deadline += KILL_PATIENCE_MS;
	}
      vm_sleep_ms (10);
    }
}
