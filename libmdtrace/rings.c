/* Trace rings, the consumer's side.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The one piece of code that reads rings, however their memory came to be
   visible.  It trusts nothing that stands in it: indices are taken modulo
   the traced machine's word and must make sense, and so must lengths.  The
   producer's side is kernel/ring.c.

   released <= position <= head <= released + size, as far as this side has
   seen.

   Where the memory cannot be seen there is a copy of it, which is brought up
   to date whenever it would be looked at: shadow.c.  Of a ring that holds much
   only some is there then; its head is taken to be where that ends.

   A record is handed out as a copy: whoever looks at it looks at words that
   nobody changes any more, and whose length has been checked.  Only after it
   was copied is it known to be one: if by then the producer has given up its
   place, for the lease has ended, what was copied is not what it was.
   kernel/ring.pml is a model of all this.

   Each CPU's records are in the order of time.  To merge those of several, one
   must know that a CPU whose ring holds nothing more will not write something
   earlier: its watermark says so, at each tick.  Watermarks are read before
   the heads: what is earlier than the least of them lies before the heads.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "mdtrace_user.h"
#include "target.h"

struct ring
{
  struct ring_memory memory;
  uint64_t generation;
  uint64_t mode;      /* enum mdtrace_ring_mode */
  uint64_t position;  /* everything before it has been read */
  uint64_t head;      /* as last seen */
  uint64_t watermark; /* as last seen */

  /* Of a copy.  */
  uint64_t released;  /* as last told to the kernel */
  int release_error;  /* of telling it */
  bool is_partial;    /* the ring holds more than is there */
  uint64_t last_time; /* of the last record that is there, then */
};

/* The record at a ring's position, of which each word is loaded but once.  */
struct front
{
  const uint64_t *place; /* null: there is none */
  unsigned words;
  uint64_t first; /* its first word */
  uint64_t time;
};

enum
{
  /* Looks at a watermark that is being written.  */
  WATERMARK_TRIES = 100
};

struct mdtrace_rings
{
  struct mdtrace_target *target;
  mdtrace_holder_t holder;
  unsigned cpus;
  uint64_t least_watermark; /* of all CPUs, as last seen */
  uint64_t grown_at_ms;	    /* when that was seen to grow */
  uint64_t until;	    /* mdtrace_rings_complete_until */
  bool has_looked;
  uint64_t record[MDTRACE_RECORD_WORDS_MAX]; /* the one read last */
  struct ring rings[];
};

static uint64_t
load (const struct ring *ring, const mdtrace_index_t *index)
{
  if (ring->memory.word_bytes == 4)
    return __atomic_load_n ((const uint32_t *) index, __ATOMIC_ACQUIRE);
  return __atomic_load_n (index, __ATOMIC_ACQUIRE);
}

/* LEFT less RIGHT, modulo the traced machine's word.  */
static uint64_t
difference (const struct ring *ring, uint64_t left, uint64_t right)
{
  return ring->memory.word_bytes == 4 ? (uint32_t) (left - right)
				      : left - right;
}

static uint64_t
advance (const struct ring *ring, uint64_t position, uint64_t bytes)
{
  return ring->memory.word_bytes == 4 ? (uint32_t) (position + bytes)
				      : position + bytes;
}

/* ERROR, unless the producer has given up the place of the record at RING's
   position, or made the ring anew: then what has been read there may be
   anything.  The producer says so before it writes there.  */
static int
check_place (const struct ring *ring, int error)
{
  const struct mdtrace_ring_control *control = ring->memory.control;

  /* All that has been loaded was loaded before this.  */
  __atomic_thread_fence (__ATOMIC_ACQUIRE);
  uint64_t oldest = load (ring, &control->oldest);
  if (difference (ring, ring->position, oldest) > ring->memory.data_bytes
      || load (ring, &control->generation) != ring->generation)
    return MDTRACE_ERR_NOT_CLAIMED;
  return error;
}

/* Of a ring that is a copy, let the head be behind the last whole record that
   is there.  What makes no sense is left for find_front to find.  */
static void
limit_to_copy (struct ring *ring)
{
  uint64_t size = ring->memory.data_bytes;
  uint64_t at = ring->position, head = ring->head;

  /* The position may have been moved to where nothing is here.  */
  if (difference (ring, ring->memory.there, at) > difference (ring, head, at)
      || difference (ring, head, ring->memory.from)
	     < difference (ring, head, at))
    ring->memory.from = ring->memory.there = at;
  ring->is_partial = ring->memory.there != head;
  if (!ring->is_partial)
    return;
  ring->head = ring->memory.there;
  ring->last_time = 0;
  while (difference (ring, ring->memory.there, at) >= 8 * MDTRACE_HEADER_WORDS)
    {
      uint64_t offset = at & (size - 1);
      const uint64_t *record = (const uint64_t *) (ring->memory.data + offset);
      uint64_t bytes = 8 * (uint64_t) mdtrace_record_words (record[0]);
      if (bytes == 0 || bytes > difference (ring, head, at)
	  || bytes > size - offset)
	return;
      if (bytes > difference (ring, ring->memory.there, at))
	break;
      if (mdtrace_record_kind (record[0]) != MDTRACE_RECORD_PAD
	  && bytes >= 8 * MDTRACE_HEADER_WORDS)
	ring->last_time = record[1];
      at = advance (ring, at, bytes);
    }
  ring->head = at;
}

/* Look where the producer is, as its memory says.  */
static int
look_at_memory (const struct mdtrace_rings *rings, struct ring *ring)
{
  uint64_t head = load (ring, &ring->memory.control->head);

  if (difference (ring, head, ring->position) > ring->memory.data_bytes
      || head % 8 != 0)
    return check_place (ring, MDTRACE_ERR_CORRUPT_RING);
  ring->head = head;
  if (rings->target->transport->update_ring != NULL)
    limit_to_copy (ring);
  return MDTRACE_OK;
}

/* Look where the producer of CPU's ring is.  */
static int
look (struct mdtrace_rings *rings, unsigned cpu)
{
  struct mdtrace_target *target = rings->target;
  struct ring *ring = &rings->rings[cpu];
  int error = ring->release_error;

  if (error == MDTRACE_OK && target->transport->update_ring != NULL)
    error = target->transport->update_ring (target, cpu, &ring->memory,
					    ring->position);
  if (error == MDTRACE_OK)
    error = look_at_memory (rings, ring);
  /* To get all of it may take longer than the claim lasts.  */
  if (error == MDTRACE_OK && ring->is_partial)
    error = mdtrace_rings_renew (rings);
  return error;
}

/* Map the ring of CPU and begin at what was released.  */
static int
open_ring (struct mdtrace_rings *rings, unsigned cpu)
{
  struct mdtrace_target *target = rings->target;
  struct ring *ring = &rings->rings[cpu];
  int error = target->transport->map_ring (target, cpu, &ring->memory);

  if (error != MDTRACE_OK)
    return error;
  uint64_t size = ring->memory.data_bytes;
  if (size == 0)
    return MDTRACE_ERR_NOT_BUILT;
  if ((size & (size - 1)) != 0 || size % MDTRACE_PAGE_BYTES != 0)
    return MDTRACE_ERR_CORRUPT_RING;
  ring->generation = load (ring, &ring->memory.control->generation);
  uint64_t oldest = load (ring, &ring->memory.control->oldest);
  uint64_t head = load (ring, &ring->memory.control->head);
  uint64_t tail = load (ring, &ring->memory.tail->tail);
  ring->mode = load (ring, &ring->memory.control->mode);
  bool has_tail = ring->mode != MDTRACE_RING_OVERWRITE
		  || load (ring, &ring->memory.control->frozen) != 0;
  /* As the kernel does: a tail that makes no sense is not one.  */
  if (has_tail && tail % 8 == 0
      && difference (ring, tail, oldest) <= difference (ring, head, oldest))
    ring->position = tail;
  else if (oldest % 8 == 0)
    ring->position = oldest;
  else
    return MDTRACE_ERR_CORRUPT_RING;
  ring->released = ring->position;
  return look_at_memory (rings, ring);
}

static void
unmap_rings (struct mdtrace_rings *rings)
{
  struct mdtrace_target *target = rings->target;

  for (unsigned cpu = 0; cpu < rings->cpus; cpu++)
    if (rings->rings[cpu].memory.control != NULL)
      target->transport->unmap_ring (target, &rings->rings[cpu].memory);
}

unsigned
mdtrace_rings_lease_ms (const struct mdtrace_rings *rings)
{
  return rings->target->transport->update_ring != NULL ? MDTRACE_LINE_LEASE_MS
						       : MDTRACE_LEASE_MS;
}

static int
claim (struct mdtrace_rings *rings)
{
  struct mdtrace_target *target = rings->target;
  mdtrace_status_t status;

  if (target_has_ended (target))
    return MDTRACE_OK;
  int error = rpc_mdtrace_ring_claim (target->token, rings->holder,
				      mdtrace_rings_lease_ms (rings));

  if (error == MDTRACE_ERR_RING_CLAIMED
      && mdtrace_get_status (target, &status) == MDTRACE_OK)
    return target_fail (target, error, "by '%s'", status.holder);
  return error;
}

int
mdtrace_rings_open (struct mdtrace_target *target, const char *holder,
		    struct mdtrace_rings **result)
{
  mdtrace_status_t status;

  *result = NULL;
  if (target->transport->map_ring == NULL)
    return MDTRACE_ERR_UNSUPPORTED;
  int error = mdtrace_get_status (target, &status);
  if (error != MDTRACE_OK)
    return error;
  struct mdtrace_rings *rings
      = calloc (1, sizeof *rings + status.cpus * sizeof rings->rings[0]);
  if (rings == NULL)
    return MDTRACE_ERR_SYSTEM;
  rings->target = target;
  rings->cpus = status.cpus;
  for (size_t i = 0; i < sizeof rings->holder - 1 && holder[i] != '\0'; i++)
    rings->holder[i] = holder[i];
  error = claim (rings);
  for (unsigned cpu = 0; cpu < rings->cpus && error == MDTRACE_OK; cpu++)
    error = open_ring (rings, cpu);
  if (error != MDTRACE_OK)
    {
      unmap_rings (rings);
      free (rings);
      return error;
    }
  *result = rings;
  return MDTRACE_OK;
}

void
mdtrace_rings_close (struct mdtrace_rings *rings)
{
  if (rings == NULL)
    return;
  unmap_rings (rings);
  if (!target_has_ended (rings->target))
    rpc_mdtrace_ring_release (rings->target->token, rings->holder);
  free (rings);
}

int
mdtrace_rings_renew (struct mdtrace_rings *rings)
{
  if (target_has_ended (rings->target))
    return MDTRACE_OK;
  return rpc_mdtrace_ring_renew (rings->target->token, rings->holder,
				 mdtrace_rings_lease_ms (rings));
}

unsigned
mdtrace_rings_cpus (const struct mdtrace_rings *rings)
{
  return rings->cpus;
}

uint64_t
mdtrace_rings_bytes (const struct mdtrace_rings *rings)
{
  uint64_t least = UINT64_MAX;

  for (unsigned cpu = 0; cpu < rings->cpus; cpu++)
    if (rings->rings[cpu].memory.data_bytes < least)
      least = rings->rings[cpu].memory.data_bytes;
  return least;
}

bool
mdtrace_rings_are_frozen (const struct mdtrace_rings *rings)
{
  return target_has_ended (rings->target)
	 || (rings->cpus > 0
	     && rings->rings[0].mode == MDTRACE_RING_OVERWRITE);
}

void
mdtrace_rings_position (const struct mdtrace_rings *rings, unsigned cpu,
			uint64_t *generation, uint64_t *position)
{
  *generation = rings->rings[cpu].generation;
  *position = rings->rings[cpu].position;
}

int
mdtrace_rings_seek (struct mdtrace_rings *rings, unsigned cpu,
		    uint64_t position)
{
  struct ring *ring = &rings->rings[cpu];
  uint64_t oldest = load (ring, &ring->memory.control->oldest);
  uint64_t head = load (ring, &ring->memory.control->head);

  if (position % 8 != 0 || position != advance (ring, position, 0)
      || difference (ring, position, oldest) > difference (ring, head, oldest))
    return MDTRACE_ERR_BAD_POSITION;
  ring->position = position;
  return look_at_memory (rings, ring);
}

/* Find the record at the position of RING, passing over pads; there is none
   if the head, as last seen, is there.  */
static int
find_front (struct ring *ring, struct front *front)
{
  uint64_t size = ring->memory.data_bytes;

  front->place = NULL;
  for (;;)
    {
      uint64_t there = difference (ring, ring->head, ring->position);
      if (there == 0)
	return MDTRACE_OK;
      uint64_t offset = ring->position & (size - 1);
      const uint64_t *word = (const uint64_t *) (ring->memory.data + offset);
      uint64_t first = __atomic_load_n (word, __ATOMIC_RELAXED);
      uint64_t bytes = 8 * (uint64_t) mdtrace_record_words (first);
      bool pad = mdtrace_record_kind (first) == MDTRACE_RECORD_PAD;
      if (bytes == 0 || bytes > there || bytes > size - offset
	  || (!pad
	      && (bytes < 8 * MDTRACE_HEADER_WORDS
		  || bytes > 8 * MDTRACE_RECORD_WORDS_MAX)))
	return check_place (ring, MDTRACE_ERR_CORRUPT_RING);
      if (!pad)
	{
	  front->place = word;
	  front->words = bytes / 8;
	  front->first = first;
	  front->time = __atomic_load_n (word + 1, __ATOMIC_RELAXED);
	  return MDTRACE_OK;
	}
      int error = check_place (ring, MDTRACE_OK);
      if (error != MDTRACE_OK)
	return error;
      ring->position = advance (ring, ring->position, bytes);
    }
}

/* Copy the record at FRONT, and go behind it.  */
static int
take (struct mdtrace_rings *rings, struct ring *ring,
      const struct front *front, const uint64_t **record, unsigned *words)
{
  rings->record[0] = front->first;
  rings->record[1] = front->time;
  for (unsigned i = MDTRACE_HEADER_WORDS; i < front->words; i++)
    rings->record[i] = __atomic_load_n (front->place + i, __ATOMIC_RELAXED);
  int error = check_place (ring, MDTRACE_OK);
  if (error != MDTRACE_OK)
    return error;
  *record = rings->record;
  *words = front->words;
  ring->position = advance (ring, ring->position, 8 * (uint64_t) front->words);
  return MDTRACE_OK;
}

int
mdtrace_rings_next (struct mdtrace_rings *rings, unsigned cpu,
		    const uint64_t **record, unsigned *words)
{
  struct ring *ring = &rings->rings[cpu];
  struct front front;
  int error = find_front (ring, &front);

  *record = NULL;
  if (error == MDTRACE_OK && front.place == NULL)
    {
      error = look (rings, cpu);
      if (error == MDTRACE_OK)
	error = find_front (ring, &front);
    }
  if (error != MDTRACE_OK || front.place == NULL)
    return error;
  return take (rings, ring, &front, record, words);
}

/* Look at the watermark of RING.  If it is being written all the time, the
   last one stays true.  */
static void
look_at_watermark (struct ring *ring)
{
  const struct mdtrace_ring_control *control = ring->memory.control;

  for (int i = 0; i < WATERMARK_TRIES; i++)
    {
      uint64_t sequence = load (ring, &control->watermark_sequence);
      uint64_t watermark
	  = __atomic_load_n (&control->watermark, __ATOMIC_RELAXED);
      __atomic_thread_fence (__ATOMIC_ACQUIRE);
      if (sequence % 2 == 0
	  && load (ring, &control->watermark_sequence) == sequence)
	{
	  if (watermark > ring->watermark)
	    ring->watermark = watermark;
	  return;
	}
    }
}

/* Look at those of all CPUs, if there are several.  */
static int
look_at_watermarks (struct mdtrace_rings *rings)
{
  struct mdtrace_target *target = rings->target;
  uint64_t watermarks[MDTRACE_CPUS_MAX];

  if (target->transport->get_watermarks == NULL)
    {
      for (unsigned cpu = 0; cpu < rings->cpus; cpu++)
	look_at_watermark (&rings->rings[cpu]);
      return MDTRACE_OK;
    }
  if (rings->cpus == 1)
    return MDTRACE_OK;
  int error
      = target->transport->get_watermarks (target, rings->cpus, watermarks);
  for (unsigned cpu = 0; cpu < rings->cpus && error == MDTRACE_OK; cpu++)
    if (watermarks[cpu] > rings->rings[cpu].watermark)
      rings->rings[cpu].watermark = watermarks[cpu];
  return error;
}

int
mdtrace_rings_look (struct mdtrace_rings *rings, uint64_t now_ms)
{
  uint64_t least = UINT64_MAX;
  int error = look_at_watermarks (rings);

  if (error != MDTRACE_OK)
    return error;
  for (unsigned cpu = 0; cpu < rings->cpus; cpu++)
    {
      if (rings->rings[cpu].watermark < least)
	least = rings->rings[cpu].watermark;
    }
  if (!rings->has_looked || least != rings->least_watermark)
    {
      rings->has_looked = true;
      rings->least_watermark = least;
      rings->grown_at_ms = now_ms;
    }
  bool waits = rings->cpus > 1 && !mdtrace_rings_are_frozen (rings)
	       && now_ms - rings->grown_at_ms < MDTRACE_PATIENCE_MS;
  rings->until = waits ? least : UINT64_MAX;
  for (unsigned cpu = 0; cpu < rings->cpus; cpu++)
    {
      const struct ring *ring = &rings->rings[cpu];
      error = look (rings, cpu);
      if (error != MDTRACE_OK)
	return error;
      /* What follows it is still to be brought here.  */
      if (rings->cpus > 1 && ring->is_partial
	  && ring->last_time < rings->until)
	rings->until = ring->last_time;
    }
  return MDTRACE_OK;
}

bool
mdtrace_rings_have_more (const struct mdtrace_rings *rings)
{
  for (unsigned cpu = 0; cpu < rings->cpus; cpu++)
    if (rings->rings[cpu].is_partial)
      return true;
  return false;
}

uint64_t
mdtrace_rings_complete_until (const struct mdtrace_rings *rings)
{
  return rings->until;
}

int
mdtrace_rings_next_by_time (struct mdtrace_rings *rings, unsigned *cpu,
			    const uint64_t **record, unsigned *words)
{
  struct front first = { .place = NULL };

  *record = NULL;
  for (unsigned i = 0; i < rings->cpus; i++)
    {
      struct front front;
      int error = find_front (&rings->rings[i], &front);
      if (error != MDTRACE_OK)
	return error;
      if (front.place != NULL && front.time <= rings->until
	  && (first.place == NULL || front.time < first.time))
	{
	  *cpu = i;
	  first = front;
	}
    }
  if (first.place == NULL)
    return MDTRACE_OK;
  return take (rings, &rings->rings[*cpu], &first, record, words);
}

uint64_t
mdtrace_rings_unread (const struct mdtrace_rings *rings, unsigned cpu)
{
  const struct ring *ring = &rings->rings[cpu];
  uint64_t unread = difference (ring, load (ring, &ring->memory.control->head),
				ring->position);

  /* More than a ring holds is not there, whatever stands in it.  */
  return unread < ring->memory.data_bytes ? unread : ring->memory.data_bytes;
}

void
mdtrace_rings_release (struct mdtrace_rings *rings, unsigned cpu)
{
  struct mdtrace_target *target = rings->target;
  struct ring *ring = &rings->rings[cpu];

  if (target->transport->release_ring != NULL)
    {
      /* Each time is a request.  If it fails the next look tells.  */
      if (ring->released != ring->position)
	ring->release_error = target->transport->release_ring (
	    target, cpu, rings->holder, ring->position);
      ring->released = ring->position;
      return;
    }
  /* What is no longer there is nobody's to release.  */
  if (check_place (ring, MDTRACE_OK) != MDTRACE_OK)
    return;
  if (ring->memory.word_bytes == 4)
    __atomic_store_n ((uint32_t *) &ring->memory.tail->tail, ring->position,
		      __ATOMIC_RELEASE);
  else
    __atomic_store_n (&ring->memory.tail->tail, ring->position,
		      __ATOMIC_RELEASE);
}
