/* Filters in the kernel part: what they accept, and which programs are
   none.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "filter_kernel.h"
#include "probes.h"

enum
{
  PROGRAMS = 60000,
  PROBES = 3000
};

static void
agrees_with_the_reference (void)
{
  unsigned verdicts[3] = { 0 }, refused = 0;
  enum reference_verdict verdict;
  uint64_t seed = 1;

  filter_boot ();
  for (int i = 0; i < PROGRAMS; i++)
    {
      struct filter_program program = filter_random (&seed);
      for (unsigned count = tap_below (&seed, 3); count > 0 && i % 2 == 0;
	   count--)
	filter_mutate (program, &seed);
      if (filter_compare (program, i % 4 == 1, &seed, &verdict))
	verdicts[verdict]++;
      else
	refused++;
      free (program.at);
    }
  /* There was something of everything.  */
  for (int i = 0; i < 3; i++)
    CHECK (verdicts[i] > PROGRAMS / 20);
  CHECK (refused > PROGRAMS / 20);
}

/* -------------------------------------------------------------------- */
/* Each operation, by hand */

static void
check_result (unsigned operation, unsigned bytes, uint64_t left,
	      uint64_t right, uint64_t expected)
{
  static struct filter_hit hit;
  uint64_t seed = 1;
  mdtrace_instruction_t program[] = {
    { .operation = MDTRACE_OPERATION_MOVE,
      .from = MDTRACE_OPERAND_IMMEDIATE,
      .immediate = left },
    { .operation = operation,
      .from = MDTRACE_OPERAND_IMMEDIATE,
      .immediate = right },
    { .operation = MDTRACE_OPERATION_IF_NOT_EQUAL,
      .from = MDTRACE_OPERAND_IMMEDIATE,
      .bytes = 8,
      .offset = 2,
      .immediate = expected },
    { .operation = MDTRACE_OPERATION_ACCEPT },
    { .operation = MDTRACE_OPERATION_REJECT },
  };
  bool is_if = operation >= MDTRACE_OPERATION_IF_EQUAL;

  if (is_if)
    {
      program[1].bytes = bytes;
      program[1].offset = expected ? 2 : 3;
      /* Where it does not lead is the other end.  */
      program[2]
	  = (mdtrace_instruction_t){ .operation
				     = expected ? MDTRACE_OPERATION_REJECT
						: MDTRACE_OPERATION_ACCEPT };
    }
  if (operation == MDTRACE_OPERATION_SIGN)
    program[1]
	= (mdtrace_instruction_t){ .operation = operation, .bytes = bytes };
  mdtrace_probe_options_t options = { .instructions = 5 };
  const struct definition definition
      = { .options = &options, .program = program };
  struct dtrace_format format = { .usage = hit.usage };
  CHECK_NUMBER (definition_make (&definition, &format), MDTRACE_OK);
  filter_make_hit (&hit, false, &seed);
  hit.enabling.format = &format;
  CHECK (filter_accepts (&hit.state, &hit.enabling));
  definition_clear (&format);
}

static void
does_each_operation (void)
{
#define DOES(name, left, right, expected)                                     \
  check_result (MDTRACE_OPERATION_##name, 0, left, right, expected)
#define SAYS(name, bytes, left, right, expected)                              \
  check_result (MDTRACE_OPERATION_##name, bytes, left, right, expected)
  const uint64_t top = UINT64_C (1) << 63;

  filter_boot ();
  DOES (MOVE, 1, 2, 2);
  DOES (ADD, UINT64_MAX, 2, 1);
  DOES (SUBTRACT, 1, 2, UINT64_MAX);
  DOES (MULTIPLY, top + 3, 2, 6);
  DOES (AND, 12, 10, 8);
  DOES (OR, 12, 10, 14);
  DOES (XOR, 12, 10, 6);
  DOES (SHIFT_LEFT, 3, 63, top);
  DOES (SHIFT_LEFT, 3, 64, 0);
  DOES (SHIFT_RIGHT, top, 63, 1);
  DOES (SHIFT_RIGHT, top, 64, 0);
  DOES (SHIFT_RIGHT, top, UINT64_MAX, 0);
  DOES (SHIFT_SIGNED, top, 63, UINT64_MAX);
  DOES (SHIFT_SIGNED, top, 64, UINT64_MAX);
  DOES (SHIFT_SIGNED, top - 1, UINT64_MAX, 0);
  check_result (MDTRACE_OPERATION_SIGN, 1, 0x180, 0, -UINT64_C (0x80));
  check_result (MDTRACE_OPERATION_SIGN, 2, 0x17fff, 0, 0x7fff);
  check_result (MDTRACE_OPERATION_SIGN, 4, UINT32_MAX, 0, UINT64_MAX);
  check_result (MDTRACE_OPERATION_SIGN, 8, top, 0, top);
  SAYS (IF_EQUAL, 1, 0x101, 0x201, true);
  SAYS (IF_EQUAL, 2, 0x101, 0x201, false);
  SAYS (IF_NOT_EQUAL, 4, UINT64_C (1) << 32, 0, false);
  SAYS (IF_NOT_EQUAL, 8, UINT64_C (1) << 32, 0, true);
  SAYS (IF_LESS, 1, 0x100, 1, true);
  SAYS (IF_LESS, 8, 0x100, 1, false);
  SAYS (IF_NOT_LESS, 4, 5, 5, true);
  SAYS (IF_GREATER, 2, 0xffff, 0, true);
  SAYS (IF_NOT_GREATER, 8, 5, 5, true);
  SAYS (IF_SIGNED_LESS, 1, 0xff, 0, true);
  SAYS (IF_SIGNED_LESS, 2, 0xff, 0, false);
  SAYS (IF_SIGNED_NOT_LESS, 4, 0x80000000, 0, false);
  SAYS (IF_SIGNED_GREATER, 8, top, 0, false);
  SAYS (IF_SIGNED_NOT_GREATER, 2, 0x8000, 0x7fff, true);
  SAYS (IF_ANY, 1, 0x100, 0x1ff, false);
  SAYS (IF_ANY, 2, 0x100, 0x1ff, true);
  SAYS (IF_NONE, 1, 0x100, 0x1ff, true);
  SAYS (IF_NONE, 8, top, top, false);
}

/* -------------------------------------------------------------------- */
/* Probes */

/* A program of what an entry with six arguments has.  */
static struct filter_program
random_for_entry (uint64_t *seed)
{
  for (;;)
    {
      struct filter_program program = filter_random (seed);
      if (program.count > 0 && reference_is_good (program.at, program.count)
	  && !filter_reads (program, MDTRACE_OPERAND_RETVAL)
	  && !filter_reads (program, MDTRACE_OPERAND_VALUE + 5))
	{
	  /* Let the shortest way through have its share.  */
	  if (program.count > 1 && tap_below (seed, 3) == 0)
	    {
	      program.at[0] = (mdtrace_instruction_t){
		.operation = MDTRACE_OPERATION_IF_EQUAL + tap_below (seed, 2),
		.to = MDTRACE_OPERAND_ARGUMENT + tap_below (seed, 6),
		.from = MDTRACE_OPERAND_IMMEDIATE,
		.bytes = 1 << tap_below (seed, 4),
		.offset = program.count - 1,
		.immediate = filter_word (seed),
	      };
	      program.at[program.count - 1].operation
		  = MDTRACE_OPERATION_REJECT;
	    }
	  if (reference_is_good (program.at, program.count))
	    return program;
	}
      free (program.at);
    }
}

static void
filters_hits_of_probes (void)
{
  static struct filter_hit hit;
  unsigned verdicts[3] = { 0 };
  uint64_t seed = 2;

  filter_boot ();
  for (int round = 0; round < PROBES; round++)
    {
      struct filter_program program = random_for_entry (&seed);
      struct
      {
	mdtrace_probe_definition_t head;
	mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];
      } definition = { .head.config = probe_config ("many") };
      mdtrace_probe_options_t options;
      mdtrace_probe_usage_t usage;
      mdtrace_created_t created;
      uint64_t faults = 0;
      mdtrace_counts_t expected = { 0 };

      definition.head.config.enabled = 1;
      definition.head.config.fields = MDTRACE_FIELD_THREAD;
      definition.head.options.instructions = program.count;
      memcpy (definition.head.config.values, filter_values,
	      5 * sizeof filter_values[0]);
      definition.head.config.fields |= 31 * (uint64_t) MDTRACE_FIELD_ARG0;
      memcpy (definition.program, program.at,
	      program.count * sizeof *program.at);
      CHECK_NUMBER (
	  dynamic_probe_define (&definition,
				sizeof definition.head
				    + program.count * sizeof *program.at,
				&created),
	  MDTRACE_OK);
      for (int i = 0; i < 4; i++)
	{
	  filter_fill (&hit, &seed);
	  hit.reference.function = hit.reference.address
	      = (word_t) standin_text (MANY);
	  hit.frame.stack_pointer = (word_t) hit.state.stack;
	  /* An operand is the same word by another name.  */
	  if (program.at[0].from == MDTRACE_OPERAND_IMMEDIATE
	      && program.at[0].to >= MDTRACE_OPERAND_ARGUMENT
	      && program.at[0].to < MDTRACE_OPERAND_ARGUMENT + 6 && i % 2 == 0
	      && program.at[0].operation >= MDTRACE_OPERATION_IF_EQUAL)
	    {
	      unsigned number = program.at[0].to - MDTRACE_OPERAND_ARGUMENT;
	      unsigned machine = filter_argument_registers[number];
	      *filter_register (&hit.frame, machine) = program.at[0].immediate;
	      hit.reference.machine[machine] = hit.reference.arguments[number]
		  = program.at[0].immediate;
	      hit.reference.values_known = 0;
	      for (unsigned k = 0; k < 5; k++)
		if (filter_value (&hit.reference, k, &hit.reference.values[k]))
		  hit.reference.values_known |= 1 << k;
	    }
	  enum reference_verdict verdict
	      = reference_run (program.at, program.count, &hit.reference);
	  verdicts[verdict]++;
	  faults += verdict == REFERENCE_FAULTS;
	  expected.hits++;
	  expected.filtered += verdict != REFERENCE_ACCEPTS;
	  CHECK (standin_reach ((word_t) standin_text (MANY), &hit.frame));
	}
      mdtrace_counts_t counts = probe_counts (created.id);
      CHECK_NUMBER (counts.hits, expected.hits);
      CHECK_NUMBER (counts.filtered, expected.filtered);
      CHECK_NUMBER (counts.recorded + counts.dropped,
		    expected.hits - expected.filtered);
      CHECK_NUMBER (dynamic_probe_options (created.id, &options, &usage),
		    MDTRACE_OK);
      CHECK_NUMBER (usage.faults, faults);
      CHECK_NUMBER (options.instructions, program.count);
      CHECK_NUMBER (dynamic_probe_destroy (created.id), MDTRACE_OK);
      free (program.at);
    }
  for (int i = 0; i < 3; i++)
    CHECK (verdicts[i] > PROBES / 10);
  check_law ();
}

TAP_MAIN ({ does_each_operation, "what each operation does" },
	  { agrees_with_the_reference, "programs at random, and mutated" },
	  { filters_hits_of_probes, "hits of probes at random" })
