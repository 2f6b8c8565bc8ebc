/* Losses.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "analyze.h"
#include "analyze_losses.h"
#include "words.h"

enum
{
  TIMES_MAX = 256,  /* that are listed, those with the most losses */
  PROBES_MAX = 1000 /* and those with the most losses, or events */
};

/* By index, whether some events of a probe are wanted.  */
static bool *
find_wanted (const struct wanted *wanted)
{
  unsigned probes, sites;
  const struct source_site *site = source_sites (wanted->source, &sites);

  source_probes (wanted->source, &probes);
  bool *is_wanted = calloc (probes + 1, sizeof *is_wanted);
  for (unsigned i = 0; is_wanted != NULL && i < probes; i++)
    is_wanted[i] = wanted->probes[i];
  for (unsigned i = 0; is_wanted != NULL && i < sites; i++)
    if (wanted->sites[i])
      is_wanted[site[i].probe->index] = true;
  return is_wanted;
}

/* Those of COUNTS that say what was lost, behind others that KEYS has.  */
static json_t *
lost_json (const struct source_probe *probe, const mdtrace_counts_t *counts)
{
  char *name = analyze_probe_name (probe);
  json_t *object
      = name == NULL ? NULL
		     : json_pack ("{s:I, s:I, s:o, s:o, s:o, s:o}", "probe_id",
				  (json_int_t) probe->id, "boot_id",
				  (json_int_t) probe->boot_id, "name",
				  analyze_text (name), "dropped",
				  words_number (counts->dropped), "throttled",
				  words_number (counts->throttled), "missed",
				  words_number (counts->missed));

  free (name);
  return object;
}

/* When hits were lost, of probes that IS_WANTED, in the order of time.  */
static json_t *
times_json (const struct timeline *timeline, struct source *source,
	    const bool *is_wanted)
{
  unsigned count;
  const struct source_probe *probes = source_probes (source, &count);
  json_t *array = json_array (), *wanted = json_array ();
  sqlite3_stmt *row;

  if (sqlite3_prepare_v2 (
	  source_connection (source),
	  "SELECT * FROM (SELECT loss.time_ns, probe_id, boot_id,"
	  " loss.dropped, loss.throttled, loss.missed FROM loss"
	  " JOIN probe USING (probe_key) WHERE probe_key IN"
	  " (SELECT value FROM json_each (?4)) AND loss.time_ns BETWEEN ?1"
	  " AND ?2 ORDER BY loss.dropped + loss.throttled + loss.missed DESC,"
	  " loss.time_ns, probe_key LIMIT ?3) ORDER BY 1, 3, 2",
	  -1, &row, NULL)
      != SQLITE_OK)
    {
      json_decref (array);
      json_decref (wanted);
      return NULL;
    }
  for (unsigned i = 0; i < count; i++)
    if (is_wanted[i])
      json_array_append_new (wanted, json_integer (probes[i].key));
  char *keys = json_dumps (wanted, JSON_COMPACT);
  json_decref (wanted);
  sqlite3_bind_int64 (row, 1, timeline->grid.first_ns);
  sqlite3_bind_int64 (row, 2, timeline->grid.last_ns);
  sqlite3_bind_int (row, 3, TIMES_MAX);
  sqlite3_bind_text (row, 4, keys, -1, free);
  while (sqlite3_step (row) == SQLITE_ROW)
    json_array_append_new (
	array,
	json_pack ("{s:I, s:I, s:I, s:I, s:I, s:I}", "time_ns",
		   (json_int_t) sqlite3_column_int64 (row, 0), "probe_id",
		   (json_int_t) sqlite3_column_int64 (row, 1), "boot_id",
		   (json_int_t) sqlite3_column_int64 (row, 2), "dropped",
		   (json_int_t) sqlite3_column_int64 (row, 3), "throttled",
		   (json_int_t) sqlite3_column_int64 (row, 4), "missed",
		   (json_int_t) sqlite3_column_int64 (row, 5)));
  if (sqlite3_finalize (row) == SQLITE_OK)
    return array;
  json_decref (array);
  return NULL;
}

/* The COUNT LOSERS, which are by probe, or those of them that have lost
   most.  */
static json_t *
losers_json (const struct source_probe *probes, struct ranked *losers,
	     unsigned count)
{
  json_t *array = json_array ();

  count = ranked_keep (losers, count, PROBES_MAX);
  for (unsigned i = 0; i < count; i++)
    json_array_append_new (array, lost_json (&probes[losers[i].place],
					     &probes[losers[i].place].counts));
  return array;
}

json_t *
losses_json (const struct wanted *wanted, const struct timeline *timeline,
	     struct source *source)
{
  unsigned count;
  const struct source_probe *probes = source_probes (source, &count);
  bool *is_wanted = find_wanted (wanted);
  struct ranked *losers = calloc (count + 1, sizeof *losers);
  unsigned loser_count = 0;
  mdtrace_counts_t all = { .hits = 0 };

  if (is_wanted == NULL || losers == NULL)
    {
      free (is_wanted);
      free (losers);
      return NULL;
    }
  for (unsigned i = 0; i < count; i++)
    {
      const mdtrace_counts_t *counts = &probes[i].counts;
      if (!is_wanted[i])
	continue;
      all.dropped += counts->dropped;
      all.throttled += counts->throttled;
      all.missed += counts->missed;
      all.filtered += counts->filtered;
      uint64_t lost = counts->dropped + counts->throttled + counts->missed;
      if (lost > 0)
	losers[loser_count++] = (struct ranked){ i, lost };
    }
  json_t *times = times_json (timeline, source, is_wanted);
  json_t *array = losers_json (probes, losers, loser_count);
  free (is_wanted);
  free (losers);
  return json_pack (
      "{s:o, s:o, s:o, s:o, s:o, s:i, s:o}", "dropped",
      words_number (all.dropped), "throttled", words_number (all.throttled),
      "missed", words_number (all.missed), "filtered",
      words_number (all.filtered), "probes", array, "other_probes",
      loser_count > PROBES_MAX ? (int) (loser_count - PROBES_MAX) : 0, "times",
      times);
}

/* What is known of PROBE, which has EVENTS of the COUNT there are.  */
static json_t *
probe_json (const struct source_probe *probe, uint64_t events, uint64_t count,
	    double seconds)
{
  json_t *object = lost_json (probe, &probe->counts);
  json_t *more = json_pack (
      "{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "label",
      analyze_text (probe->label), "events", words_number (events),
      "per_second", seconds > 0 ? json_real (events / seconds) : json_null (),
      "share", count > 0 ? json_real ((double) events / count) : json_null (),
      "hits", words_number (probe->counts.hits), "recorded",
      words_number (probe->counts.recorded), "filtered",
      words_number (probe->counts.filtered));

  json_object_update (object, more);
  json_decref (more);
  return object;
}

bool
losses_probes (const struct wanted *wanted, const struct timeline *timeline,
	       double seconds, json_t *document)
{
  unsigned count, others = 0;
  const struct source_probe *probes = source_probes (wanted->source, &count);
  struct ranked *order = timeline_ranked (timeline->probes, count);
  bool *is_wanted = find_wanted (wanted);
  bool good = order != NULL && is_wanted != NULL;
  json_t *array = json_array ();

  for (unsigned i = 0; good && i < count; i++)
    if (!is_wanted[order[i].place])
      continue;
    else if (json_array_size (array) == PROBES_MAX)
      others++;
    else
      json_array_append_new (
	  array, probe_json (&probes[order[i].place], order[i].amount,
			     timeline->all.events, seconds));
  free (order);
  free (is_wanted);
  return json_object_set_new (document, "probes", array) == 0 && good
	 && json_object_set_new (document, "other_probes",
				 json_integer (others))
		== 0;
}
