/* Messages of mdtrace-mkkernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_MESSAGE_H
#define MKKERNEL_MESSAGE_H

#include <stddef.h>

/* Say on standard error what is wrong and exit with status 1.  Nothing that
   was begun is left behind.  */
void fail (const char *format, ...)
    __attribute__ ((format (printf, 1, 2), noreturn));

/* Remove the file PATH at exit, unless keep_file is called for it.  */
void remove_at_exit (const char *path);
void keep_file (const char *path);

/* Memory of BYTES bytes, or fail.  */
void *must_allocate (size_t bytes);
void *must_reallocate (void *memory, size_t bytes);

/* A string made by printf's rules; the caller frees it.  */
char *must_format (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));

#endif /* MKKERNEL_MESSAGE_H */
