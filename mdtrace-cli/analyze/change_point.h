/* Change points: where a series goes to another level, or begins to vary more
   or less.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Binary segmentation (L. Yu. Vostrikova, Detecting "disorder" in
   multidimensional random processes, Soviet Mathematics Doklady 24, 1981): of
   a segment the place is sought where the ranks before and after differ most,
   and if chance is not likely to give such a place it is cut there, and each
   part looked at in turn.  Ranks bear any distribution.  What values owe to
   those before them is in the variance by which that is measured, see
   change_probability.  */

#ifndef ANALYZE_CHANGE_POINT_H
#define ANALYZE_CHANGE_POINT_H

#include <stdbool.h>
#include <stddef.h>

enum
{
  /* Values on each side of a change, at least.  */
  CHANGE_SEGMENT_MIN = 24
};

struct change
{
  size_t at;		/* the first step after it */
  size_t begin, end;	/* the segments before and after it */
  bool is_variance;	/* of the spread, not of the level */
  double before, after; /* medians, or spreads */
  double spread;	/* around the level on both sides */
  double probability;	/* of such a place by chance */
};

/* How likely the greatest difference between the ranks of the COUNT values
   before and after a place is by chance, and where it is: *AT is the first
   step behind it.

   It is that of the greatest distance of a Brownian bridge from 0, which the
   sums of ranks less their mean become, divided by their long-run standard
   deviation: 2 sum (-1)^(j-1) exp (-2 j^2 x^2), j = 1 ... (A. N. Kolmogorov,
   Sulla determinazione empirica di una legge di distribuzione, Giornale
   dell'Istituto Italiano degli Attuari 4, 1933).  The long-run variance comes
   from the median of the differences between means of neighbouring blocks,
   which changes of level do not alter (W. B. Wu and Z. Zhao, Inference of
   trends in time series, Journal of the Royal Statistical Society B 69, 2007,
   391-410), for blocks of several lengths, and from what an autoregressive
   process would have; the greatest of these counts.  */
double change_probability (const double *values, size_t count, size_t *at);

/* Find the changes among COUNT values that are less likely than LEAST for each
   100 values.  Values are whole numbers of RESOLUTION, or finer if it is 0;
   NAN is not known.  A level must change by 1.5 spreads, and within a few
   steps; a spread to twice as much or half.  Returns how many there are, in
   *FOUND, which the caller frees, in the order of time; without memory it
   returns 0 and null.  */
size_t change_find (const double *values, size_t count, double resolution,
		    double least, struct change **found);

#endif /* ANALYZE_CHANGE_POINT_H */
