/* The core: sites, what is enabled at them, and the handling of a hit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A site is a place in the kernel's text.  An enabling is one probe at one
   site: a probe has one for each of its sites, a site has one for each
   probe that is enabled there.  Counts live in the enabling, for each CPU,
   so that no two CPUs ever write to the same one.

   For each enabling and CPU, at any moment at which no hit is being
   handled, hits = recorded + filtered + dropped + throttled + missed.  */

#ifndef MDTRACE_DTRACE_H
#define MDTRACE_DTRACE_H

#include "mach_kernel.h"
#include "mdtrace_types.h"
#include "site_table.h"

/* [I] immutable once linked to its site
   [s] server lock, with interrupts off
   [c] owned by the CPU, with interrupts off  */
struct dtrace_enabling
{
  struct dtrace_enabling *next; /* [s] at this site */
  struct dtrace_site *site;	/* [I] */
  uint64_t record_word;		/* [I] a record's first word, but for CPU */
  uint16_t record_bytes;	/* [I] */
  uint8_t records_thread;	/* [I] */
  uint8_t records_task;		/* [I] */
  uint8_t arguments;		/* [I] that are recorded */
  /* [I] where they are, as an offset in struct saved_registers.  */
  uint8_t argument_offsets[MDTRACE_ARGUMENTS_MAX];
  mdtrace_counts_t *counts; /* [I] the pointer, [c] an element for each CPU */
};

struct dtrace_site
{
  const struct table_site *table; /* [I] */
  void *gate;			  /* [I] where the jump leads */
  struct dtrace_enabling *first;  /* [s] */
  /* [s] Whether the text there is changed at this moment.  */
  bool patched;
};

struct saved_registers;

/* Called by the gate of SITE with interrupts off.  */
void dtrace_hit (struct dtrace_site *site,
		 const struct saved_registers *registers);

/* Fill in what of ENABLING follows from the mask of FIELDS of probe ID at
   FUNCTION's entry.  Returns MDTRACE_OK, or MDTRACE_ERR_BAD_ARGUMENT if a
   field cannot be had there.  */
int dtrace_enabling_prepare (struct dtrace_enabling *enabling, uint32_t id,
			     uint64_t fields,
			     const struct table_function *function);

/* Begin and end to count the hits of SITE for ENABLING; the text is changed
   with the first and put back with the last.  [server lock]  Errors:
   TEXT_CHANGED, SITE_BUSY, NO_MEMORY.  */
int dtrace_attach (struct dtrace_site *site, struct dtrace_enabling *enabling);
void dtrace_detach (struct dtrace_enabling *enabling);

/* The one structure for the site TABLE, made when first asked for; null
   when there is no memory for it.  It is never freed: a thread may be
   inside of its gate at any time.  */
struct dtrace_site *dtrace_site_for (struct table_site *table);

/* Add the counts of ENABLING on all CPUs to SUM.  */
void dtrace_sum_counts (const struct dtrace_enabling *enabling,
			mdtrace_counts_t *sum);

void dtrace_add_counts (mdtrace_counts_t *sum, const mdtrace_counts_t *counts);

#endif /* MDTRACE_DTRACE_H */
