/* The kernel's instructions.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What is known of each byte of the text, found once, by decoding every
   function from its beginning to its end, and by looking for addresses of
   text in operands and in data: a word that looks like one may be in a
   switch's jump table.  A function of which the symbol table does not say how
   long it is, written in assembly, may have tables behind it or in it: there,
   what follows a jump is code only if something leads to it.  */

#ifndef MKKERNEL_CODE_H
#define MKKERNEL_CODE_H

#include <capstone/capstone.h>

#include "kernel_file.h"

/* Marks of a byte of text.  */
enum code_mark
{
  CODE_INSTRUCTION = 1, /* an instruction begins here */
  CODE_TARGET = 2,	/* something may jump here */
  CODE_RECOVERED = 4,	/* a fault here is recovered by this address */
  CODE_FUNCTION = 8,	/* a function, or a table in the text, begins here */
  CODE_REACHED = 16	/* the kernel's code does go on here */
};

struct function
{
  uint64_t address;
  uint64_t bytes;		/* to where its code ends, without filling */
  bool has_size;		/* as its symbol says */
  const struct symbol *symbols; /* its names, the best one first */
  size_t names;
  uint64_t next; /* where something else begins */
};

struct code
{
  const struct kernel *kernel;
  csh capstone;
  uint8_t *marks;   /* enum code_mark, for each byte of text */
  uint8_t *classes; /* see class.h, for each byte of text */
  struct function *functions;
  size_t function_count;
};

/* Decode KERNEL.  */
void code_read (struct code *code, const struct kernel *kernel);

static inline unsigned
code_marks (const struct code *code, uint64_t address)
{
  return kernel_in_text (code->kernel, address)
	     ? code->marks[address - code->kernel->text_start]
	     : 0;
}

/* The first address from ADDRESS on, and below END, at which an instruction
   begins; END if there is none.  */
uint64_t code_next (const struct code *code, uint64_t address, uint64_t end);

/* Decode the instruction at ADDRESS into INSTRUCTION, from cs_malloc.  False
   if there is none.  */
bool code_decode (const struct code *code, uint64_t address,
		  cs_insn *instruction);

/* Whether INSTRUCTION jumps or calls to an address that stands in it, and
   which one.  */
bool code_branch_target (const cs_insn *instruction, uint64_t *target);

/* Whether INSTRUCTION addresses memory relative to its own end, and what;
 *OPERAND_AT is the offset of the displacement in its bytes.  */
bool code_relative_operand (const cs_insn *instruction, uint64_t *target,
			    unsigned *operand_at);

/* Whether the kernel was compiled with frame pointers.  */
bool code_has_frames (const struct code *code);

#endif /* MKKERNEL_CODE_H */
