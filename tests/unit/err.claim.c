/* Claims of the trace rings that are refused.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "claim.h"
#include "ring_model.h"

static const mdtrace_holder_t daemon_name = "mdtraced";
static const mdtrace_holder_t other_name = "other";
static const mdtrace_holder_t no_name = "";
static mdtrace_holder_t endless;

static void
boot (void)
{
  standin_boot ("");
  mdtrace_start ();
  memset (endless, 'x', sizeof endless);
}

static void
check_holder (const char *expected)
{
  mdtrace_holder_t holder;

  claim_get_holder (holder);
  CHECK_TEXT (holder, expected);
}

static void
refuses_a_second_holder (void)
{
  boot ();
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  CHECK_NUMBER (claim_take (other_name, 1000), MDTRACE_ERR_RING_CLAIMED);
  standin_ticks (99);
  CHECK_NUMBER (claim_take (other_name, 1000), MDTRACE_ERR_RING_CLAIMED);
  check_holder (daemon_name);
  /* Names are compared to their ends.  */
  CHECK_NUMBER (claim_take ((mdtrace_holder_t){ "mdtrace" }, 1000),
		MDTRACE_ERR_RING_CLAIMED);
  CHECK_NUMBER (claim_take ((mdtrace_holder_t){ "mdtracedd" }, 1000),
		MDTRACE_ERR_RING_CLAIMED);
}

static void
refuses_bad_leases (void)
{
  static const uint32_t leases[]
      = { 0, CLAIM_LEASE_MS_MIN - 1, CLAIM_LEASE_MS_MAX + 1, UINT32_MAX };

  boot ();
  for (size_t i = 0; i < sizeof leases / sizeof leases[0]; i++)
    {
      CHECK_NUMBER (claim_take (daemon_name, leases[i]),
		    MDTRACE_ERR_BAD_ARGUMENT);
      check_holder ("");
    }
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  for (size_t i = 0; i < sizeof leases / sizeof leases[0]; i++)
    {
      CHECK_NUMBER (claim_renew (daemon_name, leases[i]),
		    MDTRACE_ERR_BAD_ARGUMENT);
      CHECK_NUMBER (claim_take (daemon_name, leases[i]),
		    MDTRACE_ERR_BAD_ARGUMENT);
    }
  /* The lease that was had goes on as it was.  */
  standin_ticks (99);
  check_holder (daemon_name);
  standin_ticks (1);
  check_holder ("");
}

static void
refuses_bad_names (void)
{
  boot ();
  CHECK_NUMBER (claim_take (no_name, 1000), MDTRACE_ERR_BAD_ARGUMENT);
  CHECK_NUMBER (claim_take (endless, 1000), MDTRACE_ERR_BAD_ARGUMENT);
  check_holder ("");
  CHECK (!claim_is_held_by (no_name));
  CHECK (!claim_is_held_by (endless));
  CHECK_NUMBER (claim_renew (no_name, 1000), MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (claim_renew (endless, 1000), MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (claim_release (no_name), MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (claim_release (endless), MDTRACE_ERR_NOT_CLAIMED);
}

static void
refuses_whoever_has_no_claim (void)
{
  boot ();
  CHECK_NUMBER (claim_renew (daemon_name, 1000), MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (claim_release (daemon_name), MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  CHECK_NUMBER (claim_renew (other_name, 1000), MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (claim_release (other_name), MDTRACE_ERR_NOT_CLAIMED);
  check_holder (daemon_name);
}

static void
refuses_whoever_is_late (void)
{
  boot ();
  CHECK_NUMBER (claim_take (daemon_name, 1000), MDTRACE_OK);
  standin_ticks (100);
  CHECK_NUMBER (claim_renew (daemon_name, 1000), MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (claim_release (daemon_name), MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (claim_take (other_name, 1000), MDTRACE_OK);
  CHECK_NUMBER (claim_renew (daemon_name, 1000), MDTRACE_ERR_NOT_CLAIMED);
  check_holder (other_name);
}

/* The library tells who has them.  */
static void
names_the_holder (void)
{
  struct mdtrace_rings *first, *second;

  boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "the first", &first),
		MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "the second", &second),
		MDTRACE_ERR_RING_CLAIMED);
  CHECK (second == NULL);
  CHECK_TEXT (loopback->detail, "by 'the first'");
  CHECK_NUMBER (mdtrace_rings_renew (first), MDTRACE_OK);
  standin_ticks (MDTRACE_LEASE_MS / 10);
  CHECK_NUMBER (mdtrace_rings_renew (first), MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "the second", &second),
		MDTRACE_OK);
  mdtrace_rings_close (second);
  mdtrace_rings_close (first);
}

/* Open a ring in MODE that holds some records, of which the first is read, and
   let the lease end.  */
static struct mdtrace_rings *
open_and_be_late (struct ring_model *model, enum mdtrace_ring_mode mode)
{
  struct mdtrace_rings *consumer;

  model_boot (&rings[0], mode, 0);
  for (int i = 0; i < 3; i++)
    CHECK (model_write (model, &rings[0], 10));
  CHECK_NUMBER (mdtrace_rings_open (loopback, "late", &consumer), MDTRACE_OK);
  CHECK (model_read (model, consumer));
  standin_ticks (MDTRACE_LEASE_MS / 10);
  return consumer;
}

static void
check_too_late (struct mdtrace_rings *consumer)
{
  const uint64_t *record;
  unsigned words, cpu;

  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		MDTRACE_ERR_NOT_CLAIMED);
  CHECK (record == NULL);
  mdtrace_rings_look (consumer, 0);
  CHECK_NUMBER (mdtrace_rings_next_by_time (consumer, &cpu, &record, &words),
		MDTRACE_ERR_NOT_CLAIMED);
  CHECK (record == NULL);
  mdtrace_rings_close (consumer);
}

/* The ring goes on, and the record that is to be read next gives way to newer
   ones.  */
static void
reads_nothing_that_is_overwritten (void)
{
  struct ring_model model = { 0 };
  struct mdtrace_rings *consumer
      = open_and_be_late (&model, MDTRACE_RING_OVERWRITE);

  /* Nobody has needed its place yet.  */
  CHECK (model_read (&model, consumer));
  while (rings[0].oldest <= 2 * 80)
    CHECK (model_write (&model, &rings[0], 10));
  check_too_late (consumer);
}

/* What stands there now looks like a pad, behind which is a record.  */
static void
passes_over_nothing_that_is_overwritten (void)
{
  struct ring_model model = { 0 };
  struct mdtrace_rings *consumer
      = open_and_be_late (&model, MDTRACE_RING_OVERWRITE);

  while (rings[0].oldest <= 2 * 80)
    CHECK (model_write (&model, &rings[0], 10));
  ((uint64_t *) rings[0].data)[10] = mdtrace_record_word (
      0, (rings[0].oldest - 80) / 8, MDTRACE_RECORD_PAD, 0);
  check_too_late (consumer);
}

/* Somebody else has read and released it.  */
static void
reads_nothing_that_another_released (void)
{
  struct ring_model model = { 0 };
  struct mdtrace_rings *other,
      *consumer = open_and_be_late (&model, MDTRACE_RING_DISCARD);

  CHECK_NUMBER (mdtrace_rings_open (loopback, "other", &other), MDTRACE_OK);
  model.read = 0;
  while (model_read (&model, other))
    ;
  mdtrace_rings_release (other, 0);
  while (rings[0].head < 5000)
    {
      CHECK (model_write (&model, &rings[0], 10));
      CHECK (model_read (&model, other));
      mdtrace_rings_release (other, 0);
    }
  check_too_late (consumer);
  mdtrace_rings_close (other);
}

/* The ring was made anew, and the same position is in the new one too.  */
static void
reads_nothing_of_another_ring (void)
{
  struct ring_model model = { 0 };
  struct mdtrace_rings *consumer
      = open_and_be_late (&model, MDTRACE_RING_DISCARD);

  CHECK_NUMBER (rings_configure (MODEL_RING_BYTES, MDTRACE_RING_DISCARD),
		MDTRACE_OK);
  for (int i = 0; i < 3; i++)
    CHECK (model_write (&model, &rings[0], 10));
  /* Nor does it release there.  */
  mdtrace_rings_release (consumer, 0);
  CHECK_NUMBER (rings[0].tail->tail, 0);
  check_too_late (consumer);
}

TAP_MAIN ({ refuses_a_second_holder, "a second holder" },
	  { refuses_bad_leases, "leases that are too short or too long" },
	  { refuses_bad_names, "names that are none" },
	  { refuses_whoever_has_no_claim, "whoever has no claim" },
	  { refuses_whoever_is_late, "whoever had a claim" },
	  { names_the_holder, "a second reader is told who has the rings" },
	  { reads_nothing_that_is_overwritten,
	    "what was overwritten since the lease ended" },
	  { passes_over_nothing_that_is_overwritten,
	    "what looks like a pad since then" },
	  { reads_nothing_that_another_released,
	    "what somebody else has released" },
	  { reads_nothing_of_another_ring, "a ring that was made anew" })
