/* mdtrace hist: what its parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   hist.c has the options and reads the events, hist_value.c finds what is
   asked of each probe, hist_print.c shows what came of it.  */

#ifndef HIST_H
#define HIST_H

#include "cli.h"
#include "numbers.h"
#include "place.h"
#include "source.h"

enum hist_by
{
  HIST_BY_NOTHING,
  HIST_BY_PROBE,
  HIST_BY_TASK,
  HIST_BY_THREAD,
  HIST_BY_CPU,
  HIST_BY_FUNCTION
};

struct hist_arguments
{
  struct cli_options *options;
  const char *probe, *value, *given;
  bool is_number; /* PROBE is one */
  uint32_t number;
  int64_t from_ns, to_ns;
  uint64_t step; /* 0: by powers of two */
  enum hist_by by;
  unsigned long limit; /* groups that are shown */
  bool is_partial;
};

/* Which of a probe's values is meant.  */
struct hist_value
{
  uint32_t known;			 /* enum source_known; 0: none */
  unsigned argument;			 /* of SOURCE_ARG0 and behind it */
  const struct mdtrace_value_name *name; /* null: a duration */
};

struct hist_values
{
  struct hist_value *of_probe; /* by index */
  unsigned count;
  bool is_signed, is_time;
  char format;	    /* as in struct mdtrace_value_name */
  const char *name; /* that people read */
  const char *type; /* in C; empty: not known */
};

/* Whether ARGUMENTS mean PROBE.  */
bool hist_is_meant (const struct hist_arguments *arguments,
		    const struct places *places,
		    const struct source_probe *probe);

/* Find the value NAME of each probe that ARGUMENTS mean.  On failure, which is
   reported, return false.  */
bool hist_find_values (const struct hist_arguments *arguments,
		       struct source *source, const struct places *places,
		       struct hist_values *values);

/* VALUE of EVENT as a number; false if it is not known.  */
bool hist_read (const struct hist_value *value,
		const struct source_event *event, uint64_t *number);

/* Values that belong together.  */
struct hist_group
{
  char *name;
  struct numbers numbers;
};

struct hist
{
  const struct hist_arguments *arguments;
  const char *path;
  const struct hist_values *values;
  struct hist_group all;
  struct hist_group *groups; /* most values first */
  size_t group_count;
  uint64_t unknown;	   /* events of which the value is not known */
  mdtrace_counts_t counts; /* of the probes, in the whole trace */
};

/* Show HIST, which has a value.  Returns the exit status.  */
int hist_print (const struct hist *hist);

#endif /* HIST_H */
