/* Filters: programs that say which hits are asked for.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "filter.h"
#include "sites.h"
#include "symbols.h"
#include "values.h"
#include "x86/cpu.h"
#include "x86/load.h"

#if MACH_DYNAMIC_PROBES

/* -------------------------------------------------------------------- */
/* The check.  */

static bool
is_register (unsigned operand)
{
  return operand < MDTRACE_OPERAND_REGISTER + MDTRACE_REGISTERS;
}

/* If OPERAND is one of COUNT from FIRST on, its number, or COUNT.  */
static unsigned
number_from (unsigned operand, unsigned first, unsigned count)
{
  return operand >= first && operand < first + count ? operand - first : count;
}

enum
{
  MACHINE_REGISTERS = 16,
  STACK_WORDS = 16
};

/* Whether OPERAND can be read; note in NEEDS what that takes, and count the
   loads.  */
static bool
check_operand (unsigned operand, struct filter_needs *needs, unsigned *loads)
{
  unsigned number;

  if (is_register (operand))
    {
      needs->registers = true;
      return true;
    }
  number = number_from (operand, MDTRACE_OPERAND_ARGUMENT,
			MDTRACE_ARGUMENTS_MAX);
  if (number < MDTRACE_ARGUMENTS_MAX)
    {
      needs->arguments |= 1 << number;
      return true;
    }
  number
      = number_from (operand, MDTRACE_OPERAND_VALUE, MDTRACE_ARGUMENTS_MAX);
  if (number < MDTRACE_ARGUMENTS_MAX)
    {
      needs->values |= 1 << number;
      *loads += MDTRACE_STEPS_MAX;
      return true;
    }
  number
      = number_from (operand, MDTRACE_OPERAND_MACHINE, MACHINE_REGISTERS);
  if (number < MACHINE_REGISTERS)
    {
      needs->machine |= 1 << number;
      return true;
    }
  if (number_from (operand, MDTRACE_OPERAND_STACK, STACK_WORDS) < STACK_WORDS)
    {
      needs->stack = true;
      ++*loads;
      return true;
    }
  switch (operand)
    {
    case MDTRACE_OPERAND_RETVAL:
      needs->retval = true;
      return true;
    case MDTRACE_OPERAND_DURATION:
      needs->duration = true;
      return true;
    case MDTRACE_OPERAND_FUNCTION:
      needs->function = true;
      return true;
    case MDTRACE_OPERAND_THREAD:
    case MDTRACE_OPERAND_TASK:
    case MDTRACE_OPERAND_CPU:
    case MDTRACE_OPERAND_ADDRESS:
      return true;
    default:
      return false;
    }
}

static bool
check_right (const mdtrace_instruction_t *at, struct filter_needs *needs,
	     unsigned *loads)
{
  if (at->from == MDTRACE_OPERAND_IMMEDIATE)
    return true;
  return at->immediate == 0 && check_operand (at->from, needs, loads);
}

static bool
is_size (unsigned bytes)
{
  return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

/* Whether the instruction AT, behind which LEFT others stand, is one.  */
static bool
check_instruction (const mdtrace_instruction_t *at, unsigned left,
		   struct filter_needs *needs, unsigned *loads)
{
  switch (at->operation)
    {
    case MDTRACE_OPERATION_REJECT:
    case MDTRACE_OPERATION_ACCEPT:
      return at->to == 0 && at->from == 0 && at->bytes == 0 && at->offset == 0
	     && at->immediate == 0;
    case MDTRACE_OPERATION_LOAD:
      ++*loads;
      return is_register (at->to) && is_size (at->bytes) && at->immediate == 0
	     && check_operand (at->from, needs, loads);
    case MDTRACE_OPERATION_SIGN:
      return is_register (at->to) && is_size (at->bytes) && at->offset == 0
	     && at->immediate == 0 && check_operand (at->from, needs, loads);
    case MDTRACE_OPERATION_MOVE:
    case MDTRACE_OPERATION_ADD:
    case MDTRACE_OPERATION_SUBTRACT:
    case MDTRACE_OPERATION_MULTIPLY:
    case MDTRACE_OPERATION_AND:
    case MDTRACE_OPERATION_OR:
    case MDTRACE_OPERATION_XOR:
    case MDTRACE_OPERATION_SHIFT_LEFT:
    case MDTRACE_OPERATION_SHIFT_RIGHT:
    case MDTRACE_OPERATION_SHIFT_SIGNED:
      return is_register (at->to) && at->bytes == 0 && at->offset == 0
	     && check_right (at, needs, loads);
    case MDTRACE_OPERATION_IF_EQUAL:
    case MDTRACE_OPERATION_IF_NOT_EQUAL:
    case MDTRACE_OPERATION_IF_LESS:
    case MDTRACE_OPERATION_IF_NOT_LESS:
    case MDTRACE_OPERATION_IF_GREATER:
    case MDTRACE_OPERATION_IF_NOT_GREATER:
    case MDTRACE_OPERATION_IF_SIGNED_LESS:
    case MDTRACE_OPERATION_IF_SIGNED_NOT_LESS:
    case MDTRACE_OPERATION_IF_SIGNED_GREATER:
    case MDTRACE_OPERATION_IF_SIGNED_NOT_GREATER:
    case MDTRACE_OPERATION_IF_ANY:
    case MDTRACE_OPERATION_IF_NONE:
      /* An offset of 1 leads to the next one.  */
      return is_size (at->bytes) && at->offset >= 1
	     && (unsigned) at->offset <= left
	     && check_operand (at->to, needs, loads)
	     && check_right (at, needs, loads);
    default:
      return false;
    }
}

bool
filter_check (const mdtrace_instruction_t *program, unsigned count,
	      struct filter_needs *needs)
{
  unsigned loads = 0;

  clear_memory (needs, sizeof *needs);
  if (count == 0 || count > MDTRACE_PROGRAM_MAX)
    return false;
  for (unsigned i = 0; i < count; i++)
    if (!check_instruction (&program[i], count - 1 - i, needs, &loads))
      return false;
  unsigned last = program[count - 1].operation;
  return loads <= MDTRACE_LOADS_MAX
	 && (last == MDTRACE_OPERATION_ACCEPT
	     || last == MDTRACE_OPERATION_REJECT);
}

void
filter_make_guard (const mdtrace_instruction_t *program,
		   struct dtrace_guard *guard)
{
  bool if_equal = program->operation == MDTRACE_OPERATION_IF_EQUAL;

  guard->operand = MDTRACE_OPERAND_IMMEDIATE;
  if ((!if_equal && program->operation != MDTRACE_OPERATION_IF_NOT_EQUAL)
      || program->from != MDTRACE_OPERAND_IMMEDIATE
      || program[program->offset].operation != MDTRACE_OPERATION_REJECT)
    return;
  unsigned unused = 64 - 8 * program->bytes;
  uint64_t mask = UINT64_MAX << unused >> unused;
  uint64_t value = program->immediate & mask;
  /* A saved word of fewer bits has zeros above them.  */
  if (value != (word_t) value)
    return;
  guard->operand = program->to;
  guard->if_equal = if_equal;
  guard->mask = mask;
  guard->value = value;
}

/* -------------------------------------------------------------------- */
/* The execution.  */

static bool __attribute__ ((noinline))
read_operand (const struct dtrace_cpu *state,
	      const struct dtrace_enabling *enabling, unsigned operand,
	      uint64_t *result)
{
  switch (operand)
    {
    case MDTRACE_OPERAND_REGISTER ... MDTRACE_OPERAND_REGISTER
	+ MDTRACE_REGISTERS - 1:
      *result = state->filter[operand - MDTRACE_OPERAND_REGISTER];
      return true;
    case MDTRACE_OPERAND_ARGUMENT ... MDTRACE_OPERAND_ARGUMENT
	+ MDTRACE_ARGUMENTS_MAX - 1:
      *result = value_argument (state, enabling,
				operand - MDTRACE_OPERAND_ARGUMENT);
      return true;
    case MDTRACE_OPERAND_VALUE ... MDTRACE_OPERAND_VALUE
	+ MDTRACE_ARGUMENTS_MAX - 1:
      return value_read (state, enabling,
			 MDTRACE_FIELD_ARG0_BIT + operand
			     - MDTRACE_OPERAND_VALUE,
			 result);
    case MDTRACE_OPERAND_MACHINE ... MDTRACE_OPERAND_MACHINE
	+ MACHINE_REGISTERS - 1:
      *result = value_register (state, operand - MDTRACE_OPERAND_MACHINE);
      return true;
    case MDTRACE_OPERAND_STACK ... MDTRACE_OPERAND_STACK + STACK_WORDS - 1:
      return load_memory (
	  (word_t) (state->stack + operand - MDTRACE_OPERAND_STACK),
	  sizeof (word_t), result);
    case MDTRACE_OPERAND_RETVAL:
      return value_read (state, enabling, MDTRACE_FIELD_RETVAL_BIT, result);
    case MDTRACE_OPERAND_THREAD:
      *result = (word_t) current_thread ();
      return true;
    case MDTRACE_OPERAND_TASK:
      *result = (word_t) FIELD (task_t, current_thread (), thread, task);
      return true;
    case MDTRACE_OPERAND_CPU:
      *result = state->number;
      return true;
    case MDTRACE_OPERAND_ADDRESS:
      *result = enabling->site->address;
      return true;
    case MDTRACE_OPERAND_FUNCTION:
      *result = symbols_function (enabling->site->function)->address;
      return true;
    case MDTRACE_OPERAND_DURATION:
      *result = state->duration;
      return true;
    default:
      __builtin_unreachable ();
    }
}

/* VALUE, of which the lower BYTES bytes count.  */
static inline uint64_t
low (uint64_t value, unsigned bytes)
{
  return value << (64 - 8 * bytes) >> (64 - 8 * bytes);
}

static inline int64_t
low_signed (uint64_t value, unsigned bytes)
{
  return (int64_t) (value << (64 - 8 * bytes)) >> (64 - 8 * bytes);
}

/* Whether the IF instruction AT finds what it looks for.  */
static bool __attribute__ ((noinline))
is_true (const mdtrace_instruction_t *at, uint64_t left, uint64_t right)
{
  switch (at->operation)
    {
    case MDTRACE_OPERATION_IF_EQUAL:
      return low (left ^ right, at->bytes) == 0;
    case MDTRACE_OPERATION_IF_NOT_EQUAL:
      return low (left ^ right, at->bytes) != 0;
    case MDTRACE_OPERATION_IF_LESS:
      return low (left, at->bytes) < low (right, at->bytes);
    case MDTRACE_OPERATION_IF_NOT_LESS:
      return low (left, at->bytes) >= low (right, at->bytes);
    case MDTRACE_OPERATION_IF_GREATER:
      return low (left, at->bytes) > low (right, at->bytes);
    case MDTRACE_OPERATION_IF_NOT_GREATER:
      return low (left, at->bytes) <= low (right, at->bytes);
    case MDTRACE_OPERATION_IF_SIGNED_LESS:
      return low_signed (left, at->bytes) < low_signed (right, at->bytes);
    case MDTRACE_OPERATION_IF_SIGNED_NOT_LESS:
      return low_signed (left, at->bytes) >= low_signed (right, at->bytes);
    case MDTRACE_OPERATION_IF_SIGNED_GREATER:
      return low_signed (left, at->bytes) > low_signed (right, at->bytes);
    case MDTRACE_OPERATION_IF_SIGNED_NOT_GREATER:
      return low_signed (left, at->bytes) <= low_signed (right, at->bytes);
    case MDTRACE_OPERATION_IF_ANY:
      return low (left & right, at->bytes) != 0;
    case MDTRACE_OPERATION_IF_NONE:
      return low (left & right, at->bytes) == 0;
    default:
      __builtin_unreachable ();
    }
}

/* What OPERATION makes of LEFT and RIGHT.  */
static uint64_t __attribute__ ((noinline))
compute (unsigned operation, uint64_t left, uint64_t right)
{
  switch (operation)
    {
    case MDTRACE_OPERATION_MOVE:
      return right;
    case MDTRACE_OPERATION_ADD:
      return left + right;
    case MDTRACE_OPERATION_SUBTRACT:
      return left - right;
    case MDTRACE_OPERATION_MULTIPLY:
      return left * right;
    case MDTRACE_OPERATION_AND:
      return left & right;
    case MDTRACE_OPERATION_OR:
      return left | right;
    case MDTRACE_OPERATION_XOR:
      return left ^ right;
    case MDTRACE_OPERATION_SHIFT_LEFT:
      return right < 64 ? left << right : 0;
    case MDTRACE_OPERATION_SHIFT_RIGHT:
      return right < 64 ? left >> right : 0;
    case MDTRACE_OPERATION_SHIFT_SIGNED:
      return (int64_t) left >> (right < 64 ? right : 63);
    default:
      __builtin_unreachable ();
    }
}

/* Load the BYTES bytes at ADDRESS, which is OFFSET behind the operand BASE.
   The structures of the thread that runs and of its task are there as long as
   it runs: what lies inside of them needs no look at the page tables.  */
static bool
load (unsigned base, int32_t offset, word_t address, unsigned bytes,
      uint64_t *result)
{
  if ((base == MDTRACE_OPERAND_TASK && offset >= 0
       && offset + bytes <= LAYOUT_SIZEOF (task))
      || (base == MDTRACE_OPERAND_THREAD && offset >= 0
	  && offset + bytes <= LAYOUT_SIZEOF (thread)))
    {
      *result = 0;
      copy_memory (result, (const void *) address, bytes);
      return true;
    }
  return load_memory (address, bytes, result);
}

bool
filter_accepts (struct dtrace_cpu *state,
		const struct dtrace_enabling *enabling)
{
  const mdtrace_instruction_t *at = enabling->format->program;

  if (enabling->format->filter_registers)
    for (unsigned i = 0; i < MDTRACE_REGISTERS; i++)
      state->filter[i] = 0;
  for (;; at++)
    {
      state->left = 0;
      state->right = at->immediate;
      if (at->operation <= MDTRACE_OPERATION_ACCEPT)
	return at->operation == MDTRACE_OPERATION_ACCEPT;
      if (at->from != MDTRACE_OPERAND_IMMEDIATE
	  && !read_operand (state, enabling, at->from, &state->right))
	break;
      if (at->operation == MDTRACE_OPERATION_LOAD)
	{
	  if (!load (at->from, at->offset, (word_t) state->right + at->offset,
		     at->bytes, &state->filter[at->to]))
	    break;
	}
      else if (at->operation == MDTRACE_OPERATION_SIGN)
	state->filter[at->to] = low_signed (state->right, at->bytes);
      else if (at->operation < MDTRACE_OPERATION_IF_EQUAL)
	state->filter[at->to]
	    = compute (at->operation, state->filter[at->to], state->right);
      else if (!read_operand (state, enabling, at->to, &state->left))
	break;
      else if (is_true (at, state->left, state->right))
	at += at->offset - 1;
    }
  enabling->format->usage[state->number].faults++;
  return false;
}

#endif /* MACH_DYNAMIC_PROBES */
