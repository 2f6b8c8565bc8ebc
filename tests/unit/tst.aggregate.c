/* Aggregations: what comes out is what a sum of all hits would be.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "options.h"

enum
{
  HITS = 5000,
  KEYS = 7, /* that are used */
  STEPS = 10
};

static uint64_t seed = 42;

/* An aggregation of the first argument of alpha, by the second.  */
static mdtrace_probe_definition_t
by_second (unsigned function)
{
  mdtrace_probe_definition_t definition = option_definition ("alpha", ENTRIES);

  definition.options.aggregation = function;
  definition.options.keys = MDTRACE_KEY_ARG1;
  if (function != MDTRACE_AGGREGATION_COUNT)
    definition.options.value = MDTRACE_FIELD_ARG0_BIT;
  if (function == MDTRACE_AGGREGATION_LHIST)
    {
      definition.options.low = 10;
      definition.options.step = 7;
      definition.options.buckets = STEPS;
    }
  return definition;
}

static struct mdtrace_aggregate *
read_all (uint32_t id)
{
  struct mdtrace_aggregate *aggregate;

  CHECK_NUMBER (
      mdtrace_aggregation_read (loopback, id, MDTRACE_CPU_ALL, &aggregate),
      MDTRACE_OK);
  return aggregate;
}

/* The bucket of VALUE in a histogram of FUNCTION, found as one would by
   hand.  */
static unsigned
bucket_of (unsigned function, int64_t value, bool is_signed)
{
  if (function == MDTRACE_AGGREGATION_LHIST)
    {
      if (is_signed ? value < 10 : (uint64_t) value < 10)
	return 0;
      uint64_t step = ((uint64_t) value - 10) / 7;
      return step < STEPS ? 1 + step : 1 + STEPS;
    }
  if (is_signed && value < 0)
    return 0;
  if (value == 0)
    return 1;
  unsigned bucket = 2;
  for (uint64_t rest = (uint64_t) value >> 1; rest != 0; rest >>= 1)
    bucket++;
  return bucket;
}

/* A value, small more often than not.  */
static uint64_t
any_value (void)
{
  uint64_t value = tap_random (&seed) >> tap_below (&seed, 64);

  return tap_below (&seed, 3) == 0 ? -value
	 : tap_below (&seed, 2) == 0 ? tap_below (&seed, 100)
				     : value;
}

/* The number that the lower BYTES bytes of VALUE are.  */
static int64_t
number_of (uint64_t value, unsigned bytes, bool is_signed)
{
  unsigned shift = 64 - 8 * bytes;

  return is_signed ? (int64_t) (value << shift) >> shift
		   : (int64_t) (value << shift >> shift);
}

static void
check_function (unsigned function, unsigned bytes, bool is_signed)
{
  static uint64_t counts[KEYS], sums[KEYS], buckets[KEYS][70];
  static int64_t best[KEYS];
  mdtrace_probe_definition_t definition = by_second (function);

  memset (counts, 0, sizeof counts);
  memset (sums, 0, sizeof sums);
  memset (buckets, 0, sizeof buckets);
  if (function != MDTRACE_AGGREGATION_COUNT)
    {
      definition.options.value_bytes = bytes;
      definition.options.value_signed = is_signed;
    }
  uint32_t id = option_define (&definition, NULL);
  for (unsigned i = 0; i < HITS; i++)
    {
      unsigned key = tap_below (&seed, KEYS);
      uint64_t value = any_value ();
      int64_t number = number_of (value, bytes, is_signed);
      option_call (ALPHA, value, key);
      sums[key] += number;
      bool less = is_signed ? number < best[key]
			    : (uint64_t) number < (uint64_t) best[key];
      if (counts[key]++ == 0 || less == (function == MDTRACE_AGGREGATION_MIN))
	best[key] = number;
      buckets[key][bucket_of (function, number, is_signed)]++;
    }
  struct mdtrace_aggregate *aggregate = read_all (id);
  CHECK_NUMBER (aggregate->count, KEYS);
  CHECK_NUMBER (aggregate->usage.key_words, 1);
  for (unsigned i = 0; i < KEYS; i++)
    {
      const uint64_t *entry
	  = aggregate->words + i * (1 + aggregate->usage.cell_words);
      const uint64_t *cells = entry + 1;
      CHECK_NUMBER (entry[0], i);
      CHECK_NUMBER (cells[0], counts[i]);
      if (function == MDTRACE_AGGREGATION_COUNT)
	continue;
      CHECK_NUMBER (cells[1], function == MDTRACE_AGGREGATION_MIN
				      || function == MDTRACE_AGGREGATION_MAX
				  ? (uint64_t) best[i]
				  : sums[i]);
      for (unsigned b = 2; b < aggregate->usage.cell_words; b++)
	CHECK_NUMBER (cells[b], buckets[i][b - 2]);
    }
  mdtrace_counts_t total = option_counts (id);
  CHECK_NUMBER (total.recorded, HITS);
  CHECK_NUMBER (rings[0].head, 0);
  mdtrace_aggregate_free (aggregate);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  check_law ();
}

static void
equals_the_sum_of_all_hits (void)
{
  static const unsigned sizes[] = { 1, 2, 4, 8 };

  probes_boot ();
  for (unsigned function = MDTRACE_AGGREGATION_COUNT;
       function <= MDTRACE_AGGREGATION_LHIST; function++)
    for (unsigned i = 0; i < 8; i++)
      check_function (function, sizes[i / 2], i % 2);
}

/* A key for which there is no room.  */
static void
drops_what_it_has_no_room_for (void)
{
  probes_boot ();
  mdtrace_probe_definition_t definition
      = by_second (MDTRACE_AGGREGATION_COUNT);
  definition.options.entries = 3;
  uint32_t id = option_define (&definition, NULL);
  for (unsigned i = 0; i < 100; i++)
    option_call (ALPHA, 0, i % 5);
  mdtrace_counts_t counts = option_counts (id);
  CHECK_NUMBER (counts.recorded, 60);
  CHECK_NUMBER (counts.dropped, 40);
  CHECK_NUMBER (option_usage (id).overflows, 40);
  struct mdtrace_aggregate *aggregate = read_all (id);
  CHECK_NUMBER (aggregate->count, 3);
  mdtrace_aggregate_free (aggregate);
  check_law ();
}

static void
begins_anew_when_cleared (void)
{
  static const uint32_t keys[]
      = { MDTRACE_KEY_ARG1, MDTRACE_KEY_FUNCTION, MDTRACE_KEY_TASK, 0 };

  probes_boot ();
  for (unsigned i = 0; i < 4; i++)
    {
      mdtrace_probe_definition_t definition
	  = by_second (MDTRACE_AGGREGATION_COUNT);
      definition.options.keys = keys[i];
      uint32_t id = option_define (&definition, NULL);
      for (unsigned round = 1; round <= 3; round++)
	{
	  for (unsigned hit = 0; hit < 300 * round; hit++)
	    option_call (ALPHA, 0, 1);
	  struct mdtrace_aggregate *aggregate = read_all (id);
	  CHECK_NUMBER (aggregate->count, 1);
	  CHECK_NUMBER (aggregate->words[aggregate->usage.key_words],
			300 * round);
	  mdtrace_aggregate_free (aggregate);
	  CHECK_NUMBER (mdtrace_aggregation_clear (loopback, id), MDTRACE_OK);
	  aggregate = read_all (id);
	  CHECK_NUMBER (aggregate->count, 0);
	  mdtrace_aggregate_free (aggregate);
	}
      CHECK_NUMBER (option_counts (id).recorded, 1800);
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }
  check_law ();
}

/* Tasks of the same address and another name are two.  */
static void
tells_tasks_apart_by_name (void)
{
  probes_boot ();
  mdtrace_probe_definition_t definition
      = by_second (MDTRACE_AGGREGATION_COUNT);
  definition.options.keys
      = MDTRACE_KEY_TASK | MDTRACE_KEY_THREAD | MDTRACE_KEY_CPU;
  uint32_t id = option_define (&definition, NULL);
  strcpy (standin_tasks[0].name, "one");
  option_call (ALPHA, 0, 0);
  strcpy (standin_tasks[0].name, "two");
  option_call (ALPHA, 0, 0);
  option_call (ALPHA, 0, 0);
  struct mdtrace_aggregate *aggregate = read_all (id);
  CHECK_NUMBER (aggregate->count, 2);
  CHECK_NUMBER (aggregate->usage.key_words, 7);
  for (unsigned i = 0; i < 2; i++)
    {
      const uint64_t *entry = aggregate->words + 8 * i;
      CHECK_NUMBER (entry[0], (word_t) &standin_tasks[0]);
      CHECK_TEXT ((const char *) (entry + 1), i == 0 ? "one" : "two");
      CHECK_NUMBER (entry[5], (word_t) &standin_threads[0]);
      CHECK_NUMBER (entry[6], 0);
      CHECK_NUMBER (entry[7], 1 + i);
    }
  mdtrace_aggregate_free (aggregate);
}

/* More than fits into a page of a reply.  */
static void
is_read_in_pages (void)
{
  probes_boot ();
  mdtrace_probe_definition_t definition = by_second (MDTRACE_AGGREGATION_HIST);
  uint32_t id = option_define (&definition, NULL);
  for (unsigned i = 0; i < MDTRACE_ENTRIES; i++)
    option_call (ALPHA, i, i);
  struct mdtrace_aggregate *aggregate = read_all (id);
  CHECK_NUMBER (aggregate->count, MDTRACE_ENTRIES);
  for (unsigned i = 0; i < MDTRACE_ENTRIES; i++)
    CHECK_NUMBER (aggregate->words[i * 69], i);
  mdtrace_aggregate_free (aggregate);
}

/* Keys of which the two halves make the same number begin to be looked for at
   the same place: the handler gives up in the end, and says so.  */
static void
gives_up_keys_that_were_chosen (void)
{
  probes_boot ();
  mdtrace_probe_definition_t definition
      = by_second (MDTRACE_AGGREGATION_COUNT);
  uint32_t id = option_define (&definition, NULL);
  for (uint64_t i = 0; i < 500; i++)
    option_call (ALPHA, 0, i << 32 | i);
  mdtrace_counts_t counts = option_counts (id);
  CHECK_NUMBER (counts.recorded, 128);
  CHECK_NUMBER (counts.dropped, 500 - 128);
  CHECK_NUMBER (option_usage (id).overflows, 500 - 128);
  check_law ();
}

/* Keys at random, as many as there can be, all have room.  */
static void
has_room_for_keys_at_random (void)
{
  probes_boot ();
  mdtrace_probe_definition_t definition
      = by_second (MDTRACE_AGGREGATION_COUNT);
  definition.options.entries = MDTRACE_ENTRIES_MAX;
  uint32_t id = option_define (&definition, NULL);
  for (unsigned i = 0; i < MDTRACE_ENTRIES_MAX; i++)
    option_call (ALPHA, 0, tap_random (&seed));
  CHECK_NUMBER (option_counts (id).recorded, MDTRACE_ENTRIES_MAX);
  check_law ();
}

/* Two CPUs have their own tables, which become one.  */
static void
adds_up_what_cpus_have (void)
{
  standin_boot ("");
  standin_set_cpus (2);
  mdtrace_start ();
  for (unsigned function = MDTRACE_AGGREGATION_SUM;
       function <= MDTRACE_AGGREGATION_AVG; function++)
    {
      mdtrace_probe_definition_t definition = by_second (function);
      uint32_t id = option_define (&definition, NULL);
      for (unsigned cpu = 0; cpu < 2; cpu++)
	{
	  standin.cpu = cpu;
	  option_call (ALPHA, 5 + cpu, 0);
	  option_call (ALPHA, 100, 1 + cpu);
	}
      standin.cpu = 0;
      struct mdtrace_aggregate *aggregate = read_all (id);
      CHECK_NUMBER (aggregate->count, 3);
      CHECK_NUMBER (aggregate->words[1], 2);
      CHECK_NUMBER (aggregate->words[2], function == MDTRACE_AGGREGATION_MIN
					     ? 5
					 : function == MDTRACE_AGGREGATION_MAX
					     ? 6
					     : 11);
      mdtrace_aggregate_free (aggregate);
      CHECK_NUMBER (mdtrace_aggregation_read (loopback, id, 1, &aggregate),
		    MDTRACE_OK);
      CHECK_NUMBER (aggregate->count, 2);
      mdtrace_aggregate_free (aggregate);
    }
  check_law ();
}

/* What was defined and destroyed leaves no memory behind that is not used
   again.  */
static void
uses_memory_again (void)
{
  unsigned blocks = 0;

  probes_boot ();
  for (unsigned i = 0; i < 20; i++)
    {
      mdtrace_probe_definition_t definition
	  = by_second (1 + i % MDTRACE_AGGREGATION_HIST);
      uint32_t id = option_define (&definition, NULL);
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
      if (i == MDTRACE_AGGREGATION_HIST)
	blocks = standin.page_blocks;
    }
  CHECK_NUMBER (standin.page_blocks, blocks);
}

/* What stands behind the end of a task's name is not part of it.  */
static void
takes_names_to_their_end (void)
{
  char *name = standin_tasks[0].name;

  probes_boot ();
  mdtrace_probe_definition_t definition = option_definition ("alpha", ENTRIES);
  definition.options.aggregation = MDTRACE_AGGREGATION_COUNT;
  definition.options.keys = MDTRACE_KEY_TASK;
  uint32_t id = option_define (&definition, NULL);
  for (unsigned i = 0; i < 3; i++)
    {
      memset (name, 'a' + i, MDTRACE_TASK_NAME_BYTES);
      strcpy (name, "task");
      option_call (ALPHA, 0, 0);
    }
  struct mdtrace_aggregate *aggregate = read_all (id);
  CHECK_NUMBER (aggregate->count, 1);
  CHECK_NUMBER (aggregate->words[0], (word_t) &standin_tasks[0]);
  CHECK_TEXT ((const char *) &aggregate->words[1], "task");
  CHECK_NUMBER (aggregate->words[2], 0);
  CHECK_NUMBER (aggregate->words[aggregate->usage.key_words], 3);
  mdtrace_aggregate_free (aggregate);
  check_law ();
}

TAP_MAIN ({ takes_names_to_their_end, "names of tasks" },
	  { equals_the_sum_of_all_hits,
	    "each function is what a sum of all hits is" },
	  { drops_what_it_has_no_room_for, "keys without room are dropped" },
	  { begins_anew_when_cleared, "cleared, it begins anew" },
	  { tells_tasks_apart_by_name, "tasks are told apart by name" },
	  { is_read_in_pages, "it is read in pages" },
	  { gives_up_keys_that_were_chosen,
	    "keys that were chosen to collide" },
	  { has_room_for_keys_at_random, "keys at random have room" },
	  { adds_up_what_cpus_have, "what CPUs have is added up" },
	  { uses_memory_again, "memory is used again" })
