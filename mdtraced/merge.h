/* From one database into another.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_MERGE_H
#define MDTRACED_MERGE_H

#include "database.h"

/* What of a database is wanted.  */
struct merge_part
{
  int64_t from_ns, to_ns; /* both are wanted themselves */
  int64_t boot_id;	  /* 0: all of them */
  /* Where a copy can be made of one of an older version.  */
  const char *directory;
};

struct merge_counts
{
  int64_t boots;	/* that were not there yet */
  int64_t known_boots;	/* that were */
  int64_t events;	/* the same of events */
  int64_t known_events; /* at their time or what that was put off to */
};

/* Store PART of the database at SOURCE, of this version or an older one, in
   DATABASE, but for what that has already, in one transaction.  SOURCE is only
   read.  On failure returns false and leaves a sentence about SOURCE in
   MESSAGE, of BYTES bytes; then nothing was stored.  */
bool merge_database (struct database *database, const char *source,
		     const struct merge_part *part,
		     struct merge_counts *counts, char *message, size_t bytes);

#endif /* MDTRACED_MERGE_H */
