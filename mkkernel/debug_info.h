/* What the kernel's DWARF says.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_DEBUG_INFO_H
#define MKKERNEL_DEBUG_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel_file.h"
#include "site_table.h"

/* A function that has code of its own.  */
struct debug_function
{
  uint64_t address;
  const char *name;
  const char *file;	   /* base name of its source */
  unsigned argument_count; /* that its source declares */
  /* Where the first of them are at entry, as in struct table_function.  */
  uint8_t argument_registers[SITE_ARGUMENTS_MAX];
};

struct debug_info;

/* Read the DWARF of KERNEL, or say what is wrong with it and exit.  */
struct debug_info *debug_open (const struct kernel *kernel);

/* The function that begins at ADDRESS; null if DWARF knows none.  */
const struct debug_function *debug_function_at (const struct debug_info *info,
						uint64_t address);

/* Offset and size in bytes of MEMBER of struct STRUCTURE.  */
bool debug_find_field (const struct debug_info *info, const char *structure,
		       const char *member, uint64_t *offset, uint64_t *bytes);

/* Size in bytes of struct STRUCTURE.  */
bool debug_find_size (const struct debug_info *info, const char *structure,
		      uint64_t *bytes);

/* Number of elements of the global array NAME.  */
bool debug_find_count (const struct debug_info *info, const char *name,
		       uint64_t *count);

enum
{
  PROTOTYPE_PARAMETERS_MAX = 16
};

/* The shape of a function's interface.  */
struct prototype
{
  uint64_t result_bytes; /* 0: void */
  unsigned parameters;
  uint64_t parameter_bytes[PROTOTYPE_PARAMETERS_MAX];
  bool variadic;
};

/* The prototype of the global function NAME.  */
bool debug_find_prototype (const struct debug_info *info, const char *name,
			   struct prototype *prototype);

#endif /* MKKERNEL_DEBUG_INFO_H */
