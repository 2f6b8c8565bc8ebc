/* What can be read of a damaged database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The file is copied, with a head that fits its size, since SQLite reads
   nothing of a file that seems to be shorter than it was, or has no head. Then
   each table is read by its key: where a page cannot be read, from the first
   key on that can be again, which is looked for by bisection.  Events that are
   lost like that may be on pages that are whole, but that nothing leads to any
   more: each page is looked at for them.  What refers to something that is
   lost is mended by recover.sql.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "database_private.h"
#include "recover.h"
#include "recover_pages.h"

extern const char recover_sql[];

enum
{
  /* SQLite's head of a file: the documented offsets in it.  */
  HEAD_BYTES = 100,
  HEAD_PAGE_BYTES = 16,
  HEAD_CHANGES = 24,
  HEAD_PAGES = 28,
  HEAD_FREE = 32,
  HEAD_PAGES_VALID = 92,
  PAGE_BYTES = 4096
};

struct recovery
{
  const char *copy; /* the name of what FROM has open */
  sqlite3 *from, *to;
  sqlite3_stmt *put_event;
  struct recover_counts *counts;
};

static void
put_number (unsigned char *place, uint32_t number)
{
  for (int i = 0; i < 4; i++)
    place[i] = number >> (24 - 8 * i);
}

/* Let HEAD, as it is in a file of FILE_BYTES bytes, or what is left of it, be
   one by which all pages can be read.  */
static void
mend_head (unsigned char *head, uint64_t file_bytes, bool has_journal)
{
  static const char magic[16] = "SQLite format 3";
  uint32_t page = head[HEAD_PAGE_BYTES] << 8 | head[HEAD_PAGE_BYTES + 1];

  if (page == 1)
    page = 65536;
  if (memcmp (head, magic, sizeof magic) != 0 || page < 512
      || (page & (page - 1)) != 0)
    {
      page = PAGE_BYTES;
      memset (head, 0, HEAD_BYTES);
      memcpy (head, magic, sizeof magic);
      head[HEAD_PAGE_BYTES] = PAGE_BYTES >> 8;
      /* How it is journalled, and shares of a page that never differ.  */
      head[18] = head[19] = has_journal ? 2 : 1;
      head[21] = 64;
      head[22] = head[23] = 32;
      put_number (head + 40, 1); /* version of the tables */
      put_number (head + 44, 4); /* and of their format */
      put_number (head + 56, 1); /* UTF-8 */
    }
  put_number (head + HEAD_PAGES, file_bytes / page);
  /* Pages that are free are of no use.  */
  put_number (head + HEAD_FREE, 0);
  put_number (head + HEAD_FREE + 4, 0);
  memcpy (head + HEAD_PAGES_VALID, head + HEAD_CHANGES, 4);
}

/* Write COUNT BYTES to FILE.  Returns false with errno set if not all can be:
   a part of them is written before a disk is full.  */
static bool
write_all (int file, const char *bytes, size_t count)
{
  while (count > 0)
    {
      ssize_t done = write (file, bytes, count);
      if (done < 0)
	return false;
      bytes += done;
      count -= done;
    }
  return true;
}

/* Copy the file FROM to TO.  Returns how many bytes it has, or -1 with errno
   set.  */
static int64_t
copy_file (const char *from, const char *to)
{
  char buffer[65536];
  int64_t bytes = 0;
  ssize_t count = -1;
  int in = open (from, O_RDONLY | O_CLOEXEC);
  int out = open (to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  if (in >= 0 && out >= 0)
    while ((count = read (in, buffer, sizeof buffer)) > 0)
      {
	if (!write_all (out, buffer, count))
	  {
	    count = -1;
	    break;
	  }
	bytes += count;
      }
  int error = errno;
  if (in >= 0)
    close (in);
  if (out >= 0 && close (out) != 0 && count == 0)
    {
      error = errno;
      count = -1;
    }
  errno = error;
  return count == 0 ? bytes : -1;
}

/* Make COPY of the database at PATH, with its journal if there is one, and
   with a head that fits.  Returns false with errno set.  */
static bool
make_copy (const char *path, const char *copy)
{
  unsigned char head[HEAD_BYTES] = { 0 };
  char *journal, *journal_copy;
  int64_t bytes = copy_file (path, copy);

  if (bytes < 0 || asprintf (&journal, "%s-wal", path) < 0)
    return false;
  if (asprintf (&journal_copy, "%s-wal", copy) < 0)
    {
      free (journal);
      return false;
    }
  bool has_journal = access (journal, R_OK) == 0;
  bool good = !has_journal || copy_file (journal, journal_copy) >= 0;
  free (journal);
  free (journal_copy);
  int file = good ? open (copy, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0)
    return false;
  good = pread (file, head, sizeof head, 0) >= 0;
  mend_head (head, bytes, has_journal);
  good = good && pwrite (file, head, sizeof head, 0) == sizeof head;
  close (file);
  return good;
}

/* Whether the rows of the table that PROBE asks about can be read behind
   KEY.  */
static bool
can_read_behind (sqlite3_stmt *probe, int64_t key)
{
  sqlite3_bind_int64 (probe, 1, key);
  sqlite3_step (probe);
  return sqlite3_reset (probe) == SQLITE_OK;
}

/* Behind *KEY nothing can be read: let it be the first one, LEAST further on
   at least, behind which something can.  False: there is none.  */
static bool
skip_damage (sqlite3_stmt *probe, uint64_t least, int64_t *key)
{
  uint64_t room = (uint64_t) INT64_MAX - (uint64_t) *key;
  uint64_t bad = least - 1, good = least;

  while (good < room && !can_read_behind (probe, (int64_t) (*key + good)))
    {
      bad = good;
      good = good > room / 2 ? room : 2 * good;
    }
  if (good >= room)
    return false;
  while (good - bad > 1)
    {
      uint64_t middle = bad + (good - bad) / 2;
      if (can_read_behind (probe, (int64_t) (*key + middle)))
	good = middle;
      else
	bad = middle;
    }
  *key += good;
  return true;
}

/* Store the values of ROW from column FIRST on.  */
static bool
put_row (struct recovery *recovery, sqlite3_stmt *row, int first,
	 sqlite3_stmt *insert)
{
  for (int i = first; i < sqlite3_column_count (row); i++)
    sqlite3_bind_value (insert, i - first + 1, sqlite3_column_value (row, i));
  if (!database_perform (insert))
    return false;
  recovery->counts->rows += sqlite3_changes (recovery->to);
  return true;
}

/* Store the rows of a table that has numbers as its key, which READ gives
   behind one, and PROBE whether there are any.  False if they cannot be
   stored.  */
static bool
save_by_number (struct recovery *recovery, sqlite3_stmt *read,
		sqlite3_stmt *probe, sqlite3_stmt *insert)
{
  int64_t key = INT64_MIN;
  uint64_t least = 1;

  for (;;)
    {
      int64_t before = key;
      bool in_order = true;
      sqlite3_bind_int64 (read, 1, key);
      while (in_order && sqlite3_step (read) == SQLITE_ROW)
	{
	  /* Pages may be where they do not belong.  */
	  in_order = sqlite3_column_int64 (read, 0) > key;
	  if (in_order && !put_row (recovery, read, 1, insert))
	    return false;
	  if (in_order)
	    key = sqlite3_column_int64 (read, 0);
	}
      if (sqlite3_reset (read) == SQLITE_OK && in_order)
	return true;
      recovery->counts->places++;
      /* Further each time, so that it ends also where only PROBE can read.  */
      least = key != before ? 1 : 2 * least;
      if (least > (uint64_t) INT64_MAX || !skip_damage (probe, least, &key))
	return true;
    }
}

/* The same of a table with another key: from both ends.  */
static bool
save_by_both_ends (struct recovery *recovery, sqlite3_stmt *forward,
		   sqlite3_stmt *backward, sqlite3_stmt *insert)
{
  sqlite3_stmt *const ends[] = { forward, backward };

  for (int i = 0; i < 2; i++)
    {
      while (sqlite3_step (ends[i]) == SQLITE_ROW)
	if (!put_row (recovery, ends[i], 0, insert))
	  return false;
      if (sqlite3_reset (ends[i]) == SQLITE_OK)
	return true;
      recovery->counts->places += i == 0;
    }
  return true;
}

/* Prepare the statement that printf's rules make; null if that cannot be.  */
static sqlite3_stmt *
prepare (sqlite3 *connection, const char *format, const char *table,
	 const char *more)
{
  sqlite3_stmt *statement = NULL;
  char *text = sqlite3_mprintf (format, table, more);

  if (text != NULL)
    sqlite3_prepare_v2 (connection, text, -1, &statement, NULL);
  sqlite3_free (text);
  return statement;
}

/* The text that the first row of STATEMENT gives, or null; STATEMENT is
   finalized.  To be freed by sqlite3_free.  */
static char *
take_text (sqlite3_stmt *statement)
{
  char *text = NULL;

  if (statement != NULL && sqlite3_step (statement) == SQLITE_ROW)
    text = sqlite3_mprintf ("%s", sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  return text;
}

/* Store what can be read of TABLE.  */
static bool
save_table (struct recovery *recovery, const char *table)
{
  char *places = take_text (prepare (
      recovery->to, "SELECT group_concat('?') FROM pragma_table_info('%q')",
      table, NULL));
  char *keys = take_text (
      prepare (recovery->to,
	       "SELECT group_concat(name || ' DESC') FROM (SELECT name FROM"
	       " pragma_table_info('%q') WHERE pk ORDER BY pk)",
	       table, NULL));
  sqlite3_stmt *insert
      = prepare (recovery->to, "INSERT OR IGNORE INTO \"%w\" VALUES (%s)",
		 table, places != NULL ? places : "");
  sqlite3_stmt *read
      = prepare (recovery->from,
		 "SELECT rowid, * FROM \"%w\" WHERE rowid > ?1 ORDER BY rowid",
		 table, NULL);
  sqlite3_stmt *other
      = read != NULL
	    ? prepare (recovery->from,
		       "SELECT rowid FROM \"%w\" WHERE rowid > ?1"
		       " ORDER BY rowid LIMIT 1",
		       table, NULL)
	    : prepare (recovery->from, "SELECT * FROM \"%w\" ORDER BY %s",
		       table, keys != NULL ? keys : "1");
  bool by_number = read != NULL;
  if (!by_number)
    read = prepare (recovery->from, "SELECT * FROM \"%w\"", table, NULL);
  bool good = insert != NULL;
  /* What cannot be asked is lost, like what cannot be read.  */
  if (good && read != NULL && other != NULL)
    good = by_number ? save_by_number (recovery, read, other, insert)
		     : save_by_both_ends (recovery, read, other, insert);
  else if (good)
    recovery->counts->places++;
  sqlite3_finalize (insert);
  sqlite3_finalize (read);
  sqlite3_finalize (other);
  sqlite3_free (places);
  sqlite3_free (keys);
  return good;
}

static bool
put_event (void *closure, const struct recover_value *values)
{
  struct recovery *recovery = closure;

  for (int i = 0; i < RECOVER_EVENT_COLUMNS; i++)
    if (values[i].is_null)
      sqlite3_bind_null (recovery->put_event, i + 1);
    else
      sqlite3_bind_int64 (recovery->put_event, i + 1, values[i].number);
  if (!database_perform (recovery->put_event))
    return false;
  recovery->counts->rows += sqlite3_changes (recovery->to);
  return true;
}

/* The first number that TEXT selects; 0: there is none.  */
static int64_t
ask_number (sqlite3 *connection, const char *text)
{
  sqlite3_stmt *statement = prepare (connection, text, NULL, NULL);
  sqlite3_int64 number = 0;
  bool found;

  database_look_up (statement, &number, &found);
  sqlite3_finalize (statement);
  return number;
}

/* Store the events that are on any page, if they are of version 3 or a later
   one.  */
static bool
save_pages (struct recovery *recovery)
{
  if (ask_number (recovery->to,
		  "SELECT count(*) FROM pragma_table_info('event')")
	  != RECOVER_EVENT_COLUMNS
      || ask_number (recovery->to, "SELECT pk FROM pragma_table_info('event')"
				   " WHERE name = 'time_ns'")
	     == 0)
    return true;
  recovery->put_event = prepare (
      recovery->to,
      "INSERT OR IGNORE INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
      " ?9, ?10, ?11, ?12, ?13)",
      NULL, NULL);
  bool good = recover_pages (recovery->copy,
			     ask_number (recovery->from, "PRAGMA page_size"),
			     put_event, recovery);
  sqlite3_finalize (recovery->put_event);
  return good;
}

/* Make the tables that the damaged database has, or their indexes and
   views.  */
static bool
make_objects (struct recovery *recovery, bool tables)
{
  sqlite3_stmt *objects = prepare (
      recovery->from,
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND (type = %s)",
      tables ? "'table'" : "'index' OR type = 'view'", NULL);
  bool good = objects != NULL;

  while (good && sqlite3_step (objects) == SQLITE_ROW)
    good = sqlite3_exec (recovery->to,
			 (const char *) sqlite3_column_text (objects, 0), NULL,
			 NULL, NULL)
	   == SQLITE_OK;
  return sqlite3_finalize (objects) == SQLITE_OK && good;
}

/* Save all tables, within a transaction.  */
static bool
save (struct recovery *recovery)
{
  char ids[96];

  if (!make_objects (recovery, true))
    return false;
  sqlite3_stmt *tables = prepare (
      recovery->to, "SELECT name FROM sqlite_schema WHERE type = 'table'",
      NULL, NULL);
  bool good = tables != NULL, has_events = false;
  while (good && sqlite3_step (tables) == SQLITE_ROW)
    {
      const char *table = (const char *) sqlite3_column_text (tables, 0);
      int64_t before = recovery->counts->rows;
      int64_t places = recovery->counts->places;
      good = save_table (recovery, table);
      if (strcmp (table, "event") == 0)
	{
	  if (good && recovery->counts->places > places)
	    good = save_pages (recovery);
	  recovery->counts->events = recovery->counts->rows - before;
	  has_events = true;
	}
    }
  good = sqlite3_finalize (tables) == SQLITE_OK && good && has_events
	 && make_objects (recovery, false);
  /* The version is told by the tables that it has.  */
  snprintf (ids, sizeof ids,
	    "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    DATABASE_APPLICATION_ID,
	    (int) ask_number (recovery->to,
			      "SELECT 1 + max(name = 'site')"
			      " + max(name = 'run') + max(name = 'duration')"
			      " + max(name = 'hit_count')"
			      " FROM sqlite_schema"));
  return good
	 && sqlite3_exec (recovery->to, ids, NULL, NULL, NULL) == SQLITE_OK;
}

/* Save what can be read at COPY into OUTPUT.  */
static bool
save_into (const char *copy, const char *output, struct recover_counts *counts,
	   char *message, size_t bytes)
{
  struct recovery recovery = { .copy = copy, .counts = counts };
  bool good
      = sqlite3_open_v2 (copy, &recovery.from, SQLITE_OPEN_READWRITE, NULL)
	    == SQLITE_OK
	&& sqlite3_open_v2 (output, &recovery.to, SQLITE_OPEN_READWRITE, NULL)
	       == SQLITE_OK
	&& sqlite3_exec (recovery.to,
			 "PRAGMA auto_vacuum = INCREMENTAL; BEGIN", NULL, NULL,
			 NULL)
	       == SQLITE_OK
	&& save (&recovery)
	&& sqlite3_exec (recovery.to, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;

  if (!good && sqlite3_errcode (recovery.to) != SQLITE_OK)
    snprintf (message, bytes, "%s", sqlite3_errmsg (recovery.to));
  else if (!good)
    snprintf (message, bytes,
	      "nothing can be saved, since what tables it has cannot be read: "
	      "%s",
	      sqlite3_errmsg (recovery.from));
  sqlite3_close (recovery.from);
  sqlite3_close (recovery.to);
  return good;
}

/* Let the database at OUTPUT be one of this version, in which all that is
   referred to is there.  */
static bool
mend (const char *output, char *message, size_t bytes)
{
  struct database *database = database_open (output, message, bytes);

  if (database == NULL)
    return false;
  bool good = database_begin (database)
	      && database_execute (database, recover_sql)
	      && database_commit (database);
  if (!good)
    snprintf (message, bytes, "%s", database_error (database));
  database_close (database);
  return good;
}

bool
recover_database (const char *path, const char *output,
		  struct recover_counts *counts, char *message, size_t bytes)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };
  char *copy;

  memset (counts, 0, sizeof *counts);
  if (asprintf (&copy, "%s.copy", output) < 0)
    {
      snprintf (message, bytes, "%s", strerror (ENOMEM));
      return false;
    }
  bool good = make_copy (path, copy);
  if (!good)
    snprintf (message, bytes, "%s", strerror (errno));
  good = good && save_into (copy, output, counts, message, bytes)
	 && mend (output, message, bytes);
  for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
    {
      char *name;
      if (asprintf (&name, "%s%s", copy, suffixes[i]) >= 0)
	{
	  unlink (name);
	  free (name);
	}
    }
  free (copy);
  return good;
}
