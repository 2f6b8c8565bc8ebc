/* What the kernel part needs of a kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_REQUIREMENTS_H
#define MKKERNEL_REQUIREMENTS_H

#include <stdio.h>

#include "debug_info.h"
#include "kernel_file.h"

/* Look up all that kernel/layout.def and kernel/imports.def name, and write
   to SCRIPT, as assignments of a linker script, the symbols that the kernel
   part expects.  Says what is missing or different and exits if anything
   is.  */
void requirements_write (const struct kernel *kernel,
			 const struct debug_info *info, FILE *script);

#endif /* MKKERNEL_REQUIREMENTS_H */
