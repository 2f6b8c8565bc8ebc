/* From the rings into the database: records.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   See recorder.c for what must stay true.  */

#include <config.h>

#include "now.h"
#include "recorder_private.h"

/* Store EVENT, and its probe first if the database does not know it.  *ERROR
   as for recorder_store_probe.  */
static bool
store_event (struct recorder *recorder, const struct mdtrace_event *event,
	     int *error)
{
  return recorder_have_probe (recorder, event->probe_id, error)
	 && database_put_event (recorder->database, event);
}

/* A record, where it is in a ring; null if there is none.  */
struct found
{
  unsigned cpu;
  const uint64_t *record;
  unsigned words;
};

static int
find_next (struct recorder *recorder, struct found *found)
{
  return mdtrace_rings_next_by_time (recorder->rings, &found->cpu,
				     &found->record, &found->words);
}

/* Whether what has been read last of CPU's ring was there when that was
   marked.  */
static bool
was_held (const struct recorder *recorder, unsigned cpu)
{
  uint64_t generation, position;

  if (recorder->mark_heads[cpu] == 0)
    return false;
  mdtrace_rings_position (recorder->rings, cpu, &generation, &position);
  if (generation != recorder->mark_generations[cpu])
    return false;
  uint64_t left = recorder->mark_heads[cpu] - position;
  return recorder->word_bytes == 4 ? (int32_t) left >= 0 : (int64_t) left >= 0;
}

/* How many events were stored, and those of them that the rings held when they
   were marked.  */
struct stored
{
  unsigned events, held;
};

/* Store what was FOUND; *STORED grows if it is an event.  *ERROR as for
   recorder_store_probe; then the record will be found again.  */
static bool
store_found (struct recorder *recorder, const struct found *found,
	     struct stored *stored, int *error)
{
  struct mdtrace_event event;
  bool is_event = false, good = false;
  const char *name;

  *error = mdtrace_decode (recorder->decoder, found->cpu, found->record,
			   found->words, &event, &is_event);
  if (*error == MDTRACE_OK && is_event)
    good = store_event (recorder, &event, error);
  else if (*error == MDTRACE_OK)
    {
      uint64_t task = mdtrace_decoder_last_name (recorder->decoder, &name);
      good = task == 0
	     || database_put_task (recorder->database, found->cpu, task, name);
    }
  if (good && is_event)
    {
      stored->events++;
      stored->held += was_held (recorder, found->cpu);
    }
  if (*error != MDTRACE_OK)
    {
      uint64_t generation, position;
      mdtrace_rings_position (recorder->rings, found->cpu, &generation,
			      &position);
      mdtrace_rings_seek (recorder->rings, found->cpu,
			  position - 8 * found->words);
    }
  return good;
}

/* Store where each ring has been read up to.  */
static bool
store_positions (struct recorder *recorder)
{
  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (recorder->rings); cpu++)
    {
      uint64_t generation, position;
      mdtrace_rings_position (recorder->rings, cpu, &generation, &position);
      if (position != recorder->positions[cpu]
	  && !database_put_ring (recorder->database, cpu, generation,
				 position))
	return false;
    }
  return true;
}

/* Let the kernel have what was stored.  */
static void
release (struct recorder *recorder)
{
  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (recorder->rings); cpu++)
    {
      uint64_t generation;
      mdtrace_rings_position (recorder->rings, cpu, &generation,
			      &recorder->positions[cpu]);
      mdtrace_rings_release (recorder->rings, cpu);
    }
}

/* Read again what was read since the last transaction.  */
static void
read_again (struct recorder *recorder)
{
  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (recorder->rings); cpu++)
    mdtrace_rings_seek (recorder->rings, cpu, recorder->positions[cpu]);
}

/* A transaction that has failed is stored all the same if only its end went
   wrong.  Go on where the database says, which may have to be asked later.  */
static int
find_positions (struct recorder *recorder)
{
  bool was_stored = false;

  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (recorder->rings); cpu++)
    {
      uint64_t generation, position, stored_generation, stored;
      bool found;
      mdtrace_rings_position (recorder->rings, cpu, &generation, &position);
      if (!database_get_ring (recorder->database, cpu, &stored_generation,
			      &stored, &found))
	return MDTRACE_ERR_DATABASE;
      if (found && stored_generation == generation
	  && stored != recorder->positions[cpu]
	  && mdtrace_rings_seek (recorder->rings, cpu, stored) == MDTRACE_OK)
	was_stored = true;
    }
  if (was_stored)
    {
      release (recorder);
      recorder->events += recorder->unsure_events;
      recorder->held += recorder->unsure_held;
    }
  recorder->is_unsure = false;
  return MDTRACE_OK;
}

/* Look what is there.  */
static int
look (struct recorder *recorder)
{
  uint64_t now = now_ms ();
  int error = mdtrace_rings_look (recorder->rings, now);

  /* A second look, long after, shows that no CPU goes on.  */
  if (error == MDTRACE_OK && recorder->ended)
    error = mdtrace_rings_look (recorder->rings, now + MDTRACE_PATIENCE_MS);
  return error;
}

int
recorder_store (struct recorder *recorder, unsigned most, unsigned *events)
{
  struct database *database = recorder->database;
  struct found found;
  struct stored stored = { 0, 0 };

  *events = 0;
  int error = recorder->is_unsure ? find_positions (recorder) : MDTRACE_OK;
  if (error == MDTRACE_OK)
    error = look (recorder);
  if (error == MDTRACE_OK)
    error = find_next (recorder, &found);
  if (error != MDTRACE_OK || found.record == NULL)
    return error;
  bool good = database_begin (database);
  while (good && error == MDTRACE_OK && found.record != NULL)
    {
      good = store_found (recorder, &found, &stored, &error);
      if (!good || stored.events == most)
	break;
      error = find_next (recorder, &found);
    }
  /* What was stored before the target failed is good.  */
  good = (good || error != MDTRACE_OK) && store_positions (recorder)
	 && database_see_run (database, now_ns (CLOCK_REALTIME),
			      recorder->events + stored.events, NULL);
  int result = recorder_finish (recorder, good);
  recorder_tell (recorder, result == MDTRACE_OK);
  if (result != MDTRACE_OK)
    {
      read_again (recorder);
      recorder->is_unsure = true;
      recorder->unsure_events = stored.events;
      recorder->unsure_held = stored.held;
      return result;
    }
  release (recorder);
  recorder->events += stored.events;
  recorder->held += stored.held;
  *events = stored.events;
  return error;
}
