/* Versions of the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What a released version's tables are never changes: schema-N.sql makes
   those of version N in an empty database, and migrate-N.sql what is between
   version N - 1 and N.  Each step is one transaction; a step that begins anew
   puts the old tables aside, makes those of the new version, and then takes
   over what was in the old ones.  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "database_private.h"

/* Made from the files of those names.  */
extern const char schema_3_sql[];
extern const char migrate_2_sql[];
extern const char migrate_3_before_sql[];
extern const char migrate_3_after_sql[];

/* Steps to VERSION from the one before.  */
static const struct step
{
  int version;
  const char *texts[3];
} steps[] = {
  { 2, { migrate_2_sql } },
  { 3, { migrate_3_before_sql, schema_3_sql, migrate_3_after_sql } },
};

/* Execute all of TEXTS, of which there are COUNT, and call the result VERSION,
   in one transaction.  */
static bool
execute_step (struct database *database, const char *const *texts,
	      size_t count, int version)
{
  char text[64];

  snprintf (text, sizeof text, "PRAGMA user_version = %d", version);
  bool good = database_execute (database, "BEGIN IMMEDIATE");
  for (size_t i = 0; i < count && good; i++)
    good = texts[i] == NULL || database_execute (database, texts[i]);
  good = good && database_execute (database, text)
	 && database_execute (database, "COMMIT");
  if (!good)
    database_rollback (database);
  return good;
}

/* Make the tables in a database that has none.  */
static bool
make_schema (struct database *database)
{
  char identity[160];
  const char *const texts[] = { schema_3_sql, identity };

  snprintf (identity, sizeof identity,
	    "PRAGMA application_id = %d;"
	    "INSERT INTO identity (name) VALUES (lower(hex(randomblob(8))))",
	    DATABASE_APPLICATION_ID);
  /* So that pages that have become free can be given back.  */
  return database_execute (database, "PRAGMA auto_vacuum = INCREMENTAL")
	 && execute_step (database, texts, 2, DATABASE_VERSION);
}

static bool
bring_up (struct database *database, int version)
{
  bool good = true;

  for (size_t i = 0; i < sizeof steps / sizeof steps[0] && good; i++)
    if (steps[i].version > version)
      good = execute_step (database, steps[i].texts,
			   sizeof steps[i].texts / sizeof steps[i].texts[0],
			   steps[i].version);
  return good;
}

static bool
fail (const struct database *database, const char *path, char *message,
      size_t bytes)
{
  if (database_is_damaged (database))
    database_describe_damage (path, database_error (database), message, bytes);
  else
    snprintf (message, bytes, "%s", database_error (database));
  return false;
}

bool
database_migrate (struct database *database, const char *path, char *message,
		  size_t bytes)
{
  sqlite3_int64 application, version, objects;

  if (!database_select (database, "PRAGMA application_id", &application)
      || !database_select (database, "PRAGMA user_version", &version)
      || !database_select (database, "SELECT count(*) FROM sqlite_schema",
			   &objects))
    return fail (database, path, message, bytes);
  if (application == 0 && version == 0 && objects == 0)
    return make_schema (database) || fail (database, path, message, bytes);
  if (application != DATABASE_APPLICATION_ID || version < 1)
    {
      snprintf (message, bytes,
		"is a database of another program; name another file");
      return false;
    }
  if (version > DATABASE_VERSION)
    {
      snprintf (message, bytes,
		"has version %lld, and this program writes version %d; use "
		"one as new as that which made it, or another file",
		(long long) version, DATABASE_VERSION);
      return false;
    }
  return bring_up (database, version) || fail (database, path, message, bytes);
}
