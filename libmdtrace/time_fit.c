/* The line through the ticks: from the time stamp counter to uptime.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A tick that is late reads a counter that is too high for its uptime, and
   none is early: ticks lie on the line that is looked for, or below it.  So
   that is the line which the least late ones touch.  Its slope comes from the
   least late ticks near both ends of half a minute, its height from the tick
   that lies highest, where what is old counts for less by what the slope may
   be wrong.

   A tick that comes after the next one was due takes its place: one of them is
   lost, and the kernel's uptime stays behind by a tick from then on.  Two
   ticks in a row that lie a whole tick below the line tell that from a late
   one, and the line is lowered, not tilted.

   What is not known is bounded so:

     late_ns	how late the ticks on the line may be: four times the median of
   how late all are beside the least late of them, and more if there are few.
   A whole tick, as long as there are less than four, and never more: such a
   tick is lost. rate_error	how far the slope may be off: what the ticks
   that it comes from may be late, and four times by how much those in between
   miss the chord, which is what a rate that changes evenly is off at its end.

   It holds as long as one tick in some is about as punctual as any is, to a
   tenth of a millisecond.  A delay that all ticks share cannot be told from
   none.  */

#include <config.h>

#include <string.h>

#include "time_fit.h"

#define NS_PER_SECOND 1e9
/* What it takes to enter an interrupt: longer when the CPU was idle than when
   it was busy, which cannot be seen, and in a virtual machine longest.  */
#define PUNCTUAL_NS 1e5
/* After so long without a tick, what the old ones tell is of no use.  */
#define RECESS_NS 60e9
/* Nobody loses that much between two looks; time stood still.  */
#define STANDSTILL_NS 1e9
/* The slope is measured over that, at least.  */
#define BASELINE_NS 4e9
/* A slope that is more than that away from the one before is not believed.  */
#define RATE_CHANGE 1e-3
/* What a slope may be off that is known since boot only, where some ticks are
   lost; and one that was measured long ago.  */
#define RATE_NOT_MEASURED 0.1
#define RATE_MEASURED_ONCE 1e-4
#define RATE_MEASURED 1e-7
/* As long as nothing is known: a counter of 10 GHz, which is faster than any,
   so that time is not ahead.  */
#define NS_PER_COUNT_MIN 0.1

enum
{
  /* So many ticks tell how late they are.  */
  ENOUGH = 4,
  FEW = 8,
  MANY = 24
};

/* By how much SAMPLE lies above the line of slope RATE through PLACE.  */
static double
above (const struct mdtrace_time_sample *sample,
       const struct mdtrace_time_sample *place, double rate)
{
  return (double) (int64_t) (sample->uptime_ns - place->uptime_ns)
	 - rate * (double) (int64_t) (sample->tsc - place->tsc);
}

static const struct mdtrace_time_sample *
newest (const struct mdtrace_time_fit *fit)
{
  return &fit->recent[fit->recent_count - 1];
}

/* The highest of COUNT SAMPLES, above a line of the present slope.  */
static const struct mdtrace_time_sample *
highest (const struct mdtrace_time_fit *fit,
	 const struct mdtrace_time_sample *samples, unsigned count)
{
  const struct mdtrace_time_sample *best = samples;

  for (unsigned i = 1; i < count; i++)
    if (above (&samples[i], best, fit->ns_per_count) >= 0)
      best = &samples[i];
  return best;
}

/* Put SAMPLE behind the *COUNT of up to MAX SAMPLES, of which the oldest is
   given up if need be.  */
static void
append (struct mdtrace_time_sample *samples, unsigned *count, unsigned max,
	const struct mdtrace_time_sample *sample)
{
  if (*count == max)
    memmove (samples, samples + 1, --*count * sizeof *samples);
  samples[(*count)++] = *sample;
}

/* Keep SAMPLE among those of half a minute, the least late one of each
   second.  */
static void
keep (struct mdtrace_time_fit *fit, const struct mdtrace_time_sample *sample)
{
  uint64_t second = sample->uptime_ns / (uint64_t) NS_PER_SECOND;

  if (fit->old_count > 0)
    {
      struct mdtrace_time_sample *last = &fit->old[fit->old_count - 1];
      if (last->uptime_ns / (uint64_t) NS_PER_SECOND == second)
	{
	  if (above (sample, last, fit->ns_per_count) >= 0)
	    *last = *sample;
	  return;
	}
    }
  append (fit->old, &fit->old_count, MDTRACE_TIME_OLD, sample);
}

/* Lower all that is known by NS.  */
static void
lower (struct mdtrace_time_fit *fit, uint64_t ns)
{
  fit->first.uptime_ns -= ns;
  fit->line.uptime_ns -= ns;
  for (unsigned i = 0; i < fit->recent_count; i++)
    fit->recent[i].uptime_ns -= ns;
  for (unsigned i = 0; i < fit->old_count; i++)
    fit->old[i].uptime_ns -= ns;
}

/* Forget all ticks, and begin anew at SAMPLE with the slope that there is, or
   that since the ticks before if that is known better.  */
static void
begin_anew (struct mdtrace_time_fit *fit,
	    const struct mdtrace_time_sample *sample)
{
  double interval_ns
      = (double) (int64_t) (sample->uptime_ns - fit->line.uptime_ns);
  double counts = (double) (int64_t) (sample->tsc - fit->line.tsc);
  double error = RATE_MEASURED_ONCE * fit->ns_per_count;

  if (fit->rate_error > 0 && fit->rate_error < error)
    fit->rate_error = error;
  if (fit->is_measured && counts > 0)
    {
      double rate = interval_ns / counts;
      double deviation = rate - fit->ns_per_count;
      if (fit->tick_ns / counts < fit->rate_error
	  && deviation * deviation < RATE_CHANGE * RATE_CHANGE * rate * rate)
	{
	  fit->ns_per_count = rate;
	  fit->rate_error = fit->tick_ns / counts;
	}
    }
  fit->recent_count = 0;
  fit->old_count = 0;
  fit->below_ns = 0;
  fit->line = *sample;
}

/* See by SAMPLE whether ticks were lost since the last one, or the kernel
   stood still, or its counter was set.  */
static void
judge (struct mdtrace_time_fit *fit, const struct mdtrace_time_sample *sample)
{
  double below_ns = -above (sample, &fit->line, fit->ns_per_count);
  double since_ns
      = (double) (int64_t) (sample->uptime_ns - newest (fit)->uptime_ns);

  if (below_ns > STANDSTILL_NS || -below_ns > STANDSTILL_NS
      || (int64_t) (sample->tsc - newest (fit)->tsc) < 0)
    {
      /* Nor does the first tick tell the slope any more.  */
      begin_anew (fit, sample);
      fit->first = *sample;
      return;
    }
  if (since_ns > RECESS_NS)
    {
      begin_anew (fit, sample);
      return;
    }
  if (fit->is_measured)
    {
      double least = below_ns < fit->below_ns ? below_ns : fit->below_ns;
      double lost = least > 0 ? least / fit->tick_ns + 1. / 8 : 0;
      uint64_t lost_ns = (uint64_t) lost * (uint64_t) fit->tick_ns;
      lower (fit, lost_ns);
      below_ns -= (double) lost_ns;
    }
  fit->below_ns = below_ns;
}

/* The slope that COUNT SAMPLES, three or more, tell, from the least late ones
   near both ends.  Returns what it may be off.  */
static double
measure (const struct mdtrace_time_fit *fit,
	 const struct mdtrace_time_sample *samples, unsigned count,
	 double *rate)
{
  unsigned third = count / 3;
  const struct mdtrace_time_sample *begin = highest (fit, samples, third);
  const struct mdtrace_time_sample *middle
      = highest (fit, samples + third, count - 2 * third);
  const struct mdtrace_time_sample *end
      = highest (fit, samples + count - third, third);
  double counts = (double) (int64_t) (end->tsc - begin->tsc);
  double ns = (double) (int64_t) (end->uptime_ns - begin->uptime_ns);

  *rate = ns / counts;
  double bend_ns = above (middle, begin, *rate);
  if (bend_ns < 0)
    bend_ns = -bend_ns;
  return (fit->late_ns + 4 * bend_ns) / counts + RATE_MEASURED * *rate;
}

/* The slope, from all that is there.  */
static void
find_rate (struct mdtrace_time_fit *fit)
{
  const struct mdtrace_time_sample *last = newest (fit);
  double rate, error, deviation;

  if (fit->old_count >= 3
      && (double) (int64_t) (last->uptime_ns - fit->old[0].uptime_ns)
	     >= BASELINE_NS)
    {
      fit->rate_error = measure (fit, fit->old, fit->old_count, &rate);
      fit->ns_per_count = rate;
      fit->is_measured = true;
      return;
    }
  double counts = (double) (int64_t) (last->tsc - fit->first.tsc);
  double ns = (double) (int64_t) (last->uptime_ns - fit->first.uptime_ns);
  if (fit->is_measured || counts <= 0 || ns <= 0)
    return;
  /* Since the first tick, if what the last ones tell does not contradict.  */
  fit->ns_per_count = ns / counts;
  fit->rate_error = RATE_NOT_MEASURED * fit->ns_per_count;
  if (fit->rate_error < fit->tick_ns / counts)
    fit->rate_error = fit->tick_ns / counts;
  if (fit->recent_count < ENOUGH)
    return;
  error = measure (fit, fit->recent, fit->recent_count, &rate);
  deviation = fit->ns_per_count - rate;
  if (deviation < 0)
    deviation = -deviation;
  if (deviation > error)
    {
      fit->ns_per_count = rate;
      fit->rate_error = error;
    }
  else if (fit->rate_error > deviation + error)
    fit->rate_error = deviation + error;
}

/* The tick that the line goes through.  */
static void
find_line (struct mdtrace_time_fit *fit)
{
  const struct mdtrace_time_sample *last = newest (fit);
  const struct mdtrace_time_sample *best = last;
  double best_ns = 0;

  for (unsigned i = 0; i < fit->recent_count + fit->old_count; i++)
    {
      const struct mdtrace_time_sample *sample
	  = i < fit->recent_count ? &fit->recent[i]
				  : &fit->old[i - fit->recent_count];
      /* With the least slope that there may be.  */
      double ns
	  = above (sample, last, fit->ns_per_count)
	    - fit->rate_error * (double) (int64_t) (last->tsc - sample->tsc);
      if (ns > best_ns)
	{
	  best = sample;
	  best_ns = ns;
	}
    }
  fit->line = *best;
}

/* How late the tick on the line may be.  */
static void
find_lateness (struct mdtrace_time_fit *fit)
{
  double late_ns[MDTRACE_TIME_RECENT];
  const struct mdtrace_time_sample *best
      = highest (fit, fit->recent, fit->recent_count);
  double best_ns = above (best, &fit->line, fit->ns_per_count);

  fit->late_ns = fit->tick_ns;
  fit->age_counts = (double) (int64_t) (newest (fit)->tsc - best->tsc);
  if (fit->recent_count < ENOUGH)
    return;
  if (best_ns < 0)
    {
      /* An older one was less late than they are.  */
      best = &fit->line;
      best_ns = 0;
      fit->age_counts = (double) (int64_t) (newest (fit)->tsc - best->tsc);
    }
  for (unsigned i = 0; i < fit->recent_count; i++)
    {
      double late = -above (&fit->recent[i], best, fit->ns_per_count);
      unsigned place = i;
      for (; place > 0 && late_ns[place - 1] > late; place--)
	late_ns[place] = late_ns[place - 1];
      late_ns[place] = late;
    }
  /* Of few, that which is latest.  */
  unsigned count = fit->recent_count;
  double typical_ns = late_ns[count < FEW ? count - 1 : count / 2];
  double scale = count < MANY ? (double) MANY / count : 1;
  fit->late_ns = PUNCTUAL_NS + best_ns + 4 * typical_ns * scale;
}

void
time_fit_add (struct mdtrace_time_fit *fit, const mdtrace_clock_t *clock)
{
  struct mdtrace_time_sample sample = { clock->tsc, clock->uptime_ns };

  if (fit->recent_count == 0)
    {
      fit->first.tsc = clock->first_tsc;
      fit->first.uptime_ns = clock->first_uptime_ns;
      fit->ns_per_count = NS_PER_COUNT_MIN;
      fit->line = sample;
      if ((int64_t) (sample.tsc - fit->first.tsc) < 0)
	/* The counter was set.  */
	fit->first = sample;
    }
  else if (newest (fit)->tsc == sample.tsc)
    return;
  if (clock->ticks > 0)
    fit->tick_ns = (double) (clock->uptime_ns / clock->ticks);
  if (fit->recent_count > 0)
    judge (fit, &sample);
  append (fit->recent, &fit->recent_count, MDTRACE_TIME_RECENT, &sample);
  keep (fit, &sample);
  find_rate (fit);
  find_line (fit);
  find_lateness (fit);
}

uint64_t
time_fit_uptime (const struct mdtrace_time_fit *fit, uint64_t tsc)
{
  double counts = (double) (int64_t) (tsc - fit->line.tsc);

  return fit->line.uptime_ns
	 + (uint64_t) (int64_t) (counts * fit->ns_per_count);
}

double
time_fit_error_ns (const struct mdtrace_time_fit *fit, double counts)
{
  double error_ns = fit->late_ns + fit->rate_error * fit->age_counts;

  /* More than that a tick is not late, but lost.  */
  if (error_ns > fit->tick_ns)
    error_ns = fit->tick_ns;
  error_ns += fit->rate_error * counts;
  /* Late, or one was lost: the next one will tell.  */
  if (fit->below_ns >= fit->tick_ns / 2)
    error_ns += fit->below_ns;
  return error_ns;
}
