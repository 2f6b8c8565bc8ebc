/* Trends: whether the last values of a series are out of the ordinary.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The last three values are held against those before them, of which there
   must be 30.  What is usual of these is told by what single wild ones do not
   change:

     median    of them
     spread    the median of |value - median|; at least one unit, and 1/1024 of
	       the median, so that what hardly moves is never alarming
     tail      of each side, how far from the median the last twelfth begins
     level     of the last three, towards a side: the middle between their mean
	       and that of them which is nearest to the median.  A single
	       value must be very far off to make it far.  Towards a side whose
   tail is shorter than 3/4 of the other one: the mean score     how many
   spreads the level is from the median needed    for an alarm: two tails; at
   least 1 3/4 spreads, at most 4 1/4

   The series is out of the ordinary from where the level is as far from the
   median as needed, until it is less than 3/4 of that.  It does not become so
   where half of the way is no news: where the six values before are that far
   already, on the average, or the straight line through all before leads
   there.  */

#include <config.h>

#include "trend.h"
#include "trend_line.h"

#if MACH_PERF_COUNTERS

enum
{
  /* Amounts are taken so many times: all that is halved, and divided by three,
     stays whole.  With magnitudes up to 2^52 there is room for 17 times
     that.  */
  SCALE = 12,
  UNIT = 1000 * SCALE,
  /* Values before the last ones that are recent.  */
  RECENT = 6
};

/* What is usual, SCALE times.  */
struct usual
{
  int64_t median, spread;
  int64_t tails[2]; /* above, below */
};

/* The values before the last ones, the least one first.  [s] */
static int64_t sorted[TREND_LOOK_BACK];

static void
insert (uint32_t count, int64_t value)
{
  uint32_t i = count;

  for (; i > 0 && sorted[i - 1] > value; i--)
    sorted[i] = sorted[i - 1];
  sorted[i] = value;
}

/* The middle of the distances of COUNT values from MEDIAN, of which the two
   halves in SORTED are in order already.  */
static int64_t
middle_distance (uint32_t count, int64_t median)
{
  uint32_t above = count / 2, below = count / 2;
  int64_t distance = 0, before = 0;

  for (uint32_t taken = 0; taken <= count / 2; taken++)
    {
      before = distance;
      int64_t up = above < count ? SCALE * sorted[above] - median : INT64_MAX;
      int64_t down
	  = below > 0 ? median - SCALE * sorted[below - 1] : INT64_MAX;
      distance = up < down ? up : down;
      if (up < down)
	above++;
      else
	below--;
    }
  return count % 2 != 0 ? distance : (before + distance) / 2;
}

/* What is usual of the COUNT values in SORTED, 1 or more.  */
static void
find_usual (uint32_t count, struct usual *usual)
{
  uint32_t twelfth = count / 12;
  int64_t median = SCALE / 2 * (sorted[(count - 1) / 2] + sorted[count / 2]);
  int64_t share = (median < 0 ? -median : median) >> 10;

  usual->median = median;
  usual->spread = middle_distance (count, median);
  if (usual->spread < UNIT)
    usual->spread = UNIT;
  if (usual->spread < share)
    usual->spread = share;
  usual->tails[0] = SCALE * sorted[count - 1 - twelfth] - median;
  usual->tails[1] = median - SCALE * sorted[twelfth];
}

/* What the last values amount to.  */
struct level
{
  bool is_below;    /* the median */
  int64_t distance; /* from it, SCALE times; 0: they lie around it */
  int64_t needed;   /* for an alarm */
};

/* The distance of the three VALUES on the side IS_BELOW.  */
static int64_t
distance_of (const int64_t *values, const struct usual *usual, bool is_below)
{
  int64_t sign = is_below ? -1 : 1;
  int64_t nearest = INT64_MAX, sum = 0;

  for (unsigned i = 0; i < TREND_LAST; i++)
    {
      int64_t distance = sign * (SCALE * values[i] - usual->median);
      sum += sign * (SCALE / TREND_LAST) * values[i];
      if (distance < nearest)
	nearest = distance;
    }
  int64_t mean = sum - sign * usual->median;
  bool is_short = 4 * usual->tails[is_below] < 3 * usual->tails[!is_below];
  return is_short ? mean : (mean + nearest) / 2;
}

static void
find_level (const int64_t *values, const struct usual *usual,
	    struct level *level)
{
  int64_t above = distance_of (values, usual, false);
  int64_t below = distance_of (values, usual, true);

  level->is_below = below > above;
  level->distance = level->is_below ? below : above;
  if (level->distance < 0)
    level->distance = 0;
  level->needed = 2 * usual->tails[level->is_below];
  if (level->needed > 17 * usual->spread / 4)
    level->needed = 17 * usual->spread / 4;
  if (level->needed < 7 * usual->spread / 4)
    level->needed = 7 * usual->spread / 4;
}

/* Whether half of the way to LEVEL is no news, for the BASELINE values from
   FIRST on of SERIES.  */
static bool
is_expected (const struct trend_series *series, uint32_t first,
	     uint32_t baseline, const struct usual *usual,
	     const struct level *level)
{
  const int64_t *end = series->values + first + baseline;
  int64_t recent = 0;
  struct trend_line line;

  for (unsigned i = 1; i <= RECENT; i++)
    recent += SCALE / RECENT * end[-(int) i];
  recent -= usual->median;
  if (2 * (level->is_below ? -recent : recent) >= level->distance)
    return true;
  trend_line_fit (series->seconds + first, series->values + first, baseline,
		  &line);
  int64_t way = trend_line_at (
		    &line, series->seconds[first + baseline + TREND_LAST - 1])
		- trend_divide (usual->median, SCALE);
  return 2 * (level->is_below ? -way : way)
	 >= trend_divide (level->distance, SCALE);
}

/* What becomes of STATE.  */
static uint32_t
next_state (uint32_t state, const struct trend_series *series, uint32_t first,
	    uint32_t baseline, const struct usual *usual,
	    const struct level *level)
{
  uint32_t side = level->is_below ? MDTRACE_ANOMALY_LOW : MDTRACE_ANOMALY_HIGH;

  if (baseline < TREND_BASELINE_MIN)
    return MDTRACE_ANOMALY_TOO_FEW;
  if (state == side && level->distance >= level->needed / 4 * 3)
    return side;
  if (level->distance < level->needed
      || is_expected (series, first, baseline, usual, level))
    return MDTRACE_ANOMALY_NONE;
  return side;
}

void
trend_judge (const struct trend_series *series, mdtrace_trend_t *trend)
{
  uint32_t first = series->count > TREND_LOOK_BACK + TREND_LAST
		       ? series->count - TREND_LOOK_BACK - TREND_LAST
		       : 0;
  struct usual usual;
  struct level level;

  trend->anomaly = MDTRACE_ANOMALY_TOO_FEW;
  if (series->count <= TREND_LAST)
    return;
  uint32_t baseline = 0;
  do
    {
      const int64_t *last = series->values + first + baseline + 1;
      insert (baseline++, last[-1]);
      find_usual (baseline, &usual);
      find_level (last, &usual, &level);
      trend->anomaly = next_state (trend->anomaly, series, first, baseline,
				   &usual, &level);
    }
  while (first + baseline + TREND_LAST < series->count);
  trend->median = trend_divide (usual.median, SCALE);
  trend->spread = trend_divide (usual.spread, SCALE);
  trend->score = trend_cut (wide_scale_nearest (wide_from (level.distance),
						wide_from (1000),
						wide_from (usual.spread)),
			    level.is_below);
}

#endif /* MACH_PERF_COUNTERS */
