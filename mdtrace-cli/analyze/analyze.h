/* Analysis of traces: what happened when, and where time went.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One pass over the events of a source makes the analysis document that
   mdtrace-analyze(1) describes, by parts that are given each event in turn.
   What a part keeps is bounded by the probes, threads and CPUs that there are,
   and never grows with the events.  What is shown is drawn by draw.h; what
   must be known of the whole history comes from statistics.h.  */

#ifndef ANALYZE_H
#define ANALYZE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "series.h"
#include "source.h"

struct msgids;

struct analyze_options
{
  const char *path; /* of the trace, to be shown */
  /* Only events of probes of which this glob pattern matches
     provider:module:function:name or the label; null: all.  */
  const char *probe;
  int64_t from_ns, to_ns; /* inclusive; INT64_MIN and INT64_MAX: all */
  bool is_partial;	  /* the source was opened so */
  /* If not null, called now and then with what share of the events is
     done, from 0 to 1.  */
  void (*progress) (void *closure, double share);
  void *closure;
  const struct msgids *msgids; /* names of messages; null: none */
};

/* Analyse the events of SOURCE.  The document has all members of
   mdtrace-analyze(1) but those that statistics_add makes.  To EVENTS, unless
   it is null, go the series of the rates of events: of all, and of each probe
   that has events.  On failure returns null, and leaves a sentence without the
   path in MESSAGE, of BYTES bytes.  */
json_t *analyze_events (struct source *source,
			const struct analyze_options *options,
			struct series_list *events, char *message,
			size_t bytes);

/* Whether the glob PATTERN matches any probe of SOURCE, as that of
   analyze_options does.  */
bool analyze_has_probe (const struct source *source, const char *pattern);

/* TEXT, which may come from anywhere, as JSON: what is not UTF-8 becomes
   U+FFFD.  */
json_t *analyze_text (const char *text);

/* The name of PROBE as people write it: provider:module:function:name, with
   "entry" and "return" for the kind.  The caller frees it; null if there is no
   memory.  */
char *analyze_probe_name (const struct source_probe *probe);

/* The same, and what tells PROBE from others of SOURCE that are described
   alike: of its boot by its label, or its number if that is the same too; and
   if it SAYS_BOOT, of others by its boot.  */
char *analyze_probe_title (const struct source *source,
			   const struct source_probe *probe, bool says_boot);

#endif /* ANALYZE_H */
