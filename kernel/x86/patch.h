/* Changing the kernel's text while it runs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Only from threads, never from an interrupt.  With one CPU and interrupts
   off nobody else executes; what remains is a thread that is blocked with
   its program counter, or a return address, inside the bytes that change,
   and that is looked for.  */

#ifndef MDTRACE_X86_PATCH_H
#define MDTRACE_X86_PATCH_H

#include "mach_kernel.h"

/* Write a jump to TARGET at AT, where it is to be executed.  */
void patch_make_jump (uint8_t *at, word_t target);

/* Write into JUMP the jump to TARGET that is to be executed at ADDRESS.  */
void patch_make_jump_from (uint8_t *jump, word_t address, word_t target);

/* Write the jump of five bytes at JUMP over TEXT, where EXPECTED stands.
   Returns MDTRACE_OK, MDTRACE_ERR_TEXT_CHANGED if something else stands
   there, or MDTRACE_ERR_SITE_BUSY if a thread is blocked inside.  */
int patch_write_jump (uint8_t *text, const uint8_t *expected,
		      const uint8_t *jump);

/* Write BYTES bytes at FROM over TEXT, read-only as it is.  */
void patch_write (uint8_t *text, const uint8_t *from, word_t bytes);

#endif /* MDTRACE_X86_PATCH_H */
