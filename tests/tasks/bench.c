/* bench: a task that measures what probes cost, in counts of the time stamp
   counter: instructions, in a guest that counts them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its arguments are the name of the host privileged port, and the part of the
   lines' names that says how sites are patched.  It prints lines "bench: NAME
   VALUE UNIT".  How each is measured stands in tests/bench/README.  */

#include "bare.h"
#include "mach_user.h"
#include "mdtrace_errors.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"

enum
{
  ROUNDS = 20,
  HITS = 5000 /* in a round: no ring is filled by it */
};

/* A trap without a declaration in any header.  */
extern kern_return_t syscall_mach_port_allocate (mach_port_t task,
						 mach_port_right_t right,
						 mach_port_t *name);

static mach_port_t host;
static mdtrace_holder_t holder = "bench";

static uint64_t
time_stamp (void)
{
  uint32_t low, high;

  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t) high << 32 | low;
}

/* Make room in the rings.  */
static void
consume (void)
{
  mdtrace_ring_info_t ring;

  bare_check ("mdtrace_ring_status", rpc_mdtrace_ring_status (host, 0, &ring));
  bare_check ("mdtrace_ring_consume",
	      rpc_mdtrace_ring_consume (host, holder, 0, ring.head));
}

/* The fewest counts that HITS traps have taken in any round.  Rounds that a
   clock tick falls into take more.  */
static uint64_t
least (void)
{
  uint64_t best = UINT64_MAX;

  for (int round = 0; round < ROUNDS; round++)
    {
      consume ();
      uint64_t start = time_stamp ();
      for (int i = 0; i < HITS; i++)
	syscall_mach_port_allocate (MACH_PORT_NULL, 99, NULL);
      uint64_t counts = time_stamp () - start;
      if (counts < best)
	best = counts;
    }
  return best;
}

static void
print_tenths (const char *name, const char *mode, uint32_t tenths,
	      const char *unit)
{
  bare_print ("bench: %s%s %u.%u %s\n", name, mode, (unsigned) tenths / 10,
	      (unsigned) tenths % 10, unit);
}

static uint32_t
create (const char *function, uint32_t kinds, uint64_t fields,
	mdtrace_created_t *created)
{
  static mdtrace_probe_config_t config;

  memset (&config, 0, sizeof config);
  memcpy (config.function, function, strlen (function));
  config.kinds = kinds;
  config.fields = fields;
  bare_check ("mdtrace_probe_create",
	      rpc_mdtrace_probe_create (host, config, created));
  return created->id;
}

/* What a hit of a probe costs beyond the path without.  */
static void
measure (const char *name, const char *mode, uint32_t kinds, uint64_t fields,
	 uint64_t without)
{
  mdtrace_counts_cpus_t counts;
  mach_msg_type_number_t cpus = MDTRACE_CPUS_MAX;
  mdtrace_created_t created;
  uint32_t id = create ("syscall_mach_port_allocate", kinds, fields, &created);

  bare_check ("mdtrace_probe_enable", rpc_mdtrace_probe_enable (host, id));
  uint64_t with = least ();
  bare_check ("mdtrace_probe_counts",
	      rpc_mdtrace_probe_counts (host, id, counts, &cpus));
  bare_check ("mdtrace_probe_destroy", rpc_mdtrace_probe_destroy (host, id));
  if (counts[0].hits != ROUNDS * HITS || counts[0].recorded != counts[0].hits)
    bare_print ("bench: %s%s: failed: of %llu hits %llu were recorded\n", name,
		mode, (unsigned long long) counts[0].hits,
		(unsigned long long) counts[0].recorded);
  print_tenths (name, mode, (uint32_t) (with - without) * 10 / HITS,
		"instructions");
}

/* What it takes to enable every entry and every return at once.  */
static void
measure_enable_all (const char *mode)
{
  mdtrace_created_t created;
  uint32_t id = create ("",
			MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
			    | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN),
			MDTRACE_FIELD_ADDRESS, &created);
  uint64_t start = time_stamp ();

  bare_check ("mdtrace_probe_enable", rpc_mdtrace_probe_enable (host, id));
  uint64_t counts = time_stamp () - start;
  bare_check ("mdtrace_probe_destroy", rpc_mdtrace_probe_destroy (host, id));
  bare_print ("bench: enable_all_instructions%s %lu instructions/1000_sites\n",
	      mode, (unsigned long) counts / created.sites * 1000);
}

int
main (int argc, char **argv)
{
  const uint64_t fields = MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK;
  const uint64_t arguments
      = MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_ARG1 | MDTRACE_FIELD_ARG2;

  if (argc < 3)
    bare_check ("bench: needs two arguments", KERN_INVALID_ARGUMENT);
  host = bare_number (argv[1], NULL);
  bare_check ("mdtrace_ring_claim",
	      rpc_mdtrace_ring_claim (host, holder, 600000));
  /* Whatever is done for the first time is done now.  */
  measure ("warm_up", argv[2], MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY),
	   fields | arguments, 0);
  uint64_t without = least ();
  measure ("probe_entry", argv[2], MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY),
	   fields | arguments, without);
  measure ("probe_return", argv[2], MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN),
	   fields | MDTRACE_FIELD_ADDRESS | MDTRACE_FIELD_RETVAL, without);
  uint64_t after = least ();
  print_tenths ("probe_disabled", "",
		(uint32_t) (after > without ? after - without : 0) * 10 / HITS,
		"instructions");
  measure_enable_all (argv[2]);
  bare_print ("bench: end\n");
  return 0;
}
