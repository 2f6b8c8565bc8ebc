/* What comes before an isolation forest: points whose dimensions are
   comparable and have nothing in common.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

#include "isolation_forest.h"
#include "robust.h"

/* A direction in which the points reach no farther than this, of 1, is none:
   dimensions that say the same have such.  */
#define VARIANCE_MIN 0.003

struct ranked
{
  double value, random;
  size_t point;
};

static int
compare (const void *a, const void *b)
{
  const struct ranked *one = a, *other = b;

  return one->value != other->value    ? (one->value > other->value ? 1 : -1)
	 : one->random > other->random ? 1
				       : -1;
}

/* Make dimension WHICH Gaussian.  Equal numbers are put in some order, the
   same in every run.  */
static bool
make_gaussian (double *points, size_t count, size_t dimensions, size_t which)
{
  struct ranked *ranked = calloc (count + 1, sizeof *ranked);

  if (ranked == NULL)
    return false;
  for (size_t i = 0; i < count; i++)
    {
      size_t at = i * dimensions + which;
      ranked[i]
	  = (struct ranked){ points[at], robust_spread_out (0, at, 1), i };
    }
  qsort (ranked, count, sizeof *ranked, compare);
  for (size_t i = 0; i < count; i++)
    points[ranked[i].point * dimensions + which]
	= gsl_cdf_ugaussian_Pinv ((i + 0.5) / count);
  free (ranked);
  return true;
}

/* Put the correlations of all dimensions into MATRIX.  */
static void
correlate (const double *points, size_t count, size_t dimensions,
	   gsl_matrix *matrix)
{
  for (size_t a = 0; a < dimensions; a++)
    for (size_t b = 0; b <= a; b++)
      {
	double sum = 0;
	for (size_t i = 0; i < count; i++)
	  sum += points[i * dimensions + a] * points[i * dimensions + b];
	gsl_matrix_set (matrix, a, b, sum / count);
	gsl_matrix_set (matrix, b, a, sum / count);
      }
}

/* Make ROOT the inverse root of the matrix with the eigenvalues VALUES and the
   eigenvectors in the columns of VECTORS.  */
static void
make_inverse_root (const gsl_vector *values, const gsl_matrix *vectors,
		   gsl_matrix *root)
{
  for (size_t a = 0; a < values->size; a++)
    for (size_t b = 0; b < values->size; b++)
      {
	double sum = 0;
	for (size_t k = 0; k < values->size; k++)
	  sum += gsl_matrix_get (vectors, a, k)
		 * gsl_matrix_get (vectors, b, k)
		 / sqrt (fmax (gsl_vector_get (values, k), VARIANCE_MIN));
	gsl_matrix_set (root, a, b, sum);
      }
}

static void
multiply (double *points, size_t count, size_t dimensions,
	  const gsl_matrix *root)
{
  double point[ISOLATION_DIMENSIONS_MAX];

  for (size_t i = 0; i < count; i++)
    {
      for (size_t a = 0; a < dimensions; a++)
	{
	  point[a] = 0;
	  for (size_t b = 0; b < dimensions; b++)
	    point[a]
		+= gsl_matrix_get (root, a, b) * points[i * dimensions + b];
	}
      for (size_t a = 0; a < dimensions; a++)
	points[i * dimensions + a] = point[a];
    }
}

bool
isolation_whiten (double *points, size_t count, size_t dimensions)
{
  gsl_matrix *matrix = gsl_matrix_alloc (dimensions, dimensions);
  gsl_matrix *vectors = gsl_matrix_alloc (dimensions, dimensions);
  gsl_vector *values = gsl_vector_alloc (dimensions);
  gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc (dimensions);
  bool is_good
      = matrix != NULL && vectors != NULL && values != NULL && work != NULL;

  for (size_t d = 0; is_good && d < dimensions; d++)
    is_good = make_gaussian (points, count, dimensions, d);
  if (is_good)
    {
      correlate (points, count, dimensions, matrix);
      is_good = gsl_eigen_symmv (matrix, values, vectors, work) == 0;
    }
  if (is_good)
    {
      make_inverse_root (values, vectors, matrix);
      multiply (points, count, dimensions, matrix);
    }
  gsl_matrix_free (matrix);
  gsl_matrix_free (vectors);
  gsl_vector_free (values);
  gsl_eigen_symmv_free (work);
  return is_good;
}
