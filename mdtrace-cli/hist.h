/* mdtrace hist: what its parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   hist.c has the options and reads the events, hist_value.c finds what is
   asked of each probe, hist_groups.c keeps values that belong together,
   hist_print.c shows what came of it.  */

#ifndef HIST_H
#define HIST_H

#include "cli.h"
#include "part.h"
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
  const char *probe, *value;
  bool is_number; /* PROBE is one */
  uint32_t number;
  struct part part;
  uint64_t step; /* 0: by powers of two */
  enum hist_by by;
  unsigned long limit; /* groups that are shown */
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

/* What groups are told apart by, and the groups.  */
struct hist_groups
{
  enum hist_by by;
  struct hist_group *groups; /* in the order in which they came, or arranged */
  size_t count, room;
  size_t *of_index; /* of task, thread and so on, plus 1; 0: none yet */
  size_t indices;
};

/* The number and the name of PROBE; the caller frees it.  */
char *hist_describe (const struct source_probe *probe);

/* The numbers that EVENT belongs to; have a sign if the group is new and
   IS_SIGNED.  Null if there is no memory.  */
struct numbers *hist_group_of (struct hist_groups *groups,
			       const struct source_event *event,
			       bool is_signed);

/* Arrange GROUPS: the LIMIT with most values, and one of all others; put all
   values into ALL too, and sort them.  False if there is no memory.  */
bool hist_groups_arrange (struct hist_groups *groups, size_t limit,
			  struct numbers *all);
void hist_groups_free (struct hist_groups *groups);

struct hist
{
  const struct hist_arguments *arguments;
  const char *path;
  const struct hist_values *values;
  struct numbers all;
  struct hist_groups groups;
  uint64_t unknown;	   /* events of which the value is not known */
  mdtrace_counts_t counts; /* of the probes, in the whole trace */
};

/* Show HIST, which has a value.  Returns the exit status.  */
int hist_print (const struct hist *hist);

#endif /* HIST_H */
