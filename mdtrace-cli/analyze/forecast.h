/* Forecasts: what a series will be, between which bounds, and how well such
   forecasts would have done before.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Six simple methods foretell the value some steps ahead:

     naive	      as the last one
     mean	      as the mean of all
     drift	      the last one, and on as from the first to the last
     smoothed	      as the exponentially weighted mean
     damped trend     that, and on by a trend that gets weaker: Holt's method
		      as E. S. Gardner and E. McKenzie have it (Forecasting
		      trends in time series, Management Science 31, 1985,
		      1237-1246)
     seasonal naive   as one period before

   At each step of the past each is given what was known then.  The one with
   the least mean error in the second quarter of the series is taken, and what
   it smooths with; in the second half it is tried: its errors there are those
   that are shown, beside those of the naive method.  The bounds are where all
   but a tenth of these errors lie, which holds whatever their distribution is
   as long as they stay of the kind (conformal prediction: V. Vovk, A.
   Gammerman and G. Shafer, Algorithmic learning in a random world, Springer
   2005; H. Papadopoulos and others, Inductive confidence machines for
   regression, ECML 2002).  How many values of the second half lay between the
   bounds that the errors before them give is counted.  */

#ifndef ANALYZE_FORECAST_H
#define ANALYZE_FORECAST_H

#include <stdbool.h>
#include <stddef.h>

enum
{
  FORECAST_SAMPLES_MIN = 60,
  /* The horizon is one step for so many.  */
  FORECAST_SAMPLES_PER_STEP = 50,
  /* Errors of which bounds can be made.  */
  FORECAST_ERRORS_MIN = 19,
  FORECAST_PERCENT = 90
};

enum forecast_method
{
  FORECAST_NAIVE,
  FORECAST_MEAN,
  FORECAST_DRIFT,
  FORECAST_SMOOTHED,
  FORECAST_DAMPED,
  FORECAST_SEASONAL,
  FORECAST_METHODS
};

struct forecast
{
  enum forecast_method method;
  double level_share, trend_share, damping; /* of what is smoothed */
  size_t period;			    /* of the season; 0: none */
  size_t horizon;			    /* steps ahead of the last one */
  double last, value, low, high;
  size_t tried;	      /* forecasts of the second half */
  double mean_error;  /* |forecast - value|, of these */
  double naive_error; /* of the naive method at the same steps */
  size_t judged;      /* of these, those that bounds could be made for */
  size_t covered;     /* of these, those that were between them */
};

/* What METHOD is called.  */
const char *forecast_method_name (enum forecast_method method);

/* Foretell the value HORIZON steps behind the last of COUNT values, NAN: not
   known, with PERIOD steps in a season, 0: none.  False if there are too few
   values, or no memory.  */
bool forecast_make (const double *values, size_t count, size_t horizon,
		    size_t period, struct forecast *forecast);

/* The horizon for COUNT values: so many that the past has
   FORECAST_SAMPLES_PER_STEP times of it.  */
size_t forecast_horizon (size_t count);

/* What the method of FORECAST, with what it smooths with, would have foretold
   at each of COUNT steps for the value HORIZON steps later, into MADE; NAN:
   nothing.  */
void forecast_trace (const struct forecast *forecast, const double *values,
		     size_t count, double *made);

#endif /* ANALYZE_FORECAST_H */
