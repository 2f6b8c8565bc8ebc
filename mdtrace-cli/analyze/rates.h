/* Rates: how many events there are a second, as series.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In up to 4096 steps; the last one, of which not all is in the trace, is not
   known if there are others, and neither is what lies between boots.  Of
   probes those have a series that have most events.  */

#ifndef ANALYZE_RATES_H
#define ANALYZE_RATES_H

#include "bins.h"
#include "boots.h"
#include "grid.h"
#include "series.h"
#include "wanted.h"

struct rates
{
  const struct wanted *wanted;
  struct grid grid;
  struct bins all;
  struct bins *probes; /* by index */
  unsigned probe_count;
};

/* As those of a timeline, for the events that are WANTED.  */
bool rates_begin (struct rates *rates, const struct wanted *wanted,
		  int64_t first_ns, int64_t last_ns);
void rates_free (struct rates *rates);
bool rates_take (struct rates *rates, const struct source_event *event);

/* Add the series to LIST.  False if there is no memory.  */
bool rates_add (const struct rates *rates, const struct boots *boots,
		struct series_list *list);

#endif /* ANALYZE_RATES_H */
