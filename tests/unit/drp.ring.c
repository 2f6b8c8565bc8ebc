/* Trace rings that are full, and readers that lie about what they read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ring_model.h"

static struct ring *const ring = &rings[0];
static struct ring_model model;
static uint8_t before[MODEL_RING_BYTES];

/* Whether a record of BYTES bytes fits between what is written and what
   TAIL has released, with a pad if it would cross the end.  */
static bool
fits (uint64_t tail, unsigned bytes)
{
  uint64_t to_end = ring->size - ring->head % ring->size;

  return ring->size - (ring->head - tail)
	 >= bytes + (to_end < bytes ? to_end : 0);
}

static void
drops_exactly_when_full (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);
  uint64_t seed = 1, dropped = 0;

  for (unsigned step = 0; step < 50000; step++)
    {
      unsigned words = 2 + tap_below (&seed, 60);
      bool expected = fits (ring->tail->tail, 8 * words);
      CHECK_NUMBER (model_write (&model, ring, words), expected);
      dropped += !expected;
      if (tap_below (&seed, 4) > 0)
	continue;
      for (unsigned n = tap_below (&seed, 8); n > 0; n--)
	model_read (&model, consumer);
      mdtrace_rings_release (consumer, 0);
    }
  CHECK (dropped > 1000);
  while (model_read (&model, consumer))
    ;
  CHECK_NUMBER (model.read, model.written);
  mdtrace_rings_close (consumer);
}

static void
keeps_what_was_written (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);

  while (model_write (&model, ring, 2))
    ;
  CHECK_NUMBER (ring->head, MODEL_RING_BYTES);
  memcpy (before, ring->data, sizeof before);
  for (unsigned words = 1; words < 100; words++)
    CHECK (ring_reserve (ring, 8 * words) == NULL);
  CHECK (!model_write_name (ring, 0, &standin_tasks[0]));
  CHECK (ring_lacks_task_name (ring, &standin_tasks[0]));
  CHECK (memcmp (before, ring->data, sizeof before) == 0);
  CHECK_NUMBER (ring->control->head, MODEL_RING_BYTES);
  CHECK_NUMBER (ring->control->oldest, 0);
  while (model_read (&model, consumer))
    ;
  CHECK_NUMBER (model.read, 256);
  mdtrace_rings_close (consumer);
}

/* One word released is one word of room.  */
static void
takes_no_more_than_was_released (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);

  while (model_write (&model, ring, 2))
    ;
  CHECK (model_read (&model, consumer));
  mdtrace_rings_release (consumer, 0);
  CHECK (!model_write (&model, ring, 3));
  CHECK (model_write (&model, ring, 2));
  CHECK (!model_write (&model, ring, 2));
  mdtrace_rings_close (consumer);
}

/* A tail that is no position of the ring, by KIND.  */
static uint64_t
hostile_tail (uint64_t *seed, unsigned kind)
{
  switch (kind)
    {
    case 0: /* beyond head */
      return ring->head + 1 + tap_below (seed, 2 * ring->size);
    case 1: /* before oldest */
      return ring->oldest - 1 - tap_below (seed, 2 * ring->size);
    case 2: /* in the middle of a word */
      return ring->oldest + 1 + tap_below (seed, 7);
    case 3: /* far away */
      return ring->head + (UINT64_C (1) << (20 + tap_below (seed, 44)));
    default:
      return tap_random (seed) | UINT64_C (1) << 62;
    }
}

/* Let hostile tails stand in the tail's page while records are written:
   nothing that the last good tail has not released may change.  */
static void
bears_hostile_tails_from (uint64_t start, uint64_t seed)
{
  struct mdtrace_rings *consumer = model_open (ring, start);
  uint64_t good = start, dropped = 0;

  for (unsigned step = 0; step < 50000; step++)
    {
      unsigned words = 2 + tap_below (&seed, 60);
      if (tap_below (&seed, 3) == 0)
	{
	  for (unsigned n = tap_below (&seed, 4); n > 0; n--)
	    model_read (&model, consumer);
	  mdtrace_rings_release (consumer, 0);
	  good = ring->tail->tail;
	  /* The producer sees it when it needs room.  */
	  ring_make_room (ring, ring->size);
	  CHECK_NUMBER (ring->oldest, good);
	}
      uint64_t tail = hostile_tail (&seed, tap_below (&seed, 5));
      ring->tail->tail = tail;
      CHECK_NUMBER (ring_released (ring), good);
      bool expected = fits (good, 8 * words);
      CHECK_NUMBER (model_write (&model, ring, words), expected);
      dropped += !expected;
      CHECK_NUMBER (ring->tail->tail, tail);
      CHECK_NUMBER (ring->oldest, good);
      CHECK_NUMBER (ring->control->oldest, good);
    }
  CHECK (dropped > 1000);
  while (model_read (&model, consumer))
    ;
  CHECK_NUMBER (model.read, model.written);
  CHECK (!standin_said ("ring broken"));
  mdtrace_rings_close (consumer);
}

static void
bears_hostile_tails (void)
{
  bears_hostile_tails_from (0, 2);
}

static void
bears_hostile_tails_where_indices_wrap (void)
{
  bears_hostile_tails_from (-UINT64_C (20) * MODEL_RING_BYTES, 3);
}

/* Nothing is ever written outside of the ring, which has forbidden pages
   around it.  */
static void
bears_any_tail (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);
  uint64_t seed = 4;

  for (unsigned step = 0; step < 100000; step++)
    {
      ring->tail->tail = tap_below (&seed, 2) == 0
			     ? tap_random (&seed)
			     : ring->oldest + tap_below (&seed, 9000);
      model_write (&model, ring, 2 + tap_below (&seed, 100));
      CHECK (ring->head - ring->oldest <= ring->size);
      CHECK (ring->head % 8 == 0 && ring->oldest % 8 == 0);
    }
  CHECK (ring->head > 10 * ring->size);
  CHECK (!standin_said ("ring broken"));
  mdtrace_rings_close (consumer);
}

/* Whoever has no ring drops everything.  */
static void
drops_all_without_memory (void)
{
  static struct mdtrace_shared shared;

  standin_boot ("");
  standin.pages_left = 2;
  CHECK_NUMBER (rings_initialize (&shared), MDTRACE_ERR_NO_MEMORY);
  CHECK (ring_reserve (ring, 16) == NULL);
  CHECK (!model_write_name (ring, 0, &standin_tasks[0]));
}

TAP_MAIN ({ drops_exactly_when_full,
	    "a record is dropped exactly when there is no room" },
	  { keeps_what_was_written, "a full ring keeps what it holds" },
	  { takes_no_more_than_was_released,
	    "no more is overwritten than was released" },
	  { bears_hostile_tails, "a tail that is no position is ignored" },
	  { bears_hostile_tails_where_indices_wrap,
	    "a tail that is no position is ignored where indices wrap" },
	  { bears_any_tail, "no tail makes the kernel write elsewhere" },
	  { drops_all_without_memory, "without memory all is dropped" })
