/* What the kernel's DWARF says: where to find it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One pass over the compilation units notes functions and structures.  Of
   structures with the same name the first counts, which is right because the
   kernel's are the same wherever they are seen.  Functions are called what
   the symbol table calls them, as in the kernel part.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debug.h"

bool
debug_grow (void **array, size_t count, size_t bytes)
{
  /* At the powers of two.  */
  if ((count & (count - 1)) != 0)
    return true;
  void *longer = realloc (*array, (count > 0 ? 2 * count : 1) * bytes);
  if (longer != NULL)
    *array = longer;
  return longer != NULL;
}

static bool
read_unit (struct mdtrace_debug *debug, Dwarf_Die *unit)
{
  Dwarf_Die die;
  Dwarf_Addr address;

  if (dwarf_child (unit, &die) != 0)
    return true;
  do
    switch (dwarf_tag (&die))
      {
      case DW_TAG_structure_type:
      case DW_TAG_union_type:
	{
	  const char *name = dwarf_diename (&die);
	  if (name == NULL || dwarf_hasattr (&die, DW_AT_declaration))
	    break;
	  if (!debug_grow ((void **) &debug->structures,
			   debug->structure_count, sizeof *debug->structures))
	    return false;
	  debug->structures[debug->structure_count++]
	      = (struct debug_structure){ name, die };
	  break;
	}
      case DW_TAG_subprogram:
	if (dwarf_entrypc (&die, &address) != 0)
	  break;
	if (!debug_grow ((void **) &debug->functions, debug->function_count,
			 sizeof *debug->functions))
	  return false;
	debug->functions[debug->function_count++]
	    = (struct debug_code){ address, die };
	break;
      default:
	break;
      }
  while (dwarf_siblingof (&die, &die) == 0);
  return true;
}

static bool
read_symbols (struct mdtrace_debug *debug, Elf *elf)
{
  Elf_Scn *section = NULL;

  while ((section = elf_nextscn (elf, section)) != NULL)
    {
      GElf_Shdr header;
      Elf_Data *data;
      if (gelf_getshdr (section, &header) == NULL
	  || header.sh_type != SHT_SYMTAB || header.sh_entsize == 0
	  || (data = elf_getdata (section, NULL)) == NULL)
	continue;
      for (size_t i = 0; i < header.sh_size / header.sh_entsize; i++)
	{
	  GElf_Sym symbol;
	  const char *name;
	  if (gelf_getsym (data, i, &symbol) == NULL
	      || GELF_ST_TYPE (symbol.st_info) != STT_FUNC
	      || symbol.st_shndx == SHN_UNDEF
	      || (name = elf_strptr (elf, header.sh_link, symbol.st_name))
		     == NULL)
	    continue;
	  if (!debug_grow ((void **) &debug->symbols, debug->symbol_count,
			   sizeof *debug->symbols))
	    return false;
	  debug->symbols[debug->symbol_count++]
	      = (struct debug_symbol){ name, symbol.st_value };
	}
    }
  return true;
}

static int
compare_symbols (const void *left, const void *right)
{
  const struct debug_symbol *a = left;
  const struct debug_symbol *b = right;

  return strcmp (a->name, b->name);
}

static int
compare_functions (const void *left, const void *right)
{
  const struct debug_code *a = left;
  const struct debug_code *b = right;

  return a->address < b->address ? -1 : a->address > b->address;
}

static int
compare_structures (const void *left, const void *right)
{
  const struct debug_structure *a = left;
  const struct debug_structure *b = right;

  return strcmp (a->name, b->name);
}

/* Sort COUNT elements at ARRAY, which may be null if there are none.  */
static void
sort (void *array, size_t count, size_t bytes,
      int (*compare) (const void *, const void *))
{
  if (count > 0)
    qsort (array, count, bytes, compare);
}

int
debug_from_elf (Elf *elf, struct mdtrace_debug **result)
{
  struct mdtrace_debug *debug = calloc (1, sizeof *debug);
  Dwarf_CU *unit = NULL;
  Dwarf_Die die;
  bool good = true;

  *result = NULL;
  if (debug == NULL)
    return MDTRACE_ERR_SYSTEM;
  debug->descriptor = -1;
  debug->word_bytes = gelf_getclass (elf) == ELFCLASS64 ? 8 : 4;
  debug->dwarf = dwarf_begin_elf (elf, DWARF_C_READ, NULL);
  if (debug->dwarf == NULL)
    {
      free (debug);
      return MDTRACE_ERR_BAD_FORMAT;
    }
  while (good
	 && dwarf_get_units (debug->dwarf, unit, &unit, NULL, NULL, &die, NULL)
		== 0)
    good = read_unit (debug, &die);
  if (!good || !read_symbols (debug, elf))
    {
      mdtrace_debug_close (debug);
      errno = ENOMEM;
      return MDTRACE_ERR_SYSTEM;
    }
  sort (debug->symbols, debug->symbol_count, sizeof *debug->symbols,
	compare_symbols);
  sort (debug->functions, debug->function_count, sizeof *debug->functions,
	compare_functions);
  sort (debug->structures, debug->structure_count, sizeof *debug->structures,
	compare_structures);
  *result = debug;
  return MDTRACE_OK;
}

int
mdtrace_debug_open (const char *path, const uint8_t *text_hash,
		    struct mdtrace_debug **debug)
{
  *debug = NULL;
  int error = mdtrace_check_kernel_file (path, text_hash);
  if (error != MDTRACE_OK)
    return error;
  int descriptor = open (path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return MDTRACE_ERR_SYSTEM;
  Elf *elf = elf_begin (descriptor, ELF_C_READ_MMAP, NULL);
  error = elf == NULL ? MDTRACE_ERR_BAD_FORMAT : debug_from_elf (elf, debug);
  if (error != MDTRACE_OK)
    {
      elf_end (elf);
      close (descriptor);
      return error;
    }
  (*debug)->elf = elf;
  (*debug)->descriptor = descriptor;
  return MDTRACE_OK;
}

void
mdtrace_debug_close (struct mdtrace_debug *debug)
{
  if (debug == NULL)
    return;
  dwarf_end (debug->dwarf);
  elf_end (debug->elf);
  if (debug->descriptor >= 0)
    close (debug->descriptor);
  free (debug->symbols);
  free (debug->functions);
  free (debug->structures);
  free (debug);
}

const struct debug_code *
debug_find_code (const struct mdtrace_debug *debug, uint64_t address)
{
  struct debug_code key = { .address = address };

  if (debug == NULL || debug->function_count == 0)
    return NULL;
  return bsearch (&key, debug->functions, debug->function_count, sizeof key,
		  compare_functions);
}

const char *
debug_symbol_at (const struct mdtrace_debug *debug, uint64_t address)
{
  for (size_t i = 0; i < debug->symbol_count; i++)
    if (debug->symbols[i].address == address)
      return debug->symbols[i].name;
  return NULL;
}

const char *
debug_die_file (Dwarf_Die *die)
{
  const char *path = dwarf_decl_file (die);
  const char *slash = path == NULL ? NULL : strrchr (path, '/');

  if (path == NULL)
    return "";
  return slash != NULL ? slash + 1 : path;
}

const char *
mdtrace_debug_file (const struct mdtrace_debug *debug, uint64_t address)
{
  const struct debug_code *function = debug_find_code (debug, address);
  Dwarf_Die die;

  if (function == NULL)
    return "";
  die = function->die;
  return debug_die_file (&die);
}

int
mdtrace_debug_find_function (const struct mdtrace_debug *debug,
			     const char *name, uint64_t *address)
{
  size_t length = strcspn (name, "@");
  unsigned found = 0;

  for (size_t i = 0; i < debug->symbol_count; i++)
    {
      const struct debug_symbol *symbol = &debug->symbols[i];
      if (strncmp (symbol->name, name, length) != 0
	  || symbol->name[length] != '\0'
	  || (name[length] == '@'
	      && strcmp (name + length + 1,
			 mdtrace_debug_file (debug, symbol->address))
		     != 0))
	continue;
      *address = symbol->address;
      found++;
    }
  if (found == 0)
    return MDTRACE_ERR_NO_SUCH_FUNCTION;
  return found == 1 ? MDTRACE_OK : MDTRACE_ERR_AMBIGUOUS_FUNCTION;
}

bool
debug_argument (const struct debug_code *function, unsigned number,
		Dwarf_Die *argument)
{
  Dwarf_Die die = function->die;

  if (dwarf_child (&die, argument) != 0)
    return false;
  do
    if (dwarf_tag (argument) == DW_TAG_formal_parameter && number-- == 0)
      return true;
  while (dwarf_siblingof (argument, argument) == 0);
  return false;
}

/* Copy TEXT, or what stands for it if it is null, into TO of BYTES bytes.  */
static void
copy_name (char *to, size_t bytes, const char *text)
{
  size_t length = text == NULL ? 0 : strlen (text);

  if (length >= bytes)
    length = bytes - 1;
  memcpy (to, text, length);
  to[length] = '\0';
}

int
mdtrace_debug_arguments (const struct mdtrace_debug *debug, uint64_t address,
			 struct mdtrace_value_name *arguments, unsigned max)
{
  const struct debug_code *function = debug_find_code (debug, address);
  Dwarf_Die argument;
  unsigned count = 0;

  if (function == NULL)
    return -1;
  for (; debug_argument (function, count, &argument); count++)
    if (count < max)
      {
	memset (&arguments[count], 0, sizeof arguments[count]);
	copy_name (arguments[count].name, sizeof arguments[count].name,
		   dwarf_diename (&argument));
	debug_type_describe (debug, &argument, &arguments[count]);
      }
  return count;
}

bool
mdtrace_debug_result (const struct mdtrace_debug *debug, uint64_t address,
		      struct mdtrace_value_name *result)
{
  const struct debug_code *function = debug_find_code (debug, address);
  Dwarf_Die die;

  if (function == NULL)
    return false;
  die = function->die;
  memset (result, 0, sizeof *result);
  copy_name (result->name, sizeof result->name, "retval");
  debug_type_describe (debug, &die, result);
  return true;
}
