/* Counters that stand on places in the kernel's text.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A hook is what happens at one kind of place.  Its enablings are like those of
   probes, and are attached to sites in the same way; but what they do is to run
   the hook.  Where nothing but hooks is at a site that has a jump, that leads to
   a gate which runs them without saving what they leave alone, and which adds
   up by itself where that is all: x86/hook_gate.c.  */

#ifndef MDTRACE_COUNTER_HOOKS_H
#define MDTRACE_COUNTER_HOOKS_H

#include "counters.h"
#include "dtrace.h"

/* When something began, for the object at KEY.  The lowest bits of KEY are the
   part that its duration belongs to: objects are aligned to more.  0: nothing.
   Who writes it sets KEY to 0 first.  Of 16 bytes.  */
struct hook_begin
{
  word_t key;
#ifdef __i386__
  word_t unused;
#endif
  uint64_t tsc;
};

/* [I] while its enablings are at their sites, but for NS_PER_COUNT, which the
   server changes a bit, and for LEFT and LOST, which any CPU changes: what
   several of them add at once may get lost.  */
struct hook_data
{
  /* Of the part, or with END of part 0, on the first CPU; those of the next one
     are STRIDE further.  */
  struct counter_cell *cells;
  struct hook_begin *table; /* of BEGIN and END */
  struct hook_interrupts *interrupts; /* of ENTER and LEAVE, of each CPU */
  uint64_t ns_per_count;	      /* see clock.h */
  uint32_t stride;
  uint32_t part;
  uint32_t sample;
  int32_t left; /* durations until the next that is measured */
  uint32_t lost; /* begun, and then another took the place */
};

/* What runs it: called with interrupts off, on any CPU, and changes no register
   but those for its arguments.  */
typedef void (*hook_function_t) (struct hook_data *data, word_t value)
    DTRACE_REGISTER_CALL;

/* See counter_hooks.def.  */
enum hook_action
{
  HOOK_ADD,
  HOOK_BEGIN,
  HOOK_END,
  HOOK_BEGIN_THREAD,
  HOOK_END_THREAD,
  HOOK_ENTER,
  HOOK_LEAVE
};

struct counter_hook
{
  hook_function_t run;
  struct hook_data *data;
  uint8_t action; /* enum hook_action */
};

/* Get what is needed to know that: at the start.  */
void counter_hooks_start (void);

/* See what of counter NUMBER this kernel has, and set the source of COUNTER,
   its sites, those that are refused, and its detail.  */
void counter_hooks_find (unsigned number, struct counter *counter);

/* Patch its places in, or take them out.  Errors: TEXT_CHANGED, NO_MEMORY.
   [server lock]  */
int counter_hooks_enable (unsigned number);
void counter_hooks_disable (unsigned number);

/* Let them know what is known of the clock by now.  [server lock]  */
void counter_hooks_tend (void);

/* How many durations of counter NUMBER were begun and could not be measured
   since others took their places.  */
uint32_t counter_hooks_lost (unsigned number);

#endif /* MDTRACE_COUNTER_HOOKS_H */
