/* Dynamic probes that cannot be: each error, and nothing left behind.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pages.h"
#include "probes.h"

/* What must not change when something is refused.  */
struct state
{
  mdtrace_status_t status;
  dynamic_probe_status_t list[256];
  uint32_t listed;
  uint8_t text[STANDIN_TEXT_BYTES];
};

static void
get_state (struct state *state)
{
  memset (state, 0, sizeof *state);
  dynamic_probe_status (&state->status);
  state->listed = dynamic_probe_list (0, state->list, 256);
  memcpy (state->text, standin_text (0), sizeof state->text);
}

static struct state before, after;

static void
check_unchanged (void)
{
  get_state (&after);
  CHECK (memcmp (&before, &after, sizeof before) == 0);
  CHECK (standin.interrupts_enabled);
}

/* Creating CONFIG must fail with ERROR, and do nothing.  */
static void
check_refused (const dynamic_probe_config_t *config, int error)
{
  mdtrace_created_t created = { .id = 12345 };

  get_state (&before);
  CHECK_NUMBER (dynamic_probe_create (config, &created), error);
  CHECK_NUMBER (created.id, 12345);
  check_unchanged ();
}

static void
check_function_refused (const char *function, int error)
{
  dynamic_probe_config_t config = probe_config (function);

  check_refused (&config, error);
  config.enabled = 1;
  check_refused (&config, error);
}

static void
refuses_functions (void)
{
  probes_boot ();
  check_function_refused ("nosuch", MDTRACE_ERR_NO_SUCH_FUNCTION);
  check_function_refused ("alph", MDTRACE_ERR_NO_SUCH_FUNCTION);
  check_function_refused ("alphaa", MDTRACE_ERR_NO_SUCH_FUNCTION);
  check_function_refused ("alpha@b.c", MDTRACE_ERR_NO_SUCH_FUNCTION);
  check_function_refused ("alpha@", MDTRACE_ERR_NO_SUCH_FUNCTION);
  check_function_refused ("@a.c", MDTRACE_ERR_NO_SUCH_FUNCTION);
  check_function_refused ("twin", MDTRACE_ERR_AMBIGUOUS_FUNCTION);
  check_function_refused ("twin@three.c", MDTRACE_ERR_NO_SUCH_FUNCTION);
  check_function_refused ("gamma", MDTRACE_ERR_REFUSED_SITE);
  check_function_refused ("fork.cold", MDTRACE_ERR_REFUSED_SITE);
  check_function_refused ("cannot", MDTRACE_ERR_REFUSED_SITE);
  check_function_refused ("recovered", MDTRACE_ERR_REFUSED_SITE);
}

static void
refuses_bad_arguments (void)
{
  dynamic_probe_config_t config;

  probes_boot ();
  config = probe_config ("alpha");
  static const uint32_t bad_kinds[]
      = { 0,
	  1,
	  MDTRACE_KIND_BIT (MDTRACE_PROBE_TAIL),
	  1 << 5,
	  MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY) | 1 << 31,
	  MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
	      | MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS),
	  MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)
	      | MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS) };
  for (size_t i = 0; i < sizeof bad_kinds / sizeof bad_kinds[0]; i++)
    {
      config.kinds = bad_kinds[i];
      check_refused (&config, MDTRACE_ERR_BAD_ARGUMENT);
    }

  config = probe_config ("alpha");
  strcpy (config.module, "kernels");
  check_refused (&config, MDTRACE_ERR_BAD_ARGUMENT);

  /* Text that does not end.  */
  config = probe_config ("alpha");
  memset (config.label, 'x', sizeof config.label);
  check_refused (&config, MDTRACE_ERR_BAD_ARGUMENT);
  config = probe_config ("alpha");
  memset (config.function, 'x', sizeof config.function);
  check_refused (&config, MDTRACE_ERR_BAD_ARGUMENT);
  config = probe_config ("alpha");
  memset (config.module, 'x', sizeof config.module);
  check_refused (&config, MDTRACE_ERR_BAD_ARGUMENT);
  config = probe_config ("alpha");
  memset (config.names, 'x', sizeof config.names);
  check_refused (&config, MDTRACE_ERR_BAD_ARGUMENT);
}

static void
refuses_fields (void)
{
  dynamic_probe_config_t config = probe_config ("alpha");

  probes_boot ();
  config.fields = MDTRACE_FIELD_ARG2;
  check_refused (&config, MDTRACE_ERR_NO_VALUE);
  config.fields = MDTRACE_FIELD_RETVAL;
  check_refused (&config, MDTRACE_ERR_NO_VALUE);
  config.fields = UINT64_C (1) << 10;
  check_refused (&config, MDTRACE_ERR_BAD_ARGUMENT);
  config.fields = UINT64_C (1) << 63 | MDTRACE_FIELD_TASK;
  check_refused (&config, MDTRACE_ERR_BAD_ARGUMENT);
  config.fields = ~UINT64_C (0);
  check_refused (&config, MDTRACE_ERR_BAD_ARGUMENT);
  config = probe_config ("stacked");
  config.fields = MDTRACE_FIELD_ARG1;
  check_refused (&config, MDTRACE_ERR_NO_VALUE);
}

/* ID is no probe, for any that takes one.  */
static void
check_no_probe (uint32_t id)
{
  mdtrace_counts_t counts[64];
  uint32_t cpus = 77;

  get_state (&before);
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_ERR_NO_SUCH_PROBE);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_ERR_NO_SUCH_PROBE);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_ERR_NO_SUCH_PROBE);
  CHECK_NUMBER (dynamic_probe_counts (id, counts, &cpus),
		MDTRACE_ERR_NO_SUCH_PROBE);
  CHECK_NUMBER (cpus, 77);
  check_unchanged ();
}

static void
refuses_numbers_of_no_probe (void)
{
  probes_boot ();
  check_no_probe (1);
  uint32_t id = probe_create ("alpha", false);
  check_no_probe (0);
  check_no_probe (id + 1);
  check_no_probe (UINT32_MAX);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  check_no_probe (id);
}

static void
refuses_what_a_destroyed_probe_cannot (void)
{
  mdtrace_counts_t counts[64];
  uint32_t cpus;

  probes_boot ();
  uint32_t id = probe_create ("alpha", true);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  get_state (&before);
  CHECK_NUMBER (before.listed, 1);
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_ERR_NO_SUCH_PROBE);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_ERR_NO_SUCH_PROBE);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_ERR_NO_SUCH_PROBE);
  check_unchanged ();
  CHECK_NUMBER (dynamic_probe_counts (id, counts, &cpus), MDTRACE_OK);
}

static void
refuses_to_repeat (void)
{
  probes_boot ();
  uint32_t id = probe_create ("alpha", false);
  get_state (&before);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_ERR_NOT_ENABLED);
  check_unchanged ();
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  get_state (&before);
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_ERR_ALREADY_ENABLED);
  check_unchanged ();
}

static void
refuses_too_many (void)
{
  dynamic_probe_config_t config = probe_config ("alpha");
  mdtrace_status_t status;

  probes_boot ();
  for (int i = 0; i < 128; i++)
    probe_create (standin_name (FUNCTION_0 + i), i % 2);
  dynamic_probe_status (&status);
  CHECK_NUMBER (status.probes, 128);
  CHECK_NUMBER (status.probes_max, 128);
  CHECK_NUMBER (status.probes_enabled, 64);
  check_refused (&config, MDTRACE_ERR_TOO_MANY_PROBES);
  CHECK_NUMBER (dynamic_probe_destroy (5), MDTRACE_OK);
  CHECK_NUMBER (probe_create_by (&config), 129);
  check_refused (&config, MDTRACE_ERR_TOO_MANY_PROBES);
}

/* The text at ALPHA is not what it should be: a breakpoint of the kernel
   debugger is in what a jump would displace.  */
static void
refuses_changed_text (void)
{
  dynamic_probe_config_t config = probe_config ("alpha");

  probes_boot ();
  uint32_t id = probe_create ("alpha", false);
  for (int at = 0; at < standin_site (ALPHA, 0)->original_bytes; at++)
    {
      uint8_t byte = standin_text (ALPHA)[at];
      standin_text (ALPHA)[at] = 0xcc;
      get_state (&before);
      CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_ERR_TEXT_CHANGED);
      check_unchanged ();
      config.enabled = 1;
      check_refused (&config, MDTRACE_ERR_TEXT_CHANGED);
      standin_text (ALPHA)[at] = byte;
    }
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (probe_hits (id), 1);
}

/* Let every allocation of pages fail once, while probes of ever new functions
   are created and enabled: whatever fails changes nothing, and works as soon
   as there is memory.  */
static void
bears_want_of_memory (void)
{
  unsigned failed_create = 0, failed_enable = 0, failed_both = 0;
  mdtrace_created_t created;
  uint32_t next = 1;
  uint64_t seed = 1;

  probes_boot ();
  for (int i = FUNCTION_0; i < STANDIN_FUNCTIONS; i++)
    {
      dynamic_probe_config_t config = probe_config (standin_name (i));
      config.enabled = tap_below (&seed, 3) == 0;
      /* So that a page ends elsewhere each time.  */
      pages_allocate_small (1 + tap_below (&seed, 3000));
      pages_allocate_code (1 + tap_below (&seed, 3000));
      standin.pages_left = 0;
      get_state (&before);
      int error = dynamic_probe_create (&config, &created);
      if (error != MDTRACE_OK)
	{
	  CHECK_NUMBER (error, MDTRACE_ERR_NO_MEMORY);
	  check_unchanged ();
	  failed_create += !config.enabled;
	  failed_both += config.enabled;
	  standin.pages_left = 2;
	  CHECK_NUMBER (dynamic_probe_create (&config, &created), MDTRACE_OK);
	  standin.pages_left = 0;
	}
      uint32_t id = created.id;
      CHECK_NUMBER (id, next++);
      if (!config.enabled)
	{
	  get_state (&before);
	  error = dynamic_probe_enable (id);
	  if (error != MDTRACE_OK)
	    {
	      CHECK_NUMBER (error, MDTRACE_ERR_NO_MEMORY);
	      check_unchanged ();
	      failed_enable++;
	      standin.pages_left = 2;
	      CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
	    }
	}
      CHECK (standin_call (i));
      CHECK_NUMBER (probe_hits (id), 1);
      /* Keep some, so that new memory is needed.  */
      if (tap_below (&seed, 4) > 0)
	CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
      check_law ();
    }
  CHECK (failed_create > 2);
  CHECK (failed_enable > 2);
  CHECK (failed_both > 2);
}

/* Let there be none, not even in pages that are used in part.  */
static void
use_up_memory (void)
{
  standin.pages_left = 0;
  while (pages_allocate_small (16) != NULL)
    ;
  while (pages_allocate_code (16) != NULL)
    ;
}

/* What was had for a probe that could not be created serves the next
   one.  */
static void
keeps_the_memory_of_what_failed (void)
{
  dynamic_probe_config_t beta = probe_config ("beta");

  probes_boot ();
  probe_create ("many", false);
  CHECK_NUMBER (dynamic_probe_destroy (probe_create ("alpha", false)),
		MDTRACE_OK);
  use_up_memory ();
  /* There is a probe to be had, but no site; then no gate.  */
  check_refused (&beta, MDTRACE_ERR_NO_MEMORY);
  check_function_refused ("beta", MDTRACE_ERR_NO_MEMORY);
  beta = probe_config ("many");
  beta.enabled = 1;
  check_refused (&beta, MDTRACE_ERR_NO_MEMORY);
  probe_create ("alpha", false);
}

/* Memory that the processor cannot reach is given back.  */
static void
gives_back_unreachable_memory (void)
{
  dynamic_probe_config_t config = probe_config ("alpha");

  probes_boot ();
  use_up_memory ();
  standin.pages_left = -1;
  unsigned blocks = standin.page_blocks;
  standin.pages_beyond = 1;
  check_refused (&config, MDTRACE_ERR_NO_MEMORY);
  CHECK_NUMBER (standin.pages_beyond, 0);
  CHECK_NUMBER (standin.page_blocks, blocks);
}

/* Without memory for the rings there are no events, but all else works; and
   when there is memory again rings can be had.  */
static void
works_without_rings (long pages)
{
  dynamic_probe_status_t info;

  standin_boot ("");
  standin.pages_left = pages;
  mdtrace_start ();
  CHECK (standin_said ("no memory for the trace rings"));
  standin.pages_left = -1;
  uint32_t id = probe_create ("many", true);
  CHECK (standin_call (MANY));
  CHECK_NUMBER (probe_counts (id).dropped, 1);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  CHECK (!probe_info (id, &info));
  check_law ();

  CHECK_NUMBER (rings_configure (0, 0), MDTRACE_OK);
  id = probe_create ("many", true);
  CHECK (standin_call (MANY));
  CHECK_NUMBER (probe_counts (id).recorded, 1);
  check_law ();
}

static void
works_without_a_control_page (void)
{
  works_without_rings (0);
}

static void
works_without_a_tail (void)
{
  works_without_rings (1);
}

static void
works_without_data (void)
{
  works_without_rings (2);
}

TAP_MAIN ({ refuses_functions, "functions that cannot be probed" },
	  { refuses_bad_arguments, "arguments that make no sense" },
	  { refuses_fields, "fields that cannot be had" },
	  { refuses_numbers_of_no_probe, "numbers of no probe" },
	  { refuses_what_a_destroyed_probe_cannot,
	    "a destroyed probe cannot be changed" },
	  { refuses_to_repeat, "enabled twice, disabled twice" },
	  { refuses_too_many, "one probe more than MAX_DYNAMIC_PROBES" },
	  { refuses_changed_text, "text that somebody else has changed" },
	  { bears_want_of_memory, "no memory, at each allocation" },
	  { keeps_the_memory_of_what_failed,
	    "memory of what failed is used again" },
	  { gives_back_unreachable_memory, "memory beyond the direct map" },
	  { works_without_a_control_page, "no memory for the rings" },
	  { works_without_a_tail, "no memory for the second page of a ring" },
	  { works_without_data, "no memory for the data of a ring" })
