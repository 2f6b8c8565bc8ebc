/* The core: enablings, and the handling of a hit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "dtrace.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "record.h"
#include "ring.h"
#include "sites.h"
#include "values.h"
#include "x86/cpu.h"
#include "x86/gate.h"

#if MACH_DYNAMIC_PROBES

/* [server lock] */
static struct dtrace_enabling *free_enablings;

struct dtrace_cpu dtrace_cpus[MDTRACE_CPUS_MAX];

static word_t
enabling_bytes (void)
{
  return sizeof (struct dtrace_enabling) + cpus * sizeof (mdtrace_counts_t);
}

struct dtrace_enabling *
dtrace_enabling_new (void)
{
  struct dtrace_enabling *enabling = free_enablings;

  if (enabling == NULL)
    return pages_allocate_small (enabling_bytes ());
  free_enablings = enabling->next;
  clear_memory (enabling, enabling_bytes ());
  return enabling;
}

void
dtrace_enabling_free (struct dtrace_enabling *enabling)
{
  enabling->next = free_enablings;
  free_enablings = enabling;
}

int
dtrace_format_prepare (struct dtrace_format *format, uint32_t id,
		       uint64_t fields)
{
  unsigned words = MDTRACE_HEADER_WORDS;

  for (uint64_t rest = fields; rest != 0; rest &= rest - 1)
    words++;
  if (fields >> (MDTRACE_FIELD_ARG0_BIT + MDTRACE_ARGUMENTS_MAX) != 0)
    return MDTRACE_ERR_BAD_ARGUMENT;
  format->fields = fields;
  format->record_word
      = mdtrace_record_word (id, words, MDTRACE_RECORD_EVENT, 0);
  format->record_bytes = words * 8;
  return MDTRACE_OK;
}

/* Whether field ARG0 + NUMBER can be had; if it is but a register, *OFFSET
   says where.  */
static bool
prepare_argument (struct dtrace_enabling *enabling,
		  const struct table_function *function, unsigned number,
		  int *offset)
{
  const struct dtrace_format *format = enabling->format;
  const mdtrace_value_t *value = &enabling->values[number];

  *offset = GATE_NO_REGISTER;
  enabling->is_computed |= value->steps > 0;
  if (value->source == 0 && enabling->values != format->values)
    {
      enabling->is_computed = true;
      return true;
    }
  if (!format->has_values)
    {
      if (enabling->kind == MDTRACE_PROBE_ENTRY)
	*offset = value_argument_offset (function, number);
      if (*offset == GATE_NO_REGISTER)
	return false;
    }
  else if (!value_can_be_had (value, enabling->kind, function))
    return false;
  else if (value->source == MDTRACE_SOURCE_REGISTER)
    *offset = gate_register_offset (value->number);
  else if (value->source == MDTRACE_SOURCE_ARGUMENT)
    *offset = value_argument_offset (function, value->number);
  else if (value->source == MDTRACE_SOURCE_STACK)
    *offset = VALUE_ON_STACK;
  else if (value->source == MDTRACE_SOURCE_CONSTANT)
    *offset = VALUE_CONSTANT;
  else if (value->source == MDTRACE_SOURCE_THREAD)
    *offset = VALUE_THREAD;
  else if (enabling->kind == MDTRACE_PROBE_RETURN)
    *offset = gate_result_offset ();
  if (*offset < 0 && *offset != GATE_NO_REGISTER)
    enabling->needs_breakpoint = true;
  /* A jump that begins earlier sees registers and stack as they are there; of
     the result mdtrace-mkkernel has made sure.  */
  const struct table_site *table = enabling->site->table;
  if (table != NULL && table->lead > 0
      && (value->source == MDTRACE_SOURCE_REGISTER
	  || value->source == MDTRACE_SOURCE_STACK))
    enabling->needs_breakpoint = true;
  if (*offset == GATE_NO_REGISTER || *offset >= VALUE_THREAD)
    enabling->is_computed = true;
  return true;
}

int
dtrace_enabling_prepare (struct dtrace_enabling *enabling,
			 const struct dtrace_format *format,
			 const struct table_function *function)
{
  uint64_t fields = format->fields;

  enabling->format = format;
  if (enabling->values == NULL)
    enabling->values = format->values;
  enabling->is_computed |= enabling->guard != NULL;
  enabling->record_word = format->record_word;
  enabling->record_bytes = format->record_bytes;
  if (fields & MDTRACE_FIELD_THREAD)
    enabling->head |= DTRACE_HEAD_THREAD;
  if (fields & MDTRACE_FIELD_TASK)
    enabling->head |= DTRACE_HEAD_TASK;
  if (fields & MDTRACE_FIELD_ADDRESS)
    enabling->head |= DTRACE_HEAD_ADDRESS;
  if (fields & MDTRACE_FIELD_RETVAL)
    {
      /* Behind a tail jump somebody else computes it.  */
      bool is_known = enabling->kind == MDTRACE_PROBE_RETURN;
      enabling->offsets[enabling->copies++]
	  = is_known ? gate_result_offset () : GATE_NO_REGISTER;
      enabling->is_computed |= !is_known;
      if (enabling->kind != MDTRACE_PROBE_RETURN
	  && enabling->kind != MDTRACE_PROBE_TAIL)
	return MDTRACE_ERR_NO_VALUE;
    }
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (fields & (uint64_t) MDTRACE_FIELD_ARG0 << i)
      {
	int offset;
	if (!prepare_argument (enabling, function, i, &offset))
	  return MDTRACE_ERR_NO_VALUE;
	enabling->offsets[enabling->copies++] = offset;
      }
  return MDTRACE_OK;
}

/* Handle a hit of ENABLING, whatever there is to be done.  */
static inline void
hit_enabling (struct dtrace_cpu *state, struct dtrace_enabling *enabling)
{
  mdtrace_counts_t *counts = &enabling->shared.counts[state->number];

  counts->hits++;
  state->hits++;
  if (state->handling)
    {
      counts->missed++;
      state->lost++;
      return;
    }
  state->handling = true;
  if (record_has_room (state, enabling))
    {
      if (state->lacks_name)
	record_task_name (state);
      if (enabling->is_computed)
	record_computed (state, enabling);
      else
	record_plain (state, enabling);
      counts->recorded++;
    }
  else
    {
      counts->dropped++;
      state->lost++;
    }
  state->handling = false;
}

/* Whether GUARD, of a site that is an event only sometimes, holds.  */
static inline bool
guard_holds (const struct table_guard *guard,
	     const struct saved_registers *registers)
{
  int offset = gate_register_offset (guard->place);

  bool is_equal = *(const uint32_t *) ((const char *) registers + offset)
		  == guard->number;
  return is_equal != (guard->differs != 0);
}

/* Handle a hit of SITE on the CPU of STATE.  */
static inline void
hit_all (const struct dtrace_site *site,
	 const struct saved_registers *registers, const word_t *stack,
	 struct dtrace_cpu *state)
{
  string_direction_up ();
  if (!state->handling)
    {
      state->registers = registers;
      state->stack = stack;
    }
  for (struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    if (enabling->guard == NULL
	|| guard_holds (enabling->guard, registers))
      hit_enabling (state, enabling);
}

static DTRACE_REGISTER_CALL void __attribute__ ((noinline))
hit_first_cpu (const struct dtrace_site *site,
	       const struct saved_registers *registers, const word_t *stack)
{
  hit_all (site, registers, stack, &dtrace_cpus[0]);
}

/* The shortest way through the most frequent case: one probe here, which
   records registers, and a ring with room.  Everything else goes the long
   way.  Nothing is called, so that no register need be saved.  */
DTRACE_REGISTER_CALL void
dtrace_hit_alone (const struct dtrace_site *site,
		  const struct saved_registers *registers, const word_t *stack)
{
  struct dtrace_enabling *enabling = site->first;
  struct ring *ring = &rings[0];
  thread_t thread = FIELD (thread_t, mach_percpu_array, percpu, active_thread);
  task_t task = FIELD (task_t, thread, thread, task);

  if (__builtin_expect (
	  enabling == NULL || enabling->next != NULL || enabling->is_computed
	      || dtrace_cpus[0].handling || ring_lacks_task_name (ring, task)
	      || ring->limit - ring->head < enabling->record_bytes,
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

DTRACE_REGISTER_CALL void
dtrace_hit (const struct dtrace_site *site,
	    const struct saved_registers *registers, const word_t *stack)
{
  if (cpus == 1)
    {
      dtrace_hit_alone (site, registers, stack);
      return;
    }

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
