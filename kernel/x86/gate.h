/* Gates: where a patched site's jump leads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A gate saves the registers, calls dtrace_hit with interrupts off,
   restores everything, executes the moved copy of the displaced
   instructions and jumps back behind them.  Only in dtrace_hit are
   interrupts off; the moved instructions run in their own conditions, and a
   thread may block there.  So gates are never freed.  */

#ifndef MDTRACE_X86_GATE_H
#define MDTRACE_X86_GATE_H

#include "dtrace.h"

/* What the gate leaves on the stack for dtrace_hit, lowest address first.
   Registers that a C function may not change are not there.  */
#ifdef __x86_64__
struct saved_registers
{
  word_t r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
  word_t flags;
};
#else
struct saved_registers
{
  word_t edx, ecx, eax;
  word_t flags;
};
#endif

/* How far from the beginning of struct saved_registers an argument is of
   which a function's table says PLACE; negative if the gate does not save
   it.  What the stack held at the function's entry, the return address
   first, lies above the structure.  */
int gate_argument_offset (unsigned place);

/* Make the gate of SITE.  Returns MDTRACE_OK or MDTRACE_ERR_NO_MEMORY.  */
int gate_make (struct dtrace_site *site);

/* Write the jump to its gate over SITE's text.  Errors: TEXT_CHANGED,
   SITE_BUSY.  */
int site_patch (struct dtrace_site *site);

/* Put the kernel's own bytes back.  */
void site_restore (struct dtrace_site *site);

#endif /* MDTRACE_X86_GATE_H */
