/* Every place where the kernel calls into mdtrace.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

     bootstrap_create    at its beginning, once: mdtrace_start.  All of the
			 kernel is up, no user task exists yet.
     ipc_kobject_notify  at its beginning, for each message to the kernel
			 whose id none of its own subsystems knows:
			 mdtrace_demux.
     ivect[0]            the clock interrupt's handler: clock.c.
     vector 3		 of the interrupt table: breakpoint_entry.
     probe sites         while probes are enabled there: dtrace_hit.
     a thread		 of ours, ten times a second: keeper.c.

   mdtrace-mkkernel sets the first two, by jumps; the others are set from
   here while the kernel runs.  With mdtrace=off on the command line the
   first two return at once, and nothing else is set.  */

#include <config.h>

#include "budget.h"
#include "clock.h"
#include "command_line.h"
#include "counter_hooks.h"
#include "dynamic_probes.h"
#include "hooks.h"
#include "keeper.h"
#include "map.h"
#include "mdtrace_errors.h"
#include "mdtrace_ids.h"
#include "mdtrace_server.h"
#include "pages.h"
#include "perf_counters.h"
#include "ring.h"
#include "sites.h"
#include "symbols.h"
#include "text.h"
#include "x86/breakpoint.h"
#include "x86/cpu.h"

struct mdtrace_shared mdtrace_shared
    __attribute__ ((section (".mdtrace.shared"), aligned (PAGE_BYTES)))
    = { .header_bytes = sizeof mdtrace_shared };

unsigned cpus = 1;

/* The "server lock" of the other files: held by whoever is in a MIG routine,
   or does what is due.  With one CPU nobody ever waits for it, since the
   kernel does not preempt a thread inside of it.  */
static unsigned server_lock;

/* Whether messages are served [I after mdtrace_start].  */
static bool started;

static void
describe_shared (void)
{
  struct mdtrace_shared *shared = &mdtrace_shared;

  shared->word_bytes = sizeof (word_t);
  shared->cpus = cpus;
  shared->interface_version = MDTRACE_INTERFACE_VERSION;
  shared->table_address = physical_address (&mdtrace_site_table);
  copy_memory (shared->text_hash, mdtrace_site_table.text_hash,
	       sizeof shared->text_hash);
  shared->functions = symbols_count (&shared->functions_refused);
  shared->probes_max = MACH_DYNAMIC_PROBES ? MAX_DYNAMIC_PROBES : 0;
  shared->clock_hz = mach_hz;
  text_copy (shared->mdtrace_version, sizeof shared->mdtrace_version,
	     PACKAGE_VERSION);
  text_copy (shared->kernel_version, sizeof shared->kernel_version,
	     mach_version);
  /* Virtual machines can start alike to the last instruction: whoever
     starts one tells them apart by mdtrace.boot=NUMBER.  */
  shared->boot_id = clock_boot_id ();
  for (const char *salt = command_line_value ("mdtrace.boot=");
       salt != NULL && *salt >= '0' && *salt <= '9'; salt++)
    shared->boot_id = shared->boot_id * 31 + *salt;
}

/* Find out how many CPUs run.  False if they are too many, or not the first
   ones.  */
static bool
count_cpus (void)
{
  cpus = 0;
  for (word_t cpu = 0; cpu < CPUS_POSSIBLE; cpu++)
    {
      const char *slot
	  = mach_machine_slot + cpu * LAYOUT_SIZEOF (machine_slot);
      if (!FIELD (int32_t, slot, machine_slot, running))
	continue;
      if (cpu >= MDTRACE_CPUS_MAX || cpu != cpus)
	return false;
      cpus++;
    }
  return cpus > 0;
}

void
mdtrace_start (void)
{
  const char *off = command_line_value ("mdtrace=");

  if (off != NULL && text_equal_n (off, 3, "off"))
    {
      printf ("mdtrace: off, as the command line says\n");
      return;
    }
  if (!symbols_are_good ())
    {
      printf ("mdtrace: its table of probe sites is damaged; not started\n");
      return;
    }

  if (!count_cpus ())
    {
      printf ("mdtrace: there are CPUs that it cannot serve; not started\n");
      return;
    }
  describe_shared ();
  map_initialize ();
  clock_start (&mdtrace_shared);
#if MACH_DTRACE
  if (rings_initialize (&mdtrace_shared) != MDTRACE_OK)
    printf ("mdtrace: no memory for the trace rings: no event will be "
	    "recorded until smaller ones are asked for\n");
#endif
#if MACH_DYNAMIC_PROBES
  sites_initialize ();
  if (!breakpoints_start ())
    {
      printf ("mdtrace: a CPU has no clock tick; not started\n");
      return;
    }
#endif
#if MACH_PERF_COUNTERS
  perf_counters_init ();
#endif
  store_barrier ();
  mdtrace_shared.magic = MDTRACE_SHARED_MAGIC;
  started = true;
  printf ("mdtrace " PACKAGE_VERSION ": %u probe sites\n",
	  mdtrace_site_table.sites);
#if MACH_DYNAMIC_PROBES
  /* Before there is a probe that might be hit by that.  */
  budget_start ();
  keeper_start ();
  dynamic_probes_init ();
#endif
}

#if MACH_DYNAMIC_PROBES
void
mdtrace_tend (void)
{
  spin_lock (&server_lock);
  dynamic_probes_tend ();
#if MACH_PERF_COUNTERS
  counter_hooks_tend ();
#endif
  spin_unlock (&server_lock);
}
#endif

uint64_t
mdtrace_mailbox_take (void)
{
  spin_lock (&server_lock);
  if (mdtrace_shared.mailbox_address == 0)
    {
      void *mailbox = pages_allocate (sizeof (struct mdtrace_mailbox));
      if (mailbox != NULL)
	mdtrace_shared.mailbox_address = physical_address (mailbox);
    }
  spin_unlock (&server_lock);
  return mdtrace_shared.mailbox_address;
}

boolean_t
mdtrace_demux (mach_msg_header_t *request, mach_msg_header_t *reply)
{
  /* MIG subtracts before it compares, and any task can send any id.  */
  if (!started || request->msgh_id < MDTRACE_SUBSYSTEM)
    return FALSE;

  mig_routine_t routine = mdtrace_server_routine (request);
  if (routine == NULL)
    return FALSE;
  /* Whoever may block in the kernel must not hold the lock; these change
     nothing of ours.  */
  bool locks = request->msgh_id != MDTRACE_ID_RING_MAP
	       && request->msgh_id != MDTRACE_ID_MAILBOX_MAP;
  if (locks)
    {
      spin_lock (&server_lock);
#if MACH_DYNAMIC_PROBES
      /* What is asked for must find what was due before it.  */
      dynamic_probes_tend ();
#endif
    }
  routine (request, reply);
  if (locks)
    spin_unlock (&server_lock);
  return TRUE;
}
