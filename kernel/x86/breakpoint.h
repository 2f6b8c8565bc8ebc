/* Breakpoints: int3 in the place of an instruction's first byte.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Vector 3 of the interrupt table leads to us first.  What is not ours, of
   the kernel debugger or of a user's program, goes on to where it led
   before, with all as it was.  The table is data: no text is changed.  */

#ifndef MDTRACE_X86_BREAKPOINT_H
#define MDTRACE_X86_BREAKPOINT_H

#include "x86/gate.h"

/* What the entry of a breakpoint leaves on the stack: lowest address
   first.  */
struct breakpoint_frame
{
#ifdef __x86_64__
  word_t r15, r14, r13, r12, rbp, rbx;
#else
  word_t edi, esi, ebp, ebx;
#endif
  struct saved_registers saved;
  word_t instruction_pointer; /* behind the breakpoint */
  word_t code_segment;
  word_t flags;
#ifdef __x86_64__
  word_t stack_pointer;
  word_t stack_segment;
#endif
};

/* Take over vector 3 on every CPU.  False if that did not succeed, and no
   breakpoint may be set.  In a thread, once the clock ticks are ours.  */
bool breakpoints_start (void);

/* The same for CPU, on which this runs, with interrupts off.  At its ticks,
   until it is done.  */
void breakpoints_start_cpu (unsigned cpu);

/* The time stamp counts that a breakpoint takes by itself, until its handler
   begins and from its end on.  Once they are taken over.  */
uint32_t breakpoint_measure (void);

enum
{
  /* It is not one of ours.  */
  BREAKPOINT_OF_OTHERS = 0,
  /* It is there no more, and this is no hit.  */
  BREAKPOINT_GONE = 1
};

/* Called at a breakpoint in the kernel's text, with interrupts off.  Returns
   one of those, or the site that was hit, and lets FRAME return to where it
   goes on.  */
DTRACE_REGISTER_CALL word_t breakpoint_find (struct breakpoint_frame *frame);

#endif /* MDTRACE_X86_BREAKPOINT_H */
