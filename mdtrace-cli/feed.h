/* Events of a target, as they happen.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Of a daemon they come from its stream; the rings themselves are read only
   where no daemon does.  */

#ifndef FEED_H
#define FEED_H

#include <stdbool.h>

#include "mdtrace.h"

struct feed;

/* Begin to receive the events of TARGET, which nothing can be asked of from
   now on if the feed is a stream.  VERB is the name of who reads, for others
   who want the rings.  *FEED is the caller's, to be given to feed_close before
   TARGET is closed.  Returns MDTRACE_OK or an error.  */
int feed_open (struct mdtrace_target *target, const char *verb,
	       struct feed **feed);
void feed_close (struct feed *feed);

/* Whether it is a daemon's stream.  */
bool feed_is_stream (const struct feed *feed);

/* Whether nothing will come any more: the rings are in overwrite mode, or
   their machine has ended, and all that they hold has been read.  */
bool feed_has_ended (const struct feed *feed);

/* Wait up to TIMEOUT_MS milliseconds, or until a signal comes, for the next
   event.  Errors: TIMED_OUT, there was none, and others.  */
int feed_next (struct feed *feed, struct mdtrace_event *event,
	       unsigned timeout_ms);

#endif /* FEED_H */
