/* Trace rings, the producer's side.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One ring for each CPU.  Its one producer is whoever runs on that CPU with
   interrupts off; its one consumer is elsewhere, and is not trusted.  The
   memory that both see is described in mig/mdtrace_shared.h.

   Invariants, modulo the size of a word:
     oldest <= head <= oldest + size
     head <= limit, and [head, limit) neither crosses the end of the memory
     nor reaches what the consumer has not released.  */

#ifndef MDTRACE_RING_H
#define MDTRACE_RING_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* Of a task's name, as it was last written into a ring.  */
struct ring_name
{
  const void *task;
  uint64_t head; /* its first eight bytes */
};

enum
{
  RING_NAMES = 64 /* a power of two */
};

/* All fields are the producer's, but for those that never change.
   [I] immutable once the ring is made
   [c] owned by the CPU, with interrupts off  */
struct ring
{
  uint8_t *data;			/* [I] null: there is no ring */
  word_t size;				/* [I] of data, a power of two */
  struct mdtrace_ring_control *control; /* [I] */
  struct mdtrace_ring_tail *tail;	/* [I] */
  word_t head;				/* [c] */
  word_t limit;				/* [c] */
  word_t oldest;			/* [c] the last tail taken for true */
  struct ring_name names[RING_NAMES];	/* [c] */
};

/* The ring of each CPU.  */
extern struct ring rings[];

/* Make rings of BYTES bytes (a power of two from RING_BYTES_MIN to
   PAGES_BYTES_MAX) for all CPUs and describe them in SHARED.  Returns
   MDTRACE_OK or MDTRACE_ERR_NO_MEMORY.  */
int rings_initialize (struct mdtrace_shared *shared, word_t bytes);

enum
{
  RING_BYTES_MIN = 4096,
  RING_BYTES_DEFAULT = 1 << 20
};

/* Make [head, limit) hold BYTES bytes, if the consumer has released enough.
   Interrupts are off.  */
bool ring_make_room (struct ring *ring, word_t bytes);

/* Where the next record goes.  */
static inline uint64_t *
ring_place (const struct ring *ring)
{
  return (uint64_t *) (ring->data + (ring->head & (ring->size - 1)));
}

/* Where a record of BYTES bytes (a multiple of 8) may be written, or null
   when the ring is full.  Interrupts are off until ring_commit.  */
static inline uint64_t *
ring_reserve (struct ring *ring, word_t bytes)
{
  if (__builtin_expect (ring->limit - ring->head < bytes, 0)
      && !ring_make_room (ring, bytes))
    return NULL;
  return ring_place (ring);
}

/* Hand the record of BYTES bytes that was reserved last to the consumer.  */
static inline void
ring_commit (struct ring *ring, word_t bytes)
{
  ring->head += bytes;
  __atomic_store_n ((word_t *) &ring->control->head, ring->head,
		    __ATOMIC_RELEASE);
}

/* Write the name of TASK, which runs on CPU, into RING.  False if there is
   no room.  Interrupts are off.  */
bool ring_write_task_name (struct ring *ring, unsigned cpu, task_t task);

/* Whether the name of TASK in RING is missing or no longer right.  */
static inline bool
ring_lacks_task_name (const struct ring *ring, task_t task)
{
  const struct ring_name *name
      = &ring->names[((word_t) task >> 6) & (RING_NAMES - 1)];

  return name->task != task || name->head != FIELD (uint64_t, task, task, name);
}

/* Let every name be written anew: for a reader that has not seen them.  */
void ring_forget_task_names (struct ring *ring);

/* Say to readers that all records of this CPU until now are there.  On the
   ring's CPU, with interrupts off.  */
void ring_set_watermark (struct ring *ring);

/* What the ring holds, and where.  */
void ring_get_info (const struct ring *ring, mdtrace_ring_info_t *info);

/* Copy up to *BYTES bytes from POSITION on to BUFFER, and set *BYTES to how
   many there were.  Returns MDTRACE_OK or MDTRACE_ERR_BAD_POSITION.  */
int ring_read (const struct ring *ring, uint64_t position, void *buffer,
	       uint32_t *bytes);

/* Move the tail on behalf of a consumer that cannot write to it.  Returns
   MDTRACE_OK or MDTRACE_ERR_BAD_POSITION.  */
int ring_consume (struct ring *ring, uint64_t tail);

/* The position up to which the consumer has released the ring.  */
word_t ring_released (const struct ring *ring);

#endif /* MDTRACE_RING_H */
