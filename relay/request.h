/* The requests that the relay performs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   However a request has come, by the mailbox or by a line, it is not
   trusted.  */

#ifndef RELAY_REQUEST_H
#define RELAY_REQUEST_H

#include "bare.h"
#include "mdtrace_shared.h"

/* A message, either way.  */
union message
{
  mach_msg_header_t header;
  uint8_t bytes[MDTRACE_MESSAGE_BYTES_MAX];
};

/* Perform the RPC on HOST that MESSAGE asks for, of which BYTES bytes have
   come; they are not looked at if they are too few or too many.  Returns its
   error: a mach_msg_return_t or an mdtrace_error.  If there is none the reply
   is in MESSAGE, as long as its header says.  */
uint32_t request_perform (mach_port_t host, union message *message,
			  uint32_t bytes);

#endif /* RELAY_REQUEST_H */
