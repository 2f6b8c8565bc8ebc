/* Traces that are read: the tables of trace files.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   They are brought into a temporary database, which SQLite keeps on the disk
   as far as it is large, so that they answer the same SQL as any other.  */

#ifndef MDTRACED_SOURCE_TABLES_H
#define MDTRACED_SOURCE_TABLES_H

#include <sqlite3.h>

#include "mdt_read.h"

struct source_tables
{
  sqlite3 *connection;
  struct
  {
    sqlite3_stmt *insert; /* null: not described yet */
    unsigned columns;
  } tables[MDT_TABLES_MAX];
  char problem[256];
};

/* Make the database, with the tables and views of this version.  TABLES is to
   be closed in any case.  */
bool source_tables_open (struct source_tables *tables);
void source_tables_close (struct source_tables *tables);

/* Take BLOCK, which describes a table or has rows of one, and whose payload is
   CURSOR.  Returns MDT_FOUND, MDT_DAMAGED or MDT_FAILED; PROBLEM is why.  */
enum mdt_found source_tables_take (struct source_tables *tables,
				   const struct mdt_block *block,
				   struct mdt_cursor *cursor);

/* That was all.  */
bool source_tables_end (struct source_tables *tables);

/* Select the names of the tables that trace files have, and of each, behind
   it, its columns in a list.  A database may have more than these, but not
   TABLES.  Null if that fails.  */
sqlite3_stmt *source_tables_list (struct source_tables *tables);

#endif /* MDTRACED_SOURCE_TABLES_H */
