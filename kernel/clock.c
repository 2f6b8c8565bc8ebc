/* The clock tick: the kernel's time beside the time stamp counter's.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel's own time moves by ticks, and it never reads the time stamp
   counter.  So the counter is read when a tick comes in, and the kernel's
   time when it has counted the tick: two readings of the same moment, to
   within what it takes to enter an interrupt.  We come in between by the
   table of interrupt handlers, which is data; no text is changed.  */

#include <config.h>

#include "budget.h"
#include "clock.h"
#include "snapshot.h"
#include "ring.h"
#include "x86/breakpoint.h"
#include "x86/cpu.h"
#include "x86/pmu.h"

enum
{
  CLOCK_INTERRUPT = 0
};

/* The handler whose place we took [I].  */
static mach_interrupt_handler_t kernel_handler;

/* What is published, in memory that is read only to others [c, CPU 0].  */
static struct mdtrace_shared_clock *published;

static uint64_t
nanoseconds (const char *time)
{
  int64_t seconds = FIELD (int64_t, time, time_value64, seconds);
  int64_t rest = FIELD (int64_t, time, time_value64, nanoseconds);

  return seconds * INT64_C (1000000000) + rest;
}

static void
publish (uint64_t tsc)
{
  word_t *sequence = (word_t *) &published->sequence;

  *sequence += 1;
  store_barrier ();
  published->tsc = tsc;
  published->time_ns = nanoseconds (mach_time);
  published->uptime_ns = nanoseconds (mach_uptime);
  published->ticks = mach_elapsed_ticks;
  if (published->first_tsc == 0)
    {
      published->first_tsc = tsc;
      published->first_uptime_ns = published->uptime_ns;
    }
  store_barrier ();
  *sequence += 1;
}

/* Every CPU comes here at its ticks; the first one keeps the time.  */
static void
tick (int unit, int level, const char *return_address, void *registers)
{
  uint64_t tsc = time_stamp ();
  unsigned cpu = cpu_number ();
  unsigned long ticks = mach_elapsed_ticks;

  kernel_handler (unit, level, return_address, registers);

  word_t flags = interrupts_disable ();
#if MACH_DYNAMIC_PROBES
  breakpoints_start_cpu (cpu);
#endif
#if MACH_DTRACE
  ring_set_watermark (&rings[cpu]);
#endif
#if MACH_DYNAMIC_PROBES
  budget_tick (cpu, tsc);
#endif
#if MACH_PERF_COUNTERS
  pmu_tick (cpu);
#endif
  /* The handler may have let in the next tick, which then is published
     already.  */
  if (cpu == 0 && mach_elapsed_ticks == ticks + 1)
    {
      publish (tsc);
#if MACH_PERF_COUNTERS
      snapshot_tick ();
#endif
    }
  interrupts_restore (flags);
}

void
clock_read (mdtrace_clock_t *clock)
{
  word_t flags = interrupts_disable ();
  const word_t *sequence = (const word_t *) &published->sequence;
  word_t before;

  /* The first CPU may be writing, if this is another one.  */
  do
    {
      while ((before = __atomic_load_n (sequence, __ATOMIC_ACQUIRE)) % 2 != 0)
	cpu_relax ();
      clock->tsc_now = time_stamp ();
      clock->tsc = published->tsc;
      clock->time_ns = published->time_ns;
      clock->uptime_ns = published->uptime_ns;
      clock->ticks = published->ticks;
      clock->first_tsc = published->first_tsc;
      clock->first_uptime_ns = published->first_uptime_ns;
      full_barrier ();
    }
  while (__atomic_load_n (sequence, __ATOMIC_RELAXED) != before);
  interrupts_restore (flags);
}

/* DIVIDEND * 2^32 / DIVISOR, rounded down; a 32-bit machine has no 64-bit
   division.  */
static uint64_t
divide (uint64_t dividend, uint64_t divisor)
{
  uint64_t quotient = 0, rest = 0;

  for (int bit = 63; bit >= -32; bit--)
    {
      rest = rest << 1 | (bit >= 0 ? dividend >> bit & 1 : 0);
      quotient <<= 1;
      if (rest >= divisor)
	{
	  rest -= divisor;
	  quotient |= 1;
	}
    }
  return quotient;
}

uint64_t
clock_ns_per_count (void)
{
  mdtrace_clock_t clock;

  clock_read (&clock);
  if (clock.first_tsc == 0 || clock.tsc == clock.first_tsc)
    return 0;
  return divide (clock.uptime_ns - clock.first_uptime_ns,
		 clock.tsc - clock.first_tsc);
}

uint64_t
clock_boot_id (void)
{
  return nanoseconds (mach_time) ^ time_stamp () << 20;
}

void
clock_start (struct mdtrace_shared *shared)
{
  word_t flags = interrupts_disable ();

  published = &shared->clock;
  kernel_handler = mach_ivect[CLOCK_INTERRUPT];
  mach_ivect[CLOCK_INTERRUPT] = tick;
  interrupts_restore (flags);
}
