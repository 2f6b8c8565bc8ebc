/* Entries and returns of functions, paired.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   At the entry of a function its thread, its stack pointer and the time are
   noted; a return of that function in that thread ends the innermost call of
   it that is open.  Calls lie on the stack: one whose frame is not above the
   stack pointer of a new call is over, and has never returned, since its
   thread went on by a continuation.

   What is noted is in sets of a few, by thread and function.  Where a set is
   full, the oldest is given up, and counted as abandoned.  A thread can return
   on another CPU than it has entered on, so each set has a lock, which is
   held for a few instructions, with interrupts off, by nobody who could be
   interrupted by another who wants it.  */

#ifndef MDTRACE_PAIRS_H
#define MDTRACE_PAIRS_H

#include "dtrace.h"

/* Room for the open calls of one probe; null if there is no memory.  [server
   lock]  */
struct pairs *pairs_new (void);

/* Give it back, once no CPU can be using it.  Null is allowed.  [server
   lock]  */
void pairs_free (struct pairs *pairs);

/* Forget all open calls: their returns may not have been seen.  [server
   lock]  */
void pairs_forget (struct pairs *pairs);

/* Note the entry of which ENABLING is hit, as STATE describes.  In a
   handler.  */
void pairs_enter (struct dtrace_cpu *state,
		  const struct dtrace_enabling *enabling);

/* End the call at whose return ENABLING is hit: what was noted is in STATE
   then, and how long it took.  False if its entry was not seen.  In a
   handler.  */
bool pairs_leave (struct dtrace_cpu *state,
		  const struct dtrace_enabling *enabling);

#endif /* MDTRACE_PAIRS_H */
