/* Looking through the kernel stacks of all threads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A thread can block at almost any instruction of the kernel, by a fault on
   kernel memory, and is then somewhere on its stack.  A thread that blocked
   with a continuation has no stack, and cannot be in the middle of
   anything.  */

#include "stacks.h"
#include "x86/cpu.h"

/* Whether a word from POINTER up to the end of its stack lies in
   [START, END).  */
static bool
words_point_into (const word_t *pointer, word_t stack, word_t start,
		  word_t end)
{
  const word_t *stack_end = (const word_t *) (stack + KERNEL_STACK_BYTES);

  for (; pointer < stack_end; pointer++)
    if (*pointer >= start && *pointer < end)
      return true;
  return false;
}

static bool
thread_points_into (thread_t thread, word_t start, word_t end)
{
  word_t stack = FIELD (word_t, thread, thread, kernel_stack);

  if (stack == 0 || thread == current_thread ())
    return false;
  /* What is above the saved stack pointer is in use; below it is what
     earlier calls have left.  */
  const char *state = (const char *) (stack + KERNEL_STACK_BYTES
				      - LAYOUT_SIZEOF (i386_kernel_state));
  word_t pointer = FIELD (word_t, state, i386_kernel_state, k_esp);
  if (pointer < stack || pointer >= stack + KERNEL_STACK_BYTES)
    pointer = stack;
  return words_point_into ((const word_t *) (pointer & -sizeof (word_t)),
			   stack, start, end);
}

/* The kernel's queues link elements by their addresses, not by the addresses
   of the links in them: only the head is struct mach_queue.  */
bool
stacks_point_into (word_t start, word_t end)
{
  const char *set_head = (const char *) &mach_all_psets;

  for (const char *set = (const char *) mach_all_psets.next; set != set_head;
       set = (const char *) FIELD (struct mach_queue, set, processor_set,
				   all_psets)
		 .next)
    {
      const struct mach_queue *threads
	  = FIELD_AT (set, processor_set, threads);
      for (const void *thread = threads->next; thread != threads;
	   thread
	   = FIELD (struct mach_queue, thread, thread, pset_threads).next)
	if (thread_points_into ((thread_t) thread, start, end))
	  return true;
    }
  return false;
}
