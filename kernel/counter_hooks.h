/* Counters that stand on places in the kernel's text.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_COUNTER_HOOKS_H
#define MDTRACE_COUNTER_HOOKS_H

#include "counters.h"

/* See what of counter NUMBER this kernel has, and set the source of COUNTER,
   its sites, those that are refused, and its detail.  */
void counter_hooks_find (unsigned number, struct counter *counter);

/* Patch its places in, or take them out.  Errors: TEXT_CHANGED, NO_MEMORY.
   [server lock]  */
int counter_hooks_enable (unsigned number);
void counter_hooks_disable (unsigned number);

#endif /* MDTRACE_COUNTER_HOOKS_H */
