/* mdtrace record: from the rings of a kernel that runs, without a daemon.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The rings are claimed before the probes are created, and the probes disabled
   before the rings are read for the last time, so that every event of them is
   recorded.  */

#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "now.h"
#include "pace.h"
#include "record.h"
#include "recorder.h"

enum
{
  BATCH_EVENTS = 10000,
  REFRESH_MS = 1000,
  /* So long the target may take to answer: that part of the lease.  */
  TIMEOUT_SHARE = 4,
  PAUSE_MS = 1,
  /* Until a target that does not answer is asked again.  */
  RETRY_MS = 100
};

struct live
{
  const struct record_wish *wish;
  struct record_result *result;
  struct record_output output;
  struct mdtrace_target *target;
  struct recorder *recorder;
  mdtrace_counts_t before;
  uint32_t *probes; /* numbers of those that were created */
  unsigned probe_count;
  struct pace pace;
  uint64_t next_refresh_ms;
  uint64_t end_ms; /* 0: none */
  bool is_silent;  /* the target does not answer */
  bool has_ended;  /* the target has */
  bool discards;   /* there are enough events */
};

static volatile sig_atomic_t interrupted;

static void
interrupt (int signal)
{
  (void) signal;
  interrupted++;
}

static void
sleep_ms (unsigned milliseconds)
{
  const struct timespec pause = { .tv_sec = milliseconds / 1000,
				  .tv_nsec = milliseconds % 1000 * 1000000L };

  nanosleep (&pause, NULL);
}

static void
warn (void *closure, const char *sentence)
{
  (void) closure;
  fprintf (stderr, "mdtrace: %s\n", sentence);
}

/* Whether a daemon stands between here and the rings.  */
static bool
is_daemon (struct mdtrace_target *target)
{
  struct mdtrace_daemon_info info;

  return mdtrace_daemon_get_info (target, &info) == MDTRACE_OK;
}

/* Remember a probe that was created.  */
static void
remember (void *closure, const struct probe_made *made)
{
  struct live *live = closure;
  uint32_t *probes = reallocarray (live->probes, live->probe_count + 1,
				   sizeof *live->probes);

  if (probes == NULL)
    {
      mdtrace_probe_destroy (live->target, made->created->id);
      return;
    }
  live->probes = probes;
  live->probes[live->probe_count++] = made->created->id;
}

/* Create all probes, and then enable them.  Returns the exit status.  */
static int
create_probes (struct live *live, const struct mdtrace_debug *debug)
{
  const struct record_wish *wish = live->wish;

  for (unsigned i = 0; i < wish->count; i++)
    {
      struct probe_request *request = &wish->requests[i];
      request->tell = remember;
      request->closure = live;
      int status = probe_request_create (request, live->target, debug);
      if (status != 0)
	return status;
    }
  for (unsigned i = 0; i < live->probe_count; i++)
    {
      int error = mdtrace_probe_enable (live->target, live->probes[i]);
      if (error != MDTRACE_OK)
	return record_report (wish->options, &live->output, live->target,
			      error);
    }
  return 0;
}

/* Become the consumer of the rings.  */
static int
connect (struct live *live)
{
  char holder[MDTRACE_HOLDER_BYTES];
  mdtrace_status_t status;

  snprintf (holder, sizeof holder, "mdtrace record, process %ld",
	    (long) getpid ());
  int error = recorder_open (live->target, live->output.database,
			     "mdtrace record", holder, NULL, &live->recorder);
  if (error == MDTRACE_OK)
    error = record_commit (&live->output);
  if (error == MDTRACE_OK)
    error = mdtrace_get_status (live->target, &status);
  if (error != MDTRACE_OK)
    return error;
  live->before = status.counts;
  error = recorder_mark_held (live->recorder);
  if (error != MDTRACE_OK)
    return error;
  recorder_set_tell (live->recorder, warn, NULL);
  mdtrace_set_timeout (live->target,
		       recorder_lease_ms (live->recorder) / TIMEOUT_SHARE);
  pace_start (&live->pace, recorder_ring_bytes (live->recorder));
  live->next_refresh_ms = now_ms () + REFRESH_MS;
  return MDTRACE_OK;
}

/* Take what has become of all hits since the beginning.  */
static int
count (struct live *live, struct mdtrace_target *target)
{
  mdtrace_status_t status;
  int error = mdtrace_get_status (target, &status);

  if (error != MDTRACE_OK)
    return error;
  live->result->counts = (mdtrace_counts_t){
    .hits = status.counts.hits - live->before.hits,
    .recorded = status.counts.recorded - live->before.recorded,
    .filtered = status.counts.filtered - live->before.filtered,
    .dropped = status.counts.dropped - live->before.dropped,
    .throttled = status.counts.throttled - live->before.throttled,
    .missed = status.counts.missed - live->before.missed,
  };
  return MDTRACE_OK;
}

/* Store one batch.  */
static int
store (struct live *live, unsigned *events)
{
  unsigned long wanted = live->wish->events;
  unsigned most = BATCH_EVENTS;

  if (wanted != 0 && !live->discards && wanted - live->result->events < most)
    most = wanted - live->result->events;
  uint64_t unread = recorder_unread (live->recorder);
  int error = recorder_store (live->recorder, most, events);
  if (!live->discards)
    {
      live->result->events += *events;
      live->result->held = recorder_held (live->recorder);
    }
  pace_take (&live->pace, now_ms (), unread,
	     *events == most || recorder_has_more (live->recorder));
  /* What was stored before the target failed is good.  */
  if (error != MDTRACE_ERR_DATABASE
      && record_commit (&live->output) != MDTRACE_OK)
    error = MDTRACE_ERR_DATABASE;
  return error;
}

/* Bring everything up to date; all of it if this is the LAST time.  */
static int
refresh (struct live *live, bool last)
{
  int error = recorder_refresh (live->recorder, last);

  live->next_refresh_ms = now_ms () + REFRESH_MS;
  if (error == MDTRACE_OK)
    error = count (live, live->target);
  if (error == MDTRACE_OK)
    error = record_commit (&live->output);
  return error;
}

static bool
has_enough (const struct live *live)
{
  return live->wish->events != 0 && live->result->events >= live->wish->events;
}

static bool
is_over (const struct live *live)
{
  return interrupted || has_enough (live) || live->has_ended
	 || (live->end_ms != 0 && now_ms () >= live->end_ms);
}

/* Decide about ERROR of the recorder: MDTRACE_OK is returned if recording goes
   on, or the target has ended.  */
static int
take_error (struct live *live, int error)
{
  mdtrace_clock_t clock;

  switch (error)
    {
    case MDTRACE_OK:
      live->is_silent = false;
      return MDTRACE_OK;
    case MDTRACE_ERR_DATABASE:
    case MDTRACE_ERR_SYSTEM:
    case MDTRACE_ERR_NOT_CLAIMED:
      return error;
    case MDTRACE_ERR_TIMED_OUT:
    case MDTRACE_ERR_GUEST_STOPPED:
      if (!live->is_silent)
	cli_complain (mdtrace_target_url (live->target), error,
		      "waiting for it");
      live->is_silent = true;
      return MDTRACE_OK;
    case MDTRACE_ERR_CORRUPT_RING:
      if (mdtrace_get_clock (live->target, &clock) == MDTRACE_OK)
	return error;
      break;
    default:
      break;
    }
  cli_complain (mdtrace_target_url (live->target), error,
		"what it has left is recorded");
  live->has_ended = true;
  return MDTRACE_OK;
}

/* Record until it is over.  */
static int
follow (struct live *live)
{
  unsigned events;

  while (!is_over (live))
    {
      int error = take_error (live, store (live, &events));
      if (error == MDTRACE_OK && !live->has_ended
	  && now_ms () >= live->next_refresh_ms)
	error = take_error (live, refresh (live, false));
      if (error != MDTRACE_OK)
	return error;
      unsigned pause = pace_pause_ms (&live->pace);
      if (pause > 0 && !is_over (live))
	sleep_ms (pause);
    }
  return MDTRACE_OK;
}

/* Store all that the rings hold now.  */
static int
drain (struct live *live)
{
  uint64_t until = recorder_time_stamp (live->recorder);
  uint64_t unread = recorder_unread (live->recorder), taken = 0;

  while (taken <= unread)
    {
      unsigned events;
      int error = store (live, &events);
      if (error != MDTRACE_OK)
	return error;
      if (events > 0 || recorder_has_more (live->recorder))
	/* They take at least that much.  */
	taken += events * UINT64_C (8) * MDTRACE_HEADER_WORDS;
      else if (recorder_is_complete (live->recorder, until))
	break;
      else
	sleep_ms (PAUSE_MS);
    }
  return MDTRACE_OK;
}

static bool
discard (void *closure, const struct stored_event *event)
{
  (void) closure;
  (void) event;
  return true;
}

/* Leave nothing in the rings of what is not wanted any more, for whoever reads
   them next.  */
static void
discard_rest (struct live *live)
{
  live->discards = true;
  database_set_take (live->output.database, discard, NULL);
}

/* Let no more events come, and record the last ones, and what is known then of
   the probes.  */
static int
end_probes (struct live *live)
{
  int error = MDTRACE_OK;

  for (unsigned i = 0; i < live->probe_count && error == MDTRACE_OK; i++)
    {
      error = mdtrace_probe_disable (live->target, live->probes[i]);
      /* Somebody else has destroyed it.  */
      if (error == MDTRACE_ERR_NO_SUCH_PROBE)
	error = MDTRACE_OK;
    }
  if (has_enough (live))
    discard_rest (live);
  if (error == MDTRACE_OK)
    error = drain (live);
  return error == MDTRACE_OK ? refresh (live, true) : error;
}

/* The same, with some patience for a target that does not answer at once,
   unless somebody has none.  */
static int
end_patiently (struct live *live)
{
  uint64_t until = now_ms () + recorder_lease_ms (live->recorder);
  int before = interrupted, error;

  for (;;)
    {
      error = take_error (live, end_probes (live));
      if (error != MDTRACE_OK || !live->is_silent || live->has_ended)
	return error;
      if (interrupted != before || now_ms () >= until)
	return MDTRACE_ERR_TIMED_OUT;
      sleep_ms (RETRY_MS);
    }
}

/* Record what the rings of a target that has ended hold, all of it.  */
static int
store_rest (struct live *live)
{
  unsigned events;
  int error;

  recorder_set_ended (live->recorder);
  do
    {
      if (has_enough (live))
	discard_rest (live);
      error = store (live, &events);
    }
  while (error == MDTRACE_OK && events > 0);
  return error;
}

/* Record what is left of a target that has ended; of a virtual machine, what
   its memory tells of the probes.  */
static int
end_target (struct live *live)
{
  const char *directory = mdtrace_target_directory (live->target);
  struct mdtrace_target *left = NULL;
  int error = store_rest (live);

  if (error == MDTRACE_ERR_DATABASE || directory == NULL)
    return error == MDTRACE_ERR_DATABASE ? error : MDTRACE_OK;
  char *url = cli_format ("ram:%s", directory);
  char *holder = cli_format ("mdtrace record, process %ld", (long) getpid ());
  if (mdtrace_open (url, &left) == MDTRACE_OK)
    {
      error = recorder_move (live->recorder, left, holder);
      if (error == MDTRACE_OK)
	error = store_rest (live);
      if (error == MDTRACE_OK)
	count (live, left);
      recorder_close (live->recorder, "the target has ended");
      live->recorder = NULL;
    }
  mdtrace_close (left);
  free (holder);
  free (url);
  return error == MDTRACE_ERR_DATABASE ? error : MDTRACE_OK;
}

/* Record all, once the probes are there.  Returns the exit status.  */
static int
run (struct live *live)
{
  const struct record_wish *wish = live->wish;

  fprintf (stderr, "mdtrace: recording into %s\n", live->output.path);
  if (wish->duration != 0)
    live->end_ms = now_ms () + 1000 * (uint64_t) wish->duration;
  int error = follow (live);
  if (error == MDTRACE_OK && !live->has_ended)
    error = end_patiently (live);
  if (error == MDTRACE_OK && live->has_ended)
    error = end_target (live);
  int status = 0;
  if (error != MDTRACE_OK)
    status = record_report (wish->options, &live->output, live->target, error);
  if (error == MDTRACE_ERR_DATABASE)
    return status;
  recorder_close (live->recorder,
		  live->has_ended ? "the target has ended" : "stopped");
  live->recorder = NULL;
  /* Also of what came before something failed the file is complete.  */
  error = record_finish (&live->output);
  if (error != MDTRACE_OK)
    status = record_report (wish->options, &live->output, live->target, error);
  return status;
}

/* Destroy the probes, and say so if that cannot be.  */
static void
destroy_probes (struct live *live)
{
  int failure = MDTRACE_OK;

  for (unsigned i = 0; i < live->probe_count; i++)
    {
      int error = mdtrace_probe_destroy (live->target, live->probes[i]);
      if (error != MDTRACE_OK && error != MDTRACE_ERR_NO_SUCH_PROBE)
	failure = error;
    }
  if (failure != MDTRACE_OK)
    cli_complain (
	mdtrace_target_url (live->target), failure,
	"probes are left in it; 'mdtrace probe list' shows them, and "
	"'mdtrace probe destroy' removes them");
}

/* Connect, create the probes, and record.  Returns the exit status.  */
static int
record (struct live *live, const struct mdtrace_debug *debug)
{
  const struct record_wish *wish = live->wish;
  int error = connect (live);
  bool is_recorded = false;
  int status;

  if (error != MDTRACE_OK)
    status = record_report (wish->options, &live->output, live->target, error);
  else
    status = create_probes (live, debug);
  if (status == 0)
    {
      is_recorded = true;
      status = run (live);
    }
  if (!live->has_ended)
    destroy_probes (live);
  recorder_close (live->recorder, "failed");
  record_close (&live->output, is_recorded);
  free (live->probes);
  return status;
}

/* The debug file of the kernel, if it is of use.  */
static struct mdtrace_debug *
open_debug (const struct record_wish *wish, struct mdtrace_target *target)
{
  for (unsigned i = 0; i < wish->count; i++)
    if (probe_request_wants_debug (&wish->requests[i]))
      return cli_open_debug (wish->options, target,
			     wish->requests[i].debug_file);
  return NULL;
}

/* Nothing may end this before the probes are gone.  */
static void
catch_signals (void)
{
  signal (SIGINT, interrupt);
  signal (SIGTERM, interrupt);
  /* nohup's wish is that it goes on.  */
  if (signal (SIGHUP, interrupt) == SIG_IGN)
    signal (SIGHUP, SIG_IGN);
  /* A file that can become no larger, and messages that nobody reads, are
     errors of what is written.  */
  signal (SIGXFSZ, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);
}

int
record_live (const struct record_wish *wish, struct record_result *result)
{
  struct live live = { .wish = wish, .result = result };
  int status = 1;

  live.target = cli_open (wish->options);
  if (strncmp (mdtrace_target_url (live.target), "ram:", 4) == 0)
    {
      status = cli_report (wish->options, mdtrace_target_url (live.target),
			   MDTRACE_ERR_UNSUPPORTED,
			   "it has ended; 'mdtrace record --from-ram DIR' "
			   "records what it has left");
      mdtrace_close (live.target);
      return status;
    }
  if (is_daemon (live.target))
    {
      status = cli_report (
	  wish->options, mdtrace_target_url (live.target),
	  MDTRACE_ERR_UNSUPPORTED,
	  "a daemon stores all events in its database; let 'mdtrace probe "
	  "create --enable' make the probes, and 'mdtrace export --to mdt' a "
	  "trace file of them");
      mdtrace_close (live.target);
      return status;
    }
  struct mdtrace_debug *debug = open_debug (wish, live.target);
  catch_signals ();
  if (record_open (&live.output, wish->options, wish->output, wish->output))
    status = record (&live, debug);
  mdtrace_debug_close (debug);
  mdtrace_close (live.target);
  return status;
}
