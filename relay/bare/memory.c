/* Memory and strings in a bare Mach task.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdlib.h>

#include "bare.h"
#include "mach_user.h"

void *
bare_allocate (size_t bytes)
{
  vm_offset_t address = 0;

  bare_check ("vm_allocate",
	      vm_allocate (mach_task_self (), &address, bytes, TRUE));
  return (void *) address;
}

enum
{
  /* What malloc takes from the kernel at once, and its alignment; a piece
     begins with its size, of which one alignment is enough.  */
  CHUNK_BYTES = 65536,
  ALIGNMENT = 16
};

void *
malloc (size_t bytes)
{
  static char *chunk;
  static size_t left;
  size_t needed = (bytes + 2 * ALIGNMENT - 1) & -(size_t) ALIGNMENT;

  if (needed > left)
    {
      left = needed > CHUNK_BYTES ? needed : CHUNK_BYTES;
      chunk = bare_allocate (left);
    }
  char *piece = chunk;
  chunk += needed;
  left -= needed;
  *(size_t *) piece = bytes;
  return piece + ALIGNMENT;
}

/* What comes from the kernel is filled with zeros, and used once.  */
void *
calloc (size_t count, size_t bytes)
{
  return malloc (count * bytes);
}

void *
realloc (void *memory, size_t bytes)
{
  void *larger = malloc (bytes);

  if (memory != NULL)
    {
      size_t old = *(size_t *) ((char *) memory - ALIGNMENT);
      memcpy (larger, memory, old < bytes ? old : bytes);
    }
  return larger;
}

void
free (void *memory)
{
  (void) memory;
}

void *
bsearch (const void *key, const void *array, size_t count, size_t bytes,
	 int (*compare) (const void *, const void *))
{
  const char *low = array;

  while (count > 0)
    {
      const char *middle = low + count / 2 * bytes;
      int order = compare (key, middle);
      if (order == 0)
	return (void *) middle;
      if (order > 0)
	{
	  low = middle + bytes;
	  count--;
	}
      count /= 2;
    }
  return NULL;
}

void *
memcpy (void *to, const void *from, size_t bytes)
{
  char *target = to;
  const char *source = from;

  while (bytes-- > 0)
    *target++ = *source++;
  return to;
}

void *
memmove (void *to, const void *from, size_t bytes)
{
  char *target = to;
  const char *source = from;

  if (target <= source)
    return memcpy (to, from, bytes);
  while (bytes-- > 0)
    target[bytes] = source[bytes];
  return to;
}

void *
memset (void *to, int byte, size_t bytes)
{
  char *target = to;

  while (bytes-- > 0)
    *target++ = byte;
  return to;
}

int
memcmp (const void *a, const void *b, size_t bytes)
{
  const unsigned char *left = a;
  const unsigned char *right = b;

  for (; bytes > 0; bytes--, left++, right++)
    if (*left != *right)
      return *left - *right;
  return 0;
}

size_t
strlen (const char *text)
{
  size_t length = 0;

  while (text[length] != '\0')
    length++;
  return length;
}

int
strcmp (const char *a, const char *b)
{
  return strncmp (a, b, (size_t) -1);
}

int
strncmp (const char *a, const char *b, size_t bytes)
{
  for (; bytes > 0; bytes--, a++, b++)
    {
      if (*a != *b)
	return (unsigned char) *a - (unsigned char) *b;
      if (*a == '\0')
	break;
    }
  return 0;
}

size_t
strnlen (const char *text, size_t bytes)
{
  size_t length = 0;

  while (length < bytes && text[length] != '\0')
    length++;
  return length;
}
