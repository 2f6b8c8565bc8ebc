/* Where the arguments of a static probe are at one of its places.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   At the beginning of a function and at a call of one, the convention by which
   it is called tells; elsewhere DWARF does.  What neither knows for certain is
   not known: a wrong value would be worse than none.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "static_plan.h"

enum
{
  NAME_BYTES = 64,
  MESSAGE_BYTES = 256,
  REGISTER_STACK = 4,
  REGISTER_NONE = 0xff
};

/* The machine's number of the register that DWARF calls NUMBER.  */
static unsigned
machine_register (const struct static_place *place, unsigned number)
{
  static const uint8_t of_x86_64[16]
      = { 0, 2, 1, 3, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15 };

  if (place->kernel->word_bytes == 8)
    return number < 16 ? of_x86_64[number] : REGISTER_NONE;
  return number < 8 ? number : REGISTER_NONE;
}

static bool
take_register (unsigned number, mdtrace_value_t *value)
{
  if (number == REGISTER_NONE || number == REGISTER_STACK)
    return false;
  value->source = MDTRACE_SOURCE_REGISTER;
  value->number = number;
  return true;
}

/* The word in memory, OFFSET bytes behind what the register NUMBER points
   to.  */
static bool
take_memory (const struct static_place *place, unsigned number, int64_t offset,
	     mdtrace_value_t *value)
{
  unsigned bytes = place->kernel->word_bytes;

  if (offset != (int32_t) offset)
    return false;
  if (number == REGISTER_STACK)
    {
      if (offset < 0 || offset % bytes != 0 || offset / bytes > UINT8_MAX)
	return false;
      value->source = MDTRACE_SOURCE_STACK;
      value->number = offset / bytes;
      return true;
    }
  if (!take_register (number, value))
    return false;
  value->steps = 1;
  value->last_bytes = bytes;
  value->offsets[0] = offset;
  return true;
}

static bool
take_constant (int64_t number, mdtrace_value_t *value)
{
  value->source = MDTRACE_SOURCE_CONSTANT;
  value->offsets[0] = number;
  return number == (int32_t) number;
}

/* The word OFFSET bytes behind the frame address of the function around
   PLACE.  */
static bool
take_frame (const struct static_place *place, int64_t offset,
	    mdtrace_value_t *value)
{
  Dwarf_Frame *frame;
  Dwarf_Op *operation;
  size_t operations;
  bool good = false;

  if (place->frames == NULL
      || dwarf_cfi_addrframe (place->frames, place->address, &frame) != 0)
    return false;
  if (dwarf_frame_cfa (frame, &operation, &operations) == 0 && operations == 1)
    {
      if (operation[0].atom == DW_OP_bregx)
	good = take_memory (place,
			    machine_register (place, operation[0].number),
			    (int64_t) operation[0].number2 + offset, value);
      else if (operation[0].atom >= DW_OP_breg0
	       && operation[0].atom <= DW_OP_breg31)
	good = take_memory (
	    place, machine_register (place, operation[0].atom - DW_OP_breg0),
	    (int64_t) operation[0].number + offset, value);
    }
  free (frame);
  return good;
}

/* Take what the COUNT operations of a location at OPERATION say.  */
static bool
take_location (const struct static_place *place, const Dwarf_Op *operation,
	       size_t count, mdtrace_value_t *value)
{
  bool is_value = count == 2 && operation[1].atom == DW_OP_stack_value;
  unsigned atom = operation[0].atom;

  if (count == 1 && atom >= DW_OP_reg0 && atom <= DW_OP_reg31)
    return take_register (machine_register (place, atom - DW_OP_reg0), value);
  if (count == 1 && atom == DW_OP_fbreg)
    return take_frame (place, operation[0].number, value);
  if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
    {
      unsigned number = machine_register (place, atom - DW_OP_breg0);
      if (count == 1)
	return take_memory (place, number, operation[0].number, value);
      return is_value && operation[0].number == 0
	     && take_register (number, value);
    }
  if (is_value && atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
    return take_constant (atom - DW_OP_lit0, value);
  if (is_value
      && (atom == DW_OP_const1s || atom == DW_OP_const2s
	  || atom == DW_OP_const4s || atom == DW_OP_consts
	  || atom == DW_OP_const1u || atom == DW_OP_const2u
	  || atom == DW_OP_const4u || atom == DW_OP_constu))
    return take_constant (operation[0].number, value);
  return false;
}

/* Take the variable or parameter DIE at PLACE.  */
static bool
take_die (const struct static_place *place, Dwarf_Die *die,
	  mdtrace_value_t *value)
{
  Dwarf_Attribute attribute;
  Dwarf_Op *operation;
  Dwarf_Sword number;
  size_t operations;

  if (dwarf_attr (die, DW_AT_const_value, &attribute) != NULL)
    return dwarf_formsdata (&attribute, &number) == 0
	   && take_constant (number, value);
  return dwarf_attr (die, DW_AT_location, &attribute) != NULL
	 && dwarf_getlocation_addr (&attribute, place->address, &operation,
				    &operations, 1)
		== 1
	 && take_location (place, operation, operations, value);
}

/* Look for the variable NAME in DIE and in those blocks of it that PLACE lies
   in.  */
static bool
take_variable (const struct static_place *place, Dwarf_Die *die,
	       const char *name, mdtrace_value_t *value)
{
  Dwarf_Die child;

  if (dwarf_child (die, &child) != 0)
    return false;
  do
    {
      const char *text = dwarf_diename (&child);
      int tag = dwarf_tag (&child);
      if (tag == DW_TAG_lexical_block
	  && dwarf_haspc (&child, place->address) == 1
	  && take_variable (place, &child, name, value))
	return true;
      if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter)
	  && text != NULL && strcmp (text, name) == 0
	  && take_die (place, &child, value))
	return true;
    }
  while (dwarf_siblingof (&child, &child) == 0);
  return false;
}

/* Parameter NUMBER of the inlined copy at PLACE: of the copy's own, the one
   with that name.  */
static bool
take_copied (const struct static_place *place, unsigned number,
	     mdtrace_value_t *value)
{
  Dwarf_Attribute attribute;
  Dwarf_Die origin, parameter;

  if (dwarf_attr (place->copy, DW_AT_abstract_origin, &attribute) == NULL
      || dwarf_formref_die (&attribute, &origin) == NULL
      || dwarf_child (&origin, &parameter) != 0)
    return false;
  do
    if (dwarf_tag (&parameter) == DW_TAG_formal_parameter && number-- == 0)
      {
	const char *name = dwarf_diename (&parameter);
	return name != NULL && take_variable (place, place->copy, name, value);
      }
  while (dwarf_siblingof (&parameter, &parameter) == 0);
  return false;
}

/* Where the argument with NUMBER of the function at ADDRESS is when it begins,
   as in struct table_function.  */
static unsigned
argument_place (const struct static_place *place, uint64_t address,
		unsigned number)
{
  static const uint8_t registers[SITE_ARGUMENTS_MAX] = { 7, 6, 2, 1, 8, 9 };
  const struct debug_function *function
      = debug_function_at (place->info, address);
  bool wide = place->kernel->word_bytes == 8;

  if (function == NULL || number >= function->argument_count)
    /* Assembly keeps to the convention.  */
    return function != NULL || number >= SITE_ARGUMENTS_MAX ? SITE_NO_REGISTER
	   : wide					    ? registers[number]
		  : SITE_ON_STACK + number;
  if (number < SITE_ARGUMENTS_MAX)
    return function->argument_registers[number];
  /* The others, if those before them are where they should be.  */
  for (unsigned i = 0; i < SITE_ARGUMENTS_MAX; i++)
    if (function->argument_registers[i] != SITE_NO_REGISTER
	&& function->argument_registers[i]
	       != (wide ? registers[i] : SITE_ON_STACK + i))
      return SITE_NO_REGISTER;
  return SITE_ON_STACK + number - (wide ? SITE_ARGUMENTS_MAX : 0);
}

static bool
take_argument (const struct static_place *place, unsigned number,
	       mdtrace_value_t *value)
{
  bool is_call = place->kind == STATIC_CALL || place->kind == STATIC_SUCCESS
		 || place->kind == STATIC_AFTER;

  if (place->copy != NULL)
    return take_copied (place, number, value);
  unsigned where = argument_place (
      place, is_call ? place->callee : place->function, number);
  if (where == SITE_NO_REGISTER)
    return false;
  /* The kernel part knows where those of C functions are.  */
  if (!is_call && number < SITE_ARGUMENTS_MAX
      && debug_function_at (place->info, place->function) != NULL)
    {
      value->source = MDTRACE_SOURCE_ARGUMENT;
      value->number = number;
      return true;
    }
  if (where < SITE_ON_STACK)
    return take_register (where, value);
  /* At a call the return address is not there yet.  */
  value->source = MDTRACE_SOURCE_STACK;
  value->number = where - SITE_ON_STACK + !is_call;
  return true;
}

/* The register in which the variable NAME of the function at FUNCTION is at
   its call at ADDRESS, if a call leaves that alone.  */
static bool
take_kept (const struct static_place *place, uint64_t function,
	   uint64_t address, const char *name, mdtrace_value_t *value)
{
  const struct debug_code *code = debug_find_code (place->debug, function);
  struct static_place call = *place;
  unsigned kept = place->kernel->word_bytes == 8
		      ? 1U << 3 | 1U << 12 | 1U << 13 | 1U << 14 | 1U << 15
		      : 1U << 3 | 1U << 6 | 1U << 7;

  if (code == NULL)
    return false;
  Dwarf_Die die = code->die;
  call.address = address;
  call.function = function;
  return take_variable (&call, &die, name, value)
	 && value->source == MDTRACE_SOURCE_REGISTER && value->steps == 0
	 && kept >> value->number & 1;
}

/* Where the function around PLACE has put its caller's register NUMBER, which
   DWARF numbers as the machine does.  */
static bool
take_saved (const struct static_place *place, unsigned number,
	    mdtrace_value_t *value)
{
  Dwarf_Op memory[3], *operation;
  Dwarf_Frame *frame;
  size_t count;
  bool good = false;

  memset (value, 0, sizeof *value);
  if (place->frames == NULL
      || dwarf_cfi_addrframe (place->frames, place->address, &frame) != 0)
    return false;
  if (dwarf_frame_register (frame, number, memory, &operation, &count) == 0)
    {
      /* Whatever is not said to be saved is left alone.  */
      if (count == 0)
	good = take_register (number, value);
      else if (operation[0].atom == DW_OP_call_frame_cfa && count <= 2
	       && (count == 1 || operation[1].atom == DW_OP_plus_uconst))
	good = take_frame (
	    place, count == 1 ? 0 : (int64_t) operation[1].number, value);
    }
  free (frame);
  return good;
}

/* The variable that TEXT, FUNCTION.NAME, says, of the function that has called
   the one around PLACE: it is in the same register at all these calls.  */
static bool
take_caller (const struct static_place *place, const char *text,
	     mdtrace_value_t *value)
{
  size_t length = strcspn (text, ".");
  unsigned found = 0, number = 0;

  for (size_t i = 0; i < place->call_count; i++)
    {
      const struct static_call *call = &place->calls[i];
      const struct function *function
	  = &place->code->functions[call->function];
      if (call->target != place->function
	  || strncmp (function->symbols[0].name, text, length) != 0
	  || function->symbols[0].name[length] != '\0')
	continue;
      memset (value, 0, sizeof *value);
      if (!take_kept (place, function->address, call->address,
		      text + length + 1, value)
	  || (found > 0 && value->number != number))
	return false;
      number = value->number;
      found++;
    }
  return found > 0 && take_saved (place, number, value);
}

static const struct debug_structure *
find_structure (const struct mdtrace_debug *debug, const char *name)
{
  for (size_t i = 0; i < debug->structure_count; i++)
    if (strcmp (debug->structures[i].name, name) == 0)
      return &debug->structures[i];
  return NULL;
}

/* Go on from the pointer VALUE to STRUCTURE.MEMBER..., which *TEXT begins
   with.  */
static bool
follow (const struct mdtrace_debug *debug, const char **text,
	mdtrace_value_t *value)
{
  const char *end = strstr (*text, "->");
  size_t length = end != NULL ? (size_t) (end - *text) : strlen (*text);
  char members[2 * NAME_BYTES], name[NAME_BYTES] = "";
  char message[MESSAGE_BYTES];
  size_t dot = strcspn (*text, ".");

  if (length >= sizeof members || dot >= length || dot >= sizeof name)
    return false;
  memcpy (name, *text, dot);
  memcpy (members, *text + dot, length - dot);
  members[length - dot] = '\0';
  *text += length;
  const struct debug_structure *structure = find_structure (debug, name);
  if (structure == NULL)
    return false;
  struct value_path path = {
    .debug = debug,
    .value = value,
    .type = structure->die,
    .named = structure->die,
    .in_memory = true,
    .message = message,
    .bytes = sizeof message,
  };
  return value_path_follow (&path, members);
}

bool
static_member (const struct mdtrace_debug *debug, const char *text,
	       int64_t *offset, unsigned *bytes)
{
  mdtrace_value_t value = { .source = 0 };

  if (!follow (debug, &text, &value))
    return false;
  *offset = value.offsets[0];
  *bytes = value.last_bytes;
  return true;
}

static bool
take_base (const struct static_place *place, const char *base,
	   mdtrace_value_t *value)
{
  const struct debug_code *code;

  if (strncmp (base, "arg", 3) == 0)
    return take_argument (place, atoi (base + 3), value);
  if (base[0] == '#')
    return take_constant (atoi (base + 1), value);
  if (strcmp (base, "trap") == 0)
    return place->trap >= 0 && take_constant (place->trap, value);
  if (base[0] == '^')
    return take_caller (place, base + 1, value);
  if (strcmp (base, "base") == 0)
    return take_register (place->base, value);
  if (strcmp (base, "%eax") == 0)
    return take_register (0, value);
  if (strcmp (base, "thread") == 0)
    {
      value->source = MDTRACE_SOURCE_THREAD;
      return true;
    }
  if (strcmp (base, "ret") == 0)
    {
      value->source = MDTRACE_SOURCE_RETURN;
      return place->site_kind == MDTRACE_PROBE_RETURN;
    }
  if (base[0] != '$'
      || (code = debug_find_code (place->debug, place->function)) == NULL)
    return false;
  Dwarf_Die die = code->die;
  return take_variable (place, &die, base + 1, value);
}

bool
static_value (const struct static_place *place, const char *text,
	      mdtrace_value_t *value)
{
  size_t length = strcspn (text, "-");
  char base[NAME_BYTES];
  bool good;

  memset (value, 0, sizeof *value);
  if (length == 0 || length >= sizeof base)
    return false;
  memcpy (base, text, length);
  base[length] = '\0';
  good = take_base (place, base, value);
  for (text += length; good && strncmp (text, "->", 2) == 0;)
    {
      text += 2;
      good = follow (place->debug, &text, value);
    }
  if (!good)
    memset (value, 0, sizeof *value);
  return good;
}

/* Put into GUARD where what TEXT begins with, up to an operator, is.  */
static bool
guard_place (const struct static_place *place, const char *text,
	     struct table_guard *guard)
{
  mdtrace_value_t value = { .source = 0 };
  char base[NAME_BYTES];
  size_t length = strcspn (text, "!=");
  unsigned where;

  if (text[0] == '$')
    {
      memcpy (base, text, length);
      base[length] = '\0';
      if (!take_base (place, base, &value)
	  || value.source != MDTRACE_SOURCE_REGISTER)
	return false;
      guard->place = value.number;
      guard->in_memory = value.steps;
      guard->offset = value.offsets[0];
      return true;
    }
  if (strncmp (text, "ret", 3) == 0)
    return place->site_kind == MDTRACE_PROBE_RETURN;
  if (place->copy != NULL)
    return false;
  where = argument_place (place, place->function, atoi (text + 3));
  guard->place = where;
  return where != SITE_NO_REGISTER;
}

bool
static_guard (const struct static_place *place, const char *text,
	      struct table_guard *guard)
{
  const char *operation = text + strcspn (text, "!=");
  const char *number = operation + 2;

  memset (guard, 0, sizeof *guard);
  guard->differs = operation[0] == '!';
  guard->number = atoi (number);
  if (number[0] == '&')
    {
      const struct symbol *symbol
	  = kernel_find_symbol (place->kernel, number + 1);
      if (symbol == NULL)
	return false;
      guard->number = symbol->address;
    }
  return guard_place (place, text, guard);
}
