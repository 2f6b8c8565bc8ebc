/* Values that take more than copying a register.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_VALUES_H
#define MDTRACE_VALUES_H

#include "dtrace.h"

/* Whether VALUE makes sense; whatever else it is can only be unknown.  */
bool value_is_good (const mdtrace_value_t *value);

/* Whether VALUE can be had at a site of KIND in FUNCTION.  */
bool value_can_be_had (const mdtrace_value_t *value, unsigned kind,
		       const struct table_function *function);

/* The offset of the register in which the argument with NUMBER of FUNCTION is
   at its entry; GATE_NO_REGISTER if it is in none.  */
int value_argument_offset (const struct table_function *function,
			   unsigned number);

enum
{
  /* Among the offsets of an enabling: a word on the stack.  */
  VALUE_ON_STACK = INT16_MAX,
  /* A number that is known beforehand.  */
  VALUE_CONSTANT = INT16_MAX - 1,
  VALUE_THREAD = INT16_MAX - 2
};

#endif /* MDTRACE_VALUES_H */
