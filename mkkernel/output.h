/* Writing the instrumented kernel and its debug file.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_OUTPUT_H
#define MKKERNEL_OUTPUT_H

#include "kernel_file.h"
#include "link.h"

/* Write KERNEL with LINKED added to it as PATH: what is loaded of it, its
   symbols with those of the kernel part, and no DWARF.  */
void output_kernel (const struct kernel *kernel, const struct linked *linked,
		    const uint8_t *text_hash, const char *path);

/* Write the DWARF and the symbols of KERNEL as PATH, for debuggers.  */
void output_debug (const struct kernel *kernel, const uint8_t *text_hash,
		   const char *path);

#endif /* MKKERNEL_OUTPUT_H */
