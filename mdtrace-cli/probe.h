/* mdtrace probe: what its verbs share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef PROBE_H
#define PROBE_H

#include "cli.h"

/* Report why a probe as in CONFIG could not be created: ERROR, with what the
   kernel and DEBUG, which may be null, tell beyond it.  Returns the exit
   status.  */
int probe_report (const struct cli_options *options,
		  struct mdtrace_target *target,
		  const mdtrace_probe_config_t *config,
		  const struct mdtrace_debug *debug, int error);

/* Whether the kernel has a function NAME, with or without @FILE.c.  */
bool probe_function_exists (struct mdtrace_target *target, const char *name);

/* Whether WHICH is the number or the label of PROBE.  */
bool probe_is_meant (const mdtrace_probe_info_t *probe, const char *which);

/* The probes that exist and that WHICH names, a number or a label, or all if
   it is null.  *PROBES, of *COUNT elements, is the caller's, to be freed with
   free.  Errors: those of mdtrace_probe_list; NO_SUCH_PROBE.  */
int probe_find (struct mdtrace_target *target, const char *which,
		mdtrace_probe_info_t **probes, size_t *count);

/* mdtrace probe list --available: the functions that PATTERN, a description
   or null, matches.  Returns the exit status.  */
int probe_list_available (const struct cli_options *options,
			  const char *pattern, const char *debug_file);

#endif /* PROBE_H */
