/* Entries and returns of functions, paired.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "clock.h"
#include "pages.h"
#include "pairs.h"
#include "sites.h"
#include "values.h"
#include "x86/cpu.h"

#if MACH_DYNAMIC_PROBES

enum
{
  SETS = 256, /* a power of two */
  WAYS = 8
};

/* An open call.  */
struct pair
{
  word_t thread; /* 0: there is none */
  word_t stack;	 /* the stack pointer at the entry */
  uint32_t function;
  uint32_t known; /* mask of the values */
  uint64_t tsc;
  uint64_t values[MDTRACE_ARGUMENTS_MAX];
  uint64_t arguments[MDTRACE_ARGUMENTS_MAX];
};

/* All in it belongs to whoever holds the lock.  */
struct pair_set
{
  unsigned lock;
  struct pair pairs[WAYS];
};

struct pairs
{
  struct pair_set sets[SETS];
};

struct pairs *
pairs_new (void)
{
  return pages_take (sizeof (struct pairs));
}

void
pairs_free (struct pairs *pairs)
{
  if (pairs != NULL)
    pages_keep (pairs, sizeof *pairs);
}

static inline void
unlock_set (struct pair_set *set)
{
  if (cpus > 1)
    spin_unlock (&set->lock);
}

void
pairs_forget (struct pairs *pairs)
{
  for (struct pair_set *set = pairs->sets; set < pairs->sets + SETS; set++)
    {
      /* A handler of this CPU must not find the lock taken.  */
      word_t flags = interrupts_disable ();
      if (cpus > 1)
	spin_lock (&set->lock);
      for (unsigned i = 0; i < WAYS; i++)
	set->pairs[i].thread = 0;
      unlock_set (set);
      interrupts_restore (flags);
    }
}

/* The set of the thread that runs and of ENABLING's function, locked.  */
static inline struct pair_set *
lock_set (const struct dtrace_enabling *enabling)
{
  word_t hash = (word_t) current_thread () / 64;

  hash = (hash ^ hash >> 7) + enabling->site->function;
  struct pair_set *set = &enabling->format->pairs->sets[hash % SETS];
  if (cpus > 1)
    spin_lock (&set->lock);
  return set;
}

/* Where in SET the call of which ENABLING is the entry goes.  What has been
   abandoned is counted in USAGE.  */
static inline struct pair *
find_room (struct pair_set *set, const struct dtrace_cpu *state,
	   const struct dtrace_enabling *enabling, struct dtrace_usage *usage)
{
  struct pair *oldest = NULL, *room = NULL;

  for (struct pair *pair = set->pairs; pair < set->pairs + WAYS; pair++)
    {
      if (pair->thread == (word_t) current_thread ()
	  && pair->stack <= (word_t) state->stack
	  && pair->function == enabling->site->function)
	{
	  pair->thread = 0;
	  usage->abandoned++;
	}
      if (pair->thread == 0)
	room = pair;
      else if (oldest == NULL || pair->tsc < oldest->tsc)
	oldest = pair;
    }
  if (room != NULL)
    return room;
  usage->abandoned++;
  return oldest;
}

static inline void
copy_words (uint64_t *to, const uint64_t *from)
{
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    to[i] = from[i];
}

/* Note the call that begins, of which the values are in STATE.  */
static void __attribute__ ((noinline))
note (const struct dtrace_cpu *state, const struct dtrace_enabling *enabling)
{
  struct pair_set *set = lock_set (enabling);
  struct pair *pair = find_room (
      set, state, enabling, &enabling->format->usage[state->number]);

  pair->thread = (word_t) current_thread ();
  pair->stack = (word_t) state->stack;
  pair->function = enabling->site->function;
  pair->known = state->known;
  if (state->known != 0)
    copy_words (pair->values, state->entry_values);
  if (enabling->format->filter_arguments != 0)
    copy_words (pair->arguments, state->entry_arguments);
  pair->tsc = time_stamp ();
  unlock_set (set);
}

void
pairs_enter (struct dtrace_cpu *state, const struct dtrace_enabling *enabling)
{
  unsigned arguments = enabling->format->fields >> MDTRACE_FIELD_ARG0_BIT
		       & ((1 << MDTRACE_ARGUMENTS_MAX) - 1);

  arguments |= enabling->format->filter_arguments;
  state->known = 0;
  for (unsigned i = 0; arguments >> i != 0; i++)
    {
      if (enabling->format->fields >> (MDTRACE_FIELD_ARG0_BIT + i) & 1
	  && enabling->values[i].source != MDTRACE_SOURCE_RETURN
	  && value_read (state, enabling, MDTRACE_FIELD_ARG0_BIT + i,
			 &state->entry_values[i]))
	state->known |= 1 << i;
      if (enabling->format->filter_arguments >> i & 1)
	state->entry_arguments[i] = value_argument (state, enabling, i);
    }
  note (state, enabling);
}

bool
pairs_leave (struct dtrace_cpu *state, const struct dtrace_enabling *enabling)
{
  uint64_t now = time_stamp ();
  struct pair_set *set = lock_set (enabling);
  struct pair *found = NULL;

  /* The innermost one: a jump that begins before the return sees a stack
     pointer that is lower still.  */
  for (struct pair *pair = set->pairs; pair < set->pairs + WAYS; pair++)
    if (pair->thread == (word_t) current_thread ()
	&& pair->function == enabling->site->function
	&& pair->stack >= (word_t) state->stack
	&& (found == NULL || pair->stack < found->stack))
      found = pair;
  if (found == NULL)
    enabling->format->usage[state->number].unpaired++;
  else
    {
      found->thread = 0;
      state->known = found->known;
      /* The counters of two CPUs need not be quite the same.  */
      int64_t taken = now - found->tsc;
      state->duration = clock_nanoseconds (enabling->format->ns_per_count,
					   taken > 0 ? taken : 0);
      if (state->known != 0)
	copy_words (state->entry_values, found->values);
      if (enabling->format->filter_arguments != 0)
	copy_words (state->entry_arguments, found->arguments);
    }
  unlock_set (set);
  return found != NULL;
}

#endif /* MACH_DYNAMIC_PROBES */
