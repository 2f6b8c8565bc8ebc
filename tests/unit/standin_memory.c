/* The memory of the stand-in's kernel, and its memory objects.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dtrace.h"
#include "mach_kernel.h"
#include "x86/cpu.h"

void *
standin_map (size_t bytes)
{
  size_t whole = (bytes + PAGE_BYTES - 1) & ~(size_t) (PAGE_BYTES - 1);
  char *memory = mmap (NULL, whole + 2 * PAGE_BYTES, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

  if (memory == MAP_FAILED
      || mprotect (memory + PAGE_BYTES, whole,
		   PROT_READ | PROT_WRITE | PROT_EXEC)
	     != 0)
    return NULL;
  return memory + PAGE_BYTES;
}

/* The virtual pages that there are, but for the direct map.  */
static struct
{
  word_t address;
  const char *memory; /* null: an entry not in use */
} mapped[16];

void
standin_map_page (word_t address, void *memory)
{
  const unsigned count = sizeof mapped / sizeof mapped[0];
  unsigned i = 0, free_one = count;

  for (; i < count && mapped[i].address != address; i++)
    if (mapped[i].memory == NULL)
      free_one = i;
  if (i == count)
    i = free_one;
  if (i == count)
    standin_broken ("too many pages are mapped");
  mapped[i].address = address;
  mapped[i].memory = memory;
}

uint64_t
translate (word_t address)
{
  for (unsigned i = 0; i < sizeof mapped / sizeof mapped[0]; i++)
    if (mapped[i].memory != NULL && address - mapped[i].address < PAGE_BYTES)
      return physical_address (mapped[i].memory)
	     + (address - mapped[i].address);
  return UINT64_MAX;
}

void
standin_unmap_pages (void)
{
  memset (mapped, 0, sizeof mapped);
}

bool
standin_take_one (long *left)
{
  if (*left == 0)
    return false;
  if (*left > 0)
    --*left;
  return true;
}

vm_page_t
vm_page_grab_contig (vm_size_t bytes, unsigned int selector)
{
  if (!standin.interrupts_enabled)
    standin_broken ("pages are allocated with interrupts off");
  if (bytes == 0 || bytes % PAGE_BYTES != 0)
    standin_broken ("pages are allocated in parts");
  /* There is one block in one of the selectors' parts.  */
  if (selector != 1 || !standin_take_one (&standin.pages_left))
    return NULL;

  struct vm_page *page = malloc (sizeof *page);
  char *memory = standin_map (bytes);
  if (page == NULL || memory == NULL)
    standin_broken ("there is no memory on the host");
  memset (memory, 0xa5, bytes);
  page->phys_addr = (word_t) memory - DIRECT_MAP;
  if (standin.pages_beyond > 0)
    {
      standin.pages_beyond--;
      page->phys_addr = mach_kernel_virtual_start - DIRECT_MAP;
    }
  standin.page_blocks++;
  /* Pages are there for ever: let no leak be seen in that.  */
  static struct vm_page *all;
  page->next = all;
  all = page;
  return page;
}

void
vm_page_free_contig (vm_page_t page, vm_size_t bytes)
{
  (void) page;
  (void) bytes;
  standin.page_blocks--;
}

static ipc_port_t
make_object (vm_offset_t offset, vm_size_t bytes, vm_prot_t protection)
{
  if (!standin.interrupts_enabled)
    standin_broken ("a memory object is made with interrupts off");
  if (!standin_take_one (&standin.objects_left))
    return NULL;
  ipc_port_t port = calloc (1, sizeof *port);
  if (port == NULL)
    standin_broken ("there is no memory on the host");
  port->rights = 1;
  port->offset = offset;
  port->bytes = bytes;
  port->protection = protection;
  standin.rights++;
  return port;
}

kern_return_t
device_pager_setup (mach_device_t device, int protection, vm_offset_t offset,
		    vm_size_t bytes, ipc_port_t *pager)
{
  *pager = make_object (offset, bytes, protection);
  if (*pager == NULL)
    return KERN_RESOURCE_SHORTAGE;
  (*pager)->device = device;
  return KERN_SUCCESS;
}

kern_return_t
memory_object_create_proxy (ipc_space_t space, vm_prot_t protection,
			    ipc_port_t *pagers, natural_t pager_count,
			    rpc_vm_offset_t *offsets, natural_t offset_count,
			    rpc_vm_offset_t *starts, natural_t start_count,
			    rpc_vm_size_t *lengths, natural_t length_count,
			    ipc_port_t *proxy)
{
  if (space != mach_ipc_space_kernel || pager_count != 1 || offset_count != 1
      || start_count != 1 || length_count != 1 || offsets[0] != 0
      || starts[0] != 0)
    standin_broken ("a proxy is made of something else than one pager");
  *proxy = make_object (pagers[0]->offset, lengths[0], protection);
  if (*proxy == NULL)
    return KERN_RESOURCE_SHORTAGE;
  (*proxy)->pager = pagers[0];
  return KERN_SUCCESS;
}

void
ipc_port_release_send (ipc_port_t port)
{
  if (port->rights == 0)
    standin_broken ("a right is given back twice");
  standin.rights--;
  if (--port->rights > 0)
    return;
  if (port->pager != NULL)
    ipc_port_release_send (port->pager);
  free (port);
}
