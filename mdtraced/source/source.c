/* Traces that are read: what databases and trace files have in common.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mdt_read.h"
#include "source_private.h"

const char *
source_function (const struct source_event *event)
{
  return event->site != NULL ? event->site->function : event->probe->function;
}

const char *
source_name (const struct source_event *event)
{
  return event->site != NULL ? event->site->name : event->probe->name;
}

uint32_t
source_kind (const struct source_event *event)
{
  return event->site != NULL ? event->site->kind : event->probe->kind;
}

bool
source_fail (struct source *source, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (source->problem, sizeof source->problem, format, arguments);
  va_end (arguments);
  return false;
}

bool
source_damaged (struct source *source, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (source->damage, sizeof source->damage, format, arguments);
  va_end (arguments);
  /* What precedes is used, or it is a problem like others.  */
  source->is_damaged = source->is_partial;
  if (!source->is_partial)
    return source_fail (source, "%s; with --partial what precedes is used",
			source->damage);
  return true;
}

const char *
source_problem (const struct source *source)
{
  return source->problem;
}

const char *
source_damage (const struct source *source)
{
  return source->is_damaged ? source->damage : NULL;
}

sqlite3 *
source_connection (struct source *source)
{
  return source->connection;
}

bool
source_extent (const struct source *source, int64_t *first_ns,
	       int64_t *last_ns)
{
  *first_ns = source->first_ns;
  *last_ns = source->last_ns;
  return source->has_extent;
}

const struct source_probe *
source_probes (const struct source *source, unsigned *count)
{
  *count = source->probe_count;
  return source->probes;
}

const struct source_site *
source_sites (const struct source *source, unsigned *count)
{
  *count = source->site_count;
  return source->sites;
}

const struct source_task *
source_tasks (const struct source *source, unsigned *count)
{
  *count = source->task_count;
  return source->tasks;
}

const struct source_thread *
source_threads (const struct source *source, unsigned *count)
{
  *count = source->thread_count;
  return source->threads;
}

const struct source_stack *
source_stacks (const struct source *source, unsigned *count)
{
  *count = source->stack_count;
  return source->stacks;
}

/* The name of the function in the kernel with KERNEL_ID that ADDRESS lies in,
   and where in it; null if none is known.  */
static const char *
find_symbol (const struct source *source, int64_t kernel_id, uint64_t address,
	     uint64_t *offset)
{
  size_t low = 0, high = source->symbol_count;

  /* Behind the last one that begins at the address or before.  */
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      const struct source_symbol *symbol = &source->symbols[middle];
      if (symbol->kernel_id < kernel_id
	  || (symbol->kernel_id == kernel_id && symbol->address <= address))
	low = middle + 1;
      else
	high = middle;
    }
  if (low == 0 || source->symbols[low - 1].kernel_id != kernel_id)
    return NULL;
  uint64_t begin = source->symbols[low - 1].address;
  if (address - begin >= source->symbols[low - 1].bytes)
    return NULL;
  *offset = address - begin;
  return source->symbols[low - 1].name;
}

const char *
source_frame (const struct source *source, const struct source_stack *stack,
	      unsigned number, uint64_t *offset)
{
  /* All but the innermost are return addresses.  */
  bool is_return = number > 0;
  const char *name = find_symbol (source, stack->kernel_id,
				  stack->frames[number] - is_return, offset);

  if (name != NULL)
    *offset += is_return;
  return name;
}

bool
source_begin (struct source *source, int64_t from_ns, int64_t to_ns)
{
  return source->backend->begin (source, from_ns, to_ns);
}

const struct source_event *
source_next (struct source *source, bool *failed)
{
  bool found = false;

  *failed = !source->backend->next (source, &source->event, &found);
  return !*failed && found ? &source->event : NULL;
}

/* Where damage is passed over: find out what events there are before it.  */
static bool
find_good_extent (struct source *source)
{
  const struct source_event *event;
  bool failed = false;

  source->has_extent = false;
  if (!source_begin (source, INT64_MIN, INT64_MAX))
    return false;
  while ((event = source_next (source, &failed)) != NULL)
    {
      if (!source->has_extent)
	source->first_ns = event->time_ns;
      source->last_ns = event->time_ns;
      source->has_extent = true;
    }
  return !failed;
}

struct source *
source_open (const char *path, bool is_partial, char *message, size_t bytes)
{
  struct source *source = calloc (1, sizeof *source);

  if (source == NULL)
    {
      snprintf (message, bytes, "%s", strerror (errno));
      return NULL;
    }
  source->is_partial = is_partial;
  if ((mdt_is_trace_file (path) ? source_open_file (source, path)
				: source_open_database (source, path))
      && source_load_names (source)
      && (!is_partial || find_good_extent (source)))
    return source;
  snprintf (message, bytes, "%s", source->problem);
  source_close (source);
  return NULL;
}

void
source_close (struct source *source)
{
  if (source == NULL)
    return;
  if (source->backend != NULL)
    source->backend->close (source);
  source_free_names (source);
  free (source);
}
