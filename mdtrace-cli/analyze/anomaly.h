/* Anomalies: what is out of the ordinary in series that belong together.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Of each series: what is usual at that place of its period is taken away, if
   it has one; changes of level and of spread are sought; and between these,
   outliers.  Of all together: steps at which they do not go together as they
   do at others, by an isolation forest.  Each of these four may find something
   by chance in fewer than ANOMALY_CHANCE of 1,000 windows, that is, stretches
   of OUTLIER_WINDOW values of one series, or of all.  */

#ifndef ANALYZE_ANOMALY_H
#define ANALYZE_ANOMALY_H

#include <stdbool.h>

#include "series.h"

/* Findings by chance, in 1,000 windows, of each kind.  */
#define ANOMALY_CHANCE 0.25

enum anomaly_kind
{
  ANOMALY_OUTLIER,
  ANOMALY_SEASONAL,
  ANOMALY_CHANGE,
  ANOMALY_ISOLATION
};

enum
{
  ANOMALY_OTHERS_MAX = 4
};

struct anomaly
{
  enum anomaly_kind kind;
  size_t series;     /* its number; that which is oddest of several */
  size_t begin, end; /* steps, the last one not included */
  double value;	     /* there; of an isolation the score */
  double expected, spread;
  double low, high; /* what is usual, most of the time */
  double score;	    /* spreads from what is expected */
  double chance;    /* in so many of 1,000 windows */
  size_t compared;  /* values that it was held against */
  bool is_before;   /* these come before it, or else after */
  bool is_variance; /* value and expected are spreads */
  double period;    /* steps, of what is seasonal */
  /* Of an isolation: the oddest series.  */
  size_t others_count, others[ANOMALY_OTHERS_MAX];
};

/* What values of SERIES are whole numbers of, by its unit; 0: of nothing.  */
double anomaly_resolution (const struct series *series);

/* Find the anomalies in the series of LIST, from number FIRST on COUNT ones,
   which are on the same steps; of the first TOGETHER of these also what none
   shows alone.  Returns how many there are, in *FOUND, which
   the caller frees, in the order of series; *FOUND is null without memory.  */
size_t anomaly_find (const struct series_list *list, size_t first,
		     size_t count, size_t together, struct anomaly **found);

/* The period of SERIES in steps, of which a day and a week are known; 0 if it
   has none.  */
double anomaly_period (const struct series *series);

#endif /* ANALYZE_ANOMALY_H */
