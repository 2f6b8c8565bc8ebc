/* Aggregations: hits that are added up instead of recorded.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Entries stand one behind the other in the order in which their keys were
   first seen; a hash table of their numbers leads to them.  The table has
   twice as many places as there can be entries, so that a free one is near.
   If none is, there is no room for the key.  */

#include <config.h>

#include "aggregate.h"
#include "backtrace.h"
#include "pages.h"
#include "sites.h"
#include "symbols.h"
#include "values.h"
#include "x86/cpu.h"

#if MACH_DYNAMIC_PROBES

enum
{
  TASK_WORDS = 1 + MDTRACE_TASK_NAME_BYTES / 8,
  /* Places that are looked at for a key.  Keys at random need some tens at
     most; those that somebody has chosen must not keep a handler for long.  */
  TRIES_MAX = 128,
  /* Cells, of all kinds but COUNT.  */
  CELL_COUNT = 0,
  CELL_VALUE = 1,
  CELL_BUCKETS = 2,
  /* Buckets of HIST.  */
  BUCKET_NEGATIVE = 0,
  BUCKET_ZERO = 1,
  BUCKET_ONE = 2
};

/* What a CPU has.  [c], with the sequence for others who read.  */
struct table
{
  unsigned sequence; /* odd while an entry is being changed */
  uint32_t count;    /* of entries */
  uint64_t *entries; /* [I] */
  uint16_t *places;  /* [I] numbers of entries, plus one; 0: free */
};

/* [I] immutable once made, [s] server lock  */
struct aggregation
{
  uint32_t bytes;     /* [I] of this block */
  uint32_t keys;      /* [I] mask of enum mdtrace_key */
  uint32_t places;    /* [I] of each table, a power of two */
  uint32_t room;      /* [I] entries of each table */
  uint16_t key_words; /* [I] */
  uint16_t words;     /* [I] of an entry */
  uint16_t buckets;   /* [I] of LHIST */
  uint8_t function;   /* [I] enum mdtrace_aggregation */
  uint8_t value;      /* [I] number of the field that is added up */
  uint8_t shift;      /* [I] bits above those that count */
  bool is_signed;     /* [I] */
  bool is_stopped;    /* [s] but read by all CPUs: what comes is dropped */
  uint64_t low, step; /* [I] of LHIST */
  struct table tables[]; /* of each CPU */
};

static unsigned
key_words (const mdtrace_probe_options_t *options)
{
  unsigned words = 0;

#define MDTRACE_KEY(bit, name, word, count, documentation)                    \
  if (options->keys & MDTRACE_KEY_##name)                                     \
    words += (count);
#include "mdtrace_keys.def"
#undef MDTRACE_KEY
  if (options->keys & MDTRACE_KEY_STACK)
    words += options->stack_depth;
  return words;
}

static unsigned
cell_words (const mdtrace_probe_options_t *options)
{
  static const uint8_t cells[] = {
#define MDTRACE_AGGREGATION(number, name, word, count, documentation)         \
  [number] = (count),
#include "mdtrace_aggregations.def"
#undef MDTRACE_AGGREGATION
  };

  return cells[options->aggregation]
	 + (options->aggregation == MDTRACE_AGGREGATION_LHIST
		? options->buckets
		: 0);
}

void
aggregation_words (const struct aggregation *aggregation, uint32_t *keys,
		   uint32_t *cells)
{
  *keys = aggregation->key_words;
  *cells = aggregation->words - aggregation->key_words;
}

static word_t
entries_bytes (const struct aggregation *aggregation)
{
  return (word_t) aggregation->room * aggregation->words * sizeof (uint64_t);
}

static word_t
places_bytes (const struct aggregation *aggregation)
{
  return aggregation->places * sizeof (uint16_t);
}

void
aggregation_free (struct aggregation *aggregation)
{
  if (aggregation == NULL)
    return;
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      struct table *table = &aggregation->tables[cpu];
      if (table->entries != NULL)
	pages_keep (table->entries, entries_bytes (aggregation));
      if (table->places != NULL)
	pages_keep (table->places, places_bytes (aggregation));
    }
  pages_keep (aggregation, aggregation->bytes);
}

struct aggregation *
aggregation_new (const mdtrace_probe_options_t *options)
{
  uint32_t bytes
      = sizeof (struct aggregation) + cpus * sizeof (struct table);
  struct aggregation *aggregation = pages_take (bytes);

  if (aggregation == NULL)
    return NULL;
  aggregation->bytes = bytes;
  aggregation->keys = options->keys;
  aggregation->room = options->entries > 0 ? options->entries
					   : MDTRACE_ENTRIES;
  if (options->keys == 0)
    aggregation->room = 1;
  aggregation->places = 2;
  while (aggregation->places < 2 * aggregation->room)
    aggregation->places *= 2;
  aggregation->key_words = key_words (options);
  aggregation->words = aggregation->key_words + cell_words (options);
  aggregation->buckets = options->buckets;
  aggregation->function = options->aggregation;
  aggregation->value = options->value;
  aggregation->shift
      = options->value_bytes > 0 ? 64 - 8 * options->value_bytes : 0;
  aggregation->is_signed = options->value_signed != 0;
  aggregation->low = options->low;
  aggregation->step = options->step;
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      struct table *table = &aggregation->tables[cpu];
      table->entries = pages_take (entries_bytes (aggregation));
      table->places = pages_take (places_bytes (aggregation));
      if (table->entries == NULL || table->places == NULL)
	{
	  aggregation_free (aggregation);
	  return NULL;
	}
    }
  return aggregation;
}

/* -------------------------------------------------------------------- */
/* In a handler.  */

/* Put the key of the hit of ENABLING into STATE.  False if a part of it is
   not known.  */
static bool
make_key (struct dtrace_cpu *state, const struct dtrace_enabling *enabling)
{
  const struct aggregation *aggregation = enabling->format->aggregation;
  uint32_t keys = aggregation->keys;
  uint64_t *word = state->key;

  if (keys & MDTRACE_KEY_TASK)
    {
      task_t task = FIELD (task_t, current_thread (), thread, task);
      const uint64_t *name = FIELD_AT (task, task, name);
      word[0] = (word_t) task;
      for (unsigned i = 1; i < TASK_WORDS; i++)
	word[i] = *name++;
      word += TASK_WORDS;
    }
  if (keys & MDTRACE_KEY_THREAD)
    *word++ = (word_t) current_thread ();
  if (keys & MDTRACE_KEY_CPU)
    *word++ = state->number;
  if (keys & MDTRACE_KEY_FUNCTION)
    *word++ = symbols_function (enabling->site->function)->address;
  if (keys & MDTRACE_KEY_SITE)
    *word++ = enabling->site->address;
  for (unsigned bit = MDTRACE_FIELD_RETVAL_BIT;
       keys >= MDTRACE_KEY_RETVAL && bit < MDTRACE_FIELD_DURATION_BIT; bit++)
    if (keys & MDTRACE_KEY_RETVAL << (bit - MDTRACE_FIELD_RETVAL_BIT)
	&& !value_read (state, enabling, bit, word++))
      return false;
  if (keys & MDTRACE_KEY_STACK)
    {
      uint64_t *end = state->key + aggregation->key_words;
      *word = backtrace (state, enabling, word + 1);
      for (word += 1 + *word; word < end; word++)
	*word = 0;
    }
  return true;
}

/* Find the value that is added up, as a number of 64 bits.  */
static bool
find_value (struct dtrace_cpu *state, const struct dtrace_enabling *enabling)
{
  const struct aggregation *aggregation = enabling->format->aggregation;

  if (aggregation->value == MDTRACE_FIELD_DURATION_BIT)
    state->value = state->duration;
  else if (!value_read (state, enabling, aggregation->value, &state->value))
    return false;
  unsigned shift = aggregation->shift;
  state->value = aggregation->is_signed
		     ? (uint64_t) ((int64_t) (state->value << shift) >> shift)
		     : state->value << shift >> shift;
  return true;
}

static inline uint32_t
hash (const uint64_t *key, unsigned words)
{
  uint32_t hash = 0;

  for (unsigned i = 0; i < words; i++)
    hash = (hash ^ (uint32_t) key[i] ^ (uint32_t) (key[i] >> 32))
	   * UINT32_C (0x9e3779b1);
  return hash ^ hash >> 15;
}

static inline bool
is_same (const uint64_t *first, const uint64_t *second, unsigned words)
{
  for (unsigned i = 0; i < words; i++)
    if (first[i] != second[i])
      return false;
  return true;
}

/* The entry of the key in STATE, new if need be; null if there is no
   room.  */
static uint64_t *__attribute__ ((noinline))
find_entry (const struct dtrace_cpu *state,
	    const struct aggregation *aggregation, struct table *table)
{
  unsigned words = aggregation->key_words;
  uint32_t place = hash (state->key, words);
  uint64_t *entry;

  for (unsigned tries = 0; tries < TRIES_MAX; tries++, place++)
    {
      uint16_t *number = &table->places[place & (aggregation->places - 1)];
      if (*number == 0)
	{
	  if (table->count == aggregation->room)
	    return NULL;
	  entry = table->entries + (word_t) table->count * aggregation->words;
	  copy_memory (entry, state->key, words * sizeof *entry);
	  clear_memory (entry + words,
			(aggregation->words - words) * sizeof *entry);
	  *number = ++table->count;
	  return entry;
	}
      entry = table->entries + (word_t) (*number - 1) * aggregation->words;
      if (is_same (entry, state->key, words))
	return entry;
    }
  return NULL;
}

/* The bucket of VALUE in a histogram by powers of two.  */
static inline unsigned
power_bucket (uint64_t value, bool is_signed)
{
  if (is_signed && (int64_t) value < 0)
    return BUCKET_NEGATIVE;
  if (value == 0)
    return BUCKET_ZERO;
  uint32_t high = value >> 32;
  return BUCKET_ONE
	 + (high != 0 ? 63 - __builtin_clz (high)
		      : 31 - __builtin_clz ((uint32_t) value));
}

/* The same for one by equal steps: 0 for what is below, 1 for the first step.
   No division, which a 32-bit machine does not have.  */
static inline unsigned
step_bucket (const struct aggregation *aggregation, uint64_t value)
{
  bool is_below = aggregation->is_signed
		      ? (int64_t) value < (int64_t) aggregation->low
		      : value < aggregation->low;
  uint64_t distance = value - aggregation->low;
  unsigned first = 0, end = aggregation->buckets + 1;

  if (is_below)
    return 0;
  /* Of [FIRST, END) the last whose beginning is not beyond the value.  */
  while (end - first > 1)
    {
      unsigned middle = (first + end) / 2;
      if (middle * aggregation->step <= distance)
	first = middle;
      else
	end = middle;
    }
  return 1 + first;
}

/* Add the value in STATE to CELLS.  */
static void __attribute__ ((noinline))
add_value (const struct dtrace_cpu *state,
	   const struct aggregation *aggregation, uint64_t *cells)
{
  uint64_t value = state->value;
  uint64_t *best = &cells[CELL_VALUE];
  bool is_less = aggregation->is_signed ? (int64_t) value < (int64_t) *best
					: value < *best;

  switch (aggregation->function)
    {
    case MDTRACE_AGGREGATION_MIN:
      if (cells[CELL_COUNT] == 1 || is_less)
	*best = value;
      return;
    case MDTRACE_AGGREGATION_MAX:
      if (cells[CELL_COUNT] == 1 || !is_less)
	*best = value;
      return;
    case MDTRACE_AGGREGATION_HIST:
      cells[CELL_BUCKETS + power_bucket (value, aggregation->is_signed)]++;
      break;
    case MDTRACE_AGGREGATION_LHIST:
      cells[CELL_BUCKETS + step_bucket (aggregation, value)]++;
      break;
    default:
      break;
    }
  cells[CELL_VALUE] += value;
}

/* If all hits of ENABLING that are not filtered go to CELLS, and are but
   counted, let them be counted there in the short way, which a single CPU
   has.  */
static inline void
shorten (const struct aggregation *aggregation,
	 struct dtrace_enabling *enabling, uint64_t *cells)
{
  if (enabling->actions == DTRACE_AGGREGATE && cpus == 1
      && aggregation->function == MDTRACE_AGGREGATION_COUNT
      && (aggregation->keys
	  & ~(MDTRACE_KEY_CPU | MDTRACE_KEY_FUNCTION | MDTRACE_KEY_SITE))
	     == 0)
    enabling->count_cell = cells + CELL_COUNT;
}

enum dtrace_outcome
aggregation_add (struct dtrace_cpu *state, struct dtrace_enabling *enabling)
{
  struct aggregation *aggregation = enabling->format->aggregation;
  struct table *table = &aggregation->tables[state->number];

  if (__atomic_load_n (&aggregation->is_stopped, __ATOMIC_ACQUIRE))
    return DTRACE_DROPPED;
  if ((aggregation->keys != 0 && !make_key (state, enabling))
      || (aggregation->value != 0 && !find_value (state, enabling)))
    {
      enabling->format->usage[state->number].faults++;
      return DTRACE_FILTERED;
    }
  __atomic_store_n (&table->sequence, table->sequence + 1, __ATOMIC_RELAXED);
  store_barrier ();
  uint64_t *entry = find_entry (state, aggregation, table);
  if (entry != NULL)
    {
      uint64_t *cells = entry + aggregation->key_words;
      cells[CELL_COUNT]++;
      if (aggregation->value != 0)
	add_value (state, aggregation, cells);
      shorten (aggregation, enabling, cells);
    }
  store_barrier ();
  __atomic_store_n (&table->sequence, table->sequence + 1, __ATOMIC_RELAXED);
  if (entry != NULL)
    return DTRACE_RECORDED;
  enabling->format->usage[state->number].overflows++;
  return DTRACE_DROPPED;
}

/* -------------------------------------------------------------------- */
/* For those who read.  */

/* Copy entry NUMBER of TABLE, as it is at one moment, to TO.  */
static void
copy_entry (const struct aggregation *aggregation, const struct table *table,
	    uint32_t number, void *to)
{
  word_t bytes = aggregation->words * sizeof (uint64_t);

  for (;;)
    {
      word_t flags = interrupts_disable ();
      unsigned before = __atomic_load_n (&table->sequence, __ATOMIC_ACQUIRE);
      copy_memory (to,
		   table->entries + (word_t) number * aggregation->words,
		   bytes);
      full_barrier ();
      unsigned after = __atomic_load_n (&table->sequence, __ATOMIC_RELAXED);
      interrupts_restore (flags);
      if (before == after && before % 2 == 0)
	return;
      cpu_relax ();
    }
}

uint32_t
aggregation_read (const struct aggregation *aggregation, unsigned cpu,
		  uint32_t first, void *buffer, uint32_t *bytes)
{
  const struct table *table = &aggregation->tables[cpu];
  uint32_t entry_bytes = aggregation->words * sizeof (uint64_t);
  uint32_t room = *bytes / entry_bytes;
  uint32_t count = __atomic_load_n (&table->count, __ATOMIC_ACQUIRE);
  char *to = buffer;

  *bytes = 0;
  for (; first < count && room > 0; first++, room--)
    {
      copy_entry (aggregation, table, first, to);
      to += entry_bytes;
      *bytes += entry_bytes;
    }
  return first < count ? first : 0;
}

void
aggregation_clear (struct aggregation *aggregation,
		   struct dtrace_enabling *first)
{
  word_t flags = interrupts_disable ();

  /* The same as rings_stop does.  */
  __atomic_store_n (&aggregation->is_stopped, true, __ATOMIC_RELAXED);
  dtrace_wait_for_handlers ();
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      struct table *table = &aggregation->tables[cpu];
      table->count = 0;
      clear_memory (table->places, places_bytes (aggregation));
    }
  for (; first != NULL; first = first->probe_next)
    first->count_cell = NULL;
  __atomic_store_n (&aggregation->is_stopped, false, __ATOMIC_RELEASE);
  interrupts_restore (flags);
}

#endif /* MACH_DYNAMIC_PROBES */
