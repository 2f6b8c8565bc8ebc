/* Versions of the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What a released version's tables are never changes: schema-N.sql makes
   those of version N in an empty database, and migrate-N.sql what is between
   version N - 1 and N.  All that is to be done is one transaction.  A step
   that begins anew puts the old tables aside, makes those of the new version,
   and then takes over what was in the old ones.  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "database_private.h"

/* Made from the files of those names.  */
extern const char schema_3_sql[];
extern const char migrate_2_sql[];
extern const char migrate_3_before_sql[];
extern const char migrate_3_after_sql[];
extern const char migrate_4_sql[];
extern const char migrate_5_sql[];

/* Steps to VERSION from the one before.  */
static const struct step
{
  int version;
  const char *texts[3];
} steps[] = {
  { 2, { migrate_2_sql } },
  { 3, { migrate_3_before_sql, schema_3_sql, migrate_3_after_sql } },
  { 4, { migrate_4_sql } },
  { 5, { migrate_5_sql } },
};

/* End the transaction that makes this version, which was GOOD so far, or give
   it up.  */
static bool
finish (struct database *database, bool good)
{
  char text[64];

  snprintf (text, sizeof text, "PRAGMA user_version = %d", DATABASE_VERSION);
  if (good && database_execute (database, text)
      && database_execute (database, "COMMIT"))
    return true;
  database_rollback (database);
  return false;
}

/* What makes the tables and views of this version in an empty database.  */
static const char *const schema[]
    = { schema_3_sql, migrate_4_sql, migrate_5_sql };

const char *
database_schema (unsigned part)
{
  return part < sizeof schema / sizeof schema[0] ? schema[part] : NULL;
}

/* Make the tables in a database that has none.  */
static bool
make_schema (struct database *database)
{
  char identity[160];
  bool good = true;

  snprintf (identity, sizeof identity,
	    "PRAGMA application_id = %d;"
	    "INSERT INTO identity (name) VALUES (lower(hex(randomblob(8))))",
	    DATABASE_APPLICATION_ID);
  /* So that pages that have become free can be given back.  */
  if (!database_execute (database, "PRAGMA auto_vacuum = INCREMENTAL")
      || !database_execute (database, "BEGIN IMMEDIATE"))
    return false;
  for (unsigned part = 0; good && database_schema (part) != NULL; part++)
    good = database_execute (database, database_schema (part));
  return finish (database, good && database_execute (database, identity));
}

/* Take all steps from VERSION on, in one transaction: a version in between may
   lack what the next step would remove.  */
static bool
bring_up (struct database *database, int version)
{
  if (version == DATABASE_VERSION)
    return true;
  bool good = database_execute (database, "BEGIN IMMEDIATE");
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    for (size_t j = 0; j < sizeof steps[i].texts / sizeof *steps[i].texts; j++)
      if (good && steps[i].version > version && steps[i].texts[j] != NULL)
	good = database_execute (database, steps[i].texts[j]);
  return finish (database, good);
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
database_is_ours (int64_t application, int64_t version, char *message,
		  size_t bytes)
{
  if (application != DATABASE_APPLICATION_ID || version < 1)
    snprintf (message, bytes,
	      "is a database of another program; name another file");
  else if (version > DATABASE_VERSION)
    snprintf (message, bytes,
	      "has version %lld, and this program knows versions up to %d; "
	      "use one as new as that which made it, or another file",
	      (long long) version, DATABASE_VERSION);
  else
    return true;
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
  if (!database_is_ours (application, version, message, bytes))
    return false;
  return bring_up (database, version) || fail (database, path, message, bytes);
}
