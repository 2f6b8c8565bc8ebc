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

struct aggregation;
struct counter_hook;
struct pairs;

/* A filter that begins by comparing a word of the saved registers with a
   number: that is done before anything else.  */
struct dtrace_guard
{
  word_t mask;	   /* of the bits that count */
  word_t value;	   /* of these bits */
  uint8_t operand; /* enum mdtrace_operand; IMMEDIATE: there is no guard */
  bool if_equal;   /* reject if they are equal; otherwise if they are not */
};

/* What the hits of a probe on one CPU have come to.  [c]  */
struct dtrace_usage
{
  uint64_t faults;
  uint64_t unpaired;
  uint64_t abandoned;
  uint64_t overflows;
  uint64_t spent;	 /* time stamp counts, estimated or measured */
  uint64_t spent_before; /* [s] when that was last noted */
  uint64_t spent_earlier; /* [s] and the time before */
  uint64_t period_spent; /* in this period */
  uint32_t period;	 /* the number of that */
  uint32_t second;	 /* that the limit was last looked at in */
  uint32_t used;	 /* of the limit in that second */
  uint32_t usual;	 /* counts of a hit, lately */
};

/* What all enablings of a probe have in common.  [I] immutable once there is
   an enabling.  */
struct dtrace_format
{
  uint64_t record_word;	 /* [I] a record's first word, but for the CPU */
  uint64_t fields;	 /* [I] mask of enum mdtrace_field */
  uint16_t record_bytes; /* [I] but for what is unknown, and the stack */
  uint16_t room_bytes;	 /* [I] for that too */
  bool has_values;	 /* [I] the values below say what arguments are */
  /* [I] What the filter reads by itself.  */
  uint8_t filter_arguments; /* mask by number */
  uint16_t filter_machine;  /* mask by number */
  bool filter_stack, filter_retval, filter_registers, filter_function;
  uint16_t stack_depth;	    /* [I] frames at most */
  uint32_t limit;	    /* [I] events a second; 0: no limit */
  uint32_t budget;	    /* [I] in 1/10000 of the time; 0: no budget */
  struct dtrace_guard guard;		    /* [I] */
  const mdtrace_instruction_t *program;	    /* [I] null: no filter */
  struct aggregation *aggregation;	    /* [I] null: records */
  struct pairs *pairs;			    /* [I] null: no latency */
  uint64_t ns_per_count;		    /* [I] see clock.h */
  struct dtrace_usage *usage;		    /* [I] of each CPU */
  mdtrace_value_t values[MDTRACE_ARGUMENTS_MAX]; /* [I] */
};

/* What the hits of an enabling take, beyond copying registers into a
   record.  */
enum dtrace_action
{
  DTRACE_COMPUTED = 1 << 0, /* values, a duration, a stack */
  DTRACE_FILTER = 1 << 1,
  DTRACE_GUARD = 1 << 2,
  DTRACE_AGGREGATE = 1 << 3,
  DTRACE_LATENCY = 1 << 4,
  DTRACE_LIMIT = 1 << 5,
  DTRACE_BUDGET = 1 << 6
};

/* What becomes of a hit: the place of its count in mdtrace_counts_t.  */
enum dtrace_outcome
{
  DTRACE_RECORDED = offsetof (mdtrace_counts_t, recorded) / sizeof (uint64_t),
  DTRACE_FILTERED = offsetof (mdtrace_counts_t, filtered) / sizeof (uint64_t),
  DTRACE_DROPPED = offsetof (mdtrace_counts_t, dropped) / sizeof (uint64_t),
  DTRACE_THROTTLED = offsetof (mdtrace_counts_t, throttled) / sizeof (uint64_t)
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
  uint8_t actions;		/* [I] mask of enum dtrace_action */
  /* [I] It needs registers that only a breakpoint saves.  */
  bool needs_breakpoint;
  uint8_t copies;		      /* [I] if not computed */
  int16_t offsets[DTRACE_COPIES_MAX]; /* [I] in the saved registers */
  int16_t guard_offset;		      /* [I] the same, if there is a guard */
  /* [c, CPU 0] Where its aggregation counts its hits, if that only counts, and
     all have the same key; null: not known yet.  */
  uint64_t *count_cell;
  /* [I] The same, of the arguments that a filter reads.  */
  int16_t arguments[MDTRACE_ARGUMENTS_MAX];
  const struct dtrace_format *format; /* [I] */
  /* [I] Those of the format; or this place's own, of which those without a
     source are not known here.  */
  const mdtrace_value_t *values;
  /* [I] Not null: what happens here is a hit only when that holds.  */
  const struct table_guard *when;
  int16_t when_offset; /* [I] where that is, in the saved registers */
  const struct counter_hook *hook;    /* [I] of a counter; null: of a probe */
  struct dtrace_enabling *probe_next; /* [s] of the same probe */
  /* [I] but for its link, which is [s], and the counts, which are [c].  */
  struct mdtrace_shared_site shared;
};

enum
{
  DTRACE_KEY_WORDS_MAX = 5 + 11 + 1 + MDTRACE_STACK_DEPTH_MAX,
  /* Of the time stamp counter, a second's worth of it is looked at.  */
  DTRACE_PERIODS = 10
};

/* What a CPU counts and notes for itself.  [c], but where it says [s]  */
struct dtrace_cpu
{
  union
  {
    struct
    {
      bool handling; /* a hit is being handled */
      /* The deadman has struck: what comes is throttled.  [s] to clear  */
      bool overdrawn;
    };
    uint16_t busy; /* either */
  };
  unsigned inside; /* odd while a hit is being handled; grows with each */
  unsigned number; /* of this CPU */
  uint64_t hits;   /* of all enablings */
  uint64_t lost; /* of those, dropped, missed, or throttled by the deadman */

  /* Of the hit that is being handled.  */
  const struct saved_registers *registers;
  const word_t *stack;
  bool lacks_name;   /* the ring, of the task that runs */
  uint8_t known;     /* mask of the values below */
  uint64_t began;    /* when it is measured; 0: it is not */
  uint64_t duration; /* of the call that ends, in ns */
  uint64_t *word;    /* where its record goes on */
  uint32_t unknown;  /* mask of the fields that are not known */
  /* At the entry of that call.  */
  uint64_t entry_values[MDTRACE_ARGUMENTS_MAX];
  uint64_t entry_arguments[MDTRACE_ARGUMENTS_MAX];
  uint64_t left, right, filter[MDTRACE_REGISTERS]; /* of its filter */
  uint64_t key[DTRACE_KEY_WORDS_MAX];	     /* of its aggregation */
  uint64_t value;

  /* Time.  */
  uint64_t spent;	/* time stamp counts in handlers */
  uint32_t unsampled;	/* hits until the next that is measured */
  uint32_t ticks;	/* of this CPU */
  uint32_t period;	/* tenths of seconds, by these */
  uint32_t second;	/* and seconds */
  uint32_t period_unit; /* 1/10000 of the counts of the last period */
  uint32_t share;	/* 1/10000 that handlers took in the last second */
  uint32_t filled;	/* periods that are known, below */
  bool forget;		/* [s] begin anew to fill them */
  struct
  {
    uint64_t tsc, spent;
  } periods[DTRACE_PERIODS + 1];

  uint64_t stops; /* [s] how often the deadman has struck */
  /* [s] What probes that were forgotten had spent lately: when they were
     forgotten since the last note, and before.  */
  uint64_t forgotten_spent[2];
};

extern struct dtrace_cpu dtrace_cpus[];

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

/* Handle a hit of ENABLING that STATE describes, in whatever way it asks for:
   what follows the first counts.  */
enum dtrace_outcome dtrace_act (struct dtrace_cpu *state,
				struct dtrace_enabling *enabling);

/* Let ENABLING, which is at no site, be hit by the running thread.  REGISTERS
   are what its offsets are in.  [server lock]  */
void dtrace_fire (struct dtrace_enabling *enabling,
		  const struct saved_registers *registers);

/* Wait until no CPU handles a hit that began before the call.  */
void dtrace_wait_for_handlers (void);

/* Add the counts of ENABLING on CPU, or on all if that is MDTRACE_CPU_ALL, to
   SUM.  */
void dtrace_sum_counts (const struct dtrace_enabling *enabling, uint32_t cpu,
			mdtrace_counts_t *sum);

void dtrace_add_counts (mdtrace_counts_t *sum, const mdtrace_counts_t *counts);

#endif /* MDTRACE_DTRACE_H */
