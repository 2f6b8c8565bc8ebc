/* The relay in a virtual machine: through a mailbox.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   It shares the mailbox, which is described in mig/mdtrace_shared.h, with the
   host.  The mailbox is looked at once in each clock tick, and for a moment
   after each request more often, since requests come in groups.

   What the host writes is not trusted: a request is copied before it is
   looked at.  */

#include <mach/thread_switch.h>
#include <mach/vm_inherit.h>

#include "bare.h"
#include "mach_user.h"
#include "mdtrace_errors.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"
#include "request.h"
#include "serve.h"

enum
{
  /* Looks without a pause after a request; together well under a clock
     tick.  */
  EAGER_LOOKS = 500,
  /* As short a pause as the kernel knows.  */
  PAUSE_MS = 1
};

static union message message;

static struct mdtrace_mailbox *
map_mailbox (mach_port_t host)
{
  mach_port_t object;
  vm_offset_t address = 0;

  bare_check ("mdtrace relay: mdtrace_mailbox_map",
	      rpc_mdtrace_mailbox_map (host, &object));
  bare_check ("mdtrace relay: vm_map",
	      vm_map (mach_task_self (), &address,
		      sizeof (struct mdtrace_mailbox), 0, TRUE, object, 0,
		      FALSE, VM_PROT_READ | VM_PROT_WRITE,
		      VM_PROT_READ | VM_PROT_WRITE, VM_INHERIT_NONE));
  return (struct mdtrace_mailbox *) address;
}

static void
serve (mach_port_t host, struct mdtrace_mailbox *mailbox, uint32_t sequence)
{
  /* Loaded but once: the host may change it at any time.  */
  uint32_t bytes = __atomic_load_n (&mailbox->request_bytes, __ATOMIC_RELAXED);

  mailbox->reply_bytes = 0;
  if (bytes <= sizeof message)
    memcpy (message.bytes, mailbox->request, bytes);
  uint32_t status = request_perform (host, &message, bytes);
  if (status == MDTRACE_OK)
    {
      memcpy (mailbox->reply, message.bytes, message.header.msgh_size);
      mailbox->reply_bytes = message.header.msgh_size;
    }
  mailbox->reply_status = status;
  __atomic_store_n (&mailbox->reply_sequence, sequence, __ATOMIC_RELEASE);
}

void
serve_mailbox (mach_port_t host)
{
  unsigned eager = 0;
  struct mdtrace_mailbox *mailbox = map_mailbox (host);

  bare_print ("mdtrace relay: ready\n");
  for (;;)
    {
      uint32_t sequence
	  = __atomic_load_n (&mailbox->request_sequence, __ATOMIC_ACQUIRE);
      mailbox->relay_alive++;
      if (sequence != mailbox->reply_sequence)
	{
	  serve (host, mailbox, sequence);
	  eager = EAGER_LOOKS;
	}
      else if (eager > 0)
	{
	  eager--;
	  thread_switch (MACH_PORT_NULL, SWITCH_OPTION_NONE, 0);
	}
      else
	bare_sleep (PAUSE_MS);
    }
}
