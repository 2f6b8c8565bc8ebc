/* The MIG routines about what probes do with their hits.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As server.c, which says what the server lock is.  */

#include <config.h>

#include "budget.h"
#include "dynamic_probes.h"
#include "mdtrace_errors.h"
#include "mdtrace_server.h"
#include "server.h"
#include "static_probes.h"
#include "text.h"

#if MACH_DYNAMIC_PROBES

kern_return_t
S_mdtrace_probe_define (host_t host, const mdtrace_bytes_page_t definition,
			mach_msg_type_number_t bytes,
			mdtrace_created_t *created)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_define (definition, bytes, created);
}

kern_return_t
S_mdtrace_probe_options (host_t host, uint32_t id,
			 mdtrace_probe_options_t *options,
			 mdtrace_probe_usage_t *usage)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_options (id, options, usage);
}

kern_return_t
S_mdtrace_aggregation_read (host_t host, uint32_t id, uint32_t cpu,
			    uint32_t first, uint32_t *next,
			    mdtrace_bytes_page_t entries,
			    mach_msg_type_number_t *bytes)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_read_aggregation (id, cpu, first, next, entries, bytes);
}

kern_return_t
S_mdtrace_aggregation_clear (host_t host, uint32_t id)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_clear_aggregation (id);
}

kern_return_t
S_mdtrace_get_loads (host_t host, mdtrace_loads_t loads,
		     mach_msg_type_number_t *count)
{
  CHECK_PRIVILEGE (host);
  *count = budget_get_loads (loads);
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_set_share (host_t host, uint32_t share)
{
  CHECK_PRIVILEGE (host);
  return budget_set_share (share);
}

kern_return_t
S_mdtrace_static_list (host_t host, uint32_t first, uint32_t *next,
		       mdtrace_bytes_page_t entries,
		       mach_msg_type_number_t *bytes)
{
  CHECK_PRIVILEGE (host);
  *next = static_probe_list (first, entries, bytes);
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_custom_fire (host_t host, const mdtrace_event_name_t name,
		       mdtrace_fired_t fired, uint32_t *listening)
{
  CHECK_PRIVILEGE (host);
  if (!text_is_terminated (name, sizeof (mdtrace_event_name_t)))
    return MDTRACE_ERR_BAD_ARGUMENT;
  *listening = custom_fire (name, fired.values);
  return MDTRACE_OK;
}

#else /* !MACH_DYNAMIC_PROBES */

#pragma GCC diagnostic ignored "-Wunused-parameter"
NOT_BUILT (probe_define, const mdtrace_bytes_page_t definition,
	   mach_msg_type_number_t bytes, mdtrace_created_t *created)
NOT_BUILT (probe_options, uint32_t id, mdtrace_probe_options_t *options,
	   mdtrace_probe_usage_t *usage)
NOT_BUILT (aggregation_read, uint32_t id, uint32_t cpu, uint32_t first,
	   uint32_t *next, mdtrace_bytes_page_t entries,
	   mach_msg_type_number_t *bytes)
NOT_BUILT (aggregation_clear, uint32_t id)
NOT_BUILT (get_loads, mdtrace_loads_t loads, mach_msg_type_number_t *count)
NOT_BUILT (set_share, uint32_t share)
NOT_BUILT (static_list, uint32_t first, uint32_t *next,
	   mdtrace_bytes_page_t entries, mach_msg_type_number_t *bytes)
NOT_BUILT (custom_fire, const mdtrace_event_name_t name,
	   mdtrace_fired_t fired, uint32_t *listening)

#endif /* !MACH_DYNAMIC_PROBES */
