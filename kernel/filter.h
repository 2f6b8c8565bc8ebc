/* Filters: programs that say which hits are asked for.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What a program is, mig/mdtrace_filter.h says.  It comes from outside: it is
   checked before it is ever executed, and it is executed with no trust in any
   pointer.  */

#ifndef MDTRACE_KERNEL_FILTER_H
#define MDTRACE_KERNEL_FILTER_H

#include "dtrace.h"

/* What of a site a program needs.  */
struct filter_needs
{
  uint8_t arguments; /* mask of arguments by number */
  uint8_t values;    /* mask of values by number */
  uint16_t machine;  /* mask of registers by number */
  bool registers;    /* of its own */
  bool stack;
  bool retval;
  bool duration;
  bool function;
};

/* Whether PROGRAM of COUNT instructions keeps all rules; NEEDS is filled in
   then.  What is accepted ends, whatever it reads.  */
bool filter_check (const mdtrace_instruction_t *program, unsigned count,
		   struct filter_needs *needs);

/* Whether the program of ENABLING, which was checked, accepts the hit that
   STATE describes.  In a handler.  */
bool filter_accepts (struct dtrace_cpu *state,
		     const struct dtrace_enabling *enabling);

/* If the first instruction of PROGRAM rejects by comparing one word of the
   saved registers with a number, say so in GUARD, which dtrace.h
   describes.  */
void filter_make_guard (const mdtrace_instruction_t *program,
			struct dtrace_guard *guard);

#endif /* MDTRACE_KERNEL_FILTER_H */
