/* The ways in which the relay is spoken to.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef RELAY_SERVE_H
#define RELAY_SERVE_H

#include "bare.h"

/* Serve for ever, or end this task if that cannot be: requests on the port
   HOST, from the mailbox; or from the line DEVICE, which is opened by the port
   DEVICES.  */
void serve_mailbox (mach_port_t host) __attribute__ ((noreturn));
void serve_serial (mach_port_t host, mach_port_t devices, const char *device)
    __attribute__ ((noreturn));

#endif /* RELAY_SERVE_H */
