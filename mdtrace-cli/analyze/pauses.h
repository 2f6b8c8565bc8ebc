/* Pauses: the times between events, how long they are, and when one was far
   longer than usual.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Kept for all events, those of each CPU and those of each probe.  A gap is a
   pause of more than 8 times the usual, which is the 99th percentile of all
   but the longest, if there are at least 8 pauses.  Where events come at
   random one in some 10^15 is so long.  */

#ifndef ANALYZE_PAUSES_H
#define ANALYZE_PAUSES_H

#include <jansson.h>

#include "boots.h"
#include "distribution.h"
#include "timeline.h"

enum
{
  PAUSES_LONGEST = 8
};

struct pause
{
  int64_t begin_ns; /* of the event before */
  uint64_t length_ns;
};

/* The pauses of some events.  */
struct pauses_row
{
  uint64_t events;
  int64_t first_ns, last_ns;
  struct distribution lengths;
  struct pause longest[PAUSES_LONGEST]; /* the longest one first */
};

struct pauses
{
  struct pauses_row all;
  struct pauses_row *cpus, *probes; /* as the rows of a timeline */
  unsigned probe_count;
};

/* As those of a timeline.  */
bool pauses_begin (struct pauses *pauses, const struct source *source);
void pauses_free (struct pauses *pauses);
bool pauses_take (struct pauses *pauses, const struct source_event *event);

/* What is usual of ROW, and whether a pause of LENGTH_NS is a gap.  */
uint64_t pauses_usual (const struct pauses_row *row);
bool pauses_is_gap (const struct pauses_row *row, uint64_t length_ns);

/* The member "gaps", longest first.  LAST_NS is when the trace ends; probes
   end with their BOOTS.  Losses and restarts are asked from the source.  Null
   if there is no memory.  */
json_t *pauses_json (const struct pauses *pauses, struct source *source,
		     const struct boots *boots, int64_t last_ns);

#endif /* ANALYZE_PAUSES_H */
