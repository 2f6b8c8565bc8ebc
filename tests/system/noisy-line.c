/* noisy-line FAR NEAR SEED CHANGED LOST INSERTED: a bad serial line.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   FAR is a socket at which a line is offered, or "echo".  Offers the same line
   at NEAR, a socket, or if NEAR is "terminal:PATH" a terminal that the link
   PATH leads to.  Of a million bytes that pass, in either direction, about
   CHANGED come out as others, LOST do not, and behind INSERTED there is one
   more.  SEED makes that the same in every run.

   Prints "ready", and when it is ended by SIGTERM, "TO-FAR FROM-FAR CHANGED
   LOST INSERTED", in bytes.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

enum
{
  BYTES = 4096,
  TERMINAL_PAUSE_NS = 10000000
};

static volatile sig_atomic_t ended;
static uint64_t seed;
static unsigned chances[3];
static uint64_t passed[2], damaged[3];

static void
end (int signal)
{
  (void) signal;
  ended = 1;
}

static void
fail (const char *what)
{
  perror (what);
  exit (2);
}

/* Wait until there is something at one of COUNT ENDS, for at most TIMEOUT if
   it is not null, or this is to end: SIGTERM comes only here.  */
static int
wait_for (struct pollfd *ends, unsigned count, const struct timespec *timeout)
{
  sigset_t none;

  sigemptyset (&none);
  return ppoll (ends, count, timeout, &none);
}

/* Xorshift, of which the high bits are used.  */
static uint32_t
draw (uint32_t limit)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (seed >> 32) % limit;
}

static bool
happens (unsigned which)
{
  bool it_does = draw (1000000) < chances[which];

  damaged[which] += it_does;
  return it_does;
}

static struct sockaddr_un
name_of (const char *path)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };

  if (strlen (path) >= sizeof name.sun_path)
    exit (2);
  strcpy (name.sun_path, path);
  return name;
}

/* What is read from, and what is written to: the same, but for an echo.  */
struct far
{
  int in, out;
};

static struct far
connect_far (const char *path)
{
  int ends[2];

  if (strcmp (path, "echo") == 0)
    {
      if (pipe (ends) != 0)
	fail ("pipe");
      return (struct far){ ends[0], ends[1] };
    }
  struct sockaddr_un name = name_of (path);
  int far = socket (AF_UNIX, SOCK_STREAM, 0);

  if (far < 0 || connect (far, (struct sockaddr *) &name, sizeof name) != 0)
    fail (path);
  return (struct far){ far, far };
}

static void
close_far (struct far far)
{
  close (far.in);
  if (far.out != far.in)
    close (far.out);
}

/* Move what there is from one end to the other, in DIRECTION.  False if FROM
   or TO is no more.  */
static bool
pass_on (int from, int to, int direction)
{
  uint8_t in[BYTES], out[2 * BYTES];
  size_t used = 0;
  ssize_t count = read (from, in, sizeof in);

  if (count <= 0)
    return count < 0 && errno == EINTR;
  for (ssize_t i = 0; i < count; i++)
    {
      if (!happens (1))
	out[used++] = happens (0) ? in[i] ^ (1 + draw (255)) : in[i];
      if (happens (2))
	out[used++] = draw (256);
    }
  passed[direction] += count;
  for (size_t at = 0; at < used;)
    {
      ssize_t written = write (to, out + at, used - at);
      if (written < 0 && errno != EINTR)
	return false;
      if (written > 0)
	at += written;
    }
  return true;
}

/* Carry bytes between FAR and NEAR until one of them is no more, or the far
   one if NEAR is a TERMINAL.  */
static void
carry (struct far far, int near, bool terminal)
{
  const struct timespec pause = { .tv_nsec = TERMINAL_PAUSE_NS };
  struct pollfd ends[2] = { { .fd = near, .events = POLLIN },
			    { .fd = far.in, .events = POLLIN } };

  while (!ended)
    {
      if (wait_for (ends, 2, NULL) < 0)
	continue;
      if (ends[1].revents != 0 && !pass_on (far.in, near, 1))
	return;
      if ((ends[0].revents & POLLIN) == 0 && ends[0].revents != 0 && terminal)
	/* Nobody has it open.  */
	wait_for (&ends[1], 1, &pause);
      else if (ends[0].revents != 0 && !pass_on (near, far.out, 0)
	       && !terminal)
	return;
    }
}

static void
offer_terminal (const char *far_path, const char *path)
{
  struct termios raw;
  int near = posix_openpt (O_RDWR | O_NOCTTY);

  if (near < 0 || grantpt (near) != 0 || unlockpt (near) != 0
      || tcgetattr (near, &raw) != 0)
    fail ("terminal");
  cfmakeraw (&raw);
  if (tcsetattr (near, TCSANOW, &raw) != 0
      || symlink (ptsname (near), path) != 0)
    fail (path);
  struct far far = connect_far (far_path);
  puts ("ready");
  carry (far, near, true);
}

static void
offer_socket (const char *far_path, const char *path)
{
  struct sockaddr_un name = name_of (path);
  int listener = socket (AF_UNIX, SOCK_STREAM, 0);

  if (listener < 0
      || bind (listener, (struct sockaddr *) &name, sizeof name) != 0
      || listen (listener, 1) != 0)
    fail (path);
  puts ("ready");
  while (!ended)
    {
      struct pollfd end = { .fd = listener, .events = POLLIN };
      int near = -1;
      if (wait_for (&end, 1, NULL) > 0)
	near = accept (listener, NULL, NULL);
      if (near < 0)
	continue;
      struct far far = connect_far (far_path);
      carry (far, near, false);
      close_far (far);
      close (near);
    }
}

int
main (int argc, char **argv)
{
  static const char terminal[] = "terminal:";
  struct sigaction action = { .sa_handler = end };
  sigset_t terminate;

  if (argc != 7)
    return 2;
  seed = strtoull (argv[3], NULL, 10) + 1;
  for (int i = 0; i < 3; i++)
    chances[i] = strtoul (argv[4 + i], NULL, 10);
  setvbuf (stdout, NULL, _IOLBF, 0);
  sigemptyset (&terminate);
  sigaddset (&terminate, SIGTERM);
  sigprocmask (SIG_BLOCK, &terminate, NULL);
  sigaction (SIGTERM, &action, NULL);
  signal (SIGPIPE, SIG_IGN);
  if (strncmp (argv[2], terminal, strlen (terminal)) == 0)
    offer_terminal (argv[1], argv[2] + strlen (terminal));
  else
    offer_socket (argv[1], argv[2]);
  printf ("%llu %llu %llu %llu %llu\n", (unsigned long long) passed[0],
	  (unsigned long long) passed[1], (unsigned long long) damaged[0],
	  (unsigned long long) damaged[1], (unsigned long long) damaged[2]);
  return 0;
}
