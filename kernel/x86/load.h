/* Loads that never fault.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_X86_LOAD_H
#define MDTRACE_X86_LOAD_H

#include "mach_kernel.h"

/* Load BYTES bytes (1, 2, 4, 8) at the virtual ADDRESS, as this CPU sees it
   at this moment, into *VALUE, filled up with zeros.  False if no memory is
   there, or none that the kernel has mapped for good.  */
bool load_memory (word_t address, unsigned bytes, uint64_t *value);

#endif /* MDTRACE_X86_LOAD_H */
