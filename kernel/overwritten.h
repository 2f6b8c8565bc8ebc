/* Events that were recorded, and then overwritten before anybody read them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A ring in overwrite mode gives up its oldest records.  Each that was an
   event is no longer recorded but dropped, in the counts of its probe; of
   which one and on which CPU is all that a record tells.  So that is what is
   counted here, and whoever reads a probe's counts moves as many from
   recorded to dropped.  Counts of single sites cannot know of it.  */

#ifndef MDTRACE_OVERWRITTEN_H
#define MDTRACE_OVERWRITTEN_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* Of one probe.
   [I] immutable once added
   [s] server lock, but read by every CPU that overwrites an event
   [c] each element owned by its CPU, with interrupts off  */
struct overwritten
{
  struct overwritten *next; /* [s] in the same chain */
  uint32_t probe;	    /* [I] its number */
  uint64_t *counts;	    /* [I] [c] of each CPU */
};

/* Begin to count for PROBE in COUNTS, which has zeros for all CPUs.  The
   memory is the caller's.  [server lock]  */
void overwritten_add (struct overwritten *overwritten, uint32_t probe,
		      uint64_t *counts);

/* End that.  From then on no CPU looks at the memory.  [server lock]  */
void overwritten_remove (struct overwritten *overwritten);

/* An event of PROBE was overwritten in the ring of CPU.  Interrupts are
   off.  */
void dtrace_count_overwritten (uint32_t probe, unsigned cpu);

/* Move the events that were overwritten on CPU from recorded to dropped in
   COUNTS.  */
static inline void
overwritten_move (const struct overwritten *overwritten, unsigned cpu,
		  mdtrace_counts_t *counts)
{
  counts->recorded -= overwritten->counts[cpu];
  counts->dropped += overwritten->counts[cpu];
}

/* The same for all CPUs and events of probes that were removed before.  */
void overwritten_move_others (mdtrace_counts_t *counts);

#endif /* MDTRACE_OVERWRITTEN_H */
