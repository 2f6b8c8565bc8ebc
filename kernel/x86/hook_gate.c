/* Gates of sites where nothing but counters is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Opcodes: Intel 64 and IA-32 Architectures Software Developer's Manual,
   volume 2.  On x86_64 whatever is addressed is in the upper 2 GiB, which 32
   bits with a sign reach.  */

#include <config.h>

#include "counter_hooks.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "symbols.h"
#include "values.h"
#include "x86/cpu.h"
#include "x86/gate.h"
#include "x86/hook_gate.h"
#include "x86/patch.h"

#if MACH_PERF_COUNTERS && MACH_DYNAMIC_PROBES

enum
{
  /* What is before the moved instructions, at most: for four hooks.  */
  HEAD_BYTES = 256,
  HOOKS_MAX = 4,
  REGISTER_AX = 0,
  REGISTER_DX = 2,
  REGISTER_SP = 4,
  REGISTER_SI = 6,
  REGISTER_DI = 7,
  REGISTER_NONE = 16
};

#ifdef __x86_64__
enum
{
  REGISTER_FIRST = REGISTER_DI, /* of a call's arguments */
  REGISTER_SECOND = REGISTER_SI
};
#else
enum
{
  REGISTER_FIRST = REGISTER_AX,
  REGISTER_SECOND = REGISTER_DX
};
#endif

/* Code as it is being written.  */
struct writer
{
  uint8_t bytes[HEAD_BYTES];
  unsigned used;
  unsigned pushed; /* words that the gate has on the stack */
  /* Calls: where each ends, and what it calls.  */
  unsigned call_count;
  struct
  {
    unsigned end;
    word_t target;
  } calls[HOOKS_MAX];
};

static void
put (struct writer *writer, unsigned count, const uint8_t *bytes)
{
  for (unsigned i = 0; i < count; i++)
    writer->bytes[writer->used++] = bytes[i];
}

#define PUT(writer, ...)                                                      \
  put (writer, sizeof ((const uint8_t[]){ __VA_ARGS__ }),                     \
       (const uint8_t[]){ __VA_ARGS__ })

static void
put_32 (struct writer *writer, uint32_t value)
{
  patch_put_32 (writer->bytes + writer->used, value);
  writer->used += 4;
}

/* The prefix for words, where they have 64 bits, and the registers REG, in the
   ModRM byte's middle, and RM, in its end.  */
static void
put_wide (struct writer *writer, unsigned reg, unsigned rm)
{
#ifdef __x86_64__
  PUT (writer, 0x48 | (reg >> 3 & 1) << 2 | (rm >> 3 & 1));
#else
  (void) writer;
  (void) reg;
  (void) rm;
#endif
}

/* The operand that is the word at ADDRESS; REG is what the ModRM byte has
   besides.  */
static void
put_memory (struct writer *writer, unsigned reg, word_t address)
{
#ifdef __x86_64__
  PUT (writer, 0x04 | (reg & 7) << 3, 0x25);
#else
  PUT (writer, 0x05 | (reg & 7) << 3);
#endif
  put_32 (writer, address);
}

/* The operand that is the word with NUMBER on the stack as it was before the
   gate.  */
static void
put_stack (struct writer *writer, unsigned reg, unsigned number)
{
  PUT (writer, 0x84 | (reg & 7) << 3, 0x24);
  put_32 (writer, (number + writer->pushed) * sizeof (word_t));
}

/* Where the value of ENABLING is.  */
struct location
{
  unsigned number; /* of the register; REGISTER_NONE: none */
  bool on_stack;
  unsigned word; /* of the stack */
  uint32_t constant;
};

/* PLACE is as in struct table_function.  */
static void
locate_place (struct location *location, unsigned place)
{
  if (place >= SITE_ON_STACK)
    {
      location->on_stack = true;
      location->word = place - SITE_ON_STACK + 1;
    }
  else
    location->number = place;
}

/* Find the value of ENABLING.  False if a gate cannot take it.  */
static bool
locate (const struct dtrace_enabling *enabling, struct location *location)
{
  const mdtrace_value_t *value = &enabling->values[0];
  const struct table_function *function;

  *location = (struct location){ .number = REGISTER_NONE };
  if (value->steps > 0)
    return false;
  switch (value->source)
    {
    case 0:
      return true;
    case MDTRACE_SOURCE_CONSTANT:
      location->constant = value->offsets[0];
      return true;
    case MDTRACE_SOURCE_REGISTER:
      location->number = value->number;
      return true;
    case MDTRACE_SOURCE_STACK:
      location->on_stack = true;
      location->word = value->number;
      return true;
    case MDTRACE_SOURCE_ARGUMENT:
      function = symbols_function (enabling->site->function);
      if (value->number >= SITE_ARGUMENTS_MAX
	  || function->argument_registers[value->number] == SITE_NO_REGISTER)
	return false;
      locate_place (location, function->argument_registers[value->number]);
      return true;
    default:
      return false;
    }
}

/* Skip what follows unless ENABLING's condition holds.  Returns where the
   number of bytes to be skipped stands; 0: there is no condition.  */
static unsigned
put_condition (struct writer *writer, const struct dtrace_enabling *enabling)
{
  const struct table_guard *when = enabling->when;
  struct location location = { .number = REGISTER_NONE };

  if (when == NULL)
    return 0;
  locate_place (&location, when->place);
  if (location.on_stack)
    {
      PUT (writer, 0x81);
      put_stack (writer, 7, location.word);
    }
  else
    {
#ifdef __x86_64__
      if (location.number >= 8)
	PUT (writer, 0x41);
#endif
      PUT (writer, 0x81, 0xf8 | (location.number & 7));
    }
  put_32 (writer, when->number);
  /* je, or jne.  */
  PUT (writer, when->differs ? 0x74 : 0x75, 0);
  return writer->used;
}

static void
end_condition (struct writer *writer, unsigned condition)
{
  if (condition != 0)
    writer->bytes[condition - 1] = writer->used - condition;
}

#ifdef __i386__
/* Add the carry to the upper half of the number at ADDRESS.  */
static void
put_carry (struct writer *writer, word_t address)
{
  PUT (writer, 0x83);
  put_memory (writer, 2, address + sizeof (word_t));
  PUT (writer, 0);
}
#else
static void
put_carry (struct writer *writer, word_t address)
{
  (void) writer;
  (void) address;
}
#endif

/* Count one more, and add the value, in the first CPU's cell.  */
static void
put_add (struct writer *writer, const struct dtrace_enabling *enabling,
	 const struct location *location)
{
  struct counter_cell *cell = enabling->hook->data->cells;
  word_t sum = (word_t) &cell->sum;
  unsigned number = location->number;
  unsigned condition = put_condition (writer, enabling);

  put_wide (writer, 0, 0);
  PUT (writer, 0x83);
  put_memory (writer, 0, (word_t) &cell->count);
  PUT (writer, 1);
  put_carry (writer, (word_t) &cell->count);
  if (location->on_stack)
    {
      /* push %eax; mov the word, %eax */
      PUT (writer, 0x50);
      writer->pushed++;
      put_wide (writer, REGISTER_AX, 0);
      PUT (writer, 0x8b);
      put_stack (writer, REGISTER_AX, location->word);
      number = REGISTER_AX;
    }
  if (number != REGISTER_NONE)
    {
      put_wide (writer, number, 0);
      PUT (writer, 0x01);
      put_memory (writer, number, sum);
      put_carry (writer, sum);
    }
  else if (location->constant != 0)
    {
      put_wide (writer, 0, 0);
      PUT (writer, 0x81);
      put_memory (writer, 0, sum);
      put_32 (writer, location->constant);
      put_carry (writer, sum);
    }
  if (location->on_stack)
    {
      PUT (writer, 0x58);
      writer->pushed--;
    }
  end_condition (writer, condition);
}

/* Call the hook of ENABLING.  The registers for the arguments have been
   pushed, the first one first.  */
static void
put_call (struct writer *writer, const struct dtrace_enabling *enabling,
	  const struct location *location)
{
  unsigned condition = put_condition (writer, enabling);
  unsigned number = location->number;

  if (location->on_stack)
    {
      put_wide (writer, REGISTER_SECOND, 0);
      PUT (writer, 0x8b);
      put_stack (writer, REGISTER_SECOND, location->word);
    }
  else if (number == REGISTER_FIRST || number == REGISTER_SECOND)
    {
      /* What was pushed.  */
      put_wide (writer, REGISTER_SECOND, 0);
      PUT (writer, 0x8b, 0x44 | REGISTER_SECOND << 3, 0x24,
	   number == REGISTER_FIRST ? sizeof (word_t) : 0);
    }
  else if (number != REGISTER_NONE)
    {
      put_wide (writer, number, REGISTER_SECOND);
      PUT (writer, 0x89, 0xc0 | (number & 7) << 3 | REGISTER_SECOND);
    }
  else if (location->constant != 0)
    {
      put_wide (writer, 0, 0);
      PUT (writer, 0xc7, 0xc0 | REGISTER_SECOND);
      put_32 (writer, location->constant);
    }
  put_wide (writer, 0, 0);
  PUT (writer, 0xc7, 0xc0 | REGISTER_FIRST);
  put_32 (writer, (word_t) enabling->hook->data);
  PUT (writer, 0xe8);
  /* Relative to where it will be, which is not known yet.  */
  put_32 (writer, 0);
  writer->calls[writer->call_count].end = writer->used;
  writer->calls[writer->call_count++].target = (word_t) enabling->hook->run;
  end_condition (writer, condition);
}

/* Whether a gate serves for ENABLING; *LOCATION is where its value is.  */
static bool
serves (const struct dtrace_enabling *enabling, struct location *location)
{
  const struct table_guard *when = enabling->when;

  /* A jump that begins earlier sees other registers.  */
  if (enabling->site->table->lead > 0
      && (enabling->values[0].source != 0 || when != NULL))
    return false;
  /* A call has its arguments where the condition would look.  */
  return locate (enabling, location)
	 && (when == NULL
	     || (!when->in_memory
		 && (enabling->hook->action == HOOK_ADD
		     || when->place >= SITE_ON_STACK
		     || (when->place != REGISTER_FIRST
			 && when->place != REGISTER_SECOND))));
}

static void
put_adds (struct writer *writer, const struct dtrace_site *site)
{
  struct location location;

  for (const struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    if (enabling->hook->action == HOOK_ADD && serves (enabling, &location))
      put_add (writer, enabling, &location);
}

static void
put_calls (struct writer *writer, const struct dtrace_site *site)
{
  struct location location;

  PUT (writer, 0x50 | REGISTER_FIRST, 0x50 | REGISTER_SECOND);
  writer->pushed += 2;
  for (const struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    if (enabling->hook->action != HOOK_ADD && serves (enabling, &location))
      put_call (writer, enabling, &location);
  PUT (writer, 0x58 | REGISTER_SECOND, 0x58 | REGISTER_FIRST);
}

int
hook_gate_make (struct dtrace_site *site)
{
  const struct table_site *table = site->table;

  site->light = pages_allocate_code (HEAD_BYTES + table->moved_bytes
				     + SITE_JUMP_BYTES);
  if (site->light == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  gate_put_moved (table, site->light + HEAD_BYTES);
  return MDTRACE_OK;
}

const void *
hook_gate_write (struct dtrace_site *site)
{
  /* Large for a kernel's stack.  [s] */
  static struct writer writer;
  struct location location;
  unsigned hooks = 0;
  bool calls = false;

  for (const struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    {
      if (++hooks > HOOKS_MAX || !serves (enabling, &location))
	return NULL;
      calls |= enabling->hook->action != HOOK_ADD;
    }
  writer.used = writer.call_count = 0;
  writer.pushed = 1;
  PUT (&writer, 0x9c); /* pushf */
  /* One addition is never interrupted; one of two halves is.  */
  if (calls || sizeof (word_t) < sizeof (uint64_t))
    PUT (&writer, 0xfa); /* cli */
  put_adds (&writer, site);
  if (calls)
    put_calls (&writer, site);
  PUT (&writer, 0x9d); /* popf */

  uint8_t *start = site->light + HEAD_BYTES - writer.used;
  copy_memory (start, writer.bytes, writer.used);
  for (unsigned i = 0; i < writer.call_count; i++)
    {
      uint8_t *end = start + writer.calls[i].end;
      patch_put_relative (end - 4, end, writer.calls[i].target);
    }
  return start;
}

#endif /* MACH_PERF_COUNTERS && MACH_DYNAMIC_PROBES */
