/* The line through the ticks: see time_fit.c.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TIME_FIT_H
#define TIME_FIT_H

#include "mdtrace.h"

/* Take the tick in CLOCK into account, unless it has been already.  */
void time_fit_add (struct mdtrace_time_fit *fit, const mdtrace_clock_t *clock);

/* The uptime at TSC.  */
uint64_t time_fit_uptime (const struct mdtrace_time_fit *fit, uint64_t tsc);

/* How far that is from the kernel's at most, at any time stamp from that of
   the last tick to one COUNTS counts later.  */
double time_fit_error_ns (const struct mdtrace_time_fit *fit, double counts);

#endif /* TIME_FIT_H */
