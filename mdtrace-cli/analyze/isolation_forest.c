/* An isolation forest.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "isolation_forest.h"

enum
{
  /* A tree has a leaf for each point of its sample, at most.  */
  NODES_MAX = 2 * ISOLATION_SAMPLE,
  DEPTH_MAX = 24
};

/* A part of a tree: points below PLACE in DIMENSION go to CHILDREN[0], the
   others to CHILDREN[1].  A leaf has none, and the points that are left.  */
struct node
{
  double place;
  unsigned short dimension;
  unsigned short children[2]; /* 0: a leaf */
  unsigned short count;
};

struct forest
{
  const double *points;
  size_t dimensions;
  gsl_rng *random;
  struct node nodes[NODES_MAX];
  unsigned nodes_count;
};

/* The mean depth of a search that fails in COUNT points, equation 1 of Liu,
   Ting and Zhou.  */
static double
usual_depth (size_t count)
{
  double n = count;

  return count < 2 ? 0
	 : count == 2
	     ? 1
	     : 2 * (log (n - 1) + 0.57721566490153286) - 2 * (n - 1) / n;
}

/* Choose where to cut the COUNT points whose numbers are in MEMBERS.  False if
   they are all the same.  */
static bool
choose_cut (struct forest *forest, const unsigned *members, unsigned count,
	    struct node *node)
{
  double lowest[ISOLATION_DIMENSIONS_MAX], reach[ISOLATION_DIMENSIONS_MAX];
  double sum = 0;

  for (size_t d = 0; d < forest->dimensions; d++)
    {
      double low = INFINITY, high = -INFINITY;
      for (unsigned i = 0; i < count; i++)
	{
	  double value = forest->points[members[i] * forest->dimensions + d];
	  low = value < low ? value : low;
	  high = value > high ? value : high;
	}
      lowest[d] = low;
      reach[d] = high - low;
      sum += reach[d] * reach[d];
    }
  if (!(sum > 0))
    return false;
  double at = gsl_rng_uniform (forest->random) * sum;
  size_t chosen = 0;
  while (chosen + 1 < forest->dimensions && at > reach[chosen] * reach[chosen])
    {
      at -= reach[chosen] * reach[chosen];
      chosen++;
    }
  node->dimension = chosen;
  node->place
      = lowest[chosen] + gsl_rng_uniform_pos (forest->random) * reach[chosen];
  return true;
}

/* Grow the tree below node WHERE, at DEPTH, from the COUNT MEMBERS.  */
static void
grow (struct forest *forest, unsigned where, unsigned *members, unsigned count,
      unsigned depth)
{
  struct node *node = &forest->nodes[where];

  *node = (struct node){ .count = count };
  if (count < 2 || depth == DEPTH_MAX
      || !choose_cut (forest, members, count, node))
    return;
  unsigned below = 0;
  for (unsigned i = 0; i < count; i++)
    if (forest->points[members[i] * forest->dimensions + node->dimension]
	< node->place)
      {
	unsigned member = members[i];
	members[i] = members[below];
	members[below++] = member;
      }
  /* Where rounding leaves a part empty nothing is left to cut.  */
  if (below == 0 || below == count)
    return;
  node->children[0] = forest->nodes_count++;
  node->children[1] = forest->nodes_count++;
  grow (forest, node->children[0], members, below, depth + 1);
  grow (forest, forest->nodes[where].children[1], members + below,
	count - below, depth + 1);
}

static double
depth_of (const struct forest *forest, const double *point)
{
  const struct node *node = &forest->nodes[0];
  unsigned depth = 0;

  for (; node->children[0] != 0; depth++)
    node = &forest
		->nodes[node->children[point[node->dimension] >= node->place]];
  return depth + usual_depth (node->count);
}

/* Put a sample without repetition of the numbers below COUNT into MEMBERS,
   which has room for all of them.  Returns how many.  */
static unsigned
draw_sample (struct forest *forest, unsigned *members, size_t count)
{
  size_t wanted = count < ISOLATION_SAMPLE ? count : ISOLATION_SAMPLE;

  for (size_t i = 0; i < wanted; i++)
    {
      size_t other = i
		     + gsl_rng_uniform_int (forest->random,
					    (unsigned long) (count - i));
      unsigned member = members[other];
      members[other] = members[i];
      members[i] = member;
    }
  return wanted;
}

bool
isolation_scores (const double *points, size_t count, size_t dimensions,
		  unsigned long seed, double *scores)
{
  struct forest *forest = calloc (1, sizeof *forest);
  unsigned *members = calloc (count + 1, sizeof *members);
  bool is_good = forest != NULL && members != NULL;

  if (is_good)
    forest->random = gsl_rng_alloc (gsl_rng_taus2);
  is_good = is_good && forest->random != NULL;
  if (is_good)
    {
      forest->points = points;
      forest->dimensions = dimensions;
      gsl_rng_set (forest->random, seed);
      memset (scores, 0, count * sizeof *scores);
      for (size_t i = 0; i < count; i++)
	members[i] = i;
      unsigned sample = 0;
      for (unsigned tree = 0; tree < ISOLATION_TREES; tree++)
	{
	  sample = draw_sample (forest, members, count);
	  forest->nodes_count = 1;
	  grow (forest, 0, members, sample, 0);
	  for (size_t i = 0; i < count; i++)
	    scores[i] += depth_of (forest, points + i * dimensions);
	}
      for (size_t i = 0; i < count; i++)
	scores[i] = exp2 (-scores[i] / ISOLATION_TREES / usual_depth (sample));
    }
  if (forest != NULL && forest->random != NULL)
    gsl_rng_free (forest->random);
  free (forest);
  free (members);
  return is_good;
}

double
isolation_chance (double score, size_t count, size_t dimensions)
{
  /* The median of the highest score of 512 points.  */
  static const struct
  {
    size_t dimensions;
    double highest;
  } table[] = { { 2, 0.718 },  { 3, 0.673 },  { 4, 0.646 },
		{ 6, 0.612 },  { 8, 0.588 },  { 12, 0.562 },
		{ 16, 0.545 }, { 24, 0.525 }, { 32, 0.509 } };
  unsigned i = 1;
  while (i + 1 < sizeof table / sizeof table[0]
	 && table[i].dimensions < dimensions)
    i++;
  double share
      = log ((double) dimensions / table[i - 1].dimensions)
	/ log ((double) table[i].dimensions / table[i - 1].dimensions);
  double highest = table[i - 1].highest
		   + share * (table[i].highest - table[i - 1].highest);
  /* It grows with the logarithm of their number, and varies less.  */
  double doublings = log2 (count / 512.0);
  highest += 0.007 * doublings;
  double width = doublings < 0 ? 0.013 - 0.0017 * doublings : 0.013;
  return -expm1 (-M_LN2 * exp (-(score - highest) / width));
}
