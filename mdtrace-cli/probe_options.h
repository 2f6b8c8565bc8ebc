/* mdtrace probe create: what the probe is to do with its hits.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   probe_options.c reads the command line, as far as that can be understood
   without a kernel; probe_resolve.c makes of it what the kernel is told.  */

#ifndef PROBE_OPTIONS_H
#define PROBE_OPTIONS_H

#include "cli.h"

enum
{
  PROBE_KEYS_MAX = 16
};

struct probe_options
{
  /* All but the filter's program, the value, and the keys that are values.  */
  mdtrace_probe_options_t asked;
  const char *filter;		    /* null: none */
  const char *value;		    /* what is added up; null: what there is */
  const char *keys[PROBE_KEYS_MAX]; /* those that are values */
  unsigned key_count;
};

/* To be a child of create's argp, with a pointer to struct probe_options as
   its input.  */
extern const struct argp probe_options_argp;

/* Complain of options that do not go together, or with a probe of CONFIG that
   is described by DESCRIPTION; with latency a function alone comes to stand
   for its entry and its returns.  To be called when all have been read.  */
void probe_options_check (const struct argp_state *state,
			  const struct probe_options *options,
			  const char *description,
			  mdtrace_probe_config_t *config);

/* The values that the probe must have: GIVEN, a list or null, and those that
   are added up or keys.  Null: none in particular.  The caller frees it.  */
char *probe_options_values (const struct probe_options *options,
			    const char *given);

/* A probe's options as the kernel is told of them.  */
struct probe_resolved
{
  mdtrace_probe_options_t options;
  mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];
  const char *what; /* went wrong */
  char message[1024];
};

/* Put OPTIONS into RESOLVED and the fields of CONFIG, which has its values and
   their names, and GIVEN is not null if some were asked for.  DEBUG and
   ADDRESS are as with mdtrace_add_value.  Errors: BAD_OPTION, BAD_EXPRESSION,
   NO_DEBUG_FILE; RESOLVED says more.  */
int probe_options_resolve (const struct probe_options *options,
			   const char *given,
			   const struct mdtrace_debug *debug, uint64_t address,
			   mdtrace_probe_config_t *config,
			   struct probe_resolved *resolved);

#endif /* PROBE_OPTIONS_H */
