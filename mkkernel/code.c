/* The kernel's instructions.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "message.h"

enum
{
  /* A function links its frame within so many bytes, if it does that at its
     very beginning; and so many in a hundred of those that are as long do, if
     the kernel has frame pointers: two in three at least, in the kernels of
     Debian, and next to none in others.  */
  FRAME_BYTES = 24,
  FRAMES_PERCENT = 50
};

static void
mark (struct code *code, uint64_t address, unsigned marks)
{
  if (kernel_in_text (code->kernel, address))
    code->marks[address - code->kernel->text_start] |= marks;
}

bool
code_branch_target (const cs_insn *instruction, uint64_t *target)
{
  const cs_x86 *x86 = &instruction->detail->x86;

  for (int i = 0; i < instruction->detail->groups_count; i++)
    if ((instruction->detail->groups[i] == CS_GRP_JUMP
	 || instruction->detail->groups[i] == CS_GRP_CALL)
	&& x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM)
      {
	*target = x86->operands[0].imm;
	return true;
      }
  return false;
}

bool
code_relative_operand (const cs_insn *instruction, uint64_t *target,
		       unsigned *operand_at)
{
  const cs_x86 *x86 = &instruction->detail->x86;

  for (int i = 0; i < x86->op_count; i++)
    if (x86->operands[i].type == X86_OP_MEM
	&& x86->operands[i].mem.base == X86_REG_RIP)
      {
	*target
	    = instruction->address + instruction->size + (int64_t) x86->disp;
	*operand_at = x86->encoding.disp_offset;
	return true;
      }
  return false;
}

bool
code_decode (const struct code *code, uint64_t address, cs_insn *instruction)
{
  const struct kernel *kernel = code->kernel;

  if (!kernel_in_text (kernel, address))
    return false;
  const uint8_t *bytes = kernel->text + (address - kernel->text_start);
  size_t left = kernel->text_end - address;
  return cs_disasm_iter (code->capstone, &bytes, &left, &address, instruction);
}

/* Mark what an instruction refers to.  */
static void
mark_references (struct code *code, const cs_insn *instruction)
{
  const cs_x86 *x86 = &instruction->detail->x86;
  uint64_t target;
  unsigned operand_at;

  if (code_relative_operand (instruction, &target, &operand_at))
    mark (code, target, CODE_TARGET);
  for (int i = 0; i < x86->op_count; i++)
    if (x86->operands[i].type == X86_OP_IMM)
      {
	uint64_t value = x86->operands[i].imm;
	if (code->kernel->word_bytes == 4)
	  value = (uint32_t) value;
	mark (code, value, CODE_TARGET);
      }
}

uint64_t
code_next (const struct code *code, uint64_t address, uint64_t end)
{
  while (address < end && !(code_marks (code, address) & CODE_INSTRUCTION))
    address++;
  return address;
}

/* Whether the CPU never goes on behind INSTRUCTION.  */
static bool
ends_flow (const struct code *code, const cs_insn *instruction)
{
  return instruction->id == X86_INS_JMP || instruction->id == X86_INS_LJMP
	 || cs_insn_group (code->capstone, instruction, CS_GRP_RET)
	 || cs_insn_group (code->capstone, instruction, CS_GRP_IRET);
}

/* Decode the function from its beginning to the last instruction that is not
   filling.  */
static void
read_function (struct code *code, struct function *function,
	       cs_insn *instruction)
{
  uint64_t address = function->address;
  uint64_t end = function->address + function->bytes;
  uint64_t target, last = address;

  while (address < end && code_decode (code, address, instruction))
    {
      mark (code, address, CODE_INSTRUCTION);
      mark_references (code, instruction);
      if (code_branch_target (instruction, &target))
	mark (code, target, CODE_REACHED);
      address += instruction->size;
      last = address;
      if (!function->has_size && ends_flow (code, instruction))
	while (
	    address < end
	    && !(code_marks (code, address) & (CODE_REACHED | CODE_RECOVERED)))
	  address++;
    }
  /* A symbol without a size reaches to the next one, filling and all.  */
  function->bytes = last - function->address;
}

/* Make a function of every symbol that begins one, aliases together.  */
static void
find_functions (struct code *code)
{
  const struct kernel *kernel = code->kernel;

  code->functions
      = must_allocate (kernel->symbol_count * sizeof *code->functions);
  for (size_t i = 0; i < kernel->symbol_count; i++)
    {
      const struct symbol *symbol = &kernel->symbols[i];
      if (kernel_in_text (kernel, symbol->address)
	  && (symbol->is_function || symbol->is_global))
	mark (code, symbol->address, CODE_FUNCTION);
      if (!symbol->is_function)
	continue;
      struct function *last = code->function_count > 0
				  ? &code->functions[code->function_count - 1]
				  : NULL;
      if (last != NULL && last->address == symbol->address)
	{
	  last->names++;
	  if (last->bytes < symbol->bytes)
	    last->bytes = symbol->bytes;
	  continue;
	}
      struct function *function = &code->functions[code->function_count++];
      function->address = symbol->address;
      function->bytes = symbol->bytes;
      function->symbols = symbol;
      function->names = 1;
    }

  for (size_t i = 0; i < code->function_count; i++)
    {
      struct function *function = &code->functions[i];
      uint64_t next = function->address + 1;
      while (next < kernel->text_end
	     && !(code_marks (code, next) & CODE_FUNCTION))
	next++;
      function->next = next;
      function->has_size = function->bytes != 0;
      if (!function->has_size || function->address + function->bytes > next)
	function->bytes = next - function->address;
    }
}

/* Mark text addresses among the words of a section of data.  */
static void
mark_data (void *closure, const GElf_Shdr *header, const uint8_t *bytes)
{
  struct code *code = closure;
  unsigned word = code->kernel->word_bytes;

  if (header->sh_flags & SHF_EXECINSTR)
    return;
  for (uint64_t i = 0; i + word <= header->sh_size; i += word)
    mark (code, kernel_word (code->kernel, bytes + i), CODE_TARGET);
}

/* Mark the addresses in the table from symbol START to symbol END.  */
static void
mark_recovered (struct code *code, const char *start, const char *end)
{
  const struct kernel *kernel = code->kernel;
  const struct symbol *from = kernel_find_symbol (kernel, start);
  const struct symbol *to = kernel_find_symbol (kernel, end);

  if (from == NULL || to == NULL || from->address > to->address)
    fail ("%s: this kernel has no %s, which says where faults are recovered",
	  kernel->path, start);
  size_t bytes = to->address - from->address;
  const uint8_t *table = kernel_bytes (kernel, from->address, bytes);
  for (size_t i = 0; table != NULL && i < bytes; i += kernel->word_bytes)
    mark (code, kernel_word (kernel, table + i), CODE_RECOVERED | CODE_TARGET);
}

void
code_read (struct code *code, const struct kernel *kernel)
{
  memset (code, 0, sizeof *code);
  code->kernel = kernel;
  code->marks = must_allocate (kernel->text_end - kernel->text_start);
  code->classes = must_allocate (kernel->text_end - kernel->text_start);
  if (cs_open (CS_ARCH_X86, kernel->word_bytes == 8 ? CS_MODE_64 : CS_MODE_32,
	       &code->capstone)
	  != CS_ERR_OK
      || cs_option (code->capstone, CS_OPT_DETAIL, CS_OPT_ON) != CS_ERR_OK)
    fail ("Capstone does not work here");

  cs_insn *instruction = cs_malloc (code->capstone);
  mark_recovered (code, "recover_table", "recover_table_end");
  mark_recovered (code, "retry_table", "retry_table_end");
  find_functions (code);
  for (size_t i = 0; i < code->function_count; i++)
    read_function (code, &code->functions[i], instruction);
  cs_free (instruction, 1);
  kernel_for_sections (kernel, mark_data, code);
}

/* Whether FUNCTION begins by linking its frame to the caller's: among its
   first bytes stands `mov %rsp, %rbp' or `mov %esp, %ebp'.  */
static bool
links_frames (const struct kernel *kernel, const struct function *function)
{
  static const uint8_t move[] = { 0x48, 0x89, 0xe5 };
  const uint8_t *text
      = kernel->text + (function->address - kernel->text_start);
  size_t skipped = kernel->word_bytes == 8 ? 0 : 1;
  size_t bytes = sizeof move - skipped;

  for (size_t at = 0; at + bytes <= FRAME_BYTES; at++)
    if (memcmp (text + at, move + skipped, bytes) == 0)
      return true;
  return false;
}

bool
code_has_frames (const struct code *code)
{
  size_t linked = 0, all = 0;

  for (size_t i = 0; i < code->function_count; i++)
    if (code->functions[i].bytes >= FRAME_BYTES)
      {
	all++;
	linked += links_frames (code->kernel, &code->functions[i]);
      }
  return linked * 100 >= all * FRAMES_PERCENT;
}
