/* The database: counters, snapshots, and the health that is made of them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What was not known when a snapshot was taken is NULL, never 0.  Whoever
   stores a snapshot a second time changes nothing.  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "database_private.h"

bool
database_last_snapshot (struct database *database, uint64_t *sequence)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_GET_LAST_SNAPSHOT);
  sqlite3_int64 last = 0;
  bool found;

  database_bind (statement, 1, &database->boot_id);
  if (!database_look_up (statement, &last, &found))
    return false;
  *sequence = last;
  return true;
}

bool
database_begin_counters (struct database *database)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_END_COUNTERS);

  memset (database->counters, 0, sizeof database->counters);
  database_bind (statement, 1, &database->boot_id);
  return database_perform (statement);
}

bool
database_put_counter (struct database *database,
		      const mdtrace_counter_info_t *counter)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_COUNTER);
  const sqlite3_int64 values[]
      = { database->boot_id, counter->number,  counter->sample,
	  counter->sites,    counter->refused, (sqlite3_int64) counter->lost };
  sqlite3_int64 key;
  bool found;

  if (counter->number >= MDTRACE_COUNTER_SLOTS)
    return true;
  database_bind (statement, 6, values);
  database_bind_text (statement, 7, counter->name);
  database_bind_text (statement, 8, counter->unit);
  database_bind_text (statement, 9,
		      mdtrace_counter_kind_words (counter->kind));
  database_bind_text (statement, 10,
		      mdtrace_counter_source_words (counter->source));
  database_bind_text (statement, 11,
		      mdtrace_counter_state_words (counter->state));
  database_bind_text (statement, 12, counter->detail);
  if (!database_look_up (statement, &key, &found) || !found)
    return false;
  database->counters[counter->number] = key;
  return true;
}

/* The key of counter NUMBER of the present boot.  One that was forgotten
   before its name was known has none.  */
static bool
find_counter (struct database *database, uint32_t number, sqlite3_int64 *key)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_GET_COUNTER);
  const sqlite3_int64 values[] = { database->boot_id, number };
  mdtrace_counter_info_t nameless
      = { .number = number, .kind = MDTRACE_COUNTER_COUNT, .sample = 1 };
  bool found;

  *key = database->counters[number];
  if (*key != 0)
    return true;
  database_bind (statement, 2, values);
  if (!database_look_up (statement, key, &found))
    return false;
  if (!found && !database_put_counter (database, &nameless))
    return false;
  if (found)
    database->counters[number] = *key;
  *key = database->counters[number];
  return true;
}

/* Store what each counter that was on had come to at SNAPSHOT.  */
static bool
put_values (struct database *database, const mdtrace_snapshot_t *snapshot)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_COUNTER_VALUE);
  bool good = true;

  for (unsigned i = 0; i < MDTRACE_COUNTER_SLOTS && good; i++)
    if (snapshot->known & MDTRACE_COUNTER_BIT (i))
      {
	sqlite3_int64 values[]
	    = { database->boot_id, (sqlite3_int64) snapshot->sequence, 0,
		(sqlite3_int64) snapshot->counters[i].count,
		(sqlite3_int64) snapshot->counters[i].sum };
	good = find_counter (database, i, &values[2]);
	if (!good)
	  break;
	database_bind (statement, 5, values);
	good = database_perform (statement);
      }
  return good;
}

/* Let parameter INDEX of STATEMENT be NUMBER, if that IS_KNOWN.  */
static void
bind_known (sqlite3_stmt *statement, int index, bool is_known, uint64_t number)
{
  if (is_known)
    sqlite3_bind_int64 (statement, index, (sqlite3_int64) number);
  else
    sqlite3_bind_null (statement, index);
}

bool
database_put_snapshot (struct database *database,
		       const mdtrace_snapshot_t *snapshot)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_SNAPSHOT);
  const sqlite3_int64 values[] = { database->boot_id,
				   (sqlite3_int64) snapshot->sequence,
				   (sqlite3_int64) snapshot->time_ns,
				   (sqlite3_int64) snapshot->uptime_ns,
				   snapshot->tasks,
				   snapshot->threads,
				   snapshot->cpus,
				   (sqlite3_int64) snapshot->memory_bytes,
				   (sqlite3_int64) snapshot->free_bytes,
				   (sqlite3_int64) snapshot->low_bytes,
				   (sqlite3_int64) snapshot->min_bytes,
				   (sqlite3_int64) snapshot->user_ns,
				   (sqlite3_int64) snapshot->system_ns,
				   (sqlite3_int64) snapshot->idle_ns,
				   (sqlite3_int64) snapshot->faults,
				   (sqlite3_int64) snapshot->pageins,
				   (sqlite3_int64) snapshot->pageouts,
				   (sqlite3_int64) snapshot->hits,
				   (sqlite3_int64) snapshot->lost };
  const int count = sizeof values / sizeof values[0];

  database_bind (statement, count, values);
  bind_known (statement, count + 1, snapshot->utilisation != MDTRACE_UNKNOWN,
	      snapshot->utilisation);
  bind_known (statement, count + 2,
	      snapshot->known
		  & MDTRACE_COUNTER_BIT (MDTRACE_COUNTER_INTERRUPT_OVERHEAD),
	      snapshot->interrupt_ns);
  bind_known (statement, count + 3,
	      snapshot->known
		  & MDTRACE_COUNTER_BIT (MDTRACE_COUNTER_IPC_LATENCY),
	      snapshot->ipc_ns);
  return database_perform (statement) && put_values (database, snapshot);
}

/* Store what is said of PART of COUNTER.  */
static bool
put_part (struct database *database, sqlite3_int64 key,
	  const mdtrace_counter_info_t *counter, uint32_t part)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_PUT_PART);
  const sqlite3_int64 values[] = { key, part };
  char words[16];

  database_bind (statement, 2, values);
  database_bind_text (
      statement, 3,
      mdtrace_counter_part_words (counter->number, part, words, sizeof words));
  database_bind_text (
      statement, 4,
      mdtrace_counter_kind_words (mdtrace_counter_part_kind (counter, part)));
  database_bind_text (statement, 5, mdtrace_counter_part_unit (counter, part));
  return database_perform (statement);
}

/* The buckets of VALUE as a JSON array in TEXT, without the empty ones at the
   end.  */
static void
put_buckets (const mdtrace_counter_value_t *value, char *text, size_t bytes)
{
  unsigned count = MDTRACE_COUNTER_BUCKETS;
  size_t used = 0;

  while (count > 0 && value->buckets[count - 1] == 0)
    count--;
  for (unsigned i = 0; i < count && used < bytes; i++)
    used += snprintf (text + used, bytes - used, "%c%llu", i == 0 ? '[' : ',',
		      (unsigned long long) value->buckets[i]);
  snprintf (text + used, bytes - used, "%s", count == 0 ? "[]" : "]");
}

bool
database_put_counter_value (struct database *database,
			    const mdtrace_counter_info_t *counter,
			    const mdtrace_counter_value_t *value,
			    uint64_t time_ns)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_COUNTER_READING);
  bool is_duration = mdtrace_counter_part_kind (counter, value->part)
		     == MDTRACE_COUNTER_DURATION;
  /* Twenty digits and a comma for each.  */
  char buckets[MDTRACE_COUNTER_BUCKETS * 21 + 3];
  sqlite3_int64 key;

  if (counter->number >= MDTRACE_COUNTER_SLOTS)
    return true;
  if (!find_counter (database, counter->number, &key)
      || !put_part (database, key, counter, value->part))
    return false;
  const sqlite3_int64 values[] = { (sqlite3_int64) time_ns,
				   key,
				   value->part,
				   value->sample,
				   (sqlite3_int64) value->count,
				   (sqlite3_int64) value->sum };
  database_bind (statement, 6, values);
  bind_known (statement, 7, is_duration, value->minimum);
  bind_known (statement, 8, is_duration, value->maximum);
  put_buckets (value, buckets, sizeof buckets);
  database_bind_text (statement, 9, is_duration ? buckets : NULL);
  return database_perform (statement);
}

bool
database_put_factors (struct database *database)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_FACTOR);
  bool good = true;

  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS && good; i++)
    {
      const struct mdtrace_health_words *words = mdtrace_health_words (i);
      database_bind_text (statement, 1, words->word);
      database_bind_text (statement, 2, words->counter);
      database_bind_text (statement, 3, words->unit);
      database_bind_text (statement, 4, words->measured);
      good = database_perform (statement);
    }
  return good;
}

bool
database_put_health (struct database *database, const mdtrace_snapshot_t *then,
		     const mdtrace_snapshot_t *now,
		     const struct mdtrace_health_rule *rules,
		     const mdtrace_health_t *health)
{
  sqlite3_stmt *score = database_statement (database, STATEMENT_PUT_HEALTH);
  sqlite3_stmt *factor
      = database_statement (database, STATEMENT_PUT_HEALTH_FACTOR);
  const sqlite3_int64 values[]
      = { database->boot_id, (sqlite3_int64) now->time_ns, health->score,
	  (sqlite3_int64) now->sequence, (sqlite3_int64) then->sequence };

  database_bind (score, 5, values);
  bool good = database_perform (score);
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS && good; i++)
    {
      const struct mdtrace_health_deduction *deduction = &health->factors[i];
      const sqlite3_int64 numbers[]
	  = { database->boot_id,     (sqlite3_int64) now->time_ns,
	      deduction->known != 0, rules[i].reference,
	      rules[i].worst,	     rules[i].points };
      database_bind (factor, 6, numbers);
      bind_known (factor, 7, deduction->known, deduction->points);
      bind_known (factor, 8, deduction->known, deduction->measured);
      database_bind_text (factor, 9, mdtrace_health_words (i)->word);
      good = database_perform (factor);
    }
  return good;
}
