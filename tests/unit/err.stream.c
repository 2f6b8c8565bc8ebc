/* Events that a daemon sends, from a daemon that cannot be trusted.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   libmdtrace/daemon.c reads what stands here for a connection: a payload in
   memory of exactly its size, so that the sanitizer sees who reads beyond.  */

#include "tap.h"
#include "transport_unix.h"

enum
{
  STRINGS = 6,
  ROUNDS = 200000
};

static struct stream stream;
static uint8_t *payload;
static uint32_t payload_bytes;

/* ----------------------------------------------------------------------- */
/* In place of transport_unix.c.  */

int
unix_call (struct mdtrace_target *target, enum frame_type type,
	   const void *bytes, uint32_t count, struct frame *reply)
{
  (void) target;
  (void) type;
  (void) bytes;
  (void) count;
  (void) reply;
  return MDTRACE_OK;
}

struct stream *
unix_stream (struct mdtrace_target *target)
{
  (void) target;
  return &stream;
}

int
unix_receive (struct mdtrace_target *target, unsigned timeout_ms,
	      struct frame *frame)
{
  (void) target;
  (void) timeout_ms;
  *frame = (struct frame){ .type = FRAME_EVENTS,
			   .bytes = payload_bytes,
			   .payload = payload };
  return MDTRACE_OK;
}

/* ----------------------------------------------------------------------- */

/* What a good event is made of.  */
static struct frame_event good
    = { .number = 7,
	.time_ns = UINT64_C (1795000000000000000),
	.probe_id = 3,
	.cpu = 1,
	.fields = MDTRACE_FIELD_DURATION | MDTRACE_FIELD_STACK,
	.duration_ns = 4711,
	.frame_count = 5 };

/* Let the payload be HEAD, FRAMES frames and the six strings.  */
static void
put_event (const struct frame_event *head, unsigned frames)
{
  static const char *const strings[STRINGS]
      = { "fbt", "kernel", "task_create", "return", "workload", "a:u4:int" };
  struct frame_event event = *head;
  uint32_t bytes = sizeof event + 8 * frames;

  for (int i = 0; i < STRINGS; i++)
    bytes += strlen (strings[i]) + 1;
  bytes = (bytes + 7) & ~UINT32_C (7);
  if (event.bytes == 0)
    event.bytes = bytes;
  free (payload);
  payload = calloc (1, bytes);
  CHECK (payload != NULL);
  payload_bytes = bytes;
  memcpy (payload, &event, sizeof event);
  for (uint64_t i = 0; i < frames; i++)
    {
      uint64_t frame = UINT64_C (0xffffffff81000000) + i;
      memcpy (payload + sizeof event + 8 * i, &frame, sizeof frame);
    }
  char *at = (char *) payload + sizeof event + 8 * frames;
  for (int i = 0; i < STRINGS; i++)
    at = stpcpy (at, strings[i]) + 1;
}

/* Let the payload end before its byte COUNT.  */
static void
cut (uint32_t count)
{
  uint8_t *shorter = malloc (count > 0 ? count : 1);

  CHECK (shorter != NULL && count <= payload_bytes);
  memcpy (shorter, payload, count);
  free (payload);
  payload = shorter;
  payload_bytes = count;
}

/* Read the event that the payload is.  */
static int
next (struct mdtrace_event *event)
{
  stream.begin = stream.frame.bytes = 0;
  return mdtrace_stream_next (NULL, event, 0);
}

static void
good_ones (void)
{
  struct mdtrace_event event;

  for (unsigned frames = 0; frames <= MDTRACE_STACK_DEPTH_MAX; frames++)
    {
      good.frame_count = frames;
      put_event (&good, frames);
      CHECK_NUMBER (next (&event), MDTRACE_OK);
      CHECK_NUMBER (event.duration_ns, 4711);
      CHECK_NUMBER (event.frame_count, frames);
      for (unsigned i = 0; i < MDTRACE_STACK_DEPTH_MAX; i++)
	CHECK_NUMBER (event.frames[i],
		      i < frames ? UINT64_C (0xffffffff81000000) + i : 0);
      CHECK_TEXT (event.function, "task_create");
      CHECK_TEXT (event.task_name, "workload");
      CHECK_TEXT (event.names->values[0].name, "a");
    }
}

static void
too_many_frames (void)
{
  static const uint64_t counts[]
      = { MDTRACE_STACK_DEPTH_MAX + 1, 1000,
	  UINT64_C (1) << 32,	       UINT64_C (1) << 61,
	  (UINT64_C (1) << 61) + 5,    UINT64_MAX };
  struct mdtrace_event event;

  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
    {
      struct frame_event head = good;
      head.frame_count = counts[i];
      put_event (&head, 5);
      CHECK_NUMBER (next (&event), MDTRACE_ERR_PROTOCOL);
    }
  /* No more than there can be, but more than there are.  */
  for (unsigned frames = 6; frames <= MDTRACE_STACK_DEPTH_MAX; frames++)
    {
      struct frame_event head = good;
      head.frame_count = frames;
      put_event (&head, 0);
      cut (sizeof head);
      ((struct frame_event *) payload)->bytes = sizeof head;
      CHECK_NUMBER (next (&event), MDTRACE_ERR_PROTOCOL);
    }
}

static void
cut_short (void)
{
  struct mdtrace_event event;

  put_event (&good, 5);
  uint32_t whole = payload_bytes;
  for (uint32_t bytes = 1; bytes < whole; bytes++)
    {
      put_event (&good, 5);
      cut (bytes);
      CHECK_NUMBER (next (&event), MDTRACE_ERR_PROTOCOL);
      if (bytes < sizeof good)
	continue;
      /* And it says so itself: without what fills up it is whole.  */
      memcpy (payload, &bytes, sizeof bytes);
      int error = next (&event);
      CHECK (error == MDTRACE_ERR_PROTOCOL
	     || (error == MDTRACE_OK && bytes + 8 > whole));
    }
}

static void
any (void)
{
  uint64_t state = 88172645463325252ULL;

  for (int i = 0; i < ROUNDS; i++)
    {
      struct mdtrace_event event;
      put_event (&good, 5);
      for (int changes = 0; changes < 3; changes++)
	{
	  state ^= state << 13;
	  state ^= state >> 7;
	  state ^= state << 17;
	  payload[(state >> 8) % payload_bytes] = (uint8_t) state;
	}
      int error = next (&event);
      CHECK (error == MDTRACE_OK || error == MDTRACE_ERR_PROTOCOL);
      if (error == MDTRACE_OK)
	CHECK (event.frame_count <= MDTRACE_STACK_DEPTH_MAX);
    }
}

TAP_MAIN ({ good_ones, "an event has its duration and its frames" },
	  { too_many_frames, "one with more frames than there are" },
	  { cut_short, "one that ends too early" }, { any, "whatever it is" })
