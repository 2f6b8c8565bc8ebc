/* mdtrace db vacuum: give back the room that is free in a database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "database.h"
#include "db.h"
#include "reader.h"

static int64_t
file_bytes (const char *path)
{
  struct stat file;

  return stat (path, &file) == 0 ? file.st_size : 0;
}

/* Rewrite the database at PATH; on failure leaves a sentence in MESSAGE, of
   BYTES bytes.  */
static bool
vacuum (const char *path, char *message, size_t bytes)
{
  struct reader reader;
  bool is_damaged;
  /* database_open would make one.  */
  bool is_there = reader_open (&reader, path, &is_damaged, message, bytes);

  reader_close (&reader);
  if (!is_there)
    return false;
  struct database *database = database_open (path, message, bytes);
  if (database == NULL)
    return false;
  bool good = database_vacuum (database);
  if (!good)
    snprintf (message, bytes, "%s", database_error (database));
  if (!good && database_is_damaged (database))
    database_describe_damage (path, database_error (database), message, bytes);
  database_close (database);
  return good;
}

int
cli_db_vacuum (int argc, char **argv, struct cli_options *options)
{
  char message[1536];
  char *path
      = db_parse (argc, argv, options,
		  "Rewrite a database without the room that is free in it, "
		  "and bring it up to this version.  No daemon may have it "
		  "open, and for a moment the disk must have room for it "
		  "twice.");

  if (path == NULL)
    return 1;
  int64_t before = file_bytes (path);
  if (!vacuum (path, message, sizeof message))
    return db_report (options, path, message);
  int64_t after = file_bytes (path);
  if (options->json)
    cli_print_json (cli_json_pack ("{s:s, s:I, s:I}", "database", path,
				   "bytes_before", (json_int_t) before,
				   "bytes", (json_int_t) after));
  else
    printf ("%s: %" PRId64 " bytes, %" PRId64 " before\n", path, after,
	    before);
  free (path);
  return cli_finish ();
}
