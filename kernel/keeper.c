/* A thread that sees to what is due when nobody asks for anything.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What is due at a time, such as the end of a lease, may take writing text,
   which only threads may do; and no thread need ever come to us.  So there is
   one of our own, a thread of the kernel's task, that wakes up ten times a
   second.  In between it has no stack: it waits with a continuation, as the kernel's
   own threads do.  */

#include <config.h>

#include "hooks.h"
#include "keeper.h"

#if MACH_DYNAMIC_PROBES

enum
{
  TIMES_A_SECOND = 10
};

static void
keep (void)
{
  mdtrace_tend ();
  assert_wait (NULL, FALSE);
  thread_set_timeout (mach_hz / TIMES_A_SECOND);
  /* Does not return: what comes next is another call of this.  */
  thread_block (keep);
}

void
keeper_start (void)
{
  if (kernel_thread (mach_kernel_task, "mdtrace", keep, NULL) == NULL)
    printf ("mdtrace: no memory for a thread: what is due will be done when "
	    "a request comes in\n");
}

#endif /* MACH_DYNAMIC_PROBES */
