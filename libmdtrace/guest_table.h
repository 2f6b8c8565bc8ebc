/* The table of functions and probe sites in the memory of a guest.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As mdtrace-mkkernel made it and kernel/site_table.h describes it: whoever
   cannot ask the kernel any more finds there what an address belongs to.  */

#ifndef LIBMDTRACE_GUEST_TABLE_H
#define LIBMDTRACE_GUEST_TABLE_H

#include "guest_memory.h"
#include "site_table.h"

struct guest_table
{
  const struct table_function *functions;
  uint32_t function_count;
  const struct table_site *sites;
  uint32_t site_count;
  const char *strings; /* the last byte is 0 */
  uint32_t strings_bytes;
};

/* Find the table of the guest that shares SHARED.  False if what is there is
   none.  */
bool guest_table_find (const struct guest_memory *memory,
		       const struct mdtrace_shared *shared,
		       struct guest_table *table);

/* Fill in FUNCTION, the one with number INDEX, as the kernel would.  */
void guest_table_function (const struct guest_table *table, uint32_t index,
			   struct mdtrace_function *function);

/* Fill in SITE, of which address and kind are there, but for its mode and
   counts, as the kernel would.  */
void guest_table_describe (const struct guest_table *table,
			   struct mdtrace_site *site);

#endif /* LIBMDTRACE_GUEST_TABLE_H */
