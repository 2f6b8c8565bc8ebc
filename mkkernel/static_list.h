/* Listing the static probes of a kernel before it is booted.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_STATIC_LIST_H
#define MKKERNEL_STATIC_LIST_H

#include "static_plan.h"

/* Print COUNT PROBES, with the places that each stands on and what of it is
   missing.  */
void static_probes_list (const struct code *code,
			 const struct static_probe *probes, size_t count,
			 bool json);

#endif /* MKKERNEL_STATIC_LIST_H */
