/* mdtrace top: what its parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   top.c has the options and goes from round to round, top_rows.c makes rows of
   the events of a round, top_probes.c of what the probes have counted,
   top_system.c asks how the machine is, top_print.c and top_json.c show it. */

#ifndef TOP_H
#define TOP_H

#include "cli.h"
#include "msgids.h"
#include "tally.h"

enum top_by
{
  TOP_BY_PROBE,
  TOP_BY_TASK,
  TOP_BY_THREAD,
  TOP_BY_CPU,
  TOP_BY_FUNCTION,
  TOP_BY_MESSAGE
};

enum top_sort
{
  TOP_SORT_EVENTS, /* in the round */
  TOP_SORT_TOTAL,
  TOP_SORT_TIME, /* that calls took on average */
  TOP_SORT_LOST,
  TOP_SORT_NAME
};

struct top_arguments
{
  struct cli_options *options;
  enum top_by by;
  enum top_sort sort;
  unsigned long interval_ms;
  unsigned long count; /* 0: no end */
  unsigned long limit; /* rows; 0: as there is room */
  const char *msgids; /* directories of names of messages; null: the default */
};

/* -------------------------------------------------------------------- */
/* Probes.  */

struct top_probe
{
  uint32_t id;
  char *name;
  char label[MDTRACE_LABEL_BYTES];
  bool is_aggregated; /* added up in the kernel, and so no events */
  bool is_listed;     /* the kernel knew it the last time */
  bool is_destroyed;  /* though it is destroyed */
  mdtrace_counts_t last;
  mdtrace_counts_t now, total; /* in the round, and since the beginning */
};

struct top_probes
{
  struct top_probe *probes; /* by number */
  size_t count;
  size_t existing; /* of those, not destroyed */
  bool has_begun;
  mdtrace_counts_t now, total; /* of all, also of those that are gone */
  uint64_t aggregated;	       /* hits of the round that were added up */
  mdtrace_counts_t gone;       /* the totals of those */
};

/* Ask TARGET what the probes have counted.  The first time is where counting
   begins.  Returns MDTRACE_OK or an error.  */
int top_probes_update (struct top_probes *probes,
		       struct mdtrace_target *target);
void top_probes_free (struct top_probes *probes);

/* -------------------------------------------------------------------- */
/* The machine.  */

struct top_system
{
  bool has_health, has_snapshot, has_cpu_times;
  mdtrace_health_t health;
  mdtrace_snapshot_t before, now;
  uint64_t user_ns, system_ns, idle_ns; /* since BEFORE */
};

/* Ask TARGET how it is; what it does not tell is not known.  */
void top_system_update (struct top_system *system,
			struct mdtrace_target *target);

/* -------------------------------------------------------------------- */
/* Rows.  */

struct top_row
{
  char *name;			   /* null: the others */
  char *detail;			   /* null: none */
  const struct tally_entry *entry; /* null: a probe, or the others */
  const struct top_probe *probe;   /* or null */
  struct tally_count count;	   /* of events, or of a probe's hits */
};

struct top_rows
{
  struct top_row *rows; /* sorted */
  size_t count;
  struct top_row others; /* what is not shown */
  bool has_others;
  struct tally_count all;
  bool has_times; /* of calls */
};

/* A view of events, or of probes.  */
struct top_view
{
  const struct top_arguments *arguments;
  struct tally *tally; /* null: by probe */
  struct msgids *msgids;
  struct top_probes probes;
  struct top_system system;
  uint64_t without_key; /* events of the round that are not of any row */
  /* The round.  */
  unsigned long round; /* from 1 on */
  uint64_t time_ns;    /* when it ended, since the epoch */
  uint64_t round_ns, elapsed_ns;
  bool is_behind; /* more events wait than could be read */
  uint64_t behind_ns;
};

/* The words for enum top_by, up to a null.  */
extern const char *const top_by_words[];

/* Count EVENT.  */
void top_take (struct top_view *view, const struct mdtrace_event *event);

/* What the rows are of VIEW: all, or if LIMIT is not 0 the first so many.
   False if there is no memory.  */
bool top_rows_make (const struct top_view *view, size_t limit,
		    struct top_rows *rows);
void top_rows_free (struct top_rows *rows);

/* Events that there could have been, and are not.  */
uint64_t top_lost (const mdtrace_counts_t *counts);

/* COUNT things in NS nanoseconds, by the second.  */
double top_rate (uint64_t count, uint64_t ns);

/* -------------------------------------------------------------------- */
/* Showing.  */

/* Take the terminal that standard output may be, for what is drawn in its
   place.  */
void top_print_begin (void);

/* Show VIEW on it, or as an object of JSON in one line.  False if there is no
   memory.  */
bool top_print (const struct top_view *view);
bool top_print_json (const struct top_view *view);

#endif /* TOP_H */
