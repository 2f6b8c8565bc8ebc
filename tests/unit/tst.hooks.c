/* Hooks of counters: the gates that are made for them are executed, and count
   what a model counts.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "execute.h"

#include "counter_hooks.h"
#include "enabling.h"
#include "hook_actions.h"
#include "symbols.h"
#include "x86/gate.h"

enum
{
  PARTS = 4,
  HOOKS = 6,
  KEYS = 3000
};

static struct counter_cell cells[PARTS];
static struct hook_begin table[1 << HOOK_TABLE_BITS];
static struct hook_interrupts interrupts[1];
static struct hook_data data[HOOKS];
static struct counter_hook hooks[HOOKS];
static mdtrace_value_t values[HOOKS][MDTRACE_ARGUMENTS_MAX];
static struct table_guard conditions[HOOKS];

static void
boot (void)
{
  execute_boot ();
  memset (cells, 0, sizeof cells);
  memset (table, 0, sizeof table);
  memset (interrupts, 0, sizeof interrupts);
  memset (conditions, 0, sizeof conditions);
  for (unsigned i = 0; i < PARTS; i++)
    cells[i].minimum = UINT64_MAX;
}

/* An enabling with NUMBER at the entry of FUNCTION, which does ACTION for PART
   with VALUE, of one duration in SAMPLE.  */
static struct dtrace_enabling *
make (unsigned number, enum standin_function function,
      enum hook_action action, unsigned part, mdtrace_value_t value,
      unsigned sample)
{
  static const hook_function_t functions[]
      = { hook_add,	     hook_begin, hook_end,  hook_begin_thread,
	  hook_end_thread, hook_enter, hook_leave };
  static const struct dtrace_format formats[2]
      = { { .has_values = true },
	  { .has_values = true, .fields = MDTRACE_FIELD_ARG0 } };
  struct dtrace_enabling *enabling = dtrace_enabling_new ();

  data[number] = (struct hook_data){
    .cells = &cells[action == HOOK_ADD ? part : 0],
    .table = table,
    .interrupts = interrupts,
    .ns_per_count = UINT64_C (1) << 31, /* half a nanosecond */
    .stride = PARTS,
    .part = part,
    .sample = sample,
    .left = sample,
  };
  hooks[number] = (struct counter_hook){ functions[action], &data[number],
					 action };
  values[number][0] = value;
  CHECK (enabling != NULL);
  CHECK_NUMBER (sites_get ((word_t) standin_text (function),
			   standin_site (function, 0), &enabling->site),
		MDTRACE_OK);
  enabling->kind = MDTRACE_PROBE_ENTRY;
  enabling->hook = &hooks[number];
  enabling->values = values[number];
  if (conditions[number].number != 0)
    enabling->when = &conditions[number];
  CHECK_NUMBER (dtrace_enabling_prepare (
		    enabling, &formats[value.source != 0],
		    symbols_function (enabling->site->function)),
		MDTRACE_OK);
  return enabling;
}

static mdtrace_value_t
from (unsigned source, unsigned number)
{
  return (mdtrace_value_t){ .source = source, .number = number };
}

static void
attach (struct dtrace_enabling *enabling)
{
  CHECK_NUMBER (sites_attach (enabling), MDTRACE_OK);
}

static const mdtrace_value_t nothing;

/* Whether the jump at the entry of FUNCTION leads to a gate of hooks.  */
static bool
is_light (enum standin_function function)
{
  const struct dtrace_site *site
      = sites_find ((word_t) standin_text (function));

  return site->mode == MDTRACE_MODE_JUMP && site->target != site->gate;
}

static void
adds_up (void)
{
  mdtrace_value_t constant
      = { .source = MDTRACE_SOURCE_CONSTANT, .offsets = { 4096 } };
  uint64_t seed = 1, sum = 0;

  boot ();
  attach (make (0, ALPHA, HOOK_ADD, 0, from (MDTRACE_SOURCE_ARGUMENT, 1), 1));
  attach (make (1, ALPHA, HOOK_ADD, 1, constant, 1));
  attach (make (2, ALPHA, HOOK_ADD, 2, from (MDTRACE_SOURCE_REGISTER, 8), 1));
  attach (make (3, ALPHA, HOOK_ADD, 3, nothing, 1));
  CHECK (is_light (ALPHA));
  for (unsigned i = 0; i < 1000; i++)
    {
      uint64_t a = tap_random (&seed), b = tap_random (&seed);
      CHECK_NUMBER (execute (ALPHA, a, b), a + b + 1);
      sum += b;
    }
  for (unsigned i = 0; i < PARTS; i++)
    CHECK_NUMBER (cells[i].count, 1000);
  CHECK_NUMBER (cells[0].sum, sum);
  CHECK_NUMBER (cells[1].sum, 4096000);
  CHECK_NUMBER (cells[2].sum, 5000);
  CHECK_NUMBER (cells[3].sum, 0);
}

/* A word of the stack: execute leaves one there that is known.  */
static void
adds_words_of_the_stack (void)
{
  uint64_t seventh = 77;
  function_t code;

  boot ();
  attach (make (0, ALPHA, HOOK_ADD, 0, from (MDTRACE_SOURCE_STACK, 1), 1));
  attach (make (1, ALPHA, HOOK_BEGIN, 1, from (MDTRACE_SOURCE_STACK, 2), 1));
  CHECK (is_light (ALPHA));
  code = (function_t) (void *) standin_text (ALPHA);
  uint64_t result, a = 1, b = 2;
  __asm__ volatile("pushq $0x1000; pushq %4; call *%3; addq $16, %%rsp"
		   : "=a"(result), "+D"(a), "+S"(b)
		   : "r"(code), "r"(seventh)
		   : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc");
  CHECK_NUMBER (result, 4);
  CHECK_NUMBER (cells[0].sum, 77);
  unsigned there = 0;
  for (unsigned i = 0; i < 1 << HOOK_TABLE_BITS; i++)
    there += table[i].key == (0x1000 | 1);
  CHECK_NUMBER (there, 1);
}

/* All registers are as they were, whatever hooks there are.  */
static void
leaves_registers_alone (void)
{
  enum
  {
    RDI,
    RSI,
    RDX,
    RCX,
    R8,
    R9,
    R10,
    R11,
    FLAGS,
    STATES
  };
  static uint64_t state[STATES];

  for (unsigned round = 0; round < 4; round++)
    {
      boot ();
      if (round & 1)
	attach (
	    make (0, ALPHA, HOOK_ADD, 0, from (MDTRACE_SOURCE_ARGUMENT, 0), 1));
      if (round & 2)
	attach (make (1, ALPHA, HOOK_BEGIN, 0,
		      from (MDTRACE_SOURCE_REGISTER, 10), 1));
      attach (make (2, ALPHA, HOOK_BEGIN_THREAD, 1, nothing, 3));
      attach (
	  make (3, ALPHA, HOOK_END, 0, from (MDTRACE_SOURCE_REGISTER, 10), 1));
      CHECK (is_light (ALPHA));
      for (unsigned i = 0; i < 7; i++)
	{
	  uint64_t sum;
	  __asm__ volatile(
	      "movq $0x100, %%rdi; movq $0x200, %%rsi; movq $0x300, %%rdx\n\t"
	      "movq $0x400, %%rcx; movq $0x500, %%r8; movq $0x600, %%r9\n\t"
	      "movq $0x700, %%r10; movq $0x800, %%r11; stc\n\t"
	      "call *%[code]\n\t"
	      "movq %%rdi, 0(%[state]); movq %%rsi, 8(%[state])\n\t"
	      "movq %%rdx, 16(%[state]); movq %%rcx, 24(%[state])\n\t"
	      "movq %%r8, 32(%[state]); movq %%r9, 40(%[state])\n\t"
	      "movq %%r10, 48(%[state]); movq %%r11, 56(%[state])\n\t"
	      "setc 64(%[state])"
	      : "=a"(sum)
	      : [code] "b"(standin_text (ALPHA)), [state] "r"(state)
	      : "rdi", "rsi", "rdx", "rcx", "r8", "r9", "r10", "r11", "memory",
		"cc");
	  CHECK_NUMBER (sum, 0x301);
	  for (unsigned j = RDI; j <= R11; j++)
	    CHECK_NUMBER (state[j], 0x100 * (j + 1));
	  /* ALPHA leaves the carry as it was.  */
	  CHECK_NUMBER (state[FLAGS], 1);
	}
    }
}

static void
heeds_conditions (void)
{
  boot ();
  /* execute has 5 in r8, the fifth argument.  */
  conditions[0] = (struct table_guard){ .place = 8, .number = 5 };
  conditions[1] = (struct table_guard){ .place = 8, .number = 6 };
  conditions[2]
      = (struct table_guard){ .place = 8, .number = 6, .differs = 1 };
  conditions[3]
      = (struct table_guard){ .place = 9, .number = 6, .differs = 1 };
  for (unsigned i = 0; i < 4; i++)
    attach (make (i, ALPHA, HOOK_ADD, i, nothing, 1));
  CHECK (is_light (ALPHA));
  CHECK_NUMBER (execute (ALPHA, 1, 2), 4);
  CHECK_NUMBER (cells[0].count, 1);
  CHECK_NUMBER (cells[1].count, 0);
  CHECK_NUMBER (cells[2].count, 1);
  CHECK_NUMBER (cells[3].count, 0);
}

/* What a model has of the table: two that fall on one place.  */
static unsigned
place_of (uint64_t key)
{
  return (uint32_t) ((uint32_t) (key >> 3) * UINT64_C (2654435769))
	 >> (32 - HOOK_TABLE_BITS);
}

static void
measures_durations (void)
{
  static uint64_t model[1 << HOOK_TABLE_BITS];
  uint64_t seed = 7, ended[2] = { 0 }, lost = 0;

  boot ();
  memset (model, 0, sizeof model);
  attach (
      make (0, ALPHA, HOOK_BEGIN, 0, from (MDTRACE_SOURCE_ARGUMENT, 0), 1));
  attach (make (1, RELATIVES, HOOK_BEGIN, 1,
		from (MDTRACE_SOURCE_REGISTER, 7), 1));
  attach (make (2, JUMPS, HOOK_END, 0, from (MDTRACE_SOURCE_ARGUMENT, 0), 1));
  CHECK (is_light (ALPHA) && is_light (RELATIVES) && is_light (JUMPS));
  for (unsigned i = 0; i < 20000; i++)
    {
      uint64_t key = 0xffffffff80000000 + 8 * tap_below (&seed, KEYS);
      uint64_t *place = &model[place_of (key)];
      unsigned part = tap_below (&seed, 2);
      if (tap_below (&seed, 2) == 0)
	{
	  execute (part == 0 ? ALPHA : RELATIVES, key, 0);
	  lost += *place != 0 && *place / 8 != key / 8;
	  *place = key | part;
	}
      else
	{
	  CHECK_NUMBER (execute (JUMPS, key, 0), key);
	  if (*place / 8 == key / 8)
	    {
	      ended[*place & 1]++;
	      *place = 0;
	    }
	}
    }
  CHECK (ended[0] > 100 && ended[1] > 100 && lost > 100);
  CHECK_NUMBER (data[0].lost + data[1].lost, lost);
  for (unsigned part = 0; part < 2; part++)
    {
      const struct counter_cell *cell = &cells[part];
      uint64_t count = 0, least = 0, most = 0;
      CHECK_NUMBER (cell->count, ended[part]);
      for (unsigned i = 0; i < MDTRACE_COUNTER_BUCKETS; i++)
	{
	  count += cell->buckets[i];
	  least += i == 0 ? 0 : cell->buckets[i] << (i - 1);
	  most += cell->buckets[i] * ((UINT64_C (1) << i) - 1);
	}
      CHECK_NUMBER (count, cell->count);
      CHECK (least <= cell->sum && cell->sum <= most);
      CHECK (cell->minimum <= cell->maximum && cell->maximum <= cell->sum);
      CHECK (cell->minimum * cell->count <= cell->sum);
    }
  CHECK_NUMBER (cells[2].count + cells[3].count, 0);
}

/* Of the running thread; and of some only.  */
static void
samples (void)
{
  boot ();
  attach (make (0, ALPHA, HOOK_BEGIN_THREAD, 2, nothing, 5));
  attach (make (1, JUMPS, HOOK_END_THREAD, 0, nothing, 1));
  for (unsigned i = 0; i < 1004; i++)
    {
      execute (ALPHA, 1, 2);
      execute (JUMPS, 1, 2);
    }
  CHECK_NUMBER (cells[2].count, 200);
  CHECK_NUMBER (data[0].lost, 0);
}

/* What began for an object that was never seen to end is not taken for what
   begins for another one at the same address, be that measured or not: by
   gates, and by what breakpoints run.  */
static void
forgets_what_never_ended (void)
{
  mdtrace_value_t key = from (MDTRACE_SOURCE_ARGUMENT, 0);

  for (unsigned round = 0; round < 2; round++)
    {
      boot ();
      attach (make (0, ALPHA, HOOK_BEGIN, 1, key, 3));
      attach (make (1, JUMPS, HOOK_END, 0, key, 1));
      if (round > 0)
	{
	  probe_create ("alpha", true);
	  probe_create ("jumps", true);
	}
      CHECK_NUMBER (is_light (ALPHA) && is_light (JUMPS), round == 0);
      for (unsigned i = 0; i < 300; i++)
	{
	  /* Each third one is measured, and every other of these ends.  */
	  execute (ALPHA, 0x1000, 0);
	  if (i % 6 != 2)
	    execute (JUMPS, 0x1000, 0);
	}
      CHECK_NUMBER (cells[1].count, 50);
      /* Another object's is left alone.  */
      execute (ALPHA, 0x1000, 0);
      execute (ALPHA, 0x1000, 0);
      execute (ALPHA, 0x1000, 0);
      execute (ALPHA, 0x2000, 0);
      execute (JUMPS, 0x1000, 0);
      CHECK_NUMBER (cells[1].count, 51);
      CHECK_NUMBER (data[0].lost, 0);
    }
}

/* A virtual machine that is moved can have a time stamp counter that goes
   backwards: what it is in the midst of has taken no time.  */
static void
bears_time_that_goes_backwards (void)
{
  mdtrace_value_t key = from (MDTRACE_SOURCE_ARGUMENT, 0);
  static struct counter_cell all[MDTRACE_COUNTER_PARTS_MAX];

  for (unsigned round = 0; round < 2; round++)
    {
      boot ();
      memset (all, 0, sizeof all);
      attach (make (0, ALPHA, HOOK_BEGIN, 1, key, 1));
      attach (make (1, JUMPS, HOOK_END, 0, key, 1));
      attach (
	  make (2, BETA, HOOK_ENTER, 0, from (MDTRACE_SOURCE_REGISTER, 7), 1));
      attach (make (3, RELATIVES, HOOK_LEAVE, 0, nothing, 1));
      data[3].cells = all;
      if (round > 0)
	probe_create ("jumps", true);
      CHECK_NUMBER (is_light (JUMPS), round == 0);
      execute (ALPHA, 0x1000, 0);
      table[place_of (0x1000)].tsc = UINT64_MAX / 4;
      execute (JUMPS, 0x1000, 0);
      CHECK_NUMBER (cells[1].count, 1);
      CHECK_NUMBER (cells[1].sum, 0);
      CHECK_NUMBER (cells[1].maximum, 0);
      CHECK_NUMBER (cells[1].buckets[0], 1);
      /* One within another.  */
      execute (BETA, 4, 0);
      execute (BETA, 5, 0);
      interrupts[0].nest[1].began = UINT64_MAX / 4;
      execute (RELATIVES, 0, 0);
      CHECK_NUMBER (all[5].count, 1);
      CHECK_NUMBER (all[5].sum, 0);
      interrupts[0].nest[0].began = UINT64_MAX / 4;
      interrupts[0].nest[0].inner = 1000;
      execute (RELATIVES, 0, 0);
      CHECK_NUMBER (all[4].count, 1);
      CHECK_NUMBER (all[4].sum, 0);
    }
}

/* More code than there is room for in a gate is not written into it.  */
static void
bears_long_gates (void)
{
  boot ();
  for (unsigned i = 0; i < 4; i++)
    conditions[i] = (struct table_guard){ .place = 8, .number = 5 };
  for (unsigned i = 0; i < 4; i++)
    attach (
	make (i, ALPHA, HOOK_BEGIN, i, from (MDTRACE_SOURCE_STACK, 1 + i), 2));
  CHECK (!is_light (ALPHA));
  for (unsigned i = 0; i < 10; i++)
    CHECK_NUMBER (execute (ALPHA, 1000, 20), 1021);
  for (unsigned i = 0; i < 4; i++)
    CHECK_NUMBER (data[i].left, 2);
}

/* Nested ones are not counted twice.  */
static void
tells_interrupts_apart (void)
{
  mdtrace_value_t softclock
      = { .source = MDTRACE_SOURCE_CONSTANT, .offsets = { HOOK_SOFTCLOCK } };
  static struct counter_cell all[MDTRACE_COUNTER_PARTS_MAX];
  uint64_t parts = 0;

  boot ();
  memset (all, 0, sizeof all);
  struct dtrace_enabling *enter
      = make (0, ALPHA, HOOK_ENTER, 0, from (MDTRACE_SOURCE_ARGUMENT, 0), 1);
  struct dtrace_enabling *soft
      = make (1, BETA, HOOK_ENTER, 0, softclock, 1);
  struct dtrace_enabling *leave = make (2, JUMPS, HOOK_LEAVE, 0, nothing, 1);
  for (unsigned i = 0; i < 3; i++)
    data[i].cells = all;
  attach (enter);
  attach (soft);
  attach (leave);
  /* One that had begun before.  */
  execute (JUMPS, 0, 0);
  execute (ALPHA, 4, 0);
  execute (BETA, 0, 0);
  execute (ALPHA, 251, 0);
  execute (JUMPS, 0, 0);
  execute (JUMPS, 0, 0);
  execute (JUMPS, 0, 0);
  CHECK_NUMBER (interrupts[0].depth, 0);
  execute (ALPHA, 200, 0);
  execute (JUMPS, 0, 0);
  for (unsigned i = 0; i < MDTRACE_COUNTER_PARTS_MAX; i++)
    parts += all[i].count;
  CHECK_NUMBER (parts, 4);
  CHECK_NUMBER (all[4].count, 1);
  CHECK_NUMBER (all[MDTRACE_PART_SOFTCLOCK].count, 1);
  CHECK_NUMBER (all[MDTRACE_PART_IPI].count, 1);
  CHECK_NUMBER (all[MDTRACE_PART_OTHER_INTERRUPT].count, 1);
  /* Deeper than is told apart.  */
  for (unsigned i = 0; i < 3 * HOOK_NEST_MAX; i++)
    execute (ALPHA, 4, 0);
  for (unsigned i = 0; i < 3 * HOOK_NEST_MAX; i++)
    execute (JUMPS, 0, 0);
  CHECK_NUMBER (interrupts[0].depth, 0);
  CHECK_NUMBER (all[4].count, 1 + HOOK_NEST_MAX);
}

/* A probe at the same place, or more hooks than a gate can have, take the way of
   all probes; and then it is as before.  */
static void
shares_places (void)
{
  struct dtrace_enabling *enablings[5];
  uint32_t id;

  boot ();
  for (unsigned i = 0; i < 4; i++)
    {
      enablings[i] = make (i, ALPHA, HOOK_ADD, i,
			   from (MDTRACE_SOURCE_ARGUMENT, i & 1), 1);
      attach (enablings[i]);
    }
  CHECK (is_light (ALPHA));
  enablings[4]
      = make (4, ALPHA, HOOK_BEGIN, 0, from (MDTRACE_SOURCE_ARGUMENT, 0), 1);
  attach (enablings[4]);
  CHECK (!is_light (ALPHA));
  CHECK_NUMBER (execute (ALPHA, 1000, 20), 1021);
  sites_detach (enablings[4]);
  CHECK (is_light (ALPHA));
  CHECK_NUMBER (execute (ALPHA, 1000, 20), 1021);
  id = probe_create ("alpha", true);
  CHECK (!is_light (ALPHA));
  CHECK_NUMBER (execute (ALPHA, 1000, 20), 1021);
  CHECK_NUMBER (probe_counts (id).recorded, 1);
  sites_detach (enablings[3]);
  CHECK_NUMBER (execute (ALPHA, 1000, 20), 1021);
  CHECK_NUMBER (probe_counts (id).recorded, 2);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  CHECK (is_light (ALPHA));
  CHECK_NUMBER (execute (ALPHA, 1000, 20), 1021);
  for (unsigned i = 0; i < 3; i++)
    {
      CHECK_NUMBER (cells[i].count, 5);
      CHECK_NUMBER (cells[i].sum, i & 1 ? 100 : 5000);
    }
  CHECK_NUMBER (cells[3].count, 3);
  for (unsigned i = 0; i < 3; i++)
    sites_detach (enablings[i]);
  CHECK (standin_text_is_original ());
  CHECK_NUMBER (execute (ALPHA, 1, 1), 3);
  CHECK_NUMBER (cells[0].count, 5);
}

/* A register that a gate of probes does not save: with a probe there a
   breakpoint is needed, which saves all.  */
static void
takes_any_register (void)
{
  boot ();
  struct dtrace_enabling *enabling
      = make (0, LEADING, HOOK_ADD, 0, from (MDTRACE_SOURCE_REGISTER, 3), 1);
  attach (enabling);
  CHECK (is_light (LEADING));
  uint32_t id = probe_create ("leading", true);
  CHECK_NUMBER (entry_mode (LEADING), MDTRACE_MODE_BREAKPOINT);
  struct breakpoint_frame frame;
  standin_make_frame (&frame);
  CHECK (standin_reach ((word_t) standin_text (LEADING), &frame));
  CHECK_NUMBER (probe_counts (id).recorded, 1);
  CHECK_NUMBER (cells[0].sum, 300);
}

TAP_MAIN ({ adds_up, "gates add up" },
	  { adds_words_of_the_stack, "words of the stack" },
	  { leaves_registers_alone, "registers are left alone" },
	  { heeds_conditions, "conditions" },
	  { measures_durations, "durations, against a model of the table" },
	  { samples, "of some only" },
	  { forgets_what_never_ended, "what never ended is forgotten" },
	  { bears_time_that_goes_backwards, "time that goes backwards" },
	  { bears_long_gates, "gates that there is no room for" },
	  { tells_interrupts_apart, "interrupts within interrupts" },
	  { shares_places, "hooks and probes at one place" },
	  { takes_any_register, "any register" })
