/* The core: enablings, and the handling of a hit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "aggregate.h"
#include "budget.h"
#include "dtrace.h"
#include "filter.h"
#include "hook_actions.h"
#include "pairs.h"
#include "record.h"
#include "ring.h"
#include "sites.h"
#include "values.h"
#include "x86/cpu.h"
#include "x86/gate.h"
#include "x86/load.h"

#if MACH_DYNAMIC_PROBES

/* Write a record of the hit.  */
static inline enum dtrace_outcome
record (struct dtrace_cpu *state, const struct dtrace_enabling *enabling)
{
  if (!record_has_room (state, enabling))
    return DTRACE_DROPPED;
  if (state->lacks_name)
    record_task_name (state);
  if (enabling->actions & DTRACE_COMPUTED)
    record_computed (state, enabling);
  else
    record_plain (state, enabling);
  return DTRACE_RECORDED;
}

/* Handle a hit of ENABLING, whose budget is used up.  */
static enum dtrace_outcome __attribute__ ((noinline))
beyond_budget (struct dtrace_cpu *state,
	       const struct dtrace_enabling *enabling)
{
  /* The call is over all the same: another one's return, of which the entry
     is throttled too, must not find it open.  */
  if (enabling->actions & DTRACE_LATENCY
      && enabling->kind != MDTRACE_PROBE_ENTRY)
    pairs_leave (state, enabling);
  return DTRACE_THROTTLED;
}

enum dtrace_outcome
dtrace_act (struct dtrace_cpu *state, struct dtrace_enabling *enabling)
{
  unsigned actions = enabling->actions;

  if (actions & DTRACE_BUDGET && budget_is_spent (state, enabling))
    return beyond_budget (state, enabling);
  if (actions & DTRACE_LATENCY)
    {
      if (enabling->kind == MDTRACE_PROBE_ENTRY)
	{
	  pairs_enter (state, enabling);
	  return DTRACE_FILTERED;
	}
      if (!pairs_leave (state, enabling))
	return DTRACE_FILTERED;
    }
  if (actions & DTRACE_FILTER && !filter_accepts (state, enabling))
    return DTRACE_FILTERED;
  if (actions & DTRACE_LIMIT && budget_reaches_limit (state, enabling))
    return DTRACE_THROTTLED;
  if (actions & DTRACE_AGGREGATE)
    return aggregation_add (state, enabling);
  return record (state, enabling);
}

/* Whether GUARD holds, of which the word is at PLACE, or behind that.  What
   cannot be read is not what it asks for.  */
static bool __attribute__ ((noinline))
holds (const struct table_guard *guard, const char *place)
{
  uint64_t word = *(const uint32_t *) place;

  if (guard->in_memory
      && !load_memory (*(const word_t *) place + guard->offset,
		       sizeof (uint32_t), &word))
    return false;
  return (word == guard->number) != guard->differs;
}

/* Whether what happens at the place of ENABLING, with REGISTERS, is its
   event.  */
static inline bool
is_event (const struct dtrace_enabling *enabling,
	  const struct saved_registers *registers)
{
  return __builtin_expect (enabling->when == NULL, 1)
	 || holds (enabling->when,
		   (const char *) registers + enabling->when_offset);
}

/* Count a hit of SITE while another one is being handled.  */
static void __attribute__ ((noinline))
miss_all (const struct dtrace_site *site,
	  const struct saved_registers *registers, struct dtrace_cpu *state)
{
  for (struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    if (enabling->hook == NULL && is_event (enabling, registers))
      {
	mdtrace_counts_t *counts = &enabling->shared.counts[state->number];
	counts->hits++;
	counts->missed++;
	state->hits++;
	state->lost++;
      }
}

/* Handle a hit of ENABLING, whatever there is to be done.  */
static inline void
hit_enabling (struct dtrace_cpu *state, struct dtrace_enabling *enabling)
{
  mdtrace_counts_t *counts = &enabling->shared.counts[state->number];

  counts->hits++;
  state->hits++;
  if (state->overdrawn)
    {
      counts->throttled++;
      state->lost++;
      return;
    }
  state->began = budget_samples (state) || enabling->actions & DTRACE_BUDGET
		     ? time_stamp ()
		     : 0;
  enum dtrace_outcome outcome = dtrace_act (state, enabling);
  ((uint64_t *) counts)[outcome]++;
  if (outcome == DTRACE_DROPPED)
    state->lost++;
  if (state->began != 0)
    budget_account (state, enabling);
}

#if MACH_PERF_COUNTERS
/* Run the hook of ENABLING, where a gate does not.  */
static void __attribute__ ((noinline))
run_hook (const struct dtrace_cpu *state,
	  const struct dtrace_enabling *enabling)
{
  uint64_t value = 0;

  if (enabling->copies > 0)
    value_read (state, enabling, MDTRACE_FIELD_ARG0_BIT, &value);
  hook_run (enabling->hook, value);
}
#else
static inline void
run_hook (const struct dtrace_cpu *state,
	  const struct dtrace_enabling *enabling)
{
  (void) state;
  (void) enabling;
}
#endif

/* What happens at the place of ENABLING is not its event: no hit, but it takes
   its time, and the deadman must know.  */
static void __attribute__ ((noinline))
pass_by (struct dtrace_cpu *state, const struct dtrace_enabling *enabling)
{
  if (state->overdrawn
      || (!budget_samples (state) && !(enabling->actions & DTRACE_BUDGET)))
    return;
  state->began = time_stamp ();
  budget_account (state, enabling);
}

/* Handle a hit of SITE on the CPU of STATE.  */
static inline void
hit_all (const struct dtrace_site *site,
	 const struct saved_registers *registers, const word_t *stack,
	 struct dtrace_cpu *state)
{
  string_direction_up ();
  if (state->handling)
    {
      miss_all (site, registers, state);
      return;
    }
  state->registers = registers;
  state->stack = stack;
  state->handling = true;
  for (struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    if (__builtin_expect (enabling->hook != NULL, 0))
      {
	if (is_event (enabling, state->registers))
	  run_hook (state, enabling);
      }
    else if (is_event (enabling, state->registers))
      hit_enabling (state, enabling);
    else
      pass_by (state, enabling);
  state->handling = false;
}

static DTRACE_REGISTER_CALL void __attribute__ ((noinline))
hit_first_cpu (const struct dtrace_site *site,
	       const struct saved_registers *registers, const word_t *stack)
{
  hit_all (site, registers, stack, &dtrace_cpus[0]);
}

/* Handle a hit of ENABLING, the only one at its site, in one of two short
   ways: the guard of its filter rejects it, or it is but counted.  False if
   neither is so, or it is to be measured; nothing has been done then.  */
static inline bool
hit_quickly (struct dtrace_enabling *enabling,
	     const struct saved_registers *registers)
{
  mdtrace_counts_t *counts = &enabling->shared.counts[0];

  if (enabling->actions & DTRACE_GUARD)
    {
      const struct dtrace_guard *guard = &enabling->format->guard;
      word_t word = *(const word_t *) ((const char *) registers
				       + enabling->guard_offset);
      if ((((word ^ guard->value) & guard->mask) == 0) != guard->if_equal
	  || --dtrace_cpus[0].unsampled == 0)
	return false;
      counts->filtered++;
    }
  else
    {
      if (enabling->count_cell == NULL || --dtrace_cpus[0].unsampled == 0)
	return false;
      ++*enabling->count_cell;
      counts->recorded++;
    }
  counts->hits++;
  dtrace_cpus[0].hits++;
  return true;
}

/* The shortest way through the most frequent case: one probe here, which
   records registers, and a ring with room.  Everything else goes the long
   way.  Nothing is called, so that no register need be saved.  */
DTRACE_REGISTER_CALL void
dtrace_hit_alone (const struct dtrace_site *site,
		  const struct saved_registers *registers, const word_t *stack)
{
  struct dtrace_enabling *enabling = site->plain;

  if (__builtin_expect (enabling == NULL, 0))
    {
      if (site->quick == NULL || dtrace_cpus[0].busy
	  || !hit_quickly (site->quick, registers))
	hit_first_cpu (site, registers, stack);
      return;
    }

  struct ring *ring = &rings[0];
  thread_t thread = FIELD (thread_t, mach_percpu_array, percpu, active_thread);
  task_t task = FIELD (task_t, thread, thread, task);
  if (__builtin_expect (
	  dtrace_cpus[0].busy || ring_lacks_task_name (ring, task)
	      || ring->limit - ring->head < enabling->record_bytes
	      || --dtrace_cpus[0].unsampled == 0,
	  0))
    {
      hit_first_cpu (site, registers, stack);
      return;
    }
  enabling->shared.counts[0].hits++;
  dtrace_cpus[0].hits++;
  uint64_t *word = ring_place (ring);
  word = record_head (word, 0, enabling, thread, task);
  record_registers (word, enabling, registers);
  ring_commit (ring, enabling->record_bytes);
  enabling->shared.counts[0].recorded++;
}

/* A hit where there are several CPUs.  */
static DTRACE_REGISTER_CALL void __attribute__ ((noinline))
hit_one_of_several (const struct dtrace_site *site,
		    const struct saved_registers *registers,
		    const word_t *stack)
{
  unsigned cpu = cpu_number ();
  struct dtrace_cpu *state = &dtrace_cpus[cpu];
  /* Or the compiler keeps the address in several forms, on the stack.  */
  __asm__("" : "+r"(state));
  unsigned change = !(state->inside & 1);

  /* Odd while a hit is handled: dtrace_wait_for_handlers looks at it.  It
     must be seen before the list of enablings is read.  Whoever is inside of a
     hit already leaves it as it is.  */
  state->number = cpu;
  __atomic_store_n (&state->inside, state->inside + change, __ATOMIC_RELAXED);
  full_barrier ();
  hit_all (site, registers, stack, state);
  __atomic_store_n (&state->inside, state->inside + change, __ATOMIC_RELEASE);
}

DTRACE_REGISTER_CALL void
dtrace_hit (const struct dtrace_site *site,
	    const struct saved_registers *registers, const word_t *stack)
{
  if (cpus == 1)
    dtrace_hit_alone (site, registers, stack);
  else
    hit_one_of_several (site, registers, stack);
}

void
dtrace_fire (struct dtrace_enabling *enabling,
	     const struct saved_registers *registers)
{
  word_t flags = interrupts_disable ();
  struct dtrace_cpu *state = &dtrace_cpus[cpus == 1 ? 0 : cpu_number ()];

  /* No hit is being handled here: that would be with interrupts off.  */
  state->number = state - dtrace_cpus;
  state->registers = registers;
  state->stack = (const word_t *) registers;
  state->handling = true;
  hit_enabling (state, enabling);
  state->handling = false;
  interrupts_restore (flags);
}

void
dtrace_wait_for_handlers (void)
{
  full_barrier ();
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      const unsigned *place = &dtrace_cpus[cpu].inside;
      unsigned inside = __atomic_load_n (place, __ATOMIC_ACQUIRE);
      while (inside & 1 && __atomic_load_n (place, __ATOMIC_ACQUIRE) == inside)
	cpu_relax ();
    }
}

void
dtrace_add_counts (mdtrace_counts_t *sum, const mdtrace_counts_t *counts)
{
  sum->hits += counts->hits;
  sum->recorded += counts->recorded;
  sum->filtered += counts->filtered;
  sum->dropped += counts->dropped;
  sum->throttled += counts->throttled;
  sum->missed += counts->missed;
}

void
dtrace_sum_counts (const struct dtrace_enabling *enabling, uint32_t cpu,
		   mdtrace_counts_t *sum)
{
  word_t flags = interrupts_disable ();

  if (cpu != MDTRACE_CPU_ALL)
    dtrace_add_counts (sum, &enabling->shared.counts[cpu]);
  else
    for (cpu = 0; cpu < cpus; cpu++)
      dtrace_add_counts (sum, &enabling->shared.counts[cpu]);
  interrupts_restore (flags);
}

#endif /* MACH_DYNAMIC_PROBES */
