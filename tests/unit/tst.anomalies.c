/* Anomalies: how many are found where nothing is out of the ordinary, and how
   many of those that were planted.  mdtrace-analyze(1) says so.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A window is a stretch of 100 values of a series, or of all of a trace for
   what several series show together.  */

#include "anomaly.h"
#include "made_series.h"
#include "outlier.h"

enum
{
  COUNT = 300,
  RUNS = 200,
  FEW_RUNS = 80
};

static const char *const kinds[]
    = { "outliers", "seasonal", "changes", "isolated" };

/* At most 1 in 1,000 windows; tests/bench/anomalies.sh looks at more.  */
static void
check_stationary (enum process first, enum process last)
{
  static const size_t counts[] = { 100, 300, 1000 };
  static const int runs[] = { 60, 30, 10 };

  for (enum process process = first; process <= last; process++)
    {
      uint64_t state = 1000 + process;
      unsigned found[4] = { 0 }, windows = 0, all = 0;
      for (int i = 0; i < 3; i++)
	for (int run = 0; run < runs[i]; run++)
	  {
	    struct series_list list;
	    struct anomaly *anomalies;
	    make_series (&state, process, counts[i], &list);
	    /* Forests take most of the time.  */
	    size_t together = run % 5 == 0 ? SERIES : 0;
	    size_t count
		= anomaly_find (&list, 0, SERIES, together, &anomalies);
	    CHECK (anomalies != NULL);
	    for (size_t j = 0; j < count; j++)
	      found[anomalies[j].kind]++;
	    windows += SERIES * counts[i] / OUTLIER_WINDOW;
	    all += count;
	    free (anomalies);
	    series_free (&list);
	  }
      printf ("# %s: %u findings in %u windows (", processes[process].words,
	      all, windows);
      for (int i = 0; i < 4; i++)
	printf ("%s%s %u", i > 0 ? ", " : "", kinds[i], found[i]);
      printf (")\n");
      CHECK (1000 * all <= windows);
    }
}

static void
bears_gaussian (void)
{
  check_stationary (GAUSSIAN, UNIFORM);
}

static void
bears_exponential (void)
{
  check_stationary (EXPONENTIAL, EXPONENTIAL);
}

static void
bears_counts (void)
{
  check_stationary (POISSON_100, POISSON_1);
}

static void
bears_few (void)
{
  check_stationary (POISSON_TENTH, FEW_VALUES);
}

static void
bears_autoregressive (void)
{
  check_stationary (AUTOREGRESSIVE_5, AUTOREGRESSIVE_8);
}

static void
bears_others (void)
{
  check_stationary (LOGNORMAL, CONSTANT);
}

static void
bears_skewed (void)
{
  check_stationary (AUTOREGRESSIVE_9, GAMMA_HALF);
}

static void
bears_negative_binomial (void)
{
  check_stationary (NEGATIVE_BINOMIAL, NEGATIVE_BINOMIAL);
}

static void
bears_heavy_tails (void)
{
  check_stationary (LOGNORMAL_1, PARETO_3);
}

/* Series that share what moves them, also by products and powers.  */
static void
bears_common_causes (void)
{
  static const char *const words[]
      = { "sums", "products", "squares and changing spreads" };

  for (int way = 0; way < 3; way++)
    {
      uint64_t state = 7;
      unsigned isolated = 0, windows = 0;
      for (int run = 0; run < 60; run++)
	{
	  struct series_list list;
	  struct anomaly *anomalies;
	  make_series (&state, GAUSSIAN, COUNT, &list);
	  for (size_t i = 0; i < COUNT; i++)
	    {
	      double common = random_gaussian (&state);
	      for (int j = 0; j < SERIES; j++)
		{
		  double *value = &list.series[j].values[i];
		  double own = (*value - 1000) / 100;
		  *value = way == 0 ? 0.97 * common + 0.25 * own
			   : way == 1
			       ? exp (0.4 * common + 0.2 * own)
			       : common * common + exp (common / 2) * own;
		}
	    }
	  size_t count = anomaly_find (&list, 0, SERIES, SERIES, &anomalies);
	  for (size_t i = 0; i < count; i++)
	    isolated += anomalies[i].kind == ANOMALY_ISOLATION;
	  windows += COUNT / OUTLIER_WINDOW;
	  free (anomalies);
	  series_free (&list);
	}
      printf ("# %s: %u isolated in %u windows\n", words[way], isolated,
	      windows);
      CHECK (1000 * isolated < windows);
    }
}

/* Something planted in one series, from BEGIN to END: times is its size in
   deviations.  */
struct planted
{
  const char *words;
  enum anomaly_kind kind;
  double times;
  size_t least, most; /* steps that it lasts; 0: to the end */
  size_t count;	      /* steps of the series */
  bool is_variance;
  /* Bits of processes that it is planted in.  */
  unsigned processes;
};

#define BIT(process) (1u << (process))
#define MOST                                                                  \
  (BIT (GAUSSIAN) | BIT (UNIFORM) | BIT (POISSON_100) | BIT (POISSON_10)      \
   | BIT (POISSON_1) | BIT (POISSON_TENTH) | BIT (POISSON_RARE)               \
   | BIT (FEW_VALUES) | BIT (AUTOREGRESSIVE_5))
static const struct planted planted[] = {
  { "a spike of 15 deviations", ANOMALY_OUTLIER, 15, 1, 1, COUNT, false,
    (MOST & ~BIT (POISSON_1)) | BIT (AUTOREGRESSIVE_8) | BIT (CONSTANT) },
  { "a spike of 35 deviations", ANOMALY_OUTLIER, 35, 1, 1, COUNT, false,
    BIT (POISSON_1) },
  { "a spike of 60 deviations in 1,000", ANOMALY_OUTLIER, 60, 1, 1, 1000,
    false, BIT (EXPONENTIAL) },
  { "10 to 20 steps of 15 deviations", ANOMALY_OUTLIER, 15, 10, 20, COUNT,
    false, (MOST & ~BIT (POISSON_1)) | BIT (CONSTANT) },
  { "a level 4 deviations higher", ANOMALY_CHANGE, 4, 0, 0, COUNT, false,
    (MOST & ~BIT (AUTOREGRESSIVE_5)) | BIT (EXPONENTIAL) | BIT (LOGNORMAL)
	| BIT (CONSTANT) },
  { "a level 5 deviations higher", ANOMALY_CHANGE, 5, 0, 0, COUNT, false,
    BIT (AUTOREGRESSIVE_5) },
  { "4 times the spread", ANOMALY_CHANGE, 4, 0, 0, COUNT, true,
    BIT (GAUSSIAN) | BIT (UNIFORM) | BIT (POISSON_100) | BIT (POISSON_10)
	| BIT (AUTOREGRESSIVE_5) }
};

/* Plant WHAT in VALUES of PROCESS, and say where it is.  */
static void
plant (uint64_t *state, const struct planted *what, enum process process,
       double *values, size_t *begin, size_t *end)
{
  double mean = processes[process].mean;
  double deviation = processes[process].deviation;
  double size = what->times
		* (processes[process].resolution > 0 ? fmax (deviation, 1)
						     : deviation);

  if (what->most == 0)
    {
      *begin = what->count / 4 + tap_below (state, what->count / 2);
      *end = what->count;
    }
  else
    {
      size_t steps
	  = what->least + tap_below (state, what->most - what->least + 1);
      *begin = tap_below (state, what->count - steps);
      *end = *begin + steps;
    }
  for (size_t i = *begin; i < *end; i++)
    values[i] = what->is_variance ? mean + what->times * (values[i] - mean)
				  : values[i] + size;
}

/* Whether it is among COUNT anomalies: the place of a spike to the step, that
   of a burst to one, that of a level to three, that of a spread, which takes
   some values to be seen, to 25.  */
static bool
is_found (const struct anomaly *anomalies, size_t count,
	  const struct planted *what, size_t begin, size_t end)
{
  size_t slack = what->is_variance		? 25
		 : what->kind == ANOMALY_CHANGE ? 3
						: what->most > 1;

  for (size_t i = 0; i < count; i++)
    if (anomalies[i].series == 1 && anomalies[i].kind == what->kind
	&& anomalies[i].is_variance == what->is_variance
	&& anomalies[i].begin + slack >= begin
	&& anomalies[i].begin <= begin + slack
	&& (what->most == 0
	    || (anomalies[i].end + slack >= end
		&& anomalies[i].end <= end + slack))
	&& (what->is_variance || anomalies[i].value > anomalies[i].expected))
      return true;
  return false;
}

static void
check_planted (const struct planted *what)
{
  for (int process = 0; process < PROCESSES; process++)
    {
      uint64_t state = 2000 + process;
      int found = 0;
      if (!(what->processes & BIT (process)))
	continue;
      for (int run = 0; run < RUNS; run++)
	{
	  struct series_list list;
	  struct anomaly *anomalies;
	  size_t begin, end;
	  make_series (&state, process, what->count, &list);
	  plant (&state, what, process, list.series[1].values, &begin, &end);
	  size_t count = anomaly_find (&list, 1, 1, 1, &anomalies);
	  found += is_found (anomalies, count, what, begin, end);
	  free (anomalies);
	  series_free (&list);
	}
      printf ("# %s, %s: %d of %d\n", processes[process].words, what->words,
	      found, RUNS);
      CHECK (100 * found >= 95 * RUNS);
    }
}

static void
sees_spikes (void)
{
  for (int i = 0; i < 3; i++)
    check_planted (&planted[i]);
}

static void
sees_bursts (void)
{
  check_planted (&planted[3]);
}

static void
sees_levels (void)
{
  check_planted (&planted[4]);
  check_planted (&planted[5]);
}

static void
sees_spreads (void)
{
  check_planted (&planted[6]);
}

/* A value that is usual at another time of the period, and 16 deviations off
   at this one.  */
static void
sees_what_is_wrong_for_its_time (void)
{
  uint64_t state = 3;
  int found = 0, others = 0;

  for (int run = 0; run < RUNS; run++)
    {
      struct series_list list;
      struct anomaly *anomalies;
      size_t at = 24 * tap_below (&state, COUNT / 24) + 18;
      make_series (&state, GAUSSIAN, COUNT, &list);
      double *values = list.series[1].values;
      for (size_t i = 0; i < COUNT; i++)
	values[i] += 1000 * sin (2 * M_PI * i / 24);
      values[at] += 1600;
      size_t count = anomaly_find (&list, 1, 1, 1, &anomalies);
      bool is_seen = false;
      for (size_t i = 0; i < count; i++)
	if (anomalies[i].kind == ANOMALY_SEASONAL && anomalies[i].begin == at
	    && anomalies[i].end == at + 1)
	  is_seen = true;
	else
	  others++;
      found += is_seen;
      free (anomalies);
      series_free (&list);
    }
  printf ("# at a wrong time of 24 steps: %d of %d, and %d others\n", found,
	  RUNS, others);
  CHECK (100 * found >= 95 * RUNS);
  CHECK (others <= 2);
}

/* A step at which one of four series that go together goes the other way, by
   2 deviations: nothing that any of them shows alone.  */
static void
sees_what_no_series_shows (void)
{
  enum
  {
    MORE = 4
  };
  uint64_t state = 4;
  int found = 0, alone = 0, others = 0;

  for (int run = 0; run < FEW_RUNS; run++)
    {
      struct series_list list, more;
      struct anomaly *anomalies;
      size_t at = tap_below (&state, COUNT);
      make_series (&state, GAUSSIAN, COUNT, &list);
      make_series (&state, AUTOREGRESSIVE_5, COUNT, &more);
      for (int i = 0; i < MORE; i++)
	{
	  struct series *series = series_add (&list, "another", "ns", 1, 0,
					      1000000000, COUNT, NULL);
	  memcpy (series->values, more.series[i].values,
		  COUNT * sizeof *series->values);
	}
      for (size_t i = 0; i < COUNT; i++)
	{
	  double common = i == at ? 2 : random_gaussian (&state);
	  for (int j = 0; j < SERIES; j++)
	    {
	      double *value = &list.series[j].values[i];
	      *value = 1000 + 97 * (i == at && j == 2 ? -common : common)
		       + 0.25 * (*value - 1000);
	    }
	}
      size_t count
	  = anomaly_find (&list, 0, SERIES + MORE, SERIES + MORE, &anomalies);
      bool is_seen = false, is_named = false;
      for (size_t i = 0; i < count; i++)
	if (anomalies[i].kind != ANOMALY_ISOLATION)
	  alone++;
	else if (anomalies[i].begin == at && anomalies[i].end == at + 1)
	  {
	    is_seen = true;
	    for (size_t j = 0; j < anomalies[i].others_count; j++)
	      is_named |= anomalies[i].others[j] == 2;
	  }
	else
	  others++;
      found += is_seen && is_named;
      free (anomalies);
      series_free (&list);
      series_free (&more);
    }
  printf ("# against the others: %d of %d, %d alone, %d others\n", found,
	  FEW_RUNS, alone, others);
  CHECK (100 * found >= 95 * FEW_RUNS);
  CHECK (alone == 0 && others <= 2);
}

/* What lasts is a new level, and no outlier; what comes again and again is
   usual.  */
static void
calls_it_by_its_name (void)
{
  uint64_t state = 5;

  for (int run = 0; run < 50; run++)
    {
      struct series_list list;
      struct anomaly *anomalies;
      make_series (&state, GAUSSIAN, COUNT, &list);
      double *values = list.series[0].values;
      for (size_t i = 150; i < COUNT; i++)
	values[i] += 3000;
      size_t count = anomaly_find (&list, 0, 1, 1, &anomalies);
      CHECK_NUMBER (count, 1);
      CHECK (anomalies[0].kind == ANOMALY_CHANGE && anomalies[0].begin == 150
	     && anomalies[0].end == COUNT && anomalies[0].score > 20
	     && fabs (anomalies[0].expected - 1000) < 50
	     && fabs (anomalies[0].value - 4000) < 50);
      free (anomalies);

      random_process (&state, GAUSSIAN, COUNT, values);
      for (size_t i = 10 + run % 7; i < COUNT; i += 40)
	values[i] += 3000;
      count = anomaly_find (&list, 0, 1, 1, &anomalies);
      CHECK_NUMBER (count, 0);
      free (anomalies);

      /* A slope, and a walk, are neither.  */
      for (size_t i = 0; i < COUNT; i++)
	values[i] = 20.0 * i + 30 * random_gaussian (&state);
      count = anomaly_find (&list, 0, 1, 1, &anomalies);
      CHECK_NUMBER (count, 0);
      free (anomalies);
      series_free (&list);
    }
}

/* Nothing is said of what is too short, or not known.  */
static void
bears_what_is_short (void)
{
  uint64_t state = 6;

  for (size_t count = 0; count <= 60; count++)
    {
      struct series_list list;
      struct anomaly *anomalies;
      make_series (&state, EXPONENTIAL, count, &list);
      for (size_t i = 0; i < count; i += 3)
	list.series[2].values[i] = NAN;
      for (size_t i = 0; i < count; i++)
	list.series[3].values[i] = NAN;
      CHECK_NUMBER (anomaly_find (&list, 0, SERIES, SERIES, &anomalies), 0);
      CHECK (anomalies != NULL);
      free (anomalies);
      series_free (&list);
    }
}

TAP_MAIN (
    { bears_gaussian, "Gaussian and uniform series are ordinary" },
    { bears_exponential, "exponential series are ordinary" },
    { bears_counts, "counts are ordinary" },
    { bears_few, "small counts and rare ones are ordinary" },
    { bears_autoregressive, "autoregressive series are ordinary" },
    { bears_others, "lognormal series and constants are ordinary" },
    { bears_skewed, "gamma series, and long memories, are ordinary" },
    { bears_negative_binomial, "so are counts that vary more" },
    { bears_heavy_tails, "series with heavy tails are ordinary" },
    { bears_common_causes, "series with common causes are ordinary" },
    { sees_spikes, "spikes are seen" }, { sees_bursts, "bursts are seen" },
    { sees_levels, "levels are seen" }, { sees_spreads, "spreads are seen" },
    { sees_what_is_wrong_for_its_time, "so is what is wrong for its time" },
    { sees_what_no_series_shows, "so is what no series shows alone" },
    { calls_it_by_its_name, "each is called what it is" },
    { bears_what_is_short, "what is too short is borne" })
