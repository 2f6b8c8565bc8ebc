/* Types, as DWARF tells of them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debug.h"

enum
{
  /* Pointers to arrays of pointers to ...: nobody writes more.  */
  DEPTH_MAX = 16
};

bool
debug_type_named (Dwarf_Die *die, Dwarf_Die *type)
{
  Dwarf_Attribute attribute;

  return dwarf_attr_integrate (die, DW_AT_type, &attribute) != NULL
	 && dwarf_formref_die (&attribute, type) != NULL;
}

bool
debug_type_peeled (Dwarf_Die *die, Dwarf_Die *type)
{
  Dwarf_Die named;

  return debug_type_named (die, &named) && dwarf_peel_type (&named, type) == 0;
}

bool
debug_find_structure (const struct mdtrace_debug *debug, const char *name,
		      Dwarf_Die *type)
{
  size_t low = 0, high = debug->structure_count;

  /* The first of that name.  */
  while (low < high)
    {
      size_t middle = (low + high) / 2;
      if (strcmp (debug->structures[middle].name, name) < 0)
	low = middle + 1;
      else
	high = middle;
    }
  if (low == debug->structure_count
      || strcmp (debug->structures[low].name, name) != 0)
    return false;
  *type = debug->structures[low].die;
  return true;
}

void
debug_type_complete (const struct mdtrace_debug *debug, Dwarf_Die *type)
{
  const char *name = dwarf_diename (type);

  if (dwarf_hasattr (type, DW_AT_declaration) && name != NULL)
    debug_find_structure (debug, name, type);
}

bool
debug_type_points_to (const struct mdtrace_debug *debug, Dwarf_Die *type,
		      Dwarf_Die *structure)
{
  if (dwarf_tag (type) != DW_TAG_pointer_type
      || !debug_type_peeled (type, structure)
      || (dwarf_tag (structure) != DW_TAG_structure_type
	  && dwarf_tag (structure) != DW_TAG_union_type))
    return false;
  debug_type_complete (debug, structure);
  return true;
}

uint64_t
debug_type_bytes (Dwarf_Die *type)
{
  Dwarf_Word bytes;

  return dwarf_aggregate_size (type, &bytes) == 0 ? bytes : 0;
}

/* A name that is no type's keyword, or what stands for it.  */
static const char *
name_of (Dwarf_Die *type)
{
  const char *name = dwarf_diename (type);

  return name != NULL ? name : "{...}";
}

/* The number of elements of the array TYPE; 0 if it is open.  */
static uint64_t
count_elements (Dwarf_Die *type)
{
  Dwarf_Die element;
  uint64_t bytes = debug_type_bytes (type);
  uint64_t element_bytes
      = debug_type_peeled (type, &element) ? debug_type_bytes (&element) : 0;

  return element_bytes == 0 ? 0 : bytes / element_bytes;
}

/* As debug_type_text, DEPTH types inside of it.  */
static void
put_type (Dwarf_Die *type, char *text, size_t bytes, int depth)
{
  Dwarf_Die inner;
  bool has_inner;

  if (type == NULL || depth == DEPTH_MAX)
    {
      snprintf (text, bytes, "%s", type == NULL ? "void" : "...");
      return;
    }
  has_inner = debug_type_named (type, &inner);
  size_t used = 0;
  switch (dwarf_tag (type))
    {
    case DW_TAG_structure_type:
      snprintf (text, bytes, "struct %s", name_of (type));
      break;
    case DW_TAG_union_type:
      snprintf (text, bytes, "union %s", name_of (type));
      break;
    case DW_TAG_enumeration_type:
      snprintf (text, bytes, "enum %s", name_of (type));
      break;
    case DW_TAG_pointer_type:
      put_type (has_inner ? &inner : NULL, text, bytes, depth + 1);
      used = strlen (text);
      snprintf (text + used, bytes - used, "%s",
		used > 0 && text[used - 1] == '*' ? "*" : " *");
      break;
    case DW_TAG_array_type:
      put_type (has_inner ? &inner : NULL, text, bytes, depth + 1);
      used = strlen (text);
      snprintf (text + used, bytes - used, "[%llu]",
		(unsigned long long) count_elements (type));
      break;
    case DW_TAG_const_type:
    case DW_TAG_volatile_type:
    case DW_TAG_restrict_type:
    case DW_TAG_atomic_type:
      /* How a value is to be used says nothing about what it is.  */
      put_type (has_inner ? &inner : NULL, text, bytes, depth + 1);
      break;
    case DW_TAG_subroutine_type:
      snprintf (text, bytes, "function");
      break;
    default:
      snprintf (text, bytes, "%s", name_of (type));
    }
}

void
debug_type_text (Dwarf_Die *type, char *text, size_t bytes)
{
  put_type (type, text, bytes, 0);
}

/* Whether TYPE is an address by what one of its typedefs is called.  */
static bool
is_address (Dwarf_Die *type)
{
  Dwarf_Die at = *type;

  while (dwarf_tag (&at) == DW_TAG_typedef)
    {
      const char *name = name_of (&at);
      if (strstr (name, "offset") != NULL || strstr (name, "addr") != NULL)
	return true;
      Dwarf_Die inner;
      if (!debug_type_named (&at, &inner))
	break;
      at = inner;
    }
  return false;
}

bool
debug_type_has_sign (Dwarf_Die *type)
{
  Dwarf_Attribute attribute;
  Dwarf_Word encoding;
  Dwarf_Die inner;

  if (dwarf_tag (type) == DW_TAG_enumeration_type
      && debug_type_peeled (type, &inner))
    return debug_type_has_sign (&inner);
  return dwarf_attr (type, DW_AT_encoding, &attribute) != NULL
	 && dwarf_formudata (&attribute, &encoding) == 0
	 && (encoding == DW_ATE_signed || encoding == DW_ATE_signed_char);
}

void
debug_type_describe (const struct mdtrace_debug *debug, Dwarf_Die *die,
		     struct mdtrace_value_name *name)
{
  Dwarf_Die named, type;
  bool is_void = !debug_type_named (die, &named);

  debug_type_text (is_void ? NULL : &named, name->type, sizeof name->type);
  name->format = 'x';
  name->bytes = debug->word_bytes;
  if (is_void || dwarf_peel_type (&named, &type) != 0)
    return;
  uint64_t bytes = debug_type_bytes (&type);
  int tag = dwarf_tag (&type);
  if ((bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
      || (tag != DW_TAG_base_type && tag != DW_TAG_enumeration_type
	  && tag != DW_TAG_pointer_type))
    return;
  name->bytes = bytes;
  if (tag != DW_TAG_pointer_type && !is_address (&named))
    name->format = debug_type_has_sign (&type) ? 'd' : 'u';
}
