/* Rings that are copied piece by piece.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <mach/mig_errors.h>

#include "claim.h"
#include "mdtrace_ids.h"
#include "ring_model.h"

enum
{
  BIG_BYTES = 1 << 20,
  /* More than one look brings.  */
  MANY_BYTES = 100000
};

static struct mdtrace_rings *consumer;
static struct ring_model model;
static uint64_t seed = 46;

/* Boot COUNT CPUs, and open their rings, of BYTES bytes.  */
static void
boot (unsigned count, uint64_t bytes)
{
  standin_boot ("");
  standin_set_cpus (count);
  mdtrace_start ();
  loopback_set_copies (true);
  CHECK_NUMBER (rings_configure (bytes, MDTRACE_RING_DISCARD), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "shadow", &consumer),
		MDTRACE_OK);
}

static unsigned
some_words (void)
{
  return MDTRACE_HEADER_WORDS
	 + tap_below (&seed,
		      MDTRACE_RECORD_WORDS_MAX - MDTRACE_HEADER_WORDS + 1);
}

static void
write_many (uint64_t bytes)
{
  for (uint64_t head = rings[0].head; rings[0].head - head < bytes;)
    CHECK (model_write (&model, &rings[0], some_words ()));
}

/* Read what there is after one look; returns how many records.  */
static unsigned
read_look (void)
{
  const uint64_t *record;
  unsigned cpu, words, count = 0;

  CHECK_NUMBER (mdtrace_rings_look (consumer, 0), MDTRACE_OK);
  for (;; count++)
    {
      CHECK_NUMBER (
	  mdtrace_rings_next_by_time (consumer, &cpu, &record, &words),
	  MDTRACE_OK);
      if (record == NULL)
	return count;
      model_check (&model, record, words);
    }
}

/* A ring that holds much comes in several looks, each of some requests.  */
static void
comes_in_pieces (void)
{
  unsigned looks = 0;

  boot (1, BIG_BYTES);
  CHECK (!mdtrace_rings_have_more (consumer));
  write_many (MANY_BYTES);
  do
    {
      unsigned requests = loopback_rpcs;
      CHECK (read_look () > 0);
      CHECK (loopback_rpcs - requests <= 6);
      mdtrace_rings_release (consumer, 0);
      looks++;
    }
  while (mdtrace_rings_have_more (consumer));
  CHECK (looks > 2);
  CHECK_NUMBER (model.read, model.written);
  CHECK_NUMBER (ring_released (&rings[0]), rings[0].head);
  CHECK_NUMBER (mdtrace_rings_unread (consumer, 0), 0);
  CHECK_NUMBER (read_look (), 0);
  mdtrace_rings_close (consumer);
  CHECK (!claim_is_held ());
}

/* The same as with a ring's memory, whatever is written and released, over
   its end many times.  */
static void
is_as_the_ring (void)
{
  boot (1, 16384);
  for (int step = 0; step < 20000; step++)
    switch (tap_below (&seed, 6))
      {
      case 0:
	read_look ();
	break;
      case 1:
	mdtrace_rings_release (consumer, 0);
	break;
      case 2:
	model_read (&model, consumer);
	break;
      default:
	model_write (&model, &rings[0], some_words ());
	break;
      }
  while (read_look () > 0 || mdtrace_rings_have_more (consumer))
    continue;
  CHECK_NUMBER (model.read, model.written);
  CHECK (model.written > 5000);
  mdtrace_rings_close (consumer);
}

/* What was released already is not fetched again, nor what is passed over.  */
static void
seeks (void)
{
  uint64_t generation, position;

  boot (1, BIG_BYTES);
  write_many (MANY_BYTES);
  uint64_t skipped = model.written, head = rings[0].head;
  write_many (5000);
  mdtrace_rings_close (consumer);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "shadow", &consumer),
		MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, head), MDTRACE_OK);
  model.read = skipped;
  unsigned requests = loopback_rpcs;
  CHECK (read_look () > 0);
  CHECK_NUMBER (loopback_rpcs - requests, 2);
  CHECK_NUMBER (model.read, model.written);
  /* Back to the beginning, which was never here.  */
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, 0), MDTRACE_OK);
  model.read = 0;
  while (read_look () > 0 || mdtrace_rings_have_more (consumer))
    continue;
  CHECK_NUMBER (model.read, model.written);
  mdtrace_rings_position (consumer, 0, &generation, &position);
  CHECK_NUMBER (position, rings[0].head);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, position + 8),
		MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, 4), MDTRACE_ERR_BAD_POSITION);
  mdtrace_rings_close (consumer);
}

static void
write_event (unsigned cpu, uint64_t time)
{
  uint64_t *to = ring_reserve (&rings[cpu], 16);

  CHECK (to != NULL);
  to[0] = mdtrace_record_word (cpu, 2, MDTRACE_RECORD_EVENT, cpu);
  to[1] = time;
  ring_commit (&rings[cpu], 16);
}

/* Of several CPUs, what has come in part only does not let the others
   overtake it: frozen rings, for which nobody is waited otherwise.  */
static void
keeps_order_in_pieces (void)
{
  uint64_t time = 1, last = 0;
  unsigned read = 0, written = 0;
  const uint64_t *record;
  unsigned cpu, words;

  boot (3, BIG_BYTES);
  mdtrace_rings_close (consumer);
  CHECK_NUMBER (rings_configure (0, MDTRACE_RING_OVERWRITE), MDTRACE_OK);
  /* One has most, one some, one a few.  */
  for (; written < 12000; written++)
    write_event (tap_below (&seed, 100) < 90 ? 0 : 1 + (written % 11 == 0),
		 time += tap_below (&seed, 3));
  CHECK_NUMBER (mdtrace_rings_open (loopback, "shadow", &consumer),
		MDTRACE_OK);
  do
    {
      CHECK_NUMBER (mdtrace_rings_look (consumer, 0), MDTRACE_OK);
      for (;; read++)
	{
	  CHECK_NUMBER (
	      mdtrace_rings_next_by_time (consumer, &cpu, &record, &words),
	      MDTRACE_OK);
	  if (record == NULL)
	    break;
	  CHECK (record[1] >= last);
	  last = record[1];
	}
    }
  while (mdtrace_rings_have_more (consumer));
  CHECK_NUMBER (read, written);
  mdtrace_rings_close (consumer);
}

/* While it comes in pieces the claim is renewed, however long that takes.  */
static void
renews_the_claim (void)
{
  boot (1, BIG_BYTES);
  write_many (10 * MANY_BYTES);
  do
    {
      read_look ();
      standin_ticks (MDTRACE_LINE_LEASE_MS / 1000 * 100 / 3);
    }
  while (mdtrace_rings_have_more (consumer));
  CHECK (claim_is_held ());
  mdtrace_rings_close (consumer);
}

/* Whoever is too late is told, at the look that follows.  */
static void
tells_of_a_lost_claim (void)
{
  boot (1, 16384);
  write_many (1000);
  CHECK (read_look () > 0);
  standin_ticks (MDTRACE_LINE_LEASE_MS / 1000 * 100 + 100);
  mdtrace_rings_release (consumer, 0);
  CHECK_NUMBER (mdtrace_rings_look (consumer, 0), MDTRACE_ERR_NOT_CLAIMED);
  mdtrace_rings_close (consumer);
  /* And whose rings were made anew.  */
  CHECK_NUMBER (mdtrace_rings_open (loopback, "shadow", &consumer),
		MDTRACE_OK);
  standin_ticks (MDTRACE_LINE_LEASE_MS / 1000 * 100 + 100);
  CHECK_NUMBER (rings_configure (16384, MDTRACE_RING_DISCARD), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_look (consumer, 0), MDTRACE_ERR_NOT_CLAIMED);
  mdtrace_rings_close (consumer);
}

/* Change some of what a ring's requests are answered with.  */
static void
damage (void *message, size_t *bytes)
{
  mig_reply_header_t *header = message;
  int32_t id = header->Head.msgh_id - 100;

  if ((id == MDTRACE_ID_RING_STATUS || id == MDTRACE_ID_RING_READ)
      && *bytes > sizeof *header)
    for (int i = tap_below (&seed, 3); i > 0; i--)
      ((uint8_t *) message)[sizeof *header
			    + tap_below (&seed, *bytes - sizeof *header)]
	  ^= 1 << tap_below (&seed, 8);
}

/* Answers that make no sense are refused or read as records that are none,
   and nothing is touched that is not there, which the sanitizers watch.  */
static void
trusts_nothing (void)
{
  const uint64_t *record;
  unsigned cpu, words, errors = 0;

  boot (1, 16384);
  for (int round = 0; round < 3000; round++)
    {
      loopback_on_reply = damage;
      int error = mdtrace_rings_look (consumer, 0);
      while (error == MDTRACE_OK)
	{
	  error = mdtrace_rings_next_by_time (consumer, &cpu, &record, &words);
	  if (error != MDTRACE_OK || record == NULL)
	    break;
	  /* All of it can be read.  */
	  volatile uint64_t sum = 0;
	  for (unsigned i = 0; i < words; i++)
	    sum += record[i];
	}
      errors += error != MDTRACE_OK;
      if (tap_below (&seed, 4) == 0)
	mdtrace_rings_release (consumer, 0);
      loopback_on_reply = NULL;
      for (unsigned i = tap_below (&seed, 8); i > 0; i--)
	model_write (&model, &rings[0], some_words ());
      if (error != MDTRACE_OK)
	{
	  mdtrace_rings_close (consumer);
	  CHECK_NUMBER (mdtrace_rings_open (loopback, "shadow", &consumer),
			MDTRACE_OK);
	}
    }
  CHECK (errors > 100);
  mdtrace_rings_close (consumer);
}

TAP_MAIN ({ comes_in_pieces, "a full ring comes in several looks" },
	  { is_as_the_ring, "a copy reads as the ring itself" },
	  { seeks, "what is passed over is not fetched" },
	  { keeps_order_in_pieces, "the order of several CPUs, in pieces" },
	  { renews_the_claim, "the claim is renewed meanwhile" },
	  { tells_of_a_lost_claim, "a claim that has ended" },
	  { trusts_nothing, "answers that make no sense" })
