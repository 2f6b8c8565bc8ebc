/* What the entry of a breakpoint does, without assembly.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_BREAKPOINTS_H
#define UNIT_BREAKPOINTS_H

#include "x86/breakpoint.h"

/* What the stack pointer was before the trap.  */
static inline const word_t *
breakpoint_stack (const struct breakpoint_frame *frame)
{
  return (const word_t *) frame->stack_pointer;
}

/* A trap whose frame is FRAME.  False if the breakpoint is somebody
   else's.  */
static inline bool
breakpoint_hit (struct breakpoint_frame *frame)
{
  word_t site = breakpoint_find (frame);

  if (site > BREAKPOINT_GONE)
    dtrace_hit ((const struct dtrace_site *) site, &frame->saved,
		breakpoint_stack (frame));
  return site != BREAKPOINT_OF_OTHERS;
}

#endif /* UNIT_BREAKPOINTS_H */
