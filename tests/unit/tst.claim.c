/* The claim of the trace rings: leases, and who takes over from whom.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "claim.h"
#include "mdtrace_errors.h"
#include "ring_model.h"
#include "tap.h"

static const mdtrace_holder_t daemon_name = "mdtraced on host";
static const mdtrace_holder_t other_name = "somebody else";

static void
check_holder (const char *expected)
{
  mdtrace_holder_t holder;

  memset (holder, 'x', sizeof holder);
  claim_get_holder (holder);
  CHECK (memchr (holder, '\0', sizeof holder) != NULL);
  CHECK_TEXT (holder, expected);
  CHECK_NUMBER (claim_is_held_by (daemon_name),
		strcmp (expected, daemon_name) == 0);
}

static void
boot (void)
{
  standin_boot ("");
  mdtrace_start ();
}

static void
is_taken_and_released (void)
{
  boot ();
  check_holder ("");
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  check_holder (daemon_name);
  CHECK_NUMBER (claim_release (daemon_name), MDTRACE_OK);
  check_holder ("");
  CHECK_NUMBER (claim_take (other_name, 1000), MDTRACE_OK);
  check_holder (other_name);
}

/* The claim lasts TICKS ticks for a lease of MS milliseconds.  */
static void
check_lease (uint32_t ms, unsigned ticks)
{
  CHECK_NUMBER (claim_take (daemon_name, ms), MDTRACE_OK);
  standin_ticks (ticks - 1);
  check_holder (daemon_name);
  standin_ticks (1);
  check_holder ("");
  standin_ticks (1);
  check_holder ("");
}

static void
lasts_as_long_as_its_lease (void)
{
  boot ();
  check_lease (1000, 100);
  check_lease (1010, 101);
  check_lease (1019, 101);
  check_lease (1999, 199);
  check_lease (600000, 60000);
}

static void
lasts_where_ticks_wrap (void)
{
  boot ();
  mach_elapsed_ticks = -50UL;
  check_lease (1000, 100);
  mach_elapsed_ticks = -100UL;
  check_lease (1000, 100);
  mach_elapsed_ticks = (-1UL >> 1) - 50;
  check_lease (1000, 100);
}

/* A claim that has ended does not come to life again when the ticks have gone
   halfway around.  */
static void
does_not_come_back (void)
{
  boot ();
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  CHECK_NUMBER (claim_number (), 1);
  standin_ticks (100);
  CHECK_NUMBER (claim_number (), 0);
  CHECK_NUMBER (claim_lapsed (), 1);
  CHECK_NUMBER (claim_lapsed (), 0);
  mach_elapsed_ticks += 1 + (-1UL >> 1);
  check_holder ("");
  CHECK_NUMBER (claim_take (other_name, 1000), MDTRACE_OK);
  CHECK_NUMBER (claim_number (), 2);
}

/* Only a claim that is neither given back nor taken over lapses.  */
static void
lapses (void)
{
  boot ();
  CHECK_NUMBER (claim_lapsed (), 0);
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  CHECK_NUMBER (claim_release (daemon_name), MDTRACE_OK);
  standin_ticks (200);
  CHECK_NUMBER (claim_lapsed (), 0);
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  CHECK_NUMBER (claim_number (), 2);
  standin_ticks (99);
  CHECK_NUMBER (claim_lapsed (), 0);
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  CHECK_NUMBER (claim_number (), 2);
  standin_ticks (100);
  CHECK_NUMBER (claim_lapsed (), 2);
  /* Nobody has asked when the next one comes.  */
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  standin_ticks (100);
  CHECK_NUMBER (claim_take (other_name, 1000), MDTRACE_OK);
  CHECK_NUMBER (claim_number (), 4);
  CHECK_NUMBER (claim_lapsed (), 3);
  CHECK_NUMBER (claim_number (), 4);
  CHECK_NUMBER (claim_release (other_name), MDTRACE_OK);
  CHECK_NUMBER (claim_lapsed (), 0);
}

static void
is_renewed (void)
{
  boot ();
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  for (int i = 0; i < 10; i++)
    {
      standin_ticks (99);
      CHECK_NUMBER (claim_renew (daemon_name, 1000), MDTRACE_OK);
    }
  check_holder (daemon_name);
  /* Also to a shorter one.  */
  CHECK_NUMBER (claim_renew (daemon_name, 5000), MDTRACE_OK);
  CHECK_NUMBER (claim_renew (daemon_name, 1000), MDTRACE_OK);
  standin_ticks (100);
  check_holder ("");
}

static void
is_taken_over_by_the_same_name (void)
{
  boot ();
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  standin_ticks (50);
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  standin_ticks (99);
  check_holder (daemon_name);
}

static void
is_taken_after_the_lease (void)
{
  boot ();
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  standin_ticks (100);
  CHECK_NUMBER (claim_take (other_name, 1000), MDTRACE_OK);
  check_holder (other_name);
}

static void
has_tasks_named_anew (void)
{
  boot ();
  CHECK (model_write_name (&rings[0], 0, &standin_tasks[0]));
  CHECK (!ring_lacks_task_name (&rings[0], &standin_tasks[0]));
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  CHECK (ring_lacks_task_name (&rings[0], &standin_tasks[0]));
  /* To renew it changes nothing.  */
  CHECK (model_write_name (&rings[0], 0, &standin_tasks[0]));
  CHECK_NUMBER (claim_renew (daemon_name, 1000), MDTRACE_OK);
  CHECK (!ring_lacks_task_name (&rings[0], &standin_tasks[0]));
}

static void
takes_the_longest_name (void)
{
  mdtrace_holder_t longest;

  boot ();
  memset (longest, 'x', sizeof longest);
  longest[sizeof longest - 1] = '\0';
  CHECK_NUMBER (claim_take (longest, 1000), MDTRACE_OK);
  check_holder (longest);
}

TAP_MAIN ({ is_taken_and_released, "the rings are claimed and given back" },
	  { lasts_as_long_as_its_lease, "a claim lasts as long as its lease" },
	  { lasts_where_ticks_wrap, "also where the kernel's ticks wrap" },
	  { does_not_come_back, "and does not come back then" },
	  { lapses, "it lapses unless it is given back or taken over" },
	  { is_renewed, "a lease is renewed" },
	  { is_taken_over_by_the_same_name,
	    "a claim is taken over by the same name" },
	  { is_taken_after_the_lease, "and by anybody after its lease" },
	  { has_tasks_named_anew, "a new holder has tasks named anew" },
	  { takes_the_longest_name, "a holder's name may fill its array" })
