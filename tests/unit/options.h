/* What tests of probes with options have in common.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_OPTIONS_H
#define UNIT_OPTIONS_H

#include "probes.h"

enum
{
  ENTRIES = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY),
  CALLS = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
	  | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)
};

/* The definition of a probe of the KINDS of sites of FUNCTION, which is enabled
   at once, and nothing else.  */
static inline mdtrace_probe_definition_t
option_definition (const char *function, uint32_t kinds)
{
  mdtrace_probe_definition_t definition = { 0 };

  definition.config = probe_config (function);
  definition.config.kinds = kinds;
  definition.config.enabled = 1;
  return definition;
}

/* Define the probe, which must work; returns its number.  */
static inline uint32_t
option_define (const mdtrace_probe_definition_t *definition,
	       const mdtrace_instruction_t *program)
{
  mdtrace_created_t created = { 0 };

  CHECK_NUMBER (
      mdtrace_probe_define (loopback, definition, program, &created),
      MDTRACE_OK);
  return created.id;
}

/* What has become of the probe ID.  */
static inline mdtrace_probe_usage_t
option_usage (uint32_t id)
{
  mdtrace_probe_options_t options;
  mdtrace_probe_usage_t usage;

  CHECK_NUMBER (mdtrace_probe_options (loopback, id, &options, &usage),
		MDTRACE_OK);
  return usage;
}

static inline mdtrace_counts_t
option_counts (uint32_t id)
{
  dynamic_probe_status_t info;

  CHECK (probe_info (id, &info));
  return info.counts;
}

/* Reach ADDRESS with two arguments in their registers, and the stack pointer
   at STACK.  */
static inline void
option_reach (word_t address, uint64_t rdi, uint64_t rsi, const void *stack)
{
  struct breakpoint_frame frame;

  standin_make_frame (&frame);
  frame.saved.rdi = rdi;
  frame.saved.rsi = rsi;
  frame.saved.rax = 1000 + rdi;
  frame.stack_pointer = (word_t) stack;
  CHECK (standin_reach (address, &frame));
}

/* Reach the entry of FUNCTION.  */
static inline void
option_call (enum standin_function function, uint64_t rdi, uint64_t rsi)
{
  option_reach ((word_t) standin_text (function), rdi, rsi, NULL);
}

#endif /* UNIT_OPTIONS_H */
