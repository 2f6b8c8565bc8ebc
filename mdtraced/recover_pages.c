/* Events on pages that nothing leads to any more.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   SQLite's file format is documented.  A page of a table's rows begins with
   eight bytes, of which the first is 13 and the fourth and fifth are the
   number of rows; the places of the rows in the page follow.  A row is the
   length of its record and its key, then the record: the length of its head, a
   type for each column, and the values.  All numbers have their highest byte
   first.  Of all tables only events have that many columns with nothing but
   integers.  */

#include <config.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "recover_pages.h"

enum
{
  LEAF = 13,
  LEAF_HEAD_BYTES = 8,
  NUMBER_BYTES_MAX = 9
};

/* A part of a page.  */
struct part
{
  const unsigned char *next, *end;
};

static unsigned
two_bytes (const unsigned char *place)
{
  return place[0] << 8 | place[1];
}

/* Take a number of variable length: seven bits in each byte but the ninth,
   which has eight; the highest bit says that there is another byte.  */
static bool
take_number (struct part *part, uint64_t *number)
{
  *number = 0;
  for (int i = 1; i <= NUMBER_BYTES_MAX && part->next < part->end; i++)
    {
      unsigned char byte = *part->next++;
      if (i == NUMBER_BYTES_MAX)
	{
	  *number = *number << 8 | byte;
	  return true;
	}
      *number = *number << 7 | (byte & 0x7f);
      if ((byte & 0x80) == 0)
	return true;
    }
  return false;
}

/* Take a value of TYPE.  False if that is none of an event's.  */
static bool
take_value (struct part *part, uint64_t type, struct recover_value *value)
{
  static const unsigned char bytes_of_type[]
      = { 0, 1, 2, 3, 4, 6, 8, 0, 0, 0 };

  if (type > 9 || type == 7
      || (size_t) (part->end - part->next) < bytes_of_type[type])
    return false;
  value->is_null = type == 0;
  value->number = type == 9;
  for (unsigned i = 0; i < bytes_of_type[type]; i++)
    {
      unsigned char byte = *part->next++;
      uint64_t above = i == 0 && (byte & 0x80) != 0 ? UINT64_MAX
						    : (uint64_t) value->number;
      value->number = (int64_t) (above << 8 | byte);
    }
  return true;
}

/* Take the row in PART, if it is an event.  */
static bool
take_row (struct part *part, struct recover_value *values)
{
  uint64_t bytes, key, head_bytes, type;

  if (!take_number (part, &bytes) || !take_number (part, &key)
      || bytes > (uint64_t) (part->end - part->next))
    return false;
  part->end = part->next + bytes;
  struct part head = *part;
  if (!take_number (&head, &head_bytes) || head_bytes > bytes)
    return false;
  head.end = part->next + head_bytes;
  part->next = head.end;
  for (int i = 0; i < RECOVER_EVENT_COLUMNS; i++)
    if (!take_number (&head, &type) || !take_value (part, type, &values[i]))
      return false;
  /* The key is not stored twice; a probe and a CPU each event has.  */
  if (head.next != head.end || part->next != part->end || !values[0].is_null
      || values[1].is_null || values[2].is_null || (int64_t) key <= 0)
    return false;
  values[0] = (struct recover_value){ .number = (int64_t) key };
  return true;
}

/* Give the events in PAGE, of BYTES bytes, to PUT.  */
static bool
look_at_page (const unsigned char *page, size_t bytes, recover_put *put,
	      void *closure)
{
  struct recover_value values[RECOVER_EVENT_COLUMNS];
  unsigned count = two_bytes (page + 3);

  if (page[0] != LEAF || count > (bytes - LEAF_HEAD_BYTES) / 2)
    return true;
  for (unsigned i = 0; i < count; i++)
    {
      unsigned place = two_bytes (page + LEAF_HEAD_BYTES + 2 * i);
      struct part part = { page + place, page + bytes };
      if (place >= bytes || !take_row (&part, values))
	continue;
      if (!put (closure, values))
	return false;
    }
  return true;
}

bool
recover_pages (const char *path, size_t page_bytes, recover_put *put,
	       void *closure)
{
  unsigned char *page = malloc (page_bytes);
  int file = open (path, O_RDONLY | O_CLOEXEC);
  bool good = true;

  /* The first page is of the tables' names.  */
  for (off_t place = page_bytes;
       good && page != NULL && file >= 0
       && pread (file, page, page_bytes, place) == (ssize_t) page_bytes;
       place += page_bytes)
    good = look_at_page (page, page_bytes, put, closure);
  if (file >= 0)
    close (file);
  free (page);
  return good;
}
