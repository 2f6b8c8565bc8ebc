/* What mdtrace_probe_define is told, checked and made ready.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "aggregate.h"
#include "backtrace.h"
#include "clock.h"
#include "definition.h"
#include "filter.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "pairs.h"
#include "probe_sites.h"
#include "static_probes.h"
#include "symbols.h"
#include "text.h"
#include "values.h"
#include "x86/cpu.h"
#include "x86/gate.h"

#if MACH_DYNAMIC_PROBES

enum
{
  KEYS_ALL = (MDTRACE_KEY_STACK << 1) - 1,
  AGGREGATION_LAST = MDTRACE_AGGREGATION_LHIST
};

/* The fields of arguments and values.  */
#define ARGUMENTS                                                             \
  ((((uint64_t) 1 << MDTRACE_ARGUMENTS_MAX) - 1) << MDTRACE_FIELD_ARG0_BIT)

static word_t
program_bytes (unsigned instructions)
{
  return instructions * sizeof (mdtrace_instruction_t);
}

/* Whether OPTIONS say of an lhist what it must know, and of others nothing. */
static bool
steps_are_good (const mdtrace_probe_options_t *options)
{
  if (options->aggregation != MDTRACE_AGGREGATION_LHIST)
    return options->buckets == 0 && options->low == 0 && options->step == 0;
  /* The end of the last step is a number still.  */
  return options->buckets > 0 && options->buckets <= MDTRACE_BUCKETS_MAX
	 && options->step > 0 && options->step < (uint64_t) 1 << 56
	 && (options->value_signed
		 ? (uint64_t) INT64_MAX - (uint64_t) options->low
		       >= options->buckets * options->step
		 : options->low >= 0);
}

static bool
value_is_named (const mdtrace_probe_options_t *options)
{
  if (options->aggregation <= MDTRACE_AGGREGATION_COUNT)
    return options->value == 0 && options->value_bytes == 0
	   && options->value_signed == 0;
  if (options->value == MDTRACE_FIELD_DURATION_BIT)
    return options->latency != 0;
  return options->value >= MDTRACE_FIELD_RETVAL_BIT
	 && options->value < MDTRACE_FIELD_DURATION_BIT
	 && (options->value_bytes & (options->value_bytes - 1)) == 0
	 && options->value_bytes <= 8;
}

static bool
aggregation_is_good (const mdtrace_probe_options_t *options)
{
  if (options->aggregation == MDTRACE_AGGREGATION_NONE)
    return options->keys == 0 && options->entries == 0
	   && value_is_named (options) && steps_are_good (options);
  return options->aggregation <= AGGREGATION_LAST
	 && (options->keys & ~(uint32_t) KEYS_ALL) == 0
	 && options->entries <= MDTRACE_ENTRIES_MAX
	 && ((options->keys & MDTRACE_KEY_STACK) != 0)
		== (options->stack_depth > 0)
	 && value_is_named (options) && steps_are_good (options);
}

static int
check_options (const mdtrace_probe_config_t *config,
	       const mdtrace_probe_options_t *options)
{
  uint32_t calls = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
		   | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);

  if (!text_is_terminated (options->provider, sizeof options->provider)
      || !text_is_terminated (options->event, sizeof options->event)
      || !text_is_terminated (options->filter, sizeof options->filter))
    return MDTRACE_ERR_BAD_ARGUMENT;
  if (options->stack_depth > MDTRACE_STACK_DEPTH_MAX
      || options->budget > MDTRACE_SHARE_ALL
      || (options->latency && config->kinds != calls)
      || !aggregation_is_good (options))
    return MDTRACE_ERR_BAD_OPTION;
  if (options->stack_depth > 0 && !backtrace_is_possible ())
    return MDTRACE_ERR_NO_FRAMES;
  return MDTRACE_OK;
}

int
definition_read (const void *bytes, word_t length,
		 struct definition *definition)
{
  const mdtrace_probe_definition_t *head = bytes;

  if (length < sizeof *head)
    return MDTRACE_ERR_BAD_ARGUMENT;
  definition->config = &head->config;
  definition->options = &head->options;
  definition->program = (const mdtrace_instruction_t *) (head + 1);
  unsigned instructions = head->options.instructions;
  if (instructions > MDTRACE_PROGRAM_MAX)
    return MDTRACE_ERR_BAD_FILTER;
  if (length != sizeof *head + program_bytes (instructions))
    return MDTRACE_ERR_BAD_ARGUMENT;
  return check_options (&head->config, &head->options);
}

/* Whether values, where there are any, are good, and are just those that are
   asked for.  */
static bool
values_are_good (const mdtrace_probe_config_t *config)
{
  uint64_t arguments = 0;

  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (config->values[i].source != 0)
      {
	if (!value_is_good (&config->values[i]))
	  return false;
	arguments |= (uint64_t) MDTRACE_FIELD_ARG0 << i;
      }
  return arguments == 0 || config->fields == 0
	 || (config->fields & ARGUMENTS) == arguments;
}

bool
definition_is_good (const struct definition *definition)
{
  const mdtrace_probe_config_t *config = definition->config;
  uint32_t address = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);

  /* A static probe's kinds are those of its sites.  */
  return (config->kinds == 0) == static_probe_is_asked (definition)
	 && (config->kinds & ~MDTRACE_KINDS_ALL) == 0
	 && (config->kinds == address || !(config->kinds & address))
	 && text_is_terminated (config->module, sizeof config->module)
	 && text_is_terminated (config->function, sizeof config->function)
	 && text_is_terminated (config->label, sizeof config->label)
	 && text_is_terminated (config->names, sizeof config->names)
	 && (config->module[0] == '\0'
	     || text_equal (config->module, "kernel"))
	 && values_are_good (config);
}

/* The mask of fields of CONFIG's probe: what was asked for, or what
   mdtrace_types.h promises.  */
static uint64_t
fields_of (const struct definition *definition)
{
  const mdtrace_probe_config_t *config = definition->config;
  uint64_t fields = MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK;
  bool has_values = false;
  uint32_t index;

  if (config->fields != 0)
    return config->fields;
  if (static_probe_is_asked (definition))
    return static_probe_fields (definition);
  if (probe_sites_are_many (config))
    fields |= MDTRACE_FIELD_ADDRESS;
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (config->values[i].source != 0)
      {
	fields |= (uint64_t) MDTRACE_FIELD_ARG0 << i;
	has_values = true;
      }
  if (has_values)
    return fields;
  if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN))
    fields |= MDTRACE_FIELD_RETVAL;
  if (!probe_sites_are_many (config)
      && config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
      && symbols_find (config->function, &index) == MDTRACE_OK)
    for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
      if (value_argument_offset (symbols_function (index), i)
	  != GATE_NO_REGISTER)
	fields |= (uint64_t) MDTRACE_FIELD_ARG0 << i;
  return fields;
}

uint64_t
definition_fields (const struct definition *definition)
{
  const mdtrace_probe_options_t *options = definition->options;
  uint64_t fields = fields_of (definition);
  struct filter_needs needs;

  if (options->latency)
    fields |= MDTRACE_FIELD_DURATION;
  if (options->stack_depth > 0 && options->aggregation == 0)
    fields |= MDTRACE_FIELD_STACK;
  for (unsigned bit = MDTRACE_FIELD_RETVAL_BIT;
       bit < MDTRACE_FIELD_DURATION_BIT; bit++)
    if (options->keys & MDTRACE_KEY_RETVAL << (bit - MDTRACE_FIELD_RETVAL_BIT)
	|| (options->value != 0 && options->value == bit))
      fields |= (uint64_t) 1 << bit;
  if (options->instructions > 0
      && filter_check (definition->program, options->instructions, &needs))
    {
      fields |= (uint64_t) needs.values << MDTRACE_FIELD_ARG0_BIT;
      if (needs.retval)
	fields |= MDTRACE_FIELD_RETVAL;
    }
  return fields;
}

/* Check and keep the program.  */
static int
make_filter (const struct definition *definition, struct dtrace_format *format)
{
  unsigned instructions = definition->options->instructions;
  struct filter_needs needs;

  if (instructions == 0)
    return MDTRACE_OK;
  if (!filter_check (definition->program, instructions, &needs)
      || (needs.duration && !definition->options->latency))
    return MDTRACE_ERR_BAD_FILTER;
  for (unsigned i = 0; i < 16; i++)
    if (needs.machine & 1 << i
	&& gate_register_offset (i) == GATE_NO_REGISTER)
      return MDTRACE_ERR_BAD_FILTER;
  mdtrace_instruction_t *program
      = pages_take (program_bytes (MDTRACE_PROGRAM_MAX));
  if (program == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  copy_memory (program, definition->program, program_bytes (instructions));
  format->program = program;
  format->filter_arguments = needs.arguments;
  format->filter_machine = needs.machine;
  format->filter_stack = needs.stack;
  format->filter_retval = needs.retval;
  format->filter_registers = needs.registers;
  format->filter_function = needs.function;
  filter_make_guard (program, &format->guard);
  return MDTRACE_OK;
}

int
definition_make (const struct definition *definition,
		 struct dtrace_format *format)
{
  const mdtrace_probe_options_t *options = definition->options;
  int error = make_filter (definition, format);

  if (error != MDTRACE_OK)
    return error;
  format->stack_depth = options->stack_depth;
  format->limit = options->limit;
  format->budget = options->budget;
  if (options->latency)
    {
      format->ns_per_count = clock_ns_per_count ();
      format->pairs = pairs_new ();
      if (format->pairs == NULL)
	return MDTRACE_ERR_NO_MEMORY;
    }
  if (options->aggregation != MDTRACE_AGGREGATION_NONE)
    {
      format->aggregation = aggregation_new (options);
      if (format->aggregation == NULL)
	return MDTRACE_ERR_NO_MEMORY;
    }
  return MDTRACE_OK;
}

void
definition_clear (struct dtrace_format *format)
{
  aggregation_free (format->aggregation);
  pairs_free (format->pairs);
  if (format->program != NULL)
    pages_keep ((void *) format->program, program_bytes (MDTRACE_PROGRAM_MAX));
  format->aggregation = NULL;
  format->pairs = NULL;
  format->program = NULL;
}

#endif /* MACH_DYNAMIC_PROBES */
