/* The transport serial:PATH[,SPEED], to a kernel at the other end of a line.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The relay task on the other machine serves the line: relay/serial.c.  Over
   the link, which makes a reliable stream of bytes of the line, requests and
   replies go as frames, so that each is performed exactly once.

   One process can have a line, but within it any number of targets, in any
   number of threads: they share one struct station, and have their turns in
   the order in which they come.  The link works only while somebody waits for
   an answer.  */

#include <config.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "layout.h"
#include "link.h"
#include "now.h"
#include "serial_line.h"
#include "shadow.h"

enum
{
  INPUT_BYTES = 4096,
  OUTPUT_BYTES = 512
};

/* A line and what is spoken over it.
   [I] never changes
   [t] the table's mutex
   [m] its own mutex
   [q] whoever's turn it is  */
struct station
{
  struct station *next;	   /* [t] */
  unsigned users;	   /* [t] */
  char *path;		   /* [I] without links */
  unsigned speed;	   /* [I] */
  struct serial_line line; /* [q] */

  pthread_mutex_t mutex; /* [I] */
  pthread_cond_t turn;	 /* [I] with the mutex */
  uint64_t tickets;	 /* [m] that were taken */
  uint64_t served;	 /* [m] the ticket whose turn it is */

  struct link link;		   /* [q] */
  bool is_broken;		   /* [q] the line is closed */
  bool is_silent;		   /* [q] nothing was read since it began */
  bool is_doubtful;		   /* [q] an answer did not come: begin anew */
  struct frame_reader reader;	   /* [q] */
  uint32_t sequence;		   /* [q] of the last request */
  uint8_t output[OUTPUT_BYTES];	   /* [q] that is to be written */
  size_t output_begin, output_end; /* [q] */
  /* [q] A request, header and payload.  */
  uint8_t request[FRAME_HEADER_BYTES + MDTRACE_MESSAGE_BYTES_MAX];
};

static pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct station *stations; /* [t] those that are open */

/* Wait for one's turn.  Whoever is before has a limit.  */
static void
take_turn (struct station *station)
{
  pthread_mutex_lock (&station->mutex);
  uint64_t ticket = station->tickets++;
  while (station->served != ticket)
    pthread_cond_wait (&station->turn, &station->mutex);
  pthread_mutex_unlock (&station->mutex);
}

static void
end_turn (struct station *station)
{
  pthread_mutex_lock (&station->mutex);
  station->served++;
  pthread_cond_broadcast (&station->turn);
  pthread_mutex_unlock (&station->mutex);
}

/* Take STATION out of the table.  [t] */
static void
remove_station (const struct station *station)
{
  struct station **place = &stations;

  while (*place != NULL && *place != station)
    place = &(*place)->next;
  if (*place != NULL)
    *place = station->next;
}

/* The line is no more, for REASON, an errno, or 0: the other end has closed
   it.  It is closed, and whoever opens it from now on gets another station,
   in which it may be there again.  */
static int
broken_line (struct mdtrace_target *target, struct station *station,
	     int reason)
{
  if (!station->is_broken)
    {
      pthread_mutex_lock (&table_mutex);
      remove_station (station);
      pthread_mutex_unlock (&table_mutex);
      serial_line_close (&station->line);
      station->is_broken = true;
    }
  return target_fail (
      target, MDTRACE_ERR_CANNOT_CONNECT, "the line is broken: %s",
      reason != 0 ? strerror (reason) : "the other end has closed it");
}

/* Write what the link has to say now, as far as the line takes it.  */
static int
write_line (struct mdtrace_target *target, struct station *station)
{
  for (;;)
    {
      if (station->output_begin == station->output_end)
	{
	  station->output_begin = 0;
	  station->output_end
	      = link_output (&station->link, station->output,
			     sizeof station->output, now_ms ());
	  if (station->output_end == 0)
	    return MDTRACE_OK;
	}
      ssize_t count = serial_line_write (
	  &station->line, station->output + station->output_begin,
	  station->output_end - station->output_begin);
      if (count > 0)
	station->output_begin += count;
      else if (count < 0 && errno == EAGAIN)
	return MDTRACE_OK;
      else if (count == 0 || errno != EINTR)
	return broken_line (target, station, count == 0 ? 0 : errno);
    }
}

static int
read_line (struct mdtrace_target *target, struct station *station)
{
  uint8_t bytes[INPUT_BYTES];
  ssize_t count = read (station->line.descriptor, bytes, sizeof bytes);

  if (count == 0)
    return broken_line (target, station, 0);
  if (count < 0)
    return errno == EAGAIN || errno == EINTR
	       ? MDTRACE_OK
	       : broken_line (target, station, errno);
  station->is_silent = false;
  link_input (&station->link, bytes, count, now_ms ());
  return MDTRACE_OK;
}

/* Let the link work until something has come in, or it has something to say,
   or it is DEADLINE_MS.  */
static int
work (struct mdtrace_target *target, struct station *station,
      uint64_t deadline_ms)
{
  struct pollfd descriptor
      = { .fd = station->line.descriptor, .events = POLLIN };
  int error = write_line (target, station);

  if (error != MDTRACE_OK)
    return error;
  uint64_t now = now_ms (), until = deadline_ms;
  if (now >= deadline_ms)
    return MDTRACE_ERR_TIMED_OUT;
  if (station->output_begin != station->output_end)
    descriptor.events |= POLLOUT;
  else if (link_deadline (&station->link) < until)
    until = link_deadline (&station->link);
  if (poll (&descriptor, 1, until > now ? until - now : 0) < 0)
    return errno == EINTR ? MDTRACE_OK
			  : target_fail (target, MDTRACE_ERR_SYSTEM,
					 "poll: %s", strerror (errno));
  if ((descriptor.revents & ~POLLOUT) == 0)
    return MDTRACE_OK;
  return read_line (target, station);
}

/* Be in a session until DEADLINE_MS.  */
static int
begin_session (struct mdtrace_target *target, struct station *station,
	       uint64_t deadline_ms)
{
  uint32_t session;
  int error = MDTRACE_OK;

  if (station->link.open && !station->is_doubtful)
    return MDTRACE_OK;
  if (getentropy (&session, sizeof session) != 0)
    return target_fail (target, MDTRACE_ERR_SYSTEM, "getentropy: %s",
			strerror (errno));
  link_begin (&station->link, session, now_ms ());
  frame_reader_forget (&station->reader);
  station->is_doubtful = false;
  station->is_silent = true;
  while (!station->link.open && error == MDTRACE_OK)
    error = work (target, station, deadline_ms);
  if (error != MDTRACE_ERR_TIMED_OUT)
    return error;
  return target_fail (target, error,
		      "%s: %s; does the kernel run with mdtrace's relay for "
		      "that line, at the same speed? See mdtrace-mkkernel(8)",
		      station->path,
		      station->is_silent ? "nothing comes from there"
					 : "what comes from there is "
					   "nothing that it would say");
}

/* Take what has come from the link.  */
static enum frame_result
next_frame (struct station *station, struct frame *frame)
{
  for (;;)
    {
      enum frame_result result = frame_reader_next (&station->reader, frame);
      if (result != FRAME_NONE)
	return result;
      size_t room;
      uint8_t *place = frame_reader_room (&station->reader, &room);
      if (place == NULL)
	return FRAME_BROKEN;
      size_t count = link_receive (&station->link, place, room);
      if (count == 0)
	return FRAME_NONE;
      frame_reader_feed (&station->reader, count);
    }
}

/* Send the frame in station->request, of COUNT bytes, and wait for that which
   answers it.  */
static int
exchange (struct mdtrace_target *target, struct station *station, size_t count,
	  uint64_t deadline_ms, struct frame *frame)
{
  size_t sent = 0;

  for (;;)
    {
      sent
	  += link_send (&station->link, station->request + sent, count - sent);
      int error = work (target, station, deadline_ms);
      if (error != MDTRACE_OK)
	return error;
      switch (next_frame (station, frame))
	{
	case FRAME_GOOD:
	  if (sent == count && frame->sequence == station->sequence)
	    return MDTRACE_OK;
	  break;
	case FRAME_BROKEN:
	  return MDTRACE_ERR_PROTOCOL;
	case FRAME_NONE:
	  break;
	}
    }
}

/* Take the reply in FRAME.  */
static int
take_reply (const struct station *station, const struct frame *frame,
	    mach_msg_header_t *message, size_t receive_bytes)
{
  struct frame_error failure;

  if (frame->type == FRAME_REPLY)
    return layout_take_reply (frame->payload, frame->bytes,
			      station->link.word_bytes, message,
			      receive_bytes);
  if (frame->type != FRAME_ERROR || frame->bytes < sizeof failure)
    return MDTRACE_ERR_PROTOCOL;
  memcpy (&failure, frame->payload, sizeof failure);
  return failure.error != 0 ? failure.error : MDTRACE_ERR_PROTOCOL;
}

/* As serial_rpc, when it is one's turn.  */
static int
call (struct mdtrace_target *target, struct station *station,
      mach_msg_header_t *message, mach_msg_size_t receive_bytes)
{
  uint64_t deadline = now_ms () + target->timeout_ms;
  struct frame frame = { .type = FRAME_REQUEST,
			 .payload = station->request + FRAME_HEADER_BYTES };
  int error = station->is_broken ? broken_line (target, station, 0)
				 : begin_session (target, station, deadline);

  if (error != MDTRACE_OK)
    return error;
  frame.bytes = layout_put_request (
      message, station->request + FRAME_HEADER_BYTES,
      sizeof station->request - FRAME_HEADER_BYTES, station->link.word_bytes);
  if (frame.bytes == 0)
    return MDTRACE_ERR_PROTOCOL;
  frame.sequence = ++station->sequence;
  frame_make_header (&frame, station->request);
  error = exchange (target, station, FRAME_HEADER_BYTES + frame.bytes,
		    deadline, &frame);
  if (error != MDTRACE_OK)
    {
      station->is_doubtful = true;
      return error;
    }
  error = take_reply (station, &frame, message, receive_bytes);
  /* Nobody is here to tell the relay later that all has come.  */
  link_answer_now (&station->link);
  write_line (target, station);
  return error;
}

static int
serial_rpc (struct mdtrace_target *target, mach_msg_header_t *message,
	    mach_msg_size_t receive_bytes)
{
  struct station *station = target->state;

  take_turn (station);
  int error = call (target, station, message, receive_bytes);
  end_turn (station);
  return error;
}

static void
free_station (struct station *station)
{
  if (!station->is_broken)
    serial_line_close (&station->line);
  frame_reader_free (&station->reader);
  pthread_mutex_destroy (&station->mutex);
  pthread_cond_destroy (&station->turn);
  free (station->path);
  free (station);
}

/* Open the line at PATH, which belongs to the station then.  */
static int
make_station (struct mdtrace_target *target, char *path, unsigned speed,
	      struct station **result)
{
  struct station *station = calloc (1, sizeof *station);

  if (station == NULL)
    {
      free (path);
      return MDTRACE_ERR_SYSTEM;
    }
  station->path = path;
  station->speed = speed;
  pthread_mutex_init (&station->mutex, NULL);
  pthread_cond_init (&station->turn, NULL);
  frame_reader_initialize (&station->reader);
  link_initialize (&station->link, LINK_HOST, sizeof (uintptr_t));
  int error = serial_line_open (&station->line, target, path, speed);
  if (error != MDTRACE_OK)
    {
      station->is_broken = true;
      free_station (station);
      return error;
    }
  *result = station;
  return MDTRACE_OK;
}

/* Find the station at PATH, which becomes this function's, or make it.  [t] */
static int
enter_station (struct mdtrace_target *target, char *path, unsigned speed)
{
  struct station *station = stations;

  while (station != NULL && strcmp (station->path, path) != 0)
    station = station->next;
  if (station == NULL)
    {
      int error = make_station (target, path, speed, &station);
      if (error != MDTRACE_OK)
	return error;
      station->next = stations;
      stations = station;
    }
  else
    {
      free (path);
      if (station->speed != speed)
	return target_fail (target, MDTRACE_ERR_BAD_TARGET,
			    "%s: is open at %u bits a second", station->path,
			    station->speed);
    }
  station->users++;
  target->state = station;
  return MDTRACE_OK;
}

static void
leave_station (struct station *station)
{
  pthread_mutex_lock (&table_mutex);
  if (--station->users == 0)
    {
      remove_station (station);
      free_station (station);
    }
  pthread_mutex_unlock (&table_mutex);
}

/* Take apart ADDRESS.  *PATH is the caller's.  */
static int
parse_address (struct mdtrace_target *target, const char *address, char **path,
	       unsigned *speed)
{
  const char *comma = strrchr (address, ',');
  size_t length = strlen (address);

  *speed = SERIAL_SPEED;
  if (comma != NULL && comma[1] != '\0'
      && comma[1 + strspn (comma + 1, "0123456789")] == '\0')
    {
      *speed = strtoul (comma + 1, NULL, 10);
      length = comma - address;
    }
  if (length == 0)
    return MDTRACE_ERR_BAD_TARGET;
  char *name = strndup (address, length);
  if (name == NULL)
    return MDTRACE_ERR_SYSTEM;
  *path = realpath (name, NULL);
  int error = *path != NULL
		  ? MDTRACE_OK
		  : target_fail (target,
				 errno == EACCES ? MDTRACE_ERR_NOT_PERMITTED
						 : MDTRACE_ERR_CANNOT_CONNECT,
				 "%s: %s", name, strerror (errno));
  free (name);
  return error;
}

static int
serial_open (struct mdtrace_target *target, const char *address)
{
  char *path;
  unsigned speed;
  int error = parse_address (target, address, &path, &speed);

  if (error != MDTRACE_OK)
    return error;
  pthread_mutex_lock (&table_mutex);
  error = enter_station (target, path, speed);
  pthread_mutex_unlock (&table_mutex);
  return error;
}

static void
serial_close (struct mdtrace_target *target)
{
  leave_station (target->state);
}

const struct transport transport_serial = {
  .prefix = "serial:",
  .open = serial_open,
  .close = serial_close,
  .rpc = serial_rpc,
  .map_ring = shadow_map_ring,
  .unmap_ring = shadow_unmap_ring,
  .update_ring = shadow_update_ring,
  .release_ring = shadow_release_ring,
  .get_watermarks = shadow_get_watermarks,
};
