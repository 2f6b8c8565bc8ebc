/* Sites: how each is patched, and that it is undone.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "execute.h"
#include "x86/cpu.h"

static word_t
address_of (enum standin_function function, unsigned offset)
{
  return (word_t) standin_text (function) + offset;
}

/* How the site at OFFSET in FUNCTION is patched.  */
static unsigned
mode_at (enum standin_function function, unsigned offset)
{
  return sites_mode (address_of (function, offset));
}

/* A probe of register NUMBER at the entry of FUNCTION.  */
static uint32_t
probe_register (const char *function, unsigned number, bool enabled)
{
  dynamic_probe_config_t config = probe_config (function);

  config.values[0].source = MDTRACE_SOURCE_REGISTER;
  config.values[0].number = number;
  config.enabled = enabled;
  return probe_create_by (&config);
}

static void
jumps_where_the_plan_has_one (void)
{
  probes_boot ();
  probe_create_of ("*", MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN));
  for (int i = 0; i < STANDIN_FUNCTIONS; i++)
    {
      const struct table_site *site;
      if (i == ALPHA_TOO || i == GAMMA || i == COLD)
	continue;
      for (unsigned n = 1; (site = standin_site (i, n)) != NULL; n++)
	CHECK_NUMBER (sites_mode (site->address),
		      site->plan == SITE_PLAN_JUMP ? MDTRACE_MODE_JUMP
						   : MDTRACE_MODE_BREAKPOINT);
      CHECK_NUMBER (entry_mode (i),
		    i == SHORT ? MDTRACE_MODE_JUMP : MDTRACE_MODE_NONE);
    }
  CHECK_NUMBER (mode_at (LEADING, LEADING_RETURN), MDTRACE_MODE_JUMP);
  CHECK_NUMBER (*standin_text (DELTA), 0x31);
  probe_create ("delta", true);
  CHECK_NUMBER (entry_mode (DELTA), MDTRACE_MODE_BREAKPOINT);
  CHECK (standin_call (DELTA));
  check_law ();
}

/* A thread is blocked inside the bytes to be changed, or will return
   there.  */
static void
spares_who_is_blocked_inside (void)
{
  probes_boot ();
  uint32_t id = probe_create ("alpha", false);
  for (int thread = 1; thread < STANDIN_THREADS; thread++)
    for (int at = 0; at <= SITE_JUMP_BYTES; at++)
      {
	word_t *stack = standin_stack (&standin_threads[thread], 10);
	bool busy = at > 0 && at < SITE_JUMP_BYTES;
	stack[thread] = address_of (ALPHA, at);
	CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
	CHECK_NUMBER (entry_mode (ALPHA),
		      busy ? MDTRACE_MODE_BREAKPOINT : MDTRACE_MODE_JUMP);
	CHECK (standin_call (ALPHA));
	CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
	CHECK (standin_text_is_original ());
	stack[thread] = 0;
      }
  check_law ();
}

/* Where a jump begins before its event, it is those bytes that count.  */
static void
spares_who_is_blocked_in_a_lead (void)
{
  const unsigned start = LEADING_RETURN - LEADING_LEAD;

  probes_boot ();
  word_t *stack = standin_stack (&standin_threads[3], 10);
  dynamic_probe_config_t config = probe_config ("leading");
  config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);
  uint32_t id = probe_create_by (&config);
  for (unsigned at = start - 1; at <= LEADING_RETURN; at++)
    {
      bool busy = at > start && at < start + SITE_JUMP_BYTES;
      stack[0] = address_of (LEADING, at);
      CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
      CHECK_NUMBER (mode_at (LEADING, LEADING_RETURN),
		    busy ? MDTRACE_MODE_BREAKPOINT : MDTRACE_MODE_JUMP);
      CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
    }
  CHECK (standin_text_is_original ());
}

/* What is not in use of a stack, and the stack of the thread that runs, say
   nothing.  */
static void
looks_only_at_stacks_in_use (void)
{
  probes_boot ();
  uint32_t id = probe_create ("alpha", false);
  word_t address = address_of (ALPHA, 2);
  standin_stack (&standin_threads[0], 10)[3] = address;
  word_t *stack = standin_stack (&standin_threads[1], 10);
  stack[-1] = address;
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_JUMP);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);

  /* A stack pointer that is none: all of the stack is looked at.  */
  word_t *all = (word_t *) standin_threads[1].kernel_stack;
  word_t *pointer = all + KERNEL_STACK_BYTES / sizeof (word_t) - 3;
  for (int i = 0; i < KERNEL_STACK_BYTES / 8; i++)
    if (all[i] == (word_t) stack)
      pointer = &all[i];
  *pointer = 0;
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_BREAKPOINT);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);

  /* A thread that has no stack is nowhere.  */
  standin_threads[1].kernel_stack = 0;
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_JUMP);
}

/* A site inside of what a jump has displaced would never be reached.  */
static void
changes_a_jump_that_is_in_the_way (void)
{
  probes_boot ();
  uint32_t entry = probe_create ("alpha", true);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_JUMP);
  uint32_t inside = probe_create_at (address_of (ALPHA, 4));
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_BREAKPOINT);
  CHECK_NUMBER (mode_at (ALPHA, 4), MDTRACE_MODE_BREAKPOINT);
  CHECK (standin_call (ALPHA));
  /* It stays a breakpoint for as long as it is patched.  */
  CHECK_NUMBER (dynamic_probe_disable (inside), MDTRACE_OK);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_BREAKPOINT);
  CHECK_NUMBER (mode_at (ALPHA, 4), MDTRACE_MODE_NONE);
  CHECK_NUMBER (dynamic_probe_disable (entry), MDTRACE_OK);
  CHECK (standin_text_is_original ());
  CHECK_NUMBER (dynamic_probe_enable (entry), MDTRACE_OK);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_JUMP);
  CHECK_NUMBER (probe_hits (entry), 1);
}

static void
does_not_jump_over_a_breakpoint (void)
{
  probes_boot ();
  uint32_t inside = probe_create_at (address_of (ALPHA, 4));
  uint32_t entry = probe_create ("alpha", true);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_BREAKPOINT);
  CHECK_NUMBER (dynamic_probe_disable (inside), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_disable (entry), MDTRACE_OK);
  CHECK (standin_text_is_original ());

  /* The sites of a tail jump's function overlap.  The entry's jump would
     displace the other, which does not displace the entry.  */
  const uint32_t kinds[] = { MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY),
			     MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN) };
  for (int order = 0; order < 2; order++)
    {
      uint32_t first = probe_create_of ("tail", kinds[order]);
      CHECK_NUMBER (mode_at (TAIL, order == 0 ? 0 : 3), MDTRACE_MODE_JUMP);
      uint32_t second = probe_create_of ("tail", kinds[1 - order]);
      CHECK_NUMBER (mode_at (TAIL, 0), MDTRACE_MODE_BREAKPOINT);
      CHECK_NUMBER (mode_at (TAIL, 3),
		    order == 0 ? MDTRACE_MODE_BREAKPOINT : MDTRACE_MODE_JUMP);
      CHECK_NUMBER (dynamic_probe_destroy (first), MDTRACE_OK);
      CHECK_NUMBER (dynamic_probe_destroy (second), MDTRACE_OK);
      CHECK (standin_text_is_original ());
    }
}

/* Registers that a C function may not change are not saved by a gate.  */
static void
finds_other_registers_by_a_breakpoint (void)
{
  static const unsigned callee_saved[] = { 3, 5, 12, 13, 14, 15 };
  static const unsigned others[] = { 0, 1, 2, 6, 7, 8, 9, 10, 11 };

  probes_boot ();
  for (size_t i = 0; i < sizeof callee_saved / sizeof callee_saved[0]; i++)
    {
      uint32_t id = probe_register ("alpha", callee_saved[i], true);
      CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_BREAKPOINT);
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    {
      uint32_t id = probe_register ("alpha", others[i], true);
      CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_JUMP);
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }

  /* Of the probes of a site one is enough; it may come later.  */
  uint32_t plain = probe_create ("alpha", true);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_JUMP);
  uint32_t id = probe_register ("alpha", 3, true);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_BREAKPOINT);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (probe_hits (plain), 1);
  CHECK_NUMBER (probe_hits (id), 1);
  CHECK_NUMBER (dynamic_probe_destroy (plain), MDTRACE_OK);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (probe_hits (id), 2);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  CHECK (standin_text_is_original ());

  /* Where an argument is in one of them.  */
  id = probe_create ("in_rbx", true);
  CHECK_NUMBER (entry_mode (IN_RBX), MDTRACE_MODE_BREAKPOINT);
  CHECK (standin_call (IN_RBX));
  CHECK_NUMBER (probe_counts (id).recorded, 1);
}

/* Only breakpoints are written, and no memory is used for gates.  */
static void
check_breakpoints_only (void)
{
  uint32_t id
      = probe_create_of ("f*", MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
				   | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN));
  CHECK_NUMBER (entry_mode (FORK), MDTRACE_MODE_BREAKPOINT);
  CHECK_NUMBER (mode_at (FORK, 15), MDTRACE_MODE_BREAKPOINT);
  for (int i = FUNCTION_0; i < STANDIN_FUNCTIONS; i++)
    {
      CHECK_NUMBER (entry_mode (i), MDTRACE_MODE_BREAKPOINT);
      CHECK (standin_call (i));
    }
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  CHECK (standin_text_is_original ());
  check_law ();
}

static void
jumps_nowhere_if_it_is_told (void)
{
  standin_boot ("mdtrace.jumps=off");
  mdtrace_start ();
  check_breakpoints_only ();
  CHECK (sites_find (address_of (FORK, 0))->gate == NULL);
  /* Only that does it.  */
  standin_boot ("mdtrace.jumps=of xmdtrace.jumps=off");
  mdtrace_start ();
  probe_create ("alpha", true);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_JUMP);
}

/* Without memory to note who is blocked where, it might be anywhere.  */
static void
jumps_nowhere_if_it_cannot_look (void)
{
  standin_boot ("");
  /* Those of the rings.  */
  standin.pages_left = 3;
  mdtrace_start ();
  CHECK_NUMBER (standin.pages_left, 0);
  standin.pages_left = -1;
  check_breakpoints_only ();
}

/* Slots and gates are made once.  */
static void
keeps_slots_and_gates (void)
{
  probes_boot ();
  uint32_t id = probe_create ("alpha", true);
  const struct dtrace_site *site = sites_find (address_of (ALPHA, 0));
  const void *slot = site->slot, *gate = site->gate;
  CHECK (slot != NULL && gate != NULL);
  unsigned blocks = standin.page_blocks;
  for (int i = 0; i < 2000; i++)
    {
      CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
      CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
    }
  CHECK_NUMBER (standin.page_blocks, blocks);
  CHECK (sites_find (address_of (ALPHA, 0)) == site);
  CHECK (site->slot == slot && site->gate == gate);
}

TAP_MAIN (
    { jumps_where_the_plan_has_one, "a jump where the plan has one" },
    { spares_who_is_blocked_inside,
      "a breakpoint where a thread is blocked inside of a jump's bytes" },
    { spares_who_is_blocked_in_a_lead,
      "also where the jump begins before the event" },
    { looks_only_at_stacks_in_use, "only stacks in use are looked at" },
    { changes_a_jump_that_is_in_the_way,
      "a jump in the way of a site changes to a breakpoint" },
    { does_not_jump_over_a_breakpoint, "no jump over a breakpoint" },
    { finds_other_registers_by_a_breakpoint,
      "callee-saved registers are had by a breakpoint" },
    { jumps_nowhere_if_it_is_told, "mdtrace.jumps=off" },
    { jumps_nowhere_if_it_cannot_look,
      "no jumps without memory for the marks" },
    { keeps_slots_and_gates, "slots and gates are made once" })
