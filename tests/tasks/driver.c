/* driver: a task that probes the whole kernel it runs on.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its arguments are the name of the host privileged port, and what to do:

     each	  enable every site, one after the other, and do some work with
		  each
     some SEED N  the same with N of them, chosen by SEED
     all	  enable all sites at once and work
     addresses	  try every address of the text
     instructions  enable every instruction, one after the other, and do some
		  work with each
     storm N	  enable and disable, N times, what another thread, on another
		  CPU if there is one, runs into all the time

   It says how each went: "driver: each: good, 4413 sites, 812 hit" or what
   was wrong.  The law of conservation is checked for every probe.  */

#include <mach/vm_inherit.h>

#include "bare.h"
#include "elsewhere.h"
#include "gnumach_user.h"
#include "mach_host_user.h"
#include "mach_port_user.h"
#include "mach_user.h"
#include "mdtrace_errors.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"

enum
{
  SITES_MAX = 16384
};

/* A trap without a declaration in any header.  */
extern kern_return_t syscall_mach_port_allocate (mach_port_t task,
						 mach_port_right_t right,
						 mach_port_t *name);

static mach_port_t host;

static struct site
{
  uint64_t address;
  uint8_t kind;
} * sites;
static unsigned site_count, refused_count;

/* "driver: failed" in the middle of something.  */
static void
check (const char *what, uint64_t where, int error)
{
  if (error == 0)
    return;
  bare_print ("driver: %s at %llx: failed: error %d\n", what,
	      (unsigned long long) where, error);
  bare_exit ();
}

/* Let the kernel do one of many things.  */
static void
work (void)
{
  mach_port_t self = mach_task_self (), task, thread, port;
  vm_address_t address = 0;
  time_value_t time;

  check ("task_create", 0, task_create (self, FALSE, &task));
  check ("thread_create", 0, thread_create (task, &thread));
  check ("thread_terminate", 0, thread_terminate (thread));
  check ("mach_port_deallocate", 0, mach_port_deallocate (self, thread));
  check ("task_terminate", 0, task_terminate (task));
  check ("mach_port_deallocate", 0, mach_port_deallocate (self, task));
  check ("mach_port_allocate", 0,
	 mach_port_allocate (self, MACH_PORT_RIGHT_RECEIVE, &port));
  check ("mach_port_destroy", 0, mach_port_destroy (self, port));
  check ("vm_allocate", 0,
	 vm_allocate (self, &address, 2 * BARE_PAGE_BYTES, TRUE));
  *(volatile char *) address = 1;
  check ("vm_deallocate", 0,
	 vm_deallocate (self, address, 2 * BARE_PAGE_BYTES));
  check ("host_get_time", 0, host_get_time (host, &time));
}

static bool
law_holds (const mdtrace_counts_t *counts)
{
  return counts->hits
	 == counts->recorded + counts->filtered + counts->dropped
		+ counts->throttled + counts->missed;
}

/* Note the sites of the function at ADDRESS.  */
static void
find_sites (uint64_t address)
{
  static mdtrace_bytes_page_t page;
  uint32_t next = 0;

  do
    {
      mach_msg_type_number_t bytes = sizeof page;
      check ("mdtrace_function_sites", address,
	     rpc_mdtrace_function_sites (host, address, next, &next, page,
					 &bytes));
      for (unsigned at = 0; at < bytes;)
	{
	  const struct mdtrace_site_entry *entry
	      = (const struct mdtrace_site_entry *) (page + at);
	  at += entry->entry_bytes;
	  if (entry->plan == MDTRACE_MODE_NONE)
	    refused_count++;
	  else if (site_count < SITES_MAX)
	    sites[site_count++] = (struct site){ entry->address, entry->kind };
	}
    }
  while (next != 0);
}

static void
find_all_sites (void)
{
  static mdtrace_bytes_page_t page;
  uint32_t next = 0;
  uint64_t last = 0;

  do
    {
      mach_msg_type_number_t bytes = sizeof page;
      check ("mdtrace_function_list", next,
	     rpc_mdtrace_function_list (host, next, &next, page, &bytes));
      for (unsigned at = 0; at < bytes;)
	{
	  const struct mdtrace_function_entry *entry
	      = (const struct mdtrace_function_entry *) (page + at);
	  at += entry->entry_bytes;
	  if (entry->address != last)
	    find_sites (entry->address);
	  last = entry->address;
	}
    }
  while (next != 0);
}

/* Enable a probe at ADDRESS, work, and take it away.  True if it was hit.  */
static bool
try_site (uint64_t address)
{
  static mdtrace_probe_config_t config;
  mdtrace_counts_cpus_t counts;
  mach_msg_type_number_t cpus = MDTRACE_CPUS_MAX;
  mdtrace_created_t created;
  bool hit = false;

  config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);
  config.offset = address;
  check ("mdtrace_probe_create", address,
	 rpc_mdtrace_probe_create (host, config, &created));
  check ("mdtrace_probe_enable", address,
	 rpc_mdtrace_probe_enable (host, created.id));
  work ();
  check ("mdtrace_probe_disable", address,
	 rpc_mdtrace_probe_disable (host, created.id));
  check ("mdtrace_probe_counts", address,
	 rpc_mdtrace_probe_counts (host, created.id, counts, &cpus));
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      if (!law_holds (&counts[cpu]))
	check ("the law of conservation", address, 1);
      hit |= counts[cpu].hits > 0;
    }
  check ("mdtrace_probe_destroy", address,
	 rpc_mdtrace_probe_destroy (host, created.id));
  return hit;
}

static void
try_each (void)
{
  unsigned hit = 0;

  for (unsigned i = 0; i < site_count; i++)
    hit += try_site (sites[i].address);
  bare_print ("driver: each: good, %u sites, %u hit\n", site_count, hit);
}

static void
try_some (unsigned long seed, unsigned count)
{
  unsigned hit = 0;

  for (unsigned i = 0; i < count; i++)
    {
      /* Numbers by Knuth, The Art of Computer Programming, volume 2,
	 section 3.3.4, line 26.  */
      seed = seed * 1664525 + 1013904223;
      hit += try_site (sites[(seed >> 8 & 0xffffff) % site_count].address);
    }
  bare_print ("driver: some: good, %u sites, %u hit\n", count, hit);
}

/* Check the law for every site of the probe with number ID, which is
   disabled: while it is not, another CPU may be in the midst of a hit.  */
static void
check_sites (uint32_t id)
{
  static mdtrace_bytes_page_t page;
  uint32_t next = 0;

  do
    {
      mach_msg_type_number_t bytes = sizeof page;
      check ("mdtrace_probe_sites", next,
	     rpc_mdtrace_probe_sites (host, id, MDTRACE_CPU_ALL, next, &next,
				      page, &bytes));
      for (unsigned at = 0; at < bytes;)
	{
	  const struct mdtrace_site_entry *entry
	      = (const struct mdtrace_site_entry *) (page + at);
	  at += entry->entry_bytes;
	  if (!law_holds (&entry->counts))
	    check ("the law of conservation", entry->address, 1);
	}
    }
  while (next != 0);
}

static void
try_all (unsigned rounds)
{
  static mdtrace_probe_config_t config;
  static mdtrace_bytes_page_t page;
  mdtrace_created_t created;
  uint32_t next = 0;
  unsigned listed = 0, jumps = 0, hit = 0;

  config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
		 | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);
  check ("mdtrace_probe_create", 0,
	 rpc_mdtrace_probe_create (host, config, &created));
  for (unsigned i = 0; i < rounds; i++)
    {
      check ("mdtrace_probe_enable", i,
	     rpc_mdtrace_probe_enable (host, created.id));
      work ();
      if (i + 1 < rounds)
	check ("mdtrace_probe_disable", i,
	       rpc_mdtrace_probe_disable (host, created.id));
    }
  do
    {
      mach_msg_type_number_t bytes = sizeof page;
      check ("mdtrace_probe_sites", next,
	     rpc_mdtrace_probe_sites (host, created.id, MDTRACE_CPU_ALL, next,
				      &next, page, &bytes));
      for (unsigned at = 0; at < bytes;)
	{
	  const struct mdtrace_site_entry *entry
	      = (const struct mdtrace_site_entry *) (page + at);
	  at += entry->entry_bytes;
	  listed++;
	  jumps += entry->mode == MDTRACE_MODE_JUMP;
	  hit += entry->counts.hits > 0;
	  if (entry->mode == MDTRACE_MODE_NONE)
	    check ("a site is not enabled", entry->address, 1);
	}
    }
  while (next != 0);
  check ("mdtrace_probe_disable", 0,
	 rpc_mdtrace_probe_disable (host, created.id));
  check_sites (created.id);
  work ();
  check ("mdtrace_probe_destroy", 0,
	 rpc_mdtrace_probe_destroy (host, created.id));
  if (listed != created.sites || created.sites != site_count
      || created.refused != refused_count)
    check ("the number of sites", listed, 1);
  bare_print ("driver: all: good, %u sites, %u by jump, %u refused, %u hit\n",
	      listed, jumps, created.refused, hit);
}

/* Try ADDRESS as a probe's.  True if it was accepted.  */
static bool
try_address (uint64_t address)
{
  static mdtrace_probe_config_t config;
  mdtrace_created_t created;
  mdtrace_explanation_t explanation;
  bool expected
      = rpc_mdtrace_explain (host, address, &explanation) == MDTRACE_OK
	&& explanation.instruction == address
	&& explanation.plan != MDTRACE_MODE_NONE;

  config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);
  config.offset = address;
  int error = rpc_mdtrace_probe_create (host, config, &created);
  if ((error == MDTRACE_OK) != expected)
    check ("the address is explained as it is treated", address, 1);
  if (error == MDTRACE_OK)
    check ("mdtrace_probe_destroy", address,
	   rpc_mdtrace_probe_destroy (host, created.id));
  return error == MDTRACE_OK;
}

/* For each function, how many addresses were accepted and a sum over their
   offsets, so that who reads can tell whether they are the right ones.  */
static void
try_addresses (void)
{
  static mdtrace_bytes_page_t page;
  uint32_t next = 0;
  uint64_t end = 0;
  unsigned long accepted_all = 0;

  do
    {
      mach_msg_type_number_t bytes = sizeof page;
      check ("mdtrace_function_list", next,
	     rpc_mdtrace_function_list (host, next, &next, page, &bytes));
      for (unsigned at = 0; at < bytes;)
	{
	  const struct mdtrace_function_entry *entry
	      = (const struct mdtrace_function_entry *) (page + at);
	  unsigned accepted = 0;
	  uint32_t sum = 0;
	  at += entry->entry_bytes;
	  if (entry->address < end)
	    continue;
	  for (uint64_t i = end; end != 0 && i < entry->address; i++)
	    if (try_address (i))
	      check ("accepted between functions", i, 1);
	  end = entry->address + entry->bytes;
	  for (uint32_t i = 0; i < entry->bytes; i++)
	    if (try_address (entry->address + i))
	      {
		accepted++;
		sum = sum * 31 + i;
	      }
	  accepted_all += accepted;
	  bare_print ("driver: function %llx %u %u %u\n",
		      (unsigned long long) entry->address, entry->bytes,
		      accepted, sum);
	}
    }
  while (next != 0);
  bare_print ("driver: addresses: good, %lu accepted\n", accepted_all);
}

/* Every instruction of every function.  */
static void
try_instructions (void)
{
  static mdtrace_bytes_page_t page;
  uint32_t next = 0;
  uint64_t last = 0;
  unsigned long tried = 0, hit = 0;

  do
    {
      mach_msg_type_number_t bytes = sizeof page;
      check ("mdtrace_function_list", next,
	     rpc_mdtrace_function_list (host, next, &next, page, &bytes));
      for (unsigned at = 0; at < bytes;)
	{
	  const struct mdtrace_function_entry *entry
	      = (const struct mdtrace_function_entry *) (page + at);
	  at += entry->entry_bytes;
	  for (uint32_t i = 0; entry->address != last && i < entry->bytes; i++)
	    {
	      mdtrace_explanation_t explanation;
	      check ("mdtrace_explain", entry->address + i,
		     rpc_mdtrace_explain (host, entry->address + i,
					  &explanation));
	      if (explanation.instruction != entry->address + i
		  || explanation.plan == MDTRACE_MODE_NONE)
		continue;
	      tried++;
	      hit += try_site (entry->address + i);
	    }
	  last = entry->address;
	}
    }
  while (next != 0);
  bare_print ("driver: instructions: good, %lu sites, %lu hit\n", tried, hit);
}

static volatile unsigned long traps;
static volatile bool over;

static void
trap_until_over (void *closure)
{
  (void) closure;
  while (!over)
    {
      syscall_mach_port_allocate (MACH_PORT_NULL, 99, NULL);
      traps++;
    }
  over = false;
  for (;;)
    bare_sleep (1000);
}

static void
storm (unsigned long rounds)
{
  static const char function[] = "syscall_mach_port_allocate";
  static char stack[BARE_STACK_BYTES] __attribute__ ((aligned (16)));
  static mdtrace_probe_config_t config;
  mdtrace_counts_cpus_t counts;
  mach_msg_type_number_t cpus = MDTRACE_CPUS_MAX;
  mdtrace_created_t created;
  mach_port_t thread;
  uint64_t hits = 0;

  check ("thread_create", 0, thread_create (mach_task_self (), &thread));
  mach_port_t set = other_processor_set (host);
  if (set != MACH_PORT_NULL)
    check ("thread_assign", 0, thread_assign (thread, set));
  check ("thread_start", 0,
	 bare_thread_start (thread, stack, trap_until_over, NULL));
  memcpy (config.function, function, sizeof function);
  config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
		 | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);
  check ("mdtrace_probe_create", 0,
	 rpc_mdtrace_probe_create (host, config, &created));
  for (unsigned long i = 0; i < rounds; i++)
    {
      check ("mdtrace_probe_enable", i,
	     rpc_mdtrace_probe_enable (host, created.id));
      check ("mdtrace_probe_disable", i,
	     rpc_mdtrace_probe_disable (host, created.id));
    }
  over = true;
  while (over)
    bare_sleep (10);
  check ("mdtrace_probe_counts", 0,
	 rpc_mdtrace_probe_counts (host, created.id, counts, &cpus));
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      if (!law_holds (&counts[cpu]))
	check ("the law of conservation", cpu, 1);
      hits += counts[cpu].hits;
    }
  /* An entry and a return for each.  */
  if (hits > 2 * traps)
    check ("more hits than traps", hits, 1);
  bare_print ("driver: storm: good, %lu rounds, %lu traps, %llu hits\n",
	      rounds, (unsigned long) traps, (unsigned long long) hits);
}

int
main (int argc, char **argv)
{
  if (argc < 3)
    bare_check ("driver: needs two arguments", KERN_INVALID_ARGUMENT);
  host = bare_number (argv[1], NULL);
  /* However dear all of them together are: the deadman would switch off what is
     looked at.  */
  bare_check ("driver: mdtrace_set_share", rpc_mdtrace_set_share (host, 0));
  sites = bare_allocate (SITES_MAX * sizeof *sites);
  find_all_sites ();
  bare_print ("driver: %u sites, %u refused\n", site_count, refused_count);
  if (strcmp (argv[2], "each") == 0)
    try_each ();
  else if (strcmp (argv[2], "some") == 0 && argc > 4)
    try_some (bare_number (argv[3], NULL), bare_number (argv[4], NULL));
  else if (strcmp (argv[2], "all") == 0)
    try_all (3);
  else if (strcmp (argv[2], "addresses") == 0)
    try_addresses ();
  else if (strcmp (argv[2], "instructions") == 0)
    try_instructions ();
  else if (strcmp (argv[2], "storm") == 0 && argc > 3)
    storm (bare_number (argv[3], NULL));
  bare_print ("driver: end\n");
  return 0;
}
