/* A tracepoint of LTTng-UST that records what a record of 32 bytes does.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "lttng_tracepoints.h"

#if !defined(BENCH_LTTNG_TRACEPOINTS_H)                                       \
    || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BENCH_LTTNG_TRACEPOINTS_H

#include <stdint.h>
#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_EVENT (
    bench, hit, LTTNG_UST_TP_ARGS (uint64_t, a, uint64_t, b, uint64_t, c),
    LTTNG_UST_TP_FIELDS (lttng_ust_field_integer (uint64_t, a, a)
			     lttng_ust_field_integer (uint64_t, b, b)
				 lttng_ust_field_integer (uint64_t, c, c)))

#endif

#include <lttng/tracepoint-event.h>
