/* Static probes: events with names that stay the same in every kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   mdtrace-mkkernel has found out where each is seen, and where its arguments
   are there; see site_table.h.  Those of the provider "custom" stand on no
   text: tasks fire them.  All functions are called with the server lock
   held.  */

#ifndef MDTRACE_STATIC_PROBES_H
#define MDTRACE_STATIC_PROBES_H

#include "definition.h"
#include "dtrace.h"

/* Whether DEFINITION asks for a static probe or a custom one; and just for the
   latter.  */
bool static_probe_is_asked (const struct definition *definition);
bool static_probe_is_custom (const mdtrace_probe_options_t *options);

/* The static probe that DEFINITION asks for, which is none that is custom;
   null if there is none of that name.  */
const struct table_static *
static_probe_find (const struct definition *definition);

/* What DEFINITION asks for wrongly.  Errors: NO_SUCH_EVENT, NOT_IN_KERNEL,
   BAD_OPTION, BAD_ARGUMENT.  */
int static_probe_check (const struct definition *definition);

/* The mask of fields of DEFINITION's probe if it does not say, and the names
   of its arguments.  */
uint64_t static_probe_fields (const struct definition *definition);
const char *static_probe_names (const struct definition *definition);

/* The places of EVENT, on which a counter stands; null if there is no such event.
   And what of them this kernel lacks: empty if nothing.  */
const struct table_static *static_probe_of_counter (const char *event);
const char *static_probe_lacks (const struct table_static *probe);

/* Of the places of a counter, how many may not be patched, or lack the
   argument.  */
uint32_t static_probe_unusable (const struct table_static *probe);

/* The place with number INDEX.  */
const struct table_static_site *static_probe_site (uint32_t index);

/* Make the one enabling of a custom probe, for FORMAT.  Errors: NO_MEMORY,
   NO_VALUE.  */
int custom_enabling_make (const struct dtrace_format *format,
			  struct dtrace_enabling **enabling);

/* Let all probes that are enabled for the custom event NAME be hit, with
   VALUES.  Returns how many there are.  */
uint32_t custom_fire (const char *name, const uint64_t *values);

/* Write a struct mdtrace_static_entry for as many static probes from number
   FIRST on as fit into the *BYTES bytes at BUFFER; set *BYTES to what was
   used. Returns the number to go on with, 0 at the end.  */
uint32_t static_probe_list (uint32_t first, void *buffer, uint32_t *bytes);

#endif /* MDTRACE_STATIC_PROBES_H */
