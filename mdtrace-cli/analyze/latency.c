/* Latencies.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "analyze.h"
#include "latency.h"
#include "words.h"

static uint64_t
add_up (uint64_t first, uint64_t second)
{
  uint64_t sum;

  return __builtin_add_overflow (first, second, &sum) ? UINT64_MAX : sum;
}

static void
count_heat (struct latency *latency, struct latency_heat *heat,
	    uint64_t length_ns)
{
  unsigned power = length_ns > 0 ? 63 - __builtin_clzll (length_ns) : 0;
  size_t bytes = heat->grid->steps * sizeof **latency->heat;

  if (latency->heat == NULL && !latency->has_no_heat)
    {
      latency->heat = calloc (LATENCY_POWERS, sizeof *latency->heat);
      latency->has_no_heat = latency->heat == NULL;
    }
  if (!latency->has_no_heat && latency->heat[power] == NULL)
    {
      if (heat->left_bytes >= bytes)
	latency->heat[power] = calloc (1, bytes);
      latency->has_no_heat = latency->heat[power] == NULL;
      if (!latency->has_no_heat)
	heat->left_bytes -= bytes;
    }
  if (!latency->has_no_heat)
    latency->heat[power][heat->grid->at]++;
}

bool
latency_add (struct latency *latency, struct latency_heat *heat,
	     int64_t ended_ns, uint64_t length_ns, uint64_t self_ns,
	     const struct source_thread *thread, uint64_t detail)
{
  if (latency->count == 0 || length_ns > latency->values.maximum)
    {
      latency->longest_ended_ns = ended_ns;
      latency->longest_thread = thread;
      latency->longest_detail = detail;
    }
  latency->count++;
  latency->total_ns = add_up (latency->total_ns, length_ns);
  latency->self_ns = add_up (latency->self_ns, self_ns);
  count_heat (latency, heat, length_ns);
  return distribution_add (&latency->values, length_ns);
}

void
latency_add_waited (struct latency *latency, int64_t waited_ns)
{
  if (waited_ns < 0)
    latency->waited_is_unknown = true;
  else
    latency->waited_ns = add_up (latency->waited_ns, waited_ns);
}

void
latency_free (struct latency *latency)
{
  distribution_free (&latency->values);
  for (unsigned i = 0; latency->heat != NULL && i < LATENCY_POWERS; i++)
    free (latency->heat[i]);
  free (latency->heat);
}

int64_t
latency_longest_began (const struct latency *latency)
{
  uint64_t since_least_ns
      = (uint64_t) latency->longest_ended_ns - (uint64_t) INT64_MIN;

  /* What claims to have begun before all time.  */
  if (latency->values.maximum > since_least_ns)
    return INT64_MIN;
  return (int64_t) ((uint64_t) latency->longest_ended_ns
		    - latency->values.maximum);
}

json_t *
latency_heat_map (const struct latency *latency, const struct grid *grid,
		  const char *what)
{
  unsigned low = 0, high = LATENCY_POWERS;

  if (latency->has_no_heat || latency->heat == NULL)
    return NULL;
  while (low < high && latency->heat[low] == NULL)
    low++;
  while (high > low && latency->heat[high - 1] == NULL)
    high--;
  if (low == high)
    return NULL;
  json_t *rows = json_array (), *cells = json_array ();
  for (unsigned power = low; power < high; power++)
    {
      uint64_t least = power > 0 ? UINT64_C (1) << power : 0;
      uint64_t greatest = (UINT64_C (1) << power) * 2 - 1;
      char text[WORDS_BYTES];
      json_array_append_new (
	  rows,
	  json_pack ("{s:o, s:o, s:o}", "label",
		     words_json ("%s", words_duration (least, text)), "low",
		     words_number (least), "high", words_number (greatest)));
      json_t *row = json_array ();
      for (unsigned i = 0; i < grid->steps; i++)
	json_array_append_new (row, json_integer (latency->heat[power] != NULL
						      ? latency->heat[power][i]
						      : 0));
      json_array_append_new (cells, row);
    }
  return json_pack ("{s:o, s:s, s:I, s:o, s:i, s:o, s:o}", "what",
		    analyze_text (what), "unit", "ns", "first_ns",
		    (json_int_t) grid->first_ns, "bin_ns",
		    words_number (grid->step_ns), "bins", (int) grid->steps,
		    "rows", rows, "cells", cells);
}
