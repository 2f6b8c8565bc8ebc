/* Gates: where a patched site's jump leads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "mdtrace_errors.h"
#include "pages.h"
#include "symbols.h"
#include "x86/cpu.h"
#include "x86/gate.h"
#include "x86/patch.h"

#if MACH_DYNAMIC_PROBES

/* In assembly: the template, and the ends of the two operands in it
   that differ from gate to gate.  */
extern const uint8_t gate_template[], gate_template_end[];
extern const uint8_t gate_template_site[], gate_template_call[];

int
gate_argument_offset (unsigned place)
{
  static const int8_t offsets[16] = {
#ifdef __x86_64__
    [0] = offsetof (struct saved_registers, rax),
    [1] = offsetof (struct saved_registers, rcx),
    [2] = offsetof (struct saved_registers, rdx),
    [3] = -1,
    [4] = -1,
    [5] = -1,
    [6] = offsetof (struct saved_registers, rsi),
    [7] = offsetof (struct saved_registers, rdi),
    [8] = offsetof (struct saved_registers, r8),
    [9] = offsetof (struct saved_registers, r9),
    [10] = offsetof (struct saved_registers, r10),
    [11] = offsetof (struct saved_registers, r11),
    [12] = -1,
    [13] = -1,
    [14] = -1,
    [15] = -1,
#else
    [0] = offsetof (struct saved_registers, eax),
    [1] = offsetof (struct saved_registers, ecx),
    [2] = offsetof (struct saved_registers, edx),
    [3 ... 15] = -1,
#endif
  };

  if (place >= SITE_ON_STACK && place < SITE_ON_STACK + SITE_STACK_WORDS_MAX)
    return sizeof (struct saved_registers)
	   + (1 + place - SITE_ON_STACK) * sizeof (word_t);
  return place < 16 ? offsets[place] : -1;
}

/* Write the 32-bit VALUE at TO, which need not be aligned.  */
static void
put_32 (uint8_t *to, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    to[i] = value >> 8 * i;
}

/* Write the operand before END that makes an instruction that ends at
   END_OF_INSTRUCTION reach TARGET.  */
static void
put_relative (uint8_t *at, const uint8_t *end_of_instruction, word_t target)
{
  put_32 (at, target - (word_t) end_of_instruction);
}

int
gate_make (struct dtrace_site *site)
{
  const struct table_site *table = site->table;
  const struct table_fixup *fixups = symbols_fixups (table);
  word_t template_bytes = gate_template_end - gate_template;
  uint8_t *gate = pages_allocate_small (template_bytes + table->moved_bytes
					+ SITE_JUMP_BYTES);

  if (gate == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  copy_memory (gate, gate_template, template_bytes);
  put_32 (gate + (gate_template_site - gate_template) - 4, (word_t) site);
  uint8_t *call = gate + (gate_template_call - gate_template);
  put_relative (call - 4, call, (word_t) dtrace_hit);

  uint8_t *moved = gate + template_bytes;
  copy_memory (moved, symbols_code (table) + table->original_bytes,
	       table->moved_bytes);
  for (unsigned i = 0; i < table->fixups; i++)
    put_relative (moved + fixups[i].at, moved + fixups[i].end,
		  fixups[i].target);
  patch_make_jump (moved + table->moved_bytes,
		   table->address + table->displaced_bytes);
  site->gate = gate;
  return MDTRACE_OK;
}

int
site_patch (struct dtrace_site *site)
{
  uint8_t jump[SITE_JUMP_BYTES];
  uint8_t *text = (uint8_t *) (word_t) site->table->address;

  patch_make_jump_from (jump, (word_t) text, (word_t) site->gate);
  return patch_write_jump (text, symbols_code (site->table), jump);
}

void
site_restore (struct dtrace_site *site)
{
  patch_write ((uint8_t *) (word_t) site->table->address,
	       symbols_code (site->table), SITE_JUMP_BYTES);
}

#endif /* MACH_DYNAMIC_PROBES */
