/* The kernel stack of whoever is at a probe.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The handler and all that leads to it is compiled so that the register of
   the frame pointer is left alone (-ffixed-rbp): it still is what it was at
   the site.  */

#include <config.h>

#include "backtrace.h"
#include "sites.h"
#include "symbols.h"
#include "x86/cpu.h"

#if MACH_DYNAMIC_PROBES

/* A frame, as the compiler makes it.  */
struct frame
{
  word_t caller; /* its frame */
  word_t return_address;
};

bool
backtrace_is_possible (void)
{
  return mdtrace_site_table.flags & SITE_TABLE_FRAME_POINTERS;
}

/* Whether a frame at ADDRESS lies between FROM and the END of a stack.  */
static inline bool
is_between (word_t address, word_t from, word_t end)
{
  return address >= from && address < end
	 && end - address >= sizeof (struct frame);
}

static inline bool
is_text (word_t address)
{
  return address - (word_t) mdtrace_site_table.text_start
	 < (word_t) (mdtrace_site_table.text_end
		     - mdtrace_site_table.text_start);
}

unsigned
backtrace (const struct dtrace_cpu *state,
	   const struct dtrace_enabling *enabling, uint64_t *frames)
{
  const struct dtrace_site *site = enabling->site;
  unsigned depth = enabling->format->stack_depth;
  word_t thread_stack
      = FIELD (word_t, current_thread (), thread, kernel_stack);
  /* Frames lie above this; further out they lie higher.  */
  word_t low = (word_t) state->stack;
  word_t page_end = (low | (PAGE_BYTES - 1)) + 1;
  word_t frame = frame_pointer ();
  unsigned count = 0;

  frames[count++] = site->address;
  /* At the first and the last instruction of a function its own frame is not
     there, and the return address is on top of the stack.  A jump that begins
     earlier still has the frame.  */
  if (enabling->kind != MDTRACE_PROBE_ADDRESS
      && (site->mode != MDTRACE_MODE_JUMP || site->table->lead == 0)
      && count < depth)
    frames[count++] = *state->stack;
  while (count < depth && frame % sizeof (word_t) == 0)
    {
      if (!is_between (frame, low, page_end)
	  && !is_between (frame, thread_stack,
			  thread_stack + KERNEL_STACK_BYTES))
	break;
      const struct frame *at = (const struct frame *) frame;
      if (!is_text (at->return_address))
	break;
      frames[count++] = at->return_address;
      /* From the interrupt stack the way leads to the thread's, and never
	 back.  */
      if (is_between (frame, thread_stack, thread_stack + KERNEL_STACK_BYTES))
	{
	  if (at->caller <= frame)
	    break;
	  low = page_end;
	}
      else
	low = frame + 1;
      frame = at->caller;
    }
  return count;
}

#endif /* MACH_DYNAMIC_PROBES */
