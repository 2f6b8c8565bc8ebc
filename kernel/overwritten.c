/* Events that were recorded, and then overwritten before anybody read them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "overwritten.h"

#if MACH_DTRACE

enum
{
  CHAINS = 256 /* a power of two */
};

/* By the low bits of the probe's number.  Numbers are given one after the
   other, so that a chain is longer than a few only where very many destroyed
   probes are remembered.  [s]  */
static struct overwritten *chains[CHAINS];

/* Events of probes that are in no chain any more, and of all.  [c]  */
static uint64_t others[CPUS];
static uint64_t total[CPUS];

static struct overwritten **
chain_of (uint32_t probe)
{
  return &chains[probe & (CHAINS - 1)];
}

void
overwritten_add (struct overwritten *overwritten, uint32_t probe)
{
  struct overwritten **chain = chain_of (probe);

  clear_memory (overwritten, sizeof *overwritten);
  overwritten->probe = probe;
  word_t flags = interrupts_disable ();
  overwritten->next = *chain;
  *chain = overwritten;
  interrupts_restore (flags);
}

void
overwritten_remove (struct overwritten *overwritten)
{
  word_t flags = interrupts_disable ();
  struct overwritten **link = chain_of (overwritten->probe);

  while (*link != overwritten)
    link = &(*link)->next;
  *link = overwritten->next;
  interrupts_restore (flags);
}

void
dtrace_count_overwritten (uint32_t probe, unsigned cpu)
{
  total[cpu]++;
  for (struct overwritten *overwritten = *chain_of (probe);
       overwritten != NULL; overwritten = overwritten->next)
    if (overwritten->probe == probe)
      {
	overwritten->counts[cpu]++;
	return;
      }
  others[cpu]++;
}

uint64_t
overwritten_total (void)
{
  uint64_t sum = 0;

  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    sum += total[cpu];
  return sum;
}

void
overwritten_move_all (const struct overwritten *overwritten,
		      mdtrace_counts_t *counts)
{
  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    overwritten_move (overwritten, cpu, counts);
}

void
overwritten_move_others (mdtrace_counts_t *counts)
{
  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    {
      counts->recorded -= others[cpu];
      counts->dropped += others[cpu];
    }
}

#endif /* MACH_DTRACE */
