/* mdtrace top: how the machine is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "top.h"

void
top_system_update (struct top_system *system, struct mdtrace_target *target)
{
  bool has_before = system->has_snapshot;

  system->has_health
      = mdtrace_get_health (target, &system->health) == MDTRACE_OK;
  system->before = system->now;
  system->has_snapshot
      = mdtrace_take_snapshot (target, &system->now) == MDTRACE_OK;
  /* A kernel that has begun anew meanwhile has not gone on.  */
  system->has_cpu_times = has_before && system->has_snapshot
			  && system->now.uptime_ns > system->before.uptime_ns;
  if (!system->has_cpu_times)
    return;
  system->user_ns = system->now.user_ns - system->before.user_ns;
  system->system_ns = system->now.system_ns - system->before.system_ns;
  system->idle_ns = system->now.idle_ns - system->before.idle_ns;
  /* The kernel's accounts go by clock ticks, of which there may be none.  */
  system->has_cpu_times
      = system->user_ns + system->system_ns + system->idle_ns > 0;
}
