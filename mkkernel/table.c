/* The table of functions and sites, as the kernel part reads it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "table.h"

/* A block that grows.  */
struct buffer
{
  uint8_t *bytes;
  size_t count;
};

/* The parts of the table while they are collected.  */
struct parts
{
  const struct code *code;
  struct buffer functions, sites, fixups, moved, strings;
  struct buffer statics, static_sites, places;
  /* Of each function, its number in the table and that of its entry's
     site.  */
  uint32_t *function_numbers, *first_sites;
};

/* Append COUNT bytes and return their offset.  */
static size_t
append (struct buffer *buffer, const void *bytes, size_t count)
{
  size_t offset = buffer->count;

  buffer->bytes = must_reallocate (buffer->bytes, offset + count);
  memcpy (buffer->bytes + offset, bytes, count);
  buffer->count += count;
  return offset;
}

static uint32_t
append_string (struct parts *parts, const char *string)
{
  if (string == NULL || string[0] == '\0')
    return 0;
  return append (&parts->strings, string, strlen (string) + 1);
}

/* The site of PLAN, in the function that will be appended next.  Its code is
   appended.  */
static struct table_site
make_site (struct parts *parts, const struct plan *plan)
{
  const struct kernel *kernel = parts->code->kernel;
  struct table_site site = {
    .address = plan->address,
    .function = parts->functions.count / sizeof (struct table_function),
    .kind = plan->kind,
    .plan = plan->plan,
    .reason = plan->reason,
    .lead = plan->lead,
    .displaced_bytes = plan->displaced_bytes,
    .moved_bytes = plan->moved_bytes,
    .fixups = plan->fixups,
    .first_fixup = parts->fixups.count / sizeof (struct table_fixup),
    .code = parts->moved.count,
  };

  if (plan->plan == SITE_PLAN_JUMP)
    {
      /* At least what a jump covers, which the kernel part compares before
	 it writes one and puts back afterwards.  */
      uint64_t start = plan->address - plan->lead;
      uint64_t there = kernel->text_end - start;
      uint8_t bytes[SITE_CODE_BYTES_MAX] = { 0 };
      site.original_bytes = plan->displaced_bytes > SITE_JUMP_BYTES
				? plan->displaced_bytes
				: SITE_JUMP_BYTES;
      memcpy (bytes, kernel->text + (start - kernel->text_start),
	      there < site.original_bytes ? there : site.original_bytes);
      append (&parts->moved, bytes, site.original_bytes);
      append (&parts->moved, plan->moved, plan->moved_bytes);
      append (&parts->fixups, plan->fixup,
	      plan->fixups * sizeof plan->fixup[0]);
    }
  return site;
}

/* Append it, and return its number.  */
static uint32_t
append_site (struct parts *parts, const struct plan *plan)
{
  struct table_site site = make_site (parts, plan);

  return append (&parts->sites, &site, sizeof site) / sizeof site;
}

/* Append a function under each of its names.  */
static void
append_function (struct parts *parts, const struct function_plan *plan,
		 const struct debug_info *info)
{
  const struct function *function = plan->function;
  const struct debug_function *debug
      = debug_function_at (info, function->address);
  struct table_function entry = {
    .address = function->address,
    .bytes = function->bytes,
    .entry_site = append_site (parts, &plan->entry),
    .returns = plan->return_count,
  };

  for (size_t i = 0; i < plan->return_count; i++)
    append_site (parts, &plan->returns[i]);
  memset (entry.argument_registers, SITE_NO_REGISTER,
	  sizeof entry.argument_registers);
  if (debug != NULL)
    {
      entry.file = append_string (parts, debug->file);
      entry.argument_count = debug->argument_count;
      memcpy (entry.argument_registers, debug->argument_registers,
	      sizeof entry.argument_registers);
    }
  for (size_t i = 0; i < function->names; i++)
    {
      entry.name = append_string (parts, function->symbols[i].name);
      entry.alias = i > 0;
      append (&parts->functions, &entry, sizeof entry);
    }
}

/* Append the places within functions that have a plan, by address.  */
static void
append_places (struct parts *parts, const struct static_probe *statics,
	       size_t count)
{
  uint64_t last = 0;

  for (;;)
    {
      const struct static_site *next = NULL;
      for (size_t i = 0; i < count; i++)
	for (size_t j = 0; j < statics[i].count; j++)
	  {
	    const struct static_site *site = &statics[i].sites[j];
	    if (site->plan.address > last
		&& (next == NULL || site->address < next->address))
	      next = site;
	  }
      if (next == NULL)
	return;
      last = next->address;
      struct table_site entry = make_site (parts, &next->plan);
      entry.function = parts->function_numbers[next->function];
      append (&parts->places, &entry, sizeof entry);
    }
}

/* The number of the place of SITE; SITE_NONE if it has no plan of its own.  */
static uint32_t
number_of_place (const struct parts *parts, const struct static_site *site)
{
  const struct table_site *places
      = (const struct table_site *) parts->places.bytes;

  for (uint32_t i = 0; i < parts->places.count / sizeof *places; i++)
    if (places[i].address == site->plan.address)
      return i;
  return SITE_NONE;
}

/* Append a static probe and its sites.  */
static void
append_static (struct parts *parts, const struct static_probe *probe)
{
  struct table_static entry = {
    .provider = append_string (parts, probe->provider),
    .event = append_string (parts, probe->event),
    .names = append_string (parts, probe->names),
    .reason = append_string (parts, probe->reason),
    .first = parts->static_sites.count / sizeof (struct table_static_site),
    .sites = probe->count,
    .refused = probe->refused,
    .arguments = probe->arguments,
  };

  append (&parts->statics, &entry, sizeof entry);
  for (size_t i = 0; i < probe->count; i++)
    {
      const struct static_site *site = &probe->sites[i];
      struct table_static_site place = {
	.place = number_of_place (parts, site),
	.address = site->address,
	.function = parts->function_numbers[site->function],
	.site = site->number == STATIC_ADDRESS
		    ? SITE_NONE
		    : parts->first_sites[site->function] + site->number,
	.kind = site->kind,
	.reason = site->reason,
	.is_guarded = site->is_guarded,
	.guard = site->guard,
      };
      memcpy (place.values, site->values, sizeof place.values);
      append (&parts->static_sites, &place, sizeof place);
    }
}

/* Append PART to TABLE at the next multiple of 8 and return its offset.  */
static uint32_t
place (struct buffer *table, const struct buffer *part)
{
  static const uint8_t zeros[8];

  append (table, zeros, -table->count & 7);
  return append (table, part->bytes, part->count);
}

void *
table_make (const struct code *code, const struct function_plan *plans,
	    const struct debug_info *info, const struct static_probe *statics,
	    size_t static_count, const uint8_t *text_hash, size_t *bytes)
{
  struct parts parts = { .code = code };
  struct buffer table = { 0 };
  struct site_table header = {
    .magic = SITE_TABLE_MAGIC,
    .text_start = code->kernel->text_start,
    .text_end = code->kernel->text_end,
    .flags = code_has_frames (code) ? SITE_TABLE_FRAME_POINTERS : 0,
  };

  append (&parts.strings, "", 1);
  parts.function_numbers
      = must_allocate (code->function_count * sizeof (uint32_t));
  parts.first_sites = must_allocate (code->function_count * sizeof (uint32_t));
  for (size_t i = 0; i < code->function_count; i++)
    {
      parts.function_numbers[i]
	  = parts.functions.count / sizeof (struct table_function);
      parts.first_sites[i] = parts.sites.count / sizeof (struct table_site);
      append_function (&parts, &plans[i], info);
    }
  append_places (&parts, statics, static_count);
  for (size_t i = 0; i < static_count; i++)
    {
      append_static (&parts, &statics[i]);
      header.hooks += strcmp (statics[i].provider, "counter") == 0;
    }

  append (&table, &header, sizeof header);
  memcpy (header.text_hash, text_hash, sizeof header.text_hash);
  header.functions = parts.functions.count / sizeof (struct table_function);
  header.functions_at = place (&table, &parts.functions);
  header.sites = parts.sites.count / sizeof (struct table_site);
  header.sites_at = place (&table, &parts.sites);
  header.fixups = parts.fixups.count / sizeof (struct table_fixup);
  header.fixups_at = place (&table, &parts.fixups);
  header.code_at = place (&table, &parts.moved);
  header.code_bytes = parts.moved.count;
  header.strings_at = place (&table, &parts.strings);
  header.strings_bytes = parts.strings.count;
  struct buffer classes
      = { code->classes, code->kernel->text_end - code->kernel->text_start };
  header.classes_at = place (&table, &classes);
  header.statics = parts.statics.count / sizeof (struct table_static);
  header.statics_at = place (&table, &parts.statics);
  header.static_sites
      = parts.static_sites.count / sizeof (struct table_static_site);
  header.static_sites_at = place (&table, &parts.static_sites);
  header.places = parts.places.count / sizeof (struct table_site);
  header.places_at = place (&table, &parts.places);
  memcpy (table.bytes, &header, sizeof header);

  free (parts.functions.bytes);
  free (parts.sites.bytes);
  free (parts.fixups.bytes);
  free (parts.moved.bytes);
  free (parts.strings.bytes);
  free (parts.statics.bytes);
  free (parts.static_sites.bytes);
  free (parts.places.bytes);
  free (parts.function_numbers);
  free (parts.first_sites);
  *bytes = table.count;
  return table.bytes;
}
