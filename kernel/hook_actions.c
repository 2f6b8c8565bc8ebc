/* What hooks do.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   These are the shortest ways there are: they run at every message, every
   switch of threads.  They save what registers they use themselves, so that
   their gates need not save those that they do not.  */

#include <config.h>

#include "clock.h"
#include "hook_actions.h"
#include "x86/cpu.h"

#if MACH_PERF_COUNTERS && MACH_DYNAMIC_PROBES

/* The stand-in calls them from code of its own.  */
#ifdef MDTRACE_STANDIN
#define SAVES_REGISTERS
#else
#define SAVES_REGISTERS __attribute__ ((no_caller_saved_registers))
#endif

static inline struct counter_cell *
cell_of (const struct hook_data *data, unsigned part)
{
  if (cpus > 1)
    part += cpu_number () * data->stride;
  return &data->cells[part];
}

static inline struct hook_begin *
place_of (const struct hook_data *data, word_t key)
{
  uint32_t hash = (uint32_t) key >> HOOK_KEY_SHIFT;

  hash *= HOOK_HASH;
  return &data->table[hash >> (32 - HOOK_TABLE_BITS)];
}

/* Whether this one of a duration is to be measured.  */
static inline bool
is_sampled (struct hook_data *data)
{
  if (--data->left > 0)
    return false;
  data->left = data->sample;
  return true;
}

static inline void
begin (struct hook_data *data, word_t key)
{
  struct hook_begin *place = place_of (data, key);
  if (!is_sampled (data))
    {
      /* One of another object that was here before may never have ended, and
	 must not be taken for this one.  */
      if ((place->key ^ key) <= HOOK_PART_MASK)
	place->key = 0;
      return;
    }
  if (place->key != 0 && (place->key ^ key) > HOOK_PART_MASK)
    data->lost++;
  place->key = 0;
  store_barrier ();
  place->tsc = time_stamp ();
  store_barrier ();
  place->key = key | data->part;
}

/* The time since BEGAN; 0 if the counter has gone backwards, as it does when a
   virtual machine is moved, or is another CPU's and a little behind.  */
static inline uint64_t
time_since (uint64_t began)
{
  int64_t taken = time_stamp () - began;

  return taken > 0 ? taken : 0;
}

#ifdef __i386__
DTRACE_REGISTER_CALL SAVES_REGISTERS void
hook_found_alone (struct hook_data *data, struct hook_begin *place)
{
  uint64_t taken = time_since (place->tsc);
  unsigned part = place->key & HOOK_PART_MASK;

  place->key = 0;
  counter_cell_add_alone (&data->cells[part],
			  clock_nanoseconds (data->ns_per_count, taken));
}
#endif

static inline void
end (const struct hook_data *data, word_t key)
{
  struct hook_begin *place = place_of (data, key);
  word_t found = __atomic_load_n (&place->key, __ATOMIC_ACQUIRE);

  if ((found ^ key) > HOOK_PART_MASK)
    return;
  uint64_t taken = time_since (place->tsc);
  /* Another CPU may have put something else there meanwhile.  */
  store_barrier ();
  if (__atomic_load_n (&place->key, __ATOMIC_ACQUIRE) != found)
    return;
  place->key = 0;
  counter_cell_add (cell_of (data, found & HOOK_PART_MASK),
		    clock_nanoseconds (data->ns_per_count, taken));
}

DTRACE_REGISTER_CALL SAVES_REGISTERS void
hook_add (struct hook_data *data, word_t value)
{
  struct counter_cell *cell = cell_of (data, 0);

  cell->sequence++;
  store_barrier ();
  cell->count++;
  cell->sum += value;
  store_barrier ();
  cell->sequence++;
}

DTRACE_REGISTER_CALL SAVES_REGISTERS void
hook_begin (struct hook_data *data, word_t value)
{
  begin (data, value);
}

DTRACE_REGISTER_CALL SAVES_REGISTERS void
hook_end (struct hook_data *data, word_t value)
{
  end (data, value);
}

DTRACE_REGISTER_CALL SAVES_REGISTERS void
hook_begin_thread (struct hook_data *data, word_t value)
{
  (void) value;
  begin (data, (word_t) current_thread ());
}

DTRACE_REGISTER_CALL SAVES_REGISTERS void
hook_end_thread (struct hook_data *data, word_t value)
{
  (void) value;
  end (data, (word_t) current_thread ());
}

static inline struct hook_interrupts *
interrupts_of (const struct hook_data *data)
{
  return &data->interrupts[cpus > 1 ? cpu_number () : 0];
}

DTRACE_REGISTER_CALL SAVES_REGISTERS void
hook_enter (struct hook_data *data, word_t value)
{
  struct hook_interrupts *interrupts = interrupts_of (data);
  uint32_t depth = interrupts->depth++;

  if (depth >= HOOK_NEST_MAX)
    return;
  /* The number of an interrupt has 32 bits.  */
  uint32_t number = value;
  interrupts->nest[depth].part
      = number < MDTRACE_PART_IPI  ? number
	: number == HOOK_SOFTCLOCK ? MDTRACE_PART_SOFTCLOCK
	: number >= HOOK_IPI_FIRST && number <= HOOK_IPI_LAST
	    ? MDTRACE_PART_IPI
	    : MDTRACE_PART_OTHER_INTERRUPT;
  interrupts->nest[depth].inner = 0;
  interrupts->nest[depth].began = time_stamp ();
}

DTRACE_REGISTER_CALL SAVES_REGISTERS void
hook_leave (struct hook_data *data, word_t value)
{
  struct hook_interrupts *interrupts = interrupts_of (data);

  (void) value;
  /* It began before the counter was enabled.  */
  if (interrupts->depth == 0)
    return;
  uint32_t depth = --interrupts->depth;
  if (depth >= HOOK_NEST_MAX)
    return;
  uint64_t taken = time_since (interrupts->nest[depth].began);
  uint64_t inner = interrupts->nest[depth].inner;
  if (depth > 0)
    interrupts->nest[depth - 1].inner += taken;
  taken = taken > inner ? taken - inner : 0;
  /* What is not sampled is still within another one.  */
  if (is_sampled (data))
    counter_cell_add (cell_of (data, interrupts->nest[depth].part),
		      clock_nanoseconds (data->ns_per_count, taken));
}

void
hook_run (const struct counter_hook *hook, word_t value)
{
  /* No call by a pointer: how much stack a hit takes must be known.  */
  switch (hook->action)
    {
    case HOOK_ADD:
      hook_add (hook->data, value);
      break;
    case HOOK_BEGIN:
      hook_begin (hook->data, value);
      break;
    case HOOK_END:
      hook_end (hook->data, value);
      break;
    case HOOK_BEGIN_THREAD:
      hook_begin_thread (hook->data, value);
      break;
    case HOOK_END_THREAD:
      hook_end_thread (hook->data, value);
      break;
    case HOOK_ENTER:
      hook_enter (hook->data, value);
      break;
    case HOOK_LEAVE:
      hook_leave (hook->data, value);
      break;
    }
}

#endif /* MACH_PERF_COUNTERS && MACH_DYNAMIC_PROBES */
