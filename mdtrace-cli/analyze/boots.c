/* Boots.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "analyze.h"
#include "boots.h"

enum
{
  BOOTS_MAX = 1000 /* that are listed: the last ones */
};

static int
compare_boots (const void *first, const void *second)
{
  const struct boot *a = first, *b = second;

  return a->boot_id < b->boot_id ? -1 : a->boot_id > b->boot_id;
}

bool
boots_begin (struct boots *boots, struct source *source)
{
  unsigned probes;
  const struct source_probe *probe = source_probes (source, &probes);

  *boots = (struct boots){
    .source = source,
    .boots = calloc (probes + 1, sizeof *boots->boots),
    .of_probe = calloc (probes + 1, sizeof *boots->of_probe),
  };
  if (boots->boots == NULL || boots->of_probe == NULL)
    return false;
  for (unsigned i = 0; i < probes; i++)
    boots->boots[i].boot_id = probe[i].boot_id;
  qsort (boots->boots, probes, sizeof *boots->boots, compare_boots);
  for (unsigned i = 0; i < probes; i++)
    if (boots->count == 0
	|| boots->boots[boots->count - 1].boot_id != boots->boots[i].boot_id)
      boots->boots[boots->count++] = boots->boots[i];
  for (unsigned i = 0; i < probes; i++)
    boots->of_probe[i] = boots_find (boots, probe[i].boot_id) - boots->boots;
  return true;
}

void
boots_free (struct boots *boots)
{
  free (boots->boots);
  free (boots->of_probe);
}

const struct boot *
boots_find (const struct boots *boots, int64_t boot_id)
{
  struct boot key = { .boot_id = boot_id };

  return bsearch (&key, boots->boots, boots->count, sizeof key, compare_boots);
}

void
boots_take (struct boots *boots, const struct source_event *event)
{
  struct boot *boot = &boots->boots[boots->of_probe[event->probe->index]];

  if (boot->events++ == 0)
    boot->first_ns = event->time_ns;
  boot->last_ns = event->time_ns;
}

unsigned
boots_count (const struct boots *boots)
{
  unsigned count = 0;

  for (unsigned i = 0; i < boots->count; i++)
    count += boots->boots[i].events > 0;
  return count;
}

static json_t *
text_json (sqlite3_stmt *row, int column)
{
  const char *text = (const char *) sqlite3_column_text (row, column);

  return text != NULL ? analyze_text (text) : json_null ();
}

static json_t *
boot_json (const struct boot *boot, sqlite3_stmt *row)
{
  return json_pack ("{s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "boot_id",
		    (json_int_t) boot->boot_id, "boot_time_ns",
		    (json_int_t) sqlite3_column_int64 (row, 1), "first_ns",
		    (json_int_t) boot->first_ns, "last_ns",
		    (json_int_t) boot->last_ns, "events",
		    (json_int_t) boot->events, "kernel", text_json (row, 2),
		    "target", text_json (row, 3));
}

json_t *
boots_json (const struct boots *boots, json_t *trace)
{
  unsigned count = boots_count (boots), others = 0;
  json_t *array = json_array (), *kernel = json_null (),
	 *target = json_null ();
  sqlite3_stmt *row;
  bool has_events = false;

  if (sqlite3_prepare_v2 (source_connection (boots->source),
			  "SELECT boot_id, boot_time_ns, version, target FROM"
			  " boots ORDER BY boot_id",
			  -1, &row, NULL)
      != SQLITE_OK)
    return json_decref (array), NULL;
  while (sqlite3_step (row) == SQLITE_ROW)
    {
      const struct boot *boot
	  = boots_find (boots, sqlite3_column_int64 (row, 0));
      bool is_of_trace = boot != NULL && boot->events > 0;
      if (is_of_trace && count - others > BOOTS_MAX)
	others++;
      else if (is_of_trace)
	json_array_append_new (array, boot_json (boot, row));
      if (is_of_trace || !has_events)
	{
	  json_decref (kernel);
	  json_decref (target);
	  kernel = text_json (row, 2);
	  target = text_json (row, 3);
	}
      has_events = has_events || is_of_trace;
    }
  sqlite3_finalize (row);
  json_object_set_new (trace, "kernel", kernel);
  json_object_set_new (trace, "target", target);
  json_object_set_new (trace, "other_boots", json_integer (others));
  return array;
}
