/* babeltrace2's source: a trace as messages in the order of time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Events and losses are merged by their times, and no message is earlier than
   the one before.  Hence a packet can only end at the time of a message: it
   does with an event that is one too many for it, or when the next event is
   one of another boot, or at the end.

   CTF wants what was lost between the ends of two packets: the stream of
   losses has an empty packet at first, and one for each time at which losses
   were found.  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctf.h"
#include "messages.h"

enum
{
  PACKET_EVENTS = 8192,
  /* So often packets end since the boot is another one.  Where machines were
     merged whose times overlap it would be at each event.  */
  BOOT_CHANGES = 1000
};

struct messages
{
  bt_self_message_iterator *self;
  struct source *source;
  struct messages_options options;
  struct places *places;
  struct losses *losses;
  struct ctf_boots boots;
  /* The event that comes next, and whether there is one; and which boot the
     last one was of.  */
  const struct source_event *event;
  struct ctf_boot *boot;
  unsigned boot_changes;
  int64_t now_ns; /* of the last message */
  bool is_empty, has_ended, has_failed;
  /* Messages that are to be given out: from FIRST to COUNT.  */
  const bt_message **queue;
  size_t first, count, room;
  const char *problem;
};

const char *
messages_problem (const struct messages *messages)
{
  return messages->problem;
}

static bool
fail (struct messages *messages, const char *problem)
{
  messages->problem = problem;
  return false;
}

static bool
no_memory (struct messages *messages)
{
  return fail (messages, strerror (ENOMEM));
}

/* Give MESSAGE out after those that wait; null: there was no memory for it. */
static bool
put (struct messages *messages, const bt_message *message)
{
  if (message == NULL)
    return no_memory (messages);
  if (messages->count == messages->room)
    {
      const bt_message **more = reallocarray (
	  messages->queue, messages->room * 2 + 16, sizeof *more);
      if (more == NULL)
	{
	  bt_message_put_ref (message);
	  return no_memory (messages);
	}
      messages->queue = more;
      messages->room = messages->room * 2 + 16;
    }
  messages->queue[messages->count++] = message;
  return true;
}

static uint64_t
clock_at (const struct messages *messages, int64_t time_ns)
{
  return ctf_clock (&messages->boots, time_ns);
}

static bool
begin_stream (struct messages *messages, struct ctf_stream *stream)
{
  stream->has_begun = true;
  return put (messages, bt_message_stream_beginning_create (messages->self,
							    stream->stream));
}

static bool
end_stream (struct messages *messages, struct ctf_stream *stream)
{
  return !stream->has_begun
	 || put (messages, bt_message_stream_end_create (messages->self,
							 stream->stream));
}

static bool
begin_packet (struct messages *messages, struct ctf_stream *stream,
	      bool has_cpu)
{
  return ctf_packet_begin (stream, has_cpu) ? put (
	     messages,
	     bt_message_packet_beginning_create_with_default_clock_snapshot (
		 messages->self, stream->packet,
		 clock_at (messages, messages->now_ns)))
					    : no_memory (messages);
}

static bool
end_packet (struct messages *messages, struct ctf_stream *stream)
{
  if (stream->packet == NULL)
    return true;
  bool good = put (messages,
		   bt_message_packet_end_create_with_default_clock_snapshot (
		       messages->self, stream->packet,
		       clock_at (messages, messages->now_ns)));
  ctf_packet_end (stream);
  return good;
}

/* End the packets of the CPUs of BOOT.  */
static bool
end_packets (struct messages *messages, struct ctf_boot *boot)
{
  for (size_t i = 0; i < boot->cpu_count; i++)
    if (!end_packet (messages, &boot->cpus[i]))
      return false;
  return true;
}

/* From now on until the next time at which BOOT has losses, if there is one,
   they are lost.  */
static bool
begin_losses (struct messages *messages, struct ctf_boot *boot)
{
  struct ctf_stream *stream = &boot->loss_stream;

  if (boot->next_loss == boot->loss_count)
    return true;
  const struct ctf_loss *loss = &boot->losses[boot->next_loss];
  bt_message *message
      = bt_message_discarded_events_create_with_default_clock_snapshots (
	  messages->self, stream->stream,
	  clock_at (messages, messages->now_ns),
	  clock_at (messages, loss->time_ns));
  if (message != NULL)
    bt_message_discarded_events_set_count (message, loss->count);
  return put (messages, message) && begin_packet (messages, stream, false);
}

/* BOOT begins, unless it has already.  */
static bool
begin_boot (struct messages *messages, struct ctf_boot *boot)
{
  if (boot->has_begun)
    return true;
  boot->has_begun = true;
  messages->is_empty = false;
  if (boot->loss_count == 0)
    return true;
  struct ctf_stream *stream = ctf_boot_losses (boot);
  return stream != NULL ? begin_stream (messages, stream)
			      && begin_packet (messages, stream, false)
			      && end_packet (messages, stream)
			      && begin_losses (messages, boot)
			: no_memory (messages);
}

/* The boot of which losses come next; null: there are none any more.  */
static struct ctf_boot *
next_loss (const struct messages *messages)
{
  const struct ctf_boots *boots = &messages->boots;

  return boots->next_loss < boots->loss_count
	     ? &boots->boots[boots->losses[boots->next_loss]]
	     : NULL;
}

static bool
put_loss (struct messages *messages, struct ctf_boot *boot)
{
  messages->now_ns = boot->losses[boot->next_loss].time_ns;
  if (!begin_boot (messages, boot))
    return false;
  boot->next_loss++;
  messages->boots.next_loss++;
  return end_packet (messages, &boot->loss_stream)
	 && begin_losses (messages, boot);
}

/* The stream that EVENT, of BOOT, goes to, with a packet that has room; null
   on failure.  */
static struct ctf_stream *
find_stream (struct messages *messages, struct ctf_boot *boot, uint32_t cpu)
{
  struct ctf_stream *stream = ctf_boot_cpu (boot, cpu);
  bool good = true;

  if (stream == NULL)
    {
      no_memory (messages);
      return NULL;
    }
  if (!stream->has_begun)
    good = begin_stream (messages, stream);
  /* A packet is of one CPU, also where several share a stream.  */
  if (stream->events == PACKET_EVENTS || stream->cpu != cpu)
    good = good && end_packet (messages, stream);
  if (stream->packet == NULL)
    {
      stream->cpu = cpu;
      good = good && begin_packet (messages, stream, true);
    }
  return good ? stream : NULL;
}

static bool
put_event (struct messages *messages, const struct source_event *event)
{
  struct ctf_boot *boot
      = &messages->boots.boots[messages->boots.of_probe[event->probe->index]];

  if (boot != messages->boot)
    {
      if (messages->boot != NULL && messages->boot_changes < BOOT_CHANGES
	  && !end_packets (messages, messages->boot))
	return false;
      messages->boot_changes++;
      messages->boot = boot;
    }
  messages->now_ns = event->time_ns;
  if (!begin_boot (messages, boot))
    return false;
  struct ctf_stream *stream = find_stream (messages, boot, event->cpu);
  if (stream == NULL)
    return false;
  bt_event_class *class = ctf_event_class (
      boot, places_of (messages->places, event), event);
  if (class == NULL)
    return no_memory (messages);
  bt_message *message
      = bt_message_event_create_with_packet_and_default_clock_snapshot (
	  messages->self, class, stream->packet,
	  clock_at (messages, event->time_ns));
  if (message != NULL
      && !ctf_event_fill (bt_message_event_borrow_event (message), event))
    {
      bt_message_put_ref (message);
      message = NULL;
    }
  stream->events++;
  return put (messages, message);
}

/* A trace without events has an empty stream for each boot, so that there is
   something to be written.  */
static bool
put_nothing (struct messages *messages)
{
  for (size_t b = 0; b < messages->boots.count; b++)
    {
      struct ctf_boot *boot = &messages->boots.boots[b];
      if (boot->time_ns > messages->now_ns)
	messages->now_ns = boot->time_ns;
      if (find_stream (messages, boot, 0) == NULL)
	return false;
    }
  return true;
}

/* End all that is open.  */
static bool
put_end (struct messages *messages)
{
  messages->has_ended = true;
  if (messages->is_empty && !put_nothing (messages))
    return false;
  for (size_t b = 0; b < messages->boots.count; b++)
    {
      struct ctf_boot *boot = &messages->boots.boots[b];
      if (!end_packets (messages, boot))
	return false;
      for (size_t i = 0; i < boot->cpu_count; i++)
	if (!end_stream (messages, &boot->cpus[i]))
	  return false;
      if (!end_stream (messages, &boot->loss_stream))
	return false;
    }
  return true;
}

static bool
read_event (struct messages *messages)
{
  bool failed;

  do
    messages->event = source_next (messages->source, &failed);
  while (messages->event != NULL
	 && !places_of (messages->places, messages->event)->is_selected);
  return !failed || fail (messages, source_problem (messages->source));
}

/* Put what comes next, which can be more than one message.  */
static bool
step (struct messages *messages)
{
  struct ctf_boot *loss = next_loss (messages);
  const struct source_event *event = messages->event;

  if (loss != NULL
      && (event == NULL
	  || loss->losses[loss->next_loss].time_ns < event->time_ns))
    return put_loss (messages, loss);
  if (event != NULL)
    return put_event (messages, event) && read_event (messages);
  return put_end (messages);
}

const bt_message *
messages_next (struct messages *messages, bool *failed)
{
  while (messages->first == messages->count)
    {
      messages->first = messages->count = 0;
      *failed = messages->has_failed;
      if (messages->has_ended || messages->has_failed)
	return NULL;
      /* What it has put before it failed is given out first.  */
      messages->has_failed = !step (messages);
    }
  *failed = false;
  return messages->queue[messages->first++];
}

void
messages_tell_damage (const struct messages *messages, const char *path)
{
  const char *damage = source_damage (messages->source);

  if (damage != NULL)
    fprintf (stderr, "mdtrace: %s: %s; %s\n", path,
	     mdtrace_error_message (MDTRACE_ERR_DAMAGED), damage);
}

bool
messages_rewind (struct messages *messages)
{
  while (messages->first < messages->count)
    bt_message_put_ref (messages->queue[messages->first++]);
  messages->first = messages->count = 0;
  ctf_boots_rewind (&messages->boots);
  messages->boot = NULL;
  messages->boot_changes = 0;
  messages->now_ns = 0;
  messages->is_empty = true;
  messages->has_ended = messages->has_failed = false;
  return (source_begin (messages->source, messages->options.from_ns,
			messages->options.to_ns)
	  || fail (messages, source_problem (messages->source)))
	 && read_event (messages);
}

struct messages *
messages_new (struct source *source, const struct messages_options *options,
	      bt_self_message_iterator *self, char *message, size_t bytes)
{
  struct messages *messages = calloc (1, sizeof *messages);

  if (messages == NULL)
    {
      snprintf (message, bytes, "%s", strerror (errno));
      source_close (source);
      return NULL;
    }
  messages->self = self;
  messages->source = source;
  messages->options = *options;
  messages->places = places_new (source, options->probe, message, bytes);
  if (messages->places != NULL)
    messages->losses = losses_new (source, messages->places, options->from_ns,
				   options->to_ns, message, bytes);
  else if (message[0] == '\0')
    snprintf (message, bytes, "has no probe that '%s' matches",
	      options->probe);
  if (messages->losses != NULL)
    {
      messages->problem
	  = ctf_boots_load (&messages->boots, source, messages->losses,
			    bt_self_message_iterator_borrow_component (self));
      if (messages->problem == NULL && messages_rewind (messages))
	return messages;
      snprintf (message, bytes, "%s", messages->problem);
    }
  messages_free (messages);
  return NULL;
}

void
messages_free (struct messages *messages)
{
  if (messages == NULL)
    return;
  while (messages->first < messages->count)
    bt_message_put_ref (messages->queue[messages->first++]);
  free (messages->queue);
  if (messages->places != NULL)
    places_visit (messages->places, ctf_place_free);
  ctf_boots_free (&messages->boots);
  losses_free (messages->losses);
  places_free (messages->places);
  source_close (messages->source);
  free (messages);
}
