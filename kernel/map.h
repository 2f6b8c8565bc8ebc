/* Memory objects of what mdtrace shares.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_MAP_H
#define MDTRACE_MAP_H

#include "mach_kernel.h"

/* Prepare the device that stands behind the memory objects.  */
void map_initialize (void);

/* Make a memory object of the BYTES bytes (whole pages) at the physical
   ADDRESS, which can be mapped with PROTECTION and no more.  The caller owns
   the send right in *OBJECT.  Returns MDTRACE_OK or
   MDTRACE_ERR_NO_MEMORY.  */
int map_object (uint64_t address, word_t bytes, vm_prot_t protection,
		ipc_port_t *object);

#endif /* MDTRACE_MAP_H */
