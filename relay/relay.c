/* The relay: carries RPCs between a virtual machine's host and its kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A bare Mach task, started as a multiboot module with the host privileged
   port's name as its argument.  It shares the mailbox, which is described in
   mig/mdtrace_shared.h, with the host.  The mailbox is looked at once in each
   clock tick, and for a moment after each request more often, since requests
   come in groups.

   What the host writes is not trusted: a request is copied before it is
   looked at, and only requests of mdtrace's own subsystem are passed on.  */

#include <mach/mig_errors.h>
#include <mach/thread_switch.h>
#include <mach/vm_inherit.h>

#include "bare.h"
#include "mach_port_user.h"
#include "mach_user.h"
#include "mdtrace_errors.h"
#include "mdtrace_ids.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"

enum
{
  /* Looks without a pause after a request; together well under a clock
     tick.  */
  EAGER_LOOKS = 500,
  /* As short a pause as the kernel knows.  */
  PAUSE_MS = 1,
  RPC_TIMEOUT_MS = 5000,
  SUBSYSTEM_ROUTINES = 100
};

/* A message, either way.  */
static union
{
  mach_msg_header_t header;
  uint8_t bytes[MDTRACE_MESSAGE_BYTES_MAX];
} message;

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

/* Whether the request with ID is one that may pass: of mdtrace's own, and
   without port rights in its reply, which cannot leave the machine.  */
static bool
may_pass (mach_msg_id_t id)
{
  return id >= MDTRACE_SUBSYSTEM && id < MDTRACE_SUBSYSTEM + SUBSYSTEM_ROUTINES
	 && id != MDTRACE_ID_RING_MAP && id != MDTRACE_ID_MAILBOX_MAP;
}

/* Perform the RPC in MESSAGE, whose request has BYTES bytes.  Returns its
   error; the reply is in MESSAGE.  */
static uint32_t
perform (mach_port_t host, uint32_t bytes)
{
  mach_msg_header_t *header = &message.header;
  mach_port_t reply_port = mach_reply_port ();

  header->msgh_bits
      = MACH_MSGH_BITS (MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
  header->msgh_size = bytes;
  header->msgh_remote_port = host;
  header->msgh_local_port = reply_port;
  header->msgh_seqno = 0;
  mach_msg_return_t error = mach_msg (
      header, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, bytes,
      sizeof message, reply_port, RPC_TIMEOUT_MS, MACH_PORT_NULL);
  mach_port_mod_refs (mach_task_self (), reply_port, MACH_PORT_RIGHT_RECEIVE,
		      -1);
  return error;
}

static void
serve (mach_port_t host, struct mdtrace_mailbox *mailbox, uint32_t sequence)
{
  /* Loaded but once: the host may change it at any time.  */
  uint32_t bytes = __atomic_load_n (&mailbox->request_bytes, __ATOMIC_RELAXED);
  uint32_t status = MDTRACE_ERR_BAD_FRAME;

  mailbox->reply_bytes = 0;
  if (bytes >= sizeof (mach_msg_header_t) && bytes <= sizeof message)
    {
      memcpy (message.bytes, mailbox->request, bytes);
      status = MDTRACE_ERR_UNSUPPORTED;
      if (may_pass (message.header.msgh_id))
	status = perform (host, bytes);
    }
  if (status == MACH_MSG_SUCCESS)
    {
      memcpy (mailbox->reply, message.bytes, message.header.msgh_size);
      mailbox->reply_bytes = message.header.msgh_size;
    }
  mailbox->reply_status = status;
  __atomic_store_n (&mailbox->reply_sequence, sequence, __ATOMIC_RELEASE);
}

int
main (int argc, char **argv)
{
  unsigned eager = 0;

  if (argc != 2)
    {
      bare_print ("mdtrace relay: takes one argument, '${host-port}'\n");
      return 1;
    }
  mach_port_t host = bare_number (argv[1], NULL);
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
