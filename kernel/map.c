/* Memory objects of what mdtrace shares.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel's device pager makes a memory object of whatever a device's
   d_mmap says.  Ours is a device that is in no list and cannot be opened;
   the offset in it is the physical address.  The device pager forgets the
   protection that it was asked for, so what leaves here is a proxy, which
   enforces it.  */

#include <config.h>

#include "map.h"
#include "mdtrace_errors.h"

enum
{
  DEVICE_BYTES_MAX = 512,
  PAGE_SHIFT = 12
};

typedef vm_offset_t (*device_mmap_t) (int, vm_offset_t, vm_prot_t);

/* struct dev_ops and struct mach_device of the kernel, as far as its pager
   looks at them [I].  */
static char device_operations[DEVICE_BYTES_MAX] __attribute__ ((aligned (16)));
static char device[DEVICE_BYTES_MAX] __attribute__ ((aligned (16)));
static char device_name[] = "mdtrace";

/* The page frame at OFFSET.  Only objects of map_object lead here, and the
   proxies keep their users inside of them.  */
static vm_offset_t
frame_at (int unit, vm_offset_t offset, vm_prot_t protection)
{
  (void) unit;
  (void) protection;
  return offset >> PAGE_SHIFT;
}

void
map_initialize (void)
{
  if (LAYOUT_SIZEOF (dev_ops) > DEVICE_BYTES_MAX
      || LAYOUT_SIZEOF (mach_device) > DEVICE_BYTES_MAX)
    return;
  FIELD (char *, device_operations, dev_ops, d_name) = device_name;
  FIELD (device_mmap_t, device_operations, dev_ops, d_mmap) = frame_at;
  FIELD (char *, device, mach_device, dev_ops) = device_operations;
  /* A reference that is never given back, so that the kernel never tries
     to free it.  */
  FIELD (int, device, mach_device, ref_count) = 1;
}

int
map_object (uint64_t address, word_t bytes, vm_prot_t protection,
	    ipc_port_t *object)
{
  ipc_port_t pager;
  rpc_vm_offset_t offset = 0, start = 0;
  rpc_vm_size_t length = bytes;

  if (FIELD (int, device, mach_device, ref_count) == 0)
    return MDTRACE_ERR_NO_MEMORY;
  if (device_pager_setup ((mach_device_t) device, VM_PROT_READ | VM_PROT_WRITE,
			  address, bytes, &pager)
      != KERN_SUCCESS)
    return MDTRACE_ERR_NO_MEMORY;
  /* The proxy takes over the right to the pager, if there will be one.  */
  if (memory_object_create_proxy (mach_ipc_space_kernel, protection, &pager, 1,
				  &offset, 1, &start, 1, &length, 1, object)
      != KERN_SUCCESS)
    {
      ipc_port_release_send (pager);
      return MDTRACE_ERR_NO_MEMORY;
    }
  return MDTRACE_OK;
}
