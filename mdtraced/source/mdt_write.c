/* Trace files, as they are written.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "database.h"
#include "mdt_write.h"

enum
{
  ROWS_BYTES = 1 << 16
};

struct mdt_writer
{
  int file;
  off_t start;	    /* where in FILE it begins; negative: that has no places */
  int error;	    /* of the last write */
  uint64_t written; /* bytes, whole blocks */
  struct mdt_buffer rows; /* of one table */
  struct mdt_block gathered_rows;
  struct mdt_buffer events;
  struct mdt_block gathered_events;
  int64_t last_ns; /* of the last event that was gathered */
  uint64_t event_count;
  char problem[256];
};

static bool
fail (struct mdt_writer *writer, const char *problem)
{
  snprintf (writer->problem, sizeof writer->problem, "%s", problem);
  return false;
}

/* Write BYTES bytes; if that fails leave nothing of the present block.  */
static bool
write_all (struct mdt_writer *writer, const uint8_t *data, size_t bytes)
{
  while (bytes > 0)
    {
      ssize_t put = write (writer->file, data, bytes);
      if (put < 0 && errno == EINTR)
	continue;
      if (put < 0)
	{
	  writer->error = errno;
	  /* If this fails too, the block is found to be cut.  */
	  if (writer->start < 0
	      || ftruncate (writer->file,
			    writer->start + (off_t) writer->written)
		     == 0)
	    errno = writer->error;
	  return fail (writer, strerror (errno));
	}
      data += put;
      bytes -= put;
    }
  return true;
}

/* Write BLOCK, whose payload is in BUFFER, and empty that.  */
static bool
write_block (struct mdt_writer *writer, struct mdt_block *block,
	     struct mdt_buffer *buffer)
{
  uint8_t header[MDT_BLOCK_BYTES];

  if (buffer->used > MDT_PAYLOAD_MAX)
    return fail (writer, "a row is longer than a block can be");
  block->bytes = buffer->used;
  block->checksum = mdt_checksum (buffer->data, buffer->used);
  mdt_put_block (header, block);
  if (!write_all (writer, header, sizeof header)
      || !write_all (writer, buffer->data, buffer->used))
    return false;
  writer->written += sizeof header + buffer->used;
  buffer->used = 0;
  block->count = 0;
  return true;
}

static bool
write_rows (struct mdt_writer *writer)
{
  return writer->gathered_rows.count == 0
	 || write_block (writer, &writer->gathered_rows, &writer->rows);
}

static bool
write_events (struct mdt_writer *writer)
{
  return writer->gathered_events.count == 0
	 || write_block (writer, &writer->gathered_events, &writer->events);
}

struct mdt_writer *
mdt_begin (int file)
{
  struct mdt_writer *writer = calloc (1, sizeof *writer);
  uint8_t header[MDT_HEADER_BYTES];

  if (writer == NULL)
    return NULL;
  writer->file = file;
  int flags = fcntl (file, F_GETFL);
  /* What is appended begins at the end, wherever the file is at before.  */
  writer->start
      = lseek (file, 0, flags >= 0 && flags & O_APPEND ? SEEK_END : SEEK_CUR);
  mdt_put_header (header, DATABASE_VERSION);
  if (!write_all (writer, header, sizeof header))
    {
      int error = writer->error;
      free (writer);
      errno = error;
      return NULL;
    }
  writer->written = sizeof header;
  return writer;
}

void
mdt_abandon (struct mdt_writer *writer)
{
  if (writer == NULL)
    return;
  free (writer->rows.data);
  free (writer->events.data);
  free (writer);
}

const char *
mdt_problem (const struct mdt_writer *writer)
{
  return writer->problem;
}

int
mdt_write_error (const struct mdt_writer *writer)
{
  return writer->error;
}

static bool
put_text (struct mdt_writer *writer, const char *text)
{
  const struct mdt_value value = { .kind = MDT_TEXT,
				   .bytes = (const uint8_t *) text,
				   .size = strlen (text) };

  return mdt_put_value (&writer->rows, &value)
	 || fail (writer, strerror (ENOMEM));
}

bool
mdt_put_table (struct mdt_writer *writer, unsigned number, const char *name,
	       sqlite3_stmt *rows)
{
  int columns = sqlite3_column_count (rows);

  if (!write_rows (writer) || !put_text (writer, name))
    return false;
  for (int i = 0; i < columns; i++)
    if (!put_text (writer, sqlite3_column_name (rows, i)))
      return false;
  writer->gathered_rows = (struct mdt_block){ .type = MDT_TABLE,
					      .table = number,
					      .count = (uint32_t) columns };
  return write_rows (writer);
}

/* The value in COLUMN of the row that ROWS is at.  False: no memory.  */
static bool
take_value (sqlite3_stmt *rows, int column, struct mdt_value *value)
{
  *value = (struct mdt_value){ .kind = MDT_NULL };
  switch (sqlite3_column_type (rows, column))
    {
    case SQLITE_INTEGER:
      value->kind = MDT_INTEGER;
      value->integer = sqlite3_column_int64 (rows, column);
      return true;
    case SQLITE_FLOAT:
      value->kind = MDT_REAL;
      value->real = sqlite3_column_double (rows, column);
      return true;
    case SQLITE_TEXT:
      value->kind = MDT_TEXT;
      value->bytes = sqlite3_column_text (rows, column);
      value->size = sqlite3_column_bytes (rows, column);
      return value->bytes != NULL;
    case SQLITE_BLOB:
      value->kind = MDT_BLOB;
      value->bytes = sqlite3_column_blob (rows, column);
      value->size = sqlite3_column_bytes (rows, column);
      return value->bytes != NULL || value->size == 0;
    default:
      return true;
    }
}

bool
mdt_put_row (struct mdt_writer *writer, unsigned number, sqlite3_stmt *rows)
{
  struct mdt_block *block = &writer->gathered_rows;
  int columns = sqlite3_column_count (rows);

  if ((block->type != MDT_ROWS || block->table != number
       || writer->rows.used >= ROWS_BYTES)
      && !write_rows (writer))
    return false;
  block->type = MDT_ROWS;
  block->table = number;
  for (int i = 0; i < columns; i++)
    {
      struct mdt_value value;
      if (!take_value (rows, i, &value))
	return fail (writer, strerror (ENOMEM));
      if (value.size > MDT_PAYLOAD_MAX / 2)
	return fail (writer, "a value is longer than a block can be");
      if (!mdt_put_value (&writer->rows, &value))
	return fail (writer, strerror (ENOMEM));
    }
  block->count++;
  return true;
}

bool
mdt_put (struct mdt_writer *writer, const struct stored_event *event)
{
  struct mdt_block *block = &writer->gathered_events;
  bool is_first = block->count == 0;

  /* A block that can be read without the ones before it.  */
  if (!mdt_put_event (&writer->events, is_first ? 0 : writer->last_ns, event))
    return fail (writer, strerror (ENOMEM));
  if (is_first)
    {
      block->type = MDT_EVENTS;
      block->flags = MDT_SORTED;
      block->first_ns = block->last_ns = event->time_ns;
    }
  else if (event->time_ns < writer->last_ns)
    block->flags = 0;
  if (event->time_ns < block->first_ns)
    block->first_ns = event->time_ns;
  if (event->time_ns > block->last_ns)
    block->last_ns = event->time_ns;
  block->count++;
  writer->last_ns = event->time_ns;
  writer->event_count++;
  return true;
}

bool
mdt_is_full (const struct mdt_writer *writer)
{
  return writer->events.used >= MDT_EVENTS_BYTES;
}

bool
mdt_flush (struct mdt_writer *writer)
{
  return write_rows (writer) && write_events (writer);
}

bool
mdt_finish (struct mdt_writer *writer, const struct mdt_end *losses)
{
  if (!mdt_flush (writer))
    return false;
  struct mdt_end end = *losses;
  end.events = writer->event_count;
  end.bytes = writer->written;
  writer->gathered_rows = (struct mdt_block){ .type = MDT_END };
  if (!mdt_put_end (&writer->rows, &end))
    return fail (writer, strerror (ENOMEM));
  if (!write_block (writer, &writer->gathered_rows, &writer->rows))
    return false;
  /* Not every file has a disk.  */
  if (fsync (writer->file) == 0 || errno == EINVAL || errno == EROFS)
    return true;
  writer->error = errno;
  return fail (writer, strerror (errno));
}
