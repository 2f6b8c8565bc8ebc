/* A serial line of this machine, or a socket at which one is offered.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One process has it, and no other as long as that lives.  */

#ifndef LIBMDTRACE_SERIAL_LINE_H
#define LIBMDTRACE_SERIAL_LINE_H

#include <stdbool.h>
#include <termios.h>

#include "target.h"

enum
{
  SERIAL_SPEED = 115200
};

struct serial_line
{
  int descriptor; /* does not block */
  int lock;	  /* descriptor that holds the lock; -1: it is the same */
  bool is_terminal;
  struct termios before; /* how the terminal was set */
};

/* Open the terminal or socket at PATH; if it is a terminal, at SPEED bits a
   second, without parity, with 8 bits in a byte, all of which pass as they
   are.  Errors, with TARGET's detail: CANNOT_CONNECT, NOT_PERMITTED,
   BAD_TARGET: there is no such speed.  */
int serial_line_open (struct serial_line *line, struct mdtrace_target *target,
		      const char *path, unsigned speed);

/* Write what of COUNT bytes the line takes now; as write(2), and no signal
   comes if the other end is gone.  */
ssize_t serial_line_write (const struct serial_line *line, const void *bytes,
			   size_t count);

/* Leave it as it was.  */
void serial_line_close (struct serial_line *line);

#endif /* LIBMDTRACE_SERIAL_LINE_H */
