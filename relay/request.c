/* The requests that the relay performs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Only those of mdtrace's own subsystem are passed on, and the kernel checks
   what is in them.  */

#include "mach_port_user.h"
#include "mdtrace_errors.h"
#include "mdtrace_ids.h"
#include "mdtrace_types.h"
#include "request.h"

enum
{
  RPC_TIMEOUT_MS = 5000,
  SUBSYSTEM_ROUTINES = 100
};

/* Whether the request with ID is one that may pass: of mdtrace's own, and
   without port rights in its reply, which cannot leave the machine.  */
static bool
may_pass (mach_msg_id_t id)
{
  return id >= MDTRACE_SUBSYSTEM && id < MDTRACE_SUBSYSTEM + SUBSYSTEM_ROUTINES
	 && id != MDTRACE_ID_RING_MAP && id != MDTRACE_ID_MAILBOX_MAP;
}

uint32_t
request_perform (mach_port_t host, union message *message, uint32_t bytes)
{
  mach_msg_header_t *header = &message->header;

  if (bytes < sizeof *header || bytes > sizeof *message)
    return MDTRACE_ERR_BAD_FRAME;
  if (!may_pass (header->msgh_id))
    return MDTRACE_ERR_UNSUPPORTED;
  mach_port_t reply_port = mach_reply_port ();
  header->msgh_bits
      = MACH_MSGH_BITS (MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
  header->msgh_size = bytes;
  header->msgh_remote_port = host;
  header->msgh_local_port = reply_port;
  header->msgh_seqno = 0;
  mach_msg_return_t error = mach_msg (
      header, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, bytes,
      sizeof *message, reply_port, RPC_TIMEOUT_MS, MACH_PORT_NULL);
  mach_port_mod_refs (mach_task_self (), reply_port, MACH_PORT_RIGHT_RECEIVE,
		      -1);
  return error;
}
