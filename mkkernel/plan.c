/* How each probe site is to be instrumented.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "class.h"
#include "link.h"
#include "message.h"
#include "move.h"
#include "plan.h"

const char *
plan_reason_words (enum mdtrace_reason reason)
{
  switch (reason)
    {
#define MDTRACE_REASON(number, name, words)                                   \
  case MDTRACE_REASON_##name:                                                 \
    return words;
#include "mdtrace_reasons.def"
#undef MDTRACE_REASON
    case MDTRACE_REASON_NONE:
      break;
    }
  return "";
}

/* Whether FUNCTION is where the compiler has put what another function hardly
   ever does, foo.cold.  */
static bool
is_cold_part (const struct function *function)
{
  for (size_t name = 0; name < function->names; name++)
    if (strstr (function->symbols[name].name, ".cold") != NULL)
      return true;
  return false;
}

/* Why FUNCTION is not to be touched, by what it is called.  */
static enum mdtrace_reason
refused_by_name (const struct function *function)
{
  static const struct
  {
    const char *pattern;
    enum mdtrace_reason reason;
  } refused[] = {
#define REFUSED(pattern, reason) { pattern, MDTRACE_REASON_##reason },
#include "refused.def"
#undef REFUSED
  };

  for (size_t name = 0; name < function->names; name++)
    {
      const char *text = function->symbols[name].name;
      if (link_is_hooked (text))
	return MDTRACE_REASON_HOOKED;
      for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
	if (fnmatch (refused[i].pattern, text, 0) == 0)
	  return refused[i].reason;
    }
  return is_cold_part (function) ? MDTRACE_REASON_COLD_PART
				 : MDTRACE_REASON_NONE;
}

/* Whether nothing but filling is from ADDRESS up to END: what the assembler
   aligns functions with, and nothing jumps to.  */
static bool
is_filling (const struct code *code, uint64_t address, uint64_t end,
	    cs_insn *instruction)
{
  while (address < end)
    {
      if (code_marks (code, address) & CODE_TARGET
	  || !code_decode (code, address, instruction)
	  || (instruction->id != X86_INS_NOP && instruction->id != X86_INS_INT3
	      && strcmp (instruction->mnemonic, "data16") != 0
	      /* lea 0(%esi), %esi and xchg %ax, %ax are fillings too.  */
	      && instruction->id != X86_INS_LEA
	      && instruction->id != X86_INS_XCHG))
	return false;
      address += instruction->size;
    }
  return address == end;
}

/* Move instructions of FUNCTION from START on until BYTES bytes are covered.
   Returns why that cannot be, or MDTRACE_REASON_NONE.  */
static enum mdtrace_reason
displace (const struct code *code, const struct function *function,
	  uint64_t start, unsigned bytes, struct plan *plan,
	  cs_insn *instruction)
{
  uint64_t address = start;
  uint64_t end = function->address + function->bytes;

  plan->displaced_bytes = plan->moved_bytes = plan->fixups = 0;
  while (address < start + bytes && address < end)
    {
      unsigned marks = code_marks (code, address);
      if (!code_decode (code, address, instruction))
	return MDTRACE_REASON_NOT_DECODED;
      if (marks & CODE_RECOVERED)
	return MDTRACE_REASON_RECOVERY;
      for (unsigned i = address == start; i < instruction->size; i++)
	if (code_marks (code, address + i) & CODE_TARGET)
	  return MDTRACE_REASON_NO_ROOM;
      if (!move_instruction (code, instruction, plan))
	return MDTRACE_REASON_CANNOT_MOVE;
      address += instruction->size;
    }
  if (address < start + bytes
      && (start + bytes > function->next
	  || !is_filling (code, address, function->next, instruction)))
    return MDTRACE_REASON_NO_ROOM;
  plan->displaced_bytes = address - start;
  return MDTRACE_REASON_NONE;
}

/* Decide between jump, breakpoint and refusal for the site at
   PLAN->address.  */
static void
choose (const struct code *code, const struct function *function,
	struct plan *plan, cs_insn *instruction)
{
  plan->plan = SITE_PLAN_JUMP;
  plan->lead = 0;
  plan->reason = displace (code, function, plan->address, SITE_JUMP_BYTES,
			   plan, instruction);
  if (plan->reason == MDTRACE_REASON_NONE)
    return;
  plan->displaced_bytes = plan->moved_bytes = plan->fixups = 0;
  plan->plan = SITE_PLAN_BREAKPOINT;
  enum mdtrace_reason reason = class_reason (class_at (code, plan->address));
  if (reason == MDTRACE_REASON_NONE)
    return;
  plan->plan = SITE_PLAN_REFUSED;
  plan->reason = reason;
}

/* Whether ADDRESS is in the cold part of a function.  Only that function jumps
   there, and goes on being what is called.  */
static bool
is_cold (const struct code *code, uint64_t address)
{
  size_t from = 0, to = code->function_count;

  /* The last function that begins at ADDRESS or before.  */
  while (from < to)
    {
      size_t middle = from + (to - from) / 2;
      if (code->functions[middle].address <= address)
	from = middle + 1;
      else
	to = middle;
    }
  return from > 0 && address < code->functions[from - 1].next
	 && is_cold_part (&code->functions[from - 1]);
}

/* Whether INSTRUCTION, of FUNCTION, leaves it for its caller or for another
   function in its stead.  */
static bool
leaves (const struct code *code, const struct function *function,
	const cs_insn *instruction, enum mdtrace_probe_kind *kind)
{
  const cs_x86 *x86 = &instruction->detail->x86;
  uint64_t target;

  if (instruction->id == X86_INS_RET)
    {
      *kind = MDTRACE_PROBE_RETURN;
      return true;
    }
  if (instruction->id != X86_INS_JMP)
    return false;
  *kind = MDTRACE_PROBE_TAIL;
  if (code_branch_target (instruction, &target))
    return (target < function->address || target >= function->next)
	   && !is_cold (code, target);
  /* jmp *TABLE(,%reg,8) is a switch.  */
  return x86->operands[0].type != X86_OP_MEM
	 || x86->operands[0].mem.index == X86_REG_INVALID;
}

/* Whether INSTRUCTION changes the register that holds what a function
   returns.  */
static bool
writes_result (const struct code *code, const cs_insn *instruction)
{
  cs_regs read, written;
  uint8_t read_count, written_count;

  if (cs_regs_access (code->capstone, instruction, read, &read_count, written,
		      &written_count)
      != CS_ERR_OK)
    return true;
  for (unsigned i = 0; i < written_count; i++)
    switch (written[i])
      {
      case X86_REG_RAX:
      case X86_REG_EAX:
      case X86_REG_AX:
      case X86_REG_AL:
      case X86_REG_AH:
	return true;
      }
  return false;
}

/* Plan the return at PLAN->address.  A jump may begin at one of the
   instructions before it, of which STARTS holds the last COUNT, if nothing
   jumps in between: they restore registers, and the result stands already,
   which the probe's event reads when the jump comes to its gate.  */
static void
plan_return (const struct code *code, const struct function *function,
	     const struct plan *entry, struct plan *plan,
	     const uint64_t *starts, size_t count, cs_insn *instruction)
{
  choose (code, function, plan, instruction);
  while (plan->plan != SITE_PLAN_JUMP && count-- > 0)
    {
      struct plan earlier = { .address = plan->address,
			      .kind = plan->kind,
			      .plan = SITE_PLAN_JUMP,
			      .lead = plan->address - starts[count] };
      if (starts[count] < entry->address + entry->displaced_bytes)
	break;
      if (displace (code, function, starts[count], earlier.lead + 1, &earlier,
		    instruction)
	      == MDTRACE_REASON_NONE
	  && earlier.displaced_bytes >= SITE_JUMP_BYTES)
	*plan = earlier;
    }
}

static void
plan_returns (const struct code *code, const struct function *function,
	      struct function_plan *plans, cs_insn *instruction)
{
  enum
  {
    STARTS = 8
  };
  uint64_t starts[STARTS];
  size_t count = 0;
  uint64_t address = function->address;
  uint64_t end = function->address + function->bytes;

  while ((address = code_next (code, address, end)) < end
	 && code_decode (code, address, instruction))
    {
      uint64_t next = address + instruction->size;
      enum mdtrace_probe_kind kind;
      if (leaves (code, function, instruction, &kind))
	{
	  size_t index = plans->return_count++;
	  plans->returns = must_reallocate (
	      plans->returns, plans->return_count * sizeof *plans->returns);
	  memset (&plans->returns[index], 0, sizeof plans->returns[index]);
	  plans->returns[index].kind = kind;
	  plans->returns[index].address = address;
	  plan_return (code, function, &plans->entry, &plans->returns[index],
		       starts, count, instruction);
	  count = 0;
	}
      else if (cs_insn_group (code->capstone, instruction, CS_GRP_JUMP)
	       || cs_insn_group (code->capstone, instruction, CS_GRP_CALL)
	       || writes_result (code, instruction))
	count = 0;
      else
	{
	  if (count == STARTS)
	    memmove (starts, starts + 1, --count * sizeof *starts);
	  starts[count++] = address;
	}
      address = next;
    }
}

struct plan
plan_address (const struct code *code, const struct function *function,
	      uint64_t address)
{
  struct plan plan = { .address = address, .kind = MDTRACE_PROBE_ADDRESS };
  cs_insn *instruction = cs_malloc (code->capstone);

  choose (code, function, &plan, instruction);
  cs_free (instruction, 1);
  return plan;
}

struct plan
plan_hooked_entry (const struct code *code, const struct function *function)
{
  struct plan plan = plan_address (code, function, function->address);

  plan.kind = MDTRACE_PROBE_ENTRY;
  return plan;
}

struct function_plan *
plan_functions (struct code *code)
{
  struct function_plan *plans
      = must_allocate (code->function_count * sizeof *plans);
  cs_insn *instruction = cs_malloc (code->capstone);

  for (size_t i = 0; i < code->function_count; i++)
    {
      const struct function *function = &code->functions[i];
      plans[i].function = function;
      plans[i].entry.kind = MDTRACE_PROBE_ENTRY;
      plans[i].entry.address = function->address;
      plans[i].entry.reason = refused_by_name (function);
      class_function (code, function,
		      plans[i].entry.reason != MDTRACE_REASON_NONE);
      if (plans[i].entry.reason != MDTRACE_REASON_NONE)
	continue;
      choose (code, function, &plans[i].entry, instruction);
      plan_returns (code, function, &plans[i], instruction);
    }
  cs_free (instruction, 1);
  return plans;
}
