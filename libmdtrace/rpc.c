/* What MIG's stubs in this library call instead of Mach.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "rpc.h"
#include "target.h"

mach_port_t stub_get_reply_port (void);
void stub_put_reply_port (mach_port_t port);

/* A transport finds its own way back.  */
mach_port_t
stub_get_reply_port (void)
{
  return MACH_PORT_NULL;
}

void
stub_put_reply_port (mach_port_t port)
{
  (void) port;
}

/* Called with what a stub would give to mach_msg.  An error comes out of the
   stub as its result.  */
mach_msg_return_t
stub_mach_msg (mach_msg_header_t *message, mach_msg_option_t option,
	       mach_msg_size_t send_bytes, mach_msg_size_t receive_bytes,
	       mach_port_t receive_port, mach_msg_timeout_t timeout,
	       mach_port_t notify)
{
  struct mdtrace_target *target = target_of_token (message->msgh_remote_port);

  (void) option;
  (void) receive_port;
  (void) timeout;
  (void) notify;
  if (target == NULL || target->transport == NULL)
    return MDTRACE_ERR_CANNOT_CONNECT;
  target->detail[0] = '\0';
  message->msgh_size = send_bytes;
  return target->transport->rpc (target, message, receive_bytes);
}
