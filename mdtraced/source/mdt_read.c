/* Trace files, block by block.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   By pread, and not by mapping the file, which may become shorter while it is
   read.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mdt_read.h"

static enum mdt_found
fail (struct mdt_reader *reader, enum mdt_found found, const char *problem)
{
  snprintf (reader->problem, sizeof reader->problem, "%s", problem);
  return found;
}

/* Read BYTES bytes at OFFSET, which were there when the file was opened.  */
static enum mdt_found
read_at (struct mdt_reader *reader, uint64_t offset, uint8_t *to, size_t bytes)
{
  while (bytes > 0)
    {
      ssize_t got = pread (reader->file, to, bytes, (off_t) offset);
      if (got < 0 && errno == EINTR)
	continue;
      if (got < 0)
	return fail (reader, MDT_FAILED, strerror (errno));
      if (got == 0)
	return fail (reader, MDT_CUT, "the file has become shorter");
      to += got;
      offset += got;
      bytes -= got;
    }
  return MDT_FOUND;
}

bool
mdt_is_trace_file (const char *path)
{
  uint8_t begin[MDT_MAGIC_BYTES];
  struct mdt_reader reader
      = { .file = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) };
  unsigned same = 0;

  if (reader.file < 0)
    return false;
  ssize_t got = pread (reader.file, begin, sizeof begin, 0);
  close (reader.file);
  if (got <= 0)
    return false;
  for (ssize_t i = 0; i < got; i++)
    same += begin[i] == mdt_magic[i];
  return same + 1 >= (unsigned) got;
}

enum mdt_found
mdt_open (struct mdt_reader *reader, const char *path)
{
  uint8_t header[MDT_HEADER_BYTES];
  struct stat file;
  uint32_t version;

  memset (reader, 0, sizeof *reader);
  reader->file = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (reader->file < 0 || fstat (reader->file, &file) != 0)
    return fail (reader, MDT_FAILED, strerror (errno));
  if (!S_ISREG (file.st_mode))
    return fail (reader, MDT_FAILED, "is no file; name a trace file");
  reader->bytes = file.st_size;
  if (reader->bytes < sizeof header)
    return fail (reader, MDT_CUT, "the file ends within its header");
  enum mdt_found found = read_at (reader, 0, header, sizeof header);
  if (found != MDT_FOUND)
    return found;
  if (!mdt_get_header (header, &version, &reader->database_version))
    return fail (reader, MDT_DAMAGED, "the header is damaged");
  reader->at = sizeof header;
  if (version == MDT_VERSION)
    return MDT_FOUND;
  snprintf (reader->problem, sizeof reader->problem,
	    "is a trace file of version %" PRIu32 ", and this program knows "
	    "version %d; use one as new as that which made it",
	    version, MDT_VERSION);
  return MDT_FAILED;
}

void
mdt_close (struct mdt_reader *reader)
{
  if (reader->file >= 0)
    close (reader->file);
  free (reader->payload);
}

/* Whether what BLOCK says of itself can be.  */
static bool
is_sound (const struct mdt_block *block)
{
  switch (block->type)
    {
    case MDT_TABLE:
    case MDT_ROWS:
      return block->table < MDT_TABLES_MAX && block->flags == 0;
    case MDT_EVENTS:
      return block->count > 0 && block->first_ns <= block->last_ns
	     && (block->flags & ~MDT_SORTED) == 0;
    case MDT_END:
      return block->flags == 0;
    default:
      return false;
    }
}

enum mdt_found
mdt_next (struct mdt_reader *reader, struct mdt_place *place)
{
  uint8_t header[MDT_BLOCK_BYTES];
  uint64_t rest = reader->bytes - reader->at;

  place->offset = reader->at;
  place->number = reader->number + 1;
  if (rest == 0)
    return fail (reader, MDT_NOTHING, "the file ends");
  if (rest < sizeof header)
    return fail (reader, MDT_CUT, "the file ends within the block");
  enum mdt_found found = read_at (reader, reader->at, header, sizeof header);
  if (found != MDT_FOUND)
    return found;
  if (!mdt_get_block (header, &place->block) || !is_sound (&place->block)
      || place->block.bytes > MDT_PAYLOAD_MAX)
    return fail (reader, MDT_DAMAGED, "the block's header is damaged");
  if (place->block.bytes > rest - sizeof header)
    return fail (reader, MDT_CUT, "the file ends within the block");
  reader->at += sizeof header + place->block.bytes;
  reader->number++;
  return MDT_FOUND;
}

enum mdt_found
mdt_load (struct mdt_reader *reader, const struct mdt_place *place,
	  struct mdt_cursor *cursor)
{
  /* mdt_get_event looks further, at whatever is there.  */
  size_t bytes = place->block.bytes + MDT_EVENT_BYTES_MAX;

  if (reader->allocated < bytes)
    {
      free (reader->payload);
      reader->allocated = 0;
      reader->payload = calloc (1, bytes);
      if (reader->payload == NULL)
	return fail (reader, MDT_FAILED, strerror (ENOMEM));
      reader->allocated = bytes;
    }
  enum mdt_found found = read_at (reader, place->offset + MDT_BLOCK_BYTES,
				  reader->payload, place->block.bytes);
  if (found != MDT_FOUND)
    return found;
  if (mdt_checksum (reader->payload, place->block.bytes)
      != place->block.checksum)
    return fail (reader, MDT_DAMAGED, "the block's content is damaged");
  cursor->at = reader->payload;
  cursor->end = reader->payload + place->block.bytes;
  return MDT_FOUND;
}
