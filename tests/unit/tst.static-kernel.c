/* Static probes in the kernel part, and custom events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "static.h"
#include "static_probes.h"

static struct mdtrace_rings *consumer;

static void
boot (void)
{
  probes_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
}

/* The next event that is no name: its two last values, and what is unknown. */
static uint64_t
next (uint64_t values[2])
{
  const uint64_t *record;
  unsigned words;

  do
    {
      CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		    MDTRACE_OK);
      CHECK (record != NULL);
    }
  while (mdtrace_record_kind (record[0]) == MDTRACE_RECORD_TASK_NAME);
  bool partial = mdtrace_record_kind (record[0]) == MDTRACE_RECORD_PARTIAL;
  values[0] = record[words - 2 - partial];
  values[1] = record[words - 1 - partial];
  return partial ? record[words - 1] : 0;
}

static void
lists_what_there_is (void)
{
  struct mdtrace_static *list;
  size_t count;

  boot ();
  CHECK_NUMBER (mdtrace_static_list (loopback, &list, &count), MDTRACE_OK);
  CHECK_NUMBER (count, 3);
  CHECK_TEXT (list[0].provider, "unit");
  CHECK_TEXT (list[0].event, "calls");
  CHECK_TEXT (list[0].names, "first:u8:;second:d4:");
  CHECK_TEXT (list[0].missing, "gamma is left out");
  CHECK_NUMBER (list[0].sites, 4);
  CHECK_NUMBER (list[0].refused, 1);
  CHECK_NUMBER (list[0].arguments, 2);
  CHECK_TEXT (list[1].event, "rare");
  CHECK_TEXT (list[1].missing, "");
  CHECK_TEXT (list[2].event, "never");
  free (list);
  mdtrace_rings_close (consumer);
}

/* Each place has its own values.  */
static void
has_values_by_place (void)
{
  const uint64_t second = (uint64_t) MDTRACE_FIELD_ARG0 << 1;
  word_t alpha, beta;
  uint64_t values[2];
  dynamic_probe_status_t info;

  boot ();
  alpha = (word_t) standin_text (ALPHA);
  beta = (word_t) standin_text (BETA);
  mdtrace_probe_definition_t definition = static_definition ("unit", "calls");
  uint32_t id = option_define (&definition, NULL);
  CHECK (probe_info (id, &info));
  CHECK_TEXT (info.provider, "unit");
  CHECK_TEXT (info.event, "calls");
  CHECK_TEXT (info.names, "first:u8:;second:d4:");
  CHECK_NUMBER (info.sites, 3);
  CHECK_NUMBER (info.functions, 2);
  CHECK_NUMBER (info.refused, 1);

  option_reach (alpha, 11, 12, NULL);
  CHECK_NUMBER (next (values), second);
  CHECK_NUMBER (values[0], 11);
  CHECK_NUMBER (values[1], 0);
  option_reach (standin_site (ALPHA, 1)->address, 21, 22, NULL);
  CHECK_NUMBER (next (values), 0);
  CHECK_NUMBER (values[0], 1021);
  CHECK_NUMBER (values[1], (uint64_t) -7);
  option_reach (beta + 6, 31, 32, NULL);
  CHECK_NUMBER (next (values), 0);
  CHECK_NUMBER (values[0], 32);
  CHECK_NUMBER (values[1], (word_t) current_thread ());
  CHECK_NUMBER (option_counts (id).hits, 3);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  CHECK (standin_text_is_original ());

  /* Just those in one function.  */
  strcpy (definition.config.function, "a*");
  id = option_define (&definition, NULL);
  CHECK (probe_info (id, &info));
  CHECK_NUMBER (info.sites, 2);
  CHECK_NUMBER (info.functions, 1);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  mdtrace_rings_close (consumer);
}

/* What is no event is no hit.  */
static void
looks_before_it_counts (void)
{
  boot ();
  mdtrace_probe_definition_t definition = static_definition ("unit", "rare");
  uint32_t id = option_define (&definition, NULL);
  dynamic_probe_config_t other = probe_config ("many");
  other.enabled = 1;
  uint32_t all = probe_create_by (&other);
  for (uint64_t i = 0; i < 20; i++)
    option_call (MANY, i % 10, 0);
  mdtrace_counts_t counts = option_counts (id);
  CHECK_NUMBER (counts.hits, 2);
  CHECK_NUMBER (counts.recorded, 2);
  CHECK_NUMBER (option_counts (all).hits, 20);
  mdtrace_rings_close (consumer);
}

/* What it looks at lies behind a pointer, which may lead anywhere.  */
static void
trusts_no_pointer_to_look_at (void)
{
  const word_t mapped_at = UINT64_C (0xffff123456780000);
  uint32_t *page;

  boot ();
  page = standin_map (PAGE_BYTES);
  standin_map_page (mapped_at, page);
  page[3] = 5;
  page[4] = 6;
  struct table_guard *guard
      = (struct table_guard *) &static_probe_site (4)->guard;
  guard->in_memory = 1;
  guard->offset = 4;
  for (unsigned differs = 0; differs < 2; differs++)
    {
      guard->differs = differs;
      mdtrace_probe_definition_t definition
	  = static_definition ("unit", "rare");
      uint32_t id = option_define (&definition, NULL);
      option_call (MANY, mapped_at + 8, 0);
      option_call (MANY, mapped_at + 12, 0);
      /* No memory is there: it is none, whatever is asked for.  */
      option_call (MANY, mapped_at + PAGE_BYTES, 0);
      option_call (MANY, 0, 0);
      CHECK_NUMBER (option_counts (id).hits, 1);
      CHECK_NUMBER (option_counts (id).recorded, 1);
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }
  mdtrace_rings_close (consumer);
}

static void
fires_custom_events (void)
{
  const uint64_t fired[] = { 1, 2, 3, 4, 5, UINT64_MAX };
  uint64_t values[2];
  unsigned listening = 99;

  boot ();
  CHECK_NUMBER (mdtrace_fire (loopback, "one", fired, 6, &listening),
		MDTRACE_OK);
  CHECK_NUMBER (listening, 0);
  mdtrace_probe_definition_t definition = static_definition ("custom", "one");
  uint32_t id = option_define (&definition, NULL);
  CHECK_NUMBER (mdtrace_fire (loopback, "one", fired, 6, &listening),
		MDTRACE_OK);
  CHECK_NUMBER (listening, 1);
  CHECK_NUMBER (next (values), 0);
  CHECK_NUMBER (values[0], 5);
  CHECK_NUMBER (values[1], UINT64_MAX);
  CHECK_NUMBER (mdtrace_fire (loopback, "another", fired, 6, &listening),
		MDTRACE_OK);
  CHECK_NUMBER (listening, 0);
  /* By whom ever.  */
  standin.unprivileged = true;
  CHECK_NUMBER (mdtrace_fire (loopback, "one", fired, 1, &listening),
		MDTRACE_OK);
  standin.unprivileged = false;
  CHECK_NUMBER (listening, 1);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_fire (loopback, "one", fired, 1, &listening),
		MDTRACE_OK);
  CHECK_NUMBER (listening, 0);
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK_NUMBER (option_counts (id).hits, 2);
  CHECK_NUMBER (option_counts (id).recorded, 2);
  CHECK_NUMBER (standin.text_writes, 0);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  mdtrace_rings_close (consumer);
}

TAP_MAIN ({ lists_what_there_is, "what there is" },
	  { has_values_by_place, "values by place" },
	  { looks_before_it_counts,
	    "places that are an event only sometimes" },
	  { trusts_no_pointer_to_look_at,
	    "what is looked at may lie nowhere" },
	  { fires_custom_events, "custom events" })
