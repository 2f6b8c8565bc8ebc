/* Traces that tests make up, to be read by source.h.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In a database in memory with the tables of this version of mdtrace: two
   tasks with two threads each, and probes of functions and static ones, that
   events are put by.  */

#ifndef MADE_TRACE_H
#define MADE_TRACE_H

#include "database.h"
#include "source_private.h"
#include "tap.h"

enum
{
  MADE_EVENTS_MAX = 1 << 16,
  MADE_THREADS = 4,
  /* Probes: of three functions with entry and return, one with --latency,
     and static ones.  */
  MADE_F = 0,
  MADE_G,
  MADE_LOCK,
  MADE_LATENCY,
  MADE_SWITCH,
  MADE_WAKEUP,
  MADE_SEND,
  MADE_RECEIVE,
  MADE_PROBES
};

static struct source made_source;
static struct source_event made_events[MADE_EVENTS_MAX];
static unsigned made_count, made_at;
static int64_t made_to_ns;

static bool
made_begin (struct source *source, int64_t from_ns, int64_t to_ns)
{
  (void) source;
  made_to_ns = to_ns;
  for (made_at = 0;
       made_at < made_count && made_events[made_at].time_ns < from_ns;)
    made_at++;
  return true;
}

static bool
made_next (struct source *source, struct source_event *event, bool *found)
{
  (void) source;
  *found = made_at < made_count && made_events[made_at].time_ns <= made_to_ns;
  if (*found)
    *event = made_events[made_at++];
  return true;
}

static void
made_run (const char *text)
{
  char *message = NULL;

  if (sqlite3_exec (made_source.connection, text, NULL, NULL, &message)
      != SQLITE_OK)
    printf ("# %s: %s\n", text, message);
  CHECK (message == NULL);
}

static struct source_probe
made_probe (unsigned index, const char *provider, const char *function,
	    const char *name, const char *arguments)
{
  static struct mdtrace_names names[MADE_PROBES];

  mdtrace_names_read (arguments, &names[index]);
  return (struct source_probe){ .index = index,
				.key = index + 1,
				.boot_id = 1,
				.id = index + 1,
				.provider = provider,
				.module = "kernel",
				.function = function,
				.name = name,
				.label = index == MADE_F ? "mine" : "",
				.latency = index == MADE_LATENCY,
				.names = &names[index] };
}

/* Begin a trace without events.  */
static void
made_trace_begin (void)
{
  static struct source_probe probes[MADE_PROBES];
  static struct source_site sites[2 * MADE_SWITCH];
  static struct source_task tasks[2] = {
    { .index = 0, .boot_id = 1, .has_address = true, .name = "client" },
    { .index = 1, .boot_id = 1, .has_address = true, .name = "server" },
  };
  static struct source_thread threads[MADE_THREADS];
  static const struct source_backend backend
      = { .begin = made_begin, .next = made_next };

  made_count = 0;
  probes[MADE_F] = made_probe (MADE_F, "fbt", "f", "", "");
  probes[MADE_G] = made_probe (MADE_G, "fbt", "g", "", "");
  probes[MADE_LOCK] = made_probe (MADE_LOCK, "fbt", "lock_write", "", "");
  probes[MADE_LATENCY] = made_probe (MADE_LATENCY, "fbt", "slow", "", "");
  probes[MADE_SWITCH] = made_probe (MADE_SWITCH, "sched", "", "switch",
				    "from:x8:thread_t;to:x8:thread_t");
  probes[MADE_WAKEUP] = made_probe (MADE_WAKEUP, "sched", "", "wakeup",
				    "thread:x8:thread_t;task:x8:task_t");
  probes[MADE_SEND] = made_probe (MADE_SEND, "ipc", "", "send",
				  "id:d4:int;size:u4:int;port:x8:ipc_port_t;"
				  "reply:x8:ipc_port_t");
  probes[MADE_RECEIVE]
      = made_probe (MADE_RECEIVE, "ipc", "", "receive",
		    "id:d4:int;size:u4:int;port:x8:ipc_port_t;"
		    "reply:x8:ipc_port_t");
  for (unsigned i = 0; i < 2 * MADE_SWITCH; i++)
    sites[i] = (struct source_site){
      .index = i,
      .key = i + 1,
      .probe = &probes[i / 2],
      .address = 0x1000 + i,
      .function = probes[i / 2].function,
      .name = i % 2 == 0 ? "entry" : "return",
      .kind = i % 2 == 0 ? MDTRACE_PROBE_ENTRY : MDTRACE_PROBE_RETURN,
    };
  for (unsigned i = 0; i < 2; i++)
    tasks[i].address = 0x100 + i;
  for (unsigned i = 0; i < MADE_THREADS; i++)
    threads[i] = (struct source_thread){ .index = i,
					 .key = i + 1,
					 .boot_id = 1,
					 .has_address = true,
					 .address = 0x200 + i,
					 .task = &tasks[i / 2] };
  made_source = (struct source){
    .backend = &backend,
    .probes = probes,
    .probe_count = MADE_PROBES,
    .sites = sites,
    .site_count = 2 * MADE_SWITCH,
    .tasks = tasks,
    .task_count = 2,
    .threads = threads,
    .thread_count = MADE_THREADS,
  };
  CHECK (sqlite3_open (":memory:", &made_source.connection) == SQLITE_OK);
  for (unsigned part = 0; database_schema (part) != NULL; part++)
    made_run (database_schema (part));
  made_run ("INSERT INTO kernel VALUES (1, x'00', 'GNU Mach', 8);"
	    "INSERT INTO boot VALUES (1, 1, 1, 0, 'vm:made')");
  for (unsigned i = 0; i < MADE_PROBES; i++)
    {
      char text[512];
      snprintf (text, sizeof text,
		"INSERT INTO probe (probe_key, boot_id, probe_id, provider,"
		" module, function, name, kind, label, address, sites,"
		" functions, refused, fields, args, persist, state, hits,"
		" recorded, filtered, dropped, throttled, missed) VALUES (%u,"
		" 1, %u, '%s', 'kernel', '%s', '%s', '', '', 0, 1, 1, 0, 0,"
		" '', 0, 'enabled', 0, 0, 0, 0, 0, 0)",
		i + 1, i + 1, probes[i].provider, probes[i].function,
		probes[i].name);
      made_run (text);
    }
}

static void
made_trace_end (void)
{
  sqlite3_close (made_source.connection);
}

/* Put an event of PROBE, one of a thread, at TIME_NS; events are put in the
   order of their times.  Returns it, so that more can be said of it.  */
static struct source_event *
made_put (unsigned probe, unsigned thread, int64_t time_ns)
{
  CHECK (made_count < MADE_EVENTS_MAX);
  struct source_event *event = &made_events[made_count++];
  *event = (struct source_event){ .time_ns = time_ns,
				  .probe = &made_source.probes[probe],
				  .thread = &made_source.threads[thread] };
  if (!made_source.has_extent)
    made_source.first_ns = time_ns;
  made_source.last_ns = time_ns;
  made_source.has_extent = true;
  return event;
}

/* An entry or return of the function of PROBE.  */
static inline void
made_enter (unsigned probe, unsigned thread, int64_t time_ns)
{
  made_put (probe, thread, time_ns)->site = &made_source.sites[2 * probe];
}

static inline struct source_event *
made_return (unsigned probe, unsigned thread, int64_t time_ns)
{
  struct source_event *event = made_put (probe, thread, time_ns);

  event->site = &made_source.sites[2 * probe + 1];
  return event;
}

/* Give EVENT its argument NUMBER.  */
static inline void
made_argument (struct source_event *event, unsigned number, int64_t value)
{
  event->known |= SOURCE_ARG0 << number;
  event->arguments[number] = value;
}

static inline struct source_event *
made_switch (unsigned from, unsigned to, int64_t time_ns)
{
  struct source_event *event = made_put (MADE_SWITCH, from, time_ns);

  made_argument (event, 0, (int64_t) made_source.threads[from].address);
  made_argument (event, 1, (int64_t) made_source.threads[to].address);
  return event;
}

static inline void
made_wakeup (unsigned by, unsigned thread, int64_t time_ns)
{
  struct source_event *event = made_put (MADE_WAKEUP, by, time_ns);

  made_argument (event, 0, (int64_t) made_source.threads[thread].address);
}

static inline void
made_message (unsigned probe, unsigned thread, int64_t time_ns, int64_t id,
	      int64_t port, int64_t reply)
{
  struct source_event *event = made_put (probe, thread, time_ns);

  made_argument (event, 0, id);
  made_argument (event, 2, port);
  made_argument (event, 3, reply);
}

#endif /* MADE_TRACE_H */
