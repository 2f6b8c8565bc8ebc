/* counting: a task that measures what performance counters cost, in counts of
   the time stamp counter: instructions, in a guest that counts them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its argument is the name of the host privileged port.  It prints lines
   "bench: NAME VALUE UNIT".  How each is measured stands in
   tests/bench/README.  */

#include "../workload/works.h"
#include "mdtrace_errors.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"

enum
{
  ROUNDS = 20,
  WORKS = 1000, /* in a round */
  MIXED = 100,
  PARTS_MAX = MDTRACE_BYTES_PAGE / sizeof (mdtrace_counter_value_t)
};

static mach_port_t host;

static uint64_t
time_stamp (void)
{
  uint32_t low, high;

  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t) high << 32 | low;
}

/* The fewest counts that WORKS times WORK have taken in any round, on average,
   in tenths.  */
static uint64_t
least (kern_return_t (*work) (void), unsigned works)
{
  uint64_t best = UINT64_MAX;

  for (int round = 0; round < ROUNDS; round++)
    {
      uint64_t start = time_stamp ();
      for (unsigned i = 0; i < works; i++)
	bare_check ("bench", work ());
      uint64_t counts = time_stamp () - start;
      if (counts < best)
	best = counts;
    }
  return best * 10 / works;
}

static void
print_tenths (const char *name, uint64_t tenths, const char *unit)
{
  bare_print ("bench: %s %u.%u %s\n", name, (unsigned) (tenths / 10),
	      (unsigned) (tenths % 10), unit);
}

/* How often something was counted by counter NUMBER in a part below PARTS.  */
static uint64_t
counted (uint32_t number, unsigned parts)
{
  static mdtrace_bytes_page_t page;
  const mdtrace_counter_value_t *values = (const void *) page;
  mach_msg_type_number_t bytes = sizeof page;
  uint32_t next;
  uint64_t count = 0;

  bare_check ("mdtrace_counter_read",
	      rpc_mdtrace_counter_read (host, number, MDTRACE_CPU_ALL, 0,
					&next, page, &bytes));
  for (unsigned i = 0; i < bytes / sizeof *values; i++)
    if (values[i].part < parts)
      count += values[i].count;
  return count;
}

/* What WORK costs more while counter NUMBER counts; each time something is
   counted HOOKS hooks have run.  */
static void
measure (const char *name, uint32_t number, kern_return_t (*work) (void),
	 unsigned hooks)
{
  uint64_t without = least (work, WORKS);

  bare_check ("mdtrace_counter_enable",
	      rpc_mdtrace_counter_enable (host, number, 0));
  uint64_t with = least (work, WORKS);
  uint64_t count = counted (number, MDTRACE_COUNTER_PARTS_MAX);
  bare_check ("mdtrace_counter_disable",
	      rpc_mdtrace_counter_disable (host, number));
  /* To the nearest: those that are counted for other reasons are few.  */
  uint64_t each = (count * hooks + ROUNDS * WORKS / 2) / (ROUNDS * WORKS);
  if (each == 0)
    bare_print ("bench: %s: failed: nothing was counted\n", name);
  else
    print_tenths (name, (with - without) / each, "instructions");
}

static void
change_all (bool on)
{
  for (uint32_t number = 0; number < MDTRACE_COUNTERS; number++)
    {
      int error = on ? rpc_mdtrace_counter_enable (host, number, 0)
		     : rpc_mdtrace_counter_disable (host, number);
      if (error != MDTRACE_ERR_COUNTER_UNAVAILABLE
	  && error != MDTRACE_ERR_NOT_ENABLED)
	bare_check ("all counters", error);
    }
}

/* What all counters cost together, for each request to the kernel, and in the
   mix of the workload.  */
static void
measure_all (void)
{
  uint64_t rpc = least (one_rpc, WORKS);
  uint64_t mixed = least (one_of_each, MIXED);

  change_all (true);
  uint64_t counting_rpc = least (one_rpc, WORKS);
  uint64_t counting_mixed = least (one_of_each, MIXED);
  /* What the mix is made of.  */
  uint64_t rpcs = counted (MDTRACE_COUNTER_IPC_LATENCY, 2);
  uint64_t switches = counted (MDTRACE_COUNTER_SCHEDULE_LATENCY, 2);
  uint64_t interrupts = counted (MDTRACE_COUNTER_INTERRUPT_OVERHEAD,
				 MDTRACE_COUNTER_PARTS_MAX);
  change_all (false);
  uint64_t rpc_after = least (one_rpc, WORKS);
  print_tenths ("counters_rpc_all", counting_rpc - rpc, "instructions");
  print_tenths ("counters_rpc_none",
		rpc_after > rpc ? rpc_after - rpc : 0, "instructions");
  print_tenths ("counter_overhead_percent",
		(counting_mixed - mixed) * 1000 / mixed, "percent");
  bare_print ("bench: # of all that was measured so: %u messages and requests, "
	      "%u switches, %u interrupts; %u instructions each time\n",
	      (unsigned) rpcs, (unsigned) switches, (unsigned) interrupts,
	      (unsigned) (mixed / 10));
}

int
main (int argc, char **argv)
{
  if (argc < 2)
    bare_check ("counting: needs an argument", KERN_INVALID_ARGUMENT);
  host = bare_number (argv[1], NULL);
  /* Whatever is done for the first time is done now.  */
  least (one_of_each, MIXED);
  change_all (true);
  change_all (false);
  measure ("counter_bytes", MDTRACE_COUNTER_MEMORY_BANDWIDTH, one_rpc, 1);
  measure ("counter_rpc", MDTRACE_COUNTER_IPC_LATENCY, one_rpc, 2);
  measure ("counter_message", MDTRACE_COUNTER_IPC_LATENCY, one_ipc, 2);
  measure ("counter_switch", MDTRACE_COUNTER_SCHEDULE_LATENCY, one_ipc, 2);
  measure ("counter_fault", MDTRACE_COUNTER_VM_PRESSURE, one_fault, 1);
  measure_all ();
  bare_print ("bench: end\n");
  return 0;
}
