/* Drawing: what is said of a trace, in text and on the page alike.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Sentences are as the document has them, and are made harmless by whoever
   shows them.  The caller frees them; null if there is no memory.  */

#ifndef DRAW_SENTENCES_H
#define DRAW_SENTENCES_H

#include <jansson.h>
#include <stdint.h>

/* How many events of what trace.  */
char *draw_trace_sentence (const json_t *document);

/* How many hits were not recorded; null too if each was.  */
char *draw_losses_sentence (const json_t *document);

/* A burst, and a gap, of the timeline.  */
char *draw_burst_sentence (const json_t *burst);
char *draw_gap_sentence (const json_t *gap);

/* What calls do not fit; null too if all do.  */
char *draw_calls_sentence (const json_t *document);

/* The counts of bins of TIMELINE, as a rate: how many times SCALE that is,
   and of what.  Of less than a second there is no rate per second.  */
struct draw_rate
{
  double scale;
  char words[48]; /* "per second", "in 500 ns", "at once" */
};
struct draw_rate draw_rate (const json_t *timeline);

#endif /* DRAW_SENTENCES_H */
