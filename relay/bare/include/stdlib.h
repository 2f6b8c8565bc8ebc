/* The functions of <stdlib.h> that there are without a C library.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef BARE_STDLIB_H
#define BARE_STDLIB_H

#include <stddef.h>

/* Memory is never given back before the task ends.  */
void *malloc (size_t bytes);
void *calloc (size_t count, size_t bytes);
void *realloc (void *memory, size_t bytes);
void free (void *memory);

void *bsearch (const void *key, const void *array, size_t count, size_t bytes,
	       int (*compare) (const void *, const void *));

#endif /* BARE_STDLIB_H */
