/* What DWARF knows by name beside functions and structures: the numbers of
   enumerations, and types.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   They are looked for one at a time, and seldom.  */

#include <config.h>

#include <string.h>

#include "debug.h"

/* Whether ENUMERATOR is one that is called NAME; if so, its number.  */
static bool
is_called (Dwarf_Die *enumerator, const char *name, int64_t *number)
{
  const char *called = dwarf_diename (enumerator);
  Dwarf_Attribute attribute;
  Dwarf_Sword value;

  if (called == NULL || strcmp (called, name) != 0
      || dwarf_attr (enumerator, DW_AT_const_value, &attribute) == NULL
      || dwarf_formsdata (&attribute, &value) != 0)
    return false;
  *number = value;
  return true;
}

/* Look for NAME in all enumerations among the children of DIE.  */
static void
look_into (Dwarf_Die *die, const char *name, int64_t *number, unsigned *count)
{
  Dwarf_Die type, enumerator;
  int64_t found;

  if (dwarf_child (die, &type) != 0)
    return;
  do
    {
      if (dwarf_tag (&type) != DW_TAG_enumeration_type
	  || dwarf_child (&type, &enumerator) != 0)
	continue;
      do
	if (is_called (&enumerator, name, &found)
	    && (*count == 0 || found != *number))
	  {
	    if (*count == 0)
	      *number = found;
	    ++*count;
	  }
      while (dwarf_siblingof (&enumerator, &enumerator) == 0);
    }
  while (dwarf_siblingof (&type, &type) == 0);
}

unsigned
debug_find_enumerator (const struct mdtrace_debug *debug, const char *name,
		       int64_t *number)
{
  Dwarf_CU *unit = NULL;
  Dwarf_Die die;
  unsigned count = 0;

  while (dwarf_get_units (debug->dwarf, unit, &unit, NULL, NULL, &die, NULL)
	 == 0)
    look_into (&die, name, number, &count);
  return count;
}

bool
debug_find_typedef (const struct mdtrace_debug *debug, const char *name,
		    Dwarf_Die *type)
{
  Dwarf_CU *unit = NULL;
  Dwarf_Die die;

  while (dwarf_get_units (debug->dwarf, unit, &unit, NULL, NULL, &die, NULL)
	 == 0)
    {
      if (dwarf_child (&die, type) != 0)
	continue;
      do
	{
	  const char *called = dwarf_diename (type);
	  if (dwarf_tag (type) == DW_TAG_typedef && called != NULL
	      && strcmp (called, name) == 0)
	    return true;
	}
      while (dwarf_siblingof (type, type) == 0);
    }
  return false;
}
