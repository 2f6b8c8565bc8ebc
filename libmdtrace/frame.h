/* Frames: how messages travel over a byte stream.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A frame is a header of 24 bytes, six words of 32 bits in little-endian
   order, and a payload:

     magic	FRAME_MAGIC
     type	an enum frame_type
     sequence	of the request; its answer has the same
     bytes	of the payload, at most FRAME_PAYLOAD_BYTES_MAX
     header	CRC-32C of the four words before
     payload	CRC-32C of the payload

   A reader that finds anything else looks for the next header that is whole,
   and answers one FRAME_ERROR for what it skipped.  CRC-32C: the polynomial
   of Castagnoli, as in RFC 3720, appendix B.4.  */

#ifndef LIBMDTRACE_FRAME_H
#define LIBMDTRACE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mdtrace_shared.h"

#define FRAME_MAGIC 0x4d44544dU

enum frame_type
{
  /* A Mach message for the kernel, and the kernel's answer.  */
  FRAME_REQUEST = 1,
  FRAME_REPLY = 2,
  /* struct frame_error, and text up to the end.  */
  FRAME_ERROR = 3,
  /* To a daemon: no payload.  From it: struct mdtrace_daemon_info.  */
  FRAME_INFO = 4,
  /* To a daemon: no payload.  Answered by the same once everything is
     stored that the rings held.  As long as that goes on, there is now and
     then one with the sequence number 0.  */
  FRAME_FLUSH = 5,
  /* To a daemon: no payload.  Answered by the same, then by FRAME_EVENTS for
     ever.  */
  FRAME_STREAM = 6,
  /* Some struct frame_event, each followed by its strings.  */
  FRAME_EVENTS = 7
};

enum
{
  FRAME_HEADER_BYTES = 24,
  FRAME_PAYLOAD_BYTES_MAX = 65536
};

struct frame_error
{
  int32_t error;
  char text[]; /* not terminated */
};

/* An event in a stream.  Behind it are the frames of its stack, of 8 bytes
   each, and the strings provider, module, function, name, task_name and names,
   each with a NUL, filled up with NULs to a multiple of 8 bytes.  Names are
   those of mdtrace_probe_config.  */
struct frame_event
{
  uint32_t bytes; /* with the frames and the strings */
  uint32_t probe_id;
  uint32_t cpu;
  uint32_t kind;
  uint64_t number;
  uint64_t time_ns;
  uint64_t fields;
  uint64_t unknown;
  uint64_t thread;
  uint64_t task;
  uint64_t address;
  uint64_t offset;
  uint64_t retval;
  uint64_t arguments[6];
  uint64_t duration_ns;
  uint64_t frame_count; /* at most MDTRACE_STACK_DEPTH_MAX */
};

struct frame
{
  enum frame_type type;
  uint32_t sequence;
  uint32_t bytes;
  const uint8_t *payload; /* in the reader, until it is fed again */
};

/* What puts frames together from the bytes that come in.  */
struct frame_reader
{
  uint8_t *buffer;
  size_t begin, end, room;
  bool skipping; /* something that is no frame has been passed over */
  bool told;	 /* and was answered already */
};

enum frame_result
{
  FRAME_NONE, /* not all of one is there yet */
  FRAME_GOOD,
  FRAME_BROKEN /* something was skipped that is no frame */
};

void frame_reader_initialize (struct frame_reader *reader);
void frame_reader_free (struct frame_reader *reader);

/* Forget what has come in, as at the beginning of another stream.  */
void frame_reader_forget (struct frame_reader *reader);

/* Room for what comes in: at least a byte at the pointer that is returned,
 *BYTES in all.  Null if there is no memory.  */
uint8_t *frame_reader_room (struct frame_reader *reader, size_t *bytes);

/* Say that BYTES bytes were put there.  */
void frame_reader_feed (struct frame_reader *reader, size_t bytes);

/* Take the next frame.  */
enum frame_result frame_reader_next (struct frame_reader *reader,
				     struct frame *frame);

/* Write the header of FRAME to HEADER, of FRAME_HEADER_BYTES bytes.  */
void frame_make_header (const struct frame *frame, uint8_t *header);

uint32_t frame_checksum (const void *bytes, size_t count);

#endif /* LIBMDTRACE_FRAME_H */
