/* The database: probes, their sites, and what has become of them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "database_private.h"

/* Put the last part of a description into TEXT: PART, or the offset of an
   address.  */
static void
put_name (char *text, size_t bytes, const char *part, bool is_address,
	  uint64_t offset)
{
  if (is_address)
    snprintf (text, bytes, "+0x%llx", (unsigned long long) offset);
  else
    snprintf (text, bytes, "%s", part);
}

bool
database_probe_key (struct database *database, uint32_t id, sqlite3_int64 *key)
{
  size_t i = id % PROBES_CACHED;

  if (database->probes[i].key == 0 || database->probes[i].probe_id != id)
    {
      sqlite3_stmt *statement
	  = database_statement (database, STATEMENT_GET_PROBE_KEY);
      const sqlite3_int64 values[] = { database->boot_id, id };
      bool found;
      database_bind (statement, 2, values);
      *key = 0;
      if (!database_look_up (statement, key, &found))
	return false;
      if (!found)
	return true;
      database->probes[i].probe_id = id;
      database->probes[i].key = *key;
    }
  *key = database->probes[i].key;
  return true;
}

bool
database_has_probe (struct database *database, uint32_t id, bool *has)
{
  sqlite3_int64 key;
  bool good = database_probe_key (database, id, &key);

  *has = good && key != 0;
  return good;
}

/* What was stored of a probe.  */
struct stored
{
  bool same_state;
  sqlite3_int64 dropped, throttled, missed;
  uint32_t stopped_share;
};

/* Look up what is stored of PROBE, whose key is KEY, if that is not 0.  */
static bool
get_stored (struct database *database, const mdtrace_probe_info_t *probe,
	    sqlite3_int64 key, struct stored *stored)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_GET_PROBE);

  memset (stored, 0, sizeof *stored);
  if (key == 0)
    return true;
  if (statement == NULL)
    return false;
  database_bind (statement, 1, &key);
  if (sqlite3_step (statement) == SQLITE_ROW)
    {
      const char *state = (const char *) sqlite3_column_text (statement, 0);
      stored->same_state
	  = state != NULL
	    && strcmp (state, mdtrace_state_words (probe->state)) == 0;
      stored->dropped = sqlite3_column_int64 (statement, 1);
      stored->throttled = sqlite3_column_int64 (statement, 2);
      stored->missed = sqlite3_column_int64 (statement, 3);
      stored->stopped_share = sqlite3_column_int64 (statement, 4);
    }
  return sqlite3_reset (statement) == SQLITE_OK;
}

static bool
put_row (struct database *database, const mdtrace_probe_info_t *probe)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_PUT_PROBE);
  char name[MDTRACE_EVENT_BYTES];

  if (probe->event[0] != '\0')
    put_name (name, sizeof name, probe->event, false, 0);
  else
    put_name (name, sizeof name, mdtrace_kinds_part (probe->kinds),
	      probe->kinds == 1 << MDTRACE_PROBE_ADDRESS, probe->offset);
  sqlite3_bind_int64 (statement, 1, database->boot_id);
  sqlite3_bind_int64 (statement, 2, probe->id);
  database_bind_text (statement, 3, probe->provider);
  database_bind_text (statement, 4, probe->module);
  database_bind_text (statement, 5, probe->function);
  database_bind_text (statement, 6, name);
  database_bind_text (statement, 7, mdtrace_kinds_words (probe->kinds));
  database_bind_text (statement, 8, probe->label);
  sqlite3_bind_int64 (statement, 9, probe->address);
  sqlite3_bind_int64 (statement, 10, probe->sites);
  sqlite3_bind_int64 (statement, 11, probe->functions);
  sqlite3_bind_int64 (statement, 12, probe->refused);
  sqlite3_bind_int64 (statement, 13, probe->fields);
  database_bind_text (statement, 14, probe->names);
  sqlite3_bind_int64 (statement, 15, probe->persist);
  database_bind_text (statement, 16, mdtrace_state_words (probe->state));
  sqlite3_bind_int64 (statement, 17, probe->counts.hits);
  sqlite3_bind_int64 (statement, 18, probe->counts.recorded);
  sqlite3_bind_int64 (statement, 19, probe->counts.filtered);
  sqlite3_bind_int64 (statement, 20, probe->counts.dropped);
  sqlite3_bind_int64 (statement, 21, probe->counts.throttled);
  sqlite3_bind_int64 (statement, 22, probe->counts.missed);
  return database_perform (statement);
}

static bool
put_usage (struct database *database, sqlite3_int64 key,
	   const struct database_usage *usage)
{
  const sqlite3_int64 values[] = { key,
				   (sqlite3_int64) usage->faults,
				   (sqlite3_int64) usage->unpaired,
				   (sqlite3_int64) usage->abandoned,
				   (sqlite3_int64) usage->overflows,
				   (sqlite3_int64) usage->spent_ns,
				   usage->stopped_share,
				   usage->stopped_cpu };
  sqlite3_stmt *statement = database_statement (database, STATEMENT_PUT_USAGE);

  database_bind (statement, sizeof values / sizeof values[0], values);
  return database_perform (statement);
}

bool
database_put_probe (struct database *database,
		    const mdtrace_probe_info_t *probe,
		    const struct database_usage *usage, uint64_t time_ns,
		    bool *is_stopped)
{
  sqlite3_int64 key;
  struct stored stored;

  if (!database_probe_key (database, probe->id, &key)
      || !get_stored (database, probe, key, &stored)
      || !put_row (database, probe)
      || (key == 0 && !database_probe_key (database, probe->id, &key))
      || (usage != NULL && !put_usage (database, key, usage)))
    return false;
  *is_stopped = usage != NULL && usage->stopped_share != 0
		&& stored.stopped_share == 0;
  /* What a flight recorder has given up is dropped for as long as nobody reads
     it, and so may become fewer.  */
  const sqlite3_int64 lost[]
      = { key, (sqlite3_int64) time_ns,
	  (sqlite3_int64) probe->counts.dropped - stored.dropped,
	  (sqlite3_int64) probe->counts.throttled - stored.throttled,
	  (sqlite3_int64) probe->counts.missed - stored.missed };
  if (lost[2] != 0 || lost[3] != 0 || lost[4] != 0)
    {
      sqlite3_stmt *loss = database_statement (database, STATEMENT_PUT_LOSS);
      database_bind (loss, 5, lost);
      if (!database_perform (loss))
	return false;
    }
  if (stored.same_state)
    return true;
  sqlite3_stmt *history = database_statement (database, STATEMENT_PUT_HISTORY);
  database_bind (history, 2, lost);
  return database_perform (history);
}

/* The words of the keys in the mask KEYS, separated by commas.  */
static void
put_keys (char *text, size_t bytes, uint32_t keys)
{
  static const struct
  {
    uint32_t bit;
    const char *word;
  } words[] = {
#define MDTRACE_KEY(bit, name, word, words, documentation)                    \
  { MDTRACE_KEY_##name, word },
#include "mdtrace_keys.def"
#undef MDTRACE_KEY
  };
  size_t used = 0;

  text[0] = '\0';
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (keys & words[i].bit && used < bytes)
      used += snprintf (text + used, bytes - used, "%s%s", used > 0 ? "," : "",
			words[i].word);
}

static const char *
aggregation_word (uint32_t aggregation)
{
  switch (aggregation)
    {
#define MDTRACE_AGGREGATION(number, name, word, cells, documentation)         \
  case number:                                                                \
    return word;
#include "mdtrace_aggregations.def"
#undef MDTRACE_AGGREGATION
    default:
      return "";
    }
}

/* The column that the field with number BIT has.  */
static const char *
field_column (uint32_t bit)
{
  switch (bit)
    {
#define MDTRACE_FIELD(bit, name, column, documentation)                       \
  case bit:                                                                   \
    return #column;
#include "mdtrace_fields.def"
#undef MDTRACE_FIELD
    default:
      return "";
    }
}

bool
database_put_options (struct database *database, uint32_t id,
		      const mdtrace_probe_options_t *options)
{
  sqlite3_stmt *statement
      = database_statement (database, STATEMENT_PUT_OPTIONS);
  bool has_value = options->aggregation != MDTRACE_AGGREGATION_NONE
		   && options->aggregation != MDTRACE_AGGREGATION_COUNT;
  sqlite3_int64 key;
  char keys[128];

  if (!database_probe_key (database, id, &key))
    return false;
  const sqlite3_int64 values[]
      = { key, options->latency != 0, options->stack_depth, options->limit,
	  options->budget };
  database_bind (statement, sizeof values / sizeof values[0], values);
  put_keys (keys, sizeof keys, options->keys);
  database_bind_text (statement, 6, options->filter);
  database_bind_text (statement, 7, aggregation_word (options->aggregation));
  database_bind_text (statement, 8, keys);
  database_bind_text (statement, 9,
		      has_value ? field_column (options->value) : "");
  return database_perform (statement);
}

bool
database_put_site (struct database *database, uint32_t id,
		   const struct mdtrace_site *site, const char *event)
{
  sqlite3_stmt *statement = database_statement (database, STATEMENT_PUT_SITE);
  uint64_t offset = site->address - site->function_address;
  sqlite3_int64 key;
  char name[MDTRACE_EVENT_BYTES];

  if (!database_probe_key (database, id, &key))
    return false;
  if (event[0] != '\0')
    put_name (name, sizeof name, event, false, 0);
  else
    put_name (name, sizeof name, mdtrace_kind_part (site->kind),
	      site->kind == MDTRACE_PROBE_ADDRESS, offset);
  sqlite3_bind_int64 (statement, 1, key);
  sqlite3_bind_int64 (statement, 2, site->address);
  database_bind_text (statement, 3, site->function);
  database_bind_text (statement, 4, name);
  database_bind_text (statement, 5, mdtrace_kind_words (site->kind));
  sqlite3_bind_int64 (statement, 6, offset);
  database_bind_text (statement, 7, mdtrace_mode_words (site->plan));
  return database_perform (statement);
}
