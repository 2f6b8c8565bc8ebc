/* Reading aggregations.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A large aggregation takes many requests, in which time the rings would
   overflow: so the server's thread reads, with its own connection, and the
   drain's stores.  In between there is at most one reading of each probe,
   since a later one has all that an earlier one has.  */

#ifndef MDTRACED_READINGS_H
#define MDTRACED_READINGS_H

#include "daemon.h"
#include "recorder.h"

struct readings;

/* What reads for DAEMON; null: no memory.  */
struct readings *readings_new (struct daemon *daemon);
void readings_free (struct readings *readings);

/* Milliseconds until it is time to read.  */
int readings_pause_ms (const struct readings *readings);

/* Read the aggregations of TARGET, which the daemon's CONNECTION is to, that
   have changed; with ALL also those that seem not to have.  What cannot be
   read now, or without a target, is read the next time.  */
void readings_take (struct readings *readings, struct mdtrace_target *target,
		    uint64_t connection, bool all);

/* The same of the probe with number PROBE_ID, if it has one.  If it IS_TO_END
   it is disabled before, so that nothing is added any more.  */
void readings_take_last (struct readings *readings,
			 struct mdtrace_target *target, uint64_t connection,
			 uint32_t probe_id, bool is_to_end);

/* Store those that wait by RECORDER, of the daemon's CONNECTION.  Errors:
   those of recorder_store_reading; what could not be stored waits again.  */
int readings_store (struct daemon *daemon, uint64_t connection,
		    struct recorder *recorder);

#endif /* MDTRACED_READINGS_H */
