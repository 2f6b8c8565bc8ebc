/* The MIG routines: check the arguments, call those who know, nothing else.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What each routine takes, returns and can fail with stands in
   mig/mdtrace.defs.

   All but mdtrace_ring_map and mdtrace_mailbox_map, which may block, run with
   the server lock held: see hooks.c.  */

#include <config.h>

#include "clock.h"
#include "claim.h"
#include "dynamic_probes.h"
#include "hooks.h"
#include "mdtrace_errors.h"
#include "mdtrace_server.h"
#include "probe_sites.h"
#include "ring.h"
#include "server.h"
#include "symbols.h"
#include "text.h"
#include "x86/cpu.h"

kern_return_t
S_mdtrace_get_version (host_t host, uint32_t *version)
{
  CHECK_PRIVILEGE (host);
  *version = MDTRACE_INTERFACE_VERSION;
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_get_status (host_t host, mdtrace_status_t *status)
{
  CHECK_PRIVILEGE (host);
  clear_memory (status, sizeof *status);
  status->interface_version = MDTRACE_INTERFACE_VERSION;
  status->cpus = cpus;
  status->word_bytes = sizeof (word_t);
  status->functions = symbols_count (&status->functions_refused);
  status->clock_hz = mach_hz;
  status->boot_id = mdtrace_shared.boot_id;
  text_copy (status->mdtrace_version, sizeof status->mdtrace_version,
	     PACKAGE_VERSION);
  text_copy (status->kernel_version, sizeof status->kernel_version,
	     mach_version);
  copy_memory (status->text_hash, mdtrace_site_table.text_hash,
	       sizeof status->text_hash);
#if MACH_DTRACE
  status->ring_bytes = rings[0].size;
  claim_get_holder (status->holder);
#endif
#if MACH_DYNAMIC_PROBES
  dynamic_probe_status (status);
#endif
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_get_clock (host_t host, mdtrace_clock_t *clock)
{
  CHECK_PRIVILEGE (host);
  clock_read (clock);
  return MDTRACE_OK;
}

#if MACH_DYNAMIC_PROBES

kern_return_t
S_mdtrace_probe_create (host_t host, mdtrace_probe_config_t config,
			mdtrace_created_t *created)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_create (&config, created);
}

kern_return_t
S_mdtrace_probe_enable (host_t host, uint32_t id)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_enable (id);
}

kern_return_t
S_mdtrace_probe_disable (host_t host, uint32_t id)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_disable (id);
}

kern_return_t
S_mdtrace_probe_destroy (host_t host, uint32_t id)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_destroy (id);
}

kern_return_t
S_mdtrace_probe_list (host_t host, uint32_t first, mdtrace_probe_page_t probes,
		      mach_msg_type_number_t *count)
{
  CHECK_PRIVILEGE (host);
  *count = dynamic_probe_list (first, probes, *count);
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_probe_counts (host_t host, uint32_t id, mdtrace_counts_cpus_t counts,
			mach_msg_type_number_t *count)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_counts (id, counts, count);
}

kern_return_t
S_mdtrace_probe_sites (host_t host, uint32_t id, uint32_t cpu, uint32_t first,
		       uint32_t *next, mdtrace_bytes_page_t entries,
		       mach_msg_type_number_t *count)
{
  CHECK_PRIVILEGE (host);
  return dynamic_probe_sites (id, cpu, first, next, entries, count);
}

kern_return_t
S_mdtrace_function_sites (host_t host, uint64_t address, uint32_t first,
			  uint32_t *next, mdtrace_bytes_page_t entries,
			  mach_msg_type_number_t *count)
{
  CHECK_PRIVILEGE (host);
  return function_sites_list (address, first, next, entries, count);
}

kern_return_t
S_mdtrace_explain (host_t host, uint64_t address,
		   mdtrace_explanation_t *explanation)
{
  CHECK_PRIVILEGE (host);
  return address_explain (address, explanation);
}

#else /* !MACH_DYNAMIC_PROBES */

#pragma GCC diagnostic ignored "-Wunused-parameter"
NOT_BUILT (probe_create, mdtrace_probe_config_t config,
	   mdtrace_created_t *created)
NOT_BUILT (probe_enable, uint32_t id)
NOT_BUILT (probe_disable, uint32_t id)
NOT_BUILT (probe_destroy, uint32_t id)
NOT_BUILT (probe_list, uint32_t first, mdtrace_probe_page_t probes,
	   mach_msg_type_number_t *count)
NOT_BUILT (probe_counts, uint32_t id, mdtrace_counts_cpus_t counts,
	   mach_msg_type_number_t *count)
NOT_BUILT (probe_sites, uint32_t id, uint32_t cpu, uint32_t first,
	   uint32_t *next, mdtrace_bytes_page_t entries,
	   mach_msg_type_number_t *count)
NOT_BUILT (function_sites, uint64_t address, uint32_t first, uint32_t *next,
	   mdtrace_bytes_page_t entries, mach_msg_type_number_t *count)
NOT_BUILT (explain, uint64_t address, mdtrace_explanation_t *explanation)

#endif /* !MACH_DYNAMIC_PROBES */

kern_return_t
S_mdtrace_function_list (host_t host, uint32_t first, uint32_t *next,
			 mdtrace_bytes_page_t entries,
			 mach_msg_type_number_t *count)
{
  CHECK_PRIVILEGE (host);
  *next = symbols_list (first, entries, count);
  return MDTRACE_OK;
}
