/* The MIG routines, from a request to its reply.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "hooks.h"
#include "requests.h"

/* Arguments with which every routine works once there is a claim, or is
   going to be one.  */
static struct arguments
good_arguments (void)
{
  struct arguments arguments = { .number = 1000, .holder = "tst.server" };

  arguments.address = (uintptr_t) standin_text (ALPHA);
  arguments.config = probe_config ("alpha");
  arguments.options.aggregation = MDTRACE_AGGREGATION_COUNT;
  strcpy (arguments.counter, "first");
  arguments.kind = MDTRACE_COUNTER_COUNT;
  return arguments;
}

/* Serve the request with ID; the caller frees the reply.  */
static mig_reply_header_t *
serve (int id, const struct arguments *arguments, uint8_t filling)
{
  struct request request;

  request_make (&request, id, arguments);
  return standin_serve (&request, request.header.msgh_size, filling);
}

/* Make a counter by ARGUMENTS that is not enabled.  */
static void
make_counter (const struct arguments *arguments)
{
  free (serve (MDTRACE_ID_COUNTER_CREATE, arguments, 0));
  free (serve (MDTRACE_ID_COUNTER_DISABLE,
	       &(struct arguments){ .number = MDTRACE_CUSTOM_FIRST }, 0));
}

/* In the order of their numbers all routines work, with room to spare.  */
static void
serves_every_routine (void)
{
  probes_boot ();
  struct arguments arguments = good_arguments ();
  for (int id = FIRST_ID; id <= LAST_ID; id++)
    {
      arguments.number
	  = id == MDTRACE_ID_RING_CLAIM || id == MDTRACE_ID_RING_RENEW ? 1000
								       : 1;
      if (id == MDTRACE_ID_PROBE_LIST || id == MDTRACE_ID_PROBE_COUNTS)
	probe_create ("beta", true);
      if (id == MDTRACE_ID_PROBE_COUNTS || id == MDTRACE_ID_PROBE_SITES)
	arguments.number = 2;
      /* The one that was defined just before.  */
      if (id >= MDTRACE_ID_PROBE_OPTIONS
	  && id <= MDTRACE_ID_AGGREGATION_CLEAR)
	arguments.number = 4;
      if (id == MDTRACE_ID_RING_CONFIGURE)
	free (serve (MDTRACE_ID_RING_RELEASE, &arguments, 0));
      if (id == MDTRACE_ID_RING_CONSUME)
	free (serve (
	    MDTRACE_ID_RING_CLAIM,
	    &(struct arguments){ .number = 1000, .holder = "tst.server" }, 0));
      if (id == MDTRACE_ID_COUNTER_ENABLE)
	make_counter (&arguments);
      if (id >= MDTRACE_ID_COUNTER_ENABLE)
	arguments.number = MDTRACE_CUSTOM_FIRST;
      /* The first one is disabled, and then destroyed.  */
      if (id >= MDTRACE_ID_COUNTER_CREATE)
	strcpy (arguments.counter, "second");
      if (id > MDTRACE_ID_COUNTER_DESTROY)
	arguments.number = MDTRACE_CUSTOM_FIRST + 1;
      mig_reply_header_t *reply = serve (id, &arguments, 0);
      CHECK_NUMBER (reply->Head.msgh_id, id + 100);
      CHECK_NUMBER (reply->RetCode, KERN_SUCCESS);
      CHECK (reply->Head.msgh_size >= sizeof *reply);
      CHECK (reply->Head.msgh_size <= STANDIN_REPLY_BYTES);
      bool complex = id == MDTRACE_ID_RING_MAP || id == MDTRACE_ID_MAILBOX_MAP;
      CHECK_NUMBER ((reply->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0,
		    complex);
      release_ports (reply, id);
      free (reply);
      check_law ();
    }
  CHECK_NUMBER (standin.rights, 0);
}

/* Whether byte AT of the reply to request ID is one of the four that MIG
   leaves behind a number of four bytes.  */
static bool
is_filling (int id, size_t at)
{
  return (id == MDTRACE_ID_GET_VERSION || id == MDTRACE_ID_FUNCTION_LIST
	  || id == MDTRACE_ID_PROBE_SITES || id == MDTRACE_ID_FUNCTION_SITES
	  || id == MDTRACE_ID_AGGREGATION_READ || id == MDTRACE_ID_COUNTER_LIST
	  || id == MDTRACE_ID_COUNTER_READ)
	 && at >= REPLY_RESULT + 4 && at < REPLY_RESULT + 8;
}

/* A reply depends on nothing that was in its buffer before: that may be
   something of another task's.  */
static void
leaks_nothing (void)
{
  static const int ids[]
      = { MDTRACE_ID_GET_VERSION,      MDTRACE_ID_GET_STATUS,
	  MDTRACE_ID_GET_HEALTH,       MDTRACE_ID_PROBE_LIST,
	  MDTRACE_ID_PROBE_COUNTS,     MDTRACE_ID_FUNCTION_LIST,
	  MDTRACE_ID_RING_STATUS,      MDTRACE_ID_RING_READ,
	  MDTRACE_ID_PROBE_ENABLE,     MDTRACE_ID_RING_CLAIM,
	  MDTRACE_ID_PROBE_SITES,      MDTRACE_ID_FUNCTION_SITES,
	  MDTRACE_ID_EXPLAIN,	       MDTRACE_ID_RING_WATERMARKS,
	  MDTRACE_ID_PROBE_OPTIONS,    MDTRACE_ID_GET_LOADS,
	  MDTRACE_ID_AGGREGATION_READ, MDTRACE_ID_COUNTER_LIST,
	  MDTRACE_ID_COUNTER_READ,     MDTRACE_ID_TAKE_SNAPSHOT,
	  MDTRACE_ID_HISTORY,	       MDTRACE_ID_GET_TREND };
  probes_boot ();
  struct arguments arguments = good_arguments ();
  for (int i = 0; i < 30; i++)
    probe_create (standin_name (FUNCTION_0 + i), true);
  arguments.config.enabled = 1;
  free (serve (MDTRACE_ID_PROBE_DEFINE, &arguments, 0));
  for (int i = 0; i < 500; i++)
    CHECK (standin_call (FUNCTION_0 + i % 30));
  CHECK (standin_call (ALPHA));
  free (serve (MDTRACE_ID_COUNTER_CREATE, &arguments, 0));
  free (serve (MDTRACE_ID_COUNTER_UPDATE, &arguments, 0));
  standin_ticks (300);
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
    {
      arguments.number = ids[i] == MDTRACE_ID_RING_CLAIM	 ? 1000
			 : ids[i] == MDTRACE_ID_AGGREGATION_READ ? 31
			 : ids[i] >= MDTRACE_ID_COUNTER_LIST
			     ? MDTRACE_CUSTOM_FIRST
			     : 1;
      mig_reply_header_t *one = serve (ids[i], &arguments, 0xaa);
      mig_reply_header_t *other = serve (ids[i], &arguments, 0x55);
      CHECK_NUMBER (one->Head.msgh_size, other->Head.msgh_size);
      const uint8_t *a = (const uint8_t *) one, *b = (const uint8_t *) other;
      for (size_t at = 0; at < one->Head.msgh_size; at++)
	if (a[at] != b[at] && !is_filling (ids[i], at))
	  {
	    printf ("# reply %d, byte %zu\n", ids[i] + 100, at);
	    CHECK (a[at] == b[at]);
	  }
      free (one);
      free (other);
    }
}

static void
maps_a_ring (void)
{
  struct arguments arguments = good_arguments ();
  const struct mdtrace_shared_ring *ring = &mdtrace_shared.rings[0];

  probes_boot ();
  mig_reply_header_t *reply = serve (MDTRACE_ID_RING_MAP, &arguments, 0);
  CHECK_NUMBER (reply->RetCode, KERN_SUCCESS);
  const struct ipc_port *control = reply_port (reply, 0);
  const struct ipc_port *tail = reply_port (reply, 1);
  const struct ipc_port *data = reply_port (reply, 2);
  CHECK_NUMBER (control->offset, ring->control_address);
  CHECK_NUMBER (control->bytes, PAGE_BYTES);
  CHECK_NUMBER (control->protection, VM_PROT_READ);
  CHECK_NUMBER (tail->offset, ring->tail_address);
  CHECK_NUMBER (tail->bytes, PAGE_BYTES);
  CHECK_NUMBER (tail->protection, VM_PROT_READ | VM_PROT_WRITE);
  CHECK_NUMBER (data->offset, ring->data_address);
  CHECK_NUMBER (data->bytes, ring->data_bytes);
  CHECK_NUMBER (data->protection, VM_PROT_READ);
  /* The pager's device says which page frame is behind an offset.  */
  CHECK (control->pager != NULL);
  CHECK_NUMBER (control->pager->device->dev_ops->d_mmap (
		    0, ring->control_address, VM_PROT_READ),
		ring->control_address / PAGE_BYTES);
  CHECK (control->pager->device->ref_count > 0);
  release_ports (reply, MDTRACE_ID_RING_MAP);
  free (reply);

  reply = serve (MDTRACE_ID_MAILBOX_MAP, &arguments, 0);
  const struct ipc_port *mailbox = reply_port (reply, 0);
  CHECK (mdtrace_shared.mailbox_address != 0);
  CHECK_NUMBER (mdtrace_shared.mailbox_address % PAGE_BYTES, 0);
  CHECK_NUMBER (mailbox->offset, mdtrace_shared.mailbox_address);
  CHECK (mailbox->bytes >= sizeof (struct mdtrace_mailbox));
  CHECK_NUMBER (mailbox->bytes % PAGE_BYTES, 0);
  CHECK_NUMBER (mailbox->protection, VM_PROT_READ | VM_PROT_WRITE);
  release_ports (reply, MDTRACE_ID_MAILBOX_MAP);
  free (reply);
  CHECK_NUMBER (standin.rights, 0);
}

/* The rest by way of the library.  */

static void
tells_its_status (void)
{
  mdtrace_status_t status;
  struct mdtrace_rings *consumer;

  standin_boot ("mdtrace.boot=5");
  mdtrace_start ();
  probe_create ("alpha", false);
  uint32_t id = probe_create ("beta", true);
  CHECK (standin_call (BETA));
  CHECK_NUMBER (mdtrace_rings_open (loopback, "it is me", &consumer),
		MDTRACE_OK);
  CHECK_NUMBER (mdtrace_get_status (loopback, &status), MDTRACE_OK);
  CHECK_NUMBER (status.interface_version, MDTRACE_INTERFACE_VERSION);
  CHECK_NUMBER (status.cpus, 1);
  CHECK_NUMBER (status.word_bytes, 8);
  CHECK_NUMBER (status.functions, STANDIN_FUNCTIONS - STANDIN_ALIASES);
  CHECK_NUMBER (status.functions_refused, STANDIN_REFUSED);
  CHECK_NUMBER (status.probes, 2);
  CHECK_NUMBER (status.probes_enabled, 1);
  CHECK_NUMBER (status.probes_max, 128);
  CHECK_NUMBER (status.ring_bytes, RING_BYTES_DEFAULT);
  CHECK_NUMBER (status.clock_hz, STANDIN_HZ);
  CHECK_NUMBER (status.boot_id, mdtrace_shared.boot_id);
  CHECK_NUMBER (status.counts.hits, 1);
  CHECK_TEXT (status.kernel_version, "GNU Mach 1.8 (stand-in)");
  CHECK_TEXT (status.holder, "it is me");
  CHECK (memcmp (status.text_hash, mdtrace_shared.text_hash, 32) == 0);
  CHECK_NUMBER (mdtrace_probe_destroy (loopback, id), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_get_status (loopback, &status), MDTRACE_OK);
  CHECK_NUMBER (status.probes, 1);
  CHECK_NUMBER (status.counts.hits, 1);
  mdtrace_rings_close (consumer);
}

static void
lists_functions_in_pages (void)
{
  struct mdtrace_function *functions;
  size_t count;

  probes_boot ();
  loopback_rpcs = 0;
  CHECK_NUMBER (mdtrace_function_list (loopback, &functions, &count),
		MDTRACE_OK);
  CHECK (loopback_rpcs > 1);
  CHECK_NUMBER (count, STANDIN_FUNCTIONS);
  for (size_t i = 0; i < count; i++)
    {
      uint64_t address = (uintptr_t) standin_text (i == ALPHA_TOO ? ALPHA : i);
      CHECK_NUMBER (functions[i].address, address);
      CHECK_NUMBER (functions[i].bytes, standin_bytes (i));
      CHECK_NUMBER (functions[i].refusal,
		    i == GAMMA	     ? MDTRACE_REASON_TRAP_PATH
		    : i == COLD	     ? MDTRACE_REASON_COLD_PART
		    : i == CANNOT    ? MDTRACE_REASON_CANNOT_MOVE
		    : i == RECOVERED ? MDTRACE_REASON_RECOVERY
				     : 0);
      if (i != TWIN_ONE && i != TWIN_TWO)
	CHECK_TEXT (functions[i].name, standin_name (i));
    }
  CHECK_NUMBER (functions[MANY].argument_count, 8);
  CHECK_TEXT (functions[TWIN_ONE].name, "twin@one.c");
  CHECK_TEXT (functions[TWIN_TWO].name, "twin@two.c");
  free (functions);
}

static void
lists_probes_in_pages (void)
{
  mdtrace_probe_info_t *probes;
  size_t count;

  probes_boot ();
  for (unsigned i = 0; i <= 100; i++)
    {
      if (i == 0 || i == MDTRACE_PROBES_PAGE || i == 2 * MDTRACE_PROBES_PAGE
	  || i == 100)
	{
	  CHECK_NUMBER (mdtrace_probe_list (loopback, 0, &probes, &count),
			MDTRACE_OK);
	  CHECK_NUMBER (count, i);
	  for (unsigned j = 0; j < i; j++)
	    CHECK_NUMBER (probes[j].id, j + 1);
	  free (probes);
	}
      probe_create ("alpha", false);
    }
  CHECK_NUMBER (mdtrace_probe_list (loopback, 50, &probes, &count),
		MDTRACE_OK);
  CHECK_NUMBER (count, 52);
  CHECK_NUMBER (probes[0].id, 50);
  free (probes);
}

static void
serves_a_probe_by_its_life (void)
{
  mdtrace_probe_config_t config = probe_config ("many");
  mdtrace_counts_t counts[MDTRACE_CPUS_MAX];
  mdtrace_health_t health;
  mdtrace_clock_t clock;
  unsigned cpus;
  mdtrace_created_t created;

  probes_boot ();
  CHECK_NUMBER (mdtrace_probe_create (loopback, &config, &created),
		MDTRACE_OK);
  uint32_t id = created.id;
  CHECK_NUMBER (mdtrace_probe_enable (loopback, id), MDTRACE_OK);
  CHECK (standin_call (MANY));
  CHECK_NUMBER (mdtrace_probe_counts (loopback, id, counts, &cpus),
		MDTRACE_OK);
  CHECK_NUMBER (cpus, 1);
  CHECK_NUMBER (counts[0].hits, 1);
  CHECK_NUMBER (counts[0].recorded, 1);
  CHECK_NUMBER (mdtrace_probe_disable (loopback, id), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_probe_destroy (loopback, id), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_probe_destroy (loopback, id),
		MDTRACE_ERR_NO_SUCH_PROBE);
  standin_ticks (250);
  CHECK_NUMBER (mdtrace_get_health (loopback, &health), MDTRACE_OK);
  CHECK_NUMBER (health.score, 100);
  CHECK_NUMBER (mdtrace_get_clock (loopback, &clock), MDTRACE_OK);
  CHECK_NUMBER (clock.ticks, 250);
}

static void
lists_sites_in_pages (void)
{
  mdtrace_explanation_t known;
  struct mdtrace_site *sites;
  mdtrace_status_t status;
  size_t count;

  probes_boot ();
  uint32_t id
      = probe_create_of ("*", MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
				  | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN));
  for (int i = FUNCTION_0; i < STANDIN_FUNCTIONS; i++)
    CHECK (standin_call (i));
  loopback_rpcs = 0;
  CHECK_NUMBER (
      mdtrace_probe_sites (loopback, id, MDTRACE_CPU_ALL, &sites, &count),
      MDTRACE_OK);
  CHECK (loopback_rpcs > 5);
  uint64_t hits = 0;
  for (size_t i = 0; i < count; i++)
    {
      CHECK (i == 0 || sites[i].address >= sites[i - 1].address);
      CHECK_NUMBER (sites[i].mode, sites_mode (sites[i].address));
      hits += sites[i].counts.hits;
    }
  CHECK_NUMBER (hits, STANDIN_FUNCTIONS - FUNCTION_0);
  CHECK_TEXT (sites[count - 1].function, "function_299");
  CHECK_NUMBER (sites[count - 1].kind, MDTRACE_PROBE_RETURN);
  CHECK_NUMBER (sites[count - 1].address, sites[count - 2].address + 7);
  CHECK_NUMBER (mdtrace_get_status (loopback, &status), MDTRACE_OK);
  CHECK_NUMBER (status.counts.hits, hits);
  free (sites);
  CHECK_NUMBER (mdtrace_probe_sites (loopback, id, 1, &sites, &count),
		MDTRACE_ERR_NO_SUCH_CPU);
  CHECK_NUMBER (mdtrace_probe_sites (loopback, id + 1, 0, &sites, &count),
		MDTRACE_ERR_NO_SUCH_PROBE);

  uint64_t address = (uintptr_t) standin_text (LEADING) + LEADING_RETURN;
  CHECK_NUMBER (mdtrace_function_sites (loopback, address, &sites, &count),
		MDTRACE_OK);
  CHECK_NUMBER (count, 3);
  CHECK_NUMBER (sites[1].address, address);
  CHECK_NUMBER (sites[1].lead, LEADING_LEAD);
  CHECK_NUMBER (sites[1].mode, MDTRACE_MODE_JUMP);
  free (sites);
  CHECK_NUMBER (mdtrace_explain (loopback, address, &known), MDTRACE_OK);
  CHECK_TEXT (known.name, "leading");
  CHECK_NUMBER (known.mode, MDTRACE_MODE_JUMP);
  CHECK_NUMBER (mdtrace_explain (loopback, 1, &known), MDTRACE_ERR_NOT_TEXT);
  CHECK_NUMBER (mdtrace_function_sites (loopback, 1, &sites, &count),
		MDTRACE_ERR_NOT_TEXT);
}

TAP_MAIN ({ serves_every_routine, "every routine answers" },
	  { leaks_nothing, "a reply has nothing old in it" },
	  { maps_a_ring, "a ring's memory objects" },
	  { tells_its_status, "the status" },
	  { lists_functions_in_pages, "functions are listed in pages" },
	  { lists_probes_in_pages, "probes are listed in pages" },
	  { lists_sites_in_pages, "sites are listed in pages" },
	  { serves_a_probe_by_its_life, "a probe's life by RPC" })
