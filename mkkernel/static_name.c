/* What the functions are called that static probes stand on.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The compiler makes variants of functions, foo.isra.0 and foo.constprop.0,
   which are the function still; splits parts off, foo.part.0, which are not;
   and puts copies into others, which only DWARF tells of.  */

#include <config.h>

#include <fnmatch.h>
#include <string.h>

#include "static_plan.h"

enum
{
  NAME_BYTES = 64
};

/* The function that a variant the compiler has made, foo.isra.0, is of.  */
static void
base_name (const char *name, char base[NAME_BYTES])
{
  size_t length = strcspn (name, ".");

  if (length >= NAME_BYTES)
    length = NAME_BYTES - 1;
  memcpy (base, name, length);
  base[length] = '\0';
}

bool
static_matches (const char *name, const char *patterns)
{
  char base[NAME_BYTES], pattern[NAME_BYTES];

  base_name (name, base);
  for (;;)
    {
      size_t length = strcspn (patterns, "|");
      if (length < sizeof pattern)
	{
	  memcpy (pattern, patterns, length);
	  pattern[length] = '\0';
	  if (fnmatch (pattern, base, 0) == 0)
	    return true;
	}
      if (patterns[length] == '\0')
	return false;
      patterns += length + 1;
    }
}

bool
static_is_function (const struct code *code, const struct debug_info *info,
		    size_t index, const char *name)
{
  const struct function *function = &code->functions[index];
  const char *file = strchr (name, '@');
  size_t length = file != NULL ? (size_t) (file - name) : strlen (name);
  const struct debug_function *debug
      = debug_function_at (info, function->address);

  if (file != NULL
      && (debug == NULL || debug->file == NULL
	  || strcmp (debug->file, file + 1) != 0))
    return false;
  for (size_t i = 0; i < function->names; i++)
    {
      const char *symbol = function->symbols[i].name;
      if (strncmp (symbol, name, length) == 0
	  && (symbol[length] == '\0'
	      || strncmp (symbol + length, ".isra", 5) == 0
	      || strncmp (symbol + length, ".constprop", 10) == 0))
	return true;
    }
  return false;
}

bool
static_is_copy (Dwarf_Die *die, const char *name, const char *file)
{
  const char *text = dwarf_diename (die);
  Dwarf_Attribute attribute;
  Dwarf_Die origin;

  if (dwarf_tag (die) != DW_TAG_inlined_subroutine || text == NULL
      || strcmp (text, name) != 0)
    return false;
  return file == NULL
	 || (dwarf_attr (die, DW_AT_abstract_origin, &attribute) != NULL
	     && dwarf_formref_die (&attribute, &origin) != NULL
	     && strcmp (debug_die_file (&origin), file) == 0);
}

bool
static_is_in_copy (Dwarf_Die *die, uint64_t address, const char *patterns)
{
  Dwarf_Die child;

  if (dwarf_child (die, &child) != 0)
    return false;
  do
    {
      int tag = dwarf_tag (&child);
      const char *name = dwarf_diename (&child);
      if ((tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block)
	  || dwarf_haspc (&child, address) != 1)
	continue;
      if (tag == DW_TAG_inlined_subroutine && name != NULL
	  && static_matches (name, patterns))
	return true;
      if (static_is_in_copy (&child, address, patterns))
	return true;
    }
  while (dwarf_siblingof (&child, &child) == 0);
  return false;
}
