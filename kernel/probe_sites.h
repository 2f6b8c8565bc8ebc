/* The sites that a probe's description matches.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_PROBE_SITES_H
#define MDTRACE_PROBE_SITES_H

#include "definition.h"
#include "dtrace.h"
#include "mach_kernel.h"
#include "mdtrace_types.h"

/* Make an enabling for each site that DEFINITION describes, by address, linked
   by probe_next from *FIRST on, as FORMAT says.  CREATED gets the numbers of
   sites.  Errors: those of mdtrace_probe_create; nothing is left behind
   then.  [server lock]  */
int probe_sites_find (const struct definition *definition,
		      const struct dtrace_format *format,
		      struct dtrace_enabling **first,
		      mdtrace_created_t *created);

struct counter_hook;

/* Make an enabling of HOOK for each of PLACES that can be patched and where its
   value is known, linked by probe_next from *FIRST on; what has been made before
   an error is there too.  Error: NO_MEMORY, TEXT_CHANGED.  */
int probe_sites_of_counter (const struct table_static *places,
			    const struct counter_hook *hook,
			    struct dtrace_enabling **first);

/* Free all enablings from FIRST on.  */
void probe_sites_free (struct dtrace_enabling *first);

/* Whether CONFIG can match more than one site.  */
bool probe_sites_are_many (const mdtrace_probe_config_t *config);

/* Write a struct mdtrace_site_entry for as many of the enablings from number
   FIRST of the list LIST on as fit into the *BYTES bytes at BUFFER, with the
   counts on CPU or MDTRACE_CPU_ALL; set *BYTES to what was used.  Returns the
   number to go on with, 0 at the end.  */
uint32_t probe_sites_list (const struct dtrace_enabling *list, uint32_t cpu,
			   uint32_t first, void *buffer, uint32_t *bytes);

/* The same for the sites of the function that ADDRESS lies in, without
   counts.  */
int function_sites_list (word_t address, uint32_t first, uint32_t *next,
			 void *buffer, uint32_t *bytes);

/* What is known of ADDRESS.  Error: NOT_TEXT.  */
int address_explain (word_t address, mdtrace_explanation_t *explanation);

#endif /* MDTRACE_PROBE_SITES_H */
