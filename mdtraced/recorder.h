/* From the rings into the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Every function that returns int returns MDTRACE_OK or an error; of
   MDTRACE_ERR_DATABASE database_error tells more, of others mdtrace_detail of
   the target.  After an error nothing is lost: what was read and not stored
   will be read again.  */

#ifndef MDTRACED_RECORDER_H
#define MDTRACED_RECORDER_H

#include "database.h"

struct recorder;

/* Become the consumer of TARGET's rings, as HOLDER, and go on storing in
   DATABASE where that says that it was stopped.  PROGRAM is who does this.
   The health is scored by RULES, which are copied; null: the default.
   The first two arguments must outlive *RECORDER, which is the caller's.
   Errors: those of mdtrace_rings_open; FLIGHT_RECORDER: the rings of a machine
   that runs are in overwrite mode.  */
int recorder_open (struct mdtrace_target *target, struct database *database,
		   const char *program, const char *holder,
		   const struct mdtrace_health_rule *rules,
		   struct recorder **recorder);

/* Go on with TARGET, which is another way to the same boot: what is left of
   its memory.  After an error *RECORDER can be closed only.  Errors: those of
   recorder_open; GUEST_DEAD: it is another boot.  */
int recorder_move (struct recorder *recorder, struct mdtrace_target *target,
		   const char *holder);

/* Give the rings back, and store that the run has ended, and why.  */
void recorder_close (struct recorder *recorder, const char *why);

/* Let TELL be called with CLOSURE and each warning about probes that has been
   stored as a message of the run.  */
void recorder_set_tell (struct recorder *recorder,
			void (*tell) (void *closure, const char *sentence),
			void *closure);

/* Bring clock, claim, probes, snapshots and health up to date.  To be called
   about once a second.  What of a probe takes a request of its own is brought
   up to date every so often, or with ALL now.  */
int recorder_refresh (struct recorder *recorder, bool all);

/* Store up to MOST events of those that the rings hold.  *EVENTS is set to how
   many it was.  */
int recorder_store (struct recorder *recorder, unsigned most,
		    unsigned *events);

/* Read the aggregation of the probe with number PROBE_ID of TARGET, which may
   be another connection than that of a recorder.  READING->aggregate is the
   caller's, to be given to mdtrace_aggregate_free.  Errors: those of
   mdtrace_aggregation_read, and what else a request can fail with.  */
int recorder_read (struct mdtrace_target *target, uint32_t probe_id,
		   struct database_reading *reading);

/* Store what has changed by READING, which is of the recorder's boot.  */
int recorder_store_reading (struct recorder *recorder,
			    const struct database_reading *reading);

/* Nothing more will come from any CPU: do not wait for those that are
   behind.  */
void recorder_set_ended (struct recorder *recorder);

/* Store a MESSAGE of this run, of a SEVERITY in syslog's words.  */
int recorder_say (struct recorder *recorder, const char *severity,
		  const char *message);

/* From now on count apart what the rings hold already; and how many events
   that have been stored were of that.  */
int recorder_mark_held (struct recorder *recorder);
uint64_t recorder_held (const struct recorder *recorder);

/* Bytes that the rings hold and that were not read, and the size of the
   smallest ring.  */
uint64_t recorder_unread (const struct recorder *recorder);
uint64_t recorder_ring_bytes (const struct recorder *recorder);

/* Whether all that the rings hold now is stored, once recorder_store has
   stored all that was there; UNTIL is a time stamp of now, 0: any.  */
bool recorder_is_complete (const struct recorder *recorder, uint64_t until);

/* Whether the rings held more at the last look than it has brought here, which
   is so over a line only.  */
bool recorder_has_more (const struct recorder *recorder);

/* How long the claim lasts if it is not renewed.  */
unsigned recorder_lease_ms (const struct recorder *recorder);

/* Look what the rings hold.  The time stamp before which all records are of
   which they hold some now; 0: it does not matter, or nobody can be asked.  */
uint64_t recorder_time_stamp (struct recorder *recorder);

/* The traced kernel's time now, in nanoseconds since the epoch, as far as is
   known.  */
uint64_t recorder_now_ns (const struct recorder *recorder);

/* When the kernel was booted, by its own clock.  */
uint64_t recorder_boot_time_ns (const struct recorder *recorder);

#endif /* MDTRACED_RECORDER_H */
