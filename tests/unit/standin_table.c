/* The functions of the stand-in's kernel, and the table of their sites.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What mdtrace-mkkernel makes of a kernel: the sites and their plans stand
   here, the rest follows from the instructions.  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dtrace.h"
#include "mach_kernel.h"
#include "breakpoints.h"
#include "x86/cpu.h"
#include "x86/patch.h"

enum
{
  STRINGS_BYTES = 8192,
  INSTRUCTIONS_MAX = 12, /* of a function */
  SITES_MAX = 3,
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

/* What the displacement in an instruction leads to.  */
enum target
{
  NOWHERE,
  WORD,	   /* standin_word */
  POINTER, /* behind it, a pointer to ALPHA */
  PLACE	   /* in the text: so many bytes behind the function */
};

struct instruction
{
  uint8_t class; /* enum site_class */
  uint8_t length;
  uint8_t target; /* enum target */
  int16_t place;
  uint8_t bytes[11];
};

#define PLAIN(bytes)                                                          \
  {                                                                           \
    SITE_CLASS_PLAIN, sizeof bytes - 1, NOWHERE, 0, bytes                     \
  }
#define OTHER(class, bytes)                                                   \
  {                                                                           \
    SITE_CLASS_##class, sizeof bytes - 1, NOWHERE, 0, bytes                   \
  }
#define TO(target, class, bytes)                                              \
  {                                                                           \
    SITE_CLASS_##class, sizeof bytes - 1, target, 0, bytes                    \
  }
#define TO_PLACE(place, class, bytes)                                         \
  {                                                                           \
    SITE_CLASS_##class, sizeof bytes - 1, PLACE, place, bytes                 \
  }
/* The distance from FUNCTION to ALPHA, which is the first.  */
#define ALPHA_FROM(function) (-(function) *STANDIN_CELL_BYTES)

struct site
{
  uint8_t kind; /* 0: none */
  uint8_t plan;
  uint8_t reason;
  uint8_t at, lead;
  uint8_t displaced;
};

#define JUMP(kind, at, lead, displaced)                                       \
  {                                                                           \
    MDTRACE_PROBE_##kind, SITE_PLAN_JUMP, 0, at, lead, displaced              \
  }
#define BREAKPOINT(kind, at, reason)                                          \
  {                                                                           \
    MDTRACE_PROBE_##kind, SITE_PLAN_BREAKPOINT, MDTRACE_REASON_##reason, at,  \
	0, 0                                                                  \
  }
#define REFUSED(reason)                                                       \
  {                                                                           \
    MDTRACE_PROBE_ENTRY, SITE_PLAN_REFUSED, MDTRACE_REASON_##reason, 0, 0, 0  \
  }

struct code
{
  struct instruction instructions[INSTRUCTIONS_MAX];
  struct site sites[SITES_MAX];
};

/* lea (%rdi,%rsi), %rax; inc %rax; ret */
#define ADD_INSTRUCTIONS                                                      \
  PLAIN ("\x48\x8d\x04\x37"), PLAIN ("\x48\xff\xc0"), PLAIN ("\xc3")

static const struct code add
    = { { ADD_INSTRUCTIONS },
	{ JUMP (ENTRY, 0, 0, 7), JUMP (RETURN, 7, 0, 1) } };

static const struct code codes[FUNCTION_0] = {
  [BETA] = { { /* mov WORD, %eax; ret */
	       TO (WORD, RELATIVE, "\x8b\x05\0\0\0\0"), PLAIN ("\xc3") },
	     { JUMP (ENTRY, 0, 0, 6), JUMP (RETURN, 6, 0, 1) } },
  [GAMMA] = { { ADD_INSTRUCTIONS }, { REFUSED (TRAP_PATH) } },
  [DELTA] = { { /* xor %eax, %eax; 2: inc %eax; cmp %edi, %eax; jb 2; ret */
		PLAIN ("\x31\xc0"), PLAIN ("\xff\xc0"), PLAIN ("\x39\xf8"),
		TO_PLACE (2, CONDITION_8, "\x72\0"), PLAIN ("\xc3") },
	      { BREAKPOINT (ENTRY, 0, NO_ROOM), JUMP (RETURN, 8, 0, 1) } },
  [FORK] = { { /* test %edi, %edi; je 10; mov $1, %eax; ret;
		  10: mov $2, %eax; ret */
	       PLAIN ("\x85\xff"), TO_PLACE (10, CONDITION_8, "\x74\0"),
	       PLAIN ("\xb8\1\0\0\0"), PLAIN ("\xc3"), PLAIN ("\xb8\2\0\0\0"),
	       PLAIN ("\xc3") },
	     { JUMP (ENTRY, 0, 0, 9), BREAKPOINT (RETURN, 9, NO_ROOM),
	       JUMP (RETURN, 15, 0, 1) } },
  [LEADING]
  = { { /* push %rbx; mov %rdi, %rbx; test %rsi, %rsi; jne 19; mov %rbx, %rax;
	   12: lea 0(%rsp), %rsp; pop %rbx; ret;
	   19: xor %eax, %eax; pop %rbx; ret */
	PLAIN ("\x53"), PLAIN ("\x48\x89\xfb"), PLAIN ("\x48\x85\xf6"),
	TO_PLACE (19, CONDITION_8, "\x75\0"), PLAIN ("\x48\x89\xd8"),
	PLAIN ("\x48\x8d\x64\x24\0"), PLAIN ("\x5b"), PLAIN ("\xc3"),
	PLAIN ("\x31\xc0"), PLAIN ("\x5b"), PLAIN ("\xc3") },
      { JUMP (ENTRY, 0, 0, 7), JUMP (RETURN, LEADING_RETURN, LEADING_LEAD, 7),
	JUMP (RETURN, 22, 0, 1) } },
  [TAIL] = { { /* inc %rdi; jmp alpha */
	       PLAIN ("\x48\xff\xc7"),
	       TO_PLACE (ALPHA_FROM (TAIL), JUMP_32, "\xe9\0\0\0\0") },
	     { JUMP (ENTRY, 0, 0, 8), JUMP (TAIL, 3, 0, 5) } },
  [CALLER] = { { /* sub $8, %rsp; call alpha; add $8, %rsp; ret */
		 PLAIN ("\x48\x83\xec\x08"),
		 TO_PLACE (ALPHA_FROM (CALLER), CALL, "\xe8\0\0\0\0"),
		 PLAIN ("\x48\x83\xc4\x08"), PLAIN ("\xc3") },
	       { JUMP (ENTRY, 0, 0, 9), JUMP (RETURN, 13, 0, 1) } },
  [INDIRECT]
  = { { /* sub $8, %rsp; call *POINTER; mov %rax, %rdi;
	   mov POINTER, %rax; call *%rax; add $8, %rsp; ret */
	PLAIN ("\x48\x83\xec\x08"),
	TO (POINTER, CALL_RELATIVE, "\xff\x15\0\0\0\0"),
	PLAIN ("\x48\x89\xc7"), TO (POINTER, RELATIVE, "\x48\x8b\x05\0\0\0\0"),
	OTHER (CALL_INDIRECT, "\xff\xd0"), PLAIN ("\x48\x83\xc4\x08"),
	PLAIN ("\xc3") },
      { BREAKPOINT (ENTRY, 0, CANNOT_MOVE), JUMP (RETURN, 26, 0, 1) } },
  [RELATIVES] = { { /* movl $0x12345678, WORD; cmpl $0x78, WORD; movw $0xabcd,
		       WORD; mov WORD, %eax; ret */
		    TO (WORD, RELATIVE_4, "\xc7\x05\0\0\0\0\x78\x56\x34\x12"),
		    TO (WORD, RELATIVE_1, "\x83\x3d\0\0\0\0\x78"),
		    TO (WORD, RELATIVE_2, "\x66\xc7\x05\0\0\0\0\xcd\xab"),
		    TO (WORD, RELATIVE, "\x8b\x05\0\0\0\0"), PLAIN ("\xc3") },
		  { JUMP (ENTRY, 0, 0, 10), JUMP (RETURN, 32, 0, 1) } },
  [JUMPS]
  = { { /* test %edi, %edi; js 15; jmp 10; 10: jmp 15;
	   15: mov %rdi, %rax; ret */
	PLAIN ("\x85\xff"), TO_PLACE (15, CONDITION_32, "\x0f\x88\0\0\0\0"),
	TO_PLACE (10, JUMP_8, "\xeb\0"),
	TO_PLACE (15, JUMP_32, "\xe9\0\0\0\0"), PLAIN ("\x48\x89\xf8"),
	PLAIN ("\xc3") },
      { JUMP (ENTRY, 0, 0, 8), JUMP (RETURN, 18, 0, 1) } },
  [SHORT]
  = { { PLAIN ("\xc3") }, { JUMP (ENTRY, 0, 0, 1), JUMP (RETURN, 0, 0, 1) } },
  [CANNOT] = { { /* jrcxz 3; nop; 3: mov %rdi, %rax; ret */
		 TO_PLACE (3, CANNOT_MOVE, "\xe3\0"), PLAIN ("\x90"),
		 PLAIN ("\x48\x89\xf8"), PLAIN ("\xc3") },
	       { REFUSED (CANNOT_MOVE), JUMP (RETURN, 6, 0, 1) } },
  [RECOVERED] = { { /* mov %edi, %eax, as if it were a load; ret */
		    OTHER (RECOVERED, "\x89\xf8"), PLAIN ("\xc3") },
		  { REFUSED (RECOVERY), JUMP (RETURN, 2, 0, 1) } },
  [NEVER] = { { /* xor %eax, %eax; 2: jmp 2 */
		PLAIN ("\x31\xc0"), TO_PLACE (2, JUMP_8, "\xeb\0") },
	      { BREAKPOINT (ENTRY, 0, NO_ROOM) } },
  [COLD] = { { ADD_INSTRUCTIONS }, { REFUSED (COLD_PART) } },
};

/* Names, files and arguments of the functions that have a name.  */
static const struct
{
  const char *name, *file;
  uint8_t arguments;
  uint8_t registers[SITE_ARGUMENTS_MAX];
} named[FUNCTION_0] = {
  [ALPHA] = { "alpha", "a.c", 2, { 7, 6 } },
  [ALPHA_TOO] = { "alpha_too", "a.c", 2, { 7, 6 } },
  [BETA] = { "beta", "a.c", 0, { 0 } },
  [GAMMA] = { "gamma", "a.c", 0, { 0 } },
  [DELTA] = { "delta", "a.c", 1, { 7 } },
  [TWIN_ONE] = { "twin", "one.c", 1, { 7 } },
  [TWIN_TWO] = { "twin", "two.c", 1, { 7 } },
  [MANY] = { "many", "a.c", 8, { 7, 6, 2, 1, 8, 9 } },
  [STACKED] = { "stacked", "a.c", 2, { 7, SITE_NO_REGISTER } },
  [FORK] = { "fork", "f.c", 1, { 7 } },
  [LEADING] = { "leading", "f.c", 2, { 7, 6 } },
  [TAIL] = { "tail", "f.c", 2, { 7, 6 } },
  [CALLER] = { "caller", "f.c", 2, { 7, 6 } },
  [INDIRECT] = { "indirect", "f.c", 2, { 7, 6 } },
  [RELATIVES] = { "relatives", "f.c", 0, { 0 } },
  [JUMPS] = { "jumps", "f.c", 1, { 7 } },
  [SHORT] = { "short", "f.c", 0, { 0 } },
  [CANNOT] = { "cannot", "f.c", 1, { 7 } },
  [RECOVERED] = { "recovered", "f.c", 1, { 7 } },
  [NEVER] = { "never", "f.c", 0, { 0 } },
  [COLD] = { "fork.cold", "f.c", 0, { 0 } },
  [IN_RBX] = { "in_rbx", "f.c", 1, { 3 } },
};

static const struct code *
code_of (enum standin_function function)
{
  return function < FUNCTION_0 && codes[function].sites[0].kind != 0
	     ? &codes[function]
	     : &add;
}

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
  const struct code *code = code_of (number);
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
      function->name = add_string (named[number].name);
      function->file = add_string (named[number].file);
      function->argument_count = named[number].arguments;
      memcpy (function->argument_registers, named[number].registers,
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
