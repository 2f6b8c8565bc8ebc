/* What a tracepoint of LTTng-UST costs: counts of the time stamp counter.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_tracepoints.h"

#include <stdio.h>
#include <x86intrin.h>

enum
{
  RECORDS = 1 << 14,
  ROUNDS = 1000
};

static volatile uint64_t source[3] = { 1, 2, 3 };

int
main (void)
{
  uint64_t best = UINT64_MAX;

  for (int round = 0; round < ROUNDS; round++)
    {
      uint64_t start = __rdtsc ();
      for (int i = 0; i < RECORDS; i++)
	lttng_ust_tracepoint (bench, hit, source[0], source[1], source[2]);
      uint64_t counts = __rdtsc () - start;
      if (counts < best)
	best = counts;
    }
  printf ("%.1f\n", (double) best / RECORDS);
  return 0;
}
