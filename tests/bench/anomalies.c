/* How much is found by chance in series in which nothing is out of the
   ordinary, and how much of what was planted: what tests/unit/tst.anomalies,
   tst.correlation and tst.forecast hold, in more series and of each length.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Usage: anomalies false|spikes|levels|correlations|coverage MANY

   A table, with a line for each process, or several of recalls.  MANY are
   windows of 100 values for each length, or series.  */

#include "anomaly.h"
#include "correlation.h"
#include "forecast.h"
#include "made_series.h"
#include "outlier.h"

enum
{
  TOGETHER = 8,
  /* The first of LENGTHS that are long enough for other things than
     outliers.  */
  LONG = 1
};

static const size_t lengths[] = { 50, 100, 300, 1000, 4000 };
static const double sizes[] = { 2, 3, 4, 5, 6, 8, 10, 15, 20, 35, 60, 150 };

enum
{
  LENGTHS = sizeof lengths / sizeof lengths[0],
  SIZES = sizeof sizes / sizeof sizes[0]
};

static void
put_heading (const char *what, const char *unit)
{
  printf ("%s\n%-24s", what, unit);
  for (int i = 0; i < LENGTHS; i++)
    printf ("%9zu", lengths[i]);
  printf ("\n");
}

/* False findings in 1,000 windows, in series of COUNT steps of PROCESS.  */
static double
measure_false (enum process process, size_t count, double wanted)
{
  uint64_t state = 1000 * process + count;
  double windows = 0, found = 0;

  while (windows < wanted)
    {
      struct series_list list;
      struct anomaly *anomalies;
      make_series (&state, process, count, &list);
      found += anomaly_find (&list, 0, SERIES, SERIES, &anomalies);
      CHECK (anomalies != NULL);
      windows += SERIES * count / (double) OUTLIER_WINDOW;
      free (anomalies);
      series_free (&list);
    }
  return 1000 * found / windows;
}

/* Whether what was planted at step AT is among COUNT anomalies.  */
static bool
is_seen (const struct anomaly *anomalies, size_t count, bool is_level,
	 size_t at)
{
  size_t slack = is_level ? 3 : 0;

  for (size_t i = 0; i < count; i++)
    if (anomalies[i].kind == (is_level ? ANOMALY_CHANGE : ANOMALY_OUTLIER)
	&& !anomalies[i].is_variance && anomalies[i].begin + slack >= at
	&& anomalies[i].begin <= at + slack)
      return true;
  return false;
}

/* How many percent are found of what is SIZE deviations higher: a value, or
   all from some step on.  */
static double
measure_recall (enum process process, size_t count, bool is_level, double size,
		int runs)
{
  uint64_t state = 1000 * process + count;
  double deviation = processes[process].deviation;
  int found = 0;

  /* One of what is counted, where it is less.  */
  if (processes[process].resolution > 0)
    deviation = fmax (deviation, 1);
  for (int run = 0; run < runs; run++)
    {
      struct series_list list;
      struct anomaly *anomalies;
      make_series (&state, process, count, &list);
      double *values = list.series[1].values;
      size_t at = is_level ? count / 4 + tap_below (&state, count / 2)
			   : tap_below (&state, count);
      for (size_t i = at; i < (is_level ? count : at + 1); i++)
	values[i] += size * deviation;
      size_t all = anomaly_find (&list, 1, 1, 1, &anomalies);
      found += is_seen (anomalies, all, is_level, at);
      free (anomalies);
      series_free (&list);
    }
  return 100.0 * found / runs;
}

/* How many percent of sets of TOGETHER independent series have a
   correlation.  */
static double
measure_correlations (enum process process, size_t count, int runs)
{
  uint64_t state = 1000 * process + count;
  double *values = calloc (TOGETHER * count, sizeof *values);
  const double *series[TOGETHER];
  int found = 0;

  CHECK (values != NULL);
  for (int run = 0; run < runs; run++)
    {
      struct correlation *correlations;
      for (int i = 0; i < TOGETHER; i++)
	{
	  series[i] = values + i * count;
	  random_process (&state, process, count, values + i * count);
	}
      found += correlation_find (series, TOGETHER, count, NULL,
				 CORRELATION_CHANCE, &correlations)
	       > 0;
      free (correlations);
    }
  free (values);
  return 100.0 * found / runs;
}

/* How many percent of predictions are right.  */
static double
measure_coverage (enum process process, size_t count, int runs)
{
  uint64_t state = 1000 * process + count;
  size_t horizon = forecast_horizon (count);
  double *values = calloc (count + horizon, sizeof *values);
  int right = 0, made = 0;

  CHECK (values != NULL);
  for (int run = 0; run < runs; run++)
    {
      struct forecast forecast;
      random_process (&state, process, count + horizon, values);
      if (!forecast_make (values, count, horizon, 0, &forecast))
	continue;
      double next = values[count - 1 + horizon];
      right += next >= forecast.low && next <= forecast.high;
      made++;
    }
  free (values);
  return made > 0 ? 100.0 * right / made : NAN;
}

static void
put_recalls (bool is_level, int runs)
{
  printf ("%s, percent that are found, by size in standard deviations\n%-24s"
	  "%6s",
	  is_level ? "Levels that go up" : "Spikes", "", "steps");
  for (int i = 0; i < SIZES; i++)
    printf ("%5g", sizes[i]);
  printf ("\n");
  for (enum process process = 0; process < PROCESSES; process++)
    for (int i = LONG; i < LENGTHS - 1; i++)
      {
	printf ("%-24s%6zu", i == LONG ? processes[process].words : "",
		lengths[i]);
	for (int j = 0; j < SIZES; j++)
	  printf ("%5.0f", measure_recall (process, lengths[i], is_level,
					   sizes[j], runs));
	printf ("\n");
	fflush (stdout);
      }
}

static void
put_table (const char *what, int many)
{
  bool is_false = strcmp (what, "false") == 0;
  bool is_coverage = strcmp (what, "coverage") == 0;

  put_heading (is_false ? "False findings in 1,000 windows, by steps"
	       : is_coverage
		   ? "Percent of predictions that are right, 90 are "
		     "promised, by steps"
		   : "Percent of sets of 8 independent series with a "
		     "correlation, by steps",
	       "");
  for (enum process process = 0; process < PROCESSES; process++)
    {
      printf ("%-24s", processes[process].words);
      for (int i = 0; i < LENGTHS; i++)
	{
	  size_t count = lengths[i];
	  double value = is_false ? measure_false (process, count, many)
			 : is_coverage
			     ? measure_coverage (process, count, many)
			     : measure_correlations (process, count, many);
	  if (isnan (value))
	    printf ("%9s", "-");
	  else
	    printf ("%9.2f", value);
	  fflush (stdout);
	}
      printf ("\n");
    }
}

int
main (int argc, char **argv)
{
  int many = argc == 3 ? atoi (argv[2]) : 0;

  if (many <= 0)
    {
      fprintf (stderr, "usage: anomalies false|spikes|levels|correlations|"
		       "coverage MANY\n");
      return 2;
    }
  if (strcmp (argv[1], "spikes") == 0 || strcmp (argv[1], "levels") == 0)
    put_recalls (argv[1][0] == 'l', many);
  else
    put_table (argv[1], many);
}
