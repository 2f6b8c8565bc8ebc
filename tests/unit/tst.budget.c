/* Limits, budgets, and the deadman.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "budget.h"
#include "options.h"

/* What a hit takes while there is nothing else that makes it dear.  */
static uint64_t hit_counts;

/* Each reading of the clock in a handler takes that much.  */
static void
take_time (void)
{
  standin.tsc += hit_counts;
}

static void
boot (void)
{
  probes_boot ();
  standin.on_time_stamp = take_time;
  hit_counts = 0;
  standin_ticks (10 * STANDIN_HZ);
}

/* So many events in each second, and no more.  */
static void
limits_each_second (void)
{
  boot ();
  mdtrace_probe_definition_t definition = option_definition ("alpha", ENTRIES);
  definition.options.limit = 7;
  uint32_t id = option_define (&definition, NULL);
  for (unsigned second = 1; second <= 5; second++)
    {
      for (unsigned i = 0; i < 3 * second; i++)
	option_call (ALPHA, 0, 0);
      standin_ticks (STANDIN_HZ);
    }
  mdtrace_counts_t counts = option_counts (id);
  CHECK_NUMBER (counts.hits, 45);
  CHECK_NUMBER (counts.recorded, 3 + 6 + 7 + 7 + 7);
  CHECK_NUMBER (counts.throttled, 45 - 30);
  check_law ();
}

/* What the filter rejects is none of the limit's.  */
static void
limits_what_is_asked_for (void)
{
  static const mdtrace_instruction_t program[]
      = { { MDTRACE_OPERATION_IF_EQUAL, MDTRACE_OPERAND_ARGUMENT,
	    MDTRACE_OPERAND_IMMEDIATE, 8, 2, 1 },
	  { MDTRACE_OPERATION_REJECT, 0, 0, 0, 0, 0 },
	  { MDTRACE_OPERATION_ACCEPT, 0, 0, 0, 0, 0 } };

  boot ();
  mdtrace_probe_definition_t definition = option_definition ("alpha", ENTRIES);
  definition.options.limit = 3;
  definition.options.instructions = 3;
  uint32_t id = option_define (&definition, program);
  for (unsigned i = 0; i < 100; i++)
    option_call (ALPHA, i % 20, 0);
  mdtrace_counts_t counts = option_counts (id);
  CHECK_NUMBER (counts.filtered, 95);
  CHECK_NUMBER (counts.recorded, 3);
  CHECK_NUMBER (counts.throttled, 2);
  check_law ();
}

/* Of each tenth of a second not much more than the budget is used.  */
static void
keeps_to_a_budget (void)
{
  const uint64_t period = STANDIN_TSC_PER_TICK * STANDIN_HZ / 10;

  boot ();
  mdtrace_probe_definition_t definition = option_definition ("alpha", ENTRIES);
  definition.options.budget = 500;
  uint32_t id = option_define (&definition, NULL);
  hit_counts = period / 1000;
  for (unsigned i = 0; i < 50; i++)
    {
      mdtrace_counts_t before = option_counts (id);
      for (unsigned hit = 0; hit < 100; hit++)
	option_call (ALPHA, 0, 0);
      mdtrace_counts_t after = option_counts (id);
      uint64_t recorded = after.recorded - before.recorded;
      CHECK_NUMBER (after.throttled - before.throttled, 100 - recorded);
      /* The clock is looked at twice behind the beginning of each; and twice
	 in each that is throttled, so that all of them make the period longer
	 by a fifth.  */
      CHECK (recorded * 2 * hit_counts >= period / 20 * 9 / 10);
      CHECK (recorded * 2 * hit_counts <= period / 20 * 13 / 10);
      standin_ticks (STANDIN_HZ / 10);
    }
  check_law ();
}

/* Let hits come in that take SHARE percent of the time, by FIRST, and half as
   much by SECOND, until the deadman acts or SECONDS have passed.  Returns
   whether it did.  */
static bool
load (enum standin_function first, enum standin_function second,
      unsigned share, unsigned seconds)
{
  mdtrace_load_t loads[MDTRACE_CPUS_MAX];

  for (unsigned tick = 0; tick < seconds * STANDIN_HZ; tick++)
    {
      uint64_t end
	  = standin.tsc + (uint64_t) STANDIN_TSC_PER_TICK * share / 100;
      for (unsigned i = 0; standin.tsc < end; i++)
	{
	  standin.tsc += 2000;
	  standin_call (i % 3 == 2 ? second : first);
	}
      /* What the hits took is part of the tick.  */
      standin.tsc -= (uint64_t) STANDIN_TSC_PER_TICK * share / 100;
      standin_ticks (1);
      standin_run_made_thread ();
      budget_get_loads (loads);
      if (loads[0].stops > 0)
	return true;
    }
  return false;
}

static void
switches_the_dearest_off (void)
{
  mdtrace_load_t loads[MDTRACE_CPUS_MAX];
  dynamic_probe_status_t info;
  unsigned cpus;

  boot ();
  uint32_t dear = probe_create ("alpha", true);
  uint32_t cheap = probe_create ("beta", true);
  CHECK (standin_run_made_thread ());
  hit_counts = 600;
  CHECK (!load (ALPHA, BETA, 20, 3));
  CHECK_NUMBER (mdtrace_get_loads (loopback, loads, &cpus), MDTRACE_OK);
  CHECK_NUMBER (cpus, 1);
  CHECK_NUMBER (loads[0].share_max, MDTRACE_SHARE);
  CHECK_NUMBER (loads[0].stops, 0);
  CHECK_NUMBER (mdtrace_set_share (loopback, 100), MDTRACE_OK);
  CHECK (load (ALPHA, BETA, 20, 2));
  CHECK (probe_info (dear, &info));
  CHECK_NUMBER (info.state, MDTRACE_STATE_DISABLED);
  CHECK (option_usage (dear).stopped_share > 100);
  CHECK_NUMBER (option_usage (dear).stopped_cpu, 0);
  CHECK (probe_info (cheap, &info));
  CHECK_NUMBER (info.state, MDTRACE_STATE_ENABLED);
  CHECK (standin_said ("alpha: switched off"));
  CHECK_NUMBER (mdtrace_get_loads (loopback, loads, &cpus), MDTRACE_OK);
  CHECK_NUMBER (loads[0].stops, 1);
  /* The other one goes on.  */
  mdtrace_counts_t before = option_counts (cheap);
  CHECK (standin_call (BETA));
  mdtrace_counts_t after = option_counts (cheap);
  CHECK_NUMBER (after.hits, before.hits + 1);
  CHECK_NUMBER (after.throttled, before.throttled);
  /* And it can be enabled again, and says nothing more then.  */
  CHECK_NUMBER (dynamic_probe_enable (dear), MDTRACE_OK);
  CHECK_NUMBER (option_usage (dear).stopped_share, 0);
  check_law ();
}

/* Let hits of FUNCTION take SHARE percent of the time for so many TICKS.  */
static void
spend (enum standin_function function, unsigned share, unsigned ticks)
{
  uint64_t counts = (uint64_t) STANDIN_TSC_PER_TICK * share / 100;

  for (; ticks > 0; ticks--)
    {
      uint64_t end = standin.tsc + counts;
      while (standin.tsc < end)
	{
	  standin.tsc += 2 * hit_counts;
	  standin_call (function);
	}
      standin.tsc -= counts;
      standin_ticks (1);
      standin_run_made_thread ();
    }
}

/* Let alpha take nearly all time for a little more than half a second, and
   then be gone, when the deadman has not looked yet; beta takes little.  */
static void
spares_the_cheap (int (*end) (uint32_t))
{
  mdtrace_load_t loads[MDTRACE_CPUS_MAX];
  dynamic_probe_status_t info;

  boot ();
  uint32_t dear = probe_create ("alpha", true);
  uint32_t cheap = probe_create ("beta", true);
  CHECK (standin_run_made_thread ());
  hit_counts = 600;
  CHECK_NUMBER (mdtrace_set_share (loopback, 0), MDTRACE_OK);
  spend (BETA, 10, 110);
  spend (ALPHA, 80, 25);
  /* So much that a little more will be too much.  */
  budget_get_loads (loads);
  CHECK_NUMBER (mdtrace_set_share (loopback, loads[0].share + 200),
		MDTRACE_OK);
  spend (ALPHA, 80, 4);
  budget_get_loads (loads);
  CHECK_NUMBER (loads[0].stops, 0);
  CHECK_NUMBER (end (dear), MDTRACE_OK);
  spend (BETA, 10, 20);
  budget_get_loads (loads);
  CHECK_NUMBER (loads[0].stops, 1);
  CHECK (probe_info (cheap, &info));
  CHECK_NUMBER (info.state, MDTRACE_STATE_ENABLED);
  CHECK_NUMBER (option_usage (cheap).stopped_share, 0);
  check_law ();
}

static void
stops_none_for_one_disabled (void)
{
  spares_the_cheap (dynamic_probe_disable);
}

static void
stops_none_for_one_destroyed (void)
{
  spares_the_cheap (dynamic_probe_destroy);
}

/* The dearest is that of the last second, and not of the last moment.  */
static void
looks_back_far_enough (void)
{
  mdtrace_load_t loads[MDTRACE_CPUS_MAX];
  dynamic_probe_status_t info;

  for (unsigned before = 100; before < 200; before += 3)
    {
      boot ();
      uint32_t dear = probe_create ("alpha", true);
      uint32_t cheap = probe_create ("beta", true);
      CHECK (standin_run_made_thread ());
      CHECK_NUMBER (mdtrace_set_share (loopback, 2000), MDTRACE_OK);
      hit_counts = 600;
      spend (BETA, 5, before);
      budget_get_loads (loads);
      uint64_t stops = loads[0].stops;
      for (unsigned i = 0; i < 100 && loads[0].stops == stops; i++)
	{
	  spend (ALPHA, 90, 3);
	  spend (BETA, 5, 7);
	  budget_get_loads (loads);
	}
      CHECK_NUMBER (loads[0].stops, stops + 1);
      CHECK (probe_info (dear, &info));
      CHECK_NUMBER (info.state, MDTRACE_STATE_DISABLED);
      CHECK (probe_info (cheap, &info));
      CHECK_NUMBER (info.state, MDTRACE_STATE_ENABLED);
    }
}

static void
never_acts_if_told_so (void)
{
  boot ();
  uint32_t id = probe_create ("alpha", true);
  probe_create ("beta", true);
  CHECK_NUMBER (mdtrace_set_share (loopback, 0), MDTRACE_OK);
  hit_counts = 5000;
  CHECK (!load (ALPHA, BETA, 95, 3));
  CHECK_NUMBER (mdtrace_set_share (loopback, MDTRACE_SHARE_ALL + 1),
		MDTRACE_ERR_BAD_ARGUMENT);
  dynamic_probe_status_t info;
  CHECK (probe_info (id, &info));
  CHECK_NUMBER (info.state, MDTRACE_STATE_ENABLED);
  check_law ();
}

/* What is no event takes its time as well.  */
static void
counts_what_is_no_event (void)
{
  boot ();
  mdtrace_probe_definition_t definition = option_definition ("", 0);
  strcpy (definition.options.provider, "unit");
  strcpy (definition.options.event, "rare");
  uint32_t id = option_define (&definition, NULL);
  definition.options.budget = 100;
  uint32_t budgeted = option_define (&definition, NULL);
  for (unsigned i = 0; i < 20000; i++)
    option_call (MANY, 6, 0);
  CHECK_NUMBER (option_counts (id).hits, 0);
  CHECK (option_usage (id).spent > 20000 * 5);
  CHECK (option_usage (budgeted).spent > 20000 * 5);
  check_law ();
}

/* One hit that takes very long, since the virtual CPU was put aside, is no
   reason.  */
static void
bears_a_single_long_hit (void)
{
  boot ();
  uint32_t id = probe_create ("alpha", true);
  hit_counts = 100;
  for (unsigned tick = 0; tick < 5 * STANDIN_HZ; tick++)
    {
      for (unsigned i = 0; i < 20; i++)
	option_call (ALPHA, 0, 0);
      hit_counts = tick == STANDIN_HZ ? UINT64_C (50000000) : 100;
      standin_ticks (1);
      standin_run_made_thread ();
    }
  CHECK_NUMBER (option_usage (id).stopped_share, 0);
  CHECK_NUMBER (total_counts ().throttled, 0);
  check_law ();
}

/* That the CPU was put aside in a hit of a probe with a budget, of which each
   hit is measured, is none either.  */
static void
bears_a_long_hit_with_a_budget (void)
{
  boot ();
  mdtrace_probe_definition_t definition = option_definition ("alpha", ENTRIES);
  definition.options.budget = MDTRACE_SHARE_ALL;
  uint32_t id = option_define (&definition, NULL);
  for (unsigned tick = 0; tick < 5 * STANDIN_HZ; tick++)
    {
      for (unsigned i = 0; i < 20; i++)
	{
	  hit_counts
	      = tick == 2 * STANDIN_HZ && i == 0 ? UINT64_C (250000000) : 100;
	  option_call (ALPHA, 0, 0);
	}
      standin_ticks (1);
      standin_run_made_thread ();
    }
  CHECK_NUMBER (option_usage (id).stopped_share, 0);
  check_law ();
}

/* What the kernel's command line says.  */
static void
reads_the_command_line (void)
{
  static const struct
  {
    const char *line;
    uint32_t share;
  } cases[] = { { "", MDTRACE_SHARE },	     { "mdtrace.share=20", 2000 },
		{ "mdtrace.share=0", 0 },    { "mdtrace.share=100", 10000 },
		{ "mdtrace.share=101", MDTRACE_SHARE } };
  mdtrace_load_t loads[MDTRACE_CPUS_MAX];
  unsigned cpus;

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      standin_boot (cases[i].line);
      mdtrace_set_share (loopback, MDTRACE_SHARE);
      mdtrace_start ();
      CHECK_NUMBER (mdtrace_get_loads (loopback, loads, &cpus), MDTRACE_OK);
      CHECK_NUMBER (loads[0].share_max, cases[i].share);
    }
  CHECK (standin_said ("at most 100 percent"));
}

TAP_MAIN ({ limits_each_second, "a limit of events a second" },
	  { limits_what_is_asked_for, "which counts what passes the filter" },
	  { keeps_to_a_budget, "a budget of the CPU's time" },
	  { switches_the_dearest_off, "the dearest probe is switched off" },
	  { stops_none_for_one_disabled, "and none in its stead" },
	  { stops_none_for_one_destroyed, "nor if it is destroyed" },
	  { looks_back_far_enough, "nor one of the last moment" },
	  { never_acts_if_told_so, "unless nothing is too dear" },
	  { counts_what_is_no_event, "what is no event" },
	  { bears_a_single_long_hit, "a single long hit is borne" },
	  { bears_a_long_hit_with_a_budget, "one with a budget, too" },
	  { reads_the_command_line, "the kernel's command line" })
