/* Gates: where a patched site's jump leads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A gate saves the registers, calls dtrace_hit_alone with interrupts off,
   restores everything, executes the moved copy of the displaced
   instructions and jumps back behind them.  Only in dtrace_hit_alone are
   interrupts off; the moved instructions run in their own conditions, and a
   thread may block there.  So gates are never freed.  */

#ifndef MDTRACE_X86_GATE_H
#define MDTRACE_X86_GATE_H

#include "sites.h"

/* What a gate, or the entry of a breakpoint, leaves on the stack for
   dtrace_hit, lowest address first.  Registers that a C function may not
   change are there only at a breakpoint: below, see breakpoint.h.  */
#ifdef __x86_64__
struct saved_registers
{
  word_t r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
};
#else
struct saved_registers
{
  word_t edx, ecx, eax;
};
#endif

enum
{
  GATE_NO_REGISTER = INT16_MIN,
  /* Words between the saved registers and the stack as it was, on i386.  */
  GATE_FRAME_WORDS = 3
};

/* The offset, from struct saved_registers on, of the register with NUMBER, as
   the machine encodes it, or of the word on the stack that SITE_ON_STACK + its
   number stands for; GATE_NO_REGISTER if it is not there.  Negative if only a
   breakpoint saves it.  */
int gate_register_offset (unsigned number);

/* The same for the register that holds what a function returns.  */
int gate_result_offset (void);

/* Make the gate of SITE, whose plan is a jump.  Returns MDTRACE_OK or
   MDTRACE_ERR_NO_MEMORY.  */
int gate_make (struct dtrace_site *site);

/* Write at AT, where it is to be executed, the moved instructions of TABLE and
   the jump back behind them.  */
void gate_put_moved (const struct table_site *table, uint8_t *at);

/* The time stamp counts that a gate takes by itself; 0 if there is no memory
   for one.  */
uint32_t gate_measure (void);

#endif /* MDTRACE_X86_GATE_H */
