/* Evidence: which events show that something took long.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A sentence, and SQL for the database that selects the events behind it.  */

#ifndef ANALYZE_EVIDENCE_H
#define ANALYZE_EVIDENCE_H

#include <jansson.h>

#include "latency.h"
#include "waits.h"

/* Evidence of LATENCY, calls of a function of BOOT_ID called NAME.  */
json_t *evidence_of_calls (const struct latency *latency, const char *name,
			   int64_t boot_id);

/* Evidence of GROUP.  */
json_t *evidence_of_waits (const struct wait_group *group);

#endif /* ANALYZE_EVIDENCE_H */
