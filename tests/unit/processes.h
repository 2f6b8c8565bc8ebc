/* Stationary processes to try statistics on, the same in every run.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each value is made of tap_random's numbers.  DEVIATION is the standard
   deviation of the process, the unit in which planted anomalies are
   measured.  */

#ifndef UNIT_PROCESSES_H
#define UNIT_PROCESSES_H

#include <math.h>

#include "tap.h"

enum process
{
  GAUSSIAN,
  UNIFORM,
  EXPONENTIAL,
  POISSON_100,
  POISSON_10,
  POISSON_1,
  POISSON_TENTH,
  POISSON_RARE,
  FEW_VALUES,
  AUTOREGRESSIVE_5,
  AUTOREGRESSIVE_8,
  LOGNORMAL,
  CONSTANT,
  PROCESSES
};

static const struct
{
  const char *words;
  double mean, deviation;
  double resolution;
} processes[PROCESSES] = {
  [GAUSSIAN] = { "Gaussian", 1000, 100, 0 },
  [UNIFORM] = { "uniform", 1000, 57.735, 0 },
  [EXPONENTIAL] = { "exponential", 100, 100, 0 },
  [POISSON_100] = { "Poisson, mean 100", 100, 10, 1 },
  [POISSON_10] = { "Poisson, mean 10", 10, 3.1623, 1 },
  [POISSON_1] = { "Poisson, mean 1", 1, 1, 1 },
  [POISSON_TENTH] = { "Poisson, mean 0.1", 0.1, 0.31623, 1 },
  [POISSON_RARE] = { "Poisson, mean 0.01", 0.01, 0.1, 1 },
  [FEW_VALUES] = { "3, 4 or 5", 4, 0.6325, 1 },
  [AUTOREGRESSIVE_5] = { "AR(1), 0.5", 1000, 100, 0 },
  [AUTOREGRESSIVE_8] = { "AR(1), 0.8", 1000, 100, 0 },
  [LOGNORMAL] = { "lognormal, sigma 0.5", 113.31, 60.39, 0 },
  [CONSTANT] = { "constant", 7, 0, 1 },
};

/* Between 0 and 1, and neither.  */
static inline double
random_fraction (uint64_t *state)
{
  return ((tap_random (state) >> 11) + 0.5) * 0x1p-53;
}

static inline double
random_gaussian (uint64_t *state)
{
  double radius = sqrt (-2 * log (random_fraction (state)));

  return radius * cos (2 * M_PI * random_fraction (state));
}

static inline double
random_poisson (uint64_t *state, double mean)
{
  double product = random_fraction (state);
  int count = 0;

  for (; product > exp (-mean); count++)
    product *= random_fraction (state);
  return count;
}

/* Fill VALUES with COUNT ones of PROCESS.  */
static inline void
random_process (uint64_t *state, enum process process, size_t count,
		double *values)
{
  double mean = processes[process].mean;
  double deviation = processes[process].deviation;
  double share = process == AUTOREGRESSIVE_8 ? 0.8 : 0.5, noise = 0;

  for (size_t i = 0; i < count; i++)
    switch (process)
      {
      case GAUSSIAN:
	values[i] = mean + deviation * random_gaussian (state);
	break;
      case UNIFORM:
	values[i]
	    = mean + deviation * sqrt (12) * (random_fraction (state) - 0.5);
	break;
      case EXPONENTIAL:
	values[i] = -mean * log (random_fraction (state));
	break;
      case FEW_VALUES:
	values[i] = 3 + (random_fraction (state) > 0.2)
		    + (random_fraction (state) > 0.8);
	break;
      case AUTOREGRESSIVE_5:
      case AUTOREGRESSIVE_8:
	/* The first one is as far off as all that follow are.  */
	noise = i == 0
		    ? random_gaussian (state)
		    : share * noise
			  + sqrt (1 - share * share) * random_gaussian (state);
	values[i] = mean + deviation * noise;
	break;
      case LOGNORMAL:
	values[i] = 100 * exp (0.5 * random_gaussian (state));
	break;
      case CONSTANT:
	values[i] = mean;
	break;
      default:
	values[i] = random_poisson (state, mean);
      }
}

#endif /* UNIT_PROCESSES_H */
