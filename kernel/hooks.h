/* What is shared between the places where the kernel calls us.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_HOOKS_H
#define MDTRACE_HOOKS_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* The page at the head of the added segment, and the mailbox behind it.  */
extern struct mdtrace_shared mdtrace_shared;
extern struct mdtrace_mailbox mdtrace_mailbox;

/* Do what is due, without a request.  From a thread.  */
void mdtrace_tend (void);

#endif /* MDTRACE_HOOKS_H */
