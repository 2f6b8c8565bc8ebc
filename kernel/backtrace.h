/* The kernel stack of whoever is at a probe.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Frames are linked by frame pointers: each begins with the address of the
   one that called it, and behind that has its own return address.  Nothing
   outside of the two stacks that can be in use is ever read: the running
   thread's, and the page that the stack pointer is in, which may be a part
   of an interrupt stack.  */

#ifndef MDTRACE_BACKTRACE_H
#define MDTRACE_BACKTRACE_H

#include "dtrace.h"

/* Whether this kernel was compiled with frame pointers.  */
bool backtrace_is_possible (void);

/* Put the address of the site and return addresses behind it, the innermost
   first, to FRAMES, for the hit of ENABLING that STATE describes: as many as
   its format says, at most.  Returns how many.  In a handler.  */
unsigned backtrace (const struct dtrace_cpu *state,
		    const struct dtrace_enabling *enabling, uint64_t *frames);

#endif /* MDTRACE_BACKTRACE_H */
