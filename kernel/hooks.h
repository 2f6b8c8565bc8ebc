/* What is shared between the places where the kernel calls us.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_HOOKS_H
#define MDTRACE_HOOKS_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* The page at the head of the added segment, and the mailbox behind it.  */
extern struct mdtrace_shared mdtrace_shared;
/* The physical address of the mailbox, for which memory is got the first time; 0
   if there is none.  Without the server lock.  */
uint64_t mdtrace_mailbox_take (void);

/* Do what is due, without a request.  From a thread.  */
void mdtrace_tend (void);

#endif /* MDTRACE_HOOKS_H */
