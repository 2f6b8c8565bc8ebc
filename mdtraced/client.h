/* One client of the daemon.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_CLIENT_H
#define MDTRACED_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "stream.h"

/* All of it is the server thread's.  */
struct client
{
  struct client *next;
  int socket;
  bool may_change; /* not only read */
  struct frame_reader reader;
  uint8_t *output; /* that is to be sent */
  size_t output_begin, output_end, output_room;
  /* The flush that it waits for, 0 if none, and its request.  */
  uint64_t flush;
  uint32_t flush_sequence;
  bool streaming;
  bool is_behind; /* there are more events that it would take */
  uint32_t stream_sequence;
  struct stream_place place; /* of the last event that was sent */
};

/* Take over the connection SOCKET.  Null if there is no memory.  */
struct client *client_new (int socket);
void client_free (struct client *client);

/* Queue a frame.  False if there is no memory.  */
bool client_queue (struct client *client, enum frame_type type,
		   uint32_t sequence, const void *payload, uint32_t bytes);

/* Queue the answer that SEQUENCE has failed with ERROR, and DETAIL.  */
bool client_queue_error (struct client *client, uint32_t sequence, int error,
			 const char *detail);

/* Bytes that wait to be sent.  */
size_t client_backlog (const struct client *client);

/* Send what can be sent now; read what has come.  False when the client is
   gone.  */
bool client_send (struct client *client);
bool client_receive (struct client *client);

#endif /* MDTRACED_CLIENT_H */
