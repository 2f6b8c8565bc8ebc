/* What must be mended in a copy of each instruction.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel part sets a breakpoint at any instruction, and executes a copy
   of that one instruction elsewhere.  It never decodes any: one byte of the
   table for each byte of the text says all that it needs, an enum site_class
   and the instruction's length.  */

#ifndef MKKERNEL_CLASS_H
#define MKKERNEL_CLASS_H

#include "code.h"
#include "mdtrace_types.h"
#include "site_table.h"

/* Fill in CODE->classes for the instructions of FUNCTION, which is not to be
   probed at all if REFUSED.  */
void class_function (struct code *code, const struct function *function,
		     bool refused);

/* The byte for ADDRESS.  */
static inline uint8_t
class_at (const struct code *code, uint64_t address)
{
  return kernel_in_text (code->kernel, address)
	     ? code->classes[address - code->kernel->text_start]
	     : 0;
}

/* Why there can be no breakpoint where that byte is CLASS; NONE if there
   can.  */
enum mdtrace_reason class_reason (uint8_t class);

#endif /* MKKERNEL_CLASS_H */
