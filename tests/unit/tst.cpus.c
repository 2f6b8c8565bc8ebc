/* Several CPUs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "breakpoints.h"
#include "clock.h"
#include "hooks.h"
#include "probes.h"
#include "x86/cpu.h"
#include "x86/patch.h"

static void
boot_two (void)
{
  standin_boot ("");
  standin_set_cpus (2);
  mdtrace_start ();
}

/* A jump of five bytes cannot be written while others run.  */
static void
writes_breakpoints_only (void)
{
  boot_two ();
  uint32_t id
      = probe_create_of ("*", MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
				  | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN));
  for (unsigned at = 0; at < STANDIN_TEXT_BYTES; at++)
    {
      word_t address = (word_t) standin_text (0) + at;
      CHECK (sites_mode (address) != MDTRACE_MODE_JUMP);
      const struct dtrace_site *site = sites_find (address);
      const uint8_t *original
	  = standin_original_text (at / STANDIN_CELL_BYTES);
      CHECK_NUMBER (*(uint8_t *) address,
		    site != NULL ? 0xcc : original[at % STANDIN_CELL_BYTES]);
      CHECK (site == NULL || site->gate == NULL);
    }
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  CHECK (standin_text_is_original ());
}

/* Read all of CPU's ring; returns how many events there were, all of which
   must be of that CPU and of THREAD.  */
static unsigned
read_events (struct mdtrace_rings *consumer, unsigned cpu, const void *thread)
{
  const uint64_t *record;
  unsigned words, events = 0;

  for (;;)
    {
      CHECK_NUMBER (mdtrace_rings_next (consumer, cpu, &record, &words),
		    MDTRACE_OK);
      if (record == NULL)
	return events;
      CHECK_NUMBER (mdtrace_record_cpu (record[0]), cpu);
      if (mdtrace_record_kind (record[0]) != MDTRACE_RECORD_EVENT)
	continue;
      CHECK_NUMBER (record[2], (word_t) thread);
      events++;
    }
}

static void
keeps_cpus_apart (void)
{
  struct mdtrace_rings *consumer;
  mdtrace_counts_t counts[2];
  uint32_t count;

  boot_two ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
  uint32_t id = probe_create ("alpha", true);
  for (int i = 0; i < 30; i++)
    {
      standin.cpu = i % 3 == 0;
      CHECK (standin_call (ALPHA));
    }
  standin.cpu = 0;
  CHECK_NUMBER (dynamic_probe_counts (id, counts, &count), MDTRACE_OK);
  CHECK_NUMBER (count, 2);
  CHECK_NUMBER (counts[0].recorded, 20);
  CHECK_NUMBER (counts[1].recorded, 10);
  CHECK_NUMBER (probe_hits (id), 30);
  CHECK_NUMBER (dtrace_cpus[0].hits, 20);
  CHECK_NUMBER (dtrace_cpus[1].hits, 10);
  CHECK_NUMBER (read_events (consumer, 0, &standin_threads[0]), 20);
  CHECK_NUMBER (read_events (consumer, 1, &standin_threads[1]), 10);
  mdtrace_rings_close (consumer);
  check_law ();
}

/* A ring that is full is no trouble to others.  */
static void
fills_each_ring_by_itself (void)
{
  mdtrace_counts_t counts[2];
  uint32_t count;

  boot_two ();
  uint32_t id = probe_create ("alpha", true);
  standin.cpu = 1;
  for (int i = 0; i < 40000; i++)
    CHECK (standin_call (ALPHA));
  standin.cpu = 0;
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (dynamic_probe_counts (id, counts, &count), MDTRACE_OK);
  CHECK_NUMBER (counts[0].recorded, 1);
  CHECK (counts[1].dropped > 0);
  check_counts (&counts[0]);
  check_counts (&counts[1]);

  /* It is remembered until that one has been read.  */
  dynamic_probe_status_t info;
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  rings[0].tail->tail = rings[0].head;
  CHECK (probe_info (id, &info));
  rings[1].tail->tail = rings[1].head;
  CHECK (!probe_info (id, &info));
  CHECK_NUMBER (total_counts ().hits, 40001);
  check_law ();
}

/* While one CPU handles a hit another one is hit, and misses nothing.  */
static void
call_on_other_cpu (void)
{
  standin.on_time_stamp = NULL;
  standin.cpu = 1;
  CHECK (standin_call (ALPHA));
  standin.cpu = 0;
}

static void
is_hit_on_two_at_once (void)
{
  mdtrace_counts_t counts[2];
  uint32_t count;

  boot_two ();
  uint32_t id = probe_create ("alpha", true);
  standin.on_time_stamp = call_on_other_cpu;
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (dynamic_probe_counts (id, counts, &count), MDTRACE_OK);
  CHECK_NUMBER (counts[0].recorded, 1);
  CHECK_NUMBER (counts[1].recorded, 1);
  check_law ();
}

static unsigned relaxed;

static void
leave_handler (void)
{
  if (++relaxed == 3)
    dtrace_cpus[1].inside++;
}

/* It has left this hit, and handles the next one.  */
static void
go_on_to_next_hit (void)
{
  if (++relaxed == 3)
    dtrace_cpus[1].inside += 2;
}

static void
waits_for_handlers (void)
{
  boot_two ();
  uint32_t id = probe_create ("alpha", true);
  unsigned before = dtrace_cpus[0].inside;
  CHECK_NUMBER (before % 2, 0);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (dtrace_cpus[0].inside, before + 2);

  dtrace_cpus[1].inside |= 1;
  standin.on_relax = leave_handler;
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  CHECK_NUMBER (relaxed, 3);
  CHECK_NUMBER (dtrace_cpus[1].inside % 2, 0);

  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  dtrace_cpus[1].inside |= 1;
  relaxed = 0;
  standin.on_relax = go_on_to_next_hit;
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  CHECK_NUMBER (relaxed, 3);

  /* Nobody waits for those that are outside.  */
  dtrace_cpus[1].inside++;
  standin.on_relax = NULL;
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
}

/* A hit inside of a hit does not end it.  */
static void
look_from_inside (void)
{
  standin.on_time_stamp = NULL;
  unsigned inside = dtrace_cpus[0].inside;
  CHECK_NUMBER (inside % 2, 1);
  CHECK (standin_call (BETA));
  CHECK_NUMBER (dtrace_cpus[0].inside, inside);
}

static void
stays_inside (void)
{
  boot_two ();
  uint32_t alpha = probe_create ("alpha", true);
  uint32_t beta = probe_create ("beta", true);
  standin.on_time_stamp = look_from_inside;
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (dtrace_cpus[0].inside % 2, 0);
  CHECK_NUMBER (probe_counts (alpha).recorded, 1);
  CHECK_NUMBER (probe_counts (beta).missed, 1);
  check_law ();
}

/* Each CPU says at its own ticks up to when its ring is complete; the first
   one keeps the time.  */
static void
ticks_for_itself (void)
{
  boot_two ();
  standin_ticks (1);
  uint64_t first = rings[0].control->watermark;
  uint64_t published = mdtrace_shared.clock.tsc;
  CHECK_NUMBER (first, standin.tsc);
  CHECK_NUMBER (rings[1].control->watermark, 0);
  standin.cpu = 1;
  standin_ticks (3);
  CHECK_NUMBER (rings[0].control->watermark, first);
  CHECK_NUMBER (rings[1].control->watermark, standin.tsc);
  CHECK_NUMBER (rings[1].control->watermark_sequence, 2 * 3);
  CHECK_NUMBER (mdtrace_shared.clock.tsc, published);
  CHECK_NUMBER (mdtrace_shared.clock.ticks, 1);
}

static mach_interrupt_handler_t kernel_handler;

/* While the second CPU is in its tick, the first one has one.  */
static void
handle_both (int unit, int level, const char *address, void *registers)
{
  kernel_handler (unit, level, address, registers);
  if (standin.cpu == 1)
    mach_elapsed_ticks++;
}

static void
leaves_time_to_the_first (void)
{
  standin_boot ("");
  standin_set_cpus (2);
  kernel_handler = mach_ivect[0];
  mach_ivect[0] = handle_both;
  mdtrace_start ();
  standin_ticks (1);
  uint64_t published = mdtrace_shared.clock.tsc;
  standin.cpu = 1;
  standin_ticks (5);
  CHECK_NUMBER (mdtrace_shared.clock.tsc, published);
  CHECK_NUMBER (mdtrace_shared.clock.sequence, 2);
}

/* What runs is known at the start.  */
static void
counts_those_that_run (void)
{
  mdtrace_status_t status;

  standin_boot ("");
  standin_set_cpus (2);
  cpus = 1;
  mdtrace_start ();
  CHECK_NUMBER (cpus, 2);
  CHECK_NUMBER (mdtrace_shared.cpus, 2);
  CHECK (rings[1].data != NULL && rings[1].data != rings[0].data);
  CHECK_NUMBER (mdtrace_get_status (loopback, &status), MDTRACE_OK);
  CHECK_NUMBER (status.cpus, 2);
}

static uint32_t patched_probe;

/* The other CPU, which patches, gets done; what it set is ours.  */
static void
end_with_our_breakpoint (void)
{
  standin.on_relax = NULL;
  patch_end ();
  CHECK_NUMBER (dynamic_probe_enable (patched_probe), MDTRACE_OK);
}

static void
end_without (void)
{
  standin.on_relax = NULL;
  patch_end ();
}

/* While another CPU patches nobody knows yet whose a breakpoint is.  */
static void
waits_for_who_patches (void)
{
  struct breakpoint_frame frame;

  boot_two ();
  patched_probe = probe_create ("delta", true);
  CHECK_NUMBER (dynamic_probe_disable (patched_probe), MDTRACE_OK);
  word_t behind = (word_t) standin_text (DELTA) + 1;
  standin_make_frame (&frame);
  frame.instruction_pointer = behind;
  patch_begin ();
  standin.on_relax = end_with_our_breakpoint;
  CHECK (breakpoint_hit (&frame));
  CHECK_NUMBER (probe_hits (patched_probe), 1);
  CHECK_NUMBER (dynamic_probe_disable (patched_probe), MDTRACE_OK);

  /* Nothing is there: it is passed over.  */
  frame.instruction_pointer = behind;
  patch_begin ();
  standin.on_relax = end_without;
  CHECK (breakpoint_hit (&frame));
  CHECK_NUMBER (frame.instruction_pointer,
		(word_t) sites_find (behind - 1)->slot);

  /* It was somebody else's.  */
  *standin_text (DELTA) = OPCODE_BREAKPOINT;
  frame.instruction_pointer = behind;
  patch_begin ();
  standin.on_relax = end_without;
  CHECK (!breakpoint_hit (&frame));
  CHECK_NUMBER (frame.instruction_pointer, behind);
  CHECK_NUMBER (probe_hits (patched_probe), 1);
}

/* More CPUs than a page has room for the counts of.  */
static void
bears_many_cpus (void)
{
  mdtrace_counts_t counts[MDTRACE_CPUS_MAX];
  uint32_t count;

  standin_boot ("");
  mdtrace_start ();
  /* Without rings for all of them, and on the first one only.  */
  cpus = MDTRACE_CPUS_MAX;
  uint32_t id = probe_create ("alpha", true);
  CHECK (standin_call (ALPHA));
  CHECK_NUMBER (dynamic_probe_counts (id, counts, &count), MDTRACE_OK);
  CHECK_NUMBER (count, MDTRACE_CPUS_MAX);
  CHECK_NUMBER (counts[0].hits, 1);
  CHECK_NUMBER (probe_hits (id), 1);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
  CHECK_NUMBER (total_counts ().hits, 1);
}

/* What the first CPU does while another one waits to read the clock.  */
static void
finish_the_clock (void)
{
  mdtrace_shared.clock.tsc = 4711;
  mdtrace_shared.clock.sequence++;
}

/* The clock that another CPU is writing is read when that has ended.  */
static void
reads_a_whole_clock (void)
{
  mdtrace_clock_t clock;

  boot_two ();
  standin_ticks (10);
  standin.cpu = 1;
  standin.on_relax = finish_the_clock;
  mdtrace_shared.clock.sequence++;
  clock_read (&clock);
  CHECK_NUMBER (clock.tsc, 4711);
  CHECK (standin.interrupts_enabled);
}

TAP_MAIN ({ reads_a_whole_clock, "a clock that is being written" },
	  { writes_breakpoints_only, "only breakpoints are written" },
	  { keeps_cpus_apart, "counts and rings of each CPU" },
	  { fills_each_ring_by_itself, "one CPU's full ring" },
	  { is_hit_on_two_at_once, "hits on two CPUs at once" },
	  { waits_for_handlers, "a site is left when all CPUs have left it" },
	  { stays_inside, "a hit inside of a hit does not end it" },
	  { waits_for_who_patches,
	    "whose a breakpoint is, is known once nobody patches" },
	  { ticks_for_itself, "watermarks at each CPU's ticks" },
	  { leaves_time_to_the_first, "the first CPU alone keeps the time" },
	  { counts_those_that_run, "CPUs are counted at the start" },
	  { bears_many_cpus, "as many CPUs as there can be" })
