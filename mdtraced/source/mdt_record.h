/* Trace files, as they are recorded.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What brings rings into a database writes a trace file instead: by a
   temporary database that holds all but the events, and of which every row
   that changes goes into the file.

   Functions that return bool return false when they fail;
   mdt_record_problem tells why.  */

#ifndef MDTRACED_MDT_RECORD_H
#define MDTRACED_MDT_RECORD_H

#include "database.h"

struct mdt_record;

/* Make the file at PATH, which must not be there.  On failure
   returns null and leaves a sentence in MESSAGE, of BYTES bytes.  */
struct mdt_record *mdt_record_open (const char *path, char *message,
				    size_t bytes);

/* The database that a recorder is to store in.  Belongs to RECORD.  */
struct database *mdt_record_database (struct mdt_record *record);

/* What was stored since the last time is good.  It reaches the file at NOW_MS,
   milliseconds of any clock that does not go back, or within a second.  */
bool mdt_record_commit (struct mdt_record *record, uint64_t now_ms);

/* The same, and that is all; the file is complete.  */
bool mdt_record_finish (struct mdt_record *record);

const char *mdt_record_problem (const struct mdt_record *record);

/* Close the file as it is.  RECORD may be null.  */
void mdt_record_close (struct mdt_record *record);

#endif /* MDTRACED_MDT_RECORD_H */
