/* The table of functions and probe sites in the memory of a guest.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel's side, which this agrees with, is kernel/symbols.c and
   describe_site in kernel/probe_sites.c.  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "guest_table.h"

/* The array of COUNT elements of SIZE bytes at the offset AT of the table at
   ADDRESS; null if it is not there.  */
static const void *
array (const struct guest_memory *memory, uint64_t address, uint32_t at,
       uint32_t count, uint32_t size)
{
  return guest_memory_at (memory, address + at, (uint64_t) count * size);
}

bool
guest_table_find (const struct guest_memory *memory,
		  const struct mdtrace_shared *shared,
		  struct guest_table *table)
{
  uint64_t address = shared->table_address;
  const struct site_table *header
      = guest_memory_at (memory, address, sizeof *header);

  if (address == 0 || header == NULL || header->magic != SITE_TABLE_MAGIC)
    return false;
  table->function_count = header->functions;
  table->functions = array (memory, address, header->functions_at,
			    header->functions, sizeof *table->functions);
  table->site_count = header->sites;
  table->sites = array (memory, address, header->sites_at, header->sites,
			sizeof *table->sites);
  table->strings_bytes = header->strings_bytes;
  table->strings
      = array (memory, address, header->strings_at, header->strings_bytes, 1);
  return table->functions != NULL && table->sites != NULL
	 && table->strings != NULL && table->strings_bytes > 0
	 && table->strings[table->strings_bytes - 1] == '\0';
}

static const char *
string (const struct guest_table *table, uint32_t offset)
{
  return offset < table->strings_bytes ? table->strings + offset : "";
}

/* The function that ADDRESS lies in, or null.  */
static const struct table_function *
function_at (const struct guest_table *table, uint64_t address)
{
  uint32_t low = 0, high = table->function_count;

  /* Of those that begin at ADDRESS or before it, the last one.  */
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (table->functions[middle].address <= address)
	low = middle + 1;
      else
	high = middle;
    }
  while (low > 0 && table->functions[low - 1].alias)
    low--;
  if (low == 0)
    return NULL;
  const struct table_function *function = &table->functions[low - 1];
  return address - function->address < function->bytes ? function : NULL;
}

/* The jump that is planned at ADDRESS, or null.  */
static const struct table_site *
jump_at (const struct guest_table *table, uint64_t address)
{
  uint32_t low = 0, high = table->site_count;

  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (table->sites[middle].address < address)
	low = middle + 1;
      else
	high = middle;
    }
  for (; low < table->site_count && table->sites[low].address == address;
       low++)
    if (table->sites[low].plan == SITE_PLAN_JUMP)
      return &table->sites[low];
  return NULL;
}

/* Name FUNCTION in TO of BYTES bytes: with its file, where others are called
   the same.  */
static void
copy_name (const struct guest_table *table,
	   const struct table_function *function, char *to, size_t bytes)
{
  const char *name = string (table, function->name);
  unsigned same = 0;

  for (uint32_t i = 0; i < table->function_count; i++)
    same += strcmp (string (table, table->functions[i].name), name) == 0;
  snprintf (to, bytes, "%s%s%s", name, same > 1 ? "@" : "",
	    same > 1 ? string (table, function->file) : "");
}

void
guest_table_function (const struct guest_table *table, uint32_t index,
		      struct mdtrace_function *function)
{
  const struct table_function *from = &table->functions[index];

  memset (function, 0, sizeof *function);
  function->address = from->address;
  function->bytes = from->bytes;
  function->argument_count = from->argument_count;
  if (from->entry_site < table->site_count
      && table->sites[from->entry_site].plan == SITE_PLAN_REFUSED)
    function->refusal = table->sites[from->entry_site].reason;
  copy_name (table, from, function->name, sizeof function->name);
}

void
guest_table_describe (const struct guest_table *table,
		      struct mdtrace_site *site)
{
  const struct table_function *function = function_at (table, site->address);
  const struct table_site *jump = jump_at (table, site->address);

  if (function != NULL)
    {
      site->function_address = function->address;
      copy_name (table, function, site->function, sizeof site->function);
    }
  site->plan = MDTRACE_MODE_BREAKPOINT;
  site->changed_bytes = 1;
  if (jump != NULL)
    {
      site->plan = MDTRACE_MODE_JUMP;
      site->reason = jump->reason;
      site->changed_bytes = SITE_JUMP_BYTES;
      site->lead = jump->lead;
    }
}
