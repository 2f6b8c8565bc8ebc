/* The database, as it is written.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "lock.h"

/* Made from schema.sql.  */
extern const char database_schema[];

enum
{
  BUSY_TIMEOUT_MS = 5000,
  NAMES_CACHED = 64, /* a power of two */
  PROBES_CACHED = 256
};

enum statement
{
  STATEMENT_PUT_EVENT,
  STATEMENT_PUT_PROBE,
  STATEMENT_GET_PROBE_KEY,
  STATEMENT_PUT_SITE,
  STATEMENT_PUT_NAME,
  STATEMENT_GET_NAME,
  STATEMENT_PUT_TASK,
  STATEMENT_GET_TASKS,
  STATEMENT_GET_RING,
  STATEMENT_PUT_RING,
  STATEMENTS
};

static const char *const statement_texts[STATEMENTS] = {
  [STATEMENT_PUT_EVENT]
  = "INSERT INTO event (time_ns, probe_key, cpu, thread, task, task_name_id,"
    " address, retval, arg0, arg1, arg2, arg3, arg4, arg5)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
  [STATEMENT_PUT_PROBE]
  = "INSERT INTO probe (boot_id, probe_id, provider, module, function, name,"
    " kind, label, address, sites, functions, refused, fields, args, state,"
    " hits, recorded, filtered, dropped, throttled, missed)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
    " ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
    " ON CONFLICT (boot_id, probe_id) DO UPDATE SET state = ?15, hits = ?16,"
    " recorded = ?17, filtered = ?18, dropped = ?19, throttled = ?20,"
    " missed = ?21",
  [STATEMENT_GET_PROBE_KEY]
  = "SELECT probe_key FROM probe WHERE boot_id = ?1 AND probe_id = ?2",
  [STATEMENT_PUT_SITE]
  = "INSERT OR IGNORE INTO site (probe_key, address, function, name, kind,"
    " offset, plan) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
  [STATEMENT_PUT_NAME]
  = "INSERT OR IGNORE INTO task_name (task_name) VALUES (?1)",
  [STATEMENT_GET_NAME]
  = "SELECT task_name_id FROM task_name WHERE task_name = ?1",
  [STATEMENT_PUT_TASK]
  = "INSERT OR REPLACE INTO task (boot_id, cpu, task, task_name_id)"
    " VALUES (?1, ?2, ?3, ?4)",
  [STATEMENT_GET_TASKS]
  = "SELECT cpu, task, task_name FROM task JOIN task_name USING (task_name_id)"
    " WHERE boot_id = ?1",
  [STATEMENT_GET_RING]
  = "SELECT generation, position FROM ring WHERE boot_id = ?1 AND cpu = ?2",
  [STATEMENT_PUT_RING]
  = "INSERT INTO ring (boot_id, cpu, generation, position)"
    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (boot_id, cpu)"
    " DO UPDATE SET generation = ?3, position = ?4",
};

struct database
{
  sqlite3 *connection;
  int lock; /* descriptor that holds the lock on the file LOCK_PATH */
  char *lock_path;
  char name[64];
  sqlite3_int64 boot_id;
  sqlite3_stmt *statements[STATEMENTS];
  /* Keys that were looked up already.  */
  struct
  {
    char text[MDTRACE_TASK_NAME_BYTES];
    sqlite3_int64 id; /* 0: free */
  } names[NAMES_CACHED];
  struct
  {
    uint32_t probe_id; /* 0: free */
    sqlite3_int64 key;
  } probes[PROBES_CACHED];
};

const char *
database_error (const struct database *database)
{
  return sqlite3_errmsg (database->connection);
}

const char *
database_name (const struct database *database)
{
  return database->name;
}

static bool
execute (struct database *database, const char *text)
{
  return sqlite3_exec (database->connection, text, NULL, NULL, NULL)
	 == SQLITE_OK;
}

/* The first column of the first row that TEXT selects.  */
static bool
select_integer (struct database *database, const char *text,
		sqlite3_int64 *value)
{
  sqlite3_stmt *statement;

  if (sqlite3_prepare_v2 (database->connection, text, -1, &statement, NULL)
      != SQLITE_OK)
    return false;
  bool found = sqlite3_step (statement) == SQLITE_ROW;
  if (found)
    *value = sqlite3_column_int64 (statement, 0);
  return sqlite3_finalize (statement) == SQLITE_OK && found;
}

/* Make the tables in a database that has none.  */
static bool
make_schema (struct database *database)
{
  char text[256];

  snprintf (text, sizeof text,
	    "PRAGMA application_id = %d; PRAGMA user_version = %d;"
	    "INSERT INTO identity (name) VALUES (lower(hex(randomblob(8))))",
	    DATABASE_APPLICATION_ID, DATABASE_VERSION);
  return execute (database, "BEGIN IMMEDIATE")
	 && execute (database, database_schema) && execute (database, text)
	 && execute (database, "COMMIT");
}

/* Make sure that the database is one of ours and of this version.  */
static bool
check_schema (struct database *database, char *message, size_t bytes)
{
  sqlite3_int64 application, version, objects;

  if (!select_integer (database, "PRAGMA application_id", &application)
      || !select_integer (database, "PRAGMA user_version", &version)
      || !select_integer (database, "SELECT count(*) FROM sqlite_schema",
			  &objects))
    {
      snprintf (message, bytes, "%s", database_error (database));
      return false;
    }
  if (application == 0 && version == 0 && objects == 0)
    {
      if (make_schema (database))
	return true;
      snprintf (message, bytes, "%s", database_error (database));
      return false;
    }
  if (application != DATABASE_APPLICATION_ID)
    {
      snprintf (message, bytes,
		"is a database of another program; name another file");
      return false;
    }
  if (version != DATABASE_VERSION)
    {
      snprintf (message, bytes,
		"has version %lld, and this mdtraced writes version %d; use "
		"an mdtraced of the version that made it, or another file",
		(long long) version, DATABASE_VERSION);
      return false;
    }
  return true;
}

static bool
prepare_statements (struct database *database)
{
  for (int i = 0; i < STATEMENTS; i++)
    if (sqlite3_prepare_v3 (database->connection, statement_texts[i], -1,
			    SQLITE_PREPARE_PERSISTENT,
			    &database->statements[i], NULL)
	!= SQLITE_OK)
      return false;
  return true;
}

static bool
read_name (struct database *database)
{
  sqlite3_stmt *statement;
  bool good = false;

  if (sqlite3_prepare_v2 (database->connection, "SELECT name FROM identity",
			  -1, &statement, NULL)
      != SQLITE_OK)
    return false;
  if (sqlite3_step (statement) == SQLITE_ROW)
    {
      snprintf (database->name, sizeof database->name, "%s",
		sqlite3_column_text (statement, 0));
      good = true;
    }
  return sqlite3_finalize (statement) == SQLITE_OK && good;
}

struct database *
database_open (const char *path, char *message, size_t bytes)
{
  struct database *database = calloc (1, sizeof *database);

  if (database == NULL)
    {
      snprintf (message, bytes, "%s", strerror (ENOMEM));
      return NULL;
    }
  database->lock = -1;
  database->lock = lock_take (path, &database->lock_path);
  if (database->lock < 0)
    {
      snprintf (message, bytes, "%s",
		errno == EWOULDBLOCK
		    ? "another mdtraced has it open; stop that one, or name "
		      "another file"
		    : strerror (errno));
      database_close (database);
      return NULL;
    }
  if (sqlite3_open_v2 (path, &database->connection,
		       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)
      != SQLITE_OK)
    {
      snprintf (message, bytes, "%s", database_error (database));
      database_close (database);
      return NULL;
    }
  sqlite3_busy_timeout (database->connection, BUSY_TIMEOUT_MS);
  if (!check_schema (database, message, bytes))
    {
      database_close (database);
      return NULL;
    }
  if (!execute (database, "PRAGMA journal_mode = WAL;"
			  "PRAGMA synchronous = NORMAL")
      || !prepare_statements (database) || !read_name (database))
    {
      snprintf (message, bytes, "%s", database_error (database));
      database_close (database);
      return NULL;
    }
  return database;
}

void
database_close (struct database *database)
{
  if (database == NULL)
    return;
  for (int i = 0; i < STATEMENTS; i++)
    sqlite3_finalize (database->statements[i]);
  sqlite3_close (database->connection);
  lock_release (database->lock, database->lock_path);
  free (database);
}

bool
database_begin (struct database *database)
{
  return execute (database, "BEGIN IMMEDIATE");
}

bool
database_commit (struct database *database)
{
  return execute (database, "COMMIT");
}

/* Perform a statement that gives no rows, and make it ready for the next
   time.  */
static bool
perform (sqlite3_stmt *statement)
{
  sqlite3_step (statement);
  return sqlite3_reset (statement) == SQLITE_OK;
}

/* Perform a statement that may give one row with an integer.  */
static bool
look_up (sqlite3_stmt *statement, sqlite3_int64 *value)
{
  bool found = sqlite3_step (statement) == SQLITE_ROW;

  if (found)
    *value = sqlite3_column_int64 (statement, 0);
  return sqlite3_reset (statement) == SQLITE_OK && found;
}

static void
bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}

bool
database_set_boot (struct database *database, const mdtrace_status_t *status,
		   const char *url, uint64_t boot_time_ns, bool *is_new)
{
  sqlite3_stmt *statement;
  sqlite3_int64 kernel_id;

  if (sqlite3_prepare_v2 (database->connection,
			  "INSERT INTO kernel (text_hash, version, word_bytes)"
			  " VALUES (?1, ?2, ?3) ON CONFLICT (text_hash)"
			  " DO UPDATE SET version = ?2 RETURNING kernel_id",
			  -1, &statement, NULL)
      != SQLITE_OK)
    return false;
  sqlite3_bind_blob (statement, 1, status->text_hash, sizeof status->text_hash,
		     SQLITE_STATIC);
  bind_text (statement, 2, status->kernel_version);
  sqlite3_bind_int64 (statement, 3, status->word_bytes);
  bool good = look_up (statement, &kernel_id);
  sqlite3_finalize (statement);
  if (!good)
    return false;

  if (sqlite3_prepare_v2 (
	  database->connection,
	  "INSERT INTO boot (kernel_id, kernel_boot_id, boot_time_ns, target)"
	  " VALUES (?1, ?2, ?3, ?4)"
	  " ON CONFLICT (kernel_id, kernel_boot_id)"
	  " DO UPDATE SET target = ?4 RETURNING boot_id",
	  -1, &statement, NULL)
      != SQLITE_OK)
    return false;
  sqlite3_bind_int64 (statement, 1, kernel_id);
  sqlite3_bind_int64 (statement, 2, status->boot_id);
  sqlite3_bind_int64 (statement, 3, boot_time_ns);
  bind_text (statement, 4, url);
  sqlite3_int64 before = 0;
  select_integer (database, "SELECT max(boot_id) FROM boot", &before);
  good = look_up (statement, &database->boot_id);
  sqlite3_finalize (statement);
  *is_new = database->boot_id > before;
  memset (database->probes, 0, sizeof database->probes);
  return good;
}

bool
database_get_ring (struct database *database, unsigned cpu,
		   uint64_t *generation, uint64_t *position, bool *found)
{
  sqlite3_stmt *statement = database->statements[STATEMENT_GET_RING];

  sqlite3_bind_int64 (statement, 1, database->boot_id);
  sqlite3_bind_int64 (statement, 2, cpu);
  *found = sqlite3_step (statement) == SQLITE_ROW;
  if (*found)
    {
      *generation = sqlite3_column_int64 (statement, 0);
      *position = sqlite3_column_int64 (statement, 1);
    }
  return sqlite3_reset (statement) == SQLITE_OK;
}

bool
database_put_ring (struct database *database, unsigned cpu,
		   uint64_t generation, uint64_t position)
{
  sqlite3_stmt *statement = database->statements[STATEMENT_PUT_RING];

  sqlite3_bind_int64 (statement, 1, database->boot_id);
  sqlite3_bind_int64 (statement, 2, cpu);
  sqlite3_bind_int64 (statement, 3, generation);
  sqlite3_bind_int64 (statement, 4, position);
  return perform (statement);
}

/* Put the last part of a description into TEXT: PART, or the offset of an
   address.  */
static void
put_name (char *text, size_t bytes, const char *part, bool is_address,
	  uint64_t offset)
{
  if (is_address)
    snprintf (text, bytes, "+0x%llx", (unsigned long long) offset);
  else
    snprintf (text, bytes, "%s", part);
}

bool
database_put_probe (struct database *database,
		    const mdtrace_probe_info_t *probe)
{
  sqlite3_stmt *statement = database->statements[STATEMENT_PUT_PROBE];
  char name[24];

  put_name (name, sizeof name, mdtrace_kinds_part (probe->kinds),
	    probe->kinds == 1 << MDTRACE_PROBE_ADDRESS, probe->offset);
  sqlite3_bind_int64 (statement, 1, database->boot_id);
  sqlite3_bind_int64 (statement, 2, probe->id);
  bind_text (statement, 3, probe->provider);
  bind_text (statement, 4, probe->module);
  bind_text (statement, 5, probe->function);
  bind_text (statement, 6, name);
  bind_text (statement, 7, mdtrace_kinds_words (probe->kinds));
  bind_text (statement, 8, probe->label);
  sqlite3_bind_int64 (statement, 9, probe->address);
  sqlite3_bind_int64 (statement, 10, probe->sites);
  sqlite3_bind_int64 (statement, 11, probe->functions);
  sqlite3_bind_int64 (statement, 12, probe->refused);
  sqlite3_bind_int64 (statement, 13, probe->fields);
  bind_text (statement, 14, probe->names);
  bind_text (statement, 15, mdtrace_state_words (probe->state));
  sqlite3_bind_int64 (statement, 16, probe->counts.hits);
  sqlite3_bind_int64 (statement, 17, probe->counts.recorded);
  sqlite3_bind_int64 (statement, 18, probe->counts.filtered);
  sqlite3_bind_int64 (statement, 19, probe->counts.dropped);
  sqlite3_bind_int64 (statement, 20, probe->counts.throttled);
  sqlite3_bind_int64 (statement, 21, probe->counts.missed);
  return perform (statement);
}

/* The key of the probe with number ID.  */
static bool
get_probe_key (struct database *database, uint32_t id, sqlite3_int64 *key)
{
  sqlite3_stmt *statement = database->statements[STATEMENT_GET_PROBE_KEY];
  size_t i = id % PROBES_CACHED;

  if (database->probes[i].probe_id != id)
    {
      sqlite3_bind_int64 (statement, 1, database->boot_id);
      sqlite3_bind_int64 (statement, 2, id);
      if (!look_up (statement, &database->probes[i].key))
	return false;
      database->probes[i].probe_id = id;
    }
  *key = database->probes[i].key;
  return true;
}

bool
database_has_probe (struct database *database, uint32_t id)
{
  sqlite3_int64 key;

  return get_probe_key (database, id, &key);
}

bool
database_put_site (struct database *database, uint32_t id,
		   const struct mdtrace_site *site)
{
  sqlite3_stmt *statement = database->statements[STATEMENT_PUT_SITE];
  uint64_t offset = site->address - site->function_address;
  sqlite3_int64 key;
  char name[24];

  if (!get_probe_key (database, id, &key))
    return false;
  put_name (name, sizeof name, mdtrace_kind_part (site->kind),
	    site->kind == MDTRACE_PROBE_ADDRESS, offset);
  sqlite3_bind_int64 (statement, 1, key);
  sqlite3_bind_int64 (statement, 2, site->address);
  bind_text (statement, 3, site->function);
  bind_text (statement, 4, name);
  bind_text (statement, 5, mdtrace_kind_words (site->kind));
  sqlite3_bind_int64 (statement, 6, offset);
  bind_text (statement, 7, mdtrace_mode_words (site->plan));
  return perform (statement);
}

/* The key of a task's NAME, which is entered if it is new.  */
static bool
get_name_id (struct database *database, const char *name, sqlite3_int64 *id)
{
  size_t hash = 0;

  for (const char *c = name; *c != '\0'; c++)
    hash = 31 * hash + (unsigned char) *c;
  size_t i = hash & (NAMES_CACHED - 1);
  if (database->names[i].id == 0
      || strcmp (database->names[i].text, name) != 0)
    {
      sqlite3_stmt *put = database->statements[STATEMENT_PUT_NAME];
      sqlite3_stmt *get = database->statements[STATEMENT_GET_NAME];
      bind_text (put, 1, name);
      bind_text (get, 1, name);
      if (!perform (put) || !look_up (get, &database->names[i].id))
	{
	  database->names[i].id = 0;
	  return false;
	}
      snprintf (database->names[i].text, sizeof database->names[i].text, "%s",
		name);
    }
  *id = database->names[i].id;
  return true;
}

bool
database_put_task (struct database *database, unsigned cpu, uint64_t task,
		   const char *name)
{
  sqlite3_stmt *statement = database->statements[STATEMENT_PUT_TASK];
  sqlite3_int64 name_id;

  if (!get_name_id (database, name, &name_id))
    return false;
  sqlite3_bind_int64 (statement, 1, database->boot_id);
  sqlite3_bind_int64 (statement, 2, cpu);
  sqlite3_bind_int64 (statement, 3, (sqlite3_int64) task);
  sqlite3_bind_int64 (statement, 4, name_id);
  return perform (statement);
}

bool
database_for_tasks (struct database *database,
		    void (*visit) (void *, unsigned, uint64_t, const char *),
		    void *closure)
{
  sqlite3_stmt *statement = database->statements[STATEMENT_GET_TASKS];

  sqlite3_bind_int64 (statement, 1, database->boot_id);
  while (sqlite3_step (statement) == SQLITE_ROW)
    visit (closure, sqlite3_column_int64 (statement, 0),
	   sqlite3_column_int64 (statement, 1),
	   (const char *) sqlite3_column_text (statement, 2));
  return sqlite3_reset (statement) == SQLITE_OK;
}

/* Bind VALUE if the event has the field, else nothing.  */
static void
bind_field (sqlite3_stmt *statement, int index, uint64_t fields, uint64_t bit,
	    uint64_t value)
{
  if (fields & bit)
    sqlite3_bind_int64 (statement, index, (sqlite3_int64) value);
  else
    sqlite3_bind_null (statement, index);
}

bool
database_put_event (struct database *database,
		    const struct mdtrace_event *event)
{
  sqlite3_stmt *statement = database->statements[STATEMENT_PUT_EVENT];
  sqlite3_int64 probe_key, name_id = 0;

  if (!get_probe_key (database, event->probe_id, &probe_key)
      || (event->task_name[0] != '\0'
	  && !get_name_id (database, event->task_name, &name_id)))
    return false;
  sqlite3_bind_int64 (statement, 1, event->time_ns);
  sqlite3_bind_int64 (statement, 2, probe_key);
  sqlite3_bind_int64 (statement, 3, event->cpu);
  bind_field (statement, 4, event->fields, MDTRACE_FIELD_THREAD,
	      event->thread);
  bind_field (statement, 5, event->fields, MDTRACE_FIELD_TASK, event->task);
  bind_field (statement, 6, name_id != 0, 1, name_id);
  /* What could not be read is not there.  */
  uint64_t known = event->fields & ~event->unknown;
  bind_field (statement, 7, known, MDTRACE_FIELD_ADDRESS, event->address);
  bind_field (statement, 8, known, MDTRACE_FIELD_RETVAL, event->retval);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    bind_field (statement, 9 + i, known, (uint64_t) MDTRACE_FIELD_ARG0 << i,
		event->arguments[i]);
  return perform (statement);
}
