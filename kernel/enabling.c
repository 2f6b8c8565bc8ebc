/* Enablings: made ready before there can be a hit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "enabling.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "sites.h"
#include "values.h"
#include "x86/cpu.h"
#include "x86/gate.h"

#if MACH_DYNAMIC_PROBES

/* [server lock] */
static struct dtrace_enabling *free_enablings;

static word_t
enabling_bytes (void)
{
  return sizeof (struct dtrace_enabling) + cpus * sizeof (mdtrace_counts_t);
}

struct dtrace_enabling *
dtrace_enabling_new (void)
{
  struct dtrace_enabling *enabling = free_enablings;

  if (enabling == NULL)
    return pages_allocate_small (enabling_bytes ());
  free_enablings = enabling->next;
  clear_memory (enabling, enabling_bytes ());
  return enabling;
}

void
dtrace_enabling_free (struct dtrace_enabling *enabling)
{
  enabling->next = free_enablings;
  free_enablings = enabling;
}

int
dtrace_format_prepare (struct dtrace_format *format, uint32_t id,
		       uint64_t fields)
{
  unsigned words = MDTRACE_HEADER_WORDS;

  if (fields >> (MDTRACE_FIELD_STACK_BIT + 1) != 0
      || (fields & MDTRACE_FIELD_DURATION && format->pairs == NULL)
      || (fields & MDTRACE_FIELD_STACK && format->stack_depth == 0))
    return MDTRACE_ERR_BAD_ARGUMENT;
  for (uint64_t rest = fields & ~(uint64_t) MDTRACE_FIELD_STACK; rest != 0;
       rest &= rest - 1)
    words++;
  format->fields = fields;
  format->record_word
      = mdtrace_record_word (id, words, MDTRACE_RECORD_EVENT, 0);
  format->record_bytes = words * 8;
  format->room_bytes = format->record_bytes + 8;
  if (fields & MDTRACE_FIELD_STACK)
    format->room_bytes += 8 * (1 + format->stack_depth);
  return MDTRACE_OK;
}

/* Whether the value with NUMBER is noted at the entry of a call, and ENABLING
   is the end of calls.  */
static bool
comes_from_entry (const struct dtrace_enabling *enabling, unsigned number)
{
  return enabling->format->pairs != NULL
	 && enabling->kind != MDTRACE_PROBE_ENTRY
	 && enabling->values[number].source != MDTRACE_SOURCE_RETURN;
}

/* Whether it is known at the end of calls only, and ENABLING is the
   beginning.  */
static bool
comes_from_return (const struct dtrace_enabling *enabling, unsigned number)
{
  return enabling->format->pairs != NULL
	 && enabling->kind == MDTRACE_PROBE_ENTRY
	 && enabling->values[number].source == MDTRACE_SOURCE_RETURN;
}

/* Note what a register at OFFSET, or a word on the stack, takes.  A jump that
   begins earlier sees registers and stack as they are there; of the result
   mdtrace-mkkernel has made sure.  */
static void
need_register (struct dtrace_enabling *enabling, int offset, bool anywhere)
{
  const struct table_site *table = enabling->site->table;

  if (offset < 0 && offset != GATE_NO_REGISTER)
    enabling->needs_breakpoint = true;
  if (anywhere && table != NULL && table->lead > 0)
    enabling->needs_breakpoint = true;
}

/* Whether field ARG0 + NUMBER can be had; if it is but a register, *OFFSET
   says where.  */
static bool
prepare_value (struct dtrace_enabling *enabling,
	       const struct table_function *function, unsigned number,
	       int *offset)
{
  const struct dtrace_format *format = enabling->format;
  const mdtrace_value_t *value = &enabling->values[number];

  *offset = GATE_NO_REGISTER;
  if (comes_from_entry (enabling, number)
      || comes_from_return (enabling, number))
    return true;
  if (value->source == 0 && enabling->values != format->values)
    {
      enabling->actions |= DTRACE_COMPUTED;
      return true;
    }
  /* A key or a filter can ask for a value that was not said to be one.  */
  if (value->source == 0 && format->has_values)
    return false;
  if (value->steps > 0)
    enabling->actions |= DTRACE_COMPUTED;
  if (!format->has_values)
    {
      if (enabling->kind == MDTRACE_PROBE_ENTRY)
	*offset = value_argument_offset (function, number);
      if (*offset == GATE_NO_REGISTER)
	return false;
    }
  else if (!value_can_be_had (value, enabling->kind, function))
    return false;
  else if (value->source == MDTRACE_SOURCE_REGISTER)
    *offset = gate_register_offset (value->number);
  else if (value->source == MDTRACE_SOURCE_ARGUMENT)
    *offset = value_argument_offset (function, value->number);
  else if (value->source == MDTRACE_SOURCE_STACK)
    *offset = VALUE_ON_STACK;
  else if (value->source == MDTRACE_SOURCE_CONSTANT)
    *offset = VALUE_CONSTANT;
  else if (value->source == MDTRACE_SOURCE_THREAD)
    *offset = VALUE_THREAD;
  else if (enabling->kind == MDTRACE_PROBE_RETURN)
    *offset = gate_result_offset ();
  need_register (enabling, *offset,
		 value->source == MDTRACE_SOURCE_REGISTER
		     || value->source == MDTRACE_SOURCE_STACK);
  if (*offset == GATE_NO_REGISTER || *offset >= VALUE_THREAD)
    enabling->actions |= DTRACE_COMPUTED;
  return true;
}

/* The same for what the program of the filter reads by itself.  */
static bool
prepare_filter (struct dtrace_enabling *enabling,
		const struct table_function *function)
{
  const struct dtrace_format *format = enabling->format;
  bool is_end = format->pairs != NULL && enabling->kind != MDTRACE_PROBE_ENTRY;

  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      enabling->arguments[i] = GATE_NO_REGISTER;
      if (!(format->filter_arguments & 1 << i) || is_end)
	continue;
      if (enabling->kind == MDTRACE_PROBE_ENTRY)
	enabling->arguments[i] = value_argument_offset (function, i);
      if (enabling->arguments[i] == GATE_NO_REGISTER)
	return false;
      need_register (enabling, enabling->arguments[i], false);
    }
  if (format->program == NULL
      || (format->pairs != NULL && enabling->kind == MDTRACE_PROBE_ENTRY))
    return true;
  enabling->actions |= DTRACE_FILTER;
  if (format->filter_retval && enabling->kind != MDTRACE_PROBE_RETURN
      && enabling->kind != MDTRACE_PROBE_TAIL)
    return false;
  for (unsigned i = 0; i < 16; i++)
    if (format->filter_machine & 1 << i)
      need_register (enabling, gate_register_offset (i), true);
  need_register (enabling, 0, format->filter_stack);
  return true;
}

/* Where the guard finds its word, if there is a guard and that is a
   register.  */
static void
prepare_guard (struct dtrace_enabling *enabling)
{
  const struct dtrace_format *format = enabling->format;
  unsigned operand = format->guard.operand;
  int offset = GATE_NO_REGISTER;

  if (!(enabling->actions & DTRACE_FILTER) || format->pairs != NULL
      || format->budget > 0 || enabling->when != NULL)
    return;
  if (operand >= MDTRACE_OPERAND_ARGUMENT
      && operand < MDTRACE_OPERAND_ARGUMENT + MDTRACE_ARGUMENTS_MAX)
    offset = enabling->arguments[operand - MDTRACE_OPERAND_ARGUMENT];
  else if (operand >= MDTRACE_OPERAND_MACHINE
	   && operand < MDTRACE_OPERAND_MACHINE + 16)
    offset = gate_register_offset (operand - MDTRACE_OPERAND_MACHINE);
  else if (operand == MDTRACE_OPERAND_RETVAL
	   && enabling->kind == MDTRACE_PROBE_RETURN)
    offset = gate_result_offset ();
  if (offset == GATE_NO_REGISTER)
    return;
  enabling->guard_offset = offset;
  enabling->actions |= DTRACE_GUARD;
}

void
dtrace_enabling_describe (struct dtrace_enabling *enabling,
			  const struct dtrace_format *format)
{
  uint64_t fields = format->fields;

  enabling->format = format;
  if (enabling->values == NULL)
    enabling->values = format->values;
  /* The short ways do not look at that.  */
  if (enabling->when != NULL)
    enabling->actions |= DTRACE_COMPUTED;
  enabling->record_word = format->record_word;
  enabling->record_bytes = format->record_bytes;
  if (fields & MDTRACE_FIELD_THREAD)
    enabling->head |= DTRACE_HEAD_THREAD;
  if (fields & MDTRACE_FIELD_TASK)
    enabling->head |= DTRACE_HEAD_TASK;
  if (fields & MDTRACE_FIELD_ADDRESS)
    enabling->head |= DTRACE_HEAD_ADDRESS;
  /* So are values from the entry of a call, which has a duration.  */
  if (fields & (MDTRACE_FIELD_STACK | MDTRACE_FIELD_DURATION))
    enabling->actions |= DTRACE_COMPUTED;
  if (format->aggregation != NULL)
    enabling->actions |= DTRACE_AGGREGATE;
  if (format->pairs != NULL)
    enabling->actions |= DTRACE_LATENCY;
  if (format->limit > 0)
    enabling->actions |= DTRACE_LIMIT;
  if (format->budget > 0)
    enabling->actions |= DTRACE_BUDGET;
}

int
dtrace_enabling_prepare (struct dtrace_enabling *enabling,
			 const struct dtrace_format *format,
			 const struct table_function *function)
{
  uint64_t fields = format->fields;

  dtrace_enabling_describe (enabling, format);
  if (enabling->when != NULL)
    {
      enabling->when_offset = gate_register_offset (enabling->when->place);
      need_register (enabling, enabling->when_offset, false);
    }
  if (fields & MDTRACE_FIELD_RETVAL)
    {
      /* Behind a tail jump somebody else computes it.  */
      bool is_known = enabling->kind == MDTRACE_PROBE_RETURN;
      enabling->offsets[enabling->copies++]
	  = is_known ? gate_result_offset () : GATE_NO_REGISTER;
      if (!is_known)
	enabling->actions |= DTRACE_COMPUTED;
      if (enabling->kind != MDTRACE_PROBE_RETURN
	  && enabling->kind != MDTRACE_PROBE_TAIL && format->pairs == NULL)
	return MDTRACE_ERR_NO_VALUE;
    }
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (fields & (uint64_t) MDTRACE_FIELD_ARG0 << i)
      {
	int offset;
	if (!prepare_value (enabling, function, i, &offset))
	  return MDTRACE_ERR_NO_VALUE;
	enabling->offsets[enabling->copies++] = offset;
      }
  if (!prepare_filter (enabling, function))
    return MDTRACE_ERR_NO_VALUE;
  prepare_guard (enabling);
  return MDTRACE_OK;
}

#endif /* MACH_DYNAMIC_PROBES */
