/* mdtrace trace: print events as they happen.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feed.h"
#include "now.h"
#include "trace.h"

enum
{
  PATIENCE_MS = 200
};

static const struct argp_option argp_options[]
    = { { "count", 'c', "N", 0, "End after N events", 0 },
	{ "duration", 'd', "SECONDS", 0, "End after that time", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  unsigned long count;	  /* 0: no limit */
  unsigned long duration; /* in seconds; 0: no limit */
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'c':
      arguments->count = cli_parse_number (state, argument, "--count", 1);
      return 0;
    case 'd':
      arguments->duration
	  = cli_parse_number (state, argument, "--duration", 1);
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* A trace under way.  */
struct trace
{
  const struct arguments *arguments;
  struct mdtrace_target *target;
  struct feed *feed;
  struct symbols symbols; /* once a stack has come by */
  struct msgids *msgids;
  unsigned long printed;
  time_t end; /* 0: none */
};

static volatile sig_atomic_t interrupted;

static void
interrupt (int signal)
{
  (void) signal;
  interrupted = 1;
}

static time_t
now (void)
{
  return now_ms () / 1000;
}

static bool
is_over (const struct trace *trace)
{
  return interrupted
	 || (trace->arguments->count != 0
	     && trace->printed == trace->arguments->count)
	 || (trace->end != 0 && now () >= trace->end);
}

/* Have names for the frames of a stack.  A target that streams cannot be asked
   anything.  */
static void
load_symbols (struct trace *trace)
{
  struct mdtrace_target *target = trace->target;

  if (trace->symbols.is_asked)
    return;
  if (feed_is_stream (trace->feed)
      && mdtrace_open (mdtrace_target_url (trace->target), &target)
	     != MDTRACE_OK)
    {
      trace->symbols.is_asked = true;
      mdtrace_close (target);
      return;
    }
  symbols_load (&trace->symbols, target);
  if (target != trace->target)
    mdtrace_close (target);
}

static void
print (struct trace *trace, const struct mdtrace_event *event)
{
  if (event->frame_count > 0)
    load_symbols (trace);
  if (trace->arguments->options->json)
    trace_print_json (event, &trace->symbols, trace->msgids);
  else
    trace_print_text (event, &trace->symbols, trace->msgids);
  trace->printed++;
}

/* Tell that from now on every event is seen.  */
static void
print_heading (const struct trace *trace)
{
  if (!trace->arguments->options->json)
    puts ("TIME               CPU PROBE TASK             EVENT");
  fflush (stdout);
}

/* Print events until the end.  What there is is written out before any is
   waited for.  */
static int
follow (struct trace *trace)
{
  struct mdtrace_event event;

  print_heading (trace);
  while (!is_over (trace) && !feed_has_ended (trace->feed))
    {
      int error = feed_next (trace->feed, &event, 0);
      if (error == MDTRACE_ERR_TIMED_OUT)
	{
	  fflush (stdout);
	  error = feed_next (trace->feed, &event, PATIENCE_MS);
	}
      if (error == MDTRACE_OK)
	print (trace, &event);
      else if (error != MDTRACE_ERR_TIMED_OUT)
	return error;
    }
  return MDTRACE_OK;
}

/* Put what has become of all hits so far into COUNTS, if that is known.  */
static void
count_all (struct mdtrace_target *target, mdtrace_counts_t *counts)
{
  mdtrace_status_t status;

  if (mdtrace_get_status (target, &status) == MDTRACE_OK)
    *counts = status.counts;
}

/* Say how many events there were, and how many are missing since BEFORE.  */
static void
summarize (const struct trace *trace, const mdtrace_counts_t *before)
{
  struct mdtrace_target *target;
  mdtrace_counts_t now = *before;

  /* A target that streams cannot be asked anything.  */
  if (mdtrace_open (mdtrace_target_url (trace->target), &target) == MDTRACE_OK)
    count_all (target, &now);
  mdtrace_close (target);
  uint64_t throttled = now.throttled - before->throttled;
  uint64_t lost = now.dropped - before->dropped + now.missed - before->missed
		  + throttled;
  if (trace->arguments->options->json)
    {
      printf ("{\"events\":%lu,\"lost\":%" PRIu64 ",\"throttled\":%" PRIu64
	      "}\n",
	      trace->printed, lost, throttled);
      return;
    }
  fflush (stdout);
  fprintf (stderr, "%lu events, %" PRIu64 " lost", trace->printed, lost);
  if (throttled > 0)
    fprintf (stderr, ", of which %" PRIu64 " throttled", throttled);
  fputc ('\n', stderr);
}

int
cli_trace (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  struct trace trace = { .arguments = &arguments };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .doc = "Print events of all enabled probes as they happen, until "
		 "interrupted.  With --json, one object for each, and at the "
		 "end one that says how many there were and how many are "
		 "missing." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  trace.target = cli_open (options);
  signal (SIGINT, interrupt);
  signal (SIGTERM, interrupt);
  if (arguments.duration != 0)
    trace.end = now () + arguments.duration;
  /* Without memory for names messages have numbers.  */
  trace.msgids = msgids_read (NULL);
  mdtrace_counts_t before = { 0 };
  count_all (trace.target, &before);
  int error = feed_open (trace.target, "trace", &trace.feed);
  if (error == MDTRACE_OK)
    error = follow (&trace);
  int status = error == MDTRACE_OK
		   ? 0
		   : cli_report (options, mdtrace_target_url (trace.target),
				 error, mdtrace_detail (trace.target));
  feed_close (trace.feed);
  if (status != 0)
    return status;
  summarize (&trace, &before);
  symbols_free (&trace.symbols);
  msgids_free (trace.msgids);
  mdtrace_close (trace.target);
  return cli_finish ();
}
