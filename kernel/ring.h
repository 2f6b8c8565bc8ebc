/* Trace rings, the producer's side.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One ring for each CPU.  Its one producer is whoever runs on that CPU with
   interrupts off; its one consumer is elsewhere, and is not trusted.  The
   memory that both see is described in mig/mdtrace_shared.h.

   Invariants, modulo the size of a word:
     oldest <= head <= oldest + size
     head <= limit, and [head, limit) neither crosses the end of the memory
     nor reaches what the consumer has not released.

   In overwrite mode there is no consumer: the producer makes room itself, by
   giving up the oldest whole records, and pays no heed to the tail.  To be
   read a ring is frozen: it takes no record, and has a consumer and a tail,
   until whoever has claimed it gives it back or its lease ends.  Then what
   the tail has passed was read, and the rest is the oldest again.  While it
   is frozen limit = head, so that all of this is off the fast path.

   What is the CPU's in a ring, another CPU changes only between rings_stop
   and rings_go.  ring.pml is a model of all this.  */

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
   [I] immutable once the ring is made, until it is made anew: by the server,
       when nobody has claimed it and all rings are stopped
   [c] owned by the CPU, with interrupts off; while all rings are stopped by
       whoever has stopped them.  Others may look at head, oldest and frozen:
       these are stored atomically.  */
struct ring
{
  uint8_t *data;			/* [I] null: there is no ring */
  word_t size;				/* [I] of data, a power of two */
  enum mdtrace_ring_mode mode;		/* [I] */
  struct mdtrace_ring_control *control; /* [I] */
  struct mdtrace_ring_tail *tail;	/* [I] */
  word_t head;				/* [c] */
  word_t limit;				/* [c] */
  /* [c] The last tail taken for true, or in overwrite mode the oldest
     record that is left.  */
  word_t oldest;
  bool frozen;			      /* [c] only in overwrite mode */
  struct ring_name names[RING_NAMES]; /* [c] */
  /* [c] Events that it has overwritten, of probes that nobody knows any more.  */
  uint64_t overwritten_others;
};

/* The ring of each CPU.  */
extern struct ring rings[];

/* Whether rings are stopped.  [s], but read by all CPUs.  */
extern bool rings_are_stopped;

/* Make rings for all CPUs, of the size and mode that the kernel's command
   line asks for, and describe them in SHARED, now and when they are made
   anew.  Returns MDTRACE_OK or MDTRACE_ERR_NO_MEMORY.  */
int rings_initialize (struct mdtrace_shared *shared);

/* Make all rings anew, as mdtrace_ring_configure in mdtrace.defs says, but
   for the claim.  [server lock]  */
int rings_configure (uint64_t bytes, uint32_t mode);

enum
{
  RING_BYTES_MIN = 4096,
  RING_BYTES_DEFAULT = 1 << 20
};

/* Let no CPU write to any ring: on return none does, and events are dropped.
   Interrupts are off until rings_go, which takes what was returned.  [server
   lock]  */
word_t rings_stop (void);
void rings_go (word_t flags);

/* Give up all that RING holds and nobody has read.  It is stopped.  */
void ring_give_up (struct ring *ring);

/* Of RING, of any CPU, the time stamp that ring_set_watermark set last; 0 if
   it never did, or does all the time.  */
uint64_t ring_get_watermark (const struct ring *ring);

/* Freeze a ring in overwrite mode, so that it can be read, and let it go on.
   Nothing for other rings.  It is stopped, or this is its CPU.  */
void ring_freeze (struct ring *ring);
void ring_thaw (struct ring *ring);

/* Make [head, limit) hold BYTES bytes, if the consumer has released enough or
   the oldest may be overwritten.  The rings go on, and interrupts are off.  */
bool ring_make_room (struct ring *ring, word_t bytes);

/* Whether this CPU may look at its ring and write to it, until the handler it
   is in returns.  To be asked before anything of the ring is looked at: what
   was looked at before may be from before a stop that has ended meanwhile. */
static inline bool
rings_go_on (void)
{
  return !__atomic_load_n (&rings_are_stopped, __ATOMIC_ACQUIRE);
}

/* Whether a record of BYTES bytes (a multiple of 8) may be written: not when
   the ring is full or frozen.  The rings go on.  Interrupts are off until
   ring_commit.  */
static inline bool
ring_has_room (struct ring *ring, word_t bytes)
{
  return __builtin_expect (ring->limit - ring->head >= bytes, 1)
	 || ring_make_room (ring, bytes);
}

/* Where the next record goes.  */
static inline uint64_t *
ring_place (const struct ring *ring)
{
  return (uint64_t *) (ring->data + (ring->head & (ring->size - 1)));
}

/* Where that record goes, or null if it may not be written.  */
static inline uint64_t *
ring_reserve (struct ring *ring, word_t bytes)
{
  return rings_go_on () && ring_has_room (ring, bytes) ? ring_place (ring)
						       : NULL;
}

/* Hand the record of BYTES bytes that was reserved last to the consumer.  */
static inline void
ring_commit (struct ring *ring, word_t bytes)
{
  word_t head = ring->head + bytes;

  __atomic_store_n (&ring->head, head, __ATOMIC_RELEASE);
  __atomic_store_n ((word_t *) &ring->control->head, head, __ATOMIC_RELEASE);
}

/* Write the name of TASK, which runs on CPU, into RING, where that much has
   been reserved.  Interrupts are off.  */
void ring_write_task_name (struct ring *ring, unsigned cpu, task_t task);

/* Whether the name of TASK in RING is missing or no longer right.  */
static inline bool
ring_lacks_task_name (const struct ring *ring, task_t task)
{
  const struct ring_name *name
      = &ring->names[((word_t) task >> 6) & (RING_NAMES - 1)];

  return name->task != task
	 || name->head != FIELD (uint64_t, task, task, name);
}

/* Let every name be written anew: for a reader that has not seen them.  The
   ring is stopped.  */
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
