/* Trace rings: what the kernel writes, the library reads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ring_model.h"

static struct ring *const ring = &rings[0];
static struct ring_model model;

static void
check_invariants (const struct mdtrace_rings *consumer)
{
  uint64_t generation, position;

  mdtrace_rings_position (consumer, 0, &generation, &position);
  CHECK_NUMBER (ring->control->head, ring->head);
  CHECK_NUMBER (ring->control->oldest, ring->oldest);
  CHECK (ring->head - ring->oldest <= ring->size);
  CHECK (ring->tail->tail - ring->oldest <= ring->head - ring->oldest);
  CHECK (position - ring->tail->tail <= ring->head - ring->tail->tail);
  CHECK (ring->limit - ring->head <= ring->size);
  CHECK (ring->limit - ring->oldest <= ring->size);
  CHECK ((ring->head & (ring->size - 1)) + (ring->limit - ring->head)
	 <= ring->size);
  CHECK_NUMBER (mdtrace_rings_unread (consumer, 0), ring->head - position);
}

static void
comes_out_as_it_went_in (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);

  CHECK (!model_read (&model, consumer));
  for (unsigned words = 2; words < 20; words++)
    CHECK (model_write (&model, ring, words));
  while (model_read (&model, consumer))
    check_invariants (consumer);
  CHECK_NUMBER (model.read, model.written);
  CHECK_NUMBER (model.read, 18);
  mdtrace_rings_close (consumer);
}

/* Records of WORDS words do not fill the memory to its end: what is left is
   a pad of PAD words.  */
static void
check_pad (unsigned words, unsigned pad)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);
  unsigned whole = MODEL_RING_BYTES / 8 / words;

  CHECK_NUMBER (MODEL_RING_BYTES / 8 % words, pad);
  for (unsigned i = 0; i < whole; i++)
    CHECK (model_write (&model, ring, words));
  while (model_read (&model, consumer))
    ;
  mdtrace_rings_release (consumer, 0);
  CHECK (model_write (&model, ring, words));
  uint64_t word = ((const uint64_t *) ring->data)[whole * words];
  CHECK_NUMBER (mdtrace_record_kind (word), MDTRACE_RECORD_PAD);
  CHECK_NUMBER (mdtrace_record_words (word), pad);
  CHECK_NUMBER (ring->head, MODEL_RING_BYTES + 8 * words);
  CHECK (model_read (&model, consumer));
  check_invariants (consumer);
  mdtrace_rings_close (consumer);
}

static void
pads_the_end (void)
{
  check_pad (3, 2);
}

static void
pads_one_word (void)
{
  check_pad (7, 1);
}

/* Records that fit exactly need no pad.  */
static void
fits_exactly (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);

  for (unsigned i = 0; i < 10 * MODEL_RING_BYTES / 64; i++)
    {
      CHECK (model_write (&model, ring, 8));
      CHECK (model_read (&model, consumer));
      mdtrace_rings_release (consumer, 0);
      CHECK_NUMBER (ring->head, 64 * (i + 1));
    }
  mdtrace_rings_close (consumer);
}

/* Random writing, reading and releasing, beginning at START.  */
static void
compare_with_model (uint64_t start, uint64_t seed)
{
  struct mdtrace_rings *consumer = model_open (ring, start);
  unsigned full = 0;

  for (unsigned step = 0; step < 60000; step++)
    {
      switch (tap_below (&seed, 8))
	{
	case 0 ... 3:
	  full += !model_write (&model, ring, 2 + tap_below (&seed, 30));
	  break;
	case 4 ... 6:
	  for (unsigned n = tap_below (&seed, 4); n > 0; n--)
	    model_read (&model, consumer);
	  break;
	case 7:
	  mdtrace_rings_release (consumer, 0);
	  break;
	}
      check_invariants (consumer);
    }
  while (model_read (&model, consumer))
    ;
  CHECK_NUMBER (model.read, model.written);
  /* It must have been both full and gone round many times.  */
  CHECK (full > 100);
  CHECK (ring->head - start > 50 * MODEL_RING_BYTES);
  CHECK (!standin_said ("ring broken"));
  mdtrace_rings_close (consumer);
}

static void
agrees_with_model (void)
{
  compare_with_model (0, 1);
}

static void
agrees_where_indices_wrap (void)
{
  compare_with_model (-UINT64_C (20) * MODEL_RING_BYTES, 2);
}

static void
agrees_from_the_middle (void)
{
  compare_with_model (UINT64_C (0x123456789ab8), 3);
}

/* A 32-bit machine's ring, filled by hand: the high halves of its indices
   are never written, and its indices wrap at 2 to the power of 32.  */
static void
reads_a_32_bit_ring (void)
{
  static struct mdtrace_ring_control control;
  static struct mdtrace_ring_tail tail;
  uint64_t *data = malloc (MODEL_RING_BYTES);
  uint32_t head = -10 * MODEL_RING_BYTES;
  uint64_t seed = 4;
  struct mdtrace_rings *consumer;
  uint64_t generation, position;

  standin_boot ("");
  mdtrace_start ();
  control.head = control.oldest = tail.tail = head;
  loopback_ring = (struct ring_memory){ .control = &control,
					.tail = &tail,
					.data = (const uint8_t *) data,
					.data_bytes = MODEL_RING_BYTES,
					.word_bytes = 4 };
  CHECK_NUMBER (mdtrace_rings_open (loopback, "model", &consumer), MDTRACE_OK);
  for (unsigned step = 0; step < 20000; step++)
    {
      unsigned words = 2 + tap_below (&seed, 30);
      uint32_t offset = head % MODEL_RING_BYTES;
      uint32_t left = MODEL_RING_BYTES - offset;
      if (left < 8 * words)
	{
	  data[offset / 8]
	      = mdtrace_record_word (0, left / 8, MDTRACE_RECORD_PAD, 0);
	  head += left;
	  offset = 0;
	}
      model_fill (data + offset / 8, model.written, words);
      model.words[model.written++ % MODEL_RECORDS] = words;
      head += 8 * words;
      memcpy (&control.head, &head, sizeof head);
      CHECK_NUMBER (control.head, head);
      if (step % 3 != 0)
	continue;
      while (model_read (&model, consumer))
	;
      mdtrace_rings_release (consumer, 0);
      CHECK_NUMBER (tail.tail, head);
      control.oldest = tail.tail;
      mdtrace_rings_position (consumer, 0, &generation, &position);
      CHECK_NUMBER (position, head);
    }
  CHECK (head < UINT32_C (0x80000000));
  mdtrace_rings_close (consumer);
  free (data);
}

static void
goes_on_at_the_tail (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);

  for (int i = 0; i < 10; i++)
    CHECK (model_write (&model, ring, 5));
  for (int i = 0; i < 4; i++)
    CHECK (model_read (&model, consumer));
  mdtrace_rings_release (consumer, 0);
  /* What was read and not released is read again.  */
  CHECK (model_read (&model, consumer));
  mdtrace_rings_close (consumer);
  CHECK_NUMBER (loopback_mapped, 0);
  model.read = 4;
  CHECK_NUMBER (mdtrace_rings_open (loopback, "next", &consumer), MDTRACE_OK);
  while (model_read (&model, consumer))
    ;
  CHECK_NUMBER (model.read, 10);
  mdtrace_rings_close (consumer);
}

static void
begins_at_oldest_without_a_good_tail (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);

  for (int i = 0; i < 10; i++)
    CHECK (model_write (&model, ring, 5));
  mdtrace_rings_close (consumer);
  ring->tail->tail = 8000;
  CHECK_NUMBER (mdtrace_rings_open (loopback, "next", &consumer), MDTRACE_OK);
  while (model_read (&model, consumer))
    ;
  CHECK_NUMBER (model.read, 10);
  mdtrace_rings_close (consumer);
}

static void
seeks (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);
  uint64_t generation, position;

  for (int i = 0; i < 10; i++)
    CHECK (model_write (&model, ring, 5));
  for (int i = 0; i < 3; i++)
    CHECK (model_read (&model, consumer));
  mdtrace_rings_position (consumer, 0, &generation, &position);
  CHECK_NUMBER (generation, 1);
  CHECK_NUMBER (position, 120);
  while (model_read (&model, consumer))
    ;
  CHECK_NUMBER (mdtrace_rings_seek (consumer, 0, position), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_unread (consumer, 0), 280);
  model.read = 3;
  CHECK (model_read (&model, consumer));
  mdtrace_rings_close (consumer);
}

/* What mdtrace_ring_read and mdtrace_ring_consume do for those who cannot
   map a ring.  */
static void
is_read_by_copying (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);
  uint64_t copy[64], seed = 5, position = 0;
  mdtrace_ring_info_t info;

  for (unsigned step = 0; step < 2000; step++)
    {
      while (model_write (&model, ring, 2 + tap_below (&seed, 9)))
	;
      for (;;)
	{
	  uint32_t bytes = sizeof copy;
	  CHECK_NUMBER (ring_read (ring, position, copy, &bytes), MDTRACE_OK);
	  unsigned words = mdtrace_record_words (copy[0]);
	  if (bytes == 0)
	    break;
	  CHECK (8 * words <= bytes);
	  if (mdtrace_record_kind (copy[0]) != MDTRACE_RECORD_PAD)
	    model_check (&model, copy, words);
	  position += 8 * words;
	}
      CHECK_NUMBER (ring_consume (ring, position), MDTRACE_OK);
      ring_get_info (ring, &info);
      CHECK_NUMBER (info.tail, position);
      CHECK_NUMBER (info.head, position);
      CHECK_NUMBER (info.data_bytes, MODEL_RING_BYTES);
    }
  CHECK_NUMBER (model.read, model.written);
  mdtrace_rings_close (consumer);
}

static void
names_a_task_once (void)
{
  struct mdtrace_rings *consumer = model_open (ring, 0);
  struct task *task = &standin_tasks[0];
  const uint64_t *record;
  unsigned words;

  CHECK (ring_lacks_task_name (ring, task));
  CHECK (model_write_name (ring, 3, task));
  CHECK (!ring_lacks_task_name (ring, task));
  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words), MDTRACE_OK);
  CHECK_NUMBER (words, MDTRACE_TASK_NAME_WORDS);
  CHECK_NUMBER (mdtrace_record_kind (record[0]), MDTRACE_RECORD_TASK_NAME);
  CHECK_NUMBER (mdtrace_record_cpu (record[0]), 3);
  CHECK_NUMBER (record[2], (word_t) task);
  CHECK_TEXT ((const char *) &record[3], "task 0");

  /* Again when its name has changed, or when nobody may have seen it.  */
  strcpy (task->name, "task X");
  CHECK (ring_lacks_task_name (ring, task));
  CHECK (model_write_name (ring, 0, task));
  ring_forget_task_names (ring);
  CHECK (ring_lacks_task_name (ring, task));
  mdtrace_rings_close (consumer);
}

TAP_MAIN ({ comes_out_as_it_went_in, "records come out as they went in" },
	  { pads_the_end, "what is left at the end is a pad" },
	  { pads_one_word, "a pad may be as short as one word" },
	  { fits_exactly, "records that fit exactly need no pad" },
	  { agrees_with_model, "random operations agree with a queue" },
	  { agrees_where_indices_wrap,
	    "random operations agree with a queue where indices wrap" },
	  { agrees_from_the_middle,
	    "random operations agree with a queue from any offset" },
	  { reads_a_32_bit_ring, "a 32-bit machine's ring is read" },
	  { goes_on_at_the_tail, "a second reader goes on at the tail" },
	  { begins_at_oldest_without_a_good_tail,
	    "a tail that makes no sense is not one" },
	  { seeks, "a reader can go back to a position" },
	  { is_read_by_copying, "a ring is read by copying" },
	  { names_a_task_once, "a task's name is written once" })
