/* From time stamps to time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel publishes pairs of the time stamp counter and its clocks, taken
   at a clock tick.  time_fit.c finds the line from the counter to uptime in
   them, which is never set.  The time of day is that and an offset.  Here that
   moving target becomes a function that never goes back: straight pieces,
   each from a knot to the next.

   What was given out stays: up to the last time stamp that was asked for, and
   up to the last synchronisation, the pieces are not touched.  From there the
   function is led back to the line, and events that nobody has asked for yet
   lie between two synchronisations instead of beyond the last one:

     a little beside it		in a second, or until now if that is longer
     behind by more		along the slope until now, then a jump
     ahead by more		straight to where the line is now, if that is
				later than what was given out; otherwise at
				half its slope until it is met

   A clock that was set back by more than MDTRACE_TIME_HELD_NS is not
   followed.  */

#include <config.h>

#include <string.h>

#include "time_fit.h"

#define NS_PER_SECOND 1e9
/* More than any clock that makes sense: half of what there is, in 64 bits with
   a sign.  */
#define LIMIT_NS 4e18

/* COUNTS at RATE in nanoseconds.  */
static uint64_t
nanoseconds (double counts, double rate)
{
  double ns = counts * rate;

  return (uint64_t) (ns < LIMIT_NS ? ns : LIMIT_NS);
}

/* The time of TSC, which has no knot behind it if KNOT is the last one.  */
static uint64_t
time_from (const struct mdtrace_time *time,
	   const struct mdtrace_time_knot *knot, uint64_t tsc)
{
  int64_t counts = (int64_t) (tsc - knot->tsc);

  if (counts < 0)
    {
      uint64_t before = nanoseconds (-(double) counts, knot->ns_per_count);
      return before < knot->time_ns ? knot->time_ns - before : 0;
    }
  uint64_t ns
      = knot->time_ns + nanoseconds ((double) counts, knot->ns_per_count);
  if (knot < &time->knots[time->knot_count - 1] && ns > knot[1].time_ns)
    /* Rounded up.  */
    return knot[1].time_ns;
  return ns;
}

static uint64_t
time_at (const struct mdtrace_time *time, uint64_t tsc)
{
  const struct mdtrace_time_knot *knot = &time->knots[time->knot_count - 1];

  while (knot > time->knots && (int64_t) (tsc - knot->tsc) < 0)
    knot--;
  return time_from (time, knot, tsc);
}

uint64_t
mdtrace_time_of (struct mdtrace_time *time, uint64_t tsc)
{
  if (time->knot_count == 0)
    return 0;
  if ((int64_t) (tsc - time->asked_tsc) > 0)
    time->asked_tsc = tsc;
  return time_at (time, tsc);
}

void
mdtrace_time_resume (struct mdtrace_time *time, uint64_t tsc, uint64_t time_ns)
{
  memset (time, 0, sizeof *time);
  time->knots[0].tsc = tsc;
  time->knots[0].time_ns = time_ns;
  time->knot_count = 1;
  time->tsc = time->asked_tsc = tsc;
  time->time_ns = time_ns;
  time->error_ns = UINT64_MAX;
}

uint64_t
mdtrace_time_error_ns (const struct mdtrace_time *time)
{
  return time->knot_count == 0 ? UINT64_MAX : time->error_ns;
}

/* The time of TSC as it should be.  */
static uint64_t
line_at (const struct mdtrace_time *time, uint64_t tsc)
{
  return time_fit_uptime (&time->fit, tsc) + time->offset_ns;
}

/* Make room for a knot.  */
static void
drop_knot (struct mdtrace_time *time)
{
  struct mdtrace_time_knot *knots = time->knots;
  /* The first one, if all that was given out before the second is past;
     otherwise one that nobody has asked for anything behind.  */
  unsigned index = (int64_t) (time->asked_tsc - knots[1].tsc) >= 0 ? 0 : 2;

  time->knot_count--;
  memmove (&knots[index], &knots[index + 1],
	   (time->knot_count - index) * sizeof knots[0]);
  if (index > 0)
    knots[1].ns_per_count = (double) (knots[2].time_ns - knots[1].time_ns)
			    / (double) (int64_t) (knots[2].tsc - knots[1].tsc);
}

/* From TSC on, which is later than all knots, the time is TIME_NS and goes on
   by NS_PER_COUNT.  */
static void
add_knot (struct mdtrace_time *time, uint64_t tsc, uint64_t time_ns,
	  double ns_per_count)
{
  if (time->knot_count == MDTRACE_TIME_KNOTS)
    drop_knot (time);
  struct mdtrace_time_knot *knot = &time->knots[time->knot_count++];
  knot->tsc = tsc;
  knot->time_ns = time_ns;
  knot->ns_per_count = ns_per_count;
}

/* Cut off what nobody can have seen: all behind FROM.  Returns the time of
   that.  */
static uint64_t
cut (struct mdtrace_time *time, uint64_t from)
{
  uint64_t time_ns = time_at (time, from);

  while (time->knot_count > 1
	 && (int64_t) (time->knots[time->knot_count - 1].tsc - from) > 0)
    time->knot_count--;
  if (time->knots[time->knot_count - 1].tsc != from)
    add_knot (time, from, time_ns, time->ns_per_count);
  return time_ns;
}

/* Lead the time back to the line, from what was given out until NOW.  */
static void
bend (struct mdtrace_time *time, uint64_t now)
{
  double rate = time->fit.ns_per_count;
  uint64_t from = time->tsc;

  if ((int64_t) (time->asked_tsc - from) > 0)
    from = time->asked_tsc;
  uint64_t time_ns = cut (time, from);
  struct mdtrace_time_knot *last = &time->knots[time->knot_count - 1];
  double ahead_ns = (double) (int64_t) (time_ns - line_at (time, from));
  double counts = (double) (int64_t) (now - from);
  double span = counts > NS_PER_SECOND / rate ? counts : NS_PER_SECOND / rate;
  double distance_ns = ahead_ns < 0 ? -ahead_ns : ahead_ns;
  uint64_t join;

  last->ns_per_count = rate;
  if (distance_ns <= span * rate / 2)
    {
      last->ns_per_count = rate - ahead_ns / span;
      join = from + (uint64_t) span;
    }
  else if (ahead_ns < 0)
    join = counts > 0 ? now : from + 1;
  else if (counts > 0 && line_at (time, now) > time_ns)
    {
      last->ns_per_count = (double) (line_at (time, now) - time_ns) / counts;
      join = now;
    }
  else
    {
      last->ns_per_count = rate / 2;
      join = from + nanoseconds (2 * ahead_ns, 1 / rate);
    }
  uint64_t joined_ns = line_at (time, join);
  add_knot (time, join, joined_ns > time_ns ? joined_ns : time_ns, rate);
}

/* Whether CLOCK may be a later reading of the same clocks as the last one.  */
static bool
goes_on (const struct mdtrace_time *time, const mdtrace_clock_t *clock)
{
  const mdtrace_clock_t *last = &time->clock;

  return clock->first_tsc == last->first_tsc
	 && clock->first_uptime_ns == last->first_uptime_ns
	 && clock->uptime_ns >= last->uptime_ns
	 && (int64_t) (clock->tsc - last->tsc) >= 0
	 && (int64_t) (clock->tsc_now - last->tsc_now) >= 0;
}

/* Begin anew at CLOCK: the kernel was restarted, or its counter was set.  In
   the latter case the time still does not go back.  */
static void
start_over (struct mdtrace_time *time, const mdtrace_clock_t *clock)
{
  uint64_t given_ns = time->time_ns;

  if (clock->first_tsc != time->clock.first_tsc
      || clock->first_uptime_ns != time->clock.first_uptime_ns
      || clock->uptime_ns < time->clock.uptime_ns)
    {
      memset (time, 0, sizeof *time);
      return;
    }
  if ((int64_t) (time->asked_tsc - time->tsc) > 0)
    given_ns = time_at (time, time->asked_tsc);
  time->knot_count = 0;
  add_knot (time, clock->tsc_now, given_ns, 0);
  time->tsc = time->asked_tsc = clock->tsc_now;
}

/* Follow the time of day in CLOCK.  Returns by how much it is not.  */
static double
set_offset (struct mdtrace_time *time, const mdtrace_clock_t *clock,
	    bool is_first)
{
  uint64_t offset_ns = clock->time_ns - clock->uptime_ns;
  double forward_ns = (double) (int64_t) (offset_ns - time->offset_ns);

  if (!is_first && forward_ns < -(double) MDTRACE_TIME_HELD_NS)
    return -forward_ns;
  time->offset_ns = offset_ns;
  /* One that is being adjusted goes on so until the next time.  */
  if (is_first || forward_ns > time->fit.tick_ns)
    return 0;
  return forward_ns < 0 ? -forward_ns : forward_ns;
}

void
mdtrace_time_update (struct mdtrace_time *time, const mdtrace_clock_t *clock)
{
  uint64_t now = clock->tsc_now;

  if (clock->first_tsc == 0)
    /* No tick yet.  */
    return;
  if (time->fit.recent_count > 0 && !goes_on (time, clock))
    start_over (time, clock);
  bool is_first = time->fit.recent_count == 0;
  time_fit_add (&time->fit, clock);
  double rate = time->fit.ns_per_count;
  double missed_ns = set_offset (time, clock, is_first);
  double second = NS_PER_SECOND / rate;
  double since = is_first ? second : (double) (int64_t) (now - time->tsc);
  if (since < second)
    since = second;
  if (is_first && (int64_t) (time->tsc - now) > 0)
    /* It cannot have ended later than now.  */
    time->knot_count = 0;
  if (time->knot_count == 0)
    {
      add_knot (time, now, line_at (time, now), rate);
      time->asked_tsc = now - (UINT64_C (1) << 62);
    }
  else
    {
      /* What is later than now, and more than counters differ, is none of the
	 kernel's time stamps.  */
      if ((double) (int64_t) (time->asked_tsc - now) > second)
	time->asked_tsc = now;
      bend (time, now);
    }

  time->clock = *clock;
  time->tsc = now;
  time->time_ns = time_at (time, now);
  time->uptime_ns = time_fit_uptime (&time->fit, now);
  time->ns_per_count = rate;
  double ahead_ns = (double) (int64_t) (time->time_ns - line_at (time, now));
  double error_ns = time_fit_error_ns (&time->fit, since) + missed_ns
		    + (ahead_ns < 0 ? -ahead_ns : ahead_ns);
  time->error_ns = UINT64_MAX;
  time->drift_ns = 0;
  if (time->fit.rate_error > 0 && error_ns < LIMIT_NS)
    {
      time->error_ns = (uint64_t) error_ns + 1;
      time->drift_ns = nanoseconds (since, time->fit.rate_error);
    }
}
