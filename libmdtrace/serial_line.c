/* A serial line of this machine, or a socket at which one is offered.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A lock keeps others of us away: on the terminal itself, or on the file
   PATH.lock beside a socket, which cannot be locked.  It ends with the process
   in any case.  The file is left there: to remove it would be a race.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serial_line.h"

static const struct speed
{
  unsigned bits; /* a second */
  speed_t code;
} speeds[] = {
  { 1200, B1200 },     { 2400, B2400 },	    { 4800, B4800 },
  { 9600, B9600 },     { 19200, B19200 },   { 38400, B38400 },
  { 57600, B57600 },   { 115200, B115200 }, { 230400, B230400 },
#ifdef B460800
  { 460800, B460800 }, { 921600, B921600 },
#endif
};

/* Fail to reach PATH, for the reason that errno has.  */
static int
fail (struct mdtrace_target *target, const char *path)
{
  int reason = errno;

  return target_fail (target,
		      reason == EACCES || reason == EPERM
			  ? MDTRACE_ERR_NOT_PERMITTED
			  : MDTRACE_ERR_CANNOT_CONNECT,
		      "%s: %s", path, strerror (reason));
}

/* Take the lock of PATH that DESCRIPTOR stands for.  */
static int
take_lock (struct mdtrace_target *target, const char *path, int descriptor)
{
  if (flock (descriptor, LOCK_EX | LOCK_NB) == 0)
    return MDTRACE_OK;
  if (errno != EWOULDBLOCK)
    return fail (target, path);
  return target_fail (
      target, MDTRACE_ERR_CANNOT_CONNECT,
      "%s: another process has the line, which only one can; "
      "let mdtraced have it, and name its socket as the target "
      "to share it: unix:" MDTRACED_SOCKET,
      path);
}

static int
set_terminal (struct serial_line *line, struct mdtrace_target *target,
	      const char *path, unsigned bits)
{
  const struct speed *speed = speeds;
  const struct speed *end = speeds + sizeof speeds / sizeof speeds[0];

  while (speed < end && speed->bits != bits)
    speed++;
  if (speed == end)
    return target_fail (target, MDTRACE_ERR_BAD_TARGET,
			"%u: a line has no such speed", bits);
  if (tcgetattr (line->descriptor, &line->before) != 0)
    return fail (target, path);
  struct termios raw = line->before;
  cfmakeraw (&raw);
  raw.c_iflag |= IGNBRK;
  raw.c_iflag &= ~(tcflag_t) (IXOFF | INPCK);
  /* A modem's wires mean nothing, and stay as they are.  */
  raw.c_cflag |= CLOCAL | CREAD;
  raw.c_cflag &= ~(tcflag_t) (CSTOPB | HUPCL);
#ifdef CRTSCTS
  raw.c_cflag &= ~(tcflag_t) CRTSCTS;
#endif
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (cfsetspeed (&raw, speed->code) != 0
      || tcsetattr (line->descriptor, TCSAFLUSH, &raw) != 0)
    return fail (target, path);
  /* Others than us do not know of the lock.  */
  ioctl (line->descriptor, TIOCEXCL);
  line->is_terminal = true;
  return MDTRACE_OK;
}

static int
open_terminal (struct serial_line *line, struct mdtrace_target *target,
	       const char *path, unsigned speed)
{
  line->descriptor = open (path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (line->descriptor < 0 && errno == EBUSY)
    return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT,
			"%s: another process has the line", path);
  if (line->descriptor < 0)
    return fail (target, path);
  if (!isatty (line->descriptor))
    return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT,
			"%s: is neither a serial line nor a socket of one",
			path);
  int error = take_lock (target, path, line->descriptor);
  if (error == MDTRACE_OK)
    error = set_terminal (line, target, path, speed);
  return error;
}

static int
open_socket (struct serial_line *line, struct mdtrace_target *target,
	     const char *path)
{
  static const char suffix[] = ".lock";
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  char lock_path[sizeof name.sun_path + sizeof suffix];

  if (strlen (path) >= sizeof name.sun_path)
    return target_fail (target, MDTRACE_ERR_BAD_TARGET,
			"%s: too long a name for a socket", path);
  strcpy (name.sun_path, path);
  snprintf (lock_path, sizeof lock_path, "%s%s", path, suffix);
  line->lock = open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (line->lock < 0)
    return fail (target, lock_path);
  int error = take_lock (target, path, line->lock);
  if (error != MDTRACE_OK)
    return error;
  line->descriptor
      = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (line->descriptor < 0
      || connect (line->descriptor, (struct sockaddr *) &name, sizeof name)
	     != 0)
    return fail (target, path);
  return MDTRACE_OK;
}

int
serial_line_open (struct serial_line *line, struct mdtrace_target *target,
		  const char *path, unsigned speed)
{
  struct stat status;

  *line = (struct serial_line){ .descriptor = -1, .lock = -1 };
  if (stat (path, &status) != 0)
    return fail (target, path);
  int error = S_ISSOCK (status.st_mode)
		  ? open_socket (line, target, path)
		  : open_terminal (line, target, path, speed);
  if (error != MDTRACE_OK)
    serial_line_close (line);
  return error;
}

ssize_t
serial_line_write (const struct serial_line *line, const void *bytes,
		   size_t count)
{
  if (line->is_terminal)
    return write (line->descriptor, bytes, count);
  return send (line->descriptor, bytes, count, MSG_NOSIGNAL);
}

void
serial_line_close (struct serial_line *line)
{
  if (line->is_terminal)
    {
      ioctl (line->descriptor, TIOCNXCL);
      tcsetattr (line->descriptor, TCSANOW, &line->before);
    }
  if (line->descriptor >= 0)
    close (line->descriptor);
  if (line->lock >= 0)
    close (line->lock);
}
