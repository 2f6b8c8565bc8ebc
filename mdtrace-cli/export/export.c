/* Export: what all formats have in common.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "export.h"
#include "msgids.h"

enum
{
  PROGRESS_EVENTS = 1 << 16
};

bool
export_fail (struct export *export, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (export->message, sizeof export->message, format, arguments);
  va_end (arguments);
  return false;
}

bool
export_begin (struct export *export, struct source *source,
	      const struct export_options *options, int file)
{
  export->source = source;
  export->options = options;
  export->losses = NULL;
  export->message[0] = '\0';
  export->error = MDTRACE_ERR_TRACE;
  export->events = export->read = 0;
  output_open (&export->output, file);
  export->places = places_new (source, options->probe, export->message,
			       sizeof export->message);
  if (export->places != NULL)
    export->losses
	= losses_new (source, export->places, options->from_ns, options->to_ns,
		      export->message, sizeof export->message);
  return export->losses != NULL;
}

bool
export_flush (struct export *export)
{
  if (output_flush (&export->output))
    return true;
  return export_fail (export, "%s", strerror (export->output.error));
}

void
export_end (struct export *export)
{
  losses_free (export->losses);
  places_free (export->places);
}

/* Tell that what is before TIME_NS is done.  */
static void
show_progress (const struct export *export, int64_t time_ns)
{
  const struct export_options *options = export->options;
  int64_t first_ns, last_ns;

  source_extent (export->source, &first_ns, &last_ns);
  if (first_ns < options->from_ns)
    first_ns = options->from_ns;
  if (last_ns > options->to_ns)
    last_ns = options->to_ns;
  double all_ns = (double) last_ns - (double) first_ns;
  if (options->progress != NULL && all_ns > 0)
    options->progress (options->closure,
		       ((double) time_ns - (double) first_ns) / all_ns);
}

/* The next event that is asked for, and its place; null: there is none any
   more, or, if *FAILED is set, reading or writing has failed.  */
static const struct source_event *
next (struct export *export, struct place **place, bool *failed)
{
  const struct source_event *event;

  do
    {
      if (!output_is_good (&export->output))
	{
	  *failed = true;
	  export_flush (export);
	  return NULL;
	}
      event = source_next (export->source, failed);
      if (event == NULL)
	{
	  if (*failed)
	    export_fail (export, "%s", source_problem (export->source));
	  return NULL;
	}
      if (++export->read % PROGRESS_EVENTS == 0)
	show_progress (export, event->time_ns);
      *place = places_of (export->places, event);
    }
  while (!(*place)->is_selected);
  export->events++;
  return event;
}

bool
export_each (struct export *export,
	     bool put (void *closure, struct place *place,
		       const struct source_event *event),
	     void *closure)
{
  const struct source_event *event;
  struct place *place;
  bool failed = false;

  if (!source_begin (export->source, export->options->from_ns,
		     export->options->to_ns))
    return export_fail (export, "%s", source_problem (export->source));
  while ((event = next (export, &place, &failed)) != NULL)
    if (!put (closure, place, event))
      return false;
  return !failed;
}

const char *
export_message_name (const struct export *export, const struct place *place,
		     const struct source_event *event)
{
  if (place->message < 0 || !(event->known & SOURCE_ARG0 << place->message))
    return NULL;
  return msgids_name (export->options->msgids,
		      (int32_t) event->arguments[place->message]);
}

sqlite3_stmt *
export_prepare (struct export *export, const char *text)
{
  sqlite3 *connection = source_connection (export->source);
  sqlite3_stmt *statement;

  if (sqlite3_prepare_v2 (connection, text, -1, &statement, NULL) != SQLITE_OK)
    {
      export_fail (export, "%s", sqlite3_errmsg (connection));
      return NULL;
    }
  if (sqlite3_bind_parameter_count (statement) >= 2)
    {
      sqlite3_bind_int64 (statement, 1, export->options->from_ns);
      sqlite3_bind_int64 (statement, 2, export->options->to_ns);
    }
  return statement;
}

bool
export_step (struct export *export, sqlite3_stmt *statement, bool *failed)
{
  int result = sqlite3_step (statement);

  *failed = result != SQLITE_ROW && result != SQLITE_DONE;
  if (*failed)
    export_fail (export, "%s",
		 sqlite3_errmsg (source_connection (export->source)));
  return result == SQLITE_ROW;
}
