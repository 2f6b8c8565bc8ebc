/* mdtrace snapshot: the system at this moment.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "counter.h"
#include "table.h"
#include "watch.h"

static const struct argp_option argp_options[]
    = { { "watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL,
	  "Take one again and again, until interrupted; three decimals are "
	  "good, and 1 is the default",
	  0 },
	{ "count", 'c', "N", 0, "With --watch, end when N were printed", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  unsigned long interval_ms; /* 0: only one */
  unsigned long count;	     /* 0: no end */
};

/* A snapshot, and what the counters in it are.  */
struct view
{
  mdtrace_snapshot_t snapshot;
  mdtrace_counter_info_t *counters;
  size_t count;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'w':
      arguments->interval_ms
	  = argument == NULL
		? WATCH_INTERVAL_MS
		: watch_parse_interval (state, argument, "--watch");
      return 0;
    case 'c':
      arguments->count = cli_parse_number (state, argument, "--count", 1);
      return 0;
    case ARGP_KEY_END:
      if (arguments->count > 0 && arguments->interval_ms == 0)
	argp_error (state, "--count goes with --watch");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Whether the counter with NUMBER was on.  */
static bool
is_known (const mdtrace_snapshot_t *snapshot, unsigned number)
{
  return (snapshot->known & MDTRACE_COUNTER_BIT (number)) != 0;
}

/* The time of the CPUs that the kernel has accounted for.  */
static uint64_t
accounted_ns (const mdtrace_snapshot_t *snapshot)
{
  return snapshot->user_ns + snapshot->system_ns + snapshot->idle_ns;
}

/* "LABEL  " and what follows it.  */
static void
print_label (const char *label)
{
  printf ("%-12s ", label);
}

/* WHAT, VALUE in UNIT, and how much of WHOLE that is; then END.  */
static void
print_share (const char *what, uint64_t value, const char *unit,
	     uint64_t whole, const char *end)
{
  char text[COUNTER_TEXT_BYTES], percent[COUNTER_TEXT_BYTES];

  counter_text (text, value, unit);
  counter_percent (percent, value, whole);
  printf ("%s %s (%s)%s", what, text, percent, end);
}

static void
print_time (const mdtrace_snapshot_t *snapshot)
{
  time_t seconds = snapshot->time_ns / 1000000000;
  char text[32], up[COUNTER_TEXT_BYTES];
  struct tm local;

  localtime_r (&seconds, &local);
  strftime (text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  print_label ("time");
  counter_text (up, snapshot->uptime_ns, "ns");
  printf ("%s.%09u, up %s\n", text,
	  (unsigned) (snapshot->time_ns % 1000000000), up);
}

static void
print_cpus (const mdtrace_snapshot_t *snapshot)
{
  char text[COUNTER_TEXT_BYTES];
  uint64_t whole = accounted_ns (snapshot);

  print_label ("CPUs");
  if (snapshot->utilisation == MDTRACE_UNKNOWN)
    printf ("%" PRIu32 "; how busy is unknown: there is no snapshot before "
	    "to compare with\n",
	    snapshot->cpus);
  else
    {
      counter_text (text, snapshot->utilisation, "1/10000");
      printf ("%" PRIu32 ", busy for %s of the last second or less\n",
	      snapshot->cpus, text);
    }
  print_label ("CPU time");
  print_share ("user", snapshot->user_ns, "ns", whole, ", ");
  print_share ("system", snapshot->system_ns, "ns", whole, ", ");
  print_share ("idle", snapshot->idle_ns, "ns", whole, "\n");
  print_label ("interrupts");
  if (is_known (snapshot, MDTRACE_COUNTER_INTERRUPT_OVERHEAD))
    {
      counter_text (text, snapshot->interrupt_ns, "ns");
      printf ("%s since counter interrupt-overhead began\n", text);
    }
  else
    puts ("unavailable: counter interrupt-overhead is off");
}

static void
print_memory (const mdtrace_snapshot_t *snapshot)
{
  const double mib = 1 << 20;
  uint64_t used = snapshot->memory_bytes - snapshot->free_bytes;
  char percent[COUNTER_TEXT_BYTES], free_percent[COUNTER_TEXT_BYTES];

  counter_percent (percent, used, snapshot->memory_bytes);
  counter_percent (free_percent, snapshot->free_bytes, snapshot->memory_bytes);
  print_label ("memory");
  printf ("%.1f MiB, used %.1f MiB (%s), free %.1f MiB (%s)\n",
	  (double) snapshot->memory_bytes / mib, (double) used / mib, percent,
	  (double) snapshot->free_bytes / mib, free_percent);
  print_label ("");
  printf ("page-out starts below %.1f MiB, allocations wait below %.1f MiB\n",
	  (double) snapshot->low_bytes / mib,
	  (double) snapshot->min_bytes / mib);
  print_label ("paging");
  printf ("%" PRIu64 " faults, %" PRIu64 " pages in, %" PRIu64 " pages out\n",
	  snapshot->faults, snapshot->pageins, snapshot->pageouts);
}

static void
print_counters (const struct view *view)
{
  const mdtrace_snapshot_t *snapshot = &view->snapshot;
  char text[COUNTER_TEXT_BYTES];

  print_label ("IPC");
  if (is_known (snapshot, MDTRACE_COUNTER_IPC_LATENCY))
    {
      counter_text (text, snapshot->ipc_ns, "ns");
      printf ("about %s for what was done within a second\n", text);
    }
  else
    puts ("unavailable: counter ipc-latency is off");
  if (snapshot->known == 0)
    {
      print_label ("counters");
      puts ("all are off");
      return;
    }
  struct table *table = table_new ();
  table_add_column (table, "COUNTER", false);
  table_add_column (table, "COUNT", true);
  table_add_column (table, "SUM OR LEVEL", true);
  for (size_t i = 0; i < view->count; i++)
    if (is_known (snapshot, view->counters[i].number))
      {
	const struct mdtrace_counter_sum *sum
	    = &snapshot->counters[view->counters[i].number];
	counter_text (text, sum->sum, view->counters[i].unit);
	table_add_cell (table, view->counters[i].name);
	table_add_number (table, sum->count);
	table_add_cell (table, text);
      }
  table_print (table);
}

static void
print (const struct view *view)
{
  const mdtrace_snapshot_t *snapshot = &view->snapshot;

  print_time (snapshot);
  print_label ("tasks");
  printf ("%" PRIu32 ", with %" PRIu32 " threads\n", snapshot->tasks,
	  snapshot->threads);
  print_cpus (snapshot);
  print_memory (snapshot);
  print_label ("probes");
  printf ("%" PRIu64 " hits, of which %" PRIu64 " events were lost\n",
	  snapshot->hits, snapshot->lost);
  print_counters (view);
}

static json_t *
counters_json (const struct view *view)
{
  json_t *object = json_object ();

  for (size_t i = 0; i < view->count; i++)
    {
      const mdtrace_counter_info_t *counter = &view->counters[i];
      const struct mdtrace_counter_sum *sum
	  = &view->snapshot.counters[counter->number];
      if (is_known (&view->snapshot, counter->number))
	cli_json_set (
	    object, counter->name,
	    cli_json_pack (
		"{s:s, s:s, s:o, s:o}", "kind",
		mdtrace_counter_kind_words (counter->kind), "unit",
		counter->unit, "count", counter_json_number (sum->count),
		counter->kind == MDTRACE_COUNTER_LEVEL ? "level" : "sum",
		counter_json_number (sum->sum)));
    }
  return object;
}

/* VALUE, or null unless the counter with NUMBER was on.  */
static json_t *
known_json (const mdtrace_snapshot_t *snapshot, unsigned number,
	    uint64_t value)
{
  return is_known (snapshot, number) ? counter_json_number (value)
				     : json_null ();
}

static json_t *
view_json (const struct view *view)
{
  const mdtrace_snapshot_t *snapshot = &view->snapshot;
  const struct
  {
    const char *name;
    uint64_t value;
  } members[] = {
    { "sequence", snapshot->sequence },
    { "time_ns", snapshot->time_ns },
    { "uptime_ns", snapshot->uptime_ns },
    { "tasks", snapshot->tasks },
    { "threads", snapshot->threads },
    { "cpus", snapshot->cpus },
    { "memory_bytes", snapshot->memory_bytes },
    { "free_bytes", snapshot->free_bytes },
    { "low_bytes", snapshot->low_bytes },
    { "min_bytes", snapshot->min_bytes },
    { "user_ns", snapshot->user_ns },
    { "system_ns", snapshot->system_ns },
    { "idle_ns", snapshot->idle_ns },
    { "faults", snapshot->faults },
    { "pageins", snapshot->pageins },
    { "pageouts", snapshot->pageouts },
    { "hits", snapshot->hits },
    { "lost", snapshot->lost },
  };
  json_t *object = json_object ();

  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
    json_object_set_new (object, members[i].name,
			 counter_json_number (members[i].value));
  json_object_set_new (object, "utilisation_percent",
		       snapshot->utilisation == MDTRACE_UNKNOWN
			   ? json_null ()
			   : json_real (snapshot->utilisation / 100.0));
  json_object_set_new (object, "interrupt_ns",
		       known_json (snapshot,
				   MDTRACE_COUNTER_INTERRUPT_OVERHEAD,
				   snapshot->interrupt_ns));
  json_object_set_new (
      object, "ipc_ns",
      known_json (snapshot, MDTRACE_COUNTER_IPC_LATENCY, snapshot->ipc_ns));
  json_object_set_new (object, "counters", counters_json (view));
  return object;
}

/* Take a snapshot and show it, behind SEPARATOR as text.  Returns the exit
   status.  */
static int
look (const struct arguments *arguments, struct mdtrace_target *target,
      const char *separator)
{
  const struct cli_options *options = arguments->options;
  struct view view = { .counters = NULL };
  int error = mdtrace_counter_list (target, &view.counters, &view.count);

  if (error == MDTRACE_OK)
    error = mdtrace_take_snapshot (target, &view.snapshot);
  if (error != MDTRACE_OK)
    {
      free (view.counters);
      return cli_report (options, mdtrace_target_url (target), error,
			 mdtrace_detail (target));
    }
  if (options->json && arguments->interval_ms == 0)
    cli_print_json (view_json (&view));
  else if (options->json)
    {
      json_t *document = view_json (&view);
      json_dumpf (document, stdout, JSON_COMPACT);
      putchar ('\n');
      json_decref (document);
    }
  else
    {
      fputs (separator, stdout);
      print (&view);
    }
  free (view.counters);
  return cli_finish ();
}

int
cli_snapshot (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .doc = "Print how the system is at this moment: tasks, memory, the "
		 "CPUs' time, and the counters that are on.  With --watch and "
		 "--json, one object in a line each time." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int status = 0;
  if (arguments.interval_ms == 0)
    status = look (&arguments, target, "");
  else
    {
      watch_start ();
      for (unsigned long printed = 0;
	   status == 0 && !watch_is_over ()
	   && (arguments.count == 0 || printed < arguments.count);
	   printed++)
	{
	  if (printed > 0)
	    watch_wait (arguments.interval_ms);
	  status = look (&arguments, target, printed > 0 ? "\n" : "");
	}
    }
  mdtrace_close (target);
  return status;
}
