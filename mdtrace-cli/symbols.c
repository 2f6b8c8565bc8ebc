/* Addresses in the kernel's text, as people read them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "symbols.h"

void
symbols_load (struct symbols *symbols, struct mdtrace_target *target)
{
  if (symbols->is_asked)
    return;
  symbols->is_asked = true;
  if (mdtrace_function_list (target, &symbols->functions, &symbols->count)
      == MDTRACE_OK)
    return;
  symbols->functions = NULL;
  symbols->count = 0;
}

void
symbols_free (struct symbols *symbols)
{
  free (symbols->functions);
}

const struct mdtrace_function *
symbols_find (const struct symbols *symbols, uint64_t address)
{
  return mdtrace_function_at (symbols->functions, symbols->count, address);
}

/* The function that the frame with NUMBER at ADDRESS is of.  */
static const struct mdtrace_function *
find_frame (const struct symbols *symbols, unsigned number, uint64_t address)
{
  return symbols_find (symbols, number == 0 ? address : address - 1);
}

/* ADDRESS, which belongs to FUNCTION, or to none if that is null.  */
static char *
describe (const struct mdtrace_function *function, uint64_t address)
{
  if (function == NULL)
    return cli_format ("0x%llx", (unsigned long long) address);
  if (function->address == address)
    return cli_format ("%s", function->name);
  return cli_format ("%s+0x%llx", function->name,
		     (unsigned long long) (address - function->address));
}

char *
symbols_place (const struct symbols *symbols, uint64_t address)
{
  return describe (symbols_find (symbols, address), address);
}

char *
symbols_frame (const struct symbols *symbols, unsigned number,
	       uint64_t address)
{
  return describe (find_frame (symbols, number, address), address);
}

json_t *
symbols_frame_json (const struct symbols *symbols, unsigned number,
		    uint64_t address)
{
  const struct mdtrace_function *function
      = find_frame (symbols, number, address);

  if (function == NULL)
    return cli_json_pack ("{s:o, s:n, s:n}", "address",
			  cli_json_address (address), "function", "offset");
  return cli_json_pack ("{s:o, s:s, s:I}", "address",
			cli_json_address (address), "function", function->name,
			"offset", (json_int_t) (address - function->address));
}
