/* Calls: entries and returns of functions, paired.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A call is an entry and the return that belongs to it, in one thread.  Of
   calls within calls the innermost ends first.  What does not fit is told and
   never guessed at: a return without an entry, because that was before the
   trace or was lost, is unpaired; an entry whose caller has returned, or that
   is below too many others, is abandoned, as is that of a function that goes
   on in another one when it has waited.  Calls still open at the end have not
   returned.  Functions that the trace has but the entries of, or but the
   returns, have no calls.

   A probe that pairs them in the kernel (--latency) has whole calls in its
   events, duration and all.

   A thread does not run from a sched:::switch by it to the last one on the CPU
   of its next event before that.  */

#ifndef ANALYZE_CALLS_H
#define ANALYZE_CALLS_H

#include "source.h"

struct calls;

/* A function of one boot, by number from 0 on.  */
struct calls_function
{
  const char *name;
  const char *module;
  int64_t boot_id;
  bool has_entries, has_returns; /* sites in the trace */
};

enum calls_step
{
  CALLS_NONE,	  /* it has nothing to do with calls */
  CALLS_ENTERED,  /* a call begins */
  CALLS_RETURNED, /* a call ends */
  CALLS_UNPAIRED  /* a return without an entry */
};

struct call
{
  unsigned function; /* the number of it */
  int64_t began_ns, ended_ns;
  /* What of that was not spent in calls that were seen.  Of a probe with
     --latency calls within its calls are seen only if they are of others.  */
  int64_t self_ns;
  /* For how much of it its thread did not run, as far as sched:::switch tells;
     less than 0: not known, as of a probe with --latency.  */
  int64_t waited_ns;
  unsigned depth; /* calls around it */
};

struct calls_counts
{
  uint64_t unpaired, abandoned;
};

/* For the events of SOURCE, in their order.  Null if there is no memory.  */
struct calls *calls_new (const struct source *source);
void calls_free (struct calls *calls);

/* The functions that there are, by number.  */
const struct calls_function *calls_functions (const struct calls *calls,
					      unsigned *count);

/* What EVENT, the next one, is.  *CALL is filled in, but for ended_ns and
   self_ns if a call begins.  */
enum calls_step calls_take (struct calls *calls,
			    const struct source_event *event,
			    struct call *call);

/* Whether any sched:::switch was seen so far, without which nothing is known
   of who waited.  */
bool calls_know_waits (const struct calls *calls);

/* What did not fit so far, and calls that are open.  */
struct calls_counts calls_count (const struct calls *calls, uint64_t *open);

#endif /* ANALYZE_CALLS_H */
