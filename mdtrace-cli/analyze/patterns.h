/* Patterns: what comes again and again.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Three kinds.  A probe is regular if at least 55 % of the pauses between its
   events, and at least 8, are about as long as the median, within a tenth:
   their share is the strength.  (Half of them are what entry and return of one
   function have.)  Or its counts are periodic, if they resemble
   themselves a while later, and twice that later, but not in between: the
   strength is the autocorrelation.  And a sequence is what a thread does in a
   row: four events of which at least three are different; its strength is its
   share of all events.  Of sequences of which three events are common the most
   frequent one is shown.  */

#ifndef ANALYZE_PATTERNS_H
#define ANALYZE_PATTERNS_H

#include <jansson.h>

#include "pauses.h"
#include "timeline.h"

enum
{
  SEQUENCE_EVENTS = 4,
  /* Sequences that are told apart; what comes when there are so many is
     not counted.  */
  SEQUENCES_MAX = 1 << 15
};

/* A sequence: the numbers of its places, 16 bits each, the last one in the
   lowest.  */
struct sequence
{
  uint64_t key; /* 0: none */
  uint64_t count;
  int64_t first_ns, last_ns; /* of the last event of it */
};

struct sequences
{
  /* Places, from 1 on: functions with entry or return, and static probes.  */
  char **names;
  unsigned name_count;
  uint16_t *of_site, *of_probe; /* places, by index; 0: too many */
  uint64_t *threads;		/* the last events of each, by index */
  struct sequence *table;
  unsigned count; /* in it */
  bool is_full;
};

bool sequences_begin (struct sequences *sequences,
		      const struct source *source);
void sequences_free (struct sequences *sequences);
void sequences_take (struct sequences *sequences,
		     const struct source_event *event);

/* After how many of STEPS COUNTS repeat themselves, and how much; 0: they do
   not, or there is no memory.  */
unsigned patterns_period (const uint32_t *counts, unsigned steps,
			  double *strength);

/* The share of the pauses of ROW that are about as long as their median,
   PERIOD_NS; 0: it is not regular.  */
double patterns_regularity (const struct pauses_row *row, uint64_t *period_ns);

/* The member "patterns".  Null if there is no memory.  */
json_t *patterns_json (const struct timeline *timeline,
		       const struct pauses *pauses,
		       const struct sequences *sequences);

#endif /* ANALYZE_PATTERNS_H */
