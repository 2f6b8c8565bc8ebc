/* The straight line through a series of values.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   By least squares, over the seconds that the values belong to.  Sums are
   exact: with up to 2^16 values of magnitudes up to 2^52, over up to 2^32
   seconds, none of them has more than 127 bits.  Seconds count from the first
   one on, and a second's distance from their mean is taken COUNT times, which
   makes it a whole number.  */

#ifndef MDTRACE_TREND_LINE_H
#define MDTRACE_TREND_LINE_H

#include "wide.h"

struct trend_line
{
  uint32_t count;
  uint32_t first;      /* second */
  uint64_t seconds;    /* their sum */
  int64_t mean;	       /* of the values, rounded */
  int64_t rest;	       /* the sum of how far they are from that */
  struct wide squares; /* of how far they are from their true mean, the sum */
  /* The sum of the products of distances, of seconds and of values; and its
     sign.  */
  struct wide products;
  bool falls;
  struct wide spread; /* the sum of distances times seconds; 0: one second */
};

/* The line through COUNT values, 1 or more.  */
void trend_line_fit (const uint32_t *seconds, const int64_t *values,
		     uint32_t count, struct trend_line *line);

/* The distance of SECOND, not before the first one.  */
int64_t trend_line_distance (const struct trend_line *line, uint32_t second);

/* What the line rises by in a second, and where it is at SECOND: rounded to
   the nearest, and cut off at TREND_RESULT_MAX.  */
int64_t trend_line_slope (const struct trend_line *line);
int64_t trend_line_at (const struct trend_line *line, uint32_t second);

/* NUMBER with its sign, cut off at TREND_RESULT_MAX.  */
int64_t trend_cut (struct wide number, bool is_negative);

/* DIVIDEND / DIVISOR, which is not 0: rounded to the nearest, away from 0 from
   the middle.  */
int64_t trend_divide (int64_t dividend, uint64_t divisor);

#endif /* MDTRACE_TREND_LINE_H */
