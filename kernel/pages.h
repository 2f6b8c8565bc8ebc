/* Memory of the kernel for mdtrace.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_PAGES_H
#define MDTRACE_PAGES_H

#include "mach_kernel.h"

enum
{
  /* The kernel's page allocator hands out no larger block.  */
  PAGES_BYTES_MAX = 4 << 20
};

/* Physically contiguous memory of BYTES bytes (1 to PAGES_BYTES_MAX), filled
   with zeros, at a page boundary of the direct map: always mapped, writable,
   executable, and never paged out.  Null when there is none.  It is kept for
   ever: gates and rings may be in use by somebody until the machine stops.
   Called from threads only.  */
void *pages_allocate (word_t bytes);

/* A piece of such pages for small things: BYTES bytes, aligned to 16.  Null
   when there is none.  */
void *pages_allocate_small (word_t bytes);

/* The same for code.  Nothing else is in its pages: a processor that writes to
   where it executes, or close to it, begins anew with all that it has
   prepared.  */
void *pages_allocate_code (word_t bytes);

/* Memory as pages_allocate has it, which can be given back by pages_keep: that
   keeps it for the next one who wants about as much.  BYTES is the same both
   times.  [server lock]  */
void *pages_take (word_t bytes);
void pages_keep (void *memory, word_t bytes);

/* The physical address up to which the kernel has mapped all memory, at
   DIRECT_MAP.  */
static inline uint64_t
pages_mapped_end (void)
{
  return mach_kernel_virtual_start - DIRECT_MAP;
}

#endif /* MDTRACE_PAGES_H */
