/* The transport unix:PATH, to a daemon's socket.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "now.h"
#include "transport_unix.h"

struct unix_state
{
  int socket;
  uint32_t sequence; /* of the last request */
  struct frame_reader reader;
  struct stream stream;
};

/* Wait until the socket is ready for EVENTS, or it is DEADLINE_MS.  */
static int
wait_socket (struct mdtrace_target *target, short events, uint64_t deadline_ms)
{
  const struct unix_state *state = target->state;

  for (;;)
    {
      struct pollfd descriptor = { .fd = state->socket, .events = events };
      uint64_t now = now_ms ();
      int ready
	  = poll (&descriptor, 1, deadline_ms > now ? deadline_ms - now : 0);
      if (ready > 0)
	return MDTRACE_OK;
      if (ready == 0)
	return MDTRACE_ERR_TIMED_OUT;
      if (errno != EINTR)
	return target_fail (target, MDTRACE_ERR_SYSTEM, "poll: %s",
			    strerror (errno));
    }
}

static int
send_bytes (struct mdtrace_target *target, const uint8_t *bytes, size_t count,
	    uint64_t deadline_ms)
{
  const struct unix_state *state = target->state;

  while (count > 0)
    {
      ssize_t sent
	  = send (state->socket, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0)
	{
	  bytes += sent;
	  count -= sent;
	  continue;
	}
      if (errno == EINTR)
	continue;
      if (errno != EAGAIN)
	return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT,
			    "the daemon has closed the connection: %s",
			    strerror (errno));
      int error = wait_socket (target, POLLOUT, deadline_ms);
      if (error != MDTRACE_OK)
	return error;
    }
  return MDTRACE_OK;
}

int
unix_send (struct mdtrace_target *target, enum frame_type type,
	   const void *payload, uint32_t bytes, uint32_t *sequence)
{
  uint8_t header[FRAME_HEADER_BYTES];
  uint64_t deadline = now_ms () + target->timeout_ms;

  if (target->transport != &transport_unix)
    return MDTRACE_ERR_UNSUPPORTED;
  struct unix_state *state = target->state;
  struct frame frame = { .type = type,
			 .sequence = ++state->sequence,
			 .bytes = bytes,
			 .payload = payload };
  frame_make_header (&frame, header);
  if (sequence != NULL)
    *sequence = frame.sequence;
  int error = send_bytes (target, header, sizeof header, deadline);
  if (error == MDTRACE_OK)
    error = send_bytes (target, payload, bytes, deadline);
  return error;
}

/* Take apart a FRAME_ERROR.  */
static int
report_error (struct mdtrace_target *target, const struct frame *frame)
{
  struct frame_error header;

  if (frame->bytes < sizeof header)
    return MDTRACE_ERR_PROTOCOL;
  memcpy (&header, frame->payload, sizeof header);
  return target_fail (target,
		      header.error != 0 ? header.error : MDTRACE_ERR_PROTOCOL,
		      "%.*s", (int) (frame->bytes - sizeof header),
		      (const char *) frame->payload + sizeof header);
}

int
unix_receive (struct mdtrace_target *target, unsigned timeout_ms,
	      struct frame *frame)
{
  struct unix_state *state = target->state;
  uint64_t deadline = now_ms () + timeout_ms;

  if (target->transport != &transport_unix)
    return MDTRACE_ERR_UNSUPPORTED;
  for (;;)
    {
      switch (frame_reader_next (&state->reader, frame))
	{
	case FRAME_GOOD:
	  return frame->type == FRAME_ERROR ? report_error (target, frame)
					    : MDTRACE_OK;
	case FRAME_BROKEN:
	  return MDTRACE_ERR_BAD_FRAME;
	case FRAME_NONE:
	  break;
	}
      int error = wait_socket (target, POLLIN, deadline);
      if (error != MDTRACE_OK)
	return error;
      size_t room;
      uint8_t *bytes = frame_reader_room (&state->reader, &room);
      if (bytes == NULL)
	return MDTRACE_ERR_SYSTEM;
      ssize_t count = recv (state->socket, bytes, room, MSG_DONTWAIT);
      if (count == 0)
	return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT,
			    "the daemon has closed the connection");
      if (count > 0)
	frame_reader_feed (&state->reader, count);
      else if (errno != EAGAIN && errno != EINTR)
	return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT, "%s",
			    strerror (errno));
    }
}

int
unix_call (struct mdtrace_target *target, enum frame_type type,
	   const void *payload, uint32_t bytes, struct frame *frame)
{
  uint32_t sequence;
  int error = unix_send (target, type, payload, bytes, &sequence);

  if (error != MDTRACE_OK)
    return error;
  /* An answer to an earlier call, which was given up, may still come.  */
  do
    error = unix_receive (target, target->timeout_ms, frame);
  while (error == MDTRACE_OK && frame->sequence != sequence);
  if (error == MDTRACE_OK
      && frame->type != (type == FRAME_REQUEST ? FRAME_REPLY : type))
    error = MDTRACE_ERR_PROTOCOL;
  return error;
}

static int
unix_rpc (struct mdtrace_target *target, mach_msg_header_t *message,
	  mach_msg_size_t receive_bytes)
{
  struct frame frame;
  int error
      = unix_call (target, FRAME_REQUEST, message, message->msgh_size, &frame);

  if (error != MDTRACE_OK)
    return error;
  if (frame.bytes < sizeof *message || frame.bytes > receive_bytes)
    return MDTRACE_ERR_PROTOCOL;
  memcpy (message, frame.payload, frame.bytes);
  message->msgh_size = frame.bytes;
  return MDTRACE_OK;
}

static void
unix_close (struct mdtrace_target *target)
{
  struct unix_state *state = target->state;

  close (state->socket);
  frame_reader_free (&state->reader);
  free (state);
}

static int
unix_open (struct mdtrace_target *target, const char *address)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };

  if (strlen (address) == 0 || strlen (address) >= sizeof name.sun_path)
    return MDTRACE_ERR_BAD_TARGET;
  strcpy (name.sun_path, address);
  struct unix_state *state = calloc (1, sizeof *state);
  if (state == NULL)
    return MDTRACE_ERR_SYSTEM;
  state->socket = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (state->socket < 0
      || connect (state->socket, (struct sockaddr *) &name, sizeof name) != 0)
    {
      int error = errno;
      if (state->socket >= 0)
	close (state->socket);
      free (state);
      if (error == EACCES)
	return target_fail (target, MDTRACE_ERR_NOT_PERMITTED, "%s: %s",
			    address, strerror (error));
      return target_fail (target, MDTRACE_ERR_CANNOT_CONNECT,
			  "%s: %s; is mdtraced running?", address,
			  strerror (error));
    }
  target->state = state;
  return MDTRACE_OK;
}

struct stream *
unix_stream (struct mdtrace_target *target)
{
  struct unix_state *state = target->state;

  return target->transport == &transport_unix ? &state->stream : NULL;
}

const struct transport transport_unix = {
  .prefix = "unix:",
  .open = unix_open,
  .close = unix_close,
  .rpc = unix_rpc,
};
