/* Probes with many sites: what they match, and what they count.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <fnmatch.h>

#include "probes.h"

enum
{
  ENTRIES = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY),
  RETURNS = MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)
};

/* What a probe of KINDS of the functions that match PATTERN must have.  */
static mdtrace_created_t
expect (const char *pattern, uint32_t kinds)
{
  mdtrace_created_t expected = { 0 };

  for (int i = 0; i < STANDIN_FUNCTIONS; i++)
    {
      uint32_t before = expected.sites;
      if (i == ALPHA_TOO
	  || (pattern[0] != '\0' && fnmatch (pattern, standin_name (i), 0) != 0
	      && (i != ALPHA
		  || fnmatch (pattern, standin_name (ALPHA_TOO), 0) != 0)))
	continue;
      const struct table_site *site = standin_site (i, 0);
      bool untouchable = i == GAMMA || i == COLD;
      for (unsigned n = 0; (site = standin_site (i, n)) != NULL; n++)
	if (!(kinds & (n == 0 ? ENTRIES : RETURNS)) && !untouchable)
	  continue;
	else if (site->plan == SITE_PLAN_REFUSED)
	  {
	    expected.refused++;
	    expected.reasons[site->reason]++;
	  }
	else
	  expected.sites++;
      expected.functions += expected.sites > before;
    }
  return expected;
}

static void
matches_patterns (void)
{
  static const char *const patterns[]
      = { "",	     "*",	 "alpha*",	 "alph?",
	  "*_too",   "twin*",	 "function_?5*", "[!f]*",
	  "fork*",   "[d-g]*",	 "n*",		 "r*",
	  "*[0-3]5", "tai[k-m]", "s?ort" };
  static const uint32_t kinds[] = { ENTRIES, RETURNS, ENTRIES | RETURNS };

  probes_boot ();
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
    for (int j = 0; j < 3; j++)
      {
	dynamic_probe_config_t config = probe_config (patterns[i]);
	mdtrace_created_t created, expected = expect (patterns[i], kinds[j]);
	dynamic_probe_status_t info;
	config.kinds = kinds[j];
	int error = dynamic_probe_create (&config, &created);
	if (expected.sites == 0)
	  {
	    CHECK_NUMBER (error, expected.refused > 0
				     ? MDTRACE_ERR_REFUSED_SITE
				     : MDTRACE_ERR_NO_SITES);
	    continue;
	  }
	CHECK_NUMBER (error, MDTRACE_OK);
	expected.id = created.id;
	CHECK (memcmp (&created, &expected, sizeof created) == 0);
	CHECK (probe_info (created.id, &info));
	CHECK_NUMBER (info.kinds, kinds[j]);
	CHECK_NUMBER (info.sites, expected.sites);
	CHECK_NUMBER (info.functions, expected.functions);
	CHECK_NUMBER (info.refused, expected.refused);
	CHECK_TEXT (info.function,
		    strcmp (patterns[i], "") == 0 ? "" : patterns[i]);
	CHECK ((info.fields & MDTRACE_FIELD_ADDRESS) != 0);
	CHECK_NUMBER (info.fields & MDTRACE_FIELD_ARG0, 0);
	CHECK_NUMBER ((info.fields & MDTRACE_FIELD_RETVAL) != 0,
		      kinds[j] == RETURNS);
	CHECK_NUMBER (dynamic_probe_destroy (created.id), MDTRACE_OK);
      }
}

static void
finds_nothing (void)
{
  static const struct
  {
    const char *function;
    uint32_t kinds;
    int error;
  } cases[] = {
    { "x*", ENTRIES, MDTRACE_ERR_NO_SITES },
    { "[alpha", ENTRIES, MDTRACE_ERR_NO_SITES },
    { "never", RETURNS, MDTRACE_ERR_NO_SITES },
    { "gamma", RETURNS, MDTRACE_ERR_REFUSED_SITE },
    { "gamm?", ENTRIES, MDTRACE_ERR_REFUSED_SITE },
    { "fork.*", ENTRIES | RETURNS, MDTRACE_ERR_REFUSED_SITE },
    { "nosuch", RETURNS, MDTRACE_ERR_NO_SUCH_FUNCTION },
    { "twin", RETURNS, MDTRACE_ERR_AMBIGUOUS_FUNCTION },
  };

  probes_boot ();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      dynamic_probe_config_t config = probe_config (cases[i].function);
      mdtrace_created_t created;
      config.kinds = cases[i].kinds;
      CHECK_NUMBER (dynamic_probe_create (&config, &created), cases[i].error);
    }
}

/* One function with several sites has its name, and no arguments.  */
static void
describes_one_function (void)
{
  dynamic_probe_status_t info;

  probes_boot ();
  CHECK (probe_info (probe_create_of ("alpha_too", ENTRIES | RETURNS), &info));
  CHECK_TEXT (info.function, "alpha");
  CHECK_NUMBER (info.sites, 2);
  CHECK_NUMBER (info.functions, 1);
  CHECK_NUMBER (info.fields, MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK
				 | MDTRACE_FIELD_ADDRESS);
  CHECK (probe_info (probe_create_of ("fork", RETURNS), &info));
  CHECK_NUMBER (info.sites, 2);
  CHECK_NUMBER (info.address, standin_site (FORK, 1)->address);
  CHECK_NUMBER (info.fields, MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK
				 | MDTRACE_FIELD_ADDRESS
				 | MDTRACE_FIELD_RETVAL);
  /* Its returns can be had where its entry cannot.  */
  CHECK (probe_info (probe_create_of ("cannot", ENTRIES | RETURNS), &info));
  CHECK_NUMBER (info.sites, 1);
  CHECK_NUMBER (info.refused, 1);
  uint64_t address = (word_t) standin_text (FORK) + 4;
  CHECK (probe_info (probe_create_at (address), &info));
  CHECK_NUMBER (info.address, address);
  CHECK_NUMBER (info.offset, 4);
  CHECK_TEXT (info.function, "fork");
  CHECK_NUMBER (info.fields, MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK);
}

static bool
reach (word_t address)
{
  struct breakpoint_frame frame;

  standin_make_frame (&frame);
  return standin_reach (address, &frame);
}

/* The sites of probe ID on CPU, read in pages of BYTES bytes, must be by
   address and come to COUNT; returns the sum of their counts.  */
static mdtrace_counts_t
sum_sites (uint32_t id, uint32_t cpu, uint32_t bytes, uint32_t count)
{
  static uint64_t page[65536 / 8];
  mdtrace_counts_t sum = { 0 };
  uint32_t first = 0, next, listed = 0;
  uint64_t last = 0;

  do
    {
      uint32_t used = bytes;
      memset (page, 0xa5, sizeof page);
      CHECK_NUMBER (dynamic_probe_sites (id, cpu, first, &next, page, &used),
		    MDTRACE_OK);
      CHECK (used <= bytes);
      CHECK_NUMBER (((uint8_t *) page)[used], 0xa5);
      for (uint32_t at = 0; at < used; listed++)
	{
	  const struct mdtrace_site_entry *entry
	      = (const void *) ((const char *) page + at);
	  const char *name = (const char *) (entry + 1);
	  CHECK (entry->address >= last);
	  last = entry->address;
	  CHECK (entry->function <= entry->address);
	  CHECK (entry->entry_bytes
		 == sizeof *entry + ((strlen (name) + 8) & ~UINT64_C (7)));
	  for (size_t i = sizeof *entry + strlen (name);
	       i < entry->entry_bytes; i++)
	    CHECK_NUMBER (((const char *) entry)[i], '\0');
	  CHECK_NUMBER (entry->mode, sites_mode (entry->address));
	  check_counts (&entry->counts);
	  dtrace_add_counts (&sum, &entry->counts);
	  at += entry->entry_bytes;
	}
      CHECK (next == 0 || next == listed);
      first = next;
    }
  while (next != 0);
  CHECK_NUMBER (listed, count);
  return sum;
}

static void
counts_each_site (void)
{
  dynamic_probe_status_t info;
  mdtrace_counts_t counts[2];
  uint64_t seed = 1, hits = 0;
  uint32_t count, next;

  standin_boot ("");
  standin_set_cpus (2);
  mdtrace_start ();
  uint32_t id = probe_create_of ("f*", ENTRIES | RETURNS);
  CHECK (probe_info (id, &info));
  for (int i = 0; i < 3000; i++)
    {
      standin.cpu = tap_below (&seed, 2);
      enum standin_function function
	  = FUNCTION_0 + tap_below (&seed, STANDIN_FUNCTIONS - FUNCTION_0);
      CHECK (reach (standin_site (function, tap_below (&seed, 2))->address));
      hits++;
    }
  CHECK (reach (standin_site (FORK, 2)->address));
  hits++;
  standin.cpu = 0;
  CHECK_NUMBER (dynamic_probe_counts (id, counts, &count), MDTRACE_OK);
  CHECK_NUMBER (count, 2);
  CHECK_NUMBER (counts[0].hits + counts[1].hits, hits);
  CHECK_NUMBER (probe_hits (id), hits);
  for (uint32_t bytes = 112; bytes < 65536; bytes = bytes * 3 / 2 + 1)
    {
      mdtrace_counts_t sum
	  = sum_sites (id, MDTRACE_CPU_ALL, bytes, info.sites);
      CHECK_NUMBER (sum.hits, hits);
      for (unsigned cpu = 0; cpu < 2; cpu++)
	{
	  sum = sum_sites (id, cpu, bytes, info.sites);
	  CHECK (memcmp (&sum, &counts[cpu], sizeof sum) == 0);
	}
    }
  CHECK_NUMBER (dynamic_probe_sites (id, 2, 0, &next, NULL, &count),
		MDTRACE_ERR_NO_SUCH_CPU);
  CHECK_NUMBER (dynamic_probe_sites (id + 1, 0, 0, &next, NULL, &count),
		MDTRACE_ERR_NO_SUCH_PROBE);

  /* Its counts outlive it, on each CPU; its sites do not.  */
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  mdtrace_counts_t last[2];
  CHECK_NUMBER (dynamic_probe_counts (id, last, &count), MDTRACE_OK);
  CHECK (memcmp (last, counts, sizeof last) == 0);
  CHECK_NUMBER (sum_sites (id, MDTRACE_CPU_ALL, 7168, 0).hits, 0);
  CHECK_NUMBER (total_counts ().hits, hits);
  CHECK (standin_text_is_original ());
  check_law ();
}

/* The entry and the return of a function may be one and the same.  */
static void
counts_a_site_for_each_of_its_kinds (void)
{
  probes_boot ();
  uint32_t both = probe_create_of ("short", ENTRIES | RETURNS);
  uint32_t back = probe_create_of ("short", RETURNS);
  uint32_t here = probe_create_at ((word_t) standin_text (SHORT));
  CHECK (standin_call (SHORT));
  CHECK_NUMBER (probe_hits (both), 2);
  CHECK_NUMBER (probe_hits (back), 1);
  CHECK_NUMBER (probe_hits (here), 1);
  CHECK_NUMBER (dynamic_probe_disable (both), MDTRACE_OK);
  CHECK (standin_call (SHORT));
  CHECK_NUMBER (probe_hits (both), 2);
  CHECK_NUMBER (probe_hits (back), 2);
  CHECK_NUMBER (dynamic_probe_disable (back), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_disable (here), MDTRACE_OK);
  CHECK (standin_text_is_original ());
  check_law ();
}

/* Enabled by other names at the same time, each counts for itself.  */
static void
shares_sites_with_others (void)
{
  probes_boot ();
  uint32_t all = probe_create_of ("*", ENTRIES | RETURNS);
  uint32_t some = probe_create_of ("function_0*", ENTRIES);
  uint32_t one = probe_create ("function_007", true);
  for (int i = FUNCTION_0; i < STANDIN_FUNCTIONS; i++)
    {
      CHECK (standin_call (i));
      CHECK (reach (standin_site (i, 1)->address));
    }
  CHECK_NUMBER (probe_hits (all), 600);
  CHECK_NUMBER (probe_hits (some), 100);
  CHECK_NUMBER (probe_hits (one), 1);
  CHECK_NUMBER (dynamic_probe_destroy (all), MDTRACE_OK);
  CHECK (standin_call (FUNCTION_0 + 7));
  CHECK (!standin_call (FUNCTION_0 + 100));
  CHECK_NUMBER (probe_hits (some), 101);
  CHECK_NUMBER (probe_hits (one), 2);
  CHECK_NUMBER (dynamic_probe_destroy (some), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_destroy (one), MDTRACE_OK);
  CHECK (standin_text_is_original ());
  check_law ();
}

TAP_MAIN ({ matches_patterns, "sites of all functions that match" },
	  { finds_nothing, "nothing that can be probed" },
	  { describes_one_function, "one function with several sites" },
	  { counts_each_site, "the counts of the sites sum to the probe's" },
	  { counts_a_site_for_each_of_its_kinds,
	    "an entry that is a return too" },
	  { shares_sites_with_others, "probes share sites" })
