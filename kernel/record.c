/* Writing the record of a hit into a ring.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "backtrace.h"
#include "record.h"
#include "ring.h"
#include "values.h"

#if MACH_DYNAMIC_PROBES

bool
record_has_room (struct dtrace_cpu *state,
		 const struct dtrace_enabling *enabling)
{
  struct ring *ring = &rings[state->number];
  task_t task = FIELD (task_t, current_thread (), thread, task);

  if (!rings_go_on ())
    return false;
  state->lacks_name
      = enabling->head & DTRACE_HEAD_TASK && ring_lacks_task_name (ring, task);
  return ring_has_room (ring,
			(enabling->actions & DTRACE_COMPUTED
			     ? enabling->format->room_bytes
			     : enabling->record_bytes)
			    + 8 * MDTRACE_TASK_NAME_WORDS * state->lacks_name);
}

void
record_task_name (const struct dtrace_cpu *state)
{
  ring_write_task_name (&rings[state->number], state->number,
			FIELD (task_t, current_thread (), thread, task));
}

void
record_computed (struct dtrace_cpu *state,
		 const struct dtrace_enabling *enabling)
{
  thread_t thread = current_thread ();

  state->unknown = 0;
  state->word = record_head (ring_place (&rings[state->number]), state->number,
			     enabling, thread,
			     FIELD (task_t, thread, thread, task));
  for (unsigned bit = MDTRACE_FIELD_RETVAL_BIT;
       bit < MDTRACE_FIELD_DURATION_BIT; bit++)
    if (enabling->format->fields >> bit & 1
	&& !value_read (state, enabling, bit, state->word++))
      state->unknown |= 1 << bit;
  if (enabling->format->fields & MDTRACE_FIELD_DURATION)
    *state->word++ = state->duration;
  if (enabling->format->fields & MDTRACE_FIELD_STACK)
    {
      *state->word = backtrace (state, enabling, state->word + 1);
      state->word += 1 + *state->word;
    }
  if (state->unknown != 0)
    *state->word++ = state->unknown;

  struct ring *ring = &rings[state->number];
  uint64_t *first = ring_place (ring);
  word_t words = state->word - first;
  /* Of the length only the stack and what is unknown were not known.  */
  *first += mdtrace_record_word (
      0, words - mdtrace_record_words (enabling->record_word), 0, 0);
  if (state->unknown != 0)
    *first += mdtrace_record_word (0, 0, MDTRACE_RECORD_PARTIAL, 0)
	      - mdtrace_record_word (0, 0, MDTRACE_RECORD_EVENT, 0);
  ring_commit (ring, words * 8);
}

void
record_plain (const struct dtrace_cpu *state,
	      const struct dtrace_enabling *enabling)
{
  struct ring *ring = &rings[state->number];
  thread_t thread = current_thread ();
  uint64_t *word = record_head (ring_place (ring), state->number, enabling,
				thread, FIELD (task_t, thread, thread, task));
  record_registers (word, enabling, state->registers);
  ring_commit (ring, enabling->record_bytes);
}

#endif /* MACH_DYNAMIC_PROBES */
