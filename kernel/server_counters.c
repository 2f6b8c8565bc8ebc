/* The MIG routines about counters, snapshots, trends and health.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As server.c, which says what the server lock is.  */

#include <config.h>

#include "counters.h"
#include "mdtrace_errors.h"
#include "mdtrace_server.h"
#include "perf_counters.h"
#include "server.h"
#include "snapshot.h"
#include "text.h"

#if MACH_PERF_COUNTERS

kern_return_t
S_mdtrace_get_health (host_t host, mdtrace_health_t *health)
{
  CHECK_PRIVILEGE (host);
  return perf_get_system_health (health);
}

kern_return_t
S_mdtrace_counter_list (host_t host, uint32_t first, uint32_t *next,
			mdtrace_bytes_page_t entries,
			mach_msg_type_number_t *bytes)
{
  CHECK_PRIVILEGE (host);
  *next = counter_list (first, entries, bytes);
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_counter_enable (host_t host, uint32_t number, uint32_t sample)
{
  CHECK_PRIVILEGE (host);
  return perf_counter_enable (number, sample);
}

kern_return_t
S_mdtrace_counter_disable (host_t host, uint32_t number)
{
  CHECK_PRIVILEGE (host);
  return perf_counter_disable (number);
}

kern_return_t
S_mdtrace_counter_read (host_t host, uint32_t number, uint32_t cpu,
			uint32_t first, uint32_t *next,
			mdtrace_bytes_page_t entries,
			mach_msg_type_number_t *bytes)
{
  CHECK_PRIVILEGE (host);
  return counter_read (number, cpu, first, next, entries, bytes);
}

kern_return_t
S_mdtrace_counter_reset (host_t host, uint32_t number)
{
  CHECK_PRIVILEGE (host);
  return counter_reset (number);
}

kern_return_t
S_mdtrace_counter_create (host_t host, const mdtrace_counter_name_t name,
			  const mdtrace_counter_unit_t unit, uint32_t kind,
			  uint32_t *number)
{
  CHECK_PRIVILEGE (host);
  if (!text_is_terminated (name, sizeof (mdtrace_counter_name_t))
      || !text_is_terminated (unit, sizeof (mdtrace_counter_unit_t)))
    return MDTRACE_ERR_BAD_ARGUMENT;
  return counter_create (name, unit, kind, number);
}

kern_return_t
S_mdtrace_counter_destroy (host_t host, uint32_t number)
{
  CHECK_PRIVILEGE (host);
  return counter_destroy (number);
}

kern_return_t
S_mdtrace_counter_update (host_t host, const mdtrace_counter_name_t name,
			  uint64_t value)
{
  CHECK_PRIVILEGE (host);
  if (!text_is_terminated (name, sizeof (mdtrace_counter_name_t)))
    return MDTRACE_ERR_BAD_ARGUMENT;
  return perf_counter_update (name, value);
}

kern_return_t
S_mdtrace_take_snapshot (host_t host, mdtrace_snapshot_t *snapshot)
{
  CHECK_PRIVILEGE (host);
  perf_take_system_snapshot (snapshot);
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_history (host_t host, uint64_t first, uint64_t *next,
		   mdtrace_bytes_page_t entries, mach_msg_type_number_t *bytes)
{
  mdtrace_snapshot_t *snapshot = (mdtrace_snapshot_t *) entries;
  uint32_t room = *bytes / sizeof *snapshot;
  uint32_t count = 0;

  CHECK_PRIVILEGE (host);
  uint64_t number = snapshot_oldest ();
  uint64_t newest = snapshot_newest ();
  if (number < first)
    number = first;
  for (; number > 0 && number <= newest && count < room; number++)
    if (snapshot_get (number, &snapshot[count]))
      count++;
  *bytes = count * sizeof *snapshot;
  *next = number > 0 && number <= newest ? number : 0;
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_get_trend (host_t host, uint32_t number, uint32_t window,
		     mdtrace_trend_t *trend)
{
  CHECK_PRIVILEGE (host);
  return perf_analyze_trends (number, window, trend);
}

#else /* !MACH_PERF_COUNTERS */

#pragma GCC diagnostic ignored "-Wunused-parameter"
NOT_BUILT (get_health, mdtrace_health_t *health)
NOT_BUILT (counter_list, uint32_t first, uint32_t *next,
	   mdtrace_bytes_page_t entries, mach_msg_type_number_t *bytes)
NOT_BUILT (counter_enable, uint32_t number, uint32_t sample)
NOT_BUILT (counter_disable, uint32_t number)
NOT_BUILT (counter_read, uint32_t number, uint32_t cpu, uint32_t first,
	   uint32_t *next, mdtrace_bytes_page_t entries,
	   mach_msg_type_number_t *bytes)
NOT_BUILT (counter_reset, uint32_t number)
NOT_BUILT (counter_create, const mdtrace_counter_name_t name,
	   const mdtrace_counter_unit_t unit, uint32_t kind, uint32_t *number)
NOT_BUILT (counter_destroy, uint32_t number)
NOT_BUILT (counter_update, const mdtrace_counter_name_t name, uint64_t value)
NOT_BUILT (take_snapshot, mdtrace_snapshot_t *snapshot)
NOT_BUILT (history, uint64_t first, uint64_t *next,
	   mdtrace_bytes_page_t entries, mach_msg_type_number_t *bytes)
NOT_BUILT (get_trend, uint32_t number, uint32_t window,
	   mdtrace_trend_t *trend)

#endif /* !MACH_PERF_COUNTERS */
