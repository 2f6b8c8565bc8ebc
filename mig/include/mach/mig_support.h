/* What MIG's user stubs call; the C library has it on GNU/Hurd.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MACH_MIG_SUPPORT_H
#define MACH_MIG_SUPPORT_H

#include <stddef.h>
#include <string.h>
#include <mach/message.h>
#include <mach/port.h>
#include <mach/machine/vm_types.h>

/* The port for the reply to the next RPC; done with, for good or with an
   error that leaves its state unknown.  */
mach_port_t mig_get_reply_port (void);
void mig_put_reply_port (mach_port_t port);
void mig_dealloc_reply_port (mach_port_t port);

/* Copy the string FROM, as much as fits, into the array TO of BYTES
   characters.  Returns its length.  */
size_t mig_strncpy (char *to, const char *from, size_t bytes);

/* Pieces of memory that out-of-line data is in.  */
void mig_allocate (vm_offset_t *address, vm_size_t bytes);
void mig_deallocate (vm_offset_t address, vm_size_t bytes);

#endif /* MACH_MIG_SUPPORT_H */
