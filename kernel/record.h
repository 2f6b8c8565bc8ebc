/* Writing the record of a hit into a ring.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All of it with interrupts off.  What goes on is in struct dtrace_cpu and not
   in variables, for the sake of the stack.  */

#ifndef MDTRACE_RECORD_H
#define MDTRACE_RECORD_H

#include "dtrace.h"
#include "sites.h"
#include "x86/cpu.h"
#include "x86/gate.h"

/* Write all of a record but what is copied from registers, to WORD.  */
static inline uint64_t *
record_head (uint64_t *word, unsigned cpu,
	     const struct dtrace_enabling *enabling, thread_t thread,
	     task_t task)
{
  word[0] = enabling->record_word | (uint64_t) cpu << 56;
  word[1] = time_stamp ();
  word += 2;
  /* What most probes record goes with the fewest tests.  */
  if (__builtin_expect (
	  (enabling->head & DTRACE_HEAD_BOTH) == DTRACE_HEAD_BOTH, 1))
    {
      word[0] = (word_t) thread;
      word[1] = (word_t) task;
      word += 2;
    }
  else if (enabling->head & DTRACE_HEAD_THREAD)
    *word++ = (word_t) thread;
  else if (enabling->head & DTRACE_HEAD_TASK)
    *word++ = (word_t) task;
  if (enabling->head & DTRACE_HEAD_ADDRESS)
    *word++ = enabling->site->address;
  return word;
}

/* Copy what ENABLING records of the saved registers to WORD.  */
static inline void
record_registers (uint64_t *word, const struct dtrace_enabling *enabling,
		  const struct saved_registers *registers)
{
  const char *base = (const char *) registers;

#define COPY(i) word[i] = *(const word_t *) (base + enabling->offsets[i])
  switch (enabling->copies)
    {
    case 7:
      COPY (6);
      /* Fall through.  */
    case 6:
      COPY (5);
      /* Fall through.  */
    case 5:
      COPY (4);
      /* Fall through.  */
    case 4:
      COPY (3);
      /* Fall through.  */
    case 3:
      COPY (2);
      /* Fall through.  */
    case 2:
      COPY (1);
      /* Fall through.  */
    case 1:
      COPY (0);
      /* Fall through.  */
    case 0:
      break;
    default:
      __builtin_unreachable ();
    }
#undef COPY
}

/* Whether the rings go on, and there is room for a record of ENABLING, and for
   the running task's name before it if the ring lacks that, which STATE says
   then.  Room is made here and not where it is used: that way goes deep by
   itself.  */
bool record_has_room (struct dtrace_cpu *state,
		      const struct dtrace_enabling *enabling);

/* Write the name of the running task, for which there is room.  */
void record_task_name (const struct dtrace_cpu *state);

/* Write the record of the hit that STATE describes, for which there is room:
   one of which values are to be computed, and one that takes but copying
   registers.  */
void record_computed (struct dtrace_cpu *state,
		      const struct dtrace_enabling *enabling);
void record_plain (const struct dtrace_cpu *state,
		   const struct dtrace_enabling *enabling);

#endif /* MDTRACE_RECORD_H */
