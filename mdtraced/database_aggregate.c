/* The database: aggregations.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel's numbers only grow, until somebody clears the aggregation.  Of
   each reading only what differs from the one before is stored: the number
   itself, in place of the last one, and in the history with what was added.
   So a reading that could not be stored is none that is missed, and one that
   is stored twice changes nothing.

   That it was cleared since shows by a key that is gone, by a number that is
   less, or by more hits that the probe has recorded and that are not there
   than can be under way.  Then a new generation begins.  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "database_private.h"

/* What is stored of an aggregation.  */
struct stored
{
  bool is_there;
  sqlite3_int64 read_ns, generation, cleared, entries;
};

/* What is stored of an entry; KEY 0: nothing.  */
struct stored_entry
{
  sqlite3_int64 key, generation, count, value;
};

/* A reading that is stored.  */
struct writer
{
  struct database *database;
  const struct database_reading *reading;
  const struct mdtrace_names *names;
  sqlite3_int64 probe_key, time_ns, generation;
  uint8_t words[8 * MDTRACE_KEY_WORDS_MAX]; /* of one key, as it is stored */
};

static const uint64_t *
entry_key (const struct mdtrace_aggregate *aggregate, size_t number)
{
  return aggregate->words
	 + number * (aggregate->usage.key_words + aggregate->usage.cell_words);
}

static const uint64_t *
entry_cells (const struct mdtrace_aggregate *aggregate, size_t number)
{
  return entry_key (aggregate, number) + aggregate->usage.key_words;
}

/* Cells that come before the buckets of a histogram; all if it is none.  */
static uint32_t
cells_before_buckets (const struct mdtrace_aggregate *aggregate)
{
  bool is_histogram
      = aggregate->options.aggregation == MDTRACE_AGGREGATION_HIST
	|| aggregate->options.aggregation == MDTRACE_AGGREGATION_LHIST;

  return is_histogram ? 2 : aggregate->usage.cell_words;
}

/* ----------------------------------------------------------------------- */
/* What is stored already.  */

static bool
get_stored (struct database *database, sqlite3_int64 probe_key,
	    struct stored *stored)
{
  sqlite3_stmt *get = database_statement (database, STATEMENT_GET_AGGREGATION);

  memset (stored, 0, sizeof *stored);
  if (get == NULL)
    return false;
  database_bind (get, 1, &probe_key);
  if (sqlite3_step (get) == SQLITE_ROW)
    {
      stored->is_there = true;
      stored->read_ns = sqlite3_column_int64 (get, 0);
      stored->generation = sqlite3_column_int64 (get, 1);
      stored->cleared = sqlite3_column_int64 (get, 2);
      stored->entries = sqlite3_column_int64 (get, 3);
    }
  return sqlite3_reset (get) == SQLITE_OK;
}

/* Turn the key of the entry NUMBER into the bytes that are stored of it.
   Returns how many they are.  */
static int
put_words (struct writer *writer, size_t number)
{
  const struct mdtrace_aggregate *aggregate = writer->reading->aggregate;
  const uint64_t *key = entry_key (aggregate, number);
  uint8_t *end = writer->words;

  for (uint32_t i = 0; i < aggregate->usage.key_words; i++)
    for (int shift = 0; shift < 64; shift += 8)
      *end++ = (uint8_t) (key[i] >> shift);
  return (int) (end - writer->words);
}

/* Look up what is stored of the entry NUMBER.  */
static bool
get_entry (struct writer *writer, size_t number, struct stored_entry *entry)
{
  sqlite3_stmt *get
      = database_statement (writer->database, STATEMENT_GET_AGGREGATE);

  memset (entry, 0, sizeof *entry);
  if (get == NULL)
    return false;
  sqlite3_bind_int64 (get, 1, writer->probe_key);
  sqlite3_bind_blob (get, 2, writer->words, put_words (writer, number),
		     SQLITE_STATIC);
  if (sqlite3_step (get) == SQLITE_ROW)
    {
      entry->key = sqlite3_column_int64 (get, 0);
      entry->generation = sqlite3_column_int64 (get, 1);
      entry->count = sqlite3_column_int64 (get, 2);
      entry->value = sqlite3_column_int64 (get, 3);
    }
  return sqlite3_reset (get) == SQLITE_OK;
}

/* Look up what is stored of all entries, and find out whether they are of a
   new generation, and how many hits were cleared before it.  */
static bool
find_generation (struct writer *writer, struct stored *stored)
{
  const struct database_reading *reading = writer->reading;
  const struct mdtrace_aggregate *aggregate = reading->aggregate;
  bool is_less = false;
  sqlite3_int64 present = 0;
  uint64_t sum = 0;

  for (size_t i = 0; i < aggregate->count; i++)
    {
      struct stored_entry entry;
      uint64_t count = entry_cells (aggregate, i)[0];
      if (!get_entry (writer, i, &entry))
	return false;
      sum += count;
      if (entry.key != 0 && entry.generation == stored->generation)
	{
	  present++;
	  is_less |= count < (uint64_t) entry.count;
	}
    }
  uint64_t missing
      = reading->recorded_after > sum ? reading->recorded_after - sum : 0;
  bool is_quiet = reading->recorded_before == reading->recorded_after;
  /* Each hit that was recorded before is there, or was cleared; but one on
     each CPU may be under way.  */
  if (stored->is_there
      && (is_less || present < stored->entries
	  || reading->recorded_before
		 > sum + (uint64_t) stored->cleared + MDTRACE_CPUS_MAX))
    {
      stored->generation++;
      stored->cleared = (sqlite3_int64) missing;
    }
  /* Of what is missing some may have come after it was read: it is too many
     rather than too few.  */
  else if (!stored->is_there || is_quiet
	   || missing < (uint64_t) stored->cleared)
    stored->cleared = (sqlite3_int64) missing;
  return true;
}

/* ----------------------------------------------------------------------- */
/* Keys.  */

/* Bind the name of the function at ADDRESS, or the address if it has none, to
   the last parameter of PUT.  */
static bool
bind_function (struct writer *writer, sqlite3_stmt *put, uint64_t address)
{
  sqlite3_stmt *get
      = database_statement (writer->database, STATEMENT_GET_FUNCTION);
  char text[24];

  if (get == NULL)
    return false;
  sqlite3_bind_int64 (get, 1, writer->database->kernel_id);
  sqlite3_bind_int64 (get, 2, (sqlite3_int64) address);
  snprintf (text, sizeof text, "0x%" PRIx64, address);
  if (sqlite3_step (get) == SQLITE_ROW)
    sqlite3_bind_value (put, 20, sqlite3_column_value (get, 0));
  else
    sqlite3_bind_text (put, 20, text, -1, SQLITE_TRANSIENT);
  return sqlite3_reset (get) == SQLITE_OK;
}

/* Bind the site at ADDRESS to PUT, and the name of its function if WITH_NAME
   and that is known.  */
static bool
bind_site (struct writer *writer, sqlite3_stmt *put, uint64_t address,
	   bool with_name)
{
  sqlite3_stmt *get
      = database_statement (writer->database, STATEMENT_GET_SITE_FUNCTION);

  sqlite3_bind_int64 (put, 11, (sqlite3_int64) address);
  if (!with_name)
    return true;
  if (get == NULL)
    return false;
  sqlite3_bind_int64 (get, 1, writer->probe_key);
  sqlite3_bind_int64 (get, 2, (sqlite3_int64) address);
  if (sqlite3_step (get) == SQLITE_ROW)
    sqlite3_bind_value (put, 20, sqlite3_column_value (get, 0));
  return sqlite3_reset (get) == SQLITE_OK;
}

/* Bind the task in WORDS to PUT.  */
static bool
bind_task (struct writer *writer, sqlite3_stmt *put, const uint64_t *words)
{
  char name[MDTRACE_TASK_NAME_BYTES + 1] = "";
  sqlite3_int64 name_id;

  memcpy (name, words + 1, MDTRACE_TASK_NAME_BYTES);
  /* Names have one character less.  */
  name[MDTRACE_TASK_NAME_BYTES - 1] = '\0';
  sqlite3_bind_int64 (put, 7, (sqlite3_int64) words[0]);
  if (name[0] == '\0')
    return true;
  if (!database_name_id (writer->database, name, &name_id))
    return false;
  sqlite3_bind_int64 (put, 8, name_id);
  return true;
}

/* Bind the stack of up to DEPTH frames in WORDS to PUT.  */
static bool
bind_stack (struct writer *writer, sqlite3_stmt *put, const uint64_t *words,
	    uint32_t depth)
{
  uint32_t count = words[0] < depth ? (uint32_t) words[0] : depth;
  sqlite3_int64 key;

  if (!database_stack_key (writer->database, words + 1, count, &key))
    return false;
  if (key != 0)
    sqlite3_bind_int64 (put, 19, key);
  return true;
}

/* Bind what BIT of the key says, in WORDS, to PUT.  */
static bool
bind_key (struct writer *writer, sqlite3_stmt *put, uint32_t bit,
	  const uint64_t *words)
{
  const mdtrace_probe_options_t *options
      = &writer->reading->aggregate->options;
  const struct mdtrace_names *names = writer->names;

  switch (bit)
    {
    case MDTRACE_KEY_TASK:
      return bind_task (writer, put, words);
    case MDTRACE_KEY_THREAD:
      sqlite3_bind_int64 (put, 9, (sqlite3_int64) words[0]);
      return true;
    case MDTRACE_KEY_CPU:
      sqlite3_bind_int64 (put, 10, (sqlite3_int64) words[0]);
      return true;
    case MDTRACE_KEY_FUNCTION:
      return bind_function (writer, put, words[0]);
    case MDTRACE_KEY_SITE:
      return bind_site (writer, put, words[0],
			(options->keys & MDTRACE_KEY_FUNCTION) == 0);
    case MDTRACE_KEY_RETVAL:
      sqlite3_bind_int64 (
	  put, 12,
	  (sqlite3_int64) mdtrace_value_read (&names->retval, words[0]));
      return true;
    case MDTRACE_KEY_STACK:
      return bind_stack (writer, put, words, options->stack_depth);
    default:
      for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
	if (bit == (uint32_t) MDTRACE_KEY_ARG0 << i)
	  sqlite3_bind_int64 (put, 13 + i,
			      (sqlite3_int64) mdtrace_value_read (
				  &names->values[i], words[0]));
      return true;
    }
}

/* Bind the key of the entry NUMBER to PUT.  */
static bool
bind_keys (struct writer *writer, sqlite3_stmt *put, size_t number)
{
  static const struct
  {
    uint32_t bit;
    unsigned words;
  } keys[] = {
#define MDTRACE_KEY(bit, name, word, words, documentation)                    \
  { MDTRACE_KEY_##name, words },
#include "mdtrace_keys.def"
#undef MDTRACE_KEY
  };
  const struct mdtrace_aggregate *aggregate = writer->reading->aggregate;
  const uint64_t *words = entry_key (aggregate, number);

  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (aggregate->options.keys & keys[i].bit)
      {
	if (!bind_key (writer, put, keys[i].bit, words))
	  return false;
	words += keys[i].words;
      }
  return true;
}

/* ----------------------------------------------------------------------- */
/* Entries.  */

/* The least value that belongs into BUCKET; false: there is none.  */
static bool
bucket_low (const mdtrace_probe_options_t *options, uint32_t bucket,
	    sqlite3_int64 *low)
{
  *low = 0;
  if (bucket == 0)
    return false;
  if (options->aggregation == MDTRACE_AGGREGATION_LHIST)
    *low = (sqlite3_int64) ((uint64_t) options->low
			    + (bucket - 1) * options->step);
  else if (bucket > 1)
    *low = (sqlite3_int64) (UINT64_C (1) << (bucket - 2) % 64);
  return true;
}

/* Store BUCKET of the entry with KEY, which has COUNT and had BEFORE.  */
static bool
put_bucket (struct writer *writer, sqlite3_int64 key, uint32_t bucket,
	    uint64_t count, uint64_t before)
{
  struct database *database = writer->database;
  sqlite3_stmt *put = database_statement (database, STATEMENT_PUT_BUCKET);
  sqlite3_stmt *history
      = database_statement (database, STATEMENT_PUT_BUCKET_HISTORY);
  const sqlite3_int64 values[] = { key, bucket, (sqlite3_int64) count };
  const sqlite3_int64 change[]
      = { key, writer->time_ns, bucket, (sqlite3_int64) count,
	  (sqlite3_int64) (count - before) };
  sqlite3_int64 low;

  database_bind (put, 3, values);
  if (bucket_low (&writer->reading->aggregate->options, bucket, &low))
    sqlite3_bind_int64 (put, 4, low);
  else
    sqlite3_bind_null (put, 4);
  database_bind (history, 5, change);
  return database_perform (put) && database_perform (history);
}

/* Store the COUNT buckets at CELLS of the entry with KEY; IS_NEW: it had none
   in this generation.  */
static bool
put_buckets (struct writer *writer, sqlite3_int64 key, const uint64_t *cells,
	     uint32_t count, bool is_new)
{
  struct database *database = writer->database;
  uint64_t before[MDTRACE_CELL_WORDS_MAX] = { 0 };
  sqlite3_stmt *get = database_statement (database, STATEMENT_GET_BUCKETS);
  sqlite3_stmt *empty = database_statement (database, STATEMENT_EMPTY_BUCKETS);

  if (count == 0)
    return true;
  database_bind (empty, 1, &key);
  if (get == NULL || (is_new && !database_perform (empty)))
    return false;
  database_bind (get, 1, &key);
  while (sqlite3_step (get) == SQLITE_ROW)
    {
      sqlite3_int64 bucket = sqlite3_column_int64 (get, 0);
      if (bucket >= 0 && bucket < MDTRACE_CELL_WORDS_MAX)
	before[bucket] = sqlite3_column_int64 (get, 1);
    }
  bool good = sqlite3_reset (get) == SQLITE_OK;
  for (uint32_t i = 0; i < count && good; i++)
    if (cells[i] != before[i])
      good = put_bucket (writer, key, i, cells[i], before[i]);
  return good;
}

/* Store that the entry NUMBER has changed from what ENTRY is, and set *KEY. */
static bool
put_state (struct writer *writer, size_t number,
	   const struct stored_entry *entry, sqlite3_int64 *key)
{
  const struct mdtrace_aggregate *aggregate = writer->reading->aggregate;
  const uint64_t *cells = entry_cells (aggregate, number);
  bool has_value = aggregate->usage.cell_words > 1;
  bool is_known = entry->key != 0, found;
  sqlite3_stmt *put = database_statement (writer->database,
					  is_known ? STATEMENT_CHANGE_AGGREGATE
						   : STATEMENT_PUT_AGGREGATE);
  const sqlite3_int64 values[]
      = { is_known ? entry->key : writer->probe_key, writer->generation,
	  writer->time_ns, (sqlite3_int64) cells[0],
	  has_value ? (sqlite3_int64) cells[1] : 0 };

  if (put == NULL)
    return false;
  sqlite3_clear_bindings (put);
  database_bind (put, has_value ? 5 : 4, values);
  *key = entry->key;
  if (is_known)
    return database_perform (put);
  sqlite3_bind_blob (put, 6, writer->words, put_words (writer, number),
		     SQLITE_STATIC);
  return bind_keys (writer, put, number) && database_look_up (put, key, &found)
	 && found;
}

/* Store the entry NUMBER, if it is another than what is stored; then *CHANGED
   is set.  */
static bool
put_entry (struct writer *writer, size_t number, bool *changed)
{
  const struct mdtrace_aggregate *aggregate = writer->reading->aggregate;
  const uint64_t *cells = entry_cells (aggregate, number);
  uint32_t first_bucket = cells_before_buckets (aggregate);
  bool has_value = aggregate->usage.cell_words > 1;
  struct stored_entry entry;
  sqlite3_int64 key;

  if (!get_entry (writer, number, &entry))
    return false;
  bool is_new = entry.key == 0 || entry.generation != writer->generation;
  if (!is_new && (uint64_t) entry.count == cells[0]
      && (!has_value || (uint64_t) entry.value == cells[1]))
    return true;
  *changed = true;
  if (!put_state (writer, number, &entry, &key))
    return false;
  sqlite3_stmt *history
      = database_statement (writer->database, STATEMENT_PUT_AGGREGATE_HISTORY);
  const sqlite3_int64 values[]
      = { key, writer->time_ns, (sqlite3_int64) cells[0],
	  has_value ? (sqlite3_int64) cells[1] : 0,
	  (sqlite3_int64) (cells[0] - (is_new ? 0 : (uint64_t) entry.count)) };
  database_bind (history, 5, values);
  if (!has_value)
    sqlite3_bind_null (history, 4);
  return database_perform (history)
	 && put_buckets (writer, key, cells + first_bucket,
			 aggregate->usage.cell_words - first_bucket, is_new);
}

/* Store that the aggregation has changed from BEFORE to STORED.  */
static bool
put_change (struct writer *writer, const struct stored *before,
	    const struct stored *stored)
{
  sqlite3_stmt *history = database_statement (
      writer->database, STATEMENT_PUT_AGGREGATION_HISTORY);
  const sqlite3_int64 values[]
      = { writer->probe_key, writer->time_ns, stored->generation,
	  stored->entries, before->read_ns };

  database_bind (history, 5, values);
  if (!before->is_there)
    sqlite3_bind_null (history, 5);
  return database_perform (history);
}

/* Store what has changed since BEFORE.  */
static bool
put_reading (struct writer *writer, const struct stored *before)
{
  struct database *database = writer->database;
  const struct mdtrace_aggregate *aggregate = writer->reading->aggregate;
  struct stored stored = *before;

  if (!find_generation (writer, &stored))
    return false;
  bool changed = !before->is_there || stored.generation != before->generation;
  writer->generation = stored.generation;
  for (size_t i = 0; i < aggregate->count; i++)
    if (!put_entry (writer, i, &changed))
      return false;
  stored.entries = (sqlite3_int64) aggregate->count;
  const sqlite3_int64 values[]
      = { writer->probe_key, writer->time_ns, stored.generation,
	  stored.cleared, stored.entries };
  sqlite3_stmt *put = database_statement (database, STATEMENT_PUT_AGGREGATION);
  database_bind (put, 5, values);
  return database_perform (put)
	 && (!changed || put_change (writer, before, &stored));
}

/* Store that nothing had changed by TIME_NS.  */
static bool
touch (struct database *database, sqlite3_int64 probe_key, uint64_t time_ns)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_TOUCH_AGGREGATION);
  const sqlite3_int64 values[] = { probe_key, (sqlite3_int64) time_ns };

  database_bind (statement, 2, values);
  return database_perform (statement);
}

bool
database_put_reading (struct database *database,
		      const struct database_reading *reading,
		      const struct mdtrace_names *names)
{
  struct writer writer
      = { .database = database, .reading = reading, .names = names };
  struct stored before;

  if (!database_probe_key (database, reading->probe_id, &writer.probe_key)
      || !get_stored (database, writer.probe_key, &before))
    return false;
  if (reading->aggregate == NULL)
    return touch (database, writer.probe_key, reading->time_ns);
  /* No two readings of a probe have the same time.  */
  writer.time_ns = (sqlite3_int64) reading->time_ns > before.read_ns
		       ? (sqlite3_int64) reading->time_ns
		       : before.read_ns + 1;
  return put_reading (&writer, &before);
}
