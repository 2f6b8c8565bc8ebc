/* Programs of filters, once more: made of what mig/mdtrace_filter.h and
   mig/mdtrace_operations.def say, and of nothing that the kernel part does.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_FILTER_REFERENCE_H
#define UNIT_FILTER_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mdtrace_filter.h"

enum
{
  REFERENCE_ARGUMENTS = 6,
  REFERENCE_STEPS = 4, /* loads that a VALUE stands for, at most */
  REFERENCE_WORDS = 16
};

/* What a hit brings with it.  */
struct reference_hit
{
  uint64_t arguments[REFERENCE_ARGUMENTS];
  uint64_t values[REFERENCE_ARGUMENTS];
  uint64_t machine[REFERENCE_WORDS];
  uint64_t stack[REFERENCE_WORDS];
  unsigned values_known, stack_known; /* masks */
  uint64_t retval, thread, task, cpu, address, function, duration;
  /* Load BYTES bytes; false if there is no memory.  */
  bool (*load) (uint64_t address, unsigned bytes, uint64_t *value);
};

enum reference_verdict
{
  REFERENCE_REJECTS,
  REFERENCE_ACCEPTS,
  REFERENCE_FAULTS,
  REFERENCE_RUNS_AWAY /* it leaves the program, or goes back */
};

/* Take OPERAND of HIT.  False if it faults.  */
static inline bool
reference_read (const struct reference_hit *hit, const uint64_t *registers,
		unsigned operand, uint64_t *value)
{
  if (operand < MDTRACE_REGISTERS)
    *value = registers[operand];
  else if (operand >= 16 && operand <= 21)
    *value = hit->arguments[operand - 16];
  else if (operand >= 32 && operand <= 37)
    {
      *value = hit->values[operand - 32];
      return hit->values_known >> (operand - 32) & 1;
    }
  else if (operand >= 48 && operand <= 63)
    *value = hit->machine[operand - 48];
  else if (operand >= 64 && operand <= 79)
    {
      *value = hit->stack[operand - 64];
      return hit->stack_known >> (operand - 64) & 1;
    }
  else
    *value = operand == MDTRACE_OPERAND_RETVAL	   ? hit->retval
	     : operand == MDTRACE_OPERAND_THREAD   ? hit->thread
	     : operand == MDTRACE_OPERAND_TASK	   ? hit->task
	     : operand == MDTRACE_OPERAND_CPU	   ? hit->cpu
	     : operand == MDTRACE_OPERAND_ADDRESS  ? hit->address
	     : operand == MDTRACE_OPERAND_FUNCTION ? hit->function
						   : hit->duration;
  return true;
}

static inline uint64_t
reference_low (uint64_t value, unsigned bytes)
{
  uint64_t result = 0;

  memcpy (&result, &value, bytes);
  return result;
}

static inline int64_t
reference_signed (uint64_t value, unsigned bytes)
{
  int8_t one;
  int16_t two;
  int32_t four;

  memcpy (&one, &value, sizeof one);
  memcpy (&two, &value, sizeof two);
  memcpy (&four, &value, sizeof four);
  return bytes == 1   ? one
	 : bytes == 2 ? two
	 : bytes == 4 ? four
		      : (int64_t) value;
}

static inline bool
reference_is_true (const mdtrace_instruction_t *at, uint64_t left,
		   uint64_t right)
{
  uint64_t a = reference_low (left, at->bytes);
  uint64_t b = reference_low (right, at->bytes);
  int64_t c = reference_signed (left, at->bytes);
  int64_t d = reference_signed (right, at->bytes);

  return at->operation == MDTRACE_OPERATION_IF_EQUAL		    ? a == b
	 : at->operation == MDTRACE_OPERATION_IF_NOT_EQUAL	    ? a != b
	 : at->operation == MDTRACE_OPERATION_IF_LESS		    ? a < b
	 : at->operation == MDTRACE_OPERATION_IF_NOT_LESS	    ? a >= b
	 : at->operation == MDTRACE_OPERATION_IF_GREATER	    ? a > b
	 : at->operation == MDTRACE_OPERATION_IF_NOT_GREATER	    ? a <= b
	 : at->operation == MDTRACE_OPERATION_IF_SIGNED_LESS	    ? c < d
	 : at->operation == MDTRACE_OPERATION_IF_SIGNED_NOT_LESS    ? c >= d
	 : at->operation == MDTRACE_OPERATION_IF_SIGNED_GREATER	    ? c > d
	 : at->operation == MDTRACE_OPERATION_IF_SIGNED_NOT_GREATER ? c <= d
	 : at->operation == MDTRACE_OPERATION_IF_ANY ? (a & b) != 0
						     : (a & b) == 0;
}

static inline uint64_t
reference_compute (unsigned operation, uint64_t to, uint64_t right)
{
  bool out = right > 63;

  switch (operation)
    {
    case MDTRACE_OPERATION_MOVE:
      return right;
    case MDTRACE_OPERATION_ADD:
      return to + right;
    case MDTRACE_OPERATION_SUBTRACT:
      return to - right;
    case MDTRACE_OPERATION_MULTIPLY:
      return to * right;
    case MDTRACE_OPERATION_AND:
      return to & right;
    case MDTRACE_OPERATION_OR:
      return to | right;
    case MDTRACE_OPERATION_XOR:
      return to ^ right;
    case MDTRACE_OPERATION_SHIFT_LEFT:
      return out ? 0 : to << right;
    case MDTRACE_OPERATION_SHIFT_RIGHT:
      return out ? 0 : to >> right;
    default:
      return to >> 63 != 0 ? ~(out ? 0 : ~to >> right) : out ? 0 : to >> right;
    }
}

/* Execute PROGRAM of COUNT instructions at HIT.  */
static inline enum reference_verdict
reference_run (const mdtrace_instruction_t *program, unsigned count,
	       const struct reference_hit *hit)
{
  uint64_t registers[MDTRACE_REGISTERS] = { 0 }, left, right;

  for (unsigned place = 0; place < count;)
    {
      const mdtrace_instruction_t *at = &program[place];
      if (at->operation == MDTRACE_OPERATION_REJECT)
	return REFERENCE_REJECTS;
      if (at->operation == MDTRACE_OPERATION_ACCEPT)
	return REFERENCE_ACCEPTS;
      right = at->immediate;
      if (at->from != MDTRACE_OPERAND_IMMEDIATE
	  && !reference_read (hit, registers, at->from, &right))
	return REFERENCE_FAULTS;
      unsigned next = place + 1;
      if (at->operation == MDTRACE_OPERATION_LOAD)
	{
	  if (!hit->load (right + (uint64_t) (int64_t) at->offset, at->bytes,
			  &left))
	    return REFERENCE_FAULTS;
	  registers[at->to] = reference_low (left, at->bytes);
	}
      else if (at->operation == MDTRACE_OPERATION_SIGN)
	registers[at->to] = (uint64_t) reference_signed (right, at->bytes);
      else if (at->operation < MDTRACE_OPERATION_IF_EQUAL)
	registers[at->to]
	    = reference_compute (at->operation, registers[at->to], right);
      else if (!reference_read (hit, registers, at->to, &left))
	return REFERENCE_FAULTS;
      else if (reference_is_true (at, left, right))
	next = place + at->offset;
      if (next <= place)
	return REFERENCE_RUNS_AWAY;
      place = next;
    }
  return REFERENCE_RUNS_AWAY;
}

/* Whether OPERAND is one; *LOADS grows by those that it takes.  */
static inline bool
reference_is_operand (unsigned operand, unsigned *loads)
{
  if (operand >= 32 && operand <= 37)
    *loads += REFERENCE_STEPS;
  if (operand >= 64 && operand <= 79)
    ++*loads;
  return operand < MDTRACE_REGISTERS || (operand >= 16 && operand <= 21)
	 || (operand >= 32 && operand <= 37)
	 || (operand >= 48 && operand <= 86);
}

/* Whether PROGRAM of COUNT instructions keeps the rules.  */
static inline bool
reference_is_good (const mdtrace_instruction_t *program, unsigned count)
{
  unsigned loads = 0;

  if (count < 1 || count > MDTRACE_PROGRAM_MAX)
    return false;
  for (unsigned i = 0; i < count; i++)
    {
      mdtrace_instruction_t at = program[i];
      bool ends = at.operation == MDTRACE_OPERATION_REJECT
		  || at.operation == MDTRACE_OPERATION_ACCEPT;
      bool loads_memory = at.operation == MDTRACE_OPERATION_LOAD;
      bool jumps = at.operation >= MDTRACE_OPERATION_IF_EQUAL
		   && at.operation <= MDTRACE_OPERATION_IF_NONE;
      bool has_bytes
	  = loads_memory || jumps || at.operation == MDTRACE_OPERATION_SIGN;
      bool is_immediate = at.from == MDTRACE_OPERAND_IMMEDIATE;
      if (at.operation < MDTRACE_OPERATION_REJECT
	  || at.operation > MDTRACE_OPERATION_IF_NONE || at.operation == 15)
	return false;
      if (ends)
	{
	  if (at.to != 0 || at.from != 0 || at.bytes != 0 || at.offset != 0
	      || at.immediate != 0)
	    return false;
	  continue;
	}
      if (jumps ? !reference_is_operand (at.to, &loads)
		: at.to >= MDTRACE_REGISTERS)
	return false;
      /* These have FROM, and not RIGHT.  */
      if (is_immediate
	  && (loads_memory || at.operation == MDTRACE_OPERATION_SIGN))
	return false;
      if (!is_immediate
	  && (at.immediate != 0 || !reference_is_operand (at.from, &loads)))
	return false;
      if (has_bytes ? at.bytes != 1 && at.bytes != 2 && at.bytes != 4
			  && at.bytes != 8
		    : at.bytes != 0)
	return false;
      if (jumps ? at.offset < 1 || (uint32_t) at.offset >= count - i
		: !loads_memory && at.offset != 0)
	return false;
      loads += loads_memory;
    }
  return loads <= MDTRACE_LOADS_MAX
	 && program[count - 1].operation <= MDTRACE_OPERATION_ACCEPT;
}

#endif /* UNIT_FILTER_REFERENCE_H */
