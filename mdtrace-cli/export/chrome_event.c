/* Export: events as records of JSON trace events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A call is one slice, made of its entry and its return, or of the event that
   has measured it whole; a switch is the slice that begins there; and all else
   are instants, as are entries whose return is not seen, and returns without
   an entry.  Nothing is put twice, and nothing is left out.  Entries wait for
   their returns with their thread.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "chrome.h"

enum
{
  FRAGMENT_SLICE,
  FRAGMENT_INSTANT
};

static uint32_t
task_pid (const struct chrome *chrome, const struct source_task *task)
{
  return chrome_first_pid (chrome) + task->index;
}

/* The track of THREAD; one that IS_MEASURED is for the calls of probes with
   --latency.  These have one of their own, since such a probe sees a call end
   a moment before or after another probe that is at the same place.  */
static uint32_t
thread_tid (const struct chrome *chrome, const struct source_thread *thread,
	    bool is_measured)
{
  return chrome_first_pid (chrome) + chrome->task_count + 2 * thread->index
	 + is_measured;
}

/* Call THREAD, or its calls that are measured, and its task, by their names
   and addresses, unless that has been done.  */
static void
introduce (struct chrome *chrome, const struct source_thread *thread,
	   bool is_measured)
{
  const struct source_task *task = thread->task;
  uint32_t pid = task_pid (chrome, task);
  bool *is_named = &chrome->threads[thread->index].is_named[is_measured];
  char *name;

  if (*is_named)
    return;
  *is_named = true;
  if (!chrome->has_task[task->index])
    {
      chrome->has_task[task->index] = true;
      if (asprintf (&name, "%s 0x%llx", task->name,
		    (unsigned long long) task->address)
	  >= 0)
	{
	  chrome_name (chrome, "process_name", pid, pid, name);
	  free (name);
	}
    }
  uint32_t tid = thread_tid (chrome, thread, is_measured);
  if (asprintf (&name, "%s thread 0x%llx%s", task->name,
		(unsigned long long) thread->address,
		is_measured ? ", measured" : "")
      >= 0)
    {
      chrome_name (chrome, "thread_name", pid, tid, name);
      chrome_sort (chrome, "thread_sort_index", pid, tid, tid);
      free (name);
    }
}

/* Introduce the track of EVENT.  False: there is no memory.  */
static bool
introduce_track (struct chrome *chrome, const struct source_event *event)
{
  if (event->thread == NULL)
    return chrome_cpu (chrome, event->probe->boot_id, event->cpu) != NULL;
  introduce (chrome, event->thread, event->known & SOURCE_DURATION);
  return true;
}

/* Put the track of EVENT: that of its thread, or of its CPU if that is not
   known.  */
static void
put_track (struct chrome *chrome, const struct source_event *event)
{
  const struct source_thread *thread = event->thread;

  if (thread != NULL)
    chrome_track (chrome, task_pid (chrome, thread->task),
		  thread_tid (chrome, thread, event->known & SOURCE_DURATION));
  else
    chrome_track (chrome, chrome_cpus_pid (chrome, event->probe->boot_id),
		  chrome_cpu (chrome, event->probe->boot_id, event->cpu)->tid);
}

/* What slices of a place are called.  */
static void
put_slice_name (struct output *output, const void *what)
{
  const struct place *place = what;

  output_text (output, ",\"name\":");
  output_json (output, place->function);
  output_text (output, ",\"cat\":");
  output_json (output, place->probe->provider);
}

/* And instants: those of static probes as their event.  */
static void
put_instant_name (struct output *output, const void *what)
{
  const struct place *place = what;
  bool is_function = strcmp (place->probe->provider, "fbt") == 0;
  char *name;

  output_text (output, ",\"name\":");
  if (asprintf (&name, is_function ? "%s %s" : "%s:%s",
		is_function ? place->function : place->probe->provider,
		place->name)
      >= 0)
    {
      output_json (output, name);
      free (name);
    }
  output_text (output, ",\"cat\":");
  output_json (output, place->probe->provider);
}

struct stack_of
{
  const struct source *source;
  const struct source_stack *stack;
};

static void
put_stack (struct output *output, const void *what)
{
  const struct stack_of *of = what;

  output_text (output, ",\"stack\":[");
  for (unsigned i = 0; i < of->stack->count; i++)
    {
      uint64_t offset;
      const char *function = source_frame (of->source, of->stack, i, &offset);
      char *frame;
      if ((function != NULL && offset == 0 ? asprintf (&frame, "%s", function)
	   : function != NULL
	       ? asprintf (&frame, "%s+0x%llx", function,
			   (unsigned long long) offset)
	       : asprintf (&frame, "0x%llx",
			   (unsigned long long) of->stack->frames[i]))
	  < 0)
	break;
      if (i > 0)
	output_char (output, ',');
      output_json (output, frame);
      free (frame);
    }
  output_char (output, ']');
}

/* A value: as a number where viewers have it whole, else as a string.  */
static void
put_value (struct output *output, char format, int64_t value)
{
  const int64_t most = INT64_C (1) << 53;
  bool is_number = (format == 'd' || format == 'u') && value <= most
		   && value >= (format == 'd' ? -most : 0);

  if (is_number)
    {
      output_signed (output, value);
      return;
    }
  output_char (output, '"');
  if (format == 'd')
    output_signed (output, value);
  else if (format == 'u')
    output_unsigned (output, value);
  else
    output_hex (output, value);
  output_char (output, '"');
}

/* The arguments of EVENT as a member that is called MEMBER, if it has any.  */
static void
put_values (struct output *output, const char *member,
	    const struct source_event *event)
{
  const struct mdtrace_names *names = event->probe->names;
  char before = '{';

  if (event->known < SOURCE_ARG0)
    return;
  output_text (output, member);
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (event->known & SOURCE_ARG0 << i)
      {
	output_char (output, before);
	before = ',';
	output_json (output, place_argument_name (event->probe, i));
	output_char (output, ':');
	put_value (output, names->values[i].format, event->arguments[i]);
      }
  output_char (output, '}');
}

/* The arguments of the record, of EVENT or of a call that begins with it and
   ends with RETURNED, if that is not null, and its end.  REMARK is put too if
   it is not null.  */
static void
put_arguments (struct chrome *chrome, const struct source_event *event,
	       const struct source_event *returned, const char *remark)
{
  struct output *output = chrome->output;
  const struct source_event *last = returned != NULL ? returned : event;
  const struct source_stack *stack
      = event->stack != NULL ? event->stack : last->stack;

  output_text (output, ",\"args\":{\"cpu\":");
  output_unsigned (output, event->cpu);
  output_text (output, ",\"probe_id\":");
  output_unsigned (output, event->probe->id);
  put_values (output, ",\"values\":", event);
  if (returned != NULL)
    put_values (output, ",\"return_values\":", returned);
  if (last->known & SOURCE_RETVAL)
    {
      output_text (output, ",\"retval\":");
      put_value (output, last->probe->names->retval.format, last->retval);
    }
  if (event->known & SOURCE_DURATION)
    {
      output_text (output, ",\"duration_ns\":");
      output_signed (output, event->duration_ns);
    }
  if (stack != NULL)
    {
      struct stack_of of = { chrome->export->source, stack };
      fragment_put (&chrome->stacks[stack->index], output, put_stack, &of);
    }
  if (remark != NULL)
    output_text (output, remark);
  output_text (output, "}}");
}

/* A call of the function of PLACE, as a slice from BEGIN_NS to END_NS, of the
   events that put_arguments takes.  */
static void
put_slice (struct chrome *chrome, struct place *place,
	   const struct source_event *event,
	   const struct source_event *returned, int64_t begin_ns,
	   int64_t end_ns)
{
  chrome_record (chrome, 'X');
  fragment_put (&place->fragments[FRAGMENT_SLICE], chrome->output,
		put_slice_name, place);
  put_track (chrome, event);
  chrome_time (chrome, begin_ns);
  output_text (chrome->output, ",\"dur\":");
  output_elapsed (chrome->output, begin_ns, end_ns);
  put_arguments (chrome, event, returned, NULL);
}

static void
put_instant (struct chrome *chrome, struct place *place,
	     const struct source_event *event, const char *remark)
{
  chrome_record (chrome, 'i');
  fragment_put (&place->fragments[FRAGMENT_INSTANT], chrome->output,
		put_instant_name, place);
  put_track (chrome, event);
  chrome_time (chrome, event->time_ns);
  output_text (chrome->output, ",\"s\":\"t\"");
  put_arguments (chrome, event, NULL, remark);
}

/* A message is sent, or received, which IS_RECEIVED tells: a slice of a
   nanosecond, since arrows go from slices to slices.  */
static void
put_message (struct chrome *chrome, struct place *place,
	     const struct source_event *event, const unsigned *arguments,
	     bool is_received)
{
  struct output *output = chrome->output;
  const int64_t key[4]
      = { event->probe->boot_id, event->arguments[arguments[0]],
	  event->arguments[arguments[1]], event->arguments[arguments[2]] };
  uint64_t flow = is_received ? chrome_flow_receive (chrome->flows, key)
			      : chrome_flow_send (chrome->flows, key);

  const char *name = export_message_name (chrome->export, place, event);
  chrome_record (chrome, 'X');
  if (name != NULL)
    {
      output_text (output,
		   is_received ? ",\"name\":\"receive " : ",\"name\":\"send ");
      output_json_part (output, name);
      output_text (output, "\",\"cat\":\"ipc\"");
    }
  else
    fragment_put (&place->fragments[FRAGMENT_INSTANT], output,
		  put_instant_name, place);
  put_track (chrome, event);
  chrome_time (chrome, event->time_ns);
  output_text (output, ",\"dur\":0.001");
  put_arguments (chrome, event, NULL, NULL);
  if (flow == 0)
    return;
  chrome_record (chrome, is_received ? 'f' : 's');
  output_text (output, ",\"name\":\"message\",\"cat\":\"ipc\",\"id\":");
  output_unsigned (output, flow);
  if (is_received)
    output_text (output, ",\"bp\":\"e\"");
  put_track (chrome, event);
  chrome_time (chrome, event->time_ns);
  output_char (output, '}');
}

/* Keep EVENT, an entry, for its return.  */
static bool
wait_for_return (struct chrome_thread *thread,
		 const struct source_event *event)
{
  if (thread->open_count == thread->open_room)
    {
      struct source_event *more = reallocarray (
	  thread->open, thread->open_room * 2 + 1, sizeof *more);
      if (more == NULL)
	return false;
      thread->open = more;
      thread->open_room = thread->open_room * 2 + 1;
    }
  thread->open[thread->open_count++] = *event;
  return true;
}

void
chrome_give_up (struct chrome *chrome, struct chrome_thread *thread,
		unsigned first, unsigned count, const char *remark)
{
  for (unsigned i = first; i < first + count; i++)
    put_instant (chrome, places_of (chrome->export->places, &thread->open[i]),
		 &thread->open[i], remark);
  thread->open_count -= count;
  if (count > 0)
    memmove (thread->open + first, thread->open + first + count,
	     (thread->open_count - first) * sizeof *thread->open);
}

/* What belongs to calls, as STEP and CALL say.  Entries wait in the same order
   as in calls.c.  */
static bool
put_call (struct chrome *chrome, struct place *place,
	  const struct source_event *event, enum calls_step step,
	  const struct call *call)
{
  static const char abandoned[] = ",\"abandoned\":true";
  struct chrome_thread *thread = &chrome->threads[event->thread->index];

  if (event->known & SOURCE_DURATION)
    put_slice (chrome, place, event, NULL, call->began_ns, event->time_ns);
  else if (step == CALLS_ENTERED)
    {
      /* It has given up the outermost, since there were too many.  */
      if (thread->open_count > call->depth)
	chrome_give_up (chrome, thread, 0, thread->open_count - call->depth,
			abandoned);
      return wait_for_return (thread, event);
    }
  else
    {
      chrome_give_up (chrome, thread, call->depth + 1,
		      thread->open_count - call->depth - 1, abandoned);
      thread->open_count--;
      const struct source_event *entry = &thread->open[thread->open_count];
      put_slice (chrome, places_of (chrome->export->places, entry), entry,
		 event, entry->time_ns, event->time_ns);
    }
  return true;
}

bool
chrome_event (struct chrome *chrome, struct calls *calls, struct place *place,
	      const struct source_event *event)
{
  const struct chrome_place *known = place->kept;
  struct call call;
  uint32_t all = 0;

  if (chrome->boot == NULL || chrome->boot->id != event->probe->boot_id)
    chrome->boot = chrome_find_boot (chrome, event->probe->boot_id);
  if (chrome->boot != NULL)
    chrome->boot->last_ns = event->time_ns;
  if (!introduce_track (chrome, event))
    return false;
  if (known->role != CHROME_OTHER)
    for (int i = 0; i < CHROME_ROLE_ARGUMENTS; i++)
      all |= SOURCE_ARG0 << known->arguments[i];
  if (known->role == CHROME_SWITCH && (event->known & all) == all)
    {
      struct chrome_cpu *cpu
	  = chrome_cpu (chrome, event->probe->boot_id, event->cpu);
      if (cpu != NULL)
	chrome_switch (chrome, cpu, event, known->arguments);
      return cpu != NULL;
    }
  if (known->role != CHROME_OTHER && (event->known & all) == all)
    {
      put_message (chrome, place, event, known->arguments,
		   known->role == CHROME_RECEIVE);
      return true;
    }
  enum calls_step step = calls_take (calls, event, &call);
  if (step == CALLS_ENTERED || step == CALLS_RETURNED)
    return put_call (chrome, place, event, step, &call);
  put_instant (chrome, place, event,
	       step == CALLS_UNPAIRED ? ",\"unpaired\":true" : NULL);
  return true;
}

/* The number of the argument of PROBE that is called NAME; -1: none.  */
static int
find_argument (const struct source_probe *probe, const char *name)
{
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (strcmp (probe->names->values[i].name, name) == 0)
      return i;
  return -1;
}

void
chrome_look_at (struct place *place)
{
  static const struct
  {
    const char *provider, *name, *arguments[CHROME_ROLE_ARGUMENTS];
  } roles[] = {
    [CHROME_SWITCH] = { "sched", "switch", { "to", "to_task", "from" } },
    [CHROME_SEND] = { "ipc", "send", { "port", "id", "reply" } },
    [CHROME_RECEIVE] = { "ipc", "receive", { "port", "id", "reply" } },
  };
  struct chrome_place *known = calloc (1, sizeof *known);

  place->kept = known;
  for (int role = CHROME_SWITCH; known != NULL && role <= CHROME_RECEIVE;
       role++)
    {
      bool has_all = strcmp (place->probe->provider, roles[role].provider) == 0
		     && strcmp (place->name, roles[role].name) == 0;
      for (int i = 0; has_all && i < CHROME_ROLE_ARGUMENTS; i++)
	{
	  int number = find_argument (place->probe, roles[role].arguments[i]);
	  has_all = number >= 0;
	  known->arguments[i] = has_all ? (unsigned) number : 0;
	}
      if (has_all)
	{
	  known->role = role;
	  return;
	}
    }
}

void
chrome_forget (struct place *place)
{
  free (place->kept);
  place->kept = NULL;
}
