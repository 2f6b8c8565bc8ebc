/* What tests of probes have in common.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_PROBES_H
#define UNIT_PROBES_H

#include "dynamic_probes.h"
#include "loopback.h"
#include "mdtrace_errors.h"
#include "ring.h"
#include "site_table.h"
#include "sites.h"
#include "tap.h"
#include "x86/breakpoint.h"

static inline void
probes_boot (void)
{
  standin_boot ("");
  mdtrace_start ();
}

/* The configuration of a probe of the entry of FUNCTION, which is disabled at
   first.  */
static inline dynamic_probe_config_t
probe_config (const char *function)
{
  dynamic_probe_config_t config
      = { .kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY) };

  snprintf (config.function, sizeof config.function, "%s", function);
  return config;
}

/* Create the probe of CONFIG, which must work; returns its number.  */
static inline uint32_t
probe_create_by (const dynamic_probe_config_t *config)
{
  mdtrace_created_t created = { 0 };

  CHECK_NUMBER (dynamic_probe_create (config, &created), MDTRACE_OK);
  CHECK (created.id != 0);
  return created.id;
}

/* Create a probe of the entry of FUNCTION.  */
static inline uint32_t
probe_create (const char *function, bool enabled)
{
  dynamic_probe_config_t config = probe_config (function);

  config.enabled = enabled;
  return probe_create_by (&config);
}

/* Create a probe of the KINDS of sites of FUNCTION, and enable it.  */
static inline uint32_t
probe_create_of (const char *function, uint32_t kinds)
{
  dynamic_probe_config_t config = probe_config (function);

  config.kinds = kinds;
  config.enabled = 1;
  return probe_create_by (&config);
}

/* Create a probe of the instruction at ADDRESS, and enable it.  */
static inline uint32_t
probe_create_at (uint64_t address)
{
  dynamic_probe_config_t config = probe_config ("");

  config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);
  config.offset = address;
  config.enabled = 1;
  return probe_create_by (&config);
}

/* Whether there is a probe with number ID, which may be a destroyed one, and
   what *INFO is.  */
static inline bool
probe_info (uint32_t id, dynamic_probe_status_t *info)
{
  return dynamic_probe_list (id, info, 1) == 1 && info->id == id;
}

/* The counts of the probe with number ID, which must be there.  */
static inline mdtrace_counts_t
probe_counts (uint32_t id)
{
  dynamic_probe_status_t info;

  CHECK (probe_info (id, &info));
  return info.counts;
}

static inline uint64_t
probe_hits (uint32_t id)
{
  return probe_counts (id).hits;
}

static inline bool
is_patched (enum standin_function function)
{
  return memcmp (standin_text (function), standin_original_text (function),
		 STANDIN_CELL_BYTES)
	 != 0;
}

/* How the entry of FUNCTION is patched.  */
static inline unsigned
entry_mode (enum standin_function function)
{
  return sites_mode ((word_t) standin_text (function));
}

static inline void
check_counts (const mdtrace_counts_t *counts)
{
  CHECK_NUMBER (counts->hits, counts->recorded + counts->filtered
				  + counts->dropped + counts->throttled
				  + counts->missed);
}

enum
{
  /* Probes that can exist, and destroyed ones that are remembered: as in
     dynamic_probes.c.  */
  LIVE_MAX = 128,
  DESTROYED_MAX = 1024
};

/* All probes, the destroyed ones too; *COUNT is how many.  Valid until the
   next call.  */
static inline const dynamic_probe_status_t *
probe_list (uint32_t *count)
{
  static dynamic_probe_status_t list[LIVE_MAX + DESTROYED_MAX + 1];

  *count = dynamic_probe_list (0, list, LIVE_MAX + DESTROYED_MAX + 1);
  CHECK (*count <= LIVE_MAX + DESTROYED_MAX);
  return list;
}

/* The counts of all probes that exist or have existed.  */
static inline mdtrace_counts_t
total_counts (void)
{
  mdtrace_status_t status = { 0 };

  dynamic_probe_status (&status);
  return status.counts;
}

/* The law of conservation, for each probe and for all of them.  */
static inline void
check_law (void)
{
  uint32_t count;
  const dynamic_probe_status_t *list = probe_list (&count);
  mdtrace_counts_t total = total_counts ();

  for (uint32_t i = 0; i < count; i++)
    check_counts (&list[i].counts);
  check_counts (&total);
  CHECK (standin.interrupts_enabled);
  CHECK (!standin.text_writable);
}

#endif /* UNIT_PROBES_H */
