/* Options and programs that the kernel part refuses.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "options.h"
#include "requests.h"

static mdtrace_probe_definition_t definition;

/* What defining the probe with PROGRAM fails with.  Nothing may be left
   behind.  */
static int
define (const mdtrace_instruction_t *program)
{
  mdtrace_created_t created;
  mdtrace_status_t before = { 0 }, after = { 0 };

  dynamic_probe_status (&before);
  int error = mdtrace_probe_define (loopback, &definition, program, &created);
  dynamic_probe_status (&after);
  CHECK (error != MDTRACE_OK);
  CHECK (memcmp (&before, &after, sizeof before) == 0);
  CHECK (standin_text_is_original ());
  return error;
}

/* A good aggregation of FUNCTION, of alpha's first argument.  */
static void
aggregate (unsigned function)
{
  definition = option_definition ("alpha", ENTRIES);
  definition.options.aggregation = function;
  if (function > MDTRACE_AGGREGATION_COUNT)
    definition.options.value = MDTRACE_FIELD_ARG0_BIT;
  if (function == MDTRACE_AGGREGATION_LHIST)
    {
      definition.options.buckets = 10;
      definition.options.step = 1;
    }
}

/* That OPTION is VALUE is refused with that error.  */
#define REFUSED(option, number, error)                                        \
  do                                                                          \
    {                                                                         \
      mdtrace_probe_definition_t good = definition;                           \
      definition.options.option = (number);                                   \
      CHECK_NUMBER (define (NULL), MDTRACE_ERR_##error);                      \
      definition = good;                                                      \
    }                                                                         \
  while (0)

static void
refuses_what_is_too_much (void)
{
  probes_boot ();
  definition = option_definition ("alpha", ENTRIES);
  REFUSED (stack_depth, MDTRACE_STACK_DEPTH_MAX + 1, BAD_OPTION);
  REFUSED (budget, MDTRACE_SHARE_ALL + 1, BAD_OPTION);
  REFUSED (aggregation, MDTRACE_AGGREGATION_LHIST + 1, BAD_OPTION);
  aggregate (MDTRACE_AGGREGATION_SUM);
  REFUSED (entries, MDTRACE_ENTRIES_MAX + 1, BAD_OPTION);
  REFUSED (keys, MDTRACE_KEY_STACK << 1, BAD_OPTION);
  REFUSED (value_bytes, 3, BAD_OPTION);
  REFUSED (value_bytes, 16, BAD_OPTION);
  REFUSED (value, MDTRACE_FIELD_STACK_BIT, BAD_OPTION);
  aggregate (MDTRACE_AGGREGATION_LHIST);
  REFUSED (buckets, 0, BAD_OPTION);
  REFUSED (buckets, MDTRACE_BUCKETS_MAX + 1, BAD_OPTION);
  REFUSED (step, 0, BAD_OPTION);
  REFUSED (step, UINT64_MAX, BAD_OPTION);
  REFUSED (low, -1, BAD_OPTION);
  /* The end of the last step must be a number, too.  */
  definition.options.value_signed = 1;
  REFUSED (low, INT64_MAX - 9, BAD_OPTION);
}

static void
refuses_what_does_not_go_together (void)
{
  probes_boot ();
  definition = option_definition ("alpha", ENTRIES);
  REFUSED (latency, 1, BAD_OPTION);
  REFUSED (keys, MDTRACE_KEY_TASK, BAD_OPTION);
  REFUSED (entries, 10, BAD_OPTION);
  REFUSED (value, MDTRACE_FIELD_ARG0_BIT, BAD_OPTION);
  REFUSED (buckets, 1, BAD_OPTION);
  aggregate (MDTRACE_AGGREGATION_COUNT);
  REFUSED (value, MDTRACE_FIELD_ARG0_BIT, BAD_OPTION);
  REFUSED (value_bytes, 4, BAD_OPTION);
  REFUSED (step, 1, BAD_OPTION);
  REFUSED (stack_depth, 8, BAD_OPTION);
  REFUSED (keys, MDTRACE_KEY_STACK, BAD_OPTION);
  aggregate (MDTRACE_AGGREGATION_SUM);
  REFUSED (value, 0, BAD_OPTION);
  REFUSED (value, MDTRACE_FIELD_TASK_BIT, BAD_OPTION);
  /* Only latencies have a duration.  */
  REFUSED (value, MDTRACE_FIELD_DURATION_BIT, BAD_OPTION);
  /* An entry returns nothing, and alpha has two arguments.  */
  REFUSED (value, MDTRACE_FIELD_RETVAL_BIT, NO_VALUE);
  REFUSED (value, MDTRACE_FIELD_ARG0_BIT + 2, NO_VALUE);
  REFUSED (keys, MDTRACE_KEY_ARG5, NO_VALUE);
  definition = option_definition ("alpha", ENTRIES);
  definition.config.fields = MDTRACE_FIELD_DURATION;
  CHECK_NUMBER (define (NULL), MDTRACE_ERR_BAD_ARGUMENT);
  definition.config.fields = MDTRACE_FIELD_STACK;
  CHECK_NUMBER (define (NULL), MDTRACE_ERR_BAD_ARGUMENT);
}

/* A key or a filter reads a value that is not among those that are given.  */
static void
refuses_values_that_are_not_given (void)
{
  static const mdtrace_instruction_t program[2]
      = { { MDTRACE_OPERATION_MOVE, 0, MDTRACE_OPERAND_VALUE + 3, 0, 0, 0 },
	  { .operation = MDTRACE_OPERATION_ACCEPT } };

  probes_boot ();
  definition
      = option_definition ("alpha", MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN));
  definition.config.values[0].source = MDTRACE_SOURCE_RETURN;
  definition.options.instructions = 2;
  CHECK_NUMBER (define (program), MDTRACE_ERR_NO_VALUE);
  definition.options.instructions = 0;
  definition.options.aggregation = MDTRACE_AGGREGATION_COUNT;
  REFUSED (keys, MDTRACE_KEY_ARG3, NO_VALUE);
}

/* Custom events are fired in no function.  */
static void
refuses_functions_of_custom_events (void)
{
  static const mdtrace_instruction_t program[2]
      = { { MDTRACE_OPERATION_MOVE, 0, MDTRACE_OPERAND_FUNCTION, 0, 0, 0 },
	  { .operation = MDTRACE_OPERATION_ACCEPT } };

  probes_boot ();
  definition = option_definition ("", 0);
  strcpy (definition.options.provider, "custom");
  strcpy (definition.options.event, "event");
  definition.options.instructions = 2;
  CHECK_NUMBER (define (program), MDTRACE_ERR_NO_VALUE);
  definition.options.instructions = 0;
  definition.options.aggregation = MDTRACE_AGGREGATION_COUNT;
  REFUSED (keys, MDTRACE_KEY_FUNCTION, BAD_OPTION);
}

/* Fewer entries need less memory.  */
static void
refuses_what_there_is_no_memory_for (void)
{
  probes_boot ();
  aggregate (MDTRACE_AGGREGATION_HIST);
  definition.options.keys = MDTRACE_KEY_TASK;
  REFUSED (entries, MDTRACE_ENTRIES_MAX, NO_MEMORY);
  /* For the entries, and for the places that lead to them.  */
  for (long pages = 0; pages < 2; pages++)
    {
      standin.pages_left = pages;
      CHECK_NUMBER (define (NULL), MDTRACE_ERR_NO_MEMORY);
    }
  definition = option_definition ("alpha", CALLS);
  definition.options.latency = 1;
  standin.pages_left = 0;
  CHECK_NUMBER (define (NULL), MDTRACE_ERR_NO_MEMORY);
}

static void
refuses_texts_without_end (void)
{
  probes_boot ();
  definition = option_definition ("alpha", ENTRIES);
  memset (definition.options.filter, 'x', sizeof definition.options.filter);
  CHECK_NUMBER (define (NULL), MDTRACE_ERR_BAD_ARGUMENT);
  definition = option_definition ("alpha", ENTRIES);
  memset (definition.options.event, 'x', sizeof definition.options.event);
  CHECK_NUMBER (define (NULL), MDTRACE_ERR_BAD_ARGUMENT);
  definition = option_definition ("alpha", ENTRIES);
  memset (definition.options.provider, 'x',
	  sizeof definition.options.provider);
  CHECK_NUMBER (define (NULL), MDTRACE_ERR_BAD_ARGUMENT);
}

/* The bytes must be those that the definition says.  */
static void
refuses_other_lengths (void)
{
  static mdtrace_bytes_page_t page;
  mdtrace_created_t created;

  probes_boot ();
  definition = option_definition ("alpha", ENTRIES);
  memcpy (page, &definition, sizeof definition);
  for (word_t bytes = 0; bytes < sizeof definition + 64; bytes++)
    if (bytes != sizeof definition)
      CHECK_NUMBER (dynamic_probe_define (page, bytes, &created),
		    MDTRACE_ERR_BAD_ARGUMENT);
  definition.options.instructions = MDTRACE_PROGRAM_MAX + 1;
  memcpy (page, &definition, sizeof definition);
  CHECK_NUMBER (dynamic_probe_define (page, sizeof page, &created),
		MDTRACE_ERR_BAD_FILTER);
}

/* An ACCEPT behind the one instruction that is to be refused.  */
static void
check_program (mdtrace_instruction_t instruction, int error)
{
  const mdtrace_instruction_t program[2]
      = { instruction, { .operation = MDTRACE_OPERATION_ACCEPT } };

  definition = option_definition ("alpha", ENTRIES);
  definition.options.instructions = 2;
  CHECK_NUMBER (define (program), error);
}

static void
refuses_programs (void)
{
  enum
  {
    IMMEDIATE = MDTRACE_OPERAND_IMMEDIATE,
    ARGUMENT = MDTRACE_OPERAND_ARGUMENT,
    BAD = MDTRACE_ERR_BAD_FILTER
  };

  probes_boot ();
  /* No such operation, register, operand, size.  */
  check_program ((mdtrace_instruction_t){ 0, 0, 0, 0, 0, 0 }, BAD);
  check_program ((mdtrace_instruction_t){ 99, 0, 0, 0, 0, 0 }, BAD);
  check_program (
      (mdtrace_instruction_t){ MDTRACE_OPERATION_MOVE, 8, IMMEDIATE, 0, 0, 1 },
      BAD);
  check_program (
      (mdtrace_instruction_t){ MDTRACE_OPERATION_MOVE, 0, 9, 0, 0, 0 }, BAD);
  check_program (
      (mdtrace_instruction_t){ MDTRACE_OPERATION_LOAD, 0, 1, 3, 0, 0 }, BAD);
  check_program (
      (mdtrace_instruction_t){ MDTRACE_OPERATION_SIGN, 0, 1, 0, 0, 0 }, BAD);
  /* A jump backwards, to itself, beyond the end.  */
  for (int offset = -1; offset < 4; offset++)
    if (offset != 1)
      check_program ((mdtrace_instruction_t){ MDTRACE_OPERATION_IF_EQUAL, 0,
					      IMMEDIATE, 8, offset, 0 },
		     BAD);
  /* What means nothing must be 0.  */
  check_program (
      (mdtrace_instruction_t){ MDTRACE_OPERATION_MOVE, 0, 1, 0, 0, 7 }, BAD);
  check_program (
      (mdtrace_instruction_t){ MDTRACE_OPERATION_ADD, 0, 1, 8, 0, 0 }, BAD);
  check_program (
      (mdtrace_instruction_t){ MDTRACE_OPERATION_ACCEPT, 1, 0, 0, 0, 0 }, BAD);
  /* The duration of what has none; a register that no probe sees.  */
  check_program ((mdtrace_instruction_t){ MDTRACE_OPERATION_MOVE, 0,
					  MDTRACE_OPERAND_DURATION, 0, 0, 0 },
		 BAD);
  check_program ((mdtrace_instruction_t){ MDTRACE_OPERATION_MOVE, 0,
					  MDTRACE_OPERAND_MACHINE + 4, 0, 0,
					  0 },
		 BAD);
  /* What alpha's entry does not have.  */
  check_program ((mdtrace_instruction_t){ MDTRACE_OPERATION_MOVE, 0,
					  ARGUMENT + 2, 0, 0, 0 },
		 MDTRACE_ERR_NO_VALUE);
  check_program ((mdtrace_instruction_t){ MDTRACE_OPERATION_MOVE, 0,
					  MDTRACE_OPERAND_RETVAL, 0, 0, 0 },
		 MDTRACE_ERR_NO_VALUE);
  check_program ((mdtrace_instruction_t){ MDTRACE_OPERATION_MOVE, 0,
					  MDTRACE_OPERAND_VALUE + 3, 0, 0, 0 },
		 MDTRACE_ERR_NO_VALUE);
}

/* A program that goes on behind its end, or loads too often.  */
static void
refuses_programs_without_end (void)
{
  static mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];

  probes_boot ();
  definition = option_definition ("alpha", ENTRIES);
  for (unsigned i = 0; i < MDTRACE_PROGRAM_MAX; i++)
    program[i] = (mdtrace_instruction_t){
      MDTRACE_OPERATION_MOVE, 0, MDTRACE_OPERAND_IMMEDIATE, 0, 0, 0
    };
  definition.options.instructions = MDTRACE_PROGRAM_MAX;
  CHECK_NUMBER (define (program), MDTRACE_ERR_BAD_FILTER);
  for (unsigned i = 0; i <= MDTRACE_LOADS_MAX; i++)
    program[i] = (mdtrace_instruction_t){
      MDTRACE_OPERATION_LOAD, 0, MDTRACE_OPERAND_TASK, 8, 0, 0
    };
  program[MDTRACE_LOADS_MAX + 1]
      = (mdtrace_instruction_t){ MDTRACE_OPERATION_ACCEPT, 0, 0, 0, 0, 0 };
  definition.options.instructions = MDTRACE_LOADS_MAX + 2;
  CHECK_NUMBER (define (program), MDTRACE_ERR_BAD_FILTER);
}

static void
knows_who_has_aggregations (void)
{
  struct mdtrace_aggregate *result;

  probes_boot ();
  uint32_t id = probe_create ("alpha", true);
  CHECK_NUMBER (mdtrace_aggregation_read (loopback, id, 0, &result),
		MDTRACE_ERR_NO_AGGREGATION);
  CHECK_NUMBER (mdtrace_aggregation_clear (loopback, id),
		MDTRACE_ERR_NO_AGGREGATION);
  CHECK_NUMBER (mdtrace_aggregation_read (loopback, 99, 0, &result),
		MDTRACE_ERR_NO_SUCH_PROBE);
  CHECK_NUMBER (mdtrace_aggregation_clear (loopback, 99),
		MDTRACE_ERR_NO_SUCH_PROBE);
  aggregate (MDTRACE_AGGREGATION_COUNT);
  id = option_define (&definition, NULL);
  CHECK_NUMBER (mdtrace_aggregation_read (loopback, id, 1, &result),
		MDTRACE_ERR_NO_SUCH_CPU);
  uint8_t page[64];
  uint32_t next, bytes = sizeof page;
  CHECK_NUMBER (
      dynamic_probe_read_aggregation (id, 1, 0, &next, page, &bytes),
      MDTRACE_ERR_NO_SUCH_CPU);
}

TAP_MAIN ({ refuses_what_is_too_much, "more than there can be" },
	  { refuses_what_does_not_go_together, "what does not go together" },
	  { refuses_values_that_are_not_given, "values that are not given" },
	  { refuses_functions_of_custom_events,
	    "functions of custom events" },
	  { refuses_what_there_is_no_memory_for, "no memory" },
	  { refuses_texts_without_end, "texts without an end" },
	  { refuses_other_lengths, "definitions of another length" },
	  { refuses_programs, "programs that break a rule" },
	  { refuses_programs_without_end, "programs without an end" },
	  { knows_who_has_aggregations, "aggregations that are not there" })
