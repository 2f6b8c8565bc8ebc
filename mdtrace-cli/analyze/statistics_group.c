/* Findings that are one thing for whoever reads them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A burst shows in the rates of many probes, in CPU time and in counters; and
   where bursts are the usual state, one follows another.  What goes up or down
   at the same time, and what a series does again, is told with the clearest
   of these.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics_private.h"

enum
{
  /* Changes that begin so many steps from each other are one.  */
  CHANGE_NEAR_STEPS = 2,
  NAMED_MAX = 3
};

static const struct series *
series_of (const struct statistics *statistics, const struct anomaly *anomaly)
{
  return &statistics->list.series[anomaly->series];
}

static bool
is_passing (const struct anomaly *anomaly)
{
  return anomaly->kind == ANOMALY_OUTLIER || anomaly->kind == ANOMALY_SEASONAL;
}

/* Whether ONE and OTHER are at the same time.  */
static bool
are_at_once (const struct statistics *statistics, const struct anomaly *one,
	     const struct anomaly *other)
{
  const struct series *first = series_of (statistics, one);
  const struct series *second = series_of (statistics, other);
  int64_t begin_ns = statistics_time (first, one->begin);
  int64_t other_ns = statistics_time (second, other->begin);

  if (is_passing (one) && is_passing (other))
    return begin_ns < statistics_time (second, other->end)
	   && other_ns < statistics_time (first, one->end);
  if (one->kind != ANOMALY_CHANGE || other->kind != ANOMALY_CHANGE)
    return false;
  int64_t step_ns
      = first->step_ns > second->step_ns ? first->step_ns : second->step_ns;
  uint64_t way_ns = begin_ns < other_ns
			? (uint64_t) other_ns - (uint64_t) begin_ns
			: (uint64_t) begin_ns - (uint64_t) other_ns;
  return way_ns / CHANGE_NEAR_STEPS <= (uint64_t) step_ns;
}

/* Whether ONE is OTHER again: the same series, the same way.  */
static bool
is_again (const struct anomaly *one, const struct anomaly *other)
{
  return one->series == other->series && one->kind == other->kind
	 && one->kind != ANOMALY_CHANGE
	 && (one->score > 0) == (other->score > 0);
}

size_t *
statistics_group (const struct statistics *statistics,
		  const struct anomaly *found, size_t count)
{
  size_t *firsts = calloc (count + 1, sizeof *firsts);

  for (size_t i = 0; firsts != NULL && i < count; i++)
    {
      size_t j = 0;
      while (j < i && !is_again (&found[i], &found[j])
	     && !are_at_once (statistics, &found[i], &found[j]))
	j++;
      firsts[i] = j < i ? firsts[j] : i;
    }
  return firsts;
}

/* Whether a series with the name of FOUND's is among the COUNT in NAMED.  */
static bool
is_named (const struct statistics *statistics, const struct anomaly *found,
	  const struct anomaly *const *named, size_t count)
{
  const char *name = series_of (statistics, found)->name;

  for (size_t i = 0; i < count; i++)
    if (strcmp (series_of (statistics, named[i])->name, name) == 0)
      return true;
  return false;
}

void
statistics_say_group (const struct statistics *statistics,
		      const struct anomaly *found, size_t count,
		      const size_t *firsts, size_t first,
		      char text[static STATISTICS_SENTENCE])
{
  const struct anomaly *named[STATISTICS_SAID_MAX + 1] = { &found[first] };
  size_t names = 1, again = 0, length;
  char digits[STATISTICS_WORDS];

  text[0] = '\0';
  for (size_t i = first + 1; i < count; i++)
    if (firsts[i] == first)
      {
	if (!are_at_once (statistics, &found[i], &found[first]))
	  again++;
	else if (names <= STATISTICS_SAID_MAX
		 && !is_named (statistics, &found[i], named, names))
	  named[names++] = &found[i];
      }
  size_t shown = names <= NAMED_MAX + 1 ? names : NAMED_MAX + 1;
  for (size_t i = 1; i < shown; i++)
    {
      length = strlen (text);
      snprintf (text + length, STATISTICS_SENTENCE - length, "%s%s",
		i == 1				   ? "; also at that time: "
		: i + 1 == shown && shown == names ? " and "
						   : ", ",
		series_of (statistics, named[i])->name);
    }
  length = strlen (text);
  if (names > shown)
    snprintf (text + length, STATISTICS_SENTENCE - length, " and %s more",
	      statistics_count (names - shown, digits));
  length = strlen (text);
  if (again > 0)
    snprintf (text + length, STATISTICS_SENTENCE - length,
	      "; %s more such at other times",
	      statistics_count (again, digits));
}
