/* A database of as many events as one wants, the same in every run.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   make-trace FILE EVENTS [SEED [MEAN_GAP_NS]]: writes a database of
   mdtrace-db(5) with EVENTS events to FILE, which must not be there yet.  What
   happens in it is made up, but hangs together as on a machine with two CPUs:
   functions call others and return, clients send requests to servers, which
   are woken, run and reply, locks are waited for, and there are snapshots and
   counters for each second.  Its rates do not change with time; nothing is out
   of the ordinary.  */

#include <config.h>

#include <math.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"

enum
{
  CPUS = 2,
  TASKS = 4,
  THREADS = 8,
  STACKS = 32,
  STACK_FRAMES = 5,
  COUNTERS = 6
};

#define TEXT_ADDRESS 0xffffffff81000000
#define HEAP_ADDRESS 0xffffffff87000000

static const int64_t start_ns = INT64_C (1790000000000000000);

static const char *const functions[]
    = { "mach_msg_trap", "ipc_kmsg_copyin", "ipc_mqueue_send", "vm_fault",
	"vm_map_lookup", "vm_page_grab",    "task_create",     "lock_write" };
enum
{
  FUNCTIONS = sizeof functions / sizeof functions[0]
};

/* Probes, in the order of their keys from 1 on: first one for each function,
   with two sites, then these.  */
enum
{
  PROBE_SWITCH = FUNCTIONS + 1,
  PROBE_WAKEUP,
  PROBE_SEND,
  PROBE_RECEIVE,
  PROBE_LATENCY,
  PROBES = PROBE_LATENCY
};

struct trace
{
  sqlite3 *connection;
  sqlite3_stmt *event, *duration;
  uint64_t random;
  double mean_gap_ns;
  int64_t now_ns, next_second_ns;
  int64_t left; /* events */
  int64_t sequence;
  unsigned running[CPUS]; /* threads */
  int64_t counts[COUNTERS], sums[COUNTERS];
  int64_t recorded[PROBES + 1];
};

static void
fail (const char *what)
{
  fprintf (stderr, "make-trace: %s\n", what);
  exit (1);
}

static uint64_t
random_number (struct trace *trace)
{
  trace->random ^= trace->random << 13;
  trace->random ^= trace->random >> 7;
  trace->random ^= trace->random << 17;
  return trace->random;
}

/* Between 0 and 1, neither of them.  */
static double
random_share (struct trace *trace)
{
  return ((random_number (trace) >> 12) + 0.5) / ((uint64_t) 1 << 52);
}

/* As the time between events that do not know of each other.  */
static double
random_gap (struct trace *trace, double mean)
{
  return -log (random_share (trace)) * mean;
}

static void
run (struct trace *trace, const char *text)
{
  if (sqlite3_exec (trace->connection, text, NULL, NULL, NULL) != SQLITE_OK)
    fail (sqlite3_errmsg (trace->connection));
}

/* RUN by printf's rules, SQLite's own.  */
#define RUN(trace, ...)                                                       \
  do                                                                          \
    {                                                                         \
      char *text = sqlite3_mprintf (__VA_ARGS__);                             \
      run (trace, text);                                                      \
      sqlite3_free (text);                                                    \
    }                                                                         \
  while (0)

static sqlite3_stmt *
prepare (struct trace *trace, const char *text)
{
  sqlite3_stmt *statement;

  if (sqlite3_prepare_v2 (trace->connection, text, -1, &statement, NULL)
      != SQLITE_OK)
    fail (sqlite3_errmsg (trace->connection));
  return statement;
}

static int64_t
thread_address (unsigned thread)
{
  return HEAP_ADDRESS + 0x88000 + thread * 512;
}

static int64_t
task_address (unsigned thread)
{
  return HEAP_ADDRESS + thread % TASKS * 256;
}

static void
put_snapshot (struct trace *trace)
{
  static const char *const names[COUNTERS]
      = { "memory-bandwidth", "lock-contention", "interrupt-overhead",
	  "schedule-latency", "ipc-latency",	 "vm-pressure" };
  static const char *const kinds[COUNTERS]
      = { "count", "duration", "duration", "duration", "duration", "level" };

  int64_t seconds = ++trace->sequence;
  int64_t busy_ns = seconds * 300000000 + (int64_t) (random_gap (trace, 1e6));
  RUN (trace,
       "INSERT INTO snapshot VALUES (1, %lld, %lld, %lld, 4, 8, 2, 1500,"
       " 1073741824, %lld, 268435456, 67108864, %lld, %lld, %lld, %lld, %lld,"
       " 0, 0, %lld, 0, %lld)",
       seconds, trace->next_second_ns, seconds * 1000000000,
       (int64_t) 805306368
	   + ((int64_t) (random_number (trace) % 2048) - 1024) * 4096,
       busy_ns / 2, busy_ns / 2, seconds * 2000000000 - busy_ns,
       seconds * 10000000, seconds * 250, trace->sequence * 1000,
       seconds * 40000000);
  for (int i = 0; i < COUNTERS; i++)
    {
      if (seconds == 1)
	RUN (
	    trace,
	    "INSERT INTO counter VALUES (%d, 1, %d, '%s', '%s', '%s', 'sites',"
	    " 'on', '', 1, 4, 0, 0)",
	    i + 1, i + 4, names[i],
	    i == 0   ? "bytes"
	    : i == 5 ? "1/10000"
		     : "ns",
	    kinds[i]);
      int64_t more = 900 + (int64_t) (random_number (trace) % 200);
      trace->counts[i] = i == 5 ? 1 : trace->counts[i] + more;
      trace->sums[i]
	  = i == 5
		? 100 + (int64_t) (random_number (trace) % 50)
		: trace->sums[i]
		      + more
			    * (2000 + (int64_t) (random_number (trace) % 100));
      RUN (trace, "INSERT INTO counter_value VALUES (1, %lld, %d, %lld, %lld)",
	   seconds, i + 1, trace->counts[i], trace->sums[i]);
    }
  trace->next_second_ns += 1000000000;
}

/* Put an event of PROBE at SITE, or 0, by the thread that runs on CPU, with
   COUNT values.  */
static void
put (struct trace *trace, unsigned cpu, int probe, int site, int count,
     const int64_t *values)
{
  sqlite3_stmt *event = trace->event;
  bool is_return = probe <= FUNCTIONS && site % 2 == 0;

  if (trace->left <= 0)
    return;
  trace->left--;
  trace->now_ns += 1 + (int64_t) random_gap (trace, trace->mean_gap_ns);
  while (trace->now_ns > trace->next_second_ns)
    put_snapshot (trace);
  trace->recorded[probe]++;
  sqlite3_clear_bindings (event);
  sqlite3_bind_int64 (event, 1, trace->now_ns);
  sqlite3_bind_int (event, 2, probe);
  sqlite3_bind_int (event, 3, (int) cpu);
  sqlite3_bind_int (event, 4, (int) trace->running[cpu] + 1);
  sqlite3_bind_int (event, 5, site);
  if (probe == PROBE_SWITCH)
    sqlite3_bind_int (event, 6, 1 + (int) (random_number (trace) % STACKS));
  for (int i = 0; i < count; i++)
    sqlite3_bind_int64 (event, is_return ? 7 : 8 + i, values[i]);
  if (sqlite3_step (event) != SQLITE_DONE
      || sqlite3_reset (event) != SQLITE_OK)
    fail (sqlite3_errmsg (trace->connection));
  if (probe == PROBE_LATENCY)
    {
      sqlite3_bind_int64 (trace->duration, 1, trace->now_ns);
      sqlite3_bind_int64 (trace->duration, 2,
			  1 + (int64_t) random_gap (trace, 3000));
      if (sqlite3_step (trace->duration) != SQLITE_DONE
	  || sqlite3_reset (trace->duration) != SQLITE_OK)
	fail (sqlite3_errmsg (trace->connection));
    }
}

/* The running thread of CPU calls FUNCTION, which calls others.  */
static void
call (struct trace *trace, unsigned cpu, int function, int depth)
{
  int64_t values[]
      = { task_address (trace->running[cpu]),
	  (int64_t) (random_number (trace) % 4096), HEAP_ADDRESS };
  int64_t result = random_number (trace) % 16 == 0 ? 5 : 0;

  put (trace, cpu, function + 1, 2 * function + 1, 3, values);
  for (int i = 0; depth < 3 && i < 2; i++)
    if (function + 1 < FUNCTIONS && random_number (trace) % 4 == 0)
      call (trace, cpu, function + 1, depth + 1);
  put (trace, cpu, function + 1, 2 * function + 2, 1, &result);
}

static void
switch_to (struct trace *trace, unsigned cpu, unsigned thread)
{
  unsigned from = trace->running[cpu];
  int64_t values[] = { thread_address (from), thread_address (thread),
		       task_address (from), task_address (thread) };

  put (trace, cpu, PROBE_SWITCH, 2 * FUNCTIONS + 1, 4, values);
  trace->running[cpu] = thread;
}

/* The running thread of CPU sends a message to one that waits for it, which
   then runs.  */
static void
send (struct trace *trace, unsigned cpu, unsigned to, int64_t id)
{
  int64_t size = 24 + 8 * (int64_t) (random_number (trace) % 16);
  int64_t values[] = { id,
		       size,
		       HEAP_ADDRESS + 0x100000 + to * 128,
		       HEAP_ADDRESS + 0x200000,
		       HEAP_ADDRESS + 0x300000 + to % TASKS * 64,
		       task_address (trace->running[cpu]) };
  int64_t woken[] = { thread_address (to), task_address (to) };

  put (trace, cpu, PROBE_SEND, 2 * FUNCTIONS + 3, 6, values);
  put (trace, cpu, PROBE_WAKEUP, 2 * FUNCTIONS + 2, 2, woken);
  switch_to (trace, cpu, to);
  put (trace, cpu, PROBE_RECEIVE, 2 * FUNCTIONS + 4, 4, values);
}

/* Something happens.  */
static void
act (struct trace *trace)
{
  uint64_t number = random_number (trace);
  unsigned cpu = number % CPUS;
  /* Each CPU has the threads of every other number.  */
  unsigned other = number / 8 % (THREADS / CPUS) * CPUS + cpu;
  int64_t id = 2000 + (int64_t) (number / 64 % 20);

  if (number >> 32 & 1)
    call (trace, cpu, number / 64 % FUNCTIONS, 0);
  else if ((number >> 33 & 3) == 0)
    put (trace, cpu, PROBE_LATENCY, 2 * FUNCTIONS + 5, 0, NULL);
  else if (other != trace->running[cpu])
    {
      unsigned client = trace->running[cpu];
      send (trace, cpu, other, id);
      call (trace, cpu, 3, 0);
      send (trace, cpu, client, id + 100);
    }
}

static void
put_site (struct trace *trace, int probe, const char *function,
	  const char *name, const char *kind)
{
  static int sites;

  RUN (trace,
       "INSERT INTO site VALUES (%d, %d, %lld, '%s', '%s', '%s', %d, 'jump')",
       sites + 1, probe, TEXT_ADDRESS + 0x1000 * probe + 16 * (sites % 2),
       function, name, kind, 16 * (sites % 2));
  sites++;
}

static void
put_probe (struct trace *trace, int key, const char *provider,
	   const char *function, const char *name, const char *kind,
	   const char *args)
{
  RUN (trace,
       "INSERT INTO probe (probe_key, boot_id, probe_id, provider, module,"
       " function, name, kind, label, address, sites, functions, refused,"
       " fields, args, persist, state, hits, recorded, filtered, dropped,"
       " throttled, missed, latency, stack_depth) VALUES (%d, 1, %d, '%s',"
       " 'kernel', '%s', '%s', '%s', '', %lld, 1, 1, 0, %d, '%s', 0,"
       " 'enabled', 0, 0, 0, 0, 0, 0, %d, %d)",
       key, key, provider, function, name, kind,
       (int64_t) TEXT_ADDRESS + 0x1000 * key,
       key <= FUNCTIONS	      ? 0x7b
       : key == PROBE_SWITCH  ? 0x8f3
       : key == PROBE_LATENCY ? 0x403
			      : 0x3f3,
       args, key == PROBE_LATENCY, key == PROBE_SWITCH ? STACK_FRAMES : 0);
}

static void
put_names (struct trace *trace)
{
  static const char *const tasks[TASKS] = { "ext2fs", "exec", "proc", "sh" };

  RUN (trace, "INSERT INTO kernel VALUES (1, randomblob(32), 'GNU Mach', 8)");
  RUN (trace, "INSERT INTO boot VALUES (1, 1, 1, %lld, 'vm:made-up')",
       start_ns);
  RUN (trace,
       "INSERT INTO run VALUES (1, 1, 'make-trace', 1, %lld, %lld, 'done', "
       "%lld)",
       start_ns, start_ns, trace->left);
  for (int i = 0; i < TASKS; i++)
    RUN (trace, "INSERT INTO task_name VALUES (%d, '%s')", i + 1, tasks[i]);
  for (int i = 0; i < THREADS; i++)
    RUN (trace, "INSERT INTO thread VALUES (%d, 1, %lld, %lld, %d)", i + 1,
	 thread_address (i), task_address (i), i % TASKS + 1);
  for (int i = 0; i < FUNCTIONS; i++)
    {
      put_probe (trace, i + 1, "fbt", functions[i], "", "entry and return",
		 "task:x8:task_t;size:u4:unsigned;object:x8:vm_object_t;"
		 "retval:d4:kern_return_t");
      put_site (trace, i + 1, functions[i], "entry", "function entry");
      put_site (trace, i + 1, functions[i], "return", "function return");
      RUN (trace, "INSERT INTO symbol VALUES (1, %lld, '%s', 512)",
	   (int64_t) TEXT_ADDRESS + 0x1000 * (i + 1), functions[i]);
    }
  put_probe (trace, PROBE_SWITCH, "sched", "", "switch", "function entry",
	     "from:x8:thread_t;to:x8:thread_t;from_task:x8:task_t;"
	     "to_task:x8:task_t");
  put_probe (trace, PROBE_WAKEUP, "sched", "", "wakeup", "address",
	     "thread:x8:thread_t;task:x8:task_t");
  put_probe (trace, PROBE_SEND, "ipc", "", "send", "address",
	     "id:d4:mach_msg_id_t;size:u4:mach_msg_size_t;port:x8:ipc_port_t;"
	     "reply:x8:ipc_port_t;receiver:x8:ipc_space_t;sender:x8:task_t");
  put_probe (trace, PROBE_RECEIVE, "ipc", "", "receive", "address",
	     "id:d4:mach_msg_id_t;size:u4:mach_msg_size_t;port:x8:ipc_port_t;"
	     "reply:x8:ipc_port_t");
  put_probe (trace, PROBE_LATENCY, "fbt", "lock_read", "", "entry and return",
	     "");
  put_site (trace, PROBE_SWITCH, "switch_context", "switch", "address");
  put_site (trace, PROBE_WAKEUP, "thread_go", "wakeup", "address");
  put_site (trace, PROBE_SEND, "mach_msg_trap", "send", "address");
  put_site (trace, PROBE_RECEIVE, "mach_msg_continue", "receive", "address");
  put_site (trace, PROBE_LATENCY, "lock_read", "return", "function return");
  for (int i = 0; i < STACKS; i++)
    {
      uint8_t frames[8 * STACK_FRAMES];
      for (int j = 0; j < STACK_FRAMES; j++)
	{
	  uint64_t address = TEXT_ADDRESS
			     + 0x1000 * (1 + (i >> (j / 2)) % FUNCTIONS) + 32
			     + i % 4;
	  for (int k = 0; k < 8; k++)
	    frames[8 * j + k] = (uint8_t) (address >> (8 * k));
	}
      sqlite3_stmt *stack
	  = prepare (trace, "INSERT OR IGNORE INTO stack VALUES (?1, 1, ?2)");
      sqlite3_bind_int (stack, 1, i + 1);
      sqlite3_bind_blob (stack, 2, frames, sizeof frames, SQLITE_STATIC);
      sqlite3_step (stack);
      sqlite3_finalize (stack);
    }
}

int
main (int argc, char **argv)
{
  char message[512];
  struct trace trace = {
    .random = 88172645463325252,
    .mean_gap_ns = 100000,
    .now_ns = start_ns,
    .next_second_ns = start_ns + 1000000000,
  };

  if (argc < 3 || argc > 5)
    fail ("takes FILE EVENTS [SEED [MEAN_GAP_NS]]");
  trace.left = atoll (argv[2]);
  if (argc > 3)
    trace.random ^= strtoull (argv[3], NULL, 0) * 0x9e3779b97f4a7c15;
  if (argc > 4)
    trace.mean_gap_ns = atof (argv[4]);
  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    trace.running[cpu] = cpu;
  struct database *database = database_open (argv[1], message, sizeof message);
  if (database == NULL)
    fail (message);
  database_close (database);
  if (sqlite3_open (argv[1], &trace.connection) != SQLITE_OK)
    fail ("cannot open what it has made");
  run (&trace, "PRAGMA synchronous = OFF");
  run (&trace, "PRAGMA foreign_keys = OFF");
  run (&trace, "BEGIN");
  put_names (&trace);
  trace.event = prepare (
      &trace,
      "INSERT INTO event (time_ns, probe_key, cpu, thread_key,"
      " site_key, stack_id, retval, arg0, arg1, arg2, arg3, arg4, arg5)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
      " ?13)");
  trace.duration = prepare (&trace, "INSERT INTO duration VALUES (?1, ?2)");
  while (trace.left > 0)
    act (&trace);
  for (int i = 1; i <= PROBES; i++)
    RUN (&trace,
	 "UPDATE probe SET hits = %lld, recorded = %lld WHERE probe_key = %d",
	 trace.recorded[i], trace.recorded[i], i);
  sqlite3_finalize (trace.event);
  sqlite3_finalize (trace.duration);
  run (&trace, "COMMIT");
  if (sqlite3_close (trace.connection) != SQLITE_OK)
    fail ("cannot close what it has made");
  return 0;
}
