/* Dynamic probes that lose hits: none is lost from the counts.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "probes.h"

static void
drops_when_the_ring_is_full (void)
{
  const unsigned calls = 50000;

  probes_boot ();
  uint32_t first = probe_create ("many", true);
  uint32_t second = probe_create ("beta", true);
  for (unsigned i = 0; i < calls; i++)
    {
      CHECK (standin_call (MANY));
      CHECK (standin_call (BETA));
    }
  mdtrace_counts_t many = probe_counts (first);
  mdtrace_counts_t beta = probe_counts (second);
  CHECK_NUMBER (many.hits, calls);
  CHECK_NUMBER (beta.hits, calls);
  CHECK (many.dropped > 0 && beta.dropped > 0);
  CHECK_NUMBER (many.missed + beta.missed, 0);
  /* As many bytes as were recorded are in the ring, with one name.  */
  mdtrace_ring_info_t info;
  ring_get_info (&rings[0], &info);
  CHECK_NUMBER (
      info.head,
      8 * (10 * many.recorded + 4 * beta.recorded + MDTRACE_TASK_NAME_WORDS));
  check_law ();
}

/* An event is not recorded if there is room for it, but not for the name of
   its task before it.  */
static void
drops_an_event_whose_task_cannot_be_named (void)
{
  probes_boot ();
  uint32_t id = probe_create ("beta", true);
  struct ring *ring = &rings[0];

  CHECK (standin_call (BETA));
  while (ring->head + 8 * 7 < ring->size)
    CHECK (standin_call (BETA));
  uint64_t head = ring->head;
  CHECK (ring->size - head >= 8 * 4);
  standin_run (&standin_threads[1]);
  CHECK (standin_call (BETA));
  CHECK_NUMBER (probe_counts (id).dropped, 1);
  CHECK_NUMBER (ring->head, head);
  CHECK (ring_lacks_task_name (ring, standin_threads[1].task));
  standin_run (&standin_threads[0]);
  CHECK (standin_call (BETA));
  CHECK_NUMBER (probe_counts (id).dropped, 1);
  check_law ();
}

/* While a hit is handled, ALPHA and MANY are called.  */
static void
call_alpha (void)
{
  standin.on_time_stamp = NULL;
  CHECK (standin_call (ALPHA));
  CHECK (standin_call (MANY));
}

static void
misses_what_it_is_hit_by_itself (void)
{
  probes_boot ();
  uint32_t first = probe_create ("alpha", true);
  uint32_t second = probe_create ("alpha", true);
  uint32_t third = probe_create ("beta", true);
  /* Two at one site are handled the long way.  */
  uint32_t fourth = probe_create ("beta", true);
  uint32_t alone = probe_create ("many", true);

  CHECK (standin_call (BETA));
  for (int i = 0; i < 3; i++)
    {
      uint64_t head = rings[0].head;
      standin.on_time_stamp = call_alpha;
      CHECK (standin_call (BETA));
      CHECK (standin.on_time_stamp == NULL);
      /* What was being written was not disturbed.  */
      CHECK_NUMBER (rings[0].head, head + 2 * 8 * 4);
    }
  CHECK_NUMBER (probe_counts (first).missed, 3);
  CHECK_NUMBER (probe_counts (second).missed, 3);
  CHECK_NUMBER (probe_counts (alone).missed, 3);
  CHECK_NUMBER (probe_counts (third).missed, 0);
  CHECK_NUMBER (probe_counts (third).recorded, 4);
  CHECK_NUMBER (probe_counts (fourth).recorded, 4);
  check_law ();
  /* It is over when it is over.  */
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (probe_counts (first).recorded, 1);
  check_law ();
}

static void
forgets_the_oldest_of_too_many (void)
{
  dynamic_probe_status_t info;
  mdtrace_counts_t total;
  const uint32_t count = DESTROYED_MAX + 100;

  probes_boot ();
  for (uint32_t i = 1; i <= count; i++)
    {
      CHECK_NUMBER (probe_create ("beta", true), i);
      CHECK (standin_call (BETA));
      CHECK_NUMBER (dynamic_probe_destroy (i), MDTRACE_OK);
      CHECK_NUMBER (probe_info (1, &info), i <= DESTROYED_MAX);
    }
  CHECK (!probe_info (count - DESTROYED_MAX, &info));
  CHECK (probe_info (count - DESTROYED_MAX + 1, &info));
  CHECK (probe_info (count, &info));
  /* Once all has been read there is room for new ones again.  */
  rings[0].tail->tail = rings[0].head;
  CHECK (!probe_info (count, &info));
  uint32_t id = probe_create ("beta", true);
  CHECK (standin_call (BETA));
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  CHECK (probe_info (id, &info));
  /* Their hits stay counted.  */
  total = total_counts ();
  CHECK_NUMBER (total.hits, count + 1);
  CHECK_NUMBER (total.recorded, count + 1);
  check_law ();
}

TAP_MAIN ({ drops_when_the_ring_is_full, "a full ring drops" },
	  { drops_an_event_whose_task_cannot_be_named,
	    "an event whose task cannot be named is dropped" },
	  { misses_what_it_is_hit_by_itself,
	    "a hit while one is handled is missed" },
	  { forgets_the_oldest_of_too_many,
	    "of too many destroyed probes the oldest are forgotten" })
