/* Values: from an expression to what a probe records.
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
  const struct mdtrace_debug *debug; /* or null */
  const struct debug_code *function; /* or null */
  enum mdtrace_probe_kind kind;
  mdtrace_probe_config_t *config;
  const char *text;
  char base[NAME_BYTES]; /* what it begins with */
  const char *rest;	 /* what follows that */
  mdtrace_value_t value;
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

/* Append NAME to the names of CONFIG, without its type if there is no room
   for that.  False if there is no room at all.  */
static bool
append_name (mdtrace_probe_config_t *config,
	     const struct mdtrace_value_name *name)
{
  char entry[sizeof name->name + sizeof name->type + 8];
  size_t used = strlen (config->names);
  size_t room = sizeof config->names - used;
  const char *separator = used > 0 ? ";" : "";

  size_t length = snprintf (entry, sizeof entry, "%s%s:%c%u:%s", separator,
			    name->name, name->format, name->bytes, name->type);
  if (length >= room)
    length = snprintf (entry, sizeof entry, "%s%s:%c%u:", separator,
		       name->name, name->format, name->bytes);
  if (length >= room)
    return false;
  memcpy (config->names + used, entry, length + 1);
  return true;
}

/* Put the value of EXPRESSION into the next free place of its probe.  */
static int
put_value (struct expression *expression, struct mdtrace_value_name *name)
{
  mdtrace_probe_config_t *config = expression->config;
  int place = 0;

  while (place < MDTRACE_ARGUMENTS_MAX && config->values[place].source != 0)
    place++;
  if (place == MDTRACE_ARGUMENTS_MAX)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		   "a probe records at most %d values", MDTRACE_ARGUMENTS_MAX);
  if (strlen (expression->text) >= sizeof name->name)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		   "it is too long; at most %zu characters",
		   sizeof name->name - 1);
  memcpy (name->name, expression->text, strlen (expression->text) + 1);
  if (!append_name (config, name))
    return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		   "the values' names are too long together; at most %zu "
		   "characters",
		   sizeof config->names - 1);
  config->values[place] = expression->value;
  config->fields |= (uint64_t) MDTRACE_FIELD_ARG0 << place;
  return MDTRACE_OK;
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
  struct mdtrace_value_name name = { .format = 'x', .bytes = 8 };
  const char *text = expression->text + 1;

  if (take_stack (expression->text, &expression->value))
    return put_value (expression, &name);
  for (size_t i = 0; i < sizeof names / sizeof names[0] && text[0] != '\0';
       i++)
    if (strcmp (text, names[i][0]) == 0 || strcmp (text, names[i][1]) == 0)
      {
	expression->value.source = MDTRACE_SOURCE_REGISTER;
	expression->value.number = i;
	return put_value (expression, &name);
      }
  return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		 "no such register; there are %%rax to %%rdi and %%r8 to "
		 "%%r15, without members, and %%rsp[N], the word with number "
		 "N on the stack");
}

/* Follow the rest of the expression, of which DIE has the type, and put the
   value.  */
static int
follow (struct expression *expression, Dwarf_Die *die)
{
  struct value_path path = {
    .debug = expression->debug,
    .value = &expression->value,
    .named = *die,
    .message = expression->message,
    .bytes = expression->bytes,
  };
  struct mdtrace_value_name name = { .name = "" };

  if (!debug_type_peeled (die, &path.type))
    return refuse (expression, MDTRACE_ERR_BAD_VALUE, "it has no type");
  debug_type_complete (expression->debug, &path.type);
  if (!value_path_follow (&path, expression->rest))
    return MDTRACE_ERR_BAD_VALUE;
  debug_type_describe (expression->debug, &path.named, &name);
  return put_value (expression, &name);
}

static int
take_result (struct expression *expression)
{
  mdtrace_probe_config_t *config = expression->config;
  struct mdtrace_value_name name
      = { .name = "retval", .format = 'x', .bytes = 8 };
  Dwarf_Die die, type;

  if (expression->kind != MDTRACE_PROBE_RETURN)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		   "a value is returned at returns only, as in "
		   "fbt:kernel:FUNCTION:return");
  if (expression->function != NULL)
    {
      die = expression->function->die;
      if (!debug_type_peeled (&die, &type))
	return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		       "the function returns nothing");
      if (expression->rest[0] != '\0')
	{
	  expression->value.source = MDTRACE_SOURCE_RETURN;
	  return follow (expression, &die);
	}
      debug_type_describe (expression->debug, &die, &name);
    }
  else if (expression->rest[0] != '\0')
    return refuse (expression, MDTRACE_ERR_NO_DEBUG_FILE,
		   "what members there are only that tells, of one function");
  config->fields |= MDTRACE_FIELD_RETVAL;
  append_name (config, &name);
  return MDTRACE_OK;
}

/* Why the argument with NUMBER, which ARGUMENT describes, cannot be had where
   the function begins; null if it can.  */
static const char *
missing (const struct expression *expression, Dwarf_Die *argument)
{
  uint64_t address = expression->function->address;
  const char *symbol = debug_symbol_at (expression->debug, address);
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
  const char *why = missing (expression, argument);
  unsigned word_bytes = expression->debug->word_bytes;

  if (why != NULL)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE, "%s", why);
  if (word_bytes == 8 && number >= REGISTER_ARGUMENTS)
    {
      expression->value.source = MDTRACE_SOURCE_STACK;
      expression->value.number = number - REGISTER_ARGUMENTS + 1;
    }
  else
    {
      expression->value.source = MDTRACE_SOURCE_ARGUMENT;
      expression->value.number = number;
    }
  return follow (expression, argument);
}

/* Say which arguments there are.  */
static int
refuse_unknown (struct expression *expression)
{
  struct mdtrace_value_name arguments[16];
  int count = mdtrace_debug_arguments (
      expression->debug, expression->function->address, arguments, 16);
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

/* Whether the expression begins with arg0 to arg5, and with which.  */
static bool
is_numbered (const struct expression *expression, unsigned *number)
{
  const char *base = expression->base;

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
  struct mdtrace_value_name name = { .format = 'x', .bytes = 8 };
  unsigned number;

  if (!is_numbered (expression, &number) || expression->rest[0] != '\0')
    {
      if (mdtrace_is_pattern (expression->config->function)
	  || expression->config->function[0] == '\0')
	return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		       "of a pattern of functions arguments are called arg0 "
		       "to arg5, without members");
      if (expression->debug == NULL)
	return refuse (expression, MDTRACE_ERR_NO_DEBUG_FILE,
		       "without it arguments are called arg0 to arg5");
      return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		     "the debug file knows no arguments of this function; "
		     "call them arg0 to arg5");
    }
  expression->value.source = MDTRACE_SOURCE_ARGUMENT;
  expression->value.number = number;
  return put_value (expression, &name);
}

static int
take_named (struct expression *expression)
{
  Dwarf_Die argument;
  unsigned number;

  if (strcmp (expression->base, "retval") == 0)
    return take_result (expression);
  if (expression->kind == MDTRACE_PROBE_RETURN)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		   "a function's arguments are gone when it returns; there is "
		   "retval");
  if (expression->kind != MDTRACE_PROBE_ENTRY)
    return refuse (expression, MDTRACE_ERR_BAD_VALUE,
		   expression->kind == MDTRACE_PROBE_ADDRESS
		       ? "at an address there are registers, such as %%rdi"
		       : "entries have arguments, and returns have retval: "
			 "create a probe for each");
  if (expression->function == NULL)
    return take_raw (expression);
  for (number = 0; debug_argument (expression->function, number, &argument);
       number++)
    {
      const char *name = dwarf_diename (&argument);
      if (name != NULL && strcmp (name, expression->base) == 0)
	return take_argument (expression, number, &argument);
    }
  if (is_numbered (expression, &number)
      && debug_argument (expression->function, number, &argument))
    return take_argument (expression, number, &argument);
  return refuse_unknown (expression);
}

int
mdtrace_add_value (const struct mdtrace_debug *debug, uint64_t address,
		   enum mdtrace_probe_kind kind, const char *text,
		   mdtrace_probe_config_t *config, char *message, size_t bytes)
{
  struct expression expression = {
    .debug = debug,
    .function = debug_find_code (debug, address),
    .kind = kind,
    .config = config,
    .text = text,
    .message = message,
    .bytes = bytes,
  };
  size_t length = 0;

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

void
mdtrace_add_names (const struct mdtrace_debug *debug, uint64_t address,
		   mdtrace_probe_config_t *config)
{
  struct mdtrace_value_name names[MDTRACE_ARGUMENTS_MAX];
  int count
      = mdtrace_debug_arguments (debug, address, names, MDTRACE_ARGUMENTS_MAX);

  if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY))
    for (int i = 0; i < count && i < MDTRACE_ARGUMENTS_MAX; i++)
      {
	/* This name is another value's.  */
	if (strcmp (names[i].name, "retval") == 0)
	  snprintf (names[i].name, sizeof names[i].name, "arg%d", i);
	if (!append_name (config, &names[i]))
	  return;
      }
  else if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)
	   && mdtrace_debug_result (debug, address, &names[0])
	   && strcmp (names[0].type, "void") != 0)
    append_name (config, &names[0]);
}
