/* Trace rings, the consumer's side.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The one piece of code that reads rings, however their memory came to be
   visible.  It trusts nothing that stands in it: indices are taken modulo
   the traced machine's word and must make sense, and so must lengths.  The
   producer's side is kernel/ring.c.

   released <= position <= head <= released + size, as far as this side has
   seen.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "mdtrace_user.h"
#include "target.h"

struct ring
{
  struct ring_memory memory;
  uint64_t generation;
  uint64_t mode;     /* enum mdtrace_ring_mode */
  uint64_t position; /* everything before it has been read */
  uint64_t head;     /* as last seen */
};

struct mdtrace_rings
{
  struct mdtrace_target *target;
  mdtrace_holder_t holder;
  unsigned cpus;
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

/* Look where the producer is.  */
static int
look (struct ring *ring)
{
  uint64_t head = load (ring, &ring->memory.control->head);

  if (difference (ring, head, ring->position) > ring->memory.data_bytes
      || head % 8 != 0)
    return MDTRACE_ERR_CORRUPT_RING;
  ring->head = head;
  return MDTRACE_OK;
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
  return look (ring);
}

static void
unmap_rings (struct mdtrace_rings *rings)
{
  struct mdtrace_target *target = rings->target;

  for (unsigned cpu = 0; cpu < rings->cpus; cpu++)
    if (rings->rings[cpu].memory.control != NULL)
      target->transport->unmap_ring (target, &rings->rings[cpu].memory);
}

static int
claim (struct mdtrace_rings *rings)
{
  struct mdtrace_target *target = rings->target;
  mdtrace_status_t status;

  if (target_has_ended (target))
    return MDTRACE_OK;
  int error = rpc_mdtrace_ring_claim (target->token, rings->holder,
				      MDTRACE_LEASE_MS);

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
				 MDTRACE_LEASE_MS);
}

unsigned
mdtrace_rings_cpus (const struct mdtrace_rings *rings)
{
  return rings->cpus;
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
  int error = look (ring);

  if (error != MDTRACE_OK)
    return error;
  if (position % 8 != 0 || position != advance (ring, position, 0)
      || difference (ring, position, oldest)
	     > difference (ring, ring->head, oldest))
    return MDTRACE_ERR_BAD_POSITION;
  ring->position = position;
  return MDTRACE_OK;
}

int
mdtrace_rings_next (struct mdtrace_rings *rings, unsigned cpu,
		    const uint64_t **record, unsigned *words)
{
  struct ring *ring = &rings->rings[cpu];
  uint64_t size = ring->memory.data_bytes;

  *record = NULL;
  for (;;)
    {
      uint64_t there = difference (ring, ring->head, ring->position);
      if (there == 0)
	{
	  int error = look (ring);
	  if (error != MDTRACE_OK)
	    return error;
	  there = difference (ring, ring->head, ring->position);
	  if (there == 0)
	    return MDTRACE_OK;
	}
      uint64_t offset = ring->position & (size - 1);
      const uint64_t *word = (const uint64_t *) (ring->memory.data + offset);
      uint64_t head = __atomic_load_n (word, __ATOMIC_RELAXED);
      uint64_t bytes = 8 * (uint64_t) mdtrace_record_words (head);
      bool pad = mdtrace_record_kind (head) == MDTRACE_RECORD_PAD;
      if (bytes == 0 || bytes > there || bytes > size - offset
	  || (!pad
	      && (bytes < 8 * MDTRACE_HEADER_WORDS
		  || bytes > 8 * MDTRACE_RECORD_WORDS_MAX)))
	return MDTRACE_ERR_CORRUPT_RING;
      ring->position = advance (ring, ring->position, bytes);
      if (!pad)
	{
	  *record = word;
	  *words = bytes / 8;
	  return MDTRACE_OK;
	}
    }
}

uint64_t
mdtrace_rings_unread (const struct mdtrace_rings *rings, unsigned cpu)
{
  const struct ring *ring = &rings->rings[cpu];

  return difference (ring, load (ring, &ring->memory.control->head),
		     ring->position);
}

void
mdtrace_rings_release (struct mdtrace_rings *rings, unsigned cpu)
{
  struct ring *ring = &rings->rings[cpu];

  if (ring->memory.word_bytes == 4)
    __atomic_store_n ((uint32_t *) &ring->memory.tail->tail, ring->position,
		      __ATOMIC_RELEASE);
  else
    __atomic_store_n (&ring->memory.tail->tail, ring->position,
		      __ATOMIC_RELEASE);
}
