/* The text of the stand-in's kernel, and the table of its sites.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What mdtrace-mkkernel makes of a kernel: sites and their plans stand in
   standin_code.c, the rest follows from the instructions.  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dtrace.h"
#include "mach_kernel.h"
#include "breakpoints.h"
#include "standin_code.h"
#include "x86/cpu.h"
#include "x86/patch.h"

enum
{
  STRINGS_BYTES = 8192,
  CODE_BYTES = 2 * SITE_CODE_BYTES_MAX, /* of a site */
  FILLING = 0xcc,
  STATICS = 5,
  HOOKS = 2, /* the last of them */
  STATIC_SITES = 8
};

/* The one block that kernel/symbols.h knows as a struct site_table.  */
struct block
{
  struct site_table header;
  struct table_function functions[STANDIN_FUNCTIONS];
  struct table_site sites[STANDIN_FUNCTIONS * SITES_MAX];
  struct table_fixup fixups[STANDIN_FUNCTIONS];
  uint8_t code[STANDIN_FUNCTIONS * SITES_MAX][CODE_BYTES];
  uint8_t classes[STANDIN_TEXT_BYTES];
  char strings[STRINGS_BYTES];
  struct table_static statics[STATICS];
  struct table_static_site static_sites[STATIC_SITES];
};

extern struct block mdtrace_site_table;
struct block mdtrace_site_table;

uint32_t *standin_word;

static uint8_t *text;
static uint8_t original[STANDIN_FUNCTIONS][STANDIN_CELL_BYTES];
static uint32_t strings_used;

/* Where the function is whose code and sites come next.  */
static uint8_t *cell;

static uint32_t
add_string (const char *string)
{
  uint32_t offset = strings_used;

  strcpy (mdtrace_site_table.strings + offset, string);
  strings_used += strlen (string) + 1;
  return offset;
}

/* Where the displacement of INSTRUCTION is in its bytes.  */
static unsigned
displacement_at (const struct instruction *instruction)
{
  switch (instruction->class)
    {
    case SITE_CLASS_CONDITION_8:
    case SITE_CLASS_JUMP_8:
    case SITE_CLASS_CANNOT_MOVE:
      return instruction->length - 1;
    case SITE_CLASS_RELATIVE_1:
      return instruction->length - 5;
    case SITE_CLASS_RELATIVE_2:
      return instruction->length - 6;
    case SITE_CLASS_RELATIVE_4:
      return instruction->length - 8;
    default:
      return instruction->length - 4;
    }
}

static word_t
target_of (const struct instruction *instruction)
{
  switch (instruction->target)
    {
    case WORD:
      return (word_t) standin_word;
    case POINTER:
      return (word_t) standin_word + 8;
    default:
      return (word_t) cell + instruction->place;
    }
}

static void
put_32 (uint8_t *to, word_t value)
{
  uint32_t low = value;

  memcpy (to, &low, sizeof low);
}

/* Write INSTRUCTION at AT, where it is to be executed.  */
static void
write_instruction (const struct instruction *instruction, uint8_t *at)
{
  memcpy (at, instruction->bytes, instruction->length);
  if (instruction->target == NOWHERE)
    return;
  word_t away = target_of (instruction) - ((word_t) at + instruction->length);
  unsigned place = displacement_at (instruction);
  if (place == instruction->length - 1U)
    at[place] = away;
  else
    put_32 (at + place, away);
}

/* Append to the moved copy of SITE what INSTRUCTION, which ends at END,
   becomes.  */
static void
move (const struct instruction *instruction, word_t end,
      struct table_site *site)
{
  uint8_t *first = (uint8_t *) mdtrace_site_table.code + site->code
		   + site->original_bytes;
  uint8_t *to = first + site->moved_bytes;
  unsigned operand = 0;

  switch (instruction->class)
    {
    case SITE_CLASS_CONDITION_8:
    case SITE_CLASS_CONDITION_32:
      *to++ = 0x0f;
      *to++ = 0x80
	      | (instruction
		     ->bytes[instruction->class == SITE_CLASS_CONDITION_32]
		 & 15);
      to += 4;
      operand = 4;
      break;
    case SITE_CLASS_CALL:
      *to++ = 0x68;
      put_32 (to, end);
      to += 4;
      /* Fall through.  */
    case SITE_CLASS_JUMP_8:
    case SITE_CLASS_JUMP_32:
      *to++ = 0xe9;
      to += 4;
      operand = 4;
      break;
    default:
      memcpy (to, instruction->bytes, instruction->length);
      to += instruction->length;
      if (instruction->target != NOWHERE)
	operand = instruction->length - displacement_at (instruction);
      break;
    }
  site->moved_bytes = to - first;
  if (operand == 0)
    return;
  if (site->fixups == 0)
    site->first_fixup = mdtrace_site_table.header.fixups;
  site->fixups++;
  mdtrace_site_table.fixups[mdtrace_site_table.header.fixups++]
      = (struct table_fixup){ .target = target_of (instruction),
			      .at = site->moved_bytes - operand,
			      .end = site->moved_bytes };
}

/* Append the site that PLAN describes, of FUNCTION with CODE, whose text is
   written.  */
static void
add_site (enum standin_function function, const struct code *code,
	  const struct site *plan)
{
  uint32_t index = mdtrace_site_table.header.sites++;
  struct table_site *site = &mdtrace_site_table.sites[index];
  unsigned start = plan->at - plan->lead;

  *site = (struct table_site){ .address = (word_t) cell + plan->at,
			       .code = index * CODE_BYTES,
			       .function = function,
			       .kind = plan->kind,
			       .plan = plan->plan,
			       .reason = plan->reason,
			       .lead = plan->lead,
			       .displaced_bytes = plan->displaced };
  if (plan->plan != SITE_PLAN_JUMP)
    return;
  site->original_bytes
      = plan->displaced > SITE_JUMP_BYTES ? plan->displaced : SITE_JUMP_BYTES;
  memcpy (mdtrace_site_table.code[index], cell + start, site->original_bytes);
  unsigned at = 0;
  for (const struct instruction *instruction = code->instructions;
       at < start + plan->displaced; instruction++)
    {
      at += instruction->length;
      if (at > start)
	move (instruction, (word_t) cell + at, site);
    }
}

static void
add_function (enum standin_function number)
{
  struct table_function *function = &mdtrace_site_table.functions[number];
  const struct code *code = standin_code (number);
  bool refused = number == GAMMA || number == COLD;
  char name[32];

  cell = standin_text (number);
  memset (cell, FILLING, STANDIN_CELL_BYTES);
  function->address = (word_t) cell;
  memset (function->argument_registers, SITE_NO_REGISTER,
	  sizeof function->argument_registers);
  if (number >= FUNCTION_0)
    {
      snprintf (name, sizeof name, "function_%03d", number - FUNCTION_0);
      function->name = add_string (name);
      function->file = add_string ("b.c");
    }
  else
    {
      function->name = add_string (standin_named[number].name);
      function->file = add_string (standin_named[number].file);
      function->argument_count = standin_named[number].arguments;
      memcpy (function->argument_registers, standin_named[number].registers,
	      sizeof function->argument_registers);
    }
  if (number == ALPHA_TOO)
    {
      const struct table_function *alpha
	  = &mdtrace_site_table.functions[ALPHA];
      function->address = alpha->address;
      function->bytes = alpha->bytes;
      function->entry_site = alpha->entry_site;
      function->returns = alpha->returns;
      function->alias = 1;
      memcpy (original[number], cell, STANDIN_CELL_BYTES);
      return;
    }

  for (const struct instruction *instruction = code->instructions;
       instruction->length > 0; instruction++)
    {
      write_instruction (instruction, cell + function->bytes);
      mdtrace_site_table.classes[cell + function->bytes - text]
	  = SITE_CLASS_BYTE (refused ? SITE_CLASS_REFUSED : instruction->class,
			     instruction->length);
      function->bytes += instruction->length;
    }
  memcpy (original[number], cell, STANDIN_CELL_BYTES);
  function->entry_site = mdtrace_site_table.header.sites;
  for (unsigned i = 0; i < SITES_MAX && code->sites[i].kind != 0; i++)
    {
      add_site (number, code, &code->sites[i]);
      function->returns = i;
    }
}

/* Add the place number AT of static probes: the site with NUMBER of FUNCTION, or
   if that is negative what is OFFSET bytes behind its beginning.  */
static struct table_static_site *
add_place (unsigned at, enum standin_function function, int number,
	   unsigned offset)
{
  struct table_static_site *place = &mdtrace_site_table.static_sites[at];
  const struct table_function *entry = &mdtrace_site_table.functions[function];

  place->function = function;
  place->site = place->place = SITE_NONE;
  place->address = entry->address + offset;
  place->kind = MDTRACE_PROBE_ADDRESS;
  if (number < 0)
    return place;
  place->site = entry->entry_site + number;
  place->address = mdtrace_site_table.sites[place->site].address;
  place->kind = mdtrace_site_table.sites[place->site].kind;
  return place;
}

/* Static probes of the provider unit: calls, with a place of each kind, and one
   that is refused; rare, which is an event only if the first argument is 5; and
   never, which has no place.  */
static void
add_statics (void)
{
  struct table_static *statics = mdtrace_site_table.statics;
  struct table_static_site *place = add_place (0, ALPHA, 0, 0);

  place->values[0].source = MDTRACE_SOURCE_ARGUMENT;
  place = add_place (1, ALPHA, 1, 0);
  place->values[0].source = MDTRACE_SOURCE_RETURN;
  place->values[1] = (mdtrace_value_t){ .source = MDTRACE_SOURCE_CONSTANT,
					.offsets = { -7 } };
  place = add_place (2, BETA, -1, 6);
  place->values[0] = (mdtrace_value_t){ .source = MDTRACE_SOURCE_REGISTER,
					.number = 6 };
  place->values[1].source = MDTRACE_SOURCE_THREAD;
  add_place (3, GAMMA, 0, 0)->reason = MDTRACE_REASON_TRAP_PATH;
  place = add_place (4, MANY, 0, 0);
  place->values[0].source = MDTRACE_SOURCE_ARGUMENT;
  place->is_guarded = 1;
  place->guard = (struct table_guard){ .place = 7, .number = 5 };
  add_place (5, GAMMA, 0, 0)->reason = MDTRACE_REASON_TRAP_PATH;
  statics[0] = (struct table_static){ .event = add_string ("calls"),
				      .names = add_string ("first:u8:;second:d4:"),
				      .reason = add_string ("gamma is left out"),
				      .sites = 4,
				      .refused = 1,
				      .arguments = 2 };
  statics[1] = (struct table_static){ .event = add_string ("rare"),
				      .names = add_string ("first:u8:"),
				      .first = 4,
				      .sites = 1,
				      .arguments = 1 };
  statics[2] = (struct table_static){ .event = add_string ("never"),
				      .reason = add_string ("it is not here"),
				      .first = 5,
				      .sites = 1,
				      .refused = 1 };
  add_place (6, ALPHA, 0, 0);
  statics[3] = (struct table_static){ .event = add_string ("lock_waits"),
				      .first = 6,
				      .sites = 1 };
  add_place (7, BETA, 0, 0);
  statics[4] = (struct table_static){ .event = add_string ("lock_waited"),
				      .first = 7,
				      .sites = 1 };
  for (unsigned i = 0; i < STATICS; i++)
    statics[i].provider
	= add_string (i < STATICS - HOOKS ? "unit" : "counter");
}

void
standin_make_table (void)
{
  struct site_table *header = &mdtrace_site_table.header;

  memset (&mdtrace_site_table, 0, sizeof mdtrace_site_table);
  text = standin_map (STANDIN_TEXT_BYTES);
  standin_word = standin_map (16);
  memcpy (standin_word + 2, &text, sizeof text);
  header->magic = SITE_TABLE_MAGIC;
  header->text_start = (word_t) text;
  header->text_end = (word_t) text + STANDIN_TEXT_BYTES;
  for (unsigned i = 0; i < sizeof header->text_hash; i++)
    header->text_hash[i] = i * 7;
  header->functions = STANDIN_FUNCTIONS;
  header->functions_at = offsetof (struct block, functions);
  header->sites_at = offsetof (struct block, sites);
  header->fixups_at = offsetof (struct block, fixups);
  header->code_at = offsetof (struct block, code);
  header->code_bytes = sizeof mdtrace_site_table.code;
  header->strings_at = offsetof (struct block, strings);
  header->strings_bytes = STRINGS_BYTES;
  header->classes_at = offsetof (struct block, classes);
  header->flags = SITE_TABLE_FRAME_POINTERS;
  strings_used = 1;
  for (int i = 0; i < STANDIN_FUNCTIONS; i++)
    add_function (i);
  header->statics = STATICS;
  header->hooks = HOOKS;
  header->statics_at = offsetof (struct block, statics);
  header->static_sites = STATIC_SITES;
  header->static_sites_at = offsetof (struct block, static_sites);
  add_statics ();
}

void
standin_break_table (void)
{
  mdtrace_site_table.header.magic ^= 1;
}

const char *
standin_name (enum standin_function function)
{
  return mdtrace_site_table.strings
	 + mdtrace_site_table.functions[function].name;
}

uint8_t *
standin_text (enum standin_function function)
{
  return text + STANDIN_CELL_BYTES * function;
}

unsigned
standin_bytes (enum standin_function function)
{
  return mdtrace_site_table.functions[function].bytes;
}

const uint8_t *
standin_original_text (enum standin_function function)
{
  return original[function];
}

const struct table_site *
standin_site (enum standin_function function, unsigned number)
{
  const struct table_function *entry = &mdtrace_site_table.functions[function];

  return number <= entry->returns
	     ? &mdtrace_site_table.sites[entry->entry_site + number]
	     : NULL;
}

bool
standin_text_is_original (void)
{
  return memcmp (text, original, sizeof original) == 0;
}

#if MACH_DYNAMIC_PROBES

void
standin_make_frame (struct breakpoint_frame *frame)
{
  *frame = (struct breakpoint_frame){
    .rbx = 300,
    .rbp = 500,
    .r12 = 1200,
    .r13 = 1300,
    .r14 = 1400,
    .r15 = 1500,
    .saved = { .rdi = 1, .rsi = 2, .rdx = 3, .rcx = 4, .r8 = 5, .r9 = 6 }
  };
}

/* Whether the jump of TABLE is written, to the gate of SITE.  */
static bool
jump_is_there (const struct table_site *table, const struct dtrace_site *site)
{
  const uint8_t *jump
      = (const uint8_t *) (word_t) (table->address - table->lead);
  int32_t away;

  memcpy (&away, jump + 1, sizeof away);
  return table->plan == SITE_PLAN_JUMP && jump[0] == 0xe9
	 && site->gate == jump + SITE_JUMP_BYTES + away;
}

bool
standin_reach (word_t address, struct breakpoint_frame *frame)
{
  const struct dtrace_site *site = sites_find (address);
  bool hit = false;
  word_t flags = interrupts_disable ();

  if (*(const uint8_t *) address == OPCODE_BREAKPOINT)
    {
      frame->instruction_pointer = address + 1;
      hit = breakpoint_hit (frame);
    }
  else if (site != NULL)
    for (uint32_t i = 0; i < mdtrace_site_table.header.sites && !hit; i++)
      {
	const struct table_site *table = &mdtrace_site_table.sites[i];
	if (table->address != address || !jump_is_there (table, site))
	  continue;
	/* Whoever looks for a register that a gate does not save steps beside
	   the block.  */
	struct saved_registers *saved = malloc (sizeof *saved);
	*saved = frame->saved;
	dtrace_hit_alone (site, saved, breakpoint_stack (frame));
	free (saved);
	hit = true;
      }
  interrupts_restore (flags);
  return hit;
}

bool
standin_call (enum standin_function function)
{
  struct breakpoint_frame frame;

  standin_make_frame (&frame);
  return standin_reach ((word_t) standin_text (function), &frame);
}

/* Vector 3 leads to standin_reach, on all CPUs.  */
const uint8_t breakpoint_to_measure[2];

uint32_t
gate_measure (void)
{
  return 50;
}

uint32_t
breakpoint_measure (void)
{
  return 1000;
}

bool
breakpoints_start (void)
{
  return true;
}

void
breakpoints_start_cpu (unsigned cpu)
{
  (void) cpu;
}

#endif /* MACH_DYNAMIC_PROBES */
