/* How each probe site is to be instrumented.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A jump of five bytes replaces the instructions that it covers; they are
   moved, with what in them is relative to their place mended.  It needs
   that nothing jumps into the covered bytes but to the first, that all of
   them belong to the function or are filling, that every instruction can be
   executed elsewhere, and that no fault in them is recovered by address.
   Where that fails a breakpoint on the first byte will do, if the one
   instruction under it can be executed elsewhere: class.h.  */

#ifndef MKKERNEL_PLAN_H
#define MKKERNEL_PLAN_H

#include "code.h"
#include "mdtrace_types.h"
#include "site_table.h"

enum
{
  PLAN_FIXUPS_MAX = 4
};

struct plan
{
  uint64_t address; /* of the event */
  enum mdtrace_probe_kind kind;
  enum site_plan plan;
  enum mdtrace_reason reason; /* why it is not SITE_PLAN_JUMP */
  unsigned lead;	      /* the jump begins that much earlier */
  unsigned displaced_bytes;   /* from where the jump begins */
  unsigned moved_bytes;
  uint8_t moved[SITE_CODE_BYTES_MAX];
  unsigned fixups;
  struct table_fixup fixup[PLAN_FIXUPS_MAX];
};

/* A function's sites.  */
struct function_plan
{
  const struct function *function;
  struct plan entry;
  struct plan *returns; /* by address */
  size_t return_count;
};

/* Plan all functions of CODE, and fill in its classes; as many plans as there
   are functions, in the same order.  */
struct function_plan *plan_functions (struct code *code);

/* The plan for the instruction at ADDRESS in FUNCTION.  */
struct plan plan_address (const struct code *code,
			  const struct function *function, uint64_t address);

/* The plan for the entry of FUNCTION, where mdtrace hooks itself in.  */
struct plan plan_hooked_entry (const struct code *code,
			       const struct function *function);

/* A sentence on REASON.  */
const char *plan_reason_words (enum mdtrace_reason reason);

#endif /* MKKERNEL_PLAN_H */
