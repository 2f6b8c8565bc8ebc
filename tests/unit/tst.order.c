/* The records of several CPUs in the order of time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "loopback.h"
#include "mdtrace_errors.h"
#include "ring.h"
#include "tap.h"
#include "x86/cpu.h"

/* Compiled twice: also with rings that are copies.  */
#ifndef COPIES
#define COPIES false
#endif

enum
{
  CPUS = 3
};

static struct mdtrace_rings *consumer;
static uint64_t now_ms;

/* Boot with COUNT CPUs, and open their rings.  */
static void
boot (unsigned count)
{
  standin_boot ("");
  standin_set_cpus (count);
  mdtrace_start ();
  loopback_set_copies (COPIES);
  now_ms = 0;
  CHECK_NUMBER (mdtrace_rings_open (loopback, "order", &consumer), MDTRACE_OK);
}

/* Write an event of TIME into the ring of CPU, whose number of a probe is its
   CPU's, so that both can be told from the record.  */
static void
write_event (unsigned cpu, uint64_t time)
{
  uint64_t *to = ring_reserve (&rings[cpu], 16);

  CHECK (to != NULL);
  to[0] = mdtrace_record_word (cpu, 2, MDTRACE_RECORD_EVENT, cpu);
  to[1] = time;
  ring_commit (&rings[cpu], 16);
}

/* What CPU's tick at TIME leaves.  */
static void
set_watermark (unsigned cpu, uint64_t time)
{
  struct mdtrace_ring_control *control = rings[cpu].control;

  control->watermark_sequence += 2;
  control->watermark = time;
}

/* Read one record; returns its time, and *CPU; 0 if there is none.  */
static uint64_t
next (unsigned *cpu)
{
  const uint64_t *record;
  unsigned words;

  CHECK_NUMBER (mdtrace_rings_next_by_time (consumer, cpu, &record, &words),
		MDTRACE_OK);
  if (record == NULL)
    return 0;
  CHECK_NUMBER (mdtrace_record_cpu (record[0]), *cpu);
  return record[1];
}

/* Look, and check that the times up to a 0 are those that can be read.  */
static void
check_times (const uint64_t *times)
{
  unsigned cpu;

  CHECK_NUMBER (mdtrace_rings_look (consumer, now_ms), MDTRACE_OK);
  do
    CHECK_NUMBER (next (&cpu), *times);
  while (*times++ != 0);
}

#define CHECK_TIMES(...) check_times ((const uint64_t[]){ __VA_ARGS__, 0 })
#define CHECK_NOTHING() check_times ((const uint64_t[]){ 0 })

static void
merges (void)
{
  boot (CPUS);
  write_event (1, 20);
  write_event (0, 10);
  write_event (2, 15);
  write_event (0, 30);
  write_event (1, 30);
  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    set_watermark (cpu, 100 + cpu);
  CHECK_TIMES (10, 15, 20, 30, 30);
  CHECK_NUMBER (mdtrace_rings_complete_until (consumer), 100);
  mdtrace_rings_close (consumer);
}

/* One that has been idle since its last tick may still write what is
   earlier.  */
static void
waits_for_the_last (void)
{
  boot (CPUS);
  set_watermark (0, 100);
  set_watermark (1, 50);
  set_watermark (2, 70);
  write_event (0, 40);
  write_event (0, 50);
  write_event (0, 60);
  CHECK_TIMES (40, 50);
  CHECK_NOTHING ();
  CHECK_NUMBER (mdtrace_rings_unread (consumer, 0), 16);
  write_event (1, 55);
  set_watermark (1, 100);
  CHECK_TIMES (55, 60);
  mdtrace_rings_close (consumer);
}

/* CPUs that never have an event let those of the other pass at their ticks, at
   once and not since anybody has lost patience.  */
static void
is_not_held_up_by_idle_ones (void)
{
  unsigned cpu;

  boot (CPUS);
  for (uint64_t tick = 1000; tick < 100000; tick += 1000)
    {
      write_event (0, tick - 500);
      write_event (0, tick + 2);
      set_watermark (0, tick);
      set_watermark (1, tick + 1);
      CHECK_NUMBER (mdtrace_rings_look (consumer, now_ms), MDTRACE_OK);
      /* The last one has not ticked yet.  */
      CHECK_NUMBER (next (&cpu), 0);
      set_watermark (2, tick + 3);
      CHECK_TIMES (tick - 500);
      set_watermark (0, tick + 100);
      set_watermark (1, tick + 100);
      CHECK_TIMES (tick + 2);
      CHECK_NUMBER (mdtrace_rings_complete_until (consumer), tick + 3);
    }
  mdtrace_rings_close (consumer);
}

/* What comes after the look is not merged before the next one.  */
static void
reads_what_was_there (void)
{
  unsigned cpu;

  boot (2);
  set_watermark (0, 100);
  set_watermark (1, 100);
  write_event (0, 10);
  write_event (0, 30);
  CHECK_NUMBER (mdtrace_rings_look (consumer, now_ms), MDTRACE_OK);
  CHECK_NUMBER (next (&cpu), 10);
  write_event (1, 110);
  write_event (0, 120);
  CHECK_NUMBER (next (&cpu), 30);
  CHECK_NUMBER (next (&cpu), 0);
  set_watermark (0, 200);
  set_watermark (1, 115);
  CHECK_TIMES (110);
  mdtrace_rings_close (consumer);
}

static void
needs_no_watermark_of_one (void)
{
  boot (1);
  write_event (0, UINT64_C (1) << 60);
  CHECK_TIMES (UINT64_C (1) << 60);
  CHECK_NUMBER (mdtrace_rings_complete_until (consumer), UINT64_MAX);
  mdtrace_rings_close (consumer);
}

/* One that is being written, whatever stands there, is not believed; the last
   one stays true.  */
static void
keeps_the_last_watermark (void)
{
  boot (2);
  set_watermark (0, 100);
  set_watermark (1, 50);
  write_event (0, 40);
  write_event (0, 60);
  CHECK_TIMES (40);
  rings[1].control->watermark_sequence++;
  rings[1].control->watermark = UINT64_C (0xffffffff00000032);
  CHECK_NOTHING ();
  CHECK_NUMBER (mdtrace_rings_complete_until (consumer), 50);
  rings[1].control->watermark = 80;
  rings[1].control->watermark_sequence++;
  CHECK_TIMES (60);
  /* Nor does time go back.  */
  set_watermark (1, 10);
  CHECK_NOTHING ();
  CHECK_NUMBER (mdtrace_rings_complete_until (consumer), 80);
  mdtrace_rings_close (consumer);
}

/* A CPU without a sign of life is not waited for for ever.  */
static void
loses_patience (void)
{
  boot (2);
  set_watermark (0, 100);
  write_event (0, 40);
  CHECK_NOTHING ();
  now_ms += MDTRACE_PATIENCE_MS - 1;
  CHECK_NOTHING ();
  now_ms++;
  CHECK_TIMES (40);
  CHECK_NUMBER (mdtrace_rings_complete_until (consumer), UINT64_MAX);
  /* It was but slow.  */
  set_watermark (1, 90);
  write_event (0, 95);
  CHECK_NOTHING ();
  CHECK_NUMBER (mdtrace_rings_complete_until (consumer), 90);
  mdtrace_rings_close (consumer);
}

/* Rings that are frozen are all there is.  */
static void
waits_for_nobody_when_frozen (void)
{
  boot (2);
  mdtrace_rings_close (consumer);
  CHECK_NUMBER (rings_configure (0, MDTRACE_RING_OVERWRITE), MDTRACE_OK);
  write_event (1, 10);
  write_event (0, 20);
  write_event (1, 30);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "order", &consumer), MDTRACE_OK);
  CHECK_TIMES (10, 20, 30);
  mdtrace_rings_close (consumer);
}

/* Whatever the CPUs do, and whenever it is looked, the order is that of time,
   and nothing is missing.  */
static void
keeps_order_across_looks (void)
{
  uint64_t seed = 1, time = 1000, last = 0;
  unsigned written = 0, read = 0;

  boot (CPUS);
  for (int step = 0; step < 50000; step++)
    {
      unsigned cpu = tap_below (&seed, CPUS);
      time += tap_below (&seed, 5);
      switch (tap_below (&seed, 8))
	{
	case 0:
	  set_watermark (cpu, time);
	  break;
	case 1:
	  CHECK_NUMBER (mdtrace_rings_look (consumer, now_ms), MDTRACE_OK);
	  for (uint64_t at = next (&cpu); at != 0; at = next (&cpu), read++)
	    {
	      CHECK (at >= last);
	      last = at;
	    }
	  for (cpu = 0; cpu < CPUS; cpu++)
	    mdtrace_rings_release (consumer, cpu);
	  break;
	default:
	  write_event (cpu, time);
	  written++;
	  break;
	}
    }
  CHECK (read > written / 2);
  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    set_watermark (cpu, time);
  CHECK_NUMBER (mdtrace_rings_look (consumer, now_ms), MDTRACE_OK);
  for (unsigned cpu; next (&cpu) != 0;)
    read++;
  CHECK_NUMBER (read, written);
  mdtrace_rings_close (consumer);
}

TAP_MAIN ({ merges, "records of several CPUs are merged" },
	  { waits_for_the_last, "nothing is read that may be too early" },
	  { is_not_held_up_by_idle_ones, "idle CPUs hold nothing up" },
	  { reads_what_was_there, "nothing is read that came after the look" },
	  { needs_no_watermark_of_one, "one CPU is not waited for" },
	  { keeps_the_last_watermark, "watermarks that are being written" },
	  { loses_patience, "a CPU that shows no sign of life" },
	  { waits_for_nobody_when_frozen, "rings that are frozen" },
	  { keeps_order_across_looks, "the order across many looks" })
