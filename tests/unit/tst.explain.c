/* What is known of addresses, compared with what probes of them do.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "probe_sites.h"
#include "probes.h"
#include "symbols.h"

/* The function whose code ADDRESS is in; STANDIN_FUNCTIONS if none.  */
static enum standin_function
function_at (word_t address)
{
  for (int i = 0; i < STANDIN_FUNCTIONS; i++)
    if (i != ALPHA_TOO
	&& address - (word_t) standin_text (i) < standin_bytes (i))
      return i;
  return STANDIN_FUNCTIONS;
}

/* Try to probe ADDRESS in the two ways that there are; the error of both.  If
   it works, the mode of the site while it is enabled is in *MODE.  */
static int
try_probe (word_t address, enum standin_function function, unsigned *mode)
{
  dynamic_probe_config_t config = probe_config ("");
  mdtrace_created_t created;
  int errors[2];

  for (int i = 0; i < 2; i++)
    {
      config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);
      config.offset = address;
      config.enabled = 1;
      if (i == 1)
	{
	  strcpy (config.function, function == TWIN_ONE	  ? "twin@one.c"
				   : function == TWIN_TWO ? "twin@two.c"
				   : function == ALPHA
				       ? "alpha_too"
				       : standin_name (function));
	  config.offset -= (word_t) standin_text (function);
	}
      errors[i] = dynamic_probe_create (&config, &created);
      if (errors[i] != MDTRACE_OK)
	continue;
      CHECK_NUMBER (created.sites, 1);
      CHECK_NUMBER (created.functions, 1);
      *mode = sites_mode (address);
      CHECK_NUMBER (dynamic_probe_destroy (created.id), MDTRACE_OK);
    }
  CHECK_NUMBER (errors[0], errors[1]);
  return errors[0];
}

static unsigned
expected_reason (enum standin_function function, unsigned offset)
{
  return function == GAMMA			? MDTRACE_REASON_TRAP_PATH
	 : function == COLD			? MDTRACE_REASON_COLD_PART
	 : function == CANNOT && offset == 0	? MDTRACE_REASON_CANNOT_MOVE
	 : function == RECOVERED && offset == 0 ? MDTRACE_REASON_RECOVERY
						: MDTRACE_REASON_NONE;
}

/* For each byte of the text.  */
static void
agrees_with_probes (void)
{
  unsigned plans[3] = { 0 }, inside = 0;

  probes_boot ();
  for (unsigned at = 0; at < STANDIN_TEXT_BYTES; at++)
    {
      mdtrace_explanation_t known;
      word_t address = (word_t) standin_text (0) + at;
      enum standin_function function = function_at (address);
      unsigned mode = MDTRACE_MODE_NONE;

      memset (&known, 0xa5, sizeof known);
      int error = address_explain (address, &known);
      if (function == STANDIN_FUNCTIONS)
	{
	  CHECK_NUMBER (error, MDTRACE_ERR_NOT_TEXT);
	  dynamic_probe_config_t config = probe_config ("");
	  mdtrace_created_t created;
	  config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);
	  config.offset = address;
	  CHECK_NUMBER (dynamic_probe_create (&config, &created),
			MDTRACE_ERR_NOT_TEXT);
	  continue;
	}
      word_t start = (word_t) standin_text (function);
      CHECK_NUMBER (error, MDTRACE_OK);
      CHECK_NUMBER (known.address, address);
      CHECK_NUMBER (known.function, start);
      CHECK_NUMBER (known.function_bytes, standin_bytes (function));
      CHECK_NUMBER (known.mode, MDTRACE_MODE_NONE);
      CHECK (known.instruction <= address);
      CHECK (known.instruction + known.instruction_bytes > address);
      CHECK_NUMBER (symbols_class (known.instruction) & 15,
		    known.instruction_bytes);
      CHECK_NUMBER (known.reason,
		    expected_reason (function, known.instruction - start));
      error = try_probe (address, function, &mode);
      if (known.instruction != address)
	{
	  CHECK_NUMBER (error, MDTRACE_ERR_INSIDE_INSTRUCTION);
	  inside++;
	  continue;
	}
      plans[known.plan]++;
      CHECK_NUMBER (mode, known.plan);
      CHECK_NUMBER (error, known.plan == MDTRACE_MODE_NONE
			       ? MDTRACE_ERR_REFUSED_SITE
			       : MDTRACE_OK);
      CHECK_NUMBER (known.plan == MDTRACE_MODE_NONE,
		    known.reason != MDTRACE_REASON_NONE);
    }
  CHECK (plans[MDTRACE_MODE_NONE] == 2 * 3 + 2);
  CHECK (plans[MDTRACE_MODE_JUMP] > 600);
  CHECK (plans[MDTRACE_MODE_BREAKPOINT] > 300);
  CHECK (inside > 1000);
  CHECK (standin_text_is_original ());
}

static void
tells_names_and_modes (void)
{
  mdtrace_explanation_t known;

  probes_boot ();
  word_t two = (word_t) standin_text (TWIN_TWO);
  CHECK_NUMBER (address_explain (two + 5, &known), MDTRACE_OK);
  CHECK_TEXT (known.name, "twin@two.c");
  CHECK_NUMBER (known.instruction, two + 4);
  CHECK_NUMBER (known.instruction_bytes, 3);
  CHECK_NUMBER (known.plan, MDTRACE_MODE_BREAKPOINT);
  probe_create_at (two + 4);
  CHECK_NUMBER (address_explain (two + 5, &known), MDTRACE_OK);
  CHECK_NUMBER (known.mode, MDTRACE_MODE_BREAKPOINT);
  probe_create ("alpha", true);
  CHECK_NUMBER (address_explain ((word_t) standin_text (ALPHA), &known),
		MDTRACE_OK);
  CHECK_TEXT (known.name, "alpha");
  CHECK_NUMBER (known.mode, MDTRACE_MODE_JUMP);
  /* Elsewhere.  */
  CHECK_NUMBER (address_explain (0, &known), MDTRACE_ERR_NOT_TEXT);
  CHECK_NUMBER (address_explain ((word_t) standin_text (0) - 1, &known),
		MDTRACE_ERR_NOT_TEXT);
  CHECK_NUMBER (address_explain (UINT64_MAX, &known), MDTRACE_ERR_NOT_TEXT);
}

/* All sites of a function, whatever of its addresses is asked for, in pages
   of any size.  */
static void
lists_the_sites_of_a_function (void)
{
  struct mdtrace_site_entry entries[4];

  probes_boot ();
  probe_create_of ("leading", MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN));
  for (int i = 0; i < FUNCTION_0 + 3; i++)
    for (unsigned room = 1; room <= 4; room++)
      {
	uint32_t first = 0, next, listed = 0;
	if (i == ALPHA_TOO)
	  continue;
	do
	  {
	    uint32_t bytes = room * sizeof entries[0] + sizeof entries[0] / 2;
	    memset (entries, 0xa5, sizeof entries);
	    word_t asked = (word_t) standin_text (i) + standin_bytes (i) - 1;
	    CHECK_NUMBER (
		function_sites_list (asked, first, &next, entries, &bytes),
		MDTRACE_OK);
	    CHECK_NUMBER (bytes % sizeof entries[0], 0);
	    uint32_t count = bytes / sizeof entries[0];
	    CHECK (count <= room);
	    for (uint32_t j = 0; j < count; j++, listed++)
	      {
		const struct mdtrace_site_entry *entry = &entries[j];
		const struct table_site *site = standin_site (i, listed);
		mdtrace_counts_t none = { 0 };
		CHECK (site != NULL);
		CHECK_NUMBER (entry->address, site->address);
		CHECK_NUMBER (entry->function, (word_t) standin_text (i));
		CHECK_NUMBER (entry->entry_bytes, sizeof *entry);
		CHECK_NUMBER (entry->kind, site->kind);
		CHECK_NUMBER (entry->reason, site->reason);
		CHECK_NUMBER (entry->lead, site->lead);
		CHECK_NUMBER (entry->mode, sites_mode (site->address));
		CHECK_NUMBER (entry->plan, site->plan == SITE_PLAN_REFUSED
					       ? MDTRACE_MODE_NONE
					   : site->plan == SITE_PLAN_JUMP
					       ? MDTRACE_MODE_JUMP
					       : MDTRACE_MODE_BREAKPOINT);
		CHECK_NUMBER (entry->changed_bytes,
			      entry->plan == MDTRACE_MODE_NONE	 ? 0
			      : entry->plan == MDTRACE_MODE_JUMP ? 5
								 : 1);
		CHECK (memcmp (&entry->counts, &none, sizeof none) == 0);
	      }
	    CHECK (next == 0 || next == first + count);
	    first = next;
	  }
	while (next != 0);
	CHECK (standin_site (i, listed) == NULL);
      }
  uint32_t next, bytes = sizeof entries;
  CHECK_NUMBER (function_sites_list (0, 0, &next, entries, &bytes),
		MDTRACE_ERR_NOT_TEXT);
  /* Behind the last.  */
  word_t alpha = (word_t) standin_text (ALPHA);
  CHECK_NUMBER (function_sites_list (alpha, 2, &next, entries, &bytes),
		MDTRACE_OK);
  CHECK_NUMBER (bytes, 0);
  CHECK_NUMBER (next, 0);
}

TAP_MAIN ({ agrees_with_probes, "what is explained is what a probe does" },
	  { tells_names_and_modes, "names and modes" },
	  { lists_the_sites_of_a_function,
	    "the sites of a function, in pages of any size" })
