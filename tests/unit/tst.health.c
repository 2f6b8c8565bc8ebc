/* The health score: each deduction at its corners.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The formulas stand in mig/mdtrace_health.h, their numbers in
   mig/mdtrace_health.def; tst.ratio is about the arithmetic.  First they are
   given two snapshots, then what the kernel part makes of its own is looked
   at: the one of now, and one that is ten seconds old, or ten and a part.  */

#include "dtrace.h"
#include "mdtrace_health.h"
#include "perf_counters.h"
#include "probes.h"
#include "snapshot.h"

enum
{
  TEN_SECONDS = 10 * STANDIN_HZ
};

#define SECOND_NS UINT64_C (1000000000)

static mdtrace_health_t health;
static mdtrace_snapshot_t then, now;

/* Check what must hold of any health, and return what FACTOR has to do with
   it.  */
static const struct mdtrace_health_deduction *
check_sum (enum mdtrace_health_factor factor)
{
  uint32_t deducted = 0;

  for (int i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      const struct mdtrace_health_deduction *deduction = &health.factors[i];
      const struct mdtrace_health_rule *rule
	  = &mdtrace_health_rules_default[i];
      CHECK (deduction->known <= 1);
      CHECK (deduction->known == 1
	     || (deduction->points == 0 && deduction->measured == 0));
      CHECK_NUMBER (deduction->reference, rule->reference);
      CHECK (deduction->points <= rule->points);
      CHECK ((deduction->points > 0)
	     == (deduction->measured > rule->reference));
      CHECK (deduction->measured < rule->worst
	     || deduction->points == rule->points);
      deducted += deduction->points;
    }
  CHECK_NUMBER (health.score, deducted < 100 ? 100 - deducted : 0);
  return &health.factors[factor];
}

/* -------------------------------------------------------------------- */
/* What is made of two snapshots.  */

/* A machine of CPUS CPUs that were idle for ten seconds, with all counters
   on.  */
static void
begin (uint32_t cpus)
{
  memset (&then, 0, sizeof then);
  then.uptime_ns = 12345 * SECOND_NS;
  then.cpus = cpus;
  then.free_bytes = UINT64_C (1) << 30;
  then.low_bytes = 1000 * PAGE_BYTES;
  then.min_bytes = 200 * PAGE_BYTES;
  then.idle_ns = then.uptime_ns * cpus;
  then.known = MDTRACE_COUNTER_BIT (MDTRACE_COUNTERS) - 1;
  then.ipc_ns = 5 * SECOND_NS;
  for (int i = 0; i < MDTRACE_COUNTERS; i++)
    then.counters[i] = (struct mdtrace_counter_sum){ 777, 7 * SECOND_NS };
  now = then;
  now.uptime_ns += 10 * SECOND_NS;
  now.idle_ns += 10 * SECOND_NS * cpus;
}

/* Look at the health from THEN to NOW, of which FACTOR is known.  */
static const struct mdtrace_health_deduction *
evaluate (enum mdtrace_health_factor factor)
{
  memset (&health, 0xa5, sizeof health);
  mdtrace_health_evaluate (mdtrace_health_rules_default, &then, &now, &health);
  const struct mdtrace_health_deduction *deduction = check_sum (factor);
  CHECK_NUMBER (deduction->known, 1);
  return deduction;
}

/* Now FACTOR is MEASURED.  What is deducted is checked, from RULE on.  */
static void
check_factor (enum mdtrace_health_factor factor, uint64_t measured)
{
  const struct mdtrace_health_rule *rule
      = &mdtrace_health_rules_default[factor];
  const struct mdtrace_health_deduction *deduction = evaluate (factor);
  double points = 0;

  CHECK_NUMBER (deduction->measured, measured);
  if (measured > rule->reference)
    points = rule->points * (double) (measured - rule->reference)
	     / (rule->worst - rule->reference);
  if (measured >= rule->worst)
    points = rule->points;
  CHECK (deduction->points >= points - 1e-9);
  CHECK (deduction->points < points + 1);
  /* Nothing else is wrong.  */
  CHECK_NUMBER (health.score, 100 - deduction->points);
}

static void
is_good_when_idle (void)
{
  for (uint32_t cpus = 1; cpus <= 64; cpus++)
    {
      begin (cpus);
      for (int i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
	CHECK_NUMBER (evaluate (i)->measured, 0);
      CHECK_NUMBER (health.score, 100);
      CHECK_NUMBER (health.window_seconds, 10);
    }
}

static void
deducts_for_memory (void)
{
  begin (1);
  for (unsigned pages = 0; pages <= 1001; pages++)
    {
      now.free_bytes = pages * PAGE_BYTES;
      check_factor (MDTRACE_HEALTH_MEMORY, pages >= 1000 ? 0
					   : pages < 200
					       ? 10000
					       : 10000 * (1000 - pages) / 800);
    }
  now.free_bytes = 600 * PAGE_BYTES;
  CHECK_NUMBER (evaluate (MDTRACE_HEALTH_MEMORY)->points, 25);
  now.free_bytes = 999 * PAGE_BYTES;
  CHECK_NUMBER (evaluate (MDTRACE_HEALTH_MEMORY)->points, 1);
  now.free_bytes = 200 * PAGE_BYTES;
  CHECK_NUMBER (evaluate (MDTRACE_HEALTH_MEMORY)->points, 50);
  /* Thresholds that make no sense deduct nothing, and divide nothing.  */
  now.free_bytes = 0;
  now.min_bytes = now.low_bytes;
  check_factor (MDTRACE_HEALTH_MEMORY, 0);
  now.min_bytes++;
  check_factor (MDTRACE_HEALTH_MEMORY, 0);
  now.min_bytes = now.low_bytes = 0;
  check_factor (MDTRACE_HEALTH_MEMORY, 0);
  now.low_bytes = UINT64_MAX;
  check_factor (MDTRACE_HEALTH_MEMORY, 10000);
}

/* Of the time SHARE / 10000 was busy, half of it for the kernel.  */
static void
check_cpu (uint64_t share)
{
  uint64_t busy = 10 * SECOND_NS * now.cpus / 10000 * share;

  now.user_ns = then.user_ns + busy / 2;
  now.system_ns = then.system_ns + (busy - busy / 2);
  now.idle_ns = then.idle_ns + 10 * SECOND_NS * now.cpus - busy;
  check_factor (MDTRACE_HEALTH_CPU, share);
}

static void
deducts_for_cpu_time (void)
{
  for (uint32_t cpus = 1; cpus <= 3; cpus++)
    {
      begin (cpus);
      for (unsigned share = 0; share <= 10000; share += 50)
	check_cpu (share);
      check_cpu (9000);
      CHECK_NUMBER (health.score, 100);
      check_cpu (9001);
      CHECK_NUMBER (health.score, 99);
      check_cpu (9200);
      CHECK_NUMBER (health.score, 99);
      check_cpu (9201);
      CHECK_NUMBER (health.score, 98);
      check_cpu (9999);
      CHECK_NUMBER (health.score, 95);
      check_cpu (10000);
      CHECK_NUMBER (health.score, 95);
    }
  /* No tick has come in.  */
  begin (1);
  now.idle_ns = then.idle_ns;
  check_factor (MDTRACE_HEALTH_CPU, 0);
}

/* Of HITS hits LOST were lost: POINTS.  */
static void
check_lost (uint64_t hits, uint64_t lost, uint32_t points)
{
  begin (1);
  then.hits = now.hits = 1000000;
  then.lost = now.lost = 999999;
  now.hits += hits;
  now.lost += lost;
  CHECK_NUMBER (evaluate (MDTRACE_HEALTH_LOST_EVENTS)->points, points);
  CHECK_NUMBER (health.score, 100 - points);
}

static void
deducts_for_lost_events (void)
{
  check_lost (0, 0, 0);
  check_lost (1000, 0, 0);
  check_lost (1000000, 1, 1);
  check_lost (1000, 100, 1);
  check_lost (1000, 101, 2);
  check_lost (1000, 900, 9);
  check_lost (1000, 901, 10);
  check_lost (1000, 1000, 10);
  check_lost (1, 1, 10);
  /* More than 32 bits can count.  */
  check_lost (UINT64_C (1) << 40, UINT64_C (1) << 39, 5);
  check_lost (UINT64_C (1) << 40, 1, 1);
  check_lost (UINT64_C (1) << 40, UINT64_C (1) << 40, 10);
}

/* Let COUNTER have come to SUM_NS more, in COUNT times.  */
static void
add (enum mdtrace_counter counter, uint64_t count, uint64_t sum_ns)
{
  now.counters[counter].count = then.counters[counter].count + count;
  now.counters[counter].sum = then.counters[counter].sum + sum_ns;
}

/* FACTOR is the share of all CPUs' time that COUNTER has come to.  */
static void
check_share (enum mdtrace_health_factor factor, enum mdtrace_counter counter)
{
  const struct mdtrace_health_rule *rule
      = &mdtrace_health_rules_default[factor];

  for (uint32_t cpus = 1; cpus <= 64; cpus *= 4)
    {
      begin (cpus);
      uint64_t whole = 10 * SECOND_NS * cpus;
      for (uint64_t share = 0; share < 300000; share += 700)
	{
	  add (counter, 1, whole / 10000 * share);
	  check_factor (factor, share);
	}
      add (counter, 1, whole / 10000 * (rule->reference + 1));
      CHECK_NUMBER (evaluate (factor)->points, 1);
      add (counter, 1, whole / 10000 * rule->worst);
      CHECK_NUMBER (evaluate (factor)->points, rule->points);
    }
}

static void
deducts_for_lock_contention (void)
{
  check_share (MDTRACE_HEALTH_LOCK_CONTENTION,
	       MDTRACE_COUNTER_LOCK_CONTENTION);
}

static void
deducts_for_interrupt_overhead (void)
{
  check_share (MDTRACE_HEALTH_INTERRUPT_OVERHEAD,
	       MDTRACE_COUNTER_INTERRUPT_OVERHEAD);
}

static void
deducts_for_schedule_latency (void)
{
  check_share (MDTRACE_HEALTH_SCHEDULE_LATENCY,
	       MDTRACE_COUNTER_SCHEDULE_LATENCY);
  /* Many short ones make no difference.  */
  begin (1);
  add (MDTRACE_COUNTER_SCHEDULE_LATENCY, 1, 500 * SECOND_NS);
  check_factor (MDTRACE_HEALTH_SCHEDULE_LATENCY, 500000);
  add (MDTRACE_COUNTER_SCHEDULE_LATENCY, 1000000, 500 * SECOND_NS);
  check_factor (MDTRACE_HEALTH_SCHEDULE_LATENCY, 500000);
}

static void
deducts_for_ipc_latency (void)
{
  begin (2);
  for (uint64_t share = 0; share < 60000; share += 100)
    {
      now.ipc_ns = then.ipc_ns + 2 * SECOND_NS / 1000 * share;
      check_factor (MDTRACE_HEALTH_IPC_LATENCY, share);
    }
  /* It is an estimate, which may fall.  */
  now.ipc_ns = then.ipc_ns - 1;
  check_factor (MDTRACE_HEALTH_IPC_LATENCY, 0);
}

/* A counter that was not on all the time, or has begun anew, tells nothing. */
static void
knows_what_was_counted (void)
{
  static const struct
  {
    enum mdtrace_health_factor factor;
    enum mdtrace_counter counter;
  } pairs[] = {
    { MDTRACE_HEALTH_LOCK_CONTENTION, MDTRACE_COUNTER_LOCK_CONTENTION },
    { MDTRACE_HEALTH_INTERRUPT_OVERHEAD, MDTRACE_COUNTER_INTERRUPT_OVERHEAD },
    { MDTRACE_HEALTH_SCHEDULE_LATENCY, MDTRACE_COUNTER_SCHEDULE_LATENCY },
    { MDTRACE_HEALTH_IPC_LATENCY, MDTRACE_COUNTER_IPC_LATENCY },
  };

  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    for (int what = 0; what < 4; what++)
      {
	uint64_t bit = MDTRACE_COUNTER_BIT (pairs[i].counter);
	begin (1);
	add (pairs[i].counter, 100, 1000 * SECOND_NS);
	now.ipc_ns += 1000 * SECOND_NS;
	evaluate (pairs[i].factor);
	if (what == 0)
	  then.known &= ~bit;
	else if (what == 1)
	  now.known &= ~bit;
	else if (what == 2)
	  now.counters[pairs[i].counter].count = 776;
	else
	  now.counters[pairs[i].counter].sum = 7 * SECOND_NS - 1;
	mdtrace_health_evaluate (mdtrace_health_rules_default, &then, &now,
				 &health);
	CHECK_NUMBER (check_sum (pairs[i].factor)->known, 0);
	/* The others still count.  */
	CHECK_NUMBER (health.factors[MDTRACE_HEALTH_CPU].known, 1);
	if (i != 3)
	  CHECK (health.factors[MDTRACE_HEALTH_IPC_LATENCY].points > 0);
      }
}

/* Of one and the same moment nothing is known but what there is.  */
static void
knows_little_of_a_moment (void)
{
  begin (1);
  now = then;
  now.free_bytes = 0;
  mdtrace_health_evaluate (mdtrace_health_rules_default, &then, &now, &health);
  for (int i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    CHECK_NUMBER (check_sum (i)->known, i == MDTRACE_HEALTH_MEMORY);
  CHECK_NUMBER (health.window_seconds, 0);
  CHECK_NUMBER (health.score, 50);
}

/* Whatever the snapshots, the score is from 0 to 100.  */
static void
is_never_out_of_range (void)
{
  uint64_t seed = 1, worst = 100, best = 0;

  for (int i = 0; i < 100000; i++)
    {
      unsigned shift = tap_below (&seed, 64);
      uint64_t *words = (uint64_t *) &now;
      begin (1 + tap_below (&seed, 64));
      for (size_t j = 0; j < sizeof now / sizeof *words; j++)
	if (tap_below (&seed, 4) == 0)
	  words[j] += tap_random (&seed) >> shift;
      if (i % 4 == 0)
	tap_random_bytes (&seed, &then, sizeof then);
      mdtrace_health_evaluate (mdtrace_health_rules_default, &then, &now,
			       &health);
      check_sum (0);
      worst = health.score < worst ? health.score : worst;
      best = health.score > best ? health.score : best;
    }
  CHECK_NUMBER (worst, 0);
  CHECK_NUMBER (best, 100);
}

/* Other rules deduct other points.  */
static void
heeds_its_rules (void)
{
  struct mdtrace_health_rule rules[MDTRACE_HEALTH_FACTORS];

  memcpy (rules, mdtrace_health_rules_default, sizeof rules);
  begin (1);
  now.free_bytes = now.low_bytes - 1;
  rules[MDTRACE_HEALTH_MEMORY].points = 100;
  mdtrace_health_evaluate (rules, &then, &now, &health);
  CHECK_NUMBER (health.score, 100);
  now.free_bytes = 600 * PAGE_BYTES;
  mdtrace_health_evaluate (rules, &then, &now, &health);
  CHECK_NUMBER (health.score, 50);
  rules[MDTRACE_HEALTH_MEMORY].reference = 4999;
  mdtrace_health_evaluate (rules, &then, &now, &health);
  CHECK_NUMBER (health.score, 99);
  rules[MDTRACE_HEALTH_MEMORY].worst = 5000;
  mdtrace_health_evaluate (rules, &then, &now, &health);
  CHECK_NUMBER (health.score, 0);
  rules[MDTRACE_HEALTH_MEMORY].points = 0;
  mdtrace_health_evaluate (rules, &then, &now, &health);
  CHECK_NUMBER (health.score, 100);
}

/* -------------------------------------------------------------------- */
/* What the kernel part makes of its own.  */

static const struct mdtrace_health_deduction *
get_health (enum mdtrace_health_factor factor)
{
  memset (&health, 0xa5, sizeof health);
  perf_get_system_health (&health);
  CHECK (standin.interrupts_enabled);
  return check_sum (factor);
}

/* Two segments have FREE pages each: MEASURED, by the thresholds LOW and
   MIN.  */
static void
check_segments (word_t free_0, word_t free_1, uint64_t measured, uint64_t low,
		uint64_t min)
{
  mdtrace_snapshot_t snapshot;

  standin_segments[0] = (struct vm_page_seg){ .nr_free_pages = free_0,
					      .low_free_pages = 300,
					      .min_free_pages = 150 };
  standin_segments[1] = (struct vm_page_seg){ .nr_free_pages = free_1,
					      .low_free_pages = 1000,
					      .min_free_pages = 200 };
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_MEMORY)->measured, measured);
  perf_take_system_snapshot (&snapshot);
  CHECK_NUMBER (snapshot.free_bytes, (free_0 + free_1) * PAGE_BYTES);
  CHECK_NUMBER (snapshot.low_bytes, low * PAGE_BYTES);
  CHECK_NUMBER (snapshot.min_bytes, min * PAGE_BYTES);
  CHECK_NUMBER (snapshot_pressure (), measured);
}

/* What the kernel has in another segment does not help the one that is
   pressed.  */
static void
looks_at_each_segment (void)
{
  probes_boot ();
  check_segments (5000, 50000, 0, 6000, 5200);
  check_segments (300, 1000, 0, 1300, 500);
  check_segments (5000, 600, 5000, 6000, 5200);
  CHECK_NUMBER (health.score, 75);
  check_segments (225, 50000, 5000, 50300, 50150);
  check_segments (225, 599, 5012, 1225, 425);
  check_segments (224, 600, 5066, 900, 750);
  check_segments (5000, 199, 10000, 6000, 5200);
  check_segments (0, 0, 10000, 1000, 200);
  CHECK_NUMBER (health.score, 50);
}

/* Of the last ten seconds BUSY ticks were busy.  */
static void
check_ticks (unsigned busy)
{
  standin.busy = true;
  standin_ticks (busy);
  standin.busy = false;
  standin_ticks (TEN_SECONDS - busy);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_CPU)->known, 1);
  CHECK_NUMBER (health.factors[MDTRACE_HEALTH_CPU].measured,
		10000 * busy / TEN_SECONDS);
}

static void
counts_ticks (void)
{
  probes_boot ();
  standin_ticks (STANDIN_HZ);
  for (unsigned busy = 0; busy <= TEN_SECONDS; busy += 50)
    check_ticks (busy);
  CHECK_NUMBER (health.score, 95);
  check_ticks (0);
  CHECK_NUMBER (health.score, 100);
}

/* The CPU's ticks are 32 bits wide, and go round.  */
static void
bears_ticks_that_wrap (void)
{
  struct machine_slot *slots = (struct machine_slot *) mach_machine_slot;

  probes_boot ();
  slots[0].cpu_ticks[0] = slots[0].cpu_ticks[1] = UINT32_MAX - 300;
  slots[0].cpu_ticks[2] = UINT32_MAX - 1300;
  standin_ticks (STANDIN_HZ);
  check_ticks (500);
  check_ticks (950);
  check_ticks (1);
}

static void
counts_all_cpus (void)
{
  struct machine_slot *slots = (struct machine_slot *) mach_machine_slot;

  probes_boot ();
  standin_set_cpus (2);
  standin_ticks (STANDIN_HZ);
  standin.busy = true;
  standin_ticks (TEN_SECONDS);
  slots[1].cpu_ticks[2] += TEN_SECONDS;
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_CPU)->measured, 5000);
  /* A user's time and the kernel's.  */
  slots[1].cpu_ticks[0] += TEN_SECONDS;
  slots[1].cpu_ticks[1] += TEN_SECONDS;
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_CPU)->measured, 7500);
}

/* What becomes of a hit decides whether it is lost.  */
static void
knows_what_is_lost (void)
{
  probes_boot ();
  standin_ticks (STANDIN_HZ);
  probe_create ("alpha", true);
  CHECK (standin_call (ALPHA));
  standin_ticks (1);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_LOST_EVENTS)->measured, 0);
  for (unsigned i = 0; i < 50000; i++)
    CHECK (standin_call (ALPHA));
  uint64_t dropped = probe_counts (1).dropped;
  CHECK (dropped > 0);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_LOST_EVENTS)->measured,
		(10000 * dropped + 50000) / 50001);
  CHECK (health.score < 100);
  /* It is over, and forgotten as soon as no window has it.  */
  standin_ticks (11 * STANDIN_HZ);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_LOST_EVENTS)->measured, 0);
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
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_CPU)->known, 0);
  /* More seconds than snapshots are kept.  */
  for (unsigned ticks = 1; ticks < 250 * STANDIN_HZ; ticks++)
    {
      unsigned seconds = ticks / STANDIN_HZ;
      unsigned window
	  = seconds < 10 ? ticks : TEN_SECONDS + ticks % STANDIN_HZ;
      /* Every twentieth second is busy.  */
      standin.busy = (ticks - 1) / STANDIN_HZ % 20 == 19;
      standin_ticks (1);
      if (ticks % 7 != 0)
	continue;
      CHECK_NUMBER (get_health (MDTRACE_HEALTH_CPU)->known, 1);
      CHECK_NUMBER (health.window_seconds,
		    (window + STANDIN_HZ / 2) / STANDIN_HZ);
      unsigned busy = 0;
      for (unsigned tick = ticks - window + 1; tick <= ticks; tick++)
	busy += (tick - 1) / STANDIN_HZ % 20 == 19;
      CHECK_NUMBER (health.factors[MDTRACE_HEALTH_CPU].measured,
		    10000 * busy / window);
    }
}

/* Counters that nobody has enabled are no part of it.  */
static void
knows_nothing_of_the_rest (void)
{
  probes_boot ();
  standin_ticks (5 * STANDIN_HZ);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_LOCK_CONTENTION)->known, 0);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_INTERRUPT_OVERHEAD)->known, 0);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_SCHEDULE_LATENCY)->known, 0);
  CHECK_NUMBER (get_health (MDTRACE_HEALTH_IPC_LATENCY)->known, 0);
  CHECK_NUMBER (health.score, 100);
}

TAP_MAIN ({ is_good_when_idle, "nothing is deducted from an idle machine" },
	  { deducts_for_memory, "free memory" },
	  { deducts_for_cpu_time, "CPU time" },
	  { deducts_for_lost_events, "lost events" },
	  { deducts_for_lock_contention, "lock contention" },
	  { deducts_for_interrupt_overhead, "interrupt overhead" },
	  { deducts_for_schedule_latency, "scheduling latency" },
	  { deducts_for_ipc_latency, "IPC latency" },
	  { knows_what_was_counted, "what was not counted is not known" },
	  { knows_little_of_a_moment, "rates need two moments" },
	  { is_never_out_of_range, "the score is never out of range" },
	  { heeds_its_rules, "rules" },
	  { looks_at_each_segment, "the kernel's: memory of each segment" },
	  { counts_ticks, "the kernel's: CPU time" },
	  { bears_ticks_that_wrap, "CPU time, where its counts wrap" },
	  { counts_all_cpus, "CPU time of all CPUs" },
	  { knows_what_is_lost, "what is lost, and what is not" },
	  { has_a_window, "rates are those of the last seconds" },
	  { knows_nothing_of_the_rest, "what is not enabled is not known" })
