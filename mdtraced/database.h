/* The database, as it is written.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its tables and views are a public interface: mdtrace-db(5), migrate.c.
   Every function that returns bool returns false when SQLite fails;
   database_error tells why then.  Whoever has begun a transaction must give
   it up then, with database_rollback.  One thread uses a connection at a
   time.  */

#ifndef MDTRACED_DATABASE_H
#define MDTRACED_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mdtrace.h"
#include "stored_event.h"

enum
{
  DATABASE_APPLICATION_ID = 0x4d445452, /* "MDTR" */
  DATABASE_VERSION = 5
};

struct database;

/* Open the database at PATH to be written, and make it if there is none, or
   bring it up to this version.  On failure returns null and leaves a sentence
   in MESSAGE, of BYTES bytes.  Only one process can have it open like
   that.  */
struct database *database_open (const char *path, char *message, size_t bytes);
void database_close (struct database *database);

/* Make one that nobody else sees, and that is gone when it is closed; what of
   it is large is on the disk.  */
struct database *database_open_temporary (char *message, size_t bytes);

/* The connection of SQLite, for what is not done here.  Belongs to
   DATABASE.  */
struct sqlite3 *database_connection (struct database *database);

/* What the last failure was.  Belongs to DATABASE.  */
const char *database_error (const struct database *database);

/* Whether the last failure was that the file is damaged.  Then nothing should
   be written to it any more; otherwise it may go better later.  */
bool database_is_damaged (const struct database *database);

/* Put what is to be done about a damaged database at PATH into MESSAGE, of
   BYTES bytes, behind what is wrong, REASON.  */
void database_describe_damage (const char *path, const char *reason,
			       char *message, size_t bytes);

/* A name that belongs to this database and no other, for as long as it
   exists.  Belongs to DATABASE.  */
const char *database_name (const struct database *database);

/* The journal mode: "wal", or "truncate" where memory cannot be shared.  */
const char *database_journal_mode (const struct database *database);

/* The statements that make the tables and views of this version: those of
   PART, from 0 on; null: there is none.  */
const char *database_schema (unsigned part);

bool database_begin (struct database *database);
bool database_commit (struct database *database);
void database_rollback (struct database *database);

/* Make what follows belong to the boot and kernel of STATUS, traced through
   URL; *IS_NEW tells whether the database has not seen that boot before.  */
bool database_set_boot (struct database *database,
			const mdtrace_status_t *status, const char *url,
			uint64_t boot_time_ns, bool *is_new);

/* The key of that boot in the database.  */
int64_t database_boot (const struct database *database);

/* Whether the functions of this boot's kernel are stored; store one.  */
bool database_has_symbols (struct database *database, bool *has);
bool database_put_symbol (struct database *database,
			  const struct mdtrace_function *function);

/* Begin a run of PROGRAM, process PROCESS, at NOW_NS of this machine's time;
   say that it still worked at NOW_NS and has stored EVENTS events, and if it
   has ended why, else null.  */
bool database_begin_run (struct database *database, const char *program,
			 int process, uint64_t now_ns);
bool database_see_run (struct database *database, uint64_t now_ns,
		       uint64_t events, const char *ended);

/* Store a MESSAGE of the run, of a SEVERITY in syslog's words.  */
bool database_put_message (struct database *database, uint64_t now_ns,
			   const char *severity, const char *message);

/* Where the ring of CPU was when it was last stored.  *FOUND is false if it
   never was.  */
bool database_get_ring (struct database *database, unsigned cpu,
			uint64_t *generation, uint64_t *position, bool *found);
bool database_put_ring (struct database *database, unsigned cpu,
			uint64_t generation, uint64_t position);

/* Store how time stamps were turned into TIME when it was synchronised; the
   last such moment of this boot, if *FOUND.  */
bool database_put_clock (struct database *database,
			 const struct mdtrace_time *time);
bool database_get_clock (struct database *database, uint64_t *tsc,
			 uint64_t *time_ns, bool *found);

/* Store the counts of all probes together at TIME_NS.  */
bool database_put_counts (struct database *database, uint64_t time_ns,
			  const mdtrace_counts_t *counts);

/* The number of the last snapshot of this boot that is stored; 0: none is.  */
bool database_last_snapshot (struct database *database, uint64_t *sequence);

/* Store a snapshot of the kernel's history.  */
bool database_put_snapshot (struct database *database,
			    const mdtrace_snapshot_t *snapshot);

/* What is stored behind this are all counters that there are now; store
   one.  */
bool database_begin_counters (struct database *database);
bool database_put_counter (struct database *database,
			   const mdtrace_counter_info_t *counter);

/* Store what a part of COUNTER had come to at TIME_NS.  */
bool database_put_counter_value (struct database *database,
				 const mdtrace_counter_info_t *counter,
				 const mdtrace_counter_value_t *value,
				 uint64_t time_ns);

/* Store what is said of the factors of the health score; and HEALTH, which was
   made by RULES of the snapshots THEN and NOW.  */
bool database_put_factors (struct database *database);
bool database_put_health (struct database *database,
			  const mdtrace_snapshot_t *then,
			  const mdtrace_snapshot_t *now,
			  const struct mdtrace_health_rule *rules,
			  const mdtrace_health_t *health);

/* Store that TASK has NAME in the ring of CPU; call VISIT with each such name
   that was stored for this boot.  */
bool database_put_task (struct database *database, unsigned cpu, uint64_t task,
			const char *name);
bool database_for_tasks (struct database *database,
			 void (*visit) (void *closure, unsigned cpu,
					uint64_t task, const char *name),
			 void *closure);

/* Whether the probe with number ID is stored for this boot.  *HAS is not
   valid after a failure.  */
bool database_has_probe (struct database *database, uint32_t id, bool *has);

/* What becomes of a probe's hits beyond its counts.  */
struct database_usage
{
  uint64_t faults, unpaired, abandoned, overflows;
  uint64_t spent_ns;	  /* in its handlers */
  uint32_t stopped_share; /* as in mdtrace_probe_usage */
  uint32_t stopped_cpu;
};

/* Store the state, counts and USAGE of a probe as of TIME_NS, and what of it
   has changed since it was last stored: its state, and what was lost.  If
   USAGE is null it is not known, and stays what it was.  *IS_STOPPED tells
   whether the deadman has switched it off since.  */
bool database_put_probe (struct database *database,
			 const mdtrace_probe_info_t *probe,
			 const struct database_usage *usage, uint64_t time_ns,
			 bool *is_stopped);

/* Store what the probe with number ID, which must have been stored before, was
   defined with.  */
bool database_put_options (struct database *database, uint32_t id,
			   const mdtrace_probe_options_t *options);

/* Store a site of the probe with number ID, which must have been stored
   before.  EVENT is what its events are called if it is a static one, or
   empty.  */
bool database_put_site (struct database *database, uint32_t id,
			const struct mdtrace_site *site, const char *event);

/* Store an event; its probe must have been stored before.  */
bool database_put_event (struct database *database,
			 const struct mdtrace_event *event);

/* From now on let TAKE have each event, with CLOSURE, instead of storing it;
   what it refers to is stored all the same.  It returns false if it cannot
   take it.  */
void database_set_take (struct database *database,
			bool (*take) (void *closure,
				      const struct stored_event *event),
			void *closure);

/* What was read of a probe's aggregation.  */
struct database_reading
{
  uint32_t probe_id;
  uint64_t time_ns; /* by the kernel's clock */
  /* The probe's count of recorded hits before that and after.  */
  uint64_t recorded_before, recorded_after;
  struct mdtrace_aggregate *aggregate; /* null: as it was last read */
};

/* Store what has changed of an aggregation since it was stored last.  Its
   probe, which has values with NAMES, must have been stored before.  */
bool database_put_reading (struct database *database,
			   const struct database_reading *reading,
			   const struct mdtrace_names *names);

/* What may stay in a database.  0: all of it.  */
struct database_limits
{
  uint64_t age_ns; /* no event is older than that */
  uint64_t bytes;  /* the file is not larger, but for what is under way */
};

/* Remove some of what LIMITS do not allow at NOW_NS, by the traced kernel's
   clock, up to about EVENTS events; *DONE tells whether there was nothing
   more to do.  Not within a transaction.  */
bool database_retain (struct database *database,
		      const struct database_limits *limits, uint64_t now_ns,
		      unsigned events, bool *done);

/* Rewrite the file without the room that is free, so that it can be given back
   from now on whatever version made the file.  Not within a transaction.  */
bool database_vacuum (struct database *database);

#endif /* MDTRACED_DATABASE_H */
