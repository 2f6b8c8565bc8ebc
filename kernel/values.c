/* Values that take more than copying a register.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "sites.h"
#include "symbols.h"
#include "values.h"
#include "x86/gate.h"

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

#endif /* MACH_DYNAMIC_PROBES */
