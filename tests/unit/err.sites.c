/* Sites that cannot be patched: nothing is, and nothing is left behind.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "breakpoints.h"
#include "probes.h"
#include "x86/patch.h"

enum
{
  ENTRIES = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY),
  RETURNS = MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)
};

/* Whether nothing is attached to any site.  */
static bool
is_bare (void)
{
  for (unsigned at = 0; at < STANDIN_TEXT_BYTES; at++)
    {
      const struct dtrace_site *site
	  = sites_find ((word_t) standin_text (0) + at);
      if (site != NULL
	  && (site->first != NULL || site->mode != MDTRACE_MODE_NONE))
	return false;
    }
  return true;
}

static uint8_t *
place (enum standin_function function, unsigned offset)
{
  return standin_text (function) + offset;
}

/* Somebody else's breakpoint at AT is in the way of CONFIG's probe.  */
static void
check_foreign (const dynamic_probe_config_t *config, uint8_t *at)
{
  static uint8_t text[STANDIN_TEXT_BYTES];
  mdtrace_created_t created;
  mdtrace_status_t before, after;
  dynamic_probe_config_t enabled = *config;
  uint8_t byte = *at;

  *at = OPCODE_BREAKPOINT;
  memcpy (text, standin_text (0), sizeof text);
  enabled.enabled = 1;
  memset (&before, 0, sizeof before);
  dynamic_probe_status (&before);
  CHECK_NUMBER (dynamic_probe_create (&enabled, &created),
		MDTRACE_ERR_TEXT_CHANGED);
  memset (&after, 0, sizeof after);
  dynamic_probe_status (&after);
  CHECK (memcmp (&before, &after, sizeof before) == 0);
  uint32_t id = probe_create_by (config);
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_ERR_TEXT_CHANGED);
  CHECK (is_bare ());
  CHECK (memcmp (text, standin_text (0), sizeof text) == 0);
  CHECK (standin.interrupts_enabled);
  CHECK (!standin.text_writable);
  *at = byte;
  CHECK (standin_text_is_original ());
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
}

static void
refuses_foreign_breakpoints (void)
{
  dynamic_probe_config_t config = probe_config ("delta");

  probes_boot ();
  check_foreign (&config, place (DELTA, 0));
  config = probe_config ("leading");
  config.kinds = RETURNS;
  /* The first and the last byte that the jump displaces.  */
  check_foreign (&config, place (LEADING, LEADING_RETURN - LEADING_LEAD));
  check_foreign (&config, place (LEADING, LEADING_RETURN));
  config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);
  config.offset = 4;
  check_foreign (&config, place (LEADING, 4));
}

/* At the end of many sites, so that the others have been patched by then, in
   several goes.  */
static void
undoes_what_it_has_patched (void)
{
  dynamic_probe_config_t config = probe_config ("*");

  probes_boot ();
  config.kinds = ENTRIES | RETURNS;
  check_foreign (&config, place (STANDIN_FUNCTIONS - 1, 7));
  check_foreign (&config, place (STANDIN_FUNCTIONS - 1, 0));
  check_foreign (&config, place (FUNCTION_0 + 100, 2));
  check_foreign (&config, place (ALPHA, 0));
  /* Also while others have probes there, which stay.  */
  uint32_t id = probe_create ("alpha", true);
  *place (FUNCTION_0, 0) = OPCODE_BREAKPOINT;
  uint32_t all = probe_create_by (
      &(dynamic_probe_config_t){ .function = "*", .kinds = ENTRIES });
  CHECK_NUMBER (dynamic_probe_enable (all), MDTRACE_ERR_TEXT_CHANGED);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (probe_hits (id), 1);
  CHECK_NUMBER (probe_hits (all), 0);
  CHECK (!is_patched (BETA));
  check_law ();
}

/* No attempt costs memory.  */
static void
loses_no_memory (void)
{
  probes_boot ();
  uint32_t id = probe_create ("delta", false);
  *place (DELTA, 0) = OPCODE_BREAKPOINT;
  unsigned blocks = standin.page_blocks;
  for (int i = 0; i < 1000; i++)
    CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_ERR_TEXT_CHANGED);
  CHECK (standin.page_blocks <= blocks + 1);
}

/* A probe of all sites, as the memory runs out ever later.  */
static void
bears_want_of_memory (void)
{
  dynamic_probe_config_t config = probe_config ("*");
  mdtrace_created_t created;
  unsigned failed_create = 0, failed_enable = 0;
  int error = MDTRACE_ERR_NO_MEMORY;

  config.kinds = ENTRIES | RETURNS;
  for (long pages = 0; error != MDTRACE_OK; pages++)
    {
      probes_boot ();
      unsigned blocks = standin.page_blocks;
      standin.pages_left = pages;
      error = dynamic_probe_create (&config, &created);
      if (error == MDTRACE_OK)
	{
	  error = dynamic_probe_enable (created.id);
	  failed_enable += error != MDTRACE_OK;
	  if (error != MDTRACE_OK)
	    {
	      CHECK_NUMBER (error, MDTRACE_ERR_NO_MEMORY);
	      CHECK (is_bare ());
	      CHECK (standin_text_is_original ());
	      CHECK_NUMBER (dynamic_probe_destroy (created.id), MDTRACE_OK);
	    }
	}
      else
	{
	  CHECK_NUMBER (error, MDTRACE_ERR_NO_MEMORY);
	  failed_create++;
	}
      CHECK (standin.page_blocks <= blocks + pages);
      CHECK (standin.interrupts_enabled);
    }
  CHECK (failed_create > 10);
  CHECK (failed_enable > 10);
  CHECK (standin_call (ALPHA));
  check_law ();
}

/* A breakpoint that is not ours goes on to whoever else takes them.  */
static void
passes_foreign_traps_on (void)
{
  struct breakpoint_frame frame;

  probes_boot ();
  uint32_t id = probe_create ("delta", true);
  standin_make_frame (&frame);
  /* Where no site is, inside of the text and elsewhere.  */
  frame.instruction_pointer = (word_t) place (DELTA, 2) + 1;
  struct breakpoint_frame before = frame;
  CHECK (!breakpoint_hit (&frame));
  CHECK (memcmp (&frame, &before, sizeof frame) == 0);
  frame.instruction_pointer = (word_t) &frame;
  CHECK (!breakpoint_hit (&frame));
  frame.instruction_pointer = 0;
  CHECK (!breakpoint_hit (&frame));

  /* Where one was, and now is somebody else's.  */
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  *place (DELTA, 0) = OPCODE_BREAKPOINT;
  frame.instruction_pointer = (word_t) place (DELTA, 0) + 1;
  before = frame;
  CHECK (!breakpoint_hit (&frame));
  CHECK (memcmp (&frame, &before, sizeof frame) == 0);
  CHECK_NUMBER (probe_hits (id), 0);
}

/* Another CPU has taken the breakpoint away since: it is no hit, and goes on
   in the slot.  */
static void
passes_over_what_was_there (void)
{
  struct breakpoint_frame frame;

  probes_boot ();
  uint32_t id = probe_create ("delta", true);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  standin_make_frame (&frame);
  struct breakpoint_frame before = frame;
  frame.instruction_pointer = (word_t) place (DELTA, 0) + 1;
  CHECK (breakpoint_hit (&frame));
  before.instruction_pointer
      = (word_t) sites_find ((word_t) place (DELTA, 0))->slot;
  CHECK (memcmp (&frame, &before, sizeof frame) == 0);

  /* Where there is a jump by now, that is executed.  */
  uint32_t alpha = probe_create ("alpha", true);
  CHECK_NUMBER (entry_mode (ALPHA), MDTRACE_MODE_JUMP);
  frame.instruction_pointer = (word_t) place (ALPHA, 0) + 1;
  CHECK (breakpoint_hit (&frame));
  CHECK_NUMBER (frame.instruction_pointer, (word_t) place (ALPHA, 0));
  CHECK_NUMBER (probe_hits (id) + probe_hits (alpha), 0);

  /* While it is there, it goes on in the slot.  */
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  frame = before;
  frame.instruction_pointer = (word_t) place (DELTA, 0) + 1;
  before.instruction_pointer
      = (word_t) sites_find ((word_t) place (DELTA, 0))->slot;
  CHECK (breakpoint_hit (&frame));
  CHECK (memcmp (&frame, &before, sizeof frame) == 0);
  CHECK_NUMBER (probe_hits (id), 1);
}

TAP_MAIN ({ refuses_foreign_breakpoints, "breakpoints of somebody else" },
	  { undoes_what_it_has_patched,
	    "what was patched before the failure is undone" },
	  { loses_no_memory, "attempts that fail cost no memory" },
	  { bears_want_of_memory, "no memory for all the sites" },
	  { passes_foreign_traps_on, "traps that are not ours go on" },
	  { passes_over_what_was_there,
	    "a breakpoint that is no more is no hit" })
