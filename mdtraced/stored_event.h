/* An event as it is stored, in databases and in trace files.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_STORED_EVENT_H
#define MDTRACED_STORED_EVENT_H

#include <stdint.h>

#include "mdtrace.h"

enum stored_known
{
  STORED_RETVAL = 1 << 0,
  STORED_DURATION = 1 << 1,
  STORED_ARG0 = 1 << 2 /* and STORED_ARG0 << N for argument N */
};

/* Keys are those of the database's tables; 0: there is none.  */
struct stored_event
{
  int64_t time_ns; /* since the epoch */
  int64_t probe_key, thread_key, site_key, stack_id;
  uint32_t cpu;
  uint32_t known; /* mask of enum stored_known: what of these is there */
  int64_t retval;
  int64_t duration_ns;
  int64_t arguments[MDTRACE_ARGUMENTS_MAX];
};

#endif /* MDTRACED_STORED_EVENT_H */
