/* Programs of filters in the kernel part, beside filter_reference.h: what both
   make of the same bytes must be the same.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A hit is made up of random registers and memory: pages that are there and
   pages that are not, a stack that ends, and a thread and its task at the end
   of a page.  */

#ifndef UNIT_FILTER_KERNEL_H
#define UNIT_FILTER_KERNEL_H

#include <sanitizer/asan_interface.h>

#include "definition.h"
#include "filter.h"
#include "filter_reference.h"
#include "mdtrace_errors.h"
#include "tap.h"
/* The kernel part's, and not ours.  */
#include "x86/../values.h"
#include "x86/breakpoint.h"
#include "x86/load.h"

enum
{
  FILTER_PAGES = 5,
  STACK_WORDS_THERE = 10
};

/* A program with its length, where reading beyond it is seen.  */
struct filter_program
{
  mdtrace_instruction_t *at;
  unsigned count;
};

static uint8_t *filter_pages;
/* Where two of them are mapped too, in the other order.  */
static const word_t filter_mapped_at = UINT64_C (0xffff123456780000);
static struct thread *filter_thread;
static struct task *filter_task;

static inline void
filter_boot (void)
{
  standin_boot ("");
  mdtrace_start ();
  filter_pages = standin_map (FILTER_PAGES * PAGE_BYTES);
  standin_map_page (filter_mapped_at, filter_pages + PAGE_BYTES);
  standin_map_page (filter_mapped_at + PAGE_BYTES, filter_pages);
  /* At their own addresses: the stack, and behind a gap the structures.  */
  for (unsigned i = 2; i < FILTER_PAGES; i += 2)
    standin_map_page ((word_t) filter_pages + i * PAGE_BYTES,
		      filter_pages + i * PAGE_BYTES);
  uint8_t *end = filter_pages + FILTER_PAGES * PAGE_BYTES;
  filter_task = (struct task *) (end - sizeof *filter_task);
  filter_thread = (struct thread *) (end - PAGE_BYTES);
}

/* Load as the kernel should: byte by byte, from what is mapped.  */
static inline bool
filter_load (uint64_t address, unsigned bytes, uint64_t *value)
{
  uint8_t *to = (uint8_t *) value;

  *value = 0;
  for (; bytes-- > 0; address++, to++)
    {
      uint64_t other = address - filter_mapped_at;
      uint64_t own = address - (word_t) filter_pages;
      if (other < 2 * PAGE_BYTES)
	*to = filter_pages[other ^ PAGE_BYTES];
      else if (own / PAGE_BYTES == 2 || own / PAGE_BYTES == 4)
	*to = filter_pages[own];
      else
	return false;
    }
  return true;
}

/* A word that is a number, or points to memory, or nowhere.  */
static inline uint64_t
filter_word (uint64_t *seed)
{
  static const uint64_t special[]
      = { 0,	  1,	     2,		 0x7f,	    0x80,      0xff,
	  0x8000, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX };

  switch (tap_below (seed, 8))
    {
    case 0:
      return tap_random (seed);
    case 1:
      return special[tap_below (seed, sizeof special / sizeof special[0])];
    case 2:
      return tap_below (seed, 1 << 16);
    case 3:
      return (word_t) filter_task + tap_below (seed, 80) - 40;
    case 4:
      return (word_t) filter_thread + tap_below (seed, 80) - 8;
    case 5:
      return filter_mapped_at - 8 + tap_below (seed, 16);
    case 6:
      return filter_mapped_at + 2 * PAGE_BYTES - 16 + tap_below (seed, 24);
    default:
      return filter_mapped_at + tap_below (seed, 2 * PAGE_BYTES);
    }
}

/* -------------------------------------------------------------------- */
/* Hits */

static const mdtrace_value_t filter_values[MDTRACE_ARGUMENTS_MAX] = {
  { .source = MDTRACE_SOURCE_ARGUMENT, .number = 0 },
  { .source = MDTRACE_SOURCE_STACK, .number = 3 },
  { .source = MDTRACE_SOURCE_ARGUMENT,
    .number = 1,
    .steps = 1,
    .last_bytes = 2,
    .offsets = { 24 } },
  { .source = MDTRACE_SOURCE_REGISTER,
    .number = 3,
    .steps = 4,
    .last_bytes = 8,
    .offsets = { -8, 16, 0, 40 } },
  { .source = MDTRACE_SOURCE_REGISTER,
    .number = 15,
    .steps = 2,
    .last_bytes = 1,
    .offsets = { 0, 1 } },
  { .source = MDTRACE_SOURCE_RETURN },
};

/* The registers of arguments, and of what the values above begin with; 16: no
   register.  */
static const uint8_t filter_argument_registers[] = { 7, 6, 2, 1, 8, 9 };
static const uint8_t filter_value_registers[] = { 7, 16, 6, 3, 15, 0 };

/* A hit, as the kernel part and as the reference have it.  */
struct filter_hit
{
  struct breakpoint_frame frame;
  struct dtrace_cpu state;
  struct dtrace_enabling enabling;
  struct dtrace_site site;
  struct dtrace_usage usage[STANDIN_SLOTS];
  struct reference_hit reference;
};

/* The place of the machine's register with NUMBER in FRAME.  */
static inline word_t *
filter_register (struct breakpoint_frame *frame, unsigned number)
{
  word_t *const registers[] = { &frame->saved.rax,
				&frame->saved.rcx,
				&frame->saved.rdx,
				&frame->rbx,
				NULL,
				&frame->rbp,
				&frame->saved.rsi,
				&frame->saved.rdi,
				&frame->saved.r8,
				&frame->saved.r9,
				&frame->saved.r10,
				&frame->saved.r11,
				&frame->r12,
				&frame->r13,
				&frame->r14,
				&frame->r15 };

  return registers[number];
}

/* What value NUMBER of the hit should be.  */
static inline bool
filter_value (struct reference_hit *hit, unsigned number, uint64_t *result)
{
  const mdtrace_value_t *value = &filter_values[number];

  if (value->source == MDTRACE_SOURCE_STACK)
    {
      *result = hit->stack[value->number];
      return hit->stack_known >> value->number & 1;
    }
  *result = hit->machine[filter_value_registers[number]];
  for (unsigned i = 0; i < value->steps; i++)
    if (!filter_load (*result + (int64_t) value->offsets[i],
		      i + 1 == value->steps ? value->last_bytes : 8, result))
      return false;
  return true;
}

/* Fill memory and registers.  */
static inline void
filter_fill (struct filter_hit *hit, uint64_t *seed)
{
  struct reference_hit *reference = &hit->reference;
  word_t *stack = (word_t *) (filter_pages + 3 * PAGE_BYTES);

  memset (hit, 0, sizeof *hit);
  for (unsigned i = 0; i < FILTER_PAGES * PAGE_BYTES; i += 512)
    tap_random_bytes (seed, filter_pages + i, 16);
  for (unsigned i = 0; i < 2 * PAGE_BYTES; i += 8 * (1 + tap_below (seed, 64)))
    *(uint64_t *) (filter_pages + i) = filter_word (seed);
  filter_thread->task = filter_task;
  standin_run (filter_thread);
  reference->load = filter_load;
  reference->task = (word_t) filter_task;
  reference->thread = (word_t) filter_thread;
  for (unsigned i = 0; i < 16; i++)
    if (i != 4)
      reference->machine[i] = *filter_register (&hit->frame, i)
	  = filter_word (seed);
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    reference->arguments[i] = reference->machine[filter_argument_registers[i]];
  stack -= STACK_WORDS_THERE;
  for (unsigned i = 0; i < STACK_WORDS_THERE; i++)
    reference->stack[i] = stack[i] = filter_word (seed);
  reference->stack_known = (1 << STACK_WORDS_THERE) - 1;
  hit->state.stack = stack;
  reference->retval = reference->machine[0];
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (filter_value (reference, i, &reference->values[i]))
      reference->values_known |= 1 << i;
}

/* Make up a hit; with AT_END it is one at the end of a call whose entry was
   seen.  */
static inline void
filter_make_hit (struct filter_hit *hit, bool at_end, uint64_t *seed)
{
  struct reference_hit *reference = &hit->reference;
  struct dtrace_enabling *enabling = &hit->enabling;
  const uint8_t *registers = filter_value_registers;

  filter_fill (hit, seed);
  hit->site.function = tap_below (seed, STANDIN_FUNCTIONS);
  /* That is where the other one is.  */
  if (hit->site.function == ALPHA_TOO)
    hit->site.function = ALPHA;
  hit->site.address = reference->address = tap_random (seed);
  reference->function = (word_t) standin_text (hit->site.function);
  hit->state.registers = &hit->frame.saved;
  hit->state.number = reference->cpu = tap_below (seed, STANDIN_SLOTS);
  hit->state.duration = reference->duration = filter_word (seed);
  /* Whatever another program has left there.  */
  tap_random_bytes (seed, hit->state.filter, sizeof hit->state.filter);
  enabling->site = &hit->site;
  enabling->values = filter_values;
  enabling->kind = at_end ? MDTRACE_PROBE_RETURN : MDTRACE_PROBE_ENTRY;
  enabling->actions = DTRACE_FILTER | (at_end ? DTRACE_LATENCY : 0);
  enabling->offsets[0] = gate_result_offset ();
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      enabling->offsets[1 + i] = registers[i] < 16
				     ? gate_register_offset (registers[i])
				     : VALUE_ON_STACK;
      enabling->arguments[i]
	  = gate_register_offset (filter_argument_registers[i]);
      if (!at_end)
	continue;
      enabling->arguments[i] = GATE_NO_REGISTER;
      reference->arguments[i] = hit->state.entry_arguments[i]
	  = filter_word (seed);
      if (filter_values[i].source == MDTRACE_SOURCE_RETURN)
	continue;
      reference->values[i] = hit->state.entry_values[i] = filter_word (seed);
      reference->values_known &= ~(1U << i);
      if (tap_below (seed, 4) != 0)
	reference->values_known |= 1 << i;
    }
  hit->state.known = reference->values_known;
}

/* -------------------------------------------------------------------- */
/* Programs */

/* Make of AT, whatever it is, an instruction that keeps the rules, LEFT
   others behind it.  */
static inline void
filter_repair (mdtrace_instruction_t *at, unsigned left)
{
  static const uint8_t operands[]
      = { 0,  1,  2,  3,  4,  5,  6,  7,  16, 17, 18, 19, 20,
	  21, 32, 33, 34, 35, 36, 37, 48, 49, 50, 51, 53, 54,
	  55, 63, 64, 66, 73, 74, 79, 80, 81, 82, 83, 84, 85 };
  static const unsigned sizes[] = { 1, 2, 4, 8 };
  const unsigned count = sizeof operands;

  at->operation = 1 + at->operation % MDTRACE_OPERATION_IF_NONE;
  if (at->operation == 15 || (left > 0 && at->operation < 3 && at->to % 4))
    at->operation = MDTRACE_OPERATION_MOVE;
  if (left == 0)
    at->operation = 1 + at->to % 2;
  bool is_if = at->operation >= MDTRACE_OPERATION_IF_EQUAL;
  bool is_load = at->operation == MDTRACE_OPERATION_LOAD;
  bool is_sign = at->operation == MDTRACE_OPERATION_SIGN;
  if (at->operation <= MDTRACE_OPERATION_ACCEPT)
    {
      *at = (mdtrace_instruction_t){ .operation = at->operation };
      return;
    }
  at->to = is_if ? operands[at->to % count] : at->to % MDTRACE_REGISTERS;
  at->bytes = is_if || is_load || is_sign ? sizes[at->bytes % 4] : 0;
  if (is_load || is_sign || at->from % 3 != 0)
    {
      at->from = operands[at->from % count];
      at->immediate = 0;
    }
  else
    at->from = MDTRACE_OPERAND_IMMEDIATE;
  at->offset = is_if	 ? 1 + (int32_t) ((uint32_t) at->offset % left)
	       : is_load ? (int16_t) at->offset % 64
			 : 0;
}

/* A random program, which mostly keeps the rules.  */
static inline struct filter_program
filter_random (uint64_t *seed)
{
  struct filter_program program = { .count = 1 + tap_below (seed, 24) };

  if (tap_below (seed, 50) == 0)
    program.count = tap_below (seed, MDTRACE_PROGRAM_MAX + 2);
  program.at = malloc (program.count * sizeof *program.at);
  for (unsigned i = 0; i < program.count; i++)
    {
      tap_random_bytes (seed, &program.at[i], sizeof program.at[i]);
      program.at[i].immediate = filter_word (seed);
      filter_repair (&program.at[i], program.count - 1 - i);
    }
  return program;
}

/* Change something in PROGRAM.  */
static inline void
filter_mutate (struct filter_program program, uint64_t *seed)
{
  if (program.count == 0)
    return;
  mdtrace_instruction_t *at = &program.at[tap_below (seed, program.count)];
  uint8_t *byte = (uint8_t *) at + tap_below (seed, sizeof *at);
  switch (tap_below (seed, 4))
    {
    case 0:
      *byte = tap_random (seed);
      break;
    case 1:
      *byte ^= 1 << tap_below (seed, 8);
      break;
    case 2:
      at->offset += tap_below (seed, 3) - 1;
      break;
    default:
      at->from = tap_random (seed);
    }
}

static inline bool
filter_reads (struct filter_program program, unsigned operand)
{
  for (unsigned i = 0; i < program.count; i++)
    {
      const mdtrace_instruction_t *at = &program.at[i];
      if (at->operation > MDTRACE_OPERATION_ACCEPT
	  && (at->from == operand
	      || (at->operation >= MDTRACE_OPERATION_IF_EQUAL
		  && at->to == operand)))
	return true;
    }
  return false;
}

/* Give PROGRAM to both, at a hit made of *SEED.  False if both refuse it;
   otherwise *VERDICT is what both say.  */
static inline bool
filter_compare (struct filter_program program, bool at_end, uint64_t *seed,
		enum reference_verdict *verdict)
{
  static struct filter_hit hit;
  mdtrace_probe_options_t options
      = { .instructions = program.count, .latency = at_end };
  const struct definition definition
      = { .options = &options, .program = program.at };
  struct dtrace_format format = { .usage = hit.usage };
  bool is_good
      = program.count == 0
	|| (reference_is_good (program.at, program.count)
	    /* There are no such things.  */
	    && !filter_reads (program, MDTRACE_OPERAND_MACHINE + 4)
	    && (at_end || !filter_reads (program, MDTRACE_OPERAND_DURATION)));

  if (program.count > MDTRACE_PROGRAM_MAX)
    {
      struct filter_needs needs;
      CHECK (!filter_check (program.at, program.count, &needs));
      return false;
    }
  int error = definition_make (&definition, &format);
  CHECK_NUMBER (error, is_good ? MDTRACE_OK : MDTRACE_ERR_BAD_FILTER);
  if (error != MDTRACE_OK || program.count == 0)
    {
      definition_clear (&format);
      return false;
    }
  format.fields = MDTRACE_FIELD_RETVAL | 63 * (uint64_t) MDTRACE_FIELD_ARG0;
  size_t rest = (MDTRACE_PROGRAM_MAX - program.count) * sizeof *program.at;
  ASAN_POISON_MEMORY_REGION (format.program + program.count, rest);
  filter_make_hit (&hit, at_end, seed);
  hit.enabling.format = &format;
  *verdict = reference_run (program.at, program.count, &hit.reference);
  CHECK (*verdict != REFERENCE_RUNS_AWAY);
  bool accepts = filter_accepts (&hit.state, &hit.enabling);
  CHECK_NUMBER (accepts, *verdict == REFERENCE_ACCEPTS);
  for (unsigned i = 0; i < STANDIN_SLOTS; i++)
    CHECK_NUMBER (hit.usage[i].faults,
		  *verdict == REFERENCE_FAULTS && i == hit.state.number);
  ASAN_UNPOISON_MEMORY_REGION (format.program + program.count, rest);
  definition_clear (&format);
  return true;
}

#endif /* UNIT_FILTER_KERNEL_H */
