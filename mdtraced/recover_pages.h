/* Events on pages that nothing leads to any more.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_RECOVER_PAGES_H
#define MDTRACED_RECOVER_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum
{
  RECOVER_EVENT_COLUMNS = 13
};

struct recover_value
{
  bool is_null;
  int64_t number;
};

/* Takes the values of an event, RECOVER_EVENT_COLUMNS of them in the order of
   the table's columns; false: no more is wanted.  */
typedef bool recover_put (void *closure, const struct recover_value *values);

/* Give every event of version 3 or a later one that is on some page of the
   database at PATH, whose pages have PAGE_BYTES bytes, to PUT; those too that
   were removed and not yet overwritten.  Returns false if PUT did.  */
bool recover_pages (const char *path, size_t page_bytes, recover_put *put,
		    void *closure);

#endif /* MDTRACED_RECOVER_PAGES_H */
