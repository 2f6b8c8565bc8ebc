/* Reading aggregations.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "now.h"
#include "readings.h"
#include "recorder.h"

enum
{
  /* So many times as long as reading took it is not done again: the way to the
     kernel is needed by others too.  */
  REST_SHARE = 9,
  /* When it has failed, and at once.  */
  RETRY_MS = 1000,
  /* So long the target may take to answer while clients wait for something
     else.  Over a line all takes longer.  */
  TIMEOUT_MS = 2500
};

/* A reading that waits to be stored.  */
struct reading
{
  struct reading *next;
  uint64_t connection; /* the daemon's, by which it was read */
  struct database_reading reading;
};

/* A probe that was looked at.  */
struct looked
{
  uint32_t id;
  bool aggregates;
  bool was_read;
  uint64_t recorded; /* when it was read */
};

/* [s] All of it is the server thread's.  */
struct readings
{
  struct daemon *daemon;
  uint64_t connection; /* that the probes below are of */
  struct looked *looked;
  size_t looked_count;
  uint64_t next_ms;
  bool fails; /* and that was said */
};

struct readings *
readings_new (struct daemon *daemon)
{
  struct readings *readings = calloc (1, sizeof *readings);

  if (readings != NULL)
    readings->daemon = daemon;
  return readings;
}

static void
free_reading (struct reading *reading)
{
  if (reading == NULL)
    return;
  mdtrace_aggregate_free (reading->reading.aggregate);
  free (reading);
}

int
readings_pause_ms (const struct readings *readings)
{
  uint64_t now = now_ms ();

  return now >= readings->next_ms ? 0 : (int) (readings->next_ms - now);
}

/* ----------------------------------------------------------------------- */
/* Readings that wait.  */

/* Whether OLD is of the same probe as NEW.  */
static bool
is_of_same (const struct reading *old, const struct reading *new)
{
  return old->connection == new->connection
	 && old->reading.probe_id == new->reading.probe_id;
}

/* Let READING wait, in place of an earlier one of the same probe.  That
   nothing has changed since that one need not be told before it.  */
static void
queue (struct daemon *daemon, struct reading *reading)
{
  struct reading **link = &daemon->readings, *old;

  pthread_mutex_lock (&daemon->mutex);
  while (*link != NULL && !is_of_same (*link, reading))
    link = &(*link)->next;
  old = *link;
  if (old != NULL && reading->reading.aggregate == NULL)
    old = reading;
  else
    {
      reading->next = old != NULL ? old->next : NULL;
      *link = reading;
    }
  pthread_mutex_unlock (&daemon->mutex);
  free_reading (old);
}

/* Take the next reading that waits; null: there is none.  */
static struct reading *
next (struct daemon *daemon)
{
  pthread_mutex_lock (&daemon->mutex);
  struct reading *reading = daemon->readings;
  if (reading != NULL)
    daemon->readings = reading->next;
  pthread_mutex_unlock (&daemon->mutex);
  return reading;
}

/* Let READING, which was taken and could not be stored, wait again, unless a
   later one of the same probe does.  */
static void
give_back (struct daemon *daemon, struct reading *reading)
{
  struct reading *later;

  pthread_mutex_lock (&daemon->mutex);
  for (later = daemon->readings; later != NULL && !is_of_same (later, reading);
       later = later->next)
    continue;
  bool is_superseded = later != NULL && later->reading.aggregate != NULL;
  if (!is_superseded)
    {
      reading->next = daemon->readings;
      daemon->readings = reading;
    }
  pthread_mutex_unlock (&daemon->mutex);
  if (is_superseded)
    free_reading (reading);
}

void
readings_free (struct readings *readings)
{
  struct reading *reading;

  if (readings == NULL)
    return;
  while ((reading = next (readings->daemon)) != NULL)
    free_reading (reading);
  free (readings->looked);
  free (readings);
}

int
readings_store (struct daemon *daemon, uint64_t connection,
		struct recorder *recorder)
{
  struct reading *reading;

  while ((reading = next (daemon)) != NULL)
    {
      int error = MDTRACE_OK;
      /* Of another boot nothing can be stored any more.  */
      if (reading->connection == connection)
	error = recorder_store_reading (recorder, &reading->reading);
      if (error != MDTRACE_OK)
	{
	  give_back (daemon, reading);
	  return error;
	}
      free_reading (reading);
    }
  return MDTRACE_OK;
}

/* ----------------------------------------------------------------------- */
/* Reading.  */

/* Whether ERROR is that the probe is not there, or has no aggregation.  */
static bool
is_gone (int error)
{
  return error == MDTRACE_ERR_NO_SUCH_PROBE
	 || error == MDTRACE_ERR_NO_AGGREGATION
	 || error == MDTRACE_ERR_NOT_BUILT;
}

/* What is known of the probe with number ID, which is asked for what it is if
   that is nothing.  */
static int
look_at (struct readings *readings, struct mdtrace_target *target, uint32_t id,
	 struct looked **result)
{
  mdtrace_probe_options_t options;
  mdtrace_probe_usage_t usage;

  for (size_t i = 0; i < readings->looked_count; i++)
    if (readings->looked[i].id == id)
      {
	*result = &readings->looked[i];
	return MDTRACE_OK;
      }
  int error = mdtrace_probe_options (target, id, &options, &usage);
  if (error != MDTRACE_OK && !is_gone (error))
    return error;
  struct looked *longer
      = realloc (readings->looked,
		 (readings->looked_count + 1) * sizeof *readings->looked);
  if (longer == NULL)
    return MDTRACE_ERR_SYSTEM;
  readings->looked = longer;
  *result = &longer[readings->looked_count++];
  **result = (struct looked){
    .id = id,
    .aggregates
    = error == MDTRACE_OK && options.aggregation != MDTRACE_AGGREGATION_NONE,
  };
  return MDTRACE_OK;
}

/* Forget those that are none of PROBES, COUNT.  */
static void
forget (struct readings *readings, const mdtrace_probe_info_t *probes,
	size_t count)
{
  size_t kept = 0;

  for (size_t i = 0; i < readings->looked_count; i++)
    for (size_t j = 0; j < count; j++)
      if (probes[j].id == readings->looked[i].id)
	{
	  readings->looked[kept++] = readings->looked[i];
	  break;
	}
  readings->looked_count = kept;
}

/* Begin anew with another connection.  */
static void
set_connection (struct readings *readings, uint64_t connection)
{
  if (readings->connection != connection)
    readings->looked_count = 0;
  readings->connection = connection;
}

/* Read the aggregation of LOOKED, and let that wait; if it IS_UNCHANGED, only
   that this was so at NOW_NS.  */
static int
take (struct readings *readings, struct mdtrace_target *target,
      struct looked *looked, bool is_unchanged, uint64_t now_ns)
{
  struct reading *reading = calloc (1, sizeof *reading);
  int error = MDTRACE_OK;

  if (reading == NULL)
    return MDTRACE_ERR_SYSTEM;
  reading->connection = readings->connection;
  if (is_unchanged)
    reading->reading = (struct database_reading){ .probe_id = looked->id,
						  .time_ns = now_ns };
  else
    error = recorder_read (target, looked->id, &reading->reading);
  if (error != MDTRACE_OK)
    {
      free (reading);
      return is_gone (error) ? MDTRACE_OK : error;
    }
  if (!is_unchanged)
    looked->recorded = reading->reading.recorded_before;
  looked->was_read = true;
  queue (readings->daemon, reading);
  return MDTRACE_OK;
}

/* Read those of PROBES, COUNT, that are to be.  */
static int
take_each (struct readings *readings, struct mdtrace_target *target,
	   const mdtrace_probe_info_t *probes, size_t count, bool all,
	   uint64_t now_ns)
{
  for (size_t i = 0; i < count; i++)
    {
      struct looked *looked;
      if (probes[i].state == MDTRACE_STATE_DESTROYED)
	continue;
      int error = look_at (readings, target, probes[i].id, &looked);
      if (error != MDTRACE_OK)
	return error;
      if (!looked->aggregates)
	continue;
      bool is_unchanged = !all && looked->was_read
			  && looked->recorded == probes[i].counts.recorded;
      error = take (readings, target, looked, is_unchanged, now_ns);
      if (error != MDTRACE_OK)
	return error;
    }
  return MDTRACE_OK;
}

/* Say once that reading fails with ERROR, if it does.  That the target does
   not answer says who stores events.  */
static void
tell (struct readings *readings, const struct mdtrace_target *target,
      int error)
{
  bool is_told = error == MDTRACE_ERR_PROTOCOL || error == MDTRACE_ERR_SYSTEM;
  char message[1280];

  if (is_told && !readings->fails)
    {
      daemon_describe (target, error, message, sizeof message);
      daemon_log (readings->daemon, LOG_WARNING,
		  "aggregations cannot be read: %s; trying again", message);
    }
  readings->fails = error != MDTRACE_OK;
}

/* Read again when that is due, but not before LEAST_MS.  */
static void
put_off (struct readings *readings, uint64_t least_ms)
{
  uint64_t pause_ms
      = readings->fails ? RETRY_MS : readings->daemon->aggregations_ms;

  readings->next_ms = now_ms () + (least_ms > pause_ms ? least_ms : pause_ms);
}

void
readings_take (struct readings *readings, struct mdtrace_target *target,
	       uint64_t connection, bool all)
{
  uint64_t began_ms = now_ms ();
  mdtrace_probe_info_t *probes = NULL;
  mdtrace_clock_t clock;
  size_t count;

  if (target == NULL)
    {
      put_off (readings, 0);
      return;
    }
  /* Nobody has to wait for it again and again.  */
  if (readings->fails && began_ms < readings->next_ms)
    return;
  bool is_line = strncmp (mdtrace_target_url (target), "serial:", 7) == 0;
  mdtrace_set_timeout (target, is_line ? DAEMON_TARGET_MS : TIMEOUT_MS);
  int error = mdtrace_get_clock (target, &clock);
  set_connection (readings, connection);
  if (error == MDTRACE_OK)
    error = mdtrace_probe_list (target, 1, &probes, &count);
  if (error == MDTRACE_OK)
    {
      forget (readings, probes, count);
      error = take_each (readings, target, probes, count, all, clock.time_ns);
      free (probes);
    }
  mdtrace_set_timeout (target, DAEMON_TARGET_MS);
  tell (readings, target, error);
  put_off (readings, REST_SHARE * (now_ms () - began_ms));
}

void
readings_take_last (struct readings *readings, struct mdtrace_target *target,
		    uint64_t connection, uint32_t probe_id, bool is_to_end)
{
  struct looked *looked;

  set_connection (readings, connection);
  int error = look_at (readings, target, probe_id, &looked);
  if (error == MDTRACE_OK && looked->aggregates)
    {
      /* One that is not enabled is as good.  */
      if (is_to_end)
	mdtrace_probe_disable (target, probe_id);
      error = take (readings, target, looked, false, 0);
    }
  tell (readings, target, error);
}
