/* Seasons: what is usual at that time of the day, or wherever a series stands
   in a period that it has.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A series has a period if it is like itself one period later, and less so
   half of one: by the autocorrelation of its ranks.  Each value is then held
   against those at the same place in all other periods.  */

#ifndef ANALYZE_SEASONAL_H
#define ANALYZE_SEASONAL_H

#include <stdbool.h>
#include <stddef.h>

enum
{
  /* Periods that there must be.  */
  SEASONAL_PERIODS_MIN = 4,
  SEASONAL_PERIOD_MIN = 4
};

/* The autocorrelation of COUNT values at LAG: of their ranks, NAN is not
   known. Null series give 0.  RANKS come from seasonal_ranks.  */
double seasonal_correlation (const double *ranks, size_t count, size_t lag);

/* Put the ranks of COUNT values, from -1/2 to 1/2, less the straight line
   through them, into RANKS; 0 for what is not known.  Returns false without
   memory.  */
bool seasonal_ranks (const double *values, size_t count, double *ranks);

/* The period of COUNT values in steps, which need not be whole; 0 if they have
   none that is seen SEASONAL_PERIODS_MIN times.  Those in CANDIDATES, which
   ends with 0 and may be null, such as a day and a week, are tried first, and
   need be less clear.  */
double seasonal_period (const double *values, size_t count,
			const double *candidates);

/* Put what is left of COUNT values when what is usual at the same place of the
   other periods is taken away into REST, and that itself into USUAL: the
   median of the others.  NAN where either is not known.  Returns false without
   memory.  */
bool seasonal_remove (const double *values, size_t count, double period,
		      double *usual, double *rest);

#endif /* ANALYZE_SEASONAL_H */
