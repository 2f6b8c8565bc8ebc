/* Messages in the layout of machines with another word.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "messages.h"
#include "requests.h"

static struct message wide, narrow, result;

/* The message FROM for words of FROM_WORD bytes becomes EXPECTED.  */
static void
check_becomes (const struct message *from, unsigned from_word,
	       const struct message *expected)
{
  size_t bytes
      = layout_convert (from->words, message_bytes (from), from_word,
			result.words, sizeof result.words, 12 - from_word);
  unsigned ports = 2 * (12 - from_word) / 4;

  CHECK_NUMBER (bytes, message_bytes (expected));
  CHECK_NUMBER (result.words[0], expected->words[0]);
  CHECK_NUMBER (result.words[1], bytes);
  for (unsigned i = 2; i < 2 + ports; i++)
    CHECK_NUMBER (result.words[i], 0);
  for (unsigned i = 2 + ports; i < expected->count; i++)
    CHECK_NUMBER (result.words[i], expected->words[i]);
}

static void
check_both_ways (void)
{
  check_becomes (&wide, 8, &narrow);
  check_becomes (&narrow, 4, &wide);
}

static void
begin (void)
{
  message_begin (&wide, 8);
  message_begin (&narrow, 4);
}

static void
add (bool long_form, unsigned name, unsigned size, uint32_t number)
{
  message_add_data (&wide, 8, long_form, name, size, number);
  message_add_data (&narrow, 4, long_form, name, size, number);
}

static void
converts_a_header (void)
{
  begin ();
  CHECK_NUMBER (message_bytes (&wide), 32);
  CHECK_NUMBER (message_bytes (&narrow), 24);
  check_both_ways ();
}

/* As MIG would have it for mdtrace_probe_enable.  */
static void
converts_a_number (void)
{
  static const uint32_t on_x86_64[]
      = { 0x1513, 48, 0, 0, 0, 0, 0, 4605, 0x20002002, 1, 7, 0 };
  static const uint32_t on_i386[]
      = { 0x1513, 32, 0, 0, 0, 4605, 0x10012002, 7 };

  CHECK_NUMBER (layout_convert (on_x86_64, sizeof on_x86_64, 8, result.words,
				sizeof result.words, 4),
		sizeof on_i386);
  CHECK (memcmp (result.words, on_i386, sizeof on_i386) == 0);
  CHECK_NUMBER (layout_convert (on_i386, sizeof on_i386, 4, result.words,
				sizeof result.words, 8),
		sizeof on_x86_64);
  CHECK (memcmp (result.words, on_x86_64, sizeof on_x86_64) == 0);
}

static void
converts_data_of_any_size (void)
{
  for (unsigned number = 0; number < 40; number++)
    {
      begin ();
      add (false, MESSAGE_BYTE, 8, number);
      add (false, MESSAGE_INT_64, 64, number);
      add (false, MESSAGE_INT_32, 32, number);
      check_both_ways ();
    }
}

static void
keeps_the_long_form (void)
{
  begin ();
  add (false, MESSAGE_INT_32, 32, 1);
  add (true, MESSAGE_BYTE, 8, 7168);
  check_both_ways ();
  begin ();
  add (true, MESSAGE_BYTE, 8, 3);
  add (false, MESSAGE_INT_32, 32, 1);
  check_both_ways ();
  begin ();
  add (true, MESSAGE_BYTE, 2112, 3);
  check_both_ways ();
}

/* The last word may be cut behind the data.  */
static void
takes_an_end_that_is_not_filled_up (void)
{
  begin ();
  add (false, MESSAGE_BYTE, 8, 5);
  size_t bytes = message_bytes (&wide) - 3;
  CHECK_NUMBER (layout_convert (wide.words, bytes, 8, result.words,
				sizeof result.words, 4),
		message_bytes (&narrow));
}

static unsigned converted;

/* Let MESSAGE make the journey to a machine with 32 bits.  What fills data up
   to the next word does not survive it, and means nothing.  */
static void
there_and_back (void *message, size_t *bytes)
{
  static uint8_t there[MDTRACE_MESSAGE_BYTES_MAX];
  static uint8_t again[MDTRACE_MESSAGE_BYTES_MAX];
  mach_msg_header_t *header = message;
  mach_port_t remote = header->msgh_remote_port;
  mach_port_t local = header->msgh_local_port;
  size_t narrow_bytes
      = layout_convert (message, *bytes, 8, there, sizeof there, 4);

  CHECK (narrow_bytes != 0 && narrow_bytes < *bytes);
  size_t wide_bytes = layout_convert (there, narrow_bytes, 4, message,
				      MDTRACE_MESSAGE_BYTES_MAX, 8);
  CHECK_NUMBER (wide_bytes, (*bytes + 7) & ~(size_t) 7);
  CHECK_NUMBER (
      layout_convert (message, wide_bytes, 8, again, sizeof again, 4),
      narrow_bytes);
  CHECK (memcmp (there, again, narrow_bytes) == 0);
  header->msgh_remote_port = remote;
  header->msgh_local_port = local;
  *bytes = wide_bytes;
  converted++;
}

/* What MIG's stubs on both sides make, for all that the library asks.  */
static void
carries_the_interface (void)
{
  mdtrace_probe_config_t config = probe_config ("beta");
  mdtrace_counts_t counts[MDTRACE_CPUS_MAX];
  struct mdtrace_function *functions;
  struct mdtrace_rings *consumer;
  mdtrace_probe_info_t *probes;
  mdtrace_status_t status;
  mdtrace_health_t health;
  mdtrace_clock_t time;
  unsigned cpus;
  mdtrace_created_t created;
  size_t count;

  probes_boot ();
  loopback_on_request = there_and_back;
  loopback_on_reply = there_and_back;
  CHECK_NUMBER (mdtrace_get_status (loopback, &status), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_get_clock (loopback, &time), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_get_health (loopback, &health), MDTRACE_OK);
  for (unsigned i = 1; i <= 2 * MDTRACE_PROBES_PAGE; i++)
    CHECK_NUMBER (mdtrace_probe_create (loopback, &config, &created),
		  MDTRACE_OK);
  uint32_t id = created.id;
  CHECK_NUMBER (mdtrace_probe_enable (loopback, id), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_probe_counts (loopback, id, counts, &cpus),
		MDTRACE_OK);
  CHECK_NUMBER (cpus, 1);
  CHECK_NUMBER (mdtrace_probe_disable (loopback, id), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_probe_destroy (loopback, id), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_probe_destroy (loopback, id + 1),
		MDTRACE_ERR_NO_SUCH_PROBE);
  CHECK_NUMBER (mdtrace_probe_list (loopback, 0, &probes, &count), MDTRACE_OK);
  CHECK (count >= 2 * MDTRACE_PROBES_PAGE - 1);
  CHECK_TEXT (probes[0].function, "beta");
  free (probes);
  CHECK_NUMBER (mdtrace_function_list (loopback, &functions, &count),
		MDTRACE_OK);
  CHECK (count >= status.functions);
  free (functions);
  CHECK_NUMBER (mdtrace_rings_open (loopback, "tst.layout", &consumer),
		MDTRACE_OK);
  CHECK_NUMBER (mdtrace_rings_renew (consumer), MDTRACE_OK);
  mdtrace_rings_close (consumer);
  CHECK_NUMBER (converted, 2 * loopback_rpcs);
}

TAP_MAIN ({ converts_a_header, "a header" },
	  { converts_a_number, "a number, as MIG would have it" },
	  { converts_data_of_any_size, "data of any size" },
	  { keeps_the_long_form, "descriptions of long form" },
	  { takes_an_end_that_is_not_filled_up,
	    "an end that is not filled up" },
	  { carries_the_interface, "every request and reply" })
