/* Writing the record of a hit into a ring.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "record.h"
#include "ring.h"
#include "values.h"
#include "x86/load.h"

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
  /* What is unknown may be said behind a record.  */
  return ring_has_room (ring,
			enabling->record_bytes + 8 * enabling->is_computed
			    + 8 * MDTRACE_TASK_NAME_WORDS * state->lacks_name);
}

void
record_task_name (const struct dtrace_cpu *state)
{
  ring_write_task_name (&rings[state->number], state->number,
			FIELD (task_t, current_thread (), thread, task));
}

/* Find the value of FIELD of ENABLING, the one with number COPY of those
   behind the head of a record, for the hit that STATE describes.  False if it
   is not known; it is 0 then.  In a handler.  */
static inline bool
value_compute (const struct dtrace_cpu *state,
	       const struct dtrace_enabling *enabling, unsigned copy,
	       uint64_t field, uint64_t *result)
{
  const mdtrace_value_t *value = enabling->values;
  int offset = enabling->offsets[copy];

  *result = 0;
  for (uint64_t at = MDTRACE_FIELD_ARG0; at < field; at <<= 1)
    value++;
  if (offset == GATE_NO_REGISTER)
    return false;
  if (offset == VALUE_CONSTANT)
    *result = value->offsets[0];
  else if (offset == VALUE_THREAD)
    *result = (word_t) current_thread ();
  else if (offset != VALUE_ON_STACK)
    *result = *(const word_t *) ((const char *) state->registers + offset);
  else if (!load_memory ((word_t) (state->stack + value->number),
			 sizeof (word_t), result))
    return false;
  if (field < MDTRACE_FIELD_ARG0)
    return true;
  for (unsigned i = 0; i < value->steps; i++)
    if (!load_memory ((word_t) *result + value->offsets[i],
		      i + 1 < value->steps ? sizeof (word_t)
					   : value->last_bytes,
		      result))
      return false;
  return true;
}

void
record_computed (const struct dtrace_cpu *state,
		 const struct dtrace_enabling *enabling)
{
  struct ring *ring = &rings[state->number];
  uint64_t *first = ring_place (ring);
  uint64_t rest = enabling->format->fields & -(uint64_t) MDTRACE_FIELD_RETVAL;
  uint64_t unknown = 0;

  thread_t thread = current_thread ();
  uint64_t *word = record_head (first, state->number, enabling, thread,
				FIELD (task_t, thread, thread, task));
  for (unsigned i = 0; rest != 0; i++, rest &= rest - 1)
    if (!value_compute (state, enabling, i, rest & -rest, word++))
      unknown |= rest & -rest;
  if (unknown == 0)
    {
      ring_commit (ring, enabling->record_bytes);
      return;
    }
  *word = unknown;
  *first += mdtrace_record_word (0, 1, MDTRACE_RECORD_PARTIAL, 0)
	    - mdtrace_record_word (0, 0, MDTRACE_RECORD_EVENT, 0);
  ring_commit (ring, enabling->record_bytes + 8);
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
