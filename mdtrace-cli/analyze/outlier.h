/* Outliers: values far from those before them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each value is held against up to OUTLIER_BASELINE values before it that were
   no outliers themselves; the first ones against those after them. How
   unlikely it is comes from robust_tail, how far off it is from the median in
   units of the spread.  Outliers that follow each other are one; what lasts
   longer than OUTLIER_RUN_MAX steps is a new level, and none.  Neither is what
   comes again and again.  */

#ifndef ANALYZE_OUTLIER_H
#define ANALYZE_OUTLIER_H

#include <stdbool.h>
#include <stddef.h>

enum
{
  OUTLIER_BASELINE = 400,
  OUTLIER_BASELINE_MIN = 30,
  OUTLIER_RUN_MAX = 32,
  /* Values that make a window: false findings are counted in so many.  */
  OUTLIER_WINDOW = 100
};

struct outlier
{
  size_t begin, end;	 /* steps, the last one not included */
  double value;		 /* the mean there */
  double median, spread; /* of the baseline */
  double low, high;	 /* nine tenths of the baseline are between them */
  double score;		 /* distance of the worst one, in spreads */
  double probability;	 /* that a value is so far off by chance */
  size_t baseline;	 /* values that it was held against */
  bool is_before;	 /* these come before it */
};

/* Find outliers among COUNT values that are less likely than LEAST for a
   single value.  Values are whole numbers of RESOLUTION, or finer if it is 0;
   NAN is not known.  Returns how many there are, in *FOUND, which the caller
   frees, in the order of time; without memory it returns 0 and null.  */
size_t outlier_find (const double *values, size_t count, double resolution,
		     double least, struct outlier **found);

#endif /* ANALYZE_OUTLIER_H */
