/* Probes with options, and what becomes of them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As in client.c: what comes from the kernel is checked as far as this side
   would go wrong with it.  */

#include <config.h>

#include <string.h>

#include "mdtrace_user.h"
#include "target.h"

int
mdtrace_probe_define (struct mdtrace_target *target,
		      const mdtrace_probe_definition_t *definition,
		      const mdtrace_instruction_t *program,
		      mdtrace_created_t *created)
{
  mdtrace_bytes_page_t page;
  size_t bytes = definition->options.instructions * sizeof *program;

  if (definition->options.instructions > MDTRACE_PROGRAM_MAX)
    return MDTRACE_ERR_BAD_FILTER;
  memcpy (page, definition, sizeof *definition);
  if (bytes > 0)
    memcpy (page + sizeof *definition, program, bytes);
  return rpc_mdtrace_probe_define (target->token, page,
				   sizeof *definition + bytes, created);
}

int
mdtrace_probe_options (struct mdtrace_target *target, uint32_t probe_id,
		       mdtrace_probe_options_t *options,
		       mdtrace_probe_usage_t *usage)
{
  int error;

  if (target_has_ended (target))
    {
      memset (usage, 0, sizeof *usage);
      error = target->transport->get_options (target, probe_id, options);
    }
  else
    error
	= rpc_mdtrace_probe_options (target->token, probe_id, options, usage);
  if (error != MDTRACE_OK)
    return error;
  options->provider[sizeof options->provider - 1] = '\0';
  options->event[sizeof options->event - 1] = '\0';
  options->filter[sizeof options->filter - 1] = '\0';
  if (usage->key_words > MDTRACE_KEY_WORDS_MAX
      || usage->cell_words > MDTRACE_CELL_WORDS_MAX)
    return MDTRACE_ERR_PROTOCOL;
  return MDTRACE_OK;
}

int
mdtrace_get_loads (struct mdtrace_target *target, mdtrace_load_t *loads,
		   unsigned *cpus)
{
  mach_msg_type_number_t count = MDTRACE_CPUS_MAX;
  int error = rpc_mdtrace_get_loads (target->token, loads, &count);

  *cpus = count;
  return error;
}

int
mdtrace_set_share (struct mdtrace_target *target, uint32_t share)
{
  return rpc_mdtrace_set_share (target->token, share);
}
