/* From the kernel's history into the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel keeps its last snapshots, one a second: they are asked for often
   enough that none is gone before, and from the last one on that is stored.
   What it is to be asked is asked before the transaction that stores it.

   A score is stored of each snapshot whose number is a multiple of
   MDTRACE_HEALTH_WINDOW_SECONDS, whoever stores it and when, and made of
   snapshots that are stored: so the same can be made of them again.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "now.h"
#include "recorder_private.h"

enum
{
  /* How often the history is asked for: seldom enough to cost nothing, and
     never more than half of what the kernel keeps.  */
  HISTORY_MS = 5000,
  HISTORY_MS_MIN = 1000,
  /* Snapshots that are kept for sure suffice for that.  */
  CAPACITY_ENOUGH = 2 * HISTORY_MS / 1000,
  /* How often the parts of counters are read.  */
  READINGS_MS = 60000
};

/* What is known of counters that are on, as a mask.  */
static uint64_t
mask_of (const mdtrace_counter_info_t *counters, size_t count)
{
  uint64_t mask = 0;

  for (size_t i = 0; i < count; i++)
    if (counters[i].state == MDTRACE_COUNTER_ON
	&& counters[i].number < MDTRACE_COUNTER_SLOTS)
      mask |= MDTRACE_COUNTER_BIT (counters[i].number);
  return mask;
}

/* A kernel part can be built without, and memory has no history: then there is
   none.  What else has failed will show when something else is asked.  */
static int
forgive (int error)
{
  return error == MDTRACE_ERR_SYSTEM ? error : MDTRACE_OK;
}

/* Ask for the snapshots that are not stored, and while it is not known whether
   the kernel keeps enough of them, for all.  */
static int
ask_history (struct recorder *recorder, struct recorder_news *news)
{
  bool all = recorder->capacity < CAPACITY_ENOUGH;
  size_t count;
  int error = mdtrace_history (recorder->target,
			       all ? 0 : recorder->last_snapshot + 1,
			       &news->snapshots, &count);

  if (error != MDTRACE_OK)
    return forgive (error);
  news->snapshot_count = count;
  if (all && count > 0)
    recorder->capacity = news->snapshots[count - 1].sequence
			 - news->snapshots[0].sequence + 1;
  return MDTRACE_OK;
}

/* Read the parts of the counter with number INDEX of NEWS.  */
static int
ask_counter (struct recorder *recorder, struct recorder_news *news,
	     size_t index)
{
  const mdtrace_counter_info_t *counter = &news->counters[index];
  struct recorder_reading *reading = &news->readings[news->reading_count];
  int error = mdtrace_counter_read (recorder->target, counter->number,
				    MDTRACE_CPU_ALL, &reading->values,
				    &reading->count);

  if (error != MDTRACE_OK)
    return forgive (error);
  reading->counter = index;
  news->reading_count++;
  return MDTRACE_OK;
}

/* Ask which counters there are, and what those have come to that are on, if it
   IS_TIME, or that were turned off.  */
static int
ask_counters (struct recorder *recorder, bool is_time,
	      struct recorder_news *news)
{
  int error = mdtrace_counter_list (recorder->target, &news->counters,
				    &news->counter_count);

  if (error != MDTRACE_OK)
    return forgive (error);
  news->has_counters = true;
  news->has_readings = is_time;
  news->mask = mask_of (news->counters, news->counter_count);
  news->readings = calloc (news->counter_count + 1, sizeof *news->readings);
  if (news->readings == NULL)
    return MDTRACE_ERR_SYSTEM;
  for (size_t i = 0; i < news->counter_count && error == MDTRACE_OK; i++)
    {
      uint32_t number = news->counters[i].number;
      if (number >= MDTRACE_COUNTER_SLOTS)
	continue;
      uint64_t bit = MDTRACE_COUNTER_BIT (number);
      if ((news->mask & bit) != 0 ? is_time : (recorder->mask & bit) != 0)
	error = ask_counter (recorder, news, i);
    }
  return error;
}

int
recorder_ask_news (struct recorder *recorder, bool all,
		   struct recorder_news *news)
{
  uint64_t now = now_ms ();

  memset (news, 0, sizeof *news);
  if (!all && now < recorder->next_history_ms)
    return MDTRACE_OK;
  news->was_asked = true;
  int error = ask_history (recorder, news);
  if (error != MDTRACE_OK || news->snapshot_count == 0)
    return error;
  uint64_t known = news->snapshots[news->snapshot_count - 1].known;
  bool is_time = all || now >= recorder->next_readings_ms;
  /* One that tasks update may be another under the same number.  */
  if (is_time || known != recorder->mask
      || known >= MDTRACE_COUNTER_BIT (MDTRACE_CUSTOM_FIRST))
    error = ask_counters (recorder, is_time, news);
  return error;
}

/* Store the score of the snapshot with number INDEX of NEWS.  */
static bool
put_health (struct recorder *recorder, const struct recorder_news *news,
	    size_t index)
{
  const mdtrace_snapshot_t *now = &news->snapshots[index], *then = now;
  uint64_t first = now->sequence - MDTRACE_HEALTH_WINDOW_SECONDS;
  mdtrace_health_t health = { .score = 0 };

  if (now->sequence % MDTRACE_HEALTH_WINDOW_SECONDS != 0)
    return true;
  for (size_t i = index; i-- > 0;)
    if (news->snapshots[i].sequence >= first)
      then = &news->snapshots[i];
  for (size_t i = recorder->recent_count; i-- > 0;)
    if (recorder->recent[i].sequence >= first
	&& recorder->recent[i].sequence < then->sequence)
      then = &recorder->recent[i];
  if (then == now)
    return true;
  mdtrace_health_evaluate (recorder->rules, then, now, &health);
  return database_put_health (recorder->database, then, now, recorder->rules,
			      &health);
}

/* Store of READING what is not as it was read before.  */
static bool
put_reading (struct recorder *recorder, const struct recorder_news *news,
	     const struct recorder_reading *reading)
{
  const mdtrace_counter_info_t *counter = &news->counters[reading->counter];
  bool good = true;

  for (size_t i = 0; i < reading->count && good; i++)
    {
      const mdtrace_counter_value_t *value = &reading->values[i];
      if (value->part >= MDTRACE_COUNTER_PARTS_MAX)
	continue;
      const struct mdtrace_counter_sum *before
	  = &recorder->read[counter->number][value->part];
      if (before->count != value->count || before->sum != value->sum)
	good = database_put_counter_value (recorder->database, counter, value,
					   recorder_now_ns (recorder));
    }
  return good;
}

/* Whether the counters of NEWS are not as they were stored.  */
static bool
are_others (const struct recorder *recorder, const struct recorder_news *news)
{
  return news->counter_count > 0
	 && (news->counter_count != recorder->counter_count
	     || memcmp (news->counters, recorder->counters,
			news->counter_count * sizeof *news->counters)
		    != 0);
}

bool
recorder_put_news (struct recorder *recorder, const struct recorder_news *news)
{
  struct database *database = recorder->database;
  bool good = news->snapshot_count == 0 || recorder->has_factors
	      || database_put_factors (database);

  if (good && are_others (recorder, news))
    {
      good = database_begin_counters (database);
      for (size_t i = 0; i < news->counter_count && good; i++)
	good = database_put_counter (database, &news->counters[i]);
    }
  for (size_t i = 0; i < news->snapshot_count && good; i++)
    if (news->snapshots[i].sequence > recorder->last_snapshot)
      good = database_put_snapshot (database, &news->snapshots[i])
	     && put_health (recorder, news, i);
  for (size_t i = 0; i < news->reading_count && good; i++)
    good = put_reading (recorder, news, &news->readings[i]);
  return good;
}

/* Remember the last snapshots, of NEWS and those that are remembered.  */
static void
remember_snapshots (struct recorder *recorder,
		    const struct recorder_news *news)
{
  for (size_t i = 0; i < news->snapshot_count; i++)
    {
      size_t count = recorder->recent_count;
      if (count > 0
	  && news->snapshots[i].sequence
		 <= recorder->recent[count - 1].sequence)
	continue;
      if (count == MDTRACE_HEALTH_WINDOW_SECONDS)
	memmove (recorder->recent, recorder->recent + 1,
		 --count * sizeof *recorder->recent);
      recorder->recent[count] = news->snapshots[i];
      recorder->recent_count = count + 1;
      if (news->snapshots[i].sequence > recorder->last_snapshot)
	recorder->last_snapshot = news->snapshots[i].sequence;
    }
}

void
recorder_take_news (struct recorder *recorder, struct recorder_news *news)
{
  uint64_t now = now_ms ();
  uint64_t pause_ms = recorder->capacity * 1000 / 2;

  if (!news->was_asked)
    return;
  remember_snapshots (recorder, news);
  recorder->has_factors |= news->snapshot_count > 0;
  recorder->next_history_ms = now
			      + (pause_ms < HISTORY_MS_MIN ? HISTORY_MS_MIN
				 : pause_ms < HISTORY_MS   ? pause_ms
							   : HISTORY_MS);
  if (!news->has_counters)
    return;
  recorder->mask = news->mask;
  if (news->has_readings)
    recorder->next_readings_ms = now + READINGS_MS;
  for (size_t i = 0; i < news->reading_count; i++)
    {
      const struct recorder_reading *reading = &news->readings[i];
      uint32_t number = news->counters[reading->counter].number;
      for (size_t j = 0; j < reading->count; j++)
	if (reading->values[j].part < MDTRACE_COUNTER_PARTS_MAX)
	  recorder->read[number][reading->values[j].part]
	      = (struct mdtrace_counter_sum){ reading->values[j].count,
					      reading->values[j].sum };
    }
  /* What was remembered is freed with the news.  */
  mdtrace_counter_info_t *counters = recorder->counters;
  recorder->counters = news->counters;
  recorder->counter_count = news->counter_count;
  news->counters = counters;
}

void
recorder_free_news (struct recorder_news *news)
{
  for (size_t i = 0; i < news->reading_count; i++)
    free (news->readings[i].values);
  free (news->readings);
  free (news->counters);
  free (news->snapshots);
}
