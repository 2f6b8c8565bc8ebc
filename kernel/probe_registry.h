/* The probes that exist, for those files that keep and account for them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   dynamic_probes.c owns the list, and is the only one to change anything in
   it.  All functions are called with the server lock held.  */

#ifndef MDTRACE_PROBE_REGISTRY_H
#define MDTRACE_PROBE_REGISTRY_H

#include "dtrace.h"
#include "overwritten.h"

/* [I] immutable once created, [s] server lock, [c] see dtrace.h  */
struct dynamic_probe
{
  struct dynamic_probe *next;	  /* [s] by number */
  uint32_t id;			  /* [I] */
  uint32_t state;		  /* [s] */
  mdtrace_created_t created;	  /* [I] */
  struct dtrace_format format;	  /* [I] */
  struct dtrace_enabling *first;  /* [s] by address; none once destroyed */
  struct overwritten overwritten; /* [c] */
  uint64_t claim;		  /* [s] that it is bound to; 0: to none */
  unsigned long destroyed_at;	  /* [s] in clock ticks */
  uint32_t stopped_share;	  /* [s] see mdtrace_probe_usage_t */
  uint32_t stopped_cpu;		  /* [s] */
  /* For each CPU, once it is destroyed: what its sites had counted, and where
     the ring stood.  */
  mdtrace_counts_t *last_counts; /* [s] */
  word_t *ring_positions;	 /* [s] */
  /* [I] but for its links and the state in it, which are [s].  */
  struct mdtrace_shared_probe shared;
  /* What there is for each CPU follows.  */
};

/* The first one by number.  [s]  */
extern struct dynamic_probe *dynamic_probes;

/* The probe with number ID; null if there is none.  */
struct dynamic_probe *dynamic_probe_find (uint32_t id);

/* Add what the sites of PROBE count, or had counted, on CPU to SUM.  */
void probe_sum_sites (const struct dynamic_probe *probe, unsigned cpu,
		      mdtrace_counts_t *sum);

/* Add all counts of PROBE to SUM.  */
void probe_sum_all (const struct dynamic_probe *probe, mdtrace_counts_t *sum);

/* Note what all probes have spent by now: to be called twice a second.  */
void probes_note_spent (void);

/* Keep what PROBE, which is about to be forgotten, has spent lately.  */
void probe_keep_spent (const struct dynamic_probe *probe);

/* The probe that has spent most of CPU lately.  It need not be enabled any
   more; null if it is one that was forgotten, or there is none.  */
struct dynamic_probe *probes_find_dearest (unsigned cpu);

#endif /* MDTRACE_PROBE_REGISTRY_H */
