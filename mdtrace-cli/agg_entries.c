/* mdtrace agg: entries, their numbers and their order.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agg.h"

static _Noreturn void
out_of_memory (void)
{
  fprintf (stderr, "mdtrace: %s\n", strerror (ENOMEM));
  exit (1);
}

static unsigned
entry_words (const struct mdtrace_aggregate *aggregate)
{
  return aggregate->usage.key_words + aggregate->usage.cell_words;
}

const uint64_t *
agg_key (const struct agg *agg, size_t number)
{
  return agg->aggregate->words + number * entry_words (agg->aggregate);
}

const uint64_t *
agg_cells (const struct agg *agg, size_t number)
{
  return agg_key (agg, number) + agg->aggregate->usage.key_words;
}

const char *
agg_word (unsigned aggregation)
{
  switch (aggregation)
    {
#define MDTRACE_AGGREGATION(number, name, word, cells, documentation)         \
  case number:                                                                \
    return word;
#include "mdtrace_aggregations.def"
#undef MDTRACE_AGGREGATION
    default:
      return "none";
    }
}

const char *
agg_value_name (const mdtrace_probe_options_t *options,
		const struct mdtrace_names *names)
{
  static const char *const unnamed[MDTRACE_ARGUMENTS_MAX]
      = { "arg0", "arg1", "arg2", "arg3", "arg4", "arg5" };
  unsigned argument = options->value - MDTRACE_FIELD_ARG0_BIT;

  if (options->aggregation == MDTRACE_AGGREGATION_COUNT)
    return "hits";
  if (options->value == MDTRACE_FIELD_DURATION_BIT)
    return "duration";
  if (options->value == MDTRACE_FIELD_RETVAL_BIT)
    return "retval";
  if (argument >= MDTRACE_ARGUMENTS_MAX)
    return "?";
  return names->values[argument].name[0] != '\0' ? names->values[argument].name
						 : unnamed[argument];
}

bool
agg_is_histogram (const mdtrace_probe_options_t *options)
{
  return options->aggregation == MDTRACE_AGGREGATION_HIST
	 || options->aggregation == MDTRACE_AGGREGATION_LHIST;
}

bool
agg_value_is_signed (const mdtrace_probe_options_t *options)
{
  return options->value_signed
	 && options->aggregation != MDTRACE_AGGREGATION_COUNT
	 && !agg_is_histogram (options);
}

uint64_t
agg_mean (const mdtrace_probe_options_t *options, const uint64_t *cells)
{
  if (cells[0] == 0)
    return 0;
  return options->value_signed
	     ? (uint64_t) ((int64_t) cells[1] / (int64_t) cells[0])
	     : cells[1] / cells[0];
}

uint64_t
agg_value (const mdtrace_probe_options_t *options, const uint64_t *cells)
{
  switch (options->aggregation)
    {
    case MDTRACE_AGGREGATION_SUM:
    case MDTRACE_AGGREGATION_MIN:
    case MDTRACE_AGGREGATION_MAX:
      return cells[1];
    case MDTRACE_AGGREGATION_AVG:
      return agg_mean (options, cells);
    default:
      return cells[0];
    }
}

/* What compare_entries needs, which qsort does not hand on.  */
static const struct agg *compared;

static int
compare_entries (const void *left, const void *right)
{
  const mdtrace_probe_options_t *options = &compared->aggregate->options;
  size_t first = *(const size_t *) left, second = *(const size_t *) right;
  uint64_t a = agg_value (options, agg_cells (compared, first));
  uint64_t b = agg_value (options, agg_cells (compared, second));
  bool is_signed = agg_value_is_signed (options);

  /* Those alike stay in the order of their keys.  */
  if (a == b)
    return first < second ? -1 : first > second;
  return (is_signed ? (int64_t) a > (int64_t) b : a > b) ? -1 : 1;
}

size_t *
agg_order (const struct agg *agg)
{
  size_t count = agg->aggregate->count;
  size_t *order = malloc ((count + 1) * sizeof *order);

  if (order == NULL)
    out_of_memory ();
  for (size_t i = 0; i < count; i++)
    order[i] = i;
  compared = agg;
  qsort (order, count, sizeof *order, compare_entries);
  return order;
}

/* Take the cells at BEFORE off those at CELLS.  False if nothing is new.  */
static bool
subtract_cells (const mdtrace_probe_options_t *options, unsigned words,
		uint64_t *cells, const uint64_t *before)
{
  bool is_sum = options->aggregation != MDTRACE_AGGREGATION_MIN
		&& options->aggregation != MDTRACE_AGGREGATION_MAX;

  /* It was cleared in the meantime: all of it is new.  */
  if (cells[0] < before[0])
    return cells[0] > 0;
  for (unsigned i = 0; i < (is_sum ? words : 1); i++)
    cells[i] -= before[i];
  return cells[0] > 0;
}

/* By the words of the keys, as entries are ordered.  */
static int
compare_keys (const uint64_t *a, const uint64_t *b, unsigned words)
{
  for (unsigned i = 0; i < words; i++)
    if (a[i] != b[i])
      return a[i] < b[i] ? -1 : 1;
  return 0;
}

/* Whether entries of BEFORE look like those of NOW.  */
static bool
is_comparable (const struct mdtrace_aggregate *now,
	       const struct mdtrace_aggregate *before)
{
  return before != NULL && now->usage.key_words == before->usage.key_words
	 && now->usage.cell_words == before->usage.cell_words;
}

struct mdtrace_aggregate *
agg_difference (const struct mdtrace_aggregate *now,
		const struct mdtrace_aggregate *before)
{
  unsigned words = entry_words (now), key_words = now->usage.key_words;
  bool comparable = is_comparable (now, before);
  const uint64_t *old = comparable ? before->words : NULL;
  const uint64_t *end = comparable ? old + before->count * words : NULL;
  struct mdtrace_aggregate *difference = malloc (sizeof *difference);

  if (difference == NULL)
    out_of_memory ();
  *difference = *now;
  difference->words = malloc ((now->count * words + 1) * sizeof (uint64_t));
  if (difference->words == NULL)
    out_of_memory ();
  if (comparable && now->usage.overflows >= before->usage.overflows)
    difference->usage.overflows -= before->usage.overflows;
  difference->count = 0;
  for (size_t i = 0; i < now->count; i++)
    {
      uint64_t *entry = difference->words + difference->count * words;
      bool is_new = true;
      memcpy (entry, now->words + i * words, words * sizeof *entry);
      while (old < end && compare_keys (old, entry, key_words) < 0)
	old += words;
      if (old < end && compare_keys (old, entry, key_words) == 0)
	is_new = subtract_cells (&now->options, now->usage.cell_words,
				 entry + key_words, old + key_words);
      difference->count += is_new;
    }
  return difference;
}
