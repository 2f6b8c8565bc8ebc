/* mdtrace counter: counters and what they have counted, as JSON.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "counter.h"

json_t *
counter_json_number (uint64_t value)
{
  return value <= INT64_MAX ? json_integer ((json_int_t) value)
			    : cli_json_address (value);
}

json_t *
counter_info_json (const mdtrace_counter_info_t *counter)
{
  return cli_json_pack (
      "{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i}", "number",
      (int) counter->number, "name", counter->name, "kind",
      mdtrace_counter_kind_words (counter->kind), "unit", counter->unit,
      "state", mdtrace_counter_state_words (counter->state), "source",
      mdtrace_counter_source_words (counter->source), "detail",
      counter->detail, "sample", (int) counter->sample, "sites",
      (int) counter->sites, "refused", (int) counter->refused);
}

/* The buckets that are not empty.  */
static json_t *
buckets_json (const mdtrace_counter_value_t *value)
{
  json_t *list = json_array ();

  for (unsigned i = 0; i < MDTRACE_COUNTER_BUCKETS; i++)
    if (value->buckets[i] != 0)
      {
	uint64_t low = i == 0 ? 0 : UINT64_C (1) << (i - 1);
	bool is_last = i + 1 == MDTRACE_COUNTER_BUCKETS;
	json_array_append_new (
	    list,
	    cli_json_pack ("{s:o, s:o, s:o}", "low", counter_json_number (low),
			   "high",
			   is_last ? json_null ()
				   : counter_json_number (UINT64_C (1) << i),
			   "count", counter_json_number (value->buckets[i])));
      }
  return list;
}

static json_t *
part_json (const mdtrace_counter_info_t *counter,
	   const mdtrace_counter_value_t *value)
{
  static const struct
  {
    const char *name;
    double quantile;
  } quantiles[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 } };
  char buffer[COUNTER_TEXT_BYTES];
  enum mdtrace_counter_kind kind
      = mdtrace_counter_part_kind (counter, value->part);
  json_t *object = cli_json_pack (
      "{s:i, s:s, s:s, s:s, s:i, s:o, s:o}", "part", (int) value->part, "name",
      mdtrace_counter_part_words (counter->number, value->part, buffer,
				  sizeof buffer),
      "kind", mdtrace_counter_kind_words (kind), "unit",
      mdtrace_counter_part_unit (counter, value->part), "sample",
      (int) value->sample, "count", counter_json_number (value->count),
      kind == MDTRACE_COUNTER_LEVEL ? "level" : "sum",
      counter_json_number (value->sum));

  if (kind != MDTRACE_COUNTER_DURATION)
    return object;
  json_object_update_new (
      object,
      cli_json_pack (
	  "{s:o, s:o, s:o, s:o, s:o}", "minimum",
	  counter_json_number (value->minimum), "mean",
	  counter_json_number (counter_mean (value)), "maximum",
	  counter_json_number (value->maximum), "estimated_count",
	  counter_json_number (counter_scaled (value->count, value->sample)),
	  "estimated_sum",
	  counter_json_number (counter_scaled (value->sum, value->sample))));
  for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
    json_object_set_new (object, quantiles[i].name,
			 counter_json_number (mdtrace_counter_quantile (
			     value, quantiles[i].quantile)));
  json_object_set_new (object, "buckets", buckets_json (value));
  return object;
}

json_t *
counter_json (const struct counter_reading *reading)
{
  json_t *object = counter_info_json (&reading->counter);
  json_t *parts = json_array ();

  for (size_t i = 0; i < reading->count; i++)
    json_array_append_new (parts,
			   part_json (&reading->counter, &reading->values[i]));
  json_object_set_new (object, "parts", parts);
  return object;
}
