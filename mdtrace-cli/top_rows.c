/* mdtrace top: rows of events, or of probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

const char *const top_by_words[]
    = { "probe", "task", "thread", "cpu", "function", "message", NULL };

double
top_rate (uint64_t count, uint64_t ns)
{
  return ns == 0 ? 0 : (double) count * 1e9 / (double) ns;
}

uint64_t
top_lost (const mdtrace_counts_t *counts)
{
  return counts->dropped + counts->throttled + counts->missed;
}

/* The message's id that EVENT has, to *ID.  False if it has none.  */
static bool
find_message (const struct mdtrace_event *event, uint64_t *id)
{
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      uint64_t bit = (uint64_t) MDTRACE_FIELD_ARG0 << i;
      if ((event->fields & ~event->unknown & bit) != 0
	  && strcmp (event->names->values[i].type, "mach_msg_id_t") == 0)
	{
	  *id = event->arguments[i];
	  return true;
	}
    }
  return false;
}

/* What EVENT is counted under.  Null if that is nothing.  */
static struct tally_count *
find_count (struct top_view *view, const struct mdtrace_event *event)
{
  struct tally *tally = view->tally;
  uint64_t id;

  switch (view->arguments->by)
    {
    case TOP_BY_TASK:
      return tally_of (tally, event->task, event->task_name);
    case TOP_BY_THREAD:
      return tally_of (tally, event->thread, event->task_name);
    case TOP_BY_CPU:
      return tally_of (tally, event->cpu, "");
    case TOP_BY_FUNCTION:
      return tally_of (tally, 0, event->function);
    default:
      return find_message (event, &id) ? tally_of (tally, id, event->name)
				       : NULL;
    }
}

void
top_take (struct top_view *view, const struct mdtrace_event *event)
{
  struct tally_count *count = find_count (view, event);

  if (count == NULL)
    {
      view->without_key++;
      return;
    }
  count->now++;
  count->total++;
  if ((event->fields & ~event->unknown & MDTRACE_FIELD_DURATION) != 0)
    {
      count->timed++;
      count->duration_ns += event->duration_ns;
    }
}

/* -------------------------------------------------------------------- */

/* What people call the message with ID.  */
static char *
name_message (const struct top_view *view, int32_t id)
{
  const char *name = msgids_name (view->msgids, id);

  return name != NULL ? cli_format ("%s (%" PRId32 ")", name, id)
		      : cli_format ("%" PRId32, id);
}

/* What people call ENTRY.  */
static void
name_entry (const struct top_view *view, const struct tally_entry *entry,
	    struct top_row *row)
{
  const char *text = entry->text[0] != '\0' ? entry->text : "?";

  switch (view->arguments->by)
    {
    case TOP_BY_TASK:
    case TOP_BY_THREAD:
      row->name = cli_format ("%s", text);
      row->detail = cli_format ("0x%" PRIx64, entry->number);
      return;
    case TOP_BY_CPU:
      row->name = cli_format ("%" PRIu64, entry->number);
      return;
    case TOP_BY_MESSAGE:
      row->name = name_message (view, (int32_t) entry->number);
      row->detail = cli_format ("%s", text);
      return;
    default:
      row->name = cli_format ("%s", text);
    }
}

static void
make_entry (const struct top_view *view, const struct tally_entry *entry,
	    struct top_row *row)
{
  *row = (struct top_row){ .entry = entry, .count = entry->count };
  name_entry (view, entry, row);
}

static void
make_probe (const struct top_probe *probe, struct top_row *row)
{
  *row = (struct top_row){
    .name = cli_format ("%s", probe->name),
    .detail = cli_format ("%s", probe->label),
    .probe = probe,
    .count = { .now = probe->now.hits, .total = probe->total.hits },
  };
}

static void
add (struct tally_count *to, const struct tally_count *count)
{
  to->now += count->now;
  to->total += count->total;
  to->timed += count->timed;
  to->duration_ns += count->duration_ns;
}

/* -------------------------------------------------------------------- */

static double
mean_time (const struct top_row *row)
{
  return row->count.timed == 0
	     ? 0
	     : (double) row->count.duration_ns / (double) row->count.timed;
}

/* What A and B are to be sorted by: greater than 0 if B comes first.  */
static int
compare_by (enum top_sort sort, const struct top_row *a,
	    const struct top_row *b)
{
  const struct tally_count *first = &a->count, *second = &b->count;

  switch (sort)
    {
    case TOP_SORT_EVENTS:
      return (first->now < second->now) - (first->now > second->now);
    case TOP_SORT_TOTAL:
      return (first->total < second->total) - (first->total > second->total);
    case TOP_SORT_TIME:
      return (mean_time (a) < mean_time (b)) - (mean_time (a) > mean_time (b));
    case TOP_SORT_LOST:
      {
	uint64_t a_lost = a->probe != NULL ? top_lost (&a->probe->now) : 0;
	uint64_t b_lost = b->probe != NULL ? top_lost (&b->probe->now) : 0;
	return (a_lost < b_lost) - (a_lost > b_lost);
      }
    default:
      return 0;
    }
}

static int
compare (const void *first, const void *second, void *sort)
{
  const struct top_row *a = first, *b = second;
  int result = compare_by (*(const enum top_sort *) sort, a, b);

  if (result == 0 && *(const enum top_sort *) sort != TOP_SORT_NAME)
    result = compare_by (TOP_SORT_EVENTS, a, b);
  if (result == 0 && *(const enum top_sort *) sort != TOP_SORT_NAME)
    result = compare_by (TOP_SORT_TOTAL, a, b);
  /* As numbers, where names are numbers.  */
  if (result == 0)
    result = strverscmp (a->name, b->name);
  if (result == 0 && a->detail != NULL && b->detail != NULL)
    result = strcmp (a->detail, b->detail);
  return result;
}

static void
free_row (struct top_row *row)
{
  free (row->name);
  free (row->detail);
}

/* Count what is behind the first LIMIT of ROWS among the others.  */
static void
cut (struct top_rows *rows, size_t limit)
{
  while (limit > 0 && rows->count > limit)
    {
      struct top_row *row = &rows->rows[--rows->count];
      add (&rows->others.count, &row->count);
      free_row (row);
    }
}

/* Make rows of the probes, but for those that are destroyed and were not hit
   in the round any more.  */
static void
make_probes (const struct top_probes *probes, struct top_rows *rows)
{
  rows->others.count.total = probes->gone.hits;
  for (size_t i = 0; i < probes->count; i++)
    if (probes->probes[i].is_destroyed && probes->probes[i].now.hits == 0)
      rows->others.count.total += probes->probes[i].total.hits;
    else
      make_probe (&probes->probes[i], &rows->rows[rows->count++]);
}

static void
make_entries (const struct top_view *view, struct top_rows *rows)
{
  unsigned count;
  const struct tally_entry *entries = tally_entries (view->tally, &count);

  rows->others.count = *tally_others (view->tally);
  for (unsigned i = 0; i < count; i++)
    make_entry (view, &entries[i], &rows->rows[rows->count++]);
}

bool
top_rows_make (const struct top_view *view, size_t limit,
	       struct top_rows *rows)
{
  unsigned entry_count = 0;

  *rows = (struct top_rows){ 0 };
  if (view->tally != NULL)
    tally_entries (view->tally, &entry_count);
  rows->rows
      = calloc (view->probes.count + entry_count + 1, sizeof *rows->rows);
  if (rows->rows == NULL)
    return false;
  if (view->tally != NULL)
    make_entries (view, rows);
  else
    make_probes (&view->probes, rows);
  rows->all = rows->others.count;
  for (size_t i = 0; i < rows->count; i++)
    {
      add (&rows->all, &rows->rows[i].count);
      rows->has_times |= rows->rows[i].count.timed > 0;
    }
  enum top_sort sort = view->arguments->sort;
  qsort_r (rows->rows, rows->count, sizeof *rows->rows, compare, &sort);
  cut (rows, limit);
  rows->has_others = rows->others.count.total > 0;
  return true;
}

void
top_rows_free (struct top_rows *rows)
{
  for (size_t i = 0; i < rows->count; i++)
    free_row (&rows->rows[i]);
  free (rows->rows);
}
