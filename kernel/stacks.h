/* Looking through the kernel stacks of all threads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A thread can block at almost any instruction of the kernel, by a fault on
   kernel memory, and is then somewhere on its stack.  A thread that blocked
   with a continuation has no stack, and cannot be in the middle of
   anything.  */

#ifndef MDTRACE_STACKS_H
#define MDTRACE_STACKS_H

#include "mach_kernel.h"

/* Get the memory that stacks_scan needs.  Without it every place of the text
   is taken for one where a thread may be.  */
void stacks_initialize (void);

/* Note every place of the kernel's text that a word on the stack of a thread
   that does not run points to: perhaps where it was interrupted by a fault,
   or where it will return to.  With one CPU and interrupts off; true for as
   long as they stay off.  */
void stacks_scan (void);

/* Whether a word in [START, END) was noted.  */
bool stacks_point_into (word_t start, word_t end);

#endif /* MDTRACE_STACKS_H */
