/* From the rings into the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A ring's tail moves only after the transaction that stored its records has
   been committed, and the transaction says up to where that was.  So if this
   process is killed at any moment, the next one goes on exactly there: what
   was stored and not yet released is passed over, what was not stored is
   still in the ring.  A transaction that fails is given up, and the rings are
   read again from where the last one stopped.

   Records of several CPUs are stored in the order of time: those that are
   later than the last tick of some CPU wait in the rings.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "recorder.h"

enum
{
  /* How often the clock, health and counts are stored.  */
  SAMPLE_MS = 10000
};

/* What was stored of a probe.  */
struct known
{
  uint32_t id;
  uint32_t state;
  mdtrace_counts_t counts;
};

struct recorder
{
  struct mdtrace_target *target;
  struct database *database;
  struct mdtrace_rings *rings;
  struct mdtrace_decoder *decoder;
  uint64_t kernel_boot_id, boot_time_ns;
  uint64_t events; /* stored in this run */
  uint64_t events_at_refresh;
  uint64_t next_sample_ms;
  bool ended;
  /* By number.  */
  struct known *known;
  size_t known_count;
  /* Up to where each ring was stored.  */
  uint64_t positions[MDTRACE_CPUS_MAX];
};

static uint64_t
clock_now (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (uint64_t) time.tv_sec * 1000000000 + time.tv_nsec;
}

static uint64_t
now_ms (void)
{
  return clock_now (CLOCK_MONOTONIC) / 1000000;
}

/* End a transaction that was GOOD so far, or give it up.  */
static int
finish (struct recorder *recorder, bool good)
{
  if (good && database_commit (recorder->database))
    return MDTRACE_OK;
  database_rollback (recorder->database);
  return MDTRACE_ERR_DATABASE;
}

/* The traced kernel's time at the last refresh.  */
static uint64_t
last_time_ns (const struct recorder *recorder)
{
  return mdtrace_decoder_time (recorder->decoder)->time_ns;
}

/* Store PROBE, and its sites if it was not stored before.  *ERROR is that of
   the target, if it was one.  */
static bool
store_probe (struct recorder *recorder, const mdtrace_probe_info_t *probe,
	     int *error)
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
  if (!database_put_probe (recorder->database, probe, last_time_ns (recorder)))
    return false;
  for (size_t i = 0; i < count; i++)
    if (!database_put_site (recorder->database, probe->id, &sites[i]))
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

/* Remember that all of PROBES, COUNT, are stored, and forget those that are
   not there any more, once no event of theirs can be unread.  */
static int
remember (struct recorder *recorder, const mdtrace_probe_info_t *probes,
	  size_t count)
{
  size_t old_count = recorder->known_count;
  bool keep = recorder_unread (recorder) > 0;
  struct known *old = recorder->known;
  struct known *known = malloc ((count + old_count + 1) * sizeof *known);

  if (known == NULL)
    return MDTRACE_ERR_SYSTEM;
  for (size_t i = 0; i < count; i++)
    known[i]
	= (struct known){ probes[i].id, probes[i].state, probes[i].counts };
  /* Only these are looked at until all are in order.  */
  recorder->known = known;
  recorder->known_count = count;
  for (size_t i = 0; i < old_count; i++)
    if (find_known (recorder, old[i].id) == NULL)
      {
	if (keep)
	  known[count++] = old[i];
	else
	  mdtrace_decoder_forget (recorder->decoder, old[i].id);
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

  uint64_t time_ns = last_time_ns (recorder);
  bool good = database_begin (recorder->database);
  for (size_t i = 0; i < count && good; i++)
    if (!is_stored (recorder, &probes[i]))
      good = store_probe (recorder, &probes[i], &error);
  if (good && timed)
    good = database_put_clock (recorder->database, time);
  if (good && sample)
    good = database_put_counts (recorder->database, time_ns, &status.counts)
	   /* A kernel part can be built without.  */
	   && (health_error != MDTRACE_OK
	       || database_put_health (recorder->database, time_ns, &health));
  good = good
	 && database_see_run (recorder->database, clock_now (CLOCK_REALTIME),
			      recorder->events, NULL);
  if (good && sample)
    recorder->next_sample_ms = now_ms () + SAMPLE_MS;
  if (good)
    recorder->events_at_refresh = recorder->events;
  if (error != MDTRACE_OK)
    {
      database_rollback (recorder->database);
      return error;
    }
  return finish (recorder, good);
}

int
recorder_renew (struct recorder *recorder)
{
  return mdtrace_rings_renew (recorder->rings);
}

int
recorder_refresh (struct recorder *recorder)
{
  mdtrace_probe_info_t *probes;
  size_t count;
  mdtrace_clock_t clock;
  int error = mdtrace_get_clock (recorder->target, &clock);

  if (error == MDTRACE_OK)
    error = recorder_renew (recorder);
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

/* Store the names of the kernel's functions, if they are not there yet.  */
static int
store_symbols (struct recorder *recorder)
{
  struct mdtrace_function *functions;
  size_t count;
  bool has;

  if (!database_has_symbols (recorder->database, &has))
    return MDTRACE_ERR_DATABASE;
  if (has)
    return MDTRACE_OK;
  int error = mdtrace_function_list (recorder->target, &functions, &count);
  if (error != MDTRACE_OK)
    return error;
  bool good = database_begin (recorder->database);
  for (size_t i = 0; i < count && good; i++)
    good = database_put_symbol (recorder->database, &functions[i]);
  free (functions);
  return finish (recorder, good);
}

static void
learn_name (void *closure, unsigned cpu, uint64_t task, const char *name)
{
  struct recorder *recorder = closure;

  mdtrace_decoder_set_name (recorder->decoder, cpu, task, name);
}

/* Go on reading the ring of CPU where the database says that it was read up
   to.  A position that the ring does not have belongs to another life of
   it.  */
static int
resume_ring (struct recorder *recorder, unsigned cpu)
{
  uint64_t generation, stored_generation, stored_position;
  bool found;

  mdtrace_rings_position (recorder->rings, cpu, &generation,
			  &recorder->positions[cpu]);
  if (!database_get_ring (recorder->database, cpu, &stored_generation,
			  &stored_position, &found))
    return MDTRACE_ERR_DATABASE;
  if (found && stored_generation == generation
      && mdtrace_rings_seek (recorder->rings, cpu, stored_position)
	     == MDTRACE_OK)
    {
      recorder->positions[cpu] = stored_position;
      mdtrace_rings_release (recorder->rings, cpu);
    }
  /* Where the oldest records were overwritten names may come behind their
     events only.  */
  if (mdtrace_rings_are_frozen (recorder->rings))
    return mdtrace_decoder_learn_names (recorder->decoder, recorder->rings,
					cpu);
  return MDTRACE_OK;
}

/* Tell the database which boot this is, and that PROGRAM stores it now.  */
static int
enter_boot (struct recorder *recorder, const mdtrace_status_t *status,
	    const char *program)
{
  struct database *database = recorder->database;
  mdtrace_clock_t clock;
  bool is_new;
  int error = mdtrace_get_clock (recorder->target, &clock);

  if (error != MDTRACE_OK)
    return error;
  recorder->kernel_boot_id = status->boot_id;
  recorder->boot_time_ns = clock.time_ns - clock.uptime_ns;
  return finish (
      recorder,
      database_begin (database)
	  && database_set_boot (database, status,
				mdtrace_target_url (recorder->target),
				recorder->boot_time_ns, &is_new)
	  && database_begin_run (database, program, getpid (),
				 clock_now (CLOCK_REALTIME)));
}

/* Synchronise the clock, so that it goes on where the one of an earlier run of
   this boot has ended.  */
static int
start_clock (struct recorder *recorder)
{
  struct mdtrace_time *time = mdtrace_decoder_time (recorder->decoder);
  uint64_t tsc, time_ns;
  bool found;

  if (!database_get_clock (recorder->database, &tsc, &time_ns, &found))
    return MDTRACE_ERR_DATABASE;
  if (found)
    mdtrace_time_resume (time, tsc, time_ns);
  return mdtrace_time_start (time, recorder->target);
}

/* Become the consumer of TARGET's rings, and go on where the database says:
   with a new run of PROGRAM, or if that is null with the present one, if it is
   the same boot.  */
static int
attach (struct recorder *recorder, struct mdtrace_target *target,
	const char *program, const char *holder)
{
  mdtrace_status_t status;

  recorder->target = target;
  recorder->decoder = mdtrace_decoder_new (target);
  if (recorder->decoder == NULL)
    return MDTRACE_ERR_SYSTEM;
  int error = mdtrace_rings_open (target, holder, &recorder->rings);
  if (error == MDTRACE_OK && mdtrace_rings_are_frozen (recorder->rings)
      && strncmp (mdtrace_target_url (target), "ram:", 4) != 0)
    error = MDTRACE_ERR_FLIGHT_RECORDER;
  if (error == MDTRACE_OK)
    error = mdtrace_get_status (target, &status);
  if (error != MDTRACE_OK)
    return error;
  if (program != NULL)
    error = enter_boot (recorder, &status, program);
  else if (status.boot_id != recorder->kernel_boot_id)
    error = MDTRACE_ERR_GUEST_DEAD;
  if (error == MDTRACE_OK)
    error = start_clock (recorder);
  if (error == MDTRACE_OK)
    error = store_symbols (recorder);
  if (error == MDTRACE_OK
      && !database_for_tasks (recorder->database, learn_name, recorder))
    error = MDTRACE_ERR_DATABASE;
  for (unsigned cpu = 0;
       error == MDTRACE_OK && cpu < mdtrace_rings_cpus (recorder->rings);
       cpu++)
    error = resume_ring (recorder, cpu);
  return error == MDTRACE_OK ? recorder_refresh (recorder) : error;
}

static void
detach (struct recorder *recorder)
{
  mdtrace_decoder_free (recorder->decoder);
  mdtrace_rings_close (recorder->rings);
  recorder->decoder = NULL;
  recorder->rings = NULL;
}

/* Store EVENT, and its probe first if the database does not know it: the
   kernel has forgotten it if the decoder does not either.  *ERROR as for
   store_probe.  */
static bool
store_event (struct recorder *recorder, const struct mdtrace_event *event,
	     int *error)
{
  bool has;

  if (!database_has_probe (recorder->database, event->probe_id, &has))
    return false;
  if (!has)
    {
      const mdtrace_probe_info_t unknown
	  = { .id = event->probe_id, .state = MDTRACE_STATE_DESTROYED };
      const mdtrace_probe_info_t *probe
	  = mdtrace_decoder_probe (recorder->decoder, event->probe_id);
      if (!store_probe (recorder, probe != NULL ? probe : &unknown, error))
	return false;
    }
  return database_put_event (recorder->database, event);
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

/* Store what was FOUND; *EVENTS grows by one if it is an event.  *ERROR as for
   store_probe; then the record will be found again.  */
static bool
store_found (struct recorder *recorder, const struct found *found,
	     unsigned *events, int *error)
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
  if (good)
    *events += is_event;
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
  unsigned stored = 0;

  *events = 0;
  int error = look (recorder);
  if (error == MDTRACE_OK)
    error = find_next (recorder, &found);
  if (error != MDTRACE_OK || found.record == NULL)
    return error;
  bool good = database_begin (database);
  while (good && error == MDTRACE_OK && found.record != NULL)
    {
      good = store_found (recorder, &found, &stored, &error);
      if (!good || stored == most)
	break;
      error = find_next (recorder, &found);
    }
  /* What was stored before the target failed is good.  */
  good = (good || error != MDTRACE_OK) && store_positions (recorder)
	 && database_see_run (database, clock_now (CLOCK_REALTIME),
			      recorder->events + stored, NULL);
  int result = finish (recorder, good);
  if (result != MDTRACE_OK)
    {
      read_again (recorder);
      return result;
    }
  release (recorder);
  recorder->events += stored;
  *events = stored;
  return error;
}

void
recorder_set_ended (struct recorder *recorder)
{
  recorder->ended = true;
}

int
recorder_say (struct recorder *recorder, const char *severity,
	      const char *message)
{
  return finish (recorder,
		 database_begin (recorder->database)
		     && database_put_message (recorder->database,
					      clock_now (CLOCK_REALTIME),
					      severity, message));
}

uint64_t
recorder_unread (const struct recorder *recorder)
{
  uint64_t unread = 0;

  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (recorder->rings); cpu++)
    unread += mdtrace_rings_unread (recorder->rings, cpu);
  return unread;
}

uint64_t
recorder_ring_bytes (const struct recorder *recorder)
{
  return mdtrace_rings_bytes (recorder->rings);
}

bool
recorder_is_complete (const struct recorder *recorder, uint64_t until)
{
  return !recorder_has_more (recorder)
	 && mdtrace_rings_complete_until (recorder->rings) >= until;
}

bool
recorder_has_more (const struct recorder *recorder)
{
  return mdtrace_rings_have_more (recorder->rings);
}

unsigned
recorder_lease_ms (const struct recorder *recorder)
{
  return mdtrace_rings_lease_ms (recorder->rings);
}

uint64_t
recorder_time_stamp (struct recorder *recorder)
{
  mdtrace_clock_t clock;

  /* Over a line what they hold is not known before; what fails will be seen
     when it is stored.  */
  mdtrace_rings_look (recorder->rings, now_ms ());
  if (mdtrace_rings_cpus (recorder->rings) == 1
      || mdtrace_get_clock (recorder->target, &clock) != MDTRACE_OK)
    return 0;
  return clock.tsc_now;
}

uint64_t
recorder_now_ns (const struct recorder *recorder)
{
  return last_time_ns (recorder);
}

uint64_t
recorder_boot_time_ns (const struct recorder *recorder)
{
  return recorder->boot_time_ns;
}

int
recorder_open (struct mdtrace_target *target, struct database *database,
	       const char *program, const char *holder,
	       struct recorder **result)
{
  struct recorder *recorder = calloc (1, sizeof *recorder);

  *result = NULL;
  if (recorder == NULL)
    return MDTRACE_ERR_SYSTEM;
  recorder->database = database;
  int error = attach (recorder, target, program, holder);
  if (error != MDTRACE_OK)
    {
      recorder_close (recorder, NULL);
      return error;
    }
  *result = recorder;
  return MDTRACE_OK;
}

int
recorder_move (struct recorder *recorder, struct mdtrace_target *target,
	       const char *holder)
{
  detach (recorder);
  /* It says all that there is once more, and for the last time.  */
  recorder->next_sample_ms = 0;
  return attach (recorder, target, NULL, holder);
}

void
recorder_close (struct recorder *recorder, const char *why)
{
  if (recorder == NULL)
    return;
  /* If it cannot be stored the next run will say that this one just was not
     there any more.  */
  if (why != NULL)
    finish (recorder, database_begin (recorder->database)
			  && database_see_run (recorder->database,
					       clock_now (CLOCK_REALTIME),
					       recorder->events, why));
  detach (recorder);
  free (recorder->known);
  free (recorder);
}
