/* Events of a target, as they happen.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What was read of the rings is released when the last look at them has
   nothing more, so that a reader that is interrupted in between leaves nothing
   behind that it has shown, but for the end of one look.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "feed.h"
#include "now.h"

enum
{
  PAUSE_NS = 2000000,
  REFRESH_MS = 1000
};

struct feed
{
  struct mdtrace_target *target;
  struct mdtrace_rings *rings; /* null: a daemon's stream */
  struct mdtrace_decoder *decoder;
  bool is_looking; /* the last look may have more */
  bool is_frozen;  /* nothing comes in addition to what they hold */
  bool has_ended;
  uint64_t next_refresh_ms; /* of clock and claim */
};

/* Where names of tasks may come behind their events only, learn them.  */
static int
learn_names (struct feed *feed)
{
  int error = MDTRACE_OK;

  feed->is_frozen = mdtrace_rings_are_frozen (feed->rings);
  for (unsigned cpu = 0; feed->is_frozen && error == MDTRACE_OK
			 && cpu < mdtrace_rings_cpus (feed->rings);
       cpu++)
    error = mdtrace_decoder_learn_names (feed->decoder, feed->rings, cpu);
  return error;
}

static int
open_rings (struct feed *feed, const char *verb)
{
  char holder[MDTRACE_HOLDER_BYTES];

  snprintf (holder, sizeof holder, "mdtrace %s, process %ld", verb,
	    (long) getpid ());
  int error = mdtrace_rings_open (feed->target, holder, &feed->rings);
  if (error != MDTRACE_OK)
    return error;
  feed->decoder = mdtrace_decoder_new (feed->target);
  if (feed->decoder == NULL)
    return MDTRACE_ERR_SYSTEM;
  error = learn_names (feed);
  if (error == MDTRACE_OK)
    error = mdtrace_time_start (mdtrace_decoder_time (feed->decoder),
				feed->target);
  return error;
}

int
feed_open (struct mdtrace_target *target, const char *verb, struct feed **feed)
{
  *feed = calloc (1, sizeof **feed);
  if (*feed == NULL)
    return MDTRACE_ERR_SYSTEM;
  (*feed)->target = target;
  int error = mdtrace_stream_open (target);
  if (error == MDTRACE_ERR_UNSUPPORTED)
    error = open_rings (*feed, verb);
  if (error != MDTRACE_OK)
    {
      feed_close (*feed);
      *feed = NULL;
    }
  return error;
}

static void
release (struct feed *feed)
{
  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (feed->rings); cpu++)
    mdtrace_rings_release (feed->rings, cpu);
}

void
feed_close (struct feed *feed)
{
  if (feed == NULL)
    return;
  if (feed->rings != NULL)
    {
      release (feed);
      mdtrace_rings_close (feed->rings);
    }
  mdtrace_decoder_free (feed->decoder);
  free (feed);
}

bool
feed_is_stream (const struct feed *feed)
{
  return feed->rings == NULL;
}

bool
feed_has_ended (const struct feed *feed)
{
  return feed->has_ended;
}

/* Bring the clock and the claim up to date, if it is time.  */
static int
refresh (struct feed *feed)
{
  mdtrace_clock_t clock;

  if (now_ms () < feed->next_refresh_ms)
    return MDTRACE_OK;
  feed->next_refresh_ms = now_ms () + REFRESH_MS;
  int error = mdtrace_get_clock (feed->target, &clock);
  if (error != MDTRACE_OK)
    return error;
  mdtrace_time_update (mdtrace_decoder_time (feed->decoder), &clock);
  return mdtrace_rings_renew (feed->rings);
}

/* The next event of the last look; *IS_EVENT is false if there is none, and
   what was read has been released then.  */
static int
take (struct feed *feed, struct mdtrace_event *event, bool *is_event)
{
  const uint64_t *record;
  unsigned cpu, words;

  *is_event = false;
  while (feed->is_looking && !*is_event)
    {
      int error
	  = mdtrace_rings_next_by_time (feed->rings, &cpu, &record, &words);
      if (error == MDTRACE_OK && record == NULL)
	{
	  release (feed);
	  feed->is_looking = false;
	  break;
	}
      if (error == MDTRACE_OK)
	error = mdtrace_decode (feed->decoder, cpu, record, words, event,
				is_event);
      if (error != MDTRACE_OK)
	return error;
    }
  return MDTRACE_OK;
}

/* The next event, looking again and again until END_MS.  */
static int
next_of_rings (struct feed *feed, struct mdtrace_event *event, uint64_t end_ms)
{
  const struct timespec pause = { .tv_nsec = PAUSE_NS };
  bool is_event, has_looked = false;

  for (;;)
    {
      int error = take (feed, event, &is_event);
      if (error != MDTRACE_OK || is_event)
	return error;
      if (has_looked && !mdtrace_rings_have_more (feed->rings))
	{
	  feed->has_ended = feed->is_frozen;
	  if (feed->has_ended || now_ms () >= end_ms
	      || nanosleep (&pause, NULL) != 0)
	    return MDTRACE_ERR_TIMED_OUT;
	}
      error = refresh (feed);
      if (error == MDTRACE_OK)
	error = mdtrace_rings_look (feed->rings, now_ms ());
      if (error != MDTRACE_OK)
	return error;
      feed->is_looking = true;
      has_looked = true;
    }
}

int
feed_next (struct feed *feed, struct mdtrace_event *event, unsigned timeout_ms)
{
  if (feed->rings == NULL)
    return mdtrace_stream_next (feed->target, event, timeout_ms);
  return next_of_rings (feed, event, now_ms () + timeout_ms);
}
