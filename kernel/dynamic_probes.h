/* Dynamic probes: from creation to destruction.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All functions are called with the server lock held, from threads.  Errors
   are those that mdtrace.defs lists for the routine of the same name.  */

#ifndef MDTRACE_DYNAMIC_PROBES_H
#define MDTRACE_DYNAMIC_PROBES_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

typedef mdtrace_probe_config_t dynamic_probe_config_t;
typedef mdtrace_probe_info_t dynamic_probe_status_t;

/* Create and enable what the kernel's command line names in
   mdtrace.probes=F1,F2,… and say on the console what cannot be done.  */
void dynamic_probes_init (void);

int dynamic_probe_create (const dynamic_probe_config_t *config,
			  mdtrace_created_t *created);

/* BYTES are a struct mdtrace_probe_definition and its program, of LENGTH
   bytes.  */
int dynamic_probe_define (const void *bytes, word_t length,
			  mdtrace_created_t *created);

int dynamic_probe_options (uint32_t id, mdtrace_probe_options_t *options,
			   mdtrace_probe_usage_t *usage);

/* NEXT and BUFFER: see aggregation_read.  */
int dynamic_probe_read_aggregation (uint32_t id, uint32_t cpu, uint32_t first,
				    uint32_t *next, void *buffer,
				    uint32_t *bytes);
int dynamic_probe_clear_aggregation (uint32_t id);

int dynamic_probe_enable (uint32_t id);
int dynamic_probe_disable (uint32_t id);
int dynamic_probe_destroy (uint32_t id);

/* Forget the destroyed probes that nobody needs to be told of, and the oldest
   of those that are too many.  */
void dynamic_probes_forget (void);

/* What is due at a time: disable the probes that are bound to a claim of the
   rings that has lapsed; and if the deadman has struck on a CPU, switch off the
   probe that is dearest there.  To be called before each request is served,
   and some times a second.  */
void dynamic_probes_tend (void);

/* Fill PROBES with at most MAX of those numbered FIRST or greater, by number;
   returns how many.  */
uint32_t dynamic_probe_list (uint32_t first, dynamic_probe_status_t *probes,
			     uint32_t max);

/* Fill COUNTS, one for each CPU, and set *COUNT to how many.  */
int dynamic_probe_counts (uint32_t id, mdtrace_counts_t *counts,
			  uint32_t *count);

/* Fill in what probe_sites_list does, and set *NEXT to what it returns.  */
int dynamic_probe_sites (uint32_t id, uint32_t cpu, uint32_t first,
			 uint32_t *next, void *buffer, uint32_t *bytes);

/* Fill in what of STATUS is about probes.  */
void dynamic_probe_status (mdtrace_status_t *status);

#endif /* MDTRACE_DYNAMIC_PROBES_H */
