/* The clock: from time stamps to time, beside a model of a machine.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "clock_model.h"

static void
tells_a_constant_rate (void)
{
  static const double rates[] = { 0.001, 0.0333, 1, 2.904, 5.7 };

  for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
    {
      memset (&world, 0, sizeof world);
      world.counts_per_ns = rates[i];
      begin (12345);
      run (8);
      run_within (100, 250000);
      double rate = under_test.ns_per_count * rates[i];
      CHECK (rate > 1 - 1e-6 && rate < 1 + 1e-6);
      CHECK (distance (under_test.uptime_ns, real_ns) < 1000 * 1000);
      CHECK_NUMBER (under_test.tsc, last_tsc);
      CHECK_NUMBER (under_test.time_ns, last_ns);
    }
}

static void
follows_drift (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.drift_ppb = 100000;
  world.wander_ppb = 50;
  world.jitter_ns = 500000;
  begin (1);
  off_ppb = 100000;
  run (20);
  run_within (600, 8000000);
  /* Steady, but as far off as it can be the other way.  */
  world.wander_ppb = 0;
  begin (1);
  off_ppb = -100000;
  run (20);
  run_within (100, 5000000);
}

static void
sees_through_late_ticks (void)
{
  for (unsigned percent = 10; percent <= 50; percent += 20)
    for (unsigned late_ms = 4; late_ms <= 8; late_ms += 4)
      {
	memset (&world, 0, sizeof world);
	world.counts_per_ns = 2.904;
	world.drift_ppb = 20000;
	world.wander_ppb = 20;
	world.jitter_ns = 300000;
	world.late_percent = percent;
	world.late_ns = late_ms * 1000000;
	begin (1);
	run (60);
	off_by_ns = 0;
	/* One that is late by half a tick may be a lost one, as long as
	   nothing else is known.  */
	if (percent == 10)
	  run_within (600, late_ms == 4 ? 5000000 : TICK_NS);
	else
	  run (600);
	CHECK (percent > 30 || off_by_ns < 500000);
      }
}

static void
follows_lost_ticks (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 300000;
  world.late_percent = 5;
  world.late_ns = 5000000;
  world.lost_per_million = 1000;
  begin (1);
  run (1000);
  /* And then no more.  */
  world.lost_per_million = 0;
  run (60);
  run_within (100, 3000000);
  /* So many that the kernel's clock is slow, and fast again.  */
  world.lost_per_million = 300000;
  for (int i = 0; i < 30; i++)
    {
      for (int j = 0; j < TICKS_PER_SECOND; j++)
	{
	  tick ();
	  ask (counter);
	}
      synchronise ();
    }
  world.lost_per_million = 0;
  run (120);
  run_within (100, 3000000);
}

/* Let the clock be set by AHEAD_NS, between two ticks.  */
static void
set_clock (int64_t ahead_ns)
{
  tick ();
  pass_a_little ();
  offset_ns += (uint64_t) ahead_ns;
  tick ();
  pass_a_little ();
  synchronise ();
  ask_now ();
}

static void
follows_a_clock_that_is_set_forward (void)
{
  static const int64_t steps_ns[]
      = { 1000000, 300000000, 2000000000, 3600 * (int64_t) SECOND_NS,
	  30 * (int64_t) YEAR_NS };

  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 200000;
  begin (1);
  run (40);
  for (size_t i = 0; i < sizeof steps_ns / sizeof steps_ns[0]; i++)
    {
      set_clock (steps_ns[i]);
      run (3);
      run_within (10, 3000000);
    }
}

static void
does_not_follow_back (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 200000;
  begin (1);
  run (40);
  /* By a little: it is met.  */
  set_clock (-1000000);
  run (3);
  run_within (10, 3000000);
  set_clock (-900000000);
  run (4);
  run_within (10, 3000000);
  /* By a lot: it is not, and said.  */
  set_clock (-20 * (int64_t) YEAR_NS);
  CHECK (mdtrace_time_error_ns (&under_test) >= 20 * YEAR_NS);
  run (10);
  CHECK (mdtrace_time_error_ns (&under_test) >= 20 * YEAR_NS);
  CHECK (mdtrace_time_error_ns (&under_test) < 20 * YEAR_NS + SECOND_NS);
  /* Set right again.  */
  set_clock (20 * (int64_t) YEAR_NS + 5000000);
  run (3);
  run_within (10, 3000000);
}

static void
begins_with_little (void)
{
  mdtrace_clock_t nothing = { .tsc_now = 1000 };

  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 200000;
  begin (1000000);
  CHECK_NUMBER (mdtrace_time_error_ns (&under_test), UINT64_MAX);
  CHECK_NUMBER (mdtrace_time_of (&under_test, 5), 0);
  mdtrace_time_update (&under_test, &nothing);
  CHECK_NUMBER (mdtrace_time_error_ns (&under_test), UINT64_MAX);
  CHECK_NUMBER (mdtrace_time_of (&under_test, 5), 0);
  /* One tick: the time is known, but no rate.  */
  tick ();
  synchronise ();
  CHECK_NUMBER (mdtrace_time_error_ns (&under_test), UINT64_MAX);
  CHECK_NUMBER (mdtrace_time_of (&under_test, counter), EPOCH_NS + TICK_NS);
  pass_a_little ();
  CHECK (ask (counter) > EPOCH_NS + TICK_NS);
  CHECK (ask (counter) < EPOCH_NS + 2 * TICK_NS);
  /* Two: both.  */
  tick ();
  synchronise ();
  CHECK (under_test.error_ns - under_test.drift_ns < 3 * TICK_NS);
  ask_now ();
  /* Four: how late they are.  */
  tick ();
  synchronise ();
  ask_now ();
  tick ();
  synchronise ();
  ask_now ();
  CHECK (under_test.error_ns - under_test.drift_ns < 2 * TICK_NS);
  /* As the status is asked for: some ticks of a kernel that has run long.  */
  run (100);
  memset (&under_test, 0, sizeof under_test);
  any = false;
  for (int i = 0; i < 8; i++)
    {
      tick ();
      synchronise ();
      ask_now ();
    }
  CHECK (under_test.error_ns - under_test.drift_ns < 5000000);
}

/* A kernel whose clock was slow while it booted, as a busy host lets it be. */
static void
sees_that_ticks_were_lost_before (void)
{
  for (unsigned lost = 20000; lost <= 80000; lost += 20000)
    for (int together = 0; together < 2; together++)
      {
	memset (&world, 0, sizeof world);
	world.counts_per_ns = 2.904;
	world.jitter_ns = 100000;
	world.lost_per_million = lost;
	begin (1000000);
	for (int i = 0; i < 5 * TICKS_PER_SECOND; i++)
	  tick ();
	world.lost_per_million = 0;
	if (together)
	  {
	    for (int i = 0; i < 10; i++)
	      {
		tick ();
		synchronise ();
		ask_now ();
	      }
	    CHECK (under_test.error_ns - under_test.drift_ns < 3 * TICK_NS);
	  }
	run (10);
	run_within (60, 2000000);
      }
}

static void
wraps (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 200000;
  begin (UINT64_C (0) - UINT64_C (120000000000));
  run (20);
  CHECK (counter > UINT64_MAX / 2);
  run_within (100, 3000000);
  CHECK (counter < UINT64_MAX / 2);
}

static void
lasts_for_years (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 5.7;
  world.jitter_ns = 200000;
  begin (1);
  /* Not in ticks, which would take as long.  */
  tick ();
  pass (20 * YEAR_NS);
  kernel.ticks += 20 * YEAR_NS / TICK_NS;
  kernel.uptime_ns += 20 * YEAR_NS;
  run (20);
  run_within (50, 3000000);
  CHECK (counter > UINT64_C (1) << 61);
}

static void
survives_long_gaps (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 200000;
  world.drift_ppb = 50000;
  world.wander_ppb = 1;
  begin (1);
  run (60);
  for (int i = 0; i < 10; i++)
    {
      unsigned ticks = TICKS_PER_SECOND * (10 + tap_below (&seed, 1000));
      while (ticks-- > 0)
	tick ();
      synchronise ();
      ask_now ();
      run (5);
    }
  run (40);
  run_within (40, 3000000);
  /* Nobody looks more often than every two minutes.  */
  world.update_ticks = 120 * TICKS_PER_SECOND;
  run (3600);
  CHECK (off_by_ns < 20000000);
}

/* The debugger stops the kernel, whose clock is late by that then, but not the
   counter.  */
static void
survives_a_standstill (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 200000;
  begin (1);
  run (60);
  tick ();
  ask_now ();
  pass (3600 * SECOND_NS);
  kernel.ticks += 3600 * TICKS_PER_SECOND;
  tick ();
  synchronise ();
  ask_now ();
  run (20);
  run_within (40, 3000000);
}

static void
begins_anew_with_the_kernel (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 200000;
  begin (UINT64_C (1) << 50);
  run (60);
  /* Another boot, of another machine, earlier.  */
  world.counts_per_ns = 1.7;
  boot (77777);
  any = false;
  offset_ns -= YEAR_NS;
  tick ();
  synchronise ();
  tick ();
  synchronise ();
  CHECK (distance (ask (counter), true_ns ()) < TICK_NS);
  run (20);
  run_within (60, 3000000);
  /* The same one, whose counter was set: time does not go back.  */
  uint64_t before = last_ns;
  counter = 1000;
  any = false;
  tick ();
  synchronise ();
  CHECK (ask (counter) >= before);
  ask_now ();
  run (20);
  run_within (60, 3000000);
  counter += UINT64_C (1) << 60;
  tick ();
  synchronise ();
  ask (counter);
  run (20);
  run_within (60, 3000000);
}

/* Another reader goes on where one has ended, in the midst of a backlog.  */
static void
goes_on_where_another_ended (void)
{
  uint64_t tsc[TICKS_PER_SECOND], time[TICKS_PER_SECOND];

  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 3000000;
  begin (1);
  run (60);
  for (int readers = 0; readers < 50; readers++)
    {
      uint64_t tsc_then = under_test.tsc, ns_then = under_test.time_ns;
      for (int i = 0; i < TICKS_PER_SECOND; i++)
	{
	  tick ();
	  pass_a_little ();
	  tsc[i] = counter;
	  time[i] = true_ns ();
	}
      mdtrace_time_resume (&under_test, tsc_then, ns_then);
      CHECK_NUMBER (mdtrace_time_error_ns (&under_test), UINT64_MAX);
      CHECK_NUMBER (mdtrace_time_of (&under_test, tsc_then), ns_then);
      synchronise ();
      CHECK (mdtrace_time_error_ns (&under_test) < 15 * TICK_NS);
      for (int i = 0; i < TICKS_PER_SECOND; i++)
	CHECK (distance (ask (tsc[i]), time[i]) < 2 * TICK_NS);
      run (4);
    }
  /* What cannot be is not believed.  */
  mdtrace_time_resume (&under_test, counter + (UINT64_C (1) << 50), 1);
  any = false;
  tick ();
  synchronise ();
  ask_now ();
  run (4);
}

/* A reader that is far behind, while synchronisation goes on.  */
static void
keeps_order_of_a_backlog (void)
{
  enum
  {
    MANY = 200000
  };
  uint64_t *tsc = malloc (MANY * sizeof *tsc);
  uint64_t *time = malloc (MANY * sizeof *time);
  unsigned written = 0, read = 0;

  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 3000000;
  world.drift_ppb = 200000;
  world.wander_ppb = 10000;
  world.lost_per_million = 3000;
  begin (1);
  while (written < MANY)
    {
      tick ();
      pass_a_little ();
      time[written] = true_ns ();
      tsc[written++] = counter;
      if (tap_below (&seed, 50) == 0)
	synchronise ();
      /* Sometimes nothing for long, sometimes all there is.  */
      if (tap_below (&seed, 3000) == 0)
	while (read < written && tap_below (&seed, 10000) != 0)
	  {
	    uint64_t ns = ask (tsc[read]);
	    if (read > 100)
	      CHECK (distance (ns, time[read]) < SECOND_NS / 2);
	    read++;
	  }
    }
  while (read < written)
    ask (tsc[read++]);
  CHECK_NUMBER (events, MANY);
  free (tsc);
  free (time);
}

/* What was given out once is given out again.  */
static void
gives_the_same_again (void)
{
  uint64_t tsc[64], time[64];

  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 5000000;
  world.lost_per_million = 10000;
  begin (1);
  tick ();
  synchronise ();
  for (unsigned i = 0; i < 20000; i++)
    {
      tick ();
      if (i % 10 == 0)
	{
	  pass_a_little ();
	  synchronise ();
	}
      if (i >= 64)
	{
	  CHECK_NUMBER (mdtrace_time_of (&under_test, tsc[i % 64]),
			time[i % 64]);
	  CHECK_NUMBER (mdtrace_time_of (&under_test, tsc[(i + 30) % 64]),
			time[(i + 30) % 64]);
	}
      pass_a_little ();
      tsc[i % 64] = counter;
      time[i % 64] = ask (counter);
    }
}

/* A record that makes no sense does not spoil what comes after it.  */
static void
forgets_nonsense (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.904;
  world.jitter_ns = 200000;
  begin (1);
  run (40);
  for (unsigned bit = 0; bit < 64; bit++)
    {
      mdtrace_time_of (&under_test, counter + (UINT64_C (1) << bit));
      mdtrace_time_of (&under_test, counter - (UINT64_C (1) << bit));
      run (1);
    }
  run_within (40, 3000000);
}

/* All at once, and nothing but that time does not go back, nor claim what is
   not so.  */
static void
keeps_order_whatever_happens (void)
{
  memset (&world, 0, sizeof world);
  world.counts_per_ns = 2.1;
  world.jitter_ns = 100000;
  world.late_percent = 20;
  world.late_ns = 9000000;
  world.drift_ppb = 100000;
  world.wander_ppb = 5000;
  begin (UINT64_C (0) - (UINT64_C (1) << 40));
  for (int i = 0; i < 200000; i++)
    {
      tick ();
      while (tap_below (&seed, 3) != 0)
	{
	  pass_a_little ();
	  ask (counter);
	}
      switch (tap_below (&seed, 400))
	{
	case 0:
	  offset_ns += tap_below (&seed, 100000000);
	  break;
	case 1:
	  offset_ns -= tap_below (&seed, 100000000);
	  break;
	case 2:
	  if (tap_below (&seed, 20) == 0)
	    offset_ns += tap_below (&seed, SECOND_NS * 100);
	  break;
	case 3:
	  if (tap_below (&seed, 20) == 0)
	    offset_ns -= tap_below (&seed, SECOND_NS * 100);
	  break;
	case 4:
	  kernel.ticks++;
	  real_ns += TICK_NS;
	  counter += (uint64_t) (world.counts_per_ns * TICK_NS);
	  break;
	default:
	  break;
	}
      if (tap_below (&seed, 70) == 0)
	{
	  pass_a_little ();
	  synchronise ();
	  uint64_t off_ns = distance (ask (counter), true_ns ());
	  CHECK (off_ns < 2000 * SECOND_NS);
	}
    }
}

TAP_MAIN ({ begins_with_little, "the first ticks" },
	  { tells_a_constant_rate, "counters from 1 MHz to 5.7 GHz" },
	  { follows_drift, "a rate that is off by 100 ppm and wanders" },
	  { sees_through_late_ticks, "late ticks" },
	  { follows_lost_ticks, "lost ticks" },
	  { follows_a_clock_that_is_set_forward,
	    "a clock that is set forward" },
	  { does_not_follow_back, "a clock that is set back" },
	  { sees_that_ticks_were_lost_before, "ticks that were lost before" },
	  { wraps, "a counter that wraps" },
	  { lasts_for_years, "a kernel that has been up for 20 years" },
	  { survives_long_gaps, "long times without synchronisation" },
	  { survives_a_standstill, "a kernel that stood still" },
	  { begins_anew_with_the_kernel,
	    "a restarted kernel, a counter that is set" },
	  { goes_on_where_another_ended, "a clock that goes on for another" },
	  { keeps_order_of_a_backlog,
	    "order for a reader that is far behind" },
	  { gives_the_same_again, "what was given out is given out again" },
	  { forgets_nonsense, "time stamps that make no sense" },
	  { keeps_order_whatever_happens, "order whatever happens" })
