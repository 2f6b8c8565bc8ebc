/* Values that take more than copying a register.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "sites.h"
#include "symbols.h"
#include "values.h"
#include "x86/cpu.h"
#include "x86/gate.h"
#include "x86/load.h"

#if MACH_DYNAMIC_PROBES

bool
value_is_good (const mdtrace_value_t *value)
{
  switch (value->source)
    {
    case MDTRACE_SOURCE_ARGUMENT:
    case MDTRACE_SOURCE_RETURN:
    case MDTRACE_SOURCE_STACK:
    case MDTRACE_SOURCE_THREAD:
      break;
    case MDTRACE_SOURCE_CONSTANT:
      return value->steps == 0;
    case MDTRACE_SOURCE_REGISTER:
      if (gate_register_offset (value->number) == GATE_NO_REGISTER)
	return false;
      break;
    default:
      return false;
    }
  if (value->steps > MDTRACE_STEPS_MAX)
    return false;
  return value->steps == 0
	 || (value->last_bytes <= 8 && value->last_bytes != 0
	     && (value->last_bytes & (value->last_bytes - 1)) == 0);
}

int
value_argument_offset (const struct table_function *function, unsigned number)
{
  if (number >= function->argument_count || number >= SITE_ARGUMENTS_MAX
      || function->argument_registers[number] == SITE_NO_REGISTER)
    return GATE_NO_REGISTER;
  return gate_register_offset (function->argument_registers[number]);
}

bool
value_can_be_had (const mdtrace_value_t *value, unsigned kind,
		  const struct table_function *function)
{
  switch (value->source)
    {
    case MDTRACE_SOURCE_ARGUMENT:
      return kind == MDTRACE_PROBE_ENTRY
	     && value_argument_offset (function, value->number)
		    != GATE_NO_REGISTER;
    case MDTRACE_SOURCE_RETURN:
      return kind == MDTRACE_PROBE_RETURN || kind == MDTRACE_PROBE_TAIL;
    default:
      return true;
    }
}

static inline uint64_t
saved_word (const struct dtrace_cpu *state, int offset)
{
  return *(const word_t *) ((const char *) state->registers + offset);
}

uint64_t
value_register (const struct dtrace_cpu *state, unsigned number)
{
  return saved_word (state, gate_register_offset (number));
}

uint64_t
value_argument (const struct dtrace_cpu *state,
		const struct dtrace_enabling *enabling, unsigned number)
{
  int offset = enabling->arguments[number];

  /* At the end of a call it has none.  */
  return offset == GATE_NO_REGISTER ? state->entry_arguments[number]
				    : saved_word (state, offset);
}

bool
value_read (const struct dtrace_cpu *state,
	    const struct dtrace_enabling *enabling, unsigned bit,
	    uint64_t *result)
{
  const mdtrace_value_t *value = enabling->values;
  uint64_t fields = enabling->format->fields;
  const int16_t *offset = enabling->offsets;

  /* Behind those of the fields that come before it.  */
  for (unsigned i = MDTRACE_FIELD_RETVAL_BIT; i < bit; i++)
    offset += fields >> i & 1;
  *result = 0;
  if (bit != MDTRACE_FIELD_RETVAL_BIT)
    {
      unsigned number = bit - MDTRACE_FIELD_ARG0_BIT;
      value += number;
      if (enabling->actions & DTRACE_LATENCY
	  && enabling->kind != MDTRACE_PROBE_ENTRY
	  && value->source != MDTRACE_SOURCE_RETURN)
	{
	  if (!(state->known >> number & 1))
	    return false;
	  *result = state->entry_values[number];
	  return true;
	}
    }
  if (*offset == GATE_NO_REGISTER)
    return false;
  if (*offset == VALUE_CONSTANT)
    *result = value->offsets[0];
  else if (*offset == VALUE_THREAD)
    *result = (word_t) current_thread ();
  else if (*offset != VALUE_ON_STACK)
    *result = saved_word (state, *offset);
  else if (!load_memory ((word_t) (state->stack + value->number),
			 sizeof (word_t), result))
    return false;
  if (bit == MDTRACE_FIELD_RETVAL_BIT)
    return true;
  for (unsigned i = 0; i < value->steps; i++)
    if (!load_memory ((word_t) *result + value->offsets[i],
		      i + 1 < value->steps ? sizeof (word_t)
					   : value->last_bytes,
		      result))
      return false;
  return true;
}

#endif /* MACH_DYNAMIC_PROBES */
