/* Correlations and predictions of a trace, and its series, as the document has
   them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlation.h"
#include "forecast.h"
#include "statistics_private.h"

/* The last group: that of the last boot, or, if there are no snapshots, of
   events.  Null if there is none.  */
static const struct statistics_group *
last_group (const struct statistics *statistics)
{
  for (size_t i = statistics->groups_count; i > 0; i--)
    if (statistics->groups[i - 1].boot_id != 0
	&& statistics->groups[i - 1].count > 0)
      return &statistics->groups[i - 1];
  return statistics->groups_count > 0
	     ? &statistics->groups[statistics->groups_count - 1]
	     : NULL;
}

static json_t *
correlation_json (const struct statistics *statistics,
		  const struct statistics_group *group,
		  const struct correlation *correlation)
{
  const struct series *first
      = &statistics->list.series[group->first + correlation->first];
  const struct series *second
      = &statistics->list.series[group->first + correlation->second];
  double lag = correlation->lag * (first->step_ns / 1e9);
  char text[STATISTICS_SENTENCE], behind[STATISTICS_WORDS];

  statistics_seconds (lag, behind);
  snprintf (text, sizeof text,
	    "%s %s %s%s%s%s: correlation %.2f of what their own past does not "
	    "explain, in %zu steps",
	    second->name,
	    correlation->coefficient > 0 ? "goes with" : "goes against",
	    first->name, correlation->lag > 0 ? ", " : " in the same step",
	    correlation->lag > 0 ? behind : "",
	    correlation->lag > 0 ? " later" : "", correlation->coefficient,
	    correlation->samples);
  return json_pack (
      "{s:o, s:o, s:f, s:f, s:f, s:I, s:o}", "first",
      analyze_text (first->name), "second", analyze_text (second->name),
      "lag_seconds", lag, "coefficient", correlation->coefficient, "p_value",
      correlation->probability, "samples", (json_int_t) correlation->samples,
      "sentence", analyze_text (text));
}

json_t *
statistics_correlations (const struct statistics *statistics)
{
  const struct statistics_group *group = last_group (statistics);
  json_t *result = json_array ();

  if (group == NULL || group->count < 2)
    return result;
  const double **values = calloc (group->count, sizeof *values);
  struct correlation *found = NULL;
  if (values != NULL)
    {
      for (size_t i = 0; i < group->count; i++)
	values[i] = statistics->list.series[group->first + i].values;
      size_t count = correlation_find (
	  values, group->count, statistics->list.series[group->first].count,
	  statistics->kin + group->first, CORRELATION_CHANCE, &found);
      for (size_t i = 0; i < count && i < STATISTICS_SAID_MAX; i++)
	json_array_append_new (
	    result, correlation_json (statistics, group, &found[i]));
    }
  if (found == NULL)
    {
      json_decref (result);
      result = NULL;
    }
  free (values);
  free (found);
  return result;
}

/* How many values of SERIES are good to foretell from: up to the last one that
   is known, if that is not far from the end.  */
static size_t
count_for_forecast (const struct series *series)
{
  size_t count = series->count;

  while (count > 0 && isnan (series->values[count - 1]))
    count--;
  return series->count - count <= 2 + series->count / 20 ? count : 0;
}

/* What is said of FORECAST, with bounds LOW and HIGH.  */
static void
say_prediction (const struct series *series, const struct forecast *forecast,
		double low, double high, char text[static STATISTICS_SENTENCE])
{
  char value[STATISTICS_WORDS], range[3 * STATISTICS_WORDS];
  char error[STATISTICS_WORDS], naive[STATISTICS_WORDS];
  char when[STATISTICS_WORDS];

  statistics_value (fmax (0, forecast->value), series->unit, value);
  statistics_seconds (forecast->horizon * (series->step_ns / 1e9), when);
  if (high == low && !(forecast->mean_error + forecast->naive_error > 0))
    {
      snprintf (text, STATISTICS_SENTENCE,
		"%s will still be %s %s after the end: it has not changed "
		"in the second half of its history",
		series->name, value, when);
      return;
    }
  snprintf (
      text, STATISTICS_SENTENCE,
      "%s will be about %s %s after the end, with a probability of %d %% "
      "%s (method: %s; tried %zu times on the history, it was wrong by "
      "%s on the average, and by %s if one says that nothing changes; "
      "%.0f %% of the values lay between such bounds)",
      series->name, value, when, FORECAST_PERCENT,
      statistics_range (low, high, series->unit, range),
      forecast_method_name (forecast->method), forecast->tried,
      statistics_value (forecast->mean_error, series->unit, error),
      statistics_value (forecast->naive_error, series->unit, naive),
      100.0 * forecast->covered / forecast->judged);
}

static json_t *
prediction_json (const struct series *series, size_t count,
		 const struct forecast *forecast)
{
  double horizon = forecast->horizon * (series->step_ns / 1e9);
  double low = fmax (0, forecast->low), high = forecast->high;
  double share = 100.0 * forecast->covered / forecast->judged;
  char text[STATISTICS_SENTENCE];

  if (strcmp (series->unit, "percent") == 0)
    high = fmin (100, high);
  say_prediction (series, forecast, low, high, text);
  return json_pack (
      "{s:o, s:o, s:o, s:f, s:I, s:o, s:o, s:o, s:i, s:s, s:{s:I, s:o, s:o,"
      " s:f}, s:o}",
      "series", analyze_text (series->name), "unit",
      analyze_text (series->unit), "last", statistics_number (forecast->last),
      "horizon_seconds", horizon, "at_ns",
      (json_int_t) (statistics_time (series, count - 1 + forecast->horizon)),
      "value", statistics_number (fmax (0, forecast->value)), "low",
      statistics_number (low), "high", statistics_number (high),
      "interval_percent", FORECAST_PERCENT, "method",
      forecast_method_name (forecast->method), "backtest", "count",
      (json_int_t) forecast->tried, "mean_error",
      statistics_number (forecast->mean_error), "naive_error",
      statistics_number (forecast->naive_error), "covered_percent", share,
      "sentence", analyze_text (text));
}

json_t *
statistics_predictions (const struct statistics *statistics)
{
  const struct statistics_group *group = last_group (statistics);
  json_t *result = json_array ();

  for (size_t i = 0; group != NULL && i < group->count; i++)
    {
      const struct series *series = &statistics->list.series[group->first + i];
      size_t count = count_for_forecast (series);
      struct forecast forecast;
      struct series known = *series;
      known.count = count;
      if (forecast_make (series->values, count, forecast_horizon (count),
			 (size_t) lround (anomaly_period (&known)), &forecast))
	json_array_append_new (result,
			       prediction_json (series, count, &forecast));
    }
  return result;
}

/* SERIES in at most STATISTICS_SHOWN_MAX values: each the mean of some.  */
static json_t *
series_json (const struct series *series)
{
  size_t each
      = (series->count + STATISTICS_SHOWN_MAX - 1) / STATISTICS_SHOWN_MAX;
  json_t *values = json_array ();

  for (size_t i = 0; i < series->count; i += each)
    {
      double sum = 0;
      size_t known = 0;
      for (size_t j = i; j < i + each && j < series->count; j++)
	if (!isnan (series->values[j]))
	  {
	    sum += series->values[j];
	    known++;
	  }
      json_array_append_new (
	  values, statistics_number (known > 0 ? sum / known : NAN));
    }
  return json_pack (
      "{s:o, s:o, s:I, s:I, s:I, s:o}", "name", analyze_text (series->name),
      "unit", analyze_text (series->unit), "boot_id",
      (json_int_t) series->boot_id, "first_ns", (json_int_t) series->first_ns,
      "step_ns", (json_int_t) (series->step_ns * (int64_t) each), "values",
      values);
}

json_t *
statistics_series (const struct statistics *statistics)
{
  json_t *result = json_array ();

  for (size_t i = 0; i < statistics->groups_count; i++)
    {
      const struct statistics_group *group = &statistics->groups[i];
      size_t end = group->first + group->count;
      /* What is there in finer steps is shown in these.  */
      if (i + 1 < statistics->groups_count
	  && statistics->groups[statistics->groups_count - 1].boot_id == 0)
	end = group->events;
      for (size_t j = group->first; j < end; j++)
	json_array_append_new (result,
			       series_json (&statistics->list.series[j]));
    }
  return result;
}
