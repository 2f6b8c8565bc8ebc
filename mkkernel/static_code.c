/* Instructions that static probes stand on.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "message.h"
#include "static_plan.h"

enum
{
  /* Instructions between a call and the jump by its result.  */
  BETWEEN_MAX = 12,
  REGISTER_NONE = 0xff
};

struct static_call *
static_calls (const struct code *code, size_t *count)
{
  cs_insn *instruction = cs_malloc (code->capstone);
  struct static_call *calls = NULL;

  *count = 0;
  for (size_t i = 0; i < code->function_count; i++)
    {
      const struct function *function = &code->functions[i];
      uint64_t address = function->address;
      uint64_t end = function->address + function->bytes;
      uint64_t target;
      while ((address = code_next (code, address, end)) < end
	     && code_decode (code, address, instruction))
	{
	  if (code_branch_target (instruction, &target)
	      && (target < function->address || target >= end
		  || instruction->id == X86_INS_CALL)
	      && code_marks (code, target) & CODE_FUNCTION)
	    {
	      /* Grow at the powers of two.  */
	      if ((*count & (*count - 1)) == 0)
		calls = must_reallocate (calls, (*count > 0 ? 2 * *count : 1)
						    * sizeof *calls);
	      calls[(*count)++] = (struct static_call){ address, target, i };
	    }
	  address += instruction->size;
	}
    }
  cs_free (instruction, 1);
  return calls;
}

/* Whether INSTRUCTION tests whether what a function has returned is 0.  */
static bool
tests_result (const cs_insn *instruction)
{
  const cs_x86_op *operands = instruction->detail->x86.operands;

  return instruction->id == X86_INS_TEST && operands[0].type == X86_OP_REG
	 && operands[1].type == X86_OP_REG
	 && operands[0].reg == operands[1].reg
	 && (operands[0].reg == X86_REG_EAX || operands[0].reg == X86_REG_RAX);
}

uint64_t
static_success (const struct code *code, uint64_t address)
{
  cs_insn *instruction = cs_malloc (code->capstone);
  bool tested = false;
  uint64_t result = 0;

  for (unsigned i = 0; i < BETWEEN_MAX && result == 0; i++)
    {
      if (!code_decode (code, address, instruction))
	break;
      address += instruction->size;
      if (code_marks (code, address) & CODE_TARGET)
	break;
      if (i > 0 && tests_result (instruction))
	tested = true;
      else if (instruction->id == X86_INS_JE)
	result = tested ? address : 0;
      if (i > 0 && cs_insn_group (code->capstone, instruction, CS_GRP_JUMP))
	break;
      if (i > 0 && cs_insn_group (code->capstone, instruction, CS_GRP_CALL))
	break;
    }
  cs_free (instruction, 1);
  return result;
}

/* The machine's number of REGISTER, if it can be a pointer to a structure.  */
static unsigned
pointer_register (x86_reg reg)
{
  static const x86_reg registers[][2] = {
    { X86_REG_RAX, X86_REG_EAX },	  { X86_REG_RCX, X86_REG_ECX },
    { X86_REG_RDX, X86_REG_EDX },	  { X86_REG_RBX, X86_REG_EBX },
    { X86_REG_INVALID, X86_REG_INVALID }, { X86_REG_INVALID, X86_REG_INVALID },
    { X86_REG_RSI, X86_REG_ESI },	  { X86_REG_RDI, X86_REG_EDI },
    { X86_REG_R8, X86_REG_R8 },		  { X86_REG_R9, X86_REG_R9 },
    { X86_REG_R10, X86_REG_R10 },	  { X86_REG_R11, X86_REG_R11 },
    { X86_REG_R12, X86_REG_R12 },	  { X86_REG_R13, X86_REG_R13 },
    { X86_REG_R14, X86_REG_R14 },	  { X86_REG_R15, X86_REG_R15 },
  };

  if (reg == X86_REG_INVALID)
    return REGISTER_NONE;
  for (unsigned i = 0; i < sizeof registers / sizeof registers[0]; i++)
    if (registers[i][0] == reg || registers[i][1] == reg)
      return i;
  return REGISTER_NONE;
}

uint64_t
static_store (const struct code *code, uint64_t address, uint64_t end,
	      int64_t offset, unsigned bytes, unsigned *base)
{
  cs_insn *instruction = cs_malloc (code->capstone);
  uint64_t found = 0;

  while (found == 0 && (address = code_next (code, address, end)) < end
	 && code_decode (code, address, instruction))
    {
      const cs_x86_op *operands = instruction->detail->x86.operands;
      if (instruction->id == X86_INS_MOV && operands[0].type == X86_OP_MEM
	  && operands[1].type == X86_OP_REG && operands[0].size == bytes
	  && operands[0].mem.segment == X86_REG_INVALID
	  && operands[0].mem.index == X86_REG_INVALID
	  && operands[0].mem.disp == offset
	  && (*base = pointer_register (operands[0].mem.base))
		 != REGISTER_NONE)
	found = address;
      address += instruction->size;
    }
  cs_free (instruction, 1);
  return found;
}
