/* Writing the instrumented kernel and its debug file.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_OUTPUT_H
#define MKKERNEL_OUTPUT_H

#include "kernel_file.h"
#include "link.h"

/* Write KERNEL with LINKED added to it, to be PATH: what is loaded of it, its
   symbols with those of the kernel part, and no DWARF.  Returns the name that
   the file has until output_rename, which frees it.  */
char *output_kernel (const struct kernel *kernel, const struct linked *linked,
		     const uint8_t *text_hash, const char *path);

/* Write the DWARF and the symbols of KERNEL, to be PATH, for debuggers.
   Likewise.  */
char *output_debug (const struct kernel *kernel, const uint8_t *text_hash,
		    const char *path);

/* Give the file its name.  */
void output_rename (char *temporary, const char *path);

#endif /* MKKERNEL_OUTPUT_H */
