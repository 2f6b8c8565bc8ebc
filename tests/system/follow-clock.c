/* follow-clock TARGET FUNCTION COUNT: print COUNT calls of FUNCTION, a line
   "TIME ERROR ARGUMENT" each: nanoseconds, how far they may be off, and the
   second argument.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The error is what was stated at the synchronisations before and after the
   event: only the latter can know of a tick that was lost between the two.
   "ready" comes first, once the clock has been synchronised often enough to
   know itself.  Of several CPUs "waited N, gave up M" comes last: how often it
   looked, and how often of these it had lost patience with a CPU.  */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mdtrace.h"
#include "now.h"

enum
{
  LOOK_NS = 5000000,
  SYNCHRONISE_MS = 200,
  EVENTS_MAX = 64,
  /* These are enough.  */
  SYNCHRONISATIONS = 30
};

static struct mdtrace_target *target;
static struct mdtrace_rings *rings;
static struct mdtrace_decoder *decoder;
static unsigned waited, gave_up;

/* Events since the last synchronisation.  */
static struct
{
  uint64_t time_ns;
  uint64_t error_ns;
  uint64_t argument;
} events[EVENTS_MAX];
static unsigned event_count;

static void
check (const char *what, int error)
{
  if (error == MDTRACE_OK)
    return;
  fprintf (stderr, "follow-clock: %s: error %d: %s: %s\n", what, error,
	   mdtrace_error_message (error),
	   target != NULL ? mdtrace_detail (target) : "");
  exit (1);
}

/* Synchronise the clock, and print the events since the last time.  Returns
   how many.  */
static unsigned
synchronise (void)
{
  struct mdtrace_time *time = mdtrace_decoder_time (decoder);
  unsigned printed = event_count;
  mdtrace_clock_t clock;

  check ("clock", mdtrace_get_clock (target, &clock));
  check ("rings", mdtrace_rings_renew (rings));
  mdtrace_time_update (time, &clock);
  uint64_t error_ns = mdtrace_time_error_ns (time);
  for (unsigned i = 0; i < event_count; i++)
    printf ("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", events[i].time_ns,
	    events[i].error_ns > error_ns ? events[i].error_ns : error_ns,
	    events[i].argument);
  event_count = 0;
  return printed;
}

/* Take the events that are there.  */
static void
follow (void)
{
  const struct mdtrace_time *time = mdtrace_decoder_time (decoder);
  const uint64_t *record;
  unsigned cpu, words;

  check ("ring", mdtrace_rings_look (rings, now_ms ()));
  waited++;
  gave_up += mdtrace_rings_complete_until (rings) == UINT64_MAX;
  for (;;)
    {
      struct mdtrace_event event;
      bool is_event;
      check ("ring",
	     mdtrace_rings_next_by_time (rings, &cpu, &record, &words));
      if (record == NULL)
	break;
      check ("record",
	     mdtrace_decode (decoder, cpu, record, words, &event, &is_event));
      if (!is_event || event_count == EVENTS_MAX)
	continue;
      events[event_count].time_ns = event.time_ns;
      events[event_count].error_ns = mdtrace_time_error_ns (time);
      events[event_count++].argument = event.arguments[1];
    }
  for (cpu = 0; cpu < mdtrace_rings_cpus (rings); cpu++)
    mdtrace_rings_release (rings, cpu);
}

int
main (int argc, char **argv)
{
  const struct timespec pause = { .tv_nsec = LOOK_NS };
  mdtrace_probe_config_t config = {
    .kinds = 1 << MDTRACE_PROBE_ENTRY,
    .fields = MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_ARG1,
    .enabled = 1,
  };
  mdtrace_created_t probe;
  uint64_t next_ms = 0;
  unsigned synchronisations = 0, printed = 0;

  if (argc != 4)
    return 2;
  setvbuf (stdout, NULL, _IOLBF, 0);
  check (argv[1], mdtrace_open (argv[1], &target));
  strncpy (config.function, argv[2], sizeof config.function - 1);
  check (argv[2], mdtrace_probe_create (target, &config, &probe));
  check ("rings", mdtrace_rings_open (target, "follow-clock", &rings));
  decoder = mdtrace_decoder_new (target);
  while (printed < (unsigned) atoi (argv[3]))
    {
      if (now_ms () >= next_ms)
	{
	  printed += synchronise ();
	  next_ms = now_ms () + SYNCHRONISE_MS;
	  if (++synchronisations == SYNCHRONISATIONS)
	    printf ("ready\n");
	}
      follow ();
      nanosleep (&pause, NULL);
    }
  if (mdtrace_rings_cpus (rings) > 1)
    printf ("waited %u, gave up %u\n", waited, gave_up);
  mdtrace_decoder_free (decoder);
  mdtrace_rings_close (rings);
  check ("destroy", mdtrace_probe_destroy (target, probe.id));
  mdtrace_close (target);
  return 0;
}
