/* Export: what is UTF-8, and what is not.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

size_t
utf8_bytes (const char *at)
{
  const unsigned char *text = (const unsigned char *) at;
  unsigned first = text[0];
  size_t count;
  uint32_t code, least;

  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first < 0xe0)
    {
      count = 2;
      least = 0x80;
      code = first & 0x1f;
    }
  else if (first >= 0xe0 && first < 0xf0)
    {
      count = 3;
      least = 0x800;
      code = first & 0x0f;
    }
  else if (first >= 0xf0 && first < 0xf5)
    {
      count = 4;
      least = 0x10000;
      code = first & 0x07;
    }
  else
    return 0;
  /* The null byte at the end is no continuation either.  */
  for (size_t i = 1; i < count; i++)
    {
      if ((text[i] & 0xc0) != 0x80)
	return 0;
      code = code << 6 | (text[i] & 0x3f);
    }
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    return 0;
  return count;
}

char *
utf8_clean (const char *text)
{
  char *clean = malloc (strlen (text) * strlen (UTF8_REPLACEMENT) + 1);
  char *end = clean;

  while (clean != NULL && *text != '\0')
    {
      size_t count = utf8_bytes (text);
      if (count > 0)
	end = mempcpy (end, text, count);
      else
	end = stpcpy (end, UTF8_REPLACEMENT);
      text += count > 0 ? count : 1;
    }
  if (clean != NULL)
    *end = '\0';
  return clean;
}
