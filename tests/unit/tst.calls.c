/* Entries and returns that are paired.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "calls.h"
#include "made_trace.h"

static struct calls *calls;

/* Take the events that were made, and expect that STEP is what becomes of the
   last one.  */
static struct call
take_all (enum calls_step step)
{
  struct call call = { .function = 0 };
  const struct source_event *event;
  enum calls_step last = CALLS_NONE;
  bool failed;

  calls = calls_new (&made_source);
  CHECK (calls != NULL);
  CHECK (source_begin (&made_source, INT64_MIN, INT64_MAX));
  while ((event = source_next (&made_source, &failed)) != NULL)
    last = calls_take (calls, event, &call);
  CHECK_NUMBER (last, step);
  return call;
}

/* Expect that so many did not fit, or are open.  */
static void
expect (uint64_t unpaired, uint64_t abandoned, uint64_t open)
{
  uint64_t still_open;
  struct calls_counts counts = calls_count (calls, &still_open);

  CHECK_NUMBER (counts.unpaired, unpaired);
  CHECK_NUMBER (counts.abandoned, abandoned);
  CHECK_NUMBER (still_open, open);
  calls_free (calls);
  made_trace_end ();
}

static const char *
name_of (const struct call *call)
{
  unsigned count;

  return calls_functions (calls, &count)[call->function].name;
}

static void
pairs_a_call (void)
{
  made_trace_begin ();
  made_enter (MADE_F, 0, 100);
  made_return (MADE_F, 0, 130);
  struct call call = take_all (CALLS_RETURNED);
  CHECK_TEXT (name_of (&call), "f");
  CHECK_NUMBER (call.began_ns, 100);
  CHECK_NUMBER (call.ended_ns, 130);
  CHECK_NUMBER (call.self_ns, 30);
  CHECK_NUMBER (call.depth, 0);
  expect (0, 0, 0);
}

static void
takes_calls_within_from_self (void)
{
  made_trace_begin ();
  made_enter (MADE_F, 0, 100);
  made_enter (MADE_G, 0, 110);
  made_enter (MADE_F, 0, 112);
  made_return (MADE_F, 0, 117);
  made_return (MADE_G, 0, 120);
  made_enter (MADE_G, 0, 130);
  made_return (MADE_G, 0, 131);
  made_return (MADE_F, 0, 140);
  struct call call = take_all (CALLS_RETURNED);
  CHECK_NUMBER (call.began_ns, 100);
  CHECK_NUMBER (call.self_ns, 29);
  expect (0, 0, 0);
}

static void
pairs_by_thread (void)
{
  made_trace_begin ();
  made_enter (MADE_F, 0, 100);
  made_enter (MADE_F, 1, 101);
  made_return (MADE_F, 0, 150);
  made_return (MADE_F, 1, 160);
  struct call call = take_all (CALLS_RETURNED);
  CHECK_NUMBER (call.began_ns, 101);
  CHECK_NUMBER (call.self_ns, 59);
  expect (0, 0, 0);
}

/* Thread 0 runs on CPU 0, and then on CPU 1.  */
static void
knows_who_did_not_run (void)
{
  made_trace_begin ();
  made_enter (MADE_F, 0, 100);
  made_switch (0, 1, 110);
  made_enter (MADE_G, 1, 115);
  made_switch (1, 2, 150);
  made_put (MADE_WAKEUP, 2, 160);
  made_switch (2, 0, 170);
  made_enter (MADE_G, 0, 180);
  made_switch (0, 3, 190);
  made_switch (3, 0, 200)->cpu = 1;
  made_put (MADE_WAKEUP, 2, 201);
  made_return (MADE_G, 0, 220)->cpu = 1;
  made_return (MADE_F, 0, 230)->cpu = 1;
  struct call call = take_all (CALLS_RETURNED);
  CHECK_NUMBER (call.waited_ns, 60 + 10);
  CHECK (calls_know_waits (calls));
  expect (0, 0, 1);
  /* A switch that was not seen is nothing that was waited for.  */
  made_trace_begin ();
  made_enter (MADE_F, 0, 100);
  made_switch (0, 1, 110);
  made_return (MADE_F, 0, 230);
  call = take_all (CALLS_RETURNED);
  CHECK_NUMBER (call.waited_ns, 0);
  expect (0, 0, 0);
}

static void
tells_what_does_not_fit (void)
{
  made_trace_begin ();
  made_return (MADE_F, 0, 50);
  made_enter (MADE_F, 0, 100);
  made_enter (MADE_G, 0, 110);
  made_enter (MADE_G, 0, 111);
  made_return (MADE_F, 0, 120);
  made_enter (MADE_G, 1, 130);
  take_all (CALLS_ENTERED);
  expect (1, 2, 1);
}

static void
abandons_what_is_too_deep (void)
{
  made_trace_begin ();
  for (int i = 0; i < 70; i++)
    made_enter (MADE_F, 0, 100 + i);
  for (int i = 0; i < 65; i++)
    made_return (MADE_F, 0, 200 + i);
  take_all (CALLS_UNPAIRED);
  expect (1, 6, 0);
}

/* Durations may be anything that 64 bits can be.  */
static void
believes_no_duration (void)
{
  static const int64_t durations[]
      = { 0, 1, -1, 60, INT64_MAX, INT64_MIN, INT64_MIN + 1 };
  static const int64_t began[] = { 50, 49, 50, -10, 50 - INT64_MAX, 50, 50 };

  for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
    {
      made_trace_begin ();
      struct source_event *event = made_put (MADE_LATENCY, 0, 50);
      event->known = SOURCE_DURATION;
      event->duration_ns = durations[i];
      struct call call = take_all (CALLS_RETURNED);
      CHECK_TEXT (name_of (&call), "slow");
      CHECK_NUMBER (call.began_ns, began[i]);
      CHECK_NUMBER (call.self_ns, 50 - (uint64_t) began[i] > INT64_MAX
				      ? INT64_MAX
				      : 50 - (uint64_t) began[i]);
      expect (0, 0, 0);
    }
  made_trace_begin ();
  struct source_event *event = made_put (MADE_LATENCY, 0, INT64_MIN + 5);
  event->known = SOURCE_DURATION;
  event->duration_ns = 60;
  struct call call = take_all (CALLS_RETURNED);
  CHECK_NUMBER (call.began_ns, INT64_MIN);
  expect (0, 0, 0);
}

static void
survives_the_ends_of_time (void)
{
  made_trace_begin ();
  made_enter (MADE_F, 0, INT64_MIN);
  made_enter (MADE_G, 0, INT64_MIN + 1);
  made_return (MADE_G, 0, INT64_MAX - 1);
  made_return (MADE_F, 0, INT64_MAX);
  struct call call = take_all (CALLS_RETURNED);
  CHECK_NUMBER (call.began_ns, INT64_MIN);
  CHECK_NUMBER (call.ended_ns, INT64_MAX);
  CHECK_NUMBER (call.self_ns, 0);
  expect (0, 0, 0);
}

TAP_MAIN ({ pairs_a_call, "an entry and a return are a call" },
	  { takes_calls_within_from_self,
	    "calls within a call are not its own time" },
	  { pairs_by_thread, "each thread has its own" },
	  { knows_who_did_not_run, "what of a call its thread did not run" },
	  { tells_what_does_not_fit,
	    "what does not fit is counted, and what is open" },
	  { abandons_what_is_too_deep, "what is too deep is abandoned" },
	  { believes_no_duration, "durations may be anything" },
	  { survives_the_ends_of_time, "times may be the first and the last" })
