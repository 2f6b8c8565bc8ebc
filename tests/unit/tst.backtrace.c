/* Stacks: what is read of them, and what is not.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "options.h"
#include "symbols.h"
#include "x86/cpu.h"

static struct mdtrace_rings *consumer;
static word_t *stack; /* of the running thread, from its lowest address on */
static word_t text;   /* an address in it */

enum
{
  WORDS = KERNEL_STACK_BYTES / sizeof (word_t),
  SP = 100 /* where the stack pointer is */
};

static void
boot (void)
{
  probes_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
  stack = (word_t *) standin_threads[0].kernel_stack;
  text = (word_t) standin_text (BETA);
  for (unsigned i = 0; i < WORDS - 8; i++)
    stack[i] = 0x1234567;
}

/* Make a frame of the word AT and the one behind it.  */
static void
put_frame (unsigned at, word_t caller, word_t return_address)
{
  stack[at] = caller;
  stack[at + 1] = return_address;
}

static void
define (const char *function, uint32_t kinds, uint64_t offset, unsigned depth)
{
  mdtrace_probe_definition_t definition = option_definition (function, kinds);

  definition.config.offset = offset;
  definition.config.fields = MDTRACE_FIELD_ADDRESS;
  definition.options.stack_depth = depth;
  option_define (&definition, NULL);
}

/* Be hit at ADDRESS with the stack pointer at word SP, and the frame pointer
   FRAME; the event must have COUNT frames, which are returned: the first is
   that of the site.  */
static const uint64_t *
hit (word_t address, unsigned sp, word_t frame, unsigned count)
{
  const uint64_t *record;
  unsigned words;

  standin.frame_pointer = frame;
  option_reach (address, 1, 2, stack + sp);
  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		MDTRACE_OK);
  CHECK (record != NULL);
  CHECK_NUMBER (mdtrace_record_kind (record[0]), MDTRACE_RECORD_EVENT);
  CHECK_NUMBER (record[3], count);
  CHECK_NUMBER (words, MDTRACE_HEADER_WORDS + 2 + count);
  CHECK_NUMBER (record[2], address);
  CHECK_NUMBER (record[4], address);
  return record + 4;
}

static word_t
at (unsigned word)
{
  return (word_t) (stack + word);
}

/* At an entry the return address is on top of the stack, and the frame is that
   of the caller.  */
static void
follows_frames (void)
{
  boot ();
  define ("alpha", ENTRIES, 0, 8);
  stack[SP] = text + 1;
  put_frame (SP + 10, at (SP + 20), text + 2);
  put_frame (SP + 20, at (SP + 30), text + 3);
  put_frame (SP + 30, 0, text + 4);
  const uint64_t *frames
      = hit ((word_t) standin_text (ALPHA), SP, at (SP + 10), 5);
  for (unsigned i = 1; i < 5; i++)
    CHECK_NUMBER (frames[i], text + i);
  check_law ();
}

/* Inside of a function the frame is its own.  */
static void
begins_with_its_own_frame_inside (void)
{
  boot ();
  define ("alpha", MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS), 4, 8);
  stack[SP] = text + 9;
  put_frame (SP + 10, at (SP + 20), text + 2);
  put_frame (SP + 20, 0, text + 3);
  const uint64_t *frames
      = hit ((word_t) standin_text (ALPHA) + 4, SP, at (SP + 10), 3);
  CHECK_NUMBER (frames[1], text + 2);
  CHECK_NUMBER (frames[2], text + 3);
}

/* A jump that begins before a return still has it.  */
static void
has_the_frame_where_a_jump_leads (void)
{
  boot ();
  define ("leading", MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN), 0, 8);
  stack[SP] = text + 1;
  put_frame (SP + 10, 0, text + 2);
  const uint64_t *frames
      = hit (standin_site (LEADING, 1)->address, SP, at (SP + 10), 2);
  CHECK_NUMBER (frames[1], text + 2);
  frames = hit (standin_site (LEADING, 2)->address, SP, at (SP + 10), 3);
  CHECK_NUMBER (frames[1], text + 1);
  CHECK_NUMBER (frames[2], text + 2);
}

static void
ends_at_its_depth (void)
{
  boot ();
  stack[SP] = text + 1;
  for (unsigned i = 0; i < 40; i++)
    put_frame (SP + 2 + 2 * i, at (SP + 4 + 2 * i), text + 2);
  for (unsigned depth = 1; depth <= MDTRACE_STACK_DEPTH_MAX; depth++)
    {
      define ("beta", ENTRIES, 0, depth);
      hit ((word_t) standin_text (BETA), SP, at (SP + 2), depth);
      uint32_t count;
      const dynamic_probe_status_t *list = probe_list (&count);
      CHECK_NUMBER (dynamic_probe_destroy (list[count - 1].id), MDTRACE_OK);
      mdtrace_rings_release (consumer, 0);
    }
}

/* Nothing but the two stacks is looked at, upwards, and nothing but text is
   taken for a return address.  */
static void
bears_any_frame (void)
{
  static const word_t frames[]
      = { 0, 1, 8, 0x1000, ~(word_t) 0, ~(word_t) 7, (word_t) 1 << 47 };

  boot ();
  define ("alpha", ENTRIES, 0, 32);
  word_t alpha = (word_t) standin_text (ALPHA);
  stack[SP] = text + 1;
  for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
    hit (alpha, SP, frames[i], 2);
  /* The last word of the stack alone; just behind it; not aligned.  */
  hit (alpha, SP, at (WORDS - 1), 2);
  hit (alpha, SP, at (WORDS), 2);
  put_frame (SP + 10, 0, text + 2);
  hit (alpha, SP, at (SP + 10) + 1, 2);
  /* A frame that leads to itself, and two that lead to each other.  */
  put_frame (SP + 10, at (SP + 10), text + 2);
  hit (alpha, SP, at (SP + 10), 3);
  put_frame (SP + 10, at (SP + 20), text + 2);
  put_frame (SP + 20, at (SP + 10), text + 3);
  hit (alpha, SP, at (SP + 10), 4);
  /* No address of text.  */
  put_frame (SP + 20, at (SP + 30), (word_t) stack);
  put_frame (SP + 30, 0, text + 3);
  hit (alpha, SP, at (SP + 10), 3);
  /* Whatever stands there.  */
  uint64_t seed = 7;
  for (unsigned i = 0; i < 2000; i++)
    {
      for (unsigned word = 0; word < WORDS - 8; word++)
	stack[word] = tap_below (&seed, 2) ? at (tap_below (&seed, WORDS))
		      : tap_below (&seed, 2) ? text
					     : tap_random (&seed);
      standin.frame_pointer = at (tap_below (&seed, WORDS));
      option_reach (alpha, 1, 2, stack + SP);
    }
  check_law ();
}

/* From an interrupt's stack the way leads to the thread's.  */
static void
crosses_from_the_interrupt_stack (void)
{
  word_t *other = standin_map (PAGE_BYTES);

  boot ();
  define ("alpha", ENTRIES, 0, 8);
  other[100] = text + 1;
  other[110] = (word_t) (other + 120);
  other[111] = text + 2;
  other[120] = at (SP + 10);
  other[121] = text + 3;
  put_frame (SP + 10, at (SP + 20), text + 4);
  put_frame (SP + 20, (word_t) (other + 110), text + 5);
  standin.frame_pointer = (word_t) (other + 110);
  option_reach ((word_t) standin_text (ALPHA), 1, 2, other + 100);
  const uint64_t *record;
  unsigned words;
  CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		MDTRACE_OK);
  CHECK_NUMBER (record[3], 6);
  for (unsigned i = 1; i < 6; i++)
    CHECK_NUMBER (record[4 + i], text + i);
}

/* As keys.  */
static void
is_a_key (void)
{
  struct mdtrace_aggregate *aggregate;

  boot ();
  mdtrace_probe_definition_t definition = option_definition ("alpha", ENTRIES);
  definition.options.stack_depth = 4;
  definition.options.aggregation = MDTRACE_AGGREGATION_COUNT;
  definition.options.keys = MDTRACE_KEY_STACK;
  uint32_t id = option_define (&definition, NULL);
  for (unsigned i = 0; i < 12; i++)
    {
      stack[SP] = text + 1 + i % 3;
      put_frame (SP + 10, 0, text + 7);
      standin.frame_pointer = i % 2 == 0 ? at (SP + 10) : 0;
      option_reach ((word_t) standin_text (ALPHA), 1, 2, stack + SP);
    }
  CHECK_NUMBER (mdtrace_aggregation_read (loopback, id, 0, &aggregate),
		MDTRACE_OK);
  CHECK_NUMBER (aggregate->count, 6);
  CHECK_NUMBER (aggregate->usage.key_words, 5);
  for (unsigned i = 0; i < 6; i++)
    {
      const uint64_t *entry = aggregate->words + 6 * i;
      CHECK_NUMBER (entry[0], i < 3 ? 2 : 3);
      CHECK_NUMBER (entry[1], (word_t) standin_text (ALPHA));
      CHECK_NUMBER (entry[2], text + 1 + i % 3);
      CHECK_NUMBER (entry[3], i < 3 ? 0 : text + 7);
      CHECK_NUMBER (entry[4], 0);
      CHECK_NUMBER (entry[5], 2);
    }
  mdtrace_aggregate_free (aggregate);
  check_law ();
}

static void
needs_frame_pointers (void)
{
  mdtrace_created_t created;

  boot ();
  mdtrace_site_table.flags = 0;
  mdtrace_probe_definition_t definition = option_definition ("alpha", ENTRIES);
  definition.options.stack_depth = 1;
  CHECK_NUMBER (mdtrace_probe_define (loopback, &definition, NULL, &created),
		MDTRACE_ERR_NO_FRAMES);
}

TAP_MAIN ({ follows_frames, "frames are followed" },
	  { begins_with_its_own_frame_inside,
	    "inside of a function it begins with its own" },
	  { has_the_frame_where_a_jump_leads,
	    "a jump before a return has it too" },
	  { ends_at_its_depth, "it ends at its depth" },
	  { bears_any_frame, "any frame is borne" },
	  { crosses_from_the_interrupt_stack,
	    "from the interrupt stack to the thread's" },
	  { is_a_key, "as a key" },
	  { needs_frame_pointers, "frame pointers are needed" })
