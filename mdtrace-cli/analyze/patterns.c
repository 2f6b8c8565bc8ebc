/* Patterns.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "patterns.h"
#include "words.h"

enum
{
  REGULAR_PAUSES_MIN = 8,
  PERIODIC_STEPS_MIN = 32,
  PERIODIC_EVENTS_MIN = 64,
  PERIODS_MIN = 4, /* that a trace must have */
  SEQUENCE_COUNT_MIN = 8,
  SEQUENCES_SHOWN = 8,
  PROBES_MAX = 16 /* of each other kind that are shown */
};

#define REGULAR_SHARE 0.55
#define PERIODIC_LEAST 0.35
/* How much the autocorrelation rises to a period from the least before.  */
#define PERIODIC_RISE 0.3
/* And how much of it must be left after twice the period.  */
#define PERIODIC_AGAIN 0.4

double
patterns_regularity (const struct pauses_row *row, uint64_t *period_ns)
{
  if (row->lengths.count < REGULAR_PAUSES_MIN)
    return 0;
  uint64_t middle = distribution_percentile (&row->lengths, 50);
  uint64_t tenth = middle / 10;
  uint64_t like
      = distribution_between (&row->lengths, middle - tenth, middle + tenth);
  double share = (double) like / row->lengths.count;

  *period_ns = middle;
  return like >= REGULAR_PAUSES_MIN && share >= REGULAR_SHARE ? share : 0;
}

/* The autocorrelation of VALUES, whose mean is 0 and the sum of whose squares
   is SQUARES, at LAG.  */
static double
correlate (const double *values, unsigned steps, unsigned lag, double squares)
{
  double sum = 0;

  for (unsigned i = 0; i + lag < steps; i++)
    sum += values[i] * values[i + lag];
  /* As if there were as many products as at no lag.  */
  return sum / squares * steps / (steps - lag);
}

/* The greatest of AT around LAG, of LAGS.  */
static double
around (const double *at, unsigned lags, unsigned lag)
{
  double greatest = at[lag];

  greatest = fmax (greatest, at[lag - 1]);
  return lag < lags ? fmax (greatest, at[lag + 1]) : greatest;
}

/* Find the period by the autocorrelations AT lags up to LAGS, of which the
   first half is looked at.  */
static unsigned
find_period (const double *at, unsigned lags, double *strength)
{
  unsigned period = 0;
  double best = 0, least = 1;

  for (unsigned lag = 1; lag <= lags / 2; lag++)
    {
      bool is_summit
	  = lag > 1 && at[lag] >= at[lag - 1] && at[lag] >= at[lag + 1];
      /* A multiple of a period is one too; it must be better by far.  */
      if (is_summit && at[lag] >= PERIODIC_LEAST
	  && at[lag] - least >= PERIODIC_RISE && at[lag] > best * 1.15
	  && around (at, lags, 2 * lag) >= PERIODIC_AGAIN * at[lag])
	{
	  best = at[lag];
	  period = lag;
	}
      least = fmin (least, at[lag]);
    }
  *strength = fmin (best, 1);
  return period;
}

unsigned
patterns_period (const uint32_t *counts, unsigned steps, double *strength)
{
  unsigned lags = 2 * (steps / PERIODS_MIN), period = 0;
  double *values = calloc (steps, sizeof *values);
  double *at = calloc (lags + 1, sizeof *at);
  double mean = 0, squares = 0;

  *strength = 0;
  if (values != NULL && at != NULL && steps >= PERIODIC_STEPS_MIN)
    {
      for (unsigned i = 0; i < steps; i++)
	mean += (double) counts[i] / steps;
      for (unsigned i = 0; i < steps; i++)
	{
	  values[i] = counts[i] - mean;
	  squares += values[i] * values[i];
	}
      for (unsigned lag = 1; squares > 0 && lag <= lags; lag++)
	at[lag] = correlate (values, steps, lag, squares);
      if (squares > 0)
	period = find_period (at, lags, strength);
    }
  free (values);
  free (at);
  return period;
}

static json_t *
pattern_json (const char *kind, const char *what, json_t *period,
	      double strength, uint64_t events, int64_t first_ns,
	      int64_t last_ns, json_t *sentence)
{
  return json_pack ("{s:s, s:o, s:o, s:f, s:o, s:I, s:I, s:i, s:o}", "kind",
		    kind, "what", analyze_text (what), "period_ns", period,
		    "strength", strength, "events", words_number (events),
		    "first_ns", (json_int_t) first_ns, "last_ns",
		    (json_int_t) last_ns, "others", 0, "sentence", sentence);
}

/* Whether ARRAY has a pattern of the same KIND and about the same PERIOD_NS,
   which is then said to have another probe too.  */
static bool
is_told (json_t *array, const char *kind, uint64_t period_ns)
{
  size_t i;
  json_t *pattern;

  json_array_foreach (array, i, pattern)
    {
      uint64_t other_ns
	  = json_integer_value (json_object_get (pattern, "period_ns"));
      json_t *others = json_object_get (pattern, "others");
      uint64_t apart_ns
	  = other_ns > period_ns ? other_ns - period_ns : period_ns - other_ns;
      if (strcmp (json_string_value (json_object_get (pattern, "kind")), kind)
	      != 0
	  || apart_ns > period_ns / 20)
	continue;
      json_integer_set (others, json_integer_value (others) + 1);
      return true;
    }
  return false;
}

/* Add to ARRAY what PROBE has of regular pauses, or else of periodic
   counts.  */
static bool
add_probe (const struct timeline *timeline, const struct pauses *pauses,
	   const struct source_probe *probe, json_t *array)
{
  const struct pauses_row *row = &pauses->probes[probe->index];
  const struct timeline_row *events = &timeline->probes[probe->index];
  uint32_t counts[TIMELINE_STEPS_MAX];
  uint64_t period_ns = 0;
  double strength = patterns_regularity (row, &period_ns);
  char period[WORDS_BYTES];
  json_t *pattern = NULL;

  if (events->events == 0)
    return true;
  bins_spread (&events->bins, counts, timeline->grid.steps);
  char *name = analyze_probe_title (timeline->source, probe, true);
  if (name == NULL)
    return false;
  if (strength > 0 && is_told (array, "regular", period_ns))
    strength = 0;
  else if (strength > 0)
    pattern = pattern_json (
	"regular", name, words_number (period_ns), strength, row->events,
	row->first_ns, row->last_ns,
	words_json ("%s comes every %s: %.0f%% of the %" PRIu64
		    " pauses between its events are so long, within a tenth",
		    name, words_duration (period_ns, period), 100 * strength,
		    row->lengths.count));
  else
    {
      unsigned lag = patterns_period (counts, timeline->grid.steps, &strength);
      period_ns = lag * timeline->grid.step_ns;
      if (lag > 0 && is_told (array, "periodic", period_ns))
	strength = 0;
      else if (lag > 0)
	pattern = pattern_json (
	    "periodic", name, words_number (period_ns), strength, row->events,
	    row->first_ns, row->last_ns,
	    words_json ("the number of events of %s rises and falls every %s "
			"(autocorrelation %.2f)",
			name, words_duration (period_ns, period), strength));
    }
  bool good
      = (strength == 0 || pattern != NULL)
	&& (pattern == NULL || json_array_append_new (array, pattern) == 0);
  free (name);
  return good;
}

static uint16_t
place_of (uint64_t key, unsigned place)
{
  return key >> (16 * (SEQUENCE_EVENTS - 1 - place));
}

/* How many different places KEY has.  */
static unsigned
count_different (uint64_t key)
{
  unsigned count = 0;

  for (unsigned i = 0; i < SEQUENCE_EVENTS; i++)
    {
      bool is_new = true;
      for (unsigned j = 0; j < i; j++)
	is_new = is_new && place_of (key, i) != place_of (key, j);
      count += is_new;
    }
  return count;
}

/* How many places of FIRST are in SECOND.  */
static unsigned
count_common (uint64_t first, uint64_t second)
{
  unsigned count = 0;

  for (unsigned i = 0; i < SEQUENCE_EVENTS; i++)
    {
      bool is_common = false;
      for (unsigned j = 0; j < SEQUENCE_EVENTS; j++)
	is_common = is_common || place_of (first, i) == place_of (second, j);
      count += is_common;
    }
  return count;
}

static int
compare_sequences (const void *first, const void *second)
{
  const struct sequence *a = *(const struct sequence *const *) first;
  const struct sequence *b = *(const struct sequence *const *) second;

  if (a->count != b->count)
    return a->count > b->count ? -1 : 1;
  if (a->first_ns != b->first_ns)
    return a->first_ns < b->first_ns ? -1 : 1;
  return a->key < b->key ? -1 : a->key > b->key;
}

static json_t *
sequence_json (const struct sequences *sequences,
	       const struct sequence *sequence, uint64_t events)
{
  const char *names[SEQUENCE_EVENTS];

  for (unsigned i = 0; i < SEQUENCE_EVENTS; i++)
    names[i] = sequences->names[place_of (sequence->key, i) - 1];
  char *what = words_format ("%s, %s, %s, %s", names[0], names[1], names[2],
			     names[3]);
  json_t *pattern
      = what == NULL
	    ? NULL
	    : pattern_json (
		"sequence", what, json_null (),
		events > 0 ? (double) sequence->count / events : 0,
		sequence->count, sequence->first_ns, sequence->last_ns,
		words_json ("threads did this in a row %" PRIu64 " times: %s",
			    sequence->count, what));

  free (what);
  return pattern;
}

static bool
add_sequences (const struct sequences *sequences, uint64_t events,
	       json_t *array)
{
  const struct sequence **order = calloc (sequences->count + 1, sizeof *order);
  const struct sequence *shown[SEQUENCES_SHOWN];
  unsigned count = 0, shown_count = 0;
  bool good = order != NULL;

  for (unsigned i = 0; good && i < 2 * SEQUENCES_MAX; i++)
    {
      const struct sequence *sequence = &sequences->table[i];
      if (sequence->count >= SEQUENCE_COUNT_MIN
	  && count_different (sequence->key) >= 3)
	order[count++] = sequence;
    }
  if (count > 0)
    qsort (order, count, sizeof (struct sequence *), compare_sequences);
  for (unsigned i = 0; good && i < count && shown_count < SEQUENCES_SHOWN; i++)
    {
      bool is_new = true;
      for (unsigned j = 0; j < shown_count; j++)
	is_new = is_new
		 && count_common (order[i]->key, shown[j]->key)
			< SEQUENCE_EVENTS - 1;
      if (!is_new)
	continue;
      shown[shown_count++] = order[i];
      good = json_array_append_new (
		 array, sequence_json (sequences, order[i], events))
	     == 0;
    }
  free (order);
  return good;
}

static int
compare_probes (const void *first, const void *second, void *closure)
{
  const struct timeline_row *rows = closure;
  unsigned a = *(const unsigned *) first, b = *(const unsigned *) second;

  if (rows[a].events != rows[b].events)
    return rows[a].events > rows[b].events ? -1 : 1;
  return a < b ? -1 : 1;
}

json_t *
patterns_json (const struct timeline *timeline, const struct pauses *pauses,
	       const struct sequences *sequences)
{
  unsigned count;
  const struct source_probe *probes = source_probes (timeline->source, &count);
  unsigned *order = calloc (count + 1, sizeof *order);
  json_t *array = json_array ();
  bool good = order != NULL;

  for (unsigned i = 0; good && i < count; i++)
    order[i] = i;
  if (good && count > 0)
    qsort_r (order, count, sizeof *order, compare_probes, timeline->probes);
  for (unsigned i = 0; good && i < count && i < PROBES_MAX; i++)
    good = add_probe (timeline, pauses, &probes[order[i]], array);
  free (order);
  if (good && add_sequences (sequences, timeline->all.events, array))
    return array;
  json_decref (array);
  return NULL;
}
