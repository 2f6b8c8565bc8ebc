/* mdtrace trend: what its files share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   trend.c asks, trend_print.c says what a trend is in words, trend_plot.c
   draws a series.  Values are in 1/1000, as in <mdtrace_counters.h>.  */

#ifndef TREND_CLI_H
#define TREND_CLI_H

#include <stdio.h>

#include "cli.h"

enum
{
  TREND_TEXT_BYTES = 64
};

/* What the values of a counter are in: bytes in a second are { "bytes", "/s"
   }. Both are the library's or the counter's.  */
struct trend_unit
{
  const char *unit;
  const char *per; /* behind it */
};

/* One value of a series.  */
struct trend_point
{
  uint64_t
      second; /* the number of its snapshot, which is taken once a second */
  uint64_t time_ns;
  int64_t value;
};

struct trend_series
{
  struct trend_point *points; /* in the order of time */
  size_t count;
};

struct trend_unit trend_unit (const mdtrace_counter_info_t *counter);

/* VALUE in UNIT for people: three or four digits of it, nanoseconds and bytes
   as is usual for them, 1/10000 in percent.  With a "+" if that HAS_SIGN and
   is not negative.  */
void trend_text (char text[TREND_TEXT_BYTES], int64_t value,
		 struct trend_unit unit, bool has_sign);

/* Say what TREND of COUNTER is.  */
void trend_print (FILE *file, const mdtrace_counter_info_t *counter,
		  const mdtrace_trend_t *trend);

/* Draw SERIES, of at least one value, in at most 80 columns: a mark for each
   value, and unless it is null a line where USUAL is.  */
void trend_plot (FILE *file, const struct trend_series *series,
		 struct trend_unit unit, const int64_t *usual);

#endif /* TREND_CLI_H */
