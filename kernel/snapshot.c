/* Snapshots of the system, and the history of them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Once a second one is taken, at a clock tick of the first CPU; the last
   TREND_HISTORY_SIZE of them are kept.  A number in a slot says which one is
   there, and 0 that it is being written: whoever copies one looks at that
   before and after.  */

#include <config.h>

#include "clock.h"
#include "counters.h"
#include "dtrace.h"
#include "mdtrace_health.h"
#include "pages.h"
#include "snapshot.h"
#include "x86/cpu.h"

#if MACH_PERF_COUNTERS

enum
{
  /* In the kernel's machine_slot[].cpu_ticks.  */
  CPU_STATE_USER = 0,
  CPU_STATE_SYSTEM = 1,
  CPU_STATE_IDLE = 2,
  CPU_STATES = 3,
  /* Of a histogram, the first bucket of a second, 2^30 ns, and more.  */
  BUCKET_OF_A_SECOND = 31
};

/* The one with number S is in the slot S modulo their number.  Null: there was
   no memory.  [c, CPU 0] */
static mdtrace_snapshot_t *history;
/* The newest.  [c, CPU 0] */
static uint32_t newest;
/* Of each slot, the clock ticks of all CPUs: the kernel counts them in 32
   bits, and they go round.  [c, CPU 0] */
static uint32_t (*history_ticks)[CPU_STATES];

void
snapshot_start (void)
{
  newest = 0;
  history = pages_allocate (TREND_HISTORY_SIZE
			    * (sizeof *history + sizeof *history_ticks));
  history_ticks = (uint32_t (*)[CPU_STATES]) (history + TREND_HISTORY_SIZE);
  if (history == NULL)
    printf ("mdtrace: no memory for a history of snapshots: rates and trends "
	    "are not known\n");
}

static void
count_tasks (mdtrace_snapshot_t *snapshot)
{
  const struct mach_queue *set = mach_all_psets.next;

  while (set != &mach_all_psets)
    {
      snapshot->tasks += FIELD (int32_t, set, processor_set, task_count);
      snapshot->threads += FIELD (int32_t, set, processor_set, thread_count);
      set = FIELD (struct mach_queue, set, processor_set, all_psets).next;
    }
}

/* How far FREE pages are from LOW to MIN, in 1/10000.  */
static uint32_t
pressure_of (uint64_t free, uint64_t low, uint64_t min)
{
  if (free >= low || low <= min)
    return 0;
  uint64_t pressure = mdtrace_health_ratio (10000, low - free, low - min, 0);
  return pressure > 10000 ? 10000 : pressure;
}

/* Pages that are free, and how many that are when page-out starts and when
   allocations wait.  The kernel has thresholds for each segment, and lets all
   wait as soon as one segment that is asked for pages is below: so they are
   those of the one that is pressed most, or of the largest one if none is, and
   what is free in the others.  */
static void
count_pages (uint64_t *free, uint64_t *low, uint64_t *min)
{
  uint64_t of_low = 0, of_min = 0, of_free = 0;
  uint32_t most = 0;

  *free = 0;
  for (unsigned i = 0; i < mach_vm_page_segs_size; i++)
    {
      const char *segment
	  = mach_vm_page_segs + i * LAYOUT_SIZEOF (vm_page_seg);
      uint64_t here = FIELD (word_t, segment, vm_page_seg, nr_free_pages);
      uint64_t low_here = FIELD (word_t, segment, vm_page_seg, low_free_pages);
      uint64_t min_here = FIELD (word_t, segment, vm_page_seg, min_free_pages);
      uint32_t pressure = pressure_of (here, low_here, min_here);
      *free += here;
      if (pressure < most || (pressure == most && low_here < of_low))
	continue;
      most = pressure;
      of_free = here;
      of_low = low_here;
      of_min = min_here;
    }
  *low = *free - of_free + of_low;
  *min = *free - of_free + of_min;
}

uint32_t
snapshot_pressure (void)
{
  uint64_t free, low, min;

  count_pages (&free, &low, &min);
  return pressure_of (free, low, min);
}

static void
count_ticks (uint32_t *ticks)
{
  for (unsigned state = 0; state < CPU_STATES; state++)
    ticks[state] = 0;
  for (word_t cpu = 0; cpu < cpus; cpu++)
    {
      const uint32_t *slot
	  = FIELD_AT (mach_machine_slot + cpu * LAYOUT_SIZEOF (machine_slot),
		      machine_slot, cpu_ticks);
      for (unsigned state = 0; state < CPU_STATES; state++)
	ticks[state] += slot[state];
    }
}

/* What the kernel's accounts have of the CPUs' time, in TICKS: what they had
   at snapshot NUMBER of the history, and what has come since.  */
static void
count_time (mdtrace_snapshot_t *snapshot, const uint32_t *ticks,
	    uint32_t number)
{
  static const mdtrace_snapshot_t none;
  static const uint32_t no_ticks[CPU_STATES];
  uint32_t slot = number % TREND_HISTORY_SIZE;
  bool any = number > 0;
  const mdtrace_snapshot_t *before = any ? &history[slot] : &none;
  const uint32_t *then = any ? history_ticks[slot] : no_ticks;
  uint32_t tick_ns = 1000000000 / (uint32_t) mach_hz;

  snapshot->user_ns
      = before->user_ns
	+ (uint64_t) (ticks[CPU_STATE_USER] - then[CPU_STATE_USER]) * tick_ns;
  snapshot->system_ns
      = before->system_ns
	+ (uint64_t) (ticks[CPU_STATE_SYSTEM] - then[CPU_STATE_SYSTEM])
	      * tick_ns;
  snapshot->idle_ns
      = before->idle_ns
	+ (uint64_t) (ticks[CPU_STATE_IDLE] - then[CPU_STATE_IDLE]) * tick_ns;
}

static void
count_counters (mdtrace_snapshot_t *snapshot)
{
  for (unsigned i = 0; i < MDTRACE_COUNTER_SLOTS; i++)
    if (counters[i].kind != 0 && counters[i].on)
      {
	snapshot->known |= MDTRACE_COUNTER_BIT (i);
	counter_sum (i, &snapshot->counters[i]);
      }
  snapshot->interrupt_ns
      = snapshot->counters[MDTRACE_COUNTER_INTERRUPT_OVERHEAD].sum;
  if (counters[MDTRACE_COUNTER_IPC_LATENCY].on)
    snapshot->ipc_ns
	= counter_short_ns (MDTRACE_COUNTER_IPC_LATENCY, BUCKET_OF_A_SECOND);
#if MACH_DYNAMIC_PROBES
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      snapshot->hits += dtrace_cpus[cpu].hits;
      snapshot->lost += dtrace_cpus[cpu].lost;
    }
#endif
}

/* The share of the time in which the CPUs were busy, from BEFORE to
   SNAPSHOT.  */
static uint32_t
utilisation (const mdtrace_snapshot_t *before,
	     const mdtrace_snapshot_t *snapshot)
{
  uint64_t busy = snapshot->user_ns - before->user_ns
		  + (snapshot->system_ns - before->system_ns);
  uint64_t all = busy + (snapshot->idle_ns - before->idle_ns);

  return all == 0 ? MDTRACE_UNKNOWN
		  : mdtrace_health_ratio (10000, busy, all, 0);
}

/* Fill in SNAPSHOT and TICKS, which it was made of, when NUMBER is the newest
   one of the history.  */
static void
take_behind (mdtrace_snapshot_t *snapshot, uint32_t *ticks, uint32_t number)
{
  mdtrace_clock_t clock;
  uint64_t free, low, min;

  clear_memory (snapshot, sizeof *snapshot);
  clock_read (&clock);
  snapshot->time_ns = clock.time_ns;
  snapshot->uptime_ns = clock.uptime_ns;
  snapshot->cpus = cpus;
  count_tasks (snapshot);
  count_pages (&free, &low, &min);
  snapshot->memory_bytes
      = FIELD (word_t, mach_machine_info, machine_info, memory_size);
  snapshot->free_bytes = free * PAGE_BYTES;
  snapshot->low_bytes = low * PAGE_BYTES;
  snapshot->min_bytes = min * PAGE_BYTES;
  count_ticks (ticks);
  count_time (snapshot, ticks, number);
  snapshot->faults = FIELD (uint32_t, mach_vm_stat, vm_statistics, faults);
  snapshot->pageins = FIELD (uint32_t, mach_vm_stat, vm_statistics, pageins);
  snapshot->pageouts = FIELD (uint32_t, mach_vm_stat, vm_statistics, pageouts);
  count_counters (snapshot);
  snapshot->utilisation
      = number == 0
	    ? MDTRACE_UNKNOWN
	    : utilisation (&history[number % TREND_HISTORY_SIZE], snapshot);
}

/* Fill in SNAPSHOT and TICKS, which it was made of.  */
static void
take (mdtrace_snapshot_t *snapshot, uint32_t *ticks)
{
  word_t flags = interrupts_disable ();
  uint32_t number;

  /* If this is not the first CPU, that may add one meanwhile, which then is of
     later than what has been counted here.  */
  do
    {
      number = snapshot_newest ();
      take_behind (snapshot, ticks, number);
      full_barrier ();
    }
  while (number != snapshot_newest ());
  interrupts_restore (flags);
}

void
perf_take_system_snapshot (mdtrace_snapshot_t *snapshot)
{
  uint32_t ticks[CPU_STATES];

  take (snapshot, ticks);
}

void
snapshot_tick (void)
{
  if (history == NULL || mach_elapsed_ticks % mach_hz != 0)
    return;
  uint32_t number = newest + 1;
  mdtrace_snapshot_t *slot = &history[number % TREND_HISTORY_SIZE];
  /* Who copies this one sees that it cannot be had.  */
  slot->sequence = 0;
  full_barrier ();
  take (slot, history_ticks[number % TREND_HISTORY_SIZE]);
  store_barrier ();
  slot->sequence = number;
  __atomic_store_n (&newest, number, __ATOMIC_RELEASE);
}

uint64_t
snapshot_newest (void)
{
  return __atomic_load_n (&newest, __ATOMIC_ACQUIRE);
}

uint64_t
snapshot_oldest (void)
{
  uint64_t last = snapshot_newest ();

  return last < TREND_HISTORY_SIZE ? last > 0 : last - TREND_HISTORY_SIZE + 1;
}

bool
snapshot_get (uint64_t sequence, mdtrace_snapshot_t *snapshot)
{
  uint64_t oldest = snapshot_oldest ();

  if (oldest == 0 || sequence < oldest || sequence > snapshot_newest ())
    return false;
  const mdtrace_snapshot_t *slot
      = &history[(uint32_t) sequence % TREND_HISTORY_SIZE];
  copy_memory (snapshot, slot, sizeof *snapshot);
  full_barrier ();
  return snapshot->sequence == sequence
	 && *(const volatile uint32_t *) &slot->sequence == sequence;
}

#endif /* MACH_PERF_COUNTERS */
