/* What tests of frames have in common.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_FRAMES_H
#define UNIT_FRAMES_H

#include "frame.h"
#include "tap.h"

enum
{
  STREAM_BYTES = 1 << 20
};

/* Bytes on their way to a reader.  */
struct stream
{
  uint8_t bytes[STREAM_BYTES];
  size_t count;
};

static inline void
stream_add (struct stream *stream, const void *bytes, size_t count)
{
  CHECK (stream->count + count <= STREAM_BYTES);
  memcpy (stream->bytes + stream->count, bytes, count);
  stream->count += count;
}

/* Append a frame of BYTES bytes at PAYLOAD.  */
static inline void
stream_add_frame (struct stream *stream, enum frame_type type,
		  uint32_t sequence, const void *payload, uint32_t bytes)
{
  struct frame frame = { type, sequence, bytes, payload };
  uint8_t header[FRAME_HEADER_BYTES];

  frame_make_header (&frame, header);
  stream_add (stream, header, sizeof header);
  stream_add (stream, payload, bytes);
}

/* Byte AT of the payload of the frame with SEQUENCE.  */
static inline uint8_t
payload_byte (uint32_t sequence, size_t at)
{
  return sequence * 31 + at * 7 + (at >> 8);
}

/* Append a frame whose payload of BYTES bytes follows from SEQUENCE.  */
static inline void
stream_add_numbered (struct stream *stream, uint32_t sequence, uint32_t bytes)
{
  static uint8_t payload[FRAME_PAYLOAD_BYTES_MAX];

  for (uint32_t i = 0; i < bytes; i++)
    payload[i] = payload_byte (sequence, i);
  stream_add_frame (stream, FRAME_REQUEST, sequence, payload, bytes);
}

/* FRAME must be the one that stream_add_numbered made of SEQUENCE.  */
static inline void
check_numbered (const struct frame *frame, uint32_t sequence)
{
  CHECK_NUMBER (frame->type, FRAME_REQUEST);
  CHECK_NUMBER (frame->sequence, sequence);
  for (uint32_t i = 0; i < frame->bytes; i++)
    CHECK_NUMBER (frame->payload[i], payload_byte (sequence, i));
}

/* Give READER the COUNT bytes at BYTES, which it has room for.  */
static inline void
feed (struct frame_reader *reader, const void *bytes, size_t count)
{
  size_t room;
  uint8_t *to = frame_reader_room (reader, &room);

  CHECK (to != NULL && count <= room);
  memcpy (to, bytes, count);
  frame_reader_feed (reader, count);
}

#endif /* UNIT_FRAMES_H */
