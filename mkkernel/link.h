/* Linking the kernel part to a kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_LINK_H
#define MKKERNEL_LINK_H

#include <stdbool.h>

#include "debug_info.h"
#include "plan.h"

/* A function that jumps to mdtrace from its first byte on.  */
struct hook
{
  const char *function;
  struct plan plan; /* of the function's entry */
  uint64_t target;  /* mdtrace's code for it */
};

enum
{
  HOOKS_MAX = 4
};

/* The kernel part, ready to be loaded.  */
struct linked
{
  uint64_t address;	 /* of its first byte */
  uint64_t file_bytes;	 /* at IMAGE */
  uint64_t memory_bytes; /* with what is zero at first */
  uint8_t *image;
  struct hook hooks[HOOKS_MAX];
  unsigned hook_count;
  struct symbol *symbols; /* of the kernel part, for the debugger */
  size_t symbol_count;
  Elf *elf; /* that the above point into */
};

/* Whether mdtrace is hooked into the function NAME.  */
bool link_is_hooked (const char *name);

/* Write at AT the jump that leads from ADDRESS to TARGET.  */
void link_put_jump (uint8_t *at, uint64_t address, uint64_t target);

/* Link OBJECT with the TABLE of BYTES bytes behind the end of KERNEL.  */
void link_kernel_part (const struct kernel *kernel, const struct code *code,
		       const struct function_plan *plans,
		       const struct debug_info *info, const char *object,
		       const void *table, size_t bytes, struct linked *linked);

#endif /* MKKERNEL_LINK_H */
