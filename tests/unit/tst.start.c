/* The start of the kernel part, its clock, and what it shares.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <mach/mig_errors.h>

#include "clock.h"
#include "command_line.h"
#include "hooks.h"
#include "mdtrace_ids.h"
#include "probes.h"

/* Whether requests are served.  */
static bool
is_served (void)
{
  mach_msg_header_t request = { .msgh_id = MDTRACE_ID_GET_VERSION };
  mig_reply_header_t *reply = standin_serve (&request, sizeof request, 0);
  kern_return_t code = reply->RetCode;

  free (reply);
  CHECK (code == KERN_SUCCESS || code == MIG_BAD_ID);
  return code == KERN_SUCCESS;
}

static void
describes_itself (void)
{
  standin_boot ("");
  CHECK (!is_served ());
  CHECK_NUMBER (mdtrace_shared.magic, 0);
  mdtrace_start ();
  CHECK (is_served ());
  CHECK (standin_said ("probe sites"));
  const struct mdtrace_shared *shared = &mdtrace_shared;
  CHECK_NUMBER (shared->magic, MDTRACE_SHARED_MAGIC);
  CHECK_NUMBER (shared->header_bytes, sizeof *shared);
  CHECK_NUMBER (shared->word_bytes, 8);
  CHECK_NUMBER (shared->cpus, 1);
  CHECK_NUMBER (shared->interface_version, MDTRACE_INTERFACE_VERSION);
  for (unsigned i = 0; i < sizeof shared->text_hash; i++)
    CHECK_NUMBER (shared->text_hash[i], (uint8_t) (i * 7));
  /* Nobody has asked for it yet.  */
  CHECK_NUMBER (shared->mailbox_address, 0);
  CHECK_NUMBER ((uintptr_t) &mdtrace_shared % PAGE_BYTES, 0);

  const struct mdtrace_shared_ring *ring = &shared->rings[0];
  CHECK_NUMBER (ring->data_bytes, RING_BYTES_DEFAULT);
  CHECK_NUMBER (ring->control_address,
		(uintptr_t) rings[0].control - DIRECT_MAP);
  CHECK_NUMBER (ring->tail_address, (uintptr_t) rings[0].tail - DIRECT_MAP);
  CHECK_NUMBER (ring->data_address, (uintptr_t) rings[0].data - DIRECT_MAP);
  CHECK_NUMBER (shared->rings[1].data_bytes, 0);
}

/* The command line LINE starts nothing.  */
static void
check_off (const char *line)
{
  standin_boot (line);
  mach_interrupt_handler_t handler = mach_ivect[0];
  mdtrace_start ();
  CHECK (!is_served ());
  CHECK (mach_ivect[0] == handler);
  CHECK_NUMBER (mdtrace_shared.magic, 0);
  CHECK_NUMBER (standin.page_blocks, 0);
  CHECK (standin.thread == NULL);
}

static void
is_off (void)
{
  check_off ("mdtrace=off");
  CHECK (standin_said ("off, as the command line says"));
  check_off ("root=device:hd0 mdtrace=off mdtrace.probes=alpha");
  check_off ("mdtrace=on mdtrace=off ");
}

static void
is_not_off (void)
{
  standin_boot ("xmdtrace=off mdtrace=of mdtrace.off=1 mdtrace=");
  mdtrace_start ();
  CHECK (is_served ());
}

static void
refuses_a_damaged_table (void)
{
  standin_boot ("");
  standin_break_table ();
  mdtrace_start ();
  CHECK (!is_served ());
  CHECK (standin_said ("its table of probe sites is damaged"));
  CHECK_NUMBER (mdtrace_shared.magic, 0);
}

static void
reads_the_command_line (void)
{
  standin_boot ("  a=1 bb=2\tc=3 a=4 \t a= d");
  CHECK_TEXT (command_line_value ("a="), " d");
  CHECK (strncmp (command_line_value ("bb="), "2\t", 2) == 0);
  CHECK (command_line_value ("b=") == NULL);
  CHECK (command_line_value ("d=") == NULL);
  CHECK (command_line_value ("e=") == NULL);
  standin_boot ("");
  CHECK (command_line_value ("a=") == NULL);
}

/* The boot id after a start with the command line LINE.  */
static uint64_t
boot_id (const char *line)
{
  memset (&mdtrace_shared.clock, 0, sizeof mdtrace_shared.clock);
  standin_boot (line);
  ((struct time_value64 *) mach_time)->nanoseconds = 0;
  mdtrace_start ();
  return mdtrace_shared.boot_id;
}

static void
tells_boots_apart (void)
{
  uint64_t id = boot_id ("mdtrace.boot=1");

  CHECK (id != 0);
  CHECK_NUMBER (boot_id ("mdtrace.boot=1"), id);
  CHECK (boot_id ("mdtrace.boot=2") != id);
  CHECK (boot_id ("mdtrace.boot=10") != id);
  CHECK (boot_id ("mdtrace.boot=") != id);
}

static void
publishes_its_clock (void)
{
  const struct mdtrace_shared_clock *clock = &mdtrace_shared.clock;
  mdtrace_clock_t read;

  probes_boot ();
  CHECK_NUMBER (clock->sequence, 0);
  CHECK_NUMBER (clock->first_tsc, 0);
  uint64_t start = standin.tsc;
  for (unsigned tick = 1; tick <= 350; tick++)
    {
      standin_ticks (1);
      CHECK_NUMBER (clock->sequence, 2 * tick);
      CHECK_NUMBER (clock->ticks, tick);
      /* The counter is read when the tick comes in.  */
      unsigned seconds = (tick - 1) / STANDIN_HZ;
      CHECK_NUMBER (clock->tsc,
		    start + tick * STANDIN_TSC_PER_TICK
			+ (2 * tick - 1 + seconds) * STANDIN_TSC_PER_READ);
      /* And once more, for the watermark of the ring.  */
      CHECK_NUMBER (rings[0].control->watermark,
		    clock->tsc + STANDIN_TSC_PER_READ);
      /* At a full second there is a snapshot, too.  */
      CHECK_NUMBER (standin.tsc, clock->tsc
				     + (tick % STANDIN_HZ == 0 ? 2 : 1)
					   * STANDIN_TSC_PER_READ);
      CHECK_NUMBER (rings[0].control->watermark_sequence, 2 * tick);
      CHECK_NUMBER (clock->uptime_ns, UINT64_C (10000000) * tick);
      CHECK_NUMBER (clock->time_ns,
		    UINT64_C (1700000000000000000) + clock->uptime_ns);
      CHECK_NUMBER (clock->first_uptime_ns, 10000000);
    }
  uint64_t before = standin.tsc;
  clock_read (&read);
  CHECK_NUMBER (read.tsc_now, before + STANDIN_TSC_PER_READ);
  CHECK_NUMBER (read.tsc, clock->tsc);
  CHECK_NUMBER (read.time_ns, clock->time_ns);
  CHECK_NUMBER (read.uptime_ns, clock->uptime_ns);
  CHECK_NUMBER (read.ticks, 350);
  CHECK_NUMBER (read.first_tsc, clock->first_tsc);
  CHECK_NUMBER (read.first_uptime_ns, clock->first_uptime_ns);
}

static mach_interrupt_handler_t kernel_handler;
static bool nested;

/* A handler that lets in the next tick.  */
static void
slow_handler (int unit, int level, const char *address, void *registers)
{
  kernel_handler (unit, level, address, registers);
  if (!nested)
    {
      nested = true;
      standin.tsc += STANDIN_TSC_PER_TICK;
      mach_ivect[0](0, 0, NULL, NULL);
    }
}

/* Where two ticks come at once the later one is published, and once.  */
static void
publishes_the_later_of_two_ticks (void)
{
  const struct mdtrace_shared_clock *clock = &mdtrace_shared.clock;

  standin_boot ("");
  kernel_handler = mach_ivect[0];
  mach_ivect[0] = slow_handler;
  mdtrace_start ();
  standin_ticks (1);
  CHECK_NUMBER (clock->sequence, 2);
  CHECK_NUMBER (clock->ticks, 2);
  uint64_t tsc = clock->tsc;
  CHECK_NUMBER (tsc, standin.tsc - 2 * STANDIN_TSC_PER_READ);
  standin_ticks (1);
  CHECK_NUMBER (clock->sequence, 4);
  CHECK_NUMBER (clock->ticks, 3);
}

TAP_MAIN ({ describes_itself, "the shared page says what is where" },
	  { is_off, "mdtrace=off starts nothing" },
	  { is_not_off, "only mdtrace=off does that" },
	  { refuses_a_damaged_table, "a damaged table starts nothing" },
	  { reads_the_command_line, "words of the command line" },
	  { tells_boots_apart, "the boot id differs by mdtrace.boot=" },
	  { publishes_its_clock, "the clock is published at every tick" },
	  { publishes_the_later_of_two_ticks,
	    "of two ticks at once the later is published" })
