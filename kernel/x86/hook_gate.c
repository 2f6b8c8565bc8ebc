/* Gates of sites where nothing but counters is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "hook_actions.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "symbols.h"
#include "values.h"
#include "x86/cpu.h"
#include "x86/gate.h"
#include "x86/hook_gate.h"
#include "x86/writer.h"

#if MACH_PERF_COUNTERS && MACH_DYNAMIC_PROBES

enum
{
  /* What is before the moved instructions, at most: for four hooks.  */
  HEAD_BYTES = WRITER_BYTES,
  HOOKS_MAX = WRITER_CALLS_MAX,
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

/* What began at a place ends now.  On x86_64 it is in assembly, with a
   convention of its own; on i386 its arguments are the data of the hook and
   the place.  */
#ifdef __x86_64__
extern const uint8_t hook_found_alone[];

_Static_assert(offsetof (struct hook_begin, tsc) == 8
		   && offsetof (struct hook_data, cells) == 0
		   && offsetof (struct hook_data, ns_per_count) == 24
		   && sizeof (struct counter_cell) == 376
		   && offsetof (struct counter_cell, count) == 8
		   && offsetof (struct counter_cell, sum) == 16
		   && offsetof (struct counter_cell, minimum) == 24
		   && offsetof (struct counter_cell, maximum) == 32
		   && offsetof (struct counter_cell, buckets) == 40
		   && MDTRACE_COUNTER_BUCKETS == 42 && HOOK_PART_MASK == 7,
	       "hook_x86_64.S says the same");
#endif

/* Where the value of ENABLING is.  */
struct location
{
  unsigned number; /* of the register; REGISTER_NONE: none */
  bool on_stack;
  bool is_thread; /* the running thread */
  unsigned word;  /* of the stack */
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
  location->is_thread = enabling->hook->action == HOOK_BEGIN_THREAD
			|| enabling->hook->action == HOOK_END_THREAD;
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

/* Skip what follows unless ENABLING's condition holds.  Returns what is behind
   the number of bytes to be skipped; 0: there is no condition.  */
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
  PUT (writer, 0x0f, when->differs ? 0x84 : 0x85);
  put_32 (writer, 0);
  return writer->used;
}

static void
end_condition (struct writer *writer, unsigned condition)
{
  if (condition != 0)
    patch_put_32 (writer->bytes + condition - 4, writer->used - condition);
}

/* The short jump with OPCODE to where end_skip is told what is returned.  */
static unsigned
put_skip (struct writer *writer, uint8_t opcode)
{
  PUT (writer, opcode, 0);
  return writer->used;
}

static void
end_skip (struct writer *writer, unsigned skip)
{
  writer->bytes[skip - 1] = writer->used - skip;
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

/* Call FUNCTION with the data of ENABLING's hook in REG.  */
static void
put_hook_call (struct writer *writer, word_t function, unsigned reg,
	       const struct dtrace_enabling *enabling)
{
  put_wide (writer, 0, 0);
  PUT (writer, 0xc7, 0xc0 | reg);
  put_32 (writer, (word_t) enabling->hook->data);
  PUT (writer, 0xe8);
  /* Relative to where it will be, which is not known yet.  */
  put_32 (writer, 0);
  writer->calls[writer->call_count].end = writer->used;
  writer->calls[writer->call_count++].target = function;
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
  put_hook_call (writer, (word_t) enabling->hook->run, REGISTER_FIRST,
		 enabling);
  end_condition (writer, condition);
}

/* Make REG the value of LOCATION.  Nothing has been changed since the gate
   began but REG itself, which is on the stack last.  */
static void
put_value (struct writer *writer, unsigned reg,
	   const struct location *location)
{
  if (!location->is_thread && !location->on_stack)
    {
      put_wide (writer, location->number, reg);
      PUT (writer, 0x89, 0xc0 | (location->number & 7) << 3 | reg);
      return;
    }
  put_wide (writer, reg, 0);
  PUT (writer, 0x8b);
  if (location->is_thread)
    put_memory (writer, reg,
		(word_t) FIELD_AT (mach_percpu_array, percpu, active_thread));
  else
    put_stack (writer, reg, location->word);
}

/* Make REG the offset in the table of what belongs to the key in %ecx: as
   place_of does.  */
static void
put_hash (struct writer *writer, unsigned reg)
{
  PUT (writer, 0x89, 0xc0 | REGISTER_CX << 3 | reg); /* mov %ecx, reg */
  PUT (writer, 0xc1, 0xe8 | reg, HOOK_KEY_SHIFT);    /* shr */
  PUT (writer, 0x69, 0xc0 | reg << 3 | reg);	     /* imul */
  put_32 (writer, HOOK_HASH);
  PUT (writer, 0xc1, 0xe8 | reg, 32 - HOOK_TABLE_BITS); /* shr */
  PUT (writer, 0xc1, 0xe0 | reg, 4); /* shl: 16 bytes each */
}

/* The operand that is the member at OFFSET of what REG is the offset of in the
   table of ENABLING's hook; MIDDLE is what the ModRM byte has besides.  */
static void
put_place (struct writer *writer, unsigned middle, unsigned reg,
	   const struct dtrace_enabling *enabling, unsigned offset)
{
  PUT (writer, 0x80 | middle << 3 | reg);
  put_32 (writer, (word_t) enabling->hook->data->table + offset);
}

/* Make %ecx, which is a key, what it and the key at the place that REG is the
   offset of differ in: no more than HOOK_PART_MASK if they are of one
   object.  Returns a jump that is taken with OPCODE, after a comparison with
   that.  */
static unsigned
put_compare (struct writer *writer, const struct dtrace_enabling *enabling,
	     unsigned reg, uint8_t opcode)
{
  put_wide (writer, REGISTER_CX, 0);
  PUT (writer, 0x33); /* xor key, %ecx */
  put_place (writer, REGISTER_CX, reg, enabling,
	     offsetof (struct hook_begin, key));
  put_wide (writer, 0, 0);
  PUT (writer, 0x83, 0xf8 | REGISTER_CX, HOOK_PART_MASK); /* cmp */
  return put_skip (writer, opcode);
}

/* The key is in %ecx, and the offset of its place in %ebx: unless this one is
   to be measured, forget what began for its object before.  Returns a jump to
   behind the rest; 0: each one is measured.  */
static unsigned
put_sample (struct writer *writer, const struct dtrace_enabling *enabling)
{
  struct hook_data *data = enabling->hook->data;

  if (data->sample == 1)
    return 0;
  PUT (writer, 0x83); /* subl $1, left */
  put_memory (writer, 5, (word_t) &data->left);
  PUT (writer, 1);
  unsigned sampled = put_skip (writer, 0x7e);			      /* jle */
  unsigned other = put_compare (writer, enabling, REGISTER_BX, 0x77); /* ja */
  put_wide (writer, 0, 0);
  PUT (writer, 0xc7); /* mov $0, key */
  put_place (writer, 0, REGISTER_BX, enabling,
	     offsetof (struct hook_begin, key));
  put_32 (writer, 0);
  end_skip (writer, other);
  unsigned end = put_skip (writer, 0xeb); /* jmp */
  end_skip (writer, sampled);
  PUT (writer, 0xc7); /* movl sample, left */
  put_memory (writer, 0, (word_t) &data->left);
  put_32 (writer, data->sample);
  return end;
}

/* As hook_begin does, without a call.  */
static void
put_begin (struct writer *writer, const struct dtrace_enabling *enabling,
	   const struct location *location)
{
  struct hook_data *data = enabling->hook->data;
  unsigned condition = put_condition (writer, enabling);

  put_push (writer, REGISTER_CX);
  put_value (writer, REGISTER_CX, location);
  put_push (writer, REGISTER_AX);
  put_push (writer, REGISTER_DX);
  put_push (writer, REGISTER_BX);
  put_hash (writer, REGISTER_BX);
  unsigned unsampled = put_sample (writer, enabling);
  PUT (writer, 0x0f, 0x31); /* rdtsc */
  /* Is somebody else there?  */
  put_wide (writer, 0, 0);
  PUT (writer, 0x83); /* cmp $0, key */
  put_place (writer, 7, REGISTER_BX, enabling,
	     offsetof (struct hook_begin, key));
  PUT (writer, 0);
  unsigned empty = put_skip (writer, 0x74);			     /* je */
  unsigned same = put_compare (writer, enabling, REGISTER_BX, 0x76); /* jbe */
  PUT (writer, 0x83); /* addl $1, lost */
  put_memory (writer, 0, (word_t) &data->lost);
  PUT (writer, 1);
  end_skip (writer, same);
  put_wide (writer, REGISTER_CX, 0);
  PUT (writer, 0x33);
  put_place (writer, REGISTER_CX, REGISTER_BX, enabling,
	     offsetof (struct hook_begin, key));
  end_skip (writer, empty);
  /* mov the time stamp and the key there */
  PUT (writer, 0x89);
  put_place (writer, REGISTER_AX, REGISTER_BX, enabling,
	     offsetof (struct hook_begin, tsc));
  PUT (writer, 0x89);
  put_place (writer, REGISTER_DX, REGISTER_BX, enabling,
	     offsetof (struct hook_begin, tsc) + 4);
  if (data->part != 0)
    {
      put_wide (writer, 0, 0);
      PUT (writer, 0x83, 0xc8 | REGISTER_CX, data->part); /* or */
    }
  put_wide (writer, REGISTER_CX, 0);
  PUT (writer, 0x89);
  put_place (writer, REGISTER_CX, REGISTER_BX, enabling,
	     offsetof (struct hook_begin, key));
  if (unsampled != 0)
    end_skip (writer, unsampled);
  put_pop (writer, REGISTER_BX);
  put_pop (writer, REGISTER_DX);
  put_pop (writer, REGISTER_AX);
  put_pop (writer, REGISTER_CX);
  end_condition (writer, condition);
}

/* Let hook_found_alone do the rest for the hook of ENABLING: %eax is the
   offset of the place in its table; %ecx is free.  */
static void
put_found (struct writer *writer, const struct dtrace_enabling *enabling)
{
  put_push (writer, REGISTER_DX);
#ifdef __x86_64__
  put_push (writer, REGISTER_SI);
  put_wide (writer, 0, 0);
  PUT (writer, 0x8d); /* lea the place */
  put_place (writer, REGISTER_CX, REGISTER_AX, enabling, 0);
  put_hook_call (writer, (word_t) hook_found_alone, REGISTER_SI, enabling);
  put_pop (writer, REGISTER_SI);
#else
  PUT (writer, 0x8d);
  put_place (writer, REGISTER_DX, REGISTER_AX, enabling, 0);
  put_hook_call (writer, (word_t) hook_found_alone, REGISTER_AX, enabling);
#endif
  put_pop (writer, REGISTER_DX);
}

/* As hook_end does, with a call if there was a beginning.  */
static void
put_end (struct writer *writer, const struct dtrace_enabling *enabling,
	 const struct location *location)
{
  unsigned condition = put_condition (writer, enabling);
  unsigned absent;

  put_push (writer, REGISTER_CX);
  put_value (writer, REGISTER_CX, location);
  put_push (writer, REGISTER_AX);
  put_hash (writer, REGISTER_AX);
  absent = put_compare (writer, enabling, REGISTER_AX, 0x77); /* ja */
  put_found (writer, enabling);
  end_skip (writer, absent);
  put_pop (writer, REGISTER_AX);
  put_pop (writer, REGISTER_CX);
  end_condition (writer, condition);
}

/* Whether a gate does what ENABLING asks for without C code, but for what is
   seldom.  */
static bool
is_written (const struct dtrace_enabling *enabling)
{
  return enabling->hook->action <= HOOK_END_THREAD;
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
		 && (is_written (enabling) || when->place >= SITE_ON_STACK
		     || (when->place != REGISTER_FIRST
			 && when->place != REGISTER_SECOND))));
}

static void
put_all_written (struct writer *writer, const struct dtrace_site *site)
{
  struct location location;

  for (const struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    if (is_written (enabling) && serves (enabling, &location))
      switch (enabling->hook->action)
	{
	case HOOK_ADD:
	  put_add (writer, enabling, &location);
	  break;
	case HOOK_BEGIN:
	case HOOK_BEGIN_THREAD:
	  put_begin (writer, enabling, &location);
	  break;
	default:
	  put_end (writer, enabling, &location);
	  break;
	}
}

static void
put_calls (struct writer *writer, const struct dtrace_site *site)
{
  struct location location;

  PUT (writer, 0x50 | REGISTER_FIRST, 0x50 | REGISTER_SECOND);
  writer->pushed += 2;
  for (const struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    if (!is_written (enabling) && serves (enabling, &location))
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
  bool calls = false, adds = true;

  for (const struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    {
      if (++hooks > HOOKS_MAX || !serves (enabling, &location))
	return NULL;
      calls |= !is_written (enabling);
      adds &= enabling->hook->action == HOOK_ADD;
    }
  writer.used = writer.call_count = 0;
  writer.pushed = 1;
  PUT (&writer, 0x9c); /* pushf */
  /* One addition is never interrupted; one of two halves is.  */
  if (!adds || sizeof (word_t) < sizeof (uint64_t))
    PUT (&writer, 0xfa); /* cli */
  put_all_written (&writer, site);
  if (calls)
    put_calls (&writer, site);
  PUT (&writer, 0x9d); /* popf */
  if (writer_is_full (&writer))
    return NULL;

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
