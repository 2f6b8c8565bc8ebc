/* Trace rings in overwrite mode: a flight recorder.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "claim.h"
#include "overwritten.h"
#include "probes.h"
#include "ring_model.h"

static struct ring *const ring = &rings[0];
static const mdtrace_holder_t reader = "tst.overwrite";

enum
{
  PROBES = 5,
  QUEUE_MAX = MODEL_RING_BYTES / 8
};

/* A record as it must be in the ring, and the probe whose event it is; 0: it
   is a pad or a task's name.  */
struct entry
{
  unsigned words, probe;
  uint64_t task;
  uint64_t number;
};

/* What must be in the ring, and what became of the rest, by probe.  */
static struct entry queue[QUEUE_MAX];
static unsigned first, entries;
static uint64_t used_words, written;
static uint64_t overwritten_of[PROBES + 1];
static uint64_t counts[PROBES + 1][1];
static struct overwritten accounts[PROBES + 1];
static bool named[STANDIN_TASKS];

static struct entry *
entry_at (unsigned i)
{
  return &queue[(first + i) % QUEUE_MAX];
}

static void
push (struct entry entry)
{
  CHECK (entries < QUEUE_MAX);
  *entry_at (entries++) = entry;
  used_words += entry.words;
}

/* Forget the oldest record, which was READ or overwritten.  */
static void
pop (bool read)
{
  const struct entry *entry = entry_at (0);

  CHECK (entries > 0);
  if (!read)
    {
      overwritten_of[entry->probe]++;
      for (int i = 0; i < STANDIN_TASKS; i++)
	if ((word_t) &standin_tasks[i] == entry->task)
	  named[i] = false;
    }
  used_words -= entry->words;
  first = (first + 1) % QUEUE_MAX;
  entries--;
}

/* Do to the queue what a record of WORDS words does to the ring.  */
static void
make_room (unsigned words)
{
  unsigned ring_words = MODEL_RING_BYTES / 8;
  unsigned to_end = ring_words - ring->head / 8 % ring_words;
  unsigned needed = to_end < words ? to_end + words : words;

  while (ring_words - used_words < needed)
    pop (false);
  if (to_end < words)
    push ((struct entry){ .words = to_end });
}

/* Write an event of a probe into both.  */
static void
write_event (uint64_t *seed)
{
  unsigned words = 2 + tap_below (seed, 30);
  unsigned probe = 1 + tap_below (seed, PROBES);

  make_room (words);
  uint64_t *to = ring_reserve (ring, 8 * words);
  CHECK (to != NULL);
  model_fill (to, written, words);
  to[0] = mdtrace_record_word (probe, words, MDTRACE_RECORD_EVENT, 0);
  ring_commit (ring, 8 * words);
  push ((struct entry){ .words = words, .probe = probe, .number = written++ });
}

/* Write the name of a task into both, if the ring lacks it, which the model
   knows too.  */
static void
write_name (uint64_t *seed)
{
  unsigned i = tap_below (seed, STANDIN_TASKS);
  struct task *task = &standin_tasks[i];

  CHECK_NUMBER (ring_lacks_task_name (ring, task), !named[i]);
  if (named[i])
    return;
  make_room (MDTRACE_TASK_NAME_WORDS);
  CHECK (model_write_name (ring, 0, task));
  named[i] = true;
  push ((struct entry){ .words = MDTRACE_TASK_NAME_WORDS,
			.task = (word_t) task });
}

static void
check_ring (void)
{
  CHECK_NUMBER (ring->head - ring->oldest, 8 * used_words);
  CHECK_NUMBER (ring->control->head, ring->head);
  CHECK_NUMBER (ring->control->oldest, ring->oldest);
  CHECK (ring->head - ring->oldest <= ring->size);
  CHECK (ring->limit - ring->oldest <= ring->size);
  CHECK ((ring->head & (ring->size - 1)) + (ring->limit - ring->head)
	 <= ring->size);
  for (unsigned probe = 1; probe <= PROBES; probe++)
    CHECK_NUMBER (accounts[probe].counts[0], overwritten_of[probe]);
}

/* Claim the ring, read COUNT records or all there are and compare them, write
   in vain, and give it back.  */
static void
read_some (unsigned count)
{
  struct mdtrace_rings *consumer;
  const uint64_t *record;
  unsigned words;

  CHECK_NUMBER (mdtrace_rings_open (loopback, reader, &consumer), MDTRACE_OK);
  CHECK (mdtrace_rings_are_frozen (consumer));
  memset (named, 0, sizeof named);
  CHECK (ring_reserve (ring, 16) == NULL);
  CHECK (!model_write_name (ring, 0, &standin_tasks[0]));
  for (; count > 0; count--)
    {
      CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		    MDTRACE_OK);
      /* Pads are passed over.  */
      while (entries > 0 && entry_at (0)->probe == 0
	     && entry_at (0)->task == 0)
	pop (true);
      if (record == NULL)
	{
	  CHECK_NUMBER (entries, 0);
	  break;
	}
      const struct entry *entry = entry_at (0);
      CHECK_NUMBER (words, entry->words);
      CHECK_NUMBER (mdtrace_record_probe (record[0]), entry->probe);
      for (unsigned i = 1; i < words && entry->probe != 0; i++)
	CHECK_NUMBER (record[i], model_word (entry->number, i));
      if (entry->task != 0)
	CHECK_NUMBER (record[2], entry->task);
      pop (true);
    }
  mdtrace_rings_release (consumer, 0);
  CHECK (ring_reserve (ring, 16) == NULL);
  mdtrace_rings_close (consumer);
}

static void
compare_with_model (uint64_t start, uint64_t seed)
{
  model_boot (ring, MDTRACE_RING_OVERWRITE, start);
  for (unsigned probe = 1; probe <= PROBES; probe++)
    {
      counts[probe][0] = 0;
      overwritten_add (&accounts[probe], probe, counts[probe]);
    }
  for (unsigned step = 0; step < 60000; step++)
    {
      if (tap_below (&seed, 10) == 0)
	write_name (&seed);
      else
	write_event (&seed);
      if (tap_below (&seed, 500) == 0)
	read_some (tap_below (&seed, 2) == 0 ? tap_below (&seed, 20)
					     : QUEUE_MAX + 1);
      check_ring ();
    }
  read_some (QUEUE_MAX + 1);
  CHECK_NUMBER (entries, 0);
  CHECK (ring->head - start > 50 * MODEL_RING_BYTES);
  CHECK (!standin_said ("ring broken"));
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

/* The same memory as a 32-bit machine's ring, whose tail is from long ago and
   lies between oldest and head by accident.  */
static void
pays_no_heed_to_an_old_tail (void)
{
  static struct mdtrace_ring_control control;
  static struct mdtrace_ring_tail tail;
  uint64_t *data = calloc (1, MODEL_RING_BYTES);
  struct mdtrace_rings *consumer;
  uint64_t generation, position;

  model_boot (ring, MDTRACE_RING_OVERWRITE, 0);
  control.oldest = (uint32_t) -64;
  control.head = 64;
  control.mode = MDTRACE_RING_OVERWRITE;
  tail.tail = 24;
  loopback_ring = (struct ring_memory){ .control = &control,
					.tail = &tail,
					.data = (const uint8_t *) data,
					.data_bytes = MODEL_RING_BYTES,
					.word_bytes = 4 };
  CHECK_NUMBER (mdtrace_rings_open (loopback, reader, &consumer), MDTRACE_OK);
  mdtrace_rings_position (consumer, 0, &generation, &position);
  CHECK_NUMBER (position, control.oldest);
  CHECK_NUMBER (mdtrace_rings_unread (consumer, 0), 128);
  mdtrace_rings_close (consumer);
  /* One that it was frozen for does count.  */
  control.frozen = 1;
  CHECK_NUMBER (mdtrace_rings_open (loopback, reader, &consumer), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_unread (consumer, 0), 40);
  mdtrace_rings_close (consumer);
  free (data);
}

/* Nor does the kernel, unless the ring is frozen.  */
static void
takes_no_tail_while_it_records (void)
{
  mdtrace_ring_info_t info;
  struct ring_model model = { 0 };

  model_boot (ring, MDTRACE_RING_OVERWRITE, 0);
  CHECK (model_write (&model, ring, 10));
  ring->tail->tail = ring->head;
  CHECK_NUMBER (ring_released (ring), 0);
  CHECK (ring_make_room (ring, 80));
  CHECK_NUMBER (ring->oldest, 0);
  ring_get_info (ring, &info);
  CHECK_NUMBER (info.mode, MDTRACE_RING_OVERWRITE);
  CHECK_NUMBER (info.frozen, 0);
  CHECK_NUMBER (info.tail, info.oldest);
}

static void
goes_on_when_its_reader_has_died (void)
{
  struct ring_model model = { 0 };
  mdtrace_ring_info_t info;

  model_boot (ring, MDTRACE_RING_OVERWRITE, 0);
  for (int i = 0; i < 10; i++)
    CHECK (model_write (&model, ring, 10));
  CHECK_NUMBER (claim_take (reader, 1000), MDTRACE_OK);
  CHECK (!model_write (&model, ring, 2));
  CHECK_NUMBER (ring_consume (ring, 3 * 80), MDTRACE_OK);
  standin_ticks (99);
  CHECK (!model_write (&model, ring, 2));
  ring_get_info (ring, &info);
  CHECK_NUMBER (info.frozen, 1);
  CHECK_NUMBER (info.oldest, 0);
  standin_ticks (1);
  CHECK (model_write (&model, ring, 2));
  ring_get_info (ring, &info);
  CHECK_NUMBER (info.frozen, 0);
  CHECK_NUMBER (info.oldest, 3 * 80);
  CHECK_NUMBER (ring->control->frozen, 0);
}

/* A reader that takes over from one that has died, before any event has come,
   goes on where that one was.  */
static void
is_handed_on_frozen (void)
{
  struct ring_model model = { 0 };
  mdtrace_ring_info_t info;

  model_boot (ring, MDTRACE_RING_OVERWRITE, 0);
  for (int i = 0; i < 10; i++)
    CHECK (model_write (&model, ring, 10));
  CHECK_NUMBER (claim_take (reader, 1000), MDTRACE_OK);
  CHECK_NUMBER (ring_consume (ring, 80), MDTRACE_OK);
  standin_ticks (100);
  CHECK_NUMBER (claim_take ("another", 1000), MDTRACE_OK);
  ring_get_info (ring, &info);
  CHECK_NUMBER (info.tail, 80);
  CHECK_NUMBER (info.frozen, 1);
}

/* A reader that leaves its tail inside of a record makes the kernel lose
   records, and no more than that.  */
static void
bears_any_tail (void)
{
  uint64_t seed = 4;

  model_boot (ring, MDTRACE_RING_OVERWRITE, 0);
  for (unsigned step = 0; step < 30000; step++)
    {
      struct ring_model model = { .written = step };
      if (tap_below (&seed, 50) == 0)
	{
	  CHECK_NUMBER (claim_take (reader, 1000), MDTRACE_OK);
	  ring->tail->tail = tap_below (&seed, 4) == 0
				 ? tap_random (&seed)
				 : ring->oldest + 8 * tap_below (&seed, 600);
	  CHECK_NUMBER (claim_release (reader), MDTRACE_OK);
	}
      CHECK (model_write (&model, ring, 2 + tap_below (&seed, 60)));
      CHECK (ring->head - ring->oldest <= ring->size);
      CHECK (ring->head % 8 == 0 && ring->oldest % 8 == 0);
    }
  CHECK (!standin_said ("ring broken"));
}

/* A record that is longer than the ring can ever hold is dropped, and nothing
   is given up for it.  */
static void
refuses_what_never_fits (void)
{
  struct ring_model model = { 0 };

  model_boot (ring, MDTRACE_RING_OVERWRITE, 0);
  for (int i = 0; i < 60; i++)
    CHECK (model_write (&model, ring, 10));
  uint64_t head = ring->head, oldest = ring->oldest;
  CHECK (ring_reserve (ring, MODEL_RING_BYTES) == NULL);
  CHECK_NUMBER (ring->head, head);
  CHECK_NUMBER (ring->oldest, oldest);
}

/* With probes: what is recorded can be read, and the law holds.  */
static void
counts_what_is_left (void)
{
  uint64_t seed = 5, total_hits = 0;
  uint32_t ids[3];
  static const enum standin_function functions[3] = { MANY, BETA, ALPHA };

  probes_boot ();
  CHECK_NUMBER (rings_configure (MODEL_RING_BYTES, MDTRACE_RING_OVERWRITE),
		MDTRACE_OK);
  for (int i = 0; i < 3; i++)
    ids[i] = probe_create (standin_name (functions[i]), true);
  for (int round = 0; round < 50; round++)
    {
      uint64_t there[3] = { 0 }, before[3];
      struct mdtrace_rings *consumer;
      struct mdtrace_decoder *decoder;
      for (int i = 0; i < 3; i++)
	before[i] = probe_counts (ids[i]).recorded;
      for (uint64_t n = tap_below (&seed, 2000); n > 0; n--)
	{
	  standin_run (&standin_threads[tap_below (&seed, STANDIN_THREADS)]);
	  CHECK (standin_call (functions[tap_below (&seed, 3)]));
	  total_hits++;
	}
      check_law ();
      CHECK_NUMBER (mdtrace_rings_open (loopback, reader, &consumer),
		    MDTRACE_OK);
      decoder = mdtrace_decoder_new (loopback);
      CHECK_NUMBER (mdtrace_decoder_learn_names (decoder, consumer, 0),
		    MDTRACE_OK);
      for (;;)
	{
	  const uint64_t *record;
	  unsigned words;
	  struct mdtrace_event event;
	  bool is_event;
	  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
			MDTRACE_OK);
	  if (record == NULL)
	    break;
	  CHECK_NUMBER (
	      mdtrace_decode (decoder, 0, record, words, &event, &is_event),
	      MDTRACE_OK);
	  for (int i = 0; i < 3 && is_event; i++)
	    there[i] += event.probe_id == ids[i];
	}
      for (int i = 0; i < 3; i++)
	CHECK_NUMBER (probe_counts (ids[i]).recorded, before[i] + there[i]);
      mdtrace_rings_release (consumer, 0);
      mdtrace_rings_close (consumer);
      mdtrace_decoder_free (decoder);
      check_law ();
    }
  mdtrace_counts_t total = total_counts ();
  CHECK_NUMBER (total.hits, total_hits);
  CHECK (total.dropped > 10 * total.recorded / 2);
}

/* Events of probes that were destroyed and forgotten are overwritten too: the
   sums of all stay right.  */
static void
counts_for_the_forgotten (void)
{
  const unsigned count = 3 * DESTROYED_MAX;
  mdtrace_counts_t total;
  mdtrace_ring_info_t info;

  probes_boot ();
  CHECK_NUMBER (rings_configure (1 << 16, MDTRACE_RING_OVERWRITE), MDTRACE_OK);
  for (unsigned i = 0; i < count; i++)
    {
      uint32_t id = probe_create ("beta", true);
      CHECK (standin_call (BETA));
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }
  check_law ();
  ring_get_info (ring, &info);
  CHECK (info.oldest > 0);
  total = total_counts ();
  CHECK_NUMBER (total.hits, count);
  /* Nothing but events of four words is in it, and at most one name.  */
  CHECK (total.recorded * 32 <= info.data_bytes);
  CHECK (total.recorded * 32 + 2 * 8 * MDTRACE_TASK_NAME_WORDS
	 >= info.data_bytes);
}

/* A task whose name was overwritten is named again, and its earlier events get
   that name.  */
static void
names_tasks_again (void)
{
  struct mdtrace_rings *consumer;
  struct mdtrace_decoder *decoder;
  unsigned events = 0;

  probes_boot ();
  CHECK_NUMBER (rings_configure (MODEL_RING_BYTES, MDTRACE_RING_OVERWRITE),
		MDTRACE_OK);
  probe_create ("beta", true);
  for (int i = 0; i < 1000; i++)
    CHECK (standin_call (BETA));
  CHECK_NUMBER (mdtrace_rings_open (loopback, reader, &consumer), MDTRACE_OK);
  decoder = mdtrace_decoder_new (loopback);
  CHECK_NUMBER (mdtrace_decoder_learn_names (decoder, consumer, 0),
		MDTRACE_OK);
  for (;;)
    {
      const uint64_t *record;
      unsigned words;
      struct mdtrace_event event;
      bool is_event;
      CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		    MDTRACE_OK);
      if (record == NULL)
	break;
      CHECK_NUMBER (
	  mdtrace_decode (decoder, 0, record, words, &event, &is_event),
	  MDTRACE_OK);
      if (!is_event)
	continue;
      events++;
      CHECK_TEXT (event.task_name, "task 0");
    }
  CHECK (events > 100);
  mdtrace_rings_close (consumer);
  mdtrace_decoder_free (decoder);
}

TAP_MAIN ({ agrees_with_model, "random operations agree with a queue" },
	  { agrees_where_indices_wrap,
	    "random operations agree with a queue where indices wrap" },
	  { agrees_from_the_middle,
	    "random operations agree with a queue from any offset" },
	  { pays_no_heed_to_an_old_tail,
	    "a reader begins at the oldest, whatever the tail is" },
	  { takes_no_tail_while_it_records,
	    "the tail counts only while the ring is frozen" },
	  { goes_on_when_its_reader_has_died,
	    "a frozen ring goes on when the lease has ended" },
	  { is_handed_on_frozen, "a second reader goes on at the tail" },
	  { bears_any_tail, "a tail inside of a record does no harm" },
	  { refuses_what_never_fits, "what never fits overwrites nothing" },
	  { counts_what_is_left, "recorded is what can be read" },
	  { counts_for_the_forgotten,
	    "events of forgotten probes are counted as well" },
	  { names_tasks_again, "a task whose name is gone is named again" })
