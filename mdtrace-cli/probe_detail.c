/* mdtrace probe list: what a probe does with its hits.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agg.h"
#include "budget.h"
#include "histogram.h"
#include "probe_static.h"
#include "probe_detail.h"

/* Have what time stamp counts are told in nanoseconds by: probes without
   latency do not know it.  */
static int
get_rate (struct mdtrace_target *target, mdtrace_probe_usage_t *usage)
{
  mdtrace_clock_t clock;
  int error = mdtrace_get_clock (target, &clock);

  if (error == MDTRACE_OK && clock.tsc > clock.first_tsc)
    usage->ns_per_count = (double) (clock.uptime_ns - clock.first_uptime_ns)
			  / (double) (clock.tsc - clock.first_tsc)
			  * 4294967296.0;
  return error;
}

int
probe_detail_get (struct mdtrace_target *target, uint32_t id,
		  struct probe_detail *detail)
{
  int error
      = mdtrace_probe_options (target, id, &detail->options, &detail->usage);

  if (error == MDTRACE_OK && detail->usage.spent != 0
      && detail->usage.ns_per_count == 0)
    error = get_rate (target, &detail->usage);
  detail->is_known = error == MDTRACE_OK;
  /* What a kernel that has ended leaves does not have it.  */
  detail->has_usage = detail->is_known
		      && strncmp (mdtrace_target_url (target), "ram:", 4) != 0;
  return error == MDTRACE_ERR_NO_SUCH_PROBE || error == MDTRACE_ERR_UNSUPPORTED
	     ? MDTRACE_OK
	     : error;
}

char *
probe_detail_stopped (const struct probe_detail *detail)
{
  char share[BUDGET_TEXT_BYTES];

  if (!detail->is_known || detail->usage.stopped_share == 0)
    return NULL;
  budget_format (share, detail->usage.stopped_share);
  return cli_format ("all probes took %s of CPU %u", share,
		     (unsigned) detail->usage.stopped_cpu);
}

/* The time that the probe's handlers have taken: counts * NS_PER_COUNT >> 32,
   of which the product can have 128 bits.  */
static uint64_t
spent_ns (const mdtrace_probe_usage_t *usage)
{
  uint64_t high = usage->spent >> 32, low = (uint32_t) usage->spent;
  uint64_t whole = usage->ns_per_count >> 32;
  uint64_t fraction = (uint32_t) usage->ns_per_count;

  return high * usage->ns_per_count + low * whole + (low * fraction >> 32);
}

/* What is told apart, with commas between.  The caller frees it.  */
static char *
keys_text (const mdtrace_probe_options_t *options,
	   const struct mdtrace_names *names)
{
  const struct agg agg = { .names = *names };
  char *text = cli_format ("%s", "");

  for (unsigned bit = 0; bit < AGG_PARTS_MAX; bit++)
    if (options->keys & 1U << bit)
      {
	char *longer = cli_format ("%s%s%s", text, text[0] != '\0' ? ", " : "",
				   agg_part_name (&agg, 1U << bit));
	free (text);
	text = longer;
      }
  return text;
}

static void
print_aggregation (const struct probe_detail *detail,
		   const struct mdtrace_names *names)
{
  const mdtrace_probe_options_t *options = &detail->options;
  char *keys = keys_text (options, names);
  char low[HISTOGRAM_TEXT_BYTES], step[HISTOGRAM_TEXT_BYTES];

  if (options->aggregation == MDTRACE_AGGREGATION_NONE)
    {
      free (keys);
      return;
    }
  printf ("  adds up    %s", agg_word (options->aggregation));
  if (options->aggregation != MDTRACE_AGGREGATION_COUNT)
    printf (" of %s", agg_value_name (options, names));
  if (options->aggregation == MDTRACE_AGGREGATION_LHIST)
    {
      bool is_time = options->value == MDTRACE_FIELD_DURATION_BIT;
      histogram_scale (low, (uint64_t) options->low, true, is_time);
      histogram_scale (step, options->step, false, is_time);
      printf (" from %s in %u steps of %s", low, (unsigned) options->buckets,
	      step);
    }
  if (keys[0] != '\0')
    printf (" by %s; room for %u keys on each CPU, %" PRIu64
	    " hits found none",
	    keys,
	    (unsigned) (options->entries != 0 ? options->entries
					      : MDTRACE_ENTRIES),
	    detail->usage.overflows);
  putchar ('\n');
  free (keys);
}

static void
print_options (const struct probe_detail *detail,
	       const struct mdtrace_names *names)
{
  const mdtrace_probe_options_t *options = &detail->options;
  const mdtrace_probe_usage_t *usage = &detail->usage;
  char text[HISTOGRAM_TEXT_BYTES], share[BUDGET_TEXT_BYTES];

  if (options->instructions > 0)
    printf ("  filter     %s; %u instructions, %" PRIu64
	    " hits rejected for a fault\n",
	    options->filter, (unsigned) options->instructions, usage->faults);
  else if (usage->faults > 0)
    printf ("  faults     %" PRIu64 " hits of which a value could not be "
	    "read\n",
	    usage->faults);
  if (options->latency)
    printf ("  latency    %" PRIu64 " returns without an entry, %" PRIu64
	    " entries without a return\n",
	    usage->unpaired, usage->abandoned);
  print_aggregation (detail, names);
  if (options->stack_depth > 0)
    printf ("  stack      %u frames\n", (unsigned) options->stack_depth);
  if (options->limit > 0)
    printf ("  limit      %u hits a second on each CPU\n",
	    (unsigned) options->limit);
  budget_format (share, options->budget);
  if (options->budget > 0)
    printf ("  budget     %s of each CPU's time\n", share);
  histogram_scale (text, spent_ns (usage), false, true);
  printf ("  took       %s\n", text);
}

void
probe_detail_print (const mdtrace_probe_info_t *probe, const char *state,
		    const struct probe_detail *detail)
{
  const mdtrace_counts_t *counts = &probe->counts;
  char *description
      = probe->event[0] != '\0'
	    ? probe_static_describe (probe->provider, "", probe->event)
	    : cli_describe (probe->function, probe->kinds, probe->offset,
			    probe->sites == 1 && probe->function[0] != '\0');
  char *stopped = probe_detail_stopped (detail);
  struct mdtrace_names names;

  mdtrace_names_read (probe->names, &names);
  printf ("probe %u: %s (%s), %s\n", (unsigned) probe->id, description,
	  probe_static_kind (probe), state);
  if (probe->label[0] != '\0')
    printf ("  label      %s\n", probe->label);
  printf ("  sites      %u in %u function%s, %u refused\n",
	  (unsigned) probe->sites, (unsigned) probe->functions,
	  probe->functions == 1 ? "" : "s", (unsigned) probe->refused);
  printf ("  hits       %" PRIu64 ": %" PRIu64 " recorded, %" PRIu64
	  " filtered, %" PRIu64 " dropped, %" PRIu64 " throttled, %" PRIu64
	  " missed\n",
	  counts->hits, counts->recorded, counts->filtered, counts->dropped,
	  counts->throttled, counts->missed);
  if (detail->is_known)
    print_options (detail, &names);
  if (stopped != NULL)
    printf ("  stopped    switched off: %s\n", stopped);
  free (stopped);
  free (description);
}

static json_t *
options_json (const mdtrace_probe_options_t *options,
	      const struct mdtrace_names *names)
{
  const struct agg agg = { .names = *names };
  json_t *keys = json_array ();
  json_t *object = cli_json_pack (
      "{s:s, s:i, s:b, s:i, s:I, s:f}", "filter", options->filter,
      "filter_instructions", (int) options->instructions, "latency",
      (int) (options->latency != 0), "stack_depth", (int) options->stack_depth,
      "limit", (json_int_t) options->limit, "budget_percent",
      options->budget / 100.0);

  for (unsigned bit = 0; bit < AGG_PARTS_MAX; bit++)
    if (options->keys & 1U << bit)
      json_array_append_new (keys,
			     cli_json_text (agg_part_name (&agg, 1U << bit)));
  json_object_set_new (object, "keys", keys);
  if (options->aggregation == MDTRACE_AGGREGATION_NONE)
    {
      json_object_set_new (object, "aggregation", json_null ());
      return object;
    }
  json_object_set_new (object, "aggregation",
		       cli_json_text (agg_word (options->aggregation)));
  json_object_set_new (object, "value",
		       cli_json_text (agg_value_name (options, names)));
  json_object_set_new (object, "entries",
		       json_integer (options->entries != 0
					 ? (json_int_t) options->entries
					 : MDTRACE_ENTRIES));
  if (options->aggregation == MDTRACE_AGGREGATION_LHIST)
    json_object_set_new (object, "range",
			 cli_json_pack ("{s:I, s:I, s:i}", "low",
					(json_int_t) options->low, "step",
					(json_int_t) options->step, "steps",
					(int) options->buckets));
  return object;
}

static json_t *
usage_json (const mdtrace_probe_usage_t *usage)
{
  json_t *stopped
      = usage->stopped_share == 0
	    ? json_null ()
	    : cli_json_pack ("{s:i, s:f}", "cpu", (int) usage->stopped_cpu,
			     "share_percent", usage->stopped_share / 100.0);

  return cli_json_pack ("{s:I, s:I, s:I, s:I, s:I, s:o}", "faults",
			(json_int_t) usage->faults, "unpaired",
			(json_int_t) usage->unpaired, "abandoned",
			(json_int_t) usage->abandoned, "overflows",
			(json_int_t) usage->overflows, "spent_ns",
			(json_int_t) spent_ns (usage), "stopped", stopped);
}

void
probe_detail_json (const mdtrace_probe_info_t *probe,
		   const struct probe_detail *detail, json_t *object)
{
  struct mdtrace_names names;

  mdtrace_names_read (probe->names, &names);
  json_object_set_new (object, "options",
		       detail->is_known
			   ? options_json (&detail->options, &names)
			   : json_null ());
  json_object_set_new (object, "usage",
		       detail->has_usage ? usage_json (&detail->usage)
					 : json_null ());
}
