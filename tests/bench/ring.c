/* What the ring's code costs on this machine, beside what cannot be less.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Prints "ring_record_ratio VALUE times": how it is measured stands in
   tests/bench/README.  */

#include <stdio.h>
#include <stdlib.h>
#include <x86intrin.h>

#include "ring.h"

enum
{
  RECORD_BYTES = 32,
  RECORDS = 1 << 14, /* of a round: half of what the ring holds */
  ROUNDS = 1000
};

/* The same three words for both.  */
static volatile uint64_t source[3] = { 1, 2, 3 };

/* Counts of the time stamp counter that RECORDS records take.  */
static uint64_t __attribute__ ((noinline)) with_ring (struct ring *ring)
{
  uint64_t start = __rdtsc ();

  for (unsigned i = 0; i < RECORDS; i++)
    {
      uint64_t *word = ring_reserve (ring, RECORD_BYTES);
      if (word == NULL)
	abort ();
      word[0] = source[0];
      word[1] = __rdtsc ();
      word[2] = source[1];
      word[3] = source[2];
      ring_commit (ring, RECORD_BYTES);
    }
  uint64_t counts = __rdtsc () - start;
  /* The consumer has read it all.  */
  *(volatile word_t *) &ring->tail->tail = ring->head;
  return counts;
}

static uint64_t __attribute__ ((noinline))
without (uint64_t *buffer, word_t bytes)
{
  static word_t head;
  uint64_t start = __rdtsc ();

  for (unsigned i = 0; i < RECORDS; i++)
    {
      volatile uint64_t *word
	  = (uint64_t *) ((char *) buffer + (head & (bytes - 1)));
      word[0] = source[0];
      word[1] = __rdtsc ();
      word[2] = source[1];
      word[3] = source[2];
      head += RECORD_BYTES;
    }
  return __rdtsc () - start;
}

int
main (void)
{
  uint64_t best_ring = UINT64_MAX, best_without = UINT64_MAX;

  standin_boot ("");
  mdtrace_start ();
  struct ring *ring = &rings[0];
  if (ring->data == NULL || ring->size < 2 * RECORDS * RECORD_BYTES)
    return 1;
  uint64_t *buffer = aligned_alloc (4096, ring->size);
  for (int round = 0; round < ROUNDS; round++)
    {
      uint64_t counts = with_ring (ring);
      if (counts < best_ring)
	best_ring = counts;
      counts = without (buffer, ring->size);
      if (counts < best_without)
	best_without = counts;
    }
  printf ("ring_record_ratio %.2f times\n", (double) best_ring / best_without);
  printf ("ring_bare_store %.1f counts\n", (double) best_without / RECORDS);
  return 0;
}
