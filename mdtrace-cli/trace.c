/* mdtrace trace: print events as they happen.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Through a daemon the events come from its stream; the rings themselves are
   read only where no daemon does.  */

#include <config.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "now.h"
#include "trace.h"

enum
{
  PAUSE_NS = 2000000,
  STREAM_PATIENCE_MS = 200,
  REFRESH_SECONDS = 1
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
  struct mdtrace_rings *rings; /* null: a daemon's stream */
  struct mdtrace_decoder *decoder;
  struct symbols symbols; /* once a stack has come by */
  bool is_frozen; /* nothing comes in addition to what the rings hold */
  unsigned long printed;
  time_t end;	       /* 0: none */
  time_t next_refresh; /* of clock and claim */
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
  if (trace->rings == NULL
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
    trace_print_json (event, &trace->symbols);
  else
    trace_print_text (event, &trace->symbols);
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

/* Follow a daemon's stream.  */
static int
follow_stream (struct trace *trace)
{
  struct mdtrace_event event;

  print_heading (trace);
  while (!is_over (trace))
    {
      int error
	  = mdtrace_stream_next (trace->target, &event, STREAM_PATIENCE_MS);
      if (error == MDTRACE_ERR_TIMED_OUT)
	fflush (stdout);
      else if (error != MDTRACE_OK)
	return error;
      else
	print (trace, &event);
    }
  return MDTRACE_OK;
}

/* Print what the rings hold.  *ANY is set if there was something.  */
static int
read_rings (struct trace *trace, bool *any)
{
  const uint64_t *record;
  unsigned cpu, words;
  struct mdtrace_event event;
  bool is_event;
  int error = mdtrace_rings_look (trace->rings, now_ms ());

  if (error != MDTRACE_OK)
    return error;
  while (!is_over (trace))
    {
      error = mdtrace_rings_next_by_time (trace->rings, &cpu, &record, &words);
      if (error == MDTRACE_OK && record == NULL)
	break;
      if (error == MDTRACE_OK)
	error = mdtrace_decode (trace->decoder, cpu, record, words, &event,
				&is_event);
      if (error != MDTRACE_OK)
	return error;
      *any = true;
      if (is_event)
	print (trace, &event);
    }
  for (cpu = 0; cpu < mdtrace_rings_cpus (trace->rings); cpu++)
    mdtrace_rings_release (trace->rings, cpu);
  return MDTRACE_OK;
}

/* Bring the clock and the claim up to date, if it is time.  */
static int
refresh (struct trace *trace)
{
  mdtrace_clock_t clock;

  if (now () < trace->next_refresh)
    return MDTRACE_OK;
  trace->next_refresh = now () + REFRESH_SECONDS;
  int error = mdtrace_get_clock (trace->target, &clock);
  if (error != MDTRACE_OK)
    return error;
  mdtrace_time_update (mdtrace_decoder_time (trace->decoder), &clock);
  return mdtrace_rings_renew (trace->rings);
}

/* Where names of tasks may come behind their events only, learn them.  */
static int
learn_names (struct trace *trace)
{
  int error = MDTRACE_OK;

  trace->is_frozen = mdtrace_rings_are_frozen (trace->rings);
  for (unsigned cpu = 0; trace->is_frozen && error == MDTRACE_OK
			 && cpu < mdtrace_rings_cpus (trace->rings);
       cpu++)
    error = mdtrace_decoder_learn_names (trace->decoder, trace->rings, cpu);
  return error;
}

static int
follow_rings (struct trace *trace)
{
  const struct timespec pause = { .tv_nsec = PAUSE_NS };

  int error = learn_names (trace);
  if (error == MDTRACE_OK)
    error = mdtrace_time_start (mdtrace_decoder_time (trace->decoder),
				trace->target);
  if (error != MDTRACE_OK)
    return error;
  print_heading (trace);
  while (!is_over (trace))
    {
      bool any = false;
      error = refresh (trace);
      if (error == MDTRACE_OK)
	error = read_rings (trace, &any);
      if (error != MDTRACE_OK)
	return error;
      if (mdtrace_rings_have_more (trace->rings))
	continue;
      if (!any && trace->is_frozen)
	break;
      if (!any)
	{
	  fflush (stdout);
	  nanosleep (&pause, NULL);
	}
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

static int
follow (struct trace *trace)
{
  char holder[MDTRACE_HOLDER_BYTES];
  int error = mdtrace_stream_open (trace->target);

  if (error != MDTRACE_ERR_UNSUPPORTED)
    return error == MDTRACE_OK ? follow_stream (trace) : error;
  snprintf (holder, sizeof holder, "mdtrace trace, process %ld",
	    (long) getpid ());
  error = mdtrace_rings_open (trace->target, holder, &trace->rings);
  if (error != MDTRACE_OK)
    return error;
  trace->decoder = mdtrace_decoder_new (trace->target);
  error = trace->decoder == NULL ? MDTRACE_ERR_SYSTEM : follow_rings (trace);
  mdtrace_rings_close (trace->rings);
  return error;
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
  mdtrace_counts_t before = { 0 };
  count_all (trace.target, &before);
  int error = follow (&trace);
  if (error != MDTRACE_OK)
    return cli_report (options, mdtrace_target_url (trace.target), error,
		       mdtrace_detail (trace.target));
  summarize (&trace, &before);
  symbols_free (&trace.symbols);
  mdtrace_decoder_free (trace.decoder);
  mdtrace_close (trace.target);
  return cli_finish ();
}
