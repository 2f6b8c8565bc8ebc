/* The functions of the stand-in's kernel, and the table of their sites.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What mdtrace-mkkernel makes of a kernel, made by hand.  The functions are
   real ones: they can be patched and executed.  */

#include <stdio.h>
#include <string.h>

#include "dtrace.h"
#include "mach_kernel.h"
#include "x86/cpu.h"
#include "x86/gate.h"

enum
{
  STRINGS_BYTES = 8192,
  CODE_BYTES = 32, /* of a site */
  FILLING = 0xcc
};

/* The one block that kernel/symbols.h knows as a struct site_table.  */
struct block
{
  struct site_table header;
  struct table_function functions[STANDIN_FUNCTIONS];
  struct table_site sites[STANDIN_FUNCTIONS];
  struct table_fixup fixups[2];
  uint8_t code[STANDIN_FUNCTIONS][CODE_BYTES];
  char strings[STRINGS_BYTES];
};

extern struct block mdtrace_site_table;
struct block mdtrace_site_table;

uint32_t *standin_word;

static uint8_t *text;
static uint8_t original[STANDIN_FUNCTIONS][STANDIN_FUNCTION_BYTES];
static uint32_t strings_used;

/* What is particular about the functions that have a name.  */
static const struct
{
  const char *name, *file;
  enum site_plan plan;
  enum mdtrace_reason reason;
  uint8_t arguments;
  uint8_t registers[SITE_ARGUMENTS_MAX];
} named[FUNCTION_0] = {
  [ALPHA] = { "alpha", "a.c", SITE_PLAN_JUMP, 0, 2, { 7, 6 } },
  [ALPHA_TOO] = { "alpha_too", "a.c", SITE_PLAN_JUMP, 0, 2, { 7, 6 } },
  [BETA] = { "beta", "a.c", SITE_PLAN_JUMP, 0, 0, { 0 } },
  [GAMMA]
  = { "gamma", "a.c", SITE_PLAN_REFUSED, MDTRACE_REASON_TRAP_PATH, 0, { 0 } },
  [DELTA] = { "delta", "a.c", SITE_PLAN_BREAKPOINT, 0, 0, { 0 } },
  [TWIN_ONE] = { "twin", "one.c", SITE_PLAN_JUMP, 0, 1, { 7 } },
  [TWIN_TWO] = { "twin", "two.c", SITE_PLAN_JUMP, 0, 1, { 7 } },
  [MANY] = { "many", "a.c", SITE_PLAN_JUMP, 0, 8, { 7, 6, 2, 1, 8, 9 } },
  [STACKED]
  = { "stacked", "a.c", SITE_PLAN_JUMP, 0, 2, { 7, SITE_NO_REGISTER } },
};

static uint32_t
add_string (const char *string)
{
  uint32_t offset = strings_used;

  strcpy (mdtrace_site_table.strings + offset, string);
  strings_used += strlen (string) + 1;
  return offset;
}

/* Write the code of FUNCTION at AT, and describe it in SITE.  */
static void
write_code (enum standin_function function, uint8_t *at,
	    struct table_site *site)
{
  /* lea (%rdi,%rsi), %rax; inc %rax; ret */
  static const uint8_t add[]
      = { 0x48, 0x8d, 0x04, 0x37, 0x48, 0xff, 0xc0, 0xc3 };
  /* The same up to ret, with a displacement of 0: what is moved need not be
     the same bytes.  */
  static const uint8_t moved_add[]
      = { 0x48, 0x8d, 0x44, 0x37, 0x00, 0x48, 0xff, 0xc0 };
  /* mov WORD(%rip), %eax; ret */
  static const uint8_t load[] = { 0x8b, 0x05, 0, 0, 0, 0, 0xc3 };
  uint8_t *code = mdtrace_site_table.code[function];

  memset (at, FILLING, STANDIN_FUNCTION_BYTES);
  if (function == BETA)
    {
      int32_t away = (word_t) standin_word - ((word_t) at + 6);
      memcpy (at, load, sizeof load);
      memcpy (at + 2, &away, sizeof away);
      site->displaced_bytes = site->moved_bytes = sizeof load - 1;
      site->first_fixup = 1;
      site->fixups = 1;
      mdtrace_site_table.fixups[1] = (struct table_fixup){
	.target = (word_t) standin_word, .at = 2, .end = 6
      };
    }
  else
    {
      memcpy (at, add, sizeof add);
      site->displaced_bytes = sizeof add - 1;
      site->moved_bytes = sizeof moved_add;
    }
  site->original_bytes = site->displaced_bytes;
  memcpy (code, at, site->original_bytes);
  /* Of BETA the kernel part must fill in the operand.  */
  memcpy (code + site->original_bytes, function == BETA ? load : moved_add,
	  site->moved_bytes);
  memcpy (original[function], at, STANDIN_FUNCTION_BYTES);
}

static void
add_function (enum standin_function number)
{
  struct table_function *function = &mdtrace_site_table.functions[number];
  struct table_site *site = &mdtrace_site_table.sites[number];
  char name[32];

  function->address = (word_t) text + STANDIN_FUNCTION_BYTES * number;
  function->bytes = STANDIN_FUNCTION_BYTES;
  function->entry_site = number;
  memset (function->argument_registers, SITE_NO_REGISTER,
	  sizeof function->argument_registers);
  site->address = function->address;
  site->kind = SITE_ENTRY;
  site->plan = SITE_PLAN_JUMP;
  site->code = (uint8_t *) mdtrace_site_table.code[number]
	       - (uint8_t *) mdtrace_site_table.code;
  write_code (number, standin_text (number), site);
  if (number >= FUNCTION_0)
    {
      snprintf (name, sizeof name, "function_%03d", number - FUNCTION_0);
      function->name = add_string (name);
      function->file = add_string ("b.c");
      return;
    }

  function->name = add_string (named[number].name);
  function->file = add_string (named[number].file);
  function->argument_count = named[number].arguments;
  memcpy (function->argument_registers, named[number].registers,
	  sizeof function->argument_registers);
  site->plan = named[number].plan;
  site->reason = named[number].reason;
  if (number == ALPHA_TOO)
    {
      function->address = mdtrace_site_table.functions[ALPHA].address;
      function->entry_site = ALPHA;
      function->alias = 1;
    }
}

void
standin_make_table (void)
{
  struct site_table *header = &mdtrace_site_table.header;

  memset (&mdtrace_site_table, 0, sizeof mdtrace_site_table);
  text = standin_map (STANDIN_FUNCTIONS * STANDIN_FUNCTION_BYTES);
  standin_word = standin_map (sizeof *standin_word);
  header->magic = SITE_TABLE_MAGIC;
  header->text_start = (word_t) text;
  header->text_end
      = (word_t) text + STANDIN_FUNCTIONS * STANDIN_FUNCTION_BYTES;
  for (unsigned i = 0; i < sizeof header->text_hash; i++)
    header->text_hash[i] = i * 7;
  header->functions = header->sites = STANDIN_FUNCTIONS;
  header->functions_at = offsetof (struct block, functions);
  header->sites_at = offsetof (struct block, sites);
  header->fixups = 2;
  header->fixups_at = offsetof (struct block, fixups);
  header->code_at = offsetof (struct block, code);
  header->code_bytes = sizeof mdtrace_site_table.code;
  header->strings_at = offsetof (struct block, strings);
  header->strings_bytes = STRINGS_BYTES;
  strings_used = 1;
  for (int i = 0; i < STANDIN_FUNCTIONS; i++)
    add_function (i);
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
  return text + STANDIN_FUNCTION_BYTES * function;
}

const uint8_t *
standin_original_text (enum standin_function function)
{
  return original[function];
}

#if MACH_DYNAMIC_PROBES
bool
standin_call (enum standin_function function)
{
  static const struct saved_registers registers
      = { .rdi = 1, .rsi = 2, .rdx = 3, .rcx = 4, .r8 = 5, .r9 = 6 };
  uint8_t *at = standin_text (function);

  if (memcmp (at, original[function], STANDIN_FUNCTION_BYTES) == 0)
    return false;
  word_t flags = interrupts_disable ();
  dtrace_hit (
      (struct dtrace_site *) (word_t) mdtrace_site_table.sites[function].state,
      &registers);
  interrupts_restore (flags);
  return true;
}
#endif
