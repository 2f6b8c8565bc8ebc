/* The health score: how its factors are measured, and what they deduct.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All is made of two snapshots, so that the kernel tells the same of the last
   seconds as whoever has stored snapshots tells of any others.  A machine of 32
   bits has no 64-bit division: what is divided is first made small enough.  */

#ifndef MDTRACE_HEALTH_H
#define MDTRACE_HEALTH_H

#include "mdtrace_types.h"

enum
{
  /* Between the two snapshots, or what there is of them.  */
  MDTRACE_HEALTH_WINDOW_SECONDS = 10
};

/* Whether to divide bit by bit: where there is no 64-bit division.  */
#ifndef MDTRACE_HEALTH_BY_BITS
#define MDTRACE_HEALTH_BY_BITS (__SIZEOF_POINTER__ < 8)
#endif

/* The numbers of one factor, in its unit.  */
struct mdtrace_health_rule
{
  uint32_t reference; /* up to this nothing is deducted */
  uint32_t worst;     /* from this on all of POINTS; greater than REFERENCE */
  uint32_t points;    /* 0 to 100 */
};

static const struct mdtrace_health_rule
    mdtrace_health_rules_default[MDTRACE_HEALTH_FACTORS]
    __attribute__ ((unused))
    = {
#define MDTRACE_HEALTH(name, word, counter, unit, reference, worst, points,   \
		       measured)                                              \
  { reference, worst, points },
#include "mdtrace_health.def"
#undef MDTRACE_HEALTH
      };

/* DIVIDEND / DIVISOR, which is not 0, and what is left.  */
static inline uint64_t
mdtrace_health_divide (uint64_t dividend, uint64_t divisor, uint64_t *rest)
{
#if !MDTRACE_HEALTH_BY_BITS
  *rest = dividend % divisor;
  return dividend / divisor;
#else
  uint64_t quotient = 0;

  *rest = 0;
  for (int bit = 63; bit >= 0; bit--)
    {
      int carry = *rest >> 63;
      *rest = *rest << 1 | (dividend >> bit & 1);
      quotient <<= 1;
      if (carry || *rest >= divisor)
	{
	  *rest -= divisor;
	  quotient |= 1;
	}
    }
  return quotient;
#endif
}

/* FACTOR * PART / WHOLE, rounded down, or up if ROUND_UP; UINT64_MAX if that
   has more than 64 bits, or 64 of which the upper half are ones.  Where WHOLE
   takes more than 32 bits the fraction of PART / WHOLE is that of its upper
   32.  0 if WHOLE is 0.  */
static inline uint64_t
mdtrace_health_ratio (uint32_t factor, uint64_t part, uint64_t whole,
		      int round_up)
{
  uint64_t rest;

  if (whole == 0)
    return 0;
  uint64_t quotient = mdtrace_health_divide (part, whole, &rest);
  /* FACTOR times that must fit, and leave room for the fraction.  */
  if ((quotient >> 32) * factor + ((quotient & UINT32_MAX) * factor >> 32)
      >= UINT32_MAX)
    return UINT64_MAX;
  while (whole > UINT32_MAX)
    {
      whole >>= 1;
      rest = rest >> 1 | (round_up ? rest & 1 : 0);
    }
  quotient *= factor;
  quotient += mdtrace_health_divide (factor * rest, whole, &rest);
  return quotient + (round_up && rest > 0);
}

/* Set the members KNOWN and MEASURED of FACTOR, from what has happened between
   the snapshots THEN and NOW.  */
static inline void
mdtrace_health_measure (const mdtrace_snapshot_t *then,
			const mdtrace_snapshot_t *now, unsigned factor,
			struct mdtrace_health_deduction *deduction)
{
  uint64_t window = (now->uptime_ns - then->uptime_ns) * now->cpus;
  const struct mdtrace_counter_sum *before, *after;
  unsigned counter = 0;

  deduction->known = window > 0;
  deduction->measured = 0;
  switch (factor)
    {
    case MDTRACE_HEALTH_MEMORY:
      deduction->known = 1;
      if (now->free_bytes < now->low_bytes && now->low_bytes > now->min_bytes)
	deduction->measured = mdtrace_health_ratio (
	    10000, now->low_bytes - now->free_bytes,
	    now->low_bytes - now->min_bytes, 0);
      if (deduction->measured > 10000)
	deduction->measured = 10000;
      return;
    case MDTRACE_HEALTH_CPU:
      {
	uint64_t busy = now->user_ns - then->user_ns
			+ (now->system_ns - then->system_ns);
	deduction->measured = mdtrace_health_ratio (
	    10000, busy, busy + (now->idle_ns - then->idle_ns), 0);
	return;
      }
    case MDTRACE_HEALTH_LOST_EVENTS:
      deduction->measured = mdtrace_health_ratio (
	  10000, now->lost - then->lost, now->hits - then->hits, 1);
      return;
    case MDTRACE_HEALTH_LOCK_CONTENTION:
      counter = MDTRACE_COUNTER_LOCK_CONTENTION;
      break;
    case MDTRACE_HEALTH_INTERRUPT_OVERHEAD:
      counter = MDTRACE_COUNTER_INTERRUPT_OVERHEAD;
      break;
    case MDTRACE_HEALTH_SCHEDULE_LATENCY:
      counter = MDTRACE_COUNTER_SCHEDULE_LATENCY;
      break;
    case MDTRACE_HEALTH_IPC_LATENCY:
      counter = MDTRACE_COUNTER_IPC_LATENCY;
      break;
    default:
      deduction->known = 0;
      return;
    }
  before = &then->counters[counter];
  after = &now->counters[counter];
  /* On all the time, and not begun anew.  */
  if (!(then->known & now->known & MDTRACE_COUNTER_BIT (counter))
      || after->count < before->count || after->sum < before->sum)
    deduction->known = 0;
  if (!deduction->known)
    return;
  if (factor == MDTRACE_HEALTH_IPC_LATENCY)
    deduction->measured = mdtrace_health_ratio (
	10000,
	now->ipc_ns > then->ipc_ns ? now->ipc_ns - then->ipc_ns : 0, window,
	0);
  else
    /* What all durations come to in a second is how many there are at any
       moment, on average: a mean of them would be small as soon as there are
       many short ones beside those that matter.  */
    deduction->measured = mdtrace_health_ratio (
	10000, after->sum - before->sum, window, 0);
}

/* Set the members POINTS and REFERENCE of DEDUCTION by RULE.  */
static inline void
mdtrace_health_deduct (const struct mdtrace_health_rule *rule,
		       struct mdtrace_health_deduction *deduction)
{
  uint64_t measured = deduction->measured;

  deduction->reference = rule->reference;
  deduction->points = 0;
  if (!deduction->known || measured <= rule->reference)
    return;
  deduction->points
      = measured >= rule->worst
	    ? rule->points
	    : mdtrace_health_ratio (rule->points, measured - rule->reference,
				    rule->worst - rule->reference, 1);
}

/* The health from THEN to NOW by RULES, one for each factor.  */
static inline void
mdtrace_health_evaluate (const struct mdtrace_health_rule *rules,
			 const mdtrace_snapshot_t *then,
			 const mdtrace_snapshot_t *now,
			 mdtrace_health_t *health)
{
  uint32_t deducted = 0;

  health->window_seconds = mdtrace_health_ratio (
      1, now->uptime_ns - then->uptime_ns + 500000000, 1000000000, 0);
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      mdtrace_health_measure (then, now, i, &health->factors[i]);
      mdtrace_health_deduct (&rules[i], &health->factors[i]);
      deducted += health->factors[i].points;
    }
  health->score = deducted < 100 ? 100 - deducted : 0;
}

#endif /* MDTRACE_HEALTH_H */
