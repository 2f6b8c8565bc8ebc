/* The kernel's RPCs as functions.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What comes from the kernel is checked as far as this side would go wrong
   with it: strings end, counts fit.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "mdtrace_user.h"
#include "target.h"

/* Make sure that the array TEXT ends.  */
#define TERMINATE(text) ((text)[sizeof (text) - 1] = '\0')

int
mdtrace_forward (struct mdtrace_target *target, const void *message,
		 size_t bytes, void *reply, size_t *reply_bytes)
{
  union
  {
    mach_msg_header_t header;
    uint8_t bytes[MDTRACE_MESSAGE_BYTES_MAX];
  } buffer;

  if (bytes < sizeof buffer.header || bytes > sizeof buffer)
    return MDTRACE_ERR_BAD_ARGUMENT;
  memcpy (buffer.bytes, message, bytes);
  target->detail[0] = '\0';
  buffer.header.msgh_size = bytes;
  int error = target->transport->rpc (target, &buffer.header, sizeof buffer);
  if (error != MDTRACE_OK)
    return error;
  if (buffer.header.msgh_size > *reply_bytes)
    return MDTRACE_ERR_PROTOCOL;
  *reply_bytes = buffer.header.msgh_size;
  memcpy (reply, buffer.bytes, *reply_bytes);
  return MDTRACE_OK;
}

int
mdtrace_get_status (struct mdtrace_target *target, mdtrace_status_t *status)
{
  int error = target_has_ended (target)
		  ? target->transport->get_status (target, status)
		  : rpc_mdtrace_get_status (target->token, status);

  if (error != MDTRACE_OK)
    return error;
  TERMINATE (status->mdtrace_version);
  TERMINATE (status->kernel_version);
  TERMINATE (status->holder);
  if (status->cpus > MDTRACE_CPUS_MAX
      || (status->word_bytes != 4 && status->word_bytes != 8))
    return MDTRACE_ERR_PROTOCOL;
  return MDTRACE_OK;
}

int
mdtrace_get_clock (struct mdtrace_target *target, mdtrace_clock_t *clock)
{
  if (target_has_ended (target))
    return target->transport->get_clock (target, clock);
  return rpc_mdtrace_get_clock (target->token, clock);
}

int
mdtrace_get_health (struct mdtrace_target *target, mdtrace_health_t *health)
{
  return rpc_mdtrace_get_health (target->token, health);
}

int
mdtrace_probe_create (struct mdtrace_target *target,
		      const mdtrace_probe_config_t *config,
		      mdtrace_created_t *created)
{
  return rpc_mdtrace_probe_create (target->token, *config, created);
}

int
mdtrace_probe_enable (struct mdtrace_target *target, uint32_t probe_id)
{
  return rpc_mdtrace_probe_enable (target->token, probe_id);
}

int
mdtrace_probe_disable (struct mdtrace_target *target, uint32_t probe_id)
{
  return rpc_mdtrace_probe_disable (target->token, probe_id);
}

int
mdtrace_probe_destroy (struct mdtrace_target *target, uint32_t probe_id)
{
  return rpc_mdtrace_probe_destroy (target->token, probe_id);
}

int
mdtrace_probe_list (struct mdtrace_target *target, uint32_t first,
		    mdtrace_probe_info_t **probes, size_t *count)
{
  mdtrace_probe_info_t *list = NULL;
  size_t listed = 0;

  if (target_has_ended (target))
    return target->transport->list_probes (target, first, probes, count);
  for (;;)
    {
      /* Room for one page more.  */
      mdtrace_probe_info_t *longer
	  = realloc (list, (listed + MDTRACE_PROBES_PAGE) * sizeof *list);
      if (longer == NULL)
	{
	  free (list);
	  return MDTRACE_ERR_SYSTEM;
	}
      list = longer;
      mach_msg_type_number_t page = MDTRACE_PROBES_PAGE;
      int error = rpc_mdtrace_probe_list (target->token, first, list + listed,
					  &page);
      if (error != MDTRACE_OK)
	{
	  free (list);
	  return error;
	}
      for (size_t i = listed; i < listed + page; i++)
	{
	  TERMINATE (list[i].provider);
	  TERMINATE (list[i].event);
	  TERMINATE (list[i].module);
	  TERMINATE (list[i].function);
	  TERMINATE (list[i].label);
	  TERMINATE (list[i].names);
	  if (list[i].id < first)
	    {
	      free (list);
	      return MDTRACE_ERR_PROTOCOL;
	    }
	  first = list[i].id + 1;
	}
      listed += page;
      if (page == 0 || first == 0)
	break;
    }
  *probes = list;
  *count = listed;
  return MDTRACE_OK;
}

int
mdtrace_probe_counts (struct mdtrace_target *target, uint32_t probe_id,
		      mdtrace_counts_t *counts, unsigned *cpus)
{
  mach_msg_type_number_t count = MDTRACE_CPUS_MAX;
  int error
      = rpc_mdtrace_probe_counts (target->token, probe_id, counts, &count);

  *cpus = count;
  return error;
}

int
mdtrace_ring_status (struct mdtrace_target *target, unsigned cpu,
		     mdtrace_ring_info_t *ring)
{
  if (target_has_ended (target))
    return target->transport->get_ring (target, cpu, ring);
  return rpc_mdtrace_ring_status (target->token, cpu, ring);
}

int
mdtrace_ring_configure (struct mdtrace_target *target, uint64_t bytes,
			enum mdtrace_ring_mode mode)
{
  mdtrace_status_t status;
  int error = rpc_mdtrace_ring_configure (target->token, bytes, mode);

  if (error == MDTRACE_ERR_RING_CLAIMED
      && mdtrace_get_status (target, &status) == MDTRACE_OK)
    return target_fail (target, error, "by '%s', which must end first",
			status.holder);
  return error;
}

/* Append what of the page of BYTES bytes at PAGE can be understood to the
   functions at *LIST.  */
static int
read_functions (const uint8_t *page, size_t bytes,
		struct mdtrace_function **list, size_t *count)
{
  size_t at = 0;

  while (at + sizeof (struct mdtrace_function_entry) <= bytes)
    {
      struct mdtrace_function_entry entry;
      memcpy (&entry, page + at, sizeof entry);
      if (entry.entry_bytes <= sizeof entry || entry.entry_bytes > bytes - at)
	return MDTRACE_ERR_PROTOCOL;
      /* Grow at the powers of two.  */
      if ((*count & (*count - 1)) == 0)
	{
	  struct mdtrace_function *longer
	      = realloc (*list, (*count > 0 ? 2 * *count : 1) * sizeof **list);
	  if (longer == NULL)
	    return MDTRACE_ERR_SYSTEM;
	  *list = longer;
	}
      struct mdtrace_function *function = &(*list)[(*count)++];
      memset (function, 0, sizeof *function);
      function->address = entry.address;
      function->bytes = entry.bytes;
      function->refusal = entry.refusal;
      function->argument_count = entry.argument_count;
      size_t name_bytes = entry.entry_bytes - sizeof entry;
      if (name_bytes >= sizeof function->name)
	name_bytes = sizeof function->name - 1;
      memcpy (function->name, page + at + sizeof entry, name_bytes);
      at += entry.entry_bytes;
    }
  return MDTRACE_OK;
}

int
mdtrace_function_list (struct mdtrace_target *target,
		       struct mdtrace_function **functions, size_t *count)
{
  uint32_t first = 0, next;
  struct mdtrace_function *list = NULL;
  size_t listed = 0;

  if (target_has_ended (target))
    return target->transport->list_functions (target, functions, count);
  do
    {
      mdtrace_bytes_page_t page;
      mach_msg_type_number_t bytes = sizeof page;
      int error = rpc_mdtrace_function_list (target->token, first, &next, page,
					     &bytes);
      if (error == MDTRACE_OK && next != 0 && next <= first)
	error = MDTRACE_ERR_PROTOCOL;
      if (error == MDTRACE_OK)
	error = read_functions (page, bytes, &list, &listed);
      if (error != MDTRACE_OK)
	{
	  free (list);
	  return error;
	}
      first = next;
    }
  while (next != 0);
  *functions = list;
  *count = listed;
  return MDTRACE_OK;
}
