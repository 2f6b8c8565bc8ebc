/* Where the compiler has put functions into others.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A probe at a function does not see the copies of it that were put into its
   callers.  DWARF has each as a DW_TAG_inlined_subroutine inside of the
   function that it was put into.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "debug.h"

/* A search under way.  */
struct search
{
  const struct mdtrace_debug *debug;
  const char *name;		     /* with @FILE.c, perhaps */
  size_t length;		     /* of it without that */
  const struct debug_code *function; /* that is looked into */
  struct mdtrace_inlined *places;
  size_t count;
  bool failed; /* no memory */
};

/* Whether DIE is a copy of the function that is looked for.  */
static bool
is_copy (const struct search *search, Dwarf_Die *die)
{
  const char *name = dwarf_diename (die);
  Dwarf_Attribute attribute;
  Dwarf_Die origin;

  if (name == NULL || strncmp (name, search->name, search->length) != 0
      || name[search->length] != '\0')
    return false;
  if (search->name[search->length] == '\0')
    return true;
  return dwarf_attr (die, DW_AT_abstract_origin, &attribute) != NULL
	 && dwarf_formref_die (&attribute, &origin) != NULL
	 && strcmp (debug_die_file (&origin),
		    search->name + search->length + 1)
		== 0;
}

static void
add_place (struct search *search, Dwarf_Die *die)
{
  Dwarf_Addr address;

  if (dwarf_entrypc (die, &address) != 0)
    return;
  if (!debug_grow ((void **) &search->places, search->count,
		   sizeof *search->places))
    {
      search->failed = true;
      return;
    }
  struct mdtrace_inlined *place = &search->places[search->count++];
  Dwarf_Die function = search->function->die;
  const char *name
      = debug_symbol_at (search->debug, search->function->address);
  if (name == NULL)
    name = dwarf_diename (&function);
  memset (place, 0, sizeof *place);
  place->address = address;
  place->function_address = search->function->address;
  if (name != NULL)
    memcpy (place->function, name, strnlen (name, sizeof place->function - 1));
}

/* Look into DIE and all that is in it.  */
static void
look_into (struct search *search, Dwarf_Die *die)
{
  Dwarf_Die child;

  if (dwarf_child (die, &child) != 0)
    return;
  do
    switch (dwarf_tag (&child))
      {
      case DW_TAG_inlined_subroutine:
	if (is_copy (search, &child))
	  add_place (search, &child);
	look_into (search, &child);
	break;
      case DW_TAG_lexical_block:
	look_into (search, &child);
	break;
      default:
	break;
      }
  while (!search->failed && dwarf_siblingof (&child, &child) == 0);
}

static int
compare_places (const void *left, const void *right)
{
  const struct mdtrace_inlined *a = left;
  const struct mdtrace_inlined *b = right;

  return a->address < b->address ? -1 : a->address > b->address;
}

int
mdtrace_debug_inlined (const struct mdtrace_debug *debug, const char *name,
		       struct mdtrace_inlined **places, size_t *count)
{
  struct search search = { .debug = debug, .name = name };

  search.length = strcspn (name, "@");
  for (size_t i = 0; i < debug->function_count && !search.failed; i++)
    {
      Dwarf_Die die = debug->functions[i].die;
      search.function = &debug->functions[i];
      look_into (&search, &die);
    }
  if (search.failed)
    {
      free (search.places);
      return MDTRACE_ERR_SYSTEM;
    }
  if (search.count > 0)
    qsort (search.places, search.count, sizeof *search.places, compare_places);
  *places = search.places;
  *count = search.count;
  return MDTRACE_OK;
}
