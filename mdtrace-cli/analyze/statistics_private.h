/* What the statistics of a trace share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef ANALYZE_STATISTICS_PRIVATE_H
#define ANALYZE_STATISTICS_PRIVATE_H

#include "anomaly.h"
#include "statistics.h"
#include "wanted.h"

enum
{
  /* Boots that are looked at: the last ones.  */
  STATISTICS_BOOTS_MAX = 8,
  /* Series of events: of those probes that have most.  */
  STATISTICS_PROBES_MAX = 24,
  /* What is said of each kind, at most.  */
  STATISTICS_SAID_MAX = 100,
  /* Values of a series that are shown.  */
  STATISTICS_SHOWN_MAX = 512,
  STATISTICS_WORDS = 512,
  STATISTICS_SENTENCE = 4096
};

/* Series on the same steps, one after the other in the list.  */
struct statistics_group
{
  int64_t boot_id; /* 0: of all */
  size_t first, count;
  size_t events; /* from here on: rates of events */
  bool has_finer_events;
};

struct statistics
{
  struct source *source;
  const struct analyze_options *options;
  struct wanted wanted;
  char *where; /* of the events that are wanted; null: all of them */
  struct series_list list;
  unsigned *kin; /* of each series; 0: none.  Those of the same kin say the
		    same by their nature.  */
  bool has_several_boots; /* series that are of one say of which */
  char **units;		  /* of series */
  size_t units_count;
  struct statistics_group groups[STATISTICS_BOOTS_MAX + 1];
  size_t groups_count;
};

/* Fill in list, kin and groups, with the rates of EVENTS.  On failure returns
   false, and leaves a sentence in MESSAGE, of BYTES bytes.  */
bool statistics_collect (struct statistics *statistics,
			 const struct series_list *events, char *message,
			 size_t bytes);

/* Add a series as series_add does, of KIN.  If there are several boots, the
   name says which one it is of, so that there is one series of each name on
   the same steps.  Null if there is no memory.  */
struct series *statistics_add_series (struct statistics *statistics,
				      const char *name, const char *unit,
				      unsigned kin, int64_t boot_id,
				      int64_t first_ns, int64_t step_ns,
				      size_t count, const char *where);

/* Take the last series away again.  */
void statistics_drop_series (struct statistics *statistics);

/* What moves the same numbers.  Each counter has one of its own, from
   STATISTICS_KIN_COUNTER on.  */
enum statistics_kin
{
  STATISTICS_KIN_NONE,
  STATISTICS_KIN_CPU,
  STATISTICS_KIN_TASKS,
  STATISTICS_KIN_EVENTS,
  STATISTICS_KIN_INTERRUPTS,
  STATISTICS_KIN_COUNTER
};

/* Read what snapshots and counters of BOOT_ID from FROM_NS to TO_NS have come
   to, on COUNT steps of STEP_NS from FIRST_NS on.  False, with SQLite's
   message, if that fails.  */
bool statistics_read_snapshots (struct statistics *statistics, int64_t boot_id,
				int64_t from_ns, int64_t to_ns,
				int64_t first_ns, int64_t step_ns,
				size_t count);
bool statistics_read_counters (struct statistics *statistics, int64_t boot_id,
			       int64_t from_ns, int64_t to_ns,
			       int64_t first_ns, int64_t step_ns,
			       size_t count);

/* The last nanosecond before STEP of SERIES begins, plus one.  */
int64_t statistics_time (const struct series *series, size_t step);

/* VALUE with its unit, as people write it: "5,210 faults/s", "3.2 MiB".  */
const char *statistics_value (double value, const char *unit,
			      char text[static STATISTICS_WORDS]);

/* The same from LOW to HIGH: "95 to 140 faults/s".  */
const char *statistics_range (double low, double high, const char *unit,
			      char text[static 3 * STATISTICS_WORDS]);

/* A time in UTC, as fine as STEP_NS needs it.  */
const char *statistics_when (int64_t time_ns, int64_t step_ns,
			     char text[static STATISTICS_WORDS]);

/* From when to when, in UTC, as fine as STEP_NS needs it.  */
const char *statistics_span (int64_t begin_ns, int64_t end_ns, int64_t step_ns,
			     char text[static STATISTICS_WORDS]);

/* A duration in seconds, with a unit.  */
const char *statistics_seconds (double seconds,
				char text[static STATISTICS_WORDS]);

/* A whole number with commas.  */
const char *statistics_count (uint64_t count,
			      char text[static STATISTICS_WORDS]);

/* A number for JSON: null if it is none.  */
json_t *statistics_number (double value);

/* Events behind findings.  */
struct behind
{
  int64_t begin_ns, end_ns; /* both included */
  /* null: they were not counted, since there are too many.  */
  json_t *events;
  char most[STATISTICS_WORDS]; /* the probe that has most, "" if none */
  uint64_t count, most_count;
};

/* Count the events behind COUNT findings: so many probes, each with its number
   of events, and the SQL that gives the same.  On failure returns false, and
   leaves a sentence in MESSAGE, of BYTES bytes.  */
bool statistics_look_behind (struct statistics *statistics,
			     struct behind *behind, size_t count,
			     char *message, size_t bytes);

/* For each of COUNT anomalies, the clearest first, the number of the first one
   that it is told with: its own if it is that.  The caller frees it; null if
   there is no memory.  */
size_t *statistics_group (const struct statistics *statistics,
			  const struct anomaly *found, size_t count);

/* Write which of COUNT anomalies, grouped as FIRSTS says, are told with number
   FIRST, to be put behind its sentence.  */
void statistics_say_group (const struct statistics *statistics,
			   const struct anomaly *found, size_t count,
			   const size_t *firsts, size_t first,
			   char text[static STATISTICS_SENTENCE]);

/* The members of the document; null if there is no memory, or, for anomalies,
   if reading failed, with a sentence in MESSAGE.  */
json_t *statistics_anomalies (struct statistics *statistics, char *message,
			      size_t bytes);
json_t *statistics_correlations (const struct statistics *statistics);
json_t *statistics_predictions (const struct statistics *statistics);
json_t *statistics_series (const struct statistics *statistics);

#endif /* ANALYZE_STATISTICS_PRIVATE_H */
