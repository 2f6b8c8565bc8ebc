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
#include "x86/cpu.h"

/* Of one probe.
   [I] immutable once added
   [s] server lock, with interrupts off
   [c] owned by the CPU, with interrupts off  */
struct overwritten
{
  struct overwritten *next; /* [s] in the same chain */
  uint32_t probe;	    /* [I] its number */
  uint64_t counts[CPUS];    /* [c] */
};

/* Begin and end to count for PROBE.  The memory is the caller's.  [server
   lock]  */
void overwritten_add (struct overwritten *overwritten, uint32_t probe);
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

/* How many events were overwritten since boot, of all probes.  Interrupts are
   off.  */
uint64_t overwritten_total (void);

/* As overwritten_move for all CPUs, and for events of probes that were removed
   before.  */
void overwritten_move_all (const struct overwritten *overwritten,
			   mdtrace_counts_t *counts);
void overwritten_move_others (mdtrace_counts_t *counts);

#endif /* MDTRACE_OVERWRITTEN_H */
