/* A kernel file: what is where in it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_KERNEL_FILE_H
#define MKKERNEL_KERNEL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gelf.h>

/* A symbol of the kernel's symbol table, if it is in the text or the
   data.  */
struct symbol
{
  uint64_t address;
  uint64_t bytes; /* 0 for most of those from assembly */
  const char *name;
  bool is_function;
  bool is_global;
};

struct kernel
{
  const char *path;
  Elf *elf;
  unsigned word_bytes; /* 4 or 8 */
  uint64_t text_start, text_end;
  const uint8_t *text;	  /* the bytes of [text_start, text_end) */
  uint64_t image_end;	  /* first address behind the last segment */
  uint64_t direct_map;	  /* virtual less physical addresses */
  struct symbol *symbols; /* by address, then by name */
  size_t symbol_count;
};

/* Open the kernel at PATH, compressed or not.  Says on standard error what is
   wrong with it and exits if it is no GNU Mach kernel of ours: not an ELF
   executable for x86, without a Multiboot header, stripped, or already
   instrumented.  */
void kernel_open (struct kernel *kernel, const char *path);

/* The symbol NAME; null if there is none.  */
const struct symbol *kernel_find_symbol (const struct kernel *kernel,
					 const char *name);

/* The symbol that begins at ADDRESS; of several, the first.  Null if there
   is none.  */
const struct symbol *kernel_symbol_at (const struct kernel *kernel,
				       uint64_t address);

/* The BYTES bytes of the file that are loaded at ADDRESS; null if they are
   not all in the file.  */
const uint8_t *kernel_bytes (const struct kernel *kernel, uint64_t address,
			     size_t bytes);

/* The native word at POINTER.  */
uint64_t kernel_word (const struct kernel *kernel, const uint8_t *pointer);

/* Whether ADDRESS is in the text.  */
static inline bool
kernel_in_text (const struct kernel *kernel, uint64_t address)
{
  return address >= kernel->text_start && address < kernel->text_end;
}

/* Call VISIT with each section that is loaded, in the file's order.  */
void kernel_for_sections (const struct kernel *kernel,
			  void (*visit) (void *closure,
					 const GElf_Shdr *header,
					 const uint8_t *bytes),
			  void *closure);

#endif /* MKKERNEL_KERNEL_FILE_H */
