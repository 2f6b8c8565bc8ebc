/* Filters: programs for people.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "mdtrace.h"

/* What is put into a text of BYTES bytes; LENGTH counts all of it.  */
struct output
{
  char *text;
  size_t bytes;
  size_t length;
};

static void put (struct output *output, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

static void
put (struct output *output, const char *format, ...)
{
  bool has_room = output->length < output->bytes;
  va_list arguments;

  va_start (arguments, format);
  int length = vsnprintf (has_room ? output->text + output->length : NULL,
			  has_room ? output->bytes - output->length : 0,
			  format, arguments);
  va_end (arguments);
  output->length += length > 0 ? length : 0;
}

static const char *
name_of (unsigned operation)
{
  switch (operation)
    {
#define MDTRACE_OPERATION(number, name, documentation)                        \
  case MDTRACE_OPERATION_##name:                                              \
    return #name;
#include "mdtrace_operations.def"
#undef MDTRACE_OPERATION
    default:
      return "?";
    }
}

static void
put_operand (struct output *output, unsigned operand)
{
  static const struct
  {
    const char *name;
    uint8_t first, count;
  } operands[] = {
    { "r", MDTRACE_OPERAND_REGISTER, MDTRACE_REGISTERS },
    { "argument", MDTRACE_OPERAND_ARGUMENT, MDTRACE_ARGUMENTS_MAX },
    { "value", MDTRACE_OPERAND_VALUE, MDTRACE_ARGUMENTS_MAX },
    { "machine", MDTRACE_OPERAND_MACHINE, 16 },
    { "stack", MDTRACE_OPERAND_STACK, 16 },
    { "retval", MDTRACE_OPERAND_RETVAL, 1 },
    { "thread", MDTRACE_OPERAND_THREAD, 1 },
    { "task", MDTRACE_OPERAND_TASK, 1 },
    { "cpu", MDTRACE_OPERAND_CPU, 1 },
    { "address", MDTRACE_OPERAND_ADDRESS, 1 },
    { "function", MDTRACE_OPERAND_FUNCTION, 1 },
    { "duration", MDTRACE_OPERAND_DURATION, 1 },
  };

  for (size_t i = 0; i < sizeof operands / sizeof operands[0]; i++)
    if (operand >= operands[i].first
	&& operand < (unsigned) operands[i].first + operands[i].count)
      {
	put (output, operands[i].count > 1 ? " %s%u" : " %s", operands[i].name,
	     operand - operands[i].first);
	return;
      }
  put (output, " ?%u", operand);
}

static void
put_right (struct output *output, const mdtrace_instruction_t *at)
{
  if (at->from == MDTRACE_OPERAND_IMMEDIATE)
    put (output, " 0x%" PRIx64, at->immediate);
  else
    put_operand (output, at->from);
}

size_t
mdtrace_filter_print (const mdtrace_instruction_t *program, unsigned count,
		      char *text, size_t bytes)
{
  struct output output = { text, bytes, 0 };

  if (bytes > 0)
    text[0] = '\0';
  for (unsigned i = 0; i < count; i++)
    {
      const mdtrace_instruction_t *at = &program[i];
      put (&output, "%u %s", i, name_of (at->operation));
      if (at->operation != MDTRACE_OPERATION_ACCEPT
	  && at->operation != MDTRACE_OPERATION_REJECT)
	{
	  put_operand (&output, at->to);
	  put_right (&output, at);
	}
      if (at->operation == MDTRACE_OPERATION_LOAD)
	put (&output, " %+d", at->offset);
      if (at->bytes != 0)
	put (&output, " :%u", at->bytes);
      if (at->operation >= MDTRACE_OPERATION_IF_EQUAL)
	put (&output, " -> %u", i + at->offset);
      put (&output, "\n");
    }
  return output.length;
}
