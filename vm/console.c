/* mdtrace-vm console: talk to a guest, or wait for what it says.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "vm.h"

enum
{
  OPTION_EXPECT = 256,
  OPTION_TIMEOUT,
  QUIT = 0x1d, /* Control-] */
  LAST_LINES = 12,
  /* What is typed at once, and the pause behind it.  */
  TYPE_BYTES = 8,
  TYPE_MS = 30
};

static const struct argp_option options[]
    = { { "send", 't', "TEXT", 0, "Type TEXT and a newline", 0 },
	{ "expect", OPTION_EXPECT, "TEXT", 0,
	  "Print what the guest writes until a line with TEXT in it", 0 },
	{ "timeout", OPTION_TIMEOUT, "SECONDS", 0,
	  "How long to wait for it (default: 60)", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct vm_state_option state;
  const char *send;
  const char *expect;
  unsigned timeout;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  char *end;

  switch (key)
    {
    case 't':
      arguments->send = argument;
      return 0;
    case OPTION_EXPECT:
      arguments->expect = argument;
      return 0;
    case OPTION_TIMEOUT:
      arguments->timeout = strtoul (argument, &end, 10);
      if (end == argument || *end != '\0' || arguments->timeout == 0)
	argp_error (state, "--timeout must be a number of seconds, not '%s'",
		    argument);
      return 0;
    default:
      return vm_parse_rest (key, argument, state, &arguments->state);
    }
}

static const struct argp argp
    = { .options = options,
	.parser = parse_option,
	.children = vm_children,
	.doc = "Talk to a guest through its console; Control-] ends it.  With "
	       "--send or --expect, do that and no more." };

static int
connect_console (const char *directory)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  char path[GUEST_PATH_BYTES];

  guest_path (path, directory, "console");
  if (strlen (path) >= sizeof name.sun_path)
    vm_fail ("%s: too long a name for a socket", path);
  strcpy (name.sun_path, path);
  int console = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (console < 0
      || connect (console, (struct sockaddr *) &name, sizeof name) != 0)
    vm_fail ("%s: %s; does the virtual machine run, and does nobody else talk "
	     "to it?",
	     path, strerror (errno));
  return console;
}

static void
write_all (int descriptor, const char *bytes, size_t count)
{
  while (count > 0)
    {
      ssize_t written = write (descriptor, bytes, count);
      if (written < 0 && errno == EINTR)
	continue;
      if (written <= 0)
	vm_fail ("the connection to the console is broken");
      bytes += written;
      count -= written;
    }
}

static void
send_line (const char *directory, const char *text)
{
  int console = connect_console (directory);
  size_t left = strlen (text);

  /* The guest's serial port holds some bytes only, and loses what comes while
     it is full: no faster than the guest, which looks at each clock tick.  */
  while (left > TYPE_BYTES)
    {
      write_all (console, text, TYPE_BYTES);
      text += TYPE_BYTES;
      left -= TYPE_BYTES;
      vm_sleep_ms (TYPE_MS);
    }
  write_all (console, text, left);
  vm_sleep_ms (TYPE_MS);
  write_all (console, "\r", 1);
  close (console);
}

/* Print what comes into the console log from OFFSET on until a line has TEXT
   in it.  */
static void
expect_line (const char *directory, off_t offset, const char *text,
	     unsigned timeout)
{
  char path[GUEST_PATH_BYTES];
  char *line = NULL;
  size_t room = 0;
  char tail[4096];
  unsigned long long deadline = vm_now_ms () + timeout * 1000ULL;

  guest_path (path, directory, "console.log");
  FILE *log = fopen (path, "re");
  if (log == NULL)
    vm_fail ("%s: %s", path, strerror (errno));
  for (;;)
    {
      fseeko (log, offset, SEEK_SET);
      ssize_t length = getline (&line, &room, log);
      if (length > 0 && line[length - 1] == '\n')
	{
	  offset += length;
	  fwrite (line, 1, length, stdout);
	  if (strstr (line, text) != NULL)
	    break;
	  continue;
	}
      clearerr (log);
      enum guest_state state = guest_get_state (directory);
      if (state != GUEST_RUNNING || vm_now_ms () > deadline)
	{
	  guest_console_tail (directory, LAST_LINES, tail, sizeof tail);
	  vm_fail ("%s before it said '%s'; the last lines of its console "
		   "are:\n%s",
		   state == GUEST_NOT_RUNNING ? "the guest has ended"
		   : state == GUEST_STOPPED_IN_DEBUGGER
		       ? "the guest has stopped in its debugger"
		       : "the time was over",
		   text, tail);
	}
      vm_sleep_ms (5);
    }
  free (line);
  fclose (log);
}

static off_t
log_size (const char *directory)
{
  char path[GUEST_PATH_BYTES];

  guest_path (path, directory, "console.log");
  int descriptor = open (path, O_RDONLY | O_CLOEXEC);
  off_t size = descriptor < 0 ? 0 : lseek (descriptor, 0, SEEK_END);
  if (descriptor >= 0)
    close (descriptor);
  return size > 0 ? size : 0;
}

static struct termios saved_terminal;

static void
restore_terminal (void)
{
  tcsetattr (STDIN_FILENO, TCSANOW, &saved_terminal);
}

static void
make_terminal_raw (void)
{
  struct termios raw;

  if (tcgetattr (STDIN_FILENO, &saved_terminal) != 0)
    return;
  atexit (restore_terminal);
  raw = saved_terminal;
  cfmakeraw (&raw);
  tcsetattr (STDIN_FILENO, TCSANOW, &raw);
}

static int
talk (const char *directory)
{
  struct pollfd descriptors[2]
      = { { .fd = STDIN_FILENO, .events = POLLIN },
	  { .fd = connect_console (directory), .events = POLLIN } };
  char bytes[4096];

  fputs ("Control-] ends the conversation.\n", stderr);
  make_terminal_raw ();
  while (poll (descriptors, 2, -1) > 0 || errno == EINTR)
    {
      if (descriptors[0].revents != 0)
	{
	  ssize_t count = read (STDIN_FILENO, bytes, sizeof bytes);
	  if (count <= 0 || memchr (bytes, QUIT, count) != NULL)
	    break;
	  write_all (descriptors[1].fd, bytes, count);
	}
      if (descriptors[1].revents != 0)
	{
	  ssize_t count = read (descriptors[1].fd, bytes, sizeof bytes);
	  if (count <= 0)
	    break;
	  write_all (STDOUT_FILENO, bytes, count);
	}
    }
  return 0;
}

int
vm_console (int argc, char **argv)
{
  struct arguments arguments = { .timeout = 60 };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  const char *directory = arguments.state.directory;
  if (guest_get_pid (directory) == 0)
    vm_fail ("%s: no virtual machine runs there", directory);
  if (arguments.send == NULL && arguments.expect == NULL)
    return talk (directory);
  off_t before = log_size (directory);
  if (arguments.send != NULL)
    send_line (directory, arguments.send);
  if (arguments.expect != NULL)
    expect_line (directory, before, arguments.expect, arguments.timeout);
  return 0;
}
