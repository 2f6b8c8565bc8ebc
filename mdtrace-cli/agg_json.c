/* mdtrace agg: what is added up, as JSON.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "agg.h"
#include "histogram.h"

/* VALUE, which has a sign if IS_SIGNED, as a number if JSON's are large
   enough.  */
static json_t *
number (uint64_t value, bool is_signed)
{
  if (is_signed || value <= INT64_MAX)
    return json_integer ((json_int_t) value);
  return cli_json_address (value);
}

/* The buckets at COUNTS that are not empty.  */
static json_t *
buckets (const mdtrace_probe_options_t *options, const uint64_t *counts)
{
  json_t *list = json_array ();

  for (unsigned i = 0; i < histogram_buckets (options); i++)
    if (counts[i] != 0)
      {
	struct histogram_bucket bucket = histogram_bucket (options, i);
	json_array_append_new (
	    list, cli_json_pack (
		      "{s:o, s:o, s:o}", "low",
		      bucket.has_low ? number (bucket.low, bucket.is_signed)
				     : json_null (),
		      "high",
		      bucket.has_high ? number (bucket.high, bucket.is_signed)
				      : json_null (),
		      "count", number (counts[i], false)));
      }
  return list;
}

/* The mean of what has been summed up in CELLS.  */
static double
mean (const uint64_t *cells, bool is_signed)
{
  double sum = is_signed ? (double) (int64_t) cells[1] : (double) cells[1];

  return sum / cells[0];
}

static json_t *
entry_json (const struct agg *agg, size_t which)
{
  const mdtrace_probe_options_t *options = &agg->aggregate->options;
  const uint64_t *cells = agg_cells (agg, which);
  bool is_signed = options->value_signed;
  struct agg_part parts[AGG_PARTS_MAX];
  unsigned count = agg_parts (agg, agg_key (agg, which), parts);
  json_t *object = json_object (), *key = json_object ();

  for (unsigned i = 0; i < count; i++)
    agg_part_json (agg, &parts[i], key);
  json_object_set_new (object, "key", key);
  json_object_set_new (object, "count", number (cells[0], false));
  switch (options->aggregation)
    {
    case MDTRACE_AGGREGATION_COUNT:
      break;
    case MDTRACE_AGGREGATION_MIN:
    case MDTRACE_AGGREGATION_MAX:
      json_object_set_new (object, agg_word (options->aggregation),
			   number (cells[1], is_signed));
      break;
    default:
      json_object_set_new (object, "sum", number (cells[1], is_signed));
      json_object_set_new (object, "avg", json_real (mean (cells, is_signed)));
    }
  if (agg_is_histogram (options))
    json_object_set_new (object, "buckets", buckets (options, cells + 2));
  return object;
}

static json_t *
keys_json (const struct agg *agg)
{
  json_t *list = json_array ();

  for (unsigned bit = 0; bit < AGG_PARTS_MAX; bit++)
    if (agg->aggregate->options.keys & 1U << bit)
      json_array_append_new (list,
			     cli_json_text (agg_part_name (agg, 1U << bit)));
  return list;
}

json_t *
agg_json (const struct agg *agg, size_t limit)
{
  const mdtrace_probe_options_t *options = &agg->aggregate->options;
  size_t count = agg->aggregate->count;
  size_t shown = limit != 0 && limit < count ? limit : count;
  size_t *order = agg_order (agg);
  json_t *entries = json_array ();
  json_t *unit = options->value == MDTRACE_FIELD_DURATION_BIT
		     ? cli_json_text ("ns")
		     : json_null ();

  for (size_t i = 0; i < shown; i++)
    json_array_append_new (entries, entry_json (agg, order[i]));
  free (order);
  return cli_json_pack ("{s:i, s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:o}",
			"probe_id", (int) agg->probe->id, "label",
			agg->probe->label, "aggregation",
			agg_word (options->aggregation), "value",
			agg_value_name (options, &agg->names), "unit", unit,
			"keys", keys_json (agg), "overflows",
			(json_int_t) agg->aggregate->usage.overflows, "more",
			(json_int_t) (count - shown), "entries", entries);
}
