/* The table of functions and sites, as the kernel part reads it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_TABLE_H
#define MKKERNEL_TABLE_H

#include "debug_info.h"
#include "plan.h"
#include "static_plan.h"

/* Make the block that kernel/site_table.h describes.  The caller frees it;
 *BYTES is its size.  */
void *table_make (const struct code *code, const struct function_plan *plans,
		  const struct debug_info *info,
		  const struct static_probe *statics, size_t static_count,
		  const uint8_t *text_hash, size_t *bytes);

#endif /* MKKERNEL_TABLE_H */
