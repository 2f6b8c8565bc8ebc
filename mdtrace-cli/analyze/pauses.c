/* Pauses.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "pauses.h"
#include "words.h"

enum
{
  GAPS_MAX = 12, /* that are shown */
  PAUSES_MIN = 8,
  TIMES_USUAL = 8
};

bool
pauses_begin (struct pauses *pauses, const struct source *source)
{
  *pauses = (struct pauses){ .probe_count = 0 };
  source_probes (source, &pauses->probe_count);
  pauses->cpus = calloc (TIMELINE_CPUS + 1, sizeof *pauses->cpus);
  pauses->probes = calloc (pauses->probe_count + 1, sizeof *pauses->probes);
  return pauses->cpus != NULL && pauses->probes != NULL;
}

static void
free_rows (struct pauses_row *rows, unsigned count)
{
  for (unsigned i = 0; rows != NULL && i < count; i++)
    distribution_free (&rows[i].lengths);
  free (rows);
}

void
pauses_free (struct pauses *pauses)
{
  distribution_free (&pauses->all.lengths);
  free_rows (pauses->cpus, TIMELINE_CPUS + 1);
  free_rows (pauses->probes, pauses->probe_count);
}

/* Remember the pause of LENGTH_NS behind ROW's last event, if it is one of the
   longest; of those that are as long, the first.  */
static void
remember (struct pauses_row *row, uint64_t length_ns)
{
  unsigned place = PAUSES_LONGEST - 1;

  while (place > 0 && row->longest[place - 1].length_ns < length_ns)
    {
      row->longest[place] = row->longest[place - 1];
      place--;
    }
  row->longest[place]
      = (struct pause){ .begin_ns = row->last_ns, .length_ns = length_ns };
}

static inline bool
take (struct pauses_row *row, int64_t time_ns)
{
  bool good = true;

  if (row->events++ == 0)
    row->first_ns = time_ns;
  else
    {
      uint64_t length_ns = grid_between (row->last_ns, time_ns);
      if (__builtin_expect (
	      length_ns > row->longest[PAUSES_LONGEST - 1].length_ns, 0))
	remember (row, length_ns);
      good = distribution_add (&row->lengths, length_ns);
    }
  row->last_ns = time_ns;
  return good;
}

bool
pauses_take (struct pauses *pauses, const struct source_event *event)
{
  return take (&pauses->all, event->time_ns)
	 && take (&pauses->cpus[timeline_cpu (event)], event->time_ns)
	 && take (&pauses->probes[event->probe->index], event->time_ns);
}

uint64_t
pauses_usual (const struct pauses_row *row)
{
  uint64_t others = row->lengths.count - (row->lengths.count > 0);
  uint64_t hundreds = others / 100, rest = others % 100;

  return distribution_rank (&row->lengths,
			    hundreds * 99 + (rest * 99 + 99) / 100);
}

bool
pauses_is_gap (const struct pauses_row *row, uint64_t length_ns)
{
  uint64_t usual_ns = pauses_usual (row);

  return row->lengths.count >= PAUSES_MIN && usual_ns > 0
	 && length_ns / TIMES_USUAL > usual_ns;
}

/* A gap, of whatever it is.  */
struct gap
{
  const struct pauses_row *row;
  const struct source_probe *probe; /* null: not of one */
  unsigned cpu;
  bool is_of_cpu, is_at_end;
  unsigned others; /* probes that had about the same one */
  struct pause pause;
};

struct gaps
{
  struct gap *gaps;
  size_t count, room;
};

static bool
add_gap (struct gaps *gaps, const struct gap *gap)
{
  if (gaps->count == gaps->room)
    {
      size_t room = gaps->room * 2 + 16;
      struct gap *more = reallocarray (gaps->gaps, room, sizeof *more);
      if (more == NULL)
	return false;
      gaps->gaps = more;
      gaps->room = room;
    }
  gaps->gaps[gaps->count++] = *gap;
  return true;
}

/* Add the gaps of ROW, which GAP describes.  */
static bool
find_gaps (struct gaps *gaps, const struct pauses_row *row, struct gap gap,
	   int64_t last_ns)
{
  bool good = true;

  gap.row = row;
  for (unsigned i = 0; good && i < PAUSES_LONGEST
		       && pauses_is_gap (row, row->longest[i].length_ns);
       i++)
    {
      gap.pause = row->longest[i];
      good = add_gap (gaps, &gap);
    }
  uint64_t rest_ns
      = row->events > 0 ? grid_between (row->last_ns, last_ns) : 0;
  if (good && pauses_is_gap (row, rest_ns))
    {
      gap.pause = (struct pause){ row->last_ns, rest_ns };
      gap.is_at_end = true;
      good = add_gap (gaps, &gap);
    }
  return good;
}

static int
compare_gaps (const void *first, const void *second)
{
  const struct gap *a = first, *b = second;

  if (a->pause.length_ns != b->pause.length_ns)
    return a->pause.length_ns > b->pause.length_ns ? -1 : 1;
  /* Of the same pause, that of all events first.  */
  int rank_a = a->probe != NULL ? 2 : a->is_of_cpu;
  int rank_b = b->probe != NULL ? 2 : b->is_of_cpu;
  if (rank_a != rank_b)
    return rank_a - rank_b;
  if (a->pause.begin_ns != b->pause.begin_ns)
    return a->pause.begin_ns < b->pause.begin_ns ? -1 : 1;
  if (rank_a == 2)
    return a->probe->index < b->probe->index ? -1 : 1;
  return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

static bool
ask (sqlite3 *connection, const char *text, const struct gap *gap,
     int64_t end_ns, int64_t *value)
{
  sqlite3_stmt *row;
  bool found = false;

  if (sqlite3_prepare_v2 (connection, text, -1, &row, NULL) != SQLITE_OK)
    return false;
  sqlite3_bind_int64 (row, 1, gap->pause.begin_ns);
  sqlite3_bind_int64 (row, 2, end_ns);
  if (gap->probe != NULL)
    sqlite3_bind_int64 (row, 3, gap->probe->key);
  if (sqlite3_step (row) == SQLITE_ROW
      && sqlite3_column_type (row, 0) != SQLITE_NULL)
    {
      *value = sqlite3_column_int64 (row, 0);
      found = *value != 0;
    }
  sqlite3_finalize (row);
  return found;
}

/* What is known of why there were no events in GAP, null if nothing is.  What
   is lost is stored when it is noticed, at the next event or a bit later.  */
static json_t *
explain (const struct gap *gap, struct source *source)
{
  sqlite3 *connection = source_connection (source);
  int64_t end_ns
      = (int64_t) ((uint64_t) gap->pause.begin_ns + gap->pause.length_ns);
  int64_t value;

  if (ask (connection,
	   "SELECT sum(dropped + throttled + missed) FROM loss"
	   " WHERE time_ns BETWEEN ?1 AND ?2"
	   " AND (?3 IS NULL OR probe_key = ?3)",
	   gap, end_ns, &value))
    return words_json ("%" PRId64 " hits were lost meanwhile", value);
  if (ask (connection,
	   "SELECT count(*) FROM boot WHERE boot_time_ns > ?1"
	   " AND boot_time_ns <= ?2 AND ?3 IS NULL",
	   gap, end_ns, &value))
    return words_json ("the machine was started anew");
  if (gap->probe != NULL
      && ask (connection,
	      "SELECT count(*) FROM probe_history WHERE probe_key = ?3"
	      " AND state <> 'enabled' AND time_ns BETWEEN ?1 AND ?2",
	      gap, end_ns, &value))
    return words_json ("the probe was not enabled all the time");
  return json_null ();
}

static json_t *
gap_json (const struct gap *gap, struct source *source)
{
  char *name = gap->probe != NULL
		   ? analyze_probe_title (source, gap->probe, true)
	       : gap->is_of_cpu ? words_format ("CPU %u", gap->cpu)
				: words_format ("all events");
  uint64_t usual_ns = pauses_usual (gap->row);
  json_t *object
      = name == NULL
	    ? NULL
	    : json_pack ("{s:o, s:I, s:I, s:f, s:f, s:b, s:i, s:o}", "what",
			 analyze_text (name), "begin_ns",
			 (json_int_t) gap->pause.begin_ns, "end_ns",
			 (json_int_t) ((uint64_t) gap->pause.begin_ns
				       + gap->pause.length_ns),
			 "seconds", gap->pause.length_ns / 1e9, "expected",
			 usual_ns / 1e9, "at_end", (int) gap->is_at_end,
			 "others", (int) gap->others, "explanation",
			 explain (gap, source));

  free (name);
  return object;
}

/* Whether FIRST and SECOND are at least nine tenths the same time.  */
static bool
are_alike (const struct pause *first, const struct pause *second)
{
  int64_t first_end_ns
      = (int64_t) ((uint64_t) first->begin_ns + first->length_ns);
  int64_t second_end_ns
      = (int64_t) ((uint64_t) second->begin_ns + second->length_ns);
  int64_t begin_ns = first->begin_ns > second->begin_ns ? first->begin_ns
							: second->begin_ns;
  int64_t end_ns = first_end_ns < second_end_ns ? first_end_ns : second_end_ns;
  uint64_t longer_ns = first->length_ns > second->length_ns
			   ? first->length_ns
			   : second->length_ns;

  return begin_ns < end_ns
	 && grid_between (begin_ns, end_ns) >= longer_ns - longer_ns / 10;
}

/* Whether GAP says nothing new behind those in SHOWN: another was at about the
   same time, for a probe or for all events.  */
static bool
is_told (const struct gap *gap, struct gaps *shown)
{
  for (size_t i = 0; i < shown->count; i++)
    {
      struct gap *other = &shown->gaps[i];
      bool is_of_all = other->probe == NULL && !other->is_of_cpu;
      if (!are_alike (&other->pause, &gap->pause)
	  || (!is_of_all && (other->is_of_cpu || gap->is_of_cpu)))
	continue;
      other->others += gap->probe != NULL;
      return true;
    }
  return false;
}

json_t *
pauses_json (const struct pauses *pauses, struct source *source,
	     const struct boots *boots, int64_t last_ns)
{
  unsigned count;
  const struct source_probe *probes = source_probes (source, &count);
  struct gaps gaps = { NULL, 0, 0 }, shown = { NULL, 0, 0 };
  bool good
      = find_gaps (&gaps, &pauses->all, (struct gap){ .cpu = 0 }, last_ns);
  json_t *array = json_array ();

  for (unsigned i = 0; good && i < TIMELINE_CPUS; i++)
    good = find_gaps (&gaps, &pauses->cpus[i],
		      (struct gap){ .cpu = i, .is_of_cpu = true }, last_ns);
  for (unsigned i = 0; good && i < count; i++)
    good = find_gaps (&gaps, &pauses->probes[i],
		      (struct gap){ .probe = &probes[i] },
		      boots_find (boots, probes[i].boot_id)->last_ns);
  if (gaps.count > 0)
    qsort (gaps.gaps, gaps.count, sizeof *gaps.gaps, compare_gaps);
  for (size_t i = 0; good && i < gaps.count; i++)
    if (!is_told (&gaps.gaps[i], &shown) && shown.count < GAPS_MAX)
      good = add_gap (&shown, &gaps.gaps[i]);
  for (size_t i = 0; good && i < shown.count; i++)
    good = json_array_append_new (array, gap_json (&shown.gaps[i], source))
	   == 0;
  free (gaps.gaps);
  free (shown.gaps);
  if (good)
    return array;
  json_decref (array);
  return NULL;
}
