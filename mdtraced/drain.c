/* The thread that drains the rings.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   It is in one of these states:

     storing	what the rings hold goes into the database;
     stalled	the database takes nothing at present, since the disk is full,
		say: the rings fill, and the kernel counts what it drops;
     silent	the target does not answer, since it has stopped in its
		debugger, say: the rings are read all the same;
     waiting	there is no target: the last one has ended, and the next boot
		is waited for.

   Each change is said once.  Only what will not go away ends the daemon: a
   damaged database, or a ring that holds no records.  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "drain.h"
#include "now.h"
#include "pace.h"
#include "readings.h"
#include "recorder.h"
#include "stall.h"

enum
{
  BATCH_EVENTS = 10000,
  /* How often clocks, counts and the claim are renewed, and what has failed is
     tried again.  */
  REFRESH_MS = 1000,
  /* How often a target that has gone is looked for.  */
  RETRY_MS = 250,
  /* So long the target may take to answer: that part of the claim's lease, so
     that it can be renewed in time.  */
  TIMEOUT_SHARE = 4,
  /* While there is something to wait for that a flush wants.  */
  FLUSH_PAUSE_MS = 1
};

struct drain
{
  struct daemon *daemon;
  struct database *database;
  char holder[MDTRACE_HOLDER_BYTES];
  struct mdtrace_target *target; /* null: waiting */
  struct recorder *recorder;	 /* null: waiting */
  uint64_t connection;		 /* the number of it, or of the last one */
  struct stall stall;
  uint64_t dropped_before; /* when that began */
  bool silent;
  bool ended; /* the target has, and what is left of it is not stored yet */
  uint64_t next_refresh_ms;
  uint64_t done; /* flushes */
  struct pace pace;
};

/* Say something to the administrator, and if it can be in the database.  */
static void
say (struct drain *drain, int priority, const char *message)
{
  daemon_log (drain->daemon, priority, "%s", message);
  if (drain->recorder != NULL && !drain->stall.refuses)
    recorder_say (drain->recorder,
		  priority == LOG_INFO	    ? "info"
		  : priority == LOG_WARNING ? "warning"
					    : "error",
		  message);
}

/* Say that the target has failed with ERROR, and what is done THEN.  */
static void
say_target (struct drain *drain, int priority, int error, const char *then)
{
  const char *detail = mdtrace_detail (drain->target);
  char message[2048];

  snprintf (message, sizeof message, "%s: %s; %s%s%s",
	    drain->daemon->target_url, mdtrace_error_message (error), then,
	    detail[0] != '\0' ? ": " : "", detail);
  say (drain, priority, message);
}

/* Say that the target, which was silent, answers again.  */
static void
say_answers (struct drain *drain)
{
  char message[1280];

  snprintf (message, sizeof message, "%s: answers again",
	    drain->daemon->target_url);
  say (drain, LOG_INFO, message);
}

/* Tell the server which boot is stored, or with null that there is none.  */
static void
publish (struct drain *drain, const struct recorder *recorder)
{
  struct daemon *daemon = drain->daemon;

  pthread_mutex_lock (&daemon->mutex);
  daemon->connected = recorder != NULL;
  if (recorder != NULL)
    {
      drain->connection = ++daemon->connection;
      daemon->boot_id = database_boot (drain->database);
      daemon->boot_time_ns = recorder_boot_time_ns (recorder);
    }
  pthread_mutex_unlock (&daemon->mutex);
  daemon_wake_server (daemon);
}

/* Log what the recorder says; CLOSURE is the daemon.  */
static void
log_warning (void *closure, const char *sentence)
{
  daemon_log (closure, LOG_WARNING, "%s", sentence);
}

/* Connect to TARGET, which then belongs to DRAIN.  */
static int
connect_to (struct drain *drain, struct mdtrace_target *target)
{
  int error = recorder_open (target, drain->database, "mdtraced",
			     drain->holder, drain->daemon->rules,
			     &drain->recorder);

  if (error != MDTRACE_OK)
    return error;
  drain->target = target;
  recorder_set_tell (drain->recorder, log_warning, drain->daemon);
  /* The rings do not wait.  */
  mdtrace_set_timeout (target,
		       recorder_lease_ms (drain->recorder) / TIMEOUT_SHARE);
  drain->silent = drain->ended = false;
  drain->dropped_before = 0;
  drain->next_refresh_ms = now_ms () + REFRESH_MS;
  pace_start (&drain->pace, recorder_ring_bytes (drain->recorder));
  publish (drain, drain->recorder);
  return MDTRACE_OK;
}

/* Tell the server what has been done.  */
static void
report (struct drain *drain, unsigned events, uint64_t flushes)
{
  struct daemon *daemon = drain->daemon;

  pthread_mutex_lock (&daemon->mutex);
  bool news = events > 0 || daemon->flushes_done != flushes;
  daemon->events_stored += events;
  daemon->flushes_done = flushes;
  pthread_mutex_unlock (&daemon->mutex);
  if (news)
    daemon_wake_server (daemon);
}

static uint64_t
count_dropped (struct drain *drain)
{
  mdtrace_status_t status;

  return drain->target != NULL
		 && mdtrace_get_status (drain->target, &status) == MDTRACE_OK
	     ? status.counts.dropped
	     : 0;
}

/* Tell the server whether everything can be stored.  */
static void
publish_stall (struct drain *drain)
{
  struct daemon *daemon = drain->daemon;

  pthread_mutex_lock (&daemon->mutex);
  daemon->stalled = drain->stall.refuses;
  pthread_mutex_unlock (&daemon->mutex);
}

/* The database has failed: false if that is for good.  */
static bool
take_database_error (struct drain *drain)
{
  const char *path = drain->daemon->database_path;
  char message[1536];

  if (database_is_damaged (drain->database))
    {
      database_describe_damage (path, database_error (drain->database),
				message, sizeof message);
      daemon_log (drain->daemon, LOG_ERR, "%s: %s", path, message);
      return false;
    }
  bool is_new = stall_refuse (&drain->stall);
  publish_stall (drain);
  if (!is_new)
    return true;
  drain->dropped_before = count_dropped (drain);
  daemon_log (drain->daemon, LOG_ERR,
	      "%s: nothing can be stored: %s; events stay in the rings, and "
	      "are dropped and counted once these are full; trying again",
	      path, database_error (drain->database));
  return true;
}

/* The database has taken something.  */
static void
take_database_success (struct drain *drain)
{
  char message[1280];

  stall_take (&drain->stall, now_ms ());
  publish_stall (drain);
  if (!stall_is_over (&drain->stall, now_ms ()))
    return;
  uint64_t dropped = count_dropped (drain);
  if (dropped > drain->dropped_before)
    dropped -= drain->dropped_before;
  else
    dropped = 0;
  snprintf (message, sizeof message,
	    "%s: events are stored again; %llu were dropped meanwhile",
	    drain->daemon->database_path, (unsigned long long) dropped);
  drain->stall.lasts = false;
  say (drain, LOG_INFO, message);
}

/* Store all that the rings of a target that has ended still hold.  */
static int
store_rest (struct drain *drain)
{
  unsigned events;
  int error;

  recorder_set_ended (drain->recorder);
  do
    {
      error = recorder_store (drain->recorder, BATCH_EVENTS, &events);
      report (drain, events, drain->done);
    }
  while (error == MDTRACE_OK && events > 0);
  return error;
}

/* Store what the memory of a virtual machine that has ended tells of it: the
   last counts of its probes, and events that needed more than what was known
   before.  */
static void
store_from_memory (struct drain *drain)
{
  const char *directory = mdtrace_target_directory (drain->target);
  struct mdtrace_target *target = NULL;
  char url[1100];

  if (directory == NULL)
    return;
  snprintf (url, sizeof url, "ram:%s", directory);
  if (mdtrace_open (url, &target) == MDTRACE_OK)
    {
      if (recorder_move (drain->recorder, target, drain->holder) == MDTRACE_OK)
	store_rest (drain);
      recorder_close (drain->recorder, "the target has ended");
      drain->recorder = NULL;
    }
  mdtrace_close (target);
}

/* Store what is left of a target that has ended, and be done with it.  If the
   database takes nothing it stays, to be tried again.  False: end.  */
static bool
leave_target (struct drain *drain)
{
  if (store_rest (drain) == MDTRACE_ERR_DATABASE
      || readings_store (drain->daemon, drain->connection, drain->recorder)
	     == MDTRACE_ERR_DATABASE)
    return take_database_error (drain);
  if (drain->stall.lasts)
    take_database_success (drain);
  store_from_memory (drain);
  recorder_close (drain->recorder, "the target has ended");
  drain->recorder = NULL;
  mdtrace_close (drain->target);
  drain->target = NULL;
  drain->ended = false;
  return true;
}

/* The target is gone, with ERROR: store what is left of it, and wait for the
   next.  False: end.  */
static bool
lose_target (struct drain *drain, int error)
{
  say_target (drain, LOG_WARNING, error, "waiting for it");
  publish (drain, NULL);
  drain->ended = true;
  return leave_target (drain);
}

/* Whether the target can be asked.  */
static bool
target_answers (struct drain *drain)
{
  mdtrace_clock_t clock;

  return mdtrace_get_clock (drain->target, &clock) == MDTRACE_OK;
}

/* Do what is to be done about ERROR of the recorder; false: end.  */
static bool
take_error (struct drain *drain, int error)
{
  switch (error)
    {
    case MDTRACE_OK:
      return true;
    case MDTRACE_ERR_DATABASE:
      return take_database_error (drain);
    case MDTRACE_ERR_SYSTEM: /* no memory, say */
    case MDTRACE_ERR_TIMED_OUT:
    case MDTRACE_ERR_GUEST_STOPPED:
      if (!drain->silent)
	say_target (drain, LOG_WARNING, error, "trying again");
      drain->silent = true;
      return true;
    case MDTRACE_ERR_CORRUPT_RING:
      if (target_answers (drain))
	{
	  say_target (drain, LOG_ERR, error, "what it holds is left there");
	  return false;
	}
      return lose_target (drain, error);
    default:
      return lose_target (drain, error);
    }
}

/* Bring everything up to date, if it is time or NOW.  False: end.  */
static bool
refresh (struct drain *drain, bool now)
{
  if (drain->recorder == NULL || drain->ended
      || (!now && now_ms () < drain->next_refresh_ms))
    return true;
  uint64_t began_ms = now_ms ();
  int error = recorder_refresh (drain->recorder, now);
  /* Not most of the time, if it takes long.  */
  drain->next_refresh_ms = 2 * now_ms () - began_ms + REFRESH_MS;
  if (error == MDTRACE_OK && drain->silent)
    {
      drain->silent = false;
      say_answers (drain);
    }
  /* Where nothing is to be stored the next event will show.  */
  if (error == MDTRACE_OK && drain->stall.lasts
      && (!drain->stall.refuses || recorder_unread (drain->recorder) == 0))
    take_database_success (drain);
  return take_error (drain, error);
}

/* Remove what need not be kept, in proportion to EVENTS that have come, and a
   little in any case.  */
static bool
retain (struct drain *drain, unsigned events)
{
  bool done;

  if (database_retain (drain->database, &drain->daemon->limits,
		       recorder_now_ns (drain->recorder),
		       2 * events + BATCH_EVENTS / 10, &done))
    {
      drain->pace.behind |= !done;
      return true;
    }
  return take_database_error (drain);
}

/* Store one batch.  False: end.  */
static bool
drain_batch (struct drain *drain, unsigned *events)
{
  uint64_t unread = recorder_unread (drain->recorder);
  int error = recorder_store (drain->recorder, BATCH_EVENTS, events);

  report (drain, *events, drain->done);
  pace_take (&drain->pace, now_ms (), unread,
	     *events == BATCH_EVENTS || recorder_has_more (drain->recorder));
  if (*events > 0 && drain->stall.lasts)
    take_database_success (drain);
  if (!take_error (drain, error))
    return false;
  return drain->recorder == NULL || retain (drain, *events);
}

/* Store what the server has read of aggregations.  False: end.  */
static bool
store_readings (struct drain *drain)
{
  if (drain->recorder == NULL || drain->ended)
    return true;
  return take_error (drain, readings_store (drain->daemon, drain->connection,
					    drain->recorder));
}

/* Store all that the rings hold now, for those who have ASKED for it.  False:
   end.  */
static bool
drain_all (struct drain *drain, uint64_t asked)
{
  const struct timespec pause = { .tv_nsec = FLUSH_PAUSE_MS * 1000000L };
  uint64_t until = 0, unread = 0, taken = 0;
  if (drain->ended && !leave_target (drain))
    return false;
  bool complete = drain->recorder == NULL || drain->ended;
  if (!complete)
    {
      until = recorder_time_stamp (drain->recorder);
      unread = recorder_unread (drain->recorder);
    }
  while (!complete && taken <= unread)
    {
      unsigned events;
      if (!drain_batch (drain, &events))
	return false;
      if (drain->recorder == NULL || drain->ended || drain->stall.refuses)
	break;
      if (events == BATCH_EVENTS || recorder_has_more (drain->recorder))
	/* They take at least that much.  */
	taken += events * UINT64_C (8) * MDTRACE_HEADER_WORDS;
      else if (recorder_is_complete (drain->recorder, until))
	complete = true;
      else
	nanosleep (&pause, NULL);
    }
  if (!store_readings (drain) || !refresh (drain, true))
    return false;
  drain->done = asked;
  report (drain, 0, asked);
  return true;
}

/* Wait for up to PAUSE_MS, or until somebody wants something.  Returns
   whether the daemon goes on; *ASKED is how many flushes were asked for.  */
static bool
wait_a_while (struct daemon *daemon, unsigned pause_ms, uint64_t *asked)
{
  struct timespec until;

  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_sec += pause_ms / 1000;
  until.tv_nsec += pause_ms % 1000 * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_mutex_lock (&daemon->mutex);
  if (pause_ms > 0 && !daemon->stop
      && daemon->flushes_asked == daemon->flushes_done)
    pthread_cond_timedwait (&daemon->wake_drain, &daemon->mutex, &until);
  *asked = daemon->flushes_asked;
  /* Until the server has read aggregations for the last time.  */
  bool go_on = !daemon->stop || !daemon->server_ended;
  pthread_mutex_unlock (&daemon->mutex);
  return go_on;
}

/* Look whether the target is there again.  */
static bool
look_for_target (struct drain *drain)
{
  char message[1536];
  struct mdtrace_target *target
      = daemon_open_target (drain->daemon, message, sizeof message);

  if (target == NULL)
    return true;
  int error = connect_to (drain, target);
  if (error == MDTRACE_OK)
    {
      snprintf (message, sizeof message, "%s is there again",
		drain->daemon->target_url);
      say (drain, LOG_INFO, message);
      return true;
    }
  mdtrace_close (target);
  return error != MDTRACE_ERR_DATABASE || take_database_error (drain);
}

/* One look at everything; false: end.  */
static bool
work (struct drain *drain, unsigned *pause_ms)
{
  unsigned events;

  *pause_ms = RETRY_MS;
  if (drain->ended)
    return leave_target (drain);
  if (drain->recorder == NULL)
    return look_for_target (drain);
  if (!drain_batch (drain, &events) || !store_readings (drain)
      || !refresh (drain, false))
    return false;
  unsigned pause = pace_pause_ms (&drain->pace);
  if (!drain->stall.refuses && drain->recorder != NULL)
    *pause_ms = pause;
  return true;
}

/* As drain_run; false after an error.  */
static bool
drain_until_stopped (struct drain *drain)
{
  unsigned pause_ms = 0;
  uint64_t asked;

  while (wait_a_while (drain->daemon, pause_ms, &asked))
    if ((asked != drain->done && !drain_all (drain, asked))
	|| !work (drain, &pause_ms))
      return false;
  return drain_all (drain, asked);
}

/* Readers and this thread wait for each other unless the journal is a WAL,
   which the administrator should know.  */
static void
state_journal (struct drain *drain)
{
  const char *mode = database_journal_mode (drain->database);
  char message[1280];

  if (strcmp (mode, "wal") == 0)
    return;
  snprintf (message, sizeof message,
	    "%s: memory cannot be shared here, and so its journal mode is %s, "
	    "not wal: readers and mdtraced wait for each other",
	    drain->daemon->database_path, mode);
  say (drain, LOG_WARNING, message);
}

void
drain_run (struct drain *drain)
{
  state_journal (drain);
  if (!drain_until_stopped (drain))
    daemon_stop (drain->daemon, true);
}

struct drain *
drain_open (struct daemon *daemon, struct database *database, char *message,
	    size_t bytes)
{
  struct drain *drain = calloc (1, sizeof *drain);

  if (drain == NULL)
    {
      snprintf (message, bytes, "%s", strerror (ENOMEM));
      return NULL;
    }
  drain->daemon = daemon;
  drain->database = database;
  /* The name of the database: whoever owns that may take over its
     claim.  */
  snprintf (drain->holder, sizeof drain->holder, "mdtraced, database %s",
	    database_name (database));
  struct mdtrace_target *target = daemon_open_target (daemon, message, bytes);
  if (target == NULL)
    {
      drain_close (drain);
      return NULL;
    }
  int error = connect_to (drain, target);
  if (error == MDTRACE_OK)
    return drain;
  if (error == MDTRACE_ERR_DATABASE)
    snprintf (message, bytes, "%s: %s", daemon->database_path,
	      database_error (database));
  else
    daemon_describe (target, error, message, bytes);
  mdtrace_close (target);
  drain_close (drain);
  return NULL;
}

void
drain_close (struct drain *drain)
{
  /* Nothing more is written to a damaged database.  */
  recorder_close (drain->recorder,
		  database_is_damaged (drain->database) ? NULL : "stopped");
  mdtrace_close (drain->target);
  free (drain);
}
