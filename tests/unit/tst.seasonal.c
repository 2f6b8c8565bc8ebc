/* Seasons: which series have a period, and what is usual in it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "processes.h"
#include "seasonal.h"

enum
{
  COUNT = 480
};

static double values[COUNT], usual[COUNT], rest[COUNT];

/* Waves of PERIOD steps, HEIGHT deviations high.  */
static void
make_waves (uint64_t *state, double period, double height)
{
  for (size_t i = 0; i < COUNT; i++)
    values[i] = 500 + 10 * height * sin (2 * M_PI * i / period)
		+ 10 * random_gaussian (state);
}

static void
finds_periods (void)
{
  static const double periods[] = { 6, 10, 24, 60, 100 };
  uint64_t state = 1;

  for (unsigned i = 0; i < sizeof periods / sizeof periods[0]; i++)
    for (int j = 0; j < 50; j++)
      {
	make_waves (&state, periods[i], 4);
	double found = seasonal_period (values, COUNT, NULL);
	if (fabs (found - periods[i]) > 1 + periods[i] / 50)
	  printf ("# %g is taken for %g\n", periods[i], found);
	CHECK (fabs (found - periods[i]) <= 1 + periods[i] / 50);
      }
}

/* A day that is no whole number of steps, and little clear.  */
static void
knows_the_day (void)
{
  const double candidates[] = { 86.4, 604.8, 0 };
  uint64_t state = 2;

  for (int i = 0; i < 50; i++)
    {
      make_waves (&state, 86.4, 1.5);
      CHECK (seasonal_period (values, COUNT, candidates) == 86.4);
    }
}

/* Fewer than one in 100 of what has no period is taken to have one.  */
static void
finds_nothing_in_noise (void)
{
  for (int process = 0; process < PROCESSES; process++)
    {
      uint64_t state = 3;
      int found = 0;
      for (int i = 0; i < 200; i++)
	{
	  random_process (&state, process, COUNT, values);
	  found += seasonal_period (values, COUNT, NULL) != 0;
	}
      if (found > 0)
	printf ("# %s: %d of 200\n", processes[process].words, found);
      CHECK (found < 2);
    }
}

/* Nor in what is not seen four times.  */
static void
needs_four (void)
{
  uint64_t state = 4;

  make_waves (&state, 160, 10);
  CHECK (seasonal_period (values, COUNT, NULL) == 0);
  make_waves (&state, 120, 10);
  CHECK (seasonal_period (values, COUNT, NULL) > 0);
}

static void
takes_it_away (void)
{
  uint64_t state = 5;
  double left = 0;

  make_waves (&state, 24, 5);
  values[100] += 500;
  values[200] = NAN;
  CHECK (seasonal_remove (values, COUNT, 24, usual, rest));
  for (size_t i = 0; i < COUNT; i++)
    {
      if (i == 200)
	{
	  CHECK (isnan (rest[i]) && !isnan (usual[i]));
	  continue;
	}
      CHECK (fabs (values[i] - usual[i] - rest[i]) < 1e-9);
      /* A value has no part in what is usual at its place.  */
      CHECK (fabs (usual[i] - 500 - 50 * sin (2 * M_PI * i / 24)) < 25);
      left += i != 100 ? rest[i] * rest[i] : 0;
    }
  CHECK (sqrt (left / COUNT) < 12);
  CHECK (rest[100] > 450);
}

TAP_MAIN ({ finds_periods, "periods are found" },
	  { knows_the_day, "a day is found that is no whole number of steps" },
	  { finds_nothing_in_noise, "what has none is not taken to have one" },
	  { needs_four, "a period must be seen four times" },
	  { takes_it_away, "what is usual in it is taken away" })
