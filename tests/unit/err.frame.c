/* Frames among bytes that are none.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Whatever precedes a good frame, it is delivered; and if anything precedes
   it, FRAME_BROKEN says so, once.  */

#include "frames.h"

static struct stream stream;
static struct frame_reader reader;
static struct frame frame;

/* What the reader finds in the stream, which comes in pieces of up to MOST
   bytes.  */
static struct
{
  unsigned good, broken;
  uint32_t last;    /* sequence of the last good one */
  bool broken_last; /* FRAME_BROKEN came after that */
} found;

static void
read_stream (size_t most, uint64_t seed)
{
  enum frame_result result;

  memset (&found, 0, sizeof found);
  frame_reader_initialize (&reader);
  for (size_t at = 0; at < stream.count;)
    {
      size_t piece = 1 + tap_below (&seed, most);
      if (piece > stream.count - at)
	piece = stream.count - at;
      feed (&reader, stream.bytes + at, piece);
      at += piece;
      while ((result = frame_reader_next (&reader, &frame)) != FRAME_NONE)
	{
	  found.broken_last = result == FRAME_BROKEN;
	  if (result == FRAME_BROKEN)
	    {
	      found.broken++;
	      continue;
	    }
	  CHECK_NUMBER (result, FRAME_GOOD);
	  check_numbered (&frame, frame.sequence);
	  found.last = frame.sequence;
	  found.good++;
	}
    }
  frame_reader_free (&reader);
}

/* The COUNT bytes at GARBAGE are followed by a good frame: it is delivered,
   and exactly one FRAME_BROKEN before it.  */
static void
check_garbage (const void *garbage, size_t count)
{
  for (size_t most = 1; most <= 4096; most *= 8)
    {
      stream.count = 0;
      stream_add (&stream, garbage, count);
      stream_add_numbered (&stream, 77, 100);
      read_stream (most, count);
      CHECK_NUMBER (found.good, 1);
      CHECK_NUMBER (found.last, 77);
      CHECK_NUMBER (found.broken, 1);
      CHECK (!found.broken_last);
    }
}

static void
finds_a_frame_after_garbage (void)
{
  uint8_t bytes[3000];
  uint64_t seed = 1;

  for (size_t count = 1; count < 60; count++)
    {
      tap_random_bytes (&seed, bytes, count);
      check_garbage (bytes, count);
      memset (bytes, 0, count);
      check_garbage (bytes, count);
    }
  tap_random_bytes (&seed, bytes, sizeof bytes);
  check_garbage (bytes, sizeof bytes);
  /* The magic number alone makes no header.  */
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = FRAME_MAGIC >> i % 4 * 8;
  for (size_t count = 1; count < 60; count++)
    check_garbage (bytes, count);
}

static void
finds_a_frame_after_a_damaged_one (void)
{
  struct stream whole = { .count = 0 };

  stream_add_numbered (&whole, 5, 50);
  for (size_t at = 0; at < whole.count; at++)
    for (int bit = 0; bit < 8; bit += 3)
      {
	whole.bytes[at] ^= 1 << bit;
	check_garbage (whole.bytes, whole.count);
	whole.bytes[at] ^= 1 << bit;
      }
}

/* A frame that was cut short takes nothing of the next one with it.  */
static void
finds_a_frame_after_part_of_one (void)
{
  struct stream whole = { .count = 0 };

  stream_add_numbered (&whole, 5, 50);
  for (size_t count = 1; count < whole.count; count++)
    {
      check_garbage (whole.bytes, count);
      check_garbage (whole.bytes + count, whole.count - count);
    }
}

/* Bytes that are lost in the middle.  */
static void
finds_a_frame_after_one_with_a_hole (void)
{
  uint8_t bytes[FRAME_HEADER_BYTES + 200];
  struct stream whole = { .count = 0 };

  stream_add_numbered (&whole, 5, 200);
  for (size_t at = 0; at < whole.count; at += 3)
    for (size_t hole = 1; hole < 30 && at + hole < whole.count; hole += 7)
      {
	memcpy (bytes, whole.bytes, at);
	memcpy (bytes + at, whole.bytes + at + hole, whole.count - at - hole);
	check_garbage (bytes, whole.count - hole);
      }
}

static void
refuses_lengths_that_are_too_long (void)
{
  static const uint32_t lengths[]
      = { FRAME_PAYLOAD_BYTES_MAX + 1, 1 << 20, INT32_MAX, UINT32_MAX };
  uint8_t header[FRAME_HEADER_BYTES];

  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
    {
      /* Made by hand: there is no such payload to sum up.  */
      struct frame none = { FRAME_REQUEST, 1, 0, NULL };
      frame_make_header (&none, header);
      memcpy (header + 12, &lengths[i], 4);
      uint32_t sum = frame_checksum (header, 16);
      memcpy (header + 16, &sum, 4);
      check_garbage (header, sizeof header);
    }
}

/* A frame whose payload is damaged is known at once for what it is; whoever
   sent it waits for an answer.  */
static void
tells_of_a_damaged_payload_at_once (void)
{
  stream.count = 0;
  stream_add_numbered (&stream, 5, 50);
  stream.bytes[stream.count - 1] ^= 1;
  read_stream (4096, 1);
  CHECK_NUMBER (found.good, 0);
  CHECK_NUMBER (found.broken, 1);
}

/* Good frames and garbage in turns: all good ones arrive, and where there was
   garbage between two, and only there, FRAME_BROKEN comes once.  */
static void
keeps_good_frames_among_garbage (void)
{
  static uint8_t garbage[2000];
  uint64_t seed = 1;

  for (int round = 0; round < 300; round++)
    {
      unsigned broken = 0;
      stream.count = 0;
      for (uint32_t i = 0; i < 20; i++)
	{
	  if (tap_below (&seed, 2) == 0)
	    {
	      size_t count = 1 + tap_below (&seed, sizeof garbage);
	      tap_random_bytes (&seed, garbage, count);
	      stream_add (&stream, garbage, count);
	      broken++;
	    }
	  stream_add_numbered (&stream, i, tap_below (&seed, 200));
	}
      read_stream (1 + tap_below (&seed, 3000), round);
      CHECK_NUMBER (found.good, 20);
      CHECK_NUMBER (found.last, 19);
      CHECK_NUMBER (found.broken, broken);
    }
}

/* Frames with damage anywhere, pieces of them, and random bytes, with headers
   that are good for nothing: no crash, no frame that was not sent, and the
   last one is delivered.  */
static void
bears_any_bytes (void)
{
  static uint8_t bytes[2 * FRAME_PAYLOAD_BYTES_MAX];
  uint64_t seed = 2;

  for (int round = 0; round < 400; round++)
    {
      stream.count = 0;
      for (int i = 0; i < 10; i++)
	{
	  size_t before = stream.count;
	  stream_add_numbered (&stream, i, tap_below (&seed, 500));
	  size_t count = stream.count - before;
	  if (tap_below (&seed, 2) == 0)
	    stream.bytes[before + tap_below (&seed, count)]
		^= 1 << tap_below (&seed, 8);
	  if (tap_below (&seed, 3) == 0)
	    stream.count -= tap_below (&seed, count);
	  if (tap_below (&seed, 3) == 0)
	    {
	      count = tap_below (&seed, 300);
	      tap_random_bytes (&seed, bytes, count);
	      stream_add (&stream, bytes, count);
	    }
	}
      /* Enough that whatever a header has promised has come.  */
      memset (bytes, 0, sizeof bytes);
      stream_add (&stream, bytes, FRAME_PAYLOAD_BYTES_MAX);
      stream_add_numbered (&stream, 4711, 10);
      read_stream (1 + tap_below (&seed, 5000), round);
      CHECK_NUMBER (found.last, 4711);
      CHECK (!found.broken_last);
    }
}

TAP_MAIN ({ finds_a_frame_after_garbage, "garbage" },
	  { finds_a_frame_after_a_damaged_one,
	    "any bit of a frame that is damaged" },
	  { finds_a_frame_after_part_of_one, "a frame that was cut" },
	  { finds_a_frame_after_one_with_a_hole,
	    "a frame of which bytes are lost" },
	  { refuses_lengths_that_are_too_long, "a length that no frame has" },
	  { tells_of_a_damaged_payload_at_once,
	    "a damaged payload is told at once" },
	  { keeps_good_frames_among_garbage, "garbage between good frames" },
	  { bears_any_bytes, "any bytes" })
