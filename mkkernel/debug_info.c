/* What the kernel's DWARF says.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One pass over the compilation units notes every top-level definition that
   may be asked for.  A name that several units define differently would be
   ambiguous; of structures, the first definition counts, which is right
   because the kernel's are the same wherever they are seen.  */

#include <config.h>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "debug_info.h"
#include "message.h"

struct definition
{
  const char *name;
  Dwarf_Die die;
};

/* Definitions of one kind, sorted by name once all are there.  */
struct definitions
{
  struct definition *entries;
  size_t count;
};

struct debug_info
{
  Dwarf *dwarf;
  const struct kernel *kernel;
  struct definitions structures, variables, subprograms;
  struct debug_function *functions; /* by address */
  size_t function_count;
};

static void
add_definition (struct definitions *definitions, const char *name,
		const Dwarf_Die *die)
{
  /* Grow at the powers of two.  */
  if ((definitions->count & (definitions->count - 1)) == 0)
    definitions->entries = must_reallocate (
	definitions->entries,
	(definitions->count > 0 ? 2 * definitions->count : 1)
	    * sizeof *definitions->entries);
  definitions->entries[definitions->count].name = name;
  definitions->entries[definitions->count++].die = *die;
}

static int
compare_definitions (const void *left, const void *right)
{
  const struct definition *a = left;
  const struct definition *b = right;

  return strcmp (a->name, b->name);
}

static const Dwarf_Die *
find_definition (const struct definitions *definitions, const char *name)
{
  struct definition key = { .name = name };
  const struct definition *found
      = bsearch (&key, definitions->entries, definitions->count, sizeof key,
		 compare_definitions);

  return found == NULL ? NULL : &found->die;
}

/* The type of DIE without typedefs and qualifiers; false if it is void.  */
static bool
get_type (Dwarf_Die *die, Dwarf_Die *type)
{
  Dwarf_Attribute attribute;
  Dwarf_Die named;

  if (dwarf_attr_integrate (die, DW_AT_type, &attribute) == NULL
      || dwarf_formref_die (&attribute, &named) == NULL)
    return false;
  return dwarf_peel_type (&named, type) == 0;
}

static uint64_t
type_bytes (Dwarf_Die *type)
{
  Dwarf_Word bytes;

  return dwarf_aggregate_size (type, &bytes) == 0 ? bytes : 0;
}

/* The word above the return address that the location OFFSET from the frame
   base of FUNCTION is in at its entry, or SITE_NO_REGISTER.  */
static uint8_t
stack_word (const struct debug_info *info, Dwarf_Die *function, int64_t offset)
{
  Dwarf_Attribute attribute;
  Dwarf_Op *operation;
  size_t operations;
  unsigned bytes = info->kernel->word_bytes;

  /* The call's frame address is right above the return address.  */
  if (dwarf_attr_integrate (function, DW_AT_frame_base, &attribute) == NULL
      || dwarf_getlocation (&attribute, &operation, &operations) != 0
      || operations != 1 || operation[0].atom != DW_OP_call_frame_cfa
      || offset < 0 || offset % bytes != 0
      || offset / bytes >= SITE_STACK_WORDS_MAX)
    return SITE_NO_REGISTER;
  return SITE_ON_STACK + offset / bytes;
}

/* Where the parameter DIE of FUNCTION is at ADDRESS, the function's entry, as
   in struct table_function.  *KNOWN tells whether DWARF says anything about
   it.  */
static uint8_t
parameter_place (const struct debug_info *info, Dwarf_Die *function,
		 Dwarf_Die *die, uint64_t address, bool *known)
{
  /* DWARF numbers the first eight registers of x86-64 in its own way; those
     of i386 as the machine does.  */
  static const uint8_t of_x86_64[16]
      = { 0, 2, 1, 3, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15 };
  Dwarf_Attribute attribute;
  Dwarf_Op *operation;
  size_t operations;

  *known = dwarf_attr (die, DW_AT_location, &attribute) != NULL
	   && dwarf_getlocation_addr (&attribute, address, &operation,
				      &operations, 1)
		  == 1;
  if (!*known || operations != 1)
    return SITE_NO_REGISTER;
  if (operation[0].atom == DW_OP_fbreg)
    return stack_word (info, function, operation[0].number);
  if (operation[0].atom < DW_OP_reg0 || operation[0].atom > DW_OP_reg15)
    return SITE_NO_REGISTER;
  unsigned number = operation[0].atom - DW_OP_reg0;
  if (info->kernel->word_bytes == 8)
    return of_x86_64[number];
  return number < 8 ? number : SITE_NO_REGISTER;
}

/* Whether the function SYMBOL takes its arguments as the calling convention
   says.  The compiler may make a variant of it that does not, foo.isra.0, of
   which only the symbol table tells; on i386 it also gives functions that
   are called from one file only their arguments in registers.  */
static bool
is_conventional (const struct kernel *kernel, const struct symbol *symbol)
{
  return symbol != NULL && strchr (symbol->name, '.') == NULL
	 && (kernel->word_bytes == 8 || symbol->is_global);
}

/* Fill in the arguments of FUNCTION, which DIE describes.  Where DWARF does
   not say where an unused argument is, the calling convention does, if the
   function is CONVENTIONAL.  */
static void
read_arguments (const struct debug_info *info, struct debug_function *function,
		Dwarf_Die *die, bool conventional)
{
  static const uint8_t registers[SITE_ARGUMENTS_MAX] = { 7, 6, 2, 1, 8, 9 };
  bool wide = info->kernel->word_bytes == 8;
  Dwarf_Die child;

  memset (function->argument_registers, SITE_NO_REGISTER,
	  sizeof function->argument_registers);
  if (dwarf_child (die, &child) != 0)
    return;
  do
    {
      Dwarf_Die type;
      bool known;
      unsigned index = function->argument_count;
      if (dwarf_tag (&child) != DW_TAG_formal_parameter)
	continue;
      function->argument_count++;
      bool has_type = get_type (&child, &type);
      bool too_wide
	  = !has_type || type_bytes (&type) > info->kernel->word_bytes;
      if (too_wide || dwarf_tag (&type) == DW_TAG_structure_type
	  || dwarf_tag (&type) == DW_TAG_union_type)
	/* It does not take one register or word, and so those behind it are
	   elsewhere.  */
	conventional = false;
      if (too_wide || index >= SITE_ARGUMENTS_MAX)
	continue;
      function->argument_registers[index]
	  = parameter_place (info, die, &child, function->address, &known);
      if (!known && conventional)
	function->argument_registers[index]
	    = wide ? registers[index] : SITE_ON_STACK + index;
    }
  while (dwarf_siblingof (&child, &child) == 0);
}

static const char *
base_name (const char *path)
{
  const char *slash = path == NULL ? NULL : strrchr (path, '/');

  return slash != NULL ? slash + 1 : path;
}

/* Note the function DIE if it has code.  */
static void
read_function (struct debug_info *info, Dwarf_Die *die)
{
  Dwarf_Addr address;

  if (dwarf_entrypc (die, &address) != 0)
    return;
  if ((info->function_count & (info->function_count - 1)) == 0)
    info->functions = must_reallocate (
	info->functions,
	(info->function_count > 0 ? 2 * info->function_count : 1)
	    * sizeof *info->functions);
  struct debug_function *function = &info->functions[info->function_count++];
  memset (function, 0, sizeof *function);
  function->address = address;
  function->name = dwarf_diename (die);
  function->file = base_name (dwarf_decl_file (die));

  read_arguments (info, function, die,
		  is_conventional (info->kernel,
				   kernel_symbol_at (info->kernel, address)));
}

static void
read_unit (struct debug_info *info, Dwarf_Die *unit)
{
  Dwarf_Die die;

  if (dwarf_child (unit, &die) != 0)
    return;
  do
    {
      const char *name = dwarf_diename (&die);
      bool declaration = dwarf_hasattr (&die, DW_AT_declaration);
      switch (dwarf_tag (&die))
	{
	case DW_TAG_structure_type:
	  if (name != NULL && !declaration)
	    add_definition (&info->structures, name, &die);
	  break;
	case DW_TAG_variable:
	  if (name != NULL)
	    add_definition (&info->variables, name, &die);
	  break;
	case DW_TAG_subprogram:
	  if (name != NULL && !declaration)
	    add_definition (&info->subprograms, name, &die);
	  read_function (info, &die);
	  break;
	default:
	  break;
	}
    }
  while (dwarf_siblingof (&die, &die) == 0);
}

static int
compare_functions (const void *left, const void *right)
{
  const struct debug_function *a = left;
  const struct debug_function *b = right;

  if (a->address != b->address)
    return a->address < b->address ? -1 : 1;
  return 0;
}

static void
sort_definitions (struct definitions *definitions)
{
  qsort (definitions->entries, definitions->count,
	 sizeof *definitions->entries, compare_definitions);
}

struct debug_info *
debug_open (const struct kernel *kernel)
{
  struct debug_info *info = must_allocate (sizeof *info);
  Dwarf_CU *unit = NULL;
  Dwarf_Die die;

  info->kernel = kernel;
  info->dwarf = dwarf_begin_elf (kernel->elf, DWARF_C_READ, NULL);
  if (info->dwarf == NULL)
    fail ("%s: its DWARF cannot be read: %s", kernel->path, dwarf_errmsg (-1));
  while (dwarf_get_units (info->dwarf, unit, &unit, NULL, NULL, &die, NULL)
	 == 0)
    read_unit (info, &die);
  sort_definitions (&info->structures);
  sort_definitions (&info->variables);
  sort_definitions (&info->subprograms);
  qsort (info->functions, info->function_count, sizeof *info->functions,
	 compare_functions);
  return info;
}

const struct debug_function *
debug_function_at (const struct debug_info *info, uint64_t address)
{
  struct debug_function key = { .address = address };

  return bsearch (&key, info->functions, info->function_count, sizeof key,
		  compare_functions);
}

/* Look for MEMBER in the structure DIE, and in those of its members that
   have no name.  */
static bool
find_member (Dwarf_Die *die, const char *member, uint64_t *offset,
	     uint64_t *bytes)
{
  Dwarf_Die child;

  if (dwarf_child (die, &child) != 0)
    return false;
  do
    {
      const char *name = dwarf_diename (&child);
      Dwarf_Attribute attribute;
      Dwarf_Die type;
      Dwarf_Word at = 0;
      if (dwarf_tag (&child) != DW_TAG_member || !get_type (&child, &type))
	continue;
      /* A bit-field has no offset in bytes that would do.  */
      if (dwarf_hasattr (&child, DW_AT_bit_size))
	continue;
      if (dwarf_attr (&child, DW_AT_data_member_location, &attribute) != NULL
	  && dwarf_formudata (&attribute, &at) != 0)
	continue;
      if (name != NULL && strcmp (name, member) == 0)
	{
	  *offset = at;
	  *bytes = type_bytes (&type);
	  return true;
	}
      if (name == NULL && find_member (&type, member, offset, bytes))
	{
	  *offset += at;
	  return true;
	}
    }
  while (dwarf_siblingof (&child, &child) == 0);
  return false;
}

bool
debug_find_field (const struct debug_info *info, const char *structure,
		  const char *member, uint64_t *offset, uint64_t *bytes)
{
  const Dwarf_Die *found = find_definition (&info->structures, structure);
  Dwarf_Die die;

  if (found == NULL)
    return false;
  die = *found;
  return find_member (&die, member, offset, bytes);
}

bool
debug_find_size (const struct debug_info *info, const char *structure,
		 uint64_t *bytes)
{
  const Dwarf_Die *found = find_definition (&info->structures, structure);
  Dwarf_Die die;

  if (found == NULL)
    return false;
  die = *found;
  *bytes = type_bytes (&die);
  return *bytes != 0;
}

bool
debug_find_count (const struct debug_info *info, const char *name,
		  uint64_t *count)
{
  /* Declarations of it may leave the bound open.  */
  for (size_t i = 0; i < info->variables.count; i++)
    {
      Dwarf_Die die = info->variables.entries[i].die;
      Dwarf_Die type, element;
      if (strcmp (info->variables.entries[i].name, name) != 0
	  || !get_type (&die, &type) || dwarf_tag (&type) != DW_TAG_array_type
	  || !get_type (&type, &element))
	continue;
      uint64_t bytes = type_bytes (&type);
      uint64_t element_bytes = type_bytes (&element);
      if (bytes != 0 && element_bytes != 0)
	{
	  *count = bytes / element_bytes;
	  return true;
	}
    }
  return false;
}

bool
debug_find_prototype (const struct debug_info *info, const char *name,
		      struct prototype *prototype)
{
  const Dwarf_Die *found = find_definition (&info->subprograms, name);
  Dwarf_Die die, child, type;

  if (found == NULL)
    return false;
  die = *found;
  memset (prototype, 0, sizeof *prototype);
  if (get_type (&die, &type))
    prototype->result_bytes = type_bytes (&type);
  if (dwarf_child (&die, &child) != 0)
    return true;
  do
    {
      if (dwarf_tag (&child) == DW_TAG_unspecified_parameters)
	prototype->variadic = true;
      if (dwarf_tag (&child) != DW_TAG_formal_parameter
	  || prototype->parameters == PROTOTYPE_PARAMETERS_MAX)
	continue;
      prototype->parameter_bytes[prototype->parameters++]
	  = get_type (&child, &type) ? type_bytes (&type) : 0;
    }
  while (dwarf_siblingof (&child, &child) == 0);
  return true;
}
