/* mdtrace trend: what a counter does.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <mdtrace_trend.h>
#include <stdlib.h>

#include "counter.h"
#include "trend.h"

static const struct argp_option argp_options[]
    = { { "window", 'w', "SECONDS", 0,
	  "Look at the last SECONDS; all that the kernel has kept is the "
	  "default",
	  0 },
	{ "plot", 'p', NULL, 0, "Draw the values", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *name;
  uint32_t window; /* 0: everything */
  bool plot;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  unsigned long seconds;

  switch (key)
    {
    case 'w':
      seconds = cli_parse_number (state, argument, "--window", 1);
      arguments->window = seconds < UINT32_MAX ? seconds : UINT32_MAX;
      return 0;
    case 'p':
      arguments->plot = true;
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->name != NULL)
	argp_error (state, "one counter at a time");
      arguments->name = argument;
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "name a counter");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* The values that TREND of COUNTER was made of, from the history.  Those that
   have been forgotten since are not in it.  */
static int
get_series (struct mdtrace_target *target,
	    const mdtrace_counter_info_t *counter,
	    const mdtrace_trend_t *trend, struct trend_series *series)
{
  mdtrace_snapshot_t *history;
  size_t count;
  int error
      = mdtrace_history (target, trend->first_snapshot, &history, &count);

  if (error != MDTRACE_OK)
    return error;
  series->count = 0;
  series->points = calloc (count + 1, sizeof *series->points);
  if (series->points == NULL)
    error = MDTRACE_ERR_SYSTEM;
  for (size_t i = 1; error == MDTRACE_OK && i < count; i++)
    {
      struct trend_point point
	  = { history[i].sequence, history[i].time_ns, 0 };
      if (history[i].sequence <= history[i - 1].sequence)
	error = MDTRACE_ERR_PROTOCOL;
      if (history[i].sequence <= trend->last_snapshot
	  && history[i].sequence == history[i - 1].sequence + 1
	  && mdtrace_trend_value (counter->number, counter->kind,
				  &history[i - 1], &history[i], &point.value))
	series->points[series->count++] = point;
    }
  free (history);
  return error;
}

/* VALUE, of 1/1000, as a number.  */
static json_t *
value_json (int64_t value)
{
  return json_real ((double) value / 1000);
}

static json_t *
series_json (const struct trend_series *series)
{
  json_t *list = json_array ();

  for (size_t i = 0; i < series->count; i++)
    json_array_append_new (
	list, cli_json_pack ("{s:I, s:I, s:o}", "snapshot",
			     (json_int_t) series->points[i].second, "time_ns",
			     (json_int_t) series->points[i].time_ns, "value",
			     value_json (series->points[i].value)));
  return list;
}

/* VALUE if there are at least LEAST samples, and null if not.  */
static json_t *
known_json (const mdtrace_trend_t *trend, uint32_t least, int64_t value)
{
  return trend->samples < least ? json_null () : value_json (value);
}

static json_t *
trend_json (const mdtrace_counter_info_t *counter,
	    const mdtrace_trend_t *trend, const struct trend_series *series)
{
  const struct
  {
    const char *name;
    uint32_t least; /* values that it takes */
    int64_t value;
  } members[] = {
    { "last", 1, trend->last },
    { "mean", 1, trend->mean },
    { "deviation", 2, trend->deviation },
    { "growth", 2, trend->growth },
    { "slope", 2, trend->slope },
    { "prediction", 1, trend->prediction },
    { "low", 3, trend->low },
    { "high", 3, trend->high },
    { "median", 4, trend->median },
    { "spread", 4, trend->spread },
    { "score", 4, trend->score },
  };
  json_t *object = cli_json_pack (
      "{s:s, s:s, s:s, s:s, s:b, s:i, s:i}", "counter", counter->name, "kind",
      mdtrace_counter_kind_words (counter->kind), "unit", counter->unit,
      "state", mdtrace_counter_state_words (counter->state), "per_second",
      counter->kind == MDTRACE_COUNTER_COUNT, "samples", (int) trend->samples,
      "window_seconds", (int) trend->window_seconds);

  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
    json_object_set_new (
	object, members[i].name,
	known_json (trend, members[i].least, members[i].value));
  json_object_set_new (object, "variation",
		       trend->variation == MDTRACE_UNKNOWN
			   ? json_null ()
			   : value_json (trend->variation));
  json_object_set_new (object, "anomaly",
		       cli_json_text (mdtrace_anomaly_words (trend->anomaly)));
  json_object_set_new (object, "series", series_json (series));
  return object;
}

static void
print (const struct arguments *arguments,
       const mdtrace_counter_info_t *counter, const mdtrace_trend_t *trend,
       const struct trend_series *series)
{
  if (trend->samples == 0)
    {
      printf ("%s: no values yet; there is one each second%s\n", counter->name,
	      counter->kind == MDTRACE_COUNTER_DURATION
		  ? " in which there are durations"
		  : "");
      return;
    }
  trend_print (stdout, counter, trend);
  if (arguments->plot && series->count > 0)
    {
      putchar ('\n');
      trend_plot (stdout, series, trend_unit (counter),
		  trend->anomaly == MDTRACE_ANOMALY_TOO_FEW ? NULL
							    : &trend->median);
    }
}

/* Find out what there is to know.  Returns the exit status.  */
static int
look (const struct arguments *arguments, struct mdtrace_target *target)
{
  const struct cli_options *options = arguments->options;
  mdtrace_counter_info_t counter;
  struct trend_series series = { NULL, 0 };
  mdtrace_trend_t trend;
  int error = mdtrace_counter_find (target, arguments->name, &counter);

  if (error != MDTRACE_OK)
    return cli_report (options,
		       error == MDTRACE_ERR_NO_SUCH_COUNTER
			   ? arguments->name
			   : mdtrace_target_url (target),
		       error, mdtrace_detail (target));
  error
      = mdtrace_get_trend (target, counter.number, arguments->window, &trend);
  if (error == MDTRACE_OK && trend.samples == 0
      && counter.state == MDTRACE_COUNTER_OFF)
    error = MDTRACE_ERR_COUNTER_OFF;
  if (error == MDTRACE_OK && trend.samples > 0
      && (options->json || arguments->plot))
    error = get_series (target, &counter, &trend, &series);
  if (error != MDTRACE_OK)
    return counter_report (options, target, &counter, error);
  if (options->json)
    cli_print_json (trend_json (&counter, &trend, &series));
  else
    print (arguments, &counter, &trend, &series);
  free (series.points);
  return cli_finish ();
}

int
cli_trend (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .args_doc = "COUNTER",
	  .children = cli_children,
	  .doc = "Say what a counter has done over the last seconds, what to "
		 "expect of it, and whether that is out of the ordinary." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int status = look (&arguments, target);
  mdtrace_close (target);
  return status;
}
