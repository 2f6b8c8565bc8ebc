/* Words for performance counters, and what their histograms say.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>

#include "mdtrace.h"

/* The table of mig/mdtrace_counter_parts.def.  */
struct part
{
  uint32_t counter, number;
  enum mdtrace_counter_kind kind;
  const char *word, *unit;
};

static const struct part parts[] = {
#define MDTRACE_COUNTER_PART(counter, number, name, word, kind, unit,         \
			     documentation)                                   \
  { MDTRACE_COUNTER_##counter, number, MDTRACE_COUNTER_##kind, word, unit },
#include "mdtrace_counter_parts.def"
#undef MDTRACE_COUNTER_PART
};

static const struct part *
find_part (uint32_t counter, uint32_t number)
{
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (parts[i].counter == counter && parts[i].number == number)
      return &parts[i];
  return NULL;
}

const char *
mdtrace_counter_part_words (uint32_t number, uint32_t part, char *buffer,
			    size_t bytes)
{
  const struct part *found = find_part (number, part);

  if (found != NULL)
    return found->word;
  if (number == MDTRACE_COUNTER_INTERRUPT_OVERHEAD)
    snprintf (buffer, bytes, "irq %u", (unsigned) part);
  else if (part == 0)
    return "all";
  else
    snprintf (buffer, bytes, "part %u", (unsigned) part);
  return buffer;
}

enum mdtrace_counter_kind
mdtrace_counter_part_kind (const mdtrace_counter_info_t *counter,
			   uint32_t part)
{
  const struct part *found = find_part (counter->number, part);

  return found != NULL ? found->kind
		       : (enum mdtrace_counter_kind) counter->kind;
}

const char *
mdtrace_counter_part_unit (const mdtrace_counter_info_t *counter,
			   uint32_t part)
{
  const struct part *found = find_part (counter->number, part);

  return found != NULL ? found->unit : counter->unit;
}

const char *
mdtrace_counter_kind_words (unsigned kind)
{
  switch (kind)
    {
    case MDTRACE_COUNTER_COUNT:
      return "count";
    case MDTRACE_COUNTER_DURATION:
      return "duration";
    case MDTRACE_COUNTER_LEVEL:
      return "level";
    default:
      return "unknown";
    }
}

const char *
mdtrace_counter_state_words (unsigned state)
{
  switch (state)
    {
    case MDTRACE_COUNTER_OFF:
      return "off";
    case MDTRACE_COUNTER_ON:
      return "on";
    case MDTRACE_COUNTER_UNAVAILABLE:
      return "unavailable";
    default:
      return "unknown";
    }
}

const char *
mdtrace_counter_source_words (unsigned source)
{
  switch (source)
    {
    case MDTRACE_COUNTER_NOWHERE:
      return "none";
    case MDTRACE_COUNTER_PMU_INTEL:
      return "PMU, Intel";
    case MDTRACE_COUNTER_PMU_AMD:
      return "PMU, AMD";
    case MDTRACE_COUNTER_PLACES:
      return "places in the kernel";
    case MDTRACE_COUNTER_TASKS:
      return "tasks";
    default:
      return "unknown";
    }
}

const char *
mdtrace_anomaly_words (unsigned anomaly)
{
  switch (anomaly)
    {
    case MDTRACE_ANOMALY_NONE:
      return "none";
    case MDTRACE_ANOMALY_TOO_FEW:
      return "too few values";
    case MDTRACE_ANOMALY_HIGH:
      return "high";
    case MDTRACE_ANOMALY_LOW:
      return "low";
    default:
      return "unknown";
    }
}

uint64_t
mdtrace_counter_quantile (const mdtrace_counter_value_t *value,
			  double quantile)
{
  uint64_t all = 0, below = 0;
  unsigned bucket;

  for (bucket = 0; bucket < MDTRACE_COUNTER_BUCKETS; bucket++)
    all += value->buckets[bucket];
  if (all == 0)
    return 0;
  for (bucket = 0; bucket < MDTRACE_COUNTER_BUCKETS - 1; bucket++)
    {
      below += value->buckets[bucket];
      if (below >= quantile * all)
	break;
    }
  /* The last one has no end.  */
  uint64_t end = bucket == 0 ? 0 : ((uint64_t) 1 << bucket) - 1;
  return bucket == MDTRACE_COUNTER_BUCKETS - 1 || end > value->maximum
	     ? value->maximum
	     : end;
}
