/* Slots: one instruction, executed elsewhere.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Behind a breakpoint the kernel goes on in a slot: a copy of the
   instruction under the breakpoint, mended as its class says, and a jump to
   the one behind.  A thread may block there, so slots are never freed.  */

#ifndef MDTRACE_X86_SLOT_H
#define MDTRACE_X86_SLOT_H

#include "mach_kernel.h"

enum
{
  SLOT_BYTES_MAX = 24
};

/* Write a slot for the instruction at ORIGINAL, whose place is ADDRESS and
   whose byte in the table of classes is CLASS.  Returns its bytes.  */
unsigned slot_make (uint8_t *slot, const uint8_t *original, word_t address,
		    uint8_t class);

#endif /* MDTRACE_X86_SLOT_H */
