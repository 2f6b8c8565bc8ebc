/* Traces that are read: databases and trace files alike.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Whoever analyses or exports a trace reads it by this, and need not know how
   it is stored.  What is known of probes, sites, threads, tasks and stacks is
   read once, when the trace is opened, and stays in memory; events come one by
   one, in the order of their times, and however many there are take no more
   memory.  All else, such as snapshots, counters and losses, is asked by SQL:
   the tables and views of mdtrace-db(5), but for those of events, are there
   whatever the trace is.

   A source is used by one thread.  Functions that return bool return false
   when they fail; source_problem tells why.  */

#ifndef MDTRACED_SOURCE_H
#define MDTRACED_SOURCE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mdtrace.h"

struct source;

/* What is known of traces: each belongs to its source, and has an INDEX, from
   0 on without gaps, by which a reader can keep something for each of its
   kind. Strings are never null.  */

struct source_probe
{
  unsigned index;
  int64_t key; /* probe.probe_key */
  int64_t boot_id;
  uint32_t id;
  uint64_t fields; /* mask of enum mdtrace_field: what events have */
  const char *provider, *module, *function, *name, *label;
  uint32_t kind; /* enum mdtrace_probe_kind; 0: several, or not known */
  bool latency;
  const struct mdtrace_names *names; /* of arguments and result */
  mdtrace_counts_t counts;	     /* as last stored */
};

struct source_site
{
  unsigned index;
  int64_t key; /* site.site_key */
  const struct source_probe *probe;
  uint64_t address;
  uint64_t offset; /* in the function */
  const char *function, *name;
  uint32_t kind; /* enum mdtrace_probe_kind; 0: not known */
};

/* A task, by its address and name: the address alone may be used again.  */
struct source_task
{
  unsigned index;
  int64_t boot_id;
  bool has_address;
  uint64_t address;
  const char *name; /* empty: not known */
};

struct source_thread
{
  unsigned index;
  int64_t key; /* thread.thread_key */
  int64_t boot_id;
  bool has_address;
  uint64_t address;
  const struct source_task *task; /* never null */
};

struct source_stack
{
  unsigned index;
  int64_t key;	     /* stack.stack_id */
  int64_t kernel_id; /* where its functions are */
  uint32_t count;
  const uint64_t *frames; /* innermost first */
};

enum source_known
{
  SOURCE_RETVAL = 1 << 0,
  SOURCE_DURATION = 1 << 1,
  SOURCE_ARG0 = 1 << 2 /* and SOURCE_ARG0 << N for argument N */
};

/* An event.  Values are as they are stored, 64 bits; what names say of their
   format and size is for mdtrace_value_read.  */
struct source_event
{
  int64_t time_ns;		      /* since the epoch */
  const struct source_probe *probe;   /* never null */
  const struct source_site *site;     /* null: not known */
  const struct source_thread *thread; /* null: not known */
  const struct source_stack *stack;   /* null: there is none */
  uint32_t cpu;
  uint32_t known; /* mask of enum source_known: what of these is there */
  int64_t retval;
  int64_t duration_ns;
  int64_t arguments[MDTRACE_ARGUMENTS_MAX];
};

/* What the view events shows of an event.  */
const char *source_function (const struct source_event *event);
const char *source_name (const struct source_event *event);
uint32_t source_kind (const struct source_event *event);

/* Whether PATTERN means SITE of PROBE, or if SITE is null PROBE: it is a
   pattern of shells for the probe's label; the function; or, with colons,
   provider:module:function:name, of which parts can be left out, as in
   ipc:::send.  What means a probe means all of its sites.  */
bool source_matches (const char *pattern, const struct source_probe *probe,
		     const struct source_site *site);

/* Open the trace at PATH: a database of this version of mdtrace, or a trace
   file.  What is read is how it was at this moment, also while a daemon goes
   on writing.  If it IS_PARTIAL what precedes damage is used, and
   source_damage tells; else damage is an error.  On failure returns null and
   leaves a sentence without PATH in MESSAGE, of BYTES bytes.  */
struct source *source_open (const char *path, bool is_partial, char *message,
			    size_t bytes);
void source_close (struct source *source);

/* What has gone wrong, a sentence without the path.  Belongs to SOURCE.  */
const char *source_problem (const struct source *source);

/* What of the trace could not be used, and where it begins; null: all was good
   so far.  Belongs to SOURCE.  */
const char *source_damage (const struct source *source);

/* The connection that answers SQL.  Not to be used between source_begin and
   the end of what that has begun.  */
sqlite3 *source_connection (struct source *source);

/* The times of the first and last event.  False if there is none.  */
bool source_extent (const struct source *source, int64_t *first_ns,
		    int64_t *last_ns);

/* What there is of each kind: by index.  */
const struct source_probe *source_probes (const struct source *source,
					  unsigned *count);
const struct source_site *source_sites (const struct source *source,
					unsigned *count);
const struct source_task *source_tasks (const struct source *source,
					unsigned *count);
const struct source_thread *source_threads (const struct source *source,
					    unsigned *count);
const struct source_stack *source_stacks (const struct source *source,
					  unsigned *count);

/* The name of the function that the frame NUMBER of STACK lies in, and where
   in it; null if none is known.  A return address may lie behind the end of
   the function that has called: that is meant all the same.  */
const char *source_frame (const struct source *source,
			  const struct source_stack *stack, unsigned number,
			  uint64_t *offset);

/* Begin to read the events from FROM_NS to TO_NS, inclusive.  What was begun
   before ends.  */
bool source_begin (struct source *source, int64_t from_ns, int64_t to_ns);

/* The next event, which is good until the next call; null: there is no other
   one, or, if *FAILED is set, it could not be read.  */
const struct source_event *source_next (struct source *source, bool *failed);

#endif /* MDTRACED_SOURCE_H */
