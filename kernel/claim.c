/* Who reads the trace rings.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "claim.h"
#include "mdtrace_errors.h"
#include "ring.h"
#include "text.h"
#include "x86/cpu.h"

#if MACH_DTRACE

/* The holder, empty if there is none, and the clock tick at which its lease
   ends.  [server lock] to change: the holder only while all rings are stopped,
   since a CPU whose ring is frozen asks whether there is one; one whose lease
   has ended is none for it, and may be forgotten, by its first byte, at any
   moment.  */
static char current_holder[MDTRACE_HOLDER_BYTES];
static unsigned long lease_end;

/* How many claims there have been, and which one has lapsed and was not asked
   for yet, 0 if none.  [server lock]  */
static uint64_t last_number, lapsed_number;

bool
claim_is_held (void)
{
  unsigned long end = __atomic_load_n (&lease_end, __ATOMIC_RELAXED);
  unsigned long now = __atomic_load_n (&mach_elapsed_ticks, __ATOMIC_RELAXED);

  return current_holder[0] != '\0' && (long) (end - now) > 0;
}

bool
claim_is_held_by (const char *holder)
{
  return claim_is_held () && text_is_terminated (holder, MDTRACE_HOLDER_BYTES)
	 && text_equal (holder, current_holder);
}

uint64_t
claim_number (void)
{
  return claim_is_held () ? last_number : 0;
}

/* See whether the lease has ended: from then on nobody has the claim, however
   long the kernel counts ticks.  */
static void
look_at_lease (void)
{
  if (current_holder[0] != '\0' && !claim_is_held ())
    {
      current_holder[0] = '\0';
      lapsed_number = last_number;
    }
}

uint64_t
claim_lapsed (void)
{
  look_at_lease ();
  uint64_t number = lapsed_number;
  lapsed_number = 0;
  return number;
}

static int
set_lease (uint32_t lease_ms)
{
  if (lease_ms < CLAIM_LEASE_MS_MIN || lease_ms > CLAIM_LEASE_MS_MAX)
    return MDTRACE_ERR_BAD_ARGUMENT;
  __atomic_store_n (&lease_end,
		    mach_elapsed_ticks + lease_ms / 1000 * mach_hz
			+ lease_ms % 1000 * mach_hz / 1000,
		    __ATOMIC_RELAXED);
  return MDTRACE_OK;
}

int
claim_take (const char *holder, uint32_t lease_ms)
{
  if (!text_is_terminated (holder, MDTRACE_HOLDER_BYTES) || holder[0] == '\0')
    return MDTRACE_ERR_BAD_ARGUMENT;
  /* A tick may end it at any moment: it is looked at once.  */
  look_at_lease ();
  bool is_taken_over = current_holder[0] != '\0';
  if (is_taken_over && !text_equal (holder, current_holder))
    return MDTRACE_ERR_RING_CLAIMED;
  int error = set_lease (lease_ms);
  if (error != MDTRACE_OK)
    return error;
  if (!is_taken_over)
    last_number++;
  word_t flags = rings_stop ();
  text_copy (current_holder, sizeof current_holder, holder);
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      ring_freeze (&rings[cpu]);
      ring_forget_task_names (&rings[cpu]);
    }
  rings_go (flags);
  return MDTRACE_OK;
}

int
claim_renew (const char *holder, uint32_t lease_ms)
{
  return claim_is_held_by (holder) ? set_lease (lease_ms)
				   : MDTRACE_ERR_NOT_CLAIMED;
}

int
claim_release (const char *holder)
{
  if (!claim_is_held_by (holder))
    return MDTRACE_ERR_NOT_CLAIMED;
  word_t flags = rings_stop ();
  current_holder[0] = '\0';
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    ring_thaw (&rings[cpu]);
  rings_go (flags);
  return MDTRACE_OK;
}

void
claim_get_holder (char *holder)
{
  text_copy (holder, MDTRACE_HOLDER_BYTES,
	     claim_is_held () ? current_holder : "");
}

#endif /* MACH_DTRACE */
