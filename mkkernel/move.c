/* Moving instructions to another place.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Most instructions do the same wherever they are.  What does not is what
   refers to its own address:

     an operand relative to RIP	  its displacement is mended
     jmp, jcc			  gets a displacement of 32 bits, mended
     call			  pushes the address behind the original call,
				  then jumps: whoever looks at the stack, the
				  debugger or the scheduler, sees what it
				  would have seen
     loop, jcxz			  has no form with 32 bits: not moved

   Opcodes and encodings: Intel 64 and IA-32 Architectures Software
   Developer's Manual, volume 2.  */

#include <config.h>

#include <string.h>

#include "move.h"

enum
{
  OPCODE_TWO_BYTES = 0x0f,
  OPCODE_JCC_32 = 0x80, /* after 0x0f; the low four bits: the condition */
  OPCODE_PUSH_32 = 0x68,
  OPCODE_JUMP_32 = 0xe9
};

static bool
append (struct plan *plan, const void *bytes, unsigned count)
{
  if (plan->moved_bytes + count > sizeof plan->moved)
    return false;
  memcpy (plan->moved + plan->moved_bytes, bytes, count);
  plan->moved_bytes += count;
  return true;
}

/* Note that the 32 bits at OFFSET in the moved copy, in an instruction that
   ends at END, must lead to TARGET.  */
static bool
add_fixup (struct plan *plan, unsigned offset, unsigned end, uint64_t target)
{
  if (plan->fixups == PLAN_FIXUPS_MAX)
    return false;
  plan->fixup[plan->fixups++]
      = (struct table_fixup){ .target = target, .at = offset, .end = end };
  return true;
}

/* Append the opcode of OPCODE_BYTES bytes with a displacement of 32 bits that
   leads to TARGET.  */
static bool
append_branch (struct plan *plan, const uint8_t *opcode, unsigned opcode_bytes,
	       uint64_t target)
{
  static const uint8_t displacement[4];

  return append (plan, opcode, opcode_bytes)
	 && append (plan, displacement, sizeof displacement)
	 && add_fixup (plan, plan->moved_bytes - 4, plan->moved_bytes, target);
}

static bool
move_call (const struct code *code, const cs_insn *instruction,
	   uint64_t target, struct plan *plan)
{
  uint64_t back = instruction->address + instruction->size;
  uint8_t push[5]
      = { OPCODE_PUSH_32, back, back >> 8, back >> 16, back >> 24 };
  static const uint8_t jump = OPCODE_JUMP_32;

  /* A push of 32 bits extends the sign, which is right for the addresses of
     a 64-bit kernel and for no others.  */
  if (code->kernel->word_bytes == 8 && (int64_t) back != (int32_t) back)
    return false;
  return append (plan, push, sizeof push)
	 && append_branch (plan, &jump, 1, target);
}

static bool
move_branch (const struct code *code, const cs_insn *instruction,
	     uint64_t target, struct plan *plan)
{
  const uint8_t *bytes = instruction->bytes;
  uint8_t opcode[2] = { OPCODE_TWO_BYTES, OPCODE_JCC_32 };

  switch (instruction->id)
    {
    case X86_INS_CALL:
      return move_call (code, instruction, target, plan);
    case X86_INS_JMP:
      opcode[0] = OPCODE_JUMP_32;
      return append_branch (plan, opcode, 1, target);
    case X86_INS_LOOP:
    case X86_INS_LOOPE:
    case X86_INS_LOOPNE:
    case X86_INS_JCXZ:
    case X86_INS_JECXZ:
    case X86_INS_JRCXZ:
      return false;
    default:
      /* A condition: 0x7C with 8 bits, 0x0f 0x8C with 32.  Prefixes are
	 hints, which are left away.  */
      if (instruction->size == 2 && bytes[0] >> 4 == 7)
	opcode[1] |= bytes[0] & 15;
      else if (instruction->size == 6 && bytes[0] == OPCODE_TWO_BYTES
	       && bytes[1] >> 4 == 8)
	opcode[1] |= bytes[1] & 15;
      else
	return false;
      return append_branch (plan, opcode, 2, target);
    }
}

bool
move_instruction (const struct code *code, const cs_insn *instruction,
		  struct plan *plan)
{
  uint64_t target;
  unsigned operand_at;
  unsigned begin = plan->moved_bytes;

  if (code_branch_target (instruction, &target))
    return move_branch (code, instruction, target, plan);
  switch (instruction->id)
    {
    case X86_INS_CALL:
      /* By a register or memory: the return address would be elsewhere.  */
    case X86_INS_INT3:
    case X86_INS_UD2:
      /* Their address is looked at.  */
    case X86_INS_STI:
    case X86_INS_HLT:
      /* Between these two no interrupt comes in, elsewhere it would: the CPU
	 would sleep over what it brought.  */
      return false;
    default:
      break;
    }
  if (!append (plan, instruction->bytes, instruction->size))
    return false;
  if (code_relative_operand (instruction, &target, &operand_at))
    return operand_at != 0
	   && add_fixup (plan, begin + operand_at, plan->moved_bytes, target);
  return true;
}
