/* What a performance counter counts while the workload works.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Asked for right before and right after, by the thread that does the work:
   nothing that comes or goes by the console is in between.  */

#ifndef WORKLOAD_WATCH_H
#define WORKLOAD_WATCH_H

#include "bare.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"

static uint32_t watch_counter, watch_number;
static bool watch_has_begun;

/* From now on PART of the counter with number COUNTER is watched.  */
static inline void
watch_part (uint32_t counter, uint32_t part)
{
  watch_counter = counter;
  watch_number = part;
  watch_has_begun = true;
}

static inline bool
watch_is_on (void)
{
  return watch_has_begun;
}

/* What it has counted until now.  HOST is the host privileged port.  */
static inline mdtrace_counter_value_t
watch_look (mach_port_t host)
{
  static mdtrace_bytes_page_t page;
  const mdtrace_counter_value_t *values = (const void *) page;
  mdtrace_counter_value_t nothing = { .part = watch_number };
  mach_msg_type_number_t bytes = sizeof page;
  uint32_t next;

  bare_check ("workload: mdtrace_counter_read",
	      rpc_mdtrace_counter_read (host, watch_counter, MDTRACE_CPU_ALL,
					watch_number, &next, page, &bytes));
  return bytes > 0 && values->part == watch_number ? *values : nothing;
}

#endif /* WORKLOAD_WATCH_H */
