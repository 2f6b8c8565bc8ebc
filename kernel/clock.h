/* The clock tick: the kernel's time beside the time stamp counter's.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_CLOCK_H
#define MDTRACE_CLOCK_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* Begin to publish the clocks in SHARED at every tick of the clock.  */
void clock_start (struct mdtrace_shared *shared);

/* A number that differs between boots, as far as clocks can tell.  */
uint64_t clock_boot_id (void);

/* The clocks as of the last tick, and the time stamp counter now.  */
void clock_read (mdtrace_clock_t *clock);

#endif /* MDTRACE_CLOCK_H */
