/* What only a daemon can be asked.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <string.h>

#include "transport_unix.h"

int
mdtrace_daemon_get_info (struct mdtrace_target *target,
			 struct mdtrace_daemon_info *info)
{
  struct frame frame;
  int error = unix_call (target, FRAME_INFO, NULL, 0, &frame);

  if (error != MDTRACE_OK)
    return error;
  if (frame.bytes != sizeof *info)
    return MDTRACE_ERR_PROTOCOL;
  memcpy (info, frame.payload, sizeof *info);
  info->target[sizeof info->target - 1] = '\0';
  info->database[sizeof info->database - 1] = '\0';
  return MDTRACE_OK;
}

int
mdtrace_daemon_flush (struct mdtrace_target *target)
{
  struct frame frame;

  return unix_call (target, FRAME_FLUSH, NULL, 0, &frame);
}

int
mdtrace_stream_open (struct mdtrace_target *target)
{
  struct frame frame;

  return unix_call (target, FRAME_STREAM, NULL, 0, &frame);
}

/* Copy the string at *AT, which ends before END, into TO of BYTES bytes, and
   move *AT behind it.  */
static bool
take_string (const char **at, const char *end, char *to, size_t bytes)
{
  size_t length = strnlen (*at, end - *at);

  if (*at + length == end || length >= bytes)
    return false;
  memcpy (to, *at, length + 1);
  *at += length + 1;
  return true;
}

/* Take apart the names that follow each other often.  */
static const struct mdtrace_names *
take_names (struct stream *stream, const char *text)
{
  if (!stream->has_names || strcmp (stream->names_text, text) != 0)
    {
      mdtrace_names_read (text, &stream->names);
      memcpy (stream->names_text, text, strlen (text) + 1);
      stream->has_names = true;
    }
  return &stream->names;
}

/* Turn what is at BYTES, of which COUNT are there, into EVENT.  Returns how
   many bytes it had, 0 if it makes no sense.  */
static size_t
take_event (struct stream *stream, const uint8_t *bytes, size_t count,
	    struct mdtrace_event *event)
{
  struct frame_event head;
  char names[MDTRACE_NAMES_BYTES];

  if (count < sizeof head)
    return 0;
  memcpy (&head, bytes, sizeof head);
  if (head.bytes < sizeof head || head.bytes > count)
    return 0;
  memset (event, 0, sizeof *event);
  event->number = head.number;
  event->time_ns = head.time_ns;
  event->probe_id = head.probe_id;
  event->cpu = head.cpu;
  event->kind = head.kind;
  event->fields = head.fields;
  event->unknown = head.unknown;
  event->thread = head.thread;
  event->task = head.task;
  event->address = head.address;
  event->offset = head.offset;
  event->retval = head.retval;
  memcpy (event->arguments, head.arguments, sizeof event->arguments);
  event->duration_ns = head.duration_ns;
  if (head.frame_count > MDTRACE_STACK_DEPTH_MAX
      || head.bytes - sizeof head < head.frame_count * sizeof (uint64_t))
    return 0;
  event->frame_count = head.frame_count;
  memcpy (event->frames, bytes + sizeof head,
	  head.frame_count * sizeof (uint64_t));
  const char *at = (const char *) bytes + sizeof head
		   + head.frame_count * sizeof (uint64_t);
  const char *end = (const char *) bytes + head.bytes;
  if (!take_string (&at, end, event->provider, sizeof event->provider)
      || !take_string (&at, end, event->module, sizeof event->module)
      || !take_string (&at, end, event->function, sizeof event->function)
      || !take_string (&at, end, event->name, sizeof event->name)
      || !take_string (&at, end, event->task_name, sizeof event->task_name)
      || !take_string (&at, end, names, sizeof names))
    return 0;
  event->names = take_names (stream, names);
  return head.bytes;
}

int
mdtrace_stream_next (struct mdtrace_target *target,
		     struct mdtrace_event *event, unsigned timeout_ms)
{
  struct stream *stream = unix_stream (target);

  if (stream == NULL)
    return MDTRACE_ERR_UNSUPPORTED;
  while (stream->begin == stream->frame.bytes)
    {
      int error = unix_receive (target, timeout_ms, &stream->frame);
      stream->begin = 0;
      if (error != MDTRACE_OK)
	{
	  stream->frame.bytes = 0;
	  return error;
	}
      if (stream->frame.type != FRAME_EVENTS)
	stream->frame.bytes = 0;
    }
  size_t bytes = take_event (stream, stream->frame.payload + stream->begin,
			     stream->frame.bytes - stream->begin, event);
  if (bytes == 0)
    {
      stream->begin = stream->frame.bytes;
      return MDTRACE_ERR_PROTOCOL;
    }
  stream->begin += bytes;
  return MDTRACE_OK;
}
