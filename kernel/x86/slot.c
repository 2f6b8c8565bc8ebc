/* Slots: one instruction, executed elsewhere.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Opcodes: Intel 64 and IA-32 Architectures Software Developer's Manual,
   volume 2.  A call pushes the address behind the original one: whoever looks
   at the stack sees what it would have seen.  */

#include <config.h>

#include "site_table.h"
#include "x86/cpu.h"
#include "x86/patch.h"
#include "x86/slot.h"

#if MACH_DYNAMIC_PROBES

enum
{
  OPCODE_TWO_BYTES = 0x0f,
  OPCODE_CONDITION_32 = 0x80,
  OPCODE_PUSH_32 = 0x68,
  OPCODE_GROUP_5 = 0xff,
  GROUP_5_CALL = 2 << 3, /* in the ModRM byte */
  GROUP_5_JUMP = 4 << 3,
  GROUP_5_MASK = 7 << 3
};

static uint32_t
get_32 (const uint8_t *from)
{
  return from[0] | from[1] << 8 | from[2] << 16 | (uint32_t) from[3] << 24;
}

/* Write an opcode's operand that leads to TARGET, and return its end.  */
static uint8_t *
put_target (uint8_t *to, word_t target)
{
  patch_put_relative (to, to + 4, target);
  return to + 4;
}

static uint8_t *
put_push (uint8_t *to, word_t value)
{
  *to++ = OPCODE_PUSH_32;
  patch_put_32 (to, value);
  return to + 4;
}

/* Copy the call by register or memory of LENGTH bytes as a jump.  */
static uint8_t *
put_indirect (uint8_t *to, const uint8_t *original, unsigned length)
{
  unsigned opcode = 0;

  copy_memory (to, original, length);
  while (to[opcode] != OPCODE_GROUP_5)
    opcode++;
  to[opcode + 1] = (to[opcode + 1] & ~GROUP_5_MASK) | GROUP_5_JUMP;
  return to + length;
}

unsigned
slot_make (uint8_t *slot, const uint8_t *original, word_t address,
	   uint8_t class)
{
  unsigned length = SITE_CLASS_LENGTH (class);
  word_t behind = address + length;
  /* Where a displacement at the instruction's end leads.  */
  word_t near = behind + (int8_t) original[length - 1];
  word_t far
      = length >= 4 ? behind + (int32_t) get_32 (original + length - 4) : 0;
  unsigned rest = 0; /* bytes behind the displacement */
  uint8_t *to = slot;

  switch (SITE_CLASS_OF (class))
    {
    case SITE_CLASS_RELATIVE_4:
      rest += 2;
      /* Fall through.  */
    case SITE_CLASS_RELATIVE_2:
      rest += 1;
      /* Fall through.  */
    case SITE_CLASS_RELATIVE_1:
      rest += 1;
      /* Fall through.  */
    case SITE_CLASS_RELATIVE:
      copy_memory (to, original, length);
      to += length;
      patch_put_relative (
	  to - rest - 4, to,
	  behind + (int32_t) get_32 (original + length - rest - 4));
      break;
    case SITE_CLASS_CONDITION_8:
      *to++ = OPCODE_TWO_BYTES;
      *to++ = OPCODE_CONDITION_32 | (original[0] & 15);
      to = put_target (to, near);
      break;
    case SITE_CLASS_CONDITION_32:
      *to++ = original[0];
      *to++ = original[1];
      to = put_target (to, far);
      break;
    case SITE_CLASS_JUMP_8:
      patch_make_jump (to, near);
      return SITE_JUMP_BYTES;
    case SITE_CLASS_JUMP_32:
      patch_make_jump (to, far);
      return SITE_JUMP_BYTES;
    case SITE_CLASS_CALL:
      to = put_push (to, behind);
      patch_make_jump (to, far);
      return to + SITE_JUMP_BYTES - slot;
    case SITE_CLASS_CALL_INDIRECT:
      to = put_push (to, behind);
      to = put_indirect (to, original, length);
      return to - slot;
    case SITE_CLASS_CALL_RELATIVE:
      to = put_push (to, behind);
      to = put_indirect (to, original, length);
      put_target (to - 4, far);
      return to - slot;
    default:
      copy_memory (to, original, length);
      to += length;
      break;
    }
  patch_make_jump (to, behind);
  return to + SITE_JUMP_BYTES - slot;
}

#endif /* MACH_DYNAMIC_PROBES */
