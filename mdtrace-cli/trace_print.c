/* mdtrace trace: printing events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace.h"

/* What the argument with NUMBER is called.  */
static const char *
name_of (const struct mdtrace_event *event, int number)
{
  static const char *const unnamed[MDTRACE_ARGUMENTS_MAX]
      = { "arg0", "arg1", "arg2", "arg3", "arg4", "arg5" };
  const char *name = event->names->values[number].name;

  return name[0] != '\0' ? name : unnamed[number];
}

/* Print the value of the field BIT, if EVENT has it.  */
static void
print_value (const struct mdtrace_event *event, uint64_t bit, const char *name,
	     const struct mdtrace_value_name *how, uint64_t value)
{
  if (!(event->fields & bit))
    return;
  if (event->unknown & bit)
    {
      printf (" %s=?", name);
      return;
    }
  switch (how->format)
    {
    case 'd':
      printf (" %s=%" PRId64, name, (int64_t) value);
      break;
    case 'u':
      printf (" %s=%" PRIu64, name, value);
      break;
    default:
      printf (" %s=%#" PRIx64, name, value);
    }
}

/* What the message is called whose id EVENT has as argument NUMBER; null: it
   is not known, or is no id.  */
static const char *
message_of (const struct mdtrace_event *event, int number,
	    const struct msgids *msgids)
{
  uint64_t bit = (uint64_t) MDTRACE_FIELD_ARG0 << number;

  if (!(event->fields & ~event->unknown & bit)
      || strcmp (event->names->values[number].type, "mach_msg_id_t") != 0)
    return NULL;
  return msgids_name (msgids, (int32_t) event->arguments[number]);
}

/* Which place in the kernel it is.  */
static void
print_place (const struct mdtrace_event *event)
{
  /* A static probe is called as it is described.  */
  if (strcmp (event->provider, "fbt") != 0)
    {
      printf ("%s::%s:%s", event->provider, event->function, event->name);
      return;
    }
  if (event->kind == MDTRACE_PROBE_ADDRESS)
    printf ("%s%s", event->function, event->name);
  else if (event->offset != 0)
    printf ("%s+0x%" PRIx32 ":%s", event->function, event->offset,
	    event->name);
  else
    printf ("%s:%s", event->function, event->name);
  if (event->kind == MDTRACE_PROBE_TAIL)
    printf (" (tail jump)");
}

/* The stack, innermost first.  */
static void
print_stack (const struct mdtrace_event *event, const struct symbols *symbols)
{
  if (!(event->fields & MDTRACE_FIELD_STACK))
    return;
  if (event->frame_count == 0)
    puts ("    ?");
  for (unsigned i = 0; i < event->frame_count; i++)
    {
      char *frame = symbols_frame (symbols, i, event->frames[i]);
      printf ("    %s\n", frame);
      free (frame);
    }
}

void
trace_print_text (const struct mdtrace_event *event,
		  const struct symbols *symbols, const struct msgids *msgids)
{
  static const struct mdtrace_value_name nanoseconds = { .format = 'u' };
  time_t seconds = event->time_ns / 1000000000;
  struct tm local;
  char time[16];

  localtime_r (&seconds, &local);
  strftime (time, sizeof time, "%H:%M:%S", &local);
  printf ("%s.%09" PRIu64 " %3" PRIu32 " %5" PRIu32 " %-16s ", time,
	  event->time_ns % 1000000000, event->cpu, event->probe_id,
	  event->task_name[0] != '\0' ? event->task_name : "?");
  print_place (event);
  print_value (event, MDTRACE_FIELD_RETVAL, "retval", &event->names->retval,
	       event->retval);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      const char *message = message_of (event, i, msgids);
      print_value (event, (uint64_t) MDTRACE_FIELD_ARG0 << i,
		   name_of (event, i), &event->names->values[i],
		   event->arguments[i]);
      if (message != NULL)
	printf (" (%s)", message);
    }
  print_value (event, MDTRACE_FIELD_DURATION, "duration_ns", &nanoseconds,
	       event->duration_ns);
  putchar ('\n');
  print_stack (event, symbols);
}

/* VALUE as a number, if JSON's are large enough for it and that is what it is
   meant to be; or null if the field BIT is not known.  */
static json_t *
value_json (const struct mdtrace_event *event, uint64_t bit,
	    const struct mdtrace_value_name *how, uint64_t value)
{
  if (event->unknown & bit)
    return json_null ();
  if (how->format == 'd' || (how->format == 'u' && value <= INT64_MAX))
    return json_integer ((json_int_t) value);
  return cli_json_address (value);
}

/* Add the arguments to OBJECT, by number and by name, and what a message among
   them is called.  */
static void
add_arguments (json_t *object, const struct mdtrace_event *event,
	       const struct msgids *msgids)
{
  json_t *arguments = json_array (), *values = json_object ();

  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      uint64_t bit = (uint64_t) MDTRACE_FIELD_ARG0 << i;
      json_array_append_new (arguments,
			     event->fields & ~event->unknown & bit
				 ? cli_json_address (event->arguments[i])
				 : json_null ());
      const char *message = message_of (event, i, msgids);
      if (message != NULL)
	json_object_set_new (object, "message", cli_json_text (message));
      if (event->fields & bit)
	cli_json_set (values, name_of (event, i),
		      value_json (event, bit, &event->names->values[i],
				  event->arguments[i]));
    }
  json_object_set_new (object, "arguments", arguments);
  json_object_set_new (object, "values", values);
}

static json_t *
stack_json (const struct mdtrace_event *event, const struct symbols *symbols)
{
  json_t *list = json_array ();

  for (unsigned i = 0; i < event->frame_count; i++)
    json_array_append_new (list,
			   symbols_frame_json (symbols, i, event->frames[i]));
  return list;
}

void
trace_print_json (const struct mdtrace_event *event,
		  const struct symbols *symbols, const struct msgids *msgids)
{
  static const struct mdtrace_value_name nanoseconds = { .format = 'u' };
  json_t *object = cli_json_pack (
      "{s:I, s:i, s:i, s:s, s:s, s:s, s:s, s:s}", "time_ns",
      (json_int_t) event->time_ns, "cpu", (int) event->cpu, "probe_id",
      (int) event->probe_id, "provider", event->provider, "module",
      event->module, "function", event->function, "name", event->name, "kind",
      mdtrace_kind_words (event->kind));

  if (event->fields & MDTRACE_FIELD_TASK)
    {
      json_object_set_new (object, "task", cli_json_address (event->task));
      json_object_set_new (object, "task_name",
			   cli_json_text (event->task_name));
    }
  if (event->fields & MDTRACE_FIELD_THREAD)
    json_object_set_new (object, "thread", cli_json_address (event->thread));
  if (event->address != 0)
    json_object_set_new (object, "address", cli_json_address (event->address));
  json_object_set_new (object, "offset", json_integer (event->offset));
  if (event->fields & MDTRACE_FIELD_RETVAL)
    json_object_set_new (object, "retval",
			 value_json (event, MDTRACE_FIELD_RETVAL,
				     &event->names->retval, event->retval));
  add_arguments (object, event, msgids);
  if (event->fields & MDTRACE_FIELD_DURATION)
    json_object_set_new (object, "duration_ns",
			 value_json (event, MDTRACE_FIELD_DURATION,
				     &nanoseconds, event->duration_ns));
  if (event->fields & MDTRACE_FIELD_STACK)
    json_object_set_new (object, "stack", stack_json (event, symbols));
  json_dumpf (object, stdout, JSON_COMPACT);
  putchar ('\n');
  json_decref (object);
}
