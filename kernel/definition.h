/* What mdtrace_probe_define is told, checked and made ready.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All functions are called with the server lock held, from threads.  */

#ifndef MDTRACE_DEFINITION_H
#define MDTRACE_DEFINITION_H

#include "dtrace.h"

/* A probe's configuration and options, and the program of its filter.  */
struct definition
{
  const mdtrace_probe_config_t *config;
  const mdtrace_probe_options_t *options;
  const mdtrace_instruction_t *program;
};

/* Find in the LENGTH bytes at BYTES what mdtrace_probe_define is given, and
   see that it is good in itself.  Errors: BAD_ARGUMENT, BAD_OPTION,
   BAD_FILTER, NO_FRAMES.  */
int definition_read (const void *bytes, word_t length,
		     struct definition *definition);

/* Whether the configuration in it is good in itself.  */
bool definition_is_good (const struct definition *definition);

/* The mask of fields of DEFINITION's probe: what was asked for, or what
   mdtrace_types.h promises, and what its options need.  */
uint64_t definition_fields (const struct definition *definition);

/* Put what DEFINITION asks for into FORMAT, of which the values and the usage
   are there.  Errors: NO_MEMORY; BAD_FILTER.  What was made is given back by
   definition_clear, in any case.  */
int definition_make (const struct definition *definition,
		     struct dtrace_format *format);
void definition_clear (struct dtrace_format *format);

#endif /* MDTRACE_DEFINITION_H */
