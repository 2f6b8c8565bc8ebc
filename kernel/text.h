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
