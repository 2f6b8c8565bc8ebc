/* Trace rings, the producer's side.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "claim.h"
#include "dtrace.h"
#include "mdtrace_errors.h"
#include "overwritten.h"
#include "ring.h"
#include "x86/cpu.h"

#if MACH_DTRACE

enum
{
  /* To read a watermark that its CPU is writing, which takes a moment.  */
  WATERMARK_TRIES = 10000
};

bool rings_are_stopped;

word_t
rings_stop (void)
{
  word_t flags = interrupts_disable ();

  /* Whoever begins to handle a hit after this sees it, and all others are
     waited for.  */
  __atomic_store_n (&rings_are_stopped, true, __ATOMIC_RELAXED);
#if MACH_DYNAMIC_PROBES
  dtrace_wait_for_handlers ();
#endif
  return flags;
}

void
rings_go (word_t flags)
{
  __atomic_store_n (&rings_are_stopped, false, __ATOMIC_RELEASE);
  interrupts_restore (flags);
}

word_t
ring_released (const struct ring *ring)
{
  /* It may be another CPU's, which goes on meanwhile.  */
  bool frozen = __atomic_load_n (&ring->frozen, __ATOMIC_RELAXED);
  word_t tail
      = __atomic_load_n ((const word_t *) &ring->tail->tail, __ATOMIC_ACQUIRE);
  word_t oldest = __atomic_load_n (&ring->oldest, __ATOMIC_ACQUIRE);
  word_t head = __atomic_load_n (&ring->head, __ATOMIC_RELAXED);

  /* Whatever else stands there is not a position that the ring has.  */
  if ((ring->mode != MDTRACE_RING_OVERWRITE || frozen) && tail % 8 == 0
      && tail - oldest <= head - oldest)
    return tail;
  return oldest;
}

/* Take OLDEST for the oldest record that must stay.  Who reads there without a
   claim sees that before the bytes change.  */
static void
set_oldest (struct ring *ring, word_t oldest)
{
  __atomic_store_n (&ring->oldest, oldest, __ATOMIC_RELEASE);
  __atomic_store_n ((word_t *) &ring->control->oldest, oldest,
		    __ATOMIC_RELEASE);
  store_barrier ();
}

static void
set_frozen (struct ring *ring, bool frozen)
{
  __atomic_store_n (&ring->frozen, frozen, __ATOMIC_RELAXED);
  __atomic_store_n ((word_t *) &ring->control->frozen, frozen,
		    __ATOMIC_RELEASE);
}

/* Let the name of the task at ADDRESS be written anew before its next event:
   its record is about to go.  */
static void
forget_task_name (struct ring *ring, word_t address)
{
  struct ring_name *name = &ring->names[(address >> 6) & (RING_NAMES - 1)];

  if ((word_t) name->task == address)
    name->task = NULL;
}

/* Give up the oldest records until they are BYTES bytes at least, which the
   ring must hold.  Not inlined: its stack is needed in overwrite mode only. */
static __attribute__ ((noinline)) void
give_up_oldest (struct ring *ring, word_t bytes)
{
  word_t oldest = ring->oldest;

  while (oldest - ring->oldest < bytes)
    {
      word_t offset = oldest & (ring->size - 1);
      const uint64_t *record = (const uint64_t *) (ring->data + offset);
      word_t words = mdtrace_record_words (record[0]);
      if (words == 0 || 8 * words > ring->head - oldest
	  || 8 * words > ring->size - offset)
	{
	  /* A consumer has left the tail inside of a record.  Only at head is
	     one sure to begin.  */
	  oldest = ring->head;
	  break;
	}
      unsigned kind = mdtrace_record_kind (record[0]);
      if (kind == MDTRACE_RECORD_EVENT || kind == MDTRACE_RECORD_PARTIAL)
	dtrace_count_overwritten (mdtrace_record_probe (record[0]),
				  ring - rings);
      else if (words == MDTRACE_TASK_NAME_WORDS)
	forget_task_name (ring, record[2]);
      oldest += 8 * words;
    }
  set_oldest (ring, oldest);
}

void
ring_give_up (struct ring *ring)
{
  set_oldest (ring, ring_released (ring));
  give_up_oldest (ring, ring->head - ring->oldest);
}

void
ring_freeze (struct ring *ring)
{
  if (ring->mode == MDTRACE_RING_OVERWRITE && !ring->frozen)
    {
      /* What stands there may be from long ago.  */
      __atomic_store_n ((word_t *) &ring->tail->tail, ring->oldest,
			__ATOMIC_RELEASE);
      ring->limit = ring->head;
      set_frozen (ring, true);
    }
}

void
ring_thaw (struct ring *ring)
{
  if (ring->frozen)
    {
      set_oldest (ring, ring_released (ring));
      set_frozen (ring, false);
    }
}

bool
ring_make_room (struct ring *ring, word_t bytes)
{
  if (ring->data == NULL)
    return false;
  if (ring->frozen)
    {
      /* Its reader may have died.  */
      if (claim_is_held ())
	return false;
      ring_thaw (ring);
    }

  word_t released = ring_released (ring);
  if (released != ring->oldest)
    set_oldest (ring, released);

  word_t free = ring->size - (ring->head - ring->oldest);
  word_t to_end = ring->size - (ring->head & (ring->size - 1));
  word_t needed = to_end < bytes ? to_end + bytes : bytes;
  if (free < needed && needed <= ring->size
      && ring->mode == MDTRACE_RING_OVERWRITE)
    {
      give_up_oldest (ring, needed - free);
      free = ring->size - (ring->head - ring->oldest);
    }
  if (to_end < bytes)
    {
      /* The rest of the memory is too short for the record: fill it.  */
      if (free < needed)
	return false;
      uint64_t *pad
	  = (uint64_t *) (ring->data + (ring->head & (ring->size - 1)));
      while (to_end > 0)
	{
	  word_t words = to_end / 8;
	  if (words > UINT16_MAX)
	    words = UINT16_MAX;
	  *pad = mdtrace_record_word (0, words, MDTRACE_RECORD_PAD, 0);
	  pad += words;
	  to_end -= words * 8;
	  free -= words * 8;
	  ring_commit (ring, words * 8);
	}
      to_end = ring->size;
    }
  ring->limit = ring->head + (free < to_end ? free : to_end);
  if (DTRACE_DEBUG && ring->head - ring->oldest > ring->size)
    printf ("mdtrace: ring broken: oldest %lx, head %lx\n",
	    (unsigned long) ring->oldest, (unsigned long) ring->head);
  return ring->limit - ring->head >= bytes;
}

void
ring_write_task_name (struct ring *ring, unsigned cpu, task_t task)
{
  word_t bytes = MDTRACE_TASK_NAME_WORDS * 8;
  uint64_t *record = ring_place (ring);
  struct ring_name *name
      = &ring->names[((word_t) task >> 6) & (RING_NAMES - 1)];

  record[0] = mdtrace_record_word (0, MDTRACE_TASK_NAME_WORDS,
				   MDTRACE_RECORD_TASK_NAME, cpu);
  record[1] = time_stamp ();
  record[2] = (word_t) task;
  copy_memory (&record[3], FIELD_AT (task, task, name),
	       MDTRACE_TASK_NAME_BYTES);
  name->task = task;
  name->head = record[3];
  ring_commit (ring, bytes);
}

void
ring_forget_task_names (struct ring *ring)
{
  clear_memory (ring->names, sizeof ring->names);
}

void
ring_set_watermark (struct ring *ring)
{
  if (ring->data == NULL)
    return;
  word_t *sequence = (word_t *) &ring->control->watermark_sequence;
  word_t *half = (word_t *) &ring->control->watermark;
  uint64_t time = time_stamp ();

  __atomic_store_n (sequence, *sequence + 1, __ATOMIC_RELEASE);
  store_barrier ();
  for (unsigned bits = 0; bits < 64; bits += 8 * sizeof (word_t))
    __atomic_store_n (half++, time >> bits, __ATOMIC_RELAXED);
  store_barrier ();
  __atomic_store_n (sequence, *sequence + 1, __ATOMIC_RELEASE);
}

uint64_t
ring_get_watermark (const struct ring *ring)
{
  const struct mdtrace_ring_control *control = ring->control;
  const word_t *sequence = (const word_t *) &control->watermark_sequence;

  for (int i = 0; i < WATERMARK_TRIES; i++)
    {
      word_t before = __atomic_load_n (sequence, __ATOMIC_ACQUIRE);
      uint64_t watermark = *(const volatile uint64_t *) &control->watermark;
      __atomic_thread_fence (__ATOMIC_ACQUIRE);
      if (before % 2 == 0
	  && __atomic_load_n (sequence, __ATOMIC_RELAXED) == before)
	return watermark;
    }
  return 0;
}

void
ring_get_info (const struct ring *ring, mdtrace_ring_info_t *info)
{
  word_t flags = interrupts_disable ();
  word_t oldest;

  info->data_bytes = ring->data == NULL ? 0 : ring->size;
  info->generation = ring->control->generation;
  info->mode = ring->mode;
  info->frozen = __atomic_load_n (&ring->frozen, __ATOMIC_RELAXED);
  /* Another CPU may be writing: all must be of one moment.  */
  do
    {
      oldest = __atomic_load_n (&ring->oldest, __ATOMIC_ACQUIRE);
      info->tail = ring_released (ring);
      info->head = __atomic_load_n (&ring->head, __ATOMIC_ACQUIRE);
    }
  while (__atomic_load_n (&ring->oldest, __ATOMIC_RELAXED) != oldest);
  info->oldest = oldest;
  interrupts_restore (flags);
}

int
ring_read (const struct ring *ring, uint64_t position, void *buffer,
	   uint32_t *bytes)
{
  word_t from = position;
  word_t oldest = __atomic_load_n (&ring->oldest, __ATOMIC_ACQUIRE);
  word_t head = __atomic_load_n (&ring->head, __ATOMIC_ACQUIRE);
  word_t there = head - from;

  if (from != position || from - oldest > head - oldest)
    return MDTRACE_ERR_BAD_POSITION;

  if (there < *bytes)
    *bytes = there;
  word_t offset = from & (ring->size - 1);
  word_t first = ring->size - offset < *bytes ? ring->size - offset : *bytes;
  copy_memory (buffer, ring->data + offset, first);
  copy_memory ((char *) buffer + first, ring->data, *bytes - first);

  /* What lies between oldest and head stays as it is until the consumer
     releases it, or where nobody has claimed the ring until newer records need
     the place.  */
  __atomic_thread_fence (__ATOMIC_ACQUIRE);
  oldest = __atomic_load_n (&ring->oldest, __ATOMIC_RELAXED);
  return from - oldest <= ring->size ? MDTRACE_OK : MDTRACE_ERR_BAD_POSITION;
}

int
ring_consume (struct ring *ring, uint64_t tail)
{
  word_t to = tail;
  word_t flags = interrupts_disable ();
  word_t released = ring_released (ring);
  word_t head = __atomic_load_n (&ring->head, __ATOMIC_ACQUIRE);
  bool good = to == tail && to % 8 == 0 && to - released <= head - released;

  if (good)
    __atomic_store_n ((word_t *) &ring->tail->tail, to, __ATOMIC_RELEASE);
  interrupts_restore (flags);
  return good ? MDTRACE_OK : MDTRACE_ERR_BAD_POSITION;
}

#endif /* MACH_DTRACE */
