/* What the search for anomalies shares.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef ANALYZE_ANOMALY_PRIVATE_H
#define ANALYZE_ANOMALY_PRIVATE_H

#include "anomaly.h"

struct anomaly_search
{
  const struct series_list *list;
  size_t first;	   /* of the series */
  size_t together; /* of these, those that are looked at together */
  size_t steps;
  double *rests;	/* the values less what the period explains, a series
			   after the other */
  double *rest, *usual; /* of the series that is looked at */
  double period;
  struct anomaly *found; /* never null */
  size_t found_count, room;
};

/* Add ANOMALY to what was found.  False without memory.  */
bool anomaly_add (struct anomaly_search *search,
		  const struct anomaly *anomaly);

/* Find the steps at which the series do not go together, but for those at
   which something was found in one of them.  */
bool anomaly_isolate (struct anomaly_search *search);

#endif /* ANALYZE_ANOMALY_PRIVATE_H */
