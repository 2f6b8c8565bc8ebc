/* Bottlenecks.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "bottlenecks.h"
#include "evidence.h"
#include "words.h"

enum
{
  RANKS_MAX = 64,
  HEAT_MAPS_MAX = 6,
  HEAT_BYTES = 64 << 20
};

/* The functions of GNU Mach in which threads wait for a lock.  */
static const char *const locks[]
    = { "lock_read",	   "lock_write",       "lock_read_to_write",
	"kmutex_lock",	   "simple_lock",      "_simple_lock",
	"simple_lock_irq", "_simple_lock_irq", "simple_lock_solid" };

/* A bottleneck, of whatever kind.  */
struct rank
{
  const char *kind;
  char *name;
  int64_t boot_id;		  /* 0: of several */
  const struct latency *latency;  /* null: a counter */
  const struct wait_group *group; /* null: no wait */
  uint64_t count, total_ns;
  int64_t from_ns, to_ns; /* of a counter */
};

struct ranks
{
  struct rank *ranks;
  size_t count;
};

bool
bottlenecks_begin (struct bottlenecks *bottlenecks, struct source *source,
		   const struct grid *grid, bool *failed)
{
  *failed = false;
  *bottlenecks = (struct bottlenecks){
    .source = source,
    .calls = calls_new (source),
    .heat = { .grid = grid, .left_bytes = HEAT_BYTES },
  };
  if (bottlenecks->calls == NULL)
    return false;
  calls_functions (bottlenecks->calls, &bottlenecks->function_count);
  bottlenecks->functions = calloc (bottlenecks->function_count + 1,
				   sizeof *bottlenecks->functions);
  bottlenecks->waits = waits_new (source, failed);
  return bottlenecks->functions != NULL && bottlenecks->waits != NULL;
}

void
bottlenecks_free (struct bottlenecks *bottlenecks)
{
  for (unsigned i = 0;
       bottlenecks->functions != NULL && i < bottlenecks->function_count; i++)
    latency_free (&bottlenecks->functions[i]);
  free (bottlenecks->functions);
  calls_free (bottlenecks->calls);
  waits_free (bottlenecks->waits);
}

bool
bottlenecks_take (struct bottlenecks *bottlenecks,
		  const struct source_event *event)
{
  struct call call;

  if (calls_take (bottlenecks->calls, event, &call) == CALLS_RETURNED)
    {
      struct latency *latency = &bottlenecks->functions[call.function];
      if (!latency_add (latency, &bottlenecks->heat, call.ended_ns,
			grid_between (call.began_ns, call.ended_ns),
			call.self_ns, event->thread, 0))
	return false;
      latency_add_waited (latency, call.waited_ns);
    }
  return waits_take (bottlenecks->waits, event, &bottlenecks->heat);
}

static bool
is_lock (const char *name)
{
  for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++)
    if (strcmp (name, locks[i]) == 0)
      return true;
  return false;
}

/* What the message with ID is called.  */
static char *
message_name (const struct msgids *msgids, uint64_t id)
{
  const char *name = msgids_name (msgids, (int32_t) id);

  return name != NULL ? words_format ("%s (%" PRId32 ")", name, (int32_t) id)
		      : words_format ("message %" PRId32, (int32_t) id);
}

/* Order threads by boot and address.  */
static int
compare_threads (const void *first, const void *second)
{
  const struct source_thread *a = first, *b = second;

  if (a->boot_id != b->boot_id)
    return a->boot_id < b->boot_id ? -1 : 1;
  return a->address < b->address ? -1 : a->address > b->address;
}

/* Threads that waited to run, in that order, with their tasks: of several with
   one address that of the last.  All that there may be are gone through once,
   and not for each of these.  */
struct waiters
{
  struct source_thread *threads;
  size_t count;
};

static bool
find_waiters (struct waiters *waiters, const struct source *source,
	      const struct wait_group *groups, unsigned group_count)
{
  unsigned count;
  const struct source_thread *threads = source_threads (source, &count);

  *waiters = (struct waiters){ .threads = calloc (group_count + 1,
						  sizeof *waiters->threads) };
  if (waiters->threads == NULL)
    return false;
  for (unsigned i = 0; i < group_count; i++)
    if (groups[i].kind == WAIT_RUN_QUEUE)
      waiters->threads[waiters->count++]
	  = (struct source_thread){ .boot_id = groups[i].boot_id,
				    .address = groups[i].what };
  qsort (waiters->threads, waiters->count, sizeof *waiters->threads,
	 compare_threads);
  for (unsigned i = 0; i < count; i++)
    {
      struct source_thread *waiter
	  = threads[i].has_address
		? bsearch (&threads[i], waiters->threads, waiters->count,
			   sizeof *waiter, compare_threads)
		: NULL;
      if (waiter != NULL)
	waiter->task = threads[i].task;
    }
  return true;
}

/* What the thread of BOOT_ID with ADDRESS is called.  */
static char *
thread_name (const struct waiters *waiters, int64_t boot_id, uint64_t address)
{
  const struct source_thread key = { .boot_id = boot_id, .address = address };
  const struct source_thread *waiter = bsearch (
      &key, waiters->threads, waiters->count, sizeof key, compare_threads);
  char text[WORDS_BYTES];

  if (waiter == NULL || waiter->task == NULL)
    return words_format ("thread 0x%" PRIx64, address);
  return words_format ("%s, thread 0x%" PRIx64,
		       words_task (waiter->task, text), address);
}

static char *
group_name (const struct source *source, const struct waiters *waiters,
	    const struct msgids *msgids, const struct wait_group *group)
{
  unsigned count;
  const struct source_task *tasks = source_tasks (source, &count);
  char text[WORDS_BYTES];

  if (group->boot_id == 0)
    return words_format ("others");
  if (group->kind == WAIT_RUN_QUEUE)
    return thread_name (waiters, group->boot_id, group->what);
  char *message = message_name (msgids, group->what);
  if (group->kind == WAIT_REQUEST || message == NULL)
    return message;
  char *name = words_format (
      "%s to %s", message,
      words_task (group->task < count ? &tasks[group->task] : NULL, text));
  free (message);
  return name;
}

/* Add what the counter lock-contention has counted in each boot between the
   first and the last snapshot.  */
static bool
add_counters (struct ranks *ranks, const struct bottlenecks *bottlenecks)
{
  static const char text[]
      = "SELECT boot_id, first.time_ns, last.time_ns, last.count -"
	" first.count, last.sum - first.sum FROM"
	" (SELECT boot_id, min(time_ns) AS time_ns, count, sum FROM"
	"   counter_values WHERE name = 'lock-contention' AND unit = 'ns'"
	"   AND time_ns BETWEEN ?1 AND ?2 GROUP BY boot_id) first JOIN"
	" (SELECT boot_id, max(time_ns) AS time_ns, count, sum FROM"
	"   counter_values WHERE name = 'lock-contention' AND unit = 'ns'"
	"   AND time_ns BETWEEN ?1 AND ?2 GROUP BY boot_id) last"
	" USING (boot_id)";
  const struct grid *grid = bottlenecks->heat.grid;
  sqlite3_stmt *row;
  bool good = true;

  if (sqlite3_prepare_v2 (source_connection (bottlenecks->source), text, -1,
			  &row, NULL)
      != SQLITE_OK)
    return true;
  sqlite3_bind_int64 (row, 1, grid->first_ns);
  sqlite3_bind_int64 (row, 2, grid->last_ns);
  while (good && sqlite3_step (row) == SQLITE_ROW)
    {
      int64_t count = sqlite3_column_int64 (row, 3);
      int64_t total_ns = sqlite3_column_int64 (row, 4);
      if (count <= 0 || total_ns <= 0)
	continue;
      struct rank *more = reallocarray (ranks->ranks, ranks->count + 1,
					sizeof *ranks->ranks);
      good = more != NULL;
      if (!good)
	break;
      ranks->ranks = more;
      more[ranks->count++] = (struct rank){
	.kind = "lock",
	.name = words_format ("all contended locks (lock-contention)"),
	.boot_id = sqlite3_column_int64 (row, 0),
	.count = count,
	.total_ns = total_ns,
	.from_ns = sqlite3_column_int64 (row, 1),
	.to_ns = sqlite3_column_int64 (row, 2),
      };
    }
  sqlite3_finalize (row);
  return good;
}

static bool
add_all (struct ranks *ranks, const struct bottlenecks *bottlenecks,
	 const struct msgids *msgids)
{
  static const char *const kinds[] = { [WAIT_RUN_QUEUE] = "run-queue",
				       [WAIT_MESSAGE] = "ipc",
				       [WAIT_REQUEST] = "request" };
  unsigned functions, groups;
  const struct calls_function *function
      = calls_functions (bottlenecks->calls, &functions);
  struct wait_group *group = waits_groups (bottlenecks->waits, &groups);

  struct waiters waiters;

  ranks->ranks = calloc (functions + groups + 1, sizeof *ranks->ranks);
  if (ranks->ranks == NULL
      || !find_waiters (&waiters, bottlenecks->source, group, groups))
    return false;
  for (unsigned i = 0; i < functions; i++)
    if (bottlenecks->functions[i].count > 0)
      ranks->ranks[ranks->count++] = (struct rank){
	.kind = is_lock (function[i].name) ? "lock" : "function",
	.name = words_format ("%s", function[i].name),
	.boot_id = function[i].boot_id,
	.latency = &bottlenecks->functions[i],
	.count = bottlenecks->functions[i].count,
	.total_ns = bottlenecks->functions[i].total_ns,
      };
  for (unsigned i = 0; i < groups; i++)
    ranks->ranks[ranks->count++] = (struct rank){
      .kind = kinds[group[i].kind],
      .name = group_name (bottlenecks->source, &waiters, msgids, &group[i]),
      .boot_id = group[i].boot_id,
      .latency = &group[i].latency,
      .group = &group[i],
      .count = group[i].latency.count,
      .total_ns = group[i].latency.total_ns,
    };
  free (waiters.threads);
  if (!add_counters (ranks, bottlenecks))
    return false;
  for (size_t i = 0; i < ranks->count; i++)
    if (ranks->ranks[i].name == NULL)
      return false;
  return true;
}

/* Add to the names of RANKS which boot it was.  */
static bool
name_boots (struct ranks *ranks)
{
  bool good = true;

  for (size_t i = 0; good && i < ranks->count; i++)
    {
      struct rank *rank = &ranks->ranks[i];
      if (rank->boot_id == 0)
	continue;
      char *name
	  = words_format ("%s (boot %" PRId64 ")", rank->name, rank->boot_id);
      good = name != NULL;
      if (good)
	{
	  free (rank->name);
	  rank->name = name;
	}
    }
  return good;
}

static int
compare_ranks (const void *first, const void *second)
{
  const struct rank *a = first, *b = second;

  if (a->total_ns != b->total_ns)
    return a->total_ns > b->total_ns ? -1 : 1;
  int order = strcmp (a->kind, b->kind);
  if (order == 0)
    order = strcmp (a->name, b->name);
  return order != 0 ? order
		    : (a->boot_id > b->boot_id) - (a->boot_id < b->boot_id);
}

static json_t *
counter_evidence (const struct rank *rank)
{
  char from[WORDS_BYTES], to[WORDS_BYTES];

  return json_pack (
      "{s:o, s:o}", "sentence",
      words_json ("the counter lock-contention, in the snapshots from %s to "
		  "%s",
		  words_time (rank->from_ns, from),
		  words_time (rank->to_ns, to)),
      "sql",
      words_json ("SELECT time_ns, count, sum FROM counter_values"
		  " WHERE name = 'lock-contention' AND boot_id = %" PRId64
		  " AND time_ns BETWEEN %" PRId64 " AND %" PRId64
		  " ORDER BY time_ns",
		  rank->boot_id, rank->from_ns, rank->to_ns));
}

static json_t *
percentile (const struct rank *rank, unsigned percent)
{
  if (rank->latency == NULL)
    return json_null ();
  return words_number (
      distribution_percentile (&rank->latency->values, percent));
}

static json_t *
rank_json (const struct rank *rank, unsigned number, double cpu_ns)
{
  const struct latency *latency = rank->latency;
  bool is_of_calls = latency != NULL && rank->group == NULL;
  bool is_of_message
      = rank->group != NULL && rank->group->kind != WAIT_RUN_QUEUE;

  return json_pack (
      "{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
      " s:o, s:o}",
      "rank", (int) number, "kind", rank->kind, "name",
      analyze_text (rank->name), "boot_id",
      rank->boot_id != 0 ? json_integer (rank->boot_id) : json_null (),
      "message_id",
      is_of_message && rank->boot_id != 0
	  ? json_integer ((int32_t) rank->group->what)
	  : json_null (),
      "count", words_number (rank->count), "total_ns",
      words_number (rank->total_ns), "self_ns",
      is_of_calls ? words_number (latency->self_ns) : json_null (),
      "waited_ns",
      is_of_calls && !latency->waited_is_unknown
	  ? words_number (latency->waited_ns)
	  : json_null (),
      "p50_ns", percentile (rank, 50), "p90_ns", percentile (rank, 90),
      "p99_ns", percentile (rank, 99), "max_ns",
      latency != NULL ? words_number (latency->values.maximum) : json_null (),
      "share", cpu_ns > 0 ? json_real (rank->total_ns / cpu_ns) : json_null (),
      "max_at_ns",
      latency != NULL ? json_integer (latency_longest_began (latency))
		      : json_null (),
      "evidence",
      latency == NULL ? counter_evidence (rank)
      : is_of_calls   ? evidence_of_calls (latency, rank->name, rank->boot_id)
		      : evidence_of_waits (rank->group));
}

/* A heat map of RANK to HEAT_MAPS, if it has one.  */
static bool
add_heat_map (const struct rank *rank, const struct grid *grid,
	      json_t *heat_maps)
{
  static const char *const what[]
      = { [WAIT_RUN_QUEUE] = "latency of the run queue: %s",
	  [WAIT_MESSAGE] = "latency of %s",
	  [WAIT_REQUEST] = "latency of the reply to %s" };
  const char *format
      = rank->group != NULL ? what[rank->group->kind] : "latency of %s";
  const char *place = strstr (format, "%s");
  json_t *map = NULL;

  if (rank->latency == NULL)
    return true;
  char *words
      = words_format ("%.*s%s", (int) (place - format), format, rank->name);
  if (words != NULL)
    map = latency_heat_map (rank->latency, grid, words);
  bool good = words != NULL
	      && (map == NULL || json_array_append_new (heat_maps, map) == 0);
  free (words);
  return good;
}

bool
bottlenecks_json (struct bottlenecks *bottlenecks, const struct msgids *msgids,
		  bool several_boots, double cpu_ns, json_t *document,
		  json_t *heat_maps)
{
  struct ranks ranks = { NULL, 0 };
  json_t *array = json_array ();
  bool good = add_all (&ranks, bottlenecks, msgids)
	      && (!several_boots || name_boots (&ranks));
  uint64_t open;
  struct calls_counts counts = calls_count (bottlenecks->calls, &open);

  for (unsigned i = 0; i < bottlenecks->function_count; i++)
    if (!calls_know_waits (bottlenecks->calls))
      bottlenecks->functions[i].waited_is_unknown = true;
  if (good)
    qsort (ranks.ranks, ranks.count, sizeof *ranks.ranks, compare_ranks);
  for (size_t i = 0; good && i < ranks.count && i < RANKS_MAX; i++)
    good = json_array_append_new (array,
				  rank_json (&ranks.ranks[i], i + 1, cpu_ns))
	   == 0;
  for (size_t i = 0;
       good && i < ranks.count && json_array_size (heat_maps) < HEAT_MAPS_MAX;
       i++)
    good = add_heat_map (&ranks.ranks[i], bottlenecks->heat.grid, heat_maps);
  for (size_t i = 0; i < ranks.count; i++)
    free (ranks.ranks[i].name);
  free (ranks.ranks);
  json_object_set_new (document, "bottlenecks", array);
  json_object_set_new (document, "calls",
		       json_pack ("{s:o, s:o, s:o}", "unpaired",
				  words_number (counts.unpaired), "abandoned",
				  words_number (counts.abandoned), "open",
				  words_number (open)));
  return good;
}
