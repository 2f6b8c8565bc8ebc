/* Export: events as JSON, an object in each line.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The objects are those of 'mdtrace --json trace', and name the boot too.
   Behind them come an object for each loss, and at the end one that says how
   many events there were.  */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "export.h"

/* What an exporter keeps text for.  */
struct ndjson
{
  struct export *export;
  struct fragment *threads, *stacks; /* by index */
  unsigned thread_count, stack_count;
};

enum
{
  FRAGMENT_NAMES,  /* from probe_id to boot_id */
  FRAGMENT_ADDRESS /* address and offset */
};

static void
put_names (struct output *output, const void *what)
{
  const struct place *place = what;
  const struct source_probe *probe = place->probe;
  const struct
  {
    const char *member, *text;
  } texts[] = { { "provider", probe->provider },
		{ "module", probe->module },
		{ "function", place->function },
		{ "name", place->name },
		{ "kind", place->kind } };

  output_text (output, ",\"probe_id\":");
  output_unsigned (output, probe->id);
  for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
    {
      output_text (output, ",\"");
      output_text (output, texts[i].member);
      output_text (output, "\":");
      output_json (output, texts[i].text);
    }
  output_text (output, ",\"boot_id\":");
  output_signed (output, probe->boot_id);
}

static void
put_address (struct output *output, const void *what)
{
  const struct place *place = what;

  if (place->site != NULL)
    {
      output_text (output, ",\"address\":\"");
      output_hex (output, place->site->address);
      output_char (output, '"');
    }
  output_text (output, ",\"offset\":");
  output_unsigned (output, place->site != NULL ? place->site->offset : 0);
}

static void
put_thread (struct output *output, const void *what)
{
  const struct source_thread *thread = what;

  if (thread->task->has_address)
    {
      output_text (output, ",\"task\":\"");
      output_hex (output, thread->task->address);
      output_text (output, "\",\"task_name\":");
      output_json (output, thread->task->name);
    }
  if (thread->has_address)
    {
      output_text (output, ",\"thread\":\"");
      output_hex (output, thread->address);
      output_char (output, '"');
    }
}

/* A stack and what names its frames.  */
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
      output_text (output, i > 0 ? ",{\"address\":\"" : "{\"address\":\"");
      output_hex (output, of->stack->frames[i]);
      if (function != NULL)
	{
	  output_text (output, "\",\"function\":");
	  output_json (output, function);
	  output_text (output, ",\"offset\":");
	  output_unsigned (output, offset);
	  output_char (output, '}');
	}
      else
	output_text (output, "\",\"function\":null,\"offset\":null}");
    }
  output_char (output, ']');
}

/* A value as the format of its name wants: a number if it fits JSON's.  */
static void
put_value (struct output *output, bool is_known, char format, int64_t value)
{
  if (!is_known)
    output_bytes (output, "null", 4);
  else if (format == 'd' || (format == 'u' && value >= 0))
    output_signed (output, value);
  else
    {
      output_char (output, '"');
      output_hex (output, value);
      output_char (output, '"');
    }
}

static void
put_arguments (struct output *output, const struct source_event *event)
{
  bool is_first = true;

  output_text (output, ",\"arguments\":[");
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      if (i > 0)
	output_char (output, ',');
      put_value (output, event->known & SOURCE_ARG0 << i, 'x',
		 event->arguments[i]);
    }
  output_text (output, "],\"values\":{");
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      bool is_known = event->known & SOURCE_ARG0 << i;
      if (!is_known
	  && !(event->probe->fields & (uint64_t) MDTRACE_FIELD_ARG0 << i))
	continue;
      if (!is_first)
	output_char (output, ',');
      is_first = false;
      output_json (output, place_argument_name (event->probe, i));
      output_char (output, ':');
      put_value (output, is_known, event->probe->names->values[i].format,
		 event->arguments[i]);
    }
  output_char (output, '}');
}

static bool
put_event (void *closure, struct place *place,
	   const struct source_event *event)
{
  struct ndjson *ndjson = closure;
  struct output *output = &ndjson->export->output;
  uint64_t fields = event->probe->fields;

  output_text (output, "{\"time_ns\":");
  output_signed (output, event->time_ns);
  output_text (output, ",\"cpu\":");
  output_unsigned (output, event->cpu);
  fragment_put (&place->fragments[FRAGMENT_NAMES], output, put_names, place);
  if (event->thread != NULL)
    fragment_put (&ndjson->threads[event->thread->index], output, put_thread,
		  event->thread);
  fragment_put (&place->fragments[FRAGMENT_ADDRESS], output, put_address,
		place);
  if (event->known & SOURCE_RETVAL || fields & MDTRACE_FIELD_RETVAL)
    {
      output_text (output, ",\"retval\":");
      put_value (output, event->known & SOURCE_RETVAL,
		 event->probe->names->retval.format, event->retval);
    }
  put_arguments (output, event);
  const char *message = export_message_name (ndjson->export, place, event);
  if (message != NULL)
    {
      output_text (output, ",\"message\":");
      output_json (output, message);
    }
  if (event->known & SOURCE_DURATION || fields & MDTRACE_FIELD_DURATION)
    {
      output_text (output, ",\"duration_ns\":");
      put_value (output, event->known & SOURCE_DURATION, 'u',
		 event->duration_ns);
    }
  if (event->stack != NULL)
    {
      struct stack_of of = { ndjson->export->source, event->stack };
      fragment_put (&ndjson->stacks[event->stack->index], output, put_stack,
		    &of);
    }
  else if (fields & MDTRACE_FIELD_STACK)
    output_text (output, ",\"stack\":[]");
  output_bytes (output, "}\n", 2);
  return true;
}

/* A loss; one that has no time is of the whole.  */
static void
put_loss (struct output *output, const struct loss *loss)
{
  output_text (output, "{\"losses\":{");
  if (loss->time_ns != 0)
    {
      output_text (output, "\"time_ns\":");
      output_signed (output, loss->time_ns);
      output_char (output, ',');
    }
  output_text (output, "\"probe_id\":");
  output_unsigned (output, loss->probe->id);
  output_text (output, ",\"function\":");
  output_json (output, loss->probe->function);
  output_text (output, ",\"label\":");
  output_json (output, loss->probe->label);
  output_text (output, ",\"dropped\":");
  output_signed (output, loss->dropped);
  output_text (output, ",\"throttled\":");
  output_signed (output, loss->throttled);
  output_text (output, ",\"missed\":");
  output_signed (output, loss->missed);
  output_text (output, ",\"boot_id\":");
  output_signed (output, loss->probe->boot_id);
  output_bytes (output, "}}\n", 3);
}

/* What was lost when, what of each probe in all, and how many events there
   were.  */
static void
put_end (struct export *export)
{
  struct output *output = &export->output;
  const struct losses *losses = export->losses;

  for (size_t i = 0; i < losses->count; i++)
    put_loss (output, &losses->rows[i]);
  for (unsigned i = 0; i < losses->probe_count; i++)
    if (loss_total (&losses->of_probe[i]) != 0)
      put_loss (output, &losses->of_probe[i]);
  output_text (output, "{\"events\":");
  output_unsigned (output, export->events);
  output_text (output, ",\"lost\":");
  output_signed (output, loss_total (&losses->sum));
  output_text (output, ",\"throttled\":");
  output_signed (output, losses->sum.throttled);
  if (source_damage (export->source) != NULL)
    {
      output_text (output, ",\"damage\":");
      output_json (output, source_damage (export->source));
    }
  output_bytes (output, "}\n", 2);
}

bool
export_ndjson (struct export *export)
{
  struct ndjson ndjson = { .export = export };
  bool good = false;

  source_threads (export->source, &ndjson.thread_count);
  source_stacks (export->source, &ndjson.stack_count);
  ndjson.threads = fragments_new (ndjson.thread_count);
  ndjson.stacks = fragments_new (ndjson.stack_count);
  if (ndjson.threads == NULL || ndjson.stacks == NULL)
    export_fail (export, "%s", strerror (ENOMEM));
  else
    good = export_each (export, put_event, &ndjson);
  if (good)
    put_end (export);
  fragments_free (ndjson.threads, ndjson.thread_count);
  fragments_free (ndjson.stacks, ndjson.stack_count);
  return good;
}
