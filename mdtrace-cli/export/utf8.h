/* Export: what is UTF-8, and what is not.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef EXPORT_UTF8_H
#define EXPORT_UTF8_H

#include <stddef.h>

/* U+FFFD, which stands for a byte that belongs to no character.  */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* How many bytes at TEXT, which is not empty, are a character of UTF-8; 0: it
   is none.  Overlong ones, surrogates and what is beyond U+10FFFF are none. */
size_t utf8_bytes (const char *text);

/* TEXT with what is no UTF-8 replaced; the caller frees it.  Null if there is
   no memory.  */
char *utf8_clean (const char *text);

#endif /* EXPORT_UTF8_H */
