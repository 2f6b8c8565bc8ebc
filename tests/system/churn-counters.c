/* churn-counters TARGET ROUNDS SEED [PATTERN...]: switch counters and probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In each round at random one counter goes on or off or begins anew, or a
   probe at all functions that match one of the patterns comes or goes; between
   them what the counters have come to is looked at.  In the end none is left.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mdtrace.h"

enum
{
  SLOTS = 4
};

static struct mdtrace_target *target;
static uint64_t seed;
static unsigned long round_number;

/* Below LIMIT: a linear congruential generator, Knuth's MMIX.  */
static unsigned
any_below (unsigned limit)
{
  seed
      = seed * UINT64_C (6364136223846793005) + UINT64_C (1442695040888963407);
  return (seed >> 33) % limit;
}

static void
check (const char *what, int error)
{
  if (error == MDTRACE_OK)
    return;
  fprintf (stderr, "churn-counters: round %lu: %s: error %d: %s: %s\n",
	   round_number, what, error, mdtrace_error_message (error),
	   target != NULL ? mdtrace_detail (target) : "");
  exit (1);
}

/* What a part has must fit together, whoever has read it and when.  */
static void
look_at (const mdtrace_counter_info_t *counter)
{
  mdtrace_counter_value_t *values;
  size_t count;

  check ("read", mdtrace_counter_read (target, counter->number,
				       MDTRACE_CPU_ALL, &values, &count));
  for (size_t i = 0; i < count; i++)
    {
      const mdtrace_counter_value_t *value = &values[i];
      uint64_t all = 0, least = 0;
      if (mdtrace_counter_part_kind (counter, value->part)
	  != MDTRACE_COUNTER_DURATION)
	continue;
      for (unsigned bucket = 0; bucket < MDTRACE_COUNTER_BUCKETS; bucket++)
	{
	  all += value->buckets[bucket];
	  if (bucket > 0)
	    least += value->buckets[bucket] << (bucket - 1);
	}
      if (all == value->count && least <= value->sum
	  && value->minimum <= value->maximum && value->maximum <= value->sum
	  && (value->sum >> 1) < least + value->count)
	continue;
      fprintf (stderr,
	       "churn-counters: round %lu: %s, part %u: %llu durations, %llu "
	       "in the buckets, sum %llu, from %llu to %llu\n",
	       round_number, counter->name, value->part,
	       (unsigned long long) value->count, (unsigned long long) all,
	       (unsigned long long) value->sum,
	       (unsigned long long) value->minimum,
	       (unsigned long long) value->maximum);
      exit (1);
    }
  free (values);
}

static void
switch_counter (void)
{
  mdtrace_counter_info_t *counters;
  size_t count, usable = 0;

  check ("list", mdtrace_counter_list (target, &counters, &count));
  for (size_t i = 0; i < count; i++)
    if (counters[i].state != MDTRACE_COUNTER_UNAVAILABLE)
      counters[usable++] = counters[i];
  if (usable == 0)
    {
      fprintf (stderr, "churn-counters: no counter\n");
      exit (1);
    }
  const mdtrace_counter_info_t *counter = &counters[any_below (usable)];
  look_at (counter);
  if (counter->state == MDTRACE_COUNTER_OFF)
    check ("enable",
	   mdtrace_counter_enable (
	       target, counter->number,
	       counter->kind == MDTRACE_COUNTER_DURATION ? any_below (3) : 0));
  else if (any_below (3) == 0)
    check ("reset", mdtrace_counter_reset (target, counter->number));
  else
    check ("disable", mdtrace_counter_disable (target, counter->number));
  free (counters);
}

static void
all_off (void)
{
  mdtrace_counter_info_t *counters;
  size_t count;

  check ("list", mdtrace_counter_list (target, &counters, &count));
  for (size_t i = 0; i < count; i++)
    if (counters[i].state == MDTRACE_COUNTER_ON)
      {
	look_at (&counters[i]);
	check ("disable",
	       mdtrace_counter_disable (target, counters[i].number));
      }
  free (counters);
}

static void
destroy (uint32_t *id)
{
  check ("destroy", mdtrace_probe_destroy (target, *id));
  *id = 0;
}

static void
switch_probe (uint32_t *id, const char *pattern)
{
  mdtrace_probe_config_t config = { .enabled = 1 };
  mdtrace_created_t created;

  if (*id != 0)
    {
      if (any_below (2) == 0)
	check ("disable", mdtrace_probe_disable (target, *id));
      destroy (id);
      return;
    }
  config.kinds = 1 + any_below (3);
  config.kinds = (config.kinds & 1 ? 1 << MDTRACE_PROBE_ENTRY : 0)
		 | (config.kinds & 2 ? 1 << MDTRACE_PROBE_RETURN : 0);
  snprintf (config.function, sizeof config.function, "%s", pattern);
  check (pattern, mdtrace_probe_create (target, &config, &created));
  *id = created.id;
}

int
main (int argc, char **argv)
{
  uint32_t ids[SLOTS] = { 0 };

  if (argc < 4)
    return 2;
  check (argv[1], mdtrace_open (argv[1], &target));
  mdtrace_set_timeout (target, 100000);
  seed = strtoull (argv[3], NULL, 10);
  for (round_number = 0; round_number < strtoul (argv[2], NULL, 10);
       round_number++)
    {
      mdtrace_snapshot_t snapshot;
      if (argc > 4 && any_below (4) == 0)
	switch_probe (&ids[any_below (SLOTS)], argv[4 + any_below (argc - 4)]);
      else
	switch_counter ();
      if (any_below (8) == 0)
	check ("snapshot", mdtrace_take_snapshot (target, &snapshot));
    }
  for (unsigned i = 0; i < SLOTS; i++)
    if (ids[i] != 0)
      destroy (&ids[i]);
  all_off ();
  mdtrace_close (target);
  return 0;
}
