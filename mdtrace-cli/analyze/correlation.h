/* Correlation: which series follow which, and by how much time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Two series that each owe much to their own past look alike by chance, so
   what each owes to it is taken away first: what is usual at the same place of
   other periods, if it has a period, and the straight line through its ranks;
   these are made those of a Gaussian distribution, an autoregressive process
   is fitted to them (by Yule's and Walker's equations, its order by Schwarz's
   criterion), and what that does not foretell is compared.  Of series that
   have nothing to do with each other the correlations of these rests have
   variance 1 / n at any lag (L. D. Haugh, Checking the independence of two
   covariance-stationary time series: a univariate residual cross-correlation
   approach, Journal of the American Statistical Association 71, 1976,
   378-385); what they still owe to their past makes that more, by 1 + 2 sum
   r(h) s(h), with r and s the autocorrelations of both at the lags h (M. S.
   Bartlett, Some aspects of the time-correlation problem in regard to tests of
   significance, Journal of the Royal Statistical Society 98, 1935, 536-543).
   The probability of each is multiplied by the number of pairs and lags that
   are tried (C. E. Bonferroni, Teoria statistica delle classi e calcolo delle
   probabilita, 1936).  */

#ifndef ANALYZE_CORRELATION_H
#define ANALYZE_CORRELATION_H

#include <stdbool.h>
#include <stddef.h>

enum
{
  CORRELATION_SAMPLES_MIN = 48,
  CORRELATION_LAG_MAX = 30
};

/* Of the searches in what does not belong together so many may find
   something.  */
#define CORRELATION_CHANCE 0.002

struct correlation
{
  size_t first, second; /* numbers of series */
  size_t lag;		/* steps by which the second follows the first */
  double coefficient;
  double probability; /* of one as great, anywhere, by chance */
  size_t samples;
};

/* Find which of SERIES series of COUNT values each, a step apart, follow
   which, with less than the probability LEAST of any finding by chance.  NAN
   is not known. Those of the same KIN, unless that is 0, are not compared: one
   is part of the other.  Of each pair only the clearest lag is found, up to
   CORRELATION_LAG_MAX steps and a quarter of the series.  Returns how many
   there are, in *FOUND, which the caller frees, the least likely first;
   without memory it returns 0 and null.  */
size_t correlation_find (const double *const *values, size_t series,
			 size_t count, const unsigned *kin, double least,
			 struct correlation **found);

/* Take from COUNT values what they owe to their own past, as above, into REST;
   0 where that is not known.  False without memory.  */
bool correlation_prewhiten (const double *values, size_t count, double *rest);

#endif /* ANALYZE_CORRELATION_H */
