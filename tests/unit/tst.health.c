/* The health score: each deduction at its corners.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The formula stands at the top of kernel/perf_counters.c.  A sample is
   taken at every full second; a rate is the difference between now and the
   oldest of the last ten.  So at a full second it covers nine.  */

#include "dtrace.h"
#include "perf_counters.h"
#include "probes.h"

enum
{
  NINE_SECONDS = 9 * STANDIN_HZ
};

static mdtrace_health_t health;

/* Ask for the health, check what must hold of any, and return what FACTOR
   has to do with it.  */
static const struct mdtrace_health_deduction *
get_health (enum mdtrace_health_factor factor)
{
  uint32_t deducted = 0;

  memset (&health, 0xa5, sizeof health);
  perf_get_system_health (&health);
  for (int i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      const struct mdtrace_health_deduction *deduction = &health.factors[i];
      CHECK (deduction->known <= 1);
      CHECK (deduction->known == 1 || deduction->points == 0);
      deducted += deduction->points;
    }
  CHECK_NUMBER (health.score, deducted < 100 ? 100 - deducted : 0);
  CHECK (standin.interrupts_enabled);
  return &health.factors[factor];
}

/* With FREE pages in all, and thresholds LOW and MIN, POINTS are
   deducted.  */
static void
check_memory (uint64_t free, uint64_t low, uint64_t min, uint32_t points)
{
  /* Of two parts of different sizes.  */
  standin_segments[0].nr_free_pages = free / 3;
  standin_segments[1].nr_free_pages = free - free / 3;
  standin_segments[0].low_free_pages = low / 4;
  standin_segments[1].low_free_pages = low - low / 4;
  standin_segments[0].min_free_pages = min / 2;
  standin_segments[1].min_free_pages = min - min / 2;
  const struct mdtrace_health_deduction *memory
      = get_health (MDTRACE_HEALTH_MEMORY);
  CHECK_NUMBER (memory->known, 1);
  CHECK_NUMBER (memory->measured, free);
  CHECK_NUMBER (memory->reference, low);
  CHECK_NUMBER (memory->points, points);
}

static void
deducts_for_memory (void)
{
  probes_boot ();
  check_memory (100000, 1000, 200, 0);
  check_memory (1000, 1000, 200, 0);
  check_memory (985, 1000, 200, 0); /* 50 * 15 / 800 = 0.94 */
  check_memory (984, 1000, 200, 1);
  check_memory (600, 1000, 200, 25);
  check_memory (201, 1000, 200, 49);
  check_memory (200, 1000, 200, 50);
  check_memory (0, 1000, 200, 50);
  CHECK_NUMBER (health.score, 50);
  /* Thresholds that make no sense deduct nothing, and divide nothing.  */
  check_memory (0, 1000, 1000, 0);
  check_memory (0, 1000, 2000, 0);
  check_memory (0, 0, 0, 0);
  CHECK_NUMBER (health.score, 100);
}

/* Of the last nine seconds BUSY ticks were busy: POINTS are deducted.  */
static void
check_cpu (unsigned busy, uint32_t points)
{
  standin.busy = true;
  standin_ticks (busy);
  standin.busy = false;
  standin_ticks (NINE_SECONDS - busy);
  const struct mdtrace_health_deduction *cpu = get_health (MDTRACE_HEALTH_CPU);
  CHECK_NUMBER (cpu->known, 1);
  CHECK_NUMBER (cpu->measured, 10000 * busy / NINE_SECONDS);
  CHECK_NUMBER (cpu->reference, 9000);
  CHECK_NUMBER (cpu->points, points);
}

static void
deducts_for_cpu_time (void)
{
  probes_boot ();
  standin_ticks (STANDIN_HZ);
  check_cpu (0, 0);
  check_cpu (450, 0);
  check_cpu (805, 0);
  check_cpu (810, 0); /* 90 % */
  check_cpu (812, 0); /* 90.22 %: 0.66 */
  check_cpu (813, 0); /* 90.33 %: 0.99 */
  check_cpu (814, 1); /* 90.44 % */
  check_cpu (855, 15);
  check_cpu (899, 29);
  check_cpu (NINE_SECONDS, 30);
  CHECK_NUMBER (health.score, 70);
  check_cpu (0, 0);
  CHECK_NUMBER (health.score, 100);
}

/* The CPU's ticks are 32 bits wide, and go round.  */
static void
bears_ticks_that_wrap (void)
{
  struct machine_slot *slots = (struct machine_slot *) mach_machine_slot;

  probes_boot ();
  slots[0].cpu_ticks[0] = slots[0].cpu_ticks[1] = UINT32_MAX - 300;
  slots[1].cpu_ticks[2] = UINT32_MAX - 300;
  standin_ticks (STANDIN_HZ);
  check_cpu (450, 0);
  check_cpu (855, 15);
}

static void
counts_all_cpus (void)
{
  struct machine_slot *slots = (struct machine_slot *) mach_machine_slot;

  probes_boot ();
  standin_ticks (STANDIN_HZ);
  standin.busy = true;
  standin_ticks (NINE_SECONDS);
  slots[1].cpu_ticks[2] += NINE_SECONDS;
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_CPU)->measured, 5000);
  /* A user's time and the kernel's.  */
  slots[1].cpu_ticks[0] += NINE_SECONDS;
  slots[1].cpu_ticks[1] += NINE_SECONDS;
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_CPU)->measured, 7500);
}

/* Begin to trace, with one sample taken.  */
static void
boot_with_sample (void)
{
  probes_boot ();
  standin_ticks (STANDIN_HZ);
}

/* HITS more hits on CPU, of which LOST are lost, cost POINTS.  */
static void
check_lost (unsigned cpu, uint64_t hits, uint64_t lost, uint32_t points)
{
  dtrace_cpus[cpu].hits += hits;
  dtrace_cpus[cpu].lost += lost;
  const struct mdtrace_health_deduction *deduction
      = get_health (MDTRACE_HEALTH_LOST_EVENTS);
  CHECK_NUMBER (deduction->known, 1);
  CHECK_NUMBER (deduction->measured, lost);
  CHECK_NUMBER (deduction->reference, hits);
  CHECK_NUMBER (deduction->points, points);
  standin_ticks (10 * STANDIN_HZ);
}

static void
deducts_for_lost_events (void)
{
  boot_with_sample ();
  check_lost (0, 0, 0, 0);
  check_lost (0, 1000, 0, 0);
  check_lost (0, 1000000, 1, 1);
  check_lost (0, 1000, 199, 1);
  check_lost (0, 1000, 200, 2);
  check_lost (0, 1000, 999, 9);
  check_lost (0, 1000, 1000, 10);
  CHECK_NUMBER (health.score, 90);
  check_lost (0, 1, 1, 10);
  /* More than 32 bits can count.  */
  check_lost (0, UINT64_C (1) << 40, UINT64_C (1) << 39, 5);
  check_lost (0, UINT64_C (1) << 40, 1, 1);
  check_lost (0, UINT64_C (1) << 40, UINT64_C (1) << 40, 10);
  /* Of every CPU.  */
  standin_set_cpus (2);
  check_lost (1, 1000, 300, 3);
}

/* What becomes of a hit decides whether it is lost.  */
static void
knows_what_is_lost (void)
{
  boot_with_sample ();
  probe_create ("alpha", true);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_LOST_EVENTS)->measured, 0);
  CHECK_NUMBER (health.factors[MDTRACE_HEALTH_LOST_EVENTS].reference, 1);
  uint64_t dropped = 0;
  for (unsigned i = 0; i < 50000; i++)
    CHECK (standin_call (ALPHA));
  dropped = probe_counts (1).dropped;
  CHECK (dropped > 0);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_LOST_EVENTS)->measured, dropped);
  CHECK_NUMBER (health.factors[MDTRACE_HEALTH_LOST_EVENTS].reference, 50001);
}

static void
has_a_window (void)
{
  probes_boot ();
  standin_ticks (STANDIN_HZ - 1);
  /* No rate is known yet.  */
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_MEMORY)->known, 1);
  CHECK_NUMBER (health.window_seconds, 0);
  CHECK_NUMBER (health.factors[MDTRACE_HEALTH_CPU].known, 0);
  CHECK_NUMBER (health.factors[MDTRACE_HEALTH_LOST_EVENTS].known, 0);
  standin_ticks (1);
  /* More seconds than samples are kept.  */
  for (unsigned seconds = 1; seconds < 250; seconds++)
    {
      CHECK_NUMBER (get_health (MDTRACE_HEALTH_CPU)->known, 1);
      CHECK_NUMBER (health.window_seconds, seconds < 10 ? seconds : 10);
      /* Busy for every twentieth second, and seen for nine more.  */
      CHECK_NUMBER (health.factors[MDTRACE_HEALTH_CPU].measured > 0,
		    seconds > 20 && (seconds - 1) % 20 < 9);
      standin.busy = seconds % 20 == 0;
      standin_ticks (STANDIN_HZ);
    }
}

static void
knows_nothing_of_the_rest (void)
{
  probes_boot ();
  standin_ticks (5 * STANDIN_HZ);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_LOCK_CONTENTION)->known, 0);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_INTERRUPT_OVERHEAD)->known, 0);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_SCHEDULE_LATENCY)->known, 0);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_IPC_LATENCY)->known, 0);
}

/* Whatever is measured, the score is from 0 to 100.  */
static void
is_never_out_of_range (void)
{
  uint64_t seed = 1, worst = 100;

  boot_with_sample ();
  for (int i = 0; i < 2000; i++)
    {
      for (int j = 0; j < STANDIN_SEGMENTS; j++)
	standin_segments[j]
	    = (struct vm_page_seg){ .nr_free_pages = tap_below (&seed, 2000),
				    .low_free_pages = tap_below (&seed, 2000),
				    .min_free_pages = tap_below (&seed, 500) };
      uint64_t hits = tap_below (&seed, 1000);
      uint64_t lost = hits > 0 ? tap_below (&seed, hits + 1) : 0;
      dtrace_cpus[0].hits += hits;
      dtrace_cpus[0].lost += lost;
      standin.busy = i / 20 % 2 == 0;
      standin_ticks (STANDIN_HZ / 2);
      get_health (0);
      CHECK (health.score <= 100);
      if (health.score < worst)
	worst = health.score;
    }
  CHECK (worst < 20);
}

TAP_MAIN ({ deducts_for_memory, "free memory" },
	  { deducts_for_cpu_time, "CPU time" },
	  { bears_ticks_that_wrap, "CPU time, where its counts wrap" },
	  { counts_all_cpus, "CPU time of all CPUs" },
	  { deducts_for_lost_events, "lost events" },
	  { knows_what_is_lost, "what is lost, and what is not" },
	  { has_a_window, "rates are those of the last seconds" },
	  { knows_nothing_of_the_rest, "what is not measured is not known" },
	  { is_never_out_of_range, "the score is never out of range" })
