/* What can be read of a damaged database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_RECOVER_H
#define MDTRACED_RECOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recover_counts
{
  int64_t rows;	  /* of all tables, that were saved */
  int64_t events; /* of these */
  int64_t places; /* where something could not be read */
};

/* Save what can be read of the database at PATH, which is only read, into one
   of this version at OUTPUT, which is an empty file, with all that a database
   must have.  On failure returns false and leaves a sentence in MESSAGE, of
   BYTES bytes.  */
bool recover_database (const char *path, const char *output,
		       struct recover_counts *counts, char *message,
		       size_t bytes);

#endif /* MDTRACED_RECOVER_H */
