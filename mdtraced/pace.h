/* How long to wait before the rings are looked at again.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As fast as they fill: at the rate that was seen last a pause lets a ring
   become full to an eighth at most, and ends after PACE_MS_MAX in any case.
   While nothing comes pauses double, so that an idle daemon hardly works, and
   the first events of a burst find the rest of the ring empty.  */

#ifndef MDTRACED_PACE_H
#define MDTRACED_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum
{
  PACE_MS_MIN = 1,
  /* A kernel that does nothing but run into a probe fills the largest ring in
     30 ms or so.  */
  PACE_MS_MAX = 25,
  /* Of a ring, that may fill during a pause: 1 / this.  */
  PACE_SHARE = 8
};

struct pace
{
  uint64_t ring_bytes; /* of the smallest ring */
  uint64_t last_ms;    /* of the last look */
  unsigned pause_ms;
  bool behind; /* there was more than could be taken at once */
};

/* Begin, with rings of RING_BYTES bytes at least.  */
void pace_start (struct pace *pace, uint64_t ring_bytes);

/* Say that at NOW_MS there were BYTES bytes in the rings that have come since
   the last look, and whether there was MORE than could be taken.  */
void pace_take (struct pace *pace, uint64_t now_ms, uint64_t bytes, bool more);

/* The pause before the next look; 0: none.  */
unsigned pace_pause_ms (struct pace *pace);

#endif /* MDTRACED_PACE_H */
