/* Frames: what is sent arrives, however the bytes come in.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "frames.h"

static struct stream stream;
static struct frame_reader reader;
static struct frame frame;

static void
has_the_checksum_of_rfc_3720 (void)
{
  uint8_t bytes[48] = { 0 };

  /* Appendix B.4.  */
  CHECK_NUMBER (frame_checksum (bytes, 32), 0x8a9136aa);
  memset (bytes, 0xff, 32);
  CHECK_NUMBER (frame_checksum (bytes, 32), 0x62a8ab43);
  for (int i = 0; i < 32; i++)
    bytes[i] = i;
  CHECK_NUMBER (frame_checksum (bytes, 32), 0x46dd794e);
  for (int i = 0; i < 32; i++)
    bytes[i] = 31 - i;
  CHECK_NUMBER (frame_checksum (bytes, 32), 0x113fdb5c);
  CHECK_NUMBER (frame_checksum ("123456789", 9), 0xe3069283);
  CHECK_NUMBER (frame_checksum (NULL, 0), 0);
}

/* The header is the same on every machine.  */
static void
has_a_header (void)
{
  static const uint8_t expected[16]
      = { 0x4d, 0x54, 0x44, 0x4d, 3, 0, 0, 0, 4, 3, 2, 1, 5, 0, 0, 0 };
  struct frame hello = { FRAME_ERROR, 0x01020304, 5, (uint8_t *) "hello" };
  uint8_t header[FRAME_HEADER_BYTES];
  uint32_t sum;

  frame_make_header (&hello, header);
  CHECK (memcmp (header, expected, sizeof expected) == 0);
  memcpy (&sum, header + 16, 4);
  CHECK_NUMBER (sum, frame_checksum (header, 16));
  memcpy (&sum, header + 20, 4);
  CHECK_NUMBER (sum, frame_checksum ("hello", 5));
}

static void
arrives_whole (void)
{
  static const uint32_t sizes[]
      = { 0, 1, 7, 8, 24, 1000, 8192, FRAME_PAYLOAD_BYTES_MAX };
  const size_t count = sizeof sizes / sizeof sizes[0];

  for (size_t i = 0; i < count; i++)
    {
      stream.count = 0;
      stream_add_numbered (&stream, i, sizes[i]);
      feed (&reader, stream.bytes, stream.count);
      CHECK_NUMBER (frame_reader_next (&reader, &frame), FRAME_GOOD);
      CHECK_NUMBER (frame.bytes, sizes[i]);
      check_numbered (&frame, i);
      CHECK_NUMBER (frame_reader_next (&reader, &frame), FRAME_NONE);
    }
  frame_reader_free (&reader);
}

/* Send the whole stream in pieces of 1 to MOST bytes; all frames are good and
   have the numbers from 0 on.  */
static void
check_in_pieces (size_t most, uint64_t seed, uint32_t frames)
{
  uint32_t next = 0;

  for (size_t at = 0; at < stream.count;)
    {
      size_t piece = 1 + tap_below (&seed, most);
      if (piece > stream.count - at)
	piece = stream.count - at;
      feed (&reader, stream.bytes + at, piece);
      at += piece;
      while (frame_reader_next (&reader, &frame) == FRAME_GOOD)
	check_numbered (&frame, next++);
    }
  CHECK_NUMBER (next, frames);
  CHECK_NUMBER (frame_reader_next (&reader, &frame), FRAME_NONE);
}

static void
arrives_in_pieces (void)
{
  uint64_t seed = 1;

  for (uint32_t i = 0; i < 200; i++)
    stream_add_numbered (&stream, i, tap_below (&seed, 300));
  for (size_t most = 1; most < 60; most++)
    check_in_pieces (most, most, 200);
  check_in_pieces (10000, 1, 200);
  frame_reader_free (&reader);
}

static void
arrives_split_anywhere (void)
{
  stream_add_numbered (&stream, 0, 30);
  stream_add_numbered (&stream, 1, 0);
  stream_add_numbered (&stream, 2, 5);
  for (size_t first = 0; first <= stream.count; first++)
    for (size_t second = first; second <= stream.count; second += 7)
      {
	uint32_t next = 0;
	const size_t ends[] = { 0, first, second, stream.count };
	for (int i = 0; i < 3; i++)
	  {
	    feed (&reader, stream.bytes + ends[i], ends[i + 1] - ends[i]);
	    while (frame_reader_next (&reader, &frame) == FRAME_GOOD)
	      check_numbered (&frame, next++);
	  }
	CHECK_NUMBER (next, 3);
      }
  frame_reader_free (&reader);
}

/* The longest frames, one byte short of whole, leave room for more.  */
static void
always_has_room (void)
{
  uint64_t seed = 1;
  uint32_t next = 0;

  for (uint32_t i = 0; i < 12; i++)
    stream_add_numbered (&stream, i, FRAME_PAYLOAD_BYTES_MAX - i % 3);
  for (size_t at = 0; at < stream.count;)
    {
      size_t room;
      uint8_t *to = frame_reader_room (&reader, &room);
      CHECK (to != NULL && room > 0);
      size_t piece = 1 + tap_below (&seed, room);
      if (piece > stream.count - at)
	piece = stream.count - at;
      memcpy (to, stream.bytes + at, piece);
      frame_reader_feed (&reader, piece);
      at += piece;
      while (frame_reader_next (&reader, &frame) == FRAME_GOOD)
	check_numbered (&frame, next++);
    }
  CHECK_NUMBER (next, 12);
  frame_reader_free (&reader);
}

TAP_MAIN ({ has_the_checksum_of_rfc_3720, "the checksum is CRC-32C" },
	  { has_a_header, "the header's bytes" },
	  { arrives_whole, "frames of each size arrive" },
	  { arrives_in_pieces, "frames arrive in pieces" },
	  { arrives_split_anywhere, "frames arrive, split anywhere" },
	  { always_has_room, "there is room for the longest frames" })
