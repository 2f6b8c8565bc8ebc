/* The performance monitoring unit, against a model of its registers.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each counter is enabled, read and disabled as a request would do it; each
   CPU sees to its registers at its clock ticks.  */

#include <pthread.h>
#include <sched.h>

#include "counters.h"
#include "pmu_machines.h"
#include "x86/pmu.h"

/* What counter NUMBER has come to on CPU, or MDTRACE_CPU_ALL.  */
static uint64_t
count_of (unsigned number, uint32_t cpu)
{
  mdtrace_counter_value_t value;
  uint32_t bytes = sizeof value, next;

  CHECK_NUMBER (counter_read (number, cpu, 0, &next, &value, &bytes),
		MDTRACE_OK);
  if (bytes == 0)
    return 0;
  CHECK_NUMBER (value.part, number == MDTRACE_COUNTER_MEMORY_BANDWIDTH
				? MDTRACE_PART_BUS
				: 0);
  CHECK_NUMBER (value.count, value.sum);
  /* And nothing else.  */
  uint32_t first = value.part + 1;
  bytes = sizeof value;
  CHECK_NUMBER (counter_read (number, cpu, first, &next, &value, &bytes),
		MDTRACE_OK);
  CHECK_NUMBER (bytes, 0);
  return value.sum;
}

static void
enable (unsigned number)
{
  CHECK_NUMBER (perf_counter_enable (number, 0), MDTRACE_OK);
}

static void
disable (unsigned number)
{
  CHECK_NUMBER (perf_counter_disable (number), MDTRACE_OK);
}

/* Boot MACHINE, and enable what it has.  */
static void
boot_enabled (const struct machine *machine, unsigned count)
{
  model_boot (machine->model, count);
  for (int i = 0; i < COUNTED; i++)
    if (machine->has >> i & 1)
      enable (counted[i]);
  tick_all ();
}

/* -------------------------------------------------------------------- */

/* MACHINE has no unit, for a reason that matches WORDS.  */
static void
check_none (struct model_machine machine, const char *words)
{
  model_boot (machine, STANDIN_SLOTS);
  for (int i = 0; i < COUNTED; i++)
    {
      mdtrace_counter_info_t info = info_of (counted[i]);
      CHECK_NUMBER (info.state, MDTRACE_COUNTER_UNAVAILABLE);
      CHECK_NUMBER (info.source, MDTRACE_COUNTER_NOWHERE);
      if (strstr (info.detail, words) == NULL)
	printf ("# %s\n", info.detail);
      CHECK (strstr (info.detail, words) != NULL);
      CHECK_NUMBER (perf_counter_enable (counted[i], 0),
		    MDTRACE_ERR_COUNTER_UNAVAILABLE);
    }
  CHECK (!is_pmu (info_of (MDTRACE_COUNTER_MEMORY_BANDWIDTH).source));
  for (int i = 0; i < 200; i++)
    tick_all ();
  for (int i = 0; i < STANDIN_SLOTS; i++)
    CHECK_NUMBER (model_cpus[i].accesses, 0);
}

static void
says_why_there_is_none (void)
{
  check_none ((struct model_machine){ .vendor = MODEL_INTEL, .family = 6 },
	      "leaf 0AH");
  /* A hypervisor may clear the leaf, or a part of it.  */
  check_none ((struct model_machine){ .vendor = MODEL_INTEL,
				      .family = 6,
				      .version = 2,
				      .width = 48,
				      .known = 7,
				      .guest = true },
	      "leaf 0AH");
  check_none ((struct model_machine){ .vendor = MODEL_INTEL,
				      .family = 6,
				      .version = 2,
				      .general = 4,
				      .known = 7 },
	      "leaf 0AH");
  /* As QEMU makes it without an accelerator.  */
  check_none ((struct model_machine){ .vendor = MODEL_AMD,
				      .family = 0xf,
				      .guest = true },
	      "ECX bit 23");
  check_none ((struct model_machine){ .vendor = MODEL_AMD, .family = 6 },
	      "ECX bit 23");
  check_none ((struct model_machine){ .vendor = MODEL_AMD,
				      .family = 0x17,
				      .guest = true },
	      "virtual machine");
  check_none ((struct model_machine){ .vendor = MODEL_OTHER, .family = 6 },
	      "Intel and AMD");
}

/* An emulation may announce what it has not, and hide that it is one.  */
static void
finds_registers_that_are_not_there (void)
{
  for (int i = 0; i < MACHINES; i++)
    {
      struct model_machine machine = machines[i].model;
      machine.deaf = true;
      model_boot (machine, 1);
      for (int j = 0; j < COUNTED; j++)
	{
	  mdtrace_counter_info_t info = info_of (counted[j]);
	  CHECK_NUMBER (info.state, MDTRACE_COUNTER_UNAVAILABLE);
	  CHECK (!(machines[i].has >> j & 1)
		 || strstr (info.detail, "do not keep") != NULL);
	}
      CHECK (!is_pmu (info_of (MDTRACE_COUNTER_MEMORY_BANDWIDTH).source));
      unsigned accesses = model_cpus[0].accesses;
      standin_ticks (200);
      CHECK_NUMBER (model_cpus[0].accesses, accesses);
    }
}

static void
needs_a_processor_that_tells (void)
{
  standin_boot ("");
  mdtrace_start ();
  CHECK_NUMBER (info_of (MDTRACE_COUNTER_INSTRUCTIONS).state,
		MDTRACE_COUNTER_UNAVAILABLE);
  standin_ticks (200);
}

static void
needs_memory (void)
{
  model = machines[0].model;
  model_reset (1);
  standin_boot ("");
  standin.processor = &model_processor;
  standin.pages_left = 0;
  mdtrace_start ();
  mdtrace_counter_info_t info = info_of (MDTRACE_COUNTER_INSTRUCTIONS);
  CHECK_NUMBER (info.state, MDTRACE_COUNTER_UNAVAILABLE);
  CHECK (strstr (info.detail, "memory") != NULL);
  standin_ticks (200);
  CHECK_NUMBER (model_cpus[0].accesses, 0);
}

static void
finds_what_there_is (void)
{
  for (int i = 0; i < MACHINES; i++)
    {
      bool intel = machines[i].model.vendor == MODEL_INTEL;
      model_boot (machines[i].model, 2);
      for (int j = 0; j < COUNTED; j++)
	{
	  mdtrace_counter_info_t info = info_of (counted[j]);
	  printf ("# %s: %s: %s\n", machines[i].name, info.name, info.detail);
	  CHECK_NUMBER (info.kind, MDTRACE_COUNTER_COUNT);
	  CHECK_NUMBER (info.parts, 1);
	  CHECK (info.detail[0] != '\0');
	  if (machines[i].has >> j & 1)
	    {
	      CHECK_NUMBER (info.state, MDTRACE_COUNTER_OFF);
	      CHECK_NUMBER (info.source, intel ? MDTRACE_COUNTER_PMU_INTEL
					       : MDTRACE_COUNTER_PMU_AMD);
	      CHECK (
		  strncmp (info.detail, intel ? "Intel" : "AMD", intel ? 5 : 3)
		  == 0);
	      enable (counted[j]);
	      CHECK_NUMBER (info_of (counted[j]).state, MDTRACE_COUNTER_ON);
	    }
	  else
	    {
	      CHECK_NUMBER (info.state, MDTRACE_COUNTER_UNAVAILABLE);
	      CHECK_NUMBER (perf_counter_enable (counted[j], 0),
			    MDTRACE_ERR_COUNTER_UNAVAILABLE);
	    }
	}
      CHECK_NUMBER (is_pmu (info_of (MDTRACE_COUNTER_MEMORY_BANDWIDTH).source),
		    intel && (machines[i].has & 2) != 0);
    }
}

/* Random numbers of events on every CPU, as many as fit between two ticks.  */
static void
check_machine (const struct machine *machine, uint64_t *seed)
{
  static uint64_t expected[STANDIN_SLOTS][COUNTED];

  memset (expected, 0, sizeof expected);
  boot_enabled (machine, STANDIN_SLOTS);
  for (int round = 0; round < 300; round++)
    {
      for (standin.cpu = 0; standin.cpu < cpus; standin.cpu++)
	{
	  for (int i = 0; i < COUNTED; i++)
	    {
	      uint64_t count
		  = (tap_random (seed) & UINT32_MAX) >> tap_below (seed, 32);
	      if (round % 50 == 0)
		count = UINT32_MAX;
	      model_run ((enum model_event) i, count);
	      if (machine->has >> i & 1)
		expected[standin.cpu][i] += count;
	    }
	  model_run (MODEL_CYCLE, 12345);
	  standin_ticks (1);
	}
      standin.cpu = 0;
      for (int i = 0; i < COUNTED; i++)
	{
	  uint64_t all = 0;
	  if (!(machine->has >> i & 1))
	    continue;
	  for (uint32_t cpu = 0; cpu < cpus; cpu++)
	    {
	      CHECK_NUMBER (count_of (counted[i], cpu), expected[cpu][i]);
	      all += expected[cpu][i];
	    }
	  CHECK_NUMBER (count_of (counted[i], MDTRACE_CPU_ALL), all);
	}
    }
}

static void
counts_what_happens (void)
{
  uint64_t seed = 1;

  for (int i = 0; i < MACHINES; i++)
    {
      printf ("# %s\n", machines[i].name);
      check_machine (&machines[i], &seed);
    }
}

/* Each width, from just before a counter goes round.  */
static void
bears_counters_that_wrap (void)
{
  static const unsigned widths[] = { 32, 40, 48, 63, 64 };

  for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
    {
      struct machine machine = machines[2];
      machine.model.width = machine.model.fixed_width = widths[i];
      boot_enabled (&machine, 1);
      disable (MDTRACE_COUNTER_INSTRUCTIONS);
      disable (MDTRACE_COUNTER_CACHE_MISSES);
      tick_all ();
      uint64_t end
	  = widths[i] == 64 ? UINT64_MAX : ((uint64_t) 1 << widths[i]) - 1;
      model_cpus[0].fixed[0] = end - 2;
      model_cpus[0].value[0] = model_cpus[0].value[1] = end;
      enable (MDTRACE_COUNTER_INSTRUCTIONS);
      enable (MDTRACE_COUNTER_CACHE_MISSES);
      tick_all ();
      for (unsigned count = 1; count < 6; count++)
	{
	  model_run (MODEL_INSTRUCTION, 1);
	  model_run (MODEL_CACHE_MISS, 1);
	  tick_all ();
	  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), count);
	  CHECK_NUMBER (count_of (MDTRACE_COUNTER_CACHE_MISSES, 0), count);
	}
    }
}

/* Whether the machine is as it was: nothing counts, and the global control has
   what it had.  */
static void
check_quiet (uint64_t global)
{
  for (unsigned i = 0; i < cpus; i++)
    {
      for (unsigned j = 0; j < MODEL_GENERAL_MAX; j++)
	CHECK_NUMBER (model_cpus[i].select[j], 0);
      CHECK_NUMBER (model_cpus[i].fixed_control, 0);
      CHECK_NUMBER (model_cpus[i].global, global);
    }
}

static void
leaves_nothing_behind (void)
{
  for (int i = 0; i < MACHINES; i++)
    for (uint64_t bits = 0; bits < 16; bits += 5)
      {
	model_boot (machines[i].model, STANDIN_SLOTS);
	uint64_t global = bits & ((1U << model_general (&model)) - 1);
	for (int cpu = 0; cpu < STANDIN_SLOTS; cpu++)
	  model_cpus[cpu].global = global;
	for (int round = 0; round < 3; round++)
	  {
	    check_quiet (global);
	    for (int j = 0; j < COUNTED; j++)
	      if (machines[i].has >> j & 1)
		enable (counted[j]);
	    /* Not before its tick.  */
	    check_quiet (global);
	    tick_all ();
	    model_run (MODEL_INSTRUCTION, 1000);
	    tick_all ();
	    CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 1000);
	    for (int j = 0; j < COUNTED; j++)
	      if (machines[i].has >> j & 1)
		disable (counted[j]);
	    tick_all ();
	  }
	check_quiet (global);
	/* What is off is not counted, nor looked at.  */
	unsigned accesses = model_cpus[0].accesses;
	model_run (MODEL_INSTRUCTION, 1000);
	tick_all ();
	CHECK_NUMBER (model_cpus[0].accesses, accesses);
	CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 1000);
      }
}

static void
begins_anew (void)
{
  boot_enabled (&machines[3], 2);
  model_run (MODEL_INSTRUCTION, 1000);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 1000);
  CHECK_NUMBER (counter_reset (MDTRACE_COUNTER_INSTRUCTIONS), MDTRACE_OK);
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 0);
  model_run (MODEL_INSTRUCTION, 7);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 7);
  disable (MDTRACE_COUNTER_INSTRUCTIONS);
  tick_all ();
  model_run (MODEL_INSTRUCTION, 1000);
  enable (MDTRACE_COUNTER_INSTRUCTIONS);
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 0);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 0);
  model_run (MODEL_INSTRUCTION, 3);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, MDTRACE_CPU_ALL), 3);
  /* Between two ticks, so that no CPU has seen it.  */
  disable (MDTRACE_COUNTER_INSTRUCTIONS);
  enable (MDTRACE_COUNTER_INSTRUCTIONS);
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 0);
  model_run (MODEL_INSTRUCTION, 5);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 5);
}

/* A line of a cache for each miss, whether misses are counted too or not.  */
static void
counts_bytes (void)
{
  model_boot (machines[3].model, 2);
  enable (MDTRACE_COUNTER_MEMORY_BANDWIDTH);
  tick_all ();
  model_run (MODEL_CACHE_MISS, 1000);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_MEMORY_BANDWIDTH, 0), 64000);
  enable (MDTRACE_COUNTER_CACHE_MISSES);
  tick_all ();
  model_run (MODEL_CACHE_MISS, 10);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_MEMORY_BANDWIDTH, 0), 64640);
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_CACHE_MISSES, 0), 10);
  disable (MDTRACE_COUNTER_MEMORY_BANDWIDTH);
  tick_all ();
  model_run (MODEL_CACHE_MISS, 1);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_CACHE_MISSES, 0), 11);
  disable (MDTRACE_COUNTER_CACHE_MISSES);
  tick_all ();
  check_quiet (0);
}

/* Who else uses a counter keeps it.  */
static void
leaves_others_alone (void)
{
  for (int i = 0; i < MACHINES; i++)
    {
      unsigned general = model_general (&machines[i].model);
      for (unsigned busy = 0; busy < 1U << general; busy += 1 + busy / 4)
	{
	  struct model_cpu before;
	  model = machines[i].model;
	  model_reset (1);
	  standin_boot ("");
	  standin.processor = &model_processor;
	  for (unsigned j = 0; j < general; j++)
	    model_cpus[0].select[j] = (busy >> j & 1) ? 0x420076 : 0x20076;
	  model_cpus[0].fixed_control = busy % 2 == 1 ? 0x31 : 0x30;
	  model_cpus[0].global = 0x1;
	  before = model_cpus[0];
	  mdtrace_start ();
	  unsigned taken = 0;
	  for (int j = 0; j < COUNTED; j++)
	    if (info_of (counted[j]).state == MDTRACE_COUNTER_OFF)
	      {
		enable (counted[j]);
		taken++;
	      }
	    else if (machines[i].has >> j & 1)
	      CHECK (strstr (info_of (counted[j]).detail, "too few") != NULL);
	  tick_all ();
	  for (int j = 0; j < COUNTED; j++)
	    model_run ((enum model_event) j, 100 + j);
	  tick_all ();
	  for (int j = 0; j < COUNTED; j++)
	    if (info_of (counted[j]).state == MDTRACE_COUNTER_ON)
	      CHECK_NUMBER (count_of (counted[j], 0), 100 + j);
	  /* One of them may be the fixed one.  */
	  CHECK (taken <= (unsigned) __builtin_popcount (
			      ~busy & ((1U << general) - 1))
			      + 1);
	  for (unsigned j = 0; j < general; j++)
	    if (busy >> j & 1)
	      CHECK_NUMBER (model_cpus[0].select[j], before.select[j]);
	  CHECK_NUMBER (model_cpus[0].fixed_control & ~UINT64_C (0xf), 0x30);
	  if (busy % 2 == 1)
	    CHECK_NUMBER (model_cpus[0].fixed_control, 0x31);
	  CHECK (model_cpus[0].global & 1);
	}
    }
}

/* Somebody uses a counter on one CPU only: there it counts nothing.  */
static void
leaves_one_cpu_alone (void)
{
  model_boot (machines[1].model, 3);
  model_cpus[1].select[0] = 0x420076;
  enable (MDTRACE_COUNTER_INSTRUCTIONS);
  tick_all ();
  for (standin.cpu = 0; standin.cpu < cpus; standin.cpu++)
    model_run (MODEL_INSTRUCTION, 50);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 50);
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 1), 0);
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 2), 50);
  CHECK_NUMBER (model_cpus[1].select[0], 0x420076);
  /* Until it is free.  */
  model_cpus[1].select[0] = 0x20076;
  tick_all ();
  standin.cpu = 1;
  model_run (MODEL_INSTRUCTION, 60);
  tick_all ();
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 1), 60);
  disable (MDTRACE_COUNTER_INSTRUCTIONS);
  tick_all ();
  check_quiet (0);
}

/* A CPU that is not like the first one is not touched.  */
static void
leaves_other_cpus_alone (void)
{
  static const struct model_machine others[]
      = { { .vendor = MODEL_INTEL,
	    .family = 6,
	    .version = 4,
	    .general = 2,
	    .width = 48,
	    .known = 7,
	    .fixed = 3,
	    .fixed_width = 32 },
	  { .vendor = MODEL_INTEL, .family = 6 },
	  { .vendor = MODEL_OTHER, .family = 6 } };

  for (int i = 0; i < 3; i++)
    {
      model_last = &others[i];
      boot_enabled (&machines[3], STANDIN_SLOTS);
      for (standin.cpu = 0; standin.cpu < cpus; standin.cpu++)
	model_run (MODEL_INSTRUCTION, 10);
      tick_all ();
      CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 0), 10);
      CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 1), 10);
      CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, 2), 0);
      CHECK_NUMBER (model_cpus[2].accesses, 0);
      disable (MDTRACE_COUNTER_INSTRUCTIONS);
      tick_all ();
      CHECK_NUMBER (model_cpus[2].accesses, 0);
    }
}

/* -------------------------------------------------------------------- */
/* One CPU reads while another one ticks.  */

enum
{
  TICKS = 200000
};

/* Both halves of a count are alike, so that one that was read in two parts is
   seen.  */
#define STEP ((UINT64_C (1) << 32) + 1)

static struct standin machine;

static void
yield (void)
{
  sched_yield ();
}

static void *
tick_elsewhere (void *closure)
{
  (void) closure;
  standin = machine;
  standin.cpu = 1;
  standin.interrupts_enabled = false;
  for (int i = 0; i < TICKS; i++)
    {
      model_run_in (MODEL_INSTRUCTION, STEP, true);
      pmu_tick (1);
    }
  return NULL;
}

static void
is_read_while_it_ticks (void)
{
  uint64_t last = 0, reads = 0, count;
  pthread_t thread;

  boot_enabled (&machines[4], 2);
  standin.on_relax = yield;
  machine = standin;
  CHECK (pthread_create (&thread, NULL, tick_elsewhere, NULL) == 0);
  do
    {
      count = pmu_count (MDTRACE_COUNTER_INSTRUCTIONS, 1);
      CHECK (count >= last);
      CHECK_NUMBER (count >> 32, count & UINT32_MAX);
      last = count;
      reads++;
    }
  while (count < STEP * TICKS);
  CHECK (pthread_join (thread, NULL) == 0);
  CHECK (reads > 0);
  CHECK_NUMBER (count_of (MDTRACE_COUNTER_INSTRUCTIONS, MDTRACE_CPU_ALL),
		STEP * TICKS);
}

TAP_MAIN ({ says_why_there_is_none, "machines that have none" },
	  { finds_registers_that_are_not_there,
	    "registers that are not there" },
	  { needs_a_processor_that_tells, "a processor that tells nothing" },
	  { needs_memory, "no memory for what it counts" },
	  { finds_what_there_is, "what each unit has" },
	  { counts_what_happens, "what happens is counted, on every CPU" },
	  { bears_counters_that_wrap, "counters that wrap" },
	  { leaves_nothing_behind, "what was enabled is disabled" },
	  { begins_anew, "counters begin anew" },
	  { counts_bytes, "memory bandwidth by cache misses" },
	  { leaves_others_alone, "counters that are in use" },
	  { leaves_one_cpu_alone, "a counter that is in use on one CPU" },
	  { leaves_other_cpus_alone, "CPUs that are not alike" },
	  { is_read_while_it_ticks, "one CPU reads while another one ticks" })
