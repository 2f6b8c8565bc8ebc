/* The functions of <stdio.h> that there are without a C library.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef BARE_STDIO_H
#define BARE_STDIO_H

#include <stdarg.h>
#include <stddef.h>

/* With %s, %c, %d, %u, %x, the last three also with l or ll, and %%.  */
int vsnprintf (char *text, size_t bytes, const char *format,
	       va_list arguments);
int snprintf (char *text, size_t bytes, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

#endif /* BARE_STDIO_H */
