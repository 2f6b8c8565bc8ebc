/* Changing the kernel's text while it runs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "mdtrace_errors.h"
#include "site_table.h"
#include "stacks.h"
#include "x86/cpu.h"
#include "x86/patch.h"

#if MACH_DYNAMIC_PROBES

enum
{
  OPCODE_JUMP = 0xe9
};

#ifndef MDTRACE_STANDIN
static const word_t cr0_write_protect = 1 << 16;

static word_t
writable_begin (void)
{
  word_t cr0;

  __asm__ volatile ("mov %%cr0, %0" : "=r" (cr0));
  __asm__ volatile ("mov %0, %%cr0"
		    :
		    : "r" (cr0 & ~cr0_write_protect)
		    : "memory");
  return cr0;
}

/* To load CR0 also makes the processor forget what it has decoded of the
   old text.  */
static void
writable_end (word_t cr0)
{
  __asm__ volatile ("mov %0, %%cr0" : : "r" (cr0) : "memory");
}
#endif /* MDTRACE_STANDIN */

void
patch_make_jump_from (uint8_t *jump, word_t address, word_t target)
{
  uint32_t displacement = target - (address + SITE_JUMP_BYTES);

  jump[0] = OPCODE_JUMP;
  for (int i = 0; i < 4; i++)
    jump[1 + i] = displacement >> 8 * i;
}

void
patch_make_jump (uint8_t *at, word_t target)
{
  patch_make_jump_from (at, (word_t) at, target);
}

void
patch_write (uint8_t *text, const uint8_t *from, word_t bytes)
{
  word_t flags = interrupts_disable ();
  word_t cr0 = writable_begin ();

  copy_memory (text, from, bytes);
  writable_end (cr0);
  interrupts_restore (flags);
}

int
patch_write_jump (uint8_t *text, const uint8_t *expected, const uint8_t *jump)
{
  int error = MDTRACE_OK;
  word_t flags = interrupts_disable ();

  for (unsigned i = 0; i < SITE_JUMP_BYTES; i++)
    if (text[i] != expected[i])
      error = MDTRACE_ERR_TEXT_CHANGED;
  if (error == MDTRACE_OK
      && stacks_point_into ((word_t) text + 1, (word_t) text + SITE_JUMP_BYTES))
    error = MDTRACE_ERR_SITE_BUSY;
  if (error == MDTRACE_OK)
    patch_write (text, jump, SITE_JUMP_BYTES);
  interrupts_restore (flags);
  return error;
}

#endif /* MACH_DYNAMIC_PROBES */
