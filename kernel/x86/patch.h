/* Changing the kernel's text while it runs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Only from threads, never from an interrupt.  A jump of five bytes is
   written only where one CPU runs: with interrupts off nobody else executes
   then, and what remains is a thread that is blocked with its program
   counter, or a return address, inside the bytes that change; that is looked
   for (stacks.h).  A breakpoint is one byte, which every CPU sees either
   before or after.  */

#ifndef MDTRACE_X86_PATCH_H
#define MDTRACE_X86_PATCH_H

#include "mach_kernel.h"

enum
{
  OPCODE_BREAKPOINT = 0xcc
};

/* Write the 32-bit VALUE at TO, which need not be aligned.  */
void patch_put_32 (uint8_t *to, uint32_t value);

/* Write at AT the 32-bit operand that makes an instruction that ends at END
   reach TARGET.  */
void patch_put_relative (uint8_t *at, const uint8_t *end, word_t target);

/* Write a jump to TARGET at AT, where it is to be executed.  */
void patch_make_jump (uint8_t *at, word_t target);

/* Write into JUMP the jump to TARGET that is to be executed at ADDRESS.  */
void patch_make_jump_from (uint8_t *jump, word_t address, word_t target);

/* Between these two, this CPU may write to its text, and takes no
   interrupts.  */
void patch_begin (void);
void patch_end (void);

/* A number that has changed if anything was patched since; waits until nobody
   is about to.  From a handler, on any CPU.  */
unsigned patch_sequence (void);

/* Write BYTES bytes at FROM over TEXT.  Between patch_begin and
   patch_end.  */
void patch_write (word_t text, const void *from, word_t bytes);

#endif /* MDTRACE_X86_PATCH_H */
