/* From the rings into the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A ring's tail moves only after the transaction that stored its records has
   been committed, and the transaction says up to where that was.  So if this
   process is killed at any moment, the next one goes on exactly there: what
   was stored and not yet released is passed over, what was not stored is
   still in the ring.

   Records of several CPUs are stored in the order of time: those that are
   later than the last tick of some CPU wait in the rings.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "drain.h"

enum
{
  BATCH_EVENTS = 10000,
  /* Pauses when there is nothing to read, from the shortest to the
     longest.  */
  PAUSE_MS_MIN = 1,
  PAUSE_MS_MAX = 50,
  /* How often clocks, counts and the claim are renewed.  */
  REFRESH_MS = 1000
};

struct drain
{
  struct daemon *daemon;
  struct database *database;
  struct mdtrace_target *target;
  struct mdtrace_rings *rings;
  struct mdtrace_decoder *decoder;
  uint64_t next_refresh_ms;
};

static uint64_t
now_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (uint64_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool
log_error (const struct drain *drain, const char *what, int error)
{
  const char *detail = mdtrace_detail (drain->target);

  daemon_log (drain->daemon, LOG_ERR, "%s: %s%s%s", what,
	      mdtrace_error_message (error), detail[0] != '\0' ? ": " : "",
	      detail);
  return false;
}

static bool
log_database_error (const struct drain *drain)
{
  daemon_log (drain->daemon, LOG_ERR,
	      "%s: %s; what is not stored stays in the rings",
	      drain->daemon->database_path, database_error (drain->database));
  return false;
}

/* Store PROBE, and its sites if it was not stored before.  A failure is
   logged.  */
static bool
store_probe (struct drain *drain, const mdtrace_probe_info_t *probe)
{
  bool is_new = !database_has_probe (drain->database, probe->id);
  const struct mdtrace_site *sites = NULL;
  size_t count = 0;

  if (is_new)
    {
      int error
	  = mdtrace_decoder_sites (drain->decoder, probe->id, &sites, &count);
      if (error != MDTRACE_OK)
	return log_error (drain, "sites of a probe", error);
    }
  if (!database_put_probe (drain->database, probe))
    return log_database_error (drain);
  for (size_t i = 0; i < count; i++)
    if (!database_put_site (drain->database, probe->id, &sites[i]))
      return log_database_error (drain);
  return true;
}

/* Bring clocks, probes and the claim up to date.  */
static bool
refresh (struct drain *drain)
{
  mdtrace_clock_t clock;
  mdtrace_probe_info_t *probes;
  size_t count;
  int error = mdtrace_get_clock (drain->target, &clock);

  if (error == MDTRACE_OK)
    error = mdtrace_rings_renew (drain->rings);
  if (error == MDTRACE_OK)
    error = mdtrace_probe_list (drain->target, 1, &probes, &count);
  if (error != MDTRACE_OK)
    return log_error (drain, drain->daemon->target_url, error);
  mdtrace_time_update (mdtrace_decoder_time (drain->decoder), &clock);

  bool good = database_begin (drain->database) || log_database_error (drain);
  for (size_t i = 0; i < count && good; i++)
    good = store_probe (drain, &probes[i]);
  free (probes);
  drain->next_refresh_ms = now_ms () + REFRESH_MS;
  return good
	 && (database_commit (drain->database) || log_database_error (drain));
}

static void
learn_name (void *closure, unsigned cpu, uint64_t task, const char *name)
{
  struct drain *drain = closure;

  mdtrace_decoder_set_name (drain->decoder, cpu, task, name);
}

/* Tell the database which boot this is, and go on reading each ring where
   the database says that it stopped.  */
static bool
resume (struct drain *drain)
{
  mdtrace_status_t status;
  mdtrace_clock_t clock;
  bool is_new;
  int error = mdtrace_get_status (drain->target, &status);

  if (error == MDTRACE_OK)
    error = mdtrace_get_clock (drain->target, &clock);
  if (error != MDTRACE_OK)
    return log_error (drain, drain->daemon->target_url, error);
  if (!database_set_boot (drain->database, &status, drain->daemon->target_url,
			  clock.time_ns - clock.uptime_ns, &is_new)
      || !database_for_tasks (drain->database, learn_name, drain))
    return log_database_error (drain);

  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (drain->rings); cpu++)
    {
      uint64_t generation, position, stored_generation, stored_position;
      bool found;
      mdtrace_rings_position (drain->rings, cpu, &generation, &position);
      if (!database_get_ring (drain->database, cpu, &stored_generation,
			      &stored_position, &found))
	return log_database_error (drain);
      /* A position that the ring does not have belongs to another life of
	 it.  */
      if (found && stored_generation == generation
	  && mdtrace_rings_seek (drain->rings, cpu, stored_position)
		 == MDTRACE_OK)
	mdtrace_rings_release (drain->rings, cpu);
    }
  return true;
}

/* Store the site of EVENT if that is all that is known of its probe's sites,
   since the probe was destroyed before anybody asked for them.  A failure is
   logged.  */
static bool
store_site (struct drain *drain, const struct mdtrace_event *event)
{
  const struct mdtrace_site *sites;
  size_t count;
  int error = mdtrace_decoder_sites (drain->decoder, event->probe_id, &sites,
				     &count);

  if (error != MDTRACE_OK)
    return log_error (drain, "sites of a probe", error);
  if (count > 0 || event->kind == 0 || event->address == 0)
    return true;
  struct mdtrace_site site = {
    .address = event->address,
    .function_address = event->address - event->offset,
    .kind = event->kind,
  };
  memcpy (site.function, event->function, sizeof site.function);
  return database_put_site (drain->database, event->probe_id, &site)
	 || log_database_error (drain);
}

/* Store EVENT, and its probe first if the database does not know it.  A
   failure is logged.  */
static bool
store (struct drain *drain, struct mdtrace_event *event)
{
  if (database_put_event (drain->database, event))
    return store_site (drain, event);
  const mdtrace_probe_info_t *probe
      = mdtrace_decoder_probe (drain->decoder, event->probe_id);
  mdtrace_probe_info_t unknown
      = { .id = event->probe_id, .state = MDTRACE_STATE_DESTROYED };
  return store_probe (drain, probe != NULL ? probe : &unknown)
	 && (database_put_event (drain->database, event)
	     || log_database_error (drain))
	 && store_site (drain, event);
}

/* Store the name of a task, if the record that was decoded last is one.  A
   failure is logged.  */
static bool
store_name (struct drain *drain, unsigned cpu)
{
  const char *name;
  uint64_t task = mdtrace_decoder_last_name (drain->decoder, &name);

  return task == 0 || database_put_task (drain->database, cpu, task, name)
	 || log_database_error (drain);
}

/* A record, where it is in a ring; null if there is none.  */
struct found
{
  unsigned cpu;
  const uint64_t *record;
  unsigned words;
};

/* Find the next record.  A failure is logged.  */
static bool
find_next (struct drain *drain, struct found *found)
{
  int error = mdtrace_rings_next_by_time (drain->rings, &found->cpu,
					  &found->record, &found->words);

  return error == MDTRACE_OK || log_error (drain, "trace ring", error);
}

/* Store what was FOUND; *EVENTS grows by one if it is an event.  */
static bool
store_found (struct drain *drain, const struct found *found, unsigned *events)
{
  struct mdtrace_event event;
  bool is_event;
  int error = mdtrace_decode (drain->decoder, found->cpu, found->record,
			      found->words, &event, &is_event);

  if (error != MDTRACE_OK)
    return log_error (drain, "trace ring", error);
  *events += is_event;
  return is_event ? store (drain, &event) : store_name (drain, found->cpu);
}

/* Store in the database where each ring has been read up to.  */
static bool
store_positions (struct drain *drain)
{
  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (drain->rings); cpu++)
    {
      uint64_t generation, position;
      mdtrace_rings_position (drain->rings, cpu, &generation, &position);
      if (!database_put_ring (drain->database, cpu, generation, position))
	return log_database_error (drain);
    }
  return true;
}

/* Store one batch; *EVENTS is set to how many there were in it.  */
static bool
drain_batch (struct drain *drain, unsigned *events)
{
  struct found found;
  int error = mdtrace_rings_look (drain->rings, now_ms ());

  *events = 0;
  if (error != MDTRACE_OK)
    return log_error (drain, "trace ring", error);
  if (!find_next (drain, &found))
    return false;
  if (found.record == NULL)
    return true;
  if (!database_begin (drain->database))
    return log_database_error (drain);
  while (found.record != NULL)
    {
      if (!store_found (drain, &found, events))
	return false;
      if (*events == BATCH_EVENTS)
	break;
      if (!find_next (drain, &found))
	return false;
    }
  if (!store_positions (drain))
    return false;
  if (!database_commit (drain->database))
    return log_database_error (drain);
  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (drain->rings); cpu++)
    mdtrace_rings_release (drain->rings, cpu);
  return true;
}

/* Wait for up to PAUSE_MS, or until somebody wants something.  Returns
   whether the daemon goes on; *ASKED is how many flushes were asked for.  */
static bool
wait_a_while (struct daemon *daemon, unsigned pause_ms, uint64_t *asked)
{
  struct timespec until;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_nsec += pause_ms * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_mutex_lock (&daemon->mutex);
  if (pause_ms > 0 && !daemon->stop
      && daemon->flushes_asked == daemon->flushes_done)
    pthread_cond_timedwait (&daemon->wake_drain, &daemon->mutex, &until);
  *asked = daemon->flushes_asked;
  bool go_on = !daemon->stop;
  pthread_mutex_unlock (&daemon->mutex);
  return go_on;
}

/* Tell the server what has been done.  */
static void
report (struct daemon *daemon, unsigned events, uint64_t flushes)
{
  pthread_mutex_lock (&daemon->mutex);
  bool news = events > 0 || daemon->flushes_done != flushes;
  daemon->events_stored += events;
  daemon->flushes_done = flushes;
  pthread_mutex_unlock (&daemon->mutex);
  if (news)
    daemon_wake_server (daemon);
}

/* The time stamp before which all records are of which the rings hold some
   now; 0 if it does not matter, or nobody can be asked any more.  */
static uint64_t
time_stamp_now (struct drain *drain)
{
  mdtrace_clock_t clock;

  if (mdtrace_rings_cpus (drain->rings) == 1
      || mdtrace_get_clock (drain->target, &clock) != MDTRACE_OK)
    return 0;
  return clock.tsc_now;
}

/* Store all that the rings hold now, of which DONE flushes were told and
   ASKED are to be told then.  */
static bool
drain_all (struct drain *drain, uint64_t done, uint64_t asked)
{
  const struct timespec pause = { .tv_nsec = PAUSE_MS_MIN * 1000000L };
  uint64_t unread = 0, taken = 0;
  uint64_t until = time_stamp_now (drain);
  bool complete = false;
  int error = mdtrace_rings_look (drain->rings, now_ms ());

  if (error != MDTRACE_OK)
    return log_error (drain, "trace ring", error);
  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (drain->rings); cpu++)
    unread += mdtrace_rings_unread (drain->rings, cpu);
  while (!complete && taken <= unread)
    {
      unsigned events;
      if (!drain_batch (drain, &events))
	return false;
      report (drain->daemon, events, done);
      if (events == BATCH_EVENTS || mdtrace_rings_have_more (drain->rings))
	/* They take at least that much.  */
	taken += events * UINT64_C (8) * MDTRACE_HEADER_WORDS;
      else if (mdtrace_rings_complete_until (drain->rings) >= until)
	complete = true;
      else
	nanosleep (&pause, NULL);
    }
  if (!refresh (drain))
    return false;
  report (drain->daemon, 0, asked);
  return true;
}

/* As drain_run; false after an error.  */
static bool
drain_until_stopped (struct drain *drain)
{
  unsigned pause = 0, events;
  uint64_t asked, done = 0;

  while (wait_a_while (drain->daemon, pause, &asked))
    {
      if (asked != done)
	{
	  if (!drain_all (drain, done, asked))
	    return false;
	  done = asked;
	}
      if (!drain_batch (drain, &events))
	return false;
      report (drain->daemon, events, done);
      if (now_ms () >= drain->next_refresh_ms && !refresh (drain))
	return false;
      if (events == BATCH_EVENTS || mdtrace_rings_have_more (drain->rings))
	pause = 0;
      else if (events > 0)
	pause = PAUSE_MS_MIN;
      else if (pause < PAUSE_MS_MAX)
	pause = pause < PAUSE_MS_MIN ? PAUSE_MS_MIN : 2 * pause;
      if (pause > PAUSE_MS_MAX)
	pause = PAUSE_MS_MAX;
    }
  return drain_all (drain, done, asked);
}

void
drain_run (struct drain *drain)
{
  if (!drain_until_stopped (drain))
    daemon_stop (drain->daemon, true);
}

struct drain *
drain_open (struct daemon *daemon, struct database *database, char *message,
	    size_t bytes)
{
  struct drain *drain = calloc (1, sizeof *drain);
  char holder[MDTRACE_HOLDER_BYTES];

  if (drain == NULL)
    {
      snprintf (message, bytes, "%s", strerror (ENOMEM));
      return NULL;
    }
  drain->daemon = daemon;
  drain->database = database;
  /* The name of the database: whoever owns that may take over its
     claim.  */
  snprintf (holder, sizeof holder, "mdtraced, database %s",
	    database_name (database));
  drain->target = daemon_open_target (daemon, message, bytes);
  if (drain->target == NULL)
    {
      drain_close (drain);
      return NULL;
    }
  int error = mdtrace_rings_open (drain->target, holder, &drain->rings);
  if (error == MDTRACE_OK && mdtrace_rings_are_frozen (drain->rings))
    error = MDTRACE_ERR_FLIGHT_RECORDER;
  if (error != MDTRACE_OK)
    {
      daemon_describe (drain->target, error, message, bytes);
      drain_close (drain);
      return NULL;
    }
  drain->decoder = mdtrace_decoder_new (drain->target);
  if (drain->decoder == NULL || !resume (drain) || !refresh (drain))
    {
      snprintf (message, bytes, "%s: cannot be stored", daemon->target_url);
      drain_close (drain);
      return NULL;
    }
  return drain;
}

void
drain_close (struct drain *drain)
{
  mdtrace_decoder_free (drain->decoder);
  mdtrace_rings_close (drain->rings);
  mdtrace_close (drain->target);
  free (drain);
}
