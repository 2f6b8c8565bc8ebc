/* Trace files and databases that are damaged or cut: it is said where, and
   what precedes is used if that is wanted. Copyright (C) 2026 the mdtrace
   authors. SPDX-License-Identifier: GPL-2.0-or-later  */

#include "small_trace.h"

/* The same of a file whose header is damaged.  */
static void
check_useless (void)
{
  char damage[2048];

  check_has (read_all (bad_path), "damaged at byte 0");
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage), 0);
  check_has (damage, "damaged at byte 0");
}

static void
whole (void)
{
  char damage[2048];

  make_small ();
  CHECK_TEXT (read_all (small_path), "");
  CHECK_NUMBER (read_partially (small_path, damage, sizeof damage), EVENTS);
  CHECK_TEXT (damage, "");
}

/* The file at BAD_PATH is damaged at the byte AT, which is in BLOCK; that it
   is refused is tried of some.  */
static void
check_at (size_t at, unsigned block)
{
  if (at < MDT_HEADER_BYTES)
    {
      check_useless ();
      return;
    }
  check_used_before (block);
  if (at % 5 == 0)
    check_refused_in (block);
}

static void
each_length (void)
{
  make_small ();
  for (size_t bytes = 1; bytes < small_bytes; bytes++)
    {
      write_file (bad_path, small, bytes);
      check_at (bytes, block_at (bytes));
    }
  write_file (bad_path, small, 0);
  check_has (read_all (bad_path), "is empty");
}

static void
each_byte (void)
{
  uint64_t seed = 1;

  make_small ();
  for (size_t at = 0; at < small_bytes; at++)
    {
      uint8_t was = small[at];
      small[at] ^= 1 << tap_below (&seed, 8);
      write_file (bad_path, small, small_bytes);
      check_at (at, block_at (at));
      small[at] = was;
    }
}

static void
bytes_behind (void)
{
  make_small ();
  small = realloc (small, small_bytes + 100);
  memset (small + small_bytes, 0, 100);
  write_file (bad_path, small, small_bytes + 100);
  check_damaged_in (place_count - 1);
  check_has (read_all (bad_path), "goes on behind its end");
}

static void
other_versions (void)
{
  uint8_t *version = small;

  make_small ();
  version = small + 8;
  *version = 2;
  for (int i = 0; i < 2; i++)
    {
      uint32_t checksum = mdt_checksum (small, 20);
      for (int j = 0; j < 4; j++)
	small[20 + j] = checksum >> 8 * j;
      write_file (bad_path, small, small_bytes);
      check_has (read_all (bad_path),
		 i == 0 ? "is a trace file of version 2"
			: "has the tables of version 9 of the database");
      small[8] = 1;
      small[12] = 9;
    }
}

static void
no_files (void)
{
  make_small ();
  check_has (read_all (scratch_path ("nothing")), "No such file");
  check_has (read_all ("/dev/null"), "is no file");
  check_has (read_all ("/"), "is no file");
  write_file (bad_path, "something else, of no kind that is known", 40);
  check_has (read_all (bad_path), "not a database");
}

/* A database of which a page of events is damaged.  */
static void
damaged_database (void)
{
  enum
  {
    ROWS = 20000
  };
  const char *path = scratch_path ("damaged.db");
  const struct source_event *event;
  char message[2048], where[80];
  unsigned count = 0;
  sqlite3 *connection;
  int64_t first, last;
  size_t bytes;
  bool failed;

  make_database (path);
  CHECK_NUMBER (sqlite3_open (path, &connection), SQLITE_OK);
  run_sql (connection,
	   "DELETE FROM duration; DELETE FROM event;"
	   "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1"
	   " FROM n WHERE i < 20000)"
	   "INSERT INTO event (time_ns, probe_key, cpu, arg0)"
	   " SELECT 1000000 + i, 1, 0, i FROM n;"
	   "PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite3_close (connection);
  uint8_t *data = read_file (path, &bytes);
  uint8_t page[4096];
  size_t at = bytes;
  /* The last page that is one of events.  */
  do
    {
      if (at < bytes)
	memcpy (data + at, page, sizeof page);
      at -= sizeof page;
      CHECK (at > 0);
      memcpy (page, data + at, sizeof page);
      memset (data + at, 0x5a, sizeof page);
      write_file (path, data, bytes);
    }
  while (strstr (read_all (path), "behind the event of ") == NULL);
  check_has (read_all (path), "malformed");
  check_has (read_all (path), "--partial");

  struct source *source = source_open (path, true, message, sizeof message);
  CHECK (source != NULL);
  CHECK (source_begin (source, INT64_MIN, INT64_MAX));
  while ((event = source_next (source, &failed)) != NULL)
    {
      CHECK_NUMBER (event->time_ns, 1000001 + count);
      CHECK_NUMBER (event->arguments[0], ++count);
    }
  CHECK (!failed);
  CHECK (count > ROWS / 2 && count < ROWS);
  CHECK (source_extent (source, &first, &last));
  CHECK_NUMBER (last, 1000000 + count);
  snprintf (where, sizeof where, "behind the event of %u ns", 1000000 + count);
  check_has (source_damage (source), where);
  source_close (source);

  /* Whatever page is damaged, reading ends.  */
  for (at = 4096; at < bytes; at += 4096)
    {
      memset (data + at, 0xa5, 4096);
      write_file (path, data, bytes);
      read_all (path);
      source = source_open (path, true, message, sizeof message);
      if (source != NULL && source_begin (source, INT64_MIN, INT64_MAX))
	while (source_next (source, &failed) != NULL)
	  {
	  }
      source_close (source);
    }
  free (data);
}

TAP_MAIN ({ whole, "a whole file is read, and nothing is said" },
	  { each_length, "cut at each of its bytes, what precedes is used" },
	  { each_byte, "with a bit of each byte changed, the same" },
	  { bytes_behind, "what is behind its end is damage" },
	  { other_versions, "files of other versions" },
	  { no_files, "what is no trace" },
	  { damaged_database, "a database of which pages are damaged" })
