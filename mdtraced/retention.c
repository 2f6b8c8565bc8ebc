/* The database: removing what is too old or too much.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In small steps, each a transaction of its own, so that events are stored in
   between.  The oldest go first: events, what aggregations have had, and
   snapshots with counters and health, in the order of time; what else is known
   of the time before the oldest event or reading goes with them.  Kernels,
   boots, runs, probes, counters and what aggregations have had last stay.
   Pages that become free are used again; only where the file is larger than
   it may be they are given back.  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "database_private.h"

enum
{
  /* That are given back at once.  */
  PAGES_AT_ONCE = 256,
  /* Some of what is allowed is left for what is under way: the journal, and
     a transaction until the next step.  */
  RESERVE_SHARE = 16,
  /* Steps until the rest is looked through once.  */
  REMOVALS_PER_REST = 16
};

#define NO_TIME_LIMIT (UINT64_MAX >> 1)

/* Sizes in bytes.  */
struct sizes
{
  uint64_t file, used, page;
};

static bool
get_sizes (struct database *database, struct sizes *sizes)
{
  sqlite3_int64 page, pages, free_pages;

  if (!database_select (database, "PRAGMA page_size", &page)
      || !database_select (database, "PRAGMA page_count", &pages)
      || !database_select (database, "PRAGMA freelist_count", &free_pages))
    return false;
  sizes->page = page;
  sizes->file = pages * page;
  sizes->used = (pages - free_pages) * page;
  return true;
}

/* Remove what of TABLES, which end with null, is of a time before TIME_NS.  */
static bool
remove_before (struct database *database, const char *const *tables,
	       uint64_t time_ns)
{
  char text[128];
  bool good = true;

  for (; *tables != NULL && good; tables++)
    {
      snprintf (text, sizeof text, "DELETE FROM %s WHERE time_ns < %llu",
		*tables, (unsigned long long) time_ns);
      good = database_execute (database, text);
    }
  return good;
}

/* Remove what else is known of the time before TIME_NS.  */
static bool
remove_rest (struct database *database, uint64_t time_ns)
{
  static const char *const tables[]
      = { "clock", "hit_count", "loss", "probe_history", NULL };

  return remove_before (database, tables, time_ns);
}

/* Find out up to which time, UNTIL_NS at most, about COUNT events are to be
   removed.  If there is no such limit the newest event stays.  */
static bool
find_end (struct database *database, uint64_t until_ns, unsigned count,
	  sqlite3_int64 *end)
{
  sqlite3_stmt *nth = database_statement (database, STATEMENT_GET_NTH);
  sqlite3_stmt *newest = database_statement (database, STATEMENT_GET_NEWEST);
  const sqlite3_int64 place = count;
  bool found;

  database_bind (nth, 1, &place);
  if (!database_look_up (nth, end, &found))
    return false;
  if (!found && until_ns == NO_TIME_LIMIT)
    return database_look_up (newest, end, &found);
  if (!found || (uint64_t) *end > until_ns)
    *end = (sqlite3_int64) until_ns;
  return true;
}

/* Something before TIME_NS was removed: remove the rest every so often.  */
static bool
count_removal (struct database *database, uint64_t time_ns)
{
  return ++database->removals % REMOVALS_PER_REST != 0
	 || remove_rest (database, time_ns);
}

/* Remove up to about COUNT events, none of UNTIL_NS or later.  */
static bool
remove_events (struct database *database, uint64_t until_ns, unsigned count)
{
  sqlite3_stmt *remove
      = database_statement (database, STATEMENT_REMOVE_EVENTS);
  sqlite3_stmt *durations
      = database_statement (database, STATEMENT_REMOVE_DURATIONS);
  sqlite3_int64 end;

  if (!find_end (database, until_ns, count, &end))
    return false;
  database_bind (remove, 1, &end);
  database_bind (durations, 1, &end);
  return database_perform (durations) && database_perform (remove)
	 && count_removal (database, (uint64_t) end);
}

/* Remove up to about COUNT changes of what aggregations have had, none of
   UNTIL_NS or later; all of the oldest reading, of OLDEST_NS, in any case.  */
static bool
remove_changes (struct database *database, uint64_t until_ns, unsigned count,
		uint64_t oldest_ns)
{
  static const char *const tables[]
      = { "bucket_history", "aggregate_history", "aggregation_history", NULL };
  sqlite3_stmt *nth = database_statement (database, STATEMENT_GET_NTH_CHANGE);
  const sqlite3_int64 place = count;
  sqlite3_int64 end;
  bool found;

  database_bind (nth, 1, &place);
  if (!database_look_up (nth, &end, &found))
    return false;
  if (!found || (uint64_t) end > until_ns)
    end = (sqlite3_int64) until_ns;
  if ((uint64_t) end <= oldest_ns)
    end = (sqlite3_int64) oldest_ns + 1;
  return remove_before (database, tables, (uint64_t) end)
	 && count_removal (database, (uint64_t) end);
}

/* Remove up to about COUNT snapshots, none of UNTIL_NS or later, with what
   counters had come to, and the health; all of OLDEST_NS in any case.  The
   newest one stays, by which is known what is stored.  */
static bool
remove_snapshots (struct database *database, uint64_t until_ns, unsigned count,
		  uint64_t oldest_ns)
{
  static const char *const tables[]
      = { "snapshot", "counter_reading", "health_factor", "health", NULL };
  sqlite3_stmt *nth
      = database_statement (database, STATEMENT_GET_NTH_SNAPSHOT);
  sqlite3_stmt *newest
      = database_statement (database, STATEMENT_GET_NEWEST_SNAPSHOT);
  const sqlite3_int64 place = count;
  sqlite3_int64 end, newest_ns = 0;
  char text[192];
  bool found;

  database_bind (nth, 1, &place);
  if (!database_look_up (nth, &end, &found))
    return false;
  if (!found || (uint64_t) end > until_ns)
    end = (sqlite3_int64) until_ns;
  if ((uint64_t) end <= oldest_ns)
    end = (sqlite3_int64) oldest_ns + 1;
  if (!database_look_up (newest, &newest_ns, &found))
    return false;
  if (newest_ns > 0 && newest_ns < end)
    end = newest_ns;
  snprintf (text, sizeof text,
	    "DELETE FROM counter_value WHERE (boot_id, sequence) IN"
	    " (SELECT boot_id, sequence FROM snapshot WHERE time_ns < %lld)",
	    (long long) end);
  return database_execute (database, text)
	 && remove_before (database, tables, (uint64_t) end);
}

/* All that is left may stay, the oldest of which is of OLDEST_NS, 0 if there
   is nothing: remove the rest, if events were removed since the last time.  */
static bool
end_removal (struct database *database, uint64_t oldest_ns)
{
  bool any = database->removals > 0;

  database->removals = 0;
  return !any || remove_rest (database, oldest_ns);
}

/* The time before which events are too old; 0: none is.  */
static uint64_t
age_limit (const struct database_limits *limits, uint64_t now_ns)
{
  return limits->age_ns != 0 && limits->age_ns < now_ns
	     ? now_ns - limits->age_ns
	     : 0;
}

/* The oldest of what can be removed; 0: there is none.  */
struct oldest
{
  sqlite3_int64 event_ns, reading_ns, snapshot_ns;
  bool is_last_event;
};

/* The oldest snapshot that may be removed, or health of an older version, that
   has none; 0: there is none.  */
static bool
find_oldest_snapshot (struct database *database, sqlite3_int64 *oldest_ns)
{
  sqlite3_int64 newest_ns = 0, health_ns = 0;
  bool found;

  if (!database_look_up (
	  database_statement (database, STATEMENT_GET_OLDEST_SNAPSHOT),
	  oldest_ns, &found)
      || !database_look_up (
	  database_statement (database, STATEMENT_GET_NEWEST_SNAPSHOT),
	  &newest_ns, &found)
      || !database_look_up (
	  database_statement (database, STATEMENT_GET_OLDEST_HEALTH),
	  &health_ns, &found))
    return false;
  if (health_ns > 0 && (*oldest_ns == 0 || health_ns < *oldest_ns))
    *oldest_ns = health_ns;
  if (newest_ns > 0 && *oldest_ns == newest_ns)
    *oldest_ns = 0;
  return true;
}

static bool
find_oldest (struct database *database, struct oldest *oldest)
{
  sqlite3_int64 newest_ns = 0;
  bool found;

  memset (oldest, 0, sizeof *oldest);
  if (!database_look_up (database_statement (database, STATEMENT_GET_OLDEST),
			 &oldest->event_ns, &found)
      || !database_look_up (
	  database_statement (database, STATEMENT_GET_NEWEST), &newest_ns,
	  &found)
      || !database_look_up (
	  database_statement (database, STATEMENT_GET_OLDEST_READING),
	  &oldest->reading_ns, &found)
      || !find_oldest_snapshot (database, &oldest->snapshot_ns))
    return false;
  oldest->is_last_event = oldest->event_ns == newest_ns;
  return true;
}

/* Up to when snapshots may be removed, if none of UNTIL_NS or later may, and
   what else is removed is older than what stays.  */
static uint64_t
snapshots_end (const struct oldest *oldest, uint64_t until_ns, bool has_event,
	       bool has_reading)
{
  uint64_t end = until_ns;

  if (has_event && !(until_ns == NO_TIME_LIMIT && oldest->is_last_event)
      && (uint64_t) oldest->event_ns < end)
    end = (uint64_t) oldest->event_ns;
  if (has_reading && (uint64_t) oldest->reading_ns < end)
    end = (uint64_t) oldest->reading_ns;
  return end;
}

/* One step, within a transaction.  */
static bool
remove_some (struct database *database, const struct database_limits *limits,
	     uint64_t now_ns, unsigned events, bool *done)
{
  struct sizes sizes;
  struct oldest oldest;

  if (!find_oldest (database, &oldest) || !get_sizes (database, &sizes))
    return false;
  uint64_t until = age_limit (limits, now_ns);
  if (limits->bytes != 0
      && sizes.used > limits->bytes - limits->bytes / RESERVE_SHARE)
    until = NO_TIME_LIMIT;
  uint64_t event_ns = (uint64_t) oldest.event_ns;
  uint64_t reading_ns = (uint64_t) oldest.reading_ns;
  bool has_event = event_ns != 0 && event_ns < until;
  /* The newest event may have to stay.  */
  bool has_reading = reading_ns != 0 && reading_ns < until
		     && (!has_event || reading_ns < event_ns
			 || (until == NO_TIME_LIMIT && oldest.is_last_event));
  uint64_t snapshot_ns = (uint64_t) oldest.snapshot_ns;
  bool has_snapshot = snapshot_ns != 0 && snapshot_ns < until;
  *done = !has_event && !has_reading && !has_snapshot;
  /* Beside the others, of which there may be very many.  */
  uint64_t end = snapshots_end (&oldest, until, has_event, has_reading);
  if (has_snapshot && snapshot_ns < end
      && !remove_snapshots (database, end, events, snapshot_ns))
    return false;
  if (has_snapshot && !has_event && !has_reading)
    return true;
  if (*done)
    return end_removal (
	database, event_ns == 0 || (reading_ns != 0 && reading_ns < event_ns)
		      ? reading_ns
		      : event_ns);
  if (!has_reading)
    return remove_events (database, until, events);
  return remove_changes (database,
			 has_event && event_ns > reading_ns ? event_ns : until,
			 events, reading_ns);
}

/* Give some pages back if the file is larger than it may be.  */
static bool
shrink (struct database *database, const struct database_limits *limits,
	bool *done)
{
  struct sizes sizes;
  char text[64];

  if (!get_sizes (database, &sizes))
    return false;
  if (limits->bytes == 0 || sizes.file <= limits->bytes
      || sizes.used == sizes.file)
    return true;
  snprintf (text, sizeof text, "PRAGMA incremental_vacuum(%d)", PAGES_AT_ONCE);
  *done = false;
  uint64_t before = sizes.file;
  if (!database_execute (database, text) || !get_sizes (database, &sizes))
    return false;
  /* A database that was made by version 2 keeps its pages.  */
  if (sizes.file == before)
    *done = true;
  return true;
}

bool
database_retain (struct database *database,
		 const struct database_limits *limits, uint64_t now_ns,
		 unsigned events, bool *done)
{
  *done = true;
  if (limits->age_ns == 0 && limits->bytes == 0)
    return true;
  if (database_begin (database)
      && remove_some (database, limits, now_ns, events, done)
      && database_commit (database) && shrink (database, limits, done))
    return true;
  database_rollback (database);
  return false;
}

bool
database_vacuum (struct database *database)
{
  return database_execute (database, "PRAGMA auto_vacuum = INCREMENTAL;"
				     "VACUUM;"
				     "PRAGMA wal_checkpoint(TRUNCATE)");
}
