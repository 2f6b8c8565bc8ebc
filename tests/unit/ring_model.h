/* A plain queue beside a trace ring, to compare the two.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Every record holds words that follow from its number alone, so that what
   comes out of a ring can be checked to the last word.  */

#ifndef UNIT_RING_MODEL_H
#define UNIT_RING_MODEL_H

#include "loopback.h"
#include "mdtrace_errors.h"
#include "ring.h"
#include "tap.h"
#include "x86/cpu.h"

enum
{
  MODEL_RECORDS = 4096, /* a power of two; more than a small ring holds */
  MODEL_RING_BYTES = 4096
};

struct ring_model
{
  uint64_t written, read; /* records so far */
  unsigned words[MODEL_RECORDS];
};

static inline uint64_t
model_word (uint64_t number, unsigned at)
{
  return number * UINT64_C (0x9e3779b97f4a7c15) + at;
}

/* Write the record with NUMBER, of WORDS words, to TO.  */
static inline void
model_fill (uint64_t *to, uint64_t number, unsigned words)
{
  to[0] = mdtrace_record_word (number, words, MDTRACE_RECORD_EVENT, 0);
  for (unsigned i = 1; i < words; i++)
    to[i] = model_word (number, i);
}

/* Write a record of WORDS words into RING as a probe would; false if the
   ring is full.  */
static inline bool
model_write (struct ring_model *model, struct ring *ring, unsigned words)
{
  uint64_t *to = ring_reserve (ring, 8 * words);

  if (to == NULL)
    return false;
  model_fill (to, model->written, words);
  ring_commit (ring, 8 * words);
  model->words[model->written++ % MODEL_RECORDS] = words;
  return true;
}

/* Check that RECORD of WORDS words is the next one that was written.  */
static inline void
model_check (struct ring_model *model, const uint64_t *record, unsigned words)
{
  CHECK (model->read < model->written);
  CHECK_NUMBER (words, model->words[model->read % MODEL_RECORDS]);
  CHECK_NUMBER (mdtrace_record_kind (record[0]), MDTRACE_RECORD_EVENT);
  CHECK_NUMBER (mdtrace_record_probe (record[0]), (uint32_t) model->read);
  for (unsigned i = 1; i < words; i++)
    CHECK_NUMBER (record[i], model_word (model->read, i));
  model->read++;
}

/* Take the next record out of RINGS; false if there is none.  */
static inline bool
model_read (struct ring_model *model, struct mdtrace_rings *consumer)
{
  const uint64_t *record;
  unsigned words;

  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words), MDTRACE_OK);
  if (record == NULL)
    return false;
  model_check (model, record, words);
  return true;
}

/* Write the name of TASK into RING; false if the ring is full.  */
static inline bool
model_write_name (struct ring *ring, unsigned cpu, task_t task)
{
  if (ring_reserve (ring, 8 * MDTRACE_TASK_NAME_WORDS) == NULL)
    return false;
  ring_write_task_name (ring, cpu, task);
  return true;
}

/* Boot, and make a ring of MODEL_RING_BYTES with MODE whose indices begin at
   START (a multiple of 8).  */
static inline void
model_boot (struct ring *ring, enum mdtrace_ring_mode mode, uint64_t start)
{
  standin_boot ("");
  mdtrace_start ();
  CHECK_NUMBER (rings_configure (MODEL_RING_BYTES, mode), MDTRACE_OK);
  ring->head = ring->oldest = ring->limit = start;
  ring->control->head = ring->control->oldest = ring->tail->tail = start;
  loopback_ring = (struct ring_memory){ .control = ring->control,
					.tail = ring->tail,
					.data = ring->data,
					.data_bytes = ring->size,
					.word_bytes = 8 };
}

/* The same in discard mode, opened for reading.  */
static inline struct mdtrace_rings *
model_open (struct ring *ring, uint64_t start)
{
  struct mdtrace_rings *consumer;

  model_boot (ring, MDTRACE_RING_DISCARD, start);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "model", &consumer), MDTRACE_OK);
  return consumer;
}

#endif /* UNIT_RING_MODEL_H */
