/* Static probes, and firing custom ones.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As in client.c: what comes from the kernel is checked as far as this side
   would go wrong with it.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "mdtrace_user.h"
#include "target.h"

/* Static probes that were read so far.  */
struct statics
{
  struct mdtrace_static *list;
  size_t count;
};

/* Take the text at *AT, which must end before END, into TO of BYTES bytes;
   what does not fit is cut.  */
static bool
take_text (const char **at, const char *end, char *to, size_t bytes)
{
  size_t length = strnlen (*at, end - *at);

  if (length == (size_t) (end - *at))
    return false;
  memset (to, 0, bytes);
  memcpy (to, *at, length < bytes ? length : bytes - 1);
  *at += length + 1;
  return true;
}

static int
append (struct statics *statics, const struct mdtrace_static_entry *entry,
	const char *text, size_t bytes)
{
  const char *end = text + bytes;

  /* Grow at the powers of two.  */
  if ((statics->count & (statics->count - 1)) == 0)
    {
      size_t room = statics->count > 0 ? 2 * statics->count : 1;
      struct mdtrace_static *longer
	  = realloc (statics->list, room * sizeof *statics->list);
      if (longer == NULL)
	return MDTRACE_ERR_SYSTEM;
      statics->list = longer;
    }
  struct mdtrace_static *probe = &statics->list[statics->count];
  memset (probe, 0, sizeof *probe);
  probe->sites = entry->sites;
  probe->refused = entry->refused;
  probe->arguments = entry->arguments;
  if (!take_text (&text, end, probe->provider, sizeof probe->provider)
      || !take_text (&text, end, probe->event, sizeof probe->event)
      || !take_text (&text, end, probe->names, sizeof probe->names)
      || !take_text (&text, end, probe->missing, sizeof probe->missing))
    return MDTRACE_ERR_PROTOCOL;
  statics->count++;
  return MDTRACE_OK;
}

/* Append what is in the page of BYTES bytes at PAGE.  */
static int
read_page (struct statics *statics, const uint8_t *page, size_t bytes)
{
  size_t at = 0;

  while (at + sizeof (struct mdtrace_static_entry) <= bytes)
    {
      struct mdtrace_static_entry entry;
      memcpy (&entry, page + at, sizeof entry);
      if (entry.entry_bytes <= sizeof entry || entry.entry_bytes > bytes - at)
	return MDTRACE_ERR_PROTOCOL;
      int error
	  = append (statics, &entry, (const char *) page + at + sizeof entry,
		    entry.entry_bytes - sizeof entry);
      if (error != MDTRACE_OK)
	return error;
      at += entry.entry_bytes;
    }
  return MDTRACE_OK;
}

int
mdtrace_static_list (struct mdtrace_target *target,
		     struct mdtrace_static **probes, size_t *count)
{
  struct statics statics = { 0 };
  uint32_t first = 0, next;

  do
    {
      mdtrace_bytes_page_t page;
      mach_msg_type_number_t bytes = sizeof page;
      int error = rpc_mdtrace_static_list (target->token, first, &next, page,
					   &bytes);
      if (error == MDTRACE_OK && next != 0 && next <= first)
	error = MDTRACE_ERR_PROTOCOL;
      if (error == MDTRACE_OK)
	error = read_page (&statics, page, bytes);
      if (error != MDTRACE_OK)
	{
	  free (statics.list);
	  return error;
	}
      first = next;
    }
  while (next != 0);
  *probes = statics.list;
  *count = statics.count;
  return MDTRACE_OK;
}

int
mdtrace_fire (struct mdtrace_target *target, const char *name,
	      const uint64_t *values, unsigned count, unsigned *listening)
{
  mdtrace_event_name_t event = "";
  mdtrace_fired_t fired = { { 0 } };
  uint32_t probes = 0;

  if (strlen (name) >= sizeof event || count > MDTRACE_ARGUMENTS_MAX)
    return MDTRACE_ERR_BAD_ARGUMENT;
  memcpy (event, name, strlen (name));
  for (unsigned i = 0; i < count; i++)
    fired.values[i] = values[i];
  int error = rpc_mdtrace_custom_fire (target->token, event, fired, &probes);
  if (listening != NULL)
    *listening = probes;
  return error;
}
