/* The functions of <string.h> that there are without a C library.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef BARE_STRING_H
#define BARE_STRING_H

#include <stddef.h>

void *memcpy (void *to, const void *from, size_t bytes);
void *memmove (void *to, const void *from, size_t bytes);
void *memset (void *to, int byte, size_t bytes);
int memcmp (const void *a, const void *b, size_t bytes);
size_t strlen (const char *text);
size_t strnlen (const char *text, size_t bytes);
int strcmp (const char *a, const char *b);
int strncmp (const char *a, const char *b, size_t bytes);

#endif /* BARE_STRING_H */
