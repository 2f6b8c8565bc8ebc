/* The plans for the sites of real kernels.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "real_kernel.h"

static unsigned jumps, breakpoints, leads;

/* Whether INSTRUCTION changes what a function returns.  */
static bool
writes_result (const struct real_kernel *real, const cs_insn *instruction)
{
  cs_regs read, written;
  uint8_t reads, writes;

  CHECK_NUMBER (cs_regs_access (real->code.capstone, instruction, read, &reads,
				written, &writes),
		CS_ERR_OK);
  for (unsigned i = 0; i < writes; i++)
    if (written[i] == X86_REG_RAX || written[i] == X86_REG_EAX
	|| written[i] == X86_REG_AX || written[i] == X86_REG_AL
	|| written[i] == X86_REG_AH)
      return true;
  return false;
}

static void
check_plan (struct real_kernel *real, const struct function *function,
	    const struct plan *plan)
{
  uint64_t start = plan->address - plan->lead;
  uint64_t address = start;

  if (plan->plan == SITE_PLAN_REFUSED)
    {
      CHECK (plan->reason != MDTRACE_REASON_NONE);
      return;
    }
  /* Whatever is not refused can be had by a breakpoint.  */
  uint8_t class = class_at (&real->code, plan->address);
  CHECK (class != 0 && SITE_CLASS_OF (class) < SITE_CLASS_CANNOT_MOVE);
  if (plan->plan == SITE_PLAN_BREAKPOINT)
    {
      CHECK (plan->reason != MDTRACE_REASON_NONE);
      CHECK_NUMBER (plan->lead, 0);
      breakpoints++;
      return;
    }
  jumps++;
  leads += plan->lead > 0;
  CHECK_NUMBER (plan->reason, MDTRACE_REASON_NONE);
  CHECK (start >= function->address);
  CHECK (plan->displaced_bytes > plan->lead);
  while (address < start + plan->displaced_bytes)
    {
      CHECK (code_decode (&real->code, address, real->instruction));
      unsigned size = real->instruction->size;
      CHECK (!(code_marks (&real->code, address) & CODE_RECOVERED));
      for (unsigned i = address == start; i < size; i++)
	CHECK (!(code_marks (&real->code, address + i) & CODE_TARGET));
      if (address < plan->address && writes_result (real, real->instruction))
	{
	  printf ("# before the return at %" PRIx64 ": %s %s\n", plan->address,
		  real->instruction->mnemonic, real->instruction->op_str);
	  CHECK (!writes_result (real, real->instruction));
	}
      address += size;
    }
  CHECK_NUMBER (address, start + plan->displaced_bytes);
  /* What a jump covers beyond that belongs to nobody.  */
  CHECK (plan->displaced_bytes >= SITE_JUMP_BYTES
	 || start + SITE_JUMP_BYTES <= function->next);
}

/* That a tail jump does not just go to the cold part of its function.  */
static void
check_tail (struct real_kernel *real, const struct plan *plan)
{
  uint64_t target;

  CHECK (code_decode (&real->code, plan->address, real->instruction));
  if (!code_branch_target (real->instruction, &target))
    return;
  for (size_t i = 0; i < real->code.function_count; i++)
    {
      const struct function *function = &real->code.functions[i];
      if (target >= function->address && target < function->next)
	CHECK (strstr (function->symbols[0].name, ".cold") == NULL);
    }
}

static void
check_plans (struct real_kernel *real)
{
  for (size_t i = 0; i < real->code.function_count; i++)
    {
      const struct function_plan *plans = &real->plans[i];
      uint64_t last = plans->entry.address;
      check_plan (real, plans->function, &plans->entry);
      CHECK_NUMBER (plans->entry.address, plans->function->address);
      for (size_t j = 0; j < plans->return_count; j++)
	{
	  CHECK (plans->returns[j].address > last || j == 0);
	  last = plans->returns[j].address;
	  CHECK (last < plans->function->address + plans->function->bytes);
	  check_plan (real, plans->function, &plans->returns[j]);
	  if (plans->returns[j].kind == MDTRACE_PROBE_TAIL)
	    check_tail (real, &plans->returns[j]);
	}
    }
  printf ("# %u jumps, %u of them before a return, and %u breakpoints\n",
	  jumps, leads, breakpoints);
  CHECK (jumps > 2000 && breakpoints > 100 && leads > 100);
}

static void
is_right_with_64_bits (void)
{
  real_kernel_check ("gnumach-1.8-amd64-up-dbg.gz", check_plans);
}

static void
is_right_with_32_bits (void)
{
  real_kernel_check ("gnumach-1.8-486-up-dbg.gz", check_plans);
}

TAP_MAIN ({ is_right_with_64_bits, "plans of an x86_64 kernel" },
	  { is_right_with_32_bits, "plans of an i386 kernel" })
