/* Export: events as CSV, RFC 4180.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The columns and values are those of the view events of mdtrace-db(5), so
   that they can be brought back as they were: numbers with a sign in decimal,
   and nothing where the view has NULL.  */

#include <config.h>

#include "export.h"

/* What comes between CPU and TASK.  */
static void
put_place (struct output *output, const struct place *place)
{
  const char *const texts[] = { place->probe->provider, place->probe->module,
				place->function, place->name, place->kind };

  output_unsigned (output, place->probe->id);
  output_char (output, ',');
  for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
    {
      output_csv (output, texts[i]);
      output_char (output, ',');
    }
}

static void
put_thread (struct output *output, const struct source_thread *thread)
{
  if (thread != NULL && thread->task->has_address)
    output_signed (output, (int64_t) thread->task->address);
  output_char (output, ',');
  if (thread != NULL && thread->task->name[0] != '\0')
    output_csv (output, thread->task->name);
  output_char (output, ',');
  if (thread != NULL && thread->has_address)
    output_signed (output, (int64_t) thread->address);
}

static bool
put_event (void *closure, struct place *place,
	   const struct source_event *event)
{
  struct output *output = closure;

  output_signed (output, event->time_ns);
  output_char (output, ',');
  output_unsigned (output, event->cpu);
  output_char (output, ',');
  put_place (output, place);
  put_thread (output, event->thread);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      output_char (output, ',');
      if (event->known & SOURCE_ARG0 << i)
	output_signed (output, event->arguments[i]);
    }
  output_char (output, ',');
  if (event->known & SOURCE_RETVAL)
    output_signed (output, event->retval);
  output_char (output, ',');
  if (event->site != NULL)
    output_signed (output, (int64_t) event->site->address);
  output_char (output, ',');
  output_signed (output, event->probe->boot_id);
  output_char (output, ',');
  if (event->known & SOURCE_DURATION)
    output_signed (output, event->duration_ns);
  output_char (output, ',');
  if (event->stack != NULL)
    output_signed (output, event->stack->key);
  output_bytes (output, "\r\n", 2);
  return true;
}

bool
export_csv (struct export *export)
{
  output_text (&export->output,
	       "time_ns,cpu,probe_id,provider,module,function,name,kind,task,"
	       "task_name,thread,arg0,arg1,arg2,arg3,arg4,arg5,retval,address,"
	       "boot_id,duration_ns,stack_id\r\n");
  return export_each (export, put_event, &export->output);
}

/* The losses, in the columns of the view losses.  */
bool
export_losses (struct export *export)
{
  struct output *output = &export->output;

  output_text (output, "time_ns,probe_id,function,label,dropped,throttled,"
		       "missed,boot_id\r\n");
  for (size_t i = 0; i < export->losses->count; i++)
    {
      const struct loss *loss = &export->losses->rows[i];
      output_signed (output, loss->time_ns);
      output_char (output, ',');
      output_unsigned (output, loss->probe->id);
      output_char (output, ',');
      output_csv (output, loss->probe->function);
      output_char (output, ',');
      output_csv (output, loss->probe->label);
      output_char (output, ',');
      output_signed (output, loss->dropped);
      output_char (output, ',');
      output_signed (output, loss->throttled);
      output_char (output, ',');
      output_signed (output, loss->missed);
      output_char (output, ',');
      output_signed (output, loss->probe->boot_id);
      output_bytes (output, "\r\n", 2);
    }
  return true;
}
