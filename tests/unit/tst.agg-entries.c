/* mdtrace agg: the numbers of entries, their order, and what is new of them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "agg.h"
#include "tap.h"

/* An aggregation of one word for a key and CELLS for numbers, with WORDS.  */
static struct agg
make (unsigned aggregation, bool is_signed, unsigned cells, size_t count,
      const uint64_t *words)
{
  static mdtrace_probe_info_t probe;
  struct agg agg
      = { .probe = &probe, .aggregate = calloc (1, sizeof *agg.aggregate) };
  size_t bytes = count * (1 + cells) * sizeof *words;

  CHECK (agg.aggregate != NULL);
  agg.aggregate->options.aggregation = aggregation;
  agg.aggregate->options.value_signed = is_signed;
  agg.aggregate->options.keys = MDTRACE_KEY_CPU;
  agg.aggregate->usage.key_words = 1;
  agg.aggregate->usage.cell_words = cells;
  agg.aggregate->count = count;
  /* In a block of just that length.  */
  agg.aggregate->words = malloc (bytes);
  CHECK (agg.aggregate->words != NULL);
  memcpy (agg.aggregate->words, words, bytes);
  return agg;
}

static void
destroy (struct mdtrace_aggregate *aggregate)
{
  free (aggregate->words);
  free (aggregate);
}

/* The entries in their order must have these KEYS.  */
static void
check_order (const struct agg *agg, const uint64_t *keys)
{
  size_t *order = agg_order (agg);

  for (size_t i = 0; i < agg->aggregate->count; i++)
    CHECK_NUMBER (agg_key (agg, order[i])[0], keys[i]);
  free (order);
  destroy (agg->aggregate);
}

static void
puts_the_greatest_first (void)
{
  static const uint64_t counts[] = { 1, 5, 2, 9, 3, 5, 4, 1 };
  static const uint64_t sums[]
      = { 1, 1, 100, 2, 2, -UINT64_C (5), 3, 1, UINT64_C (1) << 63 };
  /* Key, hits, sum: means of 10, 2 and -5.  */
  static const uint64_t means[] = { 1, 4, 8, 2, 2, 20, 3, 1, -UINT64_C (5) };
  struct agg agg;

  agg = make (MDTRACE_AGGREGATION_COUNT, false, 1, 4, counts);
  check_order (&agg, (const uint64_t[]){ 2, 1, 3, 4 });
  agg = make (MDTRACE_AGGREGATION_SUM, false, 2, 3, sums);
  check_order (&agg, (const uint64_t[]){ 2, 3, 1 });
  agg = make (MDTRACE_AGGREGATION_SUM, true, 2, 3, sums);
  check_order (&agg, (const uint64_t[]){ 1, 2, 3 });
  agg = make (MDTRACE_AGGREGATION_AVG, true, 2, 3, means);
  check_order (&agg, (const uint64_t[]){ 2, 1, 3 });
  agg = make (MDTRACE_AGGREGATION_COUNT, false, 1, 0, counts);
  check_order (&agg, NULL);
}

static void
knows_what_stands_for_an_entry (void)
{
  static const uint64_t cells[] = { 3, -UINT64_C (10) };
  static const uint64_t none[] = { 0, 0 };
  mdtrace_probe_options_t options
      = { .aggregation = MDTRACE_AGGREGATION_COUNT, .value_signed = 1 };

  CHECK_NUMBER (agg_value (&options, cells), 3);
  CHECK (!agg_value_is_signed (&options));
  options.aggregation = MDTRACE_AGGREGATION_HIST;
  CHECK_NUMBER (agg_value (&options, cells), 3);
  CHECK (!agg_value_is_signed (&options));
  options.aggregation = MDTRACE_AGGREGATION_MIN;
  CHECK_NUMBER (agg_value (&options, cells), -UINT64_C (10));
  CHECK (agg_value_is_signed (&options));
  options.aggregation = MDTRACE_AGGREGATION_AVG;
  CHECK_NUMBER (agg_value (&options, cells), -UINT64_C (3));
  CHECK_NUMBER (agg_value (&options, none), 0);
  options.value_signed = 0;
  CHECK_NUMBER (agg_value (&options, cells), -UINT64_C (10) / 3);
}

/* What is new of NOW since BEFORE must be EXPECTED, of COUNT entries.  Of each
   there are three words.  */
static void
check_difference (unsigned aggregation, size_t now_count, const uint64_t *now,
		  size_t before_count, const uint64_t *before, size_t count,
		  const uint64_t *expected)
{
  struct agg first = make (aggregation, false, 2, before_count, before);
  struct agg second = make (aggregation, false, 2, now_count, now);
  struct mdtrace_aggregate *difference
      = agg_difference (second.aggregate, first.aggregate);

  CHECK_NUMBER (difference->count, count);
  for (size_t i = 0; i < 3 * count; i++)
    CHECK_NUMBER (difference->words[i], expected[i]);
  destroy (difference);
  destroy (first.aggregate);
  destroy (second.aggregate);
}

static void
knows_what_is_new (void)
{
  static const uint64_t before[] = { 1, 10, 100, 3, 5, 50, 7, 1, 1 };
  static const uint64_t now[]
      = { 1, 12, 130, 2, 4, 40, 3, 5, 50, 7, 2, 8, 9, 1, 6 };
  /* Of a sum what was added; of the least value only that there are hits.  */
  static const uint64_t sums[] = { 1, 2, 30, 2, 4, 40, 7, 1, 7, 9, 1, 6 };
  static const uint64_t least[] = { 1, 2, 130, 2, 4, 40, 7, 1, 8, 9, 1, 6 };
  static const uint64_t cleared[] = { 1, 3, 30 };

  check_difference (MDTRACE_AGGREGATION_SUM, 5, now, 3, before, 4, sums);
  check_difference (MDTRACE_AGGREGATION_MIN, 5, now, 3, before, 4, least);
  /* Nothing is new; all is; it was cleared in between, and some is there.  */
  check_difference (MDTRACE_AGGREGATION_SUM, 5, now, 5, now, 0, NULL);
  check_difference (MDTRACE_AGGREGATION_SUM, 5, now, 0, before, 5, now);
  check_difference (MDTRACE_AGGREGATION_SUM, 0, now, 3, before, 0, NULL);
  check_difference (MDTRACE_AGGREGATION_SUM, 1, cleared, 3, before, 1,
		    cleared);
}

/* The probe of that number is another one: the machine was started anew.  */
static void
compares_no_others (void)
{
  static const uint64_t words[] = { 1, 10, 100 };
  struct agg now = make (MDTRACE_AGGREGATION_SUM, false, 2, 1, words);
  struct agg before = make (MDTRACE_AGGREGATION_COUNT, false, 1, 1, words);
  struct mdtrace_aggregate *difference;

  difference = agg_difference (now.aggregate, before.aggregate);
  CHECK_NUMBER (difference->count, 1);
  CHECK_NUMBER (difference->words[1], 10);
  destroy (difference);
  difference = agg_difference (now.aggregate, NULL);
  CHECK_NUMBER (difference->count, 1);
  CHECK_NUMBER (difference->words[2], 100);
  destroy (difference);
  destroy (now.aggregate);
  destroy (before.aggregate);
}

TAP_MAIN ({ puts_the_greatest_first, "the greatest first" },
	  { knows_what_stands_for_an_entry, "what stands for an entry" },
	  { knows_what_is_new, "what was added since the last time" },
	  { compares_no_others, "what cannot be compared" })
