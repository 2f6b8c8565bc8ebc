/* Gates: where a patched site's jump leads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "mdtrace_errors.h"
#include "pages.h"
#include "symbols.h"
#include "x86/breakpoint.h"
#include "x86/cpu.h"
#include "x86/gate.h"
#include "x86/patch.h"

#if MACH_DYNAMIC_PROBES

/* In assembly: the template, and the ends of the two operands in it
   that differ from gate to gate.  */
extern const uint8_t gate_template[], gate_template_end[];
extern const uint8_t gate_template_site[], gate_template_call[];

/* Where the registers are that only a breakpoint saves.  */
#define BREAKPOINT_OFFSET(register)                                           \
  ((int) offsetof (struct breakpoint_frame, register)                         \
   - (int) offsetof (struct breakpoint_frame, saved))

int
gate_register_offset (unsigned number)
{
  static const int16_t offsets[16] = {
#ifdef __x86_64__
    [0] = offsetof (struct saved_registers, rax),
    [1] = offsetof (struct saved_registers, rcx),
    [2] = offsetof (struct saved_registers, rdx),
    [3] = BREAKPOINT_OFFSET (rbx),
    [4] = GATE_NO_REGISTER,
    [5] = BREAKPOINT_OFFSET (rbp),
    [6] = offsetof (struct saved_registers, rsi),
    [7] = offsetof (struct saved_registers, rdi),
    [8] = offsetof (struct saved_registers, r8),
    [9] = offsetof (struct saved_registers, r9),
    [10] = offsetof (struct saved_registers, r10),
    [11] = offsetof (struct saved_registers, r11),
    [12] = BREAKPOINT_OFFSET (r12),
    [13] = BREAKPOINT_OFFSET (r13),
    [14] = BREAKPOINT_OFFSET (r14),
    [15] = BREAKPOINT_OFFSET (r15),
#else
    [0] = offsetof (struct saved_registers, eax),
    [1] = offsetof (struct saved_registers, ecx),
    [2] = offsetof (struct saved_registers, edx),
    [3] = BREAKPOINT_OFFSET (ebx),
    [4] = GATE_NO_REGISTER,
    [5] = BREAKPOINT_OFFSET (ebp),
    [6] = BREAKPOINT_OFFSET (esi),
    [7] = BREAKPOINT_OFFSET (edi),
    [8 ... 15] = GATE_NO_REGISTER,
#endif
  };

#ifdef __i386__
  /* Gates and breakpoints leave the same number of words between the
     registers and the stack as it was.  */
  if (number >= SITE_ON_STACK && number < SITE_ON_STACK + SITE_STACK_WORDS_MAX)
    return sizeof (struct saved_registers)
	   + (GATE_FRAME_WORDS + 1 + number - SITE_ON_STACK) * sizeof (word_t);
#endif
  return number < 16 ? offsets[number] : GATE_NO_REGISTER;
}

int
gate_result_offset (void)
{
#ifdef __x86_64__
  return offsetof (struct saved_registers, rax);
#else
  return offsetof (struct saved_registers, eax);
#endif
}

/* What there is before the moved instructions, and room for BYTES bytes of
   these: for a hit of SITE, which HANDLER handles.  Null if there is no
   memory.  */
static uint8_t *
make_head (const struct dtrace_site *site, word_t handler, word_t bytes)
{
  word_t template_bytes = gate_template_end - gate_template;
  uint8_t *gate = pages_allocate_code (template_bytes + bytes);

  if (gate == NULL)
    return NULL;
  copy_memory (gate, gate_template, template_bytes);
  patch_put_32 (gate + (gate_template_site - gate_template) - 4,
		(word_t) site);
  uint8_t *call = gate + (gate_template_call - gate_template);
  patch_put_relative (call - 4, call, handler);
  return gate;
}

void
gate_put_moved (const struct table_site *table, uint8_t *at)
{
  const struct table_fixup *fixups = symbols_fixups (table);

  copy_memory (at, symbols_code (table) + table->original_bytes,
	       table->moved_bytes);
  for (unsigned i = 0; i < table->fixups; i++)
    patch_put_relative (at + fixups[i].at, at + fixups[i].end,
			fixups[i].target);
  patch_make_jump (at + table->moved_bytes,
		   table->address - table->lead + table->displaced_bytes);
}

int
gate_make (struct dtrace_site *site)
{
  const struct table_site *table = site->table;
  uint8_t *gate = make_head (site, (word_t) dtrace_hit_alone,
			     table->moved_bytes + SITE_JUMP_BYTES);

  if (gate == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  gate_put_moved (table, gate + (gate_template_end - gate_template));
  site->gate = gate;
  return MDTRACE_OK;
}

#ifndef MDTRACE_STANDIN

enum
{
  OPCODE_RETURN = 0xc3,
  TRIES = 16
};

/* What handles nothing.  */
static void __attribute__ ((noinline))
handle_nothing (void)
{
  __asm__ volatile("");
}

uint32_t
gate_measure (void)
{
  uint8_t *gate = make_head (NULL, (word_t) handle_nothing, 1);
  uint64_t least = UINT32_MAX;

  if (gate == NULL)
    return 0;
  gate[gate_template_end - gate_template] = OPCODE_RETURN;
  for (unsigned i = 0; i < TRIES; i++)
    {
      word_t flags = interrupts_disable ();
      uint64_t before = time_stamp ();
      __asm__ volatile("call *%0" : : "r"(gate) : "memory", "cc");
      uint64_t taken = time_stamp () - before;
      interrupts_restore (flags);
      if (taken < least)
	least = taken;
    }
  return least;
}

#endif /* MDTRACE_STANDIN */
#endif /* MACH_DYNAMIC_PROBES */
