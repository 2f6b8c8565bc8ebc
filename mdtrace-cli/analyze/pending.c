/* What is under way.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Slots are used in turn, so that the one that is used next is the oldest.
   Those with the same key are a queue, and the first of each is in a hash
   table's chain: however many there are of one key, they are one there.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "pending.h"

enum
{
  NONE = UINT32_MAX
};

struct slot
{
  struct pending_key key;
  uint64_t mark;
  int64_t time_ns;
  uint64_t number; /* of all that have begun */
  bool is_used;
  uint32_t later; /* with the same key; NONE: it is the last */
  uint32_t last;  /* of the first one: the last with its key */
  uint32_t next;  /* of the first one: the next in the chain */
};

struct pending
{
  struct slot *slots;
  uint32_t *chains;
  unsigned count, turn;
  uint64_t begun;     /* so far */
  uint64_t forgotten; /* of these, the first so many */
};

struct pending *
pending_new (unsigned count)
{
  struct pending *pending = calloc (1, sizeof *pending);

  if (pending == NULL)
    return NULL;
  pending->count = count;
  pending->slots = calloc (count, sizeof *pending->slots);
  pending->chains = calloc (count, sizeof *pending->chains);
  if (pending->slots == NULL || pending->chains == NULL)
    {
      pending_free (pending);
      return NULL;
    }
  for (unsigned i = 0; i < count; i++)
    pending->chains[i] = NONE;
  return pending;
}

void
pending_free (struct pending *pending)
{
  if (pending == NULL)
    return;
  free (pending->slots);
  free (pending->chains);
  free (pending);
}

void
pending_forget (struct pending *pending)
{
  pending->forgotten = pending->begun;
}

static bool
are_same (const struct pending_key *first, const struct pending_key *second)
{
  return first->boot_id == second->boot_id && first->first == second->first
	 && first->second == second->second;
}

static uint32_t *
chain_of (const struct pending *pending, const struct pending_key *key)
{
  uint64_t hash = (key->first ^ (uint64_t) key->boot_id << 56)
		  * UINT64_C (0x9e3779b97f4a7c15);

  hash = (hash ^ hash >> 32 ^ key->second) * UINT64_C (0xbf58476d1ce4e5b9);
  return &pending->chains[hash >> 32 & (pending->count - 1)];
}

/* Where the number of the first slot with KEY stands, or NONE.  */
static uint32_t *
find (const struct pending *pending, const struct pending_key *key)
{
  uint32_t *place = chain_of (pending, key);

  while (*place != NONE && !are_same (&pending->slots[*place].key, key))
    place = &pending->slots[*place].next;
  return place;
}

/* Take the first slot of a key, whose number stands at PLACE, out.  */
static void
take_out (struct pending *pending, uint32_t *place)
{
  struct slot *slot = &pending->slots[*place];

  slot->is_used = false;
  if (slot->later == NONE)
    {
      *place = slot->next;
      return;
    }
  struct slot *later = &pending->slots[slot->later];
  later->last = slot->last;
  later->next = slot->next;
  *place = slot->later;
}

void
pending_begin (struct pending *pending, const struct pending_key *key,
	       uint64_t mark, int64_t time_ns)
{
  uint32_t number = pending->turn;
  struct slot *slot = &pending->slots[number];

  pending->turn = (pending->turn + 1) & (pending->count - 1);
  /* The oldest of all is the oldest of its key.  */
  if (slot->is_used)
    take_out (pending, find (pending, &slot->key));
  *slot = (struct slot){ .key = *key,
			 .mark = mark,
			 .time_ns = time_ns,
			 .number = pending->begun++,
			 .is_used = true,
			 .later = NONE,
			 .last = number,
			 .next = NONE };
  uint32_t *place = find (pending, key);
  if (*place == NONE)
    {
      *place = number;
      return;
    }
  struct slot *first = &pending->slots[*place];
  pending->slots[first->last].later = number;
  first->last = number;
}

bool
pending_has (const struct pending *pending, const struct pending_key *key)
{
  uint32_t first = *find (pending, key);

  return first != NONE
	 && pending->slots[pending->slots[first].last].number
		>= pending->forgotten;
}

bool
pending_end (struct pending *pending, const struct pending_key *key,
	     uint64_t mark, int64_t *time_ns)
{
  bool found = false;

  for (uint32_t *place; !found && *(place = find (pending, key)) != NONE;)
    {
      const struct slot *slot = &pending->slots[*place];
      found = slot->mark == mark && slot->number >= pending->forgotten;
      *time_ns = slot->time_ns;
      take_out (pending, place);
    }
  return found;
}

void
pending_forget_key (struct pending *pending, const struct pending_key *key)
{
  for (uint32_t *place; *(place = find (pending, key)) != NONE;)
    take_out (pending, place);
}
