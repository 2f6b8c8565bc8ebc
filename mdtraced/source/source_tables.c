/* Traces that are read: the tables of trace files.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What a file says of its tables and columns is looked up in the schema, and
   never becomes a part of a statement unless it is there.  */

#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "source_tables.h"

static enum mdt_found
damaged (struct source_tables *tables, const char *problem)
{
  snprintf (tables->problem, sizeof tables->problem, "%s", problem);
  return MDT_DAMAGED;
}

/* What SQLite says, which is not the file's fault.  */
static enum mdt_found
failed (struct source_tables *tables)
{
  bool has_said = tables->connection != NULL
		  && sqlite3_errcode (tables->connection) != SQLITE_OK;

  snprintf (tables->problem, sizeof tables->problem, "%s",
	    has_said ? sqlite3_errmsg (tables->connection)
		     : strerror (ENOMEM));
  return MDT_FAILED;
}

static bool
execute (struct source_tables *tables, const char *text)
{
  return sqlite3_exec (tables->connection, text, NULL, NULL, NULL)
	 == SQLITE_OK;
}

/* Events are told apart; a name belongs to one database.  */
#define IS_OURS                                                               \
  "type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"                 \
  " AND name NOT IN ('event', 'duration', 'identity')"

sqlite3_stmt *
source_tables_list (struct source_tables *tables)
{
  static const char text[]
      = "SELECT name, (SELECT group_concat('\"' || i.name || '\"', ', ')"
	" FROM pragma_table_info(s.name) i)"
	" FROM main.sqlite_schema s WHERE " IS_OURS " ORDER BY rowid";
  sqlite3_stmt *list = NULL;

  if (sqlite3_prepare_v2 (tables->connection, text, -1, &list, NULL)
      != SQLITE_OK)
    failed (tables);
  return list;
}

/* A database with the tables and views, and nothing in them, which others are
   copied from: to make them takes longer, and one run makes several.  */
static sqlite3 *template;
static pthread_once_t template_once = PTHREAD_ONCE_INIT;

static void
make_template (void)
{
  bool good
      = sqlite3_open_v2 (":memory:", &template,
			 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)
	== SQLITE_OK;

  for (unsigned part = 0; good && database_schema (part) != NULL; part++)
    good = sqlite3_exec (template, database_schema (part), NULL, NULL, NULL)
	   == SQLITE_OK;
  if (good)
    return;
  sqlite3_close (template);
  template = NULL;
}

/* Copy the template.  */
static bool
make_tables (struct source_tables *tables)
{
  pthread_once (&template_once, make_template);
  if (template == NULL)
    return false;
  sqlite3_backup *copy
      = sqlite3_backup_init (tables->connection, "main", template, "main");
  if (copy == NULL)
    return false;
  sqlite3_backup_step (copy, -1);
  return sqlite3_backup_finish (copy) == SQLITE_OK;
}

bool
source_tables_open (struct source_tables *tables)
{
  memset (tables, 0, sizeof *tables);
  bool good
      = sqlite3_open_v2 ("", &tables->connection,
			 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)
	    == SQLITE_OK
	&& make_tables (tables)
	&& execute (tables, "PRAGMA journal_mode = OFF;"
			    "PRAGMA synchronous = OFF;"
			    "PRAGMA cache_size = -16384;"
			    "BEGIN;"
			    "INSERT INTO identity (name)"
			    " VALUES (lower(hex(randomblob(8))))");

  if (!good)
    failed (tables);
  return good;
}

void
source_tables_close (struct source_tables *tables)
{
  for (unsigned i = 0; i < MDT_TABLES_MAX; i++)
    sqlite3_finalize (tables->tables[i].insert);
  sqlite3_close (tables->connection);
}

bool
source_tables_end (struct source_tables *tables)
{
  for (unsigned i = 0; i < MDT_TABLES_MAX; i++)
    {
      sqlite3_finalize (tables->tables[i].insert);
      tables->tables[i].insert = NULL;
    }
  if (execute (tables, "COMMIT"))
    return true;
  failed (tables);
  return false;
}

/* Whether the table called NAME has a column called COLUMN, or if that is null
   whether a trace file may have that table.  Negative: not known.  */
static int
look_up (struct source_tables *tables, const struct mdt_value *name,
	 const struct mdt_value *column)
{
  static const char tables_text[]
      = "SELECT count(*) FROM main.sqlite_schema WHERE " IS_OURS
	" AND name = ?1";
  static const char columns_text[]
      = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2";
  sqlite3_stmt *statement;
  int result = -1;

  if (sqlite3_prepare_v2 (tables->connection,
			  column != NULL ? columns_text : tables_text, -1,
			  &statement, NULL)
      != SQLITE_OK)
    return -1;
  sqlite3_bind_text (statement, 1, (const char *) name->bytes,
		     (int) name->size, SQLITE_STATIC);
  if (column != NULL)
    sqlite3_bind_text (statement, 2, (const char *) column->bytes,
		       (int) column->size, SQLITE_STATIC);
  if (sqlite3_step (statement) == SQLITE_ROW)
    result = sqlite3_column_int (statement, 0) == 1;
  sqlite3_finalize (statement);
  return result;
}

/* Take a name that NAME is set to: no longer than names are.  */
static bool
get_name (struct mdt_cursor *cursor, struct mdt_value *name)
{
  return mdt_get_value (cursor, name) && name->kind == MDT_TEXT
	 && name->size > 0 && name->size < 64
	 && memchr (name->bytes, '\0', name->size) == NULL;
}

/* Whether NAME is one of NAMES, COUNT of them.  */
static bool
is_among (const struct mdt_value *name, const struct mdt_value *names,
	  unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    if (name->size == names[i].size
	&& memcmp (name->bytes, names[i].bytes, name->size) == 0)
      return true;
  return false;
}

/* The statement that stores a row in the table called NAME, of the COUNT
   columns whose names CURSOR has.  */
static enum mdt_found
make_insert (struct source_tables *tables, const struct mdt_value *name,
	     struct mdt_cursor *cursor, unsigned count, sqlite3_str *text)
{
  struct mdt_value columns[MDT_COLUMNS_MAX];

  sqlite3_str_appendf (text, "INSERT OR REPLACE INTO main.\"%.*w\" (",
		       (int) name->size, name->bytes);
  for (unsigned i = 0; i < count; i++)
    {
      struct mdt_value *column = &columns[i];
      if (!get_name (cursor, column))
	return damaged (tables, "it has a column without a name");
      if (is_among (column, columns, i))
	return damaged (tables, "it names a column twice");
      int has = look_up (tables, name, column);
      if (has < 0)
	return failed (tables);
      if (!has)
	{
	  snprintf (tables->problem, sizeof tables->problem,
		    "it describes a column of %.*s that is not one",
		    (int) name->size, (const char *) name->bytes);
	  return MDT_DAMAGED;
	}
      sqlite3_str_appendf (text, "%s\"%.*w\"", i > 0 ? ", " : "",
			   (int) column->size, column->bytes);
    }
  sqlite3_str_appendall (text, ") VALUES (");
  for (unsigned i = 0; i < count; i++)
    sqlite3_str_appendf (text, "%s?%u", i > 0 ? ", " : "", i + 1);
  sqlite3_str_appendall (text, ")");
  return MDT_FOUND;
}

static enum mdt_found
take_table (struct source_tables *tables, const struct mdt_block *block,
	    struct mdt_cursor *cursor)
{
  struct mdt_value name;
  sqlite3_stmt **insert = &tables->tables[block->table].insert;

  if (*insert != NULL)
    return damaged (tables, "it describes a table once more");
  if (!get_name (cursor, &name))
    return damaged (tables, "it has a table without a name");
  int has = look_up (tables, &name, NULL);
  if (has < 0)
    return failed (tables);
  if (!has || block->count == 0 || block->count > MDT_COLUMNS_MAX)
    return damaged (tables, "it describes what is no table");
  sqlite3_str *text = sqlite3_str_new (tables->connection);
  enum mdt_found found
      = make_insert (tables, &name, cursor, block->count, text);
  char *statement = sqlite3_str_finish (text);
  if (found == MDT_FOUND && cursor->at != cursor->end)
    found = damaged (tables, "it describes a table, and more");
  if (found == MDT_FOUND
      && (statement == NULL
	  || sqlite3_prepare_v2 (tables->connection, statement, -1, insert,
				 NULL)
		 != SQLITE_OK))
    found = failed (tables);
  sqlite3_free (statement);
  tables->tables[block->table].columns = block->count;
  return found;
}

static void
bind (sqlite3_stmt *insert, int index, const struct mdt_value *value)
{
  switch (value->kind)
    {
    case MDT_NULL:
      sqlite3_bind_null (insert, index);
      break;
    case MDT_INTEGER:
      sqlite3_bind_int64 (insert, index, value->integer);
      break;
    case MDT_REAL:
      sqlite3_bind_double (insert, index, value->real);
      break;
    case MDT_TEXT:
      sqlite3_bind_text (insert, index, (const char *) value->bytes,
			 (int) value->size, SQLITE_STATIC);
      break;
    case MDT_BLOB:
      sqlite3_bind_blob (insert, index, value->bytes, (int) value->size,
			 SQLITE_STATIC);
      break;
    }
}

static enum mdt_found
take_row (struct source_tables *tables, unsigned table,
	  struct mdt_cursor *cursor)
{
  sqlite3_stmt *insert = tables->tables[table].insert;
  struct mdt_value value;

  for (unsigned i = 0; i < tables->tables[table].columns; i++)
    {
      if (!mdt_get_value (cursor, &value))
	return damaged (tables, "a row of it ends too early");
      bind (insert, (int) i + 1, &value);
    }
  sqlite3_step (insert);
  int result = sqlite3_reset (insert) & 0xff;
  if (result == SQLITE_OK)
    return MDT_FOUND;
  failed (tables);
  /* Such as a value that must not be null.  */
  return result == SQLITE_CONSTRAINT || result == SQLITE_MISMATCH ? MDT_DAMAGED
								  : MDT_FAILED;
}

enum mdt_found
source_tables_take (struct source_tables *tables,
		    const struct mdt_block *block, struct mdt_cursor *cursor)
{
  enum mdt_found found = MDT_FOUND;

  if (block->type == MDT_TABLE)
    return take_table (tables, block, cursor);
  if (tables->tables[block->table].insert == NULL)
    return damaged (tables, "it has rows of a table that is not described");
  for (uint32_t i = 0; i < block->count && found == MDT_FOUND; i++)
    found = take_row (tables, block->table, cursor);
  if (found == MDT_FOUND && cursor->at != cursor->end)
    found = damaged (tables, "it has more than its rows");
  return found;
}
