/* Frames: how messages travel over a byte stream.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "frame.h"

enum
{
  FRAME_BYTES_MAX = FRAME_HEADER_BYTES + FRAME_PAYLOAD_BYTES_MAX
};

static void
put_32 (uint8_t *to, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    to[i] = value >> 8 * i;
}

static uint32_t
get_32 (const uint8_t *from)
{
  return from[0] | from[1] << 8 | from[2] << 16 | (uint32_t) from[3] << 24;
}

uint32_t
frame_checksum (const void *bytes, size_t count)
{
  const uint8_t *byte = bytes;
  uint32_t sum = ~UINT32_C (0);

  while (count-- > 0)
    {
      sum ^= *byte++;
      for (int bit = 0; bit < 8; bit++)
	sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78 : 0);
    }
  return ~sum;
}

void
frame_make_header (const struct frame *frame, uint8_t *header)
{
  put_32 (header, FRAME_MAGIC);
  put_32 (header + 4, frame->type);
  put_32 (header + 8, frame->sequence);
  put_32 (header + 12, frame->bytes);
  put_32 (header + 16, frame_checksum (header, 16));
  put_32 (header + 20, frame_checksum (frame->payload, frame->bytes));
}

void
frame_reader_initialize (struct frame_reader *reader)
{
  memset (reader, 0, sizeof *reader);
}

void
frame_reader_free (struct frame_reader *reader)
{
  free (reader->buffer);
  frame_reader_initialize (reader);
}

void
frame_reader_forget (struct frame_reader *reader)
{
  reader->begin = reader->end = 0;
  reader->skipping = reader->told = false;
}

uint8_t *
frame_reader_room (struct frame_reader *reader, size_t *bytes)
{
  if (reader->buffer == NULL)
    {
      reader->buffer = malloc (2 * FRAME_BYTES_MAX);
      if (reader->buffer == NULL)
	return NULL;
      reader->room = 2 * FRAME_BYTES_MAX;
    }
  /* A frame that is not whole yet is shorter than half of the buffer.  */
  if (reader->begin > 0)
    {
      memmove (reader->buffer, reader->buffer + reader->begin,
	       reader->end - reader->begin);
      reader->end -= reader->begin;
      reader->begin = 0;
    }
  *bytes = reader->room - reader->end;
  return reader->buffer + reader->end;
}

void
frame_reader_feed (struct frame_reader *reader, size_t bytes)
{
  reader->end += bytes;
}

/* Whether a header that is whole begins at HEADER.  */
static bool
is_header (const uint8_t *header)
{
  return get_32 (header) == FRAME_MAGIC
	 && get_32 (header + 16) == frame_checksum (header, 16)
	 && get_32 (header + 12) <= FRAME_PAYLOAD_BYTES_MAX;
}

enum frame_result
frame_reader_next (struct frame_reader *reader, struct frame *frame)
{
  while (reader->end - reader->begin >= FRAME_HEADER_BYTES)
    {
      const uint8_t *header = reader->buffer + reader->begin;
      if (!is_header (header))
	{
	  reader->begin++;
	  reader->skipping = true;
	  continue;
	}
      /* One answer for all that was skipped, before what is good.  */
      bool tell = reader->skipping && !reader->told;
      reader->skipping = reader->told = false;
      if (tell)
	return FRAME_BROKEN;
      frame->type = get_32 (header + 4);
      frame->sequence = get_32 (header + 8);
      frame->bytes = get_32 (header + 12);
      frame->payload = header + FRAME_HEADER_BYTES;
      if (reader->end - reader->begin < FRAME_HEADER_BYTES + frame->bytes)
	return FRAME_NONE;
      if (get_32 (header + 20)
	  != frame_checksum (frame->payload, frame->bytes))
	{
	  /* Perhaps bytes of it were lost, and the next frame begins before
	     what would be its end.  Whoever sent it waits for an answer.  */
	  reader->begin++;
	  reader->told = true;
	  return FRAME_BROKEN;
	}
      reader->begin += FRAME_HEADER_BYTES + frame->bytes;
      return FRAME_GOOD;
    }
  return FRAME_NONE;
}
