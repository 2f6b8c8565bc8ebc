/* What probes may take of the CPUs' time: limits, budgets, and the deadman.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Time is counted by the time stamp counter, from the beginning of a handler
   to its end, and what it takes to get there and back, which is measured at
   the start, is added.  A probe with a budget is measured at each hit; of the others one hit in
   DTRACE_SAMPLE is, of whatever probe it is, and stands for all of them.  A
   virtual CPU can be put aside in the midst of a handler: so a sample counts
   for no more than some times what hits took lately.

   Text must not be patched from an interrupt.  So at the tick at which the
   probes have used up their share of the last second, the deadman has the CPU
   throttle all that comes; the thread of keeper.c then switches the dearest
   probe off, and lets the others go on.  */

#ifndef MDTRACE_BUDGET_H
#define MDTRACE_BUDGET_H

#include "dtrace.h"

enum
{
  /* A prime, or what comes in turns would always be the same one of them.  */
  DTRACE_SAMPLE = 251
};

/* Whether the hit that begins now, on the CPU of STATE, stands for others.  */
static inline bool
budget_samples (struct dtrace_cpu *state)
{
  /* 0, if the short way has come to it.  */
  if (state->unsampled > 1)
    {
      state->unsampled--;
      return false;
    }
  state->unsampled = DTRACE_SAMPLE;
  return true;
}

/* Measure what gates and breakpoints take, and read from the kernel's command line what
   all probes may take of each CPU, in percent: mdtrace.share=50.  */
void budget_start (void);

/* A clock tick of CPU, at which the time stamp counter was TSC.  On that CPU,
   with interrupts off.  */
void budget_tick (unsigned cpu, uint64_t tsc);

/* Note what the hit of ENABLING took that began at STATE's BEGAN.  In a
   handler.  */
void budget_account (struct dtrace_cpu *state,
		     const struct dtrace_enabling *enabling);

/* Whether the probe of ENABLING has used up its budget, in this tenth of a
   second; and whether it has used up its limit in this second, to which this
   hit counts if not.  In a handler.  */
bool budget_is_spent (const struct dtrace_cpu *state,
		      const struct dtrace_enabling *enabling);
bool budget_reaches_limit (const struct dtrace_cpu *state,
			   const struct dtrace_enabling *enabling);

/* If the deadman has struck on a CPU, set *CPU and *SHARE to where, and what
   the probes took of it, in 1/10000.  [server lock]  */
bool budget_has_struck (unsigned *cpu, uint32_t *share);

/* Let all CPUs go on, and begin anew to look at what they do.  [server
   lock]  */
void budget_go_on (void);

/* Fill in LOADS, one for each CPU; returns how many.  */
uint32_t budget_get_loads (mdtrace_load_t *loads);

/* Error: BAD_ARGUMENT.  [server lock]  */
int budget_set_share (uint32_t share);

#endif /* MDTRACE_BUDGET_H */
