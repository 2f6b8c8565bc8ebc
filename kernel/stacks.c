/* Looking through the kernel stacks of all threads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pages.h"
#include "stacks.h"
#include "symbols.h"
#include "x86/cpu.h"

/* A bit for each byte of the text.  [server lock]  */
static uint8_t *marks;

static word_t
text_bytes (void)
{
  return mdtrace_site_table.text_end - mdtrace_site_table.text_start;
}

static word_t
marks_bytes (void)
{
  return text_bytes () / 8 + 1;
}

void
stacks_initialize (void)
{
  marks = pages_allocate (marks_bytes ());
}

/* Note the words from POINTER up to the end of its STACK.  */
static void
scan_words (const word_t *pointer, word_t stack)
{
  const word_t *stack_end = (const word_t *) (stack + KERNEL_STACK_BYTES);
  word_t text_start = mdtrace_site_table.text_start;
  word_t bytes = text_bytes ();

  for (; pointer < stack_end; pointer++)
    {
      word_t offset = *pointer - text_start;
      if (offset < bytes)
	marks[offset / 8] |= 1 << offset % 8;
    }
}

static void
scan_thread (thread_t thread)
{
  word_t stack = FIELD (word_t, thread, thread, kernel_stack);

  if (stack == 0 || thread == current_thread ())
    return;
  /* What is above the saved stack pointer is in use; below it is what
     earlier calls have left.  */
  const char *state = (const char *) (stack + KERNEL_STACK_BYTES
				      - LAYOUT_SIZEOF (i386_kernel_state));
  word_t pointer = FIELD (word_t, state, i386_kernel_state, k_esp);
  if (pointer < stack || pointer >= stack + KERNEL_STACK_BYTES)
    pointer = stack;
  scan_words ((const word_t *) (pointer & -sizeof (word_t)), stack);
}

/* The kernel's queues link elements by their addresses, not by the addresses
   of the links in them: only the head is struct mach_queue.  */
void
stacks_scan (void)
{
  const char *set_head = (const char *) &mach_all_psets;

  if (marks == NULL)
    return;
  clear_memory (marks, marks_bytes ());
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
	scan_thread ((thread_t) thread);
    }
}

bool
stacks_point_into (word_t start, word_t end)
{
  if (marks == NULL)
    return true;
  for (word_t at = start - (word_t) mdtrace_site_table.text_start;
       at < end - (word_t) mdtrace_site_table.text_start; at++)
    if (marks[at / 8] & 1 << at % 8)
      return true;
  return false;
}
