/* The recorder from the inside.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   recorder.c owns its life, recorder_state.c what is known of the boot's
   probes, of which recorder_probe.c stores one, recorder_store.c what is read
   of the rings, recorder_aggregate.c what is read of aggregations,
   recorder_snapshot.c what the kernel's history and counters say.  */

#ifndef MDTRACED_RECORDER_PRIVATE_H
#define MDTRACED_RECORDER_PRIVATE_H

#include "recorder.h"

/* What was stored of a probe.  */
struct known
{
  uint32_t id;
  uint32_t state;
  mdtrace_counts_t counts;
  bool usage_is_old;	  /* counts are newer than its usage */
  uint64_t next_usage_ms; /* when that is to be asked for again */
  unsigned gone;	  /* refreshes since the kernel has forgotten it */
};

/* What a probe is asked for when it is stored.  One that was not stored before
   is asked for everything.  */
enum recorder_asks
{
  ASK_NOTHING,
  ASK_USAGE,
  ASK_ALL
};

/* What was read of a counter.  */
struct recorder_reading
{
  size_t counter; /* which of the list */
  mdtrace_counter_value_t *values;
  size_t count;
};

/* What the kernel has said of its history and its counters.  */
struct recorder_news
{
  bool was_asked; /* it was time */
  mdtrace_snapshot_t *snapshots;
  size_t snapshot_count;
  bool has_counters; /* it was asked for them */
  mdtrace_counter_info_t *counters;
  size_t counter_count;
  uint64_t mask;     /* those that are on */
  bool has_readings; /* of all of these */
  struct recorder_reading *readings;
  size_t reading_count;
};

struct recorder
{
  struct mdtrace_target *target;
  struct database *database;
  struct mdtrace_rings *rings;
  struct mdtrace_decoder *decoder;
  uint64_t kernel_boot_id, boot_time_ns;
  uint64_t events; /* stored in this run */
  uint64_t events_at_refresh;
  uint64_t next_sample_ms;
  /* Of the health score.  */
  struct mdtrace_health_rule rules[MDTRACE_HEALTH_FACTORS];
  uint64_t last_snapshot;    /* that is stored; 0: none */
  uint64_t capacity;	     /* snapshots that the kernel keeps, or more */
  uint64_t next_history_ms;  /* when it is asked for them */
  uint64_t next_readings_ms; /* and what its counters have come to */
  uint64_t mask;	     /* of the counters that were on then */
  mdtrace_counter_info_t *counters; /* as they are stored; null: not yet */
  size_t counter_count;
  bool has_factors; /* what is said of them is stored */
  /* The last snapshots, in order, and what was last read of counters.  */
  mdtrace_snapshot_t recent[MDTRACE_HEALTH_WINDOW_SECONDS];
  size_t recent_count;
  struct mdtrace_counter_sum read[MDTRACE_COUNTER_SLOTS]
				 [MDTRACE_COUNTER_PARTS_MAX];
  bool ended;
  struct known *known; /* by number */
  size_t known_count;
  /* Up to where each ring was stored.  */
  uint64_t positions[MDTRACE_CPUS_MAX];
  /* Up to where each ring was written when that was marked, and in which
     generation; 0: it was not, or nothing was.  */
  uint64_t mark_heads[MDTRACE_CPUS_MAX], mark_generations[MDTRACE_CPUS_MAX];
  unsigned word_bytes; /* of a position there */
  uint64_t held;       /* events stored that were before that */
  /* A transaction of so many events has failed, but is perhaps stored all the
     same: find_positions.  */
  bool is_unsure;
  unsigned unsure_events, unsure_held;
  /* Who is told what is said, and what that is once it is stored: sentences,
     each with a NUL.  */
  void (*tell) (void *closure, const char *sentence);
  void *tell_closure;
  char *sentences;
  size_t sentences_bytes;
};

/* End a transaction that was GOOD so far, or give it up.  */
int recorder_finish (struct recorder *recorder, bool good);

/* Store PROBE, what ASKS says of it, and its sites if it was not stored
 *before. ERROR is that of the target, if it was one.  */
bool recorder_store_probe (struct recorder *recorder,
			   const mdtrace_probe_info_t *probe,
			   enum recorder_asks asks, int *error);

/* Store the probe with number ID if the database does not know it; the kernel
   has forgotten it if the decoder does not know it either.  *ERROR as
   above.  */
bool recorder_have_probe (struct recorder *recorder, uint32_t id, int *error);

/* Ask the kernel for what of its history and counters is not stored, if it is
   time or ALL is wanted.  NEWS is to be freed in any case.  */
int recorder_ask_news (struct recorder *recorder, bool all,
		       struct recorder_news *news);
void recorder_free_news (struct recorder_news *news);

/* Store NEWS, within a transaction; and go on from there, once that is
   stored.  */
bool recorder_put_news (struct recorder *recorder,
			const struct recorder_news *news);
void recorder_take_news (struct recorder *recorder,
			 struct recorder_news *news);

/* Tell what was said since the last time, if it IS_STORED; else forget it.  */
void recorder_tell (struct recorder *recorder, bool is_stored);

#endif /* MDTRACED_RECORDER_PRIVATE_H */
