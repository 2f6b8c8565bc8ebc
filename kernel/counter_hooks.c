/* Counters that stand on places in the kernel's text.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "counter_hooks.h"
#include "mdtrace_errors.h"

#if MACH_PERF_COUNTERS

void
counter_hooks_find (unsigned number, struct counter *counter)
{
  (void) number;
  if (counter->detail == NULL)
    counter->detail = "this kernel lacks the places";
}

int
counter_hooks_enable (unsigned number)
{
  (void) number;
  return MDTRACE_ERR_NO_MEMORY;
}

void
counter_hooks_disable (unsigned number)
{
  (void) number;
}

#endif /* MACH_PERF_COUNTERS */
