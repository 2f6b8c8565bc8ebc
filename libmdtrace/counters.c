/* Performance counters, snapshots and trends.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As in client.c: what comes from the kernel is checked as far as this side
   would go wrong with it.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "mdtrace_user.h"
#include "target.h"

/* A list that grows by the elements of pages.  */
struct list
{
  void *elements;
  size_t count;
};

/* Append what is in the page of BYTES bytes at PAGE, elements of SIZE
   bytes.  */
static int
append (struct list *list, const uint8_t *page, size_t bytes, size_t size)
{
  if (bytes > sizeof (mdtrace_bytes_page_t) || bytes % size != 0)
    return MDTRACE_ERR_PROTOCOL;
  /* Never of no bytes: an empty list is one too.  */
  uint8_t *longer = realloc (list->elements, list->count * size + bytes + 1);
  if (longer == NULL)
    return MDTRACE_ERR_SYSTEM;
  memcpy (longer + list->count * size, page, bytes);
  list->elements = longer;
  list->count += bytes / size;
  return MDTRACE_OK;
}

/* Hand LIST to the caller, or free it after ERROR.  */
static int
finish (struct list *list, int error, void *elements, size_t *count)
{
  if (error != MDTRACE_OK)
    free (list->elements);
  else
    {
      memcpy (elements, &list->elements, sizeof list->elements);
      *count = list->count;
    }
  return error;
}

/* Make sure that the text of BYTES bytes ends.  */
static void
end_text (char *text, size_t bytes)
{
  text[bytes - 1] = '\0';
}

int
mdtrace_counter_list (struct mdtrace_target *target,
		      mdtrace_counter_info_t **counters, size_t *count)
{
  struct list list = { NULL, 0 };
  uint32_t first = 0, next = 0;
  int error;

  do
    {
      mdtrace_bytes_page_t page;
      mach_msg_type_number_t bytes = sizeof page;
      error = rpc_mdtrace_counter_list (target->token, first, &next, page,
					&bytes);
      if (error == MDTRACE_OK && next != 0 && next <= first)
	error = MDTRACE_ERR_PROTOCOL;
      if (error == MDTRACE_OK)
	error = append (&list, page, bytes, sizeof **counters);
      first = next;
    }
  while (error == MDTRACE_OK && next != 0);
  error = finish (&list, error, counters, count);
  for (size_t i = 0; error == MDTRACE_OK && i < *count; i++)
    {
      mdtrace_counter_info_t *counter = &(*counters)[i];
      end_text (counter->name, sizeof counter->name);
      end_text (counter->unit, sizeof counter->unit);
      end_text (counter->detail, sizeof counter->detail);
    }
  return error;
}

int
mdtrace_counter_find (struct mdtrace_target *target, const char *name,
		      mdtrace_counter_info_t *counter)
{
  mdtrace_counter_info_t *list;
  size_t count;
  int error = mdtrace_counter_list (target, &list, &count);

  if (error != MDTRACE_OK)
    return error;
  error = MDTRACE_ERR_NO_SUCH_COUNTER;
  for (size_t i = 0; i < count; i++)
    if (strcmp (list[i].name, name) == 0)
      {
	*counter = list[i];
	error = MDTRACE_OK;
      }
  free (list);
  return error;
}

int
mdtrace_counter_enable (struct mdtrace_target *target, uint32_t number,
			uint32_t sample)
{
  return rpc_mdtrace_counter_enable (target->token, number, sample);
}

int
mdtrace_counter_disable (struct mdtrace_target *target, uint32_t number)
{
  return rpc_mdtrace_counter_disable (target->token, number);
}

int
mdtrace_counter_read (struct mdtrace_target *target, uint32_t number,
		      uint32_t cpu, mdtrace_counter_value_t **values,
		      size_t *count)
{
  struct list list = { NULL, 0 };
  uint32_t first = 0, next = 0;
  int error;

  do
    {
      mdtrace_bytes_page_t page;
      mach_msg_type_number_t bytes = sizeof page;
      error = rpc_mdtrace_counter_read (target->token, number, cpu, first,
					&next, page, &bytes);
      if (error == MDTRACE_OK && next != 0 && next <= first)
	error = MDTRACE_ERR_PROTOCOL;
      if (error == MDTRACE_OK)
	error = append (&list, page, bytes, sizeof **values);
      first = next;
    }
  while (error == MDTRACE_OK && next != 0);
  return finish (&list, error, values, count);
}

int
mdtrace_counter_reset (struct mdtrace_target *target, uint32_t number)
{
  return rpc_mdtrace_counter_reset (target->token, number);
}

int
mdtrace_counter_create (struct mdtrace_target *target, const char *name,
			const char *unit, enum mdtrace_counter_kind kind,
			uint32_t *number)
{
  mdtrace_counter_name_t name_text = "";
  mdtrace_counter_unit_t unit_text = "";

  if (strlen (name) >= sizeof name_text || strlen (unit) >= sizeof unit_text)
    return MDTRACE_ERR_BAD_ARGUMENT;
  memcpy (name_text, name, strlen (name));
  memcpy (unit_text, unit, strlen (unit));
  return rpc_mdtrace_counter_create (target->token, name_text, unit_text, kind,
				     number);
}

int
mdtrace_counter_destroy (struct mdtrace_target *target, uint32_t number)
{
  return rpc_mdtrace_counter_destroy (target->token, number);
}

int
mdtrace_counter_update (struct mdtrace_target *target, const char *name,
			uint64_t value)
{
  mdtrace_counter_name_t text = "";

  if (strlen (name) >= sizeof text)
    return MDTRACE_ERR_NO_SUCH_COUNTER;
  memcpy (text, name, strlen (name));
  return rpc_mdtrace_counter_update (target->token, text, value);
}

int
mdtrace_take_snapshot (struct mdtrace_target *target,
		       mdtrace_snapshot_t *snapshot)
{
  return rpc_mdtrace_take_snapshot (target->token, snapshot);
}

int
mdtrace_history (struct mdtrace_target *target, uint64_t first,
		 mdtrace_snapshot_t **snapshots, size_t *count)
{
  struct list list = { NULL, 0 };
  uint64_t next = 0;
  int error;

  do
    {
      mdtrace_bytes_page_t page;
      mach_msg_type_number_t bytes = sizeof page;
      error
	  = rpc_mdtrace_history (target->token, first, &next, page, &bytes);
      if (error == MDTRACE_OK && next != 0 && next <= first)
	error = MDTRACE_ERR_PROTOCOL;
      if (error == MDTRACE_OK)
	error = append (&list, page, bytes, sizeof **snapshots);
      first = next;
    }
  while (error == MDTRACE_OK && next != 0);
  return finish (&list, error, snapshots, count);
}

int
mdtrace_get_trend (struct mdtrace_target *target, uint32_t number,
		   uint32_t window, mdtrace_trend_t *trend)
{
  return rpc_mdtrace_get_trend (target->token, number, window, trend);
}
