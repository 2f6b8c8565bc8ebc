/* A kernel file: what is where in it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <elfutils/libdwelf.h>

#include "kernel_file.h"
#include "message.h"

enum
{
  MULTIBOOT_MAGIC = 0x1badb002,
  /* A loader looks no further for the Multiboot header.  */
  MULTIBOOT_SEARCH_BYTES = 8192
};

static void
check_header (struct kernel *kernel)
{
  GElf_Ehdr header;
  size_t bytes;
  const char *image = elf_rawfile (kernel->elf, &bytes);

  if (gelf_getehdr (kernel->elf, &header) == NULL)
    fail ("%s: not an ELF file, and so no kernel", kernel->path);
  if (header.e_type != ET_EXEC
      || (header.e_machine != EM_X86_64 && header.e_machine != EM_386))
    fail ("%s: not a kernel for x86", kernel->path);
  kernel->word_bytes = gelf_getclass (kernel->elf) == ELFCLASS64 ? 8 : 4;

  bool found = false;
  for (size_t i = 0; i + 4 <= bytes && i < MULTIBOOT_SEARCH_BYTES; i += 4)
    {
      uint32_t word;
      memcpy (&word, image + i, sizeof word);
      found |= word == MULTIBOOT_MAGIC;
    }
  if (!found)
    fail ("%s: has no Multiboot header, and so is no GNU Mach kernel",
	  kernel->path);
}

static void
find_segments (struct kernel *kernel)
{
  size_t count;
  bool found = false;

  if (elf_getphdrnum (kernel->elf, &count) != 0)
    fail ("%s: %s", kernel->path, elf_errmsg (-1));
  for (size_t i = 0; i < count; i++)
    {
      GElf_Phdr header;
      if (gelf_getphdr (kernel->elf, i, &header) == NULL
	  || header.p_type != PT_LOAD)
	continue;
      if (header.p_vaddr + header.p_memsz > kernel->image_end)
	kernel->image_end = header.p_vaddr + header.p_memsz;
      if (header.p_vaddr != header.p_paddr)
	{
	  kernel->direct_map = header.p_vaddr - header.p_paddr;
	  found = true;
	}
    }
  if (!found)
    fail ("%s: is not linked at the addresses of a GNU Mach kernel",
	  kernel->path);
}

static int
compare_symbols (const void *left, const void *right)
{
  const struct symbol *a = left;
  const struct symbol *b = right;

  if (a->address != b->address)
    return a->address < b->address ? -1 : 1;
  /* The first name of an address is the one that it is shown by.  */
  if (a->is_function != b->is_function)
    return a->is_function ? -1 : 1;
  if (a->is_global != b->is_global)
    return a->is_global ? -1 : 1;
  return strcmp (a->name, b->name);
}

static void
read_symbols (struct kernel *kernel, Elf_Scn *section, const GElf_Shdr *header)
{
  Elf_Data *data = elf_getdata (section, NULL);
  size_t count = header->sh_size / header->sh_entsize;

  kernel->symbols = must_allocate (count * sizeof *kernel->symbols);
  for (size_t i = 0; i < count; i++)
    {
      GElf_Sym symbol;
      if (gelf_getsym (data, i, &symbol) == NULL
	  || symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE)
	continue;
      int type = GELF_ST_TYPE (symbol.st_info);
      if (type != STT_FUNC && type != STT_NOTYPE && type != STT_OBJECT)
	continue;
      struct symbol *entry = &kernel->symbols[kernel->symbol_count++];
      entry->address = symbol.st_value;
      entry->bytes = symbol.st_size;
      entry->name = elf_strptr (kernel->elf, header->sh_link, symbol.st_name);
      entry->is_function
	  = type == STT_FUNC && kernel_in_text (kernel, symbol.st_value);
      entry->is_global = GELF_ST_BIND (symbol.st_info) != STB_LOCAL;
    }
  qsort (kernel->symbols, kernel->symbol_count, sizeof *kernel->symbols,
	 compare_symbols);
}

static void
read_sections (struct kernel *kernel)
{
  Elf_Scn *section = NULL, *symbols = NULL;
  GElf_Shdr header, symbols_header = { 0 };
  size_t names;
  bool has_dwarf = false;

  if (elf_getshdrstrndx (kernel->elf, &names) != 0)
    fail ("%s: %s", kernel->path, elf_errmsg (-1));
  while ((section = elf_nextscn (kernel->elf, section)) != NULL)
    {
      if (gelf_getshdr (section, &header) == NULL)
	continue;
      const char *name = elf_strptr (kernel->elf, names, header.sh_name);
      if (name == NULL)
	continue;
      if (strcmp (name, ".text") == 0)
	{
	  kernel->text_start = header.sh_addr;
	  kernel->text_end = header.sh_addr + header.sh_size;
	}
      if (strcmp (name, ".mdtrace") == 0)
	fail ("%s: is instrumented already; give the kernel that it was made "
	      "from",
	      kernel->path);
      if (header.sh_type == SHT_SYMTAB)
	{
	  symbols = section;
	  symbols_header = header;
	}
      has_dwarf |= strcmp (name, ".debug_info") == 0;
    }
  if (kernel->text_start == 0)
    fail ("%s: has no section .text", kernel->path);
  kernel->text = kernel_bytes (kernel, kernel->text_start,
			       kernel->text_end - kernel->text_start);
  if (symbols == NULL || !has_dwarf || kernel->text == NULL)
    fail ("%s: is stripped: there is no symbol table or no DWARF in it; take "
	  "the kernel of Debian's package with the same name and -dbg",
	  kernel->path);
  read_symbols (kernel, symbols, &symbols_header);
}

void
kernel_open (struct kernel *kernel, const char *path)
{
  memset (kernel, 0, sizeof *kernel);
  kernel->path = path;
  elf_version (EV_CURRENT);
  int descriptor = open (path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    fail ("%s: %s", path, strerror (errno));
  kernel->elf = dwelf_elf_begin (descriptor);
  if (kernel->elf == NULL || elf_kind (kernel->elf) != ELF_K_ELF)
    fail ("%s: not an ELF file, and so no kernel", path);
  check_header (kernel);
  find_segments (kernel);
  read_sections (kernel);
}

const struct symbol *
kernel_find_symbol (const struct kernel *kernel, const char *name)
{
  for (size_t i = 0; i < kernel->symbol_count; i++)
    if (strcmp (kernel->symbols[i].name, name) == 0)
      return &kernel->symbols[i];
  return NULL;
}

const struct symbol *
kernel_symbol_at (const struct kernel *kernel, uint64_t address)
{
  size_t low = 0, high = kernel->symbol_count;

  while (low < high)
    {
      size_t middle = (low + high) / 2;
      if (kernel->symbols[middle].address < address)
	low = middle + 1;
      else
	high = middle;
    }
  if (low == kernel->symbol_count || kernel->symbols[low].address != address)
    return NULL;
  return &kernel->symbols[low];
}

const uint8_t *
kernel_bytes (const struct kernel *kernel, uint64_t address, size_t bytes)
{
  size_t count, image_bytes;
  const char *image = elf_rawfile (kernel->elf, &image_bytes);

  if (elf_getphdrnum (kernel->elf, &count) != 0)
    return NULL;
  for (size_t i = 0; i < count; i++)
    {
      GElf_Phdr header;
      if (gelf_getphdr (kernel->elf, i, &header) != NULL
	  && header.p_type == PT_LOAD && address >= header.p_vaddr
	  && address - header.p_vaddr <= header.p_filesz
	  && bytes <= header.p_filesz - (address - header.p_vaddr)
	  && header.p_offset <= image_bytes
	  && header.p_filesz <= image_bytes - header.p_offset)
	return (const uint8_t *) image + header.p_offset
	       + (address - header.p_vaddr);
    }
  return NULL;
}

uint64_t
kernel_word (const struct kernel *kernel, const uint8_t *pointer)
{
  uint64_t word = 0;

  /* Both are little-endian, as are all machines that this runs on.  */
  memcpy (&word, pointer, kernel->word_bytes);
  return word;
}

void
kernel_for_sections (const struct kernel *kernel,
		     void (*visit) (void *, const GElf_Shdr *,
				    const uint8_t *),
		     void *closure)
{
  Elf_Scn *section = NULL;

  while ((section = elf_nextscn (kernel->elf, section)) != NULL)
    {
      GElf_Shdr header;
      if (gelf_getshdr (section, &header) == NULL
	  || !(header.sh_flags & SHF_ALLOC) || header.sh_type == SHT_NOBITS)
	continue;
      const uint8_t *bytes
	  = kernel_bytes (kernel, header.sh_addr, header.sh_size);
      if (bytes != NULL)
	visit (closure, &header, bytes);
    }
}
