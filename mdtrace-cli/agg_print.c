/* mdtrace agg: what is added up, for people.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Numbers are a table, a row for each key.  Histograms and stacks, which need
   several lines, stand below each other.  */

#include <config.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agg.h"
#include "histogram.h"
#include "table.h"

static bool
is_time (const mdtrace_probe_options_t *options)
{
  return options->value == MDTRACE_FIELD_DURATION_BIT;
}

/* VALUE of what is added up.  The caller frees it.  */
static char *
value_text (const mdtrace_probe_options_t *options, uint64_t value)
{
  char text[HISTOGRAM_TEXT_BYTES];

  if (is_time (options))
    {
      histogram_scale (text, value, options->value_signed, true);
      return cli_format ("%s", text);
    }
  if (options->value_signed)
    return cli_format ("%" PRId64, (int64_t) value);
  return cli_format ("%" PRIu64, value);
}

/* WORD in capitals, as the heading of a column.  The caller frees it.  */
static char *
heading (const char *word)
{
  char *text = cli_format ("%s", word);

  for (char *at = text; *at != '\0'; at++)
    *at = toupper ((unsigned char) *at);
  return text;
}

static void
print_heading (const struct agg *agg)
{
  const mdtrace_probe_options_t *options = &agg->aggregate->options;
  const char *separator = " by ";

  printf ("probe %u", (unsigned) agg->probe->id);
  if (agg->probe->label[0] != '\0')
    printf (" (%s)", agg->probe->label);
  printf (": %s", agg_word (options->aggregation));
  if (options->aggregation != MDTRACE_AGGREGATION_COUNT)
    printf (" of %s", agg_value_name (options, &agg->names));
  for (unsigned bit = 0; bit < AGG_PARTS_MAX; bit++)
    if (options->keys & 1U << bit)
      {
	printf ("%s%s", separator, agg_part_name (agg, 1U << bit));
	separator = ", ";
      }
  if (agg->aggregate->usage.overflows > 0)
    printf ("; no room for %" PRIu64 " hits with other keys",
	    agg->aggregate->usage.overflows);
  printf ("%s\n", agg->aggregate->count == 0 ? ": nothing yet" : "");
}

static void
print_table (const struct agg *agg, const size_t *order, size_t shown)
{
  const mdtrace_probe_options_t *options = &agg->aggregate->options;
  bool has_value = options->aggregation != MDTRACE_AGGREGATION_COUNT;
  struct table *table = table_new ();
  struct agg_part parts[AGG_PARTS_MAX];
  unsigned count = agg_parts (agg, agg_key (agg, 0), parts);
  char *text;

  for (unsigned i = 0; i < count; i++)
    {
      text = heading (agg_part_name (agg, parts[i].key));
      table_add_column (table, text, false);
      free (text);
    }
  table_add_column (table, "COUNT", true);
  text = heading (agg_word (options->aggregation));
  if (has_value)
    table_add_column (table, text, true);
  free (text);
  for (size_t i = 0; i < shown; i++)
    {
      const uint64_t *cells = agg_cells (agg, order[i]);
      agg_parts (agg, agg_key (agg, order[i]), parts);
      for (unsigned j = 0; j < count; j++)
	{
	  text = agg_part_text (agg, &parts[j]);
	  table_add_cell (table, text);
	  free (text);
	}
      table_add_number (table, cells[0]);
      if (!has_value)
	continue;
      text = value_text (options, agg_value (options, cells));
      table_add_cell (table, text);
      free (text);
    }
  table_print (table);
}

static void
print_frames (const struct agg *agg, const uint64_t *words)
{
  unsigned frames = agg_frames (agg, words);

  if (frames == 0)
    puts ("    ?");
  for (unsigned i = 0; i < frames; i++)
    {
      char *frame = symbols_frame (agg->symbols, i, words[1 + i]);
      printf ("    %s\n", frame);
      free (frame);
    }
}

/* The parts of an entry's key but for its stack, and what it has added up, on
   one line.  */
static void
print_summary (const struct agg *agg, const struct agg_part *parts,
	       unsigned count, const uint64_t *cells)
{
  const mdtrace_probe_options_t *options = &agg->aggregate->options;
  char *value = NULL;

  for (unsigned i = 0; i < count; i++)
    if (parts[i].key != MDTRACE_KEY_STACK)
      {
	char *text = agg_part_text (agg, &parts[i]);
	printf ("%s %s, ", agg_part_name (agg, parts[i].key), text);
	free (text);
      }
  printf ("count %" PRIu64, cells[0]);
  if (agg_is_histogram (options))
    {
      value = value_text (options, agg_mean (options, cells));
      printf (", avg %s", value);
    }
  else if (options->aggregation != MDTRACE_AGGREGATION_COUNT)
    {
      value = value_text (options, agg_value (options, cells));
      printf (", %s %s", agg_word (options->aggregation), value);
    }
  putchar ('\n');
  free (value);
}

/* An entry that needs several lines.  */
static void
print_entry (const struct agg *agg, size_t number)
{
  const mdtrace_probe_options_t *options = &agg->aggregate->options;
  const uint64_t *cells = agg_cells (agg, number);
  struct agg_part parts[AGG_PARTS_MAX];
  unsigned count = agg_parts (agg, agg_key (agg, number), parts);

  print_summary (agg, parts, count, cells);
  for (unsigned i = 0; i < count; i++)
    if (parts[i].key == MDTRACE_KEY_STACK)
      print_frames (agg, parts[i].words);
  if (agg_is_histogram (options))
    histogram_draw (stdout, options, cells + 2);
}

void
agg_print (const struct agg *agg, size_t limit)
{
  const mdtrace_probe_options_t *options = &agg->aggregate->options;
  size_t count = agg->aggregate->count;
  size_t shown = limit != 0 && limit < count ? limit : count;

  print_heading (agg);
  if (count == 0)
    return;
  size_t *order = agg_order (agg);
  if (agg_is_histogram (options) || (options->keys & MDTRACE_KEY_STACK))
    for (size_t i = 0; i < shown; i++)
      print_entry (agg, order[i]);
  else
    print_table (agg, order, shown);
  if (shown < count)
    printf ("and %zu more\n", count - shown);
  free (order);
}
