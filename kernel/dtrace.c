/* The core: sites, what is enabled at them, and the handling of a hit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "dtrace.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "ring.h"
#include "symbols.h"
#include "x86/cpu.h"
#include "x86/gate.h"

#if MACH_DYNAMIC_PROBES

/* Whether a hit is being handled.  [c]  */
static bool handling[CPUS];

/* Write the record of a hit.  Interrupts are off.  False when the ring is
   full.  */
static inline bool
record (struct ring *ring, unsigned cpu,
	const struct dtrace_enabling *enabling,
	const struct saved_registers *registers)
{
  thread_t thread = current_thread ();
  task_t task = FIELD (task_t, thread, thread, task);

  if (enabling->records_task
      && __builtin_expect (ring_lacks_task_name (ring, task), 0)
      && !ring_write_task_name (ring, cpu, task))
    return false;

  uint64_t *word = ring_reserve (ring, enabling->record_bytes);
  if (word == NULL)
    return false;
  *word++ = enabling->record_word | (uint64_t) cpu << 56;
  *word++ = time_stamp ();
  if (enabling->records_thread)
    *word++ = (word_t) thread;
  if (enabling->records_task)
    *word++ = (word_t) task;
  for (unsigned i = 0; i < enabling->arguments; i++)
    *word++ = *(const word_t *) ((const char *) registers
				 + enabling->argument_offsets[i]);
  ring_commit (ring, enabling->record_bytes);
  return true;
}

void
dtrace_hit (struct dtrace_site *site, const struct saved_registers *registers)
{
  unsigned cpu = cpu_number ();

  for (struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    {
      mdtrace_counts_t *counts = &enabling->counts[cpu];

      counts->hits++;
      if (__builtin_expect (handling[cpu], 0))
	{
	  counts->missed++;
	  continue;
	}
      handling[cpu] = true;
      if (__builtin_expect (record (&rings[cpu], cpu, enabling, registers), 1))
	counts->recorded++;
      else
	counts->dropped++;
      handling[cpu] = false;
    }
}

int
dtrace_enabling_prepare (struct dtrace_enabling *enabling, uint32_t id,
			 uint64_t fields,
			 const struct table_function *function)
{
  unsigned words = MDTRACE_HEADER_WORDS;

  enabling->records_thread = (fields & MDTRACE_FIELD_THREAD) != 0;
  enabling->records_task = (fields & MDTRACE_FIELD_TASK) != 0;
  words += enabling->records_thread + enabling->records_task;
  fields &= ~(uint64_t) (MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK);

  enabling->arguments = 0;
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (fields & (uint64_t) MDTRACE_FIELD_ARG0 << i)
      {
	int offset = -1;
	if (i < function->argument_count)
	  offset = gate_argument_offset (function->argument_registers[i]);
	if (offset < 0)
	  return MDTRACE_ERR_BAD_ARGUMENT;
	enabling->argument_offsets[enabling->arguments++] = offset;
	words++;
	fields &= ~((uint64_t) MDTRACE_FIELD_ARG0 << i);
      }
  if (fields != 0)
    return MDTRACE_ERR_BAD_ARGUMENT;

  enabling->record_word
      = mdtrace_record_word (id, words, MDTRACE_RECORD_EVENT, 0);
  enabling->record_bytes = words * 8;
  return MDTRACE_OK;
}

struct dtrace_site *
dtrace_site_for (struct table_site *table)
{
  if (table->state == 0)
    {
      struct dtrace_site *site = pages_allocate_small (sizeof *site);
      if (site == NULL)
	return NULL;
      site->table = table;
      table->state = (word_t) site;
    }
  return (struct dtrace_site *) (word_t) table->state;
}

int
dtrace_attach (struct dtrace_site *site, struct dtrace_enabling *enabling)
{
  if (site->gate == NULL)
    {
      int error = gate_make (site);
      if (error != MDTRACE_OK)
	return error;
    }

  word_t flags = interrupts_disable ();
  enabling->site = site;
  enabling->next = site->first;
  site->first = enabling;
  interrupts_restore (flags);

  if (!site->patched)
    {
      int error = site_patch (site);
      if (error != MDTRACE_OK)
	{
	  site->first = enabling->next;
	  return error;
	}
      site->patched = true;
    }
  return MDTRACE_OK;
}

void
dtrace_detach (struct dtrace_enabling *enabling)
{
  struct dtrace_site *site = enabling->site;
  struct dtrace_enabling **link = &site->first;

  if (site->first == enabling && enabling->next == NULL)
    {
      site_restore (site);
      site->patched = false;
    }

  word_t flags = interrupts_disable ();
  while (*link != enabling)
    link = &(*link)->next;
  *link = enabling->next;
  enabling->next = NULL;
  interrupts_restore (flags);
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
dtrace_sum_counts (const struct dtrace_enabling *enabling,
		   mdtrace_counts_t *sum)
{
  word_t flags = interrupts_disable ();

  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    dtrace_add_counts (sum, &enabling->counts[cpu]);
  interrupts_restore (flags);
}

#endif /* MACH_DYNAMIC_PROBES */
