/* One client of the daemon.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "client.h"

/* Whether the peer of SOCKET is root or this daemon's own user.  Whoever
   else could connect is a member of the group that the socket's mode lets
   in.  */
static bool
peer_is_owner (int socket)
{
#ifdef SO_PEERCRED
  struct ucred peer;
  socklen_t bytes = sizeof peer;

  return getsockopt (socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0
	 && (peer.uid == 0 || peer.uid == geteuid ());
#else
  (void) socket;
  return false;
#endif
}

struct client *
client_new (int socket)
{
  struct client *client = calloc (1, sizeof *client);

  if (client == NULL)
    return NULL;
  client->socket = socket;
  client->may_change = peer_is_owner (socket);
  frame_reader_initialize (&client->reader);
  return client;
}

void
client_free (struct client *client)
{
  close (client->socket);
  frame_reader_free (&client->reader);
  free (client->output);
  free (client);
}

size_t
client_backlog (const struct client *client)
{
  return client->output_end - client->output_begin;
}

/* Append BYTES bytes to the output.  */
static bool
append (struct client *client, const void *bytes, size_t count)
{
  if (client->output_begin == client->output_end)
    client->output_begin = client->output_end = 0;
  if (client->output_room - client->output_end < count)
    {
      size_t room = 2 * (client->output_end + count);
      uint8_t *output = realloc (client->output, room);
      if (output == NULL)
	return false;
      client->output = output;
      client->output_room = room;
    }
  if (count > 0)
    memcpy (client->output + client->output_end, bytes, count);
  client->output_end += count;
  return true;
}

bool
client_queue (struct client *client, enum frame_type type, uint32_t sequence,
	      const void *payload, uint32_t bytes)
{
  struct frame frame = {
    .type = type, .sequence = sequence, .bytes = bytes, .payload = payload
  };
  uint8_t header[FRAME_HEADER_BYTES];

  frame_make_header (&frame, header);
  return append (client, header, sizeof header)
	 && append (client, payload, bytes);
}

bool
client_queue_error (struct client *client, uint32_t sequence, int error,
		    const char *detail)
{
  size_t length = strlen (detail);
  struct frame_error *payload = malloc (sizeof *payload + length);

  if (payload == NULL)
    return false;
  payload->error = error;
  memcpy (payload->text, detail, length);
  bool good = client_queue (client, FRAME_ERROR, sequence, payload,
			    sizeof *payload + length);
  free (payload);
  return good;
}

bool
client_send (struct client *client)
{
  while (client_backlog (client) > 0)
    {
      ssize_t sent
	  = send (client->socket, client->output + client->output_begin,
		  client_backlog (client), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0)
	return errno == EAGAIN || errno == EINTR;
      client->output_begin += sent;
    }
  return true;
}

bool
client_receive (struct client *client)
{
  size_t room;
  uint8_t *bytes = frame_reader_room (&client->reader, &room);

  if (bytes == NULL)
    return false;
  ssize_t count = recv (client->socket, bytes, room, MSG_DONTWAIT);
  if (count < 0)
    return errno == EAGAIN || errno == EINTR;
  frame_reader_feed (&client->reader, count);
  return count > 0;
}
