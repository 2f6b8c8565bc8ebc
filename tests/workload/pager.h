/* The workload as a pager of its own memory.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A second thread answers what the kernel asks a memory object, by messages
   that are taken apart by hand: behind the header stand a type, the port to
   answer to, a type, and the offset, of a word each.  */

#ifndef WORKLOAD_PAGER_H
#define WORKLOAD_PAGER_H

#include <mach/memory_object.h>
#include <mach/vm_prot.h>

#include "bare.h"
#include "mach_port_user.h"
#include "mach_user.h"

enum
{
  PAGER_INIT = 2200,
  PAGER_DATA_REQUEST = 2203,
  PAGER_DATA_RETURN = 2208,
  PAGER_MESSAGE_BYTES = 512
};

/* A trap without a declaration in any header.  */
extern boolean_t swtch (void);

static volatile unsigned long pager_returned; /* pages that came back */
static volatile unsigned pager_page_ms;	      /* how long a page takes */

static void
pager_serve (void *closure)
{
  static char page[BARE_PAGE_BYTES]
      __attribute__ ((aligned (BARE_PAGE_BYTES)));
  mach_port_t port = (uintptr_t) closure;
  union
  {
    mach_msg_header_t header;
    char bytes[PAGER_MESSAGE_BYTES];
  } message;

  for (;;)
    {
      const uintptr_t *words = (const uintptr_t *) (&message.header + 1);
      if (mach_msg (&message.header, MACH_RCV_MSG, 0, sizeof message, port,
		    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL)
	  != MACH_MSG_SUCCESS)
	continue;
      mach_port_t control = words[1];
      if (message.header.msgh_id == PAGER_INIT)
	memory_object_ready (control, FALSE, MEMORY_OBJECT_COPY_NONE);
      else if (message.header.msgh_id == PAGER_DATA_REQUEST)
	{
	  if (pager_page_ms > 0)
	    bare_sleep (pager_page_ms);
	  memory_object_data_supply (control, words[3], (vm_offset_t) page,
				     sizeof page, FALSE, VM_PROT_NONE, FALSE,
				     MACH_PORT_NULL);
	}
      else if (message.header.msgh_id == PAGER_DATA_RETURN)
	pager_returned++;
    }
}

/* Let a second thread of this task be a pager, of the memory object *PORT.  */
static kern_return_t
pager_make (mach_port_t *port)
{
  mach_port_t thread;
  kern_return_t error
      = mach_port_allocate (mach_task_self (), MACH_PORT_RIGHT_RECEIVE, port);

  if (error == KERN_SUCCESS)
    error = mach_port_insert_right (mach_task_self (), *port, *port,
				    MACH_MSG_TYPE_MAKE_SEND);
  if (error == KERN_SUCCESS)
    error = thread_create (mach_task_self (), &thread);
  if (error == KERN_SUCCESS)
    error = bare_thread_start (thread, bare_allocate (BARE_STACK_BYTES),
			       pager_serve, (void *) (uintptr_t) *port);
  return error;
}

/* Map COUNT pages, write to each, and let go of them.  */
static kern_return_t
pager_work (unsigned long count)
{
  static mach_port_t port;
  vm_offset_t address = 0;
  vm_size_t bytes = count * BARE_PAGE_BYTES;
  kern_return_t error = KERN_SUCCESS;

  if (port == MACH_PORT_NULL)
    error = pager_make (&port);
  unsigned long before = pager_returned;
  if (error == KERN_SUCCESS)
    error = vm_map (mach_task_self (), &address, bytes, 0, TRUE, port, 0,
		    FALSE, VM_PROT_READ | VM_PROT_WRITE,
		    VM_PROT_READ | VM_PROT_WRITE, VM_INHERIT_NONE);
  for (unsigned long i = 0; error == KERN_SUCCESS && i < count; i++)
    *(volatile char *) (address + i * BARE_PAGE_BYTES) = 1;
  if (error == KERN_SUCCESS)
    error = vm_deallocate (mach_task_self (), address, bytes);
  while (error == KERN_SUCCESS && pager_returned - before < count)
    swtch ();
  return error;
}

#endif /* WORKLOAD_PAGER_H */
