/* Values of events: registers, the stack, what a function returns, and memory
   that they point to.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "execute.h"
#include "values.h"
#include "x86/load.h"

enum
{
  RDI = 7,
  RBX = 3
};

/* Pages at addresses that are not theirs, the second one not behind the
   first in memory.  */
static const word_t mapped_at = UINT64_C (0xffff123456780000);
static uint8_t *first_page, *second_page;

static void
map_pages (void)
{
  uint8_t *pages = standin_map (3 * PAGE_BYTES);
  uint64_t seed = 1;

  first_page = pages + 2 * PAGE_BYTES;
  second_page = pages;
  tap_random_bytes (&seed, pages, 3 * PAGE_BYTES);
  standin_map_page (mapped_at, first_page);
  standin_map_page (mapped_at + PAGE_BYTES, second_page);
}

/* Reach the entry of FUNCTION with RDI in that register.  */
static void
reach_with (enum standin_function function, uint64_t rdi)
{
  struct breakpoint_frame frame;

  standin_make_frame (&frame);
  frame.saved.rdi = rdi;
  CHECK (standin_reach ((word_t) standin_text (function), &frame));
}

static void
loads_what_is_mapped (void)
{
  static const unsigned sizes[] = { 1, 2, 4, 8 };
  uint64_t value;

  probes_boot ();
  map_pages ();
  for (unsigned i = 0; i < 4; i++)
    for (unsigned at = PAGE_BYTES - 10; at < PAGE_BYTES + 10; at++)
      {
	uint64_t expected = 0;
	for (unsigned byte = sizes[i]; byte-- > 0;)
	  {
	    unsigned place = at + byte;
	    expected
		= expected << 8
		  | (place < PAGE_BYTES ? first_page[place]
					: second_page[place - PAGE_BYTES]);
	  }
	value = 0xa5;
	CHECK (load_memory (mapped_at + at, sizes[i], &value));
	CHECK_NUMBER (value, expected);
      }
  /* The last bytes that are there, and one more.  */
  for (unsigned i = 0; i < 4; i++)
    {
      word_t end = mapped_at + 2 * PAGE_BYTES - sizes[i];
      CHECK (load_memory (end, sizes[i], &value));
      CHECK (!load_memory (end + 1, sizes[i], &value));
      CHECK (load_memory (mapped_at, sizes[i], &value));
      CHECK (!load_memory (mapped_at - 1, sizes[i], &value));
    }
  /* What lies beyond the direct map is not looked at.  */
  mach_kernel_virtual_start = (word_t) first_page + 8;
  CHECK (load_memory (mapped_at, 8, &value));
  CHECK (!load_memory (mapped_at + 1, 8, &value));
}

static void
records_registers (void)
{
  static const uint64_t expected[16]
      = { 0, 4, 3, 300, 0, 500, 2, 1, 5, 6, 0, 0, 1200, 1300, 1400, 1500 };

  values_boot ();
  for (unsigned number = 0; number < 16; number++)
    {
      dynamic_probe_config_t config = value_config ("alpha", ENTRIES);
      value_set (&config, 2,
		 (mdtrace_value_t){ .source = MDTRACE_SOURCE_REGISTER,
				    .number = number });
      if (number == 4)
	continue;
      uint32_t id = probe_create_by (&config);
      CHECK (standin_call (ALPHA));
      check_value (expected[number]);
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }
}

static void
records_arguments_in_any_order (void)
{
  uint64_t unknown;

  values_boot ();
  dynamic_probe_config_t config = value_config ("many", ENTRIES);
  for (unsigned i = 0; i < 6; i++)
    value_set (&config, i,
	       (mdtrace_value_t){ .source = MDTRACE_SOURCE_ARGUMENT,
				  .number = 5 - i });
  probe_create_by (&config);
  CHECK (standin_call (MANY));
  const uint64_t *values = value_next (6, &unknown);
  CHECK_NUMBER (unknown, 0);
  for (unsigned i = 0; i < 6; i++)
    CHECK_NUMBER (values[i], 6 - i);
}

/* The word at PLACE of those that are mapped.  */
static void
put_word (unsigned place, uint64_t word)
{
  for (unsigned i = 0; i < 8; i++, word >>= 8)
    if (place + i < PAGE_BYTES)
      first_page[place + i] = word;
    else
      second_page[place + i - PAGE_BYTES] = word;
}

/* From 0 to four loads, with offsets to both sides, across the pages.  */
static void
follows_pointers (void)
{
  static const unsigned places[] = { 64, PAGE_BYTES - 4, 200, PAGE_BYTES + 8 };
  static const int32_t offsets[] = { 16, -24, 0, INT32_MIN };
  static const unsigned sizes[] = { 1, 2, 4, 8 };
  const uint64_t last = UINT64_C (0xfedcba9876543210);

  values_boot ();
  map_pages ();
  for (unsigned steps = 0; steps <= 4; steps++)
    for (unsigned size = 0; size < 4; size++)
      {
	dynamic_probe_config_t config = value_config ("alpha", ENTRIES);
	mdtrace_value_t value = { .source = MDTRACE_SOURCE_ARGUMENT,
				  .number = 0,
				  .steps = steps,
				  .last_bytes = sizes[size] };
	memcpy (value.offsets, offsets, sizeof offsets);
	value_set (&config, 0, value);
	uint32_t id = probe_create_by (&config);
	for (unsigned i = 0; i < steps; i++)
	  put_word (places[i], i + 1 < steps
				   ? mapped_at + places[i + 1] - offsets[i + 1]
				   : last);
	reach_with (ALPHA,
		    steps > 0 ? mapped_at + places[0] - offsets[0] : last);
	check_value (
	    steps == 0 ? last : last & (UINT64_MAX >> (64 - 8 * sizes[size])));
	CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
      }
}

/* Whichever of the loads finds nothing: the mask says so, the value is 0, and
   the other values are there.  */
static void
tells_what_is_not_known (void)
{
  uint64_t unknown;

  values_boot ();
  map_pages ();
  for (unsigned bad = 0; bad <= 4; bad++)
    {
      dynamic_probe_config_t config = value_config ("alpha", ENTRIES);
      mdtrace_value_t value = { .source = MDTRACE_SOURCE_REGISTER,
				.number = RDI,
				.steps = 4,
				.last_bytes = 8 };
      config.fields = MDTRACE_FIELD_THREAD;
      value_set (&config, 1, value);
      value.steps = 0;
      value_set (&config, 3, value);
      value.source = MDTRACE_SOURCE_STACK;
      value_set (&config, 4, value);
      uint32_t id = probe_create_by (&config);
      for (unsigned i = 1; i <= 4; i++)
	put_word (8 * i, i == bad ? 12345 : mapped_at + 8 * (i + 1));
      reach_with (ALPHA, bad == 0 ? 54321 : mapped_at + 8);
      const uint64_t *words = value_next (4, &unknown);
      /* The stack is nowhere.  */
      CHECK_NUMBER (unknown,
		    MDTRACE_FIELD_ARG4 | (bad < 4 ? MDTRACE_FIELD_ARG1 : 0));
      CHECK_NUMBER (words[0], (word_t) &standin_threads[0]);
      CHECK_NUMBER (words[1], bad < 4 ? 0 : 12345);
      CHECK_NUMBER (words[2], bad == 0 ? 54321 : mapped_at + 8);
      CHECK_NUMBER (words[3], 0);
      CHECK_NUMBER (probe_counts (id).recorded, 1);
      CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
    }
  check_law ();
}

static void
records_the_stack (void)
{
  struct breakpoint_frame frame;

  values_boot ();
  map_pages ();
  for (int by_breakpoint = 0; by_breakpoint < 2; by_breakpoint++)
    for (unsigned number = 0; number < 256; number += 51)
      {
	dynamic_probe_config_t config
	    = value_config (by_breakpoint ? "delta" : "alpha", ENTRIES);
	value_set (&config, 0,
		   (mdtrace_value_t){ .source = MDTRACE_SOURCE_STACK,
				      .number = number });
	uint32_t id = probe_create_by (&config);
	standin_make_frame (&frame);
	frame.stack_pointer = mapped_at + 40;
	put_word (40 + 8 * number, 1000 + number);
	CHECK (standin_reach (
	    (word_t) standin_text (by_breakpoint ? DELTA : ALPHA), &frame));
	check_value (1000 + number);
	CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);
      }
}

/* The value is that of the event, however the site is patched: where a jump
   begins earlier too.  */
static void
records_what_is_returned (void)
{
  execute_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &values_consumer),
		MDTRACE_OK);
  dynamic_probe_config_t config = value_config ("leading", RETURNS);
  config.fields = MDTRACE_FIELD_RETVAL;
  uint32_t id = probe_create_by (&config);
  CHECK_NUMBER (sites_mode ((word_t) standin_text (LEADING) + LEADING_RETURN),
		MDTRACE_MODE_JUMP);
  CHECK_NUMBER (execute (LEADING, 77, 0), 77);
  check_value (77);
  CHECK_NUMBER (execute (LEADING, 77, 1), 0);
  check_value (0);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);

  /* As a source, at both returns of a function, one of them by a
     breakpoint.  */
  config = value_config ("fork", RETURNS);
  value_set (&config, 5, (mdtrace_value_t){ .source = MDTRACE_SOURCE_RETURN });
  probe_create_by (&config);
  CHECK_NUMBER (execute (FORK, 1, 0), 1);
  check_value (1);
  CHECK_NUMBER (execute (FORK, 0, 0), 2);
  check_value (2);
}

/* Run FUNCTION (A, B) on a stack that can be loaded from.  */
static uint64_t
execute_on_stack (enum standin_function function, uint64_t a, uint64_t b)
{
  static uint8_t *stack;
  const void *code = standin_text (function);
  uint64_t result;

  if (stack == NULL)
    stack = standin_map (64 * PAGE_BYTES);
  /* As the kernel sees it.  */
  for (unsigned i = 60; i < 64; i++)
    standin_map_page ((word_t) stack + i * PAGE_BYTES, stack + i * PAGE_BYTES);
  __asm__ volatile("mov %%rsp, %%r12\n\t"
		   "mov %[stack], %%rsp\n\t"
		   "call *%%rax\n\t"
		   "mov %%r12, %%rsp"
		   : "=a"(result), "+D"(a), "+S"(b)
		   : "0"(code), [stack] "r"(stack + 64 * PAGE_BYTES - 64)
		   : "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "memory",
		     "cc");
  return result;
}

/* At a return the stack begins with the return address, and registers are the
   caller's again.  */
static void
sees_the_caller_at_a_return (void)
{
  uint64_t unknown;

  execute_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &values_consumer),
		MDTRACE_OK);
  dynamic_probe_config_t config = value_config ("leading", RETURNS);
  value_set (&config, 0, (mdtrace_value_t){ .source = MDTRACE_SOURCE_STACK });
  value_set (&config, 1, (mdtrace_value_t){ .source = MDTRACE_SOURCE_RETURN });
  probe_create_by (&config);
  config = value_config ("leading", ENTRIES);
  value_set (&config, 0, (mdtrace_value_t){ .source = MDTRACE_SOURCE_STACK });
  value_set (&config, 1,
	     (mdtrace_value_t){ .source = MDTRACE_SOURCE_ARGUMENT });
  probe_create_by (&config);
  CHECK_NUMBER (execute_on_stack (LEADING, 99, 0), 99);
  const uint64_t *values = value_next (2, &unknown);
  uint64_t back = values[0];
  CHECK_NUMBER (unknown, 0);
  CHECK_NUMBER (values[1], 99);
  values = value_next (2, &unknown);
  CHECK_NUMBER (unknown, 0);
  CHECK_NUMBER (values[0], back);
  CHECK_NUMBER (values[1], 99);
}

/* Behind a tail jump somebody else computes the result.  */
static void
knows_no_result_of_a_tail_jump (void)
{
  struct breakpoint_frame frame;
  uint64_t unknown;

  values_boot ();
  dynamic_probe_config_t config = value_config ("tail", RETURNS);
  config.fields = MDTRACE_FIELD_RETVAL;
  uint32_t id = probe_create_by (&config);
  standin_make_frame (&frame);
  frame.saved.rax = 4711;
  CHECK (standin_reach (standin_site (TAIL, 1)->address, &frame));
  const uint64_t *values = value_next (1, &unknown);
  CHECK_NUMBER (unknown, MDTRACE_FIELD_RETVAL);
  CHECK_NUMBER (values[0], 0);
  CHECK_NUMBER (dynamic_probe_destroy (id), MDTRACE_OK);

  config = value_config ("tail", RETURNS);
  value_set (&config, 0, (mdtrace_value_t){ .source = MDTRACE_SOURCE_RETURN });
  value_set (
      &config, 1,
      (mdtrace_value_t){ .source = MDTRACE_SOURCE_REGISTER, .number = RBX });
  probe_create_by (&config);
  CHECK (standin_reach (standin_site (TAIL, 1)->address, &frame));
  values = value_next (2, &unknown);
  CHECK_NUMBER (unknown, MDTRACE_FIELD_ARG0);
  CHECK_NUMBER (values[0], 0);
  CHECK_NUMBER (values[1], 300);
}

/* Of a value without a source nothing else is looked at: to follow these steps
   would write far beyond the value.  */
static void
ignores_what_has_no_source (void)
{
  mdtrace_value_t none = { .steps = 255, .last_bytes = 255 };

  values_boot ();
  dynamic_probe_config_t config = value_config ("alpha", ENTRIES);
  value_set (&config, 0, none);
  value_set (&config, 1, none);
  probe_create_by (&config);
  CHECK (standin_call (ALPHA));
  uint64_t unknown;
  const uint64_t *values = value_next (2, &unknown);
  CHECK_NUMBER (unknown, 0);
  CHECK_NUMBER (values[0], 1);
  CHECK_NUMBER (values[1], 2);
  check_law ();
}

TAP_MAIN ({ ignores_what_has_no_source, "values without a source" },
	  { loads_what_is_mapped, "memory is loaded, of several pages too" },
	  { records_registers, "every register but the stack pointer" },
	  { records_arguments_in_any_order, "arguments in any order" },
	  { follows_pointers, "up to four loads" },
	  { tells_what_is_not_known, "what is not known is told" },
	  { records_the_stack, "words on the stack" },
	  { records_what_is_returned, "what a function returns" },
	  { sees_the_caller_at_a_return,
	    "the stack of a return is that of its caller" },
	  { knows_no_result_of_a_tail_jump,
	    "a tail jump's result is not known" })
