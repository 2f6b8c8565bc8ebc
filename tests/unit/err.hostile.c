/* Trace rings of a kernel that lies: all that this side can see changes while
   it is read, and records hold anything.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The sanitizer for addresses sees whoever looks elsewhere; what does not end
   is ended by the test's alarm.  */

#include <pthread.h>
#include <sched.h>

#include "probes.h"
#include "ring_model.h"
#include "values.h"

enum
{
  CPUS = 2,
  WORDS = MODEL_RING_BYTES / 8,
  CALLS = 400000,
  RECORDS = 200000,
  RECORD_WORDS_MAX = 24
};

/* What the kernel writes, one ring for all CPUs, whose data are in malloc's
   memory.  */
static struct mdtrace_ring_control control;
static struct mdtrace_ring_tail tail;
static uint64_t *data;
static struct mdtrace_rings *consumer;
static struct mdtrace_decoder *decoder;
static bool has_ended;

static struct mdtrace_event event;

/* What happened.  */
static unsigned records, events, errors;

static void
store (uint64_t *word, uint64_t value)
{
  __atomic_store_n (word, value, __ATOMIC_RELAXED);
}

/* The first word of a record, or something like it.  */
static uint64_t
any_first_word (uint64_t *seed)
{
  if (tap_below (seed, 16) == 0)
    return tap_random (seed);
  return mdtrace_record_word (tap_below (seed, 8),
			      tap_below (seed, RECORD_WORDS_MAX),
			      1 + tap_below (seed, 4), tap_below (seed, 2));
}

/* Change something: mostly to what may well be, so that there is something to
   be read.  */
static void
change (uint64_t *seed)
{
  uint64_t head = __atomic_load_n (&control.head, __ATOMIC_RELAXED);
  uint64_t i = tap_below (seed, WORDS);

  switch (tap_below (seed, 512))
    {
    case 0:
      store (&control.head, tap_random (seed));
      break;
    case 1:
      store (&control.oldest, tap_random (seed));
      break;
    case 2:
      store (&control.generation, tap_below (seed, 4));
      break;
    case 3:
      store (&control.mode, tap_below (seed, 4));
      store (&control.frozen, tap_below (seed, 2));
      break;
    case 4:
      store (&tail.tail, tap_random (seed));
      break;
    case 5:
      store (&control.head, head + 8 * WORDS);
      break;
    case 6 ... 50:
      store (&control.head, head + 8 * tap_below (seed, 8));
      break;
    case 51 ... 100:
      store (&control.oldest, head - 8 * tap_below (seed, WORDS / 2));
      break;
    case 101 ... 110:
      store (&control.watermark_sequence, tap_below (seed, 4));
      store (&control.watermark, tap_random (seed));
      break;
    default:
      store (&data[i], i & 1 ? tap_random (seed) : any_first_word (seed));
      break;
    }
}

/* Change things all the time.  */
static void *
scribble (void *argument)
{
  uint64_t seed = 1;

  (void) argument;
  while (!__atomic_load_n (&has_ended, __ATOMIC_RELAXED))
    change (&seed);
  return NULL;
}

static bool
is_terminated (const char *text, size_t bytes)
{
  return memchr (text, '\0', bytes) != NULL;
}

/* Decode RECORD of WORDS words, whatever it is.  */
static void
decode (unsigned cpu, const uint64_t *record, unsigned words)
{
  const char *name;
  bool is_event;
  int error = mdtrace_decode (decoder, cpu, record, words, &event, &is_event);

  records++;
  CHECK (error == MDTRACE_OK || error == MDTRACE_ERR_CORRUPT_RING);
  if (mdtrace_decoder_last_name (decoder, &name) != 0)
    CHECK (is_terminated (name, MDTRACE_TASK_NAME_BYTES));
  if (error != MDTRACE_OK)
    {
      errors++;
      return;
    }
  if (!is_event)
    return;
  events++;
  CHECK (event.names != NULL);
  CHECK (is_terminated (event.task_name, sizeof event.task_name));
  CHECK (is_terminated (event.provider, sizeof event.provider));
  CHECK (is_terminated (event.module, sizeof event.module));
  CHECK (is_terminated (event.function, sizeof event.function));
  CHECK (is_terminated (event.name, sizeof event.name));
}

/* Probes of several sites, kinds and fields, so that there is something to be
   decoded.  */
static void
make_probes (void)
{
  dynamic_probe_config_t config = value_config ("alpha", ENTRIES);

  probe_create ("alpha", true);
  probe_create_of ("*", ENTRIES | RETURNS);
  probe_create_at ((uint64_t) (uintptr_t) standin_text (ALPHA));
  value_set (&config, 0,
	     (mdtrace_value_t){ .source = MDTRACE_SOURCE_ARGUMENT });
  value_set (
      &config, 3,
      (mdtrace_value_t){ .source = MDTRACE_SOURCE_ARGUMENT, .number = 1 });
  config.fields |= MDTRACE_FIELD_TASK | MDTRACE_FIELD_ADDRESS;
  probe_create_by (&config);
}

static void
boot (void)
{
  standin_boot ("");
  standin_set_cpus (CPUS);
  mdtrace_start ();
  make_probes ();
  decoder = mdtrace_decoder_new (loopback);
  CHECK (decoder != NULL);
}

/* Do something with the rings; returns what comes of it.  */
static int
do_anything (uint64_t *seed)
{
  unsigned cpu = tap_below (seed, CPUS), words;
  uint64_t generation, position;
  const uint64_t *record = NULL;
  int error = MDTRACE_OK;

  switch (tap_below (seed, 16))
    {
    case 0:
      mdtrace_rings_position (consumer, cpu, &generation, &position);
      position += 8 * tap_below (seed, WORDS) - MODEL_RING_BYTES / 2;
      error = mdtrace_rings_seek (consumer, cpu, position);
      return error == MDTRACE_ERR_BAD_POSITION ? MDTRACE_OK : error;
    case 1:
      CHECK (mdtrace_rings_unread (consumer, cpu) <= MODEL_RING_BYTES);
      return MDTRACE_OK;
    case 2:
      mdtrace_rings_release (consumer, cpu);
      return MDTRACE_OK;
    case 3:
      return mdtrace_rings_look (consumer, tap_random (seed));
    case 4:
      error = mdtrace_decoder_learn_names (decoder, consumer, cpu);
      return error == MDTRACE_ERR_BAD_POSITION ? MDTRACE_OK : error;
    case 5 ... 9:
      error = mdtrace_rings_next_by_time (consumer, &cpu, &record, &words);
      break;
    default:
      error = mdtrace_rings_next (consumer, cpu, &record, &words);
      break;
    }
  if (record != NULL)
    {
      CHECK_NUMBER (error, MDTRACE_OK);
      CHECK_NUMBER (words, mdtrace_record_words (record[0]));
      CHECK (words >= MDTRACE_HEADER_WORDS
	     && words <= MDTRACE_RECORD_WORDS_MAX);
      decode (cpu, record, words);
    }
  return error;
}

static void
read_what_changes (unsigned word_bytes)
{
  pthread_t thread;
  uint64_t seed = 2, opened = 0, refused = 0;

  boot ();
  data = calloc (WORDS, sizeof *data);
  for (unsigned i = 0; i < WORDS; i++)
    data[i] = any_first_word (&seed);
  loopback_ring = (struct ring_memory){ .control = &control,
					.tail = &tail,
					.data = (const uint8_t *) data,
					.data_bytes = MODEL_RING_BYTES,
					.word_bytes = word_bytes };
  CHECK (pthread_create (&thread, NULL, scribble, NULL) == 0);
  for (unsigned call = 0; call < CALLS; call++)
    {
      int error = MDTRACE_OK;
      /* There may be but one CPU for both of us.  */
      for (unsigned i = tap_below (&seed, 8); i > 0; i--)
	change (&seed);
      if (consumer == NULL)
	{
	  error = mdtrace_rings_open (loopback, "hostile", &consumer);
	  opened += error == MDTRACE_OK;
	}
      else
	error = do_anything (&seed);
      CHECK (error == MDTRACE_OK || error == MDTRACE_ERR_CORRUPT_RING
	     || error == MDTRACE_ERR_NOT_CLAIMED);
      refused += error != MDTRACE_OK;
      if (error != MDTRACE_OK && tap_below (&seed, 2) == 0)
	{
	  mdtrace_rings_close (consumer);
	  consumer = NULL;
	}
    }
  __atomic_store_n (&has_ended, true, __ATOMIC_RELAXED);
  CHECK (pthread_join (thread, NULL) == 0);
  printf ("# opened %" PRIu64 ", refused %" PRIu64 ", %u records, of which"
	  " %u were events and %u were refused\n",
	  opened, refused, records, events, errors);
  CHECK (opened > 100 && refused > 100 && records > 100);
  mdtrace_rings_close (consumer);
  mdtrace_decoder_free (decoder);
  free (data);
}

static void
bears_what_changes (void)
{
  read_what_changes (8);
}

static void
bears_what_changes_of_32_bits (void)
{
  read_what_changes (4);
}

/* A word of a record: anything, or what may be taken for something.  */
static uint64_t
any_word (uint64_t *seed)
{
  switch (tap_below (seed, 4))
    {
    case 0:
      return 0;
    case 1:
      return (word_t) standin_text (tap_below (seed, STANDIN_FUNCTIONS))
	     + tap_below (seed, 16);
    case 2:
      return (word_t) &standin_tasks[tap_below (seed, STANDIN_TASKS)];
    default:
      return tap_random (seed);
    }
}

static void
decodes_anything (void)
{
  uint64_t seed = 3;

  boot ();
  for (unsigned i = 0; i < RECORDS; i++)
    {
      unsigned words
	  = MDTRACE_HEADER_WORDS + tap_below (&seed, RECORD_WORDS_MAX - 2);
      /* A block of its own, so that whoever reads beyond it is seen.  */
      uint64_t *record = malloc (8 * words);
      record[0] = any_first_word (&seed);
      if (tap_below (&seed, 2) == 0)
	/* The length that a name has.  */
	words = words < MDTRACE_TASK_NAME_WORDS ? words
						: MDTRACE_TASK_NAME_WORDS;
      for (unsigned j = 1; j < words; j++)
	record[j] = any_word (&seed);
      decode (tap_below (&seed, CPUS), record, words);
      free (record);
    }
  CHECK (events > 1000 && errors > 1000);
  mdtrace_decoder_free (decoder);
}

TAP_MAIN ({ bears_what_changes, "a ring that changes while it is read" },
	  { bears_what_changes_of_32_bits,
	    "a 32-bit machine's ring that changes while it is read" },
	  { decodes_anything, "records that hold anything" })
