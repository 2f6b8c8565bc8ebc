/* Looking through the kernel stacks of all threads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_STACKS_H
#define MDTRACE_STACKS_H

#include "mach_kernel.h"

/* Whether any word on the stack of a thread that does not run lies in
   [START, END): perhaps the place where it was interrupted by a fault, or
   one that it will return to.  Interrupts are off.  */
bool stacks_point_into (word_t start, word_t end);

#endif /* MDTRACE_STACKS_H */
