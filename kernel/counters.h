/* The performance counters: which there are, and what they have come to.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each part of a counter has a cell for each CPU, which only that CPU writes,
   with interrupts off.  Those that count by places in the kernel's text are
   written by counter_hooks.c, those of the performance monitoring unit by
   x86/pmu.c; those that tasks update here.  */

#ifndef MDTRACE_COUNTERS_H_KERNEL
#define MDTRACE_COUNTERS_H_KERNEL

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* [c]  Who reads it looks at SEQUENCE, which is odd while it is being
   written.  */
struct counter_cell
{
  uint32_t sequence;
  uint32_t unused;
  uint64_t count;
  uint64_t sum;
  uint64_t minimum; /* UINT64_MAX while COUNT is 0 */
  uint64_t maximum;
  uint64_t buckets[MDTRACE_COUNTER_BUCKETS];
};

/* [s] server lock
   [I] immutable once set  */
struct counter
{
  uint8_t kind;	      /* [s] enum mdtrace_counter_kind; 0: there is none */
  uint8_t source;     /* [I] enum mdtrace_counter_source */
  bool on;	      /* [s] */
  uint32_t sample;    /* [s] of so many durations one is measured */
  uint32_t parts;     /* [I] */
  uint32_t sites;     /* [I] places that it stands on */
  uint32_t refused;   /* [I] of those, not to be patched */
  const char *detail; /* [I] see mdtrace_counter_info */
  /* [s] Of part P on CPU C: the one with number C * parts + P.  Null: it was
     never on.  Never freed.  */
  struct counter_cell *cells;
  uint64_t *bases; /* [s] what the unit had counted, of each CPU */
};

extern struct counter counters[MDTRACE_COUNTER_SLOTS];

/* See what there is on this machine: at the start.  */
void counters_start (void);

/* What the routines of these names do, see mdtrace.defs.  All are called with
   the server lock held.  */
uint32_t counter_list (uint32_t first, void *buffer, uint32_t *bytes);
int perf_counter_enable (uint32_t number, uint32_t sample);
int perf_counter_disable (uint32_t number);
int counter_read (uint32_t number, uint32_t cpu, uint32_t first,
		  uint32_t *next, void *buffer, uint32_t *bytes);
int counter_reset (uint32_t number);
int counter_create (const char *name, const char *unit, uint32_t kind,
		    uint32_t *number);
int counter_destroy (uint32_t number);
int perf_counter_update (const char *name, uint64_t value);

/* MDTRACE_OK if there is a counter NUMBER that has a source.  Errors:
   NO_SUCH_COUNTER, COUNTER_UNAVAILABLE.  */
int counter_check (uint32_t number);

/* What counter NUMBER has come to on all CPUs, as in a snapshot.  Also from an
   interrupt.  */
void counter_sum (unsigned number, struct mdtrace_counter_sum *sum);

/* An estimate, by the middles of the buckets below END, of what the durations
   in them come to.  Also from an interrupt.  */
uint64_t counter_short_ns (unsigned number, unsigned end);

/* Add VALUE to CELL, as one sample of a duration, while nobody can be reading
   it.  */
static inline void
counter_cell_add_alone (struct counter_cell *cell, uint64_t value)
{
  /* The place of the highest bit of 2 * VALUE + 1.  */
  unsigned bucket = 63 - __builtin_clzll (2 * value + 1);

  if (bucket >= MDTRACE_COUNTER_BUCKETS)
    bucket = MDTRACE_COUNTER_BUCKETS - 1;
  if (value < cell->minimum)
    cell->minimum = value;
  if (value > cell->maximum)
    cell->maximum = value;
  cell->count++;
  cell->sum += value;
  cell->buckets[bucket]++;
}

/* The same on a cell's own CPU, with interrupts off.  */
static inline void
counter_cell_add (struct counter_cell *cell, uint64_t value)
{
  cell->sequence++;
  __asm__ volatile("" : : : "memory");
  counter_cell_add_alone (cell, value);
  __asm__ volatile("" : : : "memory");
  cell->sequence++;
}

#endif /* MDTRACE_COUNTERS_H_KERNEL */
