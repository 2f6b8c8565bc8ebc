/* Listing functions and their probe sites.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_LIST_H
#define MKKERNEL_LIST_H

#include "plan.h"

/* Print each function with how its entry and its returns are to be
   instrumented, or why not; as one JSON document if JSON is true.  */
void list_sites (const struct code *code, const struct function_plan *plans,
		 bool json);

#endif /* MKKERNEL_LIST_H */
