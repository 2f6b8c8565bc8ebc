/* The MIG routines about trace rings and shared memory.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As server.c, which says what the server lock is.  */

#include <config.h>

#include "claim.h"
#include "hooks.h"
#include "map.h"
#include "mdtrace_errors.h"
#include "mdtrace_server.h"
#include "ring.h"
#include "server.h"
#include "x86/cpu.h"

#if MACH_DTRACE

kern_return_t
S_mdtrace_ring_status (host_t host, uint32_t cpu, mdtrace_ring_info_t *info)
{
  CHECK_PRIVILEGE (host);
  CHECK_RING (cpu);
  ring_get_info (&rings[cpu], info);
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_ring_claim (host_t host, const mdtrace_holder_t holder,
		      uint32_t lease_ms)
{
  CHECK_PRIVILEGE (host);
  return claim_take (holder, lease_ms);
}

kern_return_t
S_mdtrace_ring_renew (host_t host, const mdtrace_holder_t holder,
		      uint32_t lease_ms)
{
  CHECK_PRIVILEGE (host);
  return claim_renew (holder, lease_ms);
}

kern_return_t
S_mdtrace_ring_release (host_t host, const mdtrace_holder_t holder)
{
  CHECK_PRIVILEGE (host);
  return claim_release (holder);
}

kern_return_t
S_mdtrace_ring_map (host_t host, uint32_t cpu, ipc_port_t *control,
		    ipc_port_t *tail, ipc_port_t *data)
{
  CHECK_PRIVILEGE (host);
  CHECK_RING (cpu);

  const struct mdtrace_shared_ring *ring = &mdtrace_shared.rings[cpu];
  int error
      = map_object (ring->control_address, PAGE_BYTES, VM_PROT_READ, control);
  if (error != MDTRACE_OK)
    return error;
  error = map_object (ring->tail_address, PAGE_BYTES,
		      VM_PROT_READ | VM_PROT_WRITE, tail);
  if (error == MDTRACE_OK)
    {
      error = map_object (ring->data_address, ring->data_bytes, VM_PROT_READ,
			  data);
      if (error != MDTRACE_OK)
	ipc_port_release_send (*tail);
    }
  if (error != MDTRACE_OK)
    ipc_port_release_send (*control);
  return error;
}

kern_return_t
S_mdtrace_ring_read (host_t host, uint32_t cpu, uint64_t position,
		     mdtrace_bytes_page_t bytes, mach_msg_type_number_t *count)
{
  CHECK_PRIVILEGE (host);
  CHECK_RING (cpu);
  return ring_read (&rings[cpu], position, bytes, count);
}

kern_return_t
S_mdtrace_ring_consume (host_t host, const mdtrace_holder_t holder,
			uint32_t cpu, uint64_t tail)
{
  CHECK_PRIVILEGE (host);
  CHECK_RING (cpu);
  if (!claim_is_held_by (holder))
    return MDTRACE_ERR_NOT_CLAIMED;
  return ring_consume (&rings[cpu], tail);
}

kern_return_t
S_mdtrace_ring_watermarks (host_t host, mdtrace_watermarks_t watermarks,
			   mach_msg_type_number_t *count)
{
  CHECK_PRIVILEGE (host);
  for (uint32_t cpu = 0; cpu < mdtrace_shared.cpus; cpu++)
    watermarks[cpu] = ring_get_watermark (&rings[cpu]);
  *count = mdtrace_shared.cpus;
  return MDTRACE_OK;
}

kern_return_t
S_mdtrace_ring_configure (host_t host, uint64_t bytes, uint32_t mode)
{
  CHECK_PRIVILEGE (host);
  if (claim_is_held ())
    return MDTRACE_ERR_RING_CLAIMED;
  return rings_configure (bytes, mode);
}

#else /* !MACH_DTRACE */

#pragma GCC diagnostic ignored "-Wunused-parameter"
NOT_BUILT (ring_status, uint32_t cpu, mdtrace_ring_info_t *info)
NOT_BUILT (ring_claim, const mdtrace_holder_t holder, uint32_t lease_ms)
NOT_BUILT (ring_renew, const mdtrace_holder_t holder, uint32_t lease_ms)
NOT_BUILT (ring_release, const mdtrace_holder_t holder)
NOT_BUILT (ring_map, uint32_t cpu, ipc_port_t *control, ipc_port_t *tail,
	   ipc_port_t *data)
NOT_BUILT (ring_read, uint32_t cpu, uint64_t position,
	   mdtrace_bytes_page_t bytes, mach_msg_type_number_t *count)
NOT_BUILT (ring_consume, const mdtrace_holder_t holder, uint32_t cpu,
	   uint64_t tail)
NOT_BUILT (ring_configure, uint64_t bytes, uint32_t mode)
NOT_BUILT (ring_watermarks, mdtrace_watermarks_t watermarks,
	   mach_msg_type_number_t *count)

#endif /* !MACH_DTRACE */

kern_return_t
S_mdtrace_mailbox_map (host_t host, ipc_port_t *mailbox)
{
  CHECK_PRIVILEGE (host);
  uint64_t address = mdtrace_mailbox_take ();
  if (address == 0)
    return MDTRACE_ERR_NO_MEMORY;
  return map_object (address,
		     (sizeof (struct mdtrace_mailbox) + PAGE_BYTES - 1)
			 & -PAGE_BYTES,
		     VM_PROT_READ | VM_PROT_WRITE, mailbox);
}
