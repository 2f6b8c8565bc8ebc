/* What can be told of probes: counts, sites, usage, what they have added up.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "aggregate.h"
#include "dynamic_probes.h"
#include "mdtrace_errors.h"
#include "probe_registry.h"
#include "probe_sites.h"
#include "x86/cpu.h"

#if MACH_DYNAMIC_PROBES

void
probe_sum_sites (const struct dynamic_probe *probe, unsigned cpu,
		 mdtrace_counts_t *sum)
{
  dtrace_add_counts (sum, &probe->last_counts[cpu]);
  for (const struct dtrace_enabling *enabling = probe->first; enabling != NULL;
       enabling = enabling->probe_next)
    dtrace_sum_counts (enabling, cpu, sum);
}

/* Add the counts of PROBE on CPU to SUM.  What was overwritten comes first:
   it was recorded before.  */
static void
sum_counts (const struct dynamic_probe *probe, unsigned cpu,
	    mdtrace_counts_t *sum)
{
  overwritten_move (&probe->overwritten, cpu, sum);
  probe_sum_sites (probe, cpu, sum);
}

void
probe_sum_all (const struct dynamic_probe *probe, mdtrace_counts_t *sum)
{
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    sum_counts (probe, cpu, sum);
}

uint32_t
dynamic_probe_list (uint32_t first, dynamic_probe_status_t *probes,
		    uint32_t max)
{
  uint32_t listed = 0;

  dynamic_probes_forget ();
  for (const struct dynamic_probe *probe = dynamic_probes;
       probe != NULL && listed < max; probe = probe->next)
    if (probe->id >= first)
      {
	dynamic_probe_status_t *info = &probes[listed++];
	copy_memory (info, &probe->shared.info, sizeof *info);
	probe_sum_all (probe, &info->counts);
      }
  return listed;
}

int
dynamic_probe_counts (uint32_t id, mdtrace_counts_t *counts, uint32_t *count)
{
  const struct dynamic_probe *probe = dynamic_probe_find (id);

  if (probe == NULL)
    return MDTRACE_ERR_NO_SUCH_PROBE;
  clear_memory (counts, cpus * sizeof *counts);
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    sum_counts (probe, cpu, &counts[cpu]);
  *count = cpus;
  return MDTRACE_OK;
}

int
dynamic_probe_sites (uint32_t id, uint32_t cpu, uint32_t first, uint32_t *next,
		     void *buffer, uint32_t *bytes)
{
  const struct dynamic_probe *probe = dynamic_probe_find (id);

  if (probe == NULL)
    return MDTRACE_ERR_NO_SUCH_PROBE;
  if (cpu != MDTRACE_CPU_ALL && cpu >= cpus)
    return MDTRACE_ERR_NO_SUCH_CPU;
  *next = probe_sites_list (probe->first, cpu, first, buffer, bytes);
  return MDTRACE_OK;
}

/* Add what the hits of PROBE on CPU have come to.  */
static void
sum_usage (const struct dynamic_probe *probe, unsigned cpu,
	   mdtrace_probe_usage_t *sum)
{
  const struct dtrace_usage *usage = &probe->format.usage[cpu];
  word_t flags = interrupts_disable ();

  sum->faults += usage->faults;
  sum->unpaired += usage->unpaired;
  sum->abandoned += usage->abandoned;
  sum->overflows += usage->overflows;
  sum->spent += usage->spent;
  interrupts_restore (flags);
}

int
dynamic_probe_options (uint32_t id, mdtrace_probe_options_t *options,
		       mdtrace_probe_usage_t *usage)
{
  const struct dynamic_probe *probe = dynamic_probe_find (id);

  if (probe == NULL)
    return MDTRACE_ERR_NO_SUCH_PROBE;
  copy_memory (options, &probe->shared.options, sizeof *options);
  clear_memory (usage, sizeof *usage);
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    sum_usage (probe, cpu, usage);
  usage->stopped_share = probe->stopped_share;
  usage->stopped_cpu = probe->stopped_cpu;
  usage->ns_per_count = probe->format.ns_per_count;
  if (probe->format.aggregation != NULL)
    aggregation_words (probe->format.aggregation, &usage->key_words,
		       &usage->cell_words);
  return MDTRACE_OK;
}

/* Find the probe with number ID, which has an aggregation.  */
static int
find_aggregation (uint32_t id, const struct dynamic_probe **probe)
{
  *probe = dynamic_probe_find (id);
  if (*probe == NULL)
    return MDTRACE_ERR_NO_SUCH_PROBE;
  return (*probe)->format.aggregation == NULL ? MDTRACE_ERR_NO_AGGREGATION
					       : MDTRACE_OK;
}

int
dynamic_probe_read_aggregation (uint32_t id, uint32_t cpu, uint32_t first,
				uint32_t *next, void *buffer, uint32_t *bytes)
{
  const struct dynamic_probe *probe;
  int error = find_aggregation (id, &probe);

  if (error != MDTRACE_OK)
    return error;
  if (cpu >= cpus)
    return MDTRACE_ERR_NO_SUCH_CPU;
  *next = aggregation_read (probe->format.aggregation, cpu, first, buffer,
			    bytes);
  return MDTRACE_OK;
}

int
dynamic_probe_clear_aggregation (uint32_t id)
{
  const struct dynamic_probe *probe;
  int error = find_aggregation (id, &probe);

  if (error == MDTRACE_OK)
    aggregation_clear (probe->format.aggregation, probe->first);
  return error;
}

#endif /* MACH_DYNAMIC_PROBES */
