/* Latencies: entries and returns, paired.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "options.h"

enum
{
  DEPTH = 4 /* as many as there is room for, of two threads */
};

static word_t stack[64];
static struct mdtrace_rings *consumer;

/* A probe of the calls of FUNCTION, whose events have their duration and first
   argument.  */
static mdtrace_probe_definition_t
of_calls (const char *function)
{
  mdtrace_probe_definition_t definition = option_definition (function, CALLS);

  definition.options.latency = 1;
  definition.config.fields = MDTRACE_FIELD_DURATION | MDTRACE_FIELD_ARG0;
  return definition;
}

static void
boot (void)
{
  probes_boot ();
  standin_ticks (100);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
}

static void
enter (enum standin_function function, uint64_t argument, unsigned depth)
{
  option_reach ((word_t) standin_text (function), argument, 0, stack + depth);
}

/* Reach the return of FUNCTION, whose argument's register has been used for
   other things.  */
static void
leave (enum standin_function function, unsigned number, unsigned depth)
{
  option_reach (standin_site (function, number)->address, 999, 999,
		stack + depth);
}

/* The next event must be of a call with that ARGUMENT, which took COUNTS and
   what it takes to look at the clock.  */
static void
check_event (uint32_t id, uint64_t argument, uint64_t counts)
{
  const uint64_t *record;
  unsigned words;

  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		MDTRACE_OK);
  CHECK (record != NULL);
  CHECK_NUMBER (mdtrace_record_probe (record[0]), id);
  CHECK_NUMBER (mdtrace_record_kind (record[0]), MDTRACE_RECORD_EVENT);
  CHECK_NUMBER (words, 4);
  CHECK_NUMBER (record[2], argument);
  /* 10 ms to 1,000,000 counts, and what the tick's handler reads.  */
  uint64_t ns = (counts + STANDIN_TSC_PER_READ)
		    * (__uint128_t) option_usage (id).ns_per_count
		>> 32;
  CHECK_NUMBER (record[3], ns);
  CHECK (ns > counts * 9 && ns < (counts + 20) * 11);
}

static void
check_no_event (void)
{
  const uint64_t *record;
  unsigned words;

  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		MDTRACE_OK);
  CHECK (record == NULL);
}

static void
measures_a_call (void)
{
  boot ();
  mdtrace_probe_definition_t definition = of_calls ("alpha");
  uint32_t id = option_define (&definition, NULL);
  for (unsigned i = 0; i < 10; i++)
    {
      enter (ALPHA, i, 40);
      standin.tsc += 1000 * i;
      leave (ALPHA, 1, 40);
      check_event (id, i, 1000 * i);
    }
  mdtrace_counts_t counts = option_counts (id);
  CHECK_NUMBER (counts.hits, 20);
  CHECK_NUMBER (counts.recorded, 10);
  CHECK_NUMBER (counts.filtered, 10);
  check_law ();
}

/* Calls within calls of the same function, and in other threads.  */
static void
keeps_calls_apart (void)
{
  boot ();
  mdtrace_probe_definition_t definition = of_calls ("alpha");
  uint32_t id = option_define (&definition, NULL);
  for (unsigned i = 0; i < DEPTH; i++)
    {
      enter (ALPHA, i, 40 - i);
      standin.tsc += 10000;
      standin_run (&standin_threads[1]);
      enter (ALPHA, 100 + i, 40 - i);
      standin_run (&standin_threads[0]);
    }
  uint64_t read = STANDIN_TSC_PER_READ;
  for (unsigned i = DEPTH; i-- > 0;)
    {
      leave (ALPHA, 1, 40 - i);
      /* The clock was read at the entries in between, of both threads, and
	 twice at each return so far.  */
      check_event (id, i,
		   10000 * (DEPTH - i) + read * (1 + 4 * (DEPTH - 1 - i)));
    }
  standin_run (&standin_threads[1]);
  for (unsigned i = DEPTH; i-- > 0;)
    {
      leave (ALPHA, 1, 40 - i);
      const uint64_t *record;
      unsigned words;
      CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		    MDTRACE_OK);
      CHECK_NUMBER (record[2], 100 + i);
    }
  check_no_event ();
  CHECK_NUMBER (option_usage (id).unpaired, 0);
  CHECK_NUMBER (option_usage (id).abandoned, 0);
  check_law ();
}

/* A call that never returns is over when its thread calls again from where it
   stood, or further out.  */
static void
forgets_calls_that_never_return (void)
{
  boot ();
  mdtrace_probe_definition_t definition = of_calls ("alpha");
  uint32_t id = option_define (&definition, NULL);
  enter (ALPHA, 1, 40);
  enter (ALPHA, 2, 30);
  enter (ALPHA, 3, 40);
  standin.tsc += 500;
  leave (ALPHA, 1, 40);
  check_event (id, 3, 500);
  CHECK_NUMBER (option_usage (id).abandoned, 2);
  leave (ALPHA, 1, 40);
  check_no_event ();
  CHECK_NUMBER (option_usage (id).unpaired, 1);
  /* So many at once that there is no room for all.  */
  for (unsigned i = 0; i < 20; i++)
    enter (ALPHA, i, 60 - i);
  for (unsigned i = 20; i-- > 0;)
    leave (ALPHA, 1, 60 - i);
  CHECK_NUMBER (option_usage (id).abandoned, 2 + 12);
  CHECK_NUMBER (option_usage (id).unpaired, 1 + 12);
  mdtrace_counts_t counts = option_counts (id);
  CHECK_NUMBER (counts.recorded, 1 + 8);
  check_law ();
}

/* A jump that begins before the return sees a lower stack pointer.  */
static void
knows_returns_that_begin_earlier (void)
{
  boot ();
  mdtrace_probe_definition_t definition = of_calls ("leading");
  uint32_t id = option_define (&definition, NULL);
  enter (LEADING, 7, 40);
  enter (LEADING, 8, 36);
  standin.tsc += 500;
  leave (LEADING, 1, 36 - 1);
  check_event (id, 8, 500);
  leave (LEADING, 2, 40);
  check_event (id, 7, 500 + 3 * STANDIN_TSC_PER_READ);
  check_law ();
}

/* A jump to another function in the place of a return ends the call.  */
static void
ends_at_tail_jumps (void)
{
  boot ();
  mdtrace_probe_definition_t definition = of_calls ("tail");
  uint32_t id = option_define (&definition, NULL);
  enter (TAIL, 5, 40);
  standin.tsc += 300;
  leave (TAIL, 1, 40);
  check_event (id, 5, 300);
  check_law ();
}

/* By what was at the entry, and by how long it took.  */
static void
filters_by_both (void)
{
  static const mdtrace_instruction_t program[]
      = { { MDTRACE_OPERATION_IF_NOT_EQUAL, MDTRACE_OPERAND_ARGUMENT,
	    MDTRACE_OPERAND_IMMEDIATE, 8, 4, 3 },
	  { MDTRACE_OPERATION_IF_LESS, MDTRACE_OPERAND_DURATION,
	    MDTRACE_OPERAND_IMMEDIATE, 8, 3, 10000 },
	  { MDTRACE_OPERATION_IF_NOT_EQUAL, MDTRACE_OPERAND_RETVAL,
	    MDTRACE_OPERAND_IMMEDIATE, 8, 2, 1999 },
	  { MDTRACE_OPERATION_ACCEPT, 0, 0, 0, 0, 0 },
	  { MDTRACE_OPERATION_REJECT, 0, 0, 0, 0, 0 } };

  boot ();
  mdtrace_probe_definition_t definition = of_calls ("alpha");
  definition.options.instructions = 5;
  uint32_t id = option_define (&definition, program);
  for (unsigned i = 0; i < 6; i++)
    for (unsigned counts = 0; counts < 2000; counts += 500)
      {
	enter (ALPHA, i, 40);
	standin.tsc += counts;
	leave (ALPHA, 1, 40);
      }
  /* 10 ns to a count.  */
  CHECK_NUMBER (option_counts (id).recorded, 2);
  CHECK_NUMBER (option_counts (id).filtered, 24 + 22);
  check_law ();
}

/* Into a histogram, by an argument.  */
static void
adds_up_durations (void)
{
  struct mdtrace_aggregate *aggregate;

  boot ();
  mdtrace_probe_definition_t definition = of_calls ("alpha");
  definition.options.aggregation = MDTRACE_AGGREGATION_SUM;
  definition.options.value = MDTRACE_FIELD_DURATION_BIT;
  definition.options.keys = MDTRACE_KEY_ARG0;
  uint32_t id = option_define (&definition, NULL);
  uint64_t per_count = option_usage (id).ns_per_count;
  uint64_t sums[3] = { 0 };
  for (unsigned i = 0; i < 30; i++)
    {
      enter (ALPHA, i % 3, 40);
      uint64_t counts = 1000 * i;
      standin.tsc += counts;
      leave (ALPHA, 1, 40);
      sums[i % 3]
	  += (counts + STANDIN_TSC_PER_READ) * (__uint128_t) per_count >> 32;
    }
  CHECK_NUMBER (mdtrace_aggregation_read (loopback, id, 0, &aggregate),
		MDTRACE_OK);
  CHECK_NUMBER (aggregate->count, 3);
  for (unsigned i = 0; i < 3; i++)
    {
      CHECK_NUMBER (aggregate->words[3 * i], i);
      CHECK_NUMBER (aggregate->words[3 * i + 1], 10);
      CHECK_NUMBER (aggregate->words[3 * i + 2], sums[i]);
    }
  mdtrace_aggregate_free (aggregate);
  check_law ();
}

/* What was open when the probe was disabled returns unseen, and the next
   call's beginning may be unseen as well.  */
static void
forgets_calls_when_disabled (void)
{
  boot ();
  mdtrace_probe_definition_t definition = of_calls ("alpha");
  uint32_t id = option_define (&definition, NULL);
  enter (ALPHA, 1, 40);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  standin.tsc += 1000000;
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  leave (ALPHA, 1, 40);
  check_no_event ();
  CHECK_NUMBER (option_usage (id).unpaired, 1);
  enter (ALPHA, 2, 40);
  leave (ALPHA, 1, 40);
  check_event (id, 2, 0);
  check_law ();
}

/* The same while the deadman has all be throttled.  */
static void
forgets_calls_with_the_deadman (void)
{
  boot ();
  mdtrace_probe_definition_t definition = of_calls ("alpha");
  uint32_t id = option_define (&definition, NULL);
  enter (ALPHA, 1, 40);
  dtrace_cpus[0].overdrawn = true;
  leave (ALPHA, 1, 40);
  enter (ALPHA, 2, 40);
  CHECK_NUMBER (option_counts (id).throttled, 2);
  dynamic_probes_tend ();
  leave (ALPHA, 1, 40);
  check_no_event ();
  CHECK_NUMBER (option_usage (id).unpaired, 1);
  check_law ();
}

static uint64_t read_counts;

static void
take_time (void)
{
  standin.tsc += read_counts;
}

/* And while the probe's own budget is used up.  */
static void
forgets_calls_without_budget (void)
{
  boot ();
  mdtrace_probe_definition_t definition = of_calls ("alpha");
  definition.options.budget = 1;
  standin_ticks (2 * STANDIN_HZ);
  uint32_t id = option_define (&definition, NULL);
  standin.on_time_stamp = take_time;
  read_counts = 10000000;
  enter (ALPHA, 1, 40);
  read_counts = 0;
  leave (ALPHA, 1, 40);
  enter (ALPHA, 2, 40);
  CHECK_NUMBER (option_counts (id).throttled, 2);
  standin_ticks (STANDIN_HZ / 5);
  leave (ALPHA, 1, 40);
  check_no_event ();
  CHECK_NUMBER (option_counts (id).throttled, 2);
  CHECK_NUMBER (option_usage (id).unpaired, 1);
  check_law ();
}

/* The counters of two CPUs are not quite the same.  */
static void
bears_a_clock_that_is_behind (void)
{
  boot ();
  mdtrace_probe_definition_t definition = of_calls ("alpha");
  option_define (&definition, NULL);
  enter (ALPHA, 1, 40);
  standin.tsc -= 100;
  leave (ALPHA, 1, 40);
  const uint64_t *record;
  unsigned words;
  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words), MDTRACE_OK);
  CHECK_NUMBER (record[3], 0);
  check_law ();
}

/* Functions without a return, or that may not be probed at their entry.  */
static void
leaves_out_what_has_no_calls (void)
{
  mdtrace_created_t created;

  boot ();
  mdtrace_probe_definition_t definition = of_calls ("*");
  definition.config.fields = MDTRACE_FIELD_DURATION;
  CHECK_NUMBER (mdtrace_probe_define (loopback, &definition, NULL, &created),
		MDTRACE_OK);
  CHECK (created.reasons[MDTRACE_REASON_NO_VALUE] == 1);
  CHECK (created.reasons[MDTRACE_REASON_CANNOT_MOVE] == 1);
  CHECK (created.reasons[MDTRACE_REASON_RECOVERY] == 1);
  definition = of_calls ("never");
  CHECK_NUMBER (mdtrace_probe_define (loopback, &definition, NULL, &created),
		MDTRACE_ERR_NO_VALUE);
  /* One of which the entry lacks the argument has no beginning.  */
  definition = of_calls ("beta");
  CHECK_NUMBER (mdtrace_probe_define (loopback, &definition, NULL, &created),
		MDTRACE_ERR_NO_VALUE);
}

TAP_MAIN ({ measures_a_call, "a call is measured" },
	  { keeps_calls_apart, "calls are kept apart" },
	  { forgets_calls_that_never_return,
	    "calls that never return are forgotten" },
	  { knows_returns_that_begin_earlier,
	    "returns whose jump begins earlier" },
	  { ends_at_tail_jumps, "tail jumps end calls" },
	  { filters_by_both, "filters see both ends" },
	  { forgets_calls_when_disabled, "calls while it is disabled" },
	  { forgets_calls_with_the_deadman, "calls that the deadman hides" },
	  { forgets_calls_without_budget, "calls that are beyond the budget" },
	  { bears_a_clock_that_is_behind, "a clock that is behind" },
	  { adds_up_durations, "durations are added up" },
	  { leaves_out_what_has_no_calls, "functions without calls" })
