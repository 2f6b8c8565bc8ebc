/* The events behind findings.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   They are read once, span by span, in the order of time; spans that overlap
   share what is read.  What would take too long is left out: findings come
   with the clearest first, and of each only so many events are counted.  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics_private.h"

enum
{
  /* Events that are read for all findings together.  */
  READ_MAX = 3000000,
  /* Probes that are told of each finding.  */
  TOLD_MAX = 10,
  CELLS_MIN = 1024
};

struct tally
{
  struct behind *behind;
  size_t first, count; /* its cells, when all is counted */
  bool is_whole;
};

/* How many events TALLY has at PLACE: a site, by its index, or a probe, behind
   them, for events without a site.  */
struct cell
{
  uint32_t tally, place;
  uint64_t count; /* 0: free */
};

/* A hash of open addresses: of all the places that there are only those count
   that have events.  */
struct cells
{
  struct cell *cells;
  size_t size, used; /* SIZE is a power of two */
  unsigned sites;
};

/* The cell of TALLY and PLACE in CELLS, which has a free one.  */
static struct cell *
find_cell (const struct cells *cells, uint32_t tally, uint32_t place)
{
  uint64_t hash
      = ((uint64_t) tally << 32 | place) * UINT64_C (0x9e3779b97f4a7c15);
  size_t at = hash >> 32 & (cells->size - 1);

  while (
      cells->cells[at].count > 0
      && (cells->cells[at].tally != tally || cells->cells[at].place != place))
    at = (at + 1) & (cells->size - 1);
  return &cells->cells[at];
}

static bool
grow (struct cells *cells)
{
  struct cells more = { .size = cells->size > 0 ? 2 * cells->size : CELLS_MIN,
			.used = cells->used,
			.sites = cells->sites };

  more.cells = calloc (more.size, sizeof *more.cells);
  if (more.cells == NULL)
    return false;
  for (size_t i = 0; i < cells->size; i++)
    if (cells->cells[i].count > 0)
      *find_cell (&more, cells->cells[i].tally, cells->cells[i].place)
	  = cells->cells[i];
  free (cells->cells);
  *cells = more;
  return true;
}

/* Count an event of TALLY.  False if there is no memory.  */
static bool
count_event (struct cells *cells, uint32_t tally,
	     const struct source_event *event)
{
  if (2 * cells->used >= cells->size && !grow (cells))
    return false;
  uint32_t place = event->site != NULL ? event->site->index
				       : cells->sites + event->probe->index;
  struct cell *cell = find_cell (cells, tally, place);
  cells->used += cell->count == 0;
  *cell = (struct cell){ tally, place, cell->count + 1 };
  return true;
}

static int
by_tally (const void *a, const void *b)
{
  const struct cell *one = a, *other = b;
  /* Those that are free are behind all others.  */
  bool has_one = one->count > 0, has_other = other->count > 0;

  if (has_one != has_other)
    return has_one ? -1 : 1;
  return one->tally < other->tally ? -1 : one->tally > other->tally;
}

/* Let each of TALLIES know its cells.  */
static void
sort_cells (struct cells *cells, struct tally *tallies)
{
  if (cells->size > 0)
    qsort (cells->cells, cells->size, sizeof *cells->cells, by_tally);
  for (size_t i = 0; i < cells->used; i++)
    {
      struct tally *tally = &tallies[cells->cells[i].tally];
      if (tally->count++ == 0)
	tally->first = i;
    }
}

static int
by_begin (const void *a, const void *b)
{
  const struct tally *one = a, *other = b;

  return one->behind->begin_ns < other->behind->begin_ns   ? -1
	 : one->behind->begin_ns > other->behind->begin_ns ? 1
							   : 0;
}

/* What events of PROBE at SITE, which may be null, are called, as the SQL has
   it.  Null if there is no memory.  */
static char *
name_of (const struct source_probe *probe, const struct source_site *site)
{
  struct source_event event = { .probe = probe, .site = site };
  char *name;

  return asprintf (&name, "%s:%s:%s:%s", probe->provider, probe->module,
		   source_function (&event), source_name (&event))
		 < 0
	     ? NULL
	     : name;
}

struct named
{
  char *name;
  uint64_t count;
};

static int
by_name (const void *a, const void *b)
{
  return strcmp (((const struct named *) a)->name,
		 ((const struct named *) b)->name);
}

static int
by_count (const void *a, const void *b)
{
  const struct named *one = a, *other = b;

  if (one->count != other->count)
    return one->count > other->count ? -1 : 1;
  return strcmp (one->name, other->name);
}

/* What was counted for TALLY by name, the most first, in *NAMED.  Returns how
   many names there are; *NAMED is null if there is no memory.  */
static size_t
name_all (const struct statistics *statistics, const struct cells *cells,
	  const struct tally *tally, struct named **named)
{
  unsigned sites_count, probes_count;
  const struct source_site *sites
      = source_sites (statistics->source, &sites_count);
  const struct source_probe *probes
      = source_probes (statistics->source, &probes_count);
  struct named *list = calloc (tally->count + 1, sizeof *list);
  size_t count = 0, kept = 0;
  bool is_good = list != NULL;

  for (size_t i = 0; is_good && i < tally->count; i++)
    {
      const struct cell *cell = &cells->cells[tally->first + i];
      uint32_t place = cell->place;
      list[count].name = place < sites_count
			     ? name_of (sites[place].probe, &sites[place])
			     : name_of (&probes[place - sites_count], NULL);
      is_good = list[count].name != NULL;
      if (is_good)
	list[count++].count = cell->count;
    }
  /* The same name of several probes is one, as GROUP BY has it.  */
  if (is_good)
    qsort (list, count, sizeof *list, by_name);
  for (size_t i = 0; i < count; i++)
    if (is_good && kept > 0 && strcmp (list[kept - 1].name, list[i].name) == 0)
      {
	list[kept - 1].count += list[i].count;
	free (list[i].name);
      }
    else
      list[kept++] = list[i];
  if (is_good)
    qsort (list, kept, sizeof *list, by_count);
  else
    {
      for (size_t i = 0; i < kept; i++)
	free (list[i].name);
      free (list);
      list = NULL;
    }
  *named = list;
  return kept;
}

/* Fill in what TALLY has counted.  False if there is no memory.  */
static bool
tell (const struct statistics *statistics, const struct cells *cells,
      const struct tally *tally)
{
  struct behind *behind = tally->behind;
  struct named *named;
  json_t *probes = json_array ();
  size_t count = name_all (statistics, cells, tally, &named);
  /* Of too many probes there is no SQL.  */
  bool has_sql = statistics->where != NULL || statistics->wanted.is_all;
  char *sql;

  if (named == NULL || probes == NULL
      || asprintf (&sql,
		   "select provider || ':' || module || ':' || function ||"
		   " ':' || name as probe, count(*) as events from events"
		   " where time_ns between %" PRId64 " and %" PRId64
		   "%s%s%s group by 1 order by 2 desc, 1",
		   behind->begin_ns, behind->end_ns,
		   statistics->where != NULL ? " and (" : "",
		   statistics->where != NULL ? statistics->where : "",
		   statistics->where != NULL ? ")" : "")
	     < 0)
    sql = NULL;
  for (size_t i = 0; i < count; i++)
    {
      behind->count += named[i].count;
      if (i == 0)
	{
	  behind->most_count = named[i].count;
	  snprintf (behind->most, sizeof behind->most, "%s", named[i].name);
	}
      if (i < TOLD_MAX)
	json_array_append_new (
	    probes,
	    json_pack ("{s:o, s:I}", "name", analyze_text (named[i].name),
		       "count", (json_int_t) named[i].count));
      free (named[i].name);
    }
  free (named);
  if (sql != NULL)
    behind->events = json_pack (
	"{s:I, s:O, s:o}", "count", (json_int_t) behind->count, "probes",
	probes, "sql", has_sql ? analyze_text (sql) : json_null ());
  json_decref (probes);
  free (sql);
  return behind->events != NULL;
}

/* Count the events of the spans of TALLIES, from AT on COUNT of them, which
   are in order and overlap, taking from *LEFT what is read.  */
static bool
read_spans (struct statistics *statistics, struct cells *cells,
	    struct tally *tallies, size_t at, size_t count, int64_t end_ns,
	    uint64_t *left)
{
  const struct source_event *event;
  bool failed = false;
  size_t first = at, end = at + count;

  if (!source_begin (statistics->source, tallies[at].behind->begin_ns, end_ns))
    return false;
  while (*left > 0
	 && (event = source_next (statistics->source, &failed)) != NULL)
    {
      --*left;
      if (!wanted_has (&statistics->wanted, event))
	continue;
      while (first < end && tallies[first].behind->end_ns < event->time_ns)
	first++;
      for (size_t i = first;
	   i < end && tallies[i].behind->begin_ns <= event->time_ns; i++)
	if (event->time_ns <= tallies[i].behind->end_ns
	    && !count_event (cells, i, event))
	  return false;
    }
  for (size_t i = at; i < end; i++)
    tallies[i].is_whole = *left > 0;
  return !failed;
}

/* Read all spans, those that overlap together.  */
static bool
read_all (struct statistics *statistics, struct cells *cells,
	  struct tally *tallies, size_t count)
{
  uint64_t left = READ_MAX;

  for (size_t i = 0; i < count && left > 0;)
    {
      int64_t end_ns = tallies[i].behind->end_ns;
      size_t end = i + 1;
      for (; end < count && tallies[end].behind->begin_ns <= end_ns; end++)
	if (tallies[end].behind->end_ns > end_ns)
	  end_ns = tallies[end].behind->end_ns;
      if (!read_spans (statistics, cells, tallies, i, end - i, end_ns, &left))
	return false;
      i = end;
    }
  return true;
}

bool
statistics_look_behind (struct statistics *statistics, struct behind *behind,
			size_t count, char *message, size_t bytes)
{
  struct tally *tallies = calloc (count + 1, sizeof *tallies);
  struct cells cells = { .cells = NULL };
  bool is_good = tallies != NULL;

  source_sites (statistics->source, &cells.sites);
  snprintf (message, bytes, "out of memory");
  for (size_t i = 0; is_good && i < count; i++)
    tallies[i].behind = &behind[i];
  if (is_good && count > 0)
    {
      qsort (tallies, count, sizeof *tallies, by_begin);
      is_good = read_all (statistics, &cells, tallies, count);
      if (!is_good && source_problem (statistics->source)[0] != '\0')
	snprintf (message, bytes, "%s", source_problem (statistics->source));
    }
  if (is_good)
    sort_cells (&cells, tallies);
  for (size_t i = 0; is_good && i < count; i++)
    if (tallies[i].is_whole)
      is_good = tell (statistics, &cells, &tallies[i]);
  free (tallies);
  free (cells.cells);
  return is_good;
}
