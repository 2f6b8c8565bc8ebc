/* Random and damaged messages: nothing breaks, nothing is lost.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Every request is in a block of just its length, every reply in one of just
   the kernel's length, so that AddressSanitizer sees any step beside
   them.  */

#include "requests.h"

enum
{
  MESSAGES = 80000
};

static uint64_t seed = 1;

/* Sometimes a good value, sometimes one at an edge, sometimes any.  */
static uint64_t
any_number (uint64_t good)
{
  static const uint64_t edges[]
      = { 0,	     1,		63,	    64,
	  128,	     999,	1000,	    600000,
	  600001,    INT32_MAX, UINT32_MAX, UINT64_C (1) << 32,
	  INT64_MAX, UINT64_MAX };

  switch (tap_below (&seed, 4))
    {
    case 0:
      return edges[tap_below (&seed, sizeof edges / sizeof edges[0])];
    case 1:
      return tap_random (&seed) >> tap_below (&seed, 64);
    default:
      return good;
    }
}

/* Options that may go together.  */
static void
any_options (struct arguments *arguments)
{
  mdtrace_probe_options_t *options = &arguments->options;

  if (tap_below (&seed, 3) == 0)
    {
      options->aggregation = MDTRACE_AGGREGATION_COUNT;
      options->keys = MDTRACE_KEY_TASK | MDTRACE_KEY_SITE;
      options->entries = 4;
      return;
    }
  options->aggregation = tap_below (&seed, 9);
  if (options->aggregation > MDTRACE_AGGREGATION_COUNT)
    options->value = any_number (MDTRACE_FIELD_ARG0_BIT);
  if (options->aggregation == MDTRACE_AGGREGATION_LHIST)
    {
      options->buckets = any_number (10);
      options->step = any_number (3);
    }
  if (options->aggregation != 0)
    options->keys = any_number (1 << tap_below (&seed, 14));
  options->entries = any_number (0);
  options->limit = any_number (0);
  options->budget = any_number (0);
  options->stack_depth = options->keys & MDTRACE_KEY_STACK ? any_number (8) : 0;
  options->latency
      = tap_below (&seed, 4) == 0 && arguments->config.kinds == 6;
  options->instructions = any_number (0);
  if (options->instructions == 0 && tap_below (&seed, 2) == 0)
    {
      options->instructions = 2;
      arguments->program[0].operation = tap_below (&seed, 30);
      arguments->program[0].to = any_number (MDTRACE_OPERAND_ARGUMENT);
      arguments->program[0].from = any_number (MDTRACE_OPERAND_IMMEDIATE);
      arguments->program[0].bytes = any_number (8);
      arguments->program[0].offset = any_number (1);
      arguments->program[1].operation = 1 + tap_below (&seed, 2);
    }
  arguments->definition_bytes = any_number (0) % MDTRACE_BYTES_PAGE;
  if (arguments->definition_bytes
      > sizeof (mdtrace_probe_definition_t) + sizeof arguments->program)
    arguments->definition_bytes = 0;
}

static struct arguments
any_arguments (void)
{
  static const char *const holders[] = { "a", "b", "" };
  static const char *const patterns[] = { "", "*", "function_0?[1-4]", "[x" };
  static const uint64_t fields[] = { 0, 3, 7, 0x3ff, 0x400 };
  mdtrace_status_t status;
  struct arguments arguments = { 0 };

  dynamic_probe_status (&status);
  /* There are more probes than counters.  */
  arguments.number
      = any_number (tap_below (&seed, tap_below (&seed, 2) ? 300 : 24));
  arguments.cpu = any_number (0);
  arguments.mode = any_number (tap_below (&seed, 4));
  arguments.first = any_number (0);
  arguments.address = any_number ((word_t) standin_text (0)
				  + tap_below (&seed, STANDIN_TEXT_BYTES));
  arguments.position
      = any_number (rings[0].tail->tail + 8 * tap_below (&seed, 64));
  strcpy (arguments.holder, holders[tap_below (&seed, 3)]);
  if (tap_below (&seed, 20) == 0)
    memset (arguments.holder, 'x', sizeof arguments.holder);
  strcpy (arguments.counter, holders[tap_below (&seed, 3)]);
  strcpy (arguments.unit, "things");
  arguments.kind = any_number (1 + tap_below (&seed, 3));
  if (tap_below (&seed, 20) == 0)
    memset (arguments.counter, 'x', sizeof arguments.counter);
  if (tap_below (&seed, 20) == 0)
    memset (arguments.unit, 'x', sizeof arguments.unit);
  arguments.config
      = probe_config (tap_below (&seed, 2)
			  ? standin_name (tap_below (&seed, STANDIN_FUNCTIONS))
			  : "twin@one.c");
  arguments.config.enabled = tap_below (&seed, 2);
  arguments.config.kinds = any_number (arguments.config.kinds);
  if (tap_below (&seed, 4) == 0)
    strcpy (arguments.config.function, patterns[tap_below (&seed, 4)]);
  if (tap_below (&seed, 4) == 0)
    arguments.config.values[tap_below (&seed, MDTRACE_ARGUMENTS_MAX)]
	= (mdtrace_value_t){ .source = tap_below (&seed, 6),
			     .number = any_number (7),
			     .steps = any_number (1),
			     .last_bytes = any_number (8) };
  arguments.config.offset = any_number (arguments.address);
  arguments.config.fields = fields[tap_below (&seed, 5)];
  any_options (&arguments);
  return arguments;
}

/* Change some bytes or bits of REQUEST, or its length.  */
static void
damage (struct request *request, size_t *bytes)
{
  uint8_t *at = (uint8_t *) request;

  switch (tap_below (&seed, 5))
    {
    case 0:
      *bytes = sizeof request->header + tap_below (&seed, 8100);
      break;
    case 1:
      for (unsigned n = 1 + tap_below (&seed, 16); n > 0; n--)
	at[tap_below (&seed, *bytes)] = tap_random (&seed);
      break;
    case 2:
      at[tap_below (&seed, *bytes)] ^= 1 << tap_below (&seed, 8);
      break;
    case 3:
      tap_random_bytes (&seed, at, *bytes);
      request->header.msgh_id
	  = FIRST_ID + tap_below (&seed, LAST_ID - FIRST_ID + 1);
      break;
    case 4:
      request->header.msgh_id = tap_random (&seed);
      break;
    }
}

static bool served[LAST_ID - FIRST_ID + 1];
static unsigned refused;

/* Send a message and check what must hold of any reply.  */
static void
send_one (void)
{
  struct request request;
  struct arguments arguments = any_arguments ();
  int id = FIRST_ID + tap_below (&seed, LAST_ID - FIRST_ID + 1);

  request_make (&request, id, &arguments);
  size_t bytes = request.header.msgh_size;
  if (tap_below (&seed, 2) == 0)
    damage (&request, &bytes);
  id = request.header.msgh_id;
  standin.unprivileged = tap_below (&seed, 16) == 0;
  mig_reply_header_t *reply = standin_serve (&request, bytes, 0xa5);
  if (reply->RetCode == KERN_SUCCESS)
    {
      CHECK (!standin.unprivileged || is_for_any_task (id));
      CHECK (id >= FIRST_ID && id <= LAST_ID);
      served[id - FIRST_ID] = true;
      release_ports (reply, id);
    }
  else
    refused++;
  CHECK (reply->Head.msgh_size >= sizeof *reply);
  CHECK (reply->Head.msgh_size <= STANDIN_REPLY_BYTES);
  CHECK_NUMBER ((uint32_t) reply->Head.msgh_id, (uint32_t) id + 100);
  CHECK_NUMBER (standin.rights, 0);
  free (reply);
}

static void
bears_any_messages (void)
{
  uint32_t count;

  probes_boot ();
  for (unsigned i = 0; i < MESSAGES; i++)
    {
      standin.pages_left = tap_below (&seed, 10) == 0 ? 0 : -1;
      standin.objects_left
	  = tap_below (&seed, 10) == 0 ? (long) tap_below (&seed, 6) : -1;
      send_one ();
      /* The machine goes on meanwhile.  */
      standin_run (&standin_threads[tap_below (&seed, STANDIN_THREADS)]);
      standin_call (tap_below (&seed, STANDIN_FUNCTIONS));
      if (tap_below (&seed, 4) == 0)
	standin_ticks (1);
      if (i % 1000 == 0)
	check_law ();
    }
  check_law ();
  for (int i = 0; i <= LAST_ID - FIRST_ID; i++)
    {
      if (!served[i])
	printf ("# request %d\n", FIRST_ID + i);
      CHECK (served[i]);
    }
  CHECK (refused > MESSAGES / 4);
  CHECK (!standin_said ("ring broken"));

  /* All that was enabled can be destroyed, and then the text is as it
     was.  */
  const dynamic_probe_status_t *list = probe_list (&count);
  for (uint32_t i = 0; i < count; i++)
    if (list[i].state != MDTRACE_STATE_DESTROYED)
      CHECK_NUMBER (dynamic_probe_destroy (list[i].id), MDTRACE_OK);
  CHECK (standin_text_is_original ());
}

/* The library bears any reply.  */

static void
damage_reply (void *message, size_t *bytes)
{
  struct request *reply = message;

  if (tap_below (&seed, 3) > 0)
    {
      int id = reply->header.msgh_id;
      damage (reply, bytes);
      if (tap_below (&seed, 4) > 0)
	reply->header.msgh_id = id;
      if (*bytes > MDTRACE_MESSAGE_BYTES_MAX)
	*bytes = MDTRACE_MESSAGE_BYTES_MAX;
    }
}

/* Damage that MIG's stub does not see: in the results.  */
static void
damage_results (void *message, size_t *bytes)
{
  uint8_t *at = message;

  if (*bytes > REPLY_RESULT)
    for (unsigned n = tap_below (&seed, 20); n > 0; n--)
      at[REPLY_RESULT + tap_below (&seed, *bytes - REPLY_RESULT)]
	  = tap_random (&seed);
}

static void
ask_everything (void)
{
  struct mdtrace_function *functions;
  mdtrace_probe_info_t *probes;
  mdtrace_counts_t counts[MDTRACE_CPUS_MAX];
  mdtrace_explanation_t explanation;
  mdtrace_status_t status;
  mdtrace_health_t health;
  struct mdtrace_rings *consumer;
  struct mdtrace_site *sites;
  struct mdtrace_static *statics;
  size_t count;
  unsigned cpus;

  if (mdtrace_get_status (loopback, &status) == MDTRACE_OK)
    CHECK (memchr (status.holder, 0, sizeof status.holder) != NULL);
  mdtrace_get_health (loopback, &health);
  if (mdtrace_probe_list (loopback, 0, &probes, &count) == MDTRACE_OK)
    {
      for (size_t i = 0; i < count; i++)
	{
	  CHECK (memchr (probes[i].label, 0, sizeof probes[i].label) != NULL);
	  CHECK (i == 0 || probes[i].id > probes[i - 1].id);
	}
      free (probes);
    }
  if (mdtrace_function_list (loopback, &functions, &count) == MDTRACE_OK)
    {
      for (size_t i = 0; i < count; i++)
	CHECK (memchr (functions[i].name, 0, sizeof functions[i].name)
	       != NULL);
      free (functions);
    }
  if (mdtrace_probe_counts (loopback, 1, counts, &cpus) == MDTRACE_OK)
    CHECK (cpus <= MDTRACE_CPUS_MAX);
  if (mdtrace_probe_sites (loopback, 51, MDTRACE_CPU_ALL, &sites, &count)
      == MDTRACE_OK)
    {
      for (size_t i = 0; i < count; i++)
	CHECK (memchr (sites[i].function, 0, sizeof sites[i].function)
	       != NULL);
      free (sites);
    }
  if (mdtrace_function_sites (loopback, (word_t) standin_text (FORK), &sites,
			      &count)
      == MDTRACE_OK)
    free (sites);
  if (mdtrace_explain (loopback, (word_t) standin_text (FORK), &explanation)
      == MDTRACE_OK)
    CHECK (memchr (explanation.name, 0, sizeof explanation.name) != NULL);
  if (mdtrace_static_list (loopback, &statics, &count) == MDTRACE_OK)
    {
      for (size_t i = 0; i < count; i++)
	CHECK (memchr (statics[i].missing, 0, sizeof statics[i].missing)
	       != NULL);
      free (statics);
    }
  mdtrace_fire (loopback, "event", NULL, 0, NULL);
  if (mdtrace_rings_open (loopback, "test", &consumer) == MDTRACE_OK)
    mdtrace_rings_close (consumer);
}

static void
bears_any_replies (void)
{
  probes_boot ();
  for (int i = 0; i < 50; i++)
    probe_create (standin_name (FUNCTION_0 + i), true);
  /* With as many sites as make two pages.  */
  probe_create_of ("function_*",
		   MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
		       | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN));
  loopback_on_reply = damage_reply;
  for (int i = 0; i < 300; i++)
    ask_everything ();
  loopback_on_reply = damage_results;
  for (int i = 0; i < 150; i++)
    ask_everything ();
}

TAP_MAIN ({ bears_any_messages, "the kernel part bears any message" },
	  { bears_any_replies, "the library bears any reply" })
