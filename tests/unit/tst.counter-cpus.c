/* Counters and snapshots, while another CPU changes what they are made of.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <pthread.h>
#include <sched.h>

#include "counters.h"
#include "mdtrace_errors.h"
#include "probes.h"
#include "snapshot.h"

enum
{
  CPUS = 2,
  READS = 3000000,
  LOW = 3,
  HIGH = 1000
};

/* A counter of tasks.  */
static uint32_t number;

static void
boot (uint32_t kind)
{
  standin_boot ("");
  standin_set_cpus (CPUS);
  mdtrace_start ();
  CHECK_NUMBER (counter_create ("queue", "jobs", kind, &number), MDTRACE_OK);
}

/* Barriers until a second is over on the first CPU.  */
static unsigned barriers;

static void
tick_on_first_cpu (void)
{
  if (--barriers > 0)
    return;
  standin.on_barrier = NULL;
  word_t enabled = standin.interrupts_enabled;
  standin.cpu = 0;
  standin.busy = true;
  standin_ticks (STANDIN_HZ / 2);
  standin.cpu = 1;
  standin.interrupts_enabled = enabled;
}

/* A snapshot on the second CPU is of one moment, whenever the first one adds
   one to the history.  */
static void
takes_snapshots_elsewhere (void)
{
  const uint64_t half = UINT64_C (1000000000) / 2;
  mdtrace_snapshot_t before, snapshot;
  bool reached = true;

  boot (MDTRACE_COUNTER_LEVEL);
  standin_ticks (STANDIN_HZ);
  for (unsigned at = 1; reached; at++)
    {
      CHECK_NUMBER (snapshot_newest (), at);
      standin.busy = false;
      standin_ticks (STANDIN_HZ / 2);
      perf_take_system_snapshot (&before);
      standin.cpu = 1;
      barriers = at;
      standin.on_barrier = tick_on_first_cpu;
      perf_take_system_snapshot (&snapshot);
      reached = standin.on_barrier == NULL;
      standin.on_barrier = NULL;
      standin.cpu = 0;
      CHECK_NUMBER (snapshot_newest (), at + reached);
      CHECK_NUMBER (snapshot.user_ns, before.user_ns);
      CHECK_NUMBER (snapshot.idle_ns, before.idle_ns);
      CHECK_NUMBER (snapshot.system_ns,
		    before.system_ns + (reached ? half : 0));
      /* No time at all since the one that was added.  */
      CHECK_NUMBER (snapshot.utilisation, reached ? MDTRACE_UNKNOWN : 0);
      CHECK (reached || at > 2);
    }
}

static struct standin machine;
static bool has_ended;
static uint64_t updates;

static void *
update (void *unused)
{
  (void) unused;
  standin = machine;
  standin.cpu = 1;
  for (; !__atomic_load_n (&has_ended, __ATOMIC_ACQUIRE); updates++)
    CHECK_NUMBER (perf_counter_update ("queue", updates % 2 ? HIGH : LOW),
		  MDTRACE_OK);
  return NULL;
}

static void
yield (void)
{
  sched_yield ();
}

/* A level is one of those that it was set to.  */
static void
reads_levels (void)
{
  struct mdtrace_counter_sum sum;
  uint64_t last = 0;
  pthread_t thread;

  boot (MDTRACE_COUNTER_LEVEL);
  CHECK_NUMBER (perf_counter_update ("queue", LOW), MDTRACE_OK);
  machine = standin;
  standin.on_relax = yield;
  CHECK_NUMBER (pthread_create (&thread, NULL, update, NULL), 0);
  for (unsigned i = 0; i < READS; i++)
    {
      counter_sum (number, &sum);
      CHECK (sum.sum == LOW || sum.sum == HIGH);
      CHECK (sum.count >= last);
      last = sum.count;
    }
  __atomic_store_n (&has_ended, true, __ATOMIC_RELEASE);
  CHECK_NUMBER (pthread_join (thread, NULL), 0);
  counter_sum (number, &sum);
  CHECK_NUMBER (sum.count, updates + 1);
}

TAP_MAIN ({ takes_snapshots_elsewhere, "snapshots on another CPU" },
	  { reads_levels, "levels while they change" })
