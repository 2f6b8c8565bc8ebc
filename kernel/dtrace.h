/* The core: enablings, and the handling of a hit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   An enabling is one probe at one site: a probe has one for each of its
   sites, a site has one for each probe that is enabled there.  Counts live in
   the enabling, for each CPU, so that no two CPUs ever write to the same
   one.

   For each enabling and CPU, at any moment at which no hit is being
   handled, hits = recorded + filtered + dropped + throttled + missed.  */

#ifndef MDTRACE_DTRACE_H
#define MDTRACE_DTRACE_H

#include "mach_kernel.h"
#include "mdtrace_types.h"
#include "site_table.h"

struct dtrace_site;
struct saved_registers;

/* What all enablings of a probe have in common.  [I] immutable once there is
   an enabling.  */
struct dtrace_format
{
  uint64_t record_word;	 /* [I] a record's first word, but for the CPU */
  uint64_t fields;	 /* [I] mask of enum mdtrace_field */
  uint16_t record_bytes; /* [I] */
  bool has_values;	 /* [I] the values below say what arguments are */
  mdtrace_value_t values[MDTRACE_ARGUMENTS_MAX]; /* [I] */
};

enum
{
  /* Words that are copied from the saved registers: the returned value, and
     arguments.  */
  DTRACE_COPIES_MAX = 1 + MDTRACE_ARGUMENTS_MAX
};

/* What a record begins with, behind the time stamp.  */
enum dtrace_head
{
  DTRACE_HEAD_THREAD = 1,
  DTRACE_HEAD_TASK = 2,
  DTRACE_HEAD_BOTH = DTRACE_HEAD_THREAD | DTRACE_HEAD_TASK,
  DTRACE_HEAD_ADDRESS = 4
};

/* [I] immutable while it is linked to its site
   [s] server lock
   [c] owned by the CPU, with interrupts off  */
struct dtrace_enabling
{
  struct dtrace_enabling *next; /* [s] at this site */
  struct dtrace_site *site;	/* [I] */
  uint64_t record_word;		/* [I] as in the format */
  uint16_t record_bytes;	/* [I] */
  uint8_t kind;			/* [I] enum mdtrace_probe_kind */
  uint8_t head;			/* [I] mask of enum dtrace_head */
  /* [I] Its values take more than copying registers.  */
  bool is_computed;
  /* [I] It needs registers that only a breakpoint saves.  */
  bool needs_breakpoint;
  uint8_t copies;		      /* [I] if not computed */
  int16_t offsets[DTRACE_COPIES_MAX]; /* [I] in the saved registers */
  /* [I] What arguments are here: the format's values, or this place's own, of
     which those without a source are not known.  */
  const mdtrace_value_t *values;
  /* [I] Not null: only a hit for which it holds is one.  */
  const struct table_guard *guard;
  const struct dtrace_format *format; /* [I] */
  struct dtrace_enabling *probe_next; /* [s] of the same probe */
  /* [I] but for its link, which is [s], and the counts, which are [c].  */
  struct mdtrace_shared_site shared;
};

/* What a CPU counts and notes for itself.  [c]  */
struct dtrace_cpu
{
  bool handling;   /* a hit is being recorded */
  unsigned inside; /* odd while a hit is being handled; grows with each */
  unsigned number; /* of this CPU */
  /* Of the hit that is being handled.  */
  const struct saved_registers *registers;
  const word_t *stack;
  bool lacks_name; /* the ring, of the task that runs */
  uint64_t hits;   /* of all enablings */
  uint64_t lost;   /* of those, dropped, throttled or missed */
};

extern struct dtrace_cpu dtrace_cpus[];

/* Memory for an enabling, all zeros, or null.  [server lock]  */
struct dtrace_enabling *dtrace_enabling_new (void);

/* Give it back once no CPU can be using it: dtrace_wait_for_handlers has been
   called since it was taken from its site.  */
void dtrace_enabling_free (struct dtrace_enabling *enabling);

/* Compute the rest of FORMAT, whose values are there, for the probe ID with
   the mask of FIELDS.  Returns MDTRACE_OK or MDTRACE_ERR_BAD_ARGUMENT.  */
int dtrace_format_prepare (struct dtrace_format *format, uint32_t id,
			   uint64_t fields);

/* Fill in what of ENABLING follows from FORMAT and its kind, for a site in
   FUNCTION.  Its values, if they are not the format's, and its guard are
   there.  Returns MDTRACE_OK, or MDTRACE_ERR_NO_VALUE if a value cannot be
   had there.  */
int dtrace_enabling_prepare (struct dtrace_enabling *enabling,
			     const struct dtrace_format *format,
			     const struct table_function *function);

/* What assembly calls has its arguments in registers everywhere.  */
#ifdef __i386__
#define DTRACE_REGISTER_CALL __attribute__ ((regparm (3)))
#else
#define DTRACE_REGISTER_CALL
#endif

/* A hit of SITE: called by its breakpoint, with interrupts off.  At its time
   the stack pointer was STACK.  */
DTRACE_REGISTER_CALL void dtrace_hit (const struct dtrace_site *site,
				      const struct saved_registers *registers,
				      const word_t *stack);

/* The same where but one CPU runs: called by gates too.  */
DTRACE_REGISTER_CALL void
dtrace_hit_alone (const struct dtrace_site *site,
		  const struct saved_registers *registers,
		  const word_t *stack);

/* Wait until no CPU handles a hit that began before the call.  */
void dtrace_wait_for_handlers (void);

/* Add the counts of ENABLING on CPU, or on all if that is MDTRACE_CPU_ALL, to
   SUM.  */
void dtrace_sum_counts (const struct dtrace_enabling *enabling, uint32_t cpu,
			mdtrace_counts_t *sum);

void dtrace_add_counts (mdtrace_counts_t *sum, const mdtrace_counts_t *counts);

#endif /* MDTRACE_DTRACE_H */
