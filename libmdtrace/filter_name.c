/* Filters: what names mean.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In this order: what the kernel knows of every hit; of a static probe, or
   where the function is not known, the probe's own values; what values can be
   (value_find.c); and enumerators.  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "filter_tree.h"

#define BAD(filter, at, ...)                                                  \
  filter_fail (filter, at, MDTRACE_ERR_BAD_EXPRESSION, __VA_ARGS__)

/* What the kernel knows of every hit.  */
static const struct builtin
{
  const char *name;
  uint8_t operand;
  uint8_t bytes;	 /* 0: a word */
  const char *structure; /* that it is the address of, or null */
} builtins[] = {
  { "thread", MDTRACE_OPERAND_THREAD, 0, "thread" },
  { "task", MDTRACE_OPERAND_TASK, 0, "task" },
  { "cpu", MDTRACE_OPERAND_CPU, 4, NULL },
  { "address", MDTRACE_OPERAND_ADDRESS, 0, NULL },
  { "function", MDTRACE_OPERAND_FUNCTION, 0, NULL },
  { "duration", MDTRACE_OPERAND_DURATION, 8, NULL },
};

/* The leaf of a value in OPERAND.  */
static struct filter_node *
leaf (struct filter *filter, const char *at, uint8_t operand,
      struct filter_type type)
{
  struct filter_node *node = filter_leaf (filter, at, FILTER_VALUE);

  if (node != NULL)
    {
      node->source.operand = operand;
      node->type = type;
    }
  return node;
}

/* The leaf of what was FOUND, which begins at OPERAND.  */
static struct filter_node *
leaf_of (struct filter *filter, const char *at, uint8_t operand,
	 const struct value_found *found)
{
  const struct filter_type type = { found->name.bytes, found->is_signed };
  struct filter_node *node = leaf (filter, at, operand, type);

  if (node == NULL)
    return NULL;
  /* What nobody has a type of is a word.  */
  if (found->name.type[0] == '\0' && found->value.steps == 0)
    node->type.bytes = filter->word_bytes;
  struct filter_source *source = &node->source;
  source->steps = found->value.steps;
  source->last_bytes = found->value.last_bytes;
  memcpy (source->offsets, found->value.offsets, sizeof source->offsets);
  source->text = found->text;
  source->text_offset = found->text_offset;
  source->text_bytes = found->text_bytes;
  source->has_structure = found->has_structure;
  source->structure = found->structure;
  return node;
}

/* The operand that VALUE begins at; MDTRACE_OPERAND_IMMEDIATE after an
   error.  */
static uint8_t
operand_of (struct filter *filter, const char *at,
	    const mdtrace_value_t *value)
{
  switch (value->source)
    {
    case MDTRACE_SOURCE_ARGUMENT:
      if (value->number < MDTRACE_ARGUMENTS_MAX)
	return MDTRACE_OPERAND_ARGUMENT + value->number;
      BAD (filter, at, "filters read the first %d arguments only",
	   MDTRACE_ARGUMENTS_MAX);
      return MDTRACE_OPERAND_IMMEDIATE;
    case MDTRACE_SOURCE_RETURN:
      return MDTRACE_OPERAND_RETVAL;
    case MDTRACE_SOURCE_REGISTER:
      return MDTRACE_OPERAND_MACHINE + value->number;
    default:
      if (value->number < MDTRACE_OPERAND_RETVAL - MDTRACE_OPERAND_STACK)
	return MDTRACE_OPERAND_STACK + value->number;
      BAD (filter, at, "filters read the first %d words of the stack only",
	   MDTRACE_OPERAND_RETVAL - MDTRACE_OPERAND_STACK);
      return MDTRACE_OPERAND_IMMEDIATE;
    }
}

/* The member that REST names of the STRUCTURE that OPERAND points to.  */
static struct filter_node *
member (struct filter *filter, const char *at, uint8_t operand,
	Dwarf_Die *structure, const char *rest)
{
  struct value_found found;
  char message[512];

  if (value_find_member (filter->place.debug, structure, rest, &found, message,
			 sizeof message)
      == MDTRACE_OK)
    return leaf_of (filter, at, operand, &found);
  BAD (filter, at, "%s", message);
  return NULL;
}

/* Find the structure NAME.  */
static bool
find_structure (struct filter *filter, const char *at, const char *name,
		Dwarf_Die *structure)
{
  const struct mdtrace_debug *debug = filter->place.debug;

  if (debug == NULL)
    filter_fail (filter, at, MDTRACE_ERR_NO_DEBUG_FILE,
		 "what is in a struct %s only that tells", name);
  else if (debug_find_structure (debug, name, structure))
    return true;
  else
    BAD (filter, at, "the debug file knows no struct %s", name);
  return false;
}

static struct filter_node *
builtin_name (struct filter *filter, const char *at,
	      const struct builtin *builtin, const char *rest)
{
  const struct filter_type type
      = { builtin->bytes != 0 ? builtin->bytes : filter->word_bytes, false };

  if (builtin->operand == MDTRACE_OPERAND_DURATION && !filter->place.latency)
    BAD (filter, at,
	 "a duration is known only where entries and returns are paired, with "
	 "--latency");
  if (rest[0] == '\0')
    return leaf (filter, at, builtin->operand, type);
  Dwarf_Die structure;
  if (builtin->structure != NULL)
    return find_structure (filter, at, builtin->structure, &structure)
	       ? member (filter, at, builtin->operand, &structure, rest)
	       : NULL;
  BAD (filter, at, "%s is a number, and has nothing behind it", builtin->name);
  return NULL;
}

/* If NODE is the address of a structure that the kernel knows of every hit,
   find that.  False after an error.  */
static bool
complete_builtin (struct filter *filter, struct filter_node *node)
{
  struct filter_source *source = &node->source;

  for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
    if (builtins[i].structure != NULL && source->steps == 0
	&& builtins[i].operand == source->operand)
      {
	source->has_structure = find_structure (
	    filter, node->at, builtins[i].structure, &source->structure);
	return source->has_structure;
      }
  return true;
}

struct filter_node *
filter_name_of (struct filter *filter, struct filter_node *node)
{
  struct filter_source *source = &node->source;
  struct value_found found;
  char message[512];

  if (node->kind != FILTER_VALUE || source->text != VALUE_NO_TEXT)
    return node;
  if (!complete_builtin (filter, node))
    return NULL;
  if (!source->has_structure)
    return node;
  if (value_find_member (filter->place.debug, &source->structure, "->name",
			 &found, message, sizeof message)
      != MDTRACE_OK)
    {
      BAD (filter, node->at, "%s", message);
      return NULL;
    }
  if (found.text == VALUE_TEXT_ARRAY)
    {
      source->text = found.text;
      source->text_offset = found.text_offset;
      source->text_bytes = found.text_bytes;
    }
  return node;
}

struct filter_node *
filter_function (struct filter *filter, const struct filter_node *string)
{
  const struct filter_type word = { filter->word_bytes, false };
  char name[FILTER_PART_BYTES];
  uint64_t address;

  if (filter->place.debug == NULL)
    {
      filter_fail (filter, string->at, MDTRACE_ERR_NO_DEBUG_FILE,
		   "where functions are only that tells");
      return NULL;
    }
  memcpy (name, string->string, string->length);
  name[string->length] = '\0';
  int error
      = mdtrace_debug_find_function (filter->place.debug, name, &address);
  if (error != MDTRACE_OK)
    BAD (filter, string->at, "%s", mdtrace_error_message (error));
  return filter_number (filter, string->at, address, word);
}

/* Find the structure that TYPE, as in "struct NAME *" or "NAME_t", points to.
   False if it is none, or not known.  */
static bool
find_target (const struct filter *filter, const char *type,
	     Dwarf_Die *structure)
{
  const struct mdtrace_debug *debug = filter->place.debug;
  char name[sizeof filter->names.retval.type];
  Dwarf_Die named, peeled;

  if (debug == NULL)
    return false;
  if (strncmp (type, "struct ", 7) != 0)
    return debug_find_typedef (debug, type, &named)
	   && debug_type_peeled (&named, &peeled)
	   && debug_type_points_to (debug, &peeled, structure);
  size_t length = strcspn (type + 7, " ");
  if (strcmp (type + 7 + length, " *") != 0)
    return false;
  memcpy (name, type + 7, length);
  name[length] = '\0';
  return debug_find_structure (debug, name, structure);
}

/* The probe's value with NUMBER, which is called NAME, and what REST names of
   what it points to.  */
static struct filter_node *
probe_value (struct filter *filter, const char *at, unsigned number,
	     const struct mdtrace_value_name *name, const char *rest)
{
  const mdtrace_value_t *value = &filter->values[number];
  struct value_found found = {
    .value = *value,
    .is_signed = name->format == 'd',
    .name = *name,
  };

  if (strcmp (name->type, "char *") == 0)
    found.text = VALUE_TEXT_POINTER;
  found.has_structure = find_target (filter, name->type, &found.structure);
  if (rest[0] == '\0')
    {
      uint8_t operand = value->source != 0 ? operand_of (filter, at, value)
					   : MDTRACE_OPERAND_VALUE + number;
      return leaf_of (filter, at, operand, &found);
    }
  if (found.has_structure)
    return member (filter, at, MDTRACE_OPERAND_VALUE + number,
		   &found.structure, rest);
  if (filter->place.debug == NULL)
    filter_fail (filter, at, MDTRACE_ERR_NO_DEBUG_FILE,
		 "what %s points to only that tells", name->name);
  else
    BAD (filter, at, "%s points to no structure that is known, but is %s",
	 name->name, name->type[0] == '\0' ? "a number" : name->type);
  return NULL;
}

/* Whether a static probe has a value of its own that is called as BUILTIN.
   What runs is known by its name everywhere.  */
static bool
is_shadowed (const struct filter *filter, const struct builtin *builtin)
{
  if (!filter->is_static || builtin->structure != NULL)
    return false;
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (strcmp (filter->names.values[i].name, builtin->name) == 0)
      return true;
  return false;
}

/* Look among the probe's own values for TEXT, or for what it has before its
   members.  False if it is none.  */
static bool
own_name (struct filter *filter, const char *at, const char *text,
	  struct filter_node **node)
{
  size_t length = strspn (text, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  const struct mdtrace_value_name *values = filter->names.values;
  char base[FILTER_PART_BYTES];
  unsigned number;

  memcpy (base, text, length);
  base[length] = '\0';
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (values[i].name[0] != '\0'
	&& (strcmp (text, values[i].name) == 0
	    || (filter->is_static && strcmp (base, values[i].name) == 0)))
      {
	const char *rest = text + strlen (values[i].name);
	*node = probe_value (filter, at, i, &values[i], rest);
	return true;
      }
  if (!filter->is_static || !value_is_numbered (base, &number)
      || values[number].name[0] == '\0')
    return false;
  *node = probe_value (filter, at, number, &values[number], text + length);
  return true;
}

/* Say which values a static probe has.  */
static void
refuse_own (struct filter *filter, const char *at, const char *text)
{
  char list[512] = "";
  size_t used = 0;

  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX && used < sizeof list; i++)
    if (filter->names.values[i].name[0] != '\0')
      used += snprintf (list + used, sizeof list - used, "%s%s",
			i == 0 ? "" : ", ", filter->names.values[i].name);
  BAD (filter, at, "the probe has no value %s; it has %s", text, list);
}

/* Take TEXT for an enumerator.  False if it is none.  */
static bool
enumerator (struct filter *filter, const char *at, const char *text,
	    struct filter_node **node)
{
  const struct filter_type type = { 8, true }, small = { 4, true };
  int64_t number;
  unsigned count
      = filter->place.debug == NULL
	    ? 0
	    : debug_find_enumerator (filter->place.debug, text, &number);

  if (count == 0)
    return false;
  *node = filter_number (filter, at, (uint64_t) number,
			 number == (int32_t) number ? small : type);
  if (count > 1)
    BAD (filter, at,
	 "%s stands for several numbers in this kernel; write the "
	 "one that is meant",
	 text);
  return true;
}

/* Take TEXT for a value that any probe could record.  After an error *NODE is
   null, and MESSAGE, of BYTES bytes, tells of it.  */
static int
any_value (struct filter *filter, const char *at, const char *text,
	   struct filter_node **node, char *message, size_t bytes)
{
  struct value_found found;
  int error = value_find (&filter->place, text, true, &found, message, bytes);

  if (error != MDTRACE_OK)
    return error;
  /* Without DWARF the names may still know what is returned.  */
  if (found.value.source == MDTRACE_SOURCE_RETURN
      && filter->place.function == NULL
      && filter->names.retval.name[0] != '\0')
    {
      found.name = filter->names.retval;
      found.is_signed = found.name.format == 'd';
    }
  uint8_t operand = operand_of (filter, at, &found.value);
  *node = leaf_of (filter, at, operand, &found);
  return MDTRACE_OK;
}

struct filter_node *
filter_name (struct filter *filter, const char *at, const char *text)
{
  struct filter_node *node = NULL;
  char message[1024];

  for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
    {
      size_t length = strlen (builtins[i].name);
      if (strncmp (text, builtins[i].name, length) == 0
	  && (text[length] == '\0' || strchr ("-.[", text[length]) != NULL)
	  && !is_shadowed (filter, &builtins[i]))
	return builtin_name (filter, at, &builtins[i], text + length);
    }
  if (filter->place.function == NULL && own_name (filter, at, text, &node))
    return node;
  /* A static probe has its values, registers, and what is returned.  */
  bool is_own = filter->is_static && text[0] != '%'
		&& strncmp (text, "retval", 6) != 0;
  int error = MDTRACE_ERR_BAD_VALUE;
  if (!is_own)
    error = any_value (filter, at, text, &node, message, sizeof message);
  if (error == MDTRACE_OK || enumerator (filter, at, text, &node))
    return node;
  if (is_own)
    refuse_own (filter, at, text);
  else
    filter_fail (filter, at,
		 error == MDTRACE_ERR_BAD_VALUE ? MDTRACE_ERR_BAD_EXPRESSION
						: error,
		 "%s", message);
  return NULL;
}
