/* Stacks of kernel functions, added up.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A stack is a task's name and the functions that were called, from the
   outermost on; stacks that read the same are one.  They come from the events
   that have one, and from aggregations by stack.  */

#ifndef FOLDED_H
#define FOLDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "source.h"

enum folded_by
{
  FOLDED_BY_COUNT,   /* how many events */
  FOLDED_BY_DURATION /* the nanoseconds of those that have a duration */
};

struct folded_options
{
  const char *probe;	  /* as in struct analyze_options; null: all */
  int64_t from_ns, to_ns; /* inclusive; INT64_MIN and INT64_MAX: all */
  enum folded_by by;
};

/* A stack: TEXT has its frames in the format of folded stacks, outermost
   first, separated by ';'.  */
struct folded_stack
{
  char *text;
  uint64_t weight;
};

struct folded
{
  struct folded_stack *stacks; /* in the order of their texts */
  size_t count;
  uint64_t weight; /* of all */
  /* Hits of such probes that were dropped, throttled or missed.  */
  int64_t lost;
  /* Of one that could not be collected: nothing has failed, there are none.  */
  bool is_empty;
};

/* Add up the stacks of SOURCE.  False if that fails, or if it has none: then
   MESSAGE, of BYTES bytes, tells why, and what records them.  */
bool folded_collect (struct source *source,
		     const struct folded_options *options,
		     struct folded *folded, char *message, size_t bytes);
void folded_free (struct folded *folded);

/* Print them as folded text: a line for each, the frames, a space and the
   weight.  */
void folded_print (const struct folded *folded, FILE *file);

/* Both of it.  As folded_collect; whether it could be written FILE tells.  */
bool folded_write (struct source *source, const struct folded_options *options,
		   FILE *file, char *message, size_t bytes);

#endif /* FOLDED_H */
