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
  AUTOREGRESSIVE_9,
  GAMMA_2,
  GAMMA_HALF,
  LOGNORMAL_1,
  PARETO_3,
  STUDENT_3,
  NEGATIVE_BINOMIAL,
  MIXTURE,
  SOMETIMES,
  BURSTS,
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
  [AUTOREGRESSIVE_9] = { "AR(1), 0.9", 1000, 100, 0 },
  [GAMMA_2] = { "gamma, shape 2", 100, 70.711, 0 },
  [GAMMA_HALF] = { "gamma, shape 1/2", 100, 141.42, 0 },
  [LOGNORMAL_1] = { "lognormal, sigma 1", 164.87, 216.12, 0 },
  [PARETO_3] = { "Pareto, index 3", 150, 86.603, 0 },
  [STUDENT_3] = { "Student's t, 3 degrees", 1000, 173.21, 0 },
  [NEGATIVE_BINOMIAL] = { "negative binomial", 4, 3.4641, 1 },
  [MIXTURE] = { "one in ten elsewhere", 1100, 316.23, 0 },
  [SOMETIMES] = { "7, one in ten is 20", 8.3, 3.9, 1 },
  [BURSTS] = { "nothing but bursts", 25, 66.2, 1 },
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

/* The next value of one that owes nothing to those before it.  */
static inline double
random_value (uint64_t *state, enum process process)
{
  double mean = processes[process].mean;
  double deviation = processes[process].deviation, sum = 0;

  switch (process)
    {
    case GAUSSIAN:
      return mean + deviation * random_gaussian (state);
    case UNIFORM:
      return mean + deviation * sqrt (12) * (random_fraction (state) - 0.5);
    case EXPONENTIAL:
      return -mean * log (random_fraction (state));
    case FEW_VALUES:
      sum = 3 + (random_fraction (state) > 0.2);
      return sum + (random_fraction (state) > 0.8);
    case LOGNORMAL:
      return 100 * exp (0.5 * random_gaussian (state));
    case CONSTANT:
      return mean;
    case GAMMA_2:
      return -mean / 2
	     * log (random_fraction (state) * random_fraction (state));
    case GAMMA_HALF:
      return mean * pow (random_gaussian (state), 2);
    case LOGNORMAL_1:
      return 100 * exp (random_gaussian (state));
    case PARETO_3:
      return 100 * pow (random_fraction (state), -1 / 3.0);
    case STUDENT_3:
      for (int i = 0; i < 3; i++)
	sum += pow (random_gaussian (state), 2);
      return mean + 100 * random_gaussian (state) / sqrt (sum / 3);
    case NEGATIVE_BINOMIAL:
      sum = -mean / 2
	    * log (random_fraction (state) * random_fraction (state));
      return random_poisson (state, sum);
    case MIXTURE:
      sum = random_fraction (state) < 0.1 ? 2000 : 1000;
      return sum + 100 * random_gaussian (state);
    case SOMETIMES:
      return random_fraction (state) < 0.1 ? 20 : 7;
    default:
      return random_poisson (state, mean);
    }
}

/* Fill VALUES with COUNT ones: mostly nothing, and a quarter of the time a
   burst of some height, which lasts for five of them on the average.  */
static inline void
random_bursts (uint64_t *state, size_t count, double *values)
{
  double height = 0;

  for (size_t i = 0; i < count; i++)
    {
      if (i == 0       ? random_fraction (state) < 0.25
	  : height > 0 ? random_fraction (state) < 0.2
		       : random_fraction (state) < 1 / 15.0)
	height = height > 0 ? 0 : -100 * log (random_fraction (state));
      /* Poisson's distribution is a Gaussian one if its mean is high.  */
      double spread = sqrt (height) * random_gaussian (state);
      values[i] = height < 30 ? random_poisson (state, height)
			      : fmax (0, round (height + spread));
    }
}

/* Fill VALUES with COUNT ones of PROCESS.  */
static inline void
random_process (uint64_t *state, enum process process, size_t count,
		double *values)
{
  double share = process == AUTOREGRESSIVE_9   ? 0.9
		 : process == AUTOREGRESSIVE_8 ? 0.8
					       : 0.5;
  double noise = 0;

  if (process == BURSTS)
    {
      random_bursts (state, count, values);
      return;
    }
  for (size_t i = 0; i < count; i++)
    switch (process)
      {
      case AUTOREGRESSIVE_5:
      case AUTOREGRESSIVE_8:
      case AUTOREGRESSIVE_9:
	/* The first one is as far off as all that follow are.  */
	noise = i == 0
		    ? random_gaussian (state)
		    : share * noise
			  + sqrt (1 - share * share) * random_gaussian (state);
	values[i]
	    = processes[process].mean + processes[process].deviation * noise;
	break;
      default:
	values[i] = random_value (state, process);
      }
}

#endif /* UNIT_PROCESSES_H */
