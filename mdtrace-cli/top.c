/* mdtrace top: what happens most, live.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   By probe it goes by what the probes have counted, and reads no ring: it
   stands beside whoever does.  By all else it goes by events.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feed.h"
#include "now.h"
#include "top.h"
#include "watch.h"

enum
{
  OPTION_ONCE = 2000,
  OPTION_BY,
  OPTION_MSGIDS,
  /* Things that are told apart; each takes some 150 bytes.  */
  TALLY_CAPACITY = 8192,
  PATIENCE_MS = 100
};

static const char *const sort_words[]
    = { "events", "total", "time", "lost", "name", NULL };

static const struct argp_option argp_options[] = {
  { "by", OPTION_BY, "WHAT", 0,
    "A row for each probe (the default), task, thread, cpu, function or "
    "message",
    0 },
  { "interval", 'i', "SECONDS", 0,
    "How long a round is; three decimals are good, and 1 is the default", 0 },
  { "count", 'c', "N", 0, "End after N rounds", 0 },
  { "once", OPTION_ONCE, NULL, 0, "The same as --count 1", 0 },
  { "sort", 's', "BY", 0,
    "What has most events in the round first (the default), total, time "
    "(that calls took on average), lost (of probes), or by name",
    0 },
  { "limit", 'n', "N", 0,
    "So many rows, and the others in one; default: what the terminal has "
    "room for, or else 20; with --json all",
    0 },
  { "msgids", OPTION_MSGIDS, "DIR", 0,
    "Where files *.msgids are, with names of messages; several "
    "directories are separated by ':'",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

/* The number of ARGUMENT among WORDS, or a usage error about WHAT.  */
static unsigned
parse_word (const struct argp_state *state, const char *const *words,
	    const char *argument, const char *what)
{
  char *list = NULL;
  unsigned i = 0;

  for (; words[i] != NULL && strcmp (words[i], argument) != 0; i++)
    {
      char *longer = cli_format ("%s%s%s", list != NULL ? list : "",
				 list != NULL ? ", " : "", words[i]);
      free (list);
      list = longer;
    }
  if (words[i] == NULL)
    argp_error (state, "%s must be one of %s, not '%s'", what, list, argument);
  free (list);
  return i;
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct top_arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_BY:
      arguments->by = parse_word (state, top_by_words, argument, "--by");
      return 0;
    case 's':
      arguments->sort = parse_word (state, sort_words, argument, "--sort");
      return 0;
    case 'i':
      arguments->interval_ms
	  = watch_parse_interval (state, argument, "--interval");
      return 0;
    case 'c':
      arguments->count = cli_parse_number (state, argument, "--count", 1);
      return 0;
    case OPTION_ONCE:
      arguments->count = 1;
      return 0;
    case 'n':
      arguments->limit = cli_parse_number (state, argument, "--limit", 1);
      return 0;
    case OPTION_MSGIDS:
      arguments->msgids = argument;
      return 0;
    case ARGP_KEY_END:
      if (arguments->sort == TOP_SORT_LOST && arguments->by != TOP_BY_PROBE)
	argp_error (state, "--sort lost goes with --by probe: what is lost is "
			   "known by probe alone");
      if (arguments->sort == TOP_SORT_TIME && arguments->by == TOP_BY_PROBE)
	argp_error (state, "--sort time goes with events, as in --by "
			   "function; probes only count");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* A view under way.  */
struct top
{
  const struct top_arguments *arguments;
  struct mdtrace_target *target; /* that is asked */
  struct mdtrace_target *events; /* that sends events; may be the same */
  struct feed *feed;		 /* null: by probe */
  struct top_view view;
  uint64_t start_ns, round_start_ns; /* by a clock that is never set */
  uint64_t event_ns;		     /* time of the last event */
};

/* Begin to receive events.  A target that streams cannot be asked, so that
   there is a second one then.  */
static int
open_feed (struct top *top)
{
  int error = feed_open (top->target, "top", &top->feed);

  top->events = top->target;
  if (error != MDTRACE_OK || !feed_is_stream (top->feed))
    return error;
  const char *url = mdtrace_target_url (top->events);
  top->target = NULL;
  error = mdtrace_open (url, &top->target);
  if (error != MDTRACE_OK)
    exit (cli_report (top->arguments->options, url, error,
		      top->target != NULL ? mdtrace_detail (top->target)
					  : NULL));
  return MDTRACE_OK;
}

/* Count events until END_MS.  */
static int
read_events (struct top *top, uint64_t end_ms)
{
  struct mdtrace_event event;
  bool was_idle = false;

  for (uint64_t now = now_ms ();
       now < end_ms && !watch_is_over () && !feed_has_ended (top->feed);
       now = now_ms ())
    {
      uint64_t left = end_ms - now;
      int error = feed_next (top->feed, &event, 0);
      if (error == MDTRACE_ERR_TIMED_OUT)
	{
	  was_idle = true;
	  error = feed_next (top->feed, &event,
			     left < PATIENCE_MS ? left : PATIENCE_MS);
	}
      if (error == MDTRACE_OK)
	{
	  top->event_ns = event.time_ns;
	  top_take (&top->view, &event);
	}
      else if (error != MDTRACE_ERR_TIMED_OUT)
	return error;
    }
  top->view.is_behind = !was_idle && top->event_ns > 0;
  return MDTRACE_OK;
}

/* Ask the target for what belongs to a round.  */
static int
ask (struct top *top)
{
  struct top_view *view = &top->view;

  top_system_update (&view->system, top->target);
  return top_probes_update (&view->probes, top->target);
}

/* Show the round that ends now, and begin the next one.  */
static int
finish_round (struct top *top)
{
  struct top_view *view = &top->view;
  int error = ask (top);

  if (error != MDTRACE_OK)
    return error;
  uint64_t now = now_ns (CLOCK_MONOTONIC);
  view->round++;
  view->time_ns = now_ns (CLOCK_REALTIME);
  view->round_ns = now - top->round_start_ns;
  view->elapsed_ns = now - top->start_ns;
  /* Only the kernel's own clock tells how old its events are.  */
  view->is_behind
      &= view->system.has_snapshot && view->system.now.time_ns > top->event_ns;
  if (view->is_behind)
    view->behind_ns = view->system.now.time_ns - top->event_ns;
  if (!(top->arguments->options->json ? top_print_json (view)
				      : top_print (view)))
    return MDTRACE_ERR_SYSTEM;
  top->round_start_ns = now;
  view->without_key = 0;
  if (view->tally != NULL)
    tally_next (view->tally);
  return MDTRACE_OK;
}

static bool
is_over (const struct top *top)
{
  return watch_is_over () || ferror (stdout)
	 || (top->arguments->count > 0
	     && top->view.round == top->arguments->count)
	 || (top->feed != NULL && feed_has_ended (top->feed));
}

/* Go from round to round.  An interrupted one is shown as far as it came.  */
static int
go_on (struct top *top)
{
  int error = ask (top);
  uint64_t end_ms = now_ms ();

  top->start_ns = top->round_start_ns = now_ns (CLOCK_MONOTONIC);
  while (error == MDTRACE_OK && !is_over (top))
    {
      uint64_t now = now_ms ();
      /* Rounds that could not be begun in time are left out.  */
      end_ms += top->arguments->interval_ms;
      if (end_ms <= now)
	end_ms = now + top->arguments->interval_ms;
      if (top->feed != NULL)
	error = read_events (top, end_ms);
      else
	watch_wait (end_ms - now);
      if (error == MDTRACE_OK)
	error = finish_round (top);
    }
  return error;
}

/* Who opened the events, or else the target.  */
static struct mdtrace_target *
with_problem (const struct top *top)
{
  const char *detail = mdtrace_detail (top->target);

  return detail[0] == '\0' && top->events != NULL ? top->events : top->target;
}

/* Of a machine that has ended events can be left, and no more.  Returns the
   exit status.  */
static int
refuse_ended (const struct top *top)
{
  const char *url = mdtrace_target_url (top->target);

  if (top->arguments->by != TOP_BY_PROBE || strncmp (url, "ram:", 4) != 0)
    return 0;
  return cli_report (top->arguments->options, url, MDTRACE_ERR_UNSUPPORTED,
		     "nothing happens there any more; 'mdtrace probe list' "
		     "tells what its probes have counted");
}

int
cli_top (int argc, char **argv, struct cli_options *options)
{
  struct top_arguments arguments
      = { .options = options, .interval_ms = WATCH_INTERVAL_MS };
  struct top top = { .arguments = &arguments };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .doc = "Print what happens most, again and again, until "
		 "interrupted: how often in the last second, on average, and "
		 "in all, and how much of it was lost.  With --json, one "
		 "object in a line for each round." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  if (!cli_can_read (options, arguments.msgids))
    return 1;
  top.view.arguments = &arguments;
  top.target = cli_open (options);
  if (refuse_ended (&top) != 0)
    return 1;
  watch_start ();
  int error = MDTRACE_OK;
  if (arguments.by != TOP_BY_PROBE)
    {
      top.view.tally = tally_new (TALLY_CAPACITY);
      if (arguments.by == TOP_BY_MESSAGE)
	top.view.msgids = msgids_read (arguments.msgids);
      error = top.view.tally == NULL ? MDTRACE_ERR_SYSTEM : open_feed (&top);
    }
  if (error == MDTRACE_OK && !options->json)
    top_print_begin ();
  if (error == MDTRACE_OK)
    error = go_on (&top);
  int status = error == MDTRACE_OK
		   ? 0
		   : cli_report (options, mdtrace_target_url (top.target),
				 error, mdtrace_detail (with_problem (&top)));
  feed_close (top.feed);
  top_probes_free (&top.view.probes);
  tally_free (top.view.tally);
  msgids_free (top.view.msgids);
  if (top.events != NULL && top.events != top.target)
    mdtrace_close (top.events);
  mdtrace_close (top.target);
  return status != 0 ? status : cli_finish ();
}
