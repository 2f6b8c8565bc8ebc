/* What tests of values have in common.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_VALUES_H
#define UNIT_VALUES_H

#include "probes.h"

enum
{
  ENTRIES = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY),
  RETURNS = MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN),
  ADDRESSES = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS)
};

static struct mdtrace_rings *values_consumer;

/* Boot, and become the reader of the rings.  */
static inline void
values_boot (void)
{
  probes_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &values_consumer),
		MDTRACE_OK);
}

/* The configuration of a probe of the KINDS of sites of FUNCTION that records
   its values and nothing else.  */
static inline dynamic_probe_config_t
value_config (const char *function, uint32_t kinds)
{
  dynamic_probe_config_t config = probe_config (function);

  config.kinds = kinds;
  config.enabled = 1;
  return config;
}

/* Let value AT of CONFIG be VALUE, and be recorded.  */
static inline void
value_set (dynamic_probe_config_t *config, unsigned at, mdtrace_value_t value)
{
  config->values[at] = value;
  config->fields |= (uint64_t) MDTRACE_FIELD_ARG0 << at;
}

/* The next record, behind its header, which must be the event of a probe with
   COUNT values; *UNKNOWN is the mask of those that are not known.  */
static inline const uint64_t *
value_next (unsigned count, uint64_t *unknown)
{
  const uint64_t *record;
  unsigned words;

  CHECK_NUMBER (mdtrace_rings_next (values_consumer, 0, &record, &words),
		MDTRACE_OK);
  CHECK (record != NULL);
  bool partial = mdtrace_record_kind (record[0]) == MDTRACE_RECORD_PARTIAL;
  CHECK (partial || mdtrace_record_kind (record[0]) == MDTRACE_RECORD_EVENT);
  CHECK_NUMBER (words, MDTRACE_HEADER_WORDS + count + partial);
  *unknown = partial ? record[words - 1] : 0;
  CHECK (partial == (*unknown != 0));
  return record + MDTRACE_HEADER_WORDS;
}

/* The next record must have one value, which is known and EXPECTED.  */
static inline void
check_value (uint64_t expected)
{
  uint64_t unknown;
  const uint64_t *values = value_next (1, &unknown);

  CHECK_NUMBER (unknown, 0);
  CHECK_NUMBER (values[0], expected);
}

#endif /* UNIT_VALUES_H */
