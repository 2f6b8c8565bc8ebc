/* What mdtrace-mkkernel embedded: the kernel's functions and probe sites.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_SYMBOLS_H
#define MDTRACE_SYMBOLS_H

#include "mach_kernel.h"
#include "mdtrace_types.h"
#include "site_table.h"

/* The embedded table; mdtrace-mkkernel places it.  */
extern struct site_table mdtrace_site_table;

/* Whether the table is one that this code understands.  */
bool symbols_are_good (void);

/* Find the function NAME, or NAME@FILE where several share a name.  Returns
   MDTRACE_OK and its number in *INDEX, or MDTRACE_ERR_NO_SUCH_FUNCTION or
   MDTRACE_ERR_AMBIGUOUS_FUNCTION.  */
int symbols_find (const char *name, uint32_t *index);

const struct table_function *symbols_function (uint32_t index);
const char *symbols_name (const struct table_function *function);

/* The function's name, with @FILE where it needs that to be found.  */
void symbols_copy_name (const struct table_function *function, char *to,
			word_t bytes);

/* The number of the function that ADDRESS lies in, by its best name;
   SYMBOLS_NONE if there is none.  */
uint32_t symbols_function_at (word_t address);

enum
{
  SYMBOLS_NONE = UINT32_MAX
};

const struct table_site *symbols_site (uint32_t index);

/* The number of the first site at ADDRESS or behind it.  */
uint32_t symbols_first_site (word_t address);

/* The same for places, which are within functions.  */
const struct table_site *symbols_place (uint32_t index);
uint32_t symbols_first_place (word_t address);

/* The byte of the table of classes for ADDRESS; 0 outside of the text.  */
uint8_t symbols_class (word_t address);

const uint8_t *symbols_code (const struct table_site *site);
const struct table_fixup *symbols_fixups (const struct table_site *site);

/* How many functions there are, and of those *REFUSED that may not be probed
   at their entry.  */
uint32_t symbols_count (uint32_t *refused);

/* Write struct mdtrace_function_entry for as many functions from number
   FIRST on as fit into the *BYTES bytes at BUFFER; set *BYTES to what was
   used.  Returns the number to go on with, 0 at the end.  */
uint32_t symbols_list (uint32_t first, void *buffer, uint32_t *bytes);

#endif /* MDTRACE_SYMBOLS_H */
