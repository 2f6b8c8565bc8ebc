/* The text, whatever is enabled and disabled in whatever order.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Probes of every instruction that can be probed and of all sorts of sites,
   so that sites overlap wherever they can.  After each step all of the text
   must be what the modes of the sites make of the original.  In between the
   functions are executed: they must compute what they compute without probes,
   and each probe must be hit as often as its instructions were executed when
   the processor went by single steps.  */

#include "execute.h"
#include "symbols.h"
#include "x86/patch.h"

enum
{
  PROBES_MAX = 128,
  SITES_MAX = 1024, /* of a probe */
  VARIANTS = 2	    /* of arguments */
};

static const enum standin_function functions[]
    = { ALPHA,	BETA,	  DELTA,     MANY,  FORK,  LEADING, TAIL,
	CALLER, INDIRECT, RELATIVES, JUMPS, SHORT, CANNOT,  RECOVERED };

enum
{
  FUNCTIONS = sizeof functions / sizeof functions[0]
};

static const uint64_t arguments[VARIANTS][2] = { { 5, 0 }, { 0, 7 } };

/* What a call of a function does without probes.  */
static struct
{
  uint64_t result;
  uint8_t executed[STANDIN_TEXT_BYTES];
} calls[FUNCTIONS][VARIANTS];

static struct model
{
  uint32_t id;
  bool enabled;
  unsigned sites;
  uint32_t offsets[SITES_MAX];
  uint64_t hits;
} models[PROBES_MAX];

static unsigned probes;
static uint64_t seed;

static uint64_t
call (unsigned function, unsigned variant, bool by_steps)
{
  const uint64_t *with = arguments[variant];

  *standin_word = 0x31415926;
  return (by_steps ? execute_by_steps : execute) (functions[function], with[0],
						  with[1]);
}

static void
learn_calls (void)
{
  for (unsigned i = 0; i < FUNCTIONS; i++)
    for (unsigned j = 0; j < VARIANTS; j++)
      {
	calls[i][j].result = call (i, j, true);
	for (unsigned at = 0; at < STANDIN_TEXT_BYTES; at++)
	  calls[i][j].executed[at] = executed[at];
	unsigned entry = STANDIN_CELL_BYTES * functions[i];
	CHECK_NUMBER (executed[entry], 1);
      }
}

/* Add the probe of CONFIG, if there is anything that it matches.  */
static void
add (dynamic_probe_config_t *config)
{
  static uint64_t page[65536 / 8];
  mdtrace_created_t created;
  struct model *model = &models[probes];
  uint32_t bytes = sizeof page, next;

  config->enabled = 0;
  int error = dynamic_probe_create (config, &created);
  if (error != MDTRACE_OK)
    {
      CHECK (error == MDTRACE_ERR_REFUSED_SITE
	     || error == MDTRACE_ERR_INSIDE_INSTRUCTION);
      return;
    }
  CHECK (++probes < PROBES_MAX);
  model->id = created.id;
  CHECK_NUMBER (dynamic_probe_sites (created.id, MDTRACE_CPU_ALL, 0, &next,
				     page, &bytes),
		MDTRACE_OK);
  CHECK_NUMBER (next, 0);
  for (uint32_t at = 0; at < bytes;)
    {
      const struct mdtrace_site_entry *entry
	  = (const void *) ((const char *) page + at);
      model->offsets[model->sites++]
	  = entry->address - (word_t) standin_text (0);
      at += entry->entry_bytes;
    }
  CHECK_NUMBER (model->sites, created.sites);
}

static void
add_probes (void)
{
  static const char *const patterns[] = { "*", "f*", "[a-d]*", "?????" };
  const uint32_t entry = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY);
  const uint32_t back = MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);
  dynamic_probe_config_t config;

  for (unsigned i = 0; i < FUNCTIONS; i++)
    {
      config = probe_config (standin_name (functions[i]));
      add (&config);
      config.kinds = back;
      add (&config);
      config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);
      for (unsigned at = 0; at < standin_bytes (functions[i]); at++)
	{
	  config.offset = at;
	  add (&config);
	}
    }
  /* One that only a breakpoint can serve.  */
  config = probe_config ("leading");
  config.values[0].source = MDTRACE_SOURCE_REGISTER;
  config.values[0].number = 3;
  add (&config);
  for (unsigned i = 0; i < 8; i++)
    {
      config = probe_config (patterns[i / 2]);
      config.kinds = i % 2 ? back : entry | back;
      add (&config);
    }
}

/* Let random threads be blocked anywhere, most of them elsewhere.  */
static void
block_threads (void)
{
  for (int i = 1; i < STANDIN_THREADS; i++)
    {
      word_t *stack = standin_stack (&standin_threads[i], 4);
      for (int at = 0; at < 4; at++)
	stack[at] = tap_below (&seed, 3) == 0
			? (word_t) standin_text (tap_below (&seed, FUNCTION_0))
			      + tap_below (&seed, 32)
			: tap_random (&seed);
    }
}

static uint8_t expected[STANDIN_TEXT_BYTES];
static uint8_t owners[STANDIN_TEXT_BYTES];

/* Take the bytes from ADDRESS on for one site's own.  */
static void
take_bytes (word_t address, unsigned bytes)
{
  word_t offset = address - (word_t) standin_text (0);

  for (unsigned i = 0; i < bytes; i++)
    CHECK_NUMBER (owners[offset + i]++, 0);
}

/* Write into EXPECTED what SITE makes of the text.  */
static void
patch_expected (const struct dtrace_site *site)
{
  word_t offset = site->address - (word_t) standin_text (0);

  if (site->mode == MDTRACE_MODE_BREAKPOINT)
    {
      CHECK_NUMBER (site->original, expected[offset]);
      take_bytes (site->address, 1);
      expected[offset] = OPCODE_BREAKPOINT;
      return;
    }
  word_t start = site->address - site->table->lead;
  offset -= site->table->lead;
  take_bytes (start, site->table->original_bytes);
  int32_t away = (word_t) site->gate - (start + SITE_JUMP_BYTES);
  expected[offset] = OPCODE_JUMP;
  memcpy (&expected[offset + 1], &away, sizeof away);
}

static unsigned seen_jumps, seen_breakpoints;

static void
check_text (void)
{
  static unsigned users[STANDIN_TEXT_BYTES];
  bool any = false;

  memset (users, 0, sizeof users);
  memset (owners, 0, sizeof owners);
  for (int i = 0; i < STANDIN_FUNCTIONS; i++)
    memcpy (expected + i * STANDIN_CELL_BYTES, standin_original_text (i),
	    STANDIN_CELL_BYTES);
  for (unsigned i = 0; i < probes; i++)
    for (unsigned j = 0; models[i].enabled && j < models[i].sites; j++)
      users[models[i].offsets[j]]++;
  for (unsigned at = 0; at < STANDIN_TEXT_BYTES; at++)
    {
      const struct dtrace_site *site
	  = sites_find ((word_t) standin_text (0) + at);
      unsigned mode = site == NULL ? MDTRACE_MODE_NONE : site->mode;
      CHECK_NUMBER (mode != MDTRACE_MODE_NONE, users[at] > 0);
      if (users[at] == 0)
	continue;
      any = true;
      seen_jumps += mode == MDTRACE_MODE_JUMP;
      seen_breakpoints += mode == MDTRACE_MODE_BREAKPOINT;
      for (const struct dtrace_enabling *enabling = site->first;
	   enabling != NULL; enabling = enabling->next)
	users[at]--;
      CHECK_NUMBER (users[at], 0);
      patch_expected (site);
    }
  CHECK (memcmp (standin_text (0), expected, sizeof expected) == 0);
  CHECK (any || standin_text_is_original ());
}

static void
execute_all (void)
{
  for (unsigned i = 0; i < FUNCTIONS; i++)
    for (unsigned j = 0; j < VARIANTS; j++)
      {
	CHECK_NUMBER (call (i, j, false), calls[i][j].result);
	for (unsigned k = 0; k < probes; k++)
	  for (unsigned n = 0; models[k].enabled && n < models[k].sites; n++)
	    models[k].hits += calls[i][j].executed[models[k].offsets[n]];
      }
  for (unsigned k = 0; k < probes; k++)
    CHECK_NUMBER (probe_hits (models[k].id), models[k].hits);
  CHECK_NUMBER (foreign_traps, 0);
}

static void
run (uint64_t random_seed)
{
  execute_boot ();
  seed = random_seed;
  learn_calls ();
  add_probes ();
  CHECK (probes > 80);
  for (unsigned step = 0; step < 4000; step++)
    {
      struct model *model = &models[tap_below (&seed, probes)];
      /* By and by fewer, then more.  */
      bool enable = tap_below (&seed, 100) < 20 + step / 200 % 4 * 20;
      if (tap_below (&seed, 8) == 0)
	block_threads ();
      if (model->enabled == enable)
	continue;
      CHECK_NUMBER (enable ? dynamic_probe_enable (model->id)
			   : dynamic_probe_disable (model->id),
		    MDTRACE_OK);
      model->enabled = enable;
      check_text ();
      if (step % 10 == 0)
	execute_all ();
    }
  CHECK (seen_jumps > 10000);
  CHECK (seen_breakpoints > 10000);
  for (unsigned i = 0; i < probes; i++)
    if (models[i].enabled)
      {
	CHECK_NUMBER (dynamic_probe_disable (models[i].id), MDTRACE_OK);
	models[i].enabled = false;
      }
  CHECK (standin_text_is_original ());
  execute_all ();
  check_law ();
}

static void
is_put_back (void)
{
  run (1);
}

static void
is_put_back_again (void)
{
  run (2);
}

/* As above, where there are no jumps.  */
static void
is_put_back_without_jumps (void)
{
  execute_boot ();
  standin_boot ("mdtrace.jumps=off");
  mdtrace_start ();
  seed = 3;
  learn_calls ();
  add_probes ();
  for (unsigned i = 0; i < probes; i++)
    {
      CHECK_NUMBER (dynamic_probe_enable (models[i].id), MDTRACE_OK);
      models[i].enabled = true;
      execute_all ();
    }
  CHECK_NUMBER (seen_jumps, 0);
  for (unsigned i = 0; i < probes; i++)
    {
      CHECK_NUMBER (dynamic_probe_disable (models[i].id), MDTRACE_OK);
      models[i].enabled = false;
      check_text ();
      execute_all ();
    }
  CHECK_NUMBER (seen_jumps, 0);
  CHECK (standin_text_is_original ());
}

TAP_MAIN ({ is_put_back,
	    "text, results and hits agree with a model after random steps" },
	  { is_put_back_again, "and after others" },
	  { is_put_back_without_jumps, "and with breakpoints alone" })
