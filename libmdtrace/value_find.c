/* Values: from an expression to where the kernel finds it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   An expression begins with an argument, the returned value or a register,
   and may go on through members of structures (value_path.c).  The kernel
   knows where its functions' arguments are; what they are is known here
   only.  */

#include <config.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debug.h"

enum
{
  NAME_BYTES = 64,
  /* Of x86-64; the others are behind the return address on the stack.  */
  REGISTER_ARGUMENTS = 6
};

/* An expression that is looked at.  */
struct expression
{
  const struct value_place *place;
  const char *text;
  char base[NAME_BYTES]; /* what it begins with */
  const char *rest;	 /* what follows that */
  bool texts;		 /* as in value_find */
  struct value_found *found;
  char *message;
  size_t bytes;
};

static int refuse (struct expression *expression, int error,
		   const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

static int
refuse (struct expression *expression, int error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (expression->message, expression->bytes, format, arguments);
  va_end (arguments);
  return error;
}

/* Nothing is known of it but that it is a word.  */
static void
describe_word (struct expression *expression)
{
  expression->found->name.format = 'x';
  expression->found->name.bytes = 8;
}

/* Take %rsp[N], the word with number N on the stack.  False if it is not
   that.  */
static bool
take_stack (const char *text, mdtrace_value_t *value)
{
  char *after;

  if ((strncmp (text, "%rsp[", 5) != 0 && strncmp (text, "%esp[", 5) != 0)
      || !isdigit ((unsigned char) text[5]))
    return false;
  unsigned long number = strtoul (text + 5, &after, 0);
  value->source = MDTRACE_SOURCE_STACK;
  value->number = number;
  return strcmp (after, "]") == 0 && number <= UINT8_MAX;
}

static int
take_register (struct expression *expression)
{
  /* By their numbers; that of the stack pointer is not to be had, since it
     is not what it was.  */
  static const char *const names[][2] = {
    { "rax", "eax" }, { "rcx", "ecx" }, { "rdx", "edx" }, { "rbx", "ebx" },
    { "", "" },	      { "rbp", "ebp" }, { "rsi", "esi" }, { "rdi", "edi" },
    { "r8", "" },     { "r9", "" },	{ "r10", "" },	  { "r11", "" },
    { "r12", "" },    { "r13", "" },	{ "r14", "" },	  { "r15", "" },
  };
  mdtrace_value_t *value = &expression->found->value;
  const char *text = expression->text + 1;

  describe_word (expression);
  if (take_stack (expression->text, value))
    return MDTRACE_OK;
  for (size_t i = 0; i < sizeof names / sizeof names[0] && text[0] != '\0';
       i++)
    if (strcmp (text, names[i][0]) == 0 || strcmp (text, names[i][1]) == 0)
      {
	value->source = MDTRACE_SOURCE_REGISTER;
	value->number = i;
	return MDTRACE_OK;
      }
  return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		 "no such register; there are %%rax to %%rdi and %%r8 to "
		 "%%r15, without members, and %%rsp[N], the word with number "
		 "N on the stack");
}

/* Follow TEXT, from PATH on.  */
static int
follow_path (struct expression *expression, struct value_path *path,
	     const char *text)
{
  struct value_found *found = expression->found;

  path->value = &found->value;
  path->texts = expression->texts;
  path->message = expression->message;
  path->bytes = expression->bytes;
  if (!value_path_follow (path, text))
    return MDTRACE_ERR_BAD_VALUE;
  debug_type_describe (path->debug, &path->named, &found->name);
  found->is_signed = debug_type_has_sign (&path->type);
  found->has_structure
      = debug_type_points_to (path->debug, &path->type, &found->structure);
  found->text = path->text;
  found->text_offset = path->offset;
  found->text_bytes = path->text_bytes;
  return MDTRACE_OK;
}

/* Follow the rest of the expression, of which DIE has the type.  */
static int
follow (struct expression *expression, Dwarf_Die *die)
{
  struct value_path path
      = { .debug = expression->place->debug, .named = *die };

  if (!debug_type_peeled (die, &path.type))
    return refuse (expression, MDTRACE_ERR_BAD_VALUE, "it has no type");
  debug_type_complete (path.debug, &path.type);
  return follow_path (expression, &path, expression->rest);
}

static int
take_result (struct expression *expression)
{
  const struct value_place *place = expression->place;
  struct value_found *found = expression->found;
  Dwarf_Die die, type;

  if (place->kinds != MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)
      && !place->latency)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		   "a value is returned at returns only, as in "
		   "fbt:kernel:FUNCTION:return");
  found->value.source = MDTRACE_SOURCE_RETURN;
  describe_word (expression);
  if (place->function != NULL)
    {
      die = place->function->die;
      if (!debug_type_peeled (&die, &type))
	return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		       "the function returns nothing");
      if (expression->rest[0] != '\0' || expression->texts)
	return follow (expression, &die);
      /* Whatever it is, it can be recorded as it is returned.  */
      debug_type_describe (place->debug, &die, &found->name);
    }
  else if (expression->rest[0] != '\0')
    return refuse (expression, MDTRACE_ERR_NO_DEBUG_FILE,
		   "what members there are only that tells, of one function");
  return MDTRACE_OK;
}

/* Why the argument with NUMBER, which ARGUMENT describes, cannot be had where
   the function begins; null if it can.  */
static const char *
missing (const struct value_place *place, Dwarf_Die *argument)
{
  uint64_t address = place->function->address;
  const char *symbol = debug_symbol_at (place->debug, address);
  Dwarf_Attribute attribute;
  Dwarf_Op *operation;
  size_t operations;

  if (dwarf_attr (argument, DW_AT_const_value, &attribute) != NULL)
    return "the compiler has made a constant of it";
  if (dwarf_attr (argument, DW_AT_location, &attribute) != NULL
      && dwarf_getlocation_addr (&attribute, address, &operation, &operations,
				 1)
	     == 1)
    return NULL;
  /* A variant of the function, foo.isra.0, has a convention of its own.  */
  if (symbol == NULL || strchr (symbol, '.') != NULL)
    return "the compiler has left it out of this variant of the function";
  return NULL;
}

static int
take_argument (struct expression *expression, unsigned number,
	       Dwarf_Die *argument)
{
  const struct value_place *place = expression->place;
  mdtrace_value_t *value = &expression->found->value;
  const char *why = missing (place, argument);

  if (why != NULL)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE, "%s", why);
  value->source = MDTRACE_SOURCE_ARGUMENT;
  value->number = number;
  if (place->debug->word_bytes == 8 && number >= REGISTER_ARGUMENTS)
    {
      value->source = MDTRACE_SOURCE_STACK;
      value->number = number - REGISTER_ARGUMENTS + 1;
    }
  return follow (expression, argument);
}

/* Say which arguments there are.  */
static int
refuse_unknown (struct expression *expression)
{
  const struct value_place *place = expression->place;
  struct mdtrace_value_name arguments[16];
  int count = mdtrace_debug_arguments (place->debug, place->function->address,
				       arguments, 16);
  char list[512] = "";
  size_t used = 0;

  for (int i = 0; i < count && i < 16 && used < sizeof list; i++)
    used += snprintf (list + used, sizeof list - used, "%s%s",
		      i == 0 ? "" : ", ", arguments[i].name);
  if (count == 0)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		   "the function has no arguments");
  return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		 "the function has no argument %s; it has %s",
		 expression->base, list);
}

bool
value_is_numbered (const char *base, unsigned *number)
{
  if (strncmp (base, "arg", 3) != 0 || base[3] < '0'
      || base[3] >= '0' + MDTRACE_ARGUMENTS_MAX || base[4] != '\0')
    return false;
  *number = base[3] - '0';
  return true;
}

/* An argument of a function that is not known.  */
static int
take_raw (struct expression *expression)
{
  mdtrace_value_t *value = &expression->found->value;
  unsigned number;

  if (!value_is_numbered (expression->base, &number)
      || expression->rest[0] != '\0')
    {
      if (expression->place->is_many)
	return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		       "of a pattern of functions arguments are called arg0 "
		       "to arg5, without members");
      if (expression->place->debug == NULL)
	return refuse (expression, MDTRACE_ERR_NO_DEBUG_FILE,
		       "without it arguments are called arg0 to arg5");
      return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		     "the debug file knows no arguments of this function; "
		     "call them arg0 to arg5");
    }
  value->source = MDTRACE_SOURCE_ARGUMENT;
  value->number = number;
  describe_word (expression);
  return MDTRACE_OK;
}

/* Why there are no arguments at the sites of PLACE; null if there are.  */
static const char *
without_arguments (const struct value_place *place)
{
  if (place->latency || place->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY))
    return NULL;
  if (place->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN))
    return "a function's arguments are gone when it returns; there is retval";
  if (place->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS))
    return "at an address there are registers, such as %rdi";
  return "entries have arguments, and returns have retval: create a probe for "
	 "each";
}

static int
take_named (struct expression *expression)
{
  const struct debug_code *function = expression->place->function;
  const char *why = without_arguments (expression->place);
  Dwarf_Die argument;
  unsigned number;

  if (strcmp (expression->base, "retval") == 0)
    return take_result (expression);
  if (why != NULL)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE, "%s", why);
  if (function == NULL)
    return take_raw (expression);
  for (number = 0; debug_argument (function, number, &argument); number++)
    {
      const char *name = dwarf_diename (&argument);
      if (name != NULL && strcmp (name, expression->base) == 0)
	return take_argument (expression, number, &argument);
    }
  if (value_is_numbered (expression->base, &number)
      && debug_argument (function, number, &argument))
    return take_argument (expression, number, &argument);
  return refuse_unknown (expression);
}

int
value_find (const struct value_place *place, const char *text, bool texts,
	    struct value_found *found, char *message, size_t bytes)
{
  struct expression expression = {
    .place = place,
    .text = text,
    .texts = texts,
    .found = found,
    .message = message,
    .bytes = bytes,
  };
  size_t length = 0;

  memset (found, 0, sizeof *found);
  message[0] = '\0';
  if (text[0] == '%')
    return take_register (&expression);
  while (isalnum ((unsigned char) text[length]) || text[length] == '_')
    length++;
  if (length == 0 || length >= sizeof expression.base)
    return refuse (&expression, MDTRACE_ERR_BAD_VALUE,
		   "a value begins with an argument's name, retval or a "
		   "register");
  memcpy (expression.base, text, length);
  expression.rest = text + length;
  return take_named (&expression);
}

int
value_find_member (const struct mdtrace_debug *debug, Dwarf_Die *structure,
		   const char *rest, struct value_found *found, char *message,
		   size_t bytes)
{
  struct expression expression = {
    .texts = true,
    .found = found,
    .message = message,
    .bytes = bytes,
  };
  struct value_path path = {
    .debug = debug,
    .type = *structure,
    .named = *structure,
    .in_memory = true,
  };
  char text[256];

  memset (found, 0, sizeof *found);
  message[0] = '\0';
  /* The pointer has been gone through already: a dot, for an arrow.  */
  if (snprintf (text, sizeof text, "%s%s", rest[0] == '-' ? "." : "",
		rest[0] == '-' ? rest + 2 : rest)
      >= (int) sizeof text)
    return refuse (&expression, MDTRACE_ERR_BAD_VALUE, "it is too long");
  return follow_path (&expression, &path, text);
}
