/* Machines that have a performance monitoring unit, and what of it the tests
   look at.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_PMU_MACHINES_H
#define UNIT_PMU_MACHINES_H

#include "counters.h"
#include "pmu_model.h"

enum
{
  COUNTED = 4 /* counters with an event of their own */
};

static const enum mdtrace_counter counted[COUNTED]
    = { MDTRACE_COUNTER_INSTRUCTIONS, MDTRACE_COUNTER_CACHE_MISSES,
	MDTRACE_COUNTER_BRANCH_MISPREDICTS, MDTRACE_COUNTER_TLB_MISSES };

/* Machines that have a unit, and which of the counters above.  */
static const struct machine
{
  const char *name;
  struct model_machine model;
  unsigned has; /* as a mask */
} machines[] = {
  { "Intel, version 1",
    { .vendor = MODEL_INTEL,
      .family = 6,
      .version = 1,
      .general = 2,
      .width = 40,
      .known = 7 },
    0x3 },
  { "Intel, version 1, of four counters",
    { .vendor = MODEL_INTEL,
      .family = 6,
      .version = 1,
      .general = 4,
      .width = 32,
      .known = 7 },
    0x7 },
  { "Intel, version 2",
    { .vendor = MODEL_INTEL,
      .family = 6,
      .version = 2,
      .general = 2,
      .width = 40,
      .known = 7,
      .fixed = 3,
      .fixed_width = 40 },
    0x7 },
  { "Intel, version 4",
    { .vendor = MODEL_INTEL,
      .family = 6,
      .version = 4,
      .general = 4,
      .width = 48,
      .known = 7,
      .fixed = 3,
      .fixed_width = 32 },
    0x7 },
  { "Intel, version 5, of full width",
    { .vendor = MODEL_INTEL,
      .family = 6,
      .version = 5,
      .general = 8,
      .width = 64,
      .known = 8,
      .fixed = 4,
      .fixed_width = 64 },
    0x7 },
  { "Intel, version 2, without fixed counters, in a virtual machine",
    { .vendor = MODEL_INTEL,
      .family = 6,
      .guest = true,
      .version = 2,
      .general = 4,
      .width = 48,
      .known = 7 },
    0x7 },
  { "Intel, of one counter",
    { .vendor = MODEL_INTEL,
      .family = 6,
      .version = 1,
      .general = 1,
      .width = 40,
      .known = 7 },
    0x1 },
  { "Intel, without misses and mispredicts",
    { .vendor = MODEL_INTEL,
      .family = 6,
      .version = 2,
      .general = 4,
      .width = 48,
      .known = 7,
      .missing = 1 << 4 | 1 << 6 },
    0x1 },
  { "Intel, that tells of two events only",
    { .vendor = MODEL_INTEL,
      .family = 6,
      .version = 2,
      .general = 4,
      .width = 48,
      .known = 2 },
    0x1 },
  { "AMD, family 10h", { .vendor = MODEL_AMD, .family = 0x10 }, 0xf },
  { "AMD, family 12h", { .vendor = MODEL_AMD, .family = 0x12 }, 0xf },
  { "AMD, family 14h", { .vendor = MODEL_AMD, .family = 0x14 }, 0x5 },
  { "AMD, family 15h",
    { .vendor = MODEL_AMD, .family = 0x15, .core = true },
    0xf },
  { "AMD, family 16h",
    { .vendor = MODEL_AMD, .family = 0x16, .core = true },
    0x5 },
  { "AMD, family 17h",
    { .vendor = MODEL_AMD, .family = 0x17, .core = true },
    0xf },
  { "AMD, family 17h, in a virtual machine",
    { .vendor = MODEL_AMD, .family = 0x17, .core = true, .guest = true },
    0xf },
  { "Hygon, family 18h",
    { .vendor = MODEL_HYGON, .family = 0x18, .core = true },
    0xf },
  { "AMD, family 19h, version 2",
    { .vendor = MODEL_AMD, .family = 0x19, .core = true, .version_2 = true },
    0xf },
  { "AMD, family 1Ah, version 2",
    { .vendor = MODEL_AMD, .family = 0x1a, .core = true, .version_2 = true },
    0xf },
  { "AMD, family 1Bh",
    { .vendor = MODEL_AMD, .family = 0x1b, .core = true, .version_2 = true },
    0x5 },
};

enum
{
  MACHINES = sizeof machines / sizeof machines[0]
};

/* What is said of counter NUMBER.  */
static mdtrace_counter_info_t
info_of (unsigned number)
{
  mdtrace_counter_info_t info;
  uint32_t bytes = sizeof info;

  counter_list (number, &info, &bytes);
  CHECK_NUMBER (bytes, sizeof info);
  CHECK_NUMBER (info.number, number);
  CHECK (strnlen (info.detail, sizeof info.detail) < sizeof info.detail - 1);
  return info;
}

/* Let a tick come in on each CPU.  */
static void
tick_all (void)
{
  for (standin.cpu = 0; standin.cpu < cpus; standin.cpu++)
    standin_ticks (1);
  standin.cpu = 0;
}

static bool
is_pmu (unsigned source)
{
  return source == MDTRACE_COUNTER_PMU_INTEL
	 || source == MDTRACE_COUNTER_PMU_AMD;
}

#endif /* UNIT_PMU_MACHINES_H */
