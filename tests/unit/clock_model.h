/* A model of a machine, beside the clock that is tested.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The model knows what the kernel's clock would be if it did not move by
   ticks; the clock under test sees ticks only, which may be late or lost.  */

#ifndef UNIT_CLOCK_MODEL_H
#define UNIT_CLOCK_MODEL_H

#include "mdtrace.h"
#include "tap.h"

#define TICK_NS UINT64_C (10000000)
#define SECOND_NS UINT64_C (1000000000)
#define EPOCH_NS UINT64_C (1700000000000000000)
#define YEAR_NS (UINT64_C (31557600) * SECOND_NS)

enum
{
  TICKS_PER_SECOND = 100
};

/* What the machine is like; set by each test, all 0 but for what it says.  */
static struct
{
  double counts_per_ns;
  uint64_t drift_ppb;	 /* that far the rate may be off either way */
  uint64_t wander_ppb;	 /* at most by that in one tick */
  uint64_t jitter_ns;	 /* that late a punctual tick is at most */
  unsigned late_percent; /* of the ticks that are not */
  uint64_t late_ns;	 /* how late these are at most */
  unsigned lost_per_million;
  unsigned update_ticks; /* between two synchronisations, at most */
} world;

/* The machine.  */
static uint64_t seed;
static uint64_t real_ns;   /* since boot */
static uint64_t counter;   /* at REAL_NS */
static double fraction;	   /* of a count */
static double off_ppb;	   /* the rate now */
static uint64_t offset_ns; /* of its time of day from uptime */
static mdtrace_clock_t kernel;

/* The clock under test, and what it has said.  */
static struct mdtrace_time under_test;
static uint64_t last_tsc, last_ns;
static bool any;
static uint64_t events, worst_ns, off_by_ns;
static uint64_t lost_ns;     /* by ticks that the clock cannot know of */
static uint64_t lost_now_ns; /* of these since the last tick */

/* Let NS nanoseconds pass.  */
static void
pass (uint64_t ns)
{
  double counts
      = (double) ns * world.counts_per_ns * (1 + off_ppb / 1e9) + fraction;

  counter += (uint64_t) counts;
  fraction = counts - (double) (uint64_t) counts;
  real_ns += ns;
}

static void
boot (uint64_t first_counter)
{
  seed = 1;
  real_ns = 0;
  counter = first_counter;
  fraction = 0;
  off_ppb = 0;
  offset_ns = EPOCH_NS;
  memset (&kernel, 0, sizeof kernel);
  lost_ns = lost_now_ns = 0;
  if (world.update_ticks == 0)
    world.update_ticks = TICKS_PER_SECOND;
}

/* The same with a clock under test.  */
static void
begin (uint64_t first_counter)
{
  boot (first_counter);
  memset (&under_test, 0, sizeof under_test);
  any = false;
  events = worst_ns = off_by_ns = 0;
}

/* What the kernel's clock should say now.  */
static uint64_t
true_ns (void)
{
  return real_ns - kernel.ticks * TICK_NS + kernel.uptime_ns + offset_ns;
}

/* Let the time pass until the next tick has been counted.  */
static void
tick (void)
{
  /* As many ticks are due as have passed; REAL_NS is no later than the next
     one.  */
  uint64_t due_ns = (kernel.ticks + 1) * TICK_NS;
  uint64_t late_ns
      = world.jitter_ns == 0 ? 0 : tap_below (&seed, world.jitter_ns + 1);

  if (tap_below (&seed, 100) < world.late_percent)
    late_ns = tap_below (&seed, world.late_ns);
  off_ppb += (double) tap_below (&seed, 2 * world.wander_ppb + 1)
	     - (double) world.wander_ppb;
  if (off_ppb > (double) world.drift_ppb)
    off_ppb = (double) world.drift_ppb;
  if (off_ppb < -(double) world.drift_ppb)
    off_ppb = -(double) world.drift_ppb;
  pass (due_ns + late_ns - real_ns);
  /* Here ticks are those that were due, lost or not.  */
  kernel.ticks++;
  if (tap_below (&seed, 1000000) < world.lost_per_million)
    {
      lost_ns += TICK_NS;
      lost_now_ns += TICK_NS;
      return;
    }
  lost_now_ns = 0;
  kernel.uptime_ns += TICK_NS;
  kernel.tsc = counter;
  kernel.time_ns = kernel.uptime_ns + offset_ns;
  if (kernel.first_tsc == 0)
    {
      kernel.first_tsc = kernel.tsc;
      kernel.first_uptime_ns = kernel.uptime_ns;
    }
}

/* Let a time pass that leaves no tick behind.  */
static void
pass_a_little (void)
{
  uint64_t left_ns = (kernel.ticks + 1) * TICK_NS - real_ns;

  pass (tap_below (&seed, left_ns < TICK_NS / 2 ? left_ns : TICK_NS / 2));
}

static uint64_t
distance (uint64_t left, uint64_t right)
{
  return left > right ? left - right : right - left;
}

static void
synchronise (void)
{
  mdtrace_clock_t clock = kernel;

  clock.tsc_now = counter;
  /* The kernel does not count ticks that it has lost.  */
  clock.ticks = clock.uptime_ns / TICK_NS;
  mdtrace_time_update (&under_test, &clock);
  lost_ns = lost_now_ns;
}

/* Ask for TSC, which is later than all before.  */
static uint64_t
ask (uint64_t tsc)
{
  uint64_t ns = mdtrace_time_of (&under_test, tsc);

  if (any)
    {
      CHECK ((int64_t) (tsc - last_tsc) >= 0);
      CHECK (ns >= last_ns);
    }
  any = true;
  last_tsc = tsc;
  last_ns = ns;
  events++;
  return ns;
}

/* Ask for the present, which must be right to within what is said.  */
static void
ask_now (void)
{
  uint64_t off_ns = distance (ask (counter), true_ns ());
  uint64_t error_ns = mdtrace_time_error_ns (&under_test);

  if (off_ns > off_by_ns)
    off_by_ns = off_ns;
  if (error_ns > worst_ns)
    worst_ns = error_ns;
  if (error_ns != UINT64_MAX && off_ns > error_ns + lost_ns)
    {
      printf ("# after %" PRIu64 " ms: off by %" PRIu64 " ns, said %" PRIu64
	      "\n",
	      real_ns / 1000000, off_ns, error_ns);
      CHECK (off_ns <= error_ns + lost_ns);
    }
}

/* Run for SECONDS, with events and synchronisations.  */
static void
run (unsigned seconds)
{
  uint64_t end = kernel.ticks + (uint64_t) seconds * TICKS_PER_SECOND;

  while (kernel.ticks < end)
    {
      for (unsigned ticks = world.update_ticks; ticks > 0; ticks--)
	{
	  tick ();
	  if (kernel.ticks % 8 == 0 && under_test.tsc != 0)
	    {
	      pass_a_little ();
	      ask_now ();
	    }
	}
      pass_a_little ();
      synchronise ();
      ask_now ();
    }
}

/* As run, and check that from now on at most MAX_NS are stated.  */
static void
run_within (unsigned seconds, uint64_t max_ns)
{
  worst_ns = off_by_ns = 0;
  run (seconds);
  if (worst_ns > max_ns)
    printf ("# an error of %" PRIu64 " ns was stated, of %" PRIu64
	    " were made\n",
	    worst_ns, off_by_ns);
  CHECK (worst_ns <= max_ns);
}

#endif /* UNIT_CLOCK_MODEL_H */
