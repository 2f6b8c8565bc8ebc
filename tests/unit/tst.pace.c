/* How long the daemon waits before it looks at the rings again.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pace.h"
#include "tap.h"

enum
{
  RING_BYTES = 1 << 20
};

/* Looks at rings that fill by BYTES_PER_MS, COUNT times.  Returns the most
   that was there at any look after the first ones, and sets *LOOKS_MS to the
   time that it took.  */
static uint64_t
look (struct pace *pace, uint64_t *now_ms, uint64_t bytes_per_ms, int count,
      uint64_t *took_ms)
{
  uint64_t most = 0, began = *now_ms;

  for (int i = 0; i < count; i++)
    {
      uint64_t pause = pace_pause_ms (pace);
      *now_ms += pause;
      uint64_t there = bytes_per_ms * pause;
      pace_take (pace, *now_ms, there, false);
      if (i > 0 && there > most)
	most = there;
    }
  *took_ms = *now_ms - began;
  return most;
}

static void
an_idle_daemon_hardly_looks (void)
{
  struct pace pace;
  uint64_t now = 12345, took;

  pace_start (&pace, RING_BYTES);
  look (&pace, &now, 0, 20, &took);
  look (&pace, &now, 0, 100, &took);
  CHECK_NUMBER (took, 100 * PACE_MS_MAX);
}

static void
a_ring_does_not_fill (void)
{
  /* From next to nothing up to a ring in eight milliseconds, each rate from
     idle on.  What comes in the first pause nobody can foresee.  */
  for (uint64_t rate = 1; rate <= RING_BYTES / 8; rate *= 2)
    {
      struct pace pace;
      uint64_t now = 1, took;
      pace_start (&pace, RING_BYTES);
      look (&pace, &now, 0, 20, &took);
      uint64_t most = look (&pace, &now, rate, 100, &took);
      CHECK (most <= RING_BYTES / PACE_SHARE || most <= rate * PACE_MS_MIN);
    }
}

static void
slow_events_do_not_wake_it (void)
{
  struct pace pace;
  uint64_t now = 1, took;

  pace_start (&pace, RING_BYTES);
  look (&pace, &now, 64, 50, &took);
  look (&pace, &now, 64, 100, &took);
  CHECK_NUMBER (took, 100 * PACE_MS_MAX);
}

static void
what_was_left_is_taken_at_once (void)
{
  struct pace pace;

  pace_start (&pace, RING_BYTES);
  pace_take (&pace, 10, 4096, true);
  CHECK_NUMBER (pace_pause_ms (&pace), 0);
  pace_take (&pace, 11, 4096, false);
  CHECK (pace_pause_ms (&pace) > 0);
}

static void
extremes (void)
{
  struct pace pace;

  pace_start (&pace, UINT64_C (1) << 22);
  pace_take (&pace, UINT64_MAX / 2, UINT64_C (1) << 40, false);
  unsigned pause = pace_pause_ms (&pace);
  CHECK (pause >= PACE_MS_MIN && pause <= PACE_MS_MAX);
  pace_take (&pace, UINT64_MAX / 2, 0, false);
  pause = pace_pause_ms (&pace);
  CHECK (pause >= PACE_MS_MIN && pause <= PACE_MS_MAX);
}

TAP_MAIN ({ an_idle_daemon_hardly_looks,
	    "an idle daemon looks 40 times a second" },
	  { a_ring_does_not_fill,
	    "once a rate is known a ring fills to its share at most" },
	  { slow_events_do_not_wake_it,
	    "slow events do not wake it more often" },
	  { what_was_left_is_taken_at_once, "what was left is taken at once" },
	  { extremes, "numbers that cannot be" })
