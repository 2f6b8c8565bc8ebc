/* Statistics: what is out of the ordinary in the history of a trace, what
   belongs together, and what comes next.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The history is in series: what snapshots and counters of each boot came to,
   and the rates of events.  However long it is, a series has at most
   STATISTICS_STEPS_MAX steps, of which each is the mean of what lies in it.
   Whatever is found is said in a sentence, with the numbers that it is made
   of; mdtrace-analyze(1) describes it all.  */

#ifndef ANALYZE_STATISTICS_H
#define ANALYZE_STATISTICS_H

#include "analyze.h"

enum
{
  STATISTICS_STEPS_MAX = 4096
};

/* Add the members "anomalies", "correlations", "predictions" and "series" of
   mdtrace-analyze(1) to DOCUMENT, of SOURCE and of the rates of EVENTS that
   analyze_events has made with OPTIONS.  On failure returns false, and leaves
   a sentence without the path in MESSAGE, of BYTES bytes.  */
bool statistics_add (struct source *source,
		     const struct analyze_options *options,
		     const struct series_list *events, json_t *document,
		     char *message, size_t bytes);

#endif /* ANALYZE_STATISTICS_H */
