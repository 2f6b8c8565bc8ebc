/* mdtrace: adding files to a database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What 'mdtrace import' and 'mdtrace db merge' share: of databases or trace
   files, several are added to one database, one after the other, and of each
   it is told what of it was new.  */

#ifndef DB_ADD_H
#define DB_ADD_H

#include "db.h"
#include "merge.h"

struct db_add
{
  struct cli_options *options;
  const char *into; /* the database that is added to */
  char **sources;
  int count;
  json_t *list; /* what became of each, with --json */
};

/* Take the arguments of such a verb, and what it does not know itself; EXAMPLE
   is shown if something is missing.  */
error_t db_add_parse_rest (int key, char *argument, struct argp_state *state,
			   struct db_add *add, const char *example);

/* Add the whole database at SOURCE to DATABASE; a copy of it can be made in
   NEW's directory.  Returns the exit status; SHOWN is what a failure is said
   of.  */
int db_add_database (const struct db_add *add, struct database *database,
		     const char *source, const struct new_file *new,
		     const char *shown, struct merge_counts *counts);

/* Tell what became of SOURCE, which JSON calls KIND.  */
void db_add_tell (struct db_add *add, const char *kind, const char *source,
		  const struct merge_counts *counts);

/* With --json print what became of all, which it calls KINDS, if STATUS is 0.
   Returns the exit status.  */
int db_add_end (struct db_add *add, const char *kinds, int status);

#endif /* DB_ADD_H */
