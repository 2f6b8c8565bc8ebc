/* mdtrace probe create, of static probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef PROBE_STATIC_H
#define PROBE_STATIC_H

#include "cli.h"
#include "probe_request.h"

/* Create a probe for each static probe that REQUEST asks for, or a custom one.
   DEBUG may be null.  Returns the exit status, 0 if all is well.  */
int probe_static_create (const struct probe_request *request,
			 struct mdtrace_target *target,
			 const struct mdtrace_debug *debug);

/* Say that a static probe was created.  */
void probe_static_print (const struct cli_options *options,
			 const struct probe_made *made);

/* List those that the provider and the event in PATTERNS match, which PATTERN
   has asked for; with EXPLAIN also what their arguments are.  Returns the exit
   status.  */
int probe_static_list (const struct cli_options *options,
		       struct mdtrace_target *target, const char *pattern,
		       const mdtrace_probe_options_t *patterns, bool explain);

/* Words for the kinds of sites of PROBE, which is static or not.  */
const char *probe_static_kind (const mdtrace_probe_info_t *probe);

/* PROVIDER::FUNCTION:EVENT.  The caller frees it.  */
char *probe_static_describe (const char *provider, const char *function,
			     const char *event);

#endif /* PROBE_STATIC_H */
