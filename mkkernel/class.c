/* What must be mended in a copy of each instruction.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What is mended how: kernel/x86/slot.c.  */

#include <config.h>

#include "class.h"
#include "message.h"

/* The class of a call by register or memory: its copy becomes a push of the
   return address and a jump, so its operand may not be found by way of the
   stack pointer.  */
static enum site_class
class_of_indirect_call (const cs_insn *instruction)
{
  const cs_x86_op *operand = &instruction->detail->x86.operands[0];
  uint64_t target;
  unsigned operand_at;

  if (code_relative_operand (instruction, &target, &operand_at))
    return SITE_CLASS_CALL_RELATIVE;
  if ((operand->type == X86_OP_MEM
       && (operand->mem.base == X86_REG_RSP
	   || operand->mem.base == X86_REG_ESP))
      || (operand->type == X86_OP_REG
	  && (operand->reg == X86_REG_RSP || operand->reg == X86_REG_ESP)))
    return SITE_CLASS_CANNOT_MOVE;
  return SITE_CLASS_CALL_INDIRECT;
}

/* The class of a jump or call to an address that stands in it.  */
static enum site_class
class_of_branch (const cs_insn *instruction)
{
  const uint8_t *bytes = instruction->bytes;

  switch (instruction->size)
    {
    case 2:
      if (bytes[0] >> 4 == 7)
	return SITE_CLASS_CONDITION_8;
      if (bytes[0] == 0xeb)
	return SITE_CLASS_JUMP_8;
      break;
    case 5:
      if (bytes[0] == 0xe8)
	return SITE_CLASS_CALL;
      if (bytes[0] == 0xe9)
	return SITE_CLASS_JUMP_32;
      break;
    case 6:
      if (bytes[0] == 0x0f && bytes[1] >> 4 == 8)
	return SITE_CLASS_CONDITION_32;
      break;
    }
  return SITE_CLASS_CANNOT_MOVE;
}

static enum site_class
class_of (const cs_insn *instruction)
{
  uint64_t target;
  unsigned operand_at;

  if (code_branch_target (instruction, &target))
    return class_of_branch (instruction);
  switch (instruction->id)
    {
    case X86_INS_CALL:
      return class_of_indirect_call (instruction);
    case X86_INS_LCALL:
    case X86_INS_INT3:
    case X86_INS_UD2:
      /* Their address is looked at.  */
      return SITE_CLASS_CANNOT_MOVE;
    case X86_INS_STI:
    case X86_INS_HLT:
      /* Between these two no interrupt comes in; with a jump or a breakpoint
	 there it would, and the CPU would sleep over what it brought.  */
      return SITE_CLASS_CANNOT_MOVE;
    default:
      break;
    }
  if (!code_relative_operand (instruction, &target, &operand_at))
    return SITE_CLASS_PLAIN;
  switch (instruction->size - operand_at)
    {
    case 4:
      return SITE_CLASS_RELATIVE;
    case 5:
      return SITE_CLASS_RELATIVE_1;
    case 6:
      return SITE_CLASS_RELATIVE_2;
    case 8:
      return SITE_CLASS_RELATIVE_4;
    }
  return SITE_CLASS_CANNOT_MOVE;
}

void
class_function (struct code *code, const struct function *function,
		bool refused)
{
  cs_insn *instruction = cs_malloc (code->capstone);
  uint64_t address = function->address;
  uint64_t end = function->address + function->bytes;

  while ((address = code_next (code, address, end)) < end
	 && code_decode (code, address, instruction))
    {
      enum site_class class = class_of (instruction);
      if (code_marks (code, address) & CODE_RECOVERED)
	class = SITE_CLASS_RECOVERED;
      if (refused)
	class = SITE_CLASS_REFUSED;
      code->classes[address - code->kernel->text_start]
	  = SITE_CLASS_BYTE (class, instruction->size);
      address += instruction->size;
    }
  cs_free (instruction, 1);
}

enum mdtrace_reason
class_reason (uint8_t class)
{
  if (class == 0)
    return MDTRACE_REASON_NOT_CODE;
  switch (SITE_CLASS_OF (class))
    {
    case SITE_CLASS_CANNOT_MOVE:
      return MDTRACE_REASON_CANNOT_MOVE;
    case SITE_CLASS_RECOVERED:
      return MDTRACE_REASON_RECOVERY;
    default:
      return MDTRACE_REASON_NONE;
    }
}
