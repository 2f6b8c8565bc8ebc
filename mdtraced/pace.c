/* How long to wait before the rings are looked at again.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "pace.h"

void
pace_start (struct pace *pace, uint64_t ring_bytes)
{
  *pace = (struct pace){ .ring_bytes = ring_bytes };
}

void
pace_take (struct pace *pace, uint64_t now_ms, uint64_t bytes, bool more)
{
  uint64_t elapsed_ms = now_ms - pace->last_ms;
  /* What that would be in the longest pause, and by which share of a pause it
     is too much; in numbers that do not overflow.  */
  uint64_t share = pace->ring_bytes / PACE_SHARE;
  uint64_t pause_ms = PACE_MS_MAX;

  if (elapsed_ms == 0)
    elapsed_ms = 1;
  if (bytes > 0)
    pause_ms = share * elapsed_ms / bytes;
  else if (pace->pause_ms < PACE_MS_MAX / 2)
    pause_ms = 2 * (uint64_t) pace->pause_ms;
  if (pause_ms < PACE_MS_MIN)
    pause_ms = PACE_MS_MIN;
  if (pause_ms > PACE_MS_MAX)
    pause_ms = PACE_MS_MAX;
  pace->pause_ms = pause_ms;
  pace->behind = more;
  pace->last_ms = now_ms;
}

unsigned
pace_pause_ms (struct pace *pace)
{
  bool behind = pace->behind;

  pace->behind = false;
  return behind ? 0 : pace->pause_ms;
}
