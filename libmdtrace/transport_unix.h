/* The transport unix:PATH, as far as daemon.c needs to know it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef LIBMDTRACE_TRANSPORT_UNIX_H
#define LIBMDTRACE_TRANSPORT_UNIX_H

#include "frame.h"
#include "target.h"

/* Send a frame of TYPE with BYTES bytes at PAYLOAD.  *SEQUENCE, if it is not
   null, is set to its number.  UNSUPPORTED if TARGET is of another kind.  */
int unix_send (struct mdtrace_target *target, enum frame_type type,
	       const void *payload, uint32_t bytes, uint32_t *sequence);

/* Wait up to TIMEOUT_MS for the next frame.  A FRAME_ERROR comes out as the
   error that is in it.  */
int unix_receive (struct mdtrace_target *target, unsigned timeout_ms,
		  struct frame *frame);

/* Send a frame and wait for its answer, of the same type unless it is a
   request.  FRAME is valid until the next call.  */
int unix_call (struct mdtrace_target *target, enum frame_type type,
	       const void *payload, uint32_t bytes, struct frame *frame);

/* How far a stream of events has been read.  */
struct stream
{
  struct frame frame;
  size_t begin; /* of what is not read yet, in its payload */
  /* The names of the last event's values, and what they were read from.  */
  bool has_names;
  char names_text[MDTRACE_NAMES_BYTES];
  struct mdtrace_names names;
};

/* TARGET's stream; null if TARGET is of another kind.  */
struct stream *unix_stream (struct mdtrace_target *target);

#endif /* LIBMDTRACE_TRANSPORT_UNIX_H */
