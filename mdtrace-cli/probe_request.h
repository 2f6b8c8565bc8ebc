/* mdtrace: probes that a command line asks for.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What 'mdtrace probe create' and 'mdtrace record' share.  */

#ifndef PROBE_REQUEST_H
#define PROBE_REQUEST_H

#include "cli.h"
#include "probe_options.h"

/* A probe that was created.  */
struct probe_made
{
  const mdtrace_probe_config_t *config;
  const mdtrace_created_t *created;
  const char *description; /* of a static one; else null */
};

struct probe_request
{
  const struct cli_options *options;
  const char *description;
  const char *debug_file; /* null: one that is found */
  const char *values;	  /* a list; null: none in particular */
  struct probe_options probe_options;
  mdtrace_probe_config_t config;
  /* Of a static probe, or patterns of them; otherwise empty.  */
  char provider[MDTRACE_PROVIDER_BYTES];
  char event[MDTRACE_EVENT_BYTES];
  /* Is told of each probe.  */
  void (*tell) (void *closure, const struct probe_made *made);
  void *closure;
};

/* To be a child of a verb's argp, with a pointer to struct probe_request as
   its input: what hits record, and what is done with them.  */
extern const struct argp probe_request_argp;

/* Let REQUEST ask for what DESCRIPTION says, or end with a usage error.  To be
   called when all options have been read.  */
void probe_request_describe (const struct argp_state *state,
			     struct probe_request *request,
			     const char *description);

/* Whether names and types of the kernel are of use for it.  */
bool probe_request_wants_debug (const struct probe_request *request);

/* Create what is asked for: one probe, or of static ones each that matches.
   DEBUG may be null.  Returns the exit status, 0 if all is well; what is not
   is reported.  */
int probe_request_create (struct probe_request *request,
			  struct mdtrace_target *target,
			  const struct mdtrace_debug *debug);

/* The kind if a probe of CONFIG has but one, else 0.  */
unsigned probe_only_kind (const mdtrace_probe_config_t *config);

#endif /* PROBE_REQUEST_H */
