/* Requests that are refused, damaged, or not meant for anybody.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "counters.h"
#include "hooks.h"
#include "requests.h"

static struct arguments
good_arguments (void)
{
  struct arguments arguments = { .number = 1000, .holder = "err.server" };

  arguments.address = (uintptr_t) standin_text (ALPHA);
  arguments.config = probe_config ("alpha");
  strcpy (arguments.counter, "err.server");
  arguments.kind = MDTRACE_COUNTER_COUNT;
  return arguments;
}

/* The result of the request with ID.  */
static kern_return_t
result_of (int id, const struct arguments *arguments)
{
  struct request request;

  request_make (&request, id, arguments);
  mig_reply_header_t *reply
      = standin_serve (&request, request.header.msgh_size, 0xa5);
  kern_return_t code = reply->RetCode;
  CHECK (reply->Head.msgh_size <= STANDIN_REPLY_BYTES);
  CHECK (code != KERN_SUCCESS || reply->Head.msgh_size >= sizeof *reply);
  if (code != KERN_SUCCESS)
    CHECK_NUMBER (reply->Head.msgh_size, sizeof *reply);
  release_ports (reply, id);
  free (reply);
  return code;
}

/* Everything that an RPC could change.  */
struct state
{
  mdtrace_status_t status;
  mdtrace_ring_info_t ring;
  uint64_t tail;
  uint32_t probes;
  uint32_t states[16];
  unsigned rights, page_blocks, text_writes;
  uint8_t counters[MDTRACE_BYTES_PAGE];
  uint8_t text[STANDIN_TEXT_BYTES];
};

static void
get_state (struct state *state)
{
  uint32_t count;
  const dynamic_probe_status_t *list = probe_list (&count);

  memset (state, 0, sizeof *state);
  CHECK_NUMBER (mdtrace_get_status (loopback, &state->status), MDTRACE_OK);
  ring_get_info (&rings[0], &state->ring);
  state->tail = rings[0].tail->tail;
  state->probes = count;
  for (uint32_t i = 0; i < count; i++)
    state->states[i] = list[i].state;
  uint32_t bytes = sizeof state->counters;
  CHECK_NUMBER (counter_list (0, state->counters, &bytes), 0);
  state->rights = standin.rights;
  state->page_blocks = standin.page_blocks;
  state->text_writes = standin.text_writes;
  memcpy (state->text, standin_text (0), sizeof state->text);
}

/* Whoever has not come to the host privileged port gets nothing, for any
   routine, and changes nothing.  */
static void
refuses_the_unprivileged (void)
{
  static struct state before, after;
  struct arguments arguments = good_arguments ();
  struct mdtrace_rings *consumer;
  /* Of probes, and of a counter.  */
  static const uint32_t numbers[] = { 1, 2, 1000, MDTRACE_CUSTOM_FIRST };

  probes_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "err.server", &consumer),
		MDTRACE_OK);
  probe_create ("many", true);
  probe_create ("beta", false);
  CHECK_NUMBER (result_of (MDTRACE_ID_COUNTER_CREATE, &arguments), MDTRACE_OK);
  for (int i = 0; i < 10; i++)
    CHECK (standin_call (MANY));
  get_state (&before);
  for (int id = FIRST_ID; id <= LAST_ID; id++)
    for (int try = 0; try < 4; try++)
      {
	/* Such as would work, or would fail otherwise.  */
	arguments.number = numbers[try];
	arguments.cpu = try == 2;
	arguments.position = try * 8 * 9;
	arguments.config.enabled = try == 0;
	standin.unprivileged = true;
	CHECK_NUMBER (result_of (id, &arguments),
		      is_for_any_task (id) ? MDTRACE_OK
					   : MDTRACE_ERR_NOT_PRIVILEGED);
	standin.unprivileged = false;
	get_state (&after);
	CHECK (memcmp (&before, &after, sizeof before) == 0);
      }
  mdtrace_rings_close (consumer);
}

static void
knows_no_other_ids (void)
{
  static const int ids[]
      = { FIRST_ID - 1, LAST_ID + 1, 0, -1, 4700, 4748, INT32_MIN, INT32_MAX };
  struct arguments arguments = good_arguments ();

  probes_boot ();
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
    CHECK_NUMBER (result_of (ids[i], &arguments), MIG_BAD_ID);
}

static void
refuses_other_cpus (void)
{
  static const uint32_t cpus[] = { 1, 63, 64, 1 << 31, UINT32_MAX };
  struct arguments arguments = good_arguments ();

  probes_boot ();
  arguments.number = probe_create ("alpha", true);
  for (size_t i = 0; i < sizeof cpus / sizeof cpus[0]; i++)
    {
      arguments.cpu = cpus[i];
      CHECK_NUMBER (result_of (MDTRACE_ID_PROBE_SITES, &arguments),
		    cpus[i] == MDTRACE_CPU_ALL ? MDTRACE_OK
					       : MDTRACE_ERR_NO_SUCH_CPU);
      CHECK_NUMBER (result_of (MDTRACE_ID_RING_STATUS, &arguments),
		    MDTRACE_ERR_NO_SUCH_CPU);
      CHECK_NUMBER (result_of (MDTRACE_ID_RING_MAP, &arguments),
		    MDTRACE_ERR_NO_SUCH_CPU);
      CHECK_NUMBER (result_of (MDTRACE_ID_RING_READ, &arguments),
		    MDTRACE_ERR_NO_SUCH_CPU);
      CHECK_NUMBER (result_of (MDTRACE_ID_RING_CONSUME, &arguments),
		    MDTRACE_ERR_NO_SUCH_CPU);
    }
  CHECK_NUMBER (result_of (MDTRACE_ID_COUNTER_CREATE, &arguments), MDTRACE_OK);
  arguments.number = MDTRACE_CUSTOM_FIRST;
  for (size_t i = 0; i < sizeof cpus / sizeof cpus[0]; i++)
    {
      arguments.cpu = cpus[i];
      CHECK_NUMBER (result_of (MDTRACE_ID_COUNTER_READ, &arguments),
		    cpus[i] == MDTRACE_CPU_ALL ? MDTRACE_OK
					       : MDTRACE_ERR_NO_SUCH_CPU);
    }
}

static void
has_no_ring_without_memory (void)
{
  struct arguments arguments = good_arguments ();

  standin_boot ("");
  standin.pages_left = 0;
  mdtrace_start ();
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_STATUS, &arguments),
		MDTRACE_ERR_NO_MEMORY);
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_MAP, &arguments),
		MDTRACE_ERR_NO_MEMORY);
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_READ, &arguments),
		MDTRACE_ERR_NO_MEMORY);
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_CONSUME, &arguments),
		MDTRACE_ERR_NO_MEMORY);
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_CLAIM, &arguments), MDTRACE_OK);
  CHECK_NUMBER (result_of (MDTRACE_ID_GET_STATUS, &arguments), MDTRACE_OK);
}

static void
consumes_for_its_holder_only (void)
{
  struct arguments arguments = good_arguments ();

  probes_boot ();
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_CONSUME, &arguments),
		MDTRACE_ERR_NOT_CLAIMED);
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_CLAIM, &arguments), MDTRACE_OK);
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_CONSUME, &arguments), MDTRACE_OK);
  arguments.position = 8;
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_CONSUME, &arguments),
		MDTRACE_ERR_BAD_POSITION);
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_READ, &arguments),
		MDTRACE_ERR_BAD_POSITION);
  strcpy (arguments.holder, "other");
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_CONSUME, &arguments),
		MDTRACE_ERR_NOT_CLAIMED);
}

/* Whichever of the memory objects cannot be made, none is left behind.  */
static void
leaves_no_objects_behind (void)
{
  struct arguments arguments = good_arguments ();

  probes_boot ();
  for (long objects = 0; objects < 6; objects++)
    {
      standin.objects_left = objects;
      CHECK_NUMBER (result_of (MDTRACE_ID_RING_MAP, &arguments),
		    MDTRACE_ERR_NO_MEMORY);
      CHECK_NUMBER (standin.rights, 0);
      standin.objects_left = objects;
      CHECK_NUMBER (result_of (MDTRACE_ID_MAILBOX_MAP, &arguments),
		    objects < 2 ? MDTRACE_ERR_NO_MEMORY : MDTRACE_OK);
      CHECK_NUMBER (standin.rights, 0);
    }
  standin.objects_left = 6;
  CHECK_NUMBER (result_of (MDTRACE_ID_RING_MAP, &arguments), MDTRACE_OK);
}

/* The length and each bit of the types must be right.  */
static void
refuses_malformed_requests (void)
{
  probes_boot ();
  struct arguments arguments = good_arguments ();
  struct request request;
  for (int id = FIRST_ID; id <= LAST_ID; id++)
    {
      request_make (&request, id, &arguments);
      size_t good = request.header.msgh_size;
      for (size_t bytes = sizeof request.header; bytes <= good + 64;
	   bytes += 4)
	if (bytes != good)
	  {
	    mig_reply_header_t *reply = standin_serve (&request, bytes, 0);
	    CHECK_NUMBER (reply->RetCode, MIG_BAD_ARGUMENTS);
	    free (reply);
	  }
      /* Of a type in the long form some bits mean nothing to MIG.  */
      if (good == sizeof request.header || id == MDTRACE_ID_PROBE_DEFINE)
	continue;
      for (unsigned bit = 0; bit < 64; bit++)
	{
	  request_make (&request, id, &arguments);
	  request.body[bit / 8] ^= 1 << bit % 8;
	  mig_reply_header_t *reply = standin_serve (&request, good, 0);
	  CHECK_NUMBER (reply->RetCode, MIG_BAD_ARGUMENTS);
	  free (reply);
	}
      request_make (&request, id, &arguments);
      request.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
      mig_reply_header_t *reply = standin_serve (&request, good, 0);
      CHECK_NUMBER (reply->RetCode, MIG_BAD_ARGUMENTS);
      free (reply);
    }
}

TAP_MAIN ({ refuses_the_unprivileged,
	    "without the host privileged port, for every routine" },
	  { knows_no_other_ids, "ids of no routine" },
	  { refuses_other_cpus, "CPUs that are not there" },
	  { has_no_ring_without_memory, "rings that are not there" },
	  { consumes_for_its_holder_only, "a ring that somebody else has" },
	  { leaves_no_objects_behind, "no memory for memory objects" },
	  { refuses_malformed_requests, "requests of another form" })
