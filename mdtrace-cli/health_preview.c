/* mdtrace health --preview: what rules say of what a database has.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Scores are made of the snapshots of which mdtraced makes them, and in the
   same way, so that the default rules say what is stored.  */

#include <config.h>

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "db.h"
#include "health.h"
#include "reader.h"

enum
{
  /* The first version that has snapshots.  */
  VERSION_WITH_SNAPSHOTS = 5,
  /* A score below is counted.  */
  GOOD_SCORE = 95,
  /* Snapshots that a window can have, with both its ends.  */
  WINDOW = MDTRACE_HEALTH_WINDOW_SECONDS + 1
};

/* So much before the span of time a window may begin.  */
#define BEFORE_NS INT64_C (30000000000)

struct preview
{
  const struct health_arguments *arguments;
  sqlite3_stmt *snapshots, *values;
  int64_t from_ns;
  int64_t boot_id;
  mdtrace_snapshot_t window[WINDOW]; /* of one boot, the oldest first */
  size_t window_count;
  json_t *scores; /* null: for people */
  /* What was said last.  */
  bool has_last;
  uint32_t last_score;
  int last_factor;
  int64_t last_boot;
  /* The summary.  */
  uint64_t count, below;
  uint32_t lowest;
  int64_t lowest_ns, lowest_boot;
  int lowest_factor;
};

/* Column COLUMN of the present snapshot as a number; UNKNOWN if it is NULL. */
static uint64_t
column (const struct preview *preview, int column, uint64_t unknown)
{
  return sqlite3_column_type (preview->snapshots, column) == SQLITE_NULL
	     ? unknown
	     : (uint64_t) sqlite3_column_int64 (preview->snapshots, column);
}

/* Set what counters had come to at SNAPSHOT.  */
static bool
read_values (struct preview *preview, mdtrace_snapshot_t *snapshot)
{
  sqlite3_bind_int64 (preview->values, 1, preview->boot_id);
  sqlite3_bind_int64 (preview->values, 2, (sqlite3_int64) snapshot->sequence);
  while (sqlite3_step (preview->values) == SQLITE_ROW)
    {
      sqlite3_int64 number = sqlite3_column_int64 (preview->values, 0);
      if (number < 0 || number >= MDTRACE_COUNTER_SLOTS)
	continue;
      snapshot->known |= MDTRACE_COUNTER_BIT (number);
      snapshot->counters[number].count
	  = sqlite3_column_int64 (preview->values, 1);
      snapshot->counters[number].sum
	  = sqlite3_column_int64 (preview->values, 2);
    }
  return sqlite3_reset (preview->values) == SQLITE_OK;
}

/* The columns in the order in which they are read.  */
static const char snapshots_text[]
    = "SELECT boot_id, sequence, time_ns, uptime_ns, tasks, threads, cpus,"
      " utilisation, memory_bytes, free_bytes, low_bytes, min_bytes, user_ns,"
      " system_ns, idle_ns, interrupt_ns, faults, pageins, pageouts, hits,"
      " lost, ipc_ns FROM snapshot WHERE time_ns BETWEEN ?1 AND ?2"
      " ORDER BY boot_id, sequence";
static const char values_text[]
    = "SELECT number, count, sum FROM counter_value JOIN counter"
      " USING (counter_id) WHERE counter_value.boot_id = ?1 AND sequence = ?2";

/* The snapshot in the present row, behind those of the window.  */
static bool
read_snapshot (struct preview *preview)
{
  int64_t boot_id = sqlite3_column_int64 (preview->snapshots, 0);

  if (boot_id != preview->boot_id)
    preview->window_count = 0;
  preview->boot_id = boot_id;
  if (preview->window_count == WINDOW)
    memmove (preview->window, preview->window + 1,
	     --preview->window_count * sizeof *preview->window);
  mdtrace_snapshot_t *snapshot = &preview->window[preview->window_count++];
  *snapshot = (mdtrace_snapshot_t){
    .sequence = column (preview, 1, 0),
    .time_ns = column (preview, 2, 0),
    .uptime_ns = column (preview, 3, 0),
    .tasks = column (preview, 4, 0),
    .threads = column (preview, 5, 0),
    .cpus = column (preview, 6, 0),
    .utilisation = column (preview, 7, MDTRACE_UNKNOWN),
    .memory_bytes = column (preview, 8, 0),
    .free_bytes = column (preview, 9, 0),
    .low_bytes = column (preview, 10, 0),
    .min_bytes = column (preview, 11, 0),
    .user_ns = column (preview, 12, 0),
    .system_ns = column (preview, 13, 0),
    .idle_ns = column (preview, 14, 0),
    .interrupt_ns = column (preview, 15, 0),
    .faults = column (preview, 16, 0),
    .pageins = column (preview, 17, 0),
    .pageouts = column (preview, 18, 0),
    .hits = column (preview, 19, 0),
    .lost = column (preview, 20, 0),
    .ipc_ns = column (preview, 21, 0),
  };
  return read_values (preview, snapshot);
}

/* The word of FACTOR; -1: nothing was deducted.  */
static const char *
factor_word (int factor)
{
  return factor < 0 ? "nothing" : mdtrace_health_words (factor)->word;
}

static void
print_score (struct preview *preview, const mdtrace_health_t *health,
	     const unsigned *order, int factor, int64_t time_ns)
{
  if (preview->has_last && preview->last_score == health->score
      && preview->last_factor == factor
      && preview->last_boot == preview->boot_id)
    return;
  char *time = db_format_time (time_ns);
  printf ("%s ", time);
  health_print_line (health, order);
  free (time);
  preview->has_last = true;
  preview->last_score = health->score;
  preview->last_factor = factor;
  preview->last_boot = preview->boot_id;
}

static void
add_score (struct preview *preview, const mdtrace_health_t *health,
	   const mdtrace_snapshot_t *now, const unsigned *order)
{
  json_t *factors = json_array ();

  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      const struct mdtrace_health_deduction *deduction
	  = &health->factors[order[i]];
      if (deduction->known)
	json_array_append_new (
	    factors,
	    cli_json_pack ("{s:s, s:I, s:I}", "factor",
			   mdtrace_health_words (order[i])->word, "deducted",
			   (json_int_t) deduction->points, "measured",
			   (json_int_t) deduction->measured));
    }
  json_array_append_new (preview->scores,
			 cli_json_pack ("{s:I, s:I, s:I, s:I, s:o}", "boot_id",
					(json_int_t) preview->boot_id,
					"time_ns", (json_int_t) now->time_ns,
					"sequence", (json_int_t) now->sequence,
					"score", (json_int_t) health->score,
					"factors", factors));
}

/* The score of the last snapshot of the window, if it is one that has one.  */
static void
score (struct preview *preview)
{
  const mdtrace_snapshot_t *now = &preview->window[preview->window_count - 1];
  const mdtrace_snapshot_t *then = preview->window;
  unsigned order[MDTRACE_HEALTH_FACTORS];
  mdtrace_health_t health;

  if (now->sequence % MDTRACE_HEALTH_WINDOW_SECONDS != 0
      || (int64_t) now->time_ns < preview->from_ns)
    return;
  while (then->sequence + MDTRACE_HEALTH_WINDOW_SECONDS < now->sequence)
    then++;
  if (then == now)
    return;
  mdtrace_health_evaluate (preview->arguments->rules, then, now, &health);
  health_sort (&health, order);
  int factor = health.factors[order[0]].points > 0 ? (int) order[0] : -1;
  if (preview->scores != NULL)
    add_score (preview, &health, now, order);
  else
    print_score (preview, &health, order, factor, (int64_t) now->time_ns);
  if (preview->count == 0 || health.score < preview->lowest)
    {
      preview->lowest = health.score;
      preview->lowest_ns = (int64_t) now->time_ns;
      preview->lowest_boot = preview->boot_id;
      preview->lowest_factor = factor;
    }
  preview->count++;
  preview->below += health.score < GOOD_SCORE;
}

static void
print_summary (const struct preview *preview)
{
  char *time = db_format_time (preview->lowest_ns);

  printf ("%" PRIu64 " scores, %" PRIu64 " of them below %d (%.1f %%); the "
	  "lowest is %" PRIu32 ", of %s, for %s\n",
	  preview->count, preview->below, GOOD_SCORE,
	  100.0 * (double) preview->below / (double) preview->count,
	  preview->lowest, time, factor_word (preview->lowest_factor));
  free (time);
}

static void
print_json (const struct preview *preview, const char *path)
{
  json_t *lowest = cli_json_pack ("{s:I, s:I, s:I}", "score",
				  (json_int_t) preview->lowest, "time_ns",
				  (json_int_t) preview->lowest_ns, "boot_id",
				  (json_int_t) preview->lowest_boot);

  json_object_set_new (
      lowest, "factor",
      preview->lowest_factor < 0
	  ? json_null ()
	  : cli_json_text (factor_word (preview->lowest_factor)));
  cli_print_json (cli_json_pack ("{s:s, s:O, s:I, s:I, s:i, s:o}", "database",
				 path, "scores", preview->scores, "count",
				 (json_int_t) preview->count, "below",
				 (json_int_t) preview->below, "below_what",
				 (int) GOOD_SCORE, "lowest", lowest));
}

/* Make all scores of what READER has.  False when SQLite fails.  */
static bool
make_scores (struct preview *preview, const struct reader *reader)
{
  const struct health_arguments *arguments = preview->arguments;
  sqlite3_int64 newest_ns;
  int result = SQLITE_ERROR;

  if (sqlite3_exec (reader->connection, "BEGIN", NULL, NULL, NULL) != SQLITE_OK
      || !reader_select (reader, "SELECT max(time_ns) FROM snapshot",
			 &newest_ns)
      || sqlite3_prepare_v2 (reader->connection, snapshots_text, -1,
			     &preview->snapshots, NULL)
	     != SQLITE_OK
      || sqlite3_prepare_v2 (reader->connection, values_text, -1,
			     &preview->values, NULL)
	     != SQLITE_OK)
    return false;
  preview->from_ns = arguments->last_ns != 0
			 ? newest_ns - (int64_t) arguments->last_ns
			 : arguments->from_ns;
  sqlite3_bind_int64 (preview->snapshots, 1, preview->from_ns - BEFORE_NS);
  sqlite3_bind_int64 (preview->snapshots, 2, arguments->to_ns);
  while ((result = sqlite3_step (preview->snapshots)) == SQLITE_ROW)
    {
      if (!read_snapshot (preview))
	return false;
      score (preview);
    }
  return result == SQLITE_DONE;
}

/* Print what there is to say of the database at PATH.  Returns the exit
   status.  */
static int
preview_database (struct preview *preview, const char *path)
{
  const struct cli_options *options = preview->arguments->options;
  struct reader reader;
  char message[1536];
  bool is_damaged;
  bool good
      = reader_open (&reader, path, &is_damaged, message, sizeof message);

  if (good && reader.version < VERSION_WITH_SNAPSHOTS)
    {
      snprintf (message, sizeof message,
		"has version %d, which has no snapshots; those of version %d "
		"have them",
		reader.version, VERSION_WITH_SNAPSHOTS);
      good = false;
    }
  else if (good && !make_scores (preview, &reader))
    {
      reader_describe (&reader, path, message, sizeof message);
      good = false;
    }
  else if (good && preview->count == 0)
    {
      snprintf (message, sizeof message,
		"has no score of that time: it takes snapshots of ten "
		"seconds, which the view snapshots shows");
      good = false;
    }
  sqlite3_finalize (preview->snapshots);
  sqlite3_finalize (preview->values);
  reader_close (&reader);
  if (!good)
    return db_report (options, path, message);
  if (preview->scores != NULL)
    print_json (preview, path);
  else
    print_summary (preview);
  return cli_finish ();
}

int
health_preview (const struct health_arguments *arguments)
{
  struct preview preview = { .arguments = arguments };
  char *path = cli_find_database (arguments->options, arguments->database);

  if (path == NULL)
    return 1;
  if (arguments->options->json)
    preview.scores = json_array ();
  int status = preview_database (&preview, path);
  json_decref (preview.scores);
  free (path);
  return status;
}
