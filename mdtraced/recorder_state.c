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
  /* How often the clock and counts are stored.  */
  SAMPLE_MS = 10000,
  /* Nothing stays unread for so many refreshes.  */
  GONE_REFRESHES = 10,
  /* Probes that are asked for their usage at a refresh, since each takes a
     request, if their state is not another.  */
  USAGES = 4
};

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

/* What is to be done about a probe.  */
struct change
{
  bool is_stored;  /* as it is, but for its usage */
  bool asks_usage; /* and whether that is to be asked for */
};

/* How PROBE differs from what is KNOWN of it; usage is asked for if *USAGES
   are left, of which each takes one, or if ALL are.  */
static struct change
find_change (const struct known *known, const mdtrace_probe_info_t *probe,
	     bool all, unsigned *usages)
{
  bool same_state = known != NULL && known->state == probe->state;
  struct change change
      = { .is_stored
	  = same_state
	    && memcmp (&known->counts, &probe->counts, sizeof known->counts)
		   == 0,
	  .asks_usage = !same_state };
  bool is_old = same_state && (known->usage_is_old || !change.is_stored);

  if (is_old && (all || (*usages > 0 && now_ms () >= known->next_usage_ms)))
    {
      change.asks_usage = true;
      *usages -= *usages > 0;
    }
  return change;
}

static int
compare_known (const void *left, const void *right)
{
  const struct known *a = left, *b = right;

  return a->id < b->id ? -1 : a->id > b->id;
}

/* What is known of PROBE now that CHANGE was stored, and was KNOWN before.  */
static struct known
learn (const struct known *known, const mdtrace_probe_info_t *probe,
       const struct change *change)
{
  struct known now
      = { .id = probe->id, .state = probe->state, .counts = probe->counts };

  if (change->asks_usage)
    now.next_usage_ms = now_ms () + SAMPLE_MS;
  else if (known != NULL)
    {
      now.next_usage_ms = known->next_usage_ms;
      now.usage_is_old = known->usage_is_old || !change->is_stored;
    }
  return now;
}

/* Remember that all of PROBES, COUNT, are stored as CHANGES say, and forget
   those that the kernel has forgotten.  It does so when all their events have
   been read; but when there are very many it does so before, and then they are
   kept for as long as their events may be unread.  */
static int
remember (struct recorder *recorder, const mdtrace_probe_info_t *probes,
	  size_t count, const struct change *changes)
{
  size_t old_count = recorder->known_count;
  bool all_read = recorder_unread (recorder) == 0;
  struct known *old = recorder->known;
  struct known *known = malloc ((count + old_count + 1) * sizeof *known);

  if (known == NULL)
    return MDTRACE_ERR_SYSTEM;
  for (size_t i = 0; i < count; i++)
    known[i]
	= learn (find_known (recorder, probes[i].id), &probes[i], &changes[i]);
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

/* Store those of PROBES, COUNT, that are to be by CHANGES, within a
   transaction.  *ERROR as for recorder_store_probe.  */
static bool
store_probes (struct recorder *recorder, const mdtrace_probe_info_t *probes,
	      size_t count, const struct change *changes, int *error)
{
  for (size_t i = 0; i < count; i++)
    {
      const struct known *known = find_known (recorder, probes[i].id);
      enum recorder_asks asks = known == NULL		? ASK_ALL
				: changes[i].asks_usage ? ASK_USAGE
							: ASK_NOTHING;
      if ((!changes[i].is_stored || asks != ASK_NOTHING)
	  && !recorder_store_probe (recorder, &probes[i], asks, error))
	return false;
    }
  return true;
}

/* Store those of PROBES, COUNT, that are to be by CHANGES, SAID of the kernel,
   and every so often the clock and counts.  */
static int
store_state (struct recorder *recorder, const mdtrace_probe_info_t *probes,
	     size_t count, const struct change *changes,
	     const struct recorder_news *said)
{
  const struct mdtrace_time *time = mdtrace_decoder_time (recorder->decoder);
  bool sample = now_ms () >= recorder->next_sample_ms;
  /* The clock too, so that a later run goes on where this one has ended.  */
  bool timed = sample || recorder->events != recorder->events_at_refresh;
  bool news = timed || said->snapshot_count > 0;
  mdtrace_status_t status;
  int error = MDTRACE_OK;

  for (size_t i = 0; i < count && !news; i++)
    news = !changes[i].is_stored || changes[i].asks_usage;
  if (!news)
    return MDTRACE_OK;
  if (sample)
    error = mdtrace_get_status (recorder->target, &status);
  if (error != MDTRACE_OK)
    return error;

  uint64_t time_ns = recorder_now_ns (recorder);
  bool good = database_begin (recorder->database)
	      && store_probes (recorder, probes, count, changes, &error);
  if (good && timed)
    good = database_put_clock (recorder->database, time);
  if (good && sample)
    good = database_put_counts (recorder->database, time_ns, &status.counts);
  good = good && recorder_put_news (recorder, said)
	 && database_see_run (recorder->database, now_ns (CLOCK_REALTIME),
			      recorder->events, NULL);
  if (error != MDTRACE_OK)
    database_rollback (recorder->database);
  else
    error = recorder_finish (recorder, good);
  recorder_tell (recorder, error == MDTRACE_OK);
  if (error != MDTRACE_OK)
    return error;
  if (sample)
    recorder->next_sample_ms = now_ms () + SAMPLE_MS;
  recorder->events_at_refresh = recorder->events;
  return MDTRACE_OK;
}

/* As recorder_refresh, of PROBES, COUNT.  */
static int
store_and_remember (struct recorder *recorder,
		    const mdtrace_probe_info_t *probes, size_t count, bool all)
{
  struct change *changes = malloc ((count + 1) * sizeof *changes);
  unsigned usages = USAGES;
  struct recorder_news news;

  if (changes == NULL)
    return MDTRACE_ERR_SYSTEM;
  for (size_t i = 0; i < count; i++)
    changes[i] = find_change (find_known (recorder, probes[i].id), &probes[i],
			      all, &usages);
  int error = recorder_ask_news (recorder, all, &news);
  if (error == MDTRACE_OK)
    error = store_state (recorder, probes, count, changes, &news);
  if (error == MDTRACE_OK)
    recorder_take_news (recorder, &news);
  if (error == MDTRACE_OK)
    error = remember (recorder, probes, count, changes);
  recorder_free_news (&news);
  free (changes);
  return error;
}

int
recorder_refresh (struct recorder *recorder, bool all)
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
  error = store_and_remember (recorder, probes, count, all);
  free (probes);
  return error;
}
