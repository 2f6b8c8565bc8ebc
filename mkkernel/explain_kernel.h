/* Explaining a place in a kernel before it is booted.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_EXPLAIN_KERNEL_H
#define MKKERNEL_EXPLAIN_KERNEL_H

#include "debug_info.h"
#include "plan.h"

/* Print what is known of WHAT, a function, FUNCTION+OFFSET or an address, in
   the words of 'mdtrace probe explain'; as one JSON document if JSON is true.
   If there is no such place, say so and exit.  */
void explain_kernel (const struct code *code,
		     const struct function_plan *plans,
		     const struct debug_info *info, const char *what,
		     bool json);

#endif /* MKKERNEL_EXPLAIN_KERNEL_H */
