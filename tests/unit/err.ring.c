/* Trace rings that are damaged, and readers that ask for what is not there.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ring_model.h"

/* A ring that this test fills by hand; its data are in malloc's memory, so
   that a look beyond them is seen.  */
static struct mdtrace_ring_control control;
static struct mdtrace_ring_tail tail;
static uint64_t *data;
static struct mdtrace_rings *consumer;

enum
{
  WORDS = MODEL_RING_BYTES / 8
};

/* Give the loopback target that ring, and open it; returns the error.  */
static int
open_ring (unsigned word_bytes)
{
  if (data == NULL)
    {
      standin_boot ("");
      mdtrace_start ();
      data = calloc (WORDS, sizeof *data);
    }
  loopback_ring = (struct ring_memory){ .control = &control,
					.tail = &tail,
					.data = (const uint8_t *) data,
					.data_bytes = MODEL_RING_BYTES,
					.word_bytes = word_bytes };
  return mdtrace_rings_open (loopback, "test", &consumer);
}

static int
next (void)
{
  const uint64_t *record;
  unsigned words;

  return mdtrace_rings_next (consumer, 0, &record, &words);
}

static void
close_ring (void)
{
  mdtrace_rings_close (consumer);
  free (data);
}

/* Put WORD at the beginning of a ring whose head is at HEAD, and expect that
   it cannot be a record.  */
static void
check_corrupt (uint64_t word, uint64_t head)
{
  uint64_t generation, position;

  data[0] = word;
  control.head = head;
  CHECK_NUMBER (next (), MDTRACE_ERR_CORRUPT_RING);
  mdtrace_rings_position (consumer, 0, &generation, &position);
  CHECK_NUMBER (position, 0);
  /* Nor does it get better by asking again.  */
  CHECK_NUMBER (next (), MDTRACE_ERR_CORRUPT_RING);
  control.head = 0;
  mdtrace_rings_close (consumer);
  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
}

static uint64_t
event (unsigned words)
{
  return mdtrace_record_word (1, words, MDTRACE_RECORD_EVENT, 0);
}

static void
refuses_bad_lengths (void)
{
  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
  check_corrupt (0, 64);
  check_corrupt (event (0), 64);
  check_corrupt (event (1), 64);
  check_corrupt (event (9), 64);
  check_corrupt (event (WORDS + 1), MODEL_RING_BYTES);
  check_corrupt (event (UINT16_MAX), MODEL_RING_BYTES);
  check_corrupt (~UINT64_C (0), MODEL_RING_BYTES);
  check_corrupt (mdtrace_record_word (0, 0, MDTRACE_RECORD_PAD, 0), 64);
  check_corrupt (mdtrace_record_word (0, 9, MDTRACE_RECORD_PAD, 0), 64);
  close_ring ();
}

static void
refuses_records_across_the_end (void)
{
  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
  data[0] = mdtrace_record_word (0, WORDS - 1, MDTRACE_RECORD_PAD, 0);
  data[WORDS - 1] = event (2);
  tail.tail = 8;
  control.head = MODEL_RING_BYTES + 8;
  control.oldest = 8;
  mdtrace_rings_close (consumer);
  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, MODEL_RING_BYTES - 8),
		MDTRACE_OK);
  CHECK_NUMBER (next (), MDTRACE_ERR_CORRUPT_RING);
  close_ring ();
}

static void
refuses_records_that_are_too_long (void)
{
  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
  mdtrace_rings_close (consumer);
  data = realloc (data, 4 * MODEL_RING_BYTES);
  loopback_ring.data = (const uint8_t *) data;
  loopback_ring.data_bytes = 4 * MODEL_RING_BYTES;
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
  data[0] = event (MDTRACE_RECORD_WORDS_MAX);
  data[MDTRACE_RECORD_WORDS_MAX] = event (MDTRACE_RECORD_WORDS_MAX + 1);
  control.head = 4 * MODEL_RING_BYTES;
  CHECK_NUMBER (next (), MDTRACE_OK);
  CHECK_NUMBER (next (), MDTRACE_ERR_CORRUPT_RING);
  close_ring ();
}

static void
refuses_bad_heads (void)
{
  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
  check_corrupt (event (2), MODEL_RING_BYTES + 8);
  check_corrupt (event (2), 20);
  check_corrupt (event (2), -UINT64_C (8));
  check_corrupt (event (2), UINT64_C (1) << 63);
  close_ring ();
}

static void
refuses_bad_heads_of_32_bits (void)
{
  CHECK_NUMBER (open_ring (4), MDTRACE_OK);
  control.head = MODEL_RING_BYTES + 8;
  CHECK_NUMBER (next (), MDTRACE_ERR_CORRUPT_RING);
  control.head = UINT32_MAX - 7;
  CHECK_NUMBER (next (), MDTRACE_ERR_CORRUPT_RING);
  /* The high half is not looked at.  */
  control.head = UINT64_C (0xdeadbeef00000000);
  CHECK_NUMBER (next (), MDTRACE_OK);
  close_ring ();
}

static void
refuses_bad_sizes (void)
{
  static const uint64_t sizes[]
      = { 8, 2048, 4096 + 8, 3 * 4096, UINT64_C (1) << 63 | 4096 };

  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
  mdtrace_rings_close (consumer);
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    {
      loopback_ring.data_bytes = sizes[i];
      CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer),
		    MDTRACE_ERR_CORRUPT_RING);
      CHECK (consumer == NULL);
      CHECK_NUMBER (loopback_mapped, 0);
    }
  loopback_ring.data_bytes = 0;
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer),
		MDTRACE_ERR_NOT_BUILT);
  free (data);
}

/* A tail that is no multiple of eight is a position of no record.  */
static void
does_not_begin_inside_a_word (void)
{
  uint64_t generation, position;

  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
  mdtrace_rings_close (consumer);
  for (int i = 0; i < WORDS; i += 2)
    data[i] = event (2);
  control.head = MODEL_RING_BYTES;
  tail.tail = MODEL_RING_BYTES - 4;
  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
  mdtrace_rings_position (consumer, 0, &generation, &position);
  CHECK_NUMBER (position, 0);
  mdtrace_rings_close (consumer);

  control.oldest = 4;
  CHECK_NUMBER (open_ring (8), MDTRACE_ERR_CORRUPT_RING);
  free (data);
}

static void
refuses_to_seek_elsewhere (void)
{
  uint64_t generation, position;

  CHECK_NUMBER (open_ring (8), MDTRACE_OK);
  for (int i = 0; i < WORDS; i += 2)
    data[i] = event (2);
  control.oldest = tail.tail = 64;
  control.head = MODEL_RING_BYTES;
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, 48),
		MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, MODEL_RING_BYTES + 8),
		MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, -UINT64_C (64)),
		MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, MODEL_RING_BYTES - 4),
		MDTRACE_ERR_BAD_POSITION);
  mdtrace_rings_position (consumer, 0, &generation, &position);
  CHECK_NUMBER (position, 0);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, 64), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, MODEL_RING_BYTES),
		MDTRACE_OK);
  mdtrace_rings_close (consumer);

  /* No position of a 32-bit machine needs more than 32 bits.  */
  CHECK_NUMBER (open_ring (4), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, 64), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, UINT64_C (0x100000000) + 64),
		MDTRACE_ERR_BAD_POSITION);
  close_ring ();
}

/* Whatever stands in the memory, nothing outside of it is read.  */
static void
bears_any_bytes (void)
{
  uint64_t seed = 1;
  unsigned records = 0, corrupt = 0;

  for (unsigned round = 0; round < 4000; round++)
    {
      unsigned word_bytes = round % 2 ? 4 : 8;
      tail.tail = control.head = control.oldest = 0;
      CHECK_NUMBER (open_ring (word_bytes), MDTRACE_OK);
      for (int i = 0; i < WORDS; i++)
	/* Half of them with a length that may well be one.  */
	data[i] = i & 1 ? tap_random (&seed)
			: mdtrace_record_word (1, tap_below (&seed, 24),
					       tap_below (&seed, 4), 0);
      mdtrace_rings_close (consumer);
      /* Hostile from the first look on, or later.  */
      if (tap_below (&seed, 2) == 0)
	{
	  control.oldest = tap_random (&seed);
	  tail.tail = control.oldest + tap_below (&seed, 5000);
	  control.head = tail.tail + tap_below (&seed, 5000);
	}
      if (open_ring (word_bytes) != MDTRACE_OK)
	{
	  corrupt++;
	  continue;
	}
      for (int step = 0; step < 50; step++)
	{
	  const uint64_t *record;
	  unsigned words;
	  if (tap_below (&seed, 4) == 0)
	    control.head += 8 * tap_below (&seed, 100);
	  if (tap_below (&seed, 20) == 0)
	    mdtrace_rings_seek (consumer, 0,
				control.oldest + tap_below (&seed, 4096));
	  int error = mdtrace_rings_next (consumer, 0, &record, &words);
	  if (error != MDTRACE_OK)
	    {
	      CHECK (error == MDTRACE_ERR_CORRUPT_RING
		     || error == MDTRACE_ERR_NOT_CLAIMED);
	      CHECK (record == NULL);
	      corrupt++;
	      break;
	    }
	  if (record == NULL)
	    continue;
	  CHECK (words >= MDTRACE_HEADER_WORDS
		 && words <= MDTRACE_RECORD_WORDS_MAX);
	  records++;
	}
      mdtrace_rings_close (consumer);
    }
  CHECK (records > 1000);
  CHECK (corrupt > 1000);
  free (data);
}

static void
refuses_to_copy_from_elsewhere (void)
{
  struct ring *ring = &rings[0];
  struct ring_model model = { 0 };
  uint8_t copy[64];
  uint32_t bytes = sizeof copy;

  consumer = model_open (ring, 1 << 20);
  CHECK (model_write (&model, ring, 10));
  CHECK_NUMBER (ring_read (ring, 0, copy, &bytes), MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (ring_read (ring, (1 << 20) - 8, copy, &bytes),
		MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (ring_read (ring, (1 << 20) + 88, copy, &bytes),
		MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (ring_consume (ring, (1 << 20) - 8), MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (ring_consume (ring, (1 << 20) + 88), MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (ring_consume (ring, (1 << 20) + 12), MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (ring->tail->tail, 1 << 20);
  CHECK_NUMBER (ring_consume (ring, (1 << 20) + 80), MDTRACE_OK);
  /* What was released is not taken back.  */
  CHECK_NUMBER (ring_consume (ring, 1 << 20), MDTRACE_ERR_BAD_POSITION);
  mdtrace_rings_close (consumer);
}

TAP_MAIN ({ refuses_bad_lengths, "a length that no record has" },
	  { refuses_records_across_the_end, "a record across the end" },
	  { refuses_records_that_are_too_long, "a record that is too long" },
	  { refuses_bad_heads, "a head that no ring can have" },
	  { refuses_bad_heads_of_32_bits,
	    "a head that no ring of a 32-bit machine can have" },
	  { refuses_bad_sizes, "a size that no ring has" },
	  { does_not_begin_inside_a_word, "a tail inside of a word" },
	  { refuses_to_seek_elsewhere, "a position that the ring has not" },
	  { bears_any_bytes, "nothing outside is read, whatever is in it" },
	  { refuses_to_copy_from_elsewhere,
	    "copying from a position that the ring has not" })
