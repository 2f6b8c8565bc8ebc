/* Series of what processes make, as analyses have them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_MADE_SERIES_H
#define UNIT_MADE_SERIES_H

#include "processes.h"
#include "statistics_private.h"

enum
{
  SERIES = 4
};

/* SERIES ones of COUNT steps of PROCESS, a second each.  */
static inline void
make_series (uint64_t *state, enum process process, size_t count,
	     struct series_list *list)
{
  const char *unit = processes[process].resolution > 0 ? "events/s" : "ns";

  *list = (struct series_list){ NULL, 0 };
  for (int i = 0; i < SERIES; i++)
    {
      struct series *series
	  = series_add (list, "made up", unit, 1, 0, 1000000000, count, NULL);
      CHECK (series != NULL);
      random_process (state, process, count, series->values);
    }
}

#endif /* UNIT_MADE_SERIES_H */
