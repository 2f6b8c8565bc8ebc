/* How often each of many things happens, in bounded memory.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Entries are a table without gaps; a hash table, twice as large, has the
   first of each chain.  When three quarters are in use at the end of an
   interval, half of the room is made free again: by those that happened least
   in it.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tally.h"

enum
{
  NONE = UINT32_MAX
};

struct tally
{
  unsigned capacity, count;
  size_t heads_count; /* a power of two */
  uint32_t *heads;
  struct tally_entry *entries;
  struct tally_count others;
};

static void
clear_heads (struct tally *tally)
{
  memset (tally->heads, 0xff, tally->heads_count * sizeof *tally->heads);
}

struct tally *
tally_new (unsigned capacity)
{
  struct tally *tally = calloc (1, sizeof *tally);

  if (tally == NULL)
    return NULL;
  tally->capacity = capacity;
  tally->heads_count = 4;
  while (tally->heads_count < 2 * (size_t) capacity)
    tally->heads_count *= 2;
  tally->heads = malloc (tally->heads_count * sizeof *tally->heads);
  tally->entries = malloc (capacity * sizeof *tally->entries);
  if (tally->heads == NULL || tally->entries == NULL)
    {
      tally_free (tally);
      return NULL;
    }
  clear_heads (tally);
  return tally;
}

void
tally_free (struct tally *tally)
{
  if (tally == NULL)
    return;
  free (tally->heads);
  free (tally->entries);
  free (tally);
}

/* Where the chain of NUMBER and the LENGTH bytes of TEXT begins: FNV-1a, and
   its upper bits, which depend on all of them.  */
static uint32_t *
find_head (const struct tally *tally, uint64_t number, const char *text,
	   size_t length)
{
  uint64_t hash = UINT64_C (14695981039346656037) ^ number;

  hash *= UINT64_C (0x9e3779b97f4a7c15);
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (uint8_t) text[i]) * UINT64_C (1099511628211);
  return &tally->heads[(hash ^ hash >> 32) & (tally->heads_count - 1)];
}

struct tally_count *
tally_of (struct tally *tally, uint64_t number, const char *text)
{
  size_t length = strnlen (text, TALLY_TEXT_BYTES - 1);
  uint32_t *head = find_head (tally, number, text, length);

  for (uint32_t i = *head; i != NONE; i = tally->entries[i].next)
    {
      struct tally_entry *entry = &tally->entries[i];
      if (entry->number == number && memcmp (entry->text, text, length) == 0
	  && entry->text[length] == '\0')
	return &entry->count;
    }
  if (tally->count == tally->capacity)
    return &tally->others;
  struct tally_entry *entry = &tally->entries[tally->count];
  *entry = (struct tally_entry){ .number = number, .next = *head };
  memcpy (entry->text, text, length);
  *head = tally->count++;
  return &entry->count;
}

const struct tally_entry *
tally_entries (const struct tally *tally, unsigned *count)
{
  *count = tally->count;
  return tally->entries;
}

const struct tally_count *
tally_others (const struct tally *tally)
{
  return &tally->others;
}

/* Those first that are worth most to be told apart.  */
static int
compare (const void *first, const void *second)
{
  const struct tally_count *a = &((const struct tally_entry *) first)->count;
  const struct tally_count *b = &((const struct tally_entry *) second)->count;

  if (a->now != b->now)
    return a->now > b->now ? -1 : 1;
  return a->total > b->total ? -1 : a->total < b->total;
}

/* Keep half of what there is room for, and count the rest among the others. */
static void
make_room (struct tally *tally)
{
  qsort (tally->entries, tally->count, sizeof *tally->entries, compare);
  while (tally->count > tally->capacity / 2)
    tally->others.total += tally->entries[--tally->count].count.total;
  clear_heads (tally);
  for (unsigned i = 0; i < tally->count; i++)
    {
      struct tally_entry *entry = &tally->entries[i];
      uint32_t *head = find_head (tally, entry->number, entry->text,
				  strlen (entry->text));
      entry->next = *head;
      *head = i;
    }
}

static void
begin (struct tally_count *count)
{
  count->now = 0;
  count->timed = 0;
  count->duration_ns = 0;
}

void
tally_next (struct tally *tally)
{
  if (tally->count > (uint64_t) tally->capacity * 3 / 4)
    make_room (tally);
  for (unsigned i = 0; i < tally->count; i++)
    begin (&tally->entries[i].count);
  begin (&tally->others);
}
