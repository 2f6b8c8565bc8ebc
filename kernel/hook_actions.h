/* What hooks do.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_HOOK_ACTIONS_H
#define MDTRACE_HOOK_ACTIONS_H

#include "counter_hooks.h"

/* Multiplicative hashing, by the golden ratio: Knuth, The Art of Computer
   Programming, volume 3, 6.4.  */
#define HOOK_HASH UINT32_C (2654435769)

enum
{
  /* Objects of the kernel's allocator are aligned to 8.  */
  HOOK_PART_MASK = 7,
  HOOK_KEY_SHIFT = 3,
  /* Places for what has begun, a power of two.  */
  HOOK_TABLE_BITS = 10,
  HOOK_TABLE_BYTES = (1 << HOOK_TABLE_BITS) * sizeof (struct hook_begin),
  /* Interrupts within interrupts that are told apart.  */
  HOOK_NEST_MAX = 8,
  /* What interrupt_begins has for softclock.  */
  HOOK_SOFTCLOCK = 256,
  /* Those that CPUs send each other: with an APIC the kernel gives them these
     numbers.  */
  HOOK_IPI_FIRST = 250,
  HOOK_IPI_LAST = 254
};

/* The interrupts that a CPU is in.  [c]  */
struct hook_interrupts
{
  uint32_t depth;
  struct
  {
    uint64_t began;
    uint64_t inner; /* that those within it took */
    uint32_t part;
  } nest[HOOK_NEST_MAX];
};

/* Run HOOK, where no gate does that.  */
void hook_run (const struct counter_hook *hook, word_t value);

#ifdef __i386__
/* What began at PLACE ends now.  Where but one CPU runs: called by gates.  */
DTRACE_REGISTER_CALL void hook_found_alone (struct hook_data *data,
					    struct hook_begin *place);
#endif

/* As hook_function_t, one for each action of counter_hooks.def.  Those of the
   running thread ignore VALUE.  */
DTRACE_REGISTER_CALL void hook_add (struct hook_data *data, word_t value);
DTRACE_REGISTER_CALL void hook_begin (struct hook_data *data, word_t value);
DTRACE_REGISTER_CALL void hook_end (struct hook_data *data, word_t value);
DTRACE_REGISTER_CALL void hook_begin_thread (struct hook_data *data,
					     word_t value);
DTRACE_REGISTER_CALL void hook_end_thread (struct hook_data *data,
					   word_t value);
DTRACE_REGISTER_CALL void hook_enter (struct hook_data *data, word_t value);
DTRACE_REGISTER_CALL void hook_leave (struct hook_data *data, word_t value);

#endif /* MDTRACE_HOOK_ACTIONS_H */
