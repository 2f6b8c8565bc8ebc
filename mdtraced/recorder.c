/* From the rings into the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A ring's tail moves only after the transaction that stored its records has
   been committed, and the transaction says up to where that was.  So if this
   process is killed at any moment, the next one goes on exactly there: what
   was stored and not yet released is passed over, what was not stored is
   still in the ring.  A transaction that fails is given up, and the rings are
   read again from where the database says then: it may be stored all the
   same.

   Records of several CPUs are stored in the order of time: those that are
   later than the last tick of some CPU wait in the rings.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "now.h"
#include "recorder_private.h"

int
recorder_finish (struct recorder *recorder, bool good)
{
  if (good && database_commit (recorder->database))
    return MDTRACE_OK;
  database_rollback (recorder->database);
  return MDTRACE_ERR_DATABASE;
}

/* Store the names of the kernel's functions, if they are not there yet, within
   a transaction.  *ERROR is that of the target, if it was one.  */
static bool
store_symbols (struct recorder *recorder, int *error)
{
  struct mdtrace_function *functions;
  size_t count;
  bool has;

  if (!database_has_symbols (recorder->database, &has))
    return false;
  if (has)
    return true;
  *error = mdtrace_function_list (recorder->target, &functions, &count);
  if (*error != MDTRACE_OK)
    return false;
  bool good = true;
  for (size_t i = 0; i < count && good; i++)
    good = database_put_symbol (recorder->database, &functions[i]);
  free (functions);
  return good;
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
  /* All of it or nothing: this may be tried often.  */
  bool good = database_begin (database)
	      && database_set_boot (database, status,
				    mdtrace_target_url (recorder->target),
				    recorder->boot_time_ns, &is_new)
	      && database_begin_run (database, program, getpid (),
				     now_ns (CLOCK_REALTIME))
	      && store_symbols (recorder, &error);
  int result = recorder_finish (recorder, good);
  return error != MDTRACE_OK ? error : result;
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
  if (error == MDTRACE_OK
      && !database_last_snapshot (recorder->database,
				  &recorder->last_snapshot))
    error = MDTRACE_ERR_DATABASE;
  if (error == MDTRACE_OK
      && !database_for_tasks (recorder->database, learn_name, recorder))
    error = MDTRACE_ERR_DATABASE;
  for (unsigned cpu = 0;
       error == MDTRACE_OK && cpu < mdtrace_rings_cpus (recorder->rings);
       cpu++)
    error = resume_ring (recorder, cpu);
  return error == MDTRACE_OK ? recorder_refresh (recorder, true) : error;
}

static void
detach (struct recorder *recorder)
{
  mdtrace_decoder_free (recorder->decoder);
  mdtrace_rings_close (recorder->rings);
  recorder->decoder = NULL;
  recorder->rings = NULL;
}

void
recorder_set_tell (struct recorder *recorder,
		   void (*tell) (void *, const char *), void *closure)
{
  recorder->tell = tell;
  recorder->tell_closure = closure;
  recorder_tell (recorder, true);
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
  return recorder_finish (recorder,
			  database_begin (recorder->database)
			      && database_put_message (recorder->database,
						       now_ns (CLOCK_REALTIME),
						       severity, message));
}

int
recorder_mark_held (struct recorder *recorder)
{
  unsigned cpus = mdtrace_rings_cpus (recorder->rings);
  mdtrace_status_t status;
  int error = mdtrace_get_status (recorder->target, &status);

  if (error == MDTRACE_OK)
    recorder->word_bytes = status.word_bytes;
  for (unsigned cpu = 0; error == MDTRACE_OK && cpu < cpus; cpu++)
    {
      mdtrace_ring_info_t ring;
      error = mdtrace_ring_status (recorder->target, cpu, &ring);
      if (error != MDTRACE_OK)
	break;
      recorder->mark_heads[cpu] = ring.head;
      recorder->mark_generations[cpu] = ring.generation;
    }
  return error;
}

uint64_t
recorder_held (const struct recorder *recorder)
{
  return recorder->held;
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
  return mdtrace_decoder_time (recorder->decoder)->time_ns;
}

uint64_t
recorder_boot_time_ns (const struct recorder *recorder)
{
  return recorder->boot_time_ns;
}

int
recorder_open (struct mdtrace_target *target, struct database *database,
	       const char *program, const char *holder,
	       const struct mdtrace_health_rule *rules,
	       struct recorder **result)
{
  struct recorder *recorder = calloc (1, sizeof *recorder);

  *result = NULL;
  if (recorder == NULL)
    return MDTRACE_ERR_SYSTEM;
  recorder->database = database;
  memcpy (recorder->rules,
	  rules != NULL ? rules : mdtrace_health_rules_default,
	  sizeof recorder->rules);
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
    recorder_finish (recorder,
		     database_begin (recorder->database)
			 && database_see_run (recorder->database,
					      now_ns (CLOCK_REALTIME),
					      recorder->events, why));
  detach (recorder);
  free (recorder->counters);
  free (recorder->known);
  free (recorder->sentences);
  free (recorder);
}
