/* Traces that are read: what is known of probes, threads, stacks and symbols.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Read once by SQL and kept, so that events refer to it by pointers.  */

#include <config.h>

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "source_private.h"

enum
{
  BLOCK_BYTES = 1 << 16
};

struct source_block
{
  struct source_block *next;
  size_t used, bytes;
  _Alignas(8) char data[];
};

/* BYTES bytes that belong to MEMORY; null if there are none.  */
static void *
allocate (struct source_memory *memory, size_t bytes)
{
  struct source_block *block = memory->blocks;

  bytes = (bytes + 7) & ~(size_t) 7;
  if (block == NULL || block->bytes - block->used < bytes)
    {
      size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
      block = malloc (sizeof *block + size);
      if (block == NULL)
	return NULL;
      *block = (struct source_block){ .next = memory->blocks, .bytes = size };
      memory->blocks = block;
    }
  void *result = block->data + block->used;
  block->used += bytes;
  return result;
}

uint32_t
source_kind_of (const char *words)
{
  for (uint32_t kind = MDTRACE_PROBE_ENTRY; kind <= MDTRACE_PROBE_ADDRESS;
       kind++)
    if (strcmp (words, mdtrace_kind_words (kind)) == 0)
      return kind;
  return 0;
}

size_t
source_find_key (const struct source_keys *keys, int64_t key)
{
  if (keys->places != NULL)
    {
      if (key < 0 || key >= keys->span)
	return SIZE_MAX;
      uint32_t place = keys->places[key];
      return place != 0 ? place - 1 : SIZE_MAX;
    }
  size_t low = 0, high = keys->count;
  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      if (keys->keys[middle] < key)
	low = middle + 1;
      else
	high = middle;
    }
  return low < keys->count && keys->keys[low] == key ? low : SIZE_MAX;
}

/* Make KEYS, whose keys are there, ready to be searched.  */
static bool
prepare_keys (struct source *source, struct source_keys *keys)
{
  enum
  {
    DENSE = 8,
    SMALL = 1024
  };
  int64_t last = keys->count > 0 ? keys->keys[keys->count - 1] : 0;

  if (keys->count >= UINT32_MAX || (keys->count > 0 && keys->keys[0] < 0)
      || last >= (int64_t) (keys->count * DENSE + SMALL))
    return true;
  keys->span = last + 1;
  keys->places = calloc (keys->span, sizeof *keys->places);
  if (keys->places == NULL)
    return source_fail (source, "%s", strerror (errno));
  for (size_t i = 0; i < keys->count; i++)
    keys->places[keys->keys[i]] = i + 1;
  return true;
}

/* What takes a row of a table to ELEMENT, which is all zeros, and says
   IS_USELESS in SOURCE if damage that is passed over has left nothing of
   it.  */
typedef bool take_row (struct source *source, sqlite3_stmt *row,
		       void *element);

/* Read the rows that TEXT selects, which WHAT is a word for, into *ARRAY of
 *COUNT elements of BYTES bytes.  If KEYS is not null the first column is a
 *key, in order.  */
static bool
load (struct source *source, const char *what, const char *text,
      take_row *take, size_t bytes, void **array, size_t *count,
      struct source_keys *keys)
{
  sqlite3_stmt *row;
  size_t room = 0;
  bool good = true;

  if (sqlite3_prepare_v2 (source->connection, text, -1, &row, NULL)
      != SQLITE_OK)
    return source_fail (source, "%s", sqlite3_errmsg (source->connection));
  while (good && sqlite3_step (row) == SQLITE_ROW)
    {
      if (*count == room)
	{
	  room = room * 2 + 16;
	  void *more = reallocarray (*array, room, bytes);
	  int64_t *more_keys = keys != NULL ? reallocarray (keys->keys, room,
							    sizeof *keys->keys)
					    : NULL;
	  if (more != NULL)
	    *array = more;
	  if (more_keys != NULL)
	    keys->keys = more_keys;
	  if (more == NULL || (keys != NULL && more_keys == NULL))
	    {
	      good = source_fail (source, "%s", strerror (errno));
	      break;
	    }
	}
      void *element = (char *) *array + *count * bytes;
      memset (element, 0, bytes);
      source->is_useless = false;
      good = take (source, row, element);
      if (source->is_useless)
	continue;
      if (keys != NULL)
	keys->keys[keys->count++] = sqlite3_column_int64 (row, 0);
      ++*count;
    }
  int code = sqlite3_finalize (row) & 0xff;
  if (good && (code == SQLITE_CORRUPT || code == SQLITE_NOTADB))
    good = source_damaged (source, "%s, in what is known of its %s",
			   sqlite3_errmsg (source->connection), what);
  else if (good && code != SQLITE_OK)
    good = source_fail (source, "%s", sqlite3_errmsg (source->connection));
  return good && (keys == NULL || prepare_keys (source, keys));
}

/* A copy of the text in COLUMN of ROW; an empty one for NULL.  Null if there
   is no memory.  */
static const char *
take_text (struct source *source, sqlite3_stmt *row, int column)
{
  const char *text = (const char *) sqlite3_column_text (row, column);

  if (text == NULL || *text == '\0')
    return "";
  size_t bytes = strlen (text) + 1;
  char *copy = allocate (&source->memory, bytes);
  return copy != NULL ? memcpy (copy, text, bytes) : NULL;
}

static bool
no_memory (struct source *source)
{
  return source_fail (source, "%s", strerror (ENOMEM));
}

/* The names that TEXT has, which is shared by probes.  */
struct shared_names
{
  const char *text;
  struct mdtrace_names names;
};

static int
compare_names (const void *first, const void *second)
{
  const struct shared_names *a = first, *b = second;

  return strcmp (a->text, b->text);
}

/* The names that the text in COLUMN of ROW has; null if there is no memory.
   Most probes have the same few.  */
static const struct mdtrace_names *
take_names (struct source *source, sqlite3_stmt *row, int column)
{
  const char *text = (const char *) sqlite3_column_text (row, column);
  struct shared_names key = { .text = text };

  if (text == NULL)
    return NULL;
  struct shared_names **found = tfind (&key, &source->names, compare_names);
  if (found != NULL)
    return &(*found)->names;
  struct shared_names *names = allocate (&source->memory, sizeof *names);
  if (names == NULL)
    return NULL;
  names->text = take_text (source, row, column);
  if (names->text == NULL
      || tsearch (names, &source->names, compare_names) == NULL)
    return NULL;
  mdtrace_names_read (text, &names->names);
  return &names->names;
}

static bool
take_probe (struct source *source, sqlite3_stmt *row, void *element)
{
  struct source_probe *probe = element;
  const char **texts[] = { &probe->provider, &probe->module, &probe->function,
			   &probe->name, &probe->label };
  uint64_t *counts[] = { &probe->counts.hits,	   &probe->counts.recorded,
			 &probe->counts.filtered,  &probe->counts.dropped,
			 &probe->counts.throttled, &probe->counts.missed };

  probe->key = sqlite3_column_int64 (row, 0);
  probe->boot_id = sqlite3_column_int64 (row, 1);
  probe->id = sqlite3_column_int64 (row, 2);
  for (int i = 0; i < 5; i++)
    {
      *texts[i] = take_text (source, row, 3 + i);
      if (*texts[i] == NULL)
	return no_memory (source);
    }
  const char *kind = (const char *) sqlite3_column_text (row, 8);
  probe->names = take_names (source, row, 9);
  if (kind == NULL || probe->names == NULL)
    return no_memory (source);
  probe->kind = source_kind_of (kind);
  probe->fields = sqlite3_column_int64 (row, 10);
  probe->latency = sqlite3_column_int64 (row, 11) != 0;
  for (int i = 0; i < 6; i++)
    *counts[i] = sqlite3_column_int64 (row, 12 + i);
  return true;
}

static bool
take_site (struct source *source, sqlite3_stmt *row, void *element)
{
  struct source_site *site = element;
  const char *kind = (const char *) sqlite3_column_text (row, 6);
  size_t probe
      = source_find_key (&source->probe_keys, sqlite3_column_int64 (row, 1));

  site->key = sqlite3_column_int64 (row, 0);
  site->address = sqlite3_column_int64 (row, 2);
  site->offset = sqlite3_column_int64 (row, 3);
  site->function = take_text (source, row, 4);
  site->name = take_text (source, row, 5);
  if (site->function == NULL || site->name == NULL || kind == NULL)
    return no_memory (source);
  if (probe == SIZE_MAX)
    {
      source->is_useless = true;
      return source_damaged (source, "a site is of a probe that is not there");
    }
  site->kind = source_kind_of (kind);
  site->probe = &source->probes[probe];
  return true;
}

static bool
take_task (struct source *source, sqlite3_stmt *row, void *element)
{
  struct source_task *task = element;

  task->boot_id = sqlite3_column_int64 (row, 0);
  task->has_address = sqlite3_column_type (row, 1) != SQLITE_NULL;
  task->address = sqlite3_column_int64 (row, 1);
  task->name = take_text (source, row, 2);
  return task->name != NULL || no_memory (source);
}

static bool
take_thread (struct source *source, sqlite3_stmt *row, void *element)
{
  struct source_thread *thread = element;
  int64_t task = sqlite3_column_int64 (row, 3);

  thread->key = sqlite3_column_int64 (row, 0);
  thread->boot_id = sqlite3_column_int64 (row, 1);
  thread->has_address = sqlite3_column_type (row, 2) != SQLITE_NULL;
  thread->address = sqlite3_column_int64 (row, 2);
  if (task < 0 || (size_t) task >= source->task_count)
    {
      source->is_useless = true;
      return source_damaged (source, "a thread is of no task");
    }
  thread->task = &source->tasks[task];
  return true;
}

static bool
take_stack (struct source *source, sqlite3_stmt *row, void *element)
{
  struct source_stack *stack = element;
  const uint8_t *bytes = sqlite3_column_blob (row, 2);
  size_t count = sqlite3_column_bytes (row, 2) / sizeof (uint64_t);

  if (bytes == NULL || count > MDTRACE_STACK_DEPTH_MAX)
    count = 0;
  uint64_t *frames = allocate (&source->memory, count * sizeof *frames);
  if (frames == NULL)
    return no_memory (source);
  stack->key = sqlite3_column_int64 (row, 0);
  stack->kernel_id = sqlite3_column_int64 (row, 1);
  stack->count = count;
  stack->frames = frames;
  for (size_t i = 0; i < count; i++)
    {
      frames[i] = 0;
      for (int j = 7; j >= 0; j--)
	frames[i] = frames[i] << 8 | bytes[8 * i + j];
    }
  return true;
}

static bool
take_symbol (struct source *source, sqlite3_stmt *row, void *element)
{
  struct source_symbol *symbol = element;

  symbol->kernel_id = sqlite3_column_int64 (row, 0);
  symbol->address = sqlite3_column_int64 (row, 1);
  symbol->bytes = sqlite3_column_int64 (row, 2);
  symbol->name = take_text (source, row, 3);
  return symbol->name != NULL || no_memory (source);
}

/* Addresses are unsigned, and SQLite's numbers are not.  */
static int
compare_symbols (const void *first, const void *second)
{
  const struct source_symbol *a = first, *b = second;

  if (a->kernel_id != b->kernel_id)
    return a->kernel_id < b->kernel_id ? -1 : 1;
  if (a->address != b->address)
    return a->address < b->address ? -1 : 1;
  return strcmp (a->name, b->name);
}

/* Put the symbols in order.  Where several are at one address each has the
   name of the first.  */
static void
sort_symbols (struct source *source)
{
  struct source_symbol *symbols = source->symbols;

  if (source->symbol_count > 0)
    qsort (symbols, source->symbol_count, sizeof *symbols, compare_symbols);
  for (size_t i = 1; i < source->symbol_count; i++)
    if (symbols[i].kernel_id == symbols[i - 1].kernel_id
	&& symbols[i].address == symbols[i - 1].address)
      symbols[i].name = symbols[i - 1].name;
}

bool
source_load_names (struct source *source)
{
  bool good
      = load (source, "probes",
	      "SELECT probe_key, boot_id, probe_id, provider, module,"
	      " function, name, label, kind, args, fields, latency, hits,"
	      " recorded, filtered, dropped, throttled, missed"
	      " FROM probe ORDER BY probe_key",
	      take_probe, sizeof *source->probes, (void **) &source->probes,
	      &source->probe_count, &source->probe_keys)
	&& load (source, "sites",
		 "SELECT site_key, probe_key, address, offset, function, name,"
		 " kind FROM site ORDER BY site_key",
		 take_site, sizeof *source->sites, (void **) &source->sites,
		 &source->site_count, &source->site_keys)
	&& load (source, "tasks",
		 "SELECT DISTINCT boot_id, task, task_name FROM thread"
		 " LEFT JOIN task_name USING (task_name_id) ORDER BY 1, 2, 3",
		 take_task, sizeof *source->tasks, (void **) &source->tasks,
		 &source->task_count, NULL)
	&& load (source, "threads",
		 "SELECT thread_key, boot_id, thread,"
		 " dense_rank() OVER (ORDER BY boot_id, task, task_name) - 1"
		 " FROM thread LEFT JOIN task_name USING (task_name_id)"
		 " ORDER BY thread_key",
		 take_thread, sizeof *source->threads,
		 (void **) &source->threads, &source->thread_count,
		 &source->thread_keys)
	&& load (source, "stacks",
		 "SELECT stack_id, kernel_id, frames FROM stack"
		 " ORDER BY stack_id",
		 take_stack, sizeof *source->stacks, (void **) &source->stacks,
		 &source->stack_count, &source->stack_keys)
	&& load (source, "symbols",
		 "SELECT kernel_id, address, bytes, name FROM symbol",
		 take_symbol, sizeof *source->symbols,
		 (void **) &source->symbols, &source->symbol_count, NULL);

  if (!good)
    return false;
  for (size_t i = 0; i < source->probe_count; i++)
    source->probes[i].index = i;
  for (size_t i = 0; i < source->site_count; i++)
    source->sites[i].index = i;
  for (size_t i = 0; i < source->task_count; i++)
    source->tasks[i].index = i;
  for (size_t i = 0; i < source->thread_count; i++)
    source->threads[i].index = i;
  for (size_t i = 0; i < source->stack_count; i++)
    source->stacks[i].index = i;
  sort_symbols (source);
  return true;
}

static void
free_keys (struct source_keys *keys)
{
  free (keys->keys);
  free (keys->places);
}

/* What a tree refers to is freed by itself.  */
static void
keep (void *element)
{
  (void) element;
}

void
source_free_names (struct source *source)
{
  tdestroy (source->names, keep);
  while (source->memory.blocks != NULL)
    {
      struct source_block *next = source->memory.blocks->next;
      free (source->memory.blocks);
      source->memory.blocks = next;
    }
  free_keys (&source->probe_keys);
  free_keys (&source->site_keys);
  free_keys (&source->thread_keys);
  free_keys (&source->stack_keys);
  free (source->probes);
  free (source->sites);
  free (source->tasks);
  free (source->threads);
  free (source->stacks);
  free (source->symbols);
}
