/* Serving clients.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One thread waits for all clients at once.  Requests for the kernel are
   carried out one after the other, as the way to the kernel allows no more
   anyway; all other work of this thread is short.  */

#include <config.h>

#include <errno.h>
#include <mach/message.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "mdtrace_ids.h"
#include "now.h"
#include "readings.h"
#include "server.h"
#include "stream.h"

enum
{
  CLIENTS_MAX = 64,
  /* Until somebody is let in who could not be.  */
  DEAF_MS = 1000,
  /* Of events, for one client before the others have their turn.  */
  FRAMES_AT_ONCE = 8,
  /* How often those that wait for a flush are told that it goes on.  */
  PROGRESS_MS = 1000
};

struct server
{
  struct daemon *daemon;
  int listener;
  int wake;
  /* Null: could not be opened again.  It is of the drain's connection with
     this number.  */
  struct mdtrace_target *target;
  uint64_t connection;
  struct stream_reader *reader;
  struct readings *readings;
  struct client *clients;
  unsigned client_count;
  bool is_deaf; /* nobody could be let in just now */
  /* When that was told last, and how many events were stored then.  */
  uint64_t progress_ms, progress_events;
};

/* Whether the request with ID leaves the kernel as it is.  */
static bool
only_reads (int32_t id)
{
  switch (id)
    {
    case MDTRACE_ID_GET_VERSION:
    case MDTRACE_ID_GET_STATUS:
    case MDTRACE_ID_GET_CLOCK:
    case MDTRACE_ID_GET_HEALTH:
    case MDTRACE_ID_PROBE_LIST:
    case MDTRACE_ID_PROBE_COUNTS:
    case MDTRACE_ID_FUNCTION_LIST:
    case MDTRACE_ID_PROBE_SITES:
    case MDTRACE_ID_FUNCTION_SITES:
    case MDTRACE_ID_EXPLAIN:
    case MDTRACE_ID_RING_STATUS:
    case MDTRACE_ID_RING_WATERMARKS:
    case MDTRACE_ID_PROBE_OPTIONS:
    case MDTRACE_ID_AGGREGATION_READ:
    case MDTRACE_ID_GET_LOADS:
    case MDTRACE_ID_STATIC_LIST:
    case MDTRACE_ID_COUNTER_LIST:
    case MDTRACE_ID_COUNTER_READ:
    case MDTRACE_ID_TAKE_SNAPSHOT:
    case MDTRACE_ID_HISTORY:
    case MDTRACE_ID_GET_TREND:
      return true;
    default:
      return false;
    }
}

/* Have a target that can be asked: the one that the drain has, or a new one if
   that has.  On failure returns false and leaves a sentence in MESSAGE, of
   BYTES bytes.  */
static bool
have_target (struct server *server, char *message, size_t bytes)
{
  struct daemon *daemon = server->daemon;

  pthread_mutex_lock (&daemon->mutex);
  bool connected = daemon->connected;
  uint64_t connection = daemon->connection;
  pthread_mutex_unlock (&daemon->mutex);
  if (!connected)
    {
      snprintf (message, bytes, "mdtraced waits for %s", daemon->target_url);
      return false;
    }
  if (server->target != NULL && server->connection == connection)
    return true;
  mdtrace_close (server->target);
  server->connection = connection;
  server->target = daemon_open_target (daemon, message, bytes);
  if (server->target == NULL)
    return false;
  mdtrace_set_timeout (server->target, DAEMON_TARGET_MS);
  return true;
}

/* Read the aggregation of the probe that the request in FRAME with ID is
   about, if that IS_BEFORE it is carried out, or else after it: as long as
   nothing of it is gone, and once nothing is added.  */
static void
read_about (struct server *server, const struct frame *frame, int32_t id,
	    bool is_before)
{
  bool ends = id == MDTRACE_ID_PROBE_DESTROY;
  uint32_t probe_id;
  /* As MIG lays it out: behind the header the type of the number, then that.
   */
  size_t place = sizeof (mach_msg_header_t) + sizeof (mach_msg_type_t);

  if (is_before ? !ends && id != MDTRACE_ID_AGGREGATION_CLEAR
		: id != MDTRACE_ID_PROBE_DISABLE)
    return;
  if (frame->bytes < place + sizeof probe_id)
    return;
  memcpy (&probe_id, frame->payload + place, sizeof probe_id);
  readings_take_last (server->readings, server->target, server->connection,
		      probe_id, ends);
}

/* Read all aggregations that have changed, with ALL also others.  */
static void
read_all (struct server *server, bool all)
{
  char message[1024];
  bool has = have_target (server, message, sizeof message);

  readings_take (server->readings, has ? server->target : NULL,
		 server->connection, all);
}

/* Carry a client's request to the kernel and the answer back.  */
static bool
serve_request (struct server *server, struct client *client,
	       const struct frame *frame)
{
  uint8_t reply[MDTRACE_MESSAGE_BYTES_MAX];
  size_t bytes = sizeof reply;
  mach_msg_header_t header;
  char message[1024];

  if (frame->bytes < sizeof header)
    return client_queue_error (client, frame->sequence, MDTRACE_ERR_BAD_FRAME,
			       "too short for a message");
  memcpy (&header, frame->payload, sizeof header);
  if (!client->may_change && !only_reads (header.msgh_id))
    return client_queue_error (client, frame->sequence,
			       MDTRACE_ERR_NOT_PERMITTED, "");
  if (!have_target (server, message, sizeof message))
    return client_queue_error (client, frame->sequence,
			       MDTRACE_ERR_CANNOT_CONNECT, message);
  read_about (server, frame, header.msgh_id, true);
  int error = mdtrace_forward (server->target, frame->payload, frame->bytes,
			       reply, &bytes);
  if (error != MDTRACE_OK)
    return client_queue_error (client, frame->sequence, error,
			       mdtrace_detail (server->target));
  read_about (server, frame, header.msgh_id, false);
  return client_queue (client, FRAME_REPLY, frame->sequence, reply, bytes);
}

static bool
serve_info (struct server *server, struct client *client,
	    const struct frame *frame)
{
  struct daemon *daemon = server->daemon;
  struct mdtrace_daemon_info info = { .pid = getpid () };

  pthread_mutex_lock (&daemon->mutex);
  info.events_stored = daemon->events_stored;
  pthread_mutex_unlock (&daemon->mutex);
  snprintf (info.target, sizeof info.target, "%s", daemon->target_url);
  snprintf (info.database, sizeof info.database, "%s", daemon->database_path);
  return client_queue (client, FRAME_INFO, frame->sequence, &info,
		       sizeof info);
}

/* Read aggregations, and ask the other thread to store everything; the answer
   comes when it has.  */
static bool
serve_flush (struct server *server, struct client *client,
	     const struct frame *frame)
{
  struct daemon *daemon = server->daemon;

  read_all (server, true);
  pthread_mutex_lock (&daemon->mutex);
  client->flush = ++daemon->flushes_asked;
  pthread_cond_signal (&daemon->wake_drain);
  pthread_mutex_unlock (&daemon->mutex);
  client->flush_sequence = frame->sequence;
  return true;
}

static bool
serve_stream (struct server *server, struct client *client,
	      const struct frame *frame)
{
  if (!stream_begin (server->reader, &client->place))
    return client_queue_error (client, frame->sequence, MDTRACE_ERR_DATABASE,
			       "");
  client->streaming = true;
  client->stream_sequence = frame->sequence;
  return client_queue (client, FRAME_STREAM, frame->sequence, NULL, 0);
}

static bool
serve_frame (struct server *server, struct client *client,
	     const struct frame *frame)
{
  switch (frame->type)
    {
    case FRAME_REQUEST:
      return serve_request (server, client, frame);
    case FRAME_INFO:
      return serve_info (server, client, frame);
    case FRAME_FLUSH:
      return serve_flush (server, client, frame);
    case FRAME_STREAM:
      return serve_stream (server, client, frame);
    default:
      return client_queue_error (client, frame->sequence,
				 MDTRACE_ERR_BAD_FRAME,
				 "a daemon is not asked this");
    }
}

/* Read what a client has sent, and serve it.  False when it is gone.  */
static bool
serve_client (struct server *server, struct client *client)
{
  struct frame frame;

  if (!client_receive (client))
    return false;
  for (;;)
    switch (frame_reader_next (&client->reader, &frame))
      {
      case FRAME_NONE:
	return true;
      case FRAME_GOOD:
	if (!serve_frame (server, client, &frame))
	  return false;
	break;
      case FRAME_BROKEN:
	if (!client_queue_error (client, 0, MDTRACE_ERR_BAD_FRAME, ""))
	  return false;
	break;
      }
}

/* How far flushes are.  */
struct flushes
{
  uint64_t done;
  bool stalled;	 /* not all could be stored */
  bool progress; /* is to be told */
};

/* Queue what a client that waits for a flush is to be told.  */
static bool
tell_of_flush (struct client *client, const struct flushes *flushes)
{
  if (client->flush == 0)
    return true;
  if (client->flush > flushes->done)
    return !flushes->progress
	   || client_queue (client, FRAME_FLUSH, 0, NULL, 0);
  client->flush = 0;
  if (flushes->stalled)
    return client_queue_error (
	client, client->flush_sequence, MDTRACE_ERR_DATABASE,
	"mdtraced can store nothing at present, and its "
	"log says why; what it has stored before is "
	"there");
  return client_queue (client, FRAME_FLUSH, client->flush_sequence, NULL, 0);
}

/* Send a client what there is to be told of FLUSHES, and events, as much of it
   as it takes now.  False when it is gone.  */
static bool
feed_client (struct server *server, struct client *client,
	     const struct flushes *flushes)
{
  if (!tell_of_flush (client, flushes))
    return false;
  if (!client_send (client))
    return false;
  /* What it does not take now waits in the database, not here; and others
     want to be served too.  */
  client->is_behind = false;
  for (int i = 0; client->streaming && client_backlog (client) == 0; i++)
    {
      uint8_t events[FRAME_PAYLOAD_BYTES_MAX];
      uint32_t bytes = sizeof events;
      if (!stream_read (server->reader, &client->place, events, &bytes)
	  || bytes == 0)
	break;
      client->is_behind = i + 1 == FRAMES_AT_ONCE;
      if (!client_queue (client, FRAME_EVENTS, client->stream_sequence, events,
			 bytes)
	  || !client_send (client))
	return false;
      if (client->is_behind)
	break;
    }
  return true;
}

static void
accept_client (struct server *server)
{
  int socket
      = accept4 (server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  struct client *client = socket < 0 ? NULL : client_new (socket);

  if (client == NULL)
    {
      if (socket >= 0)
	close (socket);
      /* No descriptor or no memory is free: later, perhaps.  */
      server->is_deaf = true;
      return;
    }
  client->next = server->clients;
  server->clients = client;
  server->client_count++;
}

static void
remove_client (struct server *server, struct client **link)
{
  struct client *client = *link;

  *link = client->next;
  server->client_count--;
  client_free (client);
}

/* Serve the clients for which poll has found something in DESCRIPTORS, and
   give all of them what is ready.  */
static void
serve_clients (struct server *server, const struct pollfd *descriptors)
{
  struct daemon *daemon = server->daemon;
  struct client **link = &server->clients;

  pthread_mutex_lock (&daemon->mutex);
  struct flushes flushes
      = { .done = daemon->flushes_done, .stalled = daemon->stalled };
  uint64_t events = daemon->events_stored;
  stream_set_boot (server->reader, daemon->boot_id, daemon->boot_time_ns);
  pthread_mutex_unlock (&daemon->mutex);
  flushes.progress = events != server->progress_events
		     && now_ms () - server->progress_ms >= PROGRESS_MS;
  if (flushes.progress)
    {
      server->progress_events = events;
      server->progress_ms = now_ms ();
    }
  for (size_t i = 0; *link != NULL; i++)
    {
      struct client *client = *link;
      bool good = true;
      if (descriptors[i].revents & (POLLIN | POLLHUP | POLLERR))
	good = serve_client (server, client);
      good = good && feed_client (server, client, &flushes);
      if (good)
	link = &client->next;
      else
	remove_client (server, link);
    }
}

/* Serve clients until that is to end.  */
static void
serve (struct server *server)
{
  struct daemon *daemon = server->daemon;

  for (;;)
    {
      struct pollfd descriptors[CLIENTS_MAX + 2];
      char bytes[64];
      size_t count = 2;
      int timeout_ms = readings_pause_ms (server->readings);

      /* No more connections than can be waited for: the others wait in the
	 socket's queue.  */
      descriptors[0]
	  = (struct pollfd){ .fd = server->client_count < CLIENTS_MAX
					   && !server->is_deaf
				       ? server->listener
				       : -1,
			     .events = POLLIN };
      if (server->is_deaf && timeout_ms > DEAF_MS)
	timeout_ms = DEAF_MS;
      server->is_deaf = false;
      descriptors[1] = (struct pollfd){ .fd = server->wake, .events = POLLIN };
      for (struct client *client = server->clients; client != NULL;
	   client = client->next)
	{
	  descriptors[count++] = (struct pollfd){
	    .fd = client->socket,
	    .events = POLLIN | (client_backlog (client) > 0 ? POLLOUT : 0),
	  };
	  if (client->is_behind)
	    timeout_ms = 0;
	}
      if (poll (descriptors, count, timeout_ms) < 0 && errno != EINTR)
	{
	  daemon_log (daemon, LOG_ERR, "poll: %s", strerror (errno));
	  daemon_stop (daemon, true);
	}
      pthread_mutex_lock (&daemon->mutex);
      bool stop = daemon->stop;
      pthread_mutex_unlock (&daemon->mutex);
      if (stop)
	return;
      if (descriptors[1].revents != 0)
	while (read (server->wake, bytes, sizeof bytes) > 0)
	  continue;
      serve_clients (server, descriptors + 2);
      if (descriptors[0].revents & POLLIN)
	accept_client (server);
      if (readings_pause_ms (server->readings) == 0)
	read_all (server, false);
    }
}

void
server_run (struct server *server)
{
  struct daemon *daemon = server->daemon;

  serve (server);
  read_all (server, true);
  pthread_mutex_lock (&daemon->mutex);
  daemon->server_ended = true;
  pthread_cond_signal (&daemon->wake_drain);
  pthread_mutex_unlock (&daemon->mutex);
}

/* Make the socket.  */
static int
listen_at (const struct daemon *daemon, char *message, size_t bytes)
{
  const char *path = daemon->socket_path;
  struct sockaddr_un name = { .sun_family = AF_UNIX };

  if (strlen (path) >= sizeof name.sun_path)
    {
      snprintf (message, bytes, "%s: too long a name for a socket", path);
      return -1;
    }
  strcpy (name.sun_path, path);
  int listener
      = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  /* The database is locked: whoever made the socket is gone.  But another
     daemon with another database may be there.  */
  int probe = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool taken = connect (probe, (struct sockaddr *) &name, sizeof name) == 0;
  close (probe);
  if (taken)
    {
      snprintf (message, bytes,
		"%s: another mdtraced listens there; name another socket",
		path);
      close (listener);
      return -1;
    }
  unlink (path);
  mode_t mask = umask (0177);
  bool good = listener >= 0
	      && bind (listener, (struct sockaddr *) &name, sizeof name) == 0
	      && listen (listener, CLIENTS_MAX) == 0;
  int error = errno;
  umask (mask);
  if (!good)
    {
      snprintf (message, bytes, "%s: %s", path, strerror (error));
      if (listener >= 0)
	close (listener);
      return -1;
    }
  admit_readers (daemon, path, 0660);
  return listener;
}

struct server *
server_open (struct daemon *daemon, struct mdtrace_target *target, int wake,
	     char *message, size_t bytes)
{
  struct server *server = calloc (1, sizeof *server);

  if (server == NULL)
    {
      snprintf (message, bytes, "%s", strerror (ENOMEM));
      return NULL;
    }
  server->daemon = daemon;
  server->wake = wake;
  server->listener = -1;
  server->readings = readings_new (daemon);
  server->reader = stream_reader_open (daemon->database_path);
  if (server->readings == NULL)
    snprintf (message, bytes, "%s", strerror (ENOMEM));
  else if (server->reader == NULL)
    snprintf (message, bytes, "%s: cannot be read", daemon->database_path);
  else
    {
      server->listener = listen_at (daemon, message, bytes);
      server->target = target;
      server->connection = daemon->connection;
      stream_set_boot (server->reader, daemon->boot_id, daemon->boot_time_ns);
      if (server->listener >= 0)
	return server;
      server->target = NULL;
    }
  server_close (server);
  return NULL;
}

void
server_close (struct server *server)
{
  while (server->clients != NULL)
    remove_client (server, &server->clients);
  if (server->listener >= 0)
    {
      unlink (server->daemon->socket_path);
      close (server->listener);
    }
  stream_reader_close (server->reader);
  readings_free (server->readings);
  mdtrace_close (server->target);
  free (server);
}
