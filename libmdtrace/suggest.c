/* Names that look like another name.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   By the number of single characters that must be inserted, deleted,
   replaced or exchanged with their neighbour to make one of the other: the
   restricted Damerau-Levenshtein distance.  */

#include <config.h>

#include <string.h>

#include "mdtrace.h"

static unsigned
smallest (unsigned a, unsigned b, unsigned c)
{
  unsigned least = a < b ? a : b;

  return least < c ? least : c;
}

static unsigned
distance (const char *a, const char *b)
{
  /* Three rows of the table: for the prefixes of A that end two characters
     before, one before, and here.  */
  unsigned rows[3][MDTRACE_FUNCTION_BYTES + 1];
  size_t length = strlen (b);

  if (length > MDTRACE_FUNCTION_BYTES)
    length = MDTRACE_FUNCTION_BYTES;
  for (size_t j = 0; j <= length; j++)
    rows[0][j] = j;
  for (size_t i = 1; a[i - 1] != '\0'; i++)
    {
      unsigned *before = rows[(i + 1) % 3]; /* i - 2 */
      unsigned *above = rows[(i + 2) % 3];  /* i - 1 */
      unsigned *here = rows[i % 3];
      here[0] = i;
      for (size_t j = 1; j <= length; j++)
	{
	  here[j] = smallest (above[j] + 1, here[j - 1] + 1,
			      above[j - 1] + (a[i - 1] != b[j - 1]));
	  if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
	      && before[j - 2] + 1 < here[j])
	    here[j] = before[j - 2] + 1;
	}
    }
  return rows[strlen (a) % 3][length];
}

size_t
mdtrace_suggest (const struct mdtrace_function *functions, size_t count,
		 const char *name, const char **suggestions, size_t max)
{
  /* What is further away than a third of its characters looks like
     something else.  */
  unsigned limit = strlen (name) / 3 + 1;
  size_t found = 0;

  if (strlen (name) >= MDTRACE_FUNCTION_BYTES)
    return 0;
  for (unsigned away = 0; away <= limit && found < max; away++)
    for (size_t i = 0; i < count && found < max; i++)
      if (functions[i].refusal == MDTRACE_REASON_NONE
	  && distance (functions[i].name, name) == away)
	suggestions[found++] = functions[i].name;
  return found;
}
