/* babble SOCKET SEED KIB: send KIB times 1,024 random bytes, and pay no heed
   to what comes back. Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All but one thing: 0x04 does not follow 0x1b, since on any serial line that
   calls the debugger of a kernel that has one.  */

#include <config.h>

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum
{
  BYTES = 1024
};

static uint64_t state;
static uint8_t last;

static uint8_t
draw (void)
{
  uint8_t byte;

  do
    {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      byte = state >> 40;
    }
  while (last == 0x1b && byte == 0x04);
  last = byte;
  return byte;
}

int
main (int argc, char **argv)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  uint8_t out[BYTES], in[4 * BYTES];

  if (argc != 4 || strlen (argv[1]) >= sizeof name.sun_path)
    return 2;
  strcpy (name.sun_path, argv[1]);
  state = strtoull (argv[2], NULL, 10) + 1;
  int line = socket (AF_UNIX, SOCK_STREAM, 0);
  if (line < 0 || connect (line, (struct sockaddr *) &name, sizeof name) != 0)
    {
      perror (argv[1]);
      return 2;
    }
  for (unsigned long left = strtoul (argv[3], NULL, 10); left > 0; left--)
    {
      size_t sent = 0;
      for (size_t i = 0; i < sizeof out; i++)
	out[i] = draw ();
      while (sent < sizeof out)
	{
	  struct pollfd end = { .fd = line, .events = POLLIN | POLLOUT };
	  ssize_t count = 1;
	  poll (&end, 1, -1);
	  if (end.revents & POLLIN)
	    count = read (line, in, sizeof in);
	  if (count > 0 && end.revents & POLLOUT)
	    {
	      count = send (line, out + sent, sizeof out - sent,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	      sent += count > 0 ? count : 0;
	    }
	  if (count == 0 || end.revents & (POLLERR | POLLHUP))
	    {
	      puts ("the other end has gone");
	      return 1;
	    }
	}
    }
  return 0;
}
