/* babeltrace2's source: identifiers, and other words.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "identifier.h"

static bool
is_taken (const char *text, const char *const *taken, unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    if (strcmp (text, taken[i]) == 0)
      return true;
  return false;
}

void
ctf_identifier (const char *name, const char *const *taken, unsigned count,
		char *text, size_t bytes)
{
  enum
  {
    SUFFIX_BYTES = 4 /* _99 */
  };
  size_t length = 0;

  /* One that begins with an underscore would lose it on its way.  */
  if (*name == '\0' || *name == '_' || (*name >= '0' && *name <= '9'))
    text[length++] = 'x';
  for (; *name != '\0' && length + SUFFIX_BYTES < bytes; name++)
    {
      bool is_good = (*name >= 'a' && *name <= 'z')
		     || (*name >= 'A' && *name <= 'Z')
		     || (*name >= '0' && *name <= '9');
      text[length++] = is_good ? *name : '_';
    }
  text[length] = '\0';
  for (unsigned i = 2; is_taken (text, taken, count); i++)
    snprintf (text + length, bytes - length, "_%u", i);
}

char *
ctf_metadata_text (const char *text)
{
  char *clean = strdup (text);

  for (char *c = clean; c != NULL && *c != '\0'; c++)
    if (*c < ' ' || *c > '~')
      *c = '?';
  return clean;
}
