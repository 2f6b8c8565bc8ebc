/* A counter of places, from its request to the text: enabled, hit, read, reset
   and disabled, with memory and without.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In the stand-in the counter of locks has its places: a wait begins with ALPHA,
   and ends with BETA.  */

#include "counters.h"
#include "hooks.h"
#include "probes.h"

enum
{
  NUMBER = MDTRACE_COUNTER_LOCK_CONTENTION
};

/* Boot, by breakpoints: then the time is that of the stand-in.  */
static void
boot (void)
{
  standin_boot ("mdtrace.jumps=off");
  mdtrace_start ();
}

static mdtrace_counter_info_t
info (void)
{
  mdtrace_counter_info_t counter;

  CHECK_NUMBER (mdtrace_counter_find (loopback, "lock-contention", &counter),
		MDTRACE_OK);
  return counter;
}

/* What it has counted.  */
static mdtrace_counter_value_t
value (void)
{
  mdtrace_counter_value_t *values, none = { .count = 0 };
  size_t count;

  CHECK_NUMBER (mdtrace_counter_read (loopback, NUMBER, MDTRACE_CPU_ALL,
				      &values, &count),
		MDTRACE_OK);
  CHECK (count <= 1);
  if (count == 1)
    none = values[0];
  free (values);
  return none;
}

/* A wait of COUNTS of the time stamp counter.  */
static void
wait_for_lock (uint64_t counts)
{
  CHECK (standin_call (ALPHA));
  standin.tsc += counts;
  CHECK (standin_call (BETA));
}

static void
counts_waits (void)
{
  boot ();
  standin_ticks (200);
  mdtrace_counter_info_t counter = info ();
  CHECK_NUMBER (counter.state, MDTRACE_COUNTER_OFF);
  CHECK_NUMBER (counter.source, MDTRACE_COUNTER_PLACES);
  CHECK_NUMBER (counter.sites, 2);
  CHECK_NUMBER (counter.refused, 0);
  CHECK_NUMBER (mdtrace_counter_disable (loopback, NUMBER),
		MDTRACE_ERR_NOT_ENABLED);
  CHECK (standin_text_is_original ());
  CHECK_NUMBER (mdtrace_counter_enable (loopback, NUMBER, 0), MDTRACE_OK);
  CHECK_NUMBER (info ().state, MDTRACE_COUNTER_ON);
  CHECK_NUMBER (mdtrace_counter_enable (loopback, NUMBER, 0),
		MDTRACE_ERR_ALREADY_ENABLED);
  CHECK_NUMBER (value ().count, 0);
  wait_for_lock (STANDIN_TSC_PER_TICK);
  wait_for_lock (3 * STANDIN_TSC_PER_TICK);
  /* One that never began.  */
  CHECK (standin_call (BETA));
  CHECK_NUMBER (value ().count, 2);
  /* By the kernel's clock, a tick each.  */
  uint64_t tick = 1000000000 / STANDIN_HZ, sum = value ().sum;
  /* Each look at the time takes some of it.  */
  CHECK (sum > 4 * tick - tick / 1000 && sum < 4 * tick + tick / 1000);
  CHECK (value ().minimum > tick - tick / 1000
	 && value ().minimum < tick + tick / 1000);
  CHECK_NUMBER (mdtrace_counter_reset (loopback, NUMBER), MDTRACE_OK);
  CHECK_NUMBER (value ().count, 0);
  CHECK_NUMBER (info ().state, MDTRACE_COUNTER_ON);
  wait_for_lock (1);
  CHECK_NUMBER (value ().count, 1);
  CHECK_NUMBER (mdtrace_counter_disable (loopback, NUMBER), MDTRACE_OK);
  CHECK (standin_text_is_original ());
  CHECK (!standin_call (ALPHA));
  CHECK_NUMBER (value ().count, 1);
  CHECK_NUMBER (mdtrace_counter_enable (loopback, NUMBER, 3), MDTRACE_OK);
  CHECK_NUMBER (info ().sample, 3);
  for (unsigned i = 0; i < 30; i++)
    wait_for_lock (1);
  CHECK_NUMBER (value ().count, 10);
  CHECK_NUMBER (value ().sample, 3);
}

/* Before anything is known of the clock; it comes later.  */
static void
learns_the_clock (void)
{
  boot ();
  CHECK_NUMBER (mdtrace_counter_enable (loopback, NUMBER, 0), MDTRACE_OK);
  wait_for_lock (STANDIN_TSC_PER_TICK);
  CHECK_NUMBER (value ().count, 1);
  CHECK_NUMBER (value ().sum, 0);
  standin_ticks (200);
  mdtrace_tend ();
  wait_for_lock (STANDIN_TSC_PER_TICK);
  CHECK_NUMBER (value ().count, 2);
  CHECK (value ().sum > 0);
}

/* Whatever memory is lacking, all is as it was, and works when there is some.  */
static void
bears_want_of_memory (void)
{
  int error, pages = 0;

  do
    {
      standin_boot ("");
      mdtrace_start ();
      standin_ticks (200);
      standin.pages_left = pages++;
      error = mdtrace_counter_enable (loopback, NUMBER, 0);
      standin.pages_left = -1;
      if (error == MDTRACE_OK)
	continue;
      CHECK_NUMBER (error, MDTRACE_ERR_NO_MEMORY);
      CHECK_NUMBER (info ().state, MDTRACE_COUNTER_OFF);
      CHECK (standin_text_is_original ());
      CHECK_NUMBER (mdtrace_counter_enable (loopback, NUMBER, 0), MDTRACE_OK);
      CHECK (!standin_text_is_original ());
    }
  while (error != MDTRACE_OK && pages < 100);
  CHECK (pages > 1 && pages < 100);
  CHECK_NUMBER (mdtrace_counter_disable (loopback, NUMBER), MDTRACE_OK);
  CHECK (standin_text_is_original ());
}

/* Nobody makes a probe of what a counter stands on.  */
static void
is_no_probe (void)
{
  mdtrace_probe_definition_t definition = { .config.enabled = 1 };
  mdtrace_created_t created;

  boot ();
  strcpy (definition.options.provider, "counter");
  strcpy (definition.options.event, "lock_waits");
  CHECK_NUMBER (mdtrace_probe_define (loopback, &definition, NULL, &created),
		MDTRACE_ERR_NO_SUCH_EVENT);
}

TAP_MAIN ({ counts_waits, "waits are counted, some of them, and anew" },
	  { learns_the_clock, "the clock may be known later" },
	  { bears_want_of_memory, "without memory" },
	  { is_no_probe, "its places are no static probe" })
