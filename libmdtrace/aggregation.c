/* Aggregations: what the CPUs have added up, as one table.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each CPU has a table of its own, in which a key stands once at most.  Here
   entries of the same key become one.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "mdtrace_user.h"
#include "target.h"

/* Entries that were read so far.  */
struct reader
{
  struct mdtrace_aggregate *aggregate;
  size_t room; /* entries that there is memory for */
};

static unsigned
entry_words (const struct mdtrace_aggregate *aggregate)
{
  return aggregate->usage.key_words + aggregate->usage.cell_words;
}

/* Append the entry at WORDS.  */
static int
append (struct reader *reader, const uint8_t *words)
{
  struct mdtrace_aggregate *aggregate = reader->aggregate;
  size_t bytes = entry_words (aggregate) * sizeof (uint64_t);

  if (aggregate->count == reader->room)
    {
      size_t room = reader->room > 0 ? 2 * reader->room : 64;
      uint64_t *longer = realloc (aggregate->words, room * bytes);
      if (longer == NULL)
	return MDTRACE_ERR_SYSTEM;
      aggregate->words = longer;
      reader->room = room;
    }
  uint8_t *entry = (uint8_t *) aggregate->words + aggregate->count++ * bytes;
  memcpy (entry, words, bytes);
  if (aggregate->options.keys & MDTRACE_KEY_TASK)
    {
      /* The kernel does not clear what is behind a name: what was there
	 before makes no other key.  */
      char *name = (char *) entry + sizeof (uint64_t);
      size_t length = strnlen (name, MDTRACE_TASK_NAME_BYTES);
      memset (name + length, 0, MDTRACE_TASK_NAME_BYTES - length);
    }
  return MDTRACE_OK;
}

/* Append what CPU has.  */
static int
read_cpu (struct mdtrace_target *target, uint32_t probe_id, unsigned cpu,
	  struct reader *reader)
{
  size_t bytes = entry_words (reader->aggregate) * sizeof (uint64_t);
  uint32_t first = 0, next;

  do
    {
      mdtrace_bytes_page_t page;
      mach_msg_type_number_t count = sizeof page;
      int error = rpc_mdtrace_aggregation_read (target->token, probe_id, cpu,
						first, &next, page, &count);
      if (error == MDTRACE_OK
	  && (count % bytes != 0 || (next != 0 && next <= first)
	      || next > MDTRACE_ENTRIES_MAX))
	error = MDTRACE_ERR_PROTOCOL;
      for (size_t at = 0; error == MDTRACE_OK && at < count; at += bytes)
	error = append (reader, page + at);
      if (error != MDTRACE_OK)
	return error;
      first = next;
    }
  while (next != 0);
  return MDTRACE_OK;
}

/* What compare_keys needs, which qsort does not hand on.  */
static _Thread_local size_t compared_words;

static int
compare_keys (const void *first, const void *second)
{
  const uint64_t *a = first, *b = second;

  for (size_t i = 0; i < compared_words; i++)
    if (a[i] != b[i])
      return a[i] < b[i] ? -1 : 1;
  return 0;
}

/* Add the cells at FROM to those at TO.  */
static void
add_cells (const struct mdtrace_aggregate *aggregate, uint64_t *to,
	   const uint64_t *from)
{
  const mdtrace_probe_options_t *options = &aggregate->options;
  bool is_less = options->value_signed ? (int64_t) from[1] < (int64_t) to[1]
				       : from[1] < to[1];

  switch (options->aggregation)
    {
    case MDTRACE_AGGREGATION_MIN:
    case MDTRACE_AGGREGATION_MAX:
      to[0] += from[0];
      if (is_less == (options->aggregation == MDTRACE_AGGREGATION_MIN))
	to[1] = from[1];
      break;
    default:
      for (unsigned i = 0; i < aggregate->usage.cell_words; i++)
	to[i] += from[i];
    }
}

/* Make one of the entries with the same key.  */
static void
merge (struct mdtrace_aggregate *aggregate)
{
  unsigned words = entry_words (aggregate);
  unsigned key_words = aggregate->usage.key_words;
  size_t kept = 0;

  if (aggregate->count == 0)
    return;
  compared_words = key_words;
  qsort (aggregate->words, aggregate->count, words * sizeof (uint64_t),
	 compare_keys);
  for (size_t i = 1; i < aggregate->count; i++)
    {
      uint64_t *last = aggregate->words + kept * words;
      uint64_t *entry = aggregate->words + i * words;
      if (compare_keys (last, entry) == 0)
	add_cells (aggregate, last + key_words, entry + key_words);
      else
	memmove (aggregate->words + ++kept * words, entry,
		 words * sizeof (uint64_t));
    }
  aggregate->count = kept + 1;
}

/* Whether the words of an entry are as many as its options say, all of which
   are known: whoever reads them goes by what they mean.  */
static bool
has_its_words (const struct mdtrace_aggregate *aggregate)
{
  const mdtrace_probe_options_t *options = &aggregate->options;
  uint64_t keys = options->keys & MDTRACE_KEY_STACK ? options->stack_depth : 0;
  uint64_t cells = options->aggregation == MDTRACE_AGGREGATION_LHIST
		       ? options->buckets
		       : 0;
  uint32_t unknown = options->keys;

#define MDTRACE_KEY(bit, name, word, words, documentation)                    \
  unknown &= ~(uint32_t) MDTRACE_KEY_##name;                                  \
  keys += options->keys & MDTRACE_KEY_##name ? (words) : 0;
#include "mdtrace_keys.def"
#undef MDTRACE_KEY
  switch (options->aggregation)
    {
#define MDTRACE_AGGREGATION(number, name, word, words, documentation)         \
  case number:                                                                \
    cells += words;                                                           \
    break;
#include "mdtrace_aggregations.def"
#undef MDTRACE_AGGREGATION
    default:
      return false;
    }
  return unknown == 0 && keys == aggregate->usage.key_words
	 && cells == aggregate->usage.cell_words;
}

int
mdtrace_aggregation_read (struct mdtrace_target *target, uint32_t probe_id,
			  uint32_t cpu, struct mdtrace_aggregate **result)
{
  mdtrace_status_t status;

  if (target_has_ended (target))
    return target_fail (target, MDTRACE_ERR_UNSUPPORTED,
			"what a kernel has added up ends with it");
  struct mdtrace_aggregate *aggregate = calloc (1, sizeof *aggregate);
  if (aggregate == NULL)
    return MDTRACE_ERR_SYSTEM;
  int error = mdtrace_probe_options (target, probe_id, &aggregate->options,
				     &aggregate->usage);
  if (error == MDTRACE_OK
      && aggregate->options.aggregation == MDTRACE_AGGREGATION_NONE)
    error = MDTRACE_ERR_NO_AGGREGATION;
  if (error == MDTRACE_OK && !has_its_words (aggregate))
    error = MDTRACE_ERR_PROTOCOL;
  if (error == MDTRACE_OK)
    error = mdtrace_get_status (target, &status);
  if (error == MDTRACE_OK && cpu != MDTRACE_CPU_ALL && cpu >= status.cpus)
    error = MDTRACE_ERR_NO_SUCH_CPU;

  struct reader reader = { aggregate, 0 };
  for (unsigned i = 0; error == MDTRACE_OK && i < status.cpus; i++)
    if (cpu == MDTRACE_CPU_ALL || cpu == i)
      error = read_cpu (target, probe_id, i, &reader);
  if (error != MDTRACE_OK)
    {
      mdtrace_aggregate_free (aggregate);
      return error;
    }
  merge (aggregate);
  *result = aggregate;
  return MDTRACE_OK;
}

void
mdtrace_aggregate_free (struct mdtrace_aggregate *aggregate)
{
  if (aggregate == NULL)
    return;
  free (aggregate->words);
  free (aggregate);
}

int
mdtrace_aggregation_clear (struct mdtrace_target *target, uint32_t probe_id)
{
  return rpc_mdtrace_aggregation_clear (target->token, probe_id);
}
