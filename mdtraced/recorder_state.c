/* From the rings into the database: what is known of the boot and its probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "now.h"
#include "recorder_private.h"

enum
{
  /* How often the clock, health and counts are stored.  */
  SAMPLE_MS = 10000,
  /* Nothing stays unread for so many refreshes.  */
  GONE_REFRESHES = 10
};

bool
recorder_store_probe (struct recorder *recorder,
		      const mdtrace_probe_info_t *probe, int *error)
{
  const struct mdtrace_site *sites = NULL;
  size_t count = 0;
  bool has;

  if (!database_has_probe (recorder->database, probe->id, &has))
    return false;
  if (!has)
    {
      *error = mdtrace_decoder_sites (recorder->decoder, probe->id, &sites,
				      &count);
      if (*error != MDTRACE_OK)
	return false;
    }
  if (!database_put_probe (recorder->database, probe,
			   recorder_now_ns (recorder)))
    return false;
  for (size_t i = 0; i < count; i++)
    if (!database_put_site (recorder->database, probe->id, &sites[i],
			    probe->event))
      return false;
  return true;
}

/* What is known of the probe with number ID; null if nothing.  */
static struct known *
find_known (const struct recorder *recorder, uint32_t id)
{
  size_t low = 0, high = recorder->known_count;

  while (low < high)
    {
      size_t middle = (low + high) / 2;
      if (recorder->known[middle].id < id)
	low = middle + 1;
      else
	high = middle;
    }
  return low < recorder->known_count && recorder->known[low].id == id
	     ? &recorder->known[low]
	     : NULL;
}

/* Whether PROBE is stored as it is.  */
static bool
is_stored (const struct recorder *recorder, const mdtrace_probe_info_t *probe)
{
  const struct known *known = find_known (recorder, probe->id);

  return known != NULL && known->state == probe->state
	 && memcmp (&known->counts, &probe->counts, sizeof known->counts) == 0;
}

static int
compare_known (const void *left, const void *right)
{
  const struct known *a = left, *b = right;

  return a->id < b->id ? -1 : a->id > b->id;
}

/* Remember that all of PROBES, COUNT, are stored, and forget those that the
   kernel has forgotten.  It does so when all their events have been read; but
   when there are very many it does so before, and then they are kept for as
   long as their events may be unread.  */
static int
remember (struct recorder *recorder, const mdtrace_probe_info_t *probes,
	  size_t count)
{
  size_t old_count = recorder->known_count;
  bool all_read = recorder_unread (recorder) == 0;
  struct known *old = recorder->known;
  struct known *known = malloc ((count + old_count + 1) * sizeof *known);

  if (known == NULL)
    return MDTRACE_ERR_SYSTEM;
  for (size_t i = 0; i < count; i++)
    known[i] = (struct known){ .id = probes[i].id,
			       .state = probes[i].state,
			       .counts = probes[i].counts };
  /* Only these are looked at until all are in order.  */
  recorder->known = known;
  recorder->known_count = count;
  for (size_t i = 0; i < old_count; i++)
    if (find_known (recorder, old[i].id) == NULL)
      {
	if (all_read || ++old[i].gone > GONE_REFRESHES)
	  mdtrace_decoder_forget (recorder->decoder, old[i].id);
	else
	  known[count++] = old[i];
      }
  recorder->known_count = count;
  qsort (known, count, sizeof *known, compare_known);
  free (old);
  return MDTRACE_OK;
}

/* Store those of PROBES, COUNT, that have changed, and every so often how the
   kernel does.  */
static int
store_state (struct recorder *recorder, const mdtrace_probe_info_t *probes,
	     size_t count)
{
  const struct mdtrace_time *time = mdtrace_decoder_time (recorder->decoder);
  bool sample = now_ms () >= recorder->next_sample_ms;
  /* The clock too, so that a later run goes on where this one has ended.  */
  bool timed = sample || recorder->events != recorder->events_at_refresh;
  bool news = timed;
  mdtrace_health_t health;
  mdtrace_status_t status;
  int error = MDTRACE_OK;

  for (size_t i = 0; i < count && !news; i++)
    news = !is_stored (recorder, &probes[i]);
  if (!news)
    return MDTRACE_OK;
  int health_error
      = sample ? mdtrace_get_health (recorder->target, &health) : MDTRACE_OK;
  if (sample)
    error = mdtrace_get_status (recorder->target, &status);
  if (error != MDTRACE_OK)
    return error;

  uint64_t time_ns = recorder_now_ns (recorder);
  bool good = database_begin (recorder->database);
  for (size_t i = 0; i < count && good; i++)
    if (!is_stored (recorder, &probes[i]))
      good = recorder_store_probe (recorder, &probes[i], &error);
  if (good && timed)
    good = database_put_clock (recorder->database, time);
  if (good && sample)
    good = database_put_counts (recorder->database, time_ns, &status.counts)
	   /* A kernel part can be built without.  */
	   && (health_error != MDTRACE_OK
	       || database_put_health (recorder->database, time_ns, &health));
  good = good
	 && database_see_run (recorder->database, now_ns (CLOCK_REALTIME),
			      recorder->events, NULL);
  if (error != MDTRACE_OK)
    {
      database_rollback (recorder->database);
      return error;
    }
  error = recorder_finish (recorder, good);
  if (error != MDTRACE_OK)
    return error;
  if (sample)
    recorder->next_sample_ms = now_ms () + SAMPLE_MS;
  recorder->events_at_refresh = recorder->events;
  return MDTRACE_OK;
}

int
recorder_refresh (struct recorder *recorder)
{
  mdtrace_probe_info_t *probes;
  size_t count;
  mdtrace_clock_t clock;
  int error = mdtrace_get_clock (recorder->target, &clock);

  if (error == MDTRACE_OK)
    error = mdtrace_rings_renew (recorder->rings);
  if (error == MDTRACE_OK)
    error = mdtrace_probe_list (recorder->target, 1, &probes, &count);
  if (error != MDTRACE_OK)
    return error;
  mdtrace_time_update (mdtrace_decoder_time (recorder->decoder), &clock);
  error = store_state (recorder, probes, count);
  if (error == MDTRACE_OK)
    error = remember (recorder, probes, count);
  free (probes);
  return error;
}
