/* The link over a line with noise: all that is sent arrives, once and in
   order.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "line.h"
#include "link.h"

enum
{
  STREAM_BYTES = 60000,
  /* What a terminal driver takes at a time.  */
  BACKLOG_BYTES = 2048,
  PATIENCE_MS = 600000
};

/* One side, and what it sends and must receive: streams that a seed tells. */
struct side
{
  struct link link;
  struct line line; /* out */
  uint64_t out_seed, in_seed;
  size_t to_send, sent, received;
};

static struct side host, relay;
static uint64_t now_ms, seed;

/* What the relay is to send and to receive once it is in the host's
   session.  */
static uint64_t next_out_seed, next_in_seed;

static uint8_t
stream_byte (uint64_t stream, size_t index)
{
  uint64_t state = stream + index;

  /* Every third byte is one that must not be on the line.  */
  uint64_t number = tap_random (&state);
  if (number % 3 == 0)
    return "\x1b\x04\x11\x13\x7e\x7d"[number / 3 % 6];
  return number >> 8;
}

static void
set_up (struct noise noise)
{
  memset (&host, 0, sizeof host);
  memset (&relay, 0, sizeof relay);
  seed = 4600;
  now_ms = 1000000;
  link_initialize (&host.link, LINK_HOST, 8);
  link_initialize (&relay.link, LINK_RELAY, 4);
  host.line.noise = relay.line.noise = noise;
  host.line.bytes_per_ms = relay.line.bytes_per_ms = 22;
  host.line.delay_ms = relay.line.delay_ms = 15;
  host.line.random = tap_random (&seed);
  relay.line.random = tap_random (&seed);
}

/* Let SIDE do what it can, OTHER being at the other end.  */
static void
work (struct side *side, struct side *other)
{
  uint8_t bytes[300];
  size_t count;

  unsigned sessions = side->link.sessions;
  while ((count = line_take (&other->line, bytes, sizeof bytes, now_ms)) > 0)
    link_input (&side->link, bytes, count, now_ms);
  if (side == &relay && side->link.sessions != sessions)
    {
      CHECK_NUMBER (relay.link.session, host.link.session);
      relay.sent = relay.received = 0;
      relay.out_seed = next_out_seed;
      relay.in_seed = next_in_seed;
    }
  do
    {
      count = link_receive (&side->link, bytes, 1 + tap_below (&seed, 200));
      for (size_t i = 0; i < count; i++)
	CHECK_NUMBER (bytes[i], stream_byte (side->in_seed, side->received++));
    }
  while (count > 0);
  do
    {
      size_t some = 1 + tap_below (&seed, 200);
      if (some > side->to_send - side->sent)
	some = side->to_send - side->sent;
      for (size_t i = 0; i < some; i++)
	bytes[i] = stream_byte (side->out_seed, side->sent + i);
      count = link_send (&side->link, bytes, some);
      side->sent += count;
    }
  while (count > 0);
  while (line_backlog (&side->line, now_ms) < BACKLOG_BYTES)
    {
      bool due = link_deadline (&side->link) <= now_ms;
      count = link_output (&side->link, bytes, sizeof bytes, now_ms);
      /* Whoever sleeps until the deadline misses nothing.  */
      CHECK (due || count == 0);
      if (count == 0)
	break;
      line_put (&side->line, bytes, count, now_ms);
    }
}

static void
begin (void)
{
  link_begin (&host.link, tap_random (&seed), now_ms);
  host.out_seed = next_in_seed = tap_random (&seed);
  host.in_seed = next_out_seed = tap_random (&seed);
  host.sent = host.received = 0;
}

/* Let MS milliseconds pass.  */
static void
pass (unsigned ms)
{
  for (; ms > 0; ms--)
    {
      work (&host, &relay);
      work (&relay, &host);
      now_ms++;
    }
}

/* Until all has arrived that is to be sent.  */
static void
run (void)
{
  uint64_t end_ms = now_ms + PATIENCE_MS;

  while (relay.received < host.to_send || host.received < relay.to_send)
    {
      pass (1);
      CHECK (now_ms < end_ms);
    }
  CHECK_NUMBER (relay.received, host.to_send);
  CHECK_NUMBER (host.received, relay.to_send);
}

/* Send BYTES through the noise, one way and both ways.  */
static void
transfer (struct noise noise)
{
  static const size_t amounts[3][2]
      = { { STREAM_BYTES, 0 }, { 0, STREAM_BYTES }, { STREAM_BYTES, 50000 } };

  for (int i = 0; i < 3; i++)
    {
      set_up (noise);
      begin ();
      host.to_send = amounts[i][0];
      relay.to_send = amounts[i][1];
      uint64_t start_ms = now_ms;
      run ();
      CHECK_NUMBER (host.link.word_bytes, 4);
      printf ("# %zu and %zu bytes in %" PRIu64 " ms, %" PRIu64 " and %" PRIu64
	      " on the line, of which %" PRIu64 " and %" PRIu64
	      " were damaged\n",
	      host.to_send, relay.to_send, now_ms - start_ms, host.line.sent,
	      relay.line.sent, host.line.damaged, relay.line.damaged);
    }
}

static void
clean_line (void)
{
  transfer ((struct noise){ 0 });
  /* Nothing is sent twice then.  */
  CHECK_NUMBER (host.link.broken, 0);
  CHECK_NUMBER (relay.link.broken, 0);
  CHECK (host.line.sent < STREAM_BYTES * 13 / 8);
}

static void
changed_bytes (void)
{
  transfer ((struct noise){ .changed = PER_MILLION / 100 });
}

static void
lost_bytes (void)
{
  transfer ((struct noise){ .lost = PER_MILLION / 100 });
}

static void
inserted_bytes (void)
{
  transfer ((struct noise){ .inserted = PER_MILLION / 100 });
}

static void
bursts (void)
{
  transfer ((struct noise){ .bursts = 1000, .burst_bytes = 200 });
}

static void
everything (void)
{
  transfer ((struct noise){ .changed = 5000,
			    .lost = 5000,
			    .inserted = 5000,
			    .bursts = 200,
			    .burst_bytes = 300 });
}

/* A request of 200 bytes and an answer of 400, as most RPCs are.  */
static void
calls (void)
{
  for (int noisy = 0; noisy < 2; noisy++)
    {
      set_up ((struct noise){ .changed = noisy * PER_MILLION / 100 });
      begin ();
      uint64_t start_ms = now_ms;
      for (int i = 0; i < 50; i++)
	{
	  host.to_send += 200;
	  run ();
	  relay.to_send += 400;
	  run ();
	}
      uint64_t each_ms = (now_ms - start_ms) / 50;
      printf ("# a call takes %" PRIu64 " ms %s\n", each_ms,
	      noisy ? "where 1 % is changed" : "on a clean line");
      CHECK (each_ms < (noisy ? 600 : 100));
    }
}

/* Only bytes that a line may carry are sent.  */
static void
forbidden_bytes (void)
{
  uint8_t bytes[64];
  size_t count;

  set_up ((struct noise){ 0 });
  begin ();
  host.to_send = relay.to_send = 20000;
  while (host.received < 20000)
    {
      pass (1);
      struct side *side = now_ms % 2 != 0 ? &host : &relay;
      count = link_output (&side->link, bytes, sizeof bytes, now_ms);
      for (size_t i = 0; i < count; i++)
	CHECK (bytes[i] != 0x1b && bytes[i] != 0x04 && bytes[i] != 0x11
	       && bytes[i] != 0x13);
      line_put (&side->line, bytes, count, now_ms);
      for (unsigned i = side->line.begin; i != side->line.end; i++)
	CHECK (side->line.bytes[i % LINE_ROOM].byte != 0x1b
	       && side->line.bytes[i % LINE_ROOM].byte != 0x04
	       && side->line.bytes[i % LINE_ROOM].byte != 0x11
	       && side->line.bytes[i % LINE_ROOM].byte != 0x13);
    }
}

/* Sessions that begin in the middle of others, with what those had under way
   still on the line.  */
static void
new_sessions (void)
{
  set_up ((struct noise){ .changed = 2000, .lost = 2000 });
  for (int i = 0; i < 60; i++)
    {
      begin ();
      /* Another process's link, that knows nothing of the last one.  */
      if (i % 2 != 0)
	{
	  uint32_t session = host.link.session;
	  link_initialize (&host.link, LINK_HOST, 8);
	  link_begin (&host.link, session, now_ms);
	}
      host.to_send = tap_below (&seed, 5000);
      relay.to_send = 3000;
      while (!host.link.open)
	pass (1);
      if (i % 3 == 0)
	run ();
      else
	pass (tap_below (&seed, 300));
    }
}

/* The other side forgets everything: a machine that was booted anew.  */
static void
forgotten_session (void)
{
  set_up ((struct noise){ 0 });
  begin ();
  host.to_send = 1000;
  run ();
  link_initialize (&relay.link, LINK_RELAY, 8);
  host.to_send = 2000;
  pass (5000);
  CHECK_NUMBER (relay.received, 1000);
  begin ();
  run ();
  CHECK_NUMBER (host.link.word_bytes, 8);
}

/* Who hears nothing becomes quiet, and goes on when the other is there
   again.  */
static void
quiet (void)
{
  set_up ((struct noise){ 0 });
  begin ();
  relay.to_send = STREAM_BYTES;
  pass (200);
  /* The host does nothing for a minute.  */
  for (int i = 0; i < 60000; i++, now_ms++)
    {
      work (&relay, &host);
      relay.line.begin = relay.line.end;
    }
  uint64_t sent = relay.line.sent;
  for (int i = 0; i < 60000; i++, now_ms++)
    work (&relay, &host);
  CHECK_NUMBER (relay.line.sent, sent);
  CHECK (link_deadline (&relay.link) == LINK_NEVER);
  host.to_send = 1000;
  run ();
}

/* What a side sends comes back to it.  */
static void
echo (void)
{
  uint8_t bytes[300];

  set_up ((struct noise){ 0 });
  begin ();
  for (int i = 0; i < 1000; i++, now_ms++)
    {
      size_t count = link_output (&host.link, bytes, sizeof bytes, now_ms);
      link_input (&host.link, bytes, count, now_ms);
    }
  CHECK (!host.link.open);
  begin ();
  host.to_send = relay.to_send = 20000;
  while (relay.received < 20000 || host.received < 20000)
    {
      unsigned sent = host.line.end;
      pass (1);
      for (; sent != host.line.end; sent++)
	link_input (&host.link, &host.line.bytes[sent % LINE_ROOM].byte, 1,
		    now_ms);
    }
}

/* Random bytes, and cells of which some are good but say nonsense.  */
static void
garbage (void)
{
  uint8_t bytes[1000];

  for (int round = 0; round < 20; round++)
    {
      set_up ((struct noise){ 0 });
      if (round % 2 != 0)
	{
	  begin ();
	  host.to_send = relay.to_send = 3000;
	  pass (150);
	}
      unsigned sessions = relay.link.sessions;
      for (int i = 0; i < 200; i++)
	{
	  tap_random_bytes (&seed, bytes, sizeof bytes);
	  /* Many delimiters make many cells.  */
	  for (int j = 0; j < round * 10; j++)
	    bytes[tap_below (&seed, sizeof bytes)] = LINK_DELIMITER;
	  link_input (&relay.link, bytes, sizeof bytes, now_ms);
	  link_input (&host.link, bytes, sizeof bytes, now_ms);
	  pass (1);
	}
      CHECK_NUMBER (relay.link.sessions, sessions);
      if (round % 2 == 0)
	begin ();
      host.to_send = relay.to_send = 6000;
      run ();
    }
}

/* A side that is in the session and sends whatever it likes: nothing is
   written where it must not be, which the sanitizers watch.  */
static void
hostile (void)
{
  uint8_t bytes[LINK_CELL_BYTES + 4 * LINK_CELL_BYTES];

  set_up ((struct noise){ 0 });
  begin ();
  host.to_send = 1000;
  run ();
  for (int i = 0; i < 200000; i++, now_ms++)
    {
      /* Cells of the relay's session, with any numbers, by its own sender. */
      host.link.in_next = tap_random (&seed);
      unsigned index = tap_below (&seed, LINK_WINDOW);
      uint8_t data[LINK_DATA_BYTES];
      tap_random_bytes (&seed, data, sizeof data);
      host.link.out_first = tap_random (&seed);
      host.link.out_count = host.link.out_sent = 0;
      for (unsigned j = 0; j <= index; j++)
	link_send (&host.link, data, tap_below (&seed, sizeof data + 1));
      memset (&host.link.in, i % 2, sizeof host.link.in);
      size_t count = link_output (&host.link, bytes, sizeof bytes, now_ms);
      link_input (&relay.link, bytes, count, now_ms);
      if (tap_below (&seed, 10) == 0)
	link_receive (&relay.link, data, sizeof data);
      if (tap_below (&seed, 5) == 0)
	link_send (&relay.link, data, sizeof data);
      link_output (&relay.link, bytes, sizeof bytes, now_ms);
      CHECK (relay.link.out_sent <= relay.link.out_count
	     && relay.link.out_count <= LINK_WINDOW
	     && (uint8_t) (relay.link.in_next - relay.link.in_first)
		    <= LINK_WINDOW);
    }
  CHECK (relay.link.cells > 100000);
}

TAP_MAIN ({ clean_line, "everything arrives over a clean line" },
	  { changed_bytes, "with one byte of a hundred changed" },
	  { lost_bytes, "with one of a hundred lost" },
	  { inserted_bytes, "with one of a hundred too many" },
	  { bursts, "with bursts of noise" },
	  { everything, "with all of these" },
	  { calls, "a call and its answer" },
	  { forbidden_bytes, "bytes that a line must not carry are not sent" },
	  { new_sessions, "sessions that begin in the midst of others" },
	  { forgotten_session, "a session that the other side has forgotten" },
	  { quiet, "who is not heard is not talked to for ever" },
	  { echo, "echoes" }, { garbage, "random bytes" },
	  { hostile, "a hostile side" })
