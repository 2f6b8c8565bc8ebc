/* Trace rings at full speed: CPUs write while they are read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each CPU is a thread, and so is who reads; the compiler's sanitizer for
   threads watches every access.  What a record holds follows from the number
   of its hit, so that each can be checked to the last word, and the numbers of
   one CPU grow.  */

#include <pthread.h>
#include <sched.h>

#include "enabling.h"
#include "overwritten.h"
#include "ring_model.h"
#include "sites.h"
#include "x86/gate.h"

enum
{
  HITS = 400000, /* on each CPU */
  SHAPES = 12,	 /* of records */
  CPUS_MAX = 2,	 /* with hits; one more reads */
  WORDS_MAX = 60
};

static struct mdtrace_rings *consumer;

/* A site and its enabling for each shape of a record, whose probe has the
   number of the shape, from 1 on; and what was overwritten.  */
static struct dtrace_site sites[SHAPES];
static struct dtrace_usage usage[CPUS_MAX];
static struct dtrace_format format = { .usage = usage };
static struct overwritten accounts[SHAPES];
static uint64_t overwritten_counts[SHAPES][CPUS_MAX + 1];

/* Of each CPU.  */
static pthread_t threads[CPUS_MAX];
static struct standin machine;
static unsigned cpus_done;
static uint64_t seen[CPUS_MAX], last[CPUS_MAX], named[CPUS_MAX];

static void
yield (void)
{
  sched_yield ();
}

/* The shapes of the records: from one to seven registers, behind none, one or
   two words about who was there.  */
static void
make_shapes (void)
{
  static const uint8_t heads[]
      = { 0, DTRACE_HEAD_THREAD, DTRACE_HEAD_BOTH, DTRACE_HEAD_TASK };

  for (unsigned i = 0; i < SHAPES; i++)
    {
      struct dtrace_enabling *enabling = dtrace_enabling_new ();
      CHECK (enabling != NULL);
      enabling->head = heads[i % 4];
      enabling->copies = 1 + i % DTRACE_COPIES_MAX;
      for (unsigned j = 0; j < enabling->copies; j++)
	enabling->offsets[j] = j * sizeof (word_t);
      unsigned words = MDTRACE_HEADER_WORDS + enabling->copies
		       + (enabling->head != 0)
		       + (enabling->head == DTRACE_HEAD_BOTH);
      enabling->record_word
	  = mdtrace_record_word (i + 1, words, MDTRACE_RECORD_EVENT, 0);
      enabling->record_bytes = 8 * words;
      enabling->format = &format;
      enabling->site = &sites[i];
      sites[i].first = sites[i].plain = enabling;
      overwritten_add (&accounts[i], i + 1, overwritten_counts[i]);
    }
}

static void
boot (unsigned count, word_t bytes, enum mdtrace_ring_mode mode)
{
  standin_boot ("");
  standin_set_cpus (count);
  mdtrace_start ();
  standin.on_relax = yield;
  CHECK_NUMBER (rings_configure (bytes, mode), MDTRACE_OK);
  make_shapes ();
}

/* The hits of a CPU, and its ticks.  */
static void *
hit (void *cpu)
{
  word_t registers[DTRACE_COPIES_MAX];

  standin = machine;
  standin.cpu = (uintptr_t) cpu;
  standin.interrupts_enabled = false;
  uint64_t seed = standin.cpu + 1;
  for (uint64_t number = 1; number <= HITS; number++)
    {
      for (unsigned i = 0; i < DTRACE_COPIES_MAX; i++)
	registers[i] = i == 0 ? number : model_word (number, i);
      dtrace_hit (&sites[tap_below (&seed, SHAPES)],
		  (const struct saved_registers *) registers, NULL);
      if (number % 50 == 0)
	ring_set_watermark (&rings[standin.cpu]);
    }
  CHECK (!standin_said ("ring broken"));
  __atomic_add_fetch (&cpus_done, 1, __ATOMIC_RELEASE);
  return NULL;
}

static void
start (unsigned count, void *(*run) (void *) )
{
  machine = standin;
  for (unsigned cpu = 0; cpu < count; cpu++)
    CHECK (pthread_create (&threads[cpu], NULL, run, (void *) (uintptr_t) cpu)
	   == 0);
}

static void
join (unsigned count)
{
  for (unsigned cpu = 0; cpu < count; cpu++)
    CHECK (pthread_join (threads[cpu], NULL) == 0);
}

static bool
are_done (unsigned count)
{
  return __atomic_load_n (&cpus_done, __ATOMIC_ACQUIRE) == count;
}

/* Check the RECORD of WORDS words out of the ring of CPU.  */
static void
check_record (unsigned cpu, const uint64_t *record, unsigned words)
{
  CHECK_NUMBER (mdtrace_record_cpu (record[0]), cpu);
  CHECK_NUMBER (mdtrace_record_words (record[0]), words);
  if (mdtrace_record_kind (record[0]) == MDTRACE_RECORD_TASK_NAME)
    {
      CHECK_NUMBER (record[2], (word_t) &standin_tasks[cpu]);
      CHECK_TEXT ((const char *) &record[3], standin_tasks[cpu].name);
      named[cpu]++;
      return;
    }
  CHECK_NUMBER (mdtrace_record_kind (record[0]), MDTRACE_RECORD_EVENT);
  unsigned shape = mdtrace_record_probe (record[0]) - 1;
  CHECK (shape < SHAPES);
  const struct dtrace_enabling *enabling = sites[shape].first;
  CHECK_NUMBER (8 * words, enabling->record_bytes);
  const uint64_t *word = record + MDTRACE_HEADER_WORDS;
  if (enabling->head & DTRACE_HEAD_THREAD)
    CHECK_NUMBER (*word++, (word_t) &standin_threads[cpu]);
  if (enabling->head & DTRACE_HEAD_TASK)
    {
      CHECK_NUMBER (*word++, (word_t) &standin_tasks[cpu]);
      /* It has been said before who that is, unless that is overwritten.  */
      CHECK (named[cpu] > 0 || rings[cpu].mode == MDTRACE_RING_OVERWRITE);
    }
  uint64_t number = word[0];
  CHECK (number > last[cpu] && number <= HITS);
  for (unsigned i = 1; i < enabling->copies; i++)
    CHECK_NUMBER (word[i], model_word (number, i));
  last[cpu] = number;
  seen[cpu]++;
}

/* Each hit of CPU was recorded or dropped, and what was recorded was read, but
   for what was overwritten.  */
static void
check_counts (unsigned cpu)
{
  mdtrace_counts_t sum = { 0 };
  uint64_t given_up = 0;

  for (unsigned i = 0; i < SHAPES; i++)
    {
      dtrace_sum_counts (sites[i].first, cpu, &sum);
      given_up += overwritten_counts[i][cpu];
    }
  CHECK_NUMBER (sum.hits, HITS);
  CHECK_NUMBER (sum.hits, sum.recorded + sum.dropped);
  CHECK_NUMBER (sum.recorded - given_up, seen[cpu]);
  CHECK (seen[cpu] > 0);
  printf ("# CPU %u: recorded %" PRIu64 ", dropped %" PRIu64
	  ", overwritten %" PRIu64 "\n",
	  cpu, sum.recorded, sum.dropped, given_up);
}

/* Read a ring in discard mode while the one CPU of the machine has hits.  It
   must be full once, and it is read in parts.  */
static void
read_one_cpu (word_t bytes)
{
  const uint64_t *record;
  unsigned words, batch = 0;
  bool is_last = false;

  boot (1, bytes, MDTRACE_RING_DISCARD);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "threads", &consumer),
		MDTRACE_OK);
  start (1, hit);
  while (!are_done (1) && mdtrace_rings_unread (consumer, 0) < bytes - 512)
    yield ();
  for (;;)
    {
      CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		    MDTRACE_OK);
      if (record != NULL)
	check_record (0, record, words);
      if (record == NULL || ++batch % 64 == 0)
	mdtrace_rings_release (consumer, 0);
      if (record == NULL && is_last)
	break;
      if (record == NULL)
	is_last = are_done (1);
    }
  join (1);
  check_counts (0);
  mdtrace_rings_close (consumer);
}

static void
reads_a_small_ring (void)
{
  read_one_cpu (4096);
}

static void
reads_a_large_ring (void)
{
  read_one_cpu (64 * 1024);
}

/* Two CPUs, in the order of time.  */
static void
merges_two_cpus (void)
{
  const uint64_t *record;
  unsigned words, cpu;
  uint64_t time = 0, now_ms = 0;

  boot (CPUS_MAX + 1, 8192, MDTRACE_RING_DISCARD);
  standin.cpu = CPUS_MAX;
  CHECK_NUMBER (mdtrace_rings_open (loopback, "threads", &consumer),
		MDTRACE_OK);
  /* Nobody waits for the CPU that we are on.  */
  rings[CPUS_MAX].control->watermark = UINT64_MAX;
  start (CPUS_MAX, hit);
  do
    {
      /* Patience has no end before there is nothing to wait for.  */
      if (are_done (CPUS_MAX))
	now_ms += MDTRACE_PATIENCE_MS;
      CHECK_NUMBER (mdtrace_rings_look (consumer, now_ms), MDTRACE_OK);
      for (;;)
	{
	  CHECK_NUMBER (
	      mdtrace_rings_next_by_time (consumer, &cpu, &record, &words),
	      MDTRACE_OK);
	  if (record == NULL)
	    break;
	  CHECK (record[1] >= time);
	  time = record[1];
	  check_record (cpu, record, words);
	}
      for (cpu = 0; cpu < CPUS_MAX; cpu++)
	mdtrace_rings_release (consumer, cpu);
    }
  while (mdtrace_rings_complete_until (consumer) != UINT64_MAX);
  join (CPUS_MAX);
  for (cpu = 0; cpu < CPUS_MAX; cpu++)
    check_counts (cpu);
  mdtrace_rings_close (consumer);
}

/* Claim the rings in overwrite mode, and read what there is.  */
static void
read_frozen (void)
{
  const uint64_t *record;
  unsigned words;

  CHECK_NUMBER (mdtrace_rings_open (loopback, "threads", &consumer),
		MDTRACE_OK);
  for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
    {
      for (;;)
	{
	  CHECK_NUMBER (mdtrace_rings_next (consumer, cpu, &record, &words),
			MDTRACE_OK);
	  if (record == NULL)
	    break;
	  check_record (cpu, record, words);
	}
      mdtrace_rings_release (consumer, cpu);
    }
  mdtrace_rings_close (consumer);
  /* It is recorded again from here on.  */
  yield ();
}

static void
freezes_two_cpus (void)
{
  boot (CPUS_MAX + 1, 4096, MDTRACE_RING_OVERWRITE);
  standin.cpu = CPUS_MAX;
  start (CPUS_MAX, hit);
  while (!are_done (CPUS_MAX))
    read_frozen ();
  join (CPUS_MAX);
  read_frozen ();
  for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
    check_counts (cpu);
}

/* Hits of two CPUs, while anything is written to their tails, and in overwrite
   mode the rings are claimed now and then.  */
static void
bear_any_tail (enum mdtrace_ring_mode mode)
{
  uint64_t seed = 7;

  boot (CPUS_MAX + 1, 4096, mode);
  standin.cpu = CPUS_MAX;
  start (CPUS_MAX, hit);
  while (!are_done (CPUS_MAX))
    {
      unsigned cpu = tap_below (&seed, CPUS_MAX);
      uint64_t tail
	  = __atomic_load_n (&rings[cpu].control->head, __ATOMIC_RELAXED)
	    - tap_below (&seed, 5000);
      if (tap_below (&seed, 4) == 0)
	tail = tap_random (&seed);
      __atomic_store_n (&rings[cpu].tail->tail, tail, __ATOMIC_RELEASE);
      if (mode == MDTRACE_RING_OVERWRITE && tap_below (&seed, 100) == 0
	  && mdtrace_rings_open (loopback, "threads", &consumer) == MDTRACE_OK)
	mdtrace_rings_close (consumer);
    }
  join (CPUS_MAX);
  for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
    {
      const struct ring *ring = &rings[cpu];
      mdtrace_counts_t sum = { 0 };
      for (unsigned i = 0; i < SHAPES; i++)
	dtrace_sum_counts (sites[i].first, cpu, &sum);
      CHECK_NUMBER (sum.hits, HITS);
      CHECK_NUMBER (sum.hits, sum.recorded + sum.dropped);
      CHECK (sum.recorded > 0);
      CHECK (ring->head - ring->oldest <= ring->size);
      CHECK (ring->limit - ring->oldest <= ring->size);
      CHECK_NUMBER (ring->head % 8, 0);
      CHECK_NUMBER (ring->oldest % 8, 0);
      CHECK_NUMBER (ring->control->head, ring->head);
      CHECK_NUMBER (ring->control->oldest, ring->oldest);
    }
}

static void
bears_any_tail (void)
{
  bear_any_tail (MDTRACE_RING_DISCARD);
}

static void
bears_any_tail_of_frozen_rings (void)
{
  bear_any_tail (MDTRACE_RING_OVERWRITE);
}

/* The words of the record with NUMBER, of any length.  */
static unsigned
words_of (uint64_t number)
{
  uint64_t seed = number;

  return 2 + tap_below (&seed, WORDS_MAX - 2);
}

static void
check_long_record (const uint64_t *record, unsigned words)
{
  uint64_t number = record[1];

  CHECK (number > last[0] && number <= HITS);
  CHECK_NUMBER (words, words_of (number));
  for (unsigned i = 2; i < words; i++)
    CHECK_NUMBER (record[i], model_word (number, i));
  last[0] = number;
  seen[0]++;
}

static uint64_t long_recorded;

static void *
write_long (void *unused)
{
  (void) unused;
  standin = machine;
  for (uint64_t number = 1; number <= HITS / 4; number++)
    {
      unsigned words = words_of (number);
      uint64_t *to = ring_reserve (&rings[0], 8 * words);
      if (to == NULL)
	continue;
      model_fill (to, number, words);
      to[1] = number;
      ring_commit (&rings[0], 8 * words);
      long_recorded++;
    }
  __atomic_add_fetch (&cpus_done, 1, __ATOMIC_RELEASE);
  return NULL;
}

/* A machine of 32 bits has half indices, which begin before their end.  */
static struct mdtrace_ring_control control_32;
static struct mdtrace_ring_tail tail_32;
static uint64_t data_32[MODEL_RING_BYTES / 8];

static void *
write_32_bits (void *unused)
{
  uint32_t head = -10 * MODEL_RING_BYTES, oldest = head;

  (void) unused;
  for (uint64_t number = 1; number <= HITS / 4; number++)
    {
      unsigned words = words_of (number);
      uint32_t offset = head % MODEL_RING_BYTES;
      uint32_t pad = MODEL_RING_BYTES - offset < 8 * words
			 ? MODEL_RING_BYTES - offset
			 : 0;
      uint32_t tail
	  = __atomic_load_n ((uint32_t *) &tail_32.tail, __ATOMIC_ACQUIRE);
      if (head + pad + 8 * words - tail > MODEL_RING_BYTES)
	continue;
      if (tail != oldest)
	__atomic_store_n ((uint32_t *) &control_32.oldest, oldest = tail,
			  __ATOMIC_RELEASE);
      if (pad != 0)
	data_32[offset / 8]
	    = mdtrace_record_word (0, pad / 8, MDTRACE_RECORD_PAD, 0);
      head += pad;
      uint64_t *to = data_32 + head % MODEL_RING_BYTES / 8;
      model_fill (to, number, words);
      to[1] = number;
      head += 8 * words;
      __atomic_store_n ((uint32_t *) &control_32.head, head, __ATOMIC_RELEASE);
      long_recorded++;
    }
  __atomic_add_fetch (&cpus_done, 1, __ATOMIC_RELEASE);
  return NULL;
}

/* Read what RUN writes, record by record.  */
static void
read_long (void *(*run) (void *) )
{
  const uint64_t *record;
  unsigned words;
  bool is_last = false;

  CHECK_NUMBER (mdtrace_rings_open (loopback, "threads", &consumer),
		MDTRACE_OK);
  start (1, run);
  for (;;)
    {
      CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		    MDTRACE_OK);
      if (record != NULL)
	check_long_record (record, words);
      else if (is_last)
	break;
      else
	is_last = are_done (1);
      mdtrace_rings_release (consumer, 0);
    }
  join (1);
  CHECK_NUMBER (seen[0], long_recorded);
  CHECK (seen[0] > 0);
  mdtrace_rings_close (consumer);
}

static void
reads_long_records (void)
{
  boot (1, 4096, MDTRACE_RING_DISCARD);
  read_long (write_long);
}

static void
reads_32_bits (void)
{
  boot (1, 4096, MDTRACE_RING_DISCARD);
  control_32.head = control_32.oldest = tail_32.tail
      = (uint32_t) (-10 * MODEL_RING_BYTES);
  loopback_ring = (struct ring_memory){ .control = &control_32,
					.tail = &tail_32,
					.data = (const uint8_t *) data_32,
					.data_bytes = MODEL_RING_BYTES,
					.word_bytes = 4 };
  read_long (write_32_bits);
}

TAP_MAIN ({ reads_a_small_ring, "hits of one CPU, and a small ring" },
	  { reads_a_large_ring, "hits of one CPU, and a large ring" },
	  { reads_long_records, "records of any length" },
	  { reads_32_bits, "records of any length of a 32-bit machine" },
	  { merges_two_cpus, "hits of two CPUs in the order of time" },
	  { freezes_two_cpus, "two CPUs whose rings are frozen and read" },
	  { bears_any_tail, "hits while anything is written to the tail" },
	  { bears_any_tail_of_frozen_rings,
	    "the same in overwrite mode, while rings are claimed" })
