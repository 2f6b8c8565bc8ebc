/* Probes of a reader that died: they are disabled when its lease ends.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "claim.h"
#include "requests.h"

static const mdtrace_holder_t reader = "the reader";
static const mdtrace_holder_t other_reader = "another one";

enum
{
  LEASE_MS = 2000,
  LEASE_TICKS = LEASE_MS * STANDIN_HZ / 1000,
  ALL_KINDS = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
	      | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)
};

/* Let the request with ID come in, which finds whatever it asks for.  */
static void
serve (int id)
{
  struct request request;
  struct arguments arguments = { .number = 1000, .holder = "nobody" };

  arguments.config = probe_config ("beta");
  arguments.address = (uintptr_t) standin_text (ALPHA);
  request_make (&request, id, &arguments);
  mig_reply_header_t *reply
      = standin_serve (&request, request.header.msgh_size, 0);
  release_ports (reply, id);
  free (reply);
}

/* Let TICKS pass, and then any request come in.  */
static void
pass (unsigned ticks)
{
  standin_ticks (ticks);
  serve (MDTRACE_ID_GET_VERSION);
}

static void
claim (const mdtrace_holder_t holder)
{
  serve (MDTRACE_ID_GET_VERSION);
  CHECK_NUMBER (claim_take (holder, LEASE_MS), MDTRACE_OK);
}

/* The probe ID must be in STATE, and have LAPSED or not.  */
static void
check_probe (uint32_t id, enum mdtrace_probe_state state, bool lapsed)
{
  dynamic_probe_status_t info;

  CHECK (probe_info (id, &info));
  CHECK_NUMBER (info.state, state);
  CHECK_NUMBER (info.lapsed, lapsed);
}

static void
check_enabled (uint32_t id)
{
  check_probe (id, MDTRACE_STATE_ENABLED, false);
}

static void
check_lapsed (uint32_t id)
{
  check_probe (id, MDTRACE_STATE_DISABLED, true);
}

/* Create a probe of the entry of FUNCTION that persists.  */
static uint32_t
create_persistent (const char *function, bool enabled)
{
  dynamic_probe_config_t config = probe_config (function);

  config.enabled = enabled;
  config.persist = 1;
  return probe_create_by (&config);
}

static void
is_disabled_when_the_lease_ends (void)
{
  mdtrace_status_t status = { 0 };

  probes_boot ();
  claim (reader);
  uint32_t created = probe_create ("alpha", true);
  uint32_t enabled = probe_create ("beta", false);
  uint32_t disabled = probe_create ("many", false);
  CHECK_NUMBER (dynamic_probe_enable (enabled), MDTRACE_OK);
  pass (LEASE_TICKS - 1);
  check_enabled (created);
  check_enabled (enabled);
  CHECK (standin_call (ALPHA));
  /* Not by the tick: text may be written by threads only.  */
  standin_ticks (1);
  CHECK (standin_call (ALPHA));
  check_enabled (created);
  pass (0);
  check_lapsed (created);
  check_lapsed (enabled);
  check_probe (disabled, MDTRACE_STATE_DISABLED, false);
  CHECK (standin_text_is_original ());
  CHECK (!standin_call (ALPHA));
  CHECK (!standin_call (BETA));
  CHECK_NUMBER (probe_counts (created).recorded, 2);
  dynamic_probe_status (&status);
  CHECK_NUMBER (status.probes, 3);
  CHECK_NUMBER (status.probes_enabled, 0);
  check_law ();
}

/* Whatever is asked for, but for the two that do not take the lock.  */
static void
is_disabled_by_any_request (void)
{
  probes_boot ();
  for (int id = FIRST_ID; id <= LAST_ID; id++)
    {
      bool locks = id != MDTRACE_ID_RING_MAP && id != MDTRACE_ID_MAILBOX_MAP;
      claim (reader);
      uint32_t probe = probe_create ("alpha", true);
      standin_ticks (LEASE_TICKS);
      serve (id);
      CHECK_NUMBER (is_patched (ALPHA), !locks);
      /* The request may have been a claim.  */
      pass (LEASE_TICKS);
      check_lapsed (probe);
      CHECK_NUMBER (dynamic_probe_destroy (probe), MDTRACE_OK);
    }
}

/* And if nothing is asked for at all, by a thread that looks ten times a
   second.  */
static void
is_disabled_without_a_request (void)
{
  probes_boot ();
  CHECK (standin_run_made_thread ());
  claim (reader);
  uint32_t id = probe_create ("alpha", true);
  unsigned ticks = 0, runs = 0;
  while (is_patched (ALPHA))
    {
      CHECK (ticks < LEASE_TICKS + STANDIN_HZ);
      CHECK (standin_call (ALPHA));
      standin_ticks (1);
      ticks++;
      runs += standin_run_made_thread ();
    }
  CHECK (ticks >= LEASE_TICKS);
  CHECK_NUMBER (runs, ticks / (STANDIN_HZ / 10));
  check_lapsed (id);
  CHECK_NUMBER (probe_hits (id), ticks);
  CHECK (standin_text_is_original ());
  check_law ();
}

/* Where there is no such thread, requests do.  */
static void
bears_that_there_is_no_thread (void)
{
  standin_boot ("");
  standin.threads_left = 0;
  mdtrace_start ();
  CHECK (!standin_run_made_thread ());
  CHECK (standin_said ("no memory for a thread"));
  claim (reader);
  uint32_t id = probe_create ("alpha", true);
  pass (LEASE_TICKS);
  check_lapsed (id);
}

static void
stays_while_the_lease_is_renewed (void)
{
  probes_boot ();
  claim (reader);
  uint32_t id = probe_create ("alpha", true);
  for (int i = 0; i < 10; i++)
    {
      pass (LEASE_TICKS - 1);
      CHECK_NUMBER (claim_renew (reader, LEASE_MS), MDTRACE_OK);
    }
  check_enabled (id);
  pass (LEASE_TICKS);
  check_lapsed (id);
}

static void
is_taken_over (void)
{
  probes_boot ();
  claim (reader);
  uint32_t first = probe_create ("alpha", true);
  pass (LEASE_TICKS - 1);
  claim (reader);
  uint32_t second = probe_create ("beta", true);
  pass (LEASE_TICKS - 1);
  check_enabled (first);
  check_enabled (second);
  /* The successor has them as if they were its own.  */
  pass (1);
  check_lapsed (first);
  check_lapsed (second);

  /* The same name is too late.  */
  CHECK_NUMBER (dynamic_probe_enable (first), MDTRACE_OK);
  claim (reader);
  CHECK_NUMBER (dynamic_probe_enable (second), MDTRACE_OK);
  standin_ticks (LEASE_TICKS);
  claim (reader);
  check_enabled (first);
  check_lapsed (second);
}

static void
stays_when_the_rings_are_given_back (void)
{
  static const mdtrace_holder_t *const next[] = { &reader, &other_reader };

  probes_boot ();
  claim (reader);
  uint32_t id = probe_create ("alpha", true);
  CHECK_NUMBER (claim_release (reader), MDTRACE_OK);
  pass (2 * LEASE_TICKS);
  check_enabled (id);
  /* Nor does a later reader concern it.  */
  for (int i = 0; i < 2; i++)
    {
      claim (*next[i]);
      uint32_t late = probe_create ("beta", true);
      pass (LEASE_TICKS);
      check_enabled (id);
      check_lapsed (late);
    }
  CHECK (standin_call (ALPHA));
  check_law ();
}

static void
stays_if_it_was_there_before (void)
{
  standin_boot ("mdtrace.probes=alpha,many");
  mdtrace_start ();
  uint32_t id = probe_create ("beta", true);
  claim (reader);
  /* That it is enabled already binds it to nobody.  */
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_ERR_ALREADY_ENABLED);
  /* That it is enabled anew does.  */
  CHECK_NUMBER (dynamic_probe_disable (2), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_enable (2), MDTRACE_OK);
  pass (LEASE_TICKS);
  check_enabled (1);
  check_lapsed (2);
  check_enabled (id);
}

static void
stays_if_it_persists (void)
{
  dynamic_probe_status_t info;

  probes_boot ();
  claim (reader);
  uint32_t created = create_persistent ("alpha", true);
  uint32_t enabled = create_persistent ("beta", false);
  uint32_t bound = probe_create ("many", true);
  CHECK_NUMBER (dynamic_probe_enable (enabled), MDTRACE_OK);
  CHECK (probe_info (created, &info));
  CHECK_NUMBER (info.persist, 1);
  CHECK (probe_info (bound, &info));
  CHECK_NUMBER (info.persist, 0);
  pass (LEASE_TICKS);
  check_enabled (created);
  check_enabled (enabled);
  check_lapsed (bound);
  CHECK (standin_call (ALPHA));
  CHECK (standin_call (BETA));
  CHECK (!standin_call (MANY));
  check_law ();
}

static void
is_enabled_again (void)
{
  probes_boot ();
  claim (reader);
  uint32_t id = probe_create ("alpha", true);
  CHECK (standin_call (ALPHA));
  pass (LEASE_TICKS);
  check_lapsed (id);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_ERR_NOT_ENABLED);
  check_lapsed (id);
  /* Under the next claim it is that one's.  */
  claim (other_reader);
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  check_enabled (id);
  CHECK (standin_call (ALPHA));
  pass (LEASE_TICKS);
  check_lapsed (id);
  /* Under none it is nobody's.  */
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  claim (reader);
  pass (LEASE_TICKS);
  check_enabled (id);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (probe_hits (id), 3);
  /* That it was disabled by hand is no lapse.  */
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  check_probe (id, MDTRACE_STATE_DISABLED, false);
  check_law ();
}

/* The lease may end when the request has come in already that claims the
   rings anew.  */
static void
is_not_forgotten_if_others_are_quick (void)
{
  probes_boot ();
  claim (reader);
  uint32_t first = probe_create ("alpha", true);
  standin_ticks (LEASE_TICKS);
  CHECK_NUMBER (claim_take (other_reader, LEASE_MS), MDTRACE_OK);
  uint32_t second = probe_create ("beta", true);
  pass (0);
  check_lapsed (first);
  check_enabled (second);
  standin_ticks (LEASE_TICKS);
  CHECK_NUMBER (claim_release (other_reader), MDTRACE_ERR_NOT_CLAIMED);
  pass (0);
  check_lapsed (second);
}

/* What was destroyed or disabled before is left as it is.  */
static void
spares_what_has_ended (void)
{
  dynamic_probe_status_t info;

  probes_boot ();
  claim (reader);
  uint32_t disabled = probe_create ("alpha", true);
  uint32_t destroyed = probe_create ("beta", true);
  CHECK (standin_call (BETA));
  CHECK_NUMBER (dynamic_probe_disable (disabled), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_destroy (destroyed), MDTRACE_OK);
  unsigned writes = standin.text_writes;
  pass (LEASE_TICKS);
  CHECK_NUMBER (standin.text_writes, writes);
  check_probe (disabled, MDTRACE_STATE_DISABLED, false);
  check_probe (destroyed, MDTRACE_STATE_DESTROYED, false);
  /* The memory of one that had lapsed says nothing of the next.  */
  claim (reader);
  CHECK_NUMBER (dynamic_probe_enable (disabled), MDTRACE_OK);
  pass (LEASE_TICKS);
  check_lapsed (disabled);
  CHECK_NUMBER (dynamic_probe_destroy (disabled), MDTRACE_OK);
  CHECK (!probe_info (disabled, &info) || info.id != disabled);
  check_probe (probe_create ("alpha", false), MDTRACE_STATE_DISABLED, false);
  check_law ();
}

static void
shares_a_site (void)
{
  uint8_t patched[STANDIN_CELL_BYTES];

  probes_boot ();
  uint32_t before = probe_create ("alpha", true);
  memcpy (patched, standin_text (ALPHA), sizeof patched);
  claim (reader);
  uint32_t first = probe_create ("alpha_too", true);
  uint32_t persistent = create_persistent ("alpha", true);
  uint32_t second = probe_create_of ("alpha", ALL_KINDS);
  CHECK (standin_call (ALPHA));
  pass (LEASE_TICKS);
  check_lapsed (first);
  check_lapsed (second);
  /* The entry stays as it was, the return is nobody's any more.  */
  CHECK (memcmp (standin_text (ALPHA), patched, sizeof patched) == 0);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (probe_hits (before), 2);
  CHECK_NUMBER (probe_hits (persistent), 2);
  CHECK_NUMBER (probe_hits (first), 1);
  CHECK_NUMBER (probe_hits (second), 1);
  CHECK_NUMBER (dynamic_probe_disable (persistent), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_disable (before), MDTRACE_OK);
  CHECK (standin_text_is_original ());
  check_law ();
}

static void
has_many_sites (void)
{
  dynamic_probe_status_t info;

  probes_boot ();
  claim (reader);
  uint32_t all = probe_create_of ("*", ALL_KINDS);
  CHECK (probe_info (all, &info));
  CHECK (info.sites > 600);
  for (int i = FUNCTION_0; i < STANDIN_FUNCTIONS; i++)
    CHECK (standin_call (i));
  pass (LEASE_TICKS);
  check_lapsed (all);
  CHECK (standin_text_is_original ());
  CHECK_NUMBER (probe_hits (all), STANDIN_FUNCTIONS - FUNCTION_0);
  CHECK_NUMBER (dynamic_probe_enable (all), MDTRACE_OK);
  CHECK (standin_call (FUNCTION_0));
  CHECK_NUMBER (probe_hits (all), STANDIN_FUNCTIONS - FUNCTION_0 + 1);
  check_law ();
}

/* Neither a lapse nor enabling again needs memory.  */
static void
needs_no_memory (void)
{
  probes_boot ();
  dynamic_probe_config_t config = probe_config ("*");
  config.kinds = ALL_KINDS;
  uint32_t all = probe_create_by (&config);
  claim (reader);
  uint32_t id = probe_create ("alpha", true);
  standin.pages_left = 0;
  CHECK_NUMBER (dynamic_probe_enable (all), MDTRACE_ERR_NO_MEMORY);
  pass (LEASE_TICKS);
  check_lapsed (id);
  check_probe (all, MDTRACE_STATE_DISABLED, false);
  CHECK (standin_text_is_original ());
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);

  standin.pages_left = -1;
  claim (reader);
  CHECK_NUMBER (dynamic_probe_enable (all), MDTRACE_OK);
  standin.pages_left = 0;
  pass (LEASE_TICKS);
  check_lapsed (all);
  check_enabled (id);
  CHECK_NUMBER (dynamic_probe_enable (all), MDTRACE_OK);
  CHECK (standin_call (FORK));
  CHECK_NUMBER (probe_hits (all), 1);
  CHECK_NUMBER (dynamic_probe_disable (all), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  CHECK (standin_text_is_original ());
  check_law ();
}

static unsigned relaxed;

/* While the other CPU waits for this one to leave a hit, more come.  */
static void
hit_and_leave (void)
{
  standin.cpu = 1;
  dtrace_cpus[1].inside++;
  CHECK (!standin_call (ALPHA));
  CHECK (standin_call (BETA));
  if (++relaxed < 3)
    dtrace_cpus[1].inside++;
  standin.cpu = 0;
}

static void
is_hit_meanwhile (void)
{
  standin_boot ("");
  standin_set_cpus (2);
  mdtrace_start ();
  claim (reader);
  uint32_t bound = probe_create ("alpha", true);
  uint32_t persistent = create_persistent ("beta", true);
  for (standin.cpu = 2; standin.cpu-- > 0;)
    CHECK (standin_call (ALPHA));
  standin.cpu = 0;
  dtrace_cpus[1].inside |= 1;
  standin.on_relax = hit_and_leave;
  pass (LEASE_TICKS);
  CHECK (relaxed > 0);
  check_lapsed (bound);
  check_enabled (persistent);
  CHECK_NUMBER (probe_counts (bound).recorded, 2);
  CHECK_NUMBER (probe_counts (persistent).recorded, relaxed);
  CHECK (!is_patched (ALPHA));
  check_law ();
}

/* A flight recorder has a reader now and then, and goes on without.  */
static void
leaves_flight_recorders (void)
{
  standin_boot ("mdtrace.mode=overwrite mdtrace.probes=alpha");
  mdtrace_start ();
  claim (reader);
  uint32_t late = probe_create ("beta", true);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (probe_counts (1).dropped, 1);
  pass (LEASE_TICKS);
  check_enabled (1);
  check_lapsed (late);
  for (int i = 0; i < 100000; i++)
    CHECK (standin_call (ALPHA));
  CHECK (probe_counts (1).recorded > 10000);
  CHECK_NUMBER (probe_hits (1), 100001);
  check_law ();
}

TAP_MAIN (
    { is_disabled_when_the_lease_ends,
      "a probe is disabled when the lease of its claim ends" },
    { is_disabled_by_any_request, "by whatever request comes first" },
    { is_disabled_without_a_request, "and without any within a second" },
    { bears_that_there_is_no_thread, "also if there is no thread for it" },
    { stays_while_the_lease_is_renewed, "but not while the lease is renewed" },
    { is_taken_over, "nor when the claim is taken over in time" },
    { stays_when_the_rings_are_given_back,
      "nor when the rings are given back" },
    { stays_if_it_was_there_before, "nor if it was enabled before the claim" },
    { stays_if_it_persists, "nor if it persists" },
    { is_enabled_again, "it is enabled again" },
    { is_not_forgotten_if_others_are_quick,
      "a lapse is not forgotten if others are quick" },
    { spares_what_has_ended,
      "what was disabled or destroyed before is left alone" },
    { shares_a_site, "others at the same site stay" },
    { has_many_sites, "all of many sites are undone" },
    { needs_no_memory, "no memory is needed" },
    { is_hit_meanwhile, "hits meanwhile are counted" },
    { leaves_flight_recorders, "a flight recorder goes on" })
