/* The recorder from the inside.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   recorder.c owns its life, recorder_state.c what is known of the boot's
   probes, recorder_store.c what is read of the rings.  */

#ifndef MDTRACED_RECORDER_PRIVATE_H
#define MDTRACED_RECORDER_PRIVATE_H

#include "recorder.h"

/* What was stored of a probe.  */
struct known
{
  uint32_t id;
  uint32_t state;
  mdtrace_counts_t counts;
  unsigned gone; /* refreshes since the kernel has forgotten it */
};

struct recorder
{
  struct mdtrace_target *target;
  struct database *database;
  struct mdtrace_rings *rings;
  struct mdtrace_decoder *decoder;
  uint64_t kernel_boot_id, boot_time_ns;
  uint64_t events; /* stored in this run */
  uint64_t events_at_refresh;
  uint64_t next_sample_ms;
  bool ended;
  struct known *known; /* by number */
  size_t known_count;
  /* Up to where each ring was stored.  */
  uint64_t positions[MDTRACE_CPUS_MAX];
  /* A transaction of that many events has failed, but is perhaps stored all
     the same: find_positions.  */
  bool is_unsure;
  unsigned unsure_events;
};

/* End a transaction that was GOOD so far, or give it up.  */
int recorder_finish (struct recorder *recorder, bool good);

/* Store PROBE, and its sites if it was not stored before.  *ERROR is that of
   the target, if it was one.  */
bool recorder_store_probe (struct recorder *recorder,
			   const mdtrace_probe_info_t *probe, int *error);

#endif /* MDTRACED_RECORDER_PRIVATE_H */
