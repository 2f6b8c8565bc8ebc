/* What mdtrace-mkkernel embedded: the kernel's functions and probe sites.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "mdtrace_errors.h"
#include "symbols.h"
#include "text.h"
#include "x86/cpu.h"

static const void *
table_at (uint32_t offset)
{
  return (const char *) &mdtrace_site_table + offset;
}

bool
symbols_are_good (void)
{
  return mdtrace_site_table.magic == SITE_TABLE_MAGIC;
}

const struct table_function *
symbols_function (uint32_t index)
{
  const struct table_function *functions
      = table_at (mdtrace_site_table.functions_at);
  return &functions[index];
}

static const char *
string (uint32_t offset)
{
  return table_at (mdtrace_site_table.strings_at + offset);
}

const char *
symbols_name (const struct table_function *function)
{
  return string (function->name);
}

int
symbols_find (const char *name, uint32_t *index)
{
  word_t length = 0;
  unsigned found = 0;

  while (name[length] != '\0' && name[length] != '@')
    length++;
  for (uint32_t i = 0; i < mdtrace_site_table.functions; i++)
    {
      const struct table_function *function = symbols_function (i);
      if (!text_equal_n (name, length, symbols_name (function))
	  || (name[length] == '@'
	      && !text_equal (name + length + 1, string (function->file))))
	continue;
      *index = i;
      found++;
    }
  if (found == 0)
    return MDTRACE_ERR_NO_SUCH_FUNCTION;
  return found == 1 ? MDTRACE_OK : MDTRACE_ERR_AMBIGUOUS_FUNCTION;
}

void
symbols_copy_name (const struct table_function *function, char *to,
		   word_t bytes)
{
  uint32_t index;

  text_copy (to, bytes, symbols_name (function));
  if (symbols_find (to, &index) == MDTRACE_ERR_AMBIGUOUS_FUNCTION)
    {
      word_t length = text_length (to);
      if (length + 2 < bytes)
	{
	  to[length] = '@';
	  text_copy (to + length + 1, bytes - length - 1,
		     string (function->file));
	}
    }
}

uint32_t
symbols_function_at (word_t address)
{
  uint32_t low = 0, high = mdtrace_site_table.functions;

  /* Of those that begin at ADDRESS or before it, the last one.  */
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (symbols_function (middle)->address <= address)
	low = middle + 1;
      else
	high = middle;
    }
  if (low == 0)
    return SYMBOLS_NONE;
  low--;
  while (symbols_function (low)->alias)
    low--;
  const struct table_function *function = symbols_function (low);
  return address - (word_t) function->address < function->bytes ? low
								: SYMBOLS_NONE;
}

const struct table_site *
symbols_site (uint32_t index)
{
  const struct table_site *sites = table_at (mdtrace_site_table.sites_at);
  return &sites[index];
}

const struct table_site *
symbols_place (uint32_t index)
{
  const struct table_site *places = table_at (mdtrace_site_table.places_at);
  return &places[index];
}

/* The number of the first of the COUNT elements of SITES that is at ADDRESS or
   behind it.  */
static uint32_t
first_at (const struct table_site *sites, uint32_t count, word_t address)
{
  uint32_t low = 0, high = count;

  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (sites[middle].address < address)
	low = middle + 1;
      else
	high = middle;
    }
  return low;
}

uint32_t
symbols_first_site (word_t address)
{
  return first_at (symbols_site (0), mdtrace_site_table.sites, address);
}

uint32_t
symbols_first_place (word_t address)
{
  return first_at (symbols_place (0), mdtrace_site_table.places, address);
}

uint8_t
symbols_class (word_t address)
{
  const uint8_t *classes = table_at (mdtrace_site_table.classes_at);
  word_t offset = address - (word_t) mdtrace_site_table.text_start;

  return offset < mdtrace_site_table.text_end - mdtrace_site_table.text_start
	     ? classes[offset]
	     : 0;
}

const uint8_t *
symbols_code (const struct table_site *site)
{
  return table_at (mdtrace_site_table.code_at + site->code);
}

const struct table_fixup *
symbols_fixups (const struct table_site *site)
{
  const struct table_fixup *fixups = table_at (mdtrace_site_table.fixups_at);
  return &fixups[site->first_fixup];
}

uint32_t
symbols_count (uint32_t *refused)
{
  uint32_t count = 0;

  *refused = 0;
  for (uint32_t i = 0; i < mdtrace_site_table.functions; i++)
    {
      const struct table_function *function = symbols_function (i);
      if (function->alias)
	continue;
      count++;
      if (symbols_site (function->entry_site)->plan == SITE_PLAN_REFUSED)
	++*refused;
    }
  return count;
}

uint32_t
symbols_list (uint32_t first, void *buffer, uint32_t *bytes)
{
  uint32_t used = 0;

  for (uint32_t i = first; i < mdtrace_site_table.functions; i++)
    {
      const struct table_function *function = symbols_function (i);
      struct mdtrace_function_entry *entry
	  = (struct mdtrace_function_entry *) ((char *) buffer + used);
      char name[MDTRACE_FUNCTION_BYTES];
      symbols_copy_name (function, name, sizeof name);
      word_t name_bytes = (text_length (name) + 8) & ~(word_t) 7;
      if (used + sizeof *entry + name_bytes > *bytes)
	{
	  *bytes = used;
	  return i;
	}
      entry->address = function->address;
      entry->bytes = function->bytes;
      entry->entry_bytes = sizeof *entry + name_bytes;
      const struct table_site *site = symbols_site (function->entry_site);
      /* The buffer holds what somebody else has left there.  */
      entry->refusal = site->plan == SITE_PLAN_REFUSED ? site->reason
						       : MDTRACE_REASON_NONE;
      entry->argument_count = function->argument_count;
      text_copy ((char *) (entry + 1), name_bytes, name);
      used += entry->entry_bytes;
    }
  *bytes = used;
  return 0;
}
