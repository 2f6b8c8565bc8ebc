/* Dynamic probes: from creation to destruction, with hits in between.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "probes.h"

static void
lives_from_creation_to_destruction (void)
{
  dynamic_probe_status_t info;

  probes_boot ();
  uint32_t id = probe_create ("alpha", false);
  CHECK (!standin_call (ALPHA));
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK (is_patched (ALPHA));
  for (int i = 0; i < 5; i++)
    CHECK (standin_call (ALPHA));
  CHECK (!standin_call (BETA));
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  CHECK (!standin_call (ALPHA));
  CHECK_NUMBER (probe_hits (id), 5);
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (probe_counts (id).recorded, 6);
  check_law ();
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  CHECK (!is_patched (ALPHA));
  CHECK (probe_info (id, &info));
  CHECK_NUMBER (info.state, MDTRACE_STATE_DESTROYED);
}

static void
is_described (void)
{
  dynamic_probe_config_t config = probe_config ("alpha");
  dynamic_probe_status_t info;
  mdtrace_created_t created;

  probes_boot ();
  strcpy (config.label, "my label");
  strcpy (config.module, "kernel");
  strcpy (config.names, "a:d4:int;b:x8:void *");
  CHECK_NUMBER (dynamic_probe_create (&config, &created), MDTRACE_OK);
  CHECK_NUMBER (created.sites, 1);
  CHECK_NUMBER (created.functions, 1);
  CHECK_NUMBER (created.refused, 0);
  CHECK (probe_info (created.id, &info));
  CHECK_NUMBER (info.kinds, MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY));
  CHECK_NUMBER (info.state, MDTRACE_STATE_DISABLED);
  CHECK_NUMBER (info.sites, 1);
  CHECK_NUMBER (info.functions, 1);
  CHECK_NUMBER (info.refused, 0);
  CHECK_NUMBER (info.address, (uintptr_t) standin_text (ALPHA));
  CHECK_NUMBER (info.fields, MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK
				 | MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_ARG1);
  CHECK_TEXT (info.provider, "fbt");
  CHECK_TEXT (info.module, "kernel");
  CHECK_TEXT (info.function, "alpha");
  CHECK_TEXT (info.label, "my label");
  CHECK_TEXT (info.names, "a:d4:int;b:x8:void *");
  CHECK_NUMBER (info.counts.hits, 0);
}

static void
has_the_fields_that_can_be_had (void)
{
  dynamic_probe_status_t info;

  probes_boot ();
  CHECK (probe_info (probe_create ("many", false), &info));
  CHECK_NUMBER (info.fields, 0x3f3);
  CHECK (probe_info (probe_create ("stacked", false), &info));
  CHECK_NUMBER (info.fields, 0x13);
  CHECK (probe_info (probe_create ("beta", false), &info));
  CHECK_NUMBER (info.fields, 0x3);
}

static void
numbers_only_grow (void)
{
  uint32_t last = 0;

  probes_boot ();
  for (int i = 0; i < 500; i++)
    {
      uint32_t id = probe_create (i % 2 ? "alpha" : "beta", false);
      CHECK (id > last);
      last = id;
      if (i % 3 != 0 || i > 200)
	CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }
}

static void
shares_a_site (void)
{
  probes_boot ();
  uint32_t first = probe_create ("alpha", true);
  uint32_t second = probe_create ("alpha_too", true);
  uint32_t third = probe_create ("alpha", false);
  uint8_t patched[STANDIN_CELL_BYTES];

  memcpy (patched, standin_text (ALPHA), sizeof patched);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (dynamic_probe_enable (third), MDTRACE_OK);
  CHECK (standin_call (ALPHA));
  /* In the middle, at the beginning and at the end of the site's list.  */
  CHECK_NUMBER (dynamic_probe_disable (second), MDTRACE_OK);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (dynamic_probe_disable (third), MDTRACE_OK);
  CHECK (standin_call (ALPHA));
  /* The text stays as it is until the last one goes.  */
  CHECK (memcmp (standin_text (ALPHA), patched, sizeof patched) == 0);
  CHECK_NUMBER (dynamic_probe_disable (first), MDTRACE_OK);
  CHECK (!standin_call (ALPHA));
  CHECK_NUMBER (probe_hits (first), 4);
  CHECK_NUMBER (probe_hits (second), 2);
  CHECK_NUMBER (probe_hits (third), 2);
  check_law ();
}

static void
tells_functions_of_one_name_apart (void)
{
  dynamic_probe_status_t info;

  probes_boot ();
  uint32_t one = probe_create ("twin@one.c", true);
  uint32_t two = probe_create ("twin@two.c", false);
  CHECK (standin_call (TWIN_ONE));
  CHECK (!standin_call (TWIN_TWO));
  CHECK (probe_info (one, &info));
  CHECK_TEXT (info.function, "twin@one.c");
  CHECK_NUMBER (info.counts.hits, 1);
  CHECK (probe_info (two, &info));
  CHECK_TEXT (info.function, "twin@two.c");
}

static void
is_listed_by_number (void)
{
  dynamic_probe_status_t list[10];

  probes_boot ();
  for (int i = 0; i < 30; i++)
    CHECK_NUMBER (probe_create ("alpha", false), i + 1);
  CHECK_NUMBER (dynamic_probe_destroy (7), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_list (0, list, 10), 10);
  for (unsigned i = 0; i < 10; i++)
    CHECK_NUMBER (list[i].id, i < 6 ? i + 1 : i + 2);
  CHECK_NUMBER (dynamic_probe_list (25, list, 10), 6);
  CHECK_NUMBER (list[0].id, 25);
  CHECK_NUMBER (list[5].id, 30);
  CHECK_NUMBER (dynamic_probe_list (7, list, 1), 1);
  CHECK_NUMBER (list[0].id, 8);
  CHECK_NUMBER (dynamic_probe_list (31, list, 10), 0);
  CHECK_NUMBER (dynamic_probe_list (1, list, 0), 0);
}

/* Read all that the ring of RINGS holds, and release it.  */
static void
drain (struct mdtrace_rings *consumer)
{
  const uint64_t *record;
  unsigned words;

  do
    CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		  MDTRACE_OK);
  while (record != NULL);
  mdtrace_rings_release (consumer, 0);
}

static void
is_remembered_until_its_events_are_read (void)
{
  dynamic_probe_status_t info;
  struct mdtrace_rings *consumer;
  mdtrace_counts_t counts[64], total;
  uint32_t cpus;

  probes_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
  /* Somebody who reads, but makes no claim.  */
  standin_ticks (MDTRACE_LEASE_MS / 10);
  uint32_t quiet = probe_create ("alpha", true);
  uint32_t first = probe_create ("beta", true);
  uint32_t second = probe_create ("many", true);
  CHECK (standin_call (BETA));
  CHECK (standin_call (MANY));
  CHECK (standin_call (BETA));
  CHECK_NUMBER (dynamic_probe_destroy (quiet), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_destroy (first), MDTRACE_OK);
  /* Nothing of it was recorded.  */
  CHECK (!probe_info (quiet, &info));
  CHECK (probe_info (first, &info));
  CHECK_NUMBER (info.state, MDTRACE_STATE_DESTROYED);
  CHECK_TEXT (info.function, "beta");
  CHECK_NUMBER (dynamic_probe_counts (first, counts, &cpus), MDTRACE_OK);
  CHECK_NUMBER (counts[0].hits, 2);
  CHECK_NUMBER (cpus, 1);

  /* What comes after its destruction does not keep it.  */
  CHECK (standin_call (MANY));
  CHECK (probe_info (first, &info));
  drain (consumer);
  CHECK (standin_call (MANY));
  CHECK (!probe_info (first, &info));
  CHECK (probe_info (second, &info));
  total = total_counts ();
  CHECK_NUMBER (total.hits, 5);
  CHECK_NUMBER (total.recorded, 5);
  mdtrace_rings_close (consumer);
}

/* Whoever has claimed the rings has ten seconds to ask for the last
   counts.  */
static void
is_remembered_for_whoever_has_the_rings (void)
{
  dynamic_probe_status_t info;
  struct mdtrace_rings *consumer;

  probes_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
  uint32_t quiet = probe_create ("alpha", true);
  uint32_t id = probe_create ("beta", true);
  CHECK (standin_call (BETA));
  CHECK_NUMBER (dynamic_probe_destroy (quiet), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  drain (consumer);
  standin_ticks (999);
  CHECK_NUMBER (mdtrace_rings_renew (consumer), MDTRACE_OK);
  CHECK (probe_info (quiet, &info));
  CHECK (probe_info (id, &info));
  CHECK_NUMBER (info.counts.recorded, 1);
  standin_ticks (1);
  CHECK (!probe_info (quiet, &info));
  CHECK (!probe_info (id, &info));

  /* With the claim that ends too.  */
  id = probe_create ("beta", true);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  CHECK (probe_info (id, &info));
  mdtrace_rings_close (consumer);
  CHECK (!probe_info (id, &info));
}

static void
writes_what_was_asked_for (void)
{
  static const struct
  {
    uint64_t fields;
    unsigned words;
    uint64_t first; /* the first word behind the header */
  } cases[] = {
    { MDTRACE_FIELD_ARG1, 3, 2 },
    { MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_ARG5, 4, 1 },
    { MDTRACE_FIELD_ARG3, 3, 4 },
    { 0x3f0, 8, 1 },
  };
  struct mdtrace_rings *consumer;
  const uint64_t *record;
  unsigned words;

  probes_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      dynamic_probe_config_t config = probe_config ("many");
      config.fields = cases[i].fields;
      config.enabled = 1;
      uint32_t id = probe_create_by (&config);
      CHECK (standin_call (MANY));
      uint64_t now = standin.tsc;
      CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		    MDTRACE_OK);
      CHECK (record != NULL);
      CHECK_NUMBER (words, cases[i].words);
      CHECK_NUMBER (mdtrace_record_kind (record[0]), MDTRACE_RECORD_EVENT);
      CHECK_NUMBER (mdtrace_record_probe (record[0]), id);
      CHECK_NUMBER (mdtrace_record_cpu (record[0]), 0);
      CHECK_NUMBER (record[1], now);
      CHECK_NUMBER (record[2], cases[i].first);
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }
  for (unsigned i = 0; i < 6; i++)
    CHECK_NUMBER (record[2 + i], i + 1);
  mdtrace_rings_close (consumer);
}

/* Take the next record and check its KIND and its third word.  */
static void
check_record (struct mdtrace_rings *consumer, enum mdtrace_record_kind kind,
	      const void *third)
{
  const uint64_t *record;
  unsigned words;

  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words), MDTRACE_OK);
  CHECK (record != NULL);
  CHECK_NUMBER (mdtrace_record_kind (record[0]), kind);
  CHECK_NUMBER (record[2], (uintptr_t) third);
}

static void
names_each_task_before_its_events (void)
{
  struct mdtrace_rings *consumer;

  probes_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
  probe_create ("beta", true);
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < STANDIN_THREADS; i++)
      {
	standin_run (&standin_threads[i]);
	CHECK (standin_call (BETA));
	if (round == 0 && i < STANDIN_TASKS)
	  check_record (consumer, MDTRACE_RECORD_TASK_NAME, &standin_tasks[i]);
	check_record (consumer, MDTRACE_RECORD_EVENT, &standin_threads[i]);
      }

  /* For the next reader all is new.  */
  mdtrace_rings_release (consumer, 0);
  mdtrace_rings_close (consumer);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "next", &consumer), MDTRACE_OK);
  CHECK (standin_call (BETA));
  check_record (consumer, MDTRACE_RECORD_TASK_NAME,
		standin_threads[STANDIN_THREADS - 1].task);
  mdtrace_rings_close (consumer);
}

static void
uses_its_memory_again (void)
{
  probes_boot ();
  CHECK_NUMBER (dynamic_probe_destroy (probe_create ("alpha", true)),
		MDTRACE_OK);
  unsigned blocks = standin.page_blocks;
  for (int i = 0; i < 5000; i++)
    {
      uint32_t id = probe_create ("alpha", true);
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }
  CHECK_NUMBER (standin.page_blocks, blocks);
}

static void
is_created_from_the_command_line (void)
{
  dynamic_probe_status_t list[8];

  standin_boot ("root=x mdtrace.probes=alpha,nosuch,twin@two.c,gamma console");
  mdtrace_start ();
  CHECK_NUMBER (dynamic_probe_list (0, list, 8), 2);
  CHECK_TEXT (list[0].function, "alpha");
  CHECK_TEXT (list[1].function, "twin@two.c");
  CHECK_NUMBER (list[0].state, MDTRACE_STATE_ENABLED);
  CHECK (is_patched (ALPHA) && is_patched (TWIN_TWO));
  CHECK (standin_said ("mdtrace.probes: nosuch: refused, error 4601"));
  CHECK (standin_said ("mdtrace.probes: gamma: refused, error 4605"));
}

static void
is_created_from_odd_command_lines (void)
{
  dynamic_probe_status_t list[8];

  /* The last one counts; the others' keys only look like it.  */
  standin_boot ("mdtrace.probes=beta xmdtrace.probes=many "
		"mdtrace.probes=alpha\tmdtrace.probesx=1");
  mdtrace_start ();
  CHECK_NUMBER (dynamic_probe_list (0, list, 8), 1);
  CHECK_TEXT (list[0].function, "alpha");
  CHECK (!standin_said ("refused"));
}

static void
bears_long_names_on_the_command_line (void)
{
  char line[1024] = "mdtrace.probes=,,";
  dynamic_probe_status_t list[8];

  memset (line + strlen (line), 'x', 500);
  strcat (line, ",alpha,");
  standin_boot (line);
  mdtrace_start ();
  CHECK_NUMBER (dynamic_probe_list (0, list, 8), 1);
  CHECK_TEXT (list[0].function, "alpha");
}

TAP_MAIN ({ lives_from_creation_to_destruction,
	    "a probe is hit exactly while it is enabled" },
	  { is_described, "a probe is described" },
	  { has_the_fields_that_can_be_had,
	    "a probe has the fields that can be had" },
	  { numbers_only_grow, "numbers only grow" },
	  { shares_a_site, "several probes share a site" },
	  { tells_functions_of_one_name_apart,
	    "functions of one name are told apart" },
	  { is_listed_by_number, "probes are listed by number" },
	  { is_remembered_until_its_events_are_read,
	    "a destroyed probe is remembered until its events are read" },
	  { is_remembered_for_whoever_has_the_rings,
	    "and for ten seconds if somebody has the rings" },
	  { writes_what_was_asked_for, "a record has what was asked for" },
	  { names_each_task_before_its_events,
	    "a task's name precedes its events" },
	  { uses_its_memory_again, "a probe's memory is used again" },
	  { is_created_from_the_command_line,
	    "mdtrace.probes= creates and enables" },
	  { is_created_from_odd_command_lines,
	    "the last mdtrace.probes= counts" },
	  { bears_long_names_on_the_command_line,
	    "mdtrace.probes= bears names that are none" })
