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

/* What follows is for handlers.  */

/* Find the field with number BIT (RETVAL, or an argument that is among the
   probe's fields), for the hit of ENABLING that STATE describes.  False if it
   is not known; it is 0 then.  */
bool value_read (const struct dtrace_cpu *state,
		 const struct dtrace_enabling *enabling, unsigned bit,
		 uint64_t *result);

/* The argument with NUMBER, which the filter of ENABLING reads; and the
   machine's register with NUMBER.  */
uint64_t value_argument (const struct dtrace_cpu *state,
			 const struct dtrace_enabling *enabling,
			 unsigned number);
uint64_t value_register (const struct dtrace_cpu *state, unsigned number);

enum
{
  /* Among the offsets of an enabling: a word on the stack.  */
  VALUE_ON_STACK = INT16_MAX,
  /* A number that is known beforehand.  */
  VALUE_CONSTANT = INT16_MAX - 1,
  VALUE_THREAD = INT16_MAX - 2
};

#endif /* MDTRACE_VALUES_H */
