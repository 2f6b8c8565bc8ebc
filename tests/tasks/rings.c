/* rings: a task that uses the RPCs about trace rings as they are.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its argument is the name of the host privileged port.  It says how each
   step went: "rings: STEP: good", or what was wrong.  */

#include <mach/vm_inherit.h>

#include "bare.h"
#include "mach_port_user.h"
#include "mach_user.h"
#include "mdtrace_errors.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"

/* A trap without a declaration in any header.  */
extern kern_return_t syscall_mach_port_allocate (mach_port_t task,
						 mach_port_right_t right,
						 mach_port_t *name);

static void
say (const char *step, bool good, long value)
{
  if (good)
    bare_print ("rings: %s: good\n", step);
  else
    bare_print ("rings: %s: wrong, %ld\n", step, value);
}

/* The most that can be done with a page of OBJECT that was mapped with all
   rights; 0 if it cannot be mapped.  Consumes the right to it.  */
static vm_prot_t
mapped_protection (mach_port_t object)
{
  const vm_prot_t all = VM_PROT_READ | VM_PROT_WRITE;
  vm_address_t address = 0;
  vm_size_t size;
  vm_prot_t protection, most;
  vm_inherit_t inheritance;
  boolean_t shared;
  mach_port_t name;
  vm_offset_t offset;
  kern_return_t error
      = vm_map (mach_task_self (), &address, BARE_PAGE_BYTES, 0, TRUE, object,
		0, FALSE, all, all, VM_INHERIT_NONE);

  mach_port_deallocate (mach_task_self (), object);
  if (error != KERN_SUCCESS)
    return 0;
  error = vm_region (mach_task_self (), &address, &size, &protection, &most,
		     &inheritance, &shared, &name, &offset);
  return error == KERN_SUCCESS ? most : 0;
}

/* What is the kernel's may be read, and no more.  */
static void
try_to_write (mach_port_t host)
{
  mach_port_t control, tail, data;
  int error = rpc_mdtrace_ring_map (host, 0, &control, &tail, &data);

  say ("ask for memory objects", error == MDTRACE_OK, error);
  if (error != MDTRACE_OK)
    return;
  vm_prot_t most = mapped_protection (control);
  say ("the control page can be read only", most == VM_PROT_READ, most);
  most = mapped_protection (data);
  say ("the data can be read only", most == VM_PROT_READ, most);
  most = mapped_protection (tail);
  say ("the tail can be written", most == (VM_PROT_READ | VM_PROT_WRITE),
       most);
  error = rpc_mdtrace_ring_map (host, 99, &control, &tail, &data);
  say ("no such CPU", error == MDTRACE_ERR_NO_SUCH_CPU, error);
}

/* The same by RPC alone, as over a line where nothing can be mapped.  */
static void
read_by_copy (mach_port_t host)
{
  mdtrace_holder_t holder = "copier";
  mdtrace_ring_info_t info;
  static mdtrace_bytes_page_t page;
  mach_msg_type_number_t bytes = sizeof page;
  int error = rpc_mdtrace_ring_claim (host, holder, 5000);

  say ("claim", error == MDTRACE_OK, error);
  syscall_mach_port_allocate (MACH_PORT_NULL, 1, NULL);
  rpc_mdtrace_ring_status (host, 0, &info);
  error = rpc_mdtrace_ring_read (host, 0, info.tail, page, &bytes);
  say ("read a copy", error == MDTRACE_OK && bytes == info.head - info.tail,
       error);
  uint64_t word = *(const uint64_t *) page;
  say ("it begins with a task's name",
       mdtrace_record_kind (word) == MDTRACE_RECORD_TASK_NAME, word);
  bytes = sizeof page;
  error = rpc_mdtrace_ring_read (host, 0, info.head + 8, page, &bytes);
  say ("not beyond the head", error == MDTRACE_ERR_BAD_POSITION, error);
  error = rpc_mdtrace_ring_consume (host, holder, 0, info.head + 8);
  say ("no tail beyond the head", error == MDTRACE_ERR_BAD_POSITION, error);
  error = rpc_mdtrace_ring_consume (host, holder, 0, info.head);
  say ("move the tail", error == MDTRACE_OK, error);
  rpc_mdtrace_ring_release (host, holder);
  error = rpc_mdtrace_ring_consume (host, holder, 0, info.head);
  say ("not without a claim", error == MDTRACE_ERR_NOT_CLAIMED, error);
}

int
main (int argc, char **argv)
{
  mdtrace_probe_config_t config = { .function = "syscall_mach_port_allocate",
				    .kinds = 1 << MDTRACE_PROBE_ENTRY,
				    .enabled = 1 };
  mdtrace_created_t created;

  if (argc != 2)
    return 1;
  mach_port_t host = bare_number (argv[1], NULL);
  int error = rpc_mdtrace_probe_create (host, config, &created);
  say ("create a probe", error == MDTRACE_OK, error);
  read_by_copy (host);
  try_to_write (host);
  error = rpc_mdtrace_probe_destroy (host, created.id);
  say ("destroy it", error == MDTRACE_OK, error);
  bare_print ("rings: done\n");
  bare_exit ();
}
