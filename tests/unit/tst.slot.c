/* Slots of every instruction of real kernels do what it does.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel part makes them by the classes alone; here they are decoded again
   and compared with the original, and with what mdtrace-mkkernel makes of it
   for a gate.  */

#include "real_kernel.h"
#include "move.h"
#include "mach_kernel.h"
#include "x86/patch.h"
#include "x86/slot.h"

static uint8_t *slot;
static unsigned slot_bytes, seen[16];

/* Where the slot would be, were it as near to the kernel as slots are: its
   operands have 32 bits, and so much of the address.  */
static uint64_t
place_of (const struct kernel *kernel, const uint8_t *byte)
{
  uint64_t low = (uint32_t) (word_t) byte;

  return kernel->word_bytes == 8 ? low | UINT64_C (0xffffffff00000000) : low;
}

/* Decode what is at AT in the slot into INSTRUCTION; returns its bytes.  */
static unsigned
decode (const struct real_kernel *real, unsigned at, cs_insn *instruction)
{
  const uint8_t *from = slot + at;
  size_t left = slot_bytes - at;
  uint64_t address = place_of (&real->kernel, from);

  CHECK (at < slot_bytes);
  CHECK (cs_disasm_iter (real->code.capstone, &from, &left, &address,
			 instruction));
  return instruction->size;
}

/* What is at AT in the slot must be a jump to TARGET, and the last.  */
static void
check_last_jump (const struct real_kernel *real, unsigned at, uint64_t target,
		 cs_insn *instruction)
{
  uint64_t leads;

  CHECK_NUMBER (at + decode (real, at, instruction), slot_bytes);
  CHECK_NUMBER (instruction->id, X86_INS_JMP);
  CHECK (code_branch_target (instruction, &leads));
  CHECK_NUMBER (leads, target);
}

/* At AT there must be a push of the address BEHIND.  */
static unsigned
check_push (const struct real_kernel *real, unsigned at, uint64_t behind,
	    cs_insn *instruction)
{
  uint64_t mask = real->kernel.word_bytes == 8 ? UINT64_MAX : UINT32_MAX;

  at += decode (real, at, instruction);
  CHECK_NUMBER (instruction->id, X86_INS_PUSH);
  CHECK_NUMBER (instruction->detail->x86.operands[0].type, X86_OP_IMM);
  CHECK_NUMBER (instruction->detail->x86.operands[0].imm & mask,
		behind & mask);
  return at;
}

/* A and B must have the same operands, and lead to the same.  */
static void
check_operands (const cs_insn *a, const cs_insn *b)
{
  const cs_x86 *x = &a->detail->x86, *y = &b->detail->x86;
  uint64_t target_a, target_b;
  unsigned at;
  bool relative = code_relative_operand (a, &target_a, &at);

  CHECK_NUMBER (x->op_count, y->op_count);
  CHECK (memcmp (x->prefix, y->prefix, sizeof x->prefix) == 0);
  CHECK_NUMBER (x->rex, y->rex);
  CHECK_NUMBER (relative, code_relative_operand (b, &target_b, &at));
  if (relative)
    CHECK_NUMBER (target_a, target_b);
  for (int i = 0; i < x->op_count; i++)
    {
      cs_x86_op one = x->operands[i], other = y->operands[i];
      if (relative && one.type == X86_OP_MEM)
	one.mem.disp = other.mem.disp = 0;
      CHECK (memcmp (&one, &other, sizeof one) == 0);
    }
}

/* What mdtrace-mkkernel would make of the ORIGINAL must be what the slot has
   before its last jump, if it is not one itself.  */
static void
compare_with_gate (const struct real_kernel *real, const cs_insn *original)
{
  struct plan plan = { .moved_bytes = 0 };
  uint8_t *moved = plan.moved;

  if (!move_instruction (&real->code, original, &plan))
    return;
  for (unsigned i = 0; i < plan.fixups; i++)
    patch_put_relative (moved + plan.fixup[i].at, slot + plan.fixup[i].end,
			plan.fixup[i].target);
  CHECK (plan.moved_bytes == slot_bytes
	 || plan.moved_bytes + SITE_JUMP_BYTES == slot_bytes);
  CHECK (memcmp (moved, slot, plan.moved_bytes) == 0);
}

static void
check_slot (struct real_kernel *real, uint8_t class)
{
  static cs_insn *copy;
  const cs_insn *original = real->instruction;
  uint64_t behind = original->address + original->size;
  uint64_t target = 0, leads;
  unsigned at = 0;

  CHECK_NUMBER (SITE_CLASS_LENGTH (class), original->size);
  seen[SITE_CLASS_OF (class)]++;
  if (SITE_CLASS_OF (class) >= SITE_CLASS_CANNOT_MOVE)
    return;
  if (copy == NULL)
    copy = cs_malloc (real->code.capstone);
  bool branches = code_branch_target (original, &target);
  /* In a block of its own: no more is read than the instruction.  */
  uint8_t *bytes = malloc (original->size);
  memcpy (bytes, original->bytes, original->size);
  memset (slot, 0xa5, 64);
  slot_bytes = slot_make (slot, bytes, original->address, class);
  free (bytes);
  CHECK (slot_bytes <= SLOT_BYTES_MAX);
  for (unsigned i = slot_bytes; i < 64; i++)
    CHECK_NUMBER (slot[i], 0xa5);
  compare_with_gate (real, original);
  switch (SITE_CLASS_OF (class))
    {
    case SITE_CLASS_CALL:
      CHECK (branches && original->id == X86_INS_CALL);
      at = check_push (real, 0, behind, copy);
      check_last_jump (real, at, target, copy);
      break;
    case SITE_CLASS_JUMP_8:
    case SITE_CLASS_JUMP_32:
      CHECK (branches && original->id == X86_INS_JMP);
      check_last_jump (real, 0, target, copy);
      break;
    case SITE_CLASS_CONDITION_8:
    case SITE_CLASS_CONDITION_32:
      at = decode (real, 0, copy);
      CHECK_NUMBER (copy->id, original->id);
      CHECK (branches && code_branch_target (copy, &leads));
      CHECK_NUMBER (leads, target);
      check_last_jump (real, at, behind, copy);
      break;
    case SITE_CLASS_CALL_INDIRECT:
    case SITE_CLASS_CALL_RELATIVE:
      CHECK (!branches && original->id == X86_INS_CALL);
      at = check_push (real, 0, behind, copy);
      CHECK_NUMBER (at + decode (real, at, copy), slot_bytes);
      CHECK_NUMBER (copy->id, X86_INS_JMP);
      check_operands (original, copy);
      break;
    default:
      CHECK (!branches);
      at = decode (real, 0, copy);
      CHECK_NUMBER (copy->id, original->id);
      CHECK_NUMBER (copy->size, original->size);
      check_operands (original, copy);
      if (SITE_CLASS_OF (class) == SITE_CLASS_PLAIN)
	{
	  CHECK (memcmp (copy->bytes, original->bytes, original->size) == 0);
	  /* Relative to the lower half of the register, which no kernel
	     does.  */
	  for (int i = 0; i < original->detail->x86.op_count; i++)
	    CHECK (original->detail->x86.operands[i].type != X86_OP_MEM
		   || original->detail->x86.operands[i].mem.base
			  != X86_REG_EIP);
	}
      check_last_jump (real, at, behind, copy);
      break;
    }
}

static void
check_all (struct real_kernel *real)
{
  unsigned movable = 0;

  slot = standin_map (64);
  real_kernel_visit (real, check_slot);
  for (unsigned class = 0; class < SITE_CLASS_CANNOT_MOVE; class ++)
    movable += seen[class];
  printf ("# %u instructions, and %u that are not moved\n", movable,
	  seen[SITE_CLASS_CANNOT_MOVE] + seen[SITE_CLASS_RECOVERED]
	      + seen[SITE_CLASS_REFUSED]);
  CHECK (movable > 50000);
  CHECK (seen[SITE_CLASS_CALL] > 5000 && seen[SITE_CLASS_CONDITION_8] > 2000);
  CHECK (seen[SITE_CLASS_CALL_INDIRECT] > 50);
  CHECK (real->kernel.word_bytes == 4 || seen[SITE_CLASS_RELATIVE] > 2000);
}

static void
does_the_same_with_64_bits (void)
{
  real_kernel_check ("gnumach-1.8-amd64-up-dbg.gz", check_all);
}

static void
does_the_same_with_32_bits (void)
{
  real_kernel_check ("gnumach-1.8-486-up-dbg.gz", check_all);
}

TAP_MAIN ({ does_the_same_with_64_bits, "slots of an x86_64 kernel" },
	  { does_the_same_with_32_bits, "slots of an i386 kernel" })
