/* bad-frames SOCKET: send a daemon what is malformed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   After each bad frame a good request is sent on the same connection.  Prints
   a line "good WHAT" or "wrong WHAT" for each.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <mach/message.h>
#include <mach/mig_errors.h>

#include "frame.h"
#include "mdtrace_errors.h"
#include "mdtrace_ids.h"

static int daemon_socket;
static struct frame_reader reader;

static void
send_all (const void *bytes, size_t count)
{
  if (send (daemon_socket, bytes, count, MSG_NOSIGNAL) != (ssize_t) count)
    {
      puts ("wrong the daemon takes what is sent");
      exit (1);
    }
}

static void
send_frame (enum frame_type type, uint32_t sequence, const void *payload,
	    uint32_t bytes)
{
  struct frame frame = { type, sequence, bytes, payload };
  uint8_t header[FRAME_HEADER_BYTES];

  frame_make_header (&frame, header);
  send_all (header, sizeof header);
  send_all (payload, bytes);
}

static void
receive (struct frame *frame)
{
  while (frame_reader_next (&reader, frame) != FRAME_GOOD)
    {
      size_t room;
      uint8_t *bytes = frame_reader_room (&reader, &room);
      ssize_t count = recv (daemon_socket, bytes, room, 0);
      if (count <= 0)
	{
	  puts ("wrong the daemon keeps the connection");
	  exit (1);
	}
      frame_reader_feed (&reader, count);
    }
}

/* Make sure that the next answer is ERROR, and that a good request is served
   then.  */
static void
expect (const char *what, int error)
{
  static uint32_t sequence = 1000;
  struct frame frame;
  int32_t got = 0;

  send_frame (FRAME_INFO, ++sequence, "", 0);
  receive (&frame);
  if (frame.type == FRAME_ERROR && frame.bytes >= sizeof got)
    memcpy (&got, frame.payload, sizeof got);
  printf ("%s %s: error %d\n", got == error ? "good" : "wrong", what, got);
  receive (&frame);
  printf ("%s after it a good request is served\n",
	  frame.type == FRAME_INFO && frame.sequence == sequence ? "good"
								 : "wrong");
}

int
main (int argc, char **argv)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  uint8_t bytes[4096];

  if (argc != 2 || strlen (argv[1]) >= sizeof name.sun_path)
    return 2;
  strcpy (name.sun_path, argv[1]);
  daemon_socket = socket (AF_UNIX, SOCK_STREAM, 0);
  if (connect (daemon_socket, (struct sockaddr *) &name, sizeof name) != 0)
    return 2;
  frame_reader_initialize (&reader);
  setvbuf (stdout, NULL, _IOLBF, 0);

  memset (bytes, 'x', sizeof bytes);
  send_all (bytes, sizeof bytes);
  expect ("4096 letters", MDTRACE_ERR_BAD_FRAME);

  struct frame frame = { FRAME_INFO, 1, 0, bytes };
  frame_make_header (&frame, bytes);
  bytes[8] ^= 1;
  send_all (bytes, FRAME_HEADER_BYTES);
  expect ("a damaged header", MDTRACE_ERR_BAD_FRAME);

  frame = (struct frame){ FRAME_REQUEST, 2, 64, bytes + FRAME_HEADER_BYTES };
  memset (bytes, 0, sizeof bytes);
  frame_make_header (&frame, bytes);
  bytes[FRAME_HEADER_BYTES] = 1;
  send_all (bytes, FRAME_HEADER_BYTES + 64);
  expect ("a damaged payload", MDTRACE_ERR_BAD_FRAME);

  send_frame (99, 3, bytes, 0);
  expect ("an unknown type", MDTRACE_ERR_BAD_FRAME);

  send_frame (FRAME_REQUEST, 4, bytes, 8);
  expect ("a request without a header", MDTRACE_ERR_BAD_FRAME);

  mach_msg_header_t message = { .msgh_id = 2000 };
  send_frame (FRAME_REQUEST, 5, &message, sizeof message);
  expect ("a message for another part of the kernel", MDTRACE_ERR_UNSUPPORTED);

  message.msgh_id = MDTRACE_ID_RING_MAP;
  send_frame (FRAME_REQUEST, 6, &message, sizeof message);
  expect ("a request whose answer cannot leave the machine",
	  MDTRACE_ERR_UNSUPPORTED);

  /* The kernel answers this one itself: its arguments are missing.  */
  message.msgh_id = MDTRACE_ID_PROBE_CREATE;
  send_frame (FRAME_REQUEST, 7, &message, sizeof message);
  receive (&frame);
  mig_reply_header_t reply = { .RetCode = 0 };
  if (frame.type == FRAME_REPLY && frame.bytes >= sizeof reply)
    memcpy (&reply, frame.payload, sizeof reply);
  printf ("%s a message without its arguments: error %d\n",
	  reply.RetCode == MIG_BAD_ARGUMENTS ? "good" : "wrong",
	  reply.RetCode);
  return 0;
}
