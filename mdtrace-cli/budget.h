/* Shares of a CPU's time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef BUDGET_H
#define BUDGET_H

#include <argp.h>
#include <stdint.h>

enum
{
  BUDGET_TEXT_BYTES = 24
};

/* The share ARGUMENT, a percentage, in 1/10000; or a usage error about
   WHAT.  */
uint32_t budget_parse (const struct argp_state *state, const char *argument,
		       const char *what);

/* SHARE as a percentage, to TEXT.  */
void budget_format (char text[BUDGET_TEXT_BYTES], uint32_t share);

#endif /* BUDGET_H */
