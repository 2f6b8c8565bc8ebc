/* libmdtrace: performance counters, snapshots and trends.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Included by <mdtrace.h>, which says what targets and errors are.  All of these
   functions fail with NOT_BUILT, and with errors of the target too.  */

#ifndef MDTRACE_COUNTER_H
#define MDTRACE_COUNTER_H

#include <stddef.h>
#include <stdint.h>

#include <mdtrace_types.h>

#ifdef __cplusplus
extern "C"
{
#endif

  struct mdtrace_target;

  /* All counters, those of tasks included, by number.  *COUNTERS, of *COUNT
     elements, is the caller's, to be freed with free.  Error: SYSTEM (no
     memory).  */
  int mdtrace_counter_list (struct mdtrace_target *target,
			    mdtrace_counter_info_t **counters, size_t *count);

  /* The counter with NAME.  Errors: NO_SUCH_COUNTER, SYSTEM (no memory).  */
  int mdtrace_counter_find (struct mdtrace_target *target, const char *name,
			    mdtrace_counter_info_t *counter);

  /* Let a counter count, from 0 on.  Of SAMPLE durations one is measured (1 to
     MDTRACE_SAMPLE_MAX; 0: all are).  Errors: NO_SUCH_COUNTER,
     COUNTER_UNAVAILABLE, ALREADY_ENABLED, BAD_SAMPLE, TEXT_CHANGED,
     NO_MEMORY.  */
  int mdtrace_counter_enable (struct mdtrace_target *target, uint32_t number,
			      uint32_t sample);

  /* Errors: NO_SUCH_COUNTER, NOT_ENABLED.  */
  int mdtrace_counter_disable (struct mdtrace_target *target,
			       uint32_t number);

  /* The parts of a counter that have counted something, on CPU or with
     MDTRACE_CPU_ALL on all together.  *VALUES, of *COUNT elements, is the
     caller's, to be freed with free.  Errors: NO_SUCH_COUNTER,
     COUNTER_UNAVAILABLE, NO_SUCH_CPU, SYSTEM (no memory).  */
  int mdtrace_counter_read (struct mdtrace_target *target, uint32_t number,
			    uint32_t cpu, mdtrace_counter_value_t **values,
			    size_t *count);

  /* Set what a counter has counted to 0.  Errors: NO_SUCH_COUNTER,
     COUNTER_UNAVAILABLE.  */
  int mdtrace_counter_reset (struct mdtrace_target *target, uint32_t number);

  /* Make a counter that tasks update, and enable it.  NAME is of letters,
     digits, '-', '_' and '.', UNIT is free.  Errors: BAD_ARGUMENT (also if one
     is too long), COUNTER_EXISTS, TOO_MANY_COUNTERS, NO_MEMORY.  */
  int mdtrace_counter_create (struct mdtrace_target *target, const char *name,
			      const char *unit,
			      enum mdtrace_counter_kind kind,
			      uint32_t *number);

  /* Forget such a counter.  Error: NO_SUCH_COUNTER.  */
  int mdtrace_counter_destroy (struct mdtrace_target *target,
			       uint32_t number);

  /* Add VALUE to such a counter, or let it be its level.  On a target mach:
     any task may do that.  Errors: NO_SUCH_COUNTER, NOT_ENABLED.  */
  int mdtrace_counter_update (struct mdtrace_target *target, const char *name,
			      uint64_t value);

  /* The system at this moment.  */
  int mdtrace_take_snapshot (struct mdtrace_target *target,
			     mdtrace_snapshot_t *snapshot);

  /* The snapshots that the kernel has kept, one a second, from the one with
     number FIRST on.  *SNAPSHOTS, of *COUNT elements, is the caller's, to be
     freed with free.  Error: SYSTEM (no memory).  */
  int mdtrace_history (struct mdtrace_target *target, uint64_t first,
		       mdtrace_snapshot_t **snapshots, size_t *count);

  /* What a counter has done in the last WINDOW seconds that the kernel has
     kept; 0: in all.  Errors: NO_SUCH_COUNTER, COUNTER_UNAVAILABLE.  */
  int mdtrace_get_trend (struct mdtrace_target *target, uint32_t number,
			 uint32_t window, mdtrace_trend_t *trend);

  /* The word for PART of the counter with NUMBER, "irq 4" for one of
     INTERRUPT_OVERHEAD.  BUFFER of BYTES bytes may be used for it; 16
     suffice.  */
  const char *mdtrace_counter_part_words (uint32_t number, uint32_t part,
					  char *buffer, size_t bytes);

  /* The kind and the unit of PART of COUNTER.  What is returned belongs to
     COUNTER or the library.  */
  enum mdtrace_counter_kind
  mdtrace_counter_part_kind (const mdtrace_counter_info_t *counter,
			     uint32_t part);
  const char *
  mdtrace_counter_part_unit (const mdtrace_counter_info_t *counter,
			     uint32_t part);

  /* Words for an enum mdtrace_anomaly.  */
  const char *mdtrace_anomaly_words (unsigned anomaly);

  /* Words for an enum mdtrace_counter_kind, _state and _source.  */
  const char *mdtrace_counter_kind_words (unsigned kind);
  const char *mdtrace_counter_state_words (unsigned state);
  const char *mdtrace_counter_source_words (unsigned source);

  /* An upper bound of the durations of VALUE of which the share QUANTILE (0 to
     1) is not longer, in nanoseconds: the end of its bucket, or the maximum if
     that is less.  0 if there are none.  */
  uint64_t mdtrace_counter_quantile (const mdtrace_counter_value_t *value,
				     double quantile);

#ifdef __cplusplus
}
#endif

#endif /* MDTRACE_COUNTER_H */
