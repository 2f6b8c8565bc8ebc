/* Sites of probes and functions, and what is known of an address.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As in client.c: what comes from the kernel is checked as far as this side
   would go wrong with it.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "mdtrace_user.h"
#include "target.h"

/* Sites that were read so far.  */
struct sites
{
  struct mdtrace_site *list;
  size_t count;
};

/* Append ENTRY, whose function is called NAME, of NAME_BYTES bytes.  */
static int
append (struct sites *sites, const struct mdtrace_site_entry *entry,
	const char *name, size_t name_bytes)
{
  /* Grow at the powers of two.  */
  if ((sites->count & (sites->count - 1)) == 0)
    {
      struct mdtrace_site *longer
	  = realloc (sites->list, (sites->count > 0 ? 2 * sites->count : 1)
				      * sizeof *sites->list);
      if (longer == NULL)
	return MDTRACE_ERR_SYSTEM;
      sites->list = longer;
    }
  struct mdtrace_site *site = &sites->list[sites->count++];
  memset (site, 0, sizeof *site);
  site->address = entry->address;
  site->function_address = entry->function;
  site->kind = entry->kind;
  site->plan = entry->plan;
  site->mode = entry->mode;
  site->reason = entry->reason;
  site->changed_bytes = entry->changed_bytes;
  site->lead = entry->lead;
  site->counts = entry->counts;
  if (name_bytes >= sizeof site->function)
    name_bytes = sizeof site->function - 1;
  memcpy (site->function, name, name_bytes);
  return MDTRACE_OK;
}

/* Append what is in the page of BYTES bytes at PAGE.  */
static int
read_page (struct sites *sites, const uint8_t *page, size_t bytes)
{
  size_t at = 0;

  while (at + sizeof (struct mdtrace_site_entry) <= bytes)
    {
      struct mdtrace_site_entry entry;
      memcpy (&entry, page + at, sizeof entry);
      if (entry.entry_bytes < sizeof entry || entry.entry_bytes > bytes - at)
	return MDTRACE_ERR_PROTOCOL;
      int error
	  = append (sites, &entry, (const char *) page + at + sizeof entry,
		    entry.entry_bytes - sizeof entry);
      if (error != MDTRACE_OK)
	return error;
      at += entry.entry_bytes;
    }
  return MDTRACE_OK;
}

/* What the pages are asked for by.  */
struct request
{
  struct mdtrace_target *target;
  bool is_probe;
  uint32_t probe_id;
  uint32_t cpu;
  uint64_t address;
};

static int
ask (const struct request *request, uint32_t first, uint32_t *next,
     uint8_t *page, mach_msg_type_number_t *bytes)
{
  if (request->is_probe)
    return rpc_mdtrace_probe_sites (request->target->token, request->probe_id,
				    request->cpu, first, next, page, bytes);
  return rpc_mdtrace_function_sites (request->target->token, request->address,
				     first, next, page, bytes);
}

static int
read_all (const struct request *request, struct mdtrace_site **sites,
	  size_t *count)
{
  struct sites read = { NULL, 0 };
  uint32_t first = 0, next;

  do
    {
      mdtrace_bytes_page_t page;
      mach_msg_type_number_t bytes = sizeof page;
      int error = ask (request, first, &next, page, &bytes);
      if (error == MDTRACE_OK && next != 0 && next <= first)
	error = MDTRACE_ERR_PROTOCOL;
      if (error == MDTRACE_OK)
	error = read_page (&read, page, bytes);
      if (error != MDTRACE_OK)
	{
	  free (read.list);
	  return error;
	}
      first = next;
    }
  while (next != 0);
  *sites = read.list;
  *count = read.count;
  return MDTRACE_OK;
}

int
mdtrace_probe_sites (struct mdtrace_target *target, uint32_t probe_id,
		     uint32_t cpu, struct mdtrace_site **sites, size_t *count)
{
  if (target_has_ended (target))
    return target->transport->list_sites (target, probe_id, cpu, sites, count);
  const struct request request = {
    .target = target, .is_probe = true, .probe_id = probe_id, .cpu = cpu
  };

  return read_all (&request, sites, count);
}

int
mdtrace_function_sites (struct mdtrace_target *target, uint64_t address,
			struct mdtrace_site **sites, size_t *count)
{
  const struct request request = { .target = target, .address = address };

  return read_all (&request, sites, count);
}

int
mdtrace_explain (struct mdtrace_target *target, uint64_t address,
		 mdtrace_explanation_t *explanation)
{
  int error = rpc_mdtrace_explain (target->token, address, explanation);

  explanation->name[sizeof explanation->name - 1] = '\0';
  return error;
}
