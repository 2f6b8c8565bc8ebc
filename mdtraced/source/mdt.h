/* Trace files, byte by byte.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   mdtrace-trace(5) is what they promise.  A file is a header and then blocks,
   each of which is whole by itself.  A block describes a table of the
   database, or holds rows of one, or events, or says that the file is
   complete.

   What is decoded may be anything: nothing here trusts a length or a count,
   and whatever the bytes are, decoding them has a result or fails.  */

#ifndef MDTRACED_MDT_H
#define MDTRACED_MDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stored_event.h"

enum
{
  MDT_VERSION = 1,
  MDT_MAGIC_BYTES = 8,
  MDT_HEADER_BYTES = 24,
  MDT_BLOCK_BYTES = 40,
  /* No block has more, and nobody need allocate more to read one.  */
  MDT_PAYLOAD_MAX = 1 << 26,
  /* Numbers of tables are below this, and no table has more columns.  */
  MDT_TABLES_MAX = 64,
  MDT_COLUMNS_MAX = 64,
  MDT_VARINT_BYTES_MAX = 10,
  MDT_EVENT_BYTES_MAX = (9 + MDTRACE_ARGUMENTS_MAX) * MDT_VARINT_BYTES_MAX
};

extern const uint8_t mdt_magic[MDT_MAGIC_BYTES];

enum mdt_type
{
  MDT_TABLE = 1,
  MDT_ROWS,
  MDT_EVENTS,
  MDT_END
};

enum mdt_flag
{
  /* Of events: none is earlier than the one before.  */
  MDT_SORTED = 1 << 0
};

/* What stands before each block's payload.  */
struct mdt_block
{
  uint8_t type;	 /* enum mdt_type */
  uint8_t flags; /* mask of enum mdt_flag */
  uint16_t table;
  uint32_t bytes;	     /* of the payload */
  uint32_t count;	     /* rows, or events */
  int64_t first_ns, last_ns; /* the least and the greatest time of events */
  uint32_t checksum;	     /* of the payload */
};

/* What the last block says.  */
struct mdt_end
{
  uint64_t events;
  uint64_t bytes; /* of the file before that block */
  uint64_t dropped, throttled, missed;
};

/* CRC-32, as zlib has it.  */
uint32_t mdt_checksum (const uint8_t *data, size_t bytes);

void mdt_put_header (uint8_t *to, uint32_t database_version);
void mdt_put_block (uint8_t *to, const struct mdt_block *block);

/* False if the MDT_HEADER_BYTES, or MDT_BLOCK_BYTES, at FROM are damaged.
 *VERSION is the format's.  */
bool mdt_get_header (const uint8_t *from, uint32_t *version,
		     uint32_t *database_version);
bool mdt_get_block (const uint8_t *from, struct mdt_block *block);

/* Bytes that grow.  */
struct mdt_buffer
{
  uint8_t *data;
  size_t used, size;
};

/* Make room for BYTES more.  False: there is no memory.  */
bool mdt_reserve (struct mdt_buffer *buffer, size_t bytes);

/* What is left to be decoded.  */
struct mdt_cursor
{
  const uint8_t *at, *end;
};

enum mdt_kind
{
  MDT_NULL,
  MDT_INTEGER,
  MDT_REAL,
  MDT_TEXT,
  MDT_BLOB
};

/* A value of a row; BYTES of text and blobs are not its own.  */
struct mdt_value
{
  enum mdt_kind kind;
  int64_t integer;
  double real;
  const uint8_t *bytes;
  size_t size;
};

/* Add VALUE.  False: there is no memory, or it is longer than a payload.  */
bool mdt_put_value (struct mdt_buffer *buffer, const struct mdt_value *value);

/* Take a value, or a number, or a text that has no null in it and stays where
   it is.  False: there is none.  */
bool mdt_get_value (struct mdt_cursor *cursor, struct mdt_value *value);
bool mdt_get_number (struct mdt_cursor *cursor, uint64_t *number);

bool mdt_put_number (struct mdt_buffer *buffer, uint64_t number);

bool mdt_put_end (struct mdt_buffer *buffer, const struct mdt_end *end);
bool mdt_get_end (struct mdt_cursor *cursor, struct mdt_end *end);

/* Add EVENT, which comes after one of PREVIOUS_NS; 0 for the first of a
   block.  */
bool mdt_put_event (struct mdt_buffer *buffer, int64_t previous_ns,
		    const struct stored_event *event);

/* Take an event.  There must be MDT_EVENT_BYTES_MAX bytes behind the end of
   CURSOR, whatever they are.  False: there is none.  */
bool mdt_get_event (struct mdt_cursor *cursor, int64_t previous_ns,
		    struct stored_event *event);

#endif /* MDTRACED_MDT_H */
