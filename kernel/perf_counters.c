/* What is measured continually, and the health score made of it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Once a second a sample of the running sums is kept, the last
   TREND_HISTORY_SIZE of them.  A rate is the difference of two samples.

   The score is 100 less these deductions, each rounded down:

     memory        50 * (low - free) / (low - min), at most 50, where free,
		   low and min are pages: those that are free, and the
		   kernel's thresholds at which page-out starts and at which
		   ordinary allocations must wait.  None while free >= low.
     CPU time      3 for each percent that the CPUs were busy beyond 90 % of
		   the window, at most 30.
     lost events   10 * lost / hits over the window, but at least 1 if any
		   event was lost; at most 10.  What rings in overwrite mode
		   have given up is not lost.

   The window is the last HEALTH_WINDOW_SECONDS, or what there is of
   them.  */

#include <config.h>

#include "dtrace.h"
#include "perf_counters.h"
#include "x86/cpu.h"

#if MACH_PERF_COUNTERS

enum
{
  HEALTH_WINDOW_SECONDS = 10,
  BUSY_REFERENCE = 9000, /* in 1/100 percent */
  /* In the kernel's machine_slot[].cpu_ticks.  */
  CPU_STATE_IDLE = 2,
  CPU_STATES = 3
};

/* Running sums at one moment.  */
struct sample
{
  uint32_t ticks_busy;
  uint32_t ticks_idle;
  uint64_t hits;
  uint64_t lost;
};

/* The last samples, the newest at (samples_taken - 1) modulo their number.
   [c, CPU 0]  */
static struct sample history[TREND_HISTORY_SIZE];
static uint32_t samples_taken;

static void
take_sample (struct sample *sample)
{
  sample->ticks_busy = sample->ticks_idle = 0;
  for (word_t cpu = 0; cpu < LAYOUT_COUNTOF (machine_slot); cpu++)
    {
      const uint32_t *ticks
	  = FIELD_AT (mach_machine_slot + cpu * LAYOUT_SIZEOF (machine_slot),
		      machine_slot, cpu_ticks);
      for (int state = 0; state < CPU_STATES; state++)
	if (state == CPU_STATE_IDLE)
	  sample->ticks_idle += ticks[state];
	else
	  sample->ticks_busy += ticks[state];
    }
  sample->hits = sample->lost = 0;
#if MACH_DYNAMIC_PROBES
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      sample->hits += dtrace_cpus[cpu].hits;
      sample->lost += dtrace_cpus[cpu].lost;
    }
#endif
}

void
perf_counters_tick (void)
{
  if (mach_elapsed_ticks % mach_hz == 0)
    take_sample (&history[samples_taken++ % TREND_HISTORY_SIZE]);
}

static struct mdtrace_health_deduction
deduct_memory (void)
{
  uint64_t free = 0, low = 0, min = 0;

  for (unsigned i = 0; i < mach_vm_page_segs_size; i++)
    {
      const char *segment
	  = mach_vm_page_segs + i * LAYOUT_SIZEOF (vm_page_seg);
      free += FIELD (word_t, segment, vm_page_seg, nr_free_pages);
      low += FIELD (word_t, segment, vm_page_seg, low_free_pages);
      min += FIELD (word_t, segment, vm_page_seg, min_free_pages);
    }

  struct mdtrace_health_deduction deduction
      = { .known = 1, .measured = free, .reference = low };
  if (free < low && low > min)
    {
      uint32_t points = 50 * (uint32_t) (low - free) / (uint32_t) (low - min);
      deduction.points = points < 50 ? points : 50;
    }
  return deduction;
}

static struct mdtrace_health_deduction
deduct_cpu (const struct sample *from, const struct sample *to)
{
  uint32_t busy = to->ticks_busy - from->ticks_busy;
  uint32_t all = busy + (to->ticks_idle - from->ticks_idle);
  uint32_t share = all == 0 ? 0 : 10000 * busy / all;
  struct mdtrace_health_deduction deduction
      = { .known = 1, .measured = share, .reference = BUSY_REFERENCE };

  if (share > BUSY_REFERENCE)
    deduction.points = 3 * (share - BUSY_REFERENCE) / 100;
  return deduction;
}

#if MACH_DYNAMIC_PROBES
static struct mdtrace_health_deduction
deduct_lost (const struct sample *from, const struct sample *to)
{
  uint64_t lost = to->lost - from->lost;
  uint64_t hits = to->hits - from->hits;
  struct mdtrace_health_deduction deduction
      = { .known = 1, .measured = lost, .reference = hits };

  if (lost == 0)
    return deduction;
  /* A 32-bit machine has no 64-bit division.  */
  while (hits > UINT32_MAX / 10)
    {
      hits >>= 1;
      lost >>= 1;
    }
  deduction.points = 10 * (uint32_t) lost / (uint32_t) hits;
  if (deduction.points == 0)
    deduction.points = 1;
  return deduction;
}
#endif

void
perf_get_system_health (mdtrace_health_t *health)
{
  struct sample now, then;
  word_t flags = interrupts_disable ();
  uint32_t window = samples_taken;

  if (window > HEALTH_WINDOW_SECONDS)
    window = HEALTH_WINDOW_SECONDS;
  if (window > TREND_HISTORY_SIZE)
    window = TREND_HISTORY_SIZE;
  take_sample (&now);
  if (window > 0)
    then = history[(samples_taken - window) % TREND_HISTORY_SIZE];
  interrupts_restore (flags);

  clear_memory (health, sizeof *health);
  health->window_seconds = window;
  health->factors[MDTRACE_HEALTH_MEMORY] = deduct_memory ();
  if (window > 0)
    {
      health->factors[MDTRACE_HEALTH_CPU] = deduct_cpu (&then, &now);
#if MACH_DYNAMIC_PROBES
      health->factors[MDTRACE_HEALTH_LOST_EVENTS] = deduct_lost (&then, &now);
#endif
    }

  uint32_t deducted = 0;
  for (int i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    deducted += health->factors[i].points;
  health->score = deducted < 100 ? 100 - deducted : 0;
  if (PERF_COUNTERS_VERBOSE)
    printf ("mdtrace: health %u: memory -%u, CPU -%u, lost events -%u\n",
	    health->score, health->factors[MDTRACE_HEALTH_MEMORY].points,
	    health->factors[MDTRACE_HEALTH_CPU].points,
	    health->factors[MDTRACE_HEALTH_LOST_EVENTS].points);
}

#else /* !MACH_PERF_COUNTERS */

void
perf_counters_tick (void)
{
}

#endif /* MACH_PERF_COUNTERS */
