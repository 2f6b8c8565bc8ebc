/* A small trace file, of which tests damage something, and what must be said
   of it then. Copyright (C) 2026 the mdtrace authors. SPDX-License-Identifier:
   GPL-2.0-or-later  */

#ifndef UNIT_SMALL_TRACE_H
#define UNIT_SMALL_TRACE_H

#include "mdt_read.h"
#include "trace_files.h"

enum
{
  /* Of the small file, in blocks of so many.  */
  EVENTS = 12,
  PER_BLOCK = 4,
  FILE_BYTES_MAX = 1 << 16
};

static const char *small_path, *bad_path;
static uint8_t *small;
static size_t small_bytes;
static struct mdt_place places[64]; /* of the blocks of the small file */
static unsigned place_count;

/* Describe table NUMBER as NAME, and put the rows that TEXT selects.  */
static inline void
put_table (struct mdt_writer *writer, unsigned number, const char *name,
	   const char *text)
{
  sqlite3 *connection;
  sqlite3_stmt *rows;

  CHECK_NUMBER (sqlite3_open (":memory:", &connection), SQLITE_OK);
  CHECK_NUMBER (sqlite3_prepare_v2 (connection, text, -1, &rows, NULL),
		SQLITE_OK);
  CHECK (mdt_put_table (writer, number, name, rows));
  while (sqlite3_step (rows) == SQLITE_ROW)
    CHECK (mdt_put_row (writer, number, rows));
  CHECK (mdt_flush (writer));
  sqlite3_finalize (rows);
  sqlite3_close (connection);
}

#define ONE_KERNEL                                                            \
  "SELECT 1 AS kernel_id, x'0102' AS text_hash, 'k' AS version,"              \
  " 8 AS word_bytes"
#define ONE_BOOT                                                              \
  "SELECT 1 AS boot_id, 1 AS kernel_id, 5 AS kernel_boot_id,"                 \
  " 6 AS boot_time_ns, 't' AS target"
#define TWO_PROBES                                                            \
  "SELECT value AS probe_key, 1 AS boot_id, value AS probe_id,"               \
  " 'fbt' AS provider, 'kernel' AS module, 'f' AS function,"                  \
  " 'entry' AS name, 'entry' AS kind, '' AS label, 7 AS address, 1 AS sites," \
  " 1 AS functions, 0 AS refused, 0 AS fields, '' AS args, 0 AS persist,"     \
  " 'enabled' AS state, 12 AS hits, 12 AS recorded, 0 AS filtered,"           \
  " 0 AS dropped, 0 AS throttled, 0 AS missed"                                \
  " FROM json_each('[1, 2]')"
#define ONE_THREAD                                                            \
  "SELECT 1 AS thread_key, 1 AS boot_id, 99 AS thread, 98 AS task,"           \
  " NULL AS task_name_id"

static inline struct stored_event
event_of (unsigned number)
{
  return (struct stored_event){ .time_ns = 1000 + number * number,
				.probe_key = 1 + number % 2,
				.cpu = number % 3,
				.thread_key = 1,
				.known = STORED_ARG0 | STORED_DURATION,
				.duration_ns = number,
				.arguments = { -(int64_t) number } };
}

/* Make the small file, and remember it and its blocks.  */
static inline void
make_small (void)
{
  struct mdt_end losses = { .dropped = 3 };

  small_path = scratch_path ("small.mdt");
  bad_path = scratch_path ("bad.mdt");
  int file = open (small_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  struct mdt_writer *writer = mdt_begin (file);
  put_table (writer, 0, "kernel", ONE_KERNEL);
  put_table (writer, 1, "boot", ONE_BOOT);
  put_table (writer, 2, "probe", TWO_PROBES);
  put_table (writer, 3, "thread", ONE_THREAD);
  for (unsigned i = 0; i < EVENTS; i++)
    {
      const struct stored_event event = event_of (i);
      CHECK (mdt_put (writer, &event));
      if (i % PER_BLOCK == PER_BLOCK - 1)
	CHECK (mdt_flush (writer));
    }
  CHECK (mdt_finish (writer, &losses));
  mdt_abandon (writer);
  close (file);
  small = read_file (small_path, &small_bytes);
  CHECK (small_bytes < FILE_BYTES_MAX);
  size_t at = MDT_HEADER_BYTES;
  for (place_count = 0; at < small_bytes; place_count++)
    {
      struct mdt_place *place = &places[place_count];
      CHECK (mdt_get_block (small + at, &place->block));
      place->offset = at;
      at += MDT_BLOCK_BYTES + place->block.bytes;
    }
}

/* Read what is good of the file at PATH; returns how many events that is.
 *DAMAGE is set to what is said of the rest, empty: nothing.  */
static inline unsigned
read_partially (const char *path, char *damage, size_t bytes)
{
  struct source *source = source_open (path, true, damage, bytes);
  const struct source_event *event;
  int64_t first, last, last_ns = 0;
  unsigned count = 0;
  bool failed;

  if (source == NULL)
    return 0;
  CHECK (source_begin (source, INT64_MIN, INT64_MAX));
  while ((event = source_next (source, &failed)) != NULL)
    {
      const struct stored_event wanted = event_of (count);
      CHECK_NUMBER (event->time_ns, wanted.time_ns);
      CHECK_NUMBER (event->probe->key, wanted.probe_key);
      CHECK_NUMBER (event->cpu, wanted.cpu);
      CHECK (event->thread != NULL);
      CHECK_NUMBER (event->thread->key, wanted.thread_key);
      CHECK_NUMBER (event->known, wanted.known);
      CHECK_NUMBER (event->duration_ns, wanted.duration_ns);
      CHECK_NUMBER (event->arguments[0], wanted.arguments[0]);
      last_ns = event->time_ns;
      count++;
    }
  CHECK (!failed);
  CHECK (source_extent (source, &first, &last) == (count > 0));
  if (count > 0)
    CHECK_NUMBER (last, last_ns);
  const char *said = source_damage (source);
  snprintf (damage, bytes, "%s", said != NULL ? said : "");
  source_close (source);
  return count;
}

/* Read all of the file at PATH; returns what is wrong, empty: nothing.  */
static inline const char *
read_all (const char *path)
{
  static char message[2048];
  struct source *source = source_open (path, false, message, sizeof message);
  bool failed;

  if (source == NULL)
    return message;
  message[0] = '\0';
  CHECK (source_begin (source, INT64_MIN, INT64_MAX));
  while (source_next (source, &failed) != NULL)
    {
    }
  if (failed)
    snprintf (message, sizeof message, "%s", source_problem (source));
  source_close (source);
  return message;
}

static inline void
check_has (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    printf ("# '%s' is not in: %s\n", part, text);
  CHECK (strstr (text, part) != NULL);
}

/* The block that byte OFFSET of the small file is in.  */
static inline unsigned
block_at (size_t offset)
{
  unsigned block = 0;

  while (block + 1 < place_count && places[block + 1].offset <= offset)
    block++;
  return block;
}

/* Events in the blocks before BLOCK.  */
static inline unsigned
events_before (unsigned block)
{
  unsigned count = 0;

  for (unsigned i = 0; i < block && i < place_count; i++)
    if (places[i].block.type == MDT_EVENTS)
      count += places[i].block.count;
  return count;
}

/* The place of BLOCK, as it is told, in TEXT.  */
static inline void
put_place (unsigned block, char *text, size_t bytes)
{
  snprintf (text, bytes, "block %u, at byte %" PRIu64 ":", block + 1,
	    places[block].offset);
}

/* What is read of the file at BAD_PATH must end before BLOCK, and that be
   said.  */
static inline void
check_used_before (unsigned block)
{
  char where[64], damage[2048];

  put_place (block, where, sizeof where);
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage),
		events_before (block));
  check_has (damage, where);
  if (events_before (block) > 0)
    snprintf (where, sizeof where,
	      "the last event before it is of %" PRId64 " ns",
	      event_of (events_before (block) - 1).time_ns);
  else
    snprintf (where, sizeof where, "no event precedes");
  check_has (damage, where);
}

/* It must be refused for what is wrong in BLOCK.  */
static inline void
check_refused_in (unsigned block)
{
  char where[64];

  put_place (block, where, sizeof where);
  const char *message = read_all (bad_path);
  check_has (message, where);
  check_has (message, "--partial");
}

static inline void
check_damaged_in (unsigned block)
{
  check_refused_in (block);
  check_used_before (block);
}

#endif /* UNIT_SMALL_TRACE_H */
