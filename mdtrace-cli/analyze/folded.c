/* Stacks of kernel functions, added up.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Events refer to their stacks by number, so that the pass over them but adds
   up numbers, in a table of tasks and stacks; texts are made of what has come
   together in the end.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "draw_words.h"
#include "folded.h"
#include "wanted.h"

enum
{
  CELLS_FIRST = 256
};

struct cell
{
  const struct source_stack *stack; /* null: free */
  const struct source_task *task;   /* null: not known */
  uint64_t weight;
};

struct sums
{
  struct source *source;
  struct folded *folded;
  const struct folded_options *options;
  struct wanted wanted;
  const struct source_probe **by_id; /* and by boot */
  struct cell *cells;
  size_t size, used; /* SIZE is a power of two */
  bool has_stacks;   /* there was one, whatever its weight */
  char *message;
  size_t message_bytes;
};

static bool
fail (struct sums *sums, const char *why)
{
  snprintf (sums->message, sums->message_bytes, "%s", why);
  return false;
}

/* A sum, at most what there is room for.  */
static uint64_t
add_up (uint64_t a, uint64_t b)
{
  return a <= UINT64_MAX - b ? a + b : UINT64_MAX;
}

/* The cell of TASK and STACK in CELLS, which has a free one.  */
static struct cell *
find_cell (struct cell *cells, size_t size, const struct source_task *task,
	   const struct source_stack *stack)
{
  uint64_t number = task != NULL ? task->index + 1 : 0;
  uint64_t hash = ((uint64_t) stack->index << 32 | number)
		  * UINT64_C (0x9e3779b97f4a7c15);
  size_t place = hash >> 32 & (size - 1);

  while (cells[place].stack != NULL
	 && (cells[place].stack != stack || cells[place].task != task))
    place = (place + 1) & (size - 1);
  return &cells[place];
}

static bool
grow (struct sums *sums)
{
  size_t size = sums->size > 0 ? 2 * sums->size : CELLS_FIRST;
  struct cell *cells = calloc (size, sizeof *cells);

  if (cells == NULL)
    return fail (sums, strerror (errno));
  for (size_t i = 0; i < sums->size; i++)
    if (sums->cells[i].stack != NULL)
      *find_cell (cells, size, sums->cells[i].task, sums->cells[i].stack)
	  = sums->cells[i];
  free (sums->cells);
  sums->cells = cells;
  sums->size = size;
  return true;
}

/* Add WEIGHT to what TASK has of STACK.  */
static bool
add (struct sums *sums, const struct source_task *task,
     const struct source_stack *stack, uint64_t weight)
{
  sums->has_stacks = true;
  if (weight == 0)
    return true;
  if (2 * sums->used >= sums->size && !grow (sums))
    return false;
  struct cell *cell = find_cell (sums->cells, sums->size, task, stack);
  sums->used += cell->stack == NULL;
  cell->stack = stack;
  cell->task = task;
  cell->weight = add_up (cell->weight, weight);
  return true;
}

static bool
add_events (struct sums *sums)
{
  const struct source_event *event;
  bool failed;

  if (!source_begin (sums->source, sums->options->from_ns,
		     sums->options->to_ns))
    return fail (sums, source_problem (sums->source));
  while ((event = source_next (sums->source, &failed)) != NULL)
    {
      uint64_t weight = 1;
      if (event->stack == NULL || !wanted_has (&sums->wanted, event))
	continue;
      if (sums->options->by == FOLDED_BY_DURATION)
	weight = event->known & SOURCE_DURATION && event->duration_ns > 0
		     ? event->duration_ns
		     : 0;
      if (!add (sums, event->thread != NULL ? event->thread->task : NULL,
		event->stack, weight))
	return false;
    }
  return !failed || fail (sums, source_problem (sums->source));
}

/* NAME, harmless, to FILE: in folded stacks ';' ends a frame, and a line is as
   long as it is.  */
static void
put_name (const char *name, FILE *file)
{
  char *harmless = draw_escape (name);

  for (const char *at = harmless; at != NULL && *at != '\0'; at++)
    if (*at == ';')
      fputs ("\\x3b", file);
    else
      fputc (*at, file);
  free (harmless);
}

/* The frame with NUMBER, from the inside, of STACK, to FILE.  */
static void
put_frame (const struct sums *sums, const struct source_stack *stack,
	   uint32_t number, FILE *file)
{
  uint64_t offset;
  const char *name = source_frame (sums->source, stack, number, &offset);

  if (name != NULL)
    put_name (name, file);
  else
    fprintf (file, "0x%" PRIx64, stack->frames[number]);
}

/* Add WEIGHT for STACK of the task called NAME to the texts.  */
static bool
add_text (struct sums *sums, const char *name,
	  const struct source_stack *stack, uint64_t weight)
{
  struct folded *folded = sums->folded;
  struct folded_stack *stacks = folded->stacks;
  char *text = NULL;
  size_t bytes;

  /* Room for twice as many whenever there are a power of two.  */
  if ((folded->count & (folded->count - 1)) == 0)
    stacks = realloc (stacks, 2 * (folded->count + 1) * sizeof *stacks);
  FILE *file = stacks != NULL ? open_memstream (&text, &bytes) : NULL;
  if (stacks != NULL)
    folded->stacks = stacks;
  if (file == NULL)
    return fail (sums, strerror (errno));
  put_name (name[0] != '\0' ? name : "(no name)", file);
  for (uint32_t i = stack->count; i > 0; i--)
    {
      fputc (';', file);
      put_frame (sums, stack, i - 1, file);
    }
  bool good = !ferror (file);
  if (fclose (file) != 0 || !good)
    {
      free (text);
      return fail (sums, strerror (ENOMEM));
    }
  folded->stacks[folded->count++] = (struct folded_stack){ text, weight };
  return true;
}

/* What aggregations by stack have: the boot, the probe, the stack, the task's
   name, whether that is a key, and the weight.  Within times, what has come
   from one reading to another is told of hits alone.  */
static const char select_counts[]
    = "SELECT a.boot_id, a.probe_id, stack_id, task_name,"
      " ',' || keys || ',' LIKE '%,task,%', a.count"
      " FROM aggregates a JOIN probes USING (boot_id, probe_id)"
      " WHERE stack_id IS NOT NULL";
static const char select_durations[]
    = "SELECT a.boot_id, a.probe_id, stack_id, task_name,"
      " ',' || keys || ',' LIKE '%,task,%', a.value"
      " FROM aggregates a JOIN probes p USING (boot_id, probe_id)"
      " WHERE stack_id IS NOT NULL AND p.value = 'duration_ns'"
      " AND a.aggregation IN ('sum', 'avg', 'hist', 'lhist')";
static const char select_changes[]
    = "SELECT c.boot_id, c.probe_id, stack_id, task_name,"
      " ',' || keys || ',' LIKE '%,task,%', sum(c.added)"
      " FROM aggregate_changes c JOIN aggregate a USING (aggregate_key)"
      " JOIN probes p ON p.boot_id = c.boot_id AND p.probe_id = c.probe_id"
      " LEFT JOIN task_name USING (task_name_id)"
      " WHERE stack_id IS NOT NULL AND c.time_ns BETWEEN ?1 AND ?2"
      " GROUP BY aggregate_key";

static int
compare_probes (const void *first, const void *second)
{
  const struct source_probe *a = *(const struct source_probe *const *) first;
  const struct source_probe *b = *(const struct source_probe *const *) second;

  if (a->boot_id != b->boot_id)
    return a->boot_id < b->boot_id ? -1 : 1;
  return a->id < b->id ? -1 : a->id > b->id;
}

static bool
sort_probes (struct sums *sums)
{
  unsigned count;
  const struct source_probe *probes = source_probes (sums->source, &count);

  sums->by_id = calloc (count + 1, sizeof *sums->by_id);
  if (sums->by_id == NULL)
    return fail (sums, strerror (errno));
  for (unsigned i = 0; i < count; i++)
    sums->by_id[i] = &probes[i];
  qsort (sums->by_id, count, sizeof *sums->by_id, compare_probes);
  return true;
}

/* Whether the probe that ROW is of is there and wanted.  */
static bool
is_wanted (const struct sums *sums, sqlite3_stmt *row)
{
  unsigned count;
  const struct source_probe key = { .boot_id = sqlite3_column_int64 (row, 0),
				    .id = sqlite3_column_int64 (row, 1) };
  const struct source_probe *const probe = &key;

  source_probes (sums->source, &count);
  const struct source_probe **found = bsearch (
      &probe, sums->by_id, count, sizeof *sums->by_id, compare_probes);
  return found != NULL
	 && (sums->wanted.is_all || sums->wanted.probes[(*found)->index]);
}

/* The stack with KEY; null if there is none.  They are in the order of their
   keys.  */
static const struct source_stack *
find_stack (const struct sums *sums, int64_t key)
{
  unsigned high, low = 0;
  const struct source_stack *stacks = source_stacks (sums->source, &high);

  while (low < high)
    {
      unsigned middle = low + (high - low) / 2;
      if (stacks[middle].key == key)
	return &stacks[middle];
      if (stacks[middle].key < key)
	low = middle + 1;
      else
	high = middle;
    }
  return NULL;
}

static bool
add_aggregate (struct sums *sums, sqlite3_stmt *row)
{
  const struct source_stack *stack
      = find_stack (sums, sqlite3_column_int64 (row, 2));
  const char *name = (const char *) sqlite3_column_text (row, 3);
  int64_t weight = sqlite3_column_int64 (row, 5);

  if (stack == NULL || !is_wanted (sums, row))
    return true;
  sums->has_stacks = true;
  if (weight <= 0)
    return true;
  if (sqlite3_column_int (row, 4) == 0)
    name = "(all tasks)";
  return add_text (sums, name != NULL ? name : "", stack, weight);
}

/* What probes that record stacks have lost: the boot, the probe, how many.  */
static const char select_losses[]
    = "SELECT boot_id, probe_id, dropped + throttled + missed FROM probes"
      " WHERE stack_depth > 0";
static const char select_losses_between[]
    = "SELECT boot_id, probe_id, sum(l.dropped + l.throttled + l.missed)"
      " FROM losses l JOIN probes USING (boot_id, probe_id)"
      " WHERE stack_depth > 0 AND time_ns BETWEEN ?1 AND ?2"
      " GROUP BY boot_id, probe_id";

static bool
add_loss (struct sums *sums, sqlite3_stmt *row)
{
  if (is_wanted (sums, row))
    sums->folded->lost += sqlite3_column_int64 (row, 2);
  return true;
}

/* Let TAKE have each row that TEXT selects, of the times that are asked
   for.  */
static bool
select_rows (struct sums *sums, const char *text,
	     bool (*take) (struct sums *sums, sqlite3_stmt *row))
{
  sqlite3 *connection = source_connection (sums->source);
  sqlite3_stmt *row;
  bool good = true;
  int result = SQLITE_DONE;

  if (sqlite3_prepare_v2 (connection, text, -1, &row, NULL) != SQLITE_OK)
    return fail (sums, sqlite3_errmsg (connection));
  if (sqlite3_bind_parameter_count (row) > 0)
    {
      sqlite3_bind_int64 (row, 1, sums->options->from_ns);
      sqlite3_bind_int64 (row, 2, sums->options->to_ns);
    }
  while (good && (result = sqlite3_step (row)) == SQLITE_ROW)
    good = take (sums, row);
  if (good && result != SQLITE_DONE)
    good = fail (sums, sqlite3_errmsg (connection));
  sqlite3_finalize (row);
  return good;
}

static bool
add_rows (struct sums *sums)
{
  bool is_count = sums->options->by == FOLDED_BY_COUNT;
  bool is_whole = sums->options->from_ns == INT64_MIN
		  && sums->options->to_ns == INT64_MAX;

  if ((is_count || is_whole)
      && !select_rows (sums,
		       !is_whole  ? select_changes
		       : is_count ? select_counts
				  : select_durations,
		       add_aggregate))
    return false;
  return select_rows (sums, is_whole ? select_losses : select_losses_between,
		      add_loss);
}

static int
compare_texts (const void *first, const void *second)
{
  const struct folded_stack *a = first, *b = second;

  return strcmp (a->text, b->text);
}

/* Put the texts in order, and make one of those that are the same.  */
static void
join (struct folded *folded)
{
  size_t kept = 0;

  if (folded->count > 0)
    qsort (folded->stacks, folded->count, sizeof *folded->stacks,
	   compare_texts);
  for (size_t i = 0; i < folded->count; i++)
    {
      struct folded_stack *stack = &folded->stacks[i];
      struct folded_stack *last = kept > 0 ? &folded->stacks[kept - 1] : NULL;
      folded->weight = add_up (folded->weight, stack->weight);
      if (last != NULL && strcmp (last->text, stack->text) == 0)
	{
	  last->weight = add_up (last->weight, stack->weight);
	  free (stack->text);
	}
      else
	folded->stacks[kept++] = *stack;
    }
  folded->count = kept;
}

/* Why there are no stacks, and what records them.  */
static bool
explain (struct sums *sums)
{
  unsigned all;

  sums->folded->is_empty = true;
  source_stacks (sums->source, &all);
  if (sums->wanted.is_none)
    {
      snprintf (sums->message, sums->message_bytes,
		"none of its probes matches '%s'; 'mdtrace query \"SELECT * "
		"FROM probes\"' lists them",
		sums->options->probe);
      return false;
    }
  if (sums->has_stacks)
    return fail (sums, "its stacks have no durations; 'mdtrace probe create "
		       "--latency --stack' makes a probe that records both");
  if (all > 0
      && (sums->options->probe != NULL || sums->options->from_ns != INT64_MIN
	  || sums->options->to_ns != INT64_MAX))
    return fail (sums, "none of these probes and times; of others there are "
		       "some");
  return fail (sums, "'mdtrace probe create --stack' makes a probe that "
		     "records them, and with --agg=count --by=task,stack one "
		     "that adds them up");
}

static bool
collect (struct sums *sums)
{
  if (!wanted_begin (&sums->wanted, sums->source, sums->options->probe))
    return fail (sums, strerror (errno));
  if (!add_events (sums))
    return false;
  for (size_t i = 0; i < sums->size; i++)
    {
      const struct cell *cell = &sums->cells[i];
      if (cell->stack != NULL
	  && !add_text (sums, cell->task != NULL ? cell->task->name : "",
			cell->stack, cell->weight))
	return false;
    }
  if (!sort_probes (sums) || !add_rows (sums))
    return false;
  join (sums->folded);
  return sums->folded->count > 0 || explain (sums);
}

bool
folded_collect (struct source *source, const struct folded_options *options,
		struct folded *folded, char *message, size_t bytes)
{
  struct sums sums = { .source = source,
		       .folded = folded,
		       .options = options,
		       .message = message,
		       .message_bytes = bytes };

  *folded = (struct folded){ .stacks = NULL };
  bool good = collect (&sums);
  wanted_free (&sums.wanted);
  free (sums.cells);
  free (sums.by_id);
  if (!good)
    {
      bool is_empty = folded->is_empty;
      folded_free (folded);
      folded->is_empty = is_empty;
    }
  return good;
}

void
folded_free (struct folded *folded)
{
  for (size_t i = 0; i < folded->count; i++)
    free (folded->stacks[i].text);
  free (folded->stacks);
  *folded = (struct folded){ .stacks = NULL };
}

void
folded_print (const struct folded *folded, FILE *file)
{
  for (size_t i = 0; i < folded->count; i++)
    fprintf (file, "%s %" PRIu64 "\n", folded->stacks[i].text,
	     folded->stacks[i].weight);
}

bool
folded_write (struct source *source, const struct folded_options *options,
	      FILE *file, char *message, size_t bytes)
{
  struct folded folded;

  if (!folded_collect (source, options, &folded, message, bytes))
    return false;
  folded_print (&folded, file);
  folded_free (&folded);
  return true;
}
