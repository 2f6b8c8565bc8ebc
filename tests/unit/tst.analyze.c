/* Analyses of traces of which it is known what they must find.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>

#include "analyze.h"
#include "bursts.h"
#include "made_trace.h"
#include "patterns.h"

static json_t *document;

/* Analyse what was made, with OPTIONS or, if that is null, all of it.  */
static void
analyze (const struct analyze_options *options)
{
  const struct analyze_options all
      = { .path = "made", .from_ns = INT64_MIN, .to_ns = INT64_MAX };
  struct series_list events = { NULL, 0 };
  char message[256] = "";

  document = analyze_events (&made_source, options != NULL ? options : &all,
			     &events, message, sizeof message);
  CHECK_TEXT (message, "");
  CHECK (document != NULL && events.count >= 1);
  series_free (&events);
}

static void
done (void)
{
  json_decref (document);
  made_trace_end ();
}

/* The bottleneck of KIND called NAME.  */
static json_t *
bottleneck (const char *kind, const char *name)
{
  json_t *array = json_object_get (document, "bottlenecks"), *found;
  size_t i;

  json_array_foreach (
      array, i,
      found) if (strcmp (json_string_value (json_object_get (found, "kind")),
			 kind)
		     == 0
		 && strcmp (
			json_string_value (json_object_get (found, "name")),
			name)
			== 0) return found;
  printf ("# no %s of %s\n", kind, name);
  CHECK (false);
  return NULL;
}

static int64_t
number (const json_t *object, const char *member)
{
  const json_t *value = json_object_get (object, member);

  CHECK (json_is_integer (value));
  return json_integer_value (value);
}

static const char *
text (const json_t *object, const char *member)
{
  const char *value = json_string_value (json_object_get (object, member));

  return value != NULL ? value : "";
}

static json_t *
timeline (const char *member)
{
  return json_object_get (json_object_get (document, "timeline"), member);
}

static void
times_functions_and_locks (void)
{
  made_trace_begin ();
  for (int i = 0; i < 100; i++)
    {
      made_enter (MADE_F, 0, 1000 * i);
      made_enter (MADE_LOCK, 0, 1000 * i + 10);
      made_return (MADE_LOCK, 0, 1000 * i + 110 + i);
      made_return (MADE_F, 0, 1000 * i + 500);
    }
  analyze (NULL);
  json_t *f = bottleneck ("function", "f");
  CHECK_NUMBER (number (f, "rank"), 1);
  CHECK_NUMBER (number (f, "count"), 100);
  CHECK_NUMBER (number (f, "total_ns"), 50000);
  CHECK_NUMBER (number (f, "self_ns"), 50000 - 100 * 100 - 4950);
  json_t *lock = bottleneck ("lock", "lock_write");
  CHECK_NUMBER (number (lock, "total_ns"), 100 * 100 + 4950);
  CHECK_NUMBER (number (lock, "p50_ns"), 149);
  CHECK_NUMBER (number (lock, "p90_ns"), 189);
  CHECK_NUMBER (number (lock, "p99_ns"), 198);
  CHECK_NUMBER (number (lock, "max_ns"), 199);
  CHECK_NUMBER (number (lock, "max_at_ns"), 99010);
  CHECK (
      fabs (json_real_value (json_object_get (f, "share")) - 50000.0 / 99500)
      < 1e-9);
  done ();
}

static void
times_the_run_queue (void)
{
  made_trace_begin ();
  /* Before the first switch nothing is known of who ran.  */
  made_wakeup (0, 2, 50);
  made_switch (0, 1, 100);
  made_wakeup (1, 2, 200);
  made_wakeup (1, 2, 250);
  made_switch (1, 2, 500);
  made_wakeup (2, 1, 600);
  made_switch (2, 1, 610);
  made_switch (1, 2, 700);
  analyze (NULL);
  json_t *wait = bottleneck ("run-queue", "server, thread 0x202");
  CHECK_NUMBER (number (wait, "count"), 1);
  CHECK_NUMBER (number (wait, "total_ns"), 300);
  CHECK_NUMBER (number (wait, "max_at_ns"), 200);
  CHECK_NUMBER (
      number (bottleneck ("run-queue", "client, thread 0x201"), "total_ns"),
      10);
  done ();
}

static void
times_messages_and_replies (void)
{
  made_trace_begin ();
  made_message (MADE_SEND, 0, 10, 7, 0x900, 0);
  made_message (MADE_RECEIVE, 2, 20, 9, 0x901, 0);
  for (int i = 0; i < 3; i++)
    {
      int64_t now_ns = 1000 * (i + 1);
      made_message (MADE_SEND, 0, now_ns, 2000, 0x900, 0xa00);
      made_message (MADE_RECEIVE, 2, now_ns + 40, 2000, 0x900, 0xa00);
      made_message (MADE_SEND, 2, now_ns + 90, 2100, 0xa00, 0);
      made_message (MADE_RECEIVE, 0, now_ns + 100 + i, 2100, 0xa00, 0);
    }
  analyze (NULL);
  json_t *request = bottleneck ("ipc", "message 2000 to server");
  CHECK_NUMBER (number (request, "count"), 3);
  CHECK_NUMBER (number (request, "total_ns"), 120);
  CHECK_NUMBER (number (request, "message_id"), 2000);
  CHECK_NUMBER (
      number (bottleneck ("ipc", "message 2100 to client"), "total_ns"), 33);
  json_t *reply = bottleneck ("request", "message 2000");
  CHECK_NUMBER (number (reply, "total_ns"), 303);
  CHECK_NUMBER (number (reply, "max_at_ns"), 3000);
  CHECK_NUMBER (json_array_size (json_object_get (document, "bottlenecks")),
		3);
  done ();
}

/* Several are under way to a port, and what was not received does not make
   others late.  */
static void
keeps_messages_apart (void)
{
  made_trace_begin ();
  made_message (MADE_RECEIVE, 2, 1, 1, 0x900, 0);
  made_message (MADE_SEND, 0, 100, 5, 0x900, 0);
  made_message (MADE_SEND, 1, 200, 6, 0x900, 0);
  made_message (MADE_SEND, 0, 300, 5, 0x900, 0);
  /* That with 5 is received unseen.  */
  made_message (MADE_RECEIVE, 2, 310, 6, 0x900, 0);
  made_message (MADE_RECEIVE, 2, 320, 5, 0x900, 0);
  /* A reply that nobody was seen to receive, and the next one.  */
  made_message (MADE_SEND, 0, 400, 50, 0x902, 0xa00);
  made_message (MADE_SEND, 2, 410, 150, 0xa00, 0);
  made_message (MADE_SEND, 0, 500, 50, 0x902, 0xa00);
  made_message (MADE_SEND, 2, 510, 150, 0xa00, 0);
  made_message (MADE_RECEIVE, 0, 512, 150, 0xa00, 0);
  analyze (NULL);
  CHECK_NUMBER (number (bottleneck ("ipc", "message 6 to server"), "total_ns"),
		110);
  json_t *five = bottleneck ("ipc", "message 5 to server");
  CHECK_NUMBER (number (five, "count"), 1);
  CHECK_NUMBER (number (five, "total_ns"), 20);
  CHECK_NUMBER (
      number (bottleneck ("ipc", "message 150 to client"), "total_ns"), 2);
  CHECK_NUMBER (number (bottleneck ("request", "message 50"), "total_ns"), 12);
  done ();
}

static void
forgets_waits_at_losses (void)
{
  made_trace_begin ();
  made_run ("INSERT INTO loss VALUES (6, 250, 1, 0, 0)");
  made_switch (0, 1, 100);
  made_wakeup (1, 2, 200);
  made_switch (1, 2, 300);
  made_wakeup (2, 1, 400);
  made_switch (2, 1, 450);
  analyze (NULL);
  json_t *array = json_object_get (document, "bottlenecks");
  CHECK_NUMBER (json_array_size (array), 1);
  CHECK_NUMBER (
      number (bottleneck ("run-queue", "client, thread 0x201"), "total_ns"),
      50);
  json_t *times
      = json_object_get (json_object_get (document, "losses"), "times");
  CHECK_NUMBER (json_array_size (times), 1);
  CHECK_NUMBER (number (json_array_get (times, 0), "time_ns"), 250);
  done ();
}

/* As many events in each of 400 steps of 1000 ns, COUNT, but for one.  */
static void
put_evenly (unsigned count, unsigned odd, unsigned odd_count)
{
  for (unsigned step = 0; step < 400; step++)
    {
      unsigned events = step == odd ? odd_count : count;
      for (unsigned i = 0; i < events; i++)
	made_put (MADE_WAKEUP, step % MADE_THREADS,
		  1000 * step + i * 999 / events);
    }
}

static void
names_a_burst (void)
{
  made_trace_begin ();
  put_evenly (20, 250, 400);
  analyze (NULL);
  json_t *bursts = timeline ("bursts");
  CHECK_NUMBER (json_array_size (bursts), 1);
  json_t *burst = json_array_get (bursts, 0);
  CHECK_TEXT (text (burst, "what"), "all events");
  CHECK_NUMBER (number (burst, "begin_ns"), 250000);
  CHECK_NUMBER (number (burst, "end_ns"), 250999);
  CHECK_NUMBER (number (burst, "events"), 400);
  CHECK (fabs (json_real_value (json_object_get (burst, "expected")) - 20)
	 < 1e-9);
  CHECK_TEXT (text (burst, "mostly"),
	      "task server (100%), CPU 0 (100%), sched:::wakeup (100%)");
  done ();
}

static void
names_a_gap (void)
{
  made_trace_begin ();
  for (int i = 0; i < 1000; i++)
    made_put (MADE_WAKEUP, 0, 100 * i + (i >= 500 ? 5000 : 0));
  analyze (NULL);
  json_t *gaps = timeline ("gaps");
  CHECK_NUMBER (json_array_size (gaps), 1);
  json_t *gap = json_array_get (gaps, 0);
  CHECK_TEXT (text (gap, "what"), "all events");
  CHECK_NUMBER (number (gap, "begin_ns"), 49900);
  CHECK_NUMBER (number (gap, "end_ns"), 55000);
  CHECK_NUMBER (number (gap, "others"), 1);
  CHECK (json_is_null (json_object_get (gap, "explanation")));
  done ();
}

static void
explains_a_gap (void)
{
  made_trace_begin ();
  made_run ("INSERT INTO loss VALUES (6, 54000, 7, 20, 0)");
  for (int i = 0; i < 1000; i++)
    made_put (MADE_WAKEUP, 0, 100 * i + (i >= 500 ? 5000 : 0));
  analyze (NULL);
  CHECK_TEXT (text (json_array_get (timeline ("gaps"), 0), "explanation"),
	      "27 hits were lost meanwhile");
  done ();
}

/* Whether there is a pattern of KIND of WHAT, with PERIOD_NS within a
   twentieth.  */
static bool
has_pattern (const char *kind, const char *what, int64_t period_ns)
{
  json_t *pattern;
  size_t i;

  json_array_foreach (timeline ("patterns"), i,
		      pattern) if (strcmp (text (pattern, "kind"), kind) == 0
				   && strcmp (text (pattern, "what"), what)
					  == 0)
  {
    int64_t found_ns
	= json_integer_value (json_object_get (pattern, "period_ns"));
    return period_ns == 0 || llabs (found_ns - period_ns) <= period_ns / 20;
  }
  return false;
}

static void
finds_patterns (void)
{
  uint64_t state = 5;

  made_trace_begin ();
  /* A tick each 1000 ns, give or take 30; each 20000 ns 50 events at once that
     are not regular; and threads that send and are woken.  */
  for (int64_t i = 0; i < 400; i++)
    {
      int64_t tick_ns = 1000 * i + (int64_t) tap_below (&state, 60);
      made_put (MADE_WAKEUP, 0, tick_ns);
      for (int64_t j = 0; i % 20 == 3 && j < 50; j++)
	made_put (MADE_LATENCY, 1,
		  tick_ns + 1 + 10 * j + (int64_t) tap_below (&state, 9));
      made_message (MADE_SEND, 2, tick_ns + 600, 1, 0x900, 0);
      made_switch (2, 3, tick_ns + 610);
      made_enter (MADE_F, 2, tick_ns + 700);
      made_return (MADE_F, 2, tick_ns + 720);
    }
  analyze (NULL);
  /* The first of three that come so often.  */
  CHECK (has_pattern ("regular", "sched:::switch", 1000));
  CHECK_NUMBER (number (json_array_get (timeline ("patterns"), 1), "others"),
		2);
  CHECK (has_pattern ("periodic", "fbt:kernel:slow:", 20000));
  CHECK (has_pattern ("sequence",
		      "ipc:::send, sched:::switch, f:entry, f:return", 0));
  done ();
}

/* Where events come at random there is nothing to be found.  */
static void
finds_nothing_in_chance (void)
{
  unsigned found = 0;

  for (uint64_t seed = 1; seed <= 20; seed++)
    {
      uint64_t state = seed;
      int64_t time_ns = 0;
      made_trace_begin ();
      for (int i = 0; i < 20000; i++)
	{
	  double share = (tap_below (&state, 1 << 30) + 0.5) / (1 << 30);
	  time_ns += 1 + (int64_t) (-log (share) * 1000);
	  made_put (tap_below (&state, 8) == 0 ? MADE_F : MADE_WAKEUP,
		    tap_below (&state, MADE_THREADS), time_ns);
	}
      analyze (NULL);
      found += json_array_size (timeline ("bursts"))
	       + json_array_size (timeline ("gaps"))
	       + has_pattern ("regular", "sched:::wakeup", 0)
	       + has_pattern ("periodic", "sched:::wakeup", 0)
	       + has_pattern ("regular", "fbt:kernel:f:", 0)
	       + has_pattern ("periodic", "fbt:kernel:f:", 0);
      json_decref (document);
      made_trace_end ();
      made_source.has_extent = false;
    }
  CHECK_NUMBER (found, 0);
}

static void
takes_a_part (void)
{
  struct analyze_options options
      = { .path = "made", .from_ns = 100, .to_ns = 200 };

  made_trace_begin ();
  for (int i = 0; i < 40; i++)
    made_enter (i % 2 == 0 ? MADE_F : MADE_G, 0, 10 * i);
  analyze (&options);
  json_t *trace = json_object_get (document, "trace");
  CHECK_NUMBER (number (trace, "events"), 11);
  CHECK_NUMBER (number (trace, "from_ns"), 100);
  CHECK_NUMBER (number (trace, "to_ns"), 200);
  json_decref (document);
  static const struct
  {
    const char *pattern;
    int events;
  } cases[] = { { "fbt:kernel:f:entry", 6 },
		{ "f", 6 },
		{ "mine", 6 },
		{ "*:g:*", 5 },
		{ "*", 11 },
		{ "*:return", 0 },
		{ "sched:::switch", 0 } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      options.probe = cases[i].pattern;
      CHECK (analyze_has_probe (&made_source, cases[i].pattern));
      analyze (&options);
      CHECK_NUMBER (number (json_object_get (document, "trace"), "events"),
		    cases[i].events);
      json_decref (document);
    }
  CHECK (!analyze_has_probe (&made_source, "h*"));
  options = (struct analyze_options){ .path = "made",
				      .from_ns = 1000,
				      .to_ns = 2000 };
  analyze (&options);
  CHECK_NUMBER (number (json_object_get (document, "trace"), "events"), 0);
  done ();
}

static void
survives_little (void)
{
  for (int events = 0; events <= 3; events++)
    {
      made_trace_begin ();
      made_source.has_extent = false;
      for (int i = 0; i < events; i++)
	made_enter (MADE_F, 0, 77 + i);
      analyze (NULL);
      CHECK_NUMBER (number (json_object_get (document, "trace"), "events"),
		    events);
      CHECK_NUMBER (json_array_size (timeline ("total")),
		    events > 0 ? events : 1);
      char *dumped = json_dumps (document, 0);
      CHECK (dumped != NULL);
      free (dumped);
      done ();
    }
}

static void
survives_extremes (void)
{
  made_trace_begin ();
  for (int i = 0; i < 2; i++)
    {
      int64_t time_ns = i == 0 ? INT64_MIN : INT64_MAX;
      made_put (MADE_LATENCY, 0, time_ns)->known = SOURCE_DURATION;
      made_events[made_count - 1].duration_ns = i == 0 ? INT64_MAX : INT64_MIN;
      made_events[made_count - 1].cpu = i == 0 ? 0 : UINT32_MAX;
      made_message (MADE_SEND, 0, time_ns, INT64_MIN, INT64_MAX, INT64_MIN);
      made_message (MADE_RECEIVE, 0, time_ns, INT64_MIN, INT64_MAX, 0);
      made_wakeup (0, 1, time_ns);
      made_switch (0, 1, time_ns);
      made_put (MADE_WAKEUP, 0, time_ns)->thread = NULL;
    }
  analyze (NULL);
  CHECK_NUMBER (number (json_object_get (document, "trace"), "events"), 12);
  CHECK_NUMBER (number (json_object_get (document, "trace"), "cpus"), 2);
  char *dumped = json_dumps (document, 0);
  CHECK (dumped != NULL);
  free (dumped);
  done ();
}

/* More messages, threads and sequences than there is room for, all of
   BOOT_ID.  */
static void
overflow (int64_t boot_id)
{
  uint64_t state = 9;

  made_trace_begin ();
  for (unsigned i = 0; i < MADE_PROBES; i++)
    made_source.probes[i].boot_id = boot_id;
  for (int i = 0; i < MADE_EVENTS_MAX / 4; i++)
    {
      int64_t time_ns = 10 * (int64_t) i, id = (int64_t) tap_random (&state);
      int64_t port = (int64_t) tap_random (&state);
      made_message (MADE_SEND, 0, time_ns, id, port, port + 1);
      made_message (MADE_RECEIVE, 2, time_ns + 1, id, port, 0);
      struct source_event *event = made_put (MADE_WAKEUP, 1, time_ns + 2);
      made_argument (event, 0, port);
      event = made_put (MADE_SWITCH, 1, time_ns + 3);
      made_argument (event, 1, port);
    }
  analyze (NULL);
  json_t *others = bottleneck ("ipc", "others");
  CHECK (number (others, "count") > 1000);
  CHECK (json_is_null (json_object_get (others, "boot_id")));
  CHECK_NUMBER (json_array_size (json_object_get (document, "bottlenecks")),
		64);
  done ();
}

static void
stays_bounded (void)
{
  overflow (1);
}

/* No kernel that mdtrace has traced is of a boot 0, but a file may say so.  */
static void
stays_bounded_without_a_boot (void)
{
  overflow (0);
}

TAP_MAIN ({ times_functions_and_locks, "calls of functions, and locks" },
	  { times_the_run_queue, "waits for a CPU" },
	  { times_messages_and_replies, "messages, and replies" },
	  { keeps_messages_apart, "messages are not taken for others" },
	  { forgets_waits_at_losses,
	    "what waits is forgotten when hits were lost" },
	  { names_a_burst, "a burst is named, with who and what it was" },
	  { names_a_gap, "a gap is named" },
	  { explains_a_gap, "and explained by what was lost" },
	  { finds_patterns, "periods and sequences are found" },
	  { finds_nothing_in_chance, "and where there are none, none" },
	  { takes_a_part, "a span of time, and probes by a pattern" },
	  { survives_little, "empty traces, and ones of few events" },
	  { survives_extremes, "all that 64 bits can be" },
	  { stays_bounded, "what has no room is told together" },
	  { stays_bounded_without_a_boot,
	    "also if a file says that the boot is number 0" })
