/* A serial line that loses, changes and invents bytes, for unit tests.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One direction of it: what is put in comes out in order, some time later,
   some bytes of it each millisecond.  */

#ifndef UNIT_LINE_H
#define UNIT_LINE_H

#include <stdint.h>

#include "tap.h"

enum
{
  LINE_ROOM = 1 << 16,
  PER_MILLION = 1000000
};

/* What becomes of bytes, out of a million.  */
struct noise
{
  unsigned changed, lost, inserted;
  unsigned bursts;	/* that begin at a byte */
  unsigned burst_bytes; /* and change so many */
};

struct line
{
  struct noise noise;
  uint64_t random;
  unsigned bytes_per_ms, delay_ms;
  struct line_byte
  {
    uint8_t byte;
    uint64_t at_ms;
  } bytes[LINE_ROOM];
  unsigned begin, end;
  unsigned in_burst;
  uint64_t free_at_ms;	 /* the last byte leaves the sender */
  unsigned free_at_part; /* of that millisecond, in bytes */
  uint64_t damaged, sent;
};

static inline bool
line_happens (struct line *line, unsigned chance)
{
  return tap_below (&line->random, PER_MILLION) < chance;
}

static inline void
line_put_byte (struct line *line, uint8_t byte, uint64_t now_ms)
{
  if (line->free_at_ms < now_ms)
    {
      line->free_at_ms = now_ms;
      line->free_at_part = 0;
    }
  if (++line->free_at_part == line->bytes_per_ms)
    {
      line->free_at_ms++;
      line->free_at_part = 0;
    }
  struct line_byte *place = &line->bytes[line->end++ % LINE_ROOM];
  CHECK (line->end - line->begin <= LINE_ROOM);
  place->byte = byte;
  place->at_ms = line->free_at_ms + line->delay_ms;
}

/* Send COUNT bytes.  */
static inline void
line_put (struct line *line, const uint8_t *bytes, size_t count,
	  uint64_t now_ms)
{
  for (size_t i = 0; i < count; i++)
    {
      uint8_t byte = bytes[i];
      line->sent++;
      if (line_happens (line, line->noise.bursts))
	line->in_burst = line->noise.burst_bytes;
      if (line_happens (line, line->noise.inserted))
	{
	  line_put_byte (line, tap_random (&line->random), now_ms);
	  line->damaged++;
	}
      if (line_happens (line, line->noise.lost))
	{
	  line->damaged++;
	  continue;
	}
      if (line->in_burst > 0 || line_happens (line, line->noise.changed))
	{
	  byte ^= 1 + tap_below (&line->random, 255);
	  line->damaged++;
	  line->in_burst -= line->in_burst > 0;
	}
      line_put_byte (line, byte, now_ms);
    }
}

/* What has come until NOW_MS, up to ROOM bytes.  */
static inline size_t
line_take (struct line *line, uint8_t *bytes, size_t room, uint64_t now_ms)
{
  size_t count = 0;

  while (count < room && line->begin != line->end
	 && line->bytes[line->begin % LINE_ROOM].at_ms <= now_ms)
    bytes[count++] = line->bytes[line->begin++ % LINE_ROOM].byte;
  return count;
}

/* How much of what was put in has not left the sender.  */
static inline unsigned
line_backlog (const struct line *line, uint64_t now_ms)
{
  return line->free_at_ms > now_ms
	     ? (line->free_at_ms - now_ms) * line->bytes_per_ms
	     : 0;
}

#endif /* UNIT_LINE_H */
