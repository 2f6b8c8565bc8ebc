/* What probes may take of the CPUs' time: limits, budgets, and the deadman.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "budget.h"
#include "command_line.h"
#include "mdtrace_errors.h"
#include "sites.h"
#include "x86/breakpoint.h"
#include "x86/cpu.h"
#include "x86/gate.h"

#if MACH_DYNAMIC_PROBES

enum
{
  /* A sample counts for so many times what is usual, and a little more.  */
  UNUSUAL = 16,
  UNUSUAL_COUNTS = 1000,
  /* Newer samples have the weight of one in so many.  */
  USUAL_SAMPLES = 8
};

/* What a gate and a breakpoint take by themselves.  [I after the start]  */
static uint32_t gate_counts, breakpoint_counts;

/* What all probes may take of each CPU, in 1/10000; 0: anything.  [s] but
   read at ticks.  */
static uint32_t share_max = MDTRACE_SHARE;

void
budget_start (void)
{
  const char *share = command_line_value ("mdtrace.share=");

  gate_counts = gate_measure ();
  breakpoint_counts = breakpoint_measure ();
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    dtrace_cpus[cpu].unsampled = DTRACE_SAMPLE;
  if (share == NULL)
    return;
  uint32_t percent = 0;
  for (; *share >= '0' && *share <= '9' && percent <= 100; share++)
    percent = 10 * percent + *share - '0';
  if (percent > 100)
    printf ("mdtrace: mdtrace.share: at most 100 percent\n");
  else
    share_max = percent * (MDTRACE_SHARE_ALL / 100);
}

/* -------------------------------------------------------------------- */
/* In a handler.  */

/* What it takes to get to the handler of ENABLING and back.  Each of several
   at one site is charged with it: rather too much than too little.  */
static inline uint32_t
way_counts (const struct dtrace_enabling *enabling)
{
  return enabling->site->mode == MDTRACE_MODE_BREAKPOINT ? breakpoint_counts
							 : gate_counts;
}

void
budget_account (struct dtrace_cpu *state,
		const struct dtrace_enabling *enabling)
{
  struct dtrace_usage *usage = &enabling->format->usage[state->number];
  uint64_t taken = time_stamp () - state->began;
  uint32_t most = usage->usual * UNUSUAL + UNUSUAL_COUNTS;
  uint32_t sample = taken < most ? taken : most;

  usage->usual += sample / USUAL_SAMPLES - usage->usual / USUAL_SAMPLES;
  /* What is known and not measured is never unusual.  */
  taken += way_counts (enabling);
  uint64_t known = sample + way_counts (enabling);
  if (!(enabling->actions & DTRACE_BUDGET))
    taken = known *= DTRACE_SAMPLE;
  state->spent += known;
  if (usage->period != state->period)
    {
      usage->period = state->period;
      usage->period_spent = 0;
    }
  usage->period_spent += taken;
  usage->spent += taken;
}

bool
budget_is_spent (const struct dtrace_cpu *state,
		 const struct dtrace_enabling *enabling)
{
  const struct dtrace_format *format = enabling->format;
  const struct dtrace_usage *usage = &format->usage[state->number];

  return usage->period == state->period
	 && usage->period_spent
		>= (uint64_t) state->period_unit * format->budget;
}

bool
budget_reaches_limit (const struct dtrace_cpu *state,
		      const struct dtrace_enabling *enabling)
{
  struct dtrace_usage *usage = &enabling->format->usage[state->number];

  if (usage->second != state->second)
    {
      usage->second = state->second;
      usage->used = 0;
    }
  if (usage->used == enabling->format->limit)
    return true;
  usage->used++;
  return false;
}

/* -------------------------------------------------------------------- */
/* At ticks.  */

/* PART in 1/10000 of WHOLE, at most all of it.  A 32-bit machine has no 64-bit
   division.  */
static uint32_t
share_of (uint64_t part, uint64_t whole)
{
  if (part >= whole)
    return MDTRACE_SHARE_ALL;
  while (whole > UINT32_MAX / MDTRACE_SHARE_ALL)
    {
      whole >>= 1;
      part >>= 1;
    }
  return (uint32_t) part * MDTRACE_SHARE_ALL / (uint32_t) whole;
}

/* A tenth of a second has passed on the CPU of STATE, and it is NOW.  */
static void
end_period (struct dtrace_cpu *state, uint64_t now)
{
  unsigned slot = state->period % (DTRACE_PERIODS + 1);
  unsigned next = (slot + 1) % (DTRACE_PERIODS + 1);
  uint64_t counts = now - state->periods[slot].tsc;

  if (state->forget)
    {
      state->filled = 0;
      state->share = 0;
      state->forget = false;
    }
  state->period_unit
      = (counts < UINT32_MAX ? (uint32_t) counts : UINT32_MAX)
	/ MDTRACE_SHARE_ALL;
  state->period++;
  state->periods[next].tsc = now;
  state->periods[next].spent = state->spent;
  /* The one behind is the oldest: DTRACE_PERIODS ago.  */
  unsigned oldest = (next + 1) % (DTRACE_PERIODS + 1);
  if (state->filled < DTRACE_PERIODS + 1)
    state->filled++;
  if (state->filled < DTRACE_PERIODS + 1 || state->overdrawn)
    return;
  state->share = share_of (state->spent - state->periods[oldest].spent,
			   now - state->periods[oldest].tsc);
  if (share_max > 0 && state->share > share_max)
    __atomic_store_n (&state->overdrawn, true, __ATOMIC_RELEASE);
}

void
budget_tick (unsigned cpu, uint64_t tsc)
{
  struct dtrace_cpu *state = &dtrace_cpus[cpu];

  state->ticks++;
  if (state->ticks % (mach_hz / DTRACE_PERIODS) == 0)
    end_period (state, tsc);
  if (state->ticks % mach_hz == 0)
    state->second++;
}

/* -------------------------------------------------------------------- */
/* In a thread.  */

bool
budget_has_struck (unsigned *cpu, uint32_t *share)
{
  for (unsigned i = 0; i < cpus; i++)
    if (__atomic_load_n (&dtrace_cpus[i].overdrawn, __ATOMIC_ACQUIRE))
      {
	*cpu = i;
	*share = dtrace_cpus[i].share;
	dtrace_cpus[i].stops++;
	return true;
      }
  return false;
}

void
budget_go_on (void)
{
  for (unsigned i = 0; i < cpus; i++)
    {
      dtrace_cpus[i].forget = true;
      __atomic_store_n (&dtrace_cpus[i].overdrawn, false, __ATOMIC_RELEASE);
    }
}

uint32_t
budget_get_loads (mdtrace_load_t *loads)
{
  for (unsigned i = 0; i < cpus; i++)
    {
      loads[i].share_max = share_max;
      loads[i].share = dtrace_cpus[i].share;
      loads[i].stops = dtrace_cpus[i].stops;
    }
  return cpus;
}

int
budget_set_share (uint32_t share)
{
  if (share > MDTRACE_SHARE_ALL)
    return MDTRACE_ERR_BAD_ARGUMENT;
  share_max = share;
  return MDTRACE_OK;
}

#endif /* MACH_DYNAMIC_PROBES */
