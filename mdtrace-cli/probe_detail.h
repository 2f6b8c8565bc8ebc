/* mdtrace probe list: what a probe does with its hits.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef PROBE_DETAIL_H
#define PROBE_DETAIL_H

#include "cli.h"

struct probe_detail
{
  bool is_known;
  bool has_usage; /* that is known too */
  mdtrace_probe_options_t options;
  mdtrace_probe_usage_t usage;
};

/* Ask TARGET for the detail of the probe with number ID.  That it does not
   know it, of a probe that is gone or a kernel that has ended, is no error. */
int probe_detail_get (struct mdtrace_target *target, uint32_t id,
		      struct probe_detail *detail);

/* Why the deadman has switched the probe off; null if it has not.  The caller
   frees it.  */
char *probe_detail_stopped (const struct probe_detail *detail);

/* Print all that is known of PROBE, in several lines.  */
void probe_detail_print (const mdtrace_probe_info_t *probe, const char *state,
			 const struct probe_detail *detail);

/* Add to OBJECT, of PROBE, the members options and usage.  */
void probe_detail_json (const mdtrace_probe_info_t *probe,
			const struct probe_detail *detail, json_t *object);

#endif /* PROBE_DETAIL_H */
