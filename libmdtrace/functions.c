/* The kernel's functions by address.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "mdtrace.h"

const struct mdtrace_function *
mdtrace_function_at (const struct mdtrace_function *functions, size_t count,
		     uint64_t address)
{
  size_t low = 0, high = count;

  /* Of those that begin at ADDRESS or before it, the last one.  */
  while (low < high)
    {
      size_t middle = (low + high) / 2;
      if (functions[middle].address <= address)
	low = middle + 1;
      else
	high = middle;
    }
  if (low-- == 0 || address - functions[low].address >= functions[low].bytes)
    return NULL;
  while (low > 0 && functions[low - 1].address == functions[low].address)
    low--;
  return &functions[low];
}
