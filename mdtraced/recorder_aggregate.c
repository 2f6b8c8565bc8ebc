/* From aggregations into the database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A reading is two steps, since reading takes long where an aggregation is
   large, and rings must be drained meanwhile: whoever reads, with whatever
   connection, has what the recorder stores.  */

#include <config.h>

#include <stdlib.h>

#include "recorder_private.h"

/* The counts of the probe with number ID of all CPUs.  */
static int
count_recorded (struct mdtrace_target *target, uint32_t id, uint64_t *recorded)
{
  mdtrace_counts_t counts[MDTRACE_CPUS_MAX];
  unsigned cpus;
  int error = mdtrace_probe_counts (target, id, counts, &cpus);

  *recorded = 0;
  for (unsigned i = 0; error == MDTRACE_OK && i < cpus; i++)
    *recorded += counts[i].recorded;
  return error;
}

int
recorder_read (struct mdtrace_target *target, uint32_t probe_id,
	       struct database_reading *reading)
{
  mdtrace_clock_t clock;

  *reading = (struct database_reading){ .probe_id = probe_id };
  int error = mdtrace_get_clock (target, &clock);
  if (error == MDTRACE_OK)
    error = count_recorded (target, probe_id, &reading->recorded_before);
  if (error == MDTRACE_OK)
    error = mdtrace_aggregation_read (target, probe_id, MDTRACE_CPU_ALL,
				      &reading->aggregate);
  if (error == MDTRACE_OK)
    error = count_recorded (target, probe_id, &reading->recorded_after);
  if (error == MDTRACE_OK)
    {
      reading->time_ns = clock.time_ns;
      return MDTRACE_OK;
    }
  mdtrace_aggregate_free (reading->aggregate);
  reading->aggregate = NULL;
  return error;
}

int
recorder_store_reading (struct recorder *recorder,
			const struct database_reading *reading)
{
  static const struct mdtrace_names no_names;
  struct mdtrace_names names = no_names;
  const struct mdtrace_site *sites;
  size_t count;

  /* What is known of the probe the decoder knows or asks for.  */
  int error = mdtrace_decoder_sites (recorder->decoder, reading->probe_id,
				     &sites, &count);
  if (error != MDTRACE_OK)
    return error;
  const mdtrace_probe_info_t *probe
      = mdtrace_decoder_probe (recorder->decoder, reading->probe_id);
  if (probe != NULL)
    mdtrace_names_read (probe->names, &names);
  bool good = database_begin (recorder->database)
	      && recorder_have_probe (recorder, reading->probe_id, &error)
	      && database_put_reading (recorder->database, reading, &names);
  int result = recorder_finish (recorder, good);
  recorder_tell (recorder, result == MDTRACE_OK);
  return error != MDTRACE_OK ? error : result;
}
