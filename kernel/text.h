/* Strings in the kernel part, which has no C library.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_TEXT_H
#define MDTRACE_TEXT_H

#include "mach_kernel.h"

static inline word_t
text_length (const char *text)
{
  word_t length = 0;

  while (text[length] != '\0')
    length++;
  return length;
}

static inline bool
text_equal (const char *a, const char *b)
{
  while (*a != '\0' && *a == *b)
    {
      a++;
      b++;
    }
  return *a == *b;
}

/* Whether TEXT, of LENGTH characters, is the same as B.  */
static inline bool
text_equal_n (const char *text, word_t length, const char *b)
{
  word_t i;

  for (i = 0; i < length; i++)
    if (b[i] == '\0' || text[i] != b[i])
      return false;
  return b[i] == '\0';
}

/* Whether C is in the set that begins at *PATTERN, behind its '[', as in
   fnmatch(3); *PATTERN is moved behind it.  A set without an end matches
   nothing.  */
static inline bool
text_is_in_set (const char **pattern, char c)
{
  const char *p = *pattern;
  bool inverted = *p == '!' || *p == '^';
  bool found = false;

  if (inverted)
    p++;
  for (bool first = true; *p != '\0' && (first || *p != ']'); first = false)
    if (p[1] == '-' && p[2] != '\0' && p[2] != ']')
      {
	found |= c >= p[0] && c <= p[2];
	p += 3;
      }
    else
      found |= c == *p++;
  if (*p == '\0')
    return false;
  *pattern = p + 1;
  return found != inverted;
}

/* Whether all of TEXT matches PATTERN, with *, ? and [...] as in
   fnmatch(3).  */
static inline bool
text_matches (const char *text, const char *pattern)
{
  /* Where to go on after a mismatch: what the last * takes grows by one.  */
  const char *star = NULL, *star_text = NULL;

  while (*text != '\0')
    {
      const char *next = pattern + 1;
      if (*pattern == '*')
	{
	  star = next;
	  star_text = text;
	  pattern = next;
	  continue;
	}
      if (*pattern != '\0'
	  && (*pattern == '?'
	      || (*pattern == '[' ? text_is_in_set (&next, *text)
				  : *pattern == *text)))
	{
	  pattern = next;
	  text++;
	  continue;
	}
      if (star == NULL)
	return false;
      pattern = star;
      text = ++star_text;
    }
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}

/* Whether TEXT has a character that is special in a pattern.  */
static inline bool
text_is_pattern (const char *text)
{
  for (; *text != '\0'; text++)
    if (*text == '*' || *text == '?' || *text == '[')
      return true;
  return false;
}

/* Whether the array of BYTES characters at TEXT holds a NUL.  */
static inline bool
text_is_terminated (const char *text, word_t bytes)
{
  for (word_t i = 0; i < bytes; i++)
    if (text[i] == '\0')
      return true;
  return false;
}

/* Copy what fits of TEXT into the array TO of BYTES characters, and fill it
   up with NULs, of which the last is always one.  */
static inline void
text_copy (char *to, word_t bytes, const char *text)
{
  word_t i = 0;

  for (; i < bytes - 1 && text[i] != '\0'; i++)
    to[i] = text[i];
  for (; i < bytes; i++)
    to[i] = '\0';
}

#endif /* MDTRACE_TEXT_H */
