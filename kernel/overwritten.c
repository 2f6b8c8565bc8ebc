/* Events that were recorded, and then overwritten before anybody read them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "dtrace.h"
#include "mdtrace_shared.h"
#include "overwritten.h"
#include "ring.h"
#include "x86/cpu.h"

#if MACH_DTRACE

enum
{
  CHAINS = 256 /* a power of two */
};

/* By the low bits of the probe's number.  Numbers are given one after the
   other, so that a chain is longer than a few only where very many destroyed
   probes are remembered.  [s] to change, so that whoever follows a chain at
   any time comes to its end.  */
static struct overwritten *chains[CHAINS];

static struct overwritten **
chain_of (uint32_t probe)
{
  return &chains[probe & (CHAINS - 1)];
}

void
overwritten_add (struct overwritten *overwritten, uint32_t probe,
		 uint64_t *counts)
{
  struct overwritten **chain = chain_of (probe);

  overwritten->probe = probe;
  overwritten->counts = counts;
  overwritten->next = *chain;
  __atomic_store_n (chain, overwritten, __ATOMIC_RELEASE);
}

void
overwritten_remove (struct overwritten *overwritten)
{
  struct overwritten **link = chain_of (overwritten->probe);

  while (*link != overwritten)
    link = &(*link)->next;
  __atomic_store_n (link, overwritten->next, __ATOMIC_RELEASE);
#if MACH_DYNAMIC_PROBES
  dtrace_wait_for_handlers ();
#endif
}

void
dtrace_count_overwritten (uint32_t probe, unsigned cpu)
{
  struct overwritten *overwritten
      = __atomic_load_n (chain_of (probe), __ATOMIC_ACQUIRE);

  for (; overwritten != NULL;
       overwritten = __atomic_load_n (&overwritten->next, __ATOMIC_ACQUIRE))
    if (overwritten->probe == probe)
      {
	overwritten->counts[cpu]++;
	return;
      }
  rings[cpu].overwritten_others++;
}

void
overwritten_move_others (mdtrace_counts_t *counts)
{
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      counts->recorded -= rings[cpu].overwritten_others;
      counts->dropped += rings[cpu].overwritten_others;
    }
}

#endif /* MACH_DTRACE */
