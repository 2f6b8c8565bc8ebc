/* mdtrace db info: tell what is in a database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "db.h"
#include "reader.h"

/* Numbers that are asked for, each from the version on that has it.  */
enum number
{
  PAGE_BYTES,
  PAGES,
  FREE_PAGES,
  AUTO_VACUUM,
  BOOTS,
  RUNS,
  PROBES,
  EVENTS,
  FIRST_EVENT_NS,
  LAST_EVENT_NS,
  DROPPED,
  THROTTLED,
  MISSED,
  STACKS,
  AGGREGATES,
  SNAPSHOTS,
  NUMBERS
};

static const struct
{
  const char *name; /* as JSON has it */
  int version;
  const char *text;
} questions[NUMBERS] = {
  [PAGE_BYTES] = { "page_bytes", 1, "PRAGMA page_size" },
  [PAGES] = { "pages", 1, "PRAGMA page_count" },
  [FREE_PAGES] = { "free_pages", 1, "PRAGMA freelist_count" },
  [AUTO_VACUUM] = { "auto_vacuum", 1, "PRAGMA auto_vacuum" },
  [BOOTS] = { "boots", 1, "SELECT count(*) FROM boot" },
  [RUNS] = { "runs", 3, "SELECT count(*) FROM run" },
  [PROBES] = { "probes", 1, "SELECT count(*) FROM probe" },
  [EVENTS] = { "events", 1, "SELECT count(*) FROM event" },
  [FIRST_EVENT_NS] = { "first_event_ns", 1, "SELECT min(time_ns) FROM event" },
  [LAST_EVENT_NS] = { "last_event_ns", 1, "SELECT max(time_ns) FROM event" },
  [DROPPED] = { "dropped", 1, "SELECT sum(dropped) FROM probe" },
  [THROTTLED] = { "throttled", 1, "SELECT sum(throttled) FROM probe" },
  [MISSED] = { "missed", 1, "SELECT sum(missed) FROM probe" },
  [STACKS] = { "stacks", 4, "SELECT count(*) FROM stack" },
  [AGGREGATES] = { "aggregates", 4, "SELECT count(*) FROM aggregate" },
  [SNAPSHOTS] = { "snapshots", 5, "SELECT count(*) FROM snapshot" },
};

struct info
{
  const char *path;
  int version;
  char journal_mode[16];
  char name[64];
  int64_t journal_bytes;
  sqlite3_int64 numbers[NUMBERS];
};

/* The text that QUERY gives, into TEXT, of BYTES bytes.  */
static bool
ask_text (const struct reader *reader, const char *query, char *text,
	  size_t bytes)
{
  sqlite3_stmt *statement;

  text[0] = '\0';
  if (sqlite3_prepare_v2 (reader->connection, query, -1, &statement, NULL)
      != SQLITE_OK)
    return false;
  if (sqlite3_step (statement) == SQLITE_ROW
      && sqlite3_column_text (statement, 0) != NULL)
    snprintf (text, bytes, "%s", sqlite3_column_text (statement, 0));
  return sqlite3_finalize (statement) == SQLITE_OK;
}

/* Ask for all of it, as of one moment.  */
static bool
ask (const struct reader *reader, struct info *info)
{
  bool good = sqlite3_exec (reader->connection, "BEGIN", NULL, NULL, NULL)
		  == SQLITE_OK
	      && ask_text (reader, "PRAGMA journal_mode", info->journal_mode,
			   sizeof info->journal_mode)
	      && ask_text (reader, "SELECT name FROM identity", info->name,
			   sizeof info->name);

  info->version = reader->version;
  for (int i = 0; i < NUMBERS && good; i++)
    if (reader->version >= questions[i].version)
      good = reader_select (reader, questions[i].text, &info->numbers[i]);
  return good;
}

static int64_t
journal_bytes (const char *path)
{
  char *name = cli_format ("%s-wal", path);
  struct stat file;
  int64_t bytes = stat (name, &file) == 0 ? file.st_size : 0;

  free (name);
  return bytes;
}

static int64_t
file_bytes (const struct info *info)
{
  return info->numbers[PAGES] * info->numbers[PAGE_BYTES];
}

/* Bytes for each event, of what is not free; 0: there is none.  */
static double
bytes_per_event (const struct info *info)
{
  const sqlite3_int64 *numbers = info->numbers;

  return numbers[EVENTS] == 0
	     ? 0
	     : (double) ((numbers[PAGES] - numbers[FREE_PAGES])
			 * numbers[PAGE_BYTES])
		   / (double) numbers[EVENTS];
}

static void
print_json (const struct info *info)
{
  json_t *document = cli_json_pack (
      "{s:s, s:I, s:I, s:i, s:s, s:s}", "database", info->path, "bytes",
      (json_int_t) file_bytes (info), "journal_bytes",
      (json_int_t) info->journal_bytes, "version", info->version,
      "journal_mode", info->journal_mode, "name", info->name);

  for (int i = 0; i < NUMBERS; i++)
    {
      bool is_known = info->version >= questions[i].version
		      && ((i != FIRST_EVENT_NS && i != LAST_EVENT_NS)
			  || info->numbers[EVENTS] > 0);
      json_t *value = !is_known		 ? json_null ()
		      : i == AUTO_VACUUM ? json_boolean (info->numbers[i] != 0)
					 : json_integer (info->numbers[i]);
      json_object_set_new (document, questions[i].name, value);
    }
  json_object_set_new (document, "bytes_per_event",
		       info->numbers[EVENTS] == 0
			   ? json_null ()
			   : json_real (bytes_per_event (info)));
  cli_print_json (document);
}

/* Say what limits would mean: how long what is there has taken.  */
static void
print_retention (const struct info *info)
{
  const sqlite3_int64 *numbers = info->numbers;
  double hours
      = (double) (numbers[LAST_EVENT_NS] - numbers[FIRST_EVENT_NS]) / 3.6e12;

  if (numbers[EVENTS] > 1 && hours > 0)
    printf ("  %.1f MiB for %.2f hours of events; mdtraced --keep-size=1G "
	    "would keep %.1f hours at that rate\n",
	    (double) file_bytes (info) / (1 << 20), hours,
	    hours * (1 << 30) / (double) file_bytes (info));
  if (numbers[AUTO_VACUUM] == 0)
    printf ("  room that becomes free is not given back until 'mdtrace db "
	    "vacuum %s' has rewritten the file\n",
	    info->path);
}

static void
print (const struct info *info)
{
  const sqlite3_int64 *numbers = info->numbers;

  printf ("%s: version %d, %s\n", info->path, info->version, info->name);
  printf ("  %" PRId64
	  " bytes, %lld of %lld pages free; journal mode %s, %" PRId64
	  " bytes\n",
	  file_bytes (info), numbers[FREE_PAGES], numbers[PAGES],
	  info->journal_mode, info->journal_bytes);
  if (info->version >= questions[RUNS].version)
    printf ("  %lld boots, %lld runs, %lld probes, %lld events\n",
	    numbers[BOOTS], numbers[RUNS], numbers[PROBES], numbers[EVENTS]);
  else
    printf ("  %lld boots, %lld probes, %lld events\n", numbers[BOOTS],
	    numbers[PROBES], numbers[EVENTS]);
  if (numbers[EVENTS] > 0)
    {
      char *first = db_format_time (numbers[FIRST_EVENT_NS]);
      char *last = db_format_time (numbers[LAST_EVENT_NS]);
      printf ("  from %s to %s, %.1f bytes for each event\n", first, last,
	      bytes_per_event (info));
      free (first);
      free (last);
    }
  if (numbers[STACKS] > 0 || numbers[AGGREGATES] > 0)
    printf ("  %lld stacks, %lld keys of aggregations\n", numbers[STACKS],
	    numbers[AGGREGATES]);
  if (numbers[SNAPSHOTS] > 0)
    printf ("  %lld snapshots\n", numbers[SNAPSHOTS]);
  printf ("  lost: %lld dropped, %lld throttled, %lld missed\n",
	  numbers[DROPPED], numbers[THROTTLED], numbers[MISSED]);
  print_retention (info);
}

int
cli_db_info (int argc, char **argv, struct cli_options *options)
{
  struct info info = { .version = 0 };
  struct reader reader;
  char message[1536];
  bool is_damaged;
  char *path = db_parse (argc, argv, options,
			 "Tell what is in a database, also while a daemon "
			 "writes.");

  if (path == NULL)
    return 1;
  info.path = path;
  info.journal_bytes = journal_bytes (path);
  bool good
      = reader_open (&reader, path, &is_damaged, message, sizeof message);
  if (good && !ask (&reader, &info))
    {
      reader_describe (&reader, path, message, sizeof message);
      good = false;
    }
  reader_close (&reader);
  if (!good)
    return db_report (options, path, message);
  if (options->json)
    print_json (&info);
  else
    print (&info);
  free (path);
  return cli_finish ();
}
