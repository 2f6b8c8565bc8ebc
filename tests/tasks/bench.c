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

/* What mdtrace_probe_define is told.  */
static struct
{
  mdtrace_probe_definition_t head;
  mdtrace_instruction_t program[(MDTRACE_BYTES_PAGE
				 - sizeof (mdtrace_probe_definition_t))
				/ sizeof (mdtrace_instruction_t) + 1];
} definition;

static void
begin (const char *function, uint32_t kinds, uint64_t fields)
{
  memset (&definition, 0, sizeof definition);
  memcpy (definition.head.config.function, function, strlen (function));
  definition.head.config.kinds = kinds;
  definition.head.config.fields = fields;
}

static uint32_t
create (mdtrace_created_t *created)
{
  bare_check ("mdtrace_probe_define",
	      rpc_mdtrace_probe_define (
		  host, (const mdtrace_byte_t *) &definition,
		  sizeof definition.head
		      + definition.head.options.instructions
			    * sizeof definition.program[0],
		  created));
  return created->id;
}

/* What a hit of the probe that is defined costs beyond the path without, if it
   has RATIO hits for each trap.  Of all hits the count at OUTCOME must be
   that of all traps.  */
static void
measure (const char *name, const char *mode, size_t outcome, unsigned ratio,
	 uint64_t without)
{
  mdtrace_counts_cpus_t counts;
  mach_msg_type_number_t cpus = MDTRACE_CPUS_MAX;
  mdtrace_created_t created;
  uint32_t id = create (&created);

  bare_check ("mdtrace_probe_enable", rpc_mdtrace_probe_enable (host, id));
  uint64_t with = least ();
  bare_check ("mdtrace_probe_counts",
	      rpc_mdtrace_probe_counts (host, id, counts, &cpus));
  bare_check ("mdtrace_probe_destroy", rpc_mdtrace_probe_destroy (host, id));
  uint64_t became = *(const uint64_t *) ((const char *) &counts[0] + outcome);
  if (counts[0].hits != ratio * ROUNDS * HITS || became != ROUNDS * HITS)
    bare_print ("bench: %s%s: failed: %llu of %llu hits became that\n", name,
		mode, (unsigned long long) became,
		(unsigned long long) counts[0].hits);
  print_tenths (name, mode, (uint32_t) (with - without) * 10 / HITS,
		"instructions");
}

enum
{
  RECORDED = offsetof (mdtrace_counts_t, recorded),
  FILTERED = offsetof (mdtrace_counts_t, filtered)
};

static const char function[] = "syscall_mach_port_allocate";
static const uint64_t fields = MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK;
static const uint64_t arguments
    = MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_ARG1 | MDTRACE_FIELD_ARG2;

enum
{
  ENTRY = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY),
  RETURN = MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)
};

/* Hits that a filter rejects: by an argument, and by what lies behind a
   pointer that needs no check, and one that does.  */
static void
measure_filters (const char *mode, uint64_t without)
{
  static const mdtrace_instruction_t by_argument[]
      = { { MDTRACE_OPERATION_IF_NOT_EQUAL, MDTRACE_OPERAND_ARGUMENT + 1,
	    MDTRACE_OPERAND_IMMEDIATE, 4, 2, 1 },
	  { MDTRACE_OPERATION_ACCEPT, 0, 0, 0, 0, 0 },
	  { MDTRACE_OPERATION_REJECT, 0, 0, 0, 0, 0 } };
  static const mdtrace_instruction_t by_load[]
      = { { MDTRACE_OPERATION_LOAD, 0, MDTRACE_OPERAND_TASK, 8, 0, 0 },
	  { MDTRACE_OPERATION_IF_NOT_EQUAL, 0, MDTRACE_OPERAND_IMMEDIATE, 8, 2,
	    1 },
	  { MDTRACE_OPERATION_ACCEPT, 0, 0, 0, 0, 0 },
	  { MDTRACE_OPERATION_REJECT, 0, 0, 0, 0, 0 } };

  begin (function, ENTRY, fields | arguments);
  definition.head.options.instructions = 3;
  memcpy (definition.program, by_argument, sizeof by_argument);
  measure ("probe_filtered_out", mode, FILTERED, 1, without);
  begin (function, ENTRY, fields | arguments);
  definition.head.options.instructions = 4;
  memcpy (definition.program, by_load, sizeof by_load);
  measure ("probe_filtered_by_task", mode, FILTERED, 1, without);
  /* The task by way of the thread's stack: any pointer.  */
  definition.program[0].from = MDTRACE_OPERAND_STACK;
  measure ("probe_filtered_by_pointer", mode, FILTERED, 1, without);
}

/* Hits that are added up.  */
static void
measure_aggregations (const char *mode, uint64_t without)
{
  mdtrace_probe_options_t *options = &definition.head.options;

  begin (function, ENTRY, fields);
  options->aggregation = MDTRACE_AGGREGATION_COUNT;
  measure ("probe_agg_count", mode, RECORDED, 1, without);
  options->keys = MDTRACE_KEY_TASK;
  measure ("probe_agg_count_by_task", mode, RECORDED, 1, without);
  begin (function, ENTRY, fields);
  options->aggregation = MDTRACE_AGGREGATION_HIST;
  options->value = MDTRACE_FIELD_ARG0_BIT + 1;
  measure ("probe_agg_hist", mode, RECORDED, 1, without);
  begin (function, ENTRY | RETURN, fields);
  options->latency = 1;
  options->aggregation = MDTRACE_AGGREGATION_HIST;
  options->value = MDTRACE_FIELD_DURATION_BIT;
  measure ("probe_latency_hist", mode, RECORDED, 2, without);
}

/* What it takes to enable every entry and every return at once.  */
static void
measure_enable_all (const char *mode)
{
  mdtrace_created_t created;
  begin ("", ENTRY | RETURN, MDTRACE_FIELD_ADDRESS);
  uint32_t id = create (&created);
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
  if (argc < 3)
    bare_check ("bench: needs two arguments", KERN_INVALID_ARGUMENT);
  const char *mode = argv[2];
  host = bare_number (argv[1], NULL);
  bare_check ("mdtrace_ring_claim",
	      rpc_mdtrace_ring_claim (host, holder, 600000));
  /* However dear they are.  */
  bare_check ("mdtrace_set_share", rpc_mdtrace_set_share (host, 0));
  /* Whatever is done for the first time is done now.  */
  begin (function, ENTRY, fields | arguments);
  measure ("warm_up", mode, RECORDED, 1, 0);
  uint64_t without = least ();
  measure ("probe_entry", mode, RECORDED, 1, without);
  begin (function, RETURN,
	 fields | MDTRACE_FIELD_ADDRESS | MDTRACE_FIELD_RETVAL);
  measure ("probe_return", mode, RECORDED, 1, without);
  uint64_t after = least ();
  print_tenths ("probe_disabled", "",
		(uint32_t) (after > without ? after - without : 0) * 10 / HITS,
		"instructions");
  measure_filters (mode, without);
  measure_aggregations (mode, without);
  begin (function, ENTRY, fields);
  definition.head.options.stack_depth = 8;
  measure ("probe_stack_8", mode, RECORDED, 1, without);
  measure_enable_all (mode);
  bare_print ("bench: end\n");
  return 0;
}
