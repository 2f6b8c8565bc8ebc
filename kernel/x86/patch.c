/* Changing the kernel's text while it runs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "site_table.h"
#include "x86/cpu.h"
#include "x86/patch.h"

#if MACH_DYNAMIC_PROBES

enum
{
  OPCODE_JUMP = 0xe9
};

/* What patch_end restores.  [server lock]  */
static word_t saved_flags, saved_cr0;

/* Odd while a CPU patches.  [server lock to change]  */
static unsigned sequence;

#ifndef MDTRACE_STANDIN
static const word_t cr0_write_protect = 1 << 16;

static word_t
writable_begin (void)
{
  word_t cr0;

  __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("mov %0, %%cr0"
		   :
		   : "r"(cr0 & ~cr0_write_protect)
		   : "memory");
  return cr0;
}

/* To load CR0 also makes the processor forget what it has decoded of the
   old text.  */
static void
writable_end (word_t cr0)
{
  __asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
}
#endif /* MDTRACE_STANDIN */

void
patch_put_32 (uint8_t *to, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    to[i] = value >> 8 * i;
}

void
patch_put_relative (uint8_t *at, const uint8_t *end, word_t target)
{
  patch_put_32 (at, target - (word_t) end);
}

void
patch_make_jump_from (uint8_t *jump, word_t address, word_t target)
{
  jump[0] = OPCODE_JUMP;
  patch_put_32 (jump + 1, target - (address + SITE_JUMP_BYTES));
}

void
patch_make_jump (uint8_t *at, word_t target)
{
  patch_make_jump_from (at, (word_t) at, target);
}

void
patch_begin (void)
{
  word_t flags = interrupts_disable ();

  saved_flags = flags;
  saved_cr0 = writable_begin ();
  __atomic_store_n (&sequence, sequence + 1, __ATOMIC_RELAXED);
  store_barrier ();
}

void
patch_end (void)
{
  word_t flags = saved_flags;

  __atomic_store_n (&sequence, sequence + 1, __ATOMIC_RELEASE);
  writable_end (saved_cr0);
  interrupts_restore (flags);
}

unsigned
patch_sequence (void)
{
  unsigned now;

  while ((now = __atomic_load_n (&sequence, __ATOMIC_ACQUIRE)) & 1)
    cpu_relax ();
  return now;
}

void
patch_write (word_t text, const void *from, word_t bytes)
{
  copy_memory ((void *) text, from, bytes);
}

#endif /* MACH_DYNAMIC_PROBES */
