/* Trace rings, the producer's side.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "mdtrace_errors.h"
#include "pages.h"
#include "ring.h"
#include "x86/cpu.h"

#if MACH_DTRACE

struct ring rings[MDTRACE_CPUS_MAX];

int
rings_initialize (struct mdtrace_shared *shared, word_t bytes)
{
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      struct ring *ring = &rings[cpu];
      /* Two pages of their own, since they are mapped with different
	 rights.  */
      char *control = pages_allocate (PAGE_BYTES);
      char *tail = pages_allocate (PAGE_BYTES);
      char *data = pages_allocate (bytes);
      if (control == NULL || tail == NULL || data == NULL)
	return MDTRACE_ERR_NO_MEMORY;

      ring->control = (struct mdtrace_ring_control *) control;
      ring->tail = (struct mdtrace_ring_tail *) tail;
      ring->size = bytes;
      ring->limit = bytes;
      ring->data = (uint8_t *) data;

      shared->rings[cpu].control_address = physical_address (control);
      shared->rings[cpu].tail_address = physical_address (tail);
      shared->rings[cpu].data_address = physical_address (data);
      shared->rings[cpu].data_bytes = bytes;
    }
  return MDTRACE_OK;
}

word_t
ring_released (const struct ring *ring)
{
  word_t tail
      = __atomic_load_n ((const word_t *) &ring->tail->tail, __ATOMIC_ACQUIRE);

  /* Whatever else stands there is not a position that the ring has.  */
  if (tail % 8 == 0 && tail - ring->oldest <= ring->head - ring->oldest)
    return tail;
  return ring->oldest;
}

bool
ring_make_room (struct ring *ring, word_t bytes)
{
  if (ring->data == NULL)
    return false;

  word_t oldest = ring_released (ring);
  if (oldest != ring->oldest)
    {
      ring->oldest = oldest;
      __atomic_store_n ((word_t *) &ring->control->oldest, oldest,
			__ATOMIC_RELEASE);
    }

  word_t free = ring->size - (ring->head - oldest);
  word_t to_end = ring->size - (ring->head & (ring->size - 1));
  if (to_end < bytes)
    {
      /* The rest of the memory is too short for the record: fill it.  */
      if (free < to_end + bytes)
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
  if (DTRACE_DEBUG && ring->head - oldest > ring->size)
    printf ("mdtrace: ring broken: oldest %lx, head %lx\n",
	    (unsigned long) oldest, (unsigned long) ring->head);
  return ring->limit - ring->head >= bytes;
}

bool
ring_write_task_name (struct ring *ring, unsigned cpu, task_t task)
{
  word_t bytes = MDTRACE_TASK_NAME_WORDS * 8;
  uint64_t *record = ring_reserve (ring, bytes);
  struct ring_name *name
      = &ring->names[((word_t) task >> 6) & (RING_NAMES - 1)];

  if (record == NULL)
    return false;
  record[0] = mdtrace_record_word (0, MDTRACE_TASK_NAME_WORDS,
				   MDTRACE_RECORD_TASK_NAME, cpu);
  record[1] = time_stamp ();
  record[2] = (word_t) task;
  copy_memory (&record[3], FIELD_AT (task, task, name),
	       MDTRACE_TASK_NAME_BYTES);
  name->task = task;
  name->head = record[3];
  ring_commit (ring, bytes);
  return true;
}

void
ring_forget_task_names (struct ring *ring)
{
  word_t flags = interrupts_disable ();

  clear_memory (ring->names, sizeof ring->names);
  interrupts_restore (flags);
}

void
ring_set_watermark (struct ring *ring)
{
  if (ring->data == NULL)
    return;
  word_t *sequence = (word_t *) &ring->control->watermark_sequence;

  __atomic_store_n (sequence, *sequence + 1, __ATOMIC_RELEASE);
  store_barrier ();
  ring->control->watermark = time_stamp ();
  store_barrier ();
  __atomic_store_n (sequence, *sequence + 1, __ATOMIC_RELEASE);
}

void
ring_get_info (const struct ring *ring, mdtrace_ring_info_t *info)
{
  word_t flags = interrupts_disable ();

  info->data_bytes = ring->data == NULL ? 0 : ring->size;
  info->generation = ring->control->generation;
  info->head = ring->head;
  info->oldest = ring->oldest;
  info->tail = ring_released (ring);
  interrupts_restore (flags);
}

int
ring_read (const struct ring *ring, uint64_t position, void *buffer,
	   uint32_t *bytes)
{
  word_t from = position;
  word_t flags = interrupts_disable ();
  word_t there = ring->head - from;
  bool good = from == position && from - ring->oldest <= ring->head - ring->oldest;

  interrupts_restore (flags);
  if (!good)
    return MDTRACE_ERR_BAD_POSITION;

  /* What lies between oldest and head stays as it is until the consumer,
     which is the caller, releases it.  */
  if (there < *bytes)
    *bytes = there;
  word_t offset = from & (ring->size - 1);
  word_t first = ring->size - offset < *bytes ? ring->size - offset : *bytes;
  copy_memory (buffer, ring->data + offset, first);
  copy_memory ((char *) buffer + first, ring->data, *bytes - first);
  return MDTRACE_OK;
}

int
ring_consume (struct ring *ring, uint64_t tail)
{
  word_t to = tail;
  word_t flags = interrupts_disable ();
  word_t released = ring_released (ring);
  bool good
      = to == tail && to % 8 == 0 && to - released <= ring->head - released;

  if (good)
    __atomic_store_n ((word_t *) &ring->tail->tail, to, __ATOMIC_RELEASE);
  interrupts_restore (flags);
  return good ? MDTRACE_OK : MDTRACE_ERR_BAD_POSITION;
}

#endif /* MACH_DTRACE */
