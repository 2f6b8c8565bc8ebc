/* Calls: entries and returns of functions, paired.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "calls.h"

enum
{
  /* Open calls of a thread; kernel stacks are of some KiB.  There is room for
     so many at first: most threads of a trace with a great many have few.  */
  DEPTH_MAX = 64,
  DEPTH_FIRST = 2,
  CPUS_MAX = 256, /* those above, which no kernel has, are not told apart */
  NO_FUNCTION = UINT32_MAX
};

struct open_call
{
  unsigned function;
  int64_t began_ns;
  int64_t inner_ns;  /* in calls within it */
  int64_t waited_ns; /* of its thread, when it began */
};

/* The open calls of a thread: COUNT of them, the oldest at FIRST, which is 0
   as long as there is not room for all that there can be.  */
struct open_calls
{
  struct open_call *calls;
  unsigned first, count, room;
};

/* Whether a thread runs, and for how long it did not.  */
struct running
{
  int64_t waited_ns;
  int64_t left_ns; /* when it did last */
  bool is_off;
};

struct calls
{
  struct calls_function *functions;
  unsigned function_count;
  uint32_t *of_site, *of_probe; /* functions, by index */
  struct open_calls *threads;	/* by index */
  struct running *running;	/* threads, by index */
  unsigned thread_count;
  bool *is_switch;		     /* of probes, by index */
  int64_t switched_ns[CPUS_MAX + 1]; /* the last one of each CPU */
  bool has_switches;
  struct calls_counts counts;
};

/* A function of a site or probe, to be sorted.  */
struct place
{
  const char *name, *module;
  int64_t boot_id;
  uint32_t *function; /* where its number is to go */
  bool is_entry, is_return;
};

static int
compare_places (const void *first, const void *second)
{
  const struct place *a = first, *b = second;

  if (a->boot_id != b->boot_id)
    return a->boot_id < b->boot_id ? -1 : 1;
  int order = strcmp (a->name, b->name);
  return order != 0 ? order : strcmp (a->module, b->module);
}

/* Give each of COUNT PLACES the number of its function.  */
static void
number_functions (struct calls *calls, struct place *places, size_t count)
{
  if (count > 0)
    qsort (places, count, sizeof *places, compare_places);
  for (size_t i = 0; i < count; i++)
    {
      if (i == 0 || compare_places (&places[i - 1], &places[i]) != 0)
	calls->functions[calls->function_count++]
	    = (struct calls_function){ .name = places[i].name,
				       .module = places[i].module,
				       .boot_id = places[i].boot_id };
      struct calls_function *function
	  = &calls->functions[calls->function_count - 1];
      function->has_entries |= places[i].is_entry;
      function->has_returns |= places[i].is_return;
      *places[i].function = calls->function_count - 1;
    }
}

/* Find the functions of all sites and probes that pair by entries and
   returns.  */
static bool
find_functions (struct calls *calls, const struct source *source)
{
  unsigned sites, probes;
  const struct source_site *site = source_sites (source, &sites);
  const struct source_probe *probe = source_probes (source, &probes);
  struct place *places = calloc (sites + probes + 1, sizeof *places);
  size_t count = 0;

  calls->functions = calloc (sites + probes + 1, sizeof *calls->functions);
  calls->of_site = calloc (sites + 1, sizeof *calls->of_site);
  calls->of_probe = calloc (probes + 1, sizeof *calls->of_probe);
  if (places == NULL || calls->functions == NULL || calls->of_site == NULL
      || calls->of_probe == NULL)
    {
      free (places);
      return false;
    }
  for (unsigned i = 0; i < sites; i++)
    {
      calls->of_site[i] = NO_FUNCTION;
      if (strcmp (site[i].probe->provider, "fbt") == 0)
	places[count++] = (struct place){
	  .name = site[i].function,
	  .module = site[i].probe->module,
	  .boot_id = site[i].probe->boot_id,
	  .function = &calls->of_site[i],
	  .is_entry = site[i].kind == MDTRACE_PROBE_ENTRY,
	  .is_return = site[i].kind == MDTRACE_PROBE_RETURN,
	};
    }
  for (unsigned i = 0; i < probes; i++)
    {
      calls->of_probe[i] = NO_FUNCTION;
      if (strcmp (probe[i].provider, "fbt") == 0)
	places[count++] = (struct place){
	  .name = probe[i].function,
	  .module = probe[i].module,
	  .boot_id = probe[i].boot_id,
	  .function = &calls->of_probe[i],
	  .is_entry = probe[i].kind == MDTRACE_PROBE_ENTRY,
	  .is_return = probe[i].kind == MDTRACE_PROBE_RETURN,
	};
    }
  number_functions (calls, places, count);
  free (places);
  return true;
}

static bool
find_switches (struct calls *calls, const struct source *source)
{
  unsigned probes;
  const struct source_probe *probe = source_probes (source, &probes);

  calls->is_switch = calloc (probes + 1, sizeof *calls->is_switch);
  for (unsigned i = 0; calls->is_switch != NULL && i < probes; i++)
    calls->is_switch[i] = strcmp (probe[i].provider, "sched") == 0
			  && strcmp (probe[i].name, "switch") == 0;
  return calls->is_switch != NULL;
}

struct calls *
calls_new (const struct source *source)
{
  struct calls *calls = calloc (1, sizeof *calls);

  if (calls == NULL)
    return NULL;
  source_threads (source, &calls->thread_count);
  calls->threads = calloc (calls->thread_count + 1, sizeof *calls->threads);
  calls->running = calloc (calls->thread_count + 1, sizeof *calls->running);
  for (int i = 0; i <= CPUS_MAX; i++)
    calls->switched_ns[i] = INT64_MIN;
  if (calls->threads == NULL || calls->running == NULL
      || !find_switches (calls, source) || !find_functions (calls, source))
    {
      calls_free (calls);
      return NULL;
    }
  return calls;
}

void
calls_free (struct calls *calls)
{
  if (calls == NULL)
    return;
  for (unsigned i = 0; calls->threads != NULL && i < calls->thread_count; i++)
    free (calls->threads[i].calls);
  free (calls->threads);
  free (calls->running);
  free (calls->is_switch);
  free (calls->functions);
  free (calls->of_site);
  free (calls->of_probe);
  free (calls);
}

const struct calls_function *
calls_functions (const struct calls *calls, unsigned *count)
{
  *count = calls->function_count;
  return calls->functions;
}

static struct open_call *
call_at (struct open_calls *open, unsigned place)
{
  return &open->calls[(open->first + place) % DEPTH_MAX];
}

/* Make room for another call.  False if there is no memory.  */
static bool
make_room (struct open_calls *open)
{
  if (open->count < open->room || open->room == DEPTH_MAX)
    return true;
  unsigned room = open->room > 0 ? 2 * open->room : DEPTH_FIRST;
  struct open_call *more = reallocarray (open->calls, room, sizeof *more);
  if (more == NULL)
    return false;
  open->calls = more;
  open->room = room;
  return true;
}

static void
enter (struct calls *calls, struct open_calls *open, struct call *call)
{
  if (open->count == DEPTH_MAX)
    {
      open->first = (open->first + 1) % DEPTH_MAX;
      open->count--;
      calls->counts.abandoned++;
    }
  call->depth = open->count;
  *call_at (open, open->count++) = (struct open_call){
    .function = call->function,
    .began_ns = call->began_ns,
    .waited_ns = call->waited_ns,
  };
}

/* How long it is from FIRST_NS to SECOND_NS, as far as 64 bits can say.  */
static int64_t
between (int64_t first_ns, int64_t second_ns)
{
  int64_t length_ns;

  return __builtin_sub_overflow (second_ns, first_ns, &length_ns) ? INT64_MAX
								  : length_ns;
}

/* CALL has ended, with INNER_NS in calls within it, and OPEN are those around
   it.  */
static void
leave (struct open_calls *open, struct call *call, int64_t inner_ns)
{
  int64_t whole_ns = between (call->began_ns, call->ended_ns);

  call->self_ns = whole_ns > inner_ns ? whole_ns - inner_ns : 0;
  call->depth = open->count;
  if (open->count == 0)
    return;
  int64_t *around_ns = &call_at (open, open->count - 1)->inner_ns;
  if (__builtin_add_overflow (*around_ns, whole_ns, around_ns))
    *around_ns = INT64_MAX;
}

static enum calls_step
leave_innermost (struct calls *calls, struct open_calls *open,
		 struct call *call)
{
  for (unsigned i = open->count; i-- > 0;)
    {
      const struct open_call *found = call_at (open, i);
      if (found->function != call->function)
	continue;
      calls->counts.abandoned += open->count - i - 1;
      open->count = i;
      call->began_ns = found->began_ns;
      call->waited_ns -= found->waited_ns;
      leave (open, call, found->inner_ns);
      return CALLS_RETURNED;
    }
  calls->counts.unpaired++;
  return CALLS_UNPAIRED;
}

/* EVENT is by a thread, which runs then.  */
static struct running *
note_running (struct calls *calls, const struct source_event *event)
{
  struct running *running = &calls->running[event->thread->index];
  int64_t *switched_ns
      = &calls->switched_ns[event->cpu < CPUS_MAX ? event->cpu : CPUS_MAX];

  if (running->is_off && *switched_ns > running->left_ns
      && __builtin_add_overflow (running->waited_ns,
				 between (running->left_ns, *switched_ns),
				 &running->waited_ns))
    running->waited_ns = INT64_MAX;
  running->is_off = calls->is_switch[event->probe->index];
  if (running->is_off)
    {
      calls->has_switches = true;
      running->left_ns = *switched_ns = event->time_ns;
    }
  return running;
}

enum calls_step
calls_take (struct calls *calls, const struct source_event *event,
	    struct call *call)
{
  uint32_t kind = source_kind (event);
  uint32_t function = event->site != NULL
			  ? calls->of_site[event->site->index]
			  : calls->of_probe[event->probe->index];

  /* Threads without an address are all those of a task.  */
  if (event->thread == NULL || !event->thread->has_address)
    return CALLS_NONE;
  const struct running *running = note_running (calls, event);
  if (function == NO_FUNCTION)
    return CALLS_NONE;
  bool is_whole = event->known & SOURCE_DURATION;
  if (!is_whole
      && (!calls->functions[function].has_entries
	  || !calls->functions[function].has_returns || event->probe->latency
	  || (kind != MDTRACE_PROBE_ENTRY && kind != MDTRACE_PROBE_RETURN)))
    return CALLS_NONE;
  struct open_calls *thread = &calls->threads[event->thread->index];
  *call = (struct call){ .function = function,
			 .began_ns = event->time_ns,
			 .ended_ns = event->time_ns,
			 .waited_ns = running->waited_ns };
  if (is_whole)
    {
      call->waited_ns = -1;
      /* None is less than nothing, and none began before all time.  */
      if (event->duration_ns > 0
	  && __builtin_sub_overflow (event->time_ns, event->duration_ns,
				     &call->began_ns))
	call->began_ns = INT64_MIN;
      leave (thread, call, 0);
      return CALLS_RETURNED;
    }
  if (kind == MDTRACE_PROBE_ENTRY)
    {
      /* Without memory it is as if there was no call.  */
      if (!make_room (thread))
	return CALLS_NONE;
      enter (calls, thread, call);
      return CALLS_ENTERED;
    }
  return leave_innermost (calls, thread, call);
}

bool
calls_know_waits (const struct calls *calls)
{
  return calls->has_switches;
}

struct calls_counts
calls_count (const struct calls *calls, uint64_t *open)
{
  *open = 0;
  for (unsigned i = 0; i < calls->thread_count; i++)
    *open += calls->threads[i].count;
  return calls->counts;
}
