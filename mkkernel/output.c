/* Writing the instrumented kernel and its debug file.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In the instrumented kernel everything that is loaded keeps its place in
   the file, and the kernel part is one more segment:

     section .mdtrace		its bytes, for tools
     section .mdtrace.reserved	the same memory as a string table at its
				physical address, since GNU Mach keeps the
				memory of symbol and string tables out of its
				allocator, and of nothing else
     section .note.mdtrace	the hash of the stock kernel's text, which the
				debug file has too

   Both files get their names only when both are whole.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "mdtrace_shared.h"
#include "output.h"

enum
{
  PAGE = 4096,
  /* The program headers lie between the ELF header and the first page.  */
  PROGRAM_HEADERS_MAX = 16,
  NOTE_TYPE_TEXT_HASH = 1
};

/* A file that is being written by libelf with a layout of our own.  */
struct output
{
  const struct kernel *kernel;
  const char *path;
  char *temporary;
  int descriptor;
  Elf *elf;
  GElf_Off end; /* of what is placed so far */
  char names[512];
  size_t names_bytes;
  size_t reserved_section; /* number of .mdtrace.reserved, or 0 */
};

static void
begin (struct output *output, const struct kernel *kernel, const char *path)
{
  GElf_Ehdr header, original;

  memset (output, 0, sizeof *output);
  output->kernel = kernel;
  output->path = path;
  output->temporary = must_format ("%s.XXXXXX", path);
  output->descriptor = mkstemp (output->temporary);
  if (output->descriptor < 0)
    fail ("%s: cannot be written: %s", path, strerror (errno));
  remove_at_exit (output->temporary);
  output->elf = elf_begin (output->descriptor, ELF_C_WRITE, NULL);
  if (output->elf == NULL
      || gelf_newehdr (output->elf, gelf_getclass (kernel->elf)) == NULL
      || gelf_getehdr (kernel->elf, &original) == NULL
      || gelf_getehdr (output->elf, &header) == NULL)
    fail ("%s: %s", path, elf_errmsg (-1));
  elf_flagelf (output->elf, ELF_C_SET, ELF_F_LAYOUT);
  header.e_ident[EI_DATA] = original.e_ident[EI_DATA];
  header.e_type = original.e_type;
  header.e_machine = original.e_machine;
  header.e_version = EV_CURRENT;
  header.e_entry = original.e_entry;
  gelf_update_ehdr (output->elf, &header);
  output->names_bytes = 1;
}

/* Add a section NAME like HEADER, with its offset and name filled in, and
   with BYTES as its contents unless they are null or it has none.  */
static void
add_section (struct output *output, const char *name, GElf_Shdr *header,
	     const void *bytes)
{
  Elf_Scn *section = elf_newscn (output->elf);

  if (section == NULL
      || output->names_bytes + strlen (name) >= sizeof output->names)
    fail ("%s: too many sections", output->path);
  header->sh_name = output->names_bytes;
  strcpy (output->names + output->names_bytes, name);
  output->names_bytes += strlen (name) + 1;

  if (header->sh_addralign == 0)
    header->sh_addralign = 1;
  if (header->sh_offset == 0)
    {
      GElf_Off align = header->sh_addralign;
      header->sh_offset = (output->end + align - 1) / align * align;
    }
  if (header->sh_type != SHT_NOBITS
      && header->sh_offset + header->sh_size > output->end)
    output->end = header->sh_offset + header->sh_size;
  if (bytes != NULL && header->sh_type != SHT_NOBITS)
    {
      Elf_Data *data = elf_newdata (section);
      if (data == NULL)
	fail ("%s: %s", output->path, elf_errmsg (-1));
      data->d_buf = (void *) bytes;
      data->d_size = header->sh_size;
      data->d_align = 1;
      data->d_type = ELF_T_BYTE;
    }
  if (!gelf_update_shdr (section, header))
    fail ("%s: %s", output->path, elf_errmsg (-1));
}

/* The note that binds the two files together.  */
static void
add_note (struct output *output, const uint8_t *text_hash)
{
  static struct
  {
    uint32_t name_bytes, bytes, type;
    char name[8];
    uint8_t hash[MDTRACE_TEXT_HASH_BYTES];
  } note = { sizeof "mdtrace",
	     MDTRACE_TEXT_HASH_BYTES,
	     NOTE_TYPE_TEXT_HASH,
	     "mdtrace",
	     { 0 } };
  GElf_Shdr header
      = { .sh_type = SHT_NOTE, .sh_size = sizeof note, .sh_addralign = 4 };

  memcpy (note.hash, text_hash, sizeof note.hash);
  add_section (output, ".note.mdtrace", &header, &note);
}

/* Write the file.  Returns its name.  */
static char *
finish (struct output *output)
{
  GElf_Ehdr header;
  GElf_Shdr names = { .sh_type = SHT_STRTAB, .sh_addralign = 1 };
  size_t sections;

  names.sh_size = output->names_bytes + sizeof ".shstrtab";
  add_section (output, ".shstrtab", &names, output->names);
  if (elf_getshdrnum (output->elf, &sections) != 0
      || gelf_getehdr (output->elf, &header) == NULL)
    fail ("%s: %s", output->path, elf_errmsg (-1));
  header.e_shstrndx = sections - 1;
  header.e_shoff = (output->end + 7) & -(GElf_Off) 8;
  gelf_update_ehdr (output->elf, &header);

  if (elf_update (output->elf, ELF_C_WRITE) < 0)
    fail ("%s: cannot be written: %s", output->path, elf_errmsg (-1));
  if (output->reserved_section != 0)
    {
      uint32_t type = SHT_STRTAB;
      size_t bytes = gelf_fsize (output->elf, ELF_T_SHDR, 1, EV_CURRENT);
      /* In both classes sh_type is the second word of four bytes.  */
      off_t at = header.e_shoff + output->reserved_section * bytes + 4;
      if (pwrite (output->descriptor, &type, sizeof type, at) != sizeof type)
	fail ("%s: cannot be written: %s", output->path, strerror (errno));
    }
  elf_end (output->elf);
  mode_t mask = umask (0);
  umask (mask);
  if (fchmod (output->descriptor, 0666 & ~mask) != 0
      || fsync (output->descriptor) != 0 || close (output->descriptor) != 0)
    fail ("%s: cannot be written: %s", output->path, strerror (errno));
  return output->temporary;
}

void
output_rename (char *temporary, const char *path)
{
  if (rename (temporary, path) != 0)
    fail ("%s: cannot be written: %s", path, strerror (errno));
  keep_file (temporary);
  free (temporary);
}

/* Call ADD for each section of the kernel with its name and contents.  */
static void
for_each_section (struct output *output,
		  void (*add) (struct output *, const char *, GElf_Shdr *,
			       const void *))
{
  Elf *elf = output->kernel->elf;
  Elf_Scn *section = NULL;
  size_t names;

  elf_getshdrstrndx (elf, &names);
  while ((section = elf_nextscn (elf, section)) != NULL)
    {
      GElf_Shdr header;
      Elf_Data *data = elf_rawdata (section, NULL);
      if (gelf_getshdr (section, &header) != NULL)
	add (output, elf_strptr (elf, names, header.sh_name), &header,
	     data == NULL ? NULL : data->d_buf);
    }
}

/* The symbols of the kernel and of the kernel part in one table.  The
   debugger in the kernel knows no more than that.  */
static void
add_symbols (struct output *output, const struct linked *linked)
{
  const struct kernel *kernel = output->kernel;
  int elf_class = gelf_getclass (kernel->elf);
  size_t entry = gelf_fsize (kernel->elf, ELF_T_SYM, 1, EV_CURRENT);
  Elf_Scn *section = NULL;
  GElf_Shdr header, strings_header;
  Elf_Data *old = NULL;

  while ((section = elf_nextscn (kernel->elf, section)) != NULL)
    if (gelf_getshdr (section, &header) != NULL
	&& header.sh_type == SHT_SYMTAB)
      {
	old = elf_rawdata (section, NULL);
	break;
      }
  Elf_Scn *old_strings = elf_getscn (kernel->elf, header.sh_link);
  gelf_getshdr (old_strings, &strings_header);
  const Elf_Data *old_names = elf_rawdata (old_strings, NULL);

  size_t bytes = strings_header.sh_size;
  for (size_t i = 0; i < linked->symbol_count; i++)
    bytes += strlen (linked->symbols[i].name) + 1;
  char *names = must_allocate (bytes);
  memcpy (names, old_names->d_buf, strings_header.sh_size);
  size_t used = strings_header.sh_size;

  size_t count = header.sh_size / entry;
  char *symbols = must_allocate ((count + linked->symbol_count) * entry);
  memcpy (symbols, old->d_buf, header.sh_size);
  Elf_Data data = { .d_buf = symbols,
		    .d_type = ELF_T_SYM,
		    .d_version = EV_CURRENT,
		    .d_size = (count + linked->symbol_count) * entry };
  for (size_t i = 0; i < linked->symbol_count; i++)
    {
      const struct symbol *symbol = &linked->symbols[i];
      int type = symbol->is_function ? STT_FUNC : STT_OBJECT;
      if (elf_class == ELFCLASS64)
	((Elf64_Sym *) symbols)[count + i] = (Elf64_Sym){
	  .st_name = used,
	  .st_value = symbol->address,
	  .st_size = symbol->bytes,
	  .st_info = ELF64_ST_INFO (STB_GLOBAL, type),
	  .st_shndx = SHN_ABS,
	};
      else
	((Elf32_Sym *) symbols)[count + i] = (Elf32_Sym){
	  .st_name = used,
	  .st_value = symbol->address,
	  .st_size = symbol->bytes,
	  .st_info = ELF32_ST_INFO (STB_GLOBAL, type),
	  .st_shndx = SHN_ABS,
	};
      strcpy (names + used, symbol->name);
      used += strlen (symbol->name) + 1;
    }

  size_t sections;
  elf_getshdrnum (output->elf, &sections);
  header.sh_link = sections + 1;
  header.sh_size = data.d_size;
  header.sh_offset = 0;
  add_section (output, ".symtab", &header, symbols);
  strings_header.sh_size = used;
  strings_header.sh_offset = 0;
  add_section (output, ".strtab", &strings_header, names);
}

/* Add a section that is loaded, where it was, with mdtrace's hooks in the
   text.  */
static const struct linked *hooks_of;

static void
add_loaded (struct output *output, const char *name, GElf_Shdr *header,
	    const void *bytes)
{
  if (!(header->sh_flags & SHF_ALLOC))
    return;
  if (header->sh_type != SHT_NOBITS)
    {
      uint8_t *copy = must_allocate (header->sh_size);
      memcpy (copy, bytes, header->sh_size);
      for (unsigned i = 0; i < hooks_of->hook_count; i++)
	{
	  const struct hook *hook = &hooks_of->hooks[i];
	  uint64_t at = hook->plan.address - header->sh_addr;
	  if (at < header->sh_size)
	    link_put_jump (copy + at, hook->plan.address, hook->target);
	}
      bytes = copy;
    }
  add_section (output, name, header, bytes);
}

/* Copy the program headers and add one for the kernel part.  */
static void
add_segments (struct output *output, const struct linked *linked,
	      GElf_Off offset)
{
  const struct kernel *kernel = output->kernel;
  size_t count;
  GElf_Ehdr header;

  elf_getphdrnum (kernel->elf, &count);
  if (count + 1 > PROGRAM_HEADERS_MAX
      || gelf_newphdr (output->elf, count + 1) == 0
      || gelf_getehdr (output->elf, &header) == NULL)
    fail ("%s: has too many segments", kernel->path);
  header.e_phoff = gelf_fsize (kernel->elf, ELF_T_EHDR, 1, EV_CURRENT);
  gelf_update_ehdr (output->elf, &header);
  for (size_t i = 0; i < count; i++)
    {
      GElf_Phdr segment;
      gelf_getphdr (kernel->elf, i, &segment);
      gelf_update_phdr (output->elf, i, &segment);
    }
  GElf_Phdr segment = {
    .p_type = PT_LOAD,
    .p_flags = PF_R | PF_W | PF_X,
    .p_offset = offset,
    .p_vaddr = linked->address,
    .p_paddr = linked->address - kernel->direct_map,
    .p_filesz = linked->file_bytes,
    .p_memsz = linked->memory_bytes,
    .p_align = PAGE,
  };
  gelf_update_phdr (output->elf, count, &segment);
}

char *
output_kernel (const struct kernel *kernel, const struct linked *linked,
	       const uint8_t *text_hash, const char *path)
{
  struct output output;

  begin (&output, kernel, path);
  hooks_of = linked;
  for_each_section (&output, add_loaded);

  GElf_Shdr header = {
    .sh_type = SHT_PROGBITS,
    .sh_flags = SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR,
    .sh_addr = linked->address,
    .sh_size = linked->file_bytes,
    .sh_addralign = PAGE,
  };
  add_section (&output, ".mdtrace", &header, linked->image);
  add_segments (&output, linked, header.sh_offset);
  /* libelf would write contents over those of the section before; it is
     given its true type when that is done.  */
  GElf_Shdr reserved = {
    .sh_type = SHT_NOBITS,
    .sh_addr = linked->address - kernel->direct_map,
    .sh_offset = header.sh_offset,
    .sh_size = linked->memory_bytes,
    .sh_addralign = 1,
  };
  add_section (&output, ".mdtrace.reserved", &reserved, NULL);
  elf_getshdrnum (output.elf, &output.reserved_section);
  output.reserved_section--;
  add_note (&output, text_hash);
  add_symbols (&output, linked);
  return finish (&output);
}

/* Add a section of the debug file: what is loaded without its contents.  */
static void
add_for_debugger (struct output *output, const char *name, GElf_Shdr *header,
		  const void *bytes)
{
  if (header->sh_flags & SHF_ALLOC)
    header->sh_type = SHT_NOBITS;
  if (strcmp (name, ".shstrtab") == 0)
    return;
  header->sh_offset = 0;
  add_section (output, name, header, bytes);
}

char *
output_debug (const struct kernel *kernel, const uint8_t *text_hash,
	      const char *path)
{
  struct output output;

  begin (&output, kernel, path);
  output.end = gelf_fsize (kernel->elf, ELF_T_EHDR, 1, EV_CURRENT);
  for_each_section (&output, add_for_debugger);
  add_note (&output, text_hash);
  return finish (&output);
}
