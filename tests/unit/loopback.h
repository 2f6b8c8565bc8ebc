/* A target whose kernel is the stand-in in the same process.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The library's calls go through MIG's user stubs, a message, MIG's server
   routine and the kernel part, and come back the same way.  */

#ifndef UNIT_LOOPBACK_H
#define UNIT_LOOPBACK_H

#include "target.h"

/* The one target.  */
extern struct mdtrace_target *const loopback;

/* What is mapped as a ring of it: the kernel's own if data is null.  */
extern struct ring_memory loopback_ring;

/* Let rings be copies, as over a serial line, or the kernel's memory.  */
void loopback_set_copies (bool copies);

/* How many rings are mapped.  */
extern unsigned loopback_mapped;

/* How many RPCs there were.  */
extern unsigned loopback_rpcs;

/* Called with every request before it is sent, and with every reply before
   it is delivered, if not null: *BYTES bytes, which may be changed, in room
   for MDTRACE_MESSAGE_BYTES_MAX.  */
extern void (*loopback_on_request) (void *message, size_t *bytes);
extern void (*loopback_on_reply) (void *message, size_t *bytes);

#endif /* UNIT_LOOPBACK_H */
