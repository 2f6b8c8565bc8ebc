/* mdtrace counter: what counters have counted, for people.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A row for each part.  There are only columns that some part has something
   for.  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "counter.h"
#include "histogram.h"
#include "table.h"

/* What the rows have to say.  */
struct columns
{
  bool durations, levels, sums;
};

static enum mdtrace_counter_kind
kind_of (const struct counter_reading *reading, size_t part)
{
  return mdtrace_counter_part_kind (&reading->counter,
				    reading->values[part].part);
}

static struct columns
find_columns (const struct counter_reading *readings, size_t count)
{
  struct columns columns = { false, false, false };

  for (size_t i = 0; i < count; i++)
    for (size_t part = 0; part < readings[i].count; part++)
      {
	enum mdtrace_counter_kind kind = kind_of (&readings[i], part);
	columns.durations |= kind == MDTRACE_COUNTER_DURATION;
	columns.levels |= kind == MDTRACE_COUNTER_LEVEL;
	columns.sums |= kind != MDTRACE_COUNTER_LEVEL;
      }
  return columns;
}

static void
add_value (struct table *table, uint64_t value, const char *unit)
{
  char text[COUNTER_TEXT_BYTES];

  counter_text (text, value, unit);
  table_add_cell (table, text);
}

/* VALUE, which ABOUT says is an estimate.  */
static void
add_estimate (struct table *table, uint64_t value, const char *unit,
	      const char *about)
{
  char text[COUNTER_TEXT_BYTES];

  counter_text (text, value, unit);
  char *estimate = cli_format ("%s%s", about, text);
  table_add_cell (table, estimate);
  free (estimate);
}

static void
add_durations (struct table *table, const mdtrace_counter_value_t *value,
	       const char *unit)
{
  static const double quantiles[] = { 0.5, 0.9, 0.99 };

  add_value (table, value->minimum, unit);
  add_value (table, counter_mean (value), unit);
  for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
    add_value (table, mdtrace_counter_quantile (value, quantiles[i]), unit);
  add_value (table, value->maximum, unit);
}

static void
add_row (struct table *table, const struct columns *columns,
	 const mdtrace_counter_info_t *counter,
	 const mdtrace_counter_value_t *value)
{
  enum mdtrace_counter_kind kind
      = mdtrace_counter_part_kind (counter, value->part);
  const char *unit = mdtrace_counter_part_unit (counter, value->part);
  const char *about = value->sample > 1 ? "~" : "";
  char buffer[COUNTER_TEXT_BYTES];

  table_add_cell (table, counter->name);
  table_add_cell (table,
		  mdtrace_counter_part_words (counter->number, value->part,
					      buffer, sizeof buffer));
  add_estimate (table, counter_scaled (value->count, value->sample), "",
		about);
  if (columns->sums && kind == MDTRACE_COUNTER_LEVEL)
    table_add_cell (table, "");
  else if (columns->sums)
    add_estimate (table, counter_scaled (value->sum, value->sample), unit,
		  about);
  if (columns->levels && kind == MDTRACE_COUNTER_LEVEL)
    add_value (table, value->sum, unit);
  else if (columns->levels)
    table_add_cell (table, "");
  if (columns->durations && kind == MDTRACE_COUNTER_DURATION)
    add_durations (table, value, unit);
  else if (columns->durations)
    for (unsigned i = 0; i < 6; i++)
      table_add_cell (table, "");
}

static void
print_table (const struct counter_reading *readings, size_t count,
	     const struct columns *columns)
{
  static const char durations[][8]
      = { "MINIMUM", "MEAN", "P50", "P90", "P99", "MAXIMUM" };
  struct table *table = table_new ();

  table_add_column (table, "COUNTER", false);
  table_add_column (table, "PART", false);
  table_add_column (table, "COUNT", true);
  if (columns->sums)
    table_add_column (table, "SUM", true);
  if (columns->levels)
    table_add_column (table, "LEVEL", true);
  for (size_t i = 0;
       columns->durations && i < sizeof durations / sizeof durations[0]; i++)
    table_add_column (table, durations[i], true);
  for (size_t i = 0; i < count; i++)
    for (size_t part = 0; part < readings[i].count; part++)
      add_row (table, columns, &readings[i].counter,
	       &readings[i].values[part]);
  table_print (table);
}

/* Counter's histograms: bucket 0 is of 0, bucket N of what has N digits.  */
static struct histogram_bucket
describe (const void *context, unsigned number)
{
  (void) context;
  return (struct histogram_bucket){
    .has_low = true,
    .has_high = number + 1 < MDTRACE_COUNTER_BUCKETS,
    .low = number == 0 ? 0 : UINT64_C (1) << (number - 1),
    .high = UINT64_C (1) << number,
  };
}

static void
print_histograms (const struct counter_reading *reading)
{
  char buffer[COUNTER_TEXT_BYTES];

  for (size_t part = 0; part < reading->count; part++)
    {
      const mdtrace_counter_value_t *value = &reading->values[part];
      if (kind_of (reading, part) != MDTRACE_COUNTER_DURATION)
	continue;
      printf ("\n%s, %s:\n", reading->counter.name,
	      mdtrace_counter_part_words (reading->counter.number, value->part,
					  buffer, sizeof buffer));
      histogram_draw_buckets (stdout, MDTRACE_COUNTER_BUCKETS, describe, NULL,
			      value->buckets, true);
    }
}

/* What the table does not say of READING.  */
static void
print_notes (const struct counter_reading *reading)
{
  const mdtrace_counter_info_t *counter = &reading->counter;

  if (counter->state == MDTRACE_COUNTER_UNAVAILABLE)
    printf ("%s: unavailable: %s\n", counter->name, counter->detail);
  else if (counter->state != MDTRACE_COUNTER_ON)
    printf ("%s: off%s\n", counter->name,
	    reading->count == 0 ? ", has counted nothing"
				: "; that is what it had counted");
  else if (reading->count == 0)
    printf ("%s: on, has counted nothing yet\n", counter->name);
  if (reading->count > 0 && reading->values[0].sample > 1)
    printf ("%s: one of %u durations is measured; count and sum are "
	    "estimates, %u times what was measured\n",
	    counter->name, (unsigned) reading->values[0].sample,
	    (unsigned) reading->values[0].sample);
}

void
counter_print (const struct counter_reading *readings, size_t count,
	       bool histograms)
{
  struct columns columns = find_columns (readings, count);

  if (columns.sums || columns.levels)
    print_table (readings, count, &columns);
  for (size_t i = 0; i < count; i++)
    print_notes (&readings[i]);
  for (size_t i = 0; histograms && i < count; i++)
    print_histograms (&readings[i]);
}
