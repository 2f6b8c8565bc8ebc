/* Forecasts.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forecast.h"
#include "robust.h"

const char *
forecast_method_name (enum forecast_method method)
{
  static const char *const names[FORECAST_METHODS] = {
    [FORECAST_NAIVE] = "naive",		[FORECAST_MEAN] = "mean",
    [FORECAST_DRIFT] = "drift",		[FORECAST_SMOOTHED] = "smoothed",
    [FORECAST_DAMPED] = "damped trend", [FORECAST_SEASONAL] = "seasonal naive",
  };

  return names[method];
}

size_t
forecast_horizon (size_t count)
{
  return count < FORECAST_SAMPLES_PER_STEP ? 1
					   : count / FORECAST_SAMPLES_PER_STEP;
}

/* What a method knows at a step.  */
struct state
{
  size_t known; /* values so far */
  size_t first_at, last_at;
  double first, last, sum;
  double level, trend;
};

static void
take (const struct forecast *forecast, double value, size_t at,
      struct state *state)
{
  if (state->known == 0)
    {
      state->first = state->level = value;
      state->first_at = at;
    }
  else
    {
      double damped = forecast->damping * state->trend;
      double level = forecast->level_share * value
		     + (1 - forecast->level_share) * (state->level + damped);
      state->trend = forecast->trend_share * (level - state->level)
		     + (1 - forecast->trend_share) * damped;
      state->level = level;
    }
  state->last = value;
  state->last_at = at;
  state->sum += value;
  state->known++;
}

/* What FORECAST's method foretells at step AT.  */
static double
foretell (const struct forecast *forecast, const double *values, size_t at,
	  const struct state *state)
{
  double trend = state->trend, way = 0;

  if (state->known == 0)
    return NAN;
  switch (forecast->method)
    {
    case FORECAST_MEAN:
      return state->sum / state->known;
    case FORECAST_DRIFT:
      return state->last
	     + (state->last_at > state->first_at
		    ? (state->last - state->first)
			  / (state->last_at - state->first_at)
			  * (at + forecast->horizon - state->last_at)
		    : 0);
    case FORECAST_SMOOTHED:
    case FORECAST_DAMPED:
      for (size_t i = 0; i < forecast->horizon; i++)
	way += trend *= forecast->damping;
      return state->level + way;
    case FORECAST_SEASONAL:
      /* The last one of the same season that is known.  */
      for (size_t i = at + forecast->horizon; i >= forecast->period;)
	{
	  i -= forecast->period;
	  if (i <= at && !isnan (values[i]))
	    return values[i];
	}
      return NAN;
    default:
      return state->last;
    }
}

void
forecast_trace (const struct forecast *forecast, const double *values,
		size_t count, double *made)
{
  struct state state = { 0 };

  for (size_t i = 0; i < count; i++)
    {
      if (!isnan (values[i]))
	take (forecast, values[i], i, &state);
      made[i] = foretell (forecast, values, i, &state);
    }
}

/* The mean error of what was MADE at the steps from BEGIN to END, and how many
   there are.  */
static double
mean_error (const double *values, const double *made, size_t horizon,
	    size_t begin, size_t end, size_t *tried)
{
  double sum = 0;

  *tried = 0;
  for (size_t i = begin; i + horizon < end; i++)
    if (!isnan (values[i + horizon]) && !isnan (made[i]))
      {
	sum += fabs (values[i + horizon] - made[i]);
	++*tried;
      }
  return *tried > 0 ? sum / *tried : INFINITY;
}

/* Try CANDIDATE where methods are chosen, and make it the one in FORECAST if
   it is better than *LEAST by more than a hundredth; what is better than the
   naive method by less than a twentieth may be so by chance.  */
static void
try (const struct forecast *candidate, const double *values, size_t count,
     double *made, double *least, struct forecast *forecast)
{
  size_t tried;

  forecast_trace (candidate, values, count / 2, made);
  double error = mean_error (values, made, candidate->horizon, count / 4,
			     count / 2, &tried);
  if (error < (forecast->method == FORECAST_NAIVE ? 0.95 : 0.99) * *least)
    {
      *least = error;
      *forecast = *candidate;
    }
}

static void
choose (const double *values, size_t count, double *made,
	struct forecast *forecast)
{
  static const double level_shares[] = { 0.05, 0.1, 0.2, 0.4, 0.6, 0.8 };
  static const double trend_shares[] = { 0.05, 0.2 };
  static const double dampings[] = { 0.8, 0.9, 0.98 };
  struct forecast candidate = *forecast;
  double least = INFINITY;

  for (int method = 0; method < FORECAST_METHODS; method++)
    {
      candidate.method = method;
      if (method == FORECAST_SEASONAL && candidate.period == 0)
	continue;
      if (method != FORECAST_SMOOTHED && method != FORECAST_DAMPED)
	{
	  try (&candidate, values, count, made, &least, forecast);
	  continue;
	}
      bool has_trend = method == FORECAST_DAMPED;
      for (size_t i = 0; i < sizeof level_shares / sizeof level_shares[0]; i++)
	for (size_t j = 0; j < (has_trend ? 2 : 1); j++)
	  for (size_t k = 0; k < (has_trend ? 3 : 1); k++)
	    {
	      candidate.level_share = level_shares[i];
	      candidate.trend_share = has_trend ? trend_shares[j] : 0;
	      candidate.damping = has_trend ? dampings[k] : 0;
	      try (&candidate, values, count, made, &least, forecast);
	    }
    }
}

/* The bound that all but a tenth of COUNT errors in SORTED, and one that is to
   come, are below.  */
static double
bound (const double *sorted, size_t count)
{
  size_t rank = (size_t) ceil ((count + 1) * FORECAST_PERCENT / 100.0);

  return sorted[(rank < count ? rank : count) - 1];
}

/* Put VALUE at its place among COUNT ones in SORTED.  */
static void
insert (double *sorted, size_t count, double value)
{
  size_t i = count;

  while (i > 0 && sorted[i - 1] > value)
    i--;
  memmove (sorted + i + 1, sorted + i, (count - i) * sizeof *sorted);
  sorted[i] = value;
}

/* Count how many values of the second half lay between the bounds that the
   errors known at the step of the forecast give.  ERRORS has room for all; at
   the end it has those of all forecasts, sorted.  Returns how many.  */
static size_t
back_test (const double *values, const double *made, size_t count,
	   double *errors, struct forecast *forecast)
{
  size_t horizon = forecast->horizon, known = 0;

  for (size_t i = count / 2; i < count; i++)
    {
      /* What has just come was foretold HORIZON steps before.  */
      if (i >= count / 2 + horizon && !isnan (values[i])
	  && !isnan (made[i - horizon]))
	insert (errors, known++, fabs (values[i] - made[i - horizon]));
      if (known >= FORECAST_ERRORS_MIN && i + horizon < count
	  && !isnan (values[i + horizon]) && !isnan (made[i]))
	{
	  forecast->judged++;
	  forecast->covered
	      += fabs (values[i + horizon] - made[i]) <= bound (errors, known);
	}
    }
  return known;
}

bool
forecast_make (const double *values, size_t count, size_t horizon,
	       size_t period, struct forecast *forecast)
{
  double *made = calloc (2 * count + 1, sizeof *made);
  double *errors = made + count;
  size_t known = 0, last = 0;

  *forecast = (struct forecast){ .horizon = horizon, .period = period };
  for (size_t i = 0; i < count; i++)
    if (!isnan (values[i]))
      {
	known++;
	last = i;
      }
  bool is_good
      = made != NULL && known >= FORECAST_SAMPLES_MIN && last + 1 == count;
  if (is_good)
    {
      choose (values, count, made, forecast);
      struct forecast naive = *forecast;
      naive.method = FORECAST_NAIVE;
      forecast_trace (&naive, values, count, made);
      size_t ignored;
      forecast->naive_error
	  = mean_error (values, made, horizon, count / 2, count, &ignored);
      forecast_trace (forecast, values, count, made);
      forecast->mean_error = mean_error (values, made, horizon, count / 2,
					 count, &forecast->tried);
      forecast->last = values[count - 1];
      forecast->value = made[count - 1];
      size_t errors_count = back_test (values, made, count, errors, forecast);
      is_good = errors_count >= FORECAST_ERRORS_MIN && !isnan (made[count - 1])
		&& forecast->judged > 0;
      if (is_good)
	{
	  double most = bound (errors, errors_count);
	  forecast->low = forecast->value - most;
	  forecast->high = forecast->value + most;
	}
    }
  free (made);
  return is_good;
}
